/*
 * The storage doctor looks at one patchset: archive, rows and files, each
 * against the others. The archive is what is believed, once its SHA-256 is
 * the one that the database has. Files are mended before rows, so that
 * agents never hear of a level that is not there.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ops/doctor.h"

#define PUT_BACK "it was put back from the archive"


static ep_rc_t
note_level(const ep_level_row_t *row, bool shared, void *ctx, ep_err_t *err)
{
    ep_visit_t *v = ctx;

    if (v->n_levels == v->cap_levels) {
        size_t cap = v->cap_levels ? v->cap_levels * 2 : 64;
        ep_level_row_t *levels = realloc(v->levels, cap * sizeof(*levels));

        if (levels == NULL) {
            return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
        }
        v->levels = levels;
        v->cap_levels = cap;
    }
    v->levels[v->n_levels++] = *row;
    return EP_OK;
}


static ep_rc_t
note_file(const ep_level_row_t *object, ep_str_t path, bool shared, void *ctx,
          ep_err_t *err)
{
    ep_visit_t *v = ctx;
    char hex[EP_OBJECT_HEX + 1];
    ep_file_row_t *file = ep_arena_alloc(v->arena, sizeof(*file));

    ep_hex(object->object, EP_OBJECT_SIZE, hex);
    if (file != NULL) {
        file->object = *object;
        file->path =
            ep_arena_printf(v->arena, "%s/%.*s", hex, EP_STR_ARG(path));
    }
    if (file == NULL || file->path == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    file->next = v->files;
    v->files = file;
    return EP_OK;
}


/* All rows first: no statement stays open while files are read. */
static ep_rc_t
read_rows(ep_visit_t *v, ep_err_t *err)
{
    ep_rc_t rc = ep_level_each(v->d->portal, v->row->id, note_level, v, err);

    return rc == EP_OK
               ? ep_object_files(v->d->portal, v->row->id, note_file, v, err)
               : rc;
}


/* ---- the archive ---- */

static ep_rc_t
tell_archive(ep_visit_t *v, const char *kind, const char *what, ep_err_t *err)
{
    const char *dir = ep_config_patches_dir(ep_portal_config(v->d->portal));
    const char *product = ep_product_info(v->row->product)->cli;
    char advice[1024], hex[2 * EP_SHA256_SIZE + 1];

    ep_hex(v->row->sha256, EP_SHA256_SIZE, hex);
    snprintf(advice, sizeof(advice),
             "copy the right one, with SHA-256 %s, to %s/arch/%s; or run "
             "`kc.eportal %s unroll %s --delete` and deploy or download it "
             "again",
             hex, dir, v->row->archive, product, v->row->name);
    return ep_doctor_tell(v->d, kind, advice, err,
                          "The archive arch/%s of %s %s.", v->row->archive,
                          v->row->name, what);
}


/* The archive, when it is the one that was deployed; *fd stays -1 else. */
static ep_rc_t
open_archive(ep_visit_t *v, int *fd, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int arch_fd = -1;
    EP_CLEANUP(ep_closep) int file = -1;
    uint8_t sha256[EP_SHA256_SIZE];
    ep_err_t failed = { 0 };
    ep_rc_t rc = ep_patches_open(v->d->portal, "arch", &arch_fd, &failed);

    if (rc == EP_OK) {
        file = openat(arch_fd, v->row->archive,
                      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    }
    if (file < 0) {
        return errno == ENOENT || rc != EP_OK
                   ? tell_archive(v, "missing-archive", "is not there", err)
                   : tell_archive(v, "unreadable-archive", "cannot be read",
                                  err);
    }
    if (ep_source_sha256(file, sha256, &failed) != EP_OK) {
        return tell_archive(v, "unreadable-archive", "cannot be read", err);
    }
    if (memcmp(sha256, v->row->sha256, sizeof(sha256)) != 0) {
        return tell_archive(v, "altered-archive",
                            "is another file than was deployed", err);
    }
    *fd = file;
    file = -1;
    return EP_OK;
}


static ep_rc_t
unpack(ep_import_t *import, ep_err_t *err)
{
    ep_rc_t rc = ep_patches_open(
        import->portal, ep_tree_name(import->userspace), &import->tree_fd, err);

    if (rc == EP_OK) {
        rc = ep_patches_open(import->portal, "arch", &import->arch_fd, err);
    }
    if (rc == EP_OK) {
        rc = ep_stage_open(import, err);
    }
    if (rc == EP_OK) {
        rc = ep_archive_unpack(import, err);
    }
    if (rc == EP_OK) {
        rc = ep_bundles_make(import, err);
    }
    return rc == EP_OK ? ep_import_count(import, err) : rc;
}


/* ---- files ---- */

/* A sentence of its own for each kind of difference. */
static const char *
sentence(const char *kind)
{
    static const char *const sentences[][2] = {
        { "missing-level", "is not there" },
        { "missing-directory", "is not there" },
        { "missing-file", "is not there" },
        { "wrong-bytes", "has other bytes than in the archive" },
        { "extra-file", "is not in the archive" },
        { "wrong-type", "is neither file nor directory as in the archive" },
    };

    for (size_t i = 0; i < EP_ARRAY_LEN(sentences); i++) {
        if (strcmp(kind, sentences[i][0]) == 0) {
            return sentences[i][1];
        }
    }
    return "cannot be read";
}


/* A level or a file outside of levels. */
static ep_rc_t
check_place(ep_visit_t *v, const char *path, bool level, ep_err_t *err)
{
    ep_doctor_run_t *d = v->d;
    ep_mend_t mend = { 0 };
    ep_diff_t diff;
    char more[48] = "";
    ep_rc_t rc = ep_doctor_compare(v->import, path, &diff, err);

    if (rc != EP_OK || diff.kind == NULL) {
        return rc;
    }
    if (d->repair) {
        mend.rc = ep_doctor_put_back(v->import, path, &mend.err);
        v->moved = true;
        if (mend.rc != EP_OK && v->failed.rc == EP_OK) {
            v->failed = mend;
        }
    }
    if (diff.count > 1) {
        snprintf(more, sizeof(more), " (and %zu more of this level)",
                 diff.count - 1);
    }
    if (strcmp(diff.kind, "missing-directory") == 0
        && strcmp(diff.path, path) == 0) {
        diff.kind = level ? "missing-level" : "missing-file";
    }
    return ep_doctor_mended(
        d, diff.kind, &mend, PUT_BACK, err, "%s/%.700s of %s %s%s.",
        ep_tree_name(v->userspace), diff.path, v->row->name,
        strcmp(diff.kind, "missing-level") == 0 ? "is not there"
                                                : sentence(diff.kind),
        more);
}


static ep_rc_t
check_files(ep_visit_t *v, ep_err_t *err)
{
    ep_import_t *import = v->import;
    char path[EP_OBJECT_HEX + 24];
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; rc == EP_OK && i < import->n_units; i++) {
        ep_unit_path(import->units[i].object, import->units[i].level, path);
        rc = check_place(v, path, true, err);
    }
    for (ep_outer_t *o = import->outer; rc == EP_OK && o != NULL; o = o->next) {
        rc = check_place(v, o->path, false, err);
    }
    if (rc == EP_OK && v->moved && syncfs(import->tree_fd) != 0) {
        rc = ep_err_errno(err, "file-write", "cannot sync the patches");
    }
    return rc;
}


