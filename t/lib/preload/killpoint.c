/*
 * Preloaded into a program: counts the calls that change a file system and
 * kills the program with SIGKILL in front of the one numbered KILL_AT. A
 * write is done in half before the kill. With KILL_COUNT=FILE, writes how
 * many there were to FILE when the program ends.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;
static long kill_at;
static const char *count_path;

/* The function of this name behind us. */
#define NEXT(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))


__attribute__((constructor)) static void
begin(void)
{
    const char *at = getenv("KILL_AT");

    kill_at = at != NULL ? strtol(at, NULL, 10) : 0;
    count_path = getenv("KILL_COUNT");
}


__attribute__((destructor)) static void
end(void)
{
    FILE *file = count_path != NULL ? fopen(count_path, "w") : NULL;

    if (file != NULL) {
        fprintf(file, "%ld\n", (long) calls);
        fclose(file);
    }
}


static int
is_last(void)
{
    return ++calls == kill_at;
}


static void
die(ssize_t written)
{
    kill(getpid(), SIGKILL);
}


static void
step(void)
{
    if (is_last()) {
        die(0);
    }
}


/* What goes to a terminal or a log is no file of ours. */
#define WRITES(name, args, ...)                                                \
    ssize_t name args                                                          \
    {                                                                          \
        if (fd > 2 && is_last()) {                                             \
            n /= 2;                                                            \
            die(NEXT(name)(__VA_ARGS__));                                      \
        }                                                                      \
        return NEXT(name)(__VA_ARGS__);                                        \
    }

#define STEPS(name, args, ...)                                                 \
    int name args                                                              \
    {                                                                          \
        step();                                                                \
        return NEXT(name)(__VA_ARGS__);                                        \
    }

/* clang-format off */
WRITES(write, (int fd, const void *p, size_t n), fd, p, n)
WRITES(pwrite, (int fd, const void *p, size_t n, off_t at), fd, p, n, at)
WRITES(pwrite64, (int fd, const void *p, size_t n, off64_t at), fd, p, n, at)
STEPS(rename, (const char *a, const char *b), a, b)
STEPS(renameat, (int d, const char *a, int e, const char *b), d, a, e, b)
STEPS(renameat2, (int d, const char *a, int e, const char *b, unsigned f),
      d, a, e, b, f)
STEPS(mkdir, (const char *a, mode_t m), a, m)
STEPS(mkdirat, (int d, const char *a, mode_t m), d, a, m)
STEPS(fsync, (int fd), fd)
STEPS(fdatasync, (int fd), fd)
STEPS(syncfs, (int fd), fd)
STEPS(ftruncate, (int fd, off_t n), fd, n)
STEPS(ftruncate64, (int fd, off64_t n), fd, n)
STEPS(unlink, (const char *a), a)
STEPS(unlinkat, (int d, const char *a, int f), d, a, f)
STEPS(rmdir, (const char *a), a)
STEPS(link, (const char *a, const char *b), a, b)
STEPS(linkat, (int d, const char *a, int e, const char *b, int f),
      d, a, e, b, f)
