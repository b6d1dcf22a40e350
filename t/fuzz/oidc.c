/*
 * Fuzz target: what an OpenID provider and a browser say in single sign-on.
 * The first line of the input is the claims of an ID token, the rest is the
 * userinfo; the whole is also a token, a cookie and a path to return to.
 */

#include <stdlib.h>

#include "auth/oidc.h"
#include "base/encode.h"

#define CLAIMS_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const settings[] = {
    "EPORTAL_OIDC_CLIENT_ID=portal",
    "EPORTAL_OIDC_USERINFO_URL=https://p.example/me",
    "EPORTAL_OIDC_ISSUER=https://p.example", "EPORTAL_OIDC_ADMIN_GROUP=admins",
    NULL
};

static ep_config_t *cfg;


/* An ID token with these claims is refused, or says who it is for. */
static struct json_object *
read_token(ep_str_t claims, bool encode)
{
    ep_oidc_expect_t expect = { .cfg = cfg,
                                .nonce = "n",
                                .now = INT64_C(1800000000000000) };
    char token[EP_BASE64URL_SIZE(CLAIMS_MAX) + 8];
    struct json_object *out = NULL;
    ep_str_t text = claims;

    if (encode) {
        memcpy(token, "e30.", 4);
        ep_base64url(claims.p, claims.n, token + 4);
        text = ep_str(token);
        memcpy(token + text.n, ".x", 3);
        text.n += 2;
    }
    if (ep_oidc_id_token(&expect, text, &out, NULL) == EP_OK
        && !ep_str_eq(ep_oidc_member(out, "nonce"), EP_STR("n")))
    {
        abort();
    }
    return out;
}


static void
check_identity(struct json_object *claims, struct json_object *user)
{
    ep_identity_t who;

    if (ep_oidc_identity(cfg, claims, user, &who, NULL) != EP_OK) {
        return;
    }
    if (who.name[0] == '\0' || who.subject[0] == '\0' || !who.has_role
        || !ep_str_is_text(ep_str(who.name), false)
        || !ep_str_is_text(ep_str(who.subject), false))
    {
        abort();
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ep_str_t all = { (const char *) data, size }, head, rest;
    struct json_object *claims, *user;
    ep_oidc_state_t state;

    if (cfg == NULL
        && ep_config_load("/dev/null", settings, NULL, NULL, &cfg, NULL)
               != EP_OK)
    {
        abort();
    }
    if (ep_oidc_is_local(all) && (all.p[0] != '/' || all.p[1 % all.n] == '\\'))
    {
        abort();
    }
    if (ep_oidc_read_cookie(all, &state) && state.back[0] != '\0'
        && !ep_oidc_is_local(ep_str(state.back)))
    {
        abort();
    }
    json_object_put(read_token(all, false));
    ep_str_cut(all, '\n', &head, &rest);
    if (head.n > CLAIMS_MAX) {
        return 0;
    }
    claims = read_token(head, true);
    user = ep_oidc_parse(rest);
    if (user != NULL) {
        check_identity(NULL, user);
        check_identity(claims, user);
    }
    json_object_put(user);
    json_object_put(claims);
    return 0;
}
