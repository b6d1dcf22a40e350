/* What the files of the storage doctor share, in lib/ops only. */

#ifndef EP_OPS_DOCTOR_H
#define EP_OPS_DOCTOR_H

#include <sys/types.h>

#include <eportal/doctor.h>

#include "patchset/import.h"

typedef struct {
    ep_portal_t *portal;
    bool repair;
    ep_finding_fn fn;
    void *ctx;
    ep_doctor_t counts;
    uid_t uid; /* of the data directory */
    gid_t gid;
} ep_doctor_run_t;

/* How an attempt to mend ended; all zero: well, or there was none. */
typedef struct {
    ep_rc_t rc;
    ep_err_t err;
} ep_mend_t;

/* Tell of what nobody but the administrator can mend. */
ep_rc_t ep_doctor_tell(ep_doctor_run_t *d, const char *kind, const char *advice,
                       ep_err_t *err, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Tell of what was mended, when that was asked for. done: "it was ...". */
ep_rc_t ep_doctor_mended(ep_doctor_run_t *d, const char *kind,
                         const ep_mend_t *mend, const char *done, ep_err_t *err,
                         const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/* A look at one patchset. */
typedef struct ep_file_row ep_file_row_t;
struct ep_file_row {
    ep_file_row_t *next;
    ep_level_row_t object;
    const char *path; /* "<object>/<path>" */
};

typedef struct {
    ep_doctor_run_t *d;
    const ep_patchset_row_t *row;
    ep_import_t *import; /* NULL without an archive */
    bool userspace;
    ep_level_row_t *levels; /* rows */
    size_t n_levels, cap_levels;
    ep_file_row_t *files; /* rows */
    ep_arena_t *arena;
    bool moved;       /* something was put into place */
    ep_mend_t failed; /* the first that could not be */
} ep_visit_t;

/* doctor_patchset.c: one patchset; the import lock is held. */
ep_rc_t ep_doctor_patchset(ep_doctor_run_t *d, const ep_patchset_row_t *row,
                           ep_err_t *err);

/* doctor_patchset_rows.c: its rows against its archive, once files are in
 * their places. */
ep_rc_t ep_doctor_patchset_rows(ep_visit_t *v, ep_err_t *err);

/* doctor_compare.c: what an archive brings against what is in its place. */

typedef struct {
    const char *kind; /* of the first difference; NULL: none */
    size_t count;
    char path[PATH_MAX]; /* of the first */
    char at[PATH_MAX];   /* where the comparison is now */
} ep_diff_t;

/* path: a level ("<object>/<level>") or a file, in the stage and in the
 * tree. No link is followed in the tree. */
ep_rc_t ep_doctor_compare(const ep_import_t *import, const char *path,
                          ep_diff_t *diff, ep_err_t *err);
/* Move it from the stage into its place, in one step; what was there instead
 * is removed. */
ep_rc_t ep_doctor_put_back(const ep_import_t *import, const char *path,
                           ep_err_t *err);

/* A walk through what lies below a tree. */
typedef struct {
    ep_doctor_run_t *d;
    ep_level_row_t object; /* that the walk is in */
    char where[PATH_MAX];  /* "<tree>/<object>/..." */
    size_t base;           /* length of "<tree>/<object>/" */
    size_t depth;          /* below that */
} ep_walk_t;
typedef ep_rc_t (*ep_walk_fn)(ep_walk_t *w, int dir_fd, const char *name,
                              ep_err_t *err);

/* doctor_tree.c: what lies in a tree and belongs to no row; owners and modes
 * in it. The import lock is held. */
ep_rc_t ep_doctor_tree(ep_doctor_run_t *d, bool userspace, ep_err_t *err);
/* Each entry of a directory; *count gets how many are left. */
ep_rc_t ep_walk_each(ep_walk_t *w, int dir_fd, const char *name, ep_walk_fn fn,
                     size_t *count, ep_err_t *err);
/* Tell of the entry that the walk is at, and remove it with --repair. what:
 * "belongs to no ...". */
ep_rc_t ep_walk_remove(ep_walk_t *w, int dir_fd, const char *name,
                       const char *kind, const char *what, ep_err_t *err);
/* doctor_cache.c: what was fetched in cache mode against its hashes. No lock
 * is needed. */
ep_rc_t ep_doctor_cache(ep_doctor_run_t *d, ep_err_t *err);
/* doctor_owner.c: owner and mode of one entry of a directory. where: its
 * path for people. */
ep_rc_t ep_doctor_owner(ep_doctor_run_t *d, int dir_fd, const char *name,
                        const char *where, ep_err_t *err);
/* The same for the files beside the trees. */
ep_rc_t ep_doctor_base(ep_doctor_run_t *d, ep_err_t *err);
/* doctor_rows.c: rows without meaning, and the kept counters. */
ep_rc_t ep_doctor_rows(ep_doctor_run_t *d, ep_err_t *err);
ep_rc_t ep_doctor_counters(ep_doctor_run_t *d, ep_err_t *err);
/* doctor_tags.c: the counters of tags. */
ep_rc_t ep_doctor_tags(ep_doctor_run_t *d, ep_err_t *err);

#endif
