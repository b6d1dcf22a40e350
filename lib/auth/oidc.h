/* The insides of single sign-on: the provider's answers, and what they say.
 * See eportal/oidc.h. */

#ifndef EP_AUTH_OIDC_H
#define EP_AUTH_OIDC_H

#include <eportal/oidc.h>

#include <json-c/json.h>

#include "base/digest.h"
#include "net/client.h"

#define EP_OIDC_TEXT 44 /* a digest or a secret as text, with the NUL */
#define EP_OIDC_ISSUER_MAX 512
#define EP_OIDC_SUBJECT_MAX 255

void ep_oidc_putp(struct json_object **object); /* for EP_CLEANUP */

/* EP_EINVAL "sso-off" unless it is set up. */
ep_rc_t ep_oidc_need(const ep_config_t *cfg, ep_err_t *err);

/* ---- oidc_begin.c: what is derived from the browser's secret ---- */

/* What a browser's cookie says. */
typedef struct {
    char secret[EP_OIDC_TEXT];
    int64_t began; /* seconds */
    char back[EP_OIDC_BACK_MAX + 1];
} ep_oidc_state_t;

bool ep_oidc_read_cookie(ep_str_t cookie, ep_oidc_state_t *out);
/* what: "state", "nonce" or "verifier": each in its own words, for this login
 * alone. */
ep_rc_t ep_oidc_derive(const ep_oidc_state_t *login, const char *what,
                       char out[EP_OIDC_TEXT], ep_err_t *err);

/* ---- oidc_provider.c: asking ---- */

typedef struct {
    ep_portal_t *portal;
    const ep_config_t *cfg;
    ep_arena_t *arena;
    ep_client_t *client;
    int64_t deadline; /* of all exchanges together */
    int64_t hurried;  /* when the process began to end; 0: it does not */
} ep_provider_t;

/* The address that a setting has, as it is used. EP_EINVAL "sso-address". */
ep_rc_t ep_oidc_address(const ep_config_t *cfg, ep_setting_t setting,
                        ep_arena_t *arena, const char **out, ep_err_t *err);

ep_rc_t ep_provider_open(ep_provider_t *p, ep_portal_t *portal,
                         ep_arena_t *arena, ep_err_t *err);
void ep_provider_close(ep_provider_t *p);

/* The code for tokens: the provider's answer, an object with an access token
 * that can be sent. */
ep_rc_t ep_provider_tokens(ep_provider_t *p, ep_str_t code,
                           const char *verifier, ep_str_t redirect_uri,
                           struct json_object **out, ep_err_t *err);
/* What it says of the user. */
ep_rc_t ep_provider_userinfo(ep_provider_t *p, ep_str_t access_token,
                             struct json_object **out, ep_err_t *err);

/* ---- oidc_claims.c: understanding ---- */

/* An object of JSON; NULL when it is none. */
struct json_object *ep_oidc_parse(ep_str_t text);
/* A member that is a string; p NULL otherwise. */
ep_str_t ep_oidc_member(struct json_object *object, const char *name);

/* What an ID token must agree with. */
typedef struct {
    const ep_config_t *cfg;
    const char *nonce;
    ep_str_t issuer; /* of the callback; may be empty */
    int64_t now;     /* microseconds */
} ep_oidc_expect_t;
/* The claims of an ID token that is meant for this login. EP_EAUTH
 * "sso-token". */
ep_rc_t ep_oidc_id_token(const ep_oidc_expect_t *expect, ep_str_t token,
                         struct json_object **out, ep_err_t *err);

typedef struct {
    char issuer[EP_OIDC_ISSUER_MAX + 1];
    char subject[EP_OIDC_SUBJECT_MAX + 1];
    char name[EP_USER_NAME_MAX + 1];
    bool has_role; /* OIDC_ADMIN_GROUP is set: the next counts */
    bool readonly;
} ep_identity_t;
/* Who it is. id_token: its claims; NULL when none came. */
ep_rc_t ep_oidc_identity(const ep_config_t *cfg, struct json_object *id_token,
                         struct json_object *userinfo, ep_identity_t *out,
                         ep_err_t *err);

#endif
