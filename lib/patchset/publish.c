/* Rows and places of what an import brings: see patchset/import.h. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "patchset/import.h"
#include "patchset/kpatch_info.h"
#include "patchset/nameset.h"

#define PIECE 400 /* rows of one transaction; a level adds a few to it */
#define CVES_MAX 1000000
#define DISTROS_MAX 1000 /* bytes of the list of labels */

/* Rows are written in pieces, so that other writers never wait long. */
typedef struct {
    ep_import_t *import;
    bool durable; /* of the piece's commit */
    bool only_count;
    int rows; /* in the open transaction, 0 when none is */
    ep_nameset_t cves;
    int64_t object_id; /* whose CVEs are read now */
    int32_t level;
    ep_buf_t text; /* of a kpatch.info */
} rows_t;


static ep_rc_t
begin(rows_t *r, ep_err_t *err)
{
    if (r->rows == 0) {
        ep_rc_t rc = ep_portal_write_begin(r->import->portal, r->durable, err);

        if (rc != EP_OK) {
            return rc;
        }
    }
    r->rows++;
    return EP_OK;
}


static ep_rc_t
end(rows_t *r, int at, ep_err_t *err)
{
    if (r->rows <= at) {
        return EP_OK;
    }
    r->rows = 0;
    return ep_portal_write_commit(r->import->portal, err);
}


static ep_rc_t
add_patchset(rows_t *r, ep_err_t *err)
{
    ep_rc_t rc = begin(r, err);

    return rc == EP_OK ? ep_patchset_add(r->import->portal, &r->import->name,
                                         &r->import->patchset_id, err)
                       : rc;
}


static ep_rc_t
add_unit(rows_t *r, const ep_unit_t *unit, ep_err_t *err)
{
    ep_import_t *import = r->import;
    int64_t object_id;
    ep_rc_t rc = begin(r, err);

    if (rc == EP_OK) {
        rc = ep_object_id(import->portal, import->userspace, unit->object,
                          &object_id, err);
    }
    if (rc == EP_OK) {
        r->rows++;
        rc = ep_level_add(import->portal, import->patchset_id,
                          import->name.order, object_id, unit->level, err);
    }
    return rc == EP_OK ? end(r, PIECE, err) : rc;
}


static ep_rc_t
add_outer(rows_t *r, const ep_outer_t *outer, ep_err_t *err)
{
    ep_import_t *import = r->import;
    int64_t object_id;
    ep_rc_t rc = begin(r, err);

    if (rc == EP_OK) {
        rc = ep_object_id(import->portal, import->userspace, outer->object,
                          &object_id, err);
    }
    if (rc == EP_OK) {
        r->rows++;
        rc = ep_object_add_file(import->portal, import->patchset_id, object_id,
                                ep_str(outer->path + EP_OBJECT_HEX + 1), err);
    }
    return rc == EP_OK ? end(r, PIECE, err) : rc;
}


/* Which levels and files there are is on disk before any of them is moved:
 * whoever sweeps goes by it. */
static ep_rc_t
write_places(rows_t *r, ep_err_t *err)
{
    ep_import_t *import = r->import;
    ep_rc_t rc;

    r->durable = true;
    rc = import->patchset_id != 0 ? EP_OK : add_patchset(r, err);
    for (size_t i = 0; rc == EP_OK && i < import->n_units; i++) {
        rc = add_unit(r, &import->units[i], err);
    }
    for (ep_outer_t *o = import->outer; rc == EP_OK && o != NULL; o = o->next) {
        rc = add_outer(r, o, err);
    }
    return rc == EP_OK ? end(r, 0, err) : rc;
}


static ep_rc_t
add_cve(ep_str_t cve, void *ctx, ep_err_t *err)
{
    rows_t *r = ctx;
    uint64_t hash = ep_nameset_hash(0, cve);
    ep_rc_t rc = EP_OK;

    if (ep_nameset_get(&r->cves, hash) == 0) {
        rc = ep_nameset_add(&r->cves, hash, 1, err);
    }
    if (rc != EP_OK || r->only_count) {
        return rc;
    }
    rc = begin(r, err);
    if (rc == EP_OK) {
        rc = ep_object_add_cve(r->import->portal, r->object_id, cve, r->level,
                               err);
    }
    return rc == EP_OK ? end(r, PIECE, err) : rc;
}


