/* Spools: what stays in memory, what goes to a file, and what may go wrong on
 * the way. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/spool.h"

#define KIB ((size_t) 1024)

static char top[] = "/tmp/eportal-spool-XXXXXX";
static char dir[64];
static bool no_tmpfile; /* as on a file system without nameless files */
static int descriptors_before;

static const ep_spool_limits_t limits = { .memory = 512 * KIB,
                                          .size = 1024 * KIB,
                                          .files = 1536 * KIB };


/* In the place of libc's. */
int test_open(const char *path, int flags, ...) __asm__("open");

int
test_open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list args;

    if (no_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    return (int) syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}


/* Entries of a directory without "." and "..". */
static int
entries(const char *path)
{
    DIR *d = opendir(path);
    int n = -2;

    assert_non_null(d);
    while (readdir(d) != NULL) {
        n++;
    }
    closedir(d);
    return n;
}


static int
setup(void **state)
{
    memcpy(strstr(top, "-spool-") + 7, "XXXXXX", 6);
    if (mkdtemp(top) == NULL) {
        return 1;
    }
    snprintf(dir, sizeof(dir), "%s/tmp", top);
    no_tmpfile = false;
    descriptors_before = entries("/proc/self/fd");
    return 0;
}


static int
teardown(void **state)
{
    ep_err_t err = { 0 };

    if (entries("/proc/self/fd") != descriptors_before) {
        print_error("a descriptor was left open\n");
        return 1;
    }
    return ep_tree_remove(AT_FDCWD, top, &err) != EP_OK;
}


static char
byte_at(size_t i)
{
    return (char) ('a' + i / 7 % 26);
}


/* Bytes that tell their place, in lines of a few. */
static void
add_bytes(ep_spool_t *spool, size_t from, size_t n)
{
    char line[100];

    while (n > 0) {
        size_t part = n < sizeof(line) ? n : sizeof(line);

        for (size_t i = 0; i < part; i++) {
            line[i] = byte_at(from + i);
        }
        ep_spool_add(spool, line, part);
        from += part;
        n -= part;
    }
}


static void
assert_holds(const ep_spool_t *spool, size_t n)
{
    char *all = malloc(n + 1);

    assert_non_null(all);
    assert_int_equal(ep_spool_size(spool), n);
    if (spool->fd >= 0) {
        assert_int_equal(spool->written, n);
        assert_int_equal(pread(spool->fd, all, n + 1, 0), n);
    } else {
        assert_int_equal(spool->buf.n, n);
        memcpy(all, spool->buf.p, n);
    }
    for (size_t i = 0; i < n; i++) {
        if (all[i] != byte_at(i)) {
            fail_msg("byte %zu is wrong", i);
        }
    }
    free(all);
}


static void
assert_fails(ep_spool_t *spool, ep_rc_t rc, const char *code)
{
    ep_err_t err = { 0 }, again = { 0 };

    assert_int_equal(ep_spool_status(spool, &err), rc);
    assert_string_equal(err.code, code);
    assert_true(strlen(err.msg) > 0);
    ep_spool_add_str(spool, EP_STR("more"));
    ep_spool_addf(spool, "%d", 1);
    ep_spool_add_json(spool, EP_STR("more"));
    assert_int_equal(ep_buf_add(ep_spool_buf(spool), "more", 4), EP_OK);
    assert_int_equal(ep_spool_end(spool, &again), rc);
    assert_string_equal(again.code, code);
    ep_spool_free(spool);
}


static void
nothing(void **state)
{
    ep_spool_t spool;

    ep_spool_init(&spool, dir, NULL);
    assert_int_equal(ep_spool_end(&spool, NULL), EP_OK);
    assert_int_equal(ep_spool_size(&spool), 0);
    assert_int_equal(spool.fd, -1);
    ep_spool_free(&spool);
}


static void
small_stays(void **state)
{
    ep_spool_t spool;

    ep_spool_init(&spool, dir, &limits);
    add_bytes(&spool, 0, EP_SPOOL_MEMORY);
    assert_int_equal(ep_spool_end(&spool, NULL), EP_OK);
    assert_int_equal(spool.fd, -1);
    assert_holds(&spool, EP_SPOOL_MEMORY);
    assert_int_not_equal(access(dir, F_OK), 0);
    ep_spool_free(&spool);
}


