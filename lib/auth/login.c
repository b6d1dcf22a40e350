/* Logging in with name and password: see eportal/auth.h. */

#include <eportal/ldap.h>
#include <eportal/session.h>

#include "auth/private.h"
#include "store/token.h"
#include "store/user_private.h"

typedef struct {
    ep_portal_t *portal;
    ep_str_t name;
    ep_str_t password;
    const ep_origin_t *origin;
    ep_user_t user;                    /* id 0: nobody here has this name */
    char hash[EP_PASSWORD_HASH_MAX];   /* of a local user; empty: none */
    char better[EP_PASSWORD_HASH_MAX]; /* to replace it; empty: no need */
    bool asked; /* it is the directory that let him in, and said this: */
    ep_ldap_user_t directory;
} attempt_t;


/* What is known here of the name. Whoever it is: EP_OK. */
static ep_rc_t
look_up(attempt_t *a, ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_rc_t rc = ep_user_find(a->portal, a->name, &a->user, &local);

    if (rc == EP_OK) {
        rc = ep_user_password_hash(a->portal, a->name, a->hash, sizeof(a->hash),
                                   &local);
    }
    return rc == EP_OK || rc == EP_ENOTFOUND
               ? EP_OK
               : ep_err_set(err, rc, local.code, "%s", local.msg);
}


/* Nobody can log in where nobody is. */
static ep_rc_t
need_users(ep_portal_t *portal, ep_err_t *err)
{
    bool any = false;
    ep_rc_t rc = ep_user_any(portal, &any, err);

    if (rc == EP_OK && !any && !ep_ldap_configured(ep_portal_config(portal))) {
        return ep_err_set(err, EP_EPERM, "no-users",
                          "there are no users yet: add one on the portal's "
                          "machine with `kc.eportal user -a NAME`");
    }
    return rc;
}


/* Hashing takes its time with every answer, so that time tells nothing. */
static bool
fits(attempt_t *a)
{
    ep_config_t *cfg = ep_portal_config(a->portal);

    if (!ep_password_verify(a->password, a->hash[0] ? a->hash : NULL)) {
        return false;
    }
    if (ep_password_outdated(a->hash)
        && ep_password_hash(cfg, a->password, a->better, NULL) != EP_OK)
    {
        a->better[0] = '\0'; /* too short for today's rules: it stays */
    }
    return true;
}


static bool
is_origin(const attempt_t *a, const char *origin)
{
    return ep_str_eq(ep_str(a->user.origin), ep_str(origin));
}


/* LDAP is asked about its own, and about names that nobody has here
 * (LDAP-26). */
static bool
is_ldap(const attempt_t *a)
{
    return ep_ldap_configured(ep_portal_config(a->portal))
           && (a->user.id == 0 || is_origin(a, "ldap"));
}


/* The directory's trouble is for the log: whoever asks is not known yet. */
static ep_rc_t
directory_failed(attempt_t *a, const ep_err_t *why, ep_err_t *err)
{
    ep_actor_t actor = ep_auth_actor(a->name, EP_VIA_SESSION, a->origin);

    if (ep_auth_may_record()) {
        ep_portal_log(a->portal, EP_LOG_WARNING, "eportal.ldap", "%s: %s",
                      why->code, why->msg);
        ep_audit_result(a->portal, &actor, "user.login", a->name, why->code);
    }
    return ep_err_set(err, EP_EBUSY, "ldap-unavailable",
                      "the directory cannot be asked now; its trouble is in "
                      "the log");
}


