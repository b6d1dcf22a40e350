/* Users as lib/auth sees them. */

#ifndef EP_STORE_USER_PRIVATE_H
#define EP_STORE_USER_PRIVATE_H

#include <eportal/user.h>

/* Whether a user may have this name. */
bool ep_user_is_name(ep_str_t name);
/* Put another hash of the same password, or of another one, in the place of
 * this hash: EP_ENOTFOUND "user-not-found" when it is not the user's any
 * more. Sessions go on. */
ep_rc_t ep_user_rehash(ep_portal_t *portal, int64_t id, const char *before,
                       const char *after, ep_err_t *err);
/* Note that the user logs in now. */
ep_rc_t ep_user_note_login(ep_portal_t *portal, int64_t id, ep_err_t *err);

#endif
