/* Directories, names and the lock of imports: see patchset/import.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

#include "patchset/import.h"


ep_rc_t
ep_import_lock(ep_portal_t *portal, bool wait, int *fd, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int lock_fd = -1;
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/import.lock",
             ep_config_base_dir(ep_portal_config(portal)));
    lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
    if (lock_fd < 0) {
        return ep_err_errno(err, "import-lock", "cannot open %s", path);
    }
    while (flock(lock_fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            return ep_err_set(err, EP_EBUSY, "import-running",
                              "an import is running");
        }
        if (errno != EINTR) {
            return ep_err_errno(err, "import-lock", "cannot lock %s", path);
        }
    }
    *fd = lock_fd;
    lock_fd = -1;
    return EP_OK;
}


ep_rc_t
ep_patches_open(ep_portal_t *portal, const char *name, int *fd, ep_err_t *err)
{
    char path[PATH_MAX];
    int dir_fd;

    snprintf(path, sizeof(path), "%s/%s",
             ep_config_patches_dir(ep_portal_config(portal)), name);
    dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0) {
        return ep_err_errno(err, "no-directory",
                            "cannot open %s (`kc.eportal migrate` makes the "
                            "directories)",
                            path);
    }
    *fd = dir_fd;
    return EP_OK;
}


const char *
ep_tree_name(bool userspace)
{
    return ep_product_info(userspace ? EP_PRODUCT_USER : EP_PRODUCT_KERNEL)
        ->tree;
}


void
ep_unit_path(const uint8_t *object, int64_t level, char out[EP_OBJECT_HEX + 24])
{
    ep_hex(object, EP_OBJECT_SIZE, out);
    snprintf(out + EP_OBJECT_HEX, 24, "/%lld", (long long) level);
}


bool
ep_level_parse(ep_str_t name, int32_t *level)
{
    int64_t value;

    if (name.n == 0 || name.p[0] < '1' || name.p[0] > '9'
        || !ep_str_int(name, &value) || value > EP_LEVEL_MAX)
    {
        return false;
    }
    *level = (int32_t) value;
    return true;
}


void
ep_import_progress(ep_import_t *import, const char *step)
{
    if (import->deploy->progress != NULL) {
        import->progress.step = step;
        import->deploy->progress(import->deploy->progress_ctx,
                                 &import->progress);
    }
}
