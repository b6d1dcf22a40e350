/*
 * Single sign-on (SSO-1..13, NEW-SEC-4): OpenID Connect's authorization code
 * flow with state, nonce and PKCE (S256).
 *
 * The browser carries the whole of a login that has begun in one cookie, a
 * secret: state, nonce and the code verifier are derived from it. So nothing
 * is written for somebody who only looks at the provider's page, a state
 * fits the browser that it was made for and no other, and a login may come
 * back to another node. That it came back is written down, hashed: it does
 * so once, within ten minutes.
 *
 * Who somebody is, is the provider's subject. OIDC_NAME_CLAIM names him
 * here, when he first comes; a name that is taken is refused, never shared.
 * He is read-only, unless OIDC_ADMIN_GROUP says at each login who is an
 * administrator.
 *
 * The ID token comes from the token endpoint over TLS that was verified,
 * which stands for its signature (OpenID Connect Core, 3.1.3.7): that is why
 * plain http is refused but for this machine itself.
 *
 * Failures that a person brings about, or can mend, have codes and sentences
 * of their own: the codes begin with "sso-" (docs/administrator.md lists
 * them), but for "throttled".
 */

#ifndef EPORTAL_OIDC_H
#define EPORTAL_OIDC_H

#include <eportal/arena.h>
#include <eportal/auth.h>

#define EP_OIDC_SECONDS 600   /* that a login may take */
#define EP_OIDC_BACK_MAX 1024 /* bytes of the path to return to */

/* Whether people can sign in this way: the five settings that are needed are
 * there. */
bool ep_oidc_configured(const ep_config_t *cfg);

/* Whether a browser that is sent to this path stays here. */
bool ep_oidc_is_local(ep_str_t path);

typedef struct {
    const char *url;    /* of the provider, with everything it must know */
    const char *cookie; /* for the browser: letters, digits, "-_." */
} ep_oidc_begin_t;

/*
 * Begin a login. redirect_uri: where the provider shall send the browser
 * back to; back: the local path that it is to end at, dropped when it is
 * none. Results are the arena's. EP_EINVAL "sso-off", "sso-address".
 */
ep_rc_t ep_oidc_begin(ep_portal_t *portal, ep_str_t redirect_uri, ep_str_t back,
                      ep_arena_t *arena, ep_oidc_begin_t *out, ep_err_t *err);

/* What the browser brought back. Views; empty when it was not there. */
typedef struct {
    ep_str_t cookie;
    ep_str_t state;
    ep_str_t code;
    ep_str_t issuer; /* parameter "iss" (RFC 9207) */
    ep_str_t error;
    ep_str_t error_description;
    ep_str_t redirect_uri; /* as it was when the login began */
} ep_oidc_answer_t;

typedef struct {
    ep_principal_t who;
    char secret[EP_SECRET_TEXT + 1]; /* of his session */
    const char *back;                /* local path; "": none was asked for */
} ep_oidc_login_t;

/*
 * End a login: ask the provider who it was (at most 10 s), make or find the
 * user, open his session, all recorded in the audit log. Opens transactions
 * of its own. Only once it is sure that this browser began the login may a
 * sentence quote the provider.
 */
ep_rc_t ep_oidc_finish(ep_portal_t *portal, const ep_oidc_answer_t *answer,
                       const ep_origin_t *origin, ep_arena_t *arena,
                       ep_oidc_login_t *out, ep_err_t *err);

/*
 * Where to send the browser of somebody who logs out, so that he is logged
 * out at the provider, too (OIDC_LOGOUT_URL); ask before his session ends.
 * back: the address that it may return to. *out is NULL when he did not come
 * that way or there is no such address.
 */
ep_rc_t ep_oidc_logout_url(ep_portal_t *portal, const ep_principal_t *who,
                           ep_str_t back, ep_arena_t *arena, const char **out,
                           ep_err_t *err);

/* step: "address", "name", "connect", "TLS", "token", "client", "userinfo",
 * in this order; text: what was found. */
typedef void (*ep_oidc_step_fn)(void *ctx, const char *step, const char *text);

/* Try each step; fn is called for those that succeed. The error of the first
 * that fails is returned, and *failed names it. Changes nothing. */
ep_rc_t ep_oidc_check(ep_portal_t *portal, ep_str_t redirect_uri,
                      ep_oidc_step_fn fn, void *ctx, const char **failed,
                      ep_err_t *err);

#endif
