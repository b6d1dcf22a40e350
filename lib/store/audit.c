/* The audit log: the table audit. See eportal/audit.h. */

#include <eportal/audit.h>

#include "base/json.h"
#include "store/portal_private.h"

#define ACTION_MAX 63
#define OBJECT_MAX 255
#define RESULT_MAX 31
#define TEXT_MAX 255 /* of one value in a detail */

/* What each list filters by beside its index; ?1 is the index's value. */
#define LIST(index, where)                                                     \
    "SELECT id, time, actor, via, ip, action, object, result, detail"          \
    " FROM audit INDEXED BY " index " WHERE " where                            \
    " AND (time, id) < (?2, ?3) AND time >= ?4"                                \
    " AND (?5 IS NULL OR actor = ?5) AND (?6 IS NULL OR action = ?6)"          \
    " AND (?7 IS NULL OR entity = ?7) AND (?8 IS NULL OR result = ?8)"         \
    " AND (NOT ?9 OR result <> 'ok') AND (?11 IS NULL OR via = ?11)"           \
    " ORDER BY time DESC, id DESC LIMIT ?10"

static const char sql_by_time[] = LIST("audit_time", "?1 IS NULL");
static const char sql_by_actor[] = LIST("audit_actor", "actor = ?1");
static const char sql_by_action[] = LIST("audit_action", "action = ?1");
static const char sql_by_entity[] = LIST("audit_entity", "entity = ?1");
static const char sql_by_failure[] =
    LIST("audit_failed", "result <> 'ok' AND ?1 IS NULL");
static const char sql_by_object[] =
    LIST("audit_object", "object <> '' AND object = ?1");
static const char sql_add[] =
    "INSERT INTO audit (time, actor, via, ip, action, object, result, detail)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
static const char sql_page[] =
    "SELECT time, id FROM audit WHERE id >= ?1 ORDER BY id LIMIT 1";
static const char sql_clean[] =
    "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE time < ?1"
    " ORDER BY time LIMIT ?2)";


static void
copy_actor(ep_acting_t *acting, const ep_actor_t *actor)
{
    *acting = (ep_acting_t){ .set = true, .ip = actor->ip };
    ep_str_clean(actor->name, acting->name, EP_AUDIT_NAME_MAX);
    ep_str_clean(ep_str(actor->via), acting->via, EP_AUDIT_VIA_MAX);
}


void
ep_audit_actor(ep_portal_t *portal, const ep_actor_t *actor)
{
    portal->acting.set = false;
    if (actor != NULL) {
        copy_actor(&portal->acting, actor);
    }
}


bool
ep_audit_acting(const ep_portal_t *portal)
{
    return portal->acting.set;
}


static ep_rc_t
insert(ep_portal_t *portal, const ep_acting_t *by, const char *action,
       ep_str_t object, const char *result, ep_str_t detail, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_add);
    char what[ACTION_MAX + 1], on[OBJECT_MAX + 1], how[RESULT_MAX + 1];

    ep_str_clean(ep_str(action), what, ACTION_MAX);
    ep_str_clean(object, on, OBJECT_MAX);
    ep_str_clean(ep_str(result), how, RESULT_MAX);
    if (detail.n > EP_AUDIT_DETAIL_MAX || !ep_str_is_text(detail, false)) {
        detail = EP_STR("{\"cut\":true}");
    }
    ep_bind_int(q, 1, ep_portal_now(portal));
    ep_bind_str(q, 2, ep_str(by->name));
    ep_bind_str(q, 3, ep_str(by->via));
    if (by->ip.len > 0) {
        ep_bind_blob(q, 4, by->ip.bytes, by->ip.len);
    }
    ep_bind_str(q, 5, ep_str(what));
    ep_bind_str(q, 6, ep_str(on));
    ep_bind_str(q, 7, ep_str(how));
    ep_bind_str(q, 8, detail.n > 0 ? detail : EP_STR(""));
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_audit(ep_portal_t *portal, const char *action, ep_str_t object,
         ep_str_t detail, ep_err_t *err)
{
    if (!portal->acting.set) {
        return EP_OK;
    }
    return insert(portal, &portal->acting, action, object, "ok", detail, err);
}


static ep_rc_t
add_value(ep_buf_t *buf, const ep_audit_value_t *value)
{
    char text[TEXT_MAX + 1];
    ep_rc_t rc =
        ep_buf_addf(buf, "%s\"%s\": ", buf->n > 1 ? ", " : "", value->name);

    if (rc != EP_OK) {
        return rc;
    }
    switch (value->kind) {
    case EP_AUDIT_NUMBER:
        return ep_buf_addf(buf, "%lld", (long long) value->number);
    case EP_AUDIT_TRUTH:
        return ep_buf_addf(buf, "%s", value->number ? "true" : "false");
    default:
        ep_str_clean(value->text, text, TEXT_MAX);
        return ep_json_add_string(buf, ep_str(text));
    }
}


