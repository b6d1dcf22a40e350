/*
 * Preloaded into a program: its monotonic clock is ahead by as many seconds
 * as the file named by CLOCK_AHEAD says.
 */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The function of this name behind us. */
#define NEXT(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))


static long
ahead(void)
{
    const char *path = getenv("CLOCK_AHEAD");
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    long seconds = 0;

    if (file != NULL) {
        if (fscanf(file, "%ld", &seconds) != 1) {
            seconds = 0;
        }
        fclose(file);
    }
    return seconds;
}


int
clock_gettime(clockid_t id, struct timespec *now)
{
    int rc = NEXT(clock_gettime)(id, now);

    if (rc == 0 && id == CLOCK_MONOTONIC) {
        now->tv_sec += ahead();
    }
    return rc;
}
