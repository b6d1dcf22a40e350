/* What feeds ask of keys, in store/ only. */

#ifndef EP_STORE_KEY_PRIVATE_H
#define EP_STORE_KEY_PRIVATE_H

#include <eportal/key.h>

/* Give the keys of one feed to another; both are local ids. */
ep_rc_t ep_key_change_feed(ep_portal_t *portal, int64_t from, int64_t to,
                           ep_err_t *err);

/* ep_key_delete, when so many servers of it were deleted before: the audit
 * log counts them, too. */
ep_rc_t ep_key_delete_rest(ep_portal_t *portal, ep_str_t key, int64_t gone,
                           int64_t *servers, ep_err_t *err);

#endif
