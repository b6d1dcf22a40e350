/*
 * Single sign-on, the way out: addresses of the provider with what it must
 * know, and the browser's cookie. See eportal/oidc.h.
 */

#include <stdio.h>

#include "auth/oidc.h"
#include "base/decode.h"
#include "base/encode.h"
#include "base/time.h"
#include "store/sso.h"

#define SECOND 1000000LL
#define COOKIE_MAX 2048
#define URL_MAX 8192
#define DIGITS_MAX 20

static const ep_setting_t needed[] = { EP_OIDC_AUTH_URL, EP_OIDC_TOKEN_URL,
                                       EP_OIDC_USERINFO_URL, EP_OIDC_CLIENT_ID,
                                       EP_OIDC_CLIENT_SECRET };


bool
ep_oidc_configured(const ep_config_t *cfg)
{
    for (size_t i = 0; i < EP_ARRAY_LEN(needed); i++) {
        const char *value = ep_config_string(cfg, needed[i]);

        if (value == NULL || value[0] == '\0') {
            return false;
        }
    }
    return true;
}


ep_rc_t
ep_oidc_need(const ep_config_t *cfg, ep_err_t *err)
{
    if (ep_oidc_configured(cfg)) {
        return EP_OK;
    }
    return ep_err_set(err, EP_EINVAL, "sso-off",
                      "single sign-on is not set up: OIDC_AUTH_URL, "
                      "OIDC_TOKEN_URL, OIDC_USERINFO_URL, OIDC_CLIENT_ID and "
                      "OIDC_CLIENT_SECRET are needed");
}


/* Browsers take "//host" and "/\host" for another host, and pass over tabs
 * and line breaks before they look. */
bool
ep_oidc_is_local(ep_str_t path)
{
    if (path.n == 0 || path.n > EP_OIDC_BACK_MAX || path.p[0] != '/'
        || (path.n > 1 && path.p[1] == '/'))
    {
        return false;
    }
    for (size_t i = 0; i < path.n; i++) {
        uint8_t c = (uint8_t) path.p[i];

        if (c <= 0x20 || c >= 0x7f || c == '\\' || c == '"' || c == '<'
            || c == '>') {
            return false;
        }
    }
    return true;
}


/* ---- what is derived from the browser's secret ---- */

ep_rc_t
ep_oidc_derive(const ep_oidc_state_t *login, const char *what,
               char out[EP_OIDC_TEXT], ep_err_t *err)
{
    char text[EP_OIDC_BACK_MAX + 64];
    uint8_t digest[EP_SHA256_SIZE];
    ep_rc_t rc;

    snprintf(text, sizeof(text), "%s %lld %s", what, (long long) login->began,
             login->back);
    rc = ep_hmac_sha256(ep_str(login->secret), ep_str(text), digest, err);
    if (rc == EP_OK) {
        ep_base64url(digest, sizeof(digest), out);
    }
    return rc;
}


static const char *
write_cookie(const ep_oidc_state_t *login, ep_arena_t *arena)
{
    char back[EP_BASE64URL_SIZE(EP_OIDC_BACK_MAX)];

    ep_base64url(login->back, strlen(login->back), back);
    return ep_arena_printf(arena, "%s.%lld.%s", login->secret,
                           (long long) login->began, back);
}


bool
ep_oidc_read_cookie(ep_str_t cookie, ep_oidc_state_t *out)
{
    char back[EP_BASE64URL_SIZE(EP_OIDC_BACK_MAX)];
    ep_str_t secret, rest, began, encoded;
    size_t n = 0;

    if (cookie.n > COOKIE_MAX || !ep_str_cut(cookie, '.', &secret, &rest)
        || !ep_str_cut(rest, '.', &began, &encoded)
        || secret.n != sizeof(out->secret) - 1 || began.n > DIGITS_MAX
        || !ep_str_copy(secret, out->secret, sizeof(out->secret))
        || !ep_str_int(began, &out->began) || encoded.n >= sizeof(back))
    {
        return false;
    }
    if (encoded.n > 0 && !ep_base64_decode(encoded, back, &n)) {
        return false;
    }
    return ep_str_copy((ep_str_t){ back, n }, out->back, sizeof(out->back))
           && (n == 0 || ep_oidc_is_local(ep_str(out->back)));
}


/* ---- out ---- */

static ep_rc_t
add(ep_buf_t *url, const char *name, const char *value)
{
    ep_rc_t rc = ep_buf_addf(
        url, "%s%s=", memchr(url->p, '?', url->n) != NULL ? "&" : "?", name);

    return rc == EP_OK ? ep_percent_encode(url, ep_str(value)) : rc;
}


/* An address with parameters behind it: names and values by turns, NULL at
 * the end; a pair whose value is empty is left out. */
