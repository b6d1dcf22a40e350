/*
 * Single sign-on over HTTP (SSO-1..13, NEW-SEC-4): out to the provider, back
 * from it, and the settings with their test. What a login is, eportal/oidc.h
 * says; here are cookies and redirects.
 */

#include <eportal/audit.h>
#include <eportal/oidc.h>

#include "base/encode.h"
#include "http/private.h"
#include "http/steps.h"

#define CALLBACK "/admin/sso/login/callback"
#define SIGNED_OUT "/admin/login" /* or /admin (SSO-5, TRAP-10) */

#define ANSWER_MAX (64 * 1024)
#define MESSAGE_MAX 4096
#define MESSAGE_SECONDS 60

static const char logger[] = "eportal.sso";
static const char cookie_login[] = "eportal-sso";
static const char cookie_message[] = "eportal-sso-error";


/* This portal's own address, as the browser has it. */
static ep_rc_t
own_address(ep_call_t *call, const char *path, const char **out, ep_err_t *err)
{
    const char *base;
    ep_rc_t rc = ep_call_base_url(call, &base, err);

    if (rc != EP_OK) {
        return rc;
    }
    *out = ep_arena_printf(call->arena, "%s%s", base, path);
    return *out != NULL
               ? EP_OK
               : ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
}


static void
redirect(ep_call_t *call, const char *url)
{
    call->response->status = 302;
    ep_answer_header(call->response, "Location", ep_str(url));
}


static ep_rc_t
percent_encoded(ep_call_t *call, const char *text, const char **out,
                ep_err_t *err)
{
    ep_buf_t buf;
    ep_rc_t rc;

    ep_buf_init(&buf, MESSAGE_MAX);
    rc = ep_percent_encode(&buf, ep_str(text));
    if (rc == EP_OK) {
        *out = ep_arena_strdup(call->arena, ep_buf_str(&buf));
        rc = *out != NULL ? EP_OK : EP_ENOMEM;
    }
    ep_buf_free(&buf);
    return rc == EP_OK ? EP_OK
                       : ep_err_set(err, rc, "no-memory", "out of memory");
}


/* Whether the text of a failure is for the log alone. */
static bool
is_private(ep_rc_t rc)
{
    return rc == EP_EDB || rc == EP_EIO || rc == EP_EINTERNAL
           || rc == EP_ENOMEM;
}


/* To the login page, which shows what went wrong: the code in its address,
 * the sentence, which may quote the provider, in a cookie that no other site
 * can set, percent-encoded. */
