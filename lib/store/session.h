/* Sessions as lib/auth sees them: by the hash of their secret. */

#ifndef EP_STORE_SESSION_H
#define EP_STORE_SESSION_H

#include <eportal/session.h>

#include "base/digest.h"

/* In the caller's transaction. session: user_id, ip, user_agent; gets the
 * rest. The user's oldest sessions end when there are too many. */
ep_rc_t ep_session_add(ep_portal_t *portal, const uint8_t hash[EP_SHA256_SIZE],
                       ep_session_t *session, ep_err_t *err);
/* EP_ENOTFOUND "session-not-found", also for one that is over. */
ep_rc_t ep_session_find(ep_portal_t *portal, const uint8_t hash[EP_SHA256_SIZE],
                        ep_session_t *out, ep_err_t *err);
/* Whether enough time has passed to note that it was seen. */
bool ep_session_is_stale(ep_portal_t *portal, const ep_session_t *session);
ep_rc_t ep_session_touch(ep_portal_t *portal, int64_t id, ep_err_t *err);
/* End one of a user, if it is there, without a word in the audit log. */
ep_rc_t ep_session_delete(ep_portal_t *portal, int64_t id, int64_t user_id,
                          ep_err_t *err);

#endif
