/* The throttle's rows as lib/auth sees them. */

#ifndef EP_STORE_THROTTLE_H
#define EP_STORE_THROTTLE_H

#include <eportal/addr.h>
#include <eportal/throttle.h>

#define EP_THROTTLE_NAME (EP_USER_NAME_MAX + 1)

/* The names of rows: an address or its network, an account without regard to
 * case, cut and made text. */
void ep_throttle_address(const ep_addr_t *ip, char out[EP_THROTTLE_NAME]);
void ep_throttle_account(ep_str_t user, char out[EP_THROTTLE_NAME]);

/* A row, with failures 0 when there is none or it is forgotten. */
ep_rc_t ep_throttle_find(ep_portal_t *portal, ep_throttle_kind_t kind,
                         const char *name, ep_throttle_t *out, ep_err_t *err);
/* Write it. The oldest rows of its kind go when there are too many. */
ep_rc_t ep_throttle_put(ep_portal_t *portal, const ep_throttle_t *row,
                        ep_err_t *err);
ep_rc_t ep_throttle_delete(ep_portal_t *portal, ep_throttle_kind_t kind,
                           const char *name, int64_t *deleted, ep_err_t *err);

/* When a user was last noted to have logged in from an address; 0: never. */
ep_rc_t ep_user_address_time(ep_portal_t *portal, ep_str_t user,
                             const char *address, int64_t *time, ep_err_t *err);
ep_rc_t ep_user_address_put(ep_portal_t *portal, int64_t user_id,
                            const char *address, ep_err_t *err);

#endif
