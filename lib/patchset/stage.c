/*
 * The fresh directory that an archive is unpacked into: see
 * patchset/import.h. Only names that were checked come here; no symbolic
 * link is ever made in it, and none is followed.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "patchset/import.h"

#define DIR_MODE 02775 /* whatever the umask: nginx reads, the group writes */
#define FILE_MODE 0644


ep_rc_t
ep_stage_open(ep_import_t *import, ep_err_t *err)
{
    ep_rc_t rc;
    size_t n = sizeof(EP_IMPORT_PREFIX) - 1;

    memcpy(import->stage, EP_IMPORT_PREFIX, n);
    rc = ep_random_name(import->stage + n, 12, err);
    if (rc != EP_OK) {
        return rc;
    }
    if (mkdirat(import->tree_fd, import->stage, 0700) == 0) {
        import->stage_fd =
            openat(import->tree_fd, import->stage,
                   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    if (import->stage_fd < 0) {
        return ep_err_errno(err, "dir-create", "cannot make a directory in %s",
                            ep_tree_name(import->userspace));
    }
    return EP_OK;
}


static ep_rc_t
note_unit(ep_import_t *import, ep_str_t object, int32_t level, ep_err_t *err)
{
    ep_unit_t *unit;

    if (import->n_units == import->cap_units) {
        size_t cap = import->cap_units ? import->cap_units * 2 : 64;
        ep_unit_t *units = realloc(import->units, cap * sizeof(*units));

        if (units == NULL) {
            return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
        }
        import->units = units;
        import->cap_units = cap;
    }
    unit = &import->units[import->n_units++];
    *unit = (ep_unit_t){ .level = level };
    ep_unhex(object, unit->object, EP_OBJECT_SIZE);
    return EP_OK;
}


static ep_rc_t
note_outer(ep_import_t *import, ep_str_t path, ep_err_t *err)
{
    ep_outer_t *outer;

    if (import->n_outer >= EP_OUTER_FILES_MAX) {
        return ep_err_set(err, EP_EINVAL, "bad-archive",
                          "it has more than %d files outside of level "
                          "directories",
                          EP_OUTER_FILES_MAX);
    }
    outer = ep_arena_alloc(import->arena, sizeof(*outer));
    if (outer != NULL) {
        outer->path = ep_arena_strdup(import->arena, path);
    }
    if (outer == NULL || outer->path == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    ep_unhex((ep_str_t){ path.p, EP_OBJECT_HEX }, outer->object,
             EP_OBJECT_SIZE);
    outer->next = import->outer;
    import->outer = outer;
    import->n_outer++;
    return EP_OK;
}


/* What may go wrong with a checked name: another directory of the archive
 * holds the same object with the same name in it. */
static ep_rc_t
cannot_make(ep_str_t path, ep_err_t *err)
{
    if (errno == EEXIST || errno == ENOTDIR || errno == EISDIR
        || errno == ELOOP) {
        return ep_err_set(err, EP_EINVAL, "bad-archive",
                          "member \"%.*s\" is in it twice, in two "
                          "directories",
                          path.n > 200 ? 200 : (int) path.n, path.p);
    }
    return ep_err_errno(err, "file-create", "cannot create %.*s",
                        path.n > 200 ? 200 : (int) path.n, path.p);
}


/* One directory deeper; made when it is not there, which *made tells. */
static ep_rc_t
descend(int *dir_fd, const char *name, bool *made, ep_err_t *err)
{
    int fd;

    *made = mkdirat(*dir_fd, name, 0775) == 0;
    if (!*made && errno != EEXIST) {
        return cannot_make(ep_str(name), err);
    }
    fd = openat(*dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || (*made && fchmod(fd, DIR_MODE) != 0)) {
        ep_rc_t rc =
            ep_err_errno(err, "dir-create", "cannot open directory %s", name);

        ep_closep(&fd);
        return rc;
    }
    close(*dir_fd);
    *dir_fd = fd;
    return EP_OK;
}


/* Walk from the stage's root, noting a level that begins. */
static ep_rc_t
walk(ep_import_t *import, ep_str_t dir, int *out, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = dup(import->stage_fd);
    ep_str_t rest = dir, part;
    ep_rc_t rc = EP_OK;

    if (fd < 0) {
        return ep_err_errno(err, "dir-open", "cannot open a directory");
    }
    for (int depth = 0; rc == EP_OK && rest.n > 0; depth++) {
        char name[NAME_MAX + 1];
        int32_t level;
        bool made;

        ep_str_cut(rest, '/', &part, &rest);
        ep_str_copy(part, name, sizeof(name));
        rc = descend(&fd, name, &made, err);
        if (rc == EP_OK && made && depth == 1 && ep_level_parse(part, &level)) {
            rc = note_unit(import, (ep_str_t){ dir.p, EP_OBJECT_HEX }, level,
                           err);
        }
    }
    if (rc == EP_OK) {
        *out = fd;
        fd = -1;
    }
    return rc;
}


/* The directory of a path, from the cache when it is the last one's, and the
 * name in it. */
static ep_rc_t
enter(ep_import_t *import, ep_str_t path, char name[NAME_MAX + 1],
      ep_err_t *err)
{
    size_t n = path.n;
    ep_str_t dir;
    ep_rc_t rc;
    int fd;

    while (n > 0 && path.p[n - 1] != '/') {
        n--;
    }
    dir = (ep_str_t){ path.p, n - 1 };
    ep_str_copy((ep_str_t){ path.p + n, path.n - n }, name, NAME_MAX + 1);
    if (import->dir_fd >= 0 && ep_str_eq(dir, ep_str(import->dir))) {
        return EP_OK;
    }
    ep_closep(&import->dir_fd);
    rc = walk(import, dir, &fd, err);
    if (rc == EP_OK) {
        ep_str_copy(dir, import->dir, sizeof(import->dir));
        import->dir_fd = fd;
    }
    return rc;
}


static ep_rc_t
note_file(ep_import_t *import, ep_str_t path, ep_err_t *err)
{
    ep_str_t first, rest;
    int32_t level;

    import->progress.files++;
    ep_str_cut(
        (ep_str_t){ path.p + EP_OBJECT_HEX + 1, path.n - EP_OBJECT_HEX - 1 },
        '/', &first, &rest);
    if (rest.n > 0 && ep_level_parse(first, &level)) {
        return EP_OK;
    }
    return note_outer(import, path, err);
}


ep_rc_t
ep_stage_file(ep_import_t *import, ep_str_t path, int *fd, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int file_fd = -1;
    char name[NAME_MAX + 1];
    ep_rc_t rc = enter(import, path, name, err);

    if (rc != EP_OK) {
        return rc;
    }
    file_fd =
        openat(import->dir_fd, name,
               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
    if (file_fd < 0 || fchmod(file_fd, FILE_MODE) != 0) {
        return cannot_make(path, err);
    }
    rc = note_file(import, path, err);
    if (rc == EP_OK) {
        *fd = file_fd;
        file_fd = -1;
    }
    return rc;
}


ep_rc_t
ep_stage_link(ep_import_t *import, ep_str_t path, ep_str_t target,
              ep_err_t *err)
{
    char name[NAME_MAX + 1], from[PATH_MAX];
    ep_rc_t rc = enter(import, path, name, err);

    if (rc != EP_OK) {
        return rc;
    }
    if (!ep_str_copy(target, from, sizeof(from))
        || linkat(import->stage_fd, from, import->dir_fd, name, 0) != 0)
    {
        return cannot_make(path, err);
    }
    return note_file(import, path, err);
}


void
ep_stage_close(ep_import_t *import)
{
    ep_closep(&import->dir_fd);
    if (import->stage_fd >= 0) {
        ep_closep(&import->stage_fd);
        ep_tree_remove(import->tree_fd, import->stage, NULL);
    }
}
