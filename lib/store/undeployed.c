/* What was taken out of feeds: see store/undeployed.h. Owns the table
 * undeployed. */

#include "store/undeployed.h"
#include "store/db.h"

static const char sql_add[] =
    "INSERT INTO undeployed (feed_id, product, ord)"
    " SELECT ?1, p.product, p.ord FROM patchset p"
    "  WHERE p.product = ?2 AND p.ord >= ?3"
    " UNION SELECT ?1, u.product, u.ord FROM upstream u"
    "  WHERE u.product = ?2 AND u.ord >= ?3 AND u.status <> 'gone'"
    "  ORDER BY 3"
    " ON CONFLICT DO NOTHING"
    " RETURNING (SELECT p.name FROM patchset p"
    "             WHERE p.product = undeployed.product"
    "               AND p.ord = undeployed.ord AND p.published = 1),"
    "           EXISTS (SELECT 1 FROM patchset p JOIN patchset_feed f"
    "                     ON f.patchset_id = p.id"
    "                    WHERE p.product = undeployed.product"
    "                      AND p.ord = undeployed.ord"
    "                      AND f.feed_id = undeployed.feed_id)";

static const char sql_note[] =
    "INSERT INTO undeployed (feed_id, product, ord)"
    " SELECT f.feed_id, p.product, p.ord"
    "   FROM patchset_feed f JOIN patchset p ON p.id = f.patchset_id"
    "  WHERE f.patchset_id = ?1 AND (?2 = 0 OR f.feed_id = ?2)"
    " ON CONFLICT DO NOTHING";

static const char sql_has[] =
    "SELECT 1 FROM undeployed"
    " WHERE feed_id = ?1 AND product = ?2 AND ord = ?3";


ep_rc_t
ep_undeployed_add(ep_portal_t *portal, const ep_feed_t *feed,
                  const ep_patchset_row_t *row, int64_t *count, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_add);
    ep_rc_t rc;

    ep_bind_int(q, 1, feed->id);
    ep_bind_str(q, 2, ep_str(ep_product_info(row->product)->api));
    ep_bind_int(q, 3, row->order);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        if (!ep_col_null(q, 0)) {
            ep_portal_log(portal, EP_LOG_INFO, "eportal.patches",
                          "%.*s was %s %s", EP_STR_ARG(ep_col_str(q, 0)),
                          ep_col_int(q, 1) != 0 ? "undeployed from"
                                                : "held back from",
                          feed->name);
            (*count)++;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_undeployed_note(ep_portal_t *portal, int64_t patchset_id, int64_t feed_id,
                   ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_note);

    ep_bind_int(q, 1, patchset_id);
    ep_bind_int(q, 2, feed_id);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_undeployed_has(ep_portal_t *portal, const ep_feed_t *feed,
                  ep_product_t product, int64_t order, bool *has, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_has);
    ep_rc_t rc;

    ep_bind_int(q, 1, feed->id);
    ep_bind_str(q, 2, ep_str(ep_product_info(product)->api));
    ep_bind_int(q, 3, order);
    rc = ep_stmt_row(q, err);
    if (rc != EP_OK && rc != EP_ENOTFOUND) {
        return rc;
    }
    *has = rc == EP_OK;
    return EP_OK;
}
