/*
 * The import of an archive, for lib/patchset and the doctor. Steps: unpack into
 * a fresh directory beside the target, check against what is there, write rows
 * under a patchset that is not published, rename into place, publish. What a
 * kill leaves is taken back by ep_import_sweep, which goes by those rows.
 */

#ifndef EP_PATCHSET_IMPORT_H
#define EP_PATCHSET_IMPORT_H

#include <limits.h>

#include <eportal/arena.h>
#include <eportal/patchset.h>

#include "base/file.h"
#include "store/patchset.h"

#define EP_OBJECT_HEX (2 * EP_OBJECT_SIZE)
#define EP_LEVEL_MAX 2147483647
#define EP_IMPORT_PREFIX ".import-"
#define EP_BUNDLE "kpatch.tgz"
#define EP_OUTER_FILES_MAX 100000 /* outside of levels, kept in memory */

/* A level that the archive brings. */
typedef struct {
    uint8_t object[EP_OBJECT_SIZE];
    bool present; /* on disk already, with the same bytes */
    bool known;   /* for the doctor: the database has its row */
    int32_t level;
} ep_unit_t;

/* A file of an object outside of its levels. */
typedef struct ep_outer ep_outer_t;
struct ep_outer {
    ep_outer_t *next;
    uint8_t object[EP_OBJECT_SIZE];
    bool present;
    const char *path; /* "<object>/<path>" */
};

typedef struct {
    ep_portal_t *portal;
    const ep_config_t *cfg;
    const ep_deploy_t *deploy;
    ep_patchset_name_t name;
    bool userspace;
    const char *archive; /* its file name: the end of deploy->path */
    int tree_fd;         /* PATCHES_DIR/resources or user-resources */
    int arch_fd;         /* PATCHES_DIR/arch */
    int stage_fd;        /* the fresh directory in the tree */
    char stage[sizeof(EP_IMPORT_PREFIX) + 16];
    char dir[PATH_MAX]; /* directory in it that dir_fd is, "" for none */
    int dir_fd;
    ep_unit_t *units;
    size_t n_units, cap_units;
    ep_outer_t *outer; /* newest first */
    size_t n_outer;
    ep_arena_t *arena;
    ep_progress_t progress;
    uint8_t sha256[EP_SHA256_SIZE];
    int64_t patchset_id;
    bool upgrade; /* its metadata is published: files are served at once */
    ep_buf_t distros;
    int64_t objects, cves;
} ep_import_t;

/* For an archive that is to be unpacked; free with ep_import_free, after
 * ep_stage_close when there is a stage. */
ep_rc_t ep_import_new(ep_portal_t *portal, const ep_deploy_t *deploy,
                      ep_import_t **out, ep_err_t *err);
void ep_import_free(ep_import_t *import);
/* Order of units by object, then level. */
int ep_unit_order(const void *a, const void *b);
/* Tell the caller how far it is. */
void ep_import_progress(ep_import_t *import, const char *step);

/* ---- paths.c: directories and locks of PATCHES_DIR ---- */

ep_rc_t ep_import_lock(ep_portal_t *portal, bool wait, int *fd, ep_err_t *err);
/* A directory of PATCHES_DIR: a product's tree or "arch". */
ep_rc_t ep_patches_open(ep_portal_t *portal, const char *name, int *fd,
                        ep_err_t *err);
const char *ep_tree_name(bool userspace);
/* "<object>/<level>". */
void ep_unit_path(const uint8_t *object, int64_t level,
                  char out[EP_OBJECT_HEX + 24]);
/* A level's number from its directory's name: false when it has none. */
bool ep_level_parse(ep_str_t name, int32_t *level);

/* ---- stage.c: the fresh directory ---- */

ep_rc_t ep_stage_open(ep_import_t *import, ep_err_t *err);
/* Create a file at "<object>/...", with directories as needed. A level that
 * begins with it is noted as a unit, a file outside of levels as outer. */
