/* API tokens: the tables token and token_use. See eportal/token.h. */

#include <eportal/audit.h>

#include "store/token.h"
#include "store/db.h"

#define SELECT_TOKENS                                                          \
    "SELECT t.id, t.user_id, u.name, t.name, t.tail, t.created, t.expires,"    \
    " w.time FROM token t CROSS JOIN user u ON u.id = t.user_id"               \
    " LEFT JOIN token_use w ON w.token_id = t.id "

static const char sql_by_hash[] = SELECT_TOKENS "WHERE t.hash = ?1";
static const char sql_find[] = SELECT_TOKENS "WHERE t.id = ?1"
                                             " AND (?2 = 0 OR t.user_id = ?2)";
static const char sql_list[] =
    SELECT_TOKENS "WHERE ?1 = 0 OR t.user_id = ?1 ORDER BY u.name, t.name,"
                  " t.id";
static const char sql_count[] = "SELECT count(*) FROM token WHERE user_id = ?1";
static const char sql_insert[] =
    "INSERT INTO token (id, hash, user_id, name, created, expires, tail)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
static const char sql_touch[] =
    "INSERT INTO token_use (token_id, time) VALUES (?1, ?2)"
    " ON CONFLICT DO UPDATE SET time = ?2";
static const char sql_delete_all[] = "DELETE FROM token WHERE user_id = ?1";
static const char sql_delete[] = "DELETE FROM token WHERE id = ?1"
                                 " AND (?2 = 0 OR user_id = ?2)";


static void
read_row(ep_stmt_t *q, ep_api_token_t *out)
{
    *out = (ep_api_token_t){ .user_id = ep_col_int(q, 1),
                             .created = ep_col_int(q, 5),
                             .expires = ep_col_int(q, 6),
                             .used = ep_col_int(q, 7) };
    ep_str_copy(ep_col_str(q, 0), out->id, sizeof(out->id));
    ep_str_copy(ep_col_str(q, 2), out->user, sizeof(out->user));
    ep_str_copy(ep_col_str(q, 3), out->name, sizeof(out->name));
    ep_str_copy(ep_col_str(q, 4), out->tail, sizeof(out->tail));
}


static ep_rc_t
one_row(ep_stmt_t *q, ep_api_token_t *out, ep_err_t *err)
{
    ep_rc_t rc = ep_stmt_row(q, err);

    if (rc == EP_ENOTFOUND) {
        return ep_err_set(err, rc, "token-not-found",
                          "there is no such API token");
    }
    if (rc == EP_OK) {
        read_row(q, out);
    }
    return rc;
}


ep_rc_t
ep_api_token_by_hash(ep_portal_t *portal, const uint8_t hash[EP_SHA256_SIZE],
                     ep_api_token_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_by_hash);

    ep_bind_blob(q, 1, hash, EP_SHA256_SIZE);
    return one_row(q, out, err);
}


ep_rc_t
ep_api_token_find(ep_portal_t *portal, ep_str_t id, int64_t user_id,
                  ep_api_token_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_find);

    ep_bind_str(q, 1, id);
    ep_bind_int(q, 2, user_id);
    return one_row(q, out, err);
}


ep_rc_t
ep_api_token_list(ep_portal_t *portal, int64_t user_id, ep_api_token_fn fn,
                  void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_list);
    ep_api_token_t token;
    ep_rc_t rc;

    ep_bind_int(q, 1, user_id);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        read_row(q, &token);
        rc = fn(&token, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_api_token_count(ep_portal_t *portal, int64_t user_id, int64_t *count,
                   ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_count);
    ep_rc_t rc;

    ep_bind_int(q, 1, user_id);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *count = ep_col_int(q, 0);
    }
    return rc;
}


ep_rc_t
ep_api_token_insert(ep_portal_t *portal, const uint8_t hash[EP_SHA256_SIZE],
                    const ep_api_token_t *token, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_insert);

    ep_bind_str(q, 1, ep_str(token->id));
    ep_bind_blob(q, 2, hash, EP_SHA256_SIZE);
    ep_bind_int(q, 3, token->user_id);
    ep_bind_str(q, 4, ep_str(token->name));
    ep_bind_int(q, 5, token->created);
    if (token->expires != 0) {
        ep_bind_int(q, 6, token->expires);
    }
    ep_bind_str(q, 7, ep_str(token->tail));
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_api_token_touch(ep_portal_t *portal, ep_str_t id, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_touch);

    ep_bind_str(q, 1, id);
    ep_bind_int(q, 2, ep_portal_now(portal));
    return ep_stmt_run(q, NULL, err);
}


static ep_rc_t
audit(ep_portal_t *portal, const ep_api_token_t *row, ep_err_t *err)
{
    const ep_audit_value_t values[] = {
        { "name", EP_AUDIT_TEXT, ep_str(row->name), 0 },
        { "user", EP_AUDIT_TEXT, ep_str(row->user), 0 },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return ep_audit_values(portal, "token.delete", ep_str(row->id), values,
                           err);
}


ep_rc_t
ep_api_token_delete(ep_portal_t *portal, ep_str_t id, int64_t user_id,
                    ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_api_token_t token;
    ep_rc_t rc = ep_api_token_find(portal, id, user_id, &token, err);

    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_delete);
    ep_bind_str(q, 1, id);
    ep_bind_int(q, 2, user_id);
    rc = ep_stmt_run(q, NULL, err);
    return rc == EP_OK ? audit(portal, &token, err) : rc;
}


ep_rc_t
ep_api_token_delete_all(ep_portal_t *portal, int64_t user_id, int64_t *deleted,
                        ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_delete_all);

    ep_bind_int(q, 1, user_id);
    return ep_stmt_run(q, deleted, err);
}
