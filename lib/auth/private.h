/* What the ways of showing who one is share, for lib/auth only. */

#ifndef EP_AUTH_PRIVATE_H
#define EP_AUTH_PRIVATE_H

#include <eportal/audit.h>
#include <eportal/auth.h>
#include <eportal/throttle.h>

#include "base/digest.h"

/* The one answer to everything that does not fit. */
ep_rc_t ep_auth_refused(ep_err_t *err);

void ep_auth_principal(const ep_user_t *user, ep_via_t via,
                       ep_principal_t *out);
/* Who it claims to be. */
ep_actor_t ep_auth_actor(ep_str_t name, ep_via_t via,
                         const ep_origin_t *origin);

/* In the caller's transaction: a session, its secret, and its row in the
 * audit log. */
ep_rc_t ep_auth_begin_session(ep_portal_t *portal, const ep_user_t *user,
                              const ep_origin_t *origin, ep_principal_t *out,
                              char secret[EP_SECRET_TEXT + 1], ep_err_t *err);

/* ---- the throttle: the rules of eportal/throttle.h ---- */

/* EP_EBUSY "throttled", *retry_after in seconds. Reads only. */
ep_rc_t ep_throttle_check(ep_portal_t *portal, const ep_addr_t *ip,
                          ep_str_t user, int *retry_after, ep_err_t *err);
ep_rc_t ep_throttle_check_token(ep_portal_t *portal, const ep_addr_t *ip,
                                int *retry_after, ep_err_t *err);
/* Count bad credentials and record them, in transactions of its own. Returns
 * what there is to answer: EP_EAUTH "bad-credentials", or EP_EBUSY "throttled"
 * when more come than are counted. */
ep_rc_t ep_throttle_failed(ep_portal_t *portal, const ep_origin_t *origin,
                           ep_str_t user, ep_via_t via, ep_err_t *err);
/* Whether this process may still write a failure down; so many a second. */
bool ep_auth_may_record(void);
/* Whether good credentials leave anything to write, and that, in the caller's
 * transaction. */
bool ep_throttle_has_news(ep_portal_t *portal, const ep_addr_t *ip,
                          const ep_user_t *user);
ep_rc_t ep_throttle_passed(ep_portal_t *portal, const ep_addr_t *ip,
                           const ep_user_t *user, ep_err_t *err);

#endif
