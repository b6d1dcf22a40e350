/* Trying the settings of single sign-on: see eportal/oidc.h. The provider is
 * asked with a code and a token that nobody gave, and has to refuse both in
 * the right way. */

#include "auth/oidc.h"
#include "base/file.h"

static const char bogus[] = "kc.eportal-settings-test";

/* In the order in which they can fail. */
static const char *const steps[] = { "address", "name",   "connect", "TLS",
                                     "token",   "client", "userinfo" };


/* The step of the token endpoint that an error's code belongs to. */
static const char *
step_of(const char *code)
{
    static const char *const known[][2] = {
        { "sso-off", "address" },   { "sso-host", "name" },
        { "sso-proxy", "connect" }, { "sso-connect", "connect" },
        { "sso-tls", "TLS" },       { "sso-client", "client" },
    };

    for (size_t i = 0; i < EP_ARRAY_LEN(known); i++) {
        if (strcmp(code, known[i][0]) == 0) {
            return known[i][1];
        }
    }
    return "token";
}


/* All addresses can be used. */
static ep_rc_t
check_addresses(ep_provider_t *p, ep_err_t *err)
{
    static const ep_setting_t settings[] = { EP_OIDC_AUTH_URL,
                                             EP_OIDC_TOKEN_URL,
                                             EP_OIDC_USERINFO_URL,
                                             EP_OIDC_LOGOUT_URL };
    const char *ignored;
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; rc == EP_OK && i < EP_ARRAY_LEN(settings); i++) {
        if (settings[i] != EP_OIDC_LOGOUT_URL
            || ep_config_string(p->cfg, settings[i]) != NULL)
        {
            rc = ep_oidc_address(p->cfg, settings[i], p->arena, &ignored, err);
        }
    }
    return rc;
}


/* Right is the refusal of our code, and of nothing else. */
static ep_rc_t
check_tokens(ep_provider_t *p, ep_str_t redirect_uri, ep_err_t *err)
{
    EP_CLEANUP(ep_oidc_putp) struct json_object *tokens = NULL;
    ep_err_t why = { 0 };
    ep_rc_t rc = ep_provider_tokens(p, ep_str(bogus), bogus, redirect_uri,
                                    &tokens, &why);

    if (rc == EP_OK) {
        return ep_err_set(err, EP_ENET, "sso-answer",
                          "OIDC_TOKEN_URL gives a token for a code that nobody "
                          "issued: check that address");
    }
    return strcmp(why.code, "sso-code") == 0
               ? EP_OK
               : ep_err_set(err, rc, why.code, "%s", why.msg);
}


static ep_rc_t
check_userinfo(ep_provider_t *p, ep_err_t *err)
{
    EP_CLEANUP(ep_oidc_putp) struct json_object *user = NULL;
    ep_err_t why = { 0 };
    ep_rc_t rc = ep_provider_userinfo(p, ep_str(bogus), &user, &why);

    if (rc == EP_OK) {
        return ep_err_set(err, EP_ENET, "sso-answer",
                          "OIDC_USERINFO_URL answers to a token that nobody "
                          "issued: check that address");
    }
    return strcmp(why.code, "sso-userinfo") == 0
               ? EP_OK
               : ep_err_set(err, rc, why.code, "%s", why.msg);
}


/* What each step before the failed one found. */
static void
tell(const ep_config_t *cfg, const char *failed, ep_oidc_step_fn fn, void *ctx)
{
    const char *url = ep_config_string(cfg, EP_OIDC_TOKEN_URL);
    bool proxy = ep_config_string(cfg, EP_PROXY) != NULL;
    bool tls =
        url != NULL && strncmp(url, "http:", 5) != 0; /* others are refused */
    const char *texts[] = {
        "the settings are there",
        proxy ? "left to the proxy, or found" : "found",
        proxy ? "through the proxy" : "directly",
        tls ? "the certificate is good" : "not used",
        "the endpoint refuses a wrong code, as it should",
        "accepted",
        "the endpoint refuses a wrong token, as it should",
    };

    for (size_t i = 0; i < EP_ARRAY_LEN(steps); i++) {
        if (failed != NULL && strcmp(steps[i], failed) == 0) {
            return;
        }
        fn(ctx, steps[i], texts[i]);
    }
}


ep_rc_t
ep_oidc_check(ep_portal_t *portal, ep_str_t redirect_uri, ep_oidc_step_fn fn,
              void *ctx, const char **failed, ep_err_t *err)
{
    const ep_config_t *cfg = ep_portal_config(portal);
    ep_arena_t *arena = ep_arena_new();
    ep_provider_t p = { 0 };
    ep_err_t why = { 0 };
    const char *step = "address";
    ep_rc_t rc = ep_oidc_need(cfg, &why);

    if (rc == EP_OK && arena == NULL) {
        rc = ep_err_set(&why, EP_ENOMEM, "no-memory", "out of memory");
    }
    if (rc == EP_OK) {
        rc = ep_provider_open(&p, portal, arena, &why);
    }
    if (rc == EP_OK) {
        rc = check_addresses(&p, &why);
    }
    if (rc == EP_OK) {
        rc = check_tokens(&p, redirect_uri, &why);
        step = step_of(why.code);
    }
    if (rc == EP_OK) {
        rc = check_userinfo(&p, &why);
        step = "userinfo";
    }
    tell(cfg, rc == EP_OK ? NULL : step, fn, ctx);
    if (rc != EP_OK) {
        *failed = step;
        ep_err_set(err, rc, why.code, "%s", why.msg);
    }
    ep_provider_close(&p);
    ep_arena_free(arena);
    return rc;
}
