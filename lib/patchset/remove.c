/*
 * Taking patchsets away: unroll, and the sweep of what a killed import or
 * removal left. Both end in the same place: a patchset that is not published
 * loses first its files, then its rows, then itself, so that a kill anywhere
 * leaves rows that say what is still to do. A level that another patchset
 * has too is never touched.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <eportal/audit.h>
#include <eportal/feed.h>

#include "patchset/import.h"

#define PIECE 100 /* levels of one transaction, a few rows each */


/* Directories that patches lie in, by userspace; -1: there is none. */
typedef struct {
    int tree[2];
    int cache[2];
} trees_t;


static ep_rc_t
remove_level_from(int tree_fd, const ep_level_row_t *row, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int object_fd = -1;
    char hex[EP_OBJECT_HEX + 1], level[24];
    ep_rc_t rc;

    if (tree_fd < 0) {
        return EP_OK;
    }
    ep_hex(row->object, EP_OBJECT_SIZE, hex);
    snprintf(level, sizeof(level), "%lld", (long long) row->level);
    object_fd =
        openat(tree_fd, hex, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (object_fd < 0) {
        return errno == ENOENT
                   ? EP_OK
                   : ep_err_errno(err, "remove", "cannot open %s", hex);
    }
    rc = ep_tree_remove(object_fd, level, err);
    unlinkat(tree_fd, hex, AT_REMOVEDIR); /* when it is empty now */
    return rc;
}


static ep_rc_t
remove_level(const ep_level_row_t *row, bool shared, void *ctx, ep_err_t *err)
{
    const trees_t *trees = ctx;
    ep_rc_t rc = EP_OK;

    if (!shared) {
        rc = remove_level_from(trees->tree[row->userspace], row, err);
    }
    if (rc == EP_OK && !shared) {
        rc = remove_level_from(trees->cache[row->userspace], row, err);
    }
    return rc;
}


/* Remove a file and the directories above it that it leaves empty. */
static ep_rc_t
remove_file_from(int tree_fd, const ep_level_row_t *object, ep_str_t below,
                 ep_err_t *err)
{
    char path[PATH_MAX];
    int flags = 0;

    if (tree_fd < 0) {
        return EP_OK;
    }
    ep_hex(object->object, EP_OBJECT_SIZE, path);
    snprintf(path + EP_OBJECT_HEX, sizeof(path) - EP_OBJECT_HEX, "/%.*s",
             EP_STR_ARG(below));
    for (char *slash = path; slash != NULL;) {
        if (unlinkat(tree_fd, path, flags) != 0 && errno != ENOENT) {
            return flags != 0
                       ? EP_OK
                       : ep_err_errno(err, "remove", "cannot remove %s", path);
        }
        flags = AT_REMOVEDIR;
        slash = strrchr(path, '/');
        if (slash != NULL) {
            *slash = '\0';
        }
    }
    return EP_OK;
}


static ep_rc_t
remove_file(const ep_level_row_t *object, ep_str_t below, bool shared,
            void *ctx, ep_err_t *err)
{
    const trees_t *trees = ctx;
    ep_rc_t rc = EP_OK;

    if (!shared) {
        rc = remove_file_from(trees->tree[object->userspace], object, below,
                              err);
    }
    if (rc == EP_OK && !shared) {
        rc = remove_file_from(trees->cache[object->userspace], object, below,
                              err);
    }
    return rc;
}


static ep_rc_t
remove_archive(ep_portal_t *portal, const char *archive, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int arch_fd = -1;
    ep_rc_t rc = ep_patches_open(portal, "arch", &arch_fd, err);

    if (rc == EP_OK && unlinkat(arch_fd, archive, 0) != 0 && errno != ENOENT) {
        rc = ep_err_errno(err, "remove", "cannot remove arch/%s", archive);
    }
    return rc;
}


static void
close_trees(trees_t *trees)
{
    for (int i = 0; i < 2; i++) {
        ep_closep(&trees->tree[i]);
        ep_closep(&trees->cache[i]);
    }
}


/* What was fetched in cache mode lies in trees that need not be there. */
static ep_rc_t
open_trees(ep_portal_t *portal, trees_t *trees, ep_err_t *err)
{
    static const char *const cached[] = { "cache/resources",
                                          "cache/user-resources" };
    ep_rc_t rc = EP_OK;

    for (int i = 0; rc == EP_OK && i < 2; i++) {
        rc =
            ep_patches_open(portal, ep_tree_name(i == 1), &trees->tree[i], err);
        if (rc == EP_OK) {
            ep_patches_open(portal, cached[i], &trees->cache[i], NULL);
        }
    }
    return rc;
}


static ep_rc_t
remove_files(ep_portal_t *portal, const ep_patchset_row_t *row, ep_err_t *err)
{
    EP_CLEANUP(close_trees)
    trees_t trees = { .tree = { -1, -1 }, .cache = { -1, -1 } };
    ep_rc_t rc = open_trees(portal, &trees, err);

    if (rc == EP_OK) {
        rc = ep_level_each(portal, row->id, remove_level, &trees, err);
    }
    if (rc == EP_OK) {
        rc = ep_object_files(portal, row->id, remove_file, &trees, err);
    }
    if (rc == EP_OK && row->archive[0] != '\0') {
        rc = remove_archive(portal, row->archive, err);
    }
    /* What the rows do not name any more must not come back. */
    if (rc == EP_OK && syncfs(trees.tree[0]) != 0) {
        rc = ep_err_errno(err, "file-write", "cannot sync the patches");
    }
    return rc;
}


typedef ep_rc_t (*drop_fn)(ep_portal_t *portal, int64_t patchset_id,
                           int64_t *object_id, ep_err_t *err);


/* Drop rows in pieces, and the objects that had no others. */
static ep_rc_t
drop_rows(ep_portal_t *portal, int64_t patchset_id, drop_fn drop, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    while (rc == EP_OK) {
        rc = ep_portal_write_begin(portal, false, err);
        if (rc != EP_OK) {
            return rc;
        }
        for (int i = 0; rc == EP_OK && i < PIECE; i++) {
            int64_t object_id;

            rc = drop(portal, patchset_id, &object_id, err);
            if (rc == EP_OK) {
                rc = ep_object_tidy(portal, object_id, err);
            }
        }
        if (rc == EP_OK || rc == EP_ENOTFOUND) {
            ep_rc_t done = ep_portal_write_commit(portal, err);

            rc = done != EP_OK ? done : rc;
        } else {
            ep_portal_write_rollback(portal);
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static ep_rc_t
remove_patchset(ep_portal_t *portal, const ep_patchset_row_t *row,
                ep_err_t *err)
{
    ep_rc_t rc = remove_files(portal, row, err);

    if (rc == EP_OK) {
        rc = drop_rows(portal, row->id, ep_level_drop, err);
    }
    if (rc == EP_OK) {
        rc = drop_rows(portal, row->id, ep_object_drop_file, err);
    }
    if (rc == EP_OK) {
        rc = ep_portal_write_begin(portal, true, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_patchset_delete(portal, row->id, err);
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


typedef ep_rc_t (*leftover_fn)(ep_portal_t *portal, int dir_fd,
                               const char *name, ep_err_t *err);


static ep_rc_t
sweep_stage(ep_portal_t *portal, int dir_fd, const char *name, ep_err_t *err)
{
    return ep_tree_remove(dir_fd, name, err);
}


/* A copy whose archive's patchset is published has its name for good. */
static ep_rc_t
sweep_copy(ep_portal_t *portal, int dir_fd, const char *name, ep_err_t *err)
{
    const char *archive = name + sizeof(EP_IMPORT_PREFIX) - 1;
    bool published = false;
    ep_rc_t rc =
        ep_patchset_has_archive(portal, ep_str(archive), &published, err);

    if (rc != EP_OK) {
        return rc;
    }
    return published ? ep_archive_settle(dir_fd, archive, err)
                     : ep_archive_discard(dir_fd, archive, err);
}


static ep_rc_t
sweep_dir(ep_portal_t *portal, const char *which, leftover_fn fn, ep_err_t *err)
{
    struct dirent *entry;
    DIR *dir;
    int fd = -1;
    ep_rc_t rc = ep_patches_open(portal, which, &fd, err);

    if (rc != EP_OK) {
        return rc;
    }
    dir = fdopendir(fd);
    if (dir == NULL) {
        close(fd);
        return ep_err_errno(err, "dir-read", "cannot read %s", which);
    }
    while (rc == EP_OK && (entry = readdir(dir)) != NULL) {
        if (ep_str_starts(ep_str(entry->d_name), EP_STR(EP_IMPORT_PREFIX))) {
            rc = fn(portal, dirfd(dir), entry->d_name, err);
        }
    }
    closedir(dir);
    return rc;
}


ep_rc_t
ep_import_sweep(ep_portal_t *portal, ep_err_t *err)
{
    ep_patchset_row_t row;
    ep_rc_t rc;

    while ((rc = ep_patchset_find_unpublished(portal, &row, err)) == EP_OK) {
        rc = remove_patchset(portal, &row, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    if (rc != EP_ENOTFOUND) {
        return rc;
    }
    rc = sweep_dir(portal, ep_tree_name(false), sweep_stage, err);
    if (rc == EP_OK) {
        rc = sweep_dir(portal, ep_tree_name(true), sweep_stage, err);
    }
    if (rc == EP_OK) {
        rc = sweep_dir(portal, "arch", sweep_copy, err);
    }
    return rc;
}


ep_rc_t
ep_deploy_sweep(ep_portal_t *portal, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int lock_fd = -1;
    ep_err_t busy = { 0 };
    ep_rc_t rc = ep_import_lock(portal, false, &lock_fd, &busy);

    if (rc == EP_EBUSY) {
        return EP_OK;
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, busy.code, "%s", busy.msg);
    }
    return ep_import_sweep(portal, err);
}


static ep_rc_t
disable(ep_portal_t *portal, ep_product_t product, ep_str_t name, ep_str_t feed,
        bool dry_run, ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc == EP_OK) {
        rc = ep_patchset_manage(portal, product, name,
                                feed.n > 0 ? feed : EP_STR(EP_FEED_MAIN),
                                EP_ACTION_DISABLE, NULL, err);
    }
    if (rc == EP_OK && !dry_run) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


/* Out of the feed, or of all; *orphan: no feed has it any more. */
static ep_rc_t
leave(ep_portal_t *portal, const ep_patchset_row_t *row, ep_str_t feed,
      bool *orphan, ep_err_t *err)
{
    int64_t feeds = 0;
    ep_rc_t rc = EP_OK;

    if (feed.n > 0) {
        rc = ep_patchset_leave(portal, row->id, feed, err);
        if (rc == EP_OK) {
            rc = ep_patchset_feeds(portal, row->id, &feeds, err);
        }
    }
    if (rc == EP_OK && feeds == 0) {
        rc = ep_patchset_unpublish(portal, row->id, err);
    }
    if (rc == EP_OK) {
        *orphan = feeds == 0;
    }
    return rc;
}


static ep_rc_t
audit(ep_portal_t *portal, const ep_patchset_row_t *row, ep_str_t feed,
      bool orphan, ep_err_t *err)
{
    const ep_audit_value_t values[] = {
        { "product", EP_AUDIT_TEXT, ep_str(ep_product_info(row->product)->api),
          0 },
        { "feed", feed.n > 0 ? EP_AUDIT_TEXT : EP_AUDIT_SKIP, feed, 0 },
        { "deleted", EP_AUDIT_TRUTH, EP_STR_NULL, orphan },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return ep_audit_values(portal, "patchset.unroll", ep_str(row->name), values,
                           err);
}


static ep_rc_t
remove_locked(ep_portal_t *portal, ep_product_t product, ep_str_t name,
              ep_str_t feed, bool dry_run, ep_err_t *err)
{
    ep_patchset_row_t row;
    bool orphan = false;
    ep_rc_t rc = ep_import_sweep(portal, err);

    if (rc == EP_OK) {
        rc = ep_portal_write_begin(portal, true, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_patchset_find_name(portal, product, name, &row, err);
    if (rc == EP_OK) {
        rc = leave(portal, &row, feed, &orphan, err);
    }
    if (rc == EP_OK) {
        rc = audit(portal, &row, feed, orphan, err);
    }
    if (rc != EP_OK || dry_run) {
        ep_portal_write_rollback(portal);
    } else {
        rc = ep_portal_write_commit(portal, err);
    }
    if (rc == EP_OK && orphan) {
        ep_portal_log(portal, EP_LOG_INFO, "eportal.patches", "%s was removed",
                      row.name);
        rc = dry_run ? EP_OK : remove_patchset(portal, &row, err);
    }
    return rc;
}


static ep_rc_t
unroll(ep_portal_t *portal, ep_product_t product, ep_str_t name, ep_str_t feed,
       bool remove, bool dry_run, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int lock_fd = -1;
    ep_rc_t rc;

    if (!remove) {
        return disable(portal, product, name, feed, dry_run, err);
    }
    rc = ep_import_lock(portal, true, &lock_fd, err);
    return rc == EP_OK
               ? remove_locked(portal, product, name, feed, dry_run, err)
               : rc;
}


ep_rc_t
ep_unroll(ep_portal_t *portal, ep_product_t product, ep_str_t name,
          ep_str_t feed, bool remove, ep_err_t *err)
{
    return unroll(portal, product, name, feed, remove, false, err);
}


ep_rc_t
ep_unroll_dry(ep_portal_t *portal, ep_product_t product, ep_str_t name,
              ep_str_t feed, bool remove, ep_err_t *err)
{
    return unroll(portal, product, name, feed, remove, true, err);
}