static void
goes_to_file(size_t n)
{
    ep_spool_t spool;
    struct stat st;

    ep_spool_init(&spool, dir, &limits);
    add_bytes(&spool, 0, n);
    assert_int_equal(ep_spool_status(&spool, NULL), EP_OK);
    assert_int_equal(ep_spool_end(&spool, NULL), EP_OK);
    assert_true(spool.fd >= 0);
    assert_null(spool.buf.p);
    assert_holds(&spool, n);
    assert_int_equal(fstat(spool.fd, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(entries(dir), 0);
    ep_spool_free(&spool);
}


static void
large_goes(void **state)
{
    goes_to_file(EP_SPOOL_MEMORY + 1);
    goes_to_file(1000 * KIB + 17);
    no_tmpfile = true;
    goes_to_file(1000 * KIB + 17);
}


/* While a list is written to its file, no more than two pieces are kept. */
static void
memory_is_bounded(void **state)
{
    ep_spool_t spool;

    ep_spool_init(&spool, dir, &limits);
    for (size_t n = 0; n < 1000 * KIB; n += 1000) {
        add_bytes(&spool, n, 1000);
        assert_in_range(spool.buf.cap, 1, EP_SPOOL_MEMORY * 2);
        if (n > EP_SPOOL_MEMORY + EP_SPOOL_PIECE) {
            assert_in_range(spool.buf.cap, 1, EP_SPOOL_PIECE * 2);
        }
    }
    ep_spool_free(&spool);
}


static void
in_one_piece(void **state)
{
    char *large = malloc(900 * KIB);
    ep_spool_t spool;

    assert_non_null(large);
    for (size_t i = 0; i < 900 * KIB; i++) {
        large[i] = byte_at(i);
    }
    ep_spool_init(&spool, dir, &limits);
    ep_spool_add(&spool, large, 900 * KIB);
    assert_int_equal(ep_spool_end(&spool, NULL), EP_OK);
    assert_holds(&spool, 900 * KIB);
    ep_spool_free(&spool);
    free(large);
}


static void
formats(void **state)
{
    ep_spool_t spool;
    ep_buf_t *buf;
    char got[64];

    ep_spool_init(&spool, dir, &limits);
    ep_spool_addf(&spool, "[%d,", 7);
    ep_spool_add_json(&spool, EP_STR("a\"b"));
    buf = ep_spool_buf(&spool);
    ep_spool_note(&spool, ep_buf_add_str(buf, EP_STR("]\n")));
    assert_int_equal(ep_spool_status(&spool, NULL), EP_OK);
    assert_string_equal(spool.buf.p, "[7,\"a\\\"b\"]\n");
    for (int i = 0; i < 10000; i++) {
        ep_spool_addf(&spool, "%063d", i);
    }
    assert_int_equal(ep_spool_end(&spool, NULL), EP_OK);
    assert_int_equal(pread(spool.fd, got, 63, 11 + 9999 * 63), 63);
    assert_memory_equal(got + 58, "09999", 5);
    ep_spool_free(&spool);
}


static void
entry_too_large(void **state)
{
    char *large = calloc(1, EP_SPOOL_MEMORY + EP_SPOOL_RECORD + 1);
    ep_spool_t spool;

    assert_non_null(large);
    memset(large, 'x', EP_SPOOL_MEMORY + EP_SPOOL_RECORD);
    ep_spool_init(&spool, dir, &limits);
    ep_spool_addf(&spool, "%.*s", (int) EP_SPOOL_RECORD, large);
    assert_int_equal(ep_spool_status(&spool, NULL), EP_OK);
    ep_spool_add_json(&spool,
                      (ep_str_t){ large, EP_SPOOL_MEMORY + EP_SPOOL_RECORD });
    assert_fails(&spool, EP_ELIMIT, "list-too-large");
    ep_spool_note(&spool, EP_ENOMEM);
    assert_fails(&spool, EP_ENOMEM, "no-memory");
    free(large);
}


static void
list_too_large(void **state)
{
    ep_spool_t spool;

    ep_spool_init(&spool, dir, &limits);
    add_bytes(&spool, 0, 1024 * KIB);
    assert_int_equal(ep_spool_end(&spool, NULL), EP_OK);
    assert_holds(&spool, 1024 * KIB);
    ep_spool_free(&spool);
    ep_spool_init(&spool, dir, &limits);
    add_bytes(&spool, 0, 1024 * KIB + 1);
    ep_spool_end(&spool, NULL);
    assert_fails(&spool, EP_ELIMIT, "list-too-large");
}


static void
too_many(void **state)
{
    ep_spool_t one, two;

    for (int i = 0; i < 3; i++) {
        ep_spool_init(&one, dir, &limits);
        ep_spool_init(&two, dir, &limits);
        add_bytes(&one, 0, 1000 * KIB);
        add_bytes(&two, 0, 500 * KIB);
        assert_int_equal(ep_spool_end(&one, NULL), EP_OK);
        add_bytes(&two, 500 * KIB, 500 * KIB);
        assert_fails(&two, EP_EBUSY, "too-many-lists");
        assert_holds(&one, 1000 * KIB);
        ep_spool_free(&one);
    }
    add_bytes(&two, 0, 1000 * KIB);
    assert_int_equal(ep_spool_end(&two, NULL), EP_OK);
    assert_holds(&two, 1000 * KIB);
    ep_spool_free(&two);
}


/* The limit has room for two lists in memory. */
static void
memory_of_all(void **state)
{
    ep_spool_t spools[4];

    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < EP_ARRAY_LEN(spools); i++) {
            ep_spool_init(&spools[i], dir, &limits);
            add_bytes(&spools[i], 0,
                      i < 3 ? EP_SPOOL_PIECE + 1 : EP_SPOOL_PIECE);
            assert_int_equal(ep_spool_end(&spools[i], NULL), EP_OK);
        }
        assert_int_equal(spools[0].fd, -1);
        assert_int_equal(spools[1].fd, -1);
        assert_true(spools[2].fd >= 0);
        assert_int_equal(spools[3].fd, -1);
        assert_holds(&spools[2], EP_SPOOL_PIECE + 1);
        for (size_t i = 0; i < EP_ARRAY_LEN(spools); i++) {
            ep_spool_free(&spools[i]);
        }
    }
}


