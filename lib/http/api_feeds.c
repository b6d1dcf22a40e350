/* Feeds over HTTP (NEW-API-5..7, FEED-1..14, protocol.md 1.9). */

#include <eportal/feed.h>
#include <eportal/key.h>

#include "http/private.h"

#define LIST_MAX ((size_t) 4 * 1024 * 1024)
#define DEPLOY_AFTER_MAX 8760 /* hours: a year */


static void
write_feed(ep_json_t *w, const char *key, const ep_feed_t *feed)
{
    ep_json_open(w, key, '{');
    ep_json_str(w, "name", ep_str(feed->name));
    ep_json_bool(w, "auto", feed->auto_update);
    ep_json_int(w, "deploy_after", feed->deploy_after);
    ep_json_str(w, "channel", ep_str(feed->channel));
    ep_json_int(w, "keys", feed->keys);
    ep_json_int(w, "servers", feed->servers);
    ep_json_close(w, '}');
}


static ep_rc_t
add_feed(const ep_feed_t *feed, void *ctx, ep_err_t *err)
{
    (void) err;
    write_feed(ctx, NULL, feed);
    return EP_OK;
}


ep_rc_t
ep_api_feeds(ep_call_t *call, ep_err_t *err)
{
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    ep_rc_t rc;

    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '[');
    rc = ep_feed_list(call->portal, add_feed, &w, err);
    ep_json_close(&w, ']');
    ep_json_close(&w, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(call, 200, &w, err);
}


/* What the request says of a feed; *set gets which options it names. */
static ep_rc_t
read_feed(ep_call_t *call, ep_feed_t *feed, unsigned *set, ep_err_t *err)
{
    const ep_params_t *params = call->params;
    ep_str_t name = ep_params_get(params, "name");
    ep_str_t channel = ep_params_get(params, "channel");
    ep_rc_t rc;

    if (!ep_str_copy(name, feed->name, sizeof(feed->name)) || name.n == 0) {
        return ep_err_set(err, EP_EINVAL, "bad-feed-name",
                          "name: a feed's name is 1 to %d letters, digits, "
                          "dots, dashes and underscores",
                          EP_FEED_NAME_MAX);
    }
    if (!ep_str_copy(channel, feed->channel, sizeof(feed->channel))) {
        return ep_err_set(err, EP_EINVAL, "bad-channel",
                          "channel is default, test or unstable");
    }
    rc = ep_params_bool(params, "auto", &feed->auto_update, err);
    if (rc == EP_OK) {
        rc = ep_params_int(params, "deploy_after", 0, DEPLOY_AFTER_MAX,
                           &feed->deploy_after, err);
    }
    *set = (ep_params_get(params, "auto").n > 0 ? EP_FEED_SET_AUTO : 0)
           | (ep_params_get(params, "deploy_after").n > 0
                  ? EP_FEED_SET_DEPLOY_AFTER
                  : 0)
           | (channel.n > 0 ? EP_FEED_SET_CHANNEL : 0);
    return rc;
}


/* Make it, or change the options that were named (idempotent). *feed becomes
 * the row. */
static ep_rc_t
put_feed(ep_portal_t *portal, ep_feed_t *feed, unsigned set, ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_feed_t known;
    ep_rc_t rc = ep_feed_find(portal, ep_str(feed->name), &known, &local);

    if (rc == EP_ENOTFOUND) {
        rc = ep_feed_add(portal, feed, err);
    } else if (rc == EP_OK) {
        rc = ep_feed_change(portal, ep_str(feed->name), set, feed, err);
    } else {
        ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    return rc == EP_OK ? ep_feed_find(portal, ep_str(feed->name), feed, err)
                       : rc;
}


ep_rc_t
ep_api_feed_put(ep_call_t *call, ep_err_t *err)
{
    ep_feed_t feed = { .channel = "" };
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    unsigned set = 0;
    ep_rc_t rc = ep_call_params(call, err);

    if (rc == EP_OK) {
        rc = read_feed(call, &feed, &set, err);
    }
    if (rc == EP_OK) {
        rc = ep_call_write(call, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_call_written(call, put_feed(call->portal, &feed, set, err), err);
    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&w, NULL, '{');
    write_feed(&w, "result", &feed);
    ep_json_close(&w, '}');
    return ep_answer_written(call, 200, &w, err);
}


/* The keys that would move to main, with their servers. */
static ep_rc_t
preview_delete(ep_call_t *call, ep_err_t *err)
{
    ep_str_t name = call->captures[EP_CAP_NAME];
    ep_err_t local = { 0 };
    ep_feed_t feed = { .keys = 0 };
    ep_rc_t rc = ep_str_eq(name, EP_STR(EP_FEED_MAIN))
                     ? EP_ENOTFOUND
                     : ep_feed_find(call->portal, name, &feed, &local);
    ep_loss_t losses[] = { { "keys", feed.keys },
                           { "servers", feed.servers },
                           { .name = NULL } };

    return rc == EP_OK || rc == EP_ENOTFOUND
               ? ep_answer_losses(call, rc == EP_OK, losses, err)
               : ep_err_set(err, rc, local.code, "%s", local.msg);
}


/* Never an error: who wants it gone has what he wants (NEW-API-7). */
ep_rc_t
ep_api_feed_delete(ep_call_t *call, ep_err_t *err)
{
    ep_err_t local = { 0 };
    int64_t deleted = 0;
    bool dry_run = false;
    ep_rc_t rc = ep_call_dry_run(call, &dry_run, err);

    if (rc == EP_OK && dry_run) {
        return preview_delete(call, err);
    }
    if (rc == EP_OK) {
        rc = ep_call_write(call, err);
    }
    if (rc == EP_OK) {
        rc = ep_feed_delete(call->portal, call->captures[EP_CAP_NAME], &local);
        if (rc == EP_OK) {
            deleted = 1;
        } else if (rc == EP_ENOTFOUND || rc == EP_EINVAL) {
            rc = EP_OK; /* there is none, or it is main */
        } else {
            ep_err_set(err, rc, local.code, "%s", local.msg);
        }
        rc = ep_call_written(call, rc, err);
    }
    return rc == EP_OK ? ep_answer_count(call, deleted, err) : rc;
}
