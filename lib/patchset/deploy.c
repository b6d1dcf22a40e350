/* Deploying an archive to a feed: see eportal/patchset.h. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <eportal/audit.h>
#include <eportal/feed.h>

#include "patchset/import.h"


static ep_str_t
feed_of(const ep_deploy_t *deploy)
{
    return deploy->feed.n > 0 ? deploy->feed : EP_STR(EP_FEED_MAIN);
}


static const char *
file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}


/* One row for the whole deploy, whatever it consists of. */
static ep_rc_t
audit(ep_import_t *import, ep_err_t *err)
{
    const ep_deploy_t *deploy = import->deploy;
    const ep_audit_value_t values[] = {
        { "product", EP_AUDIT_TEXT,
          ep_str(ep_product_info(deploy->product)->api), 0 },
        { "feed", deploy->no_feed ? EP_AUDIT_SKIP : EP_AUDIT_TEXT,
          feed_of(deploy), 0 },
        { "enabled", deploy->no_feed ? EP_AUDIT_SKIP : EP_AUDIT_TRUTH,
          EP_STR_NULL, !deploy->disabled },
        { "archive", EP_AUDIT_TEXT, ep_str(import->archive), 0 },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return ep_audit_values(import->portal, "patchset.deploy",
                           ep_str(import->name.name), values, err);
}


static ep_rc_t
check_deploy(ep_import_t *import, ep_err_t *err)
{
    const ep_deploy_t *deploy = import->deploy;
    const ep_product_info_t *info = ep_product_info(deploy->product);
    ep_feed_t feed;
    struct stat st;
    ep_rc_t rc =
        ep_patchset_parse_archive(ep_str(deploy->path), &import->name, err);

    if (rc != EP_OK) {
        return rc;
    }
    if (import->name.product != deploy->product) {
        return ep_err_set(
            err, EP_EINVAL, "wrong-product",
            "%s is a patchset of %s, not of %s", import->name.name,
            ep_product_info(import->name.product)->title, info->title);
    }
    if (fstat(deploy->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return ep_err_set(err, EP_EINVAL, "bad-archive",
                          "%s is not a regular file", deploy->path);
    }
    import->progress.bytes_total = (uint64_t) st.st_size;
    return ep_feed_find(import->portal, feed_of(deploy), &feed, err);
}


/* Put a published patchset into the feed, unless it has a state there. */
static ep_rc_t
join_feed(ep_import_t *import, int64_t id, ep_err_t *err)
{
    const ep_deploy_t *deploy = import->deploy;
    bool in = true;
    ep_rc_t rc;

    if (deploy->no_feed) {
        return EP_OK;
    }
    rc = ep_patchset_in_feed(import->portal, id, feed_of(deploy), &in, err);

    if (rc != EP_OK || in) {
        return rc;
    }
    return ep_patchset_act(
        import->portal, deploy->product, ep_str(import->name.name),
        feed_of(deploy),
        deploy->disabled ? EP_ACTION_DISABLE : EP_ACTION_ENABLE, NULL, err);
}


/* The patchset is here: the archive must be the same one. */
static ep_rc_t
deploy_again(ep_import_t *import, const ep_patchset_row_t *row, ep_err_t *err)
{
    uint8_t sha256[EP_SHA256_SIZE];
    ep_rc_t rc = ep_source_sha256(import->deploy->fd, sha256, err);

    if (rc != EP_OK) {
        return rc;
    }
    if (memcmp(sha256, row->sha256, sizeof(sha256)) != 0) {
        return ep_err_set(err, EP_EEXISTS, "patchset-exists",
                          "%s was deployed from another archive than %s; "
                          "remove it first (unroll --delete) to replace it",
                          row->name, import->deploy->path);
    }
    rc = ep_portal_write_begin(import->portal, true, err);
    if (rc == EP_OK) {
        rc = join_feed(import, row->id, err);
    }
    if (rc == EP_OK) {
        rc = audit(import, err);
    }
    if (rc == EP_OK && !import->deploy->dry_run) {
        return ep_portal_write_commit(import->portal, err);
    }
    ep_portal_write_rollback(import->portal);
    return rc;
}


/* The one small transaction that makes everything count. */
static ep_rc_t
publish(ep_import_t *import, ep_err_t *err)
{
    ep_patchset_facts_t facts = { .archive = import->archive,
                                  .sha256 = import->sha256,
                                  .distros = ep_buf_str(&import->distros),
                                  .objects = import->objects,
                                  .cves = import->cves };
    ep_rc_t rc = ep_portal_write_begin(import->portal, true, err);

    if (rc == EP_OK) {
        rc = ep_patchset_publish(import->portal, import->patchset_id, &facts,
                                 err);
    }
    if (rc == EP_OK) {
        rc = join_feed(import, import->patchset_id, err);
    }
    if (rc == EP_OK) {
        rc = audit(import, err);
    }
    if (rc == EP_OK) {
        return ep_portal_write_commit(import->portal, err);
    }
    ep_portal_write_rollback(import->portal);
    return rc;
}


/* The same as if the rows were there, and nothing of it. */
static ep_rc_t
publish_dry(ep_import_t *import, ep_err_t *err)
{
    ep_patchset_facts_t facts = { .archive = import->archive,
                                  .sha256 = import->sha256 };
    int64_t id = import->patchset_id;
    ep_rc_t rc = ep_import_count(import, err);

    if (rc == EP_OK) {
        rc = ep_portal_write_begin(import->portal, false, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (!import->upgrade) {
        rc = ep_patchset_add(import->portal, &import->name, &id, err);
    }
    if (rc == EP_OK) {
        rc = ep_patchset_publish(import->portal, id, &facts, err);
    }
    if (rc == EP_OK) {
        ep_portal_log(import->portal, EP_LOG_INFO, "eportal.patches",
                      "%s was imported: %lld objects, %lld CVEs",
                      import->name.name, (long long) import->objects,
                      (long long) import->cves);
        rc = join_feed(import, id, err);
    }
    ep_portal_write_rollback(import->portal);
    return rc;
}


/* What the disk and the database are to have, in this order. */
static ep_rc_t
keep(ep_import_t *import, ep_err_t *err)
{
    ep_rc_t rc = ep_bundles_make(import, err);

    if (rc == EP_OK) {
        rc = ep_import_rows(import, err);
    }
    if (rc == EP_OK) {
        rc = ep_import_place(import, err);
    }
    if (rc == EP_OK) {
        rc = ep_archive_keep(import, err);
    }
    if (rc == EP_OK) {
        rc = publish(import, err);
    }
    return rc == EP_OK && import->upgrade ? ep_upgrade_end(import, err) : rc;
}


static ep_rc_t
import_archive(ep_import_t *import, ep_err_t *err)
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
        rc = ep_import_compare(import, err);
    }
    if (rc == EP_OK && import->upgrade) {
        rc = ep_upgrade_check(import, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    return import->deploy->dry_run ? publish_dry(import, err)
                                   : keep(import, err);
}


ep_rc_t
ep_import_new(ep_portal_t *portal, const ep_deploy_t *deploy, ep_import_t **out,
              ep_err_t *err)
{
    ep_import_t *import = calloc(1, sizeof(*import));

    if (import == NULL || (import->arena = ep_arena_new()) == NULL) {
        free(import);
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    import->portal = portal;
    import->cfg = portal != NULL ? ep_portal_config(portal) : NULL;
    import->deploy = deploy;
    import->archive = file_name(deploy->path);
    import->userspace = deploy->product != EP_PRODUCT_KERNEL;
    import->tree_fd = import->arch_fd = import->stage_fd = -1;
    import->dir_fd = -1;
    *out = import;
    return EP_OK;
}


void
ep_import_free(ep_import_t *import)
{
    ep_closep(&import->tree_fd);
    ep_closep(&import->arch_fd);
    ep_arena_free(import->arena);
    ep_buf_free(&import->distros);
    free(import->units);
    free(import);
}


/* With the import lock: nothing of a killed import is left after the sweep,
 * so a patchset that is here is published. */
static ep_rc_t
deploy_locked(ep_import_t *import, ep_err_t *err)
{
    ep_patchset_row_t row;
    ep_err_t none = { 0 };
    ep_rc_t rc = ep_import_sweep(import->portal, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_patchset_find(import->portal, import->name.product,
                          import->name.order, ep_str(import->name.name), &row,
                          &none);
    if (rc == EP_OK && !row.remote) {
        return deploy_again(import, &row, err);
    }
    if (rc == EP_OK) {
        import->patchset_id = row.id;
        import->upgrade = true;
    } else if (rc != EP_ENOTFOUND) {
        return ep_err_set(err, rc, none.code, "%s", none.msg);
    }
    rc = import_archive(import, err);
    ep_stage_close(import);
    /* After a success this only tidies arch/; a failure there is no failure
     * of the deploy, the next one tidies again. */
    ep_import_sweep(import->portal, NULL);
    return rc;
}


ep_rc_t
ep_deploy(ep_portal_t *portal, const ep_deploy_t *deploy, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int lock_fd = -1;
    ep_import_t *import;
    ep_rc_t rc = ep_import_new(portal, deploy, &import, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = check_deploy(import, err);
    if (rc == EP_OK) {
        rc = ep_import_lock(portal, true, &lock_fd, err);
    }
    if (rc == EP_OK) {
        rc = deploy_locked(import, err);
    }
    ep_import_free(import);
    return rc;
}
