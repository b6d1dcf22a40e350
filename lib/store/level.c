/* Levels of objects: see eportal/patchset.h and store/patchset.h. Owns the
 * tables level and level_info. */

#include "store/portal_private.h"
#include "store/patchset.h"

/* The agents' hot path: two point reads, the second a walk over one object's
 * levels from the newest, mostly one or two rows long. CROSS JOIN fixes that
 * order whatever the planner would think. */
static const char sql_object[] =
    "SELECT id FROM object WHERE userspace = ?1 AND name = ?2";

static const char sql_walk[] =
    "SELECT l.level, l.ord, l.patchset_id, p.product"
    " FROM level l CROSS JOIN patchset_feed f CROSS JOIN patchset p"
    " WHERE l.object_id = ?1 AND l.ord <= ?3"
    "   AND f.feed_id = ?2 AND f.patchset_id = l.patchset_id"
    "   AND f.enabled = 1"
    "   AND p.id = l.patchset_id AND p.appeared <= ?4"
    " ORDER BY l.ord DESC, l.level DESC";

static const char sql_add[] =
    "INSERT INTO level (object_id, ord, level, patchset_id)"
    " VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";

static const char sql_set_info[] =
    "INSERT INTO level_info (object_id, level, uname, distro)"
    " VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT DO UPDATE SET uname = ?3, distro = ?4";

static const char sql_of[] =
    "SELECT l.level, o.userspace, o.name,"
    " EXISTS (SELECT 1 FROM level s WHERE s.object_id = l.object_id"
    "          AND s.level = l.level AND s.patchset_id <> l.patchset_id)"
    " FROM level l JOIN object o ON o.id = l.object_id"
    " WHERE l.patchset_id = ?1";

static const char sql_any_of[] =
    "SELECT l.object_id, l.level FROM level l WHERE l.patchset_id = ?1"
    " LIMIT 1";

static const char sql_drop[] =
    "DELETE FROM level"
    " WHERE patchset_id = ?1 AND object_id = ?2 AND level = ?3";

static const char sql_drop_info[] =
    "DELETE FROM level_info WHERE object_id = ?1 AND level = ?2"
    " AND NOT EXISTS (SELECT 1 FROM level l"
    "                  WHERE l.object_id = ?1 AND l.level = ?2)";

static const char sql_known[] =
    "SELECT EXISTS (SELECT 1 FROM object o JOIN level l ON l.object_id = o.id"
    "                WHERE o.userspace = ?1 AND o.name = ?2 AND l.level = ?3)";

/* As usage places servers (patchset.c). */
static const char sql_publisher[] =
    "SELECT l.patchset_id FROM object o CROSS JOIN level l CROSS JOIN patchset "
    "p"
    " WHERE o.userspace = 0 AND o.name = ?1 AND l.object_id = o.id"
    "   AND l.level = ?2 AND p.id = l.patchset_id AND p.published = 1"
    " ORDER BY l.ord DESC LIMIT 1";

static const char sql_count[] =
    "SELECT count(*) FROM level WHERE patchset_id = ?1";

static const char sql_of_patchset[] =
    "SELECT EXISTS (SELECT 1 FROM object o JOIN level l ON l.object_id = o.id"
    "                WHERE o.userspace = ?1 AND o.name = ?2 AND l.level = ?3"
    "                  AND l.patchset_id = ?4)";

static const char sql_dangling[] =
    "SELECT l.patchset_id FROM level l WHERE l.patchset_id > ?1"
    " AND NOT EXISTS (SELECT 1 FROM patchset p WHERE p.id = l.patchset_id)"
    " ORDER BY l.patchset_id LIMIT 1";


static ep_rc_t
find_object(ep_portal_t *portal, const ep_level_query_t *query, int64_t *id,
            ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_object);
    ep_rc_t rc;

    ep_bind_int(q, 1, query->userspace);
    ep_bind_blob(q, 2, query->object, EP_OBJECT_SIZE);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *id = ep_col_int(q, 0);
    }
    return rc;
}


