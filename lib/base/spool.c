/* Lists on their way out, in memory or in a file: see base/spool.h. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/json.h"
#include "base/spool.h"

#define MIB ((uint64_t) 1024 * 1024)

static const ep_spool_limits_t usual = { .memory = 16 * MIB,
                                         .size = 2048 * MIB,
                                         .files = 4096 * MIB,
                                         .spare = 64 * MIB };

/* Of all spools of the process. */
static uint64_t memory_held;
static uint64_t files_held;


static bool
hold(uint64_t *held, uint64_t n, uint64_t max)
{
    if (__atomic_add_fetch(held, n, __ATOMIC_RELAXED) > max) {
        __atomic_sub_fetch(held, n, __ATOMIC_RELAXED);
        return false;
    }
    return true;
}


static void
give_back(uint64_t *held, uint64_t n)
{
    __atomic_sub_fetch(held, n, __ATOMIC_RELAXED);
}


/* Memory is given back at once: nothing more will come of this list. */
static void
fail(ep_spool_t *spool, ep_rc_t rc, const char *code, const char *text)
{
    ep_err_set(&spool->err, rc, code, "%s", text);
    ep_buf_free(&spool->buf);
}


static void
fail_errno(ep_spool_t *spool, const char *what)
{
    int error = errno;

    if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
        fail(spool, EP_EBUSY, "disk-full",
             "the disk of the data directory has no room for a list");
    } else if (error == EMFILE || error == ENFILE) {
        fail(spool, EP_EBUSY, "too-many-lists",
             "no more files can be opened for lists");
    } else {
        ep_err_set(&spool->err, EP_EIO, "list-file", "%s in %s: %s", what,
                   spool->dir, strerror(error));
        ep_buf_free(&spool->buf);
    }
}


void
ep_spool_init(ep_spool_t *spool, const char *dir,
              const ep_spool_limits_t *limits)
{
    *spool = (ep_spool_t){ .fd = -1,
                           .dir = dir,
                           .limits = limits != NULL ? limits : &usual };
    ep_buf_init(&spool->buf, EP_SPOOL_MEMORY + EP_SPOOL_RECORD);
}


static void
uncount(ep_spool_t *spool)
{
    if (spool->counted) {
        give_back(&memory_held, EP_SPOOL_MEMORY);
        spool->counted = false;
    }
}


void
ep_spool_free(ep_spool_t *spool)
{
    ep_buf_free(&spool->buf);
    uncount(spool);
    if (spool->fd >= 0) {
        close(spool->fd);
        give_back(&files_held, spool->written);
    }
    ep_spool_init(spool, spool->dir, spool->limits);
}


/* Not every file system has files without a name: those get one for a
 * moment. */
static int
open_nameless(const char *dir)
{
    char path[PATH_MAX];
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
    {
        return fd;
    }
    if (snprintf(path, sizeof(path), "%s/list-XXXXXX", dir)
        >= (int) sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0) {
        unlink(path);
    }
    return fd;
}


static void
open_file(ep_spool_t *spool)
{
    spool->fd = open_nameless(spool->dir);
    if (spool->fd < 0 && errno == ENOENT
        && (mkdir(spool->dir, 0770) == 0 || errno == EEXIST))
    {
        spool->fd = open_nameless(spool->dir);
    }
    if (spool->fd < 0) {
        fail_errno(spool, "cannot make a file for a list");
    }
    uncount(spool);
}


static bool
has_room(ep_spool_t *spool)
{
    struct statvfs disk;
    uint64_t n = spool->buf.n;

    if (spool->written + n > spool->limits->size) {
        fail(spool, EP_ELIMIT, "list-too-large", "the list is too large");
    } else if (fstatvfs(spool->fd, &disk) != 0) {
        fail_errno(spool, "cannot measure the disk");
    } else if ((uint64_t) disk.f_bavail * disk.f_frsize
               < n + spool->limits->spare) {
        errno = ENOSPC;
        fail_errno(spool, "");
    } else if (!hold(&files_held, n, spool->limits->files)) {
        fail(spool, EP_EBUSY, "too-many-lists",
             "too many lists are being sent; try again in a moment");
    }
    return spool->err.rc == EP_OK;
}


