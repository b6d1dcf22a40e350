/*
 * kpatch.tgz of a library's level (protocol.md 1.6): what the agent of a
 * user-space product downloads. Made at import when the archive brings none,
 * so that nginx sends a file like any other.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/tar.h"
#include "patchset/import.h"

#define FILES_MAX 10000 /* in one level */


/* A level may hold directories; agents of libraries know files alone. */
static int
is_wanted(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}


static ep_rc_t
add_level(ep_tar_writer_t *writer, int dir_fd, const char *base,
          struct dirent **names, int n, ep_err_t *err)
{
    char path[PATH_MAX];
    ep_rc_t rc = EP_OK;

    for (int i = 0; rc == EP_OK && i < n; i++) {
        EP_CLEANUP(ep_closep)
        int fd = openat(dir_fd, names[i]->d_name,
                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) != 0) {
            return ep_err_errno(err, "file-open", "cannot open %s",
                                names[i]->d_name);
        }
        if (S_ISREG(st.st_mode)) {
            snprintf(path, sizeof(path), "%s/%s", base, names[i]->d_name);
            rc = ep_tar_add_file(writer, path, fd, err);
        }
    }
    return rc;
}


static ep_rc_t
write_bundle(int dir_fd, int out_fd, const ep_unit_t *unit,
             struct dirent **names, int n, ep_err_t *err)
{
    EP_CLEANUP(ep_tar_writer_closep) ep_tar_writer_t *writer = NULL;
    char base[EP_OBJECT_HEX + 32], link[EP_OBJECT_HEX + 32], level[24];
    char hex[EP_OBJECT_HEX + 1];
    ep_rc_t rc = ep_tar_create(out_fd, &writer, err);

    ep_hex(unit->object, EP_OBJECT_SIZE, hex);
    snprintf(level, sizeof(level), "%d", (int) unit->level);
    snprintf(link, sizeof(link), "./%s/latest", hex);
    snprintf(base, sizeof(base), "./%s", hex);
    if (rc == EP_OK) {
        rc = ep_tar_add_dir(writer, base, err);
    }
    snprintf(base, sizeof(base), "./%s/%s", hex, level);
    if (rc == EP_OK) {
        rc = ep_tar_add_dir(writer, base, err);
    }
    if (rc == EP_OK) {
        rc = add_level(writer, dir_fd, base, names, n, err);
    }
    if (rc == EP_OK) {
        rc = ep_tar_add_link(writer, link, level, err);
    }
    return rc == EP_OK ? ep_tar_finish(writer, err) : rc;
}


static ep_rc_t
make_bundle(int dir_fd, const ep_unit_t *unit, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int out_fd = -1;
    struct dirent **names = NULL;
    int n = scandirat(dir_fd, ".", &names, is_wanted, alphasort);
    ep_rc_t rc = EP_OK;

    if (n < 0) {
        return ep_err_errno(err, "dir-read", "cannot read a level");
    }
    out_fd = openat(dir_fd, EP_BUNDLE,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (out_fd < 0 || fchmod(out_fd, 0644) != 0) {
        rc = ep_err_errno(err, "file-create", "cannot create " EP_BUNDLE);
    } else if (n > FILES_MAX) {
        rc = ep_err_set(err, EP_EINVAL, "bad-archive",
                        "a level has more than %d files", FILES_MAX);
    } else {
        rc = write_bundle(dir_fd, out_fd, unit, names, n, err);
    }
    for (int i = 0; i < n; i++) {
        free(names[i]);
    }
    free(names);
    return rc;
}


ep_rc_t
ep_bundles_make(ep_import_t *import, ep_err_t *err)
{
    char path[EP_OBJECT_HEX + 24];
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; rc == EP_OK && i < import->n_units; i++) {
        EP_CLEANUP(ep_closep) int dir_fd = -1;
        const ep_unit_t *unit = &import->units[i];

        if (!import->userspace || unit->present) {
            continue;
        }
        ep_unit_path(unit->object, unit->level, path);
        dir_fd = openat(import->stage_fd, path,
                        O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir_fd < 0) {
            return ep_err_errno(err, "dir-read", "cannot read %s", path);
        }
        if (faccessat(dir_fd, EP_BUNDLE, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
            rc = make_bundle(dir_fd, unit, err);
        }
    }
    return rc;
}
