/* Sessions: the table session. See eportal/session.h. */

#include <stdio.h>

#include <eportal/audit.h>

#include "store/session.h"
#include "store/db.h"

#define SECOND 1000000LL
#define ABSOLUTE_LIMIT (EP_SESSION_DAYS * 86400 * SECOND)
#define LIFETIME_MAX (3650LL * 86400) /* seconds */
#define PER_USER 100
#define TOUCH_MAX (60 * SECOND)

#define COLUMNS                                                                \
    "s.id, s.user_id, u.name, s.created, s.seen, s.ip, s.user_agent"           \
    " FROM session s CROSS JOIN user u ON u.id = s.user_id "

static const char sql_find[] = "SELECT " COLUMNS "WHERE s.hash = ?1";
static const char sql_list[] =
    "SELECT " COLUMNS "WHERE ?1 = 0 OR s.user_id = ?1 ORDER BY s.id DESC";
static const char sql_add[] =
    "INSERT INTO session (hash, user_id, created, seen, ip, user_agent)"
    " VALUES (?1, ?2, ?3, ?3, ?4, ?5)";
static const char sql_trim[] =
    "DELETE FROM session WHERE user_id = ?1 AND id <= (SELECT id FROM session"
    " WHERE user_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
static const char sql_touch[] = "UPDATE session SET seen = ?2 WHERE id = ?1";
static const char sql_end[] = "DELETE FROM session WHERE id = ?1"
                              " AND (?2 = 0 OR user_id = ?2)";
static const char sql_end_all[] =
    "DELETE FROM session WHERE user_id = ?1 AND id <> ?2";
static const char sql_sweep[] =
    "DELETE FROM session WHERE id IN (SELECT id FROM session"
    " WHERE created < ?1 OR seen < ?2 LIMIT ?3)";


/* AUTH_SESSION_LIFETIME in microseconds; 0: none. */
static int64_t
lifetime(const ep_config_t *cfg)
{
    int64_t seconds = ep_config_int(cfg, EP_AUTH_SESSION_LIFETIME);

    return (seconds < LIFETIME_MAX ? seconds : LIFETIME_MAX) * SECOND;
}


/* How long a session lasts from its login on, whatever happens in it. */
static int64_t
absolute_limit(const ep_config_t *cfg)
{
    int64_t life = lifetime(cfg);

    if (life > 0 && !ep_config_bool(cfg, EP_AUTH_REFRESH_SESSION)) {
        return life;
    }
    return life > ABSOLUTE_LIMIT ? life : ABSOLUTE_LIMIT;
}


/* How long it lasts without a request; 0: that does not matter. */
static int64_t
idle_limit(const ep_config_t *cfg)
{
    return ep_config_bool(cfg, EP_AUTH_REFRESH_SESSION) ? lifetime(cfg) : 0;
}


static int64_t
end_of(const ep_config_t *cfg, const ep_session_t *session)
{
    int64_t end = session->created + absolute_limit(cfg);
    int64_t idle = idle_limit(cfg);

    if (idle > 0 && session->seen + idle < end) {
        end = session->seen + idle;
    }
    return end;
}


int64_t
ep_session_cookie_age(const ep_config_t *cfg)
{
    return lifetime(cfg) > 0 ? absolute_limit(cfg) / SECOND : 0;
}


static void
read_row(ep_portal_t *portal, ep_stmt_t *q, ep_session_t *out)
{
    ep_str_t ip = ep_col_blob(q, 5);

    *out = (ep_session_t){ .id = ep_col_int(q, 0),
                           .user_id = ep_col_int(q, 1),
                           .created = ep_col_int(q, 3),
                           .seen = ep_col_int(q, 4) };
    ep_str_copy(ep_col_str(q, 2), out->user, sizeof(out->user));
    ep_str_copy(ep_col_str(q, 6), out->user_agent, sizeof(out->user_agent));
    if (ip.n == 4 || ip.n == 16) {
        out->ip.len = (uint8_t) ip.n;
        memcpy(out->ip.bytes, ip.p, ip.n);
    }
    out->expires = end_of(ep_portal_config(portal), out);
}


static ep_rc_t
not_found(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOTFOUND, "session-not-found",
                      "there is no such session, or it is over");
}