static ep_rc_t
end_all(attempt_t *a, ep_err_t *err)
{
    int64_t sessions = 0, tokens = 0;
    ep_rc_t rc = ep_session_end_all(a->portal, a->user.id, 0, &sessions, err);

    if (rc == EP_OK) {
        rc = ep_api_token_delete_all(a->portal, a->user.id, &tokens, err);
    }
    const ep_audit_value_t values[] = {
        { "sessions", EP_AUDIT_NUMBER, EP_STR_NULL, sessions },
        { "tokens", EP_AUDIT_NUMBER, EP_STR_NULL, tokens },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return rc == EP_OK && sessions + tokens > 0
               ? ep_audit_values(a->portal, "session.end", a->name, values, err)
               : rc;
}


/* The directory knows him and does not let him in any more: what he has here
 * ends, too. After a wrong password nothing does, because anybody can send
 * one. EP_EAUTH. */
static ep_rc_t
lock_out(attempt_t *a, ep_err_t *err)
{
    ep_actor_t actor = ep_auth_actor(a->name, EP_VIA_SESSION, a->origin);
    ep_rc_t rc = EP_OK;

    if (a->user.id == 0) {
        return EP_EAUTH;
    }
    rc = ep_portal_write_begin(a->portal, true, err);
    if (rc != EP_OK) {
        return rc;
    }
    ep_audit_actor(a->portal, &actor);
    rc = end_all(a, err);
    ep_audit_actor(a->portal, NULL);
    if (rc != EP_OK) {
        ep_portal_write_rollback(a->portal);
        return rc;
    }
    rc = ep_portal_write_commit(a->portal, err);
    return rc == EP_OK ? EP_EAUTH : rc;
}


/* EP_EAUTH when it does not know him like that. */
static ep_rc_t
ask_directory(attempt_t *a, ep_err_t *err)
{
    ep_err_t why = { 0 };
    ep_rc_t rc;

    if (!ep_user_is_name(a->name)) {
        return EP_EAUTH;
    }
    rc = ep_ldap_login(a->portal, a->name, a->password, &a->directory, &why);
    a->asked = rc == EP_OK;
    if (rc == EP_OK || rc == EP_EAUTH) {
        return rc;
    }
    if (rc == EP_EBUSY) {
        return ep_err_set(err, rc, why.code, "%s", why.msg);
    }
    return rc == EP_EPERM ? lock_out(a, err) : directory_failed(a, &why, err);
}


/* In the transaction: the user must be who he was when he was asked. */
static ep_rc_t
confirm(attempt_t *a, ep_err_t *err)
{
    char hash[EP_PASSWORD_HASH_MAX];
    ep_err_t local = { 0 };
    ep_rc_t rc = ep_user_find(a->portal, a->name, &a->user, &local);

    if (rc == EP_OK) {
        rc = ep_user_password_hash(a->portal, a->name, hash, sizeof(hash),
                                   &local);
    }
    if (rc == EP_ENOTFOUND
        || (rc == EP_OK && !ep_secret_eq(ep_str(hash), ep_str(a->hash))))
    {
        return ep_auth_refused(err);
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    return a->better[0] == '\0'
               ? EP_OK
               : ep_user_rehash(a->portal, a->user.id, a->hash, a->better, err);
}


/* Who comes from the directory for the first time gets a row (LDAP-27). */
static ep_rc_t
add_ldap_user(attempt_t *a, ep_err_t *err)
{
    ep_user_t row = { .readonly =
                          !a->directory.has_role || a->directory.readonly,
                      .note = "LDAP",
                      .has_note = true,
                      .origin = "ldap" };
    ep_rc_t rc;

    ep_str_copy(a->name, row.name, sizeof(row.name));
    rc = ep_user_add(a->portal, &row, NULL, err);
    return rc == EP_OK ? ep_user_find(a->portal, a->name, &a->user, err) : rc;
}


static ep_rc_t
confirm_ldap(attempt_t *a, ep_err_t *err)
{
    ep_user_t values = { .readonly = a->directory.readonly };
    ep_err_t local = { 0 };
    ep_rc_t rc = ep_user_find(a->portal, a->name, &a->user, &local);

    if (rc == EP_ENOTFOUND) {
        return add_ldap_user(a, err);
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    if (!is_origin(a, "ldap")) {
        return ep_auth_refused(err);
    }
    if (!a->directory.has_role || values.readonly == a->user.readonly) {
        return EP_OK;
    }
    a->user.readonly = values.readonly;
    return ep_user_change(a->portal, a->name, EP_USER_SET_ROLE, &values, NULL,
                          err);
}


static ep_rc_t
admit(attempt_t *a, ep_principal_t *out, char secret[EP_SECRET_TEXT + 1],
      ep_err_t *err)
{
    ep_actor_t actor = ep_auth_actor(a->name, EP_VIA_SESSION, a->origin);
    char text[EP_SECRET_TEXT + 1];
    ep_principal_t who;
    ep_rc_t rc = ep_portal_write_begin(a->portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_audit_actor(a->portal, &actor);
    rc = a->asked ? confirm_ldap(a, err) : confirm(a, err);
    if (rc == EP_OK) {
        rc = ep_auth_begin_session(a->portal, &a->user, a->origin, &who, text,
                                   err);
    }
    ep_audit_actor(a->portal, NULL);
    if (rc != EP_OK) {
        ep_portal_write_rollback(a->portal);
        return rc;
    }
    rc = ep_portal_write_commit(a->portal, err);
    if (rc == EP_OK) {
        *out = who;
        memcpy(secret, text, sizeof(text));
    }
    return rc;
}


ep_rc_t
ep_auth_login(ep_portal_t *portal, ep_str_t name, ep_str_t password,
              const ep_origin_t *origin, ep_principal_t *out,
              char secret[EP_SECRET_TEXT + 1], int *retry_after, ep_err_t *err)
{
    attempt_t a = {
        .portal = portal, .name = name, .password = password, .origin = origin
    };
    ep_rc_t rc = ep_throttle_check(portal, &origin->ip, name, retry_after, err);

    if (rc == EP_OK) {
        rc = need_users(portal, err);
    }
    if (rc == EP_OK) {
        rc = look_up(&a, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = is_ldap(&a) ? ask_directory(&a, err) : fits(&a) ? EP_OK : EP_EAUTH;
    if (rc == EP_EAUTH) {
        return ep_throttle_failed(portal, origin, name, EP_VIA_SESSION, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    return admit(&a, out, secret, err);
}
