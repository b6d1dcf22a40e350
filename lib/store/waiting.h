/* Patchsets that wait for their download to be enabled in a feed: the table
 * waiting. */

#ifndef EP_STORE_WAITING_H
#define EP_STORE_WAITING_H

#include <eportal/feed.h>
#include <eportal/patchset.h>

typedef struct {
    ep_product_t product;
    int64_t order;
    int64_t feed_id;
    char name[EP_PATCHSET_NAME_MAX + 1];
    char feed[EP_FEED_NAME_MAX + 1];
    ep_action_t action;
    int64_t since; /* UTC, microseconds */
} ep_waiting_t;

/* Once more is no error; a later action takes the place of the first. */
ep_rc_t ep_waiting_add(ep_portal_t *portal, ep_product_t product, int64_t order,
                       int64_t feed_id, ep_action_t action, ep_err_t *err);
/* One that began to wait at this time or earlier, oldest first, behind the
 * given one (all zero: the first). EP_ENOTFOUND, err untouched. */
ep_rc_t ep_waiting_next(ep_portal_t *portal, const ep_waiting_t *after,
                        ep_waiting_t *out, ep_err_t *err);
ep_rc_t ep_waiting_drop(ep_portal_t *portal, const ep_waiting_t *row,
                        ep_err_t *err);
ep_rc_t ep_waiting_fail(ep_portal_t *portal, const ep_waiting_t *row,
                        const char *trouble, ep_err_t *err);

#endif
