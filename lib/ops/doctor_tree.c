/*
 * The storage doctor walks through a tree: levels and files that no row
 * names, empty directories, owners and modes. No link is followed; what is
 * removed lies below an object, whose name is 40 hex digits.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/doctor.h"

#define DEPTH_MAX 40 /* an archive may not go that deep */
#define REMOVED "it was removed"


static size_t
enter(ep_walk_t *w, const char *name)
{
    size_t n = strlen(w->where);

    snprintf(w->where + n, sizeof(w->where) - n, "/%s", name);
    return n;
}


ep_rc_t
ep_walk_remove(ep_walk_t *w, int dir_fd, const char *name, const char *kind,
               const char *what, ep_err_t *err)
{
    ep_mend_t mend = { 0 };

    if (w->d->repair) {
        mend.rc = ep_tree_remove(dir_fd, name, &mend.err);
    }
    return ep_doctor_mended(w->d, kind, &mend, REMOVED, err, "%.900s %s.",
                            w->where, what);
}


ep_rc_t
ep_walk_each(ep_walk_t *w, int dir_fd, const char *name, ep_walk_fn fn,
             size_t *count, ep_err_t *err)
{
    int fd =
        openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    ep_rc_t rc = EP_OK;

    if (fd < 0 && errno == ENOENT) {
        *count = 1;
        return EP_OK; /* gone meanwhile */
    }
    if (dir == NULL) {
        ep_closep(&fd);
        *count = 1; /* who knows */
        return ep_doctor_tell(w->d, "unreadable-directory",
                              "as root, look at its owner and mode", err,
                              "%.900s cannot be read.", w->where);
    }
    while (rc == EP_OK && (entry = readdir(dir)) != NULL) {
        struct stat st;
        size_t back;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        {
            continue;
        }
        back = enter(w, entry->d_name);
        rc = fn(w, dirfd(dir), entry->d_name, err);
        w->where[back] = '\0';
        *count +=
            fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    }
    closedir(dir);
    return rc;
}


static bool
is_dir(int dir_fd, const char *name)
{
    struct stat st;

    return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0
           && S_ISDIR(st.st_mode);
}


/* Inside a level that somebody has: only owners and modes, the bytes were
 * compared before. */
static ep_rc_t
in_level(ep_walk_t *w, int dir_fd, const char *name, ep_err_t *err)
{
    ep_rc_t rc = ep_doctor_owner(w->d, dir_fd, name, w->where, err);
    size_t count = 0;

    if (rc != EP_OK || !is_dir(dir_fd, name)) {
        return rc;
    }
    if (++w->depth < DEPTH_MAX) {
        rc = ep_walk_each(w, dir_fd, name, in_level, &count, err);
    }
    w->depth--;
    return rc;
}


/* A directory that is empty belongs to nobody: archives bring files. One that
 * the walk has emptied goes without a word. found: differences before it. */
static ep_rc_t
drop_empty(ep_walk_t *w, int dir_fd, const char *name, int64_t found,
           ep_err_t *err)
{
    ep_mend_t mend = { 0 };
    bool failed = w->d->repair && unlinkat(dir_fd, name, AT_REMOVEDIR) != 0;

    if (w->d->counts.found != found) {
        return EP_OK;
    }
    if (failed) {
        mend.rc =
            ep_err_errno(&mend.err, "remove", "cannot remove %.400s", w->where);
    }
    return ep_doctor_mended(w->d, "empty-directory", &mend, REMOVED, err,
                            "%.900s is an empty directory.", w->where);
}


static ep_rc_t outside(ep_walk_t *w, int dir_fd, const char *name,
                       ep_err_t *err);


