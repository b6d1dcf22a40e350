/*
 * Preloaded into nginx: each password that is hashed is a line of the file
 * named by COUNT_CRYPT: method and cost, as the salt says them.
 */

#include <crypt.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The function of this name behind us. */
#define NEXT(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))


/* "$y$j9T$" of "$y$j9T$salt$hash". */
static int
head(const char *setting)
{
    int dollars = 0, n = 0;

    while (setting[n] != '\0' && dollars < 3) {
        dollars += setting[n++] == '$';
    }
    return n;
}


char *
crypt_rn(const char *phrase, const char *setting, void *data, int size)
{
    const char *path = getenv("COUNT_CRYPT");
    int fd = path != NULL ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;

    if (fd >= 0) {
        dprintf(fd, "%.*s\n", head(setting), setting);
        close(fd);
    }
    return NEXT(crypt_rn)(phrase, setting, data, size);
}