void
ep_distros_add(ep_buf_t *list, ep_str_t distro)
{
    ep_str_t rest = ep_buf_str(list), label;
    size_t before = list->n;

    while (rest.n > 0) {
        ep_str_cut(rest, ',', &label, &rest);
        if (ep_str_eq(label, distro)) {
            return;
        }
    }
    if (distro.n == 0 || before + distro.n + 1 > list->max) {
        return; /* a list for people: a thousand bytes of it are enough */
    }
    if (ep_buf_addf(list, "%s%.*s", before > 0 ? "," : "", EP_STR_ARG(distro))
        != EP_OK)
    {
        list->n = before;
    }
}


/* Read a level's kpatch.info from the stage, or from its place when it has
 * been moved there; without one there is nothing to know. */
static ep_rc_t
read_info(rows_t *r, const ep_unit_t *unit, bool *there, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = -1;
    int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    char path[EP_OBJECT_HEX + 24];
    char file[sizeof(path) + 16];
    struct stat st;

    ep_unit_path(unit->object, unit->level, path);
    snprintf(file, sizeof(file), "%s/kpatch.info", path);
    ep_buf_reset(&r->text);
    *there = false;
    fd = openat(r->import->stage_fd, file, flags);
    if (fd < 0 && errno == ENOENT) {
        fd = openat(r->import->tree_fd, file, flags);
    }
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return EP_OK;
    }
    if (st.st_size > EP_KPATCH_INFO_MAX) {
        return ep_err_set(err, EP_EINVAL, "bad-archive",
                          "%s: member \"%s\" is larger than %d bytes",
                          r->import->archive, file, EP_KPATCH_INFO_MAX);
    }
    if (ep_buf_reserve(&r->text, (size_t) st.st_size) != EP_OK) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    while (r->text.n < (size_t) st.st_size) {
        ssize_t n =
            read(fd, r->text.p + r->text.n, (size_t) st.st_size - r->text.n);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return ep_err_errno(err, "file-read", "cannot read %s", file);
        }
        r->text.n += (size_t) n;
    }
    *there = true;
    return EP_OK;
}


static ep_rc_t
add_info(rows_t *r, const ep_unit_t *unit, ep_err_t *err)
{
    ep_import_t *import = r->import;
    ep_kpatch_info_t info;
    bool there;
    ep_rc_t rc = read_info(r, unit, &there, err);

    if (rc != EP_OK || !there) {
        return rc;
    }
    if (!r->only_count) {
        rc = begin(r, err);
    }
    if (rc == EP_OK && !r->only_count) {
        rc = ep_object_id(import->portal, import->userspace, unit->object,
                          &r->object_id, err);
    }
    r->level = unit->level;
    if (rc == EP_OK) {
        rc = ep_kpatch_info_parse(ep_buf_str(&r->text), &info, add_cve, r, err);
    }
    if (rc == EP_OK) {
        ep_distros_add(&import->distros, info.distro);
    }
    if (rc != EP_OK || r->only_count) {
        return rc;
    }
    rc = begin(r, err);
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_level_set_info(import->portal, r->object_id, unit->level,
                           info.uname, info.distro, err);
    return rc == EP_OK ? end(r, PIECE, err) : rc;
}


int
ep_unit_order(const void *a, const void *b)
{
    const ep_unit_t *x = a, *y = b;
    int order = memcmp(x->object, y->object, EP_OBJECT_SIZE);

    return order != 0 ? order : (x->level > y->level) - (x->level < y->level);
}


static int64_t
count_objects(const ep_import_t *import)
{
    int64_t count = 0;

    for (size_t i = 0; i < import->n_units; i++) {
        count += i == 0
                 || memcmp(import->units[i].object, import->units[i - 1].object,
                           EP_OBJECT_SIZE)
                        != 0;
    }
    return count;
}