ep_rc_t
ep_session_find(ep_portal_t *portal, const uint8_t hash[EP_SHA256_SIZE],
                ep_session_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_find);
    ep_session_t session;
    ep_rc_t rc;

    ep_bind_blob(q, 1, hash, EP_SHA256_SIZE);
    rc = ep_stmt_row(q, err);
    if (rc == EP_ENOTFOUND) {
        return not_found(err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    read_row(portal, q, &session);
    if (session.expires <= ep_portal_now(portal)) {
        return not_found(err);
    }
    *out = session;
    return EP_OK;
}


ep_rc_t
ep_session_list(ep_portal_t *portal, int64_t user_id, ep_session_fn fn,
                void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp)
    ep_stmt_t *q = ep_stmt(portal, sql_list);
    int64_t now = ep_portal_now(portal);
    ep_session_t session;
    ep_rc_t rc;

    ep_bind_int(q, 1, user_id);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        read_row(portal, q, &session);
        rc = session.expires > now ? fn(&session, ctx, err) : EP_OK;
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static ep_rc_t
trim(ep_portal_t *portal, int64_t user_id, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_trim);

    ep_bind_int(q, 1, user_id);
    ep_bind_int(q, 2, PER_USER);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_session_add(ep_portal_t *portal, const uint8_t hash[EP_SHA256_SIZE],
               ep_session_t *session, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_add);
    int64_t now = ep_portal_now(portal);
    ep_rc_t rc;

    ep_bind_blob(q, 1, hash, EP_SHA256_SIZE);
    ep_bind_int(q, 2, session->user_id);
    ep_bind_int(q, 3, now);
    if (session->ip.len > 0) {
        ep_bind_blob(q, 4, session->ip.bytes, session->ip.len);
    }
    ep_bind_str(q, 5, ep_str(session->user_agent));
    rc = ep_stmt_run(q, NULL, err);
    if (rc != EP_OK) {
        return rc;
    }
    session->id = ep_db_last_id(portal);
    session->created = session->seen = now;
    session->expires = end_of(ep_portal_config(portal), session);
    return trim(portal, session->user_id, err);
}


bool
ep_session_is_stale(ep_portal_t *portal, const ep_session_t *session)
{
    int64_t idle = idle_limit(ep_portal_config(portal));
    int64_t step = TOUCH_MAX;

    if (idle > 0 && idle / 20 < step) {
        step = idle / 20;
    }
    return ep_portal_now(portal) - session->seen >= step;
}


ep_rc_t
ep_session_touch(ep_portal_t *portal, int64_t id, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_touch);

    ep_bind_int(q, 1, id);
    ep_bind_int(q, 2, ep_portal_now(portal));
    return ep_stmt_run(q, NULL, err);
}


static ep_rc_t
delete_one(ep_portal_t *portal, int64_t id, int64_t user_id, int64_t *ended,
           ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_end);

    ep_bind_int(q, 1, id);
    ep_bind_int(q, 2, user_id);
    return ep_stmt_run(q, ended, err);
}


ep_rc_t
ep_session_delete(ep_portal_t *portal, int64_t id, int64_t user_id,
                  ep_err_t *err)
{
    return delete_one(portal, id, user_id, NULL, err);
}


ep_rc_t
ep_session_end(ep_portal_t *portal, int64_t id, int64_t user_id, ep_err_t *err)
{
    char name[24];
    int64_t ended = 0;
    ep_rc_t rc = delete_one(portal, id, user_id, &ended, err);

    if (rc != EP_OK) {
        return rc;
    }
    if (ended == 0) {
        return not_found(err);
    }
    snprintf(name, sizeof(name), "%lld", (long long) id);
    return ep_audit(portal, "session.end", ep_str(name), EP_STR_NULL, err);
}


ep_rc_t
ep_session_end_all(ep_portal_t *portal, int64_t user_id, int64_t keep,
                   int64_t *ended, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_end_all);

    ep_bind_int(q, 1, user_id);
    ep_bind_int(q, 2, keep);
    return ep_stmt_run(q, ended, err);
}


ep_rc_t
ep_session_sweep(ep_portal_t *portal, int64_t limit, int64_t *deleted,
                 ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_sweep);
    const ep_config_t *cfg = ep_portal_config(portal);
    int64_t now = ep_portal_now(portal), idle = idle_limit(cfg);

    ep_bind_int(q, 1, now - absolute_limit(cfg));
    ep_bind_int(q, 2, idle > 0 ? now - idle : INT64_MIN);
    ep_bind_int(q, 3, limit);
    return ep_stmt_run(q, deleted, err);
}
