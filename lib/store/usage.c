/*
 * Usage: how many servers of a key run which level of which kernel. The rows
 * are counters, kept by check-ins here and by the triggers of sql/ when a
 * server goes or changes its key; one that falls to 0 is deleted there.
 */

#include "store/db.h"
#include "store/recount.h"
#include "store/server_private.h"

#define SELECT_USAGE "SELECT key_id, kernel_id, level, servers FROM usage"

static const char sql_list[] = SELECT_USAGE;
static const char sql_list_key[] = SELECT_USAGE " WHERE key_id = ?1";
static const char sql_less[] =
    "UPDATE usage SET servers = servers - 1"
    " WHERE key_id = ?1 AND kernel_id = ?2 AND level = ?3";
static const char sql_more[] =
    "INSERT INTO usage (key_id, kernel_id, level, servers)"
    " VALUES (?1, ?2, ?3, 1)"
    " ON CONFLICT DO UPDATE SET servers = servers + 1";
static const char sql_off[] =
    "WITH both AS ("
    "  SELECT f.kernel_id, c.level, count(*) AS n"
    "    FROM server s JOIN facts f ON f.server = s.id"
    "    JOIN checkin c ON c.server = s.id"
    "   WHERE s.key_id = ?1 AND length(f.kernel_id) > 0 GROUP BY 1, 2"
    "  UNION ALL"
    "  SELECT kernel_id, level, -servers FROM usage WHERE key_id = ?1)"
    " SELECT kernel_id, level, sum(n) FROM both GROUP BY 1, 2"
    " HAVING sum(n) <> 0";
static const char sql_correct_up[] =
    "INSERT INTO usage (key_id, kernel_id, level, servers)"
    " VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT DO UPDATE SET servers = servers + ?4";
static const char sql_correct_down[] =
    "UPDATE usage SET servers = servers + ?4"
    " WHERE key_id = ?1 AND kernel_id = ?2 AND level = ?3";


ep_rc_t
ep_usage_list(ep_portal_t *portal, int64_t key_id, ep_usage_fn fn, void *ctx,
              ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_rc_t rc;

    if (key_id != 0) {
        q = ep_stmt(portal, sql_list_key);
        ep_bind_int(q, 1, key_id);
    } else {
        q = ep_stmt(portal, sql_list);
    }
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_usage_row_t row = { .key_id = ep_col_int(q, 0),
                               .kernel_id = ep_col_blob(q, 1),
                               .level = ep_col_int(q, 2),
                               .servers = ep_col_int(q, 3) };

        rc = fn(&row, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static ep_rc_t
count(ep_portal_t *portal, const char *sql, int64_t key_id,
      const ep_running_t *running, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;

    if (running->kernel.n == 0) {
        return EP_OK;
    }
    q = ep_stmt(portal, sql);
    ep_bind_int(q, 1, key_id);
    ep_bind_blob(q, 2, running->kernel.p, running->kernel.n);
    ep_bind_int(q, 3, running->level);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_usage_move(ep_portal_t *portal, int64_t key_id, const ep_running_t *from,
              const ep_running_t *to, ep_err_t *err)
{
    ep_rc_t rc;

    if (from->level == to->level && ep_str_eq(from->kernel, to->kernel)) {
        return EP_OK;
    }
    rc = count(portal, sql_less, key_id, from, err);
    return rc == EP_OK ? count(portal, sql_more, key_id, to, err) : rc;
}


ep_rc_t
ep_usage_recount(ep_portal_t *portal, int64_t key_id, ep_usage_fn fn, void *ctx,
                 ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_off);
    ep_rc_t rc;

    ep_bind_int(q, 1, key_id);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_usage_row_t row = { .key_id = key_id,
                               .kernel_id = ep_col_blob(q, 0),
                               .level = ep_col_int(q, 1),
                               .servers = ep_col_int(q, 2) };

        rc = fn(&row, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_usage_correct(ep_portal_t *portal, const ep_usage_row_t *off, ep_err_t *err)
{
    bool up = off->servers > 0;
    EP_CLEANUP(ep_stmt_endp)
    ep_stmt_t *q = ep_stmt(portal, up ? sql_correct_up : sql_correct_down);

    ep_bind_int(q, 1, off->key_id);
    ep_bind_blob(q, 2, off->kernel_id.p, off->kernel_id.n);
    ep_bind_int(q, 3, off->level);
    ep_bind_int(q, 4, off->servers);
    return ep_stmt_run(q, NULL, err);
}
