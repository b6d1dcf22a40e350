/* Objects (kernel hashes and build IDs), their CVEs and their files outside
 * of levels: see eportal/patchset.h and store/patchset.h. Owns the tables
 * object, object_file, cve and object_cve. */

#include "store/db.h"
#include "store/patchset.h"

static const char sql_find[] =
    "SELECT id FROM object WHERE userspace = ?1 AND name = ?2";

static const char sql_add[] =
    "INSERT INTO object (userspace, name) VALUES (?1, ?2)";

static const char sql_find_cve[] = "SELECT id FROM cve WHERE name = ?1";

static const char sql_add_cve[] = "INSERT INTO cve (name) VALUES (?1)";

static const char sql_add_object_cve[] =
    "INSERT INTO object_cve (object_id, cve_id, level) VALUES (?1, ?2, ?3)"
    " ON CONFLICT DO UPDATE SET level = ?3 WHERE level > ?3";

static const char sql_add_file[] =
    "INSERT INTO object_file (patchset_id, object_id, path)"
    " VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";

static const char sql_files[] =
    "SELECT f.path, o.userspace, o.name,"
    " EXISTS (SELECT 1 FROM object_file s WHERE s.object_id = f.object_id"
    "          AND s.path = f.path AND s.patchset_id <> f.patchset_id)"
    " FROM object_file f JOIN object o ON o.id = f.object_id"
    " WHERE f.patchset_id = ?1";

static const char sql_any_file[] =
    "SELECT object_id, path FROM object_file WHERE patchset_id = ?1 LIMIT 1";

static const char sql_drop_file[] =
    "DELETE FROM object_file"
    " WHERE patchset_id = ?1 AND object_id = ?2 AND path = ?3";

static const char sql_has_file[] =
    "SELECT EXISTS (SELECT 1 FROM object o"
    " JOIN object_file f ON f.object_id = o.id"
    " WHERE o.userspace = ?1 AND o.name = ?2 AND f.path = ?3)";

static const char sql_dangling[] =
    "SELECT o.id, o.userspace, o.name FROM object o WHERE o.id > ?1"
    " AND NOT EXISTS (SELECT 1 FROM level l WHERE l.object_id = o.id)"
    " AND NOT EXISTS (SELECT 1 FROM object_file f WHERE f.object_id = o.id)"
    " ORDER BY o.id LIMIT 1";

static const char sql_in_use[] =
    "SELECT EXISTS (SELECT 1 FROM level WHERE object_id = ?1)"
    " OR EXISTS (SELECT 1 FROM object_file WHERE object_id = ?1)";

static const char sql_delete[] = "DELETE FROM object WHERE id = ?1";

/* Patches accumulate, so a CVE stays fixed while there is a level that is
 * not below the one that fixed it. */
static const char sql_forget_cves[] =
    "DELETE FROM object_cve WHERE object_id = ?1 AND level >"
    " (SELECT coalesce(max(level), 0) FROM level WHERE object_id = ?1)";

/* Newest first within an object: the caller keeps each object's first row. */
static const char sql_list[] =
    "SELECT o.name, l.level, p.appeared, i.distro, p.product, o.id"
    " FROM object o CROSS JOIN level l CROSS JOIN patchset_feed f"
    " CROSS JOIN patchset p"
    " LEFT JOIN level_info i ON i.object_id = o.id AND i.level = l.level"
    " WHERE o.userspace = 1 AND l.object_id = o.id"
    "   AND f.feed_id = ?1 AND f.patchset_id = l.patchset_id"
    "   AND f.enabled = 1 AND p.id = l.patchset_id"
    " ORDER BY o.name, l.ord DESC, l.level DESC";


static ep_rc_t
find_or_add(ep_portal_t *portal, ep_stmt_t *find, ep_stmt_t *add, int64_t *id,
            ep_err_t *err)
{
    ep_rc_t rc = ep_stmt_row(find, err);

    if (rc == EP_OK) {
        *id = ep_col_int(find, 0);
    } else if (rc == EP_ENOTFOUND) {
        rc = ep_stmt_run(add, NULL, err);
        if (rc == EP_OK) {
            *id = ep_db_last_id(portal);
        }
    }
    return rc;
}


ep_rc_t
ep_object_id(ep_portal_t *portal, bool userspace, const uint8_t *object,
             int64_t *id, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *find = ep_stmt(portal, sql_find);
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *add = ep_stmt(portal, sql_add);

    ep_bind_int(find, 1, userspace);
    ep_bind_blob(find, 2, object, EP_OBJECT_SIZE);
    ep_bind_int(add, 1, userspace);
    ep_bind_blob(add, 2, object, EP_OBJECT_SIZE);
    return find_or_add(portal, find, add, id, err);
}