ep_rc_t
ep_audit_values(ep_portal_t *portal, const char *action, ep_str_t object,
                const ep_audit_value_t *values, ep_err_t *err)
{
    EP_CLEANUP(ep_buf_free) ep_buf_t buf;
    ep_rc_t rc;

    ep_buf_init(&buf, EP_AUDIT_DETAIL_MAX);
    if (!portal->acting.set) {
        return EP_OK;
    }
    rc = ep_buf_add(&buf, "{", 1);
    for (; rc == EP_OK && values->name != NULL; values++) {
        if (values->kind != EP_AUDIT_SKIP) {
            rc = add_value(&buf, values);
        }
    }
    if (rc == EP_OK) {
        rc = ep_buf_add(&buf, "}", 1);
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, "audit-detail",
                          "what happened does not fit into the audit log");
    }
    return ep_audit(portal, action, object, ep_buf_str(&buf), err);
}


static ep_rc_t
end_write(ep_portal_t *portal, ep_rc_t rc, ep_err_t *err)
{
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


ep_rc_t
ep_audit_done(ep_portal_t *portal, const char *action, ep_str_t object,
              const ep_audit_value_t *values, ep_err_t *err)
{
    ep_rc_t rc;

    if (!portal->acting.set) {
        return EP_OK;
    }
    rc = ep_portal_write_begin(portal, true, err);
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_audit_values(portal, action, object, values, err);
    return end_write(portal, rc, err);
}


void
ep_audit_result(ep_portal_t *portal, const ep_actor_t *actor,
                const char *action, ep_str_t object, const char *result)
{
    ep_acting_t by;
    ep_err_t error = { 0 };
    ep_rc_t rc;

    copy_actor(&by, actor);
    rc = ep_portal_write_begin(portal, false, &error);
    if (rc == EP_OK) {
        rc = insert(portal, &by, action, object, result, EP_STR_NULL, &error);
        rc = end_write(portal, rc, &error);
    }
    if (rc != EP_OK) {
        ep_portal_log(portal, EP_LOG_ERROR, "eportal.audit",
                      "cannot record that %s by %s ended as %s: %s", action,
                      by.name, result, error.msg);
    }
}


static void
read_row(ep_stmt_t *q, ep_audit_row_t *out)
{
    ep_str_t ip = ep_col_blob(q, 4);

    *out = (ep_audit_row_t){ .id = ep_col_int(q, 0),
                             .time = ep_col_int(q, 1),
                             .actor = ep_col_str(q, 2),
                             .via = ep_col_str(q, 3),
                             .action = ep_col_str(q, 5),
                             .object = ep_col_str(q, 6),
                             .result = ep_col_str(q, 7),
                             .detail = ep_col_str(q, 8) };
    if (ip.n == 4 || ip.n == 16) {
        out->ip.len = (uint8_t) ip.n;
        memcpy(out->ip.bytes, ip.p, ip.n);
    }
}


/* The time and id that all rows of the list are before. */
static ep_rc_t
find_start(ep_portal_t *portal, const ep_audit_query_t *query, int64_t *time,
           int64_t *id, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_rc_t rc;

    *time = query->until > 0 ? query->until : INT64_MAX;
    *id = 0;
    if (query->before <= 0) {
        return EP_OK;
    }
    q = ep_stmt(portal, sql_page);
    ep_bind_int(q, 1, query->before);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK && ep_col_int(q, 0) < *time) {
        *time = ep_col_int(q, 0);
        *id = ep_col_int(q, 1);
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


/* "key." is all that happens to keys. */
static bool
is_entity(ep_str_t action)
{
    return ep_str_ends(action, EP_STR("."));
}


/* The list by the index that leaves the fewest rows; *value is its ?1. */
static const char *
choose(const ep_audit_query_t *query, ep_str_t *value)
{
    *value = query->object;
    if (query->object.n > 0) {
        return sql_by_object;
    }
    *value = query->actor;
    if (query->actor.n > 0) {
        return sql_by_actor;
    }
    *value = query->action;
    if (query->action.n > 0) {
        return is_entity(query->action) ? sql_by_entity : sql_by_action;
    }
    *value = EP_STR_NULL;
    return query->result.n == 0 || ep_str_eq(query->result, EP_STR("ok"))
               ? sql_by_time
               : sql_by_failure;
}


static void
bind_filter(ep_stmt_t *q, int i, ep_str_t value, bool wanted)
{
    if (wanted && value.n > 0) {
        ep_bind_str(q, i, value);
    }
}


ep_rc_t
ep_audit_list(ep_portal_t *portal, const ep_audit_query_t *query,
              ep_audit_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    bool failed = ep_str_eq(query->result, EP_STR("failed"));
    bool entity = is_entity(query->action);
    ep_audit_row_t row;
    ep_str_t value;
    int64_t time, id;
    ep_rc_t rc = find_start(portal, query, &time, &id, err);

    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, choose(query, &value));
    bind_filter(q, 1, value, true);
    ep_bind_int(q, 2, time);
    ep_bind_int(q, 3, id);
    ep_bind_int(q, 4, query->since);
    bind_filter(q, 5, query->actor, true);
    bind_filter(q, 6, query->action, !entity);
    bind_filter(q, 7, query->action, entity);
    bind_filter(q, 8, query->result, !failed);
    ep_bind_int(q, 9, failed);
    bind_filter(q, 11, query->via, true);
    ep_bind_int(q, 10, query->limit > 0 ? query->limit : -1);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        read_row(q, &row);
        rc = fn(&row, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_audit_clean(ep_portal_t *portal, int64_t before_us, int64_t limit,
               int64_t *deleted, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_clean);

    ep_bind_int(q, 1, before_us);
    ep_bind_int(q, 2, limit);
    return ep_stmt_run(q, deleted, err);
}
