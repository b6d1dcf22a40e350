/*
 * What an archive brings against what is on disk: a level that is there must
 * have the same bytes, for it may be in use. A kpatch.tgz that we made
 * ourselves does not count: another zlib would make another one.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "patchset/import.h"

#define BLOCK 32768
#define OPEN_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)


static ssize_t
read_full(int fd, char *p, off_t at)
{
    ssize_t got = 0;

    while (got < BLOCK) {
        ssize_t n = pread(fd, p + got, (size_t) (BLOCK - got), at + got);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return -1;
        }
        if (n == 0) {
            break;
        }
        got += n;
    }
    return got;
}


ep_rc_t
ep_files_compare(int a, int b, bool *same, ep_err_t *err)
{
    char left[BLOCK], right[BLOCK];
    off_t at = 0;

    for (;;) {
        ssize_t n = read_full(a, left, at);
        ssize_t m = read_full(b, right, at);

        if (n < 0 || m < 0) {
            return ep_err_errno(err, "file-read", "cannot compare files");
        }
        if (n != m || memcmp(left, right, (size_t) n) != 0) {
            *same = false;
            return EP_OK;
        }
        if (n == 0) {
            return EP_OK;
        }
        at += n;
    }
}


static ep_rc_t compare_dirs(int a, int b, bool top, bool *same, ep_err_t *err);


/* One name in both directories; *same turns false when they differ. */
static ep_rc_t
compare_entries(int a_dir, int b_dir, const char *name, bool *same,
                ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int a = openat(a_dir, name, OPEN_FLAGS);
    EP_CLEANUP(ep_closep) int b = openat(b_dir, name, OPEN_FLAGS);
    struct stat a_st, b_st;

    if (a < 0 || fstat(a, &a_st) != 0) {
        return ep_err_errno(err, "file-open", "cannot open %s", name);
    }
    if (b < 0 || fstat(b, &b_st) != 0
        || (a_st.st_mode & S_IFMT) != (b_st.st_mode & S_IFMT)
        || (S_ISREG(a_st.st_mode) && a_st.st_size != b_st.st_size))
    {
        *same = false;
        return EP_OK;
    }
    return S_ISDIR(a_st.st_mode) ? compare_dirs(a, b, false, same, err)
                                 : ep_files_compare(a, b, same, err);
}


/* How many names a directory has; a bundle at the top of a level is left
 * out when its twin has none. */
static ep_rc_t
count_names(int fd, bool no_bundle, size_t *count, ep_err_t *err)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *entry;
    size_t n = 0;

    if (dir == NULL) {
        ep_closep(&copy);
        return ep_err_errno(err, "dir-read", "cannot read a directory");
    }
    while ((entry = readdir(dir)) != NULL) {
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0
             && !(no_bundle && strcmp(entry->d_name, EP_BUNDLE) == 0);
    }
    closedir(dir);
    *count = n;
    return EP_OK;
}


static ep_rc_t
compare_dirs(int a, int b, bool top, bool *same, ep_err_t *err)
{
    bool no_bundle =
        top && faccessat(a, EP_BUNDLE, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    size_t a_count = 0, b_count = 0;
    struct dirent *entry;
    int copy;
    DIR *dir;
    ep_rc_t rc = count_names(a, no_bundle, &a_count, err);

    if (rc == EP_OK) {
        rc = count_names(b, no_bundle, &b_count, err);
    }
    if (rc != EP_OK || a_count != b_count) {
        *same = false;
        return rc;
    }
    copy = openat(a, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    dir = copy < 0 ? NULL : fdopendir(copy);
    if (dir == NULL) {
        ep_closep(&copy);
        return ep_err_errno(err, "dir-read", "cannot read a directory");
    }
    while (rc == EP_OK && *same && (entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
        {
            rc = compare_entries(a, b, entry->d_name, same, err);
        }
    }
    closedir(dir);
    return rc;
}


static ep_rc_t
compare_unit(ep_import_t *import, ep_unit_t *unit, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int new_fd = -1;
    EP_CLEANUP(ep_closep) int old_fd = -1;
    char path[EP_OBJECT_HEX + 24];
    bool same = true;
    ep_rc_t rc;

    ep_unit_path(unit->object, unit->level, path);
    old_fd = openat(import->tree_fd, path, OPEN_FLAGS);
    if (old_fd < 0 && errno == ENOENT) {
        return EP_OK;
    }
    new_fd = openat(import->stage_fd, path, OPEN_FLAGS | O_DIRECTORY);
    if (old_fd < 0 || new_fd < 0) {
        return ep_err_errno(err, "file-open", "cannot compare %s", path);
    }
    rc = compare_dirs(new_fd, old_fd, true, &same, err);
    if (rc == EP_OK && !same) {
        path[EP_OBJECT_HEX] = '\0';
        return ep_err_set(err, EP_EEXISTS, "level-conflict",
                          "%s: level %d of %s is here already with other "
                          "content",
                          import->archive, (int) unit->level, path);
    }
    unit->present = rc == EP_OK;
    return rc;
}


static ep_rc_t
compare_outer(ep_import_t *import, ep_outer_t *outer, ep_err_t *err)
{
    bool same = true;
    ep_rc_t rc;

    if (faccessat(import->tree_fd, outer->path, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
    {
        return EP_OK;
    }
    rc = compare_entries(import->stage_fd, import->tree_fd, outer->path, &same,
                         err);
    if (rc == EP_OK && !same) {
        return ep_err_set(err, EP_EEXISTS, "level-conflict",
                          "%s: %.200s is here already with other content",
                          import->archive, outer->path);
    }
    outer->present = rc == EP_OK;
    return rc;
}


ep_rc_t
ep_import_compare(ep_import_t *import, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; rc == EP_OK && i < import->n_units; i++) {
        rc = compare_unit(import, &import->units[i], err);
        if (i % 64 == 0) {
            ep_import_progress(import, "checking");
        }
    }
    for (ep_outer_t *outer = import->outer; rc == EP_OK && outer != NULL;
         outer = outer->next)
    {
        rc = compare_outer(import, outer, err);
    }
    return rc;
}
