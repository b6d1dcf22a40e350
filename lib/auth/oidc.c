/*
 * Single sign-on, the way back of a login: what the browser brought, what the
 * provider says of it, and the session. See eportal/oidc.h.
 */

#include <eportal/audit.h>

#include <stdatomic.h>

#include "auth/oidc.h"
#include "auth/private.h"
#include "base/encode.h"
#include "base/file.h"
#include "store/sso.h"

#define SECOND 1000000LL
#define AT_ONCE 2 /* of a process's threads may wait for a provider */


static ep_rc_t
no_login(const char *what, ep_err_t *err)
{
    return ep_err_set(err, EP_EAUTH, "sso-state", "%s: sign in again", what);
}


/* The state must be the one that this browser's secret makes. */
static ep_rc_t
check_state(ep_portal_t *portal, const ep_oidc_answer_t *answer,
            ep_oidc_state_t *login, ep_err_t *err)
{
    int64_t now = ep_portal_now(portal) / SECOND;
    char state[EP_OIDC_TEXT];
    ep_rc_t rc;

    if (answer->cookie.n == 0) {
        return no_login("this browser has not begun to sign in, or does not "
                        "keep cookies",
                        err);
    }
    if (!ep_oidc_read_cookie(answer->cookie, login)) {
        return no_login("this browser's cookie is none of ours", err);
    }
    rc = ep_oidc_derive(login, "state", state, err);
    if (rc != EP_OK) {
        return rc;
    }
    if (!ep_secret_eq(answer->state, ep_str(state))) {
        return no_login("this answer belongs to another sign-in than the one "
                        "that this browser began last",
                        err);
    }
    if (now - login->began > EP_OIDC_SECONDS || login->began > now + 60) {
        return ep_err_set(err, EP_EAUTH, "sso-expired",
                          "signing in took longer than %d minutes: sign in "
                          "again",
                          EP_OIDC_SECONDS / 60);
    }
    return EP_OK;
}