static ep_rc_t
find_level(ep_portal_t *portal, const ep_level_query_t *query,
           int64_t object_id, ep_level_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_walk);
    ep_product_t product;
    ep_rc_t rc;

    ep_bind_int(q, 1, object_id);
    ep_bind_int(q, 2, query->feed_id);
    ep_bind_int(q, 3, query->max_order > 0 ? query->max_order : INT64_MAX);
    ep_bind_int(q, 4,
                query->min_age > 0
                    ? ep_portal_now(portal) - query->min_age * 1000000
                    : INT64_MAX);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        if (ep_product_find(ep_col_str(q, 3), &product)
            && EP_PRODUCT_BIT(product) & query->products)
        {
            *out = (ep_level_t){ .level = ep_col_int(q, 0),
                                 .order = ep_col_int(q, 1),
                                 .patchset_id = ep_col_int(q, 2),
                                 .product = product };
            return EP_OK;
        }
    }
    return rc;
}


/*
 * Most servers of a fleet ask for one of a few kernels, so the last answers
 * are kept. One counts only while the transaction that asks sees the very
 * rows that it was made of: any commit of anybody ends it. An answer that
 * depends on the time is not kept.
 */
static ep_level_memo_t *
memo_of(ep_portal_t *portal, const ep_level_query_t *query)
{
    uint32_t hash;

    memcpy(&hash, query->object, sizeof(hash));
    hash = (hash ^ (uint32_t) query->feed_id) * 0x9e3779b1u;
    return &portal->levels[hash >> 24 & (EP_LEVEL_MEMOS - 1)];
}


static bool
is_of(const ep_level_memo_t *memo, const ep_level_query_t *query,
      uint32_t version)
{
    return memo->used && memo->version == version
           && memo->feed_id == query->feed_id
           && memo->products == query->products
           && memo->max_order == query->max_order
           && memo->userspace == query->userspace
           && memcmp(memo->object, query->object, EP_OBJECT_SIZE) == 0;
}


static void
look_up(ep_portal_t *portal, const ep_level_query_t *query,
        ep_level_memo_t *out, ep_err_t *err)
{
    int64_t object_id = 0;

    *out = (ep_level_memo_t){ .used = true,
                              .userspace = query->userspace,
                              .products = query->products,
                              .feed_id = query->feed_id,
                              .max_order = query->max_order };
    memcpy(out->object, query->object, EP_OBJECT_SIZE);
    out->rc = find_object(portal, query, &object_id, err);
    out->unknown = out->rc == EP_ENOTFOUND;
    if (out->rc == EP_OK) {
        out->rc = find_level(portal, query, object_id, &out->level, err);
    }
}


static ep_rc_t
answer(const ep_level_memo_t *memo, ep_level_t *out, ep_err_t *err)
{
    char hex[2 * EP_OBJECT_SIZE + 1];

    if (memo->rc == EP_OK) {
        *out = memo->level;
    } else if (memo->unknown) {
        ep_hex(memo->object, EP_OBJECT_SIZE, hex);
        ep_err_set(err, memo->rc, "unknown-object", "no patchset carries %s",
                   hex);
    } else {
        ep_err_set(err, memo->rc, "no-level",
                   "no enabled patchset gives it a level");
    }
    return memo->rc;
}


ep_rc_t
ep_level_find(ep_portal_t *portal, const ep_level_query_t *query,
              ep_level_t *out, ep_err_t *err)
{
    ep_level_memo_t *memo = memo_of(portal, query);
    ep_level_memo_t found;
    uint32_t version;

    if (query->min_age <= 0 && ep_db_version(portal, &version)
        && is_of(memo, query, version))
    {
        return answer(memo, out, err);
    }
    look_up(portal, query, &found, err);
    if (found.rc != EP_OK && found.rc != EP_ENOTFOUND) {
        return found.rc;
    }
    if (query->min_age <= 0 && ep_db_version(portal, &found.version)) {
        *memo = found;
    }
    return answer(&found, out, err);
}


