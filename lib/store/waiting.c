/* Patchsets that wait for their download: see store/waiting.h. */

#include <eportal/waiting.h>

#include "base/file.h"
#include "store/db.h"
#include "store/waiting.h"

static const char sql_add[] =
    "INSERT INTO waiting (product, ord, feed_id, action, since)"
    " VALUES (?1, ?2, ?3, ?4, ?5)"
    " ON CONFLICT DO UPDATE SET action = ?4, trouble = ''";
static const char sql_next[] =
    "SELECT w.product, w.ord, w.feed_id, u.name, f.name, w.action, w.since"
    " FROM waiting w JOIN feed f ON f.id = w.feed_id"
    " JOIN upstream u ON u.product = w.product AND u.ord = w.ord"
    " WHERE (w.since, w.product, w.ord, w.feed_id) > (?1, ?2, ?3, ?4)"
    " ORDER BY w.since, w.product, w.ord, w.feed_id LIMIT 1";
static const char sql_list[] =
    "SELECT w.ord, f.name, w.trouble, w.since FROM waiting w"
    " JOIN feed f ON f.id = w.feed_id WHERE w.product = ?1"
    " ORDER BY w.ord, f.name";
static const char sql_drop[] =
    "DELETE FROM waiting WHERE product = ?1 AND ord = ?2 AND feed_id = ?3";
static const char sql_fail[] =
    "UPDATE waiting SET trouble = ?4"
    " WHERE product = ?1 AND ord = ?2 AND feed_id = ?3";


static ep_str_t
api_name(ep_product_t product)
{
    return ep_str(ep_product_info(product)->api);
}


ep_rc_t
ep_waiting_add(ep_portal_t *portal, ep_product_t product, int64_t order,
               int64_t feed_id, ep_action_t action, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_add);

    ep_bind_str(q, 1, api_name(product));
    ep_bind_int(q, 2, order);
    ep_bind_int(q, 3, feed_id);
    ep_bind_str(q, 4,
                action == EP_ACTION_ENABLE ? EP_STR("enable")
                                           : EP_STR("enable-upto"));
    ep_bind_int(q, 5, ep_portal_now(portal));
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_waiting_next(ep_portal_t *portal, const ep_waiting_t *after,
                ep_waiting_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_next);
    ep_waiting_t row = { 0 };
    ep_rc_t rc;

    ep_bind_int(q, 1, after->since);
    ep_bind_str(q, 2, api_name(after->product));
    ep_bind_int(q, 3, after->order);
    ep_bind_int(q, 4, after->feed_id);
    rc = ep_stmt_row(q, err);
    if (rc != EP_OK) {
        return rc;
    }
    ep_product_find(ep_col_str(q, 0), &row.product);
    row.order = ep_col_int(q, 1);
    row.feed_id = ep_col_int(q, 2);
    ep_str_copy(ep_col_str(q, 3), row.name, sizeof(row.name));
    ep_str_copy(ep_col_str(q, 4), row.feed, sizeof(row.feed));
    ep_action_find(ep_col_str(q, 5), &row.action);
    row.since = ep_col_int(q, 6);
    *out = row;
    return EP_OK;
}


static void
bind_row(ep_stmt_t *q, const ep_waiting_t *row)
{
    ep_bind_str(q, 1, api_name(row->product));
    ep_bind_int(q, 2, row->order);
    ep_bind_int(q, 3, row->feed_id);
}


ep_rc_t
ep_waiting_drop(ep_portal_t *portal, const ep_waiting_t *row, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_drop);

    bind_row(q, row);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_waiting_fail(ep_portal_t *portal, const ep_waiting_t *row,
                const char *trouble, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_fail);

    bind_row(q, row);
    ep_bind_str(q, 4, ep_str(trouble));
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_waiting_list(ep_portal_t *portal, ep_product_t product, ep_waiting_fn fn,
                void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_list);
    ep_rc_t rc;

    ep_bind_str(q, 1, api_name(product));
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        rc = fn(ep_col_int(q, 0), ep_col_str(q, 1), ep_col_str(q, 2), ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}
