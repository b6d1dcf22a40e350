/* Logging in and out, and who one is: POST login, POST logout, GET session,
 * POST password (AUTH, USER, NEW-SEC-1). */

#include <eportal/ldap.h>
#include <eportal/oidc.h>
#include <eportal/session.h>

#include "http/private.h"

#define ANSWER_MAX 4096


ep_rc_t
ep_answer_session_cookie(ep_call_t *call, const char *secret, ep_err_t *err)
{
    int64_t age = ep_session_cookie_age(call->cfg);

    if (secret[0] == '\0') {
        return ep_answer_cookie(call, "eportal", "", 0, false, err);
    }
    return ep_answer_cookie(call, "eportal", secret, age > 0 ? age : -1, false,
                            err);
}


static void
write_user(ep_json_t *w, const ep_principal_t *who)
{
    if (who->via == EP_VIA_NONE) {
        ep_json_null(w, "user");
        ep_json_null(w, "csrf");
        return;
    }
    ep_json_open(w, "user", '{');
    ep_json_int(w, "id", who->user_id);
    ep_json_str(w, "username", ep_str(who->name));
    ep_json_bool(w, "readonly", who->readonly);
    ep_json_str(w, "origin", ep_str(who->origin));
    ep_json_str(w, "via", ep_str(ep_via_names[who->via]));
    ep_json_close(w, '}');
    ep_json_str(w, "csrf",
                who->via == EP_VIA_SESSION ? ep_str(who->csrf) : EP_STR_NULL);
}


/* What a console may show to who asks; the routes decide by themselves. */
static void
write_allowed(ep_json_t *w, const ep_principal_t *who, bool restricted)
{
    bool known = who->via != EP_VIA_NONE;

    ep_json_open(w, "allowed", '{');
    ep_json_bool(w, "start", known || !restricted);
    ep_json_bool(w, "read", known);
    ep_json_bool(w, "change", known && !who->readonly);
    ep_json_close(w, '}');
}


/* Nobody tells strangers what is wrong here. */
static void
write_portal(ep_json_t *w, ep_call_t *call)
{
    const char *base = NULL;

    ep_call_base_url(call, &base, NULL);
    ep_json_str(w, "base_url", ep_str(base));
    if (call->who.via != EP_VIA_NONE) {
        ep_write_warnings(w, call->cfg);
    } else {
        ep_json_open(w, "warnings", '[');
        ep_json_close(w, ']');
    }
}


/* Who asks, and what a login page must know before anybody does. */
static ep_rc_t
answer_session(ep_call_t *call, ep_err_t *err)
{
    const ep_config_t *cfg = call->cfg;
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    bool any = false;
    ep_rc_t rc = ep_user_any(call->portal, &any, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&buf, ANSWER_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '{');
    write_user(&w, &call->who);
    ep_json_str(&w, "first_user",
                any ? EP_STR_NULL : EP_STR("kc.eportal user -a admin"));
    ep_json_bool(&w, "ldap", ep_ldap_configured(cfg));
    ep_json_bool(&w, "sso", ep_oidc_configured(cfg));
    ep_json_bool(&w, "restricted_index",
                 ep_config_bool(cfg, EP_AUTH_RESTRICTED_INDEX));
    write_allowed(&w, &call->who,
                  ep_config_bool(cfg, EP_AUTH_RESTRICTED_INDEX));
    write_portal(&w, call);
    ep_json_int(&w, "password_min_length",
                ep_config_int(cfg, EP_AUTH_PASSWORD_MIN_LENGTH));
    ep_json_str(&w, "version", EP_STR(EP_VERSION));
    ep_json_close(&w, '}');
    ep_json_close(&w, '}');
    return ep_answer_written(call, 200, &w, err);
}


ep_rc_t
ep_api_session(ep_call_t *call, ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_rc_t rc = ep_guard_identify(call, &local);

    /* A cookie may be old: then nobody asks. Other credentials are meant. */
    if (rc == EP_EAUTH && !ep_guard_has_credentials(call->request)) {
        rc = EP_OK;
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    return answer_session(call, err);
}


/* What is secret may not stand in an address, which logs and histories keep
 * (ASVS 14.2.1). */
ep_rc_t
ep_call_secrets(ep_call_t *call, const char *const *names, ep_err_t *err)
{
    ep_params_t *query = ep_arena_alloc(call->arena, sizeof(*query));
    ep_rc_t rc = ep_call_params(call, err);

    if (rc == EP_OK && query == NULL) {
        rc = ep_err_set(err, EP_ENOMEM, "no-memory",
                        "out of memory while reading a request");
    }
    if (rc == EP_OK) {
        rc = ep_params_add_form(query, call->request->query, call->arena, err);
    }
    for (; rc == EP_OK && *names != NULL; names++) {
        if (ep_params_get(query, *names).p != NULL) {
            rc = ep_err_set(err, EP_EINVAL, "secret-in-address",
                            "%s is a secret: send it in the body, not in the "
                            "address",
                            *names);
        }
    }
    return rc;
}


void
ep_call_end_former(ep_call_t *call)
{
    ep_str_t cookie = ep_session_cookie(call);
    ep_principal_t former;

    if (cookie.n > 0
        && ep_auth_session(call->portal, cookie, &former, NULL) == EP_OK)
    {
        ep_auth_logout(call->portal, &former, NULL);
    }
}


ep_rc_t
ep_api_login(ep_call_t *call, ep_err_t *err)
{
    static const char *const secrets[] = { "password", NULL };
    ep_origin_t origin = ep_call_origin(call);
    char secret[EP_SECRET_TEXT + 1];
    int retry_after = 0;
    ep_err_t local = { 0 };
    ep_rc_t rc = ep_call_secrets(call, secrets, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_auth_login(call->portal, ep_params_get(call->params, "username"),
                       ep_params_get(call->params, "password"), &origin,
                       &call->who, secret, &retry_after, &local);
    if (rc != EP_OK) {
        if (retry_after > 0) {
            ep_answer_retry(call, retry_after, NULL);
        }
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    ep_call_end_former(call);
    rc = ep_answer_session_cookie(call, secret, err);
    return rc == EP_OK ? answer_session(call, err) : rc;
}


ep_rc_t
ep_api_logout(ep_call_t *call, ep_err_t *err)
{
    ep_rc_t rc;

    if (call->who.via != EP_VIA_SESSION) {
        return ep_err_set(err, EP_EINVAL, "no-session",
                          "only a session can be ended; these credentials are "
                          "sent with every request");
    }
    rc = ep_auth_logout(call->portal, &call->who, err);
    if (rc == EP_OK) {
        rc = ep_answer_session_cookie(call, "", err);
    }
    return rc == EP_OK ? ep_answer_ok(call) : rc;
}


ep_rc_t
ep_api_password(ep_call_t *call, ep_err_t *err)
{
    static const char *const secrets[] = { "current", "password", NULL };
    ep_origin_t origin = ep_call_origin(call);
    ep_err_t local = { 0 };
    ep_rc_t rc = ep_call_secrets(call, secrets, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_auth_change_password(
        call->portal, &call->who, ep_params_get(call->params, "current"),
        ep_params_get(call->params, "password"), &origin, &local);
    if (rc == EP_OK) {
        return ep_answer_ok(call);
    }
    /* Who asks is known: 401 would mean that he is not. */
    return ep_err_set(err, rc == EP_EAUTH ? EP_EPERM : rc, local.code, "%s",
                      local.msg);
}