static void
write_out(ep_spool_t *spool)
{
    ep_str_t data = ep_buf_str(&spool->buf);

    if (data.n == 0 || !has_room(spool)) {
        return;
    }
    spool->written += data.n;
    while (data.n > 0) {
        ssize_t n = write(spool->fd, data.p, data.n);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            fail_errno(spool, "cannot write a list");
            return;
        }
        data.p += n;
        data.n -= (size_t) n;
    }
    /* What was kept before there was a file is large. */
    if (spool->buf.cap > 2 * EP_SPOOL_PIECE) {
        ep_buf_free(&spool->buf);
    }
    ep_buf_reset(&spool->buf);
}


static bool
may_stay(ep_spool_t *spool)
{
    if (spool->fd >= 0) {
        return false;
    }
    if (spool->buf.n <= EP_SPOOL_PIECE) {
        return true;
    }
    if (!spool->counted) {
        spool->counted =
            hold(&memory_held, EP_SPOOL_MEMORY, spool->limits->memory);
    }
    return spool->counted && spool->buf.n <= EP_SPOOL_MEMORY;
}


ep_buf_t *
ep_spool_buf(ep_spool_t *spool)
{
    if (spool->err.rc != EP_OK) {
        ep_buf_reset(&spool->buf);
        return &spool->buf;
    }
    if (spool->fd < 0 && !may_stay(spool)) {
        open_file(spool);
    }
    if (spool->fd >= 0 && spool->buf.n >= EP_SPOOL_PIECE) {
        write_out(spool);
    }
    return &spool->buf;
}


void
ep_spool_note(ep_spool_t *spool, ep_rc_t rc)
{
    if (rc == EP_ENOMEM) {
        fail(spool, rc, "no-memory", "out of memory while writing a list");
    } else if (rc != EP_OK) {
        fail(spool, EP_ELIMIT, "list-too-large",
             "an entry of the list is too large");
    }
}


void
ep_spool_add(ep_spool_t *spool, const void *data, size_t n)
{
    const char *p = data;

    while (n > 0 && spool->err.rc == EP_OK) {
        size_t piece = n < EP_SPOOL_RECORD ? n : EP_SPOOL_RECORD;

        ep_spool_note(spool, ep_buf_add(ep_spool_buf(spool), p, piece));
        p += piece;
        n -= piece;
    }
}


void
ep_spool_add_str(ep_spool_t *spool, ep_str_t s)
{
    ep_spool_add(spool, s.p, s.n);
}


void
ep_spool_addf(ep_spool_t *spool, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    ep_spool_note(spool, ep_buf_addv(ep_spool_buf(spool), fmt, args));
    va_end(args);
}


void
ep_spool_add_json(ep_spool_t *spool, ep_str_t s)
{
    ep_spool_note(spool, ep_json_add_string(ep_spool_buf(spool), s));
}


uint64_t
ep_spool_size(const ep_spool_t *spool)
{
    return spool->written + spool->buf.n;
}


ep_rc_t
ep_spool_status(const ep_spool_t *spool, ep_err_t *err)
{
    const ep_err_t *own = &spool->err;

    return own->rc == EP_OK
               ? EP_OK
               : ep_err_set(err, own->rc, own->code, "%s", own->msg);
}


ep_rc_t
ep_spool_end(ep_spool_t *spool, ep_err_t *err)
{
    if (spool->err.rc == EP_OK && spool->fd < 0 && !may_stay(spool)) {
        open_file(spool);
    }
    if (spool->err.rc == EP_OK && spool->fd >= 0) {
        write_out(spool);
    }
    if (spool->err.rc == EP_OK && spool->fd >= 0) {
        ep_buf_free(&spool->buf);
    }
    return ep_spool_status(spool, err);
}
