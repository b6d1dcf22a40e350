/*
 * Feeds: which patchsets a group of keys may have (FEED-1..22, NEW-FEED-*).
 * The feed `main` always exists, cannot be changed or deleted, and gets the
 * keys of a feed that is deleted (FEED-14).
 */

#ifndef EPORTAL_FEED_H
#define EPORTAL_FEED_H

#include <eportal/portal.h>
#include <eportal/str.h>

#define EP_FEED_MAIN "main"
#define EP_FEED_MAIN_ID 1 /* its local id: the first migration makes it */
#define EP_FEED_NAME_MAX                                                       \
    32 /* [A-Za-z0-9._-], not 40 hex digits: it is a                           \
          URL prefix too (protocol.md 4.2-5) */

typedef struct {
    int64_t id; /* local, never on the wire */
    char name[EP_FEED_NAME_MAX + 1];
    bool auto_update;
    int64_t deploy_after; /* hours */
    char channel[16];     /* "default", "test" or "unstable" */
    int64_t created;      /* UTC, microseconds */
    int64_t keys;         /* number of keys bound to it */
    int64_t servers;      /* registered under those */
} ep_feed_t;

enum {
    EP_FEED_SET_AUTO = 1,
    EP_FEED_SET_DEPLOY_AFTER = 2,
    EP_FEED_SET_CHANNEL = 4
};

typedef ep_rc_t (*ep_feed_fn)(const ep_feed_t *feed, void *ctx, ep_err_t *err);

/* EP_ENOTFOUND code "feed-not-found". */
ep_rc_t ep_feed_find(ep_portal_t *portal, ep_str_t name, ep_feed_t *out,
                     ep_err_t *err);
/* main first, then by name. Stops at the first failure of fn. */
ep_rc_t ep_feed_list(ep_portal_t *portal, ep_feed_fn fn, void *ctx,
                     ep_err_t *err);
/* feed: name and options. EP_EINVAL bad name, channel or hours (0 to 8760);
 * EP_EEXISTS. */
ep_rc_t ep_feed_add(ep_portal_t *portal, const ep_feed_t *feed, ep_err_t *err);
/* Change the options that set names. main: EP_EINVAL "main-feed". */
ep_rc_t ep_feed_change(ep_portal_t *portal, ep_str_t name, unsigned set,
                       const ep_feed_t *values, ep_err_t *err);
/* Its keys move to main. main: EP_EINVAL "main-feed". EP_ENOTFOUND. */
ep_rc_t ep_feed_delete(ep_portal_t *portal, ep_str_t name, ep_err_t *err);

#endif
