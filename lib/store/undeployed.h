/*
 * What somebody took out of a feed, so that no update puts it back. A
 * patchset that gets a state in the feed is forgotten here by a trigger; one
 * that is removed or not downloaded yet is remembered. store/patchset.c reads
 * the table where it looks for what is new.
 */

#ifndef EP_STORE_UNDEPLOYED_H
#define EP_STORE_UNDEPLOYED_H

#include <eportal/feed.h>

#include "store/patchset.h"

/* Note a patchset and all newer ones that are here or that upstream lists.
 * States stay; the caller takes those away. Logs and counts what is here and
 * was not noted before. */
ep_rc_t ep_undeployed_add(ep_portal_t *portal, const ep_feed_t *feed,
                          const ep_patchset_row_t *row, int64_t *count,
                          ep_err_t *err);
/* Note a patchset in this feed, or with 0 in all, where it has a state. */
ep_rc_t ep_undeployed_note(ep_portal_t *portal, int64_t patchset_id,
                           int64_t feed_id, ep_err_t *err);
ep_rc_t ep_undeployed_has(ep_portal_t *portal, const ep_feed_t *feed,
                          ep_product_t product, int64_t order, bool *has,
                          ep_err_t *err);

#endif
