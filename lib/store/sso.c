/* Single sign-on: the tables sso_identity, sso_used, sso_session. */

#include "store/sso.h"
#include "store/db.h"

static const char sql_user[] =
    "SELECT u.name FROM sso_identity i JOIN user u ON u.id = i.user_id"
    " WHERE i.issuer = ?1 AND i.subject = ?2";
static const char sql_identify[] =
    "INSERT INTO sso_identity (user_id, issuer, subject) VALUES (?1, ?2, ?3)";
static const char sql_forget[] =
    "DELETE FROM sso_used WHERE hash IN (SELECT hash FROM sso_used"
    " WHERE expires < ?1 ORDER BY expires LIMIT 100)";
static const char sql_use[] =
    "INSERT INTO sso_used (hash, expires) VALUES (?1, ?2)";
static const char sql_keep[] =
    "INSERT INTO sso_session (session_id, id_token) VALUES (?1, ?2)";
static const char sql_token[] =
    "SELECT id_token FROM sso_session WHERE session_id = ?1";


ep_rc_t
ep_sso_user(ep_portal_t *portal, ep_str_t issuer, ep_str_t subject,
            ep_user_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_user);
    ep_rc_t rc;

    ep_bind_str(q, 1, issuer);
    ep_bind_str(q, 2, subject);
    rc = ep_stmt_row(q, err);
    if (rc == EP_ENOTFOUND) {
        return ep_err_set(err, rc, "user-not-found",
                          "nobody here is that subject of %.*s",
                          EP_STR_ARG(issuer));
    }
    return rc == EP_OK ? ep_user_find(portal, ep_col_str(q, 0), out, err) : rc;
}


ep_rc_t
ep_sso_identify(ep_portal_t *portal, int64_t user_id, ep_str_t issuer,
                ep_str_t subject, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_identify);

    ep_bind_int(q, 1, user_id);
    ep_bind_str(q, 2, issuer);
    ep_bind_str(q, 3, subject);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_sso_use(ep_portal_t *portal, const uint8_t hash[EP_SHA256_SIZE],
           int64_t expires, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *forget = ep_stmt(portal, sql_forget);
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *use = ep_stmt(portal, sql_use);
    ep_rc_t rc;

    ep_bind_int(forget, 1, ep_portal_now(portal));
    rc = ep_stmt_run(forget, NULL, err);
    if (rc != EP_OK) {
        return rc;
    }
    ep_bind_blob(use, 1, hash, EP_SHA256_SIZE);
    ep_bind_int(use, 2, expires);
    rc = ep_stmt_run(use, NULL, err);
    if (rc == EP_EEXISTS) {
        ep_err_clear(err);
        return ep_err_set(err, rc, "sso-replayed",
                          "this login was used already: sign in again");
    }
    return rc;
}


ep_rc_t
ep_sso_keep_token(ep_portal_t *portal, int64_t session_id, ep_str_t id_token,
                  ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_keep);

    if (id_token.n == 0 || id_token.n > EP_SSO_ID_TOKEN_MAX) {
        return EP_OK;
    }
    ep_bind_int(q, 1, session_id);
    ep_bind_str(q, 2, id_token);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_sso_token(ep_portal_t *portal, int64_t session_id,
             char out[EP_SSO_ID_TOKEN_MAX + 1], ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_token);
    ep_rc_t rc;

    ep_bind_int(q, 1, session_id);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK || rc == EP_ENOTFOUND) {
        ep_str_copy(rc == EP_OK ? ep_col_str(q, 0) : EP_STR_NULL, out,
                    EP_SSO_ID_TOKEN_MAX + 1);
        rc = EP_OK;
    }
    return rc;
}