static void
no_directory(void **state)
{
    ep_spool_t spool;

    assert_int_equal(ep_file_write(dir, EP_STR("a file"), 0600, NULL), EP_OK);
    ep_spool_init(&spool, dir, &limits);
    add_bytes(&spool, 0, 500 * KIB);
    assert_fails(&spool, EP_EIO, "list-file");
    assert_int_equal(unlink(dir), 0);
    assert_int_equal(mkdir(dir, 0700), 0);
    no_tmpfile = true;
    add_bytes(&spool, 0, 500 * KIB);
    assert_int_equal(ep_spool_end(&spool, NULL), EP_OK);
    assert_holds(&spool, 500 * KIB);
    ep_spool_free(&spool);
}


static void
no_descriptors(void **state)
{
    struct rlimit old, none = { 0, 0 };
    ep_spool_t spool;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    none.rlim_max = old.rlim_max;
    assert_int_equal(mkdir(dir, 0700), 0);
    ep_spool_init(&spool, dir, &limits);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    add_bytes(&spool, 0, 500 * KIB);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_fails(&spool, EP_EBUSY, "too-many-lists");
}


static void
disk_full(void **state)
{
    ep_spool_limits_t careful = limits;
    struct rlimit old, small = { 300 * KIB, 0 };
    ep_spool_t spool;

    careful.spare = (uint64_t) 1 << 60;
    ep_spool_init(&spool, dir, &careful);
    add_bytes(&spool, 0, 500 * KIB);
    assert_fails(&spool, EP_EBUSY, "disk-full");

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    ep_spool_init(&spool, dir, &limits);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    add_bytes(&spool, 0, 500 * KIB);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_fails(&spool, EP_EBUSY, "disk-full");

    /* Nothing of it is held afterwards. */
    add_bytes(&spool, 0, 1024 * KIB);
    assert_int_equal(ep_spool_end(&spool, NULL), EP_OK);
    ep_spool_free(&spool);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "an empty list", nothing, setup, teardown, NULL },
        { "a small list stays in memory", small_stays, setup, teardown, NULL },
        { "a large one goes to a file without a name", large_goes, setup,
          teardown, NULL },
        { "two pieces at most are kept of it", memory_is_bounded, setup,
          teardown, NULL },
        { "a large text is added at once", in_one_piece, setup, teardown,
          NULL },
        { "texts, formats, JSON strings and buffers", formats, setup, teardown,
          NULL },
        { "an entry that is too large", entry_too_large, setup, teardown,
          NULL },
        { "a list that is too large", list_too_large, setup, teardown, NULL },
        { "too many lists at once", too_many, setup, teardown, NULL },
        { "few lists are kept in memory", memory_of_all, setup, teardown,
          NULL },
        { "a directory that cannot be had", no_directory, setup, teardown,
          NULL },
        { "no more descriptors", no_descriptors, setup, teardown, NULL },
        { "a full disk", disk_full, setup, teardown, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
