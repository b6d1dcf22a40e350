/* What the patch source's index says: see store/upstream.h. Owns the table
 * upstream. */

#include "store/upstream.h"
#include "store/db.h"

#define FILE_COLUMNS                                                           \
    "u.product, u.ord, u.name, u.status, u.path, u.size, u.sha256,"            \
    " u.levels_path, u.levels_size, u.levels_sha256"

/* In cache mode the metadata is all that is wanted; without, what is known by
 * it alone is missing. */
#define IS_MISSING(cache_mode)                                                 \
    " AND u.wanted = 1 AND u.status = 'available'"                             \
    " AND NOT EXISTS (SELECT 1 FROM patchset p"                                \
    "                  WHERE p.product = u.product AND p.ord = u.ord"          \
    "                    AND p.published = 1"                                  \
    "                    AND (p.remote = 0 OR " cache_mode "))"

static const char sql_next[] =
    "SELECT coalesce(max(seen), 0) + 1 FROM upstream";

static const char sql_put[] =
    "INSERT INTO upstream (product, ord, name, appeared, released, distros,"
    " channels, status, wanted, path, size, sha256, changelog, seen,"
    " levels_path, levels_size, levels_sha256)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
    " ?15, ?16, ?17)"
    " ON CONFLICT DO UPDATE SET name = ?3, released = ?5, distros = ?6,"
    " channels = ?7, status = ?8, wanted = ?9, path = ?10, size = ?11,"
    " sha256 = ?12, changelog = ?13, seen = ?14,"
    " levels_path = ?15, levels_size = ?16, levels_sha256 = ?17";

static const char sql_end[] =
    "UPDATE upstream SET status = 'gone' WHERE seen <> ?1";

static const char sql_find[] = "SELECT " FILE_COLUMNS " FROM upstream u"
                               " WHERE u.product = ?1 AND u.ord = ?2";

static const char sql_missing[] =
    "SELECT " FILE_COLUMNS " FROM upstream u"
    " WHERE u.product = ?1 AND u.ord > ?2 AND (u.channels & ?3) <> "
    "0" IS_MISSING("?4") " ORDER BY u.ord LIMIT 1";

static const char sql_count_missing[] =
    "SELECT count(*) FROM upstream u WHERE (u.channels & ?1) <> 0" IS_MISSING(
        "?2");

static const char sql_superseded[] =
    "SELECT " FILE_COLUMNS " FROM upstream u"
    "  JOIN patchset p ON p.product = u.product AND p.ord = u.ord"
    " WHERE u.product = ?1 AND u.ord > ?2 AND u.status = 'gone'"
    "   AND p.published = 1"
    "   AND NOT EXISTS (SELECT 1 FROM patchset_feed f"
    "                    WHERE f.patchset_id = p.id AND f.enabled = 1)"
    " ORDER BY u.ord LIMIT 1";

const char *const ep_upstream_names[5] = { "", "available", "disabled",
                                           "blocked", "gone" };


ep_upstream_t
ep_upstream_find_status(ep_str_t name)
{
    for (int i = EP_UPSTREAM_AVAILABLE; i <= EP_UPSTREAM_GONE; i++) {
        if (ep_str_eq(name, ep_str(ep_upstream_names[i]))) {
            return (ep_upstream_t) i;
        }
    }
    return EP_UPSTREAM_NONE;
}


unsigned
ep_channel_bit(ep_str_t name)
{
    if (ep_str_eq(name, EP_STR("default"))) {
        return EP_CHANNEL_DEFAULT;
    }
    if (ep_str_eq(name, EP_STR("test"))) {
        return EP_CHANNEL_TEST;
    }
    return ep_str_eq(name, EP_STR("unstable")) ? EP_CHANNEL_UNSTABLE : 0;
}