/* It came back; it will not do so again. */
static ep_rc_t
use_up(ep_portal_t *portal, const ep_oidc_state_t *login, ep_err_t *err)
{
    uint8_t hash[EP_SHA256_SIZE];
    int64_t expires = (login->began + EP_OIDC_SECONDS + 1) * SECOND;
    ep_rc_t rc = ep_sha256(EP_STR("sso "), ep_str(login->secret), hash, err);

    if (rc == EP_OK) {
        rc = ep_portal_write_begin(portal, true, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_sso_use(portal, hash, expires, err);
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


/* The provider says no. */
static ep_rc_t
check_error(const ep_config_t *cfg, const ep_oidc_answer_t *answer,
            ep_err_t *err)
{
    const char *issuer = ep_config_string(cfg, EP_OIDC_ISSUER);
    char error[64], words[200];

    ep_str_clean(answer->error, error, sizeof(error) - 1);
    ep_str_clean(answer->error_description, words, sizeof(words) - 1);
    if (answer->error.n > 0) {
        bool denied = ep_str_eq(answer->error, EP_STR("access_denied"));

        return ep_err_set(err, denied ? EP_EPERM : EP_ENET,
                          denied ? "sso-denied" : "sso-provider",
                          "the provider %s (%s%s%s)",
                          denied ? "did not let you in" : "cannot sign you in",
                          error, words[0] ? ": " : "", words);
    }
    if (answer->issuer.n > 0 && issuer != NULL
        && !ep_str_eq(answer->issuer, ep_str(issuer)))
    {
        return ep_err_set(err, EP_EAUTH, "sso-token",
                          "who sent the browser back is not OIDC_ISSUER");
    }
    if (answer->code.n == 0) {
        return ep_err_set(err, EP_ENET, "sso-answer",
                          "the provider sent no code: check that the client "
                          "may use the authorization code flow");
    }
    return EP_OK;
}


/* ---- in ---- */

/* Code, tokens, user: who it is. id_token: as it came, or empty. */
static ep_rc_t
ask(ep_provider_t *p, const ep_oidc_answer_t *answer,
    const ep_oidc_state_t *login, ep_identity_t *who, ep_str_t *id_token,
    ep_err_t *err)
{
    EP_CLEANUP(ep_oidc_putp) struct json_object *tokens = NULL;
    EP_CLEANUP(ep_oidc_putp) struct json_object *claims = NULL;
    EP_CLEANUP(ep_oidc_putp) struct json_object *user = NULL;
    char verifier[EP_OIDC_TEXT], nonce[EP_OIDC_TEXT];
    ep_oidc_expect_t expect = { .cfg = p->cfg,
                                .nonce = nonce,
                                .issuer = answer->issuer,
                                .now = ep_portal_now(p->portal) };
    ep_str_t token;
    ep_rc_t rc = ep_oidc_derive(login, "verifier", verifier, err);

    if (rc == EP_OK) {
        rc = ep_oidc_derive(login, "nonce", nonce, err);
    }
    if (rc == EP_OK) {
        rc = ep_provider_tokens(p, answer->code, verifier, answer->redirect_uri,
                                &tokens, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (json_object_object_get(tokens, "id_token") != NULL) {
        token = ep_oidc_member(tokens, "id_token");
        *id_token = (ep_str_t){ ep_arena_strdup(p->arena, token), token.n };
        rc = ep_oidc_id_token(&expect, token, &claims, err);
    }
    if (rc == EP_OK) {
        rc = ep_provider_userinfo(p, ep_oidc_member(tokens, "access_token"),
                                  &user, err);
    }
    return rc == EP_OK ? ep_oidc_identity(p->cfg, claims, user, who, err) : rc;
}


/* A hanging provider must not take the threads that check passwords. */
static ep_rc_t
ask_in_turn(ep_portal_t *portal, const ep_oidc_answer_t *answer,
            const ep_oidc_state_t *login, ep_arena_t *arena, ep_identity_t *who,
            ep_str_t *id_token, ep_err_t *err)
{
    static atomic_int running;
    ep_provider_t p;
    ep_rc_t rc;

    if (atomic_fetch_add(&running, 1) >= AT_ONCE) {
        atomic_fetch_sub(&running, 1);
        return ep_err_set(err, EP_EBUSY, "sso-busy",
                          "others are waiting for the provider: sign in again "
                          "in a moment");
    }
    rc = ep_provider_open(&p, portal, arena, err);
    if (rc == EP_OK) {
        rc = ask(&p, answer, login, who, id_token, err);
        ep_provider_close(&p);
    }
    atomic_fetch_sub(&running, 1);
    return rc;
}


static ep_rc_t
add_user(ep_portal_t *portal, const ep_identity_t *who, ep_user_t *user,
         ep_err_t *err)
{
    ep_str_t name = ep_str(who->name);
    ep_err_t local = { 0 };
    ep_rc_t rc = ep_user_find(portal, name, user, &local);

    if (rc == EP_OK) {
        return ep_err_set(err, EP_EEXISTS, "sso-name-taken",
                          "there is another user \"%s\" already, with whom "
                          "you are not mixed up: ask an administrator to "
                          "delete that one, or to change OIDC_NAME_CLAIM",
                          who->name);
    }
    if (rc != EP_ENOTFOUND) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    *user = (ep_user_t){ .readonly = who->readonly, .origin = "sso" };
    ep_str_copy(name, user->name, sizeof(user->name));
    rc = ep_user_add(portal, user, NULL, err);
    if (rc == EP_OK) {
        rc = ep_user_find(portal, name, user, err);
    }
    return rc == EP_OK ? ep_sso_identify(portal, user->id, ep_str(who->issuer),
                                         ep_str(who->subject), err)
                       : rc;
}


/* The user that this is, made when he comes for the first time. */
static ep_rc_t
take_user(ep_portal_t *portal, const ep_identity_t *who, ep_user_t *user,
          ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_rc_t rc = ep_sso_user(portal, ep_str(who->issuer), ep_str(who->subject),
                             user, &local);

    if (rc == EP_ENOTFOUND) {
        return add_user(portal, who, user, err);
    }
    return rc == EP_OK ? EP_OK
                       : ep_err_set(err, rc, local.code, "%s", local.msg);
}


/* What his groups say today, if that is asked for. */
static ep_rc_t
take_role(ep_portal_t *portal, const ep_identity_t *who, ep_user_t *user,
          ep_err_t *err)
{
    if (!who->has_role || user->readonly == who->readonly) {
        return EP_OK;
    }
    user->readonly = who->readonly;
    return ep_user_change(portal, ep_str(user->name), EP_USER_SET_ROLE, user,
                          NULL, err);
}


/* All of it or nothing, and recorded in the name of who it is. */
static ep_rc_t
admit(ep_portal_t *portal, const ep_identity_t *who, ep_str_t id_token,
      const ep_origin_t *origin, ep_oidc_login_t *login, ep_err_t *err)
{
    ep_actor_t actor = ep_auth_actor(ep_str(who->name), EP_VIA_SESSION, origin);
    ep_user_t user;
    ep_rc_t rc;

    ep_audit_actor(portal, &actor);
    rc = take_user(portal, who, &user, err);
    if (rc != EP_OK) {
        return rc;
    }
    /* At the provider he may be called something else by now. */
    actor = ep_auth_actor(ep_str(user.name), EP_VIA_SESSION, origin);
    ep_audit_actor(portal, &actor);
    rc = take_role(portal, who, &user, err);
    if (rc == EP_OK) {
        rc = ep_auth_begin_session(portal, &user, origin, &login->who,
                                   login->secret, err);
    }
    if (rc == EP_OK) {
        rc = ep_sso_keep_token(portal, login->who.session_id, id_token, err);
    }
    return rc;
}


static ep_rc_t
open_session(ep_portal_t *portal, const ep_identity_t *who, ep_str_t id_token,
             const ep_origin_t *origin, ep_oidc_login_t *login, ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = admit(portal, who, id_token, origin, login, err);
    ep_audit_actor(portal, NULL);
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


/* Whoever tries codes is slowed down as with tokens. */
static void
record_failure(ep_portal_t *portal, const ep_identity_t *who,
               const ep_origin_t *origin, const ep_err_t *why)
{
    ep_str_t name = ep_str(who->name);
    ep_actor_t actor = ep_auth_actor(name, EP_VIA_SESSION, origin);

    if (strcmp(why->code, "sso-code") == 0) {
        ep_throttle_failed(portal, origin, name, EP_VIA_TOKEN, NULL);
    } else if (ep_auth_may_record()) {
        ep_audit_result(portal, &actor, "user.login", name, why->code);
    }
}


ep_rc_t
ep_oidc_finish(ep_portal_t *portal, const ep_oidc_answer_t *answer,
               const ep_origin_t *origin, ep_arena_t *arena,
               ep_oidc_login_t *out, ep_err_t *err)
{
    const ep_config_t *cfg = ep_portal_config(portal);
    ep_oidc_state_t state = { .back = "" };
    ep_oidc_login_t login = { .back = "" };
    ep_identity_t who = { .name = "" };
    ep_str_t id_token = EP_STR_NULL;
    ep_err_t why = { 0 };
    const char *back;
    int ignored;
    ep_rc_t rc = ep_oidc_need(cfg, err);

    if (rc == EP_OK) {
        rc = check_state(portal, answer, &state, err);
    }
    if (rc == EP_OK) {
        rc = ep_throttle_check_token(portal, &origin->ip, &ignored, err);
    }
    if (rc == EP_OK) {
        rc = use_up(portal, &state, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = check_error(cfg, answer, &why);
    if (rc == EP_OK) {
        rc = ask_in_turn(portal, answer, &state, arena, &who, &id_token, &why);
    }
    if (rc == EP_OK) {
        rc = open_session(portal, &who, id_token, origin, &login, &why);
    }
    if (rc != EP_OK) {
        record_failure(portal, &who, origin, &why);
        return ep_err_set(err, rc, why.code, "%s", why.msg);
    }
    back = ep_arena_strdup(arena, ep_str(state.back));
    *out = login;
    out->back = back != NULL ? back : "";
    return EP_OK;
}