ep_rc_t
ep_object_add_cve(ep_portal_t *portal, int64_t object_id, ep_str_t cve,
                  int64_t level, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *find = ep_stmt(portal, sql_find_cve);
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *add = ep_stmt(portal, sql_add_cve);
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    int64_t cve_id = 0;
    ep_rc_t rc;

    ep_bind_str(find, 1, cve);
    ep_bind_str(add, 1, cve);
    rc = find_or_add(portal, find, add, &cve_id, err);
    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_add_object_cve);
    ep_bind_int(q, 1, object_id);
    ep_bind_int(q, 2, cve_id);
    ep_bind_int(q, 3, level);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_object_add_file(ep_portal_t *portal, int64_t patchset_id, int64_t object_id,
                   ep_str_t path, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_add_file);

    ep_bind_int(q, 1, patchset_id);
    ep_bind_int(q, 2, object_id);
    ep_bind_str(q, 3, path);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_object_files(ep_portal_t *portal, int64_t patchset_id, ep_object_file_fn fn,
                void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_files);
    ep_rc_t rc;

    ep_bind_int(q, 1, patchset_id);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_level_row_t object = { .userspace = ep_col_int(q, 1) != 0 };
        ep_str_t name = ep_col_blob(q, 2);

        if (name.n != EP_OBJECT_SIZE) {
            return ep_err_set(err, EP_EDB, "database",
                              "an object's name is not 20 bytes long");
        }
        memcpy(object.object, name.p, name.n);
        rc = fn(&object, ep_col_str(q, 0), ep_col_int(q, 3) != 0, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_object_forget_file(ep_portal_t *portal, int64_t patchset_id,
                      int64_t object_id, ep_str_t path, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *drop = ep_stmt(portal, sql_drop_file);
    ep_rc_t rc;

    ep_bind_int(drop, 1, patchset_id);
    ep_bind_int(drop, 2, object_id);
    ep_bind_str(drop, 3, path);
    rc = ep_stmt_run(drop, NULL, err);
    return rc == EP_OK
               ? ep_remote_drop_file(portal, patchset_id, object_id, path, err)
               : rc;
}


ep_rc_t
ep_object_drop_file(ep_portal_t *portal, int64_t patchset_id,
                    int64_t *object_id, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *any = ep_stmt(portal, sql_any_file);
    int64_t object;
    ep_rc_t rc;

    ep_bind_int(any, 1, patchset_id);
    rc = ep_stmt_row(any, err);
    if (rc != EP_OK) {
        return rc;
    }
    object = ep_col_int(any, 0);
    rc = ep_object_forget_file(portal, patchset_id, object, ep_col_str(any, 1),
                               err);
    if (rc == EP_OK) {
        *object_id = object;
    }
    return rc;
}


ep_rc_t
ep_object_has_file(ep_portal_t *portal, const ep_level_row_t *object,
                   ep_str_t path, bool *has, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_has_file);
    ep_rc_t rc;

    ep_bind_int(q, 1, object->userspace);
    ep_bind_blob(q, 2, object->object, EP_OBJECT_SIZE);
    ep_bind_str(q, 3, path);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *has = ep_col_int(q, 0) != 0;
    }
    return rc;
}


ep_rc_t
ep_object_dangling(ep_portal_t *portal, int64_t *id, ep_level_row_t *out,
                   ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_dangling);
    ep_str_t name;
    ep_rc_t rc;

    ep_bind_int(q, 1, *id);
    rc = ep_stmt_row(q, err);
    if (rc != EP_OK) {
        return rc;
    }
    *id = ep_col_int(q, 0);
    *out = (ep_level_row_t){ .userspace = ep_col_int(q, 1) != 0 };
    name = ep_col_blob(q, 2);
    memcpy(out->object, name.p,
           name.n < EP_OBJECT_SIZE ? name.n : EP_OBJECT_SIZE);
    return EP_OK;
}


static ep_rc_t
run_by_id(ep_portal_t *portal, const char *sql, int64_t id, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql);

    ep_bind_int(q, 1, id);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_object_tidy(ep_portal_t *portal, int64_t object_id, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_in_use);
    ep_rc_t rc;

    ep_bind_int(q, 1, object_id);
    rc = ep_stmt_row(q, err);
    if (rc != EP_OK) {
        return rc;
    }
    return run_by_id(portal,
                     ep_col_int(q, 0) != 0 ? sql_forget_cves : sql_delete,
                     object_id, err);
}


ep_rc_t
ep_object_list(ep_portal_t *portal, unsigned products, int64_t feed_id,
               ep_object_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_list);
    int64_t last = -1;
    ep_rc_t rc;

    ep_bind_int(q, 1, feed_id);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_object_row_t row = { .object = ep_col_blob(q, 0),
                                .level = ep_col_int(q, 1),
                                .appeared = ep_col_int(q, 2),
                                .distro = ep_col_str(q, 3) };
        ep_product_t product;

        if (ep_col_int(q, 5) == last
            || !ep_product_find(ep_col_str(q, 4), &product)
            || !(EP_PRODUCT_BIT(product) & products))
        {
            continue;
        }
        last = ep_col_int(q, 5);
        rc = fn(&row, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}
