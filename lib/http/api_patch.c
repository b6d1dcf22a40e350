/* The kernel patch tree: latest, version, files (protocol.md 1.4, 4.2). All
 * of it runs in the event loop: no read here is more than an indexed point. */

#include <stdio.h>

#include <eportal/feed.h>
#include <eportal/patchset.h>

#include "http/private.h"


static ep_rc_t
unknown(ep_call_t *call)
{
    ep_answer_json(call, 404, EP_STR("{\"error\":\"not-found\"}"));
    return EP_OK;
}


/* A prefix that names a feed is that feed; a delay limits the caller's; any
 * other word means nothing (protocol.md 4.2-5). */
static ep_rc_t
apply_prefix(ep_call_t *call, ep_level_query_t *query, ep_err_t *err)
{
    static const struct {
        ep_str_t name;
        int64_t seconds;
    } delays[] = { { { "12h", 3 }, 12 * 3600 },
                   { { "24h", 3 }, 24 * 3600 },
                   { { "48h", 3 }, 48 * 3600 } };
    ep_str_t prefix = call->captures[EP_CAP_PREFIX];
    ep_err_t local = { 0 };
    ep_feed_t feed;
    ep_rc_t rc;

    if (prefix.n == 0) {
        return EP_OK;
    }
    rc = ep_feed_find(call->portal, prefix, &feed, &local);
    if (rc == EP_OK) {
        query->feed_id = feed.id;
        return EP_OK;
    }
    if (rc != EP_ENOTFOUND) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    for (size_t i = 0; i < EP_ARRAY_LEN(delays); i++) {
        if (ep_str_eq(prefix, delays[i].name)) {
            query->min_age = delays[i].seconds;
        }
    }
    return EP_OK;
}


/* The feed and the products of the caller, or those of nobody. */
static ep_rc_t
make_query(ep_call_t *call, uint8_t object[EP_OBJECT_SIZE],
           ep_level_query_t *query, ep_err_t *err)
{
    ep_unhex(call->captures[EP_CAP_HASH], object, EP_OBJECT_SIZE);
    *query = (ep_level_query_t){ .object = object,
                                 .feed_id = EP_FEED_MAIN_ID,
                                 .products = EP_PRODUCTS_DEFAULT };
    if (call->identified) {
        query->feed_id = call->caller.feed_id;
        query->products = call->caller.products;
    }
    return apply_prefix(call, query, err);
}


/* The sticky in "K20230908_02.latest.v2"; a date there means nothing. */
static void
apply_sticky(ep_call_t *call, ep_level_query_t *query)
{
    ep_str_t name = call->captures[EP_CAP_LATEST], word, rest;
    ep_patchset_name_t patchset;

    if (call->token.sticky > 0) {
        query->max_order = call->token.sticky;
    }
    if (!ep_str_starts(name, EP_STR("latest")) && name.n > 0
        && ep_str_cut(name, '.', &word, &rest)
        && ep_patchset_parse(word, &patchset, NULL) == EP_OK)
    {
        query->max_order = patchset.order;
    }
}


ep_rc_t
ep_api_latest(ep_call_t *call, ep_err_t *err)
{
    uint8_t object[EP_OBJECT_SIZE];
    ep_level_query_t query;
    ep_err_t local = { 0 };
    ep_level_t level;
    char *digits;
    ep_rc_t rc = make_query(call, object, &query, err);

    if (rc != EP_OK) {
        return rc;
    }
    if (call->token.delay > query.min_age) {
        query.min_age = call->token.delay;
    }
    apply_sticky(call, &query);
    rc = ep_level_find(call->portal, &query, &level, &local);
    if (rc == EP_ENOTFOUND) {
        return unknown(call);
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    digits = ep_arena_alloc(call->arena, 24);
    if (digits == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while answering");
    }
    snprintf(digits, 24, "%lld", (long long) level.level);
    ep_answer_text(call, 200, ep_str(digits));
    ep_answer_header(call->response, "Cache-Control", EP_STR("no-cache"));
    return EP_OK;
}


/* Only the status matters to those who ask (kc-compat). */
ep_rc_t
ep_api_version(ep_call_t *call, ep_err_t *err)
{
    return ep_api_latest(call, err);
}


static ep_rc_t
give_file(ep_call_t *call, const uint8_t object[EP_OBJECT_SIZE], int64_t level,
          ep_str_t file, ep_err_t *err)
{
    ep_rc_t rc = ep_answer_file(call, false, object, level, file, err);

    if (rc == EP_OK && call->response->has_checkin
        && call->route->auth == EP_AUTH_AGENT)
    {
        call->response->checkin.fetched = true;
    }
    return rc;
}


/* *allowed false: an answer has been made. level 0: none to check. */
static ep_rc_t
check_access(ep_call_t *call, const uint8_t object[EP_OBJECT_SIZE],
             const ep_level_query_t *query, int64_t level, bool *allowed,
             ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_level_t top = { 0 };
    ep_rc_t rc = ep_level_find(call->portal, query, &top, &local);

    *allowed = false;
    if (rc != EP_OK && rc != EP_ENOTFOUND) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    if (rc == EP_ENOTFOUND
        && ep_str_eq(ep_str(local.code), EP_STR("unknown-object")))
    {
        return unknown(call);
    }
    if (call->route->auth == EP_AUTH_AGENT) {
        if (!ep_call_admit(call)) {
            return EP_OK;
        }
        if (call->identified && (rc == EP_ENOTFOUND || level > top.level)) {
            return unknown(call);
        }
    }
    *allowed = true;
    return EP_OK;
}


ep_rc_t
ep_api_level_file(ep_call_t *call, ep_err_t *err)
{
    ep_str_t file = call->captures[EP_CAP_BINARY];
    ep_str_t digits = call->captures[EP_CAP_LEVEL];
    uint8_t object[EP_OBJECT_SIZE];
    ep_level_query_t query;
    int64_t level = 0;
    bool allowed;
    ep_rc_t rc;

    ep_str_int(digits, &level);
    rc = make_query(call, object, &query, err);
    if (rc == EP_OK) {
        /* A delay chooses what latest says; the feed is what limits. */
        query.min_age = 0;
        rc = check_access(call, object, &query, level, &allowed, err);
    }
    if (rc != EP_OK || !allowed) {
        return rc;
    }
    return give_file(call, object, level,
                     file.n > 0 ? file : call->captures[EP_CAP_FILE], err);
}


ep_rc_t
ep_api_object_file(ep_call_t *call, ep_err_t *err)
{
    ep_str_t file = call->captures[EP_CAP_BINARY];
    uint8_t object[EP_OBJECT_SIZE];
    ep_level_query_t query;
    bool allowed;
    ep_rc_t rc = make_query(call, object, &query, err);

    if (rc == EP_OK) {
        query.min_age = 0;
        rc = check_access(call, object, &query, 0, &allowed, err);
    }
    if (rc != EP_OK || !allowed) {
        return rc;
    }
    return give_file(call, object, 0,
                     file.n > 0 ? file : call->captures[EP_CAP_FILE], err);
}
