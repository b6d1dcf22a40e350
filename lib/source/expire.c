/* Files that were fetched go again: see eportal/cache.h. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <eportal/cache.h>

#include "base/file.h"
#include "base/time.h"
#include "source/fetch.h"
#include "store/meta.h"

#define DEPTH_MAX 20
#define PART_AGE (24 * 3600) /* seconds, of a transfer that was given up */
#define YOUNGEST 60          /* seconds: not removed for want of room */
#define TTL_MAX 2000000000

typedef struct {
    const ep_transfer_t *transfer;
    int64_t now;    /* seconds */
    int64_t before; /* older ones go */
    ep_cache_expired_t *out;
} expire_t;

static const ep_str_t size_files = { "cache.files", 11 };
static const ep_str_t size_bytes = { "cache.bytes", 11 };


static void
add_file(ep_cache_size_t *size, const struct stat *st)
{
    size->files++;
    size->bytes += st->st_blocks * 512;
}


static void
close_dir(DIR **dir)
{
    if (*dir != NULL) {
        closedir(*dir);
    }
}


static void
drop(expire_t *x, int dir_fd, const char *name, const struct stat *st)
{
    if (unlinkat(dir_fd, name, 0) == 0) {
        add_file(&x->out->removed, st);
    }
}


/* What a transfer has left, unless one has it in hand. */
static void
drop_part(expire_t *x, int dir_fd, const char *name, const struct stat *st)
{
    EP_CLEANUP(ep_closep) int fd = -1;

    if (st->st_mtime >= x->now - PART_AGE) {
        return;
    }
    fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        drop(x, dir_fd, name, st);
    }
}


static ep_rc_t
walk(expire_t *x, int parent_fd, const char *name, int depth, ep_err_t *err)
{
    EP_CLEANUP(close_dir) DIR *dir = NULL;
    struct dirent *entry;
    int fd = openat(parent_fd, name,
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    ep_rc_t rc = EP_OK;

    dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        ep_closep(&fd);
        return errno == ENOENT
                   ? EP_OK
                   : ep_err_errno(err, "dir-read", "cannot read the cache");
    }
    while (rc == EP_OK && (entry = readdir(dir)) != NULL) {
        struct stat st;

        if (ep_transfer_stopped(x->transfer)) {
            return ep_err_set(err, EP_EBUSY, "stopped",
                              "the clean-up was stopped");
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0
            || fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        {
            continue;
        }
        if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
            rc = walk(x, fd, entry->d_name, depth + 1, err);
            unlinkat(fd, entry->d_name, AT_REMOVEDIR); /* if it is empty */
        } else if (entry->d_name[0] == '.') {
            drop_part(x, fd, entry->d_name, &st);
        } else if (st.st_mtime < x->before) {
            drop(x, fd, entry->d_name, &st);
        } else {
            add_file(&x->out->kept, &st);
        }
    }
    return rc;
}


static bool
has_room(const char *path, int64_t keep)
{
    struct statvfs fs;

    return statvfs(path, &fs) != 0
           || (int64_t) fs.f_bavail * (int64_t) fs.f_frsize >= keep;
}


ep_rc_t
ep_cache_expire(const ep_config_t *cfg, const ep_transfer_t *transfer,
                ep_cache_expired_t *out, ep_err_t *err)
{
    int64_t ttl = ep_config_int(cfg, EP_CACHE_TTL);
    expire_t x = { .transfer = transfer,
                   .now = ep_time_us() / 1000000,
                   .out = out };
    char path[PATH_MAX];
    ep_rc_t rc;

    *out = (ep_cache_expired_t){ 0 };
    if (ttl < 0 || ttl > TTL_MAX) {
        return ep_err_set(err, EP_EINVAL, "bad-age",
                          "CACHE_TTL must be 0 to %d seconds", TTL_MAX);
    }
    snprintf(path, sizeof(path), "%s/cache", ep_config_patches_dir(cfg));
    x.before = x.now - ttl;
    rc = walk(&x, AT_FDCWD, path, 0, err);
    /* Half the age each time is the oldest first without a list of all. */
    for (ttl /= 2; rc == EP_OK && ttl > YOUNGEST
                   && !has_room(path, ep_config_int(cfg, EP_MIN_FREE_DISK));
         ttl /= 2)
    {
        x.before = x.now - ttl;
        out->kept = (ep_cache_size_t){ 0 };
        rc = walk(&x, AT_FDCWD, path, 0, err);
    }
    return rc;
}


ep_rc_t
ep_cache_size_set(ep_portal_t *portal, const ep_cache_size_t *size,
                  ep_err_t *err)
{
    ep_rc_t rc = ep_meta_set_int(portal, size_files, size->files, err);

    return rc == EP_OK ? ep_meta_set_int(portal, size_bytes, size->bytes, err)
                       : rc;
}


ep_rc_t
ep_cache_size_get(ep_portal_t *portal, ep_cache_size_t *out, ep_err_t *err)
{
    ep_cache_size_t size = { 0 };
    ep_rc_t rc = ep_meta_get_int(portal, size_files, &size.files, err);

    if (rc == EP_OK) {
        rc = ep_meta_get_int(portal, size_bytes, &size.bytes, err);
    }
    if (rc == EP_OK) {
        *out = size;
    }
    return rc;
}
