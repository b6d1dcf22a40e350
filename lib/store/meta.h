/* Small facts of the node under a name, in the table meta: what a job has
 * to remember and no entity owns. */

#ifndef EP_STORE_META_H
#define EP_STORE_META_H

#include <eportal/buf.h>
#include <eportal/portal.h>

/* Append the value to buf; nothing when there is none. */
ep_rc_t ep_meta_get(ep_portal_t *portal, ep_str_t name, ep_buf_t *buf,
                    ep_err_t *err);
/* In the caller's write transaction. */
ep_rc_t ep_meta_set(ep_portal_t *portal, ep_str_t name, ep_str_t value,
                    ep_err_t *err);

/* The same with a number; 0 when there is none. */
ep_rc_t ep_meta_get_int(ep_portal_t *portal, ep_str_t name, int64_t *out,
                        ep_err_t *err);
ep_rc_t ep_meta_set_int(ep_portal_t *portal, ep_str_t name, int64_t value,
                        ep_err_t *err);

#endif
