/* All that is known of one patchset: see eportal/patchset.h. Only reads. */

#include "base/file.h"
#include "store/db.h"
#include "store/patchset.h"
#include "store/upstream.h"

#define UPSTREAM_COLUMNS                                                       \
    "u.released, u.size, u.status, u.changelog, u.name, u.appeared, u.distros"

static const char sql_here[] =
    "SELECT p.id, p.name, p.appeared, p.archive, p.sha256, p.objects,"
    " p.distros, p.published, " UPSTREAM_COLUMNS " FROM patchset p"
    " LEFT JOIN upstream u ON u.product = p.product AND u.ord = p.ord"
    " WHERE p.product = ?1 AND p.ord = ?2";
static const char sql_upstream[] =
    "SELECT 0, NULL, 0, NULL, NULL, 0, NULL, 0, " UPSTREAM_COLUMNS
    " FROM upstream u WHERE u.product = ?1 AND u.ord = ?2";

/* Patches accumulate: a level has every CVE of the levels below. */
static const char sql_cves[] =
    "SELECT c.name, max(oc.level = l.level) FROM level l"
    " CROSS JOIN object_cve oc ON oc.object_id = l.object_id"
    "   AND oc.level <= l.level"
    " CROSS JOIN cve c ON c.id = oc.cve_id"
    " WHERE l.patchset_id = ?1 GROUP BY c.id ORDER BY c.name";
static const char sql_kernels[] =
    "SELECT i.uname, i.distro, count(*) FROM level l"
    " CROSS JOIN level_info i ON i.object_id = l.object_id"
    "   AND i.level = l.level"
    " WHERE l.patchset_id = ?1 GROUP BY 1, 2 ORDER BY 2, 1 LIMIT ?2";

static const char sql_kernel_level[] =
    "SELECT l.level, p.name, p.appeared"
    " FROM object o CROSS JOIN level l CROSS JOIN patchset p"
    " WHERE o.userspace = 0 AND o.name = ?1 AND l.object_id = o.id"
    "   AND (?2 < 0 OR l.level = ?2)"
    "   AND p.id = l.patchset_id AND p.published = 1"
    " ORDER BY l.ord DESC, l.level DESC LIMIT 1";
static const char sql_kernel_cves[] =
    "SELECT c.name, oc.level"
    " FROM object o CROSS JOIN object_cve oc CROSS JOIN cve c"
    " WHERE o.userspace = 0 AND o.name = ?1 AND oc.object_id = o.id"
    "   AND c.id = oc.cve_id ORDER BY c.name";

static const char sql_newest[] =
    "SELECT p.id, p.product, p.name, p.ord, p.appeared, p.distros, p.objects,"
    " p.cves, u.released, u.status FROM patchset p"
    " LEFT JOIN upstream u ON u.product = p.product AND u.ord = p.ord"
    " WHERE p.published = 1 AND (?1 IS NULL OR p.product = ?1)"
    " UNION ALL SELECT 0, u.product, u.name, u.ord, u.appeared, u.distros, 0,"
    " 0, u.released, u.status FROM upstream u"
    " WHERE u.wanted = 1 AND u.status = 'available'"
    "   AND (?1 IS NULL OR u.product = ?1)"
    "   AND NOT EXISTS (SELECT 1 FROM patchset p WHERE p.published = 1"
    "                    AND p.product = u.product AND p.ord = u.ord)"
    " ORDER BY 5 DESC, 4 DESC, 2 LIMIT ?2";
static const char sql_enabled_in[] =
    "SELECT f.name FROM patchset_feed s JOIN feed f ON f.id = s.feed_id"
    " WHERE s.patchset_id = ?1 AND s.enabled = 1 ORDER BY f.id <> 1, f.name";
/* As ep_patchset_status says it of one. */
static const char sql_withdrawn[] =
    "SELECT p.product, count(DISTINCT p.id) FROM patchset_feed s"
    " JOIN patchset p ON p.id = s.patchset_id"
    " JOIN upstream u ON u.product = p.product AND u.ord = p.ord"
    " JOIN feed f ON f.id = s.feed_id"
    " WHERE s.enabled = 1 AND u.status <> 'blocked'"
    "   AND (u.status <> 'available'"
    "        OR (u.channels & CASE f.channel WHEN 'test' THEN 2"
    "                         WHEN 'unstable' THEN 4 ELSE 1 END) = 0)"
    " GROUP BY p.product";
static const char sql_labels[] =
    "SELECT distros FROM patchset WHERE distros <> ''"
    " UNION SELECT distros FROM upstream WHERE distros <> ''";


static ep_rc_t
keep(ep_arena_t *arena, ep_str_t text, ep_str_t *out, ep_err_t *err)
{
    char *copy = ep_arena_strdup(arena, text);

    if (copy == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while reading a patchset");
    }
    *out = (ep_str_t){ copy, text.n };
    return EP_OK;
}


static ep_rc_t
read_detail(ep_stmt_t *q, ep_arena_t *arena, ep_patchset_detail_t *out,
            ep_err_t *err)
{
    bool here = ep_col_int(q, 7) != 0;
    ep_str_t sha256 = ep_col_blob(q, 4);
    ep_rc_t rc;

    out->id = here ? ep_col_int(q, 0) : 0;
    out->objects = ep_col_int(q, 5);
    out->appeared =
        ep_col_int(q, 0) != 0 ? ep_col_int(q, 2) : ep_col_int(q, 13);
    out->released = ep_col_int(q, 8) * 1000000;
    out->size = ep_col_null(q, 9) ? -1 : ep_col_int(q, 9);
    out->upstream = ep_upstream_find_status(ep_col_str(q, 10));
    ep_str_copy(ep_col_null(q, 1) ? ep_col_str(q, 12) : ep_col_str(q, 1),
                out->name, sizeof(out->name));
    ep_str_copy(ep_col_str(q, 3), out->archive, sizeof(out->archive));
    if (sha256.n == EP_SHA256_SIZE) {
        ep_hex(sha256.p, sha256.n, out->sha256);
    }
    rc = keep(arena, ep_col_str(q, 11), &out->changelog, err);
    if (rc == EP_OK) {
        rc = keep(arena, here ? ep_col_str(q, 6) : ep_col_str(q, 14),
                  &out->distros, err);
    }
    return rc;
}