static ep_rc_t
outside_dir(ep_walk_t *w, int dir_fd, const char *name, ep_err_t *err)
{
    int64_t found = w->d->counts.found;
    size_t count = 0;
    ep_rc_t rc = ep_doctor_owner(w->d, dir_fd, name, w->where, err);

    if (rc != EP_OK) {
        return rc;
    }
    count = ++w->depth >= DEPTH_MAX;
    if (count == 0) {
        rc = ep_walk_each(w, dir_fd, name, outside, &count, err);
    }
    w->depth--;
    return rc == EP_OK && count == 0 ? drop_empty(w, dir_fd, name, found, err)
                                     : rc;
}


/* Outside of levels: files that have a row, and directories above them. */
static ep_rc_t
outside(ep_walk_t *w, int dir_fd, const char *name, ep_err_t *err)
{
    bool known = false;
    ep_rc_t rc;

    if (is_dir(dir_fd, name)) {
        return outside_dir(w, dir_fd, name, err);
    }
    rc = ep_object_has_file(w->d->portal, &w->object,
                            ep_str(w->where + w->base), &known, err);
    if (rc != EP_OK) {
        return rc;
    }
    return known ? ep_doctor_owner(w->d, dir_fd, name, w->where, err)
                 : ep_walk_remove(w, dir_fd, name, "file-without-row",
                                  "belongs to no patchset", err);
}


static ep_rc_t
in_object(ep_walk_t *w, int dir_fd, const char *name, ep_err_t *err)
{
    bool known = false;
    size_t count = 0;
    int32_t level;
    ep_rc_t rc;

    if (!ep_level_parse(ep_str(name), &level) || !is_dir(dir_fd, name)) {
        return outside(w, dir_fd, name, err);
    }
    w->object.level = level;
    rc = ep_level_known(w->d->portal, &w->object, &known, err);
    if (rc != EP_OK) {
        return rc;
    }
    if (!known) {
        return ep_walk_remove(w, dir_fd, name, "level-without-row",
                              "is a level of no patchset", err);
    }
    rc = ep_doctor_owner(w->d, dir_fd, name, w->where, err);
    return rc == EP_OK ? ep_walk_each(w, dir_fd, name, in_level, &count, err)
                       : rc;
}


static ep_rc_t
in_tree(ep_walk_t *w, int dir_fd, const char *name, ep_err_t *err)
{
    char hex[EP_OBJECT_HEX + 1];
    int64_t found = w->d->counts.found;
    size_t count = 0;
    ep_rc_t rc;

    if (ep_str_starts(ep_str(name), EP_STR(EP_IMPORT_PREFIX))) {
        return EP_OK;
    }
    if (ep_unhex(ep_str(name), w->object.object, EP_OBJECT_SIZE)) {
        ep_hex(w->object.object, EP_OBJECT_SIZE, hex);
    }
    if (!ep_str_is_hex(ep_str(name), EP_OBJECT_HEX) || strcmp(name, hex) != 0
        || !is_dir(dir_fd, name))
    {
        return ep_doctor_tell(w->d, "foreign-entry",
                              "move it away, if it is nothing that you need "
                              "here",
                              err, "%.900s is nothing that the portal made.",
                              w->where);
    }
    w->base = strlen(w->where) + 1;
    w->depth = 0;
    rc = ep_doctor_owner(w->d, dir_fd, name, w->where, err);
    if (rc == EP_OK) {
        rc = ep_walk_each(w, dir_fd, name, in_object, &count, err);
    }
    return rc == EP_OK && count == 0 ? drop_empty(w, dir_fd, name, found, err)
                                     : rc;
}


ep_rc_t
ep_doctor_tree(ep_doctor_run_t *d, bool userspace, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int tree_fd = -1;
    ep_walk_t w = { .d = d, .object = { .userspace = userspace } };
    size_t count = 0;
    ep_err_t missing = { 0 };

    if (ep_patches_open(d->portal, ep_tree_name(userspace), &tree_fd, &missing)
        != EP_OK)
    {
        return EP_OK; /* told before */
    }
    snprintf(w.where, sizeof(w.where), "%s", ep_tree_name(userspace));
    return ep_walk_each(&w, tree_fd, ".", in_tree, &count, err);
}
