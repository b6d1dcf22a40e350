/*
 * Who a caller of the API is: sessions of the console, Basic credentials,
 * API tokens, and how one gets a session (AUTH, USER, LDAP, SSO, NEW-SEC).
 * What is secret is stored hashed and compared in constant time. Every
 * login, good or bad, is an audit row.
 *
 * These functions open transactions of their own: the caller has none open.
 * EP_EAUTH has the one code "bad-credentials" for every credential that does
 * not fit, whatever the reason; EP_EBUSY "throttled" comes with
 * retry_after (W-12); it is told before anything is looked at.
 */

#ifndef EPORTAL_AUTH_H
#define EPORTAL_AUTH_H

#include <eportal/addr.h>
#include <eportal/portal.h>
#include <eportal/str.h>
#include <eportal/token.h>
#include <eportal/user.h>

#define EP_SECRET_TEXT 64 /* characters of a session's or token's secret */

typedef enum {
    EP_VIA_NONE,
    EP_VIA_SESSION, /* cookie: unsafe methods need the CSRF header */
    EP_VIA_BASIC,
    EP_VIA_TOKEN
} ep_via_t;
/* "", "session", "basic", "token": as in the audit log. */
extern const char *const ep_via_names[4];

typedef struct {
    int64_t user_id;
    char name[EP_USER_NAME_MAX + 1];
    bool readonly;
    char origin[8]; /* as in ep_user_t */
    ep_via_t via;
    int64_t session_id;            /* local, of a session */
    char csrf[EP_SECRET_TEXT + 1]; /* of a session: what the header must say */
} ep_principal_t;

/* What a caller showed, and from where. */
typedef struct {
    ep_addr_t ip;
    ep_str_t user_agent; /* for the list of sessions; may be empty */
} ep_origin_t;

/* A session by its cookie's value. Prolongs it when AUTH_REFRESH_SESSION says
 * so (AUTH-3..5). EP_EAUTH "bad-credentials" when it is unknown or over. */
ep_rc_t ep_auth_session(ep_portal_t *portal, ep_str_t secret,
                        ep_principal_t *out, ep_err_t *err);
/* A token (NEW-SEC-2, 3): "expired" ones are bad credentials, too. */
ep_rc_t ep_auth_token(ep_portal_t *portal, ep_str_t secret,
                      const ep_origin_t *origin, ep_principal_t *out,
                      ep_err_t *err);
/* The token of config/api.token, which automation shares (protocol.md 1.9).
 * EP_ENOTFOUND when there is no such file, EP_EAUTH for another token, which
 * is counted and recorded as a failed login is. EP_EBUSY "throttled"
 * (retry_after, in seconds; otherwise untouched or 0) also for a right one. */
ep_rc_t ep_auth_shared_token(ep_portal_t *portal, ep_str_t secret,
                             const ep_origin_t *origin, int *retry_after,
                             ep_err_t *err);
/* The value of a Basic Authorization header without "Basic "; local users
 * only. Credentials that were right a moment ago are not hashed again. */
ep_rc_t ep_auth_basic(ep_portal_t *portal, ep_str_t credentials,
                      const ep_origin_t *origin, ep_principal_t *out,
                      ep_err_t *err);
/* Whether ep_auth_basic would not have to hash: any thread, takes no time. */
bool ep_auth_basic_cached(ep_str_t credentials);

/*
 * Log in with name and password: local users first, LDAP only for a name
 * that is not local (LDAP-26). On success a session exists; secret gets what
 * goes into the cookie. EP_EAUTH; EP_EBUSY "throttled" (retry_after, in
 * seconds), "login-busy", "ldap-unavailable"; EP_EPERM "no-users" when there is
 * no user at all and no LDAP: the text names the command that makes one.
 */
ep_rc_t ep_auth_login(ep_portal_t *portal, ep_str_t name, ep_str_t password,
                      const ep_origin_t *origin, ep_principal_t *out,
                      char secret[EP_SECRET_TEXT + 1], int *retry_after,
                      ep_err_t *err);
/* A session for a user that somebody else vouched for (SSO, SSO-13). */
ep_rc_t ep_auth_open_session(ep_portal_t *portal, const ep_user_t *user,
                             const ep_origin_t *origin, ep_principal_t *out,
                             char secret[EP_SECRET_TEXT + 1], ep_err_t *err);
/* Record a request that was refused before anybody asked who sends it; a few a
 * minute, whatever comes. action, object and result as in the audit log. */
void ep_auth_turned_away(ep_portal_t *portal, const ep_origin_t *origin,
                         const char *action, ep_str_t object,
                         const char *result);
ep_rc_t ep_auth_logout(ep_portal_t *portal, const ep_principal_t *who,
                       ep_err_t *err);
/* Change one's own password: the current one is required, all other sessions
 * end. EP_EAUTH "wrong-password"; EP_EINVAL "not-local" and those of
 * ep_password_hash. */
ep_rc_t ep_auth_change_password(ep_portal_t *portal, const ep_principal_t *who,
                                ep_str_t current, ep_str_t password,
                                const ep_origin_t *origin, ep_err_t *err);
/* Make a token, in the caller's transaction. token: user_id, name, expires;
 * gets the rest but the user's name. secret gets what is shown once. EP_EINVAL
 * "bad-token-name", "bad-expiry" (in the past); EP_ELIMIT
 * "token-limit-reached". */
ep_rc_t ep_auth_add_token(ep_portal_t *portal, ep_api_token_t *token,
                          char secret[EP_SECRET_TEXT + 1], ep_err_t *err);

#endif