static void
read_file(ep_stmt_t *q, ep_upstream_file_t *out)
{
    ep_str_t sha256 = ep_col_blob(q, 6);
    ep_str_t levels = ep_col_blob(q, 9);

    *out = (ep_upstream_file_t){ .order = ep_col_int(q, 1),
                                 .status =
                                     ep_upstream_find_status(ep_col_str(q, 3)),
                                 .size = ep_col_int(q, 5),
                                 .levels_size = ep_col_int(q, 8) };
    ep_product_find(ep_col_str(q, 0), &out->product);
    ep_str_copy(ep_col_str(q, 2), out->name, sizeof(out->name));
    ep_str_copy(ep_col_str(q, 4), out->path, sizeof(out->path));
    ep_str_copy(ep_col_str(q, 7), out->levels, sizeof(out->levels));
    if (sha256.n == sizeof(out->sha256)) {
        memcpy(out->sha256, sha256.p, sha256.n);
    }
    if (levels.n == sizeof(out->levels_sha256)) {
        memcpy(out->levels_sha256, levels.p, levels.n);
    }
}


static bool
cache_mode(const ep_portal_t *portal)
{
    return ep_config_bool(ep_portal_config(portal), EP_CACHE_MODE);
}


ep_rc_t
ep_upstream_next(ep_portal_t *portal, int64_t *seen, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_next);
    ep_rc_t rc = ep_stmt_row(q, err);

    if (rc == EP_OK) {
        *seen = ep_col_int(q, 0);
    }
    return rc;
}


ep_rc_t
ep_upstream_put(ep_portal_t *portal, const ep_upstream_row_t *row, int64_t seen,
                ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_put);

    ep_bind_str(q, 1, ep_str(ep_product_info(row->name.product)->api));
    ep_bind_int(q, 2, row->name.order);
    ep_bind_str(q, 3, ep_str(row->name.name));
    ep_bind_int(q, 4, ep_portal_now(portal));
    ep_bind_int(q, 5, row->released);
    ep_bind_str(q, 6, row->distros.p != NULL ? row->distros : EP_STR(""));
    ep_bind_int(q, 7, row->channels);
    ep_bind_str(q, 8, ep_str(ep_upstream_names[row->status]));
    ep_bind_int(q, 9, row->wanted);
    ep_bind_str(q, 10, row->path);
    ep_bind_int(q, 11, row->size);
    ep_bind_blob(q, 12, row->sha256, sizeof(row->sha256));
    ep_bind_str(q, 13, row->changelog.p != NULL ? row->changelog : EP_STR(""));
    ep_bind_int(q, 14, seen);
    ep_bind_str(q, 15, row->levels.p != NULL ? row->levels : EP_STR(""));
    ep_bind_int(q, 16, row->levels_size);
    ep_bind_blob(q, 17, row->levels_sha256, sizeof(row->levels_sha256));
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_upstream_end(ep_portal_t *portal, int64_t seen, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_end);

    ep_bind_int(q, 1, seen);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_upstream_find(ep_portal_t *portal, ep_product_t product, int64_t order,
                 ep_upstream_file_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_find);
    ep_rc_t rc;

    ep_bind_str(q, 1, ep_str(ep_product_info(product)->api));
    ep_bind_int(q, 2, order);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        read_file(q, out);
    }
    return rc;
}


ep_rc_t
ep_upstream_missing(ep_portal_t *portal, ep_product_t product, int64_t after,
                    unsigned channels, ep_upstream_file_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_missing);
    ep_rc_t rc;

    ep_bind_str(q, 1, ep_str(ep_product_info(product)->api));
    ep_bind_int(q, 2, after);
    ep_bind_int(q, 3, channels);
    ep_bind_int(q, 4, cache_mode(portal));
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        read_file(q, out);
    }
    return rc;
}


ep_rc_t
ep_upstream_count_missing(ep_portal_t *portal, unsigned channels,
                          int64_t *count, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_count_missing);
    ep_rc_t rc;

    ep_bind_int(q, 1, channels);
    ep_bind_int(q, 2, cache_mode(portal));
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *count = ep_col_int(q, 0);
    }
    return rc;
}


ep_rc_t
ep_upstream_superseded(ep_portal_t *portal, ep_product_t product, int64_t after,
                       ep_upstream_file_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_superseded);
    ep_rc_t rc;

    ep_bind_str(q, 1, ep_str(ep_product_info(product)->api));
    ep_bind_int(q, 2, after);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        read_file(q, out);
    }
    return rc;
}
