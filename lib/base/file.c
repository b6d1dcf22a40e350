/* Files: see base/file.h. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"


void
ep_closep(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
        *fd = -1;
    }
}


ep_rc_t
ep_file_read(const char *path, ep_buf_t *buf, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    char block[16384];

    if (fd < 0) {
        return ep_err_errno(err, "file-open", "cannot open %s", path);
    }
    for (;;) {
        ssize_t n = read(fd, block, sizeof(block));
        ep_rc_t rc;

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return ep_err_errno(err, "file-read", "cannot read %s", path);
        }
        if (n == 0) {
            return EP_OK;
        }
        rc = ep_buf_add(buf, block, (size_t) n);
        if (rc != EP_OK) {
            return ep_err_set(err, rc, "file-too-large",
                              "%s is larger than the %zu bytes it may have",
                              path, buf->max);
        }
    }
}


static ep_rc_t
write_all(int fd, ep_str_t data, const char *path, ep_err_t *err)
{
    while (data.n > 0) {
        ssize_t n = write(fd, data.p, data.n);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return ep_err_errno(err, "file-write", "cannot write %s", path);
        }
        data.p += n;
        data.n -= (size_t) n;
    }
    if (fsync(fd) != 0) {
        return ep_err_errno(err, "file-write", "cannot sync %s", path);
    }
    return EP_OK;
}


/* The directory part of a path into out; "." when there is none. */
static bool
parent_of(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL) {
        return ep_str_copy(EP_STR("."), out, size);
    }
    return ep_str_copy(
        (ep_str_t){ path, slash == path ? 1 : (size_t) (slash - path) }, out,
        size);
}


ep_rc_t
ep_file_write(const char *path, ep_str_t data, mode_t mode, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = -1;
    char beside[PATH_MAX], parent[PATH_MAX];
    ep_rc_t rc;

    if (snprintf(beside, sizeof(beside), "%s.%ld.new", path, (long) getpid())
            >= (int) sizeof(beside)
        || !parent_of(path, parent, sizeof(parent)))
    {
        return ep_err_set(err, EP_EINVAL, "path-too-long",
                          "path is too long: %s", path);
    }
    unlink(beside); /* a killed process of the same number left it */
    fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
        return ep_err_errno(err, "file-create", "cannot create %s", beside);
    }
    rc = write_all(fd, data, beside, err);
    if (rc == EP_OK && rename(beside, path) != 0) {
        rc = ep_err_errno(err, "file-rename", "cannot rename %s", beside);
    }
    if (rc != EP_OK) {
        unlink(beside);
        return rc;
    }
    return ep_dir_sync(parent, err);
}


ep_rc_t
ep_dir_make(const char *path, mode_t mode, ep_err_t *err)
{
    char part[PATH_MAX];

    if (!ep_str_copy(ep_str(path), part, sizeof(part))) {
        return ep_err_set(err, EP_EINVAL, "path-too-long",
                          "path is too long: %s", path);
    }
    for (char *p = part + 1;; p++) {
        if (*p != '/' && *p != '\0') {
            continue;
        }
        char c = *p;

        *p = '\0';
        if (mkdir(part, mode) != 0 && errno != EEXIST) {
            return ep_err_errno(err, "dir-create", "cannot make directory %s",
                                part);
        }
        if (c == '\0') {
            return EP_OK;
        }
        *p = c;
    }
}


/* Empty one directory; *deeper gets the name of the first directory in it
 * that is itself not empty, "" when all is gone. */
static ep_rc_t
remove_entries(int fd, char deeper[NAME_MAX + 1], ep_err_t *err)
{
    DIR *dir = fdopendir(fd);
    struct dirent *entry;
    ep_rc_t rc = EP_OK;

    deeper[0] = '\0';
    if (dir == NULL) {
        close(fd);
        return ep_err_errno(err, "dir-read", "cannot read a directory");
    }
    while (rc == EP_OK && deeper[0] == '\0' && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        {
            continue;
        }
        if (unlinkat(dirfd(dir), entry->d_name, 0) == 0 || errno == ENOENT
            || unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR) == 0)
        {
            continue;
        }
        if (errno == ENOTEMPTY || errno == EEXIST) {
            snprintf(deeper, NAME_MAX + 1, "%s", entry->d_name);
        } else {
            rc = ep_err_errno(err, "remove", "cannot remove %s", entry->d_name);
        }
    }
    closedir(dir);
    return rc;
}


ep_rc_t
ep_tree_remove(int dirfd, const char *name, ep_err_t *err)
{
    char deeper[NAME_MAX + 1];

    if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT) {
        return EP_OK;
    }
    for (;;) {
        EP_CLEANUP(ep_closep)
        int fd = openat(dirfd, name,
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        ep_rc_t rc;

        if (fd < 0) {
            return ep_err_errno(err, "remove", "cannot remove %s", name);
        }
        rc = remove_entries(dup(fd), deeper, err);
        if (rc == EP_OK && deeper[0] != '\0') {
            rc = ep_tree_remove(fd, deeper, err);
        } else if (rc == EP_OK) {
            if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0) {
                return EP_OK;
            }
            rc = ep_err_errno(err, "remove", "cannot remove %s", name);
        }
        if (rc != EP_OK) {
            return rc;
        }
    }
}


ep_rc_t
ep_dir_sync(const char *path, ep_err_t *err)
{
    EP_CLEANUP(ep_closep)
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) != 0) {
        return ep_err_errno(err, "dir-sync", "cannot sync directory %s", path);
    }
    return EP_OK;
}


bool
ep_file_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}