ep_rc_t
ep_level_add(ep_portal_t *portal, int64_t patchset_id, int64_t order,
             int64_t object_id, int64_t level, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_add);

    ep_bind_int(q, 1, object_id);
    ep_bind_int(q, 2, order);
    ep_bind_int(q, 3, level);
    ep_bind_int(q, 4, patchset_id);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_level_set_info(ep_portal_t *portal, int64_t object_id, int64_t level,
                  ep_str_t uname, ep_str_t distro, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_set_info);

    ep_bind_int(q, 1, object_id);
    ep_bind_int(q, 2, level);
    ep_bind_str(q, 3, uname.n > 0 ? uname : EP_STR_NULL);
    ep_bind_str(q, 4, distro.n > 0 ? distro : EP_STR_NULL);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_level_each(ep_portal_t *portal, int64_t patchset_id, ep_level_fn fn,
              void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_of);
    ep_rc_t rc;

    ep_bind_int(q, 1, patchset_id);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_level_row_t row = { .level = ep_col_int(q, 0),
                               .userspace = ep_col_int(q, 1) != 0 };
        ep_str_t name = ep_col_blob(q, 2);

        if (name.n != EP_OBJECT_SIZE) {
            return ep_err_set(err, EP_EDB, "database",
                              "an object's name is not 20 bytes long");
        }
        memcpy(row.object, name.p, name.n);
        rc = fn(&row, ep_col_int(q, 3) != 0, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_level_forget(ep_portal_t *portal, int64_t patchset_id, int64_t object_id,
                int64_t level, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *drop = ep_stmt(portal, sql_drop);
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *info = ep_stmt(portal, sql_drop_info);
    ep_rc_t rc;

    ep_bind_int(drop, 1, patchset_id);
    ep_bind_int(drop, 2, object_id);
    ep_bind_int(drop, 3, level);
    rc = ep_stmt_run(drop, NULL, err);
    if (rc != EP_OK) {
        return rc;
    }
    ep_bind_int(info, 1, object_id);
    ep_bind_int(info, 2, level);
    rc = ep_stmt_run(info, NULL, err);
    return rc == EP_OK ? ep_remote_drop_level(portal, patchset_id, object_id,
                                              level, err)
                       : rc;
}


ep_rc_t
ep_level_drop(ep_portal_t *portal, int64_t patchset_id, int64_t *object_id,
              ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *any = ep_stmt(portal, sql_any_of);
    int64_t object;
    ep_rc_t rc;

    ep_bind_int(any, 1, patchset_id);
    rc = ep_stmt_row(any, err);
    if (rc != EP_OK) {
        return rc;
    }
    object = ep_col_int(any, 0);
    rc = ep_level_forget(portal, patchset_id, object, ep_col_int(any, 1), err);
    if (rc == EP_OK) {
        *object_id = object;
    }
    return rc;
}


ep_rc_t
ep_level_known(ep_portal_t *portal, const ep_level_row_t *row, bool *known,
               ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_known);
    ep_rc_t rc;

    ep_bind_int(q, 1, row->userspace);
    ep_bind_blob(q, 2, row->object, EP_OBJECT_SIZE);
    ep_bind_int(q, 3, row->level);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *known = ep_col_int(q, 0) != 0;
    }
    return rc;
}


ep_rc_t
ep_level_publisher(ep_portal_t *portal, const uint8_t *kernel, int64_t level,
                   int64_t *patchset_id, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_publisher);
    ep_rc_t rc;

    ep_bind_blob(q, 1, kernel, EP_OBJECT_SIZE);
    ep_bind_int(q, 2, level);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *patchset_id = ep_col_int(q, 0);
    } else if (rc == EP_ENOTFOUND) {
        *patchset_id = 0;
        rc = EP_OK;
    }
    return rc;
}


ep_rc_t
ep_level_dangling(ep_portal_t *portal, int64_t after, int64_t *patchset_id,
                  ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_dangling);
    ep_rc_t rc;

    ep_bind_int(q, 1, after);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *patchset_id = ep_col_int(q, 0);
    }
    return rc;
}


ep_rc_t
ep_level_count(ep_portal_t *portal, int64_t patchset_id, int64_t *count,
               ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_count);
    ep_rc_t rc;

    ep_bind_int(q, 1, patchset_id);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *count = ep_col_int(q, 0);
    }
    return rc;
}


ep_rc_t
ep_level_of(ep_portal_t *portal, int64_t patchset_id, const ep_level_row_t *row,
            bool *has, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_of_patchset);
    ep_rc_t rc;

    ep_bind_int(q, 1, row->userspace);
    ep_bind_blob(q, 2, row->object, EP_OBJECT_SIZE);
    ep_bind_int(q, 3, row->level);
    ep_bind_int(q, 4, patchset_id);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *has = ep_col_int(q, 0) != 0;
    }
    return rc;
}
