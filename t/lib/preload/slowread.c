/*
 * Preloaded into nginx: while the file named by SLOW_READ exists, a read at
 * a place of a file whose name holds "eportal.sqlite" sleeps first, as if it
 * came from a slow disk, and appends "loop" or "pool" to that file: which
 * kind of thread has slept.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define SLEEP_US 5000

/* The function of this name behind us. */
#define NEXT(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))


static void
slow(int fd)
{
    const char *path = getenv("SLOW_READ");
    char link[64], name[256];
    ssize_t n;
    int out;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, name, sizeof(name) - 1);
    if (path == NULL || n <= 0) {
        return;
    }
    name[n] = '\0';
    if (strstr(name, "eportal.sqlite") == NULL) {
        return;
    }
    out = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (out < 0) {
        return;
    }
    if (write(out, gettid() == getpid() ? "loop\n" : "pool\n", 5) == 5) {
        usleep(SLEEP_US);
    }
    close(out);
}


ssize_t
pread(int fd, void *p, size_t n, off_t at)
{
    slow(fd);
    return NEXT(pread)(fd, p, n, at);
}


ssize_t
pread64(int fd, void *p, size_t n, off64_t at)
{
    slow(fd);
    return NEXT(pread64)(fd, p, n, at);
}
