/* Sessions: see eportal/auth.h and eportal/session.h. */

#include "auth/private.h"
#include "base/time.h"
#include "store/session.h"
#include "store/user_private.h"

#define SECRET_LENGTH 44 /* letters and digits: more than 256 bits */

const char *const ep_via_names[4] = { "", "session", "basic", "token" };


ep_rc_t
ep_auth_refused(ep_err_t *err)
{
    return ep_err_set(err, EP_EAUTH, "bad-credentials",
                      "these credentials do not fit, or are not valid any "
                      "more");
}


void
ep_auth_principal(const ep_user_t *user, ep_via_t via, ep_principal_t *out)
{
    *out = (ep_principal_t){ .user_id = user->id,
                             .readonly = user->readonly,
                             .via = via };
    ep_str_copy(ep_str(user->name), out->name, sizeof(out->name));
    ep_str_copy(ep_str(user->origin), out->origin, sizeof(out->origin));
}


ep_actor_t
ep_auth_actor(ep_str_t name, ep_via_t via, const ep_origin_t *origin)
{
    return (
        ep_actor_t){ .name = name, .via = ep_via_names[via], .ip = origin->ip };
}


/* A page of another site can send the cookie, but it cannot know this. */
static ep_rc_t
make_csrf(ep_str_t secret, char out[EP_SECRET_TEXT + 1], ep_err_t *err)
{
    uint8_t digest[EP_SHA256_SIZE];
    ep_rc_t rc = ep_sha256(EP_STR("eportal csrf "), secret, digest, err);

    if (rc == EP_OK) {
        ep_hex(digest, sizeof(digest), out);
    }
    return rc;
}


/* Nothing depends on this note but AUTH-5 and the list of sessions, so it
 * waits for no other writer. */
static void
touch(ep_portal_t *portal, const ep_session_t *session)
{
    if (!ep_session_is_stale(portal, session)
        || ep_portal_write_try(portal, NULL) != EP_OK)
    {
        return;
    }
    if (ep_session_touch(portal, session->id, NULL) == EP_OK) {
        ep_portal_write_commit(portal, NULL);
    } else {
        ep_portal_write_rollback(portal);
    }
}


ep_rc_t
ep_auth_session(ep_portal_t *portal, ep_str_t secret, ep_principal_t *out,
                ep_err_t *err)
{
    uint8_t hash[EP_SHA256_SIZE];
    ep_session_t session;
    ep_principal_t who;
    ep_user_t user;
    ep_rc_t rc;

    if (secret.n != SECRET_LENGTH) {
        return ep_auth_refused(err);
    }
    rc = ep_sha256(EP_STR(""), secret, hash, err);
    if (rc == EP_OK) {
        rc = ep_session_find(portal, hash, &session, NULL);
    }
    if (rc == EP_OK) {
        rc = ep_user_find(portal, ep_str(session.user), &user, NULL);
    }
    if (rc == EP_ENOTFOUND) {
        return ep_auth_refused(err);
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, "database", "sessions cannot be read");
    }
    touch(portal, &session);
    ep_auth_principal(&user, EP_VIA_SESSION, &who);
    who.session_id = session.id;
    rc = make_csrf(secret, who.csrf, err);
    if (rc == EP_OK) {
        *out = who;
    }
    return rc;
}


ep_rc_t
ep_auth_begin_session(ep_portal_t *portal, const ep_user_t *user,
                      const ep_origin_t *origin, ep_principal_t *out,
                      char secret[EP_SECRET_TEXT + 1], ep_err_t *err)
{
    ep_session_t session = { .user_id = user->id, .ip = origin->ip };
    uint8_t hash[EP_SHA256_SIZE];
    char text[EP_SECRET_TEXT + 1];
    ep_principal_t who;
    ep_rc_t rc = ep_random_name(text, SECRET_LENGTH, err);

    ep_str_clean(origin->user_agent, session.user_agent, EP_SESSION_AGENT_MAX);
    ep_auth_principal(user, EP_VIA_SESSION, &who);
    if (rc == EP_OK) {
        rc = ep_sha256(EP_STR(""), ep_str(text), hash, err);
    }
    if (rc == EP_OK) {
        rc = make_csrf(ep_str(text), who.csrf, err);
    }
    if (rc == EP_OK) {
        rc = ep_session_add(portal, hash, &session, err);
    }
    if (rc == EP_OK) {
        rc = ep_user_note_login(portal, user->id, err);
    }
    if (rc == EP_OK) {
        rc = ep_throttle_passed(portal, &origin->ip, user, err);
    }
    if (rc == EP_OK) {
        rc = ep_audit(portal, "user.login", ep_str(user->name), EP_STR_NULL,
                      err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    who.session_id = session.id;
    *out = who;
    memcpy(secret, text, sizeof(text));
    return EP_OK;
}


ep_rc_t
ep_auth_open_session(ep_portal_t *portal, const ep_user_t *user,
                     const ep_origin_t *origin, ep_principal_t *out,
                     char secret[EP_SECRET_TEXT + 1], ep_err_t *err)
{
    ep_actor_t actor =
        ep_auth_actor(ep_str(user->name), EP_VIA_SESSION, origin);
    char text[EP_SECRET_TEXT + 1];
    ep_principal_t who;
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_audit_actor(portal, &actor);
    rc = ep_auth_begin_session(portal, user, origin, &who, text, err);
    ep_audit_actor(portal, NULL);
    if (rc != EP_OK) {
        ep_portal_write_rollback(portal);
        return rc;
    }
    rc = ep_portal_write_commit(portal, err);
    if (rc == EP_OK) {
        *out = who;
        memcpy(secret, text, sizeof(text));
    }
    return rc;
}


ep_rc_t
ep_auth_logout(ep_portal_t *portal, const ep_principal_t *who, ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_session_delete(portal, who->session_id, who->user_id, err);
    if (rc == EP_OK) {
        rc = ep_audit(portal, "user.logout", ep_str(who->name), EP_STR_NULL,
                      err);
    }
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}
