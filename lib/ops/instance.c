/* The only daemon of a data directory: see eportal/daemon.h. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <eportal/daemon.h>

#include "base/file.h"

#define TRIES 10 /* while somebody only asks whether it is held */


static ep_rc_t
open_lock(const ep_config_t *cfg, int flags, int *out, ep_err_t *err)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/daemon.lock", ep_config_base_dir(cfg))
        >= (int) sizeof(path))
    {
        return ep_err_set(err, EP_EINVAL, "path-too-long",
                          "the path of BASE_DIR is too long");
    }
    *out = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0660);
    if (*out < 0) {
        return ep_err_errno(err, "daemon-lock", "cannot open %s", path);
    }
    return EP_OK;
}


ep_rc_t
ep_daemon_lock(const ep_config_t *cfg, int *fd, ep_err_t *err)
{
    const struct timespec pause = { 0, 50 * 1000 * 1000 };
    EP_CLEANUP(ep_closep) int lock = -1;
    ep_rc_t rc = ep_dir_make(ep_config_base_dir(cfg), 0770, err);

    if (rc == EP_OK) {
        rc = open_lock(cfg, O_RDWR | O_CREAT, &lock, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    for (int i = 0; flock(lock, LOCK_EX | LOCK_NB) != 0; i++) {
        if (errno != EWOULDBLOCK) {
            return ep_err_errno(err, "daemon-lock", "cannot lock daemon.lock");
        }
        if (i == TRIES) {
            return ep_err_set(err, EP_EBUSY, "daemon-running",
                              "another daemon is running for %s",
                              ep_config_base_dir(cfg));
        }
        nanosleep(&pause, NULL);
    }
    *fd = lock;
    lock = -1;
    return EP_OK;
}


bool
ep_daemon_running(const ep_config_t *cfg)
{
    EP_CLEANUP(ep_closep) int lock = -1;

    if (open_lock(cfg, O_RDONLY, &lock, NULL) != EP_OK) {
        return false;
    }
    return flock(lock, LOCK_SH | LOCK_NB) != 0;
}
