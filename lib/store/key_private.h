/* What feeds ask of keys, in store/ only. */

#ifndef EP_STORE_KEY_PRIVATE_H
#define EP_STORE_KEY_PRIVATE_H

#include <eportal/key.h>

/* Give the keys of one feed to another; both are local ids. */
ep_rc_t ep_key_change_feed(ep_portal_t *portal, int64_t from, int64_t to,
                           ep_err_t *err);

#endif
