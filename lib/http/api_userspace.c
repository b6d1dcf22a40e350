/* LibCare and its kin: kpatch.tgz by build ID, and the lists of build IDs
 * (protocol.md 1.6, 4.2-8). */

#include <stdio.h>
#include <time.h>

#include <eportal/feed.h>
#include <eportal/patchset.h>

#include "http/private.h"

#define USERSPACE                                                              \
    (EP_PRODUCT_BIT(EP_PRODUCT_USER) | EP_PRODUCT_BIT(EP_PRODUCT_QEMU)         \
     | EP_PRODUCT_BIT(EP_PRODUCT_DB))


static ep_rc_t
not_found(ep_call_t *call)
{
    ep_answer_json(call, 404, EP_STR("{\"error\":\"not-found\"}"));
    return EP_OK;
}


static ep_rc_t
give_archive(ep_call_t *call, const uint8_t object[EP_OBJECT_SIZE],
             int64_t level, ep_err_t *err)
{
    ep_rc_t rc =
        ep_answer_file(call, true, object, level, EP_STR("kpatch.tgz"), err);

    if (rc == EP_OK && call->response->has_checkin) {
        call->response->checkin.fetched = true;
    }
    return rc;
}


ep_rc_t
ep_api_userspace(ep_call_t *call, ep_err_t *err)
{
    uint8_t object[EP_OBJECT_SIZE];
    ep_level_query_t query = { .object = object,
                               .userspace = true,
                               .feed_id = EP_FEED_MAIN_ID,
                               .products = USERSPACE };
    ep_err_t local = { 0 };
    ep_level_t level;
    ep_rc_t rc;

    ep_unhex(call->captures[EP_CAP_HASH], object, EP_OBJECT_SIZE);
    if (call->identified) {
        query.feed_id = call->caller.feed_id;
        query.products = USERSPACE & call->caller.products;
        if (call->token.delay > 0) {
            query.min_age = call->token.delay;
        }
    }
    rc = ep_level_find(call->portal, &query, &level, &local);
    if (rc != EP_OK && rc != EP_ENOTFOUND) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    /* A build ID that nobody knows is 404 before it is anything else: most
     * requests of container hosts are for such. */
    if (rc == EP_ENOTFOUND
        && ep_str_eq(ep_str(local.code), EP_STR("unknown-object")))
    {
        return not_found(call);
    }
    if (!ep_call_admit(call)) {
        return EP_OK;
    }
    return rc == EP_OK ? give_archive(call, object, level.level, err)
                       : not_found(call);
}


typedef struct {
    ep_spool_t *spool;
    bool begun; /* it has an entry already */
} list_t;


static ep_rc_t
add_row(const ep_object_row_t *row, void *ctx, ep_err_t *err)
{
    list_t *list = ctx;
    time_t seconds = (time_t) (row->appeared / 1000000);
    char id[2 * EP_OBJECT_SIZE + 1], text[32] = "";
    struct tm tm;

    if (row->object.n != EP_OBJECT_SIZE) {
        return EP_OK;
    }
    ep_hex(row->object.p, EP_OBJECT_SIZE, id);
    if (gmtime_r(&seconds, &tm) != NULL) {
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    }
    ep_spool_addf(list->spool,
                  "%s\"%s\":{\"name\":\"all\",\"time\":\"%s\","
                  "\"timestamp\":%lld.%06lld,\"flavor\":",
                  list->begun ? "," : "", id, text,
                  (long long) (row->appeared / 1000000),
                  (long long) (row->appeared % 1000000));
    ep_spool_add_json(list->spool, row->distro);
    ep_spool_addf(list->spool, ",\"latest\":%lld}", (long long) row->level);
    list->begun = true;
    return ep_spool_status(list->spool, err);
}


ep_rc_t
ep_api_userspace_list(ep_call_t *call, ep_err_t *err)
{
    int64_t feed = call->identified ? call->caller.feed_id : EP_FEED_MAIN_ID;
    unsigned products =
        call->identified ? call->caller.products & USERSPACE : USERSPACE;
    list_t list = { 0 };
    ep_rc_t rc = ep_call_spool(call, &list.spool, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_spool_add_str(list.spool, EP_STR("{"));
    rc = ep_object_list(call->portal, products, feed, add_row, &list, err);
    if (rc != EP_OK) {
        return rc;
    }
    ep_spool_add_str(list.spool, EP_STR("}"));
    return ep_answer_spool(call, list.spool, NULL, err);
}
