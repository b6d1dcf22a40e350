/*
 * The storage doctor walks through cache/, where the files lie that were
 * fetched in cache mode. Serving looks at their sizes only, so what a disk or
 * a helping hand has changed would be given out until it expires. Nothing is
 * put back: what was removed is fetched anew when somebody asks for it.
 *
 * Rows are written before their files are fetched, and files are removed
 * before their rows, so that this walk needs no lock.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/doctor.h"

#define CACHE "cache"
#define DEPTH_MAX 40 /* metadata may not name paths that deep */


/* "resources/<object>/<level>/<file>", without the level for a file outside
 * of levels; *below: what is behind. */
static bool
parse(ep_str_t path, ep_level_row_t *row, ep_str_t *below)
{
    ep_str_t tree, object, level, rest;
    int32_t number;

    if (!ep_str_cut(path, '/', &tree, &rest)
        || !ep_str_cut(rest, '/', &object, below)
        || !ep_unhex(object, row->object, EP_OBJECT_SIZE))
    {
        return false;
    }
    row->userspace = ep_str_eq(tree, ep_str(ep_tree_name(true)));
    row->level = 0;
    if (ep_str_cut(*below, '/', &level, &rest)
        && ep_level_parse(level, &number)) {
        row->level = number;
        *below = rest;
    }
    return row->userspace || ep_str_eq(tree, ep_str(ep_tree_name(false)));
}


/* An archive has brought it since: it waits for its expiry, and harms
 * nobody. */
static bool
is_in_tree(const ep_walk_t *w)
{
    const char *dir = ep_config_patches_dir(ep_portal_config(w->d->portal));
    char path[2 * PATH_MAX];

    snprintf(path, sizeof(path), "%s/%s", dir, w->where + sizeof(CACHE));
    return ep_file_exists(path);
}


static ep_rc_t
check_bytes(ep_walk_t *w, int dir_fd, const char *name,
            const ep_remote_file_t *file, ep_err_t *err)
{
    EP_CLEANUP(ep_closep)
    int fd =
        openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    uint8_t sha256[EP_SHA256_SIZE];
    ep_err_t failed = { 0 };
    struct stat st;

    if (fd < 0 && errno == ENOENT) {
        return EP_OK; /* expired meanwhile */
    }
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)
        || (st.st_size == file->size
            && ep_source_sha256(fd, sha256, &failed) != EP_OK))
    {
        return ep_walk_remove(w, dir_fd, name, "unreadable-file",
                              "cannot be read", err);
    }
    if (st.st_size != file->size
        || memcmp(sha256, file->sha256, sizeof(sha256)) != 0)
    {
        return ep_walk_remove(w, dir_fd, name, "wrong-bytes",
                              "has other bytes than its metadata promises",
                              err);
    }
    return ep_doctor_owner(w->d, dir_fd, name, w->where, err);
}


static ep_rc_t
check_file(ep_walk_t *w, int dir_fd, const char *name, ep_err_t *err)
{
    ep_remote_file_t file;
    ep_level_row_t row;
    ep_str_t below;
    struct stat st;
    ep_rc_t rc = EP_ENOTFOUND;

    if (parse(ep_str(w->where + sizeof(CACHE)), &row, &below)) {
        rc = ep_remote_find(w->d->portal, &row, below, &file, err);
    }
    if (rc == EP_OK) {
        return check_bytes(w, dir_fd, name, &file, err);
    }
    if (rc != EP_ENOTFOUND) {
        return rc;
    }
    /* looked at again: a removal takes files first, then rows */
    return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || is_in_tree(w)
               ? EP_OK
               : ep_walk_remove(w, dir_fd, name, "file-without-row",
                                "belongs to no patchset", err);
}


/* Empty directories go with the next expiry. */
static ep_rc_t
in_cache(ep_walk_t *w, int dir_fd, const char *name, ep_err_t *err)
{
    struct stat st;
    size_t count = 0;
    ep_rc_t rc;

    if (w->depth == 0 && name[0] == '.') {
        return EP_OK; /* a transfer, whose leftovers expire, too */
    }
    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return EP_OK;
    }
    if (!S_ISDIR(st.st_mode) || w->depth >= DEPTH_MAX) {
        return check_file(w, dir_fd, name, err);
    }
    w->depth++;
    rc = ep_doctor_owner(w->d, dir_fd, name, w->where, err);
    if (rc == EP_OK) {
        rc = ep_walk_each(w, dir_fd, name, in_cache, &count, err);
    }
    w->depth--;
    return rc;
}


ep_rc_t
ep_doctor_cache(ep_doctor_run_t *d, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int cache_fd = -1;
    ep_walk_t w = { .d = d, .where = CACHE };
    size_t count = 0;
    ep_err_t missing = { 0 };

    if (ep_patches_open(d->portal, CACHE, &cache_fd, &missing) != EP_OK) {
        return EP_OK; /* told before */
    }
    return ep_walk_each(&w, cache_fd, ".", in_cache, &count, err);
}