ep_rc_t ep_stage_file(ep_import_t *import, ep_str_t path, int *fd,
                      ep_err_t *err);
/* Another name for a file that is there. EP_ENOTFOUND when it is not. */
ep_rc_t ep_stage_link(ep_import_t *import, ep_str_t path, ep_str_t target,
                      ep_err_t *err);
void ep_stage_close(ep_import_t *import);

/* ---- source.c: the archive's bytes ---- */

typedef struct ep_source ep_source_t;

/* Read the archive once: hash it and keep a copy in arch/ on the way, under
 * a name of its own, unless it lies there itself. */
ep_rc_t ep_source_open(ep_import_t *import, ep_source_t **out, ep_err_t *err);
void ep_source_closep(ep_source_t **source);
ep_rc_t ep_source_read(void *source, const void **block, size_t *n,
                       ep_err_t *err);
int64_t ep_source_position(const ep_source_t *source);
/* Its last bytes were zeros, as the end of a tar must be. */
bool ep_source_zero_end(const ep_source_t *source);
/* Read what is left, sync the copy and fill import->sha256. */
ep_rc_t ep_source_finish(ep_source_t *source, ep_import_t *import,
                         ep_err_t *err);
/* SHA-256 of a whole file. */
ep_rc_t ep_source_sha256(int fd, uint8_t out[EP_SHA256_SIZE], ep_err_t *err);
/* Give the copy its name in arch/; the other name stays until the patchset
 * is published. EP_EEXISTS "archive-exists". */
ep_rc_t ep_archive_keep(ep_import_t *import, ep_err_t *err);
/* The patchset is published: the name is final. */
ep_rc_t ep_archive_settle(int arch_fd, const char *archive, ep_err_t *err);
/* It never will be: take back what ep_archive_keep did. */
ep_rc_t ep_archive_discard(int arch_fd, const char *archive, ep_err_t *err);

/* ---- upgrade.c: an archive whose metadata is here ---- */

/* Agents see its levels already: they must be those that it brings.
 * EP_EEXISTS "level-conflict". */
ep_rc_t ep_upgrade_check(ep_import_t *import, ep_err_t *err);
/* Its files are here: nothing of it is fetched any more. */
ep_rc_t ep_upgrade_end(ep_import_t *import, ep_err_t *err);

/* ---- archive.c, bundle.c, compare.c, publish.c, remove.c ---- */

/* Unpack the whole archive into the stage, or refuse it. */
ep_rc_t ep_archive_unpack(ep_import_t *import, ep_err_t *err);
/* Make kpatch.tgz of each new level that came without. */
ep_rc_t ep_bundles_make(ep_import_t *import, ep_err_t *err);
/* Compare with what is on disk; sets present. EP_EEXISTS
 * "level-conflict". */
ep_rc_t ep_import_compare(ep_import_t *import, ep_err_t *err);
/* Turns *same to false when two files have other bytes. */
ep_rc_t ep_files_compare(int a, int b, bool *same, ep_err_t *err);
/* Fill objects, cves and distros from what lies in the stage. Nothing is
 * written. Sorts the units by object and level. */
ep_rc_t ep_import_count(ep_import_t *import, ep_err_t *err);
/* Add a label to a comma-separated list, once. */
void ep_distros_add(ep_buf_t *list, ep_str_t distro);
/* Rows of a patchset that is not published yet, and the three counts. With
 * patchset_id set, those that the patchset lacks. */
ep_rc_t ep_import_rows(ep_import_t *import, ep_err_t *err);
/* spread.c: the metadata of the units and outer files, from what lies in the
 * tree. Sorts the units. */
ep_rc_t ep_import_describe(ep_import_t *import, int out_fd, ep_err_t *err);
/* Rename all into place, lastingly. */
ep_rc_t ep_import_place(ep_import_t *import, ep_err_t *err);
/* Take back whatever is not published; the import lock is held. */
ep_rc_t ep_import_sweep(ep_portal_t *portal, ep_err_t *err);

#endif
