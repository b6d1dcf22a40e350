/* Enabling what must be downloaded first: see eportal/waiting.h. */

#include <eportal/audit.h>
#include <eportal/feed.h>
#include <eportal/job.h>

#include "ops/waiting.h"
#include "store/upstream.h"
#include "store/waiting.h"


static ep_rc_t
unavailable(const ep_upstream_file_t *file, ep_err_t *err)
{
    return ep_err_set(err, EP_EINVAL,
                      file->status == EP_UPSTREAM_BLOCKED ? "blocked"
                                                          : "not-available",
                      "%s cannot be downloaded: the patch source says it is "
                      "%s",
                      file->name, ep_upstream_names[file->status]);
}


static ep_rc_t
note(ep_portal_t *portal, ep_product_t product, ep_str_t name, ep_str_t feed,
     ep_action_t action, ep_err_t *err)
{
    ep_upstream_file_t file;
    ep_patchset_name_t parsed;
    ep_feed_t in;
    ep_rc_t rc = ep_patchset_parse(name, &parsed, err);

    if (rc == EP_OK) {
        rc = ep_upstream_find(portal, product, parsed.order, &file, err);
    }
    if (rc == EP_OK && file.status != EP_UPSTREAM_AVAILABLE) {
        rc = unavailable(&file, err);
    }
    if (rc == EP_OK) {
        rc = ep_feed_find(portal, feed, &in, err);
    }
    if (rc == EP_OK) {
        rc = ep_waiting_add(portal, product, parsed.order, in.id, action, err);
    }
    if (rc == EP_OK) {
        rc = ep_audit(portal, "patchset.order", ep_str(file.name), EP_STR_NULL,
                      err);
    }
    if (rc == EP_OK) {
        /* A daemon that is not there yet finds it when it starts. */
        ep_job_request(portal, EP_STR("fetch"), NULL);
    }
    return rc;
}


ep_rc_t
ep_patchset_order(ep_portal_t *portal, ep_product_t product, ep_str_t name,
                  ep_str_t feed, ep_action_t action, bool *waits, ep_err_t *err)
{
    ep_err_t why = { 0 };
    ep_rc_t rc =
        ep_patchset_manage(portal, product, name, feed, action, NULL, &why);
    bool later =
        rc == EP_EINVAL && ep_str_eq(ep_str(why.code), EP_STR("not-downloaded"))
        && (action == EP_ACTION_ENABLE || action == EP_ACTION_ENABLE_UPTO)
        && ep_source_configured(ep_portal_config(portal));

    if (later) {
        rc = note(portal, product, name, feed, action, err);
    } else if (rc != EP_OK) {
        ep_err_set(err, rc, why.code, "%s", why.msg);
    }
    if (rc == EP_OK && waits != NULL) {
        *waits = later;
    }
    return rc;
}


/* Enable it and forget that it waited, both or none. */
static ep_rc_t
finish(ep_portal_t *portal, const ep_waiting_t *row, ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_patchset_manage(portal, row->product, ep_str(row->name),
                            ep_str(row->feed), row->action, NULL, err);
    if (rc == EP_OK) {
        rc = ep_waiting_drop(portal, row, err);
    }
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


static ep_rc_t
record_trouble(ep_portal_t *portal, const ep_waiting_t *row,
               const ep_err_t *why, ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_waiting_fail(portal, row, why->msg, err);
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


ep_rc_t
ep_waiting_fetch(ep_portal_t *portal, const ep_transfer_t *transfer,
                 int64_t *enabled, int64_t *left, ep_err_t *err)
{
    ep_waiting_t row = { 0 };
    ep_err_t first = { 0 };
    ep_rc_t rc;

    *enabled = *left = 0;
    while ((rc = ep_waiting_next(portal, &row, &row, err)) == EP_OK) {
        ep_err_t why = { 0 };

        rc = ep_source_download(portal, row.product, ep_str(row.name), transfer,
                                &why);
        if (rc == EP_OK) {
            rc = finish(portal, &row, &why);
        }
        if (rc == EP_OK) {
            ++*enabled;
            continue;
        }
        ++*left;
        ep_err_set(&first, rc, why.code, "%s: %s", row.name, why.msg);
        if (why.rc == EP_EBUSY) {
            break; /* told to stop: that is no trouble of the patchset */
        }
        rc = record_trouble(portal, &row, &why, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    if (rc != EP_OK && rc != EP_ENOTFOUND && first.rc == EP_OK) {
        return rc;
    }
    return first.rc == EP_OK
               ? EP_OK
               : ep_err_set(err, first.rc, first.code, "%s", first.msg);
}
