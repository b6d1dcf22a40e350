/* What this portal can offer to the next one: see store/upstream.h. Reads
 * the tables patchset and upstream together. */

#include "store/db.h"
#include "store/upstream.h"

#define ALL_CHANNELS                                                           \
    (EP_CHANNEL_DEFAULT | EP_CHANNEL_TEST | EP_CHANNEL_UNSTABLE)

/* What upstream no longer lists is still here to be had. */
static const char sql_offered[] =
    "SELECT p.name, p.archive, p.sha256,"
    "       coalesce(nullif(u.released, 0), p.appeared / 1000000),"
    "       coalesce(nullif(u.distros, ''), p.distros), u.channels,"
    "       coalesce(nullif(u.status, 'gone'), 'available'), "
    "coalesce(u.changelog, '')"
    "  FROM patchset p"
    "  LEFT JOIN upstream u ON u.product = p.product AND u.ord = p.ord"
    " WHERE p.product = ?1 AND p.published = 1 AND p.archive IS NOT NULL"
    " ORDER BY p.ord";


ep_rc_t
ep_upstream_offered(ep_portal_t *portal, ep_product_t product,
                    ep_upstream_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_offered);
    ep_rc_t rc;

    ep_bind_str(q, 1, ep_str(ep_product_info(product)->api));
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_str_t sha256 = ep_col_blob(q, 2);
        ep_upstream_row_t row = {
            .path = ep_col_str(q, 1),
            .released = ep_col_int(q, 3),
            .distros = ep_col_str(q, 4),
            .channels =
                ep_col_null(q, 5) ? ALL_CHANNELS : (unsigned) ep_col_int(q, 5),
            .status = ep_upstream_find_status(ep_col_str(q, 6)),
            .changelog = ep_col_str(q, 7),
        };

        if (sha256.n != sizeof(row.sha256)
            || ep_patchset_parse(ep_col_str(q, 0), &row.name, NULL) != EP_OK)
        {
            continue;
        }
        memcpy(row.sha256, sha256.p, sizeof(row.sha256));
        row.name.product = product;
        rc = fn(&row, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}