/* Without an archive nothing says what should be in a level. */
static ep_rc_t
check_places_only(ep_visit_t *v, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int tree_fd = -1;
    const char *tree = ep_tree_name(v->userspace);
    const char *advice = "put the archive back, see above, and run `kc.eportal "
                         "doctor --storage --repair`";
    char path[EP_OBJECT_HEX + 24];
    ep_err_t missing = { 0 };
    ep_rc_t rc = EP_OK;

    /* without the tree nothing is there */
    ep_patches_open(v->d->portal, tree, &tree_fd, &missing);
    for (size_t i = 0; rc == EP_OK && i < v->n_levels; i++) {
        ep_unit_path(v->levels[i].object, v->levels[i].level, path);
        if (faccessat(tree_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
            rc = ep_doctor_tell(v->d, "missing-level", advice, err,
                                "%s/%s of %s is not there.", tree, path,
                                v->row->name);
        }
    }
    for (ep_file_row_t *f = v->files; rc == EP_OK && f != NULL; f = f->next) {
        if (faccessat(tree_fd, f->path, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
            rc = ep_doctor_tell(v->d, "missing-file", advice, err,
                                "%s/%.700s of %s is not there.", tree, f->path,
                                v->row->name);
        }
    }
    return rc;
}


/* ---- all of it ---- */

static ep_rc_t
check_with_archive(ep_visit_t *v, int fd, ep_err_t *err)
{
    ep_deploy_t deploy = { .fd = fd,
                           .path = v->row->archive,
                           .product = v->row->product };
    ep_mend_t broken = { 0 };
    ep_rc_t rc = ep_import_new(v->d->portal, &deploy, &v->import, err);

    if (rc != EP_OK) {
        return rc;
    }
    broken.rc = unpack(v->import, &broken.err);
    if (broken.rc != EP_OK) {
        rc = ep_doctor_tell(v->d, "unreadable-archive", broken.err.msg, err,
                            "The archive arch/%s of %s cannot be unpacked to "
                            "be compared.",
                            v->row->archive, v->row->name);
    } else {
        rc = check_files(v, err);
        if (rc == EP_OK) {
            rc = ep_doctor_patchset_rows(v, err);
        }
    }
    ep_stage_close(v->import);
    ep_import_free(v->import);
    return rc;
}


ep_rc_t
ep_doctor_patchset(ep_doctor_run_t *d, const ep_patchset_row_t *row,
                   ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = -1;
    ep_visit_t v = { .d = d,
                     .row = row,
                     .userspace = row->product != EP_PRODUCT_KERNEL,
                     .arena = ep_arena_new() };
    ep_rc_t rc;

    if (v.arena == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    rc = open_archive(&v, &fd, err);
    if (rc == EP_OK) {
        rc = read_rows(&v, err);
    }
    if (rc == EP_OK) {
        rc = fd >= 0 ? check_with_archive(&v, fd, err)
                     : check_places_only(&v, err);
    }
    free(v.levels);
    ep_arena_free(v.arena);
    return rc;
}