static ep_rc_t
read_infos(rows_t *r, ep_err_t *err)
{
    ep_import_t *import = r->import;
    ep_rc_t rc = EP_OK;

    r->durable = false; /* publishing makes them last, or nothing does */
    for (size_t i = 0; rc == EP_OK && i < import->n_units; i++) {
        rc = add_info(r, &import->units[i], err);
        if (i % 64 == 0) {
            ep_import_progress(import, "publishing");
        }
    }
    return rc == EP_OK ? end(r, 0, err) : rc;
}


static ep_rc_t
all_rows(ep_import_t *import, bool only_count, ep_err_t *err)
{
    rows_t r = { .import = import, .only_count = only_count };
    ep_rc_t rc = ep_nameset_init(&r.cves, CVES_MAX, err);

    /* neighbours in the index are written together */
    if (import->n_units > 0) {
        qsort(import->units, import->n_units, sizeof(*import->units),
              ep_unit_order);
    }
    ep_buf_init(&r.text, EP_KPATCH_INFO_MAX);
    ep_buf_free(&import->distros);
    ep_buf_init(&import->distros, DISTROS_MAX);
    if (rc == EP_OK && !only_count) {
        rc = write_places(&r, err);
    }
    if (rc == EP_OK) {
        rc = read_infos(&r, err);
    }
    if (rc != EP_OK) {
        ep_portal_write_rollback(import->portal);
    } else {
        import->objects = count_objects(import);
        import->cves = (int64_t) r.cves.used;
    }
    ep_nameset_free(&r.cves);
    ep_buf_free(&r.text);
    return rc;
}


ep_rc_t
ep_import_count(ep_import_t *import, ep_err_t *err)
{
    return all_rows(import, true, err);
}


ep_rc_t
ep_import_rows(ep_import_t *import, ep_err_t *err)
{
    return all_rows(import, false, err);
}


static ep_rc_t
make_parents(int dir_fd, const char *path, ep_err_t *err)
{
    char part[PATH_MAX];

    ep_str_copy(ep_str(path), part, sizeof(part));
    for (char *p = strchr(part, '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        if (mkdirat(dir_fd, part, 0775) == 0
                ? fchmodat(dir_fd, part, 02775, 0) != 0
                : errno != EEXIST)
        {
            return ep_err_errno(err, "dir-create", "cannot make directory %s",
                                part);
        }
        *p = '/';
    }
    return EP_OK;
}


static ep_rc_t
place(ep_import_t *import, const char *path, ep_err_t *err)
{
    ep_rc_t rc = make_parents(import->tree_fd, path, err);

    if (rc == EP_OK
        && renameat(import->stage_fd, path, import->tree_fd, path) != 0) {
        rc =
            ep_err_errno(err, "file-rename", "cannot move %s into place", path);
    }
    return rc;
}


ep_rc_t
ep_import_place(ep_import_t *import, ep_err_t *err)
{
    char path[EP_OBJECT_HEX + 24];
    ep_rc_t rc = EP_OK;

    if (import->upgrade && syncfs(import->stage_fd) != 0) {
        return ep_err_errno(err, "file-write", "cannot sync the patches");
    }
    for (size_t i = 0; rc == EP_OK && i < import->n_units; i++) {
        if (!import->units[i].present) {
            ep_unit_path(import->units[i].object, import->units[i].level, path);
            rc = place(import, path, err);
        }
    }
    for (ep_outer_t *o = import->outer; rc == EP_OK && o != NULL; o = o->next) {
        if (!o->present) {
            rc = place(import, o->path, err);
        }
    }
    /* One sync of the file system instead of one per file and directory:
     * nothing counts before the patchset is published, which comes next. */
    if (rc == EP_OK && syncfs(import->tree_fd) != 0) {
        rc = ep_err_errno(err, "file-write", "cannot sync the patches");
    }
    return rc;
}