static ep_rc_t
find(ep_portal_t *portal, const char *sql, int64_t order, ep_arena_t *arena,
     ep_patchset_detail_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql);
    ep_rc_t rc;

    ep_bind_str(q, 1, ep_str(ep_product_info(out->product)->api));
    ep_bind_int(q, 2, order);
    rc = ep_stmt_row(q, err);
    return rc == EP_OK ? read_detail(q, arena, out, err) : rc;
}


ep_rc_t
ep_patchset_detail(ep_portal_t *portal, ep_product_t product, ep_str_t name,
                   ep_arena_t *arena, ep_patchset_detail_t *out, ep_err_t *err)
{
    ep_patchset_detail_t detail = { .product = product };
    ep_patchset_name_t parsed;
    ep_rc_t rc = ep_patchset_parse(name, &parsed, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = find(portal, sql_here, parsed.order, arena, &detail, err);
    if (rc == EP_ENOTFOUND) {
        rc = find(portal, sql_upstream, parsed.order, arena, &detail, err);
    }
    if (rc == EP_ENOTFOUND) {
        return ep_err_set(err, rc, "patchset-not-found",
                          "there is no %s patchset %.*s",
                          ep_product_info(product)->title, EP_STR_ARG(name));
    }
    if (rc == EP_OK) {
        *out = detail;
    }
    return rc;
}


ep_rc_t
ep_patchset_cves(ep_portal_t *portal, int64_t id, ep_patchset_cve_fn fn,
                 void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_cves);
    ep_rc_t rc;

    ep_bind_int(q, 1, id);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        rc = fn(ep_col_str(q, 0), ep_col_int(q, 1) != 0, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_patchset_kernels(ep_portal_t *portal, int64_t id, int64_t limit,
                    ep_patchset_kernel_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_kernels);
    ep_rc_t rc;

    ep_bind_int(q, 1, id);
    ep_bind_int(q, 2, limit);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        rc = fn(ep_col_str(q, 0), ep_col_str(q, 1), ep_col_int(q, 2), ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static void
read_newest(ep_stmt_t *q, ep_patchset_t *out)
{
    *out = (ep_patchset_t){ .id = ep_col_int(q, 0),
                            .name = ep_col_str(q, 2),
                            .order = ep_col_int(q, 3),
                            .appeared = ep_col_int(q, 4),
                            .distros = ep_col_str(q, 5),
                            .objects = ep_col_int(q, 6),
                            .cves = ep_col_int(q, 7),
                            .usage = -1,
                            .upstream =
                                ep_upstream_find_status(ep_col_str(q, 9)) };
    out->state = out->id != 0 ? EP_STATE_UNDEPLOYED : EP_STATE_NOT_DOWNLOADED;
    ep_product_find(ep_col_str(q, 1), &out->product);
}


ep_rc_t
ep_patchset_newest(ep_portal_t *portal, ep_product_t product, int64_t limit,
                   ep_patchset_newest_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_newest);
    ep_patchset_t row;
    ep_rc_t rc;

    if (product != EP_PRODUCT_COUNT) {
        ep_bind_str(q, 1, ep_str(ep_product_info(product)->api));
    }
    ep_bind_int(q, 2, limit);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        read_newest(q, &row);
        rc = fn(&row, ep_col_int(q, 8) * 1000000, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_patchset_withdrawn(ep_portal_t *portal, int64_t out[EP_PRODUCT_COUNT],
                      ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_withdrawn);
    ep_product_t product;
    ep_rc_t rc;

    memset(out, 0, EP_PRODUCT_COUNT * sizeof(*out));
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        if (ep_product_find(ep_col_str(q, 0), &product)) {
            out[product] = ep_col_int(q, 1);
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_patchset_enabled_in(ep_portal_t *portal, int64_t id, ep_name_fn fn,
                       void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_enabled_in);
    ep_rc_t rc;

    ep_bind_int(q, 1, id);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        rc = fn(ep_col_str(q, 0), ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_patchset_labels(ep_portal_t *portal, ep_name_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_labels);
    ep_rc_t rc;

    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_str_t rest = ep_col_str(q, 0), label;

        while (rc == EP_OK && rest.n > 0) {
            ep_str_cut(rest, ',', &label, &rest);
            rc = label.n > 0 ? fn(label, ctx, err) : EP_OK;
        }
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_kernel_level(ep_portal_t *portal, const uint8_t *kernel, int64_t level,
                ep_level_detail_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_kernel_level);
    ep_rc_t rc;

    ep_bind_blob(q, 1, kernel, EP_OBJECT_SIZE);
    ep_bind_int(q, 2, level);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        out->level = ep_col_int(q, 0);
        ep_str_copy(ep_col_str(q, 1), out->patchset, sizeof(out->patchset));
        out->appeared = ep_col_int(q, 2);
    }
    return rc;
}


ep_rc_t
ep_kernel_cves(ep_portal_t *portal, const uint8_t *kernel, ep_kernel_cve_fn fn,
               void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_kernel_cves);
    ep_rc_t rc;

    ep_bind_blob(q, 1, kernel, EP_OBJECT_SIZE);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        rc = fn(ep_col_str(q, 0), ep_col_int(q, 1), ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}
