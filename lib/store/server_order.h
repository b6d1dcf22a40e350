/* The order of host names that sql/012 keeps, in store/ only. */

#ifndef EP_STORE_SERVER_ORDER_H
#define EP_STORE_SERVER_ORDER_H

#include "store/server_window.h"

/* As ep_window_find, for windows of EP_SORT_HOSTNAME. */
ep_rc_t ep_order_find(ep_window_t *w, int64_t skip, int64_t count,
                      ep_err_t *err);

/* Set in sure the servers whose host name begins with this text, in lower
 * case and of at most EP_NAME_SIZE bytes; in maybe those of which only the
 * name can tell. Bytes 0 are behind the end of a name. */
ep_rc_t ep_order_prefix(ep_portal_t *portal, ep_str_t text,
                        ep_selection_t *sure, ep_selection_t *maybe,
                        ep_err_t *err);

/* Whether it is wrong; and to make it again, in the caller's write
 * transaction: some seconds at a million servers, in one piece, because half
 * an order is none. */
ep_rc_t ep_order_check(ep_portal_t *portal, bool *wrong, ep_err_t *err);
ep_rc_t ep_order_rebuild(ep_portal_t *portal, ep_err_t *err);

#endif
