/* What this portal can offer to the next one: see store/upstream.h. Reads
 * the tables patchset and upstream together. */

#include <stdio.h>

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
    "coalesce(u.changelog, ''), coalesce(o.size, 0), o.sha256"
    "  FROM patchset p LEFT JOIN offer o ON o.patchset_id = p.id"
    "  LEFT JOIN upstream u ON u.product = p.product AND u.ord = p.ord"
    " WHERE p.product = ?1 AND p.published = 1 AND p.archive IS NOT NULL"
    " ORDER BY p.ord";
static const char sql_next[] =
    "SELECT p.id, p.product, p.name FROM patchset p"
    " WHERE p.id > ?1 AND p.published = 1 AND p.remote = 0"
    "   AND p.archive IS NOT NULL"
    "   AND NOT EXISTS (SELECT 1 FROM offer o WHERE o.patchset_id = p.id)"
    " ORDER BY p.id LIMIT 1";
static const char sql_add[] =
    "INSERT INTO offer (patchset_id, size, sha256)"
    " SELECT id, ?2, ?3 FROM patchset WHERE id = ?1 AND published = 1"
    " ON CONFLICT DO UPDATE SET size = ?2, sha256 = ?3";
static const char sql_has[] =
    "SELECT EXISTS (SELECT 1 FROM patchset p"
    "  JOIN offer o ON o.patchset_id = p.id"
    " WHERE p.published = 1 AND p.name || '.jsonl' = ?1)";


ep_rc_t
ep_offer_next(ep_portal_t *portal, int64_t after, ep_offer_row_t *out,
              ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_next);
    ep_rc_t rc;

    ep_bind_int(q, 1, after);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        out->id = ep_col_int(q, 0);
        ep_product_find(ep_col_str(q, 1), &out->product);
        ep_str_copy(ep_col_str(q, 2), out->name, sizeof(out->name));
    }
    return rc;
}


ep_rc_t
ep_offer_add(ep_portal_t *portal, int64_t patchset_id, int64_t size,
             const uint8_t sha256[EP_SHA256_SIZE], ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_add);

    ep_bind_int(q, 1, patchset_id);
    ep_bind_int(q, 2, size);
    ep_bind_blob(q, 3, sha256, EP_SHA256_SIZE);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_offer_has(ep_portal_t *portal, ep_str_t file, bool *has, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_has);
    ep_rc_t rc;

    ep_bind_str(q, 1, file);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *has = ep_col_int(q, 0) != 0;
    }
    return rc;
}


/* Where its metadata is, when it has been made. */
static void
read_levels(ep_stmt_t *q, char *path, size_t size, ep_upstream_row_t *row)
{
    ep_str_t sha256 = ep_col_blob(q, 9);

    if (sha256.n == sizeof(row->levels_sha256)) {
        snprintf(path, size, EP_OFFER_DIR "/%s.jsonl", row->name.name);
        row->levels = ep_str(path);
        row->levels_size = ep_col_int(q, 8);
        memcpy(row->levels_sha256, sha256.p, sha256.n);
    }
}


ep_rc_t
ep_upstream_offered(ep_portal_t *portal, ep_product_t product,
                    ep_upstream_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_offered);
    ep_rc_t rc;

    ep_bind_str(q, 1, ep_str(ep_product_info(product)->api));
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        char levels[EP_PATCHSET_NAME_MAX + 16];
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
        read_levels(q, levels, sizeof(levels), &row);
        rc = fn(&row, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}
