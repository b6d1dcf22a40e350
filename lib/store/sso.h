/* Single sign-on as lib/auth sees it: who somebody is at the provider, and
 * which logins have come back. Changes need the caller's transaction. */

#ifndef EP_STORE_SSO_H
#define EP_STORE_SSO_H

#include <eportal/user.h>

#include "base/digest.h"

#define EP_SSO_ID_TOKEN_MAX 4096 /* what is kept for the logout */

/* EP_ENOTFOUND "user-not-found" when nobody here is that subject. */
ep_rc_t ep_sso_user(ep_portal_t *portal, ep_str_t issuer, ep_str_t subject,
                    ep_user_t *out, ep_err_t *err);
ep_rc_t ep_sso_identify(ep_portal_t *portal, int64_t user_id, ep_str_t issuer,
                        ep_str_t subject, ep_err_t *err);

/* A login came back; it is forgotten at that time. EP_EEXISTS "sso-replayed"
 * when it came before. */
ep_rc_t ep_sso_use(ep_portal_t *portal, const uint8_t hash[EP_SHA256_SIZE],
                   int64_t expires, ep_err_t *err);

/* The ID token of a session. A longer one than can be kept is left out. Get:
 * an empty text when there is none. */
ep_rc_t ep_sso_keep_token(ep_portal_t *portal, int64_t session_id,
                          ep_str_t id_token, ep_err_t *err);
ep_rc_t ep_sso_token(ep_portal_t *portal, int64_t session_id,
                     char out[EP_SSO_ID_TOKEN_MAX + 1], ep_err_t *err);

#endif
