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
    /* Opening a pipe that nobody writes to must not wait. */
    EP_CLEANUP(ep_closep)
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    char block[16384];
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0) {
        return ep_err_errno(err, "file-open", "cannot open %s", path);
    }
    if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode)) {
        return ep_err_set(err, EP_EINVAL, "file-type",
                          "%s is not a regular file", path);
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

    if (snprintf(beside, sizeof(beside), "%s.%ld.new", path, (long) gettid())
            >= (int) sizeof(beside)
        || !parent_of(path, parent, sizeof(parent)))
    {
        return ep_err_set(err, EP_EINVAL, "path-too-long",
                          "path is too long: %s", path);
    }
    unlink(beside); /* a killed thread of the same number left it */
    fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0) {
        return ep_err_errno(err, "file-create", "cannot create %s", beside);
    }
    rc = write_all(fd, data, beside, err);
    if (rc == EP_OK && fchmod(fd, mode) != 0) { /* whatever the umask is */
        rc =
            ep_err_errno(err, "file-mode", "cannot set the mode of %s", beside);
    }
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
    struct stat st;

    if (path[0] == '\0' || !ep_str_copy(ep_str(path), part, sizeof(part))) {
        return ep_err_set(err, EP_EINVAL, "bad-path",
                          "path is empty or too long: %s", path);
    }
    for (char *p = part + 1;; p++) {
        char c = *p;

        if (c != '/' && c != '\0') {
            continue;
        }
        *p = '\0';
        if (mkdir(part, mode) != 0 && errno != EEXIST) {
            if (errno == EROFS) {
                return ep_err_set(err, EP_EIO, "dir-create",
                                  "cannot make directory %s: it is on a "
                                  "read-only file system. When only the daemon "
                                  "says so, its unit may not write there: run "
                                  "`kc.eportal sync-nginx-conf`",
                                  part);
            }
            return ep_err_errno(err, "dir-create", "cannot make directory %s",
                                part);
        }
        if (c == '\0') {
            break;
        }
        *p = c;
    }
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return ep_err_set(err, EP_EIO, "dir-create",
                          "%s is there, but is no directory", path);
    }
    return EP_OK;
}


/* Empty one directory; deeper gets the name of the first directory in it
 * that is itself not empty, "" when all is gone. */
static ep_rc_t
remove_entries(int fd, char deeper[NAME_MAX + 1], ep_err_t *err)
{
    DIR *dir = fdopendir(fd);
    struct dirent *entry;
    ep_rc_t rc = EP_OK;

    deeper[0] = '\0';
    if (dir == NULL) {
        rc = ep_err_errno(err, "dir-read", "cannot read a directory");
        close(fd);
        return rc;
    }
    while (rc == EP_OK && deeper[0] == '\0' && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        {
            continue;
        }
        if (unlinkat(dirfd(dir), entry->d_name, 0) == 0 || errno == ENOENT
            || (errno == EISDIR
                && unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR) == 0))
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


/* Put the directory name in *fd, which may be dirfd, in its place. */
static ep_rc_t
step(int dirfd, const char *name, int *fd, ep_err_t *err)
{
    int next =
        openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (next < 0) {
        return ep_err_errno(err, "remove", "cannot remove %s", name);
    }
    ep_closep(fd);
    *fd = next;
    return EP_OK;
}


/* Goes down and up with one descriptor: however deep a tree is, neither
 * the stack nor the descriptors run out. */
ep_rc_t
ep_tree_remove(int dirfd, const char *name, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = -1;
    char deeper[NAME_MAX + 1];
    size_t depth = 0;
    ep_rc_t rc;

    if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT) {
        return EP_OK;
    }
    if (errno != EISDIR) {
        return ep_err_errno(err, "remove", "cannot remove %s", name);
    }
    rc = step(dirfd, name, &fd, err);
    while (rc == EP_OK) {
        rc = remove_entries(dup(fd), deeper, err);
        if (rc == EP_OK && deeper[0] != '\0') {
            rc = step(fd, deeper, &fd, err);
            depth++;
        } else if (rc == EP_OK && depth > 0) {
            rc = step(fd, "..", &fd, err);
            depth--;
        } else if (rc == EP_OK) {
            break;
        }
    }
    if (rc == EP_OK && unlinkat(dirfd, name, AT_REMOVEDIR) != 0) {
        rc = ep_err_errno(err, "remove", "cannot remove %s", name);
    }
    return rc;
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
