/*
 * The files of the data directory that every process of every user in its
 * group opens, and the write lock, one of them. All writers of all processes
 * queue here before BEGIN IMMEDIATE: flock(2) wakes them one after the other,
 * where SQLite's own busy handler would have them poll.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/portal_private.h"

#define SHARED_MODE 0660


ep_rc_t
ep_portal_path(const ep_config_t *cfg, const char *name, char out[PATH_MAX],
               ep_err_t *err)
{
    const char *base = ep_config_base_dir(cfg);

    if (snprintf(out, PATH_MAX, "%s/%s", base, name) >= PATH_MAX) {
        return ep_err_set(err, EP_EINVAL, "path-too-long",
                          "path is too long: %s", base);
    }
    return EP_OK;
}


ep_rc_t
ep_shared_make(const char *path, ep_err_t *err)
{
    EP_CLEANUP(ep_closep)
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, SHARED_MODE);

    if (fd < 0 && errno == EEXIST) {
        return EP_OK;
    }
    /* The umask must not take the group's rights. */
    if (fd < 0 || fchmod(fd, SHARED_MODE) != 0) {
        return ep_err_errno(err, "file-create", "cannot create %s", path);
    }
    return EP_OK;
}


ep_rc_t
ep_lock_open(const ep_config_t *cfg, int *out, ep_err_t *err)
{
    char path[PATH_MAX];
    ep_rc_t rc = ep_portal_path(cfg, "write.lock", path, err);
    int fd;

    if (rc == EP_OK) {
        rc = ep_shared_make(path, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return ep_err_errno(err, "write-lock", "cannot open %s", path);
    }
    *out = fd;
    return EP_OK;
}


ep_rc_t
ep_lock_take(int fd, ep_err_t *err)
{
    while (flock(fd, LOCK_EX) != 0) {
        if (errno != EINTR) {
            return ep_err_errno(err, "write-lock", "cannot lock the database");
        }
    }
    return EP_OK;
}
