/* Feeds that update themselves: see ep_auto_deploy in eportal/patchset.h. */

#include <eportal/audit.h>
#include <eportal/buf.h>
#include <eportal/feed.h>
#include <eportal/patchset.h>

#include "base/file.h" /* EP_CLEANUP */

#define HOUR_US (3600 * INT64_C(1000000))
#define FEEDS_MAX 65536 /* of those that update themselves */


/* Keeps those that want it: the list must be done before a change. */
static ep_rc_t
keep_auto(const ep_feed_t *feed, void *ctx, ep_err_t *err)
{
    if (feed->auto_update && ep_buf_add(ctx, feed, sizeof(*feed)) != EP_OK) {
        return ep_err_set(err, EP_ELIMIT, "too-many-feeds",
                          "more than %d feeds update themselves", FEEDS_MAX);
    }
    return EP_OK;
}


static int64_t
latest(ep_portal_t *portal, const ep_feed_t *feed)
{
    return ep_portal_now(portal) - feed->deploy_after * HOUR_US;
}


static ep_rc_t
note_one(const ep_patchset_t *patchset, void *ctx, ep_err_t *err)
{
    *(bool *) ctx = true;
    return EP_OK;
}


ep_rc_t
ep_auto_enable(ep_portal_t *portal, ep_product_t product, ep_str_t feed,
               int64_t before, int64_t *changed, ep_err_t *err)
{
    int64_t count = 0;
    ep_rc_t rc =
        ep_patchset_enable_new(portal, product, feed, before, &count, err);
    const ep_audit_value_t values[] = {
        { "product", EP_AUDIT_TEXT, ep_str(ep_product_info(product)->api), 0 },
        { "changed", EP_AUDIT_NUMBER, EP_STR_NULL, count },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    if (rc == EP_OK && count > 0) {
        rc = ep_audit_values(portal, "patchset.enable-new", feed, values, err);
    }
    if (rc == EP_OK && changed != NULL) {
        *changed = count;
    }
    return rc;
}


/* In the write transaction the feed may be another one, or none. */
static ep_rc_t
enable_new(ep_portal_t *portal, ep_product_t product, ep_str_t name,
           int64_t *changed, ep_err_t *err)
{
    ep_err_t none = { 0 };
    ep_feed_t feed;
    ep_rc_t rc = ep_feed_find(portal, name, &feed, &none);

    *changed = 0;
    if (rc == EP_ENOTFOUND || (rc == EP_OK && !feed.auto_update)) {
        return EP_OK;
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, none.code, "%s", none.msg);
    }
    return ep_auto_enable(portal, product, name, latest(portal, &feed), changed,
                          err);
}


static ep_rc_t
update_feed(ep_portal_t *portal, ep_product_t product, const ep_feed_t *feed,
            int64_t *enabled, ep_err_t *err)
{
    ep_str_t name = ep_str(feed->name);
    int64_t changed = 0;
    bool any = false;
    ep_rc_t rc = ep_patchset_list_new(
        portal, product, name, latest(portal, feed), note_one, &any, err);

    /* Nearly always nothing is new, and then nobody waits for the lock. */
    if (rc != EP_OK || !any) {
        return rc;
    }
    rc = ep_portal_write_begin(portal, true, err);
    if (rc == EP_OK) {
        rc = enable_new(portal, product, name, &changed, err);
    }
    if (rc == EP_OK) {
        rc = ep_portal_write_commit(portal, err);
    } else {
        ep_portal_write_rollback(portal);
    }
    if (rc == EP_OK) {
        *enabled += changed;
    }
    return rc;
}


/* One product after the other. */
static ep_rc_t
update_products(ep_portal_t *portal, const ep_feed_t *feed, int64_t *enabled,
                ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    for (int p = 0; rc == EP_OK && p < EP_PRODUCT_COUNT; p++) {
        if (ep_product_info((ep_product_t) p)->tree != NULL) {
            rc = update_feed(portal, (ep_product_t) p, feed, enabled, err);
        }
    }
    return rc;
}


ep_rc_t
ep_auto_deploy(ep_portal_t *portal, int64_t *enabled, ep_err_t *err)
{
    EP_CLEANUP(ep_buf_free) ep_buf_t feeds;
    ep_feed_t feed;
    ep_rc_t rc;

    *enabled = 0;
    ep_buf_init(&feeds, FEEDS_MAX * sizeof(feed));
    rc = ep_feed_list(portal, keep_auto, &feeds, err);
    for (size_t i = 0; rc == EP_OK && i < feeds.n; i += sizeof(feed)) {
        memcpy(&feed, feeds.p + i, sizeof(feed));
        rc = update_products(portal, &feed, enabled, err);
    }
    return rc;
}