static ep_rc_t
to_login_page(ep_call_t *call, const ep_err_t *why, ep_err_t *err)
{
    const char *text = NULL;
    const char *url =
        ep_arena_printf(call->arena, "/admin/login?sso_error=%s", why->code);
    ep_rc_t rc = percent_encoded(
        call,
        is_private(why->rc) ? "this portal has a fault: its log says more"
                            : why->msg,
        &text, err);

    if (rc != EP_OK || url == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    ep_portal_log(call->portal, EP_LOG_WARNING, logger, "%s: %s", why->code,
                  why->msg);
    redirect(call, url);
    return ep_answer_cookie(call, cookie_message, text, MESSAGE_SECONDS, true,
                            err);
}


/* ---- out ---- */

ep_rc_t
ep_api_sso_login(ep_call_t *call, ep_err_t *err)
{
    ep_oidc_begin_t begin;
    ep_err_t why = { 0 };
    const char *uri = NULL;
    ep_rc_t rc = own_address(call, CALLBACK, &uri, err);

    if (rc == EP_OK) {
        rc = ep_call_params(call, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_oidc_begin(call->portal, ep_str(uri),
                       ep_params_get(call->params, "next"), call->arena, &begin,
                       &why);
    if (rc != EP_OK) {
        return to_login_page(call, &why, err);
    }
    redirect(call, begin.url);
    return ep_answer_cookie(call, cookie_login, begin.cookie, EP_OIDC_SECONDS,
                            false, err);
}


/* ---- back ---- */

static ep_rc_t
finish(ep_call_t *call, const char *uri, ep_oidc_login_t *login, ep_err_t *err)
{
    const ep_params_t *params = call->params;
    ep_origin_t origin = ep_call_origin(call);
    ep_oidc_answer_t answer = {
        .cookie = ep_call_cookie(call, ep_call_https(call)
                                           ? EP_STR("__Host-eportal-sso")
                                           : EP_STR("eportal-sso")),
        .state = ep_params_get(params, "state"),
        .code = ep_params_get(params, "code"),
        .issuer = ep_params_get(params, "iss"),
        .error = ep_params_get(params, "error"),
        .error_description = ep_params_get(params, "error_description"),
        .redirect_uri = ep_str(uri),
    };

    return ep_oidc_finish(call->portal, &answer, &origin, call->arena, login,
                          err);
}


ep_rc_t
ep_api_sso_callback(ep_call_t *call, ep_err_t *err)
{
    ep_oidc_login_t login;
    ep_err_t why = { 0 };
    const char *uri = NULL;
    ep_rc_t rc = own_address(call, CALLBACK, &uri, err);

    if (rc == EP_OK) {
        rc = ep_call_params(call, err);
    }
    if (rc == EP_OK) {
        rc = ep_answer_cookie(call, cookie_login, "", 0, false, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = finish(call, uri, &login, &why);
    if (rc != EP_OK) {
        return to_login_page(call, &why, err);
    }
    ep_call_end_former(call);
    redirect(call, login.back[0] != '\0' ? login.back : "/admin/");
    return ep_answer_session_cookie(call, login.secret, err);
}


/* ---- and out again ---- */

/* End the session here; where to go to end it at the provider, too. */
ep_rc_t
ep_api_sso_logout(ep_call_t *call, ep_err_t *err)
{
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    const char *back = NULL, *url = NULL;
    ep_rc_t rc = own_address(call, SIGNED_OUT, &back, err);

    if (rc == EP_OK && call->who.via != EP_VIA_SESSION) {
        rc = ep_err_set(err, EP_EINVAL, "no-session",
                        "only a session can be ended; these credentials are "
                        "sent with every request");
    }
    if (rc == EP_OK) {
        rc = ep_oidc_logout_url(call->portal, &call->who, ep_str(back),
                                call->arena, &url, err);
    }
    if (rc == EP_OK) {
        rc = ep_auth_logout(call->portal, &call->who, err);
    }
    if (rc == EP_OK) {
        rc = ep_answer_session_cookie(call, "", err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&buf, ANSWER_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '{');
    ep_json_str(&w, "logout_url", ep_str(url));
    ep_json_close(&w, '}');
    ep_json_close(&w, '}');
    return ep_answer_written(call, 200, &w, err);
}


/* ---- settings ---- */

static void
write_setting(ep_json_t *w, const ep_config_t *cfg, const char *name,
              ep_setting_t setting)
{
    const char *value = ep_config_string(cfg, setting);
    bool mask = ep_setting_info(setting)->secret && value != NULL;

    ep_json_str(w, name, mask ? EP_STR("********") : ep_str(value));
}


/* The values are those of the configuration file: they are changed there. */
ep_rc_t
ep_api_sso_settings(ep_call_t *call, ep_err_t *err)
{
    static const struct {
        const char *name;
        ep_setting_t setting;
    } rows[] = {
        { "auth_url", EP_OIDC_AUTH_URL },
        { "token_url", EP_OIDC_TOKEN_URL },
        { "userinfo_url", EP_OIDC_USERINFO_URL },
        { "logout_url", EP_OIDC_LOGOUT_URL },
        { "client_id", EP_OIDC_CLIENT_ID },
        { "client_secret", EP_OIDC_CLIENT_SECRET },
        { "scope", EP_OIDC_SCOPE },
        { "issuer", EP_OIDC_ISSUER },
        { "name_claim", EP_OIDC_NAME_CLAIM },
        { "groups_claim", EP_OIDC_GROUPS_CLAIM },
        { "admin_group", EP_OIDC_ADMIN_GROUP },
        { "ca_file", EP_OIDC_CA_FILE },
    };
    const char *in = NULL, *out = NULL;
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    ep_rc_t rc = own_address(call, CALLBACK, &in, err);

    if (rc == EP_OK) {
        rc = own_address(call, SIGNED_OUT, &out, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&buf, ANSWER_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '{');
    ep_json_bool(&w, "enabled", ep_oidc_configured(call->cfg));
    ep_json_str(&w, "sign_in_redirect_uri", ep_str(in));
    ep_json_str(&w, "sign_out_redirect_uri", ep_str(out));
    for (size_t i = 0; i < EP_ARRAY_LEN(rows); i++) {
        write_setting(&w, call->cfg, rows[i].name, rows[i].setting);
    }
    ep_json_close(&w, '}');
    ep_json_close(&w, '}');
    return ep_answer_written(call, 200, &w, err);
}


/* ---- their test (W-10) ---- */

ep_rc_t
ep_api_sso_test(ep_call_t *call, ep_err_t *err)
{
    const char *uri = NULL, *failed = NULL;
    ep_err_t why = { 0 };
    ep_steps_t steps;
    ep_rc_t rc = own_address(call, CALLBACK, &uri, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_steps_begin(&steps);
    rc = ep_oidc_check(call->portal, ep_str(uri), ep_steps_add, &steps, &failed,
                       &why);
    return ep_steps_end(call, &steps, "sso", rc, failed, &why, err);
}