static ep_rc_t
compose(const char *base, const char *const *pairs, ep_arena_t *arena,
        const char **out, ep_err_t *err)
{
    ep_buf_t url;
    ep_rc_t rc;

    ep_buf_init(&url, URL_MAX);
    rc = ep_buf_add_str(&url, ep_str(base));
    for (; rc == EP_OK && *pairs != NULL; pairs += 2) {
        if (pairs[1][0] != '\0') {
            rc = add(&url, pairs[0], pairs[1]);
        }
    }
    if (rc == EP_OK) {
        *out = ep_arena_strdup(arena, ep_buf_str(&url));
        rc = *out != NULL ? EP_OK : EP_ENOMEM;
    }
    ep_buf_free(&url);
    return rc == EP_OK ? EP_OK
                       : ep_err_set(err, rc, "sso-address",
                                    "the provider's address becomes too long");
}


static ep_rc_t
compose_begin(const ep_config_t *cfg, const ep_oidc_state_t *login,
              const char *redirect_uri, ep_arena_t *arena, const char **out,
              ep_err_t *err)
{
    const char *scope = ep_config_string(cfg, EP_OIDC_SCOPE), *base = NULL;
    char state[EP_OIDC_TEXT], nonce[EP_OIDC_TEXT], verifier[EP_OIDC_TEXT];
    char challenge[EP_OIDC_TEXT];
    uint8_t digest[EP_SHA256_SIZE];
    ep_rc_t rc = ep_oidc_address(cfg, EP_OIDC_AUTH_URL, arena, &base, err);
    const char *const pairs[] = { "response_type",
                                  "code",
                                  "client_id",
                                  ep_config_string(cfg, EP_OIDC_CLIENT_ID),
                                  "redirect_uri",
                                  redirect_uri,
                                  "scope",
                                  scope != NULL ? scope : "",
                                  "state",
                                  state,
                                  "nonce",
                                  nonce,
                                  "code_challenge",
                                  challenge,
                                  "code_challenge_method",
                                  "S256",
                                  NULL };

    if (rc == EP_OK) {
        rc = ep_oidc_derive(login, "state", state, err);
    }
    if (rc == EP_OK) {
        rc = ep_oidc_derive(login, "nonce", nonce, err);
    }
    if (rc == EP_OK) {
        rc = ep_oidc_derive(login, "verifier", verifier, err);
    }
    if (rc == EP_OK) {
        rc = ep_sha256(EP_STR(""), ep_str(verifier), digest, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    ep_base64url(digest, sizeof(digest), challenge);
    return compose(base, pairs, arena, out, err);
}


ep_rc_t
ep_oidc_begin(ep_portal_t *portal, ep_str_t redirect_uri, ep_str_t back,
              ep_arena_t *arena, ep_oidc_begin_t *out, ep_err_t *err)
{
    const ep_config_t *cfg = ep_portal_config(portal);
    ep_oidc_state_t login = { .began = ep_portal_now(portal) / SECOND };
    char *uri = ep_arena_strdup(arena, redirect_uri);
    uint8_t secret[EP_SHA256_SIZE];
    ep_oidc_begin_t begin = { 0 };
    ep_rc_t rc = ep_oidc_need(cfg, err);

    if (rc == EP_OK) {
        rc = ep_random(secret, sizeof(secret), err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    ep_base64url(secret, sizeof(secret), login.secret);
    if (ep_oidc_is_local(back)) {
        ep_str_copy(back, login.back, sizeof(login.back));
    }
    begin.cookie = write_cookie(&login, arena);
    if (uri == NULL || begin.cookie == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    rc = compose_begin(cfg, &login, uri, arena, &begin.url, err);
    if (rc == EP_OK) {
        *out = begin;
    }
    return rc;
}


/* ---- and out again ---- */

ep_rc_t
ep_oidc_logout_url(ep_portal_t *portal, const ep_principal_t *who,
                   ep_str_t back, ep_arena_t *arena, const char **out,
                   ep_err_t *err)
{
    const ep_config_t *cfg = ep_portal_config(portal);
    const char *setting = ep_config_string(cfg, EP_OIDC_LOGOUT_URL);
    const char *client = ep_config_string(cfg, EP_OIDC_CLIENT_ID), *base;
    char *uri = ep_arena_strdup(arena, back);
    char token[EP_SSO_ID_TOKEN_MAX + 1];
    const char *pairs[] = { "client_id",
                            client != NULL ? client : "",
                            "id_token_hint",
                            token,
                            NULL,
                            NULL,
                            NULL };
    ep_rc_t rc;

    if (setting == NULL || setting[0] == '\0' || strcmp(who->origin, "sso") != 0
        || who->via != EP_VIA_SESSION)
    {
        *out = NULL;
        return EP_OK;
    }
    if (uri == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    /* Who registered another address at the provider names it himself. */
    if (strstr(setting, "post_logout_redirect_uri=") == NULL) {
        pairs[4] = "post_logout_redirect_uri";
        pairs[5] = uri;
    }
    rc = ep_oidc_address(cfg, EP_OIDC_LOGOUT_URL, arena, &base, err);
    if (rc == EP_OK) {
        rc = ep_sso_token(portal, who->session_id, token, err);
    }
    return rc == EP_OK ? compose(base, pairs, arena, out, err) : rc;
}
