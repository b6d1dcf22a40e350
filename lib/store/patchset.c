/* Patchsets and their states in feeds: see eportal/patchset.h and
 * store/patchset.h. Owns the tables patchset and patchset_feed. */

#include <eportal/feed.h>

#include "store/db.h"
#include "store/patchset.h"
#include "store/undeployed.h"
#include "store/upstream.h"

static const char logger[] = "eportal.patches";

#define COLUMNS "p.id, p.product, p.name, p.ord, p.published"

static const char sql_find[] =
    "SELECT " COLUMNS ", p.archive, p.sha256, p.remote FROM patchset p"
    " WHERE p.product = ?1 AND p.ord = ?2";

static const char sql_find_unpublished[] =
    "SELECT " COLUMNS ", p.archive, p.sha256, p.remote FROM patchset p"
    " WHERE p.published = 0 LIMIT 1";

#define JOIN_UPSTREAM                                                          \
    " LEFT JOIN upstream u ON u.product = p.product AND u.ord = p.ord"

/* What upstream has and we do not; ?3 is the feed's channel. */
#define UNION_UPSTREAM(usage)                                                  \
    " UNION ALL SELECT 0, u.product, u.name, u.ord, 0, u.appeared,"            \
    " u.distros, 0, 0, NULL, " usage ", u.status, (u.channels & ?3) <> 0"      \
    " FROM upstream u"                                                         \
    " WHERE u.product = ?1 AND u.wanted = 1 AND u.status <> 'gone'"            \
    "   AND NOT EXISTS (SELECT 1 FROM patchset n"                              \
    "                    WHERE n.product = u.product AND n.ord = u.ord)"       \
    " ORDER BY 4"
static const char sql_list[] =
    "SELECT " COLUMNS ", p.appeared, p.distros, p.objects, p.cves,"
    " f.enabled, -1, u.status, (u.channels & ?3) <> 0"
    " FROM patchset p"
    " LEFT JOIN patchset_feed f ON f.feed_id = ?2 AND f.patchset_id = "
    "p.id" JOIN_UPSTREAM " WHERE p.product = ?1" UNION_UPSTREAM("-1");

/* Servers of the feed's keys by kernel and level, each counted for the
 * newest published patchset that brought that level of that kernel. */
static const char sql_usage[] =
    "WITH running AS ("
    "  SELECT u.kernel_id, u.level, sum(u.servers) AS servers"
    "    FROM key k JOIN usage u ON u.key_id = k.id"
    "   WHERE k.feed_id = ?2 AND u.servers > 0 GROUP BY 1, 2),"
    " placed AS MATERIALIZED ("
    "  SELECT r.servers,"
    "         (SELECT l.patchset_id"
    "            FROM object o CROSS JOIN level l CROSS JOIN patchset n"
    "           WHERE o.userspace = 0 AND o.name = r.kernel_id"
    "             AND l.object_id = o.id AND l.level = r.level"
    "             AND n.id = l.patchset_id AND n.published = 1"
    "           ORDER BY l.ord DESC LIMIT 1) AS patchset_id"
    "    FROM running r),"
    " counted AS MATERIALIZED ("
    "  SELECT patchset_id, sum(servers) AS servers FROM placed GROUP BY 1)"
    " SELECT " COLUMNS ", p.appeared, p.distros, p.objects, p.cves,"
    " f.enabled, coalesce(c.servers, 0), u.status, (u.channels & ?3) <> 0"
    " FROM patchset p"
    " LEFT JOIN patchset_feed f ON f.feed_id = ?2 AND f.patchset_id = "
    "p.id" JOIN_UPSTREAM " LEFT JOIN counted c ON c.patchset_id = p.id"
    " WHERE p.product = ?1" UNION_UPSTREAM("0");

/* The changes return the names they touched, for the log. */
static const char sql_enable[] =
    "INSERT INTO patchset_feed (feed_id, patchset_id, enabled, changed)"
    " VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT DO UPDATE SET enabled = ?3, changed = ?4"
    "  WHERE enabled <> ?3"
    " RETURNING (SELECT name FROM patchset WHERE id = patchset_id)";

static const char sql_enable_upto[] =
    "INSERT INTO patchset_feed (feed_id, patchset_id, enabled, changed)"
    " SELECT ?1, p.id, 1, ?4 FROM patchset p"
    "  WHERE p.product = ?2 AND p.ord <= ?3 AND p.published = 1"
    "    AND NOT EXISTS (SELECT 1 FROM patchset_feed f"
    "                     WHERE f.feed_id = ?1 AND f.patchset_id = p.id)"
    "    AND NOT EXISTS (SELECT 1 FROM upstream u"
    "                     WHERE u.product = p.product AND u.ord = p.ord"
    "                       AND u.status = 'blocked')"
    "  ORDER BY p.ord"
    " RETURNING (SELECT name FROM patchset WHERE id = patchset_id)";

/* Candidates of an update: ?3 is the latest time of appearing, ?5 the
 * feed's channel. */
#define FROM_NEW                                                               \
    " FROM patchset p"                                                         \
    " WHERE p.product = ?2 AND p.published = 1 AND p.appeared <= ?3"           \
    "   AND NOT EXISTS (SELECT 1 FROM patchset_feed f"                         \
    "                    WHERE f.feed_id = ?1 AND f.patchset_id = p.id)"       \
    "   AND NOT EXISTS (SELECT 1 FROM upstream u"                              \
    "                    WHERE u.product = p.product AND u.ord = p.ord"        \
    "                      AND (u.status <> 'available' OR u.wanted = 0"       \
    "                           OR (u.channels & ?5) = 0))"                    \
    "   AND NOT EXISTS (SELECT 1 FROM undeployed g"                            \
    "                    WHERE g.feed_id = ?1 AND g.product = p.product"       \
    "                      AND g.ord = p.ord)"                                 \
    " ORDER BY p.ord"

static const char sql_enable_new[] =
    "INSERT INTO patchset_feed (feed_id, patchset_id, enabled, changed)"
    " SELECT ?1, p.id, 1, ?4" FROM_NEW
    " RETURNING (SELECT name FROM patchset WHERE id = patchset_id)";

static const char sql_list_new[] = "SELECT p.id, p.name, p.ord" FROM_NEW;

static const char sql_disable_blocked[] =
    "UPDATE patchset_feed SET enabled = 0, changed = ?1"
    " WHERE enabled = 1 AND patchset_id IN"
    "       (SELECT p.id FROM upstream u"
    "          JOIN patchset p ON p.product = u.product AND p.ord = u.ord"
    "         WHERE u.status = 'blocked')"
    " RETURNING (SELECT name FROM patchset WHERE id = patchset_id),"
    "           (SELECT name FROM feed WHERE id = feed_id)";

static const char sql_undeploy_downto[] =
    "DELETE FROM patchset_feed"
    " WHERE feed_id = ?1"
    "   AND patchset_id IN (SELECT id FROM patchset"
    "                        WHERE product = ?2 AND ord >= ?3)";

static const char sql_leave[] =
    "DELETE FROM patchset_feed WHERE feed_id = ?1 AND patchset_id = ?2"
    " RETURNING (SELECT name FROM patchset WHERE id = patchset_id)";

static const char sql_in_feed[] =
    "SELECT 1 FROM patchset_feed WHERE feed_id = ?1 AND patchset_id = ?2";

static const char sql_has_archive[] =
    "SELECT count(*) FROM patchset WHERE published = 1 AND archive = ?1";

static const char sql_feeds[] =
    "SELECT count(*) FROM patchset_feed WHERE patchset_id = ?1";

static const char sql_add[] =
    "INSERT INTO patchset (product, name, ord, appeared)"
    " VALUES (?1, ?2, ?3, ?4)";

static const char sql_publish[] =
    "UPDATE patchset SET published = 1, archive = ?2, sha256 = ?3,"
    " distros = ?4, objects = ?5, cves = ?6, remote = ?7 WHERE id = ?1";

static const char sql_unpublish[] =
    "UPDATE patchset SET published = 0 WHERE id = ?1";

static const char sql_leave_all[] =
    "DELETE FROM patchset_feed WHERE patchset_id = ?1";

static const char sql_delete[] = "DELETE FROM patchset WHERE id = ?1";


static ep_product_t
product_col(ep_stmt_t *q, int i)
{
    ep_product_t product = EP_PRODUCT_KERNEL;

    ep_product_find(ep_col_str(q, i), &product);
    return product;
}


static void
read_row(ep_stmt_t *q, ep_patchset_row_t *row)
{
    ep_str_t sha256 = ep_col_blob(q, 6);

    *row = (ep_patchset_row_t){ .id = ep_col_int(q, 0),
                                .product = product_col(q, 1),
                                .order = ep_col_int(q, 3),
                                .published = ep_col_int(q, 4) != 0,
                                .remote = ep_col_int(q, 7) != 0 };
    ep_str_copy(ep_col_str(q, 2), row->name, sizeof(row->name));
    ep_str_copy(ep_col_str(q, 5), row->archive, sizeof(row->archive));
    if (sha256.n == sizeof(row->sha256)) {
        memcpy(row->sha256, sha256.p, sha256.n);
    }
}


ep_rc_t
ep_patchset_find(ep_portal_t *portal, ep_product_t product, int64_t order,
                 ep_str_t shown, ep_patchset_row_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_find);
    const ep_product_info_t *info = ep_product_info(product);
    ep_rc_t rc;

    ep_bind_str(q, 1, ep_str(info->api));
    ep_bind_int(q, 2, order);
    rc = ep_stmt_row(q, err);
    if (rc == EP_ENOTFOUND) {
        return ep_err_set(err, rc, "patchset-not-found",
                          "there is no %s patchset %.*s here", info->title,
                          EP_STR_ARG(shown));
    }
    if (rc == EP_OK) {
        read_row(q, out);
    }
    return rc;
}


ep_rc_t
ep_patchset_find_name(ep_portal_t *portal, ep_product_t product, ep_str_t name,
                      ep_patchset_row_t *out, ep_err_t *err)
{
    ep_patchset_name_t parsed;
    ep_rc_t rc = ep_patchset_parse(name, &parsed, err);
    bool bare;

    if (rc != EP_OK) {
        return rc;
    }
    bare = name.p[0] >= '0' && name.p[0] <= '9';
    if (parsed.product != product && !bare) {
        return ep_err_set(err, EP_ENOTFOUND, "patchset-not-found",
                          "%s is a patchset of %s, not of %s", parsed.name,
                          ep_product_info(parsed.product)->title,
                          ep_product_info(product)->title);
    }
    return ep_patchset_find(portal, product, parsed.order, name, out, err);
}


ep_rc_t
ep_patchset_find_unpublished(ep_portal_t *portal, ep_patchset_row_t *out,
                             ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp)
    ep_stmt_t *q = ep_stmt(portal, sql_find_unpublished);
    ep_rc_t rc = ep_stmt_row(q, err);

    if (rc == EP_OK) {
        read_row(q, out);
    }
    return rc;
}


static ep_state_t
state_of(bool published, bool in_feed, bool enabled)
{
    if (!published) {
        return EP_STATE_NOT_DOWNLOADED;
    }
    if (!in_feed) {
        return EP_STATE_UNDEPLOYED;
    }
    return enabled ? EP_STATE_ENABLED : EP_STATE_DISABLED;
}


static ep_rc_t
list(ep_portal_t *portal, const char *sql, ep_product_t product, ep_str_t feed,
     ep_patchset_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_feed_t in;
    ep_rc_t rc = ep_feed_find(portal, feed, &in, err);

    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql);
    ep_bind_str(q, 1, ep_str(ep_product_info(product)->api));
    ep_bind_int(q, 2, in.id);
    ep_bind_int(q, 3, ep_channel_bit(ep_str(in.channel)));
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_patchset_t row = {
            .id = ep_col_int(q, 0),
            .product = product,
            .name = ep_col_str(q, 2),
            .order = ep_col_int(q, 3),
            .state = state_of(ep_col_int(q, 4) != 0, !ep_col_null(q, 9),
                              ep_col_int(q, 9) != 0),
            .appeared = ep_col_int(q, 5),
            .distros = ep_col_str(q, 6),
            .objects = ep_col_int(q, 7),
            .cves = ep_col_int(q, 8),
            .usage = ep_col_int(q, 10),
            .upstream = ep_upstream_find_status(ep_col_str(q, 11)),
            .in_channel = ep_col_null(q, 12) || ep_col_int(q, 12) != 0,
        };

        rc = fn(&row, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_patchset_list(ep_portal_t *portal, ep_product_t product, ep_str_t feed,
                 ep_patchset_fn fn, void *ctx, ep_err_t *err)
{
    return list(portal, sql_list, product, feed, fn, ctx, err);
}


ep_rc_t
ep_patchset_usage(ep_portal_t *portal, ep_product_t product, ep_str_t feed,
                  ep_patchset_fn fn, void *ctx, ep_err_t *err)
{
    return list(portal, sql_usage, product, feed, fn, ctx, err);
}


/* Run a change and log every name that it returns (CLI-12). */
static ep_rc_t
change(ep_portal_t *portal, ep_stmt_t *q, const char *what,
       const ep_feed_t *feed, int64_t *changed, ep_err_t *err)
{
    int64_t count = 0;
    ep_rc_t rc;

    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_portal_log(portal, EP_LOG_INFO, logger, "%.*s was %s %s",
                      EP_STR_ARG(ep_col_str(q, 0)), what, feed->name);
        count++;
    }
    if (rc != EP_ENOTFOUND) {
        return rc;
    }
    if (changed != NULL) {
        *changed = count;
    }
    return EP_OK;
}


static ep_rc_t
set_state(ep_portal_t *portal, int64_t id, const ep_feed_t *feed, bool enabled,
          int64_t *changed, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_enable);

    ep_bind_int(q, 1, feed->id);
    ep_bind_int(q, 2, id);
    ep_bind_int(q, 3, enabled);
    ep_bind_int(q, 4, ep_portal_now(portal));
    return change(portal, q, enabled ? "enabled in" : "disabled in", feed,
                  changed, err);
}


static ep_rc_t
enable_upto(ep_portal_t *portal, const ep_patchset_row_t *row,
            const ep_feed_t *feed, int64_t *changed, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_enable_upto);

    ep_bind_int(q, 1, feed->id);
    ep_bind_str(q, 2, ep_str(ep_product_info(row->product)->api));
    ep_bind_int(q, 3, row->order);
    ep_bind_int(q, 4, ep_portal_now(portal));
    return change(portal, q, "enabled in", feed, changed, err);
}


static ep_rc_t
undeploy_downto(ep_portal_t *portal, const ep_patchset_row_t *row,
                const ep_feed_t *feed, int64_t *changed, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    int64_t count = 0;
    ep_rc_t rc = ep_undeployed_add(portal, feed, row, &count, err);

    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_undeploy_downto);
    ep_bind_int(q, 1, feed->id);
    ep_bind_str(q, 2, ep_str(ep_product_info(row->product)->api));
    ep_bind_int(q, 3, row->order);
    rc = ep_stmt_run(q, NULL, err);
    if (rc == EP_OK && changed != NULL) {
        *changed = count;
    }
    return rc;
}


static ep_rc_t
not_downloaded(const char *name, ep_err_t *err)
{
    return ep_err_set(err, EP_EINVAL, "not-downloaded",
                      "%s is not downloaded yet", name);
}


/* The patchset, when upstream lets the action happen to it. */
static ep_rc_t
find_manageable(ep_portal_t *portal, ep_product_t product, ep_str_t name,
                ep_action_t action, ep_patchset_row_t *row, ep_err_t *err)
{
    ep_upstream_file_t upstream;
    ep_patchset_name_t parsed;
    ep_err_t why = { 0 };
    ep_rc_t rc = ep_patchset_find_name(portal, product, name, row, &why);
    bool known;

    if (rc == EP_ENOTFOUND && ep_patchset_parse(name, &parsed, NULL) == EP_OK
        && ep_upstream_find(portal, product, parsed.order, &upstream, err)
               == EP_OK)
    {
        return not_downloaded(upstream.name, err);
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, why.code, "%s", why.msg);
    }
    if (!row->published) {
        return not_downloaded(row->name, err);
    }
    rc = ep_upstream_find(portal, product, row->order, &upstream, err);
    known = rc == EP_OK;
    if (!known && rc != EP_ENOTFOUND) {
        return rc;
    }
    if (known && upstream.status == EP_UPSTREAM_BLOCKED
        && action == EP_ACTION_ENABLE)
    {
        return ep_err_set(err, EP_EINVAL, "blocked",
                          "%s is blocked by the patch source and stays "
                          "disabled",
                          row->name);
    }
    return EP_OK;
}


ep_rc_t
ep_patchset_act(ep_portal_t *portal, ep_product_t product, ep_str_t name,
                ep_str_t feed, ep_action_t action, int64_t *changed,
                ep_err_t *err)
{
    ep_rc_t rc = ep_db_need_write(portal, err);
    ep_patchset_row_t row;
    ep_feed_t in;

    if (rc == EP_OK) {
        rc = ep_feed_find(portal, feed, &in, err);
    }
    if (rc == EP_OK) {
        rc = find_manageable(portal, product, name, action, &row, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    switch (action) {
    case EP_ACTION_ENABLE:
        return set_state(portal, row.id, &in, true, changed, err);
    case EP_ACTION_DISABLE:
        return set_state(portal, row.id, &in, false, changed, err);
    case EP_ACTION_ENABLE_UPTO:
        return enable_upto(portal, &row, &in, changed, err);
    default:
        return undeploy_downto(portal, &row, &in, changed, err);
    }
}


/* Bind what FROM_NEW and its INSERT ask for. */
static void
bind_new(ep_portal_t *portal, ep_stmt_t *q, ep_product_t product,
         const ep_feed_t *feed, int64_t before)
{
    ep_bind_int(q, 1, feed->id);
    ep_bind_str(q, 2, ep_str(ep_product_info(product)->api));
    ep_bind_int(q, 3, before);
    ep_bind_int(q, 4, ep_portal_now(portal));
    ep_bind_int(q, 5, ep_channel_bit(ep_str(feed->channel)));
}


ep_rc_t
ep_patchset_enable_new(ep_portal_t *portal, ep_product_t product, ep_str_t feed,
                       int64_t before, int64_t *changed, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_rc_t rc = ep_db_need_write(portal, err);
    ep_feed_t in;

    if (rc == EP_OK) {
        rc = ep_feed_find(portal, feed, &in, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_enable_new);
    bind_new(portal, q, product, &in, before);
    return change(portal, q, "enabled in", &in, changed, err);
}


ep_rc_t
ep_patchset_list_new(ep_portal_t *portal, ep_product_t product, ep_str_t feed,
                     int64_t before, ep_patchset_fn fn, void *ctx,
                     ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_feed_t in;
    ep_rc_t rc = ep_feed_find(portal, feed, &in, err);

    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_list_new);
    bind_new(portal, q, product, &in, before);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_patchset_t row = { .id = ep_col_int(q, 0),
                              .product = product,
                              .name = ep_col_str(q, 1),
                              .order = ep_col_int(q, 2),
                              .state = EP_STATE_UNDEPLOYED };

        rc = fn(&row, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_patchset_disable_blocked(ep_portal_t *portal, int64_t *changed,
                            ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp)
    ep_stmt_t *q = ep_stmt(portal, sql_disable_blocked);
    ep_rc_t rc = ep_db_need_write(portal, err);
    int64_t count = 0;

    if (rc != EP_OK) {
        return rc;
    }
    ep_bind_int(q, 1, ep_portal_now(portal));
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_portal_log(portal, EP_LOG_WARNING, logger,
                      "%.*s was disabled in %.*s: the patch source blocks it",
                      EP_STR_ARG(ep_col_str(q, 0)),
                      EP_STR_ARG(ep_col_str(q, 1)));
        count++;
    }
    if (rc != EP_ENOTFOUND) {
        return rc;
    }
    if (changed != NULL) {
        *changed = count;
    }
    return EP_OK;
}


ep_rc_t
ep_patchset_leave(ep_portal_t *portal, int64_t id, ep_str_t feed, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_rc_t rc = ep_db_need_write(portal, err);
    ep_feed_t in;

    if (rc == EP_OK) {
        rc = ep_feed_find(portal, feed, &in, err);
    }
    if (rc == EP_OK) {
        rc = ep_undeployed_note(portal, id, in.id, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_leave);
    ep_bind_int(q, 1, in.id);
    ep_bind_int(q, 2, id);
    return change(portal, q, "removed from", &in, NULL, err);
}


ep_rc_t
ep_patchset_in_feed(ep_portal_t *portal, int64_t id, ep_str_t feed, bool *in,
                    ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_feed_t found;
    ep_rc_t rc = ep_feed_find(portal, feed, &found, err);

    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_in_feed);
    ep_bind_int(q, 1, found.id);
    ep_bind_int(q, 2, id);
    rc = ep_stmt_row(q, err);
    if (rc != EP_OK && rc != EP_ENOTFOUND) {
        return rc;
    }
    *in = rc == EP_OK;
    return EP_OK;
}


ep_rc_t
ep_patchset_feeds(ep_portal_t *portal, int64_t id, int64_t *count,
                  ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_feeds);
    ep_rc_t rc;

    ep_bind_int(q, 1, id);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *count = ep_col_int(q, 0);
    }
    return rc;
}


ep_rc_t
ep_patchset_has_archive(ep_portal_t *portal, ep_str_t archive, bool *has,
                        ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_has_archive);
    ep_rc_t rc;

    ep_bind_str(q, 1, archive);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *has = ep_col_int(q, 0) > 0;
    }
    return rc;
}


ep_rc_t
ep_patchset_add(ep_portal_t *portal, const ep_patchset_name_t *name,
                int64_t *id, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_add);
    ep_rc_t rc;

    ep_bind_str(q, 1, ep_str(ep_product_info(name->product)->api));
    ep_bind_str(q, 2, ep_str(name->name));
    ep_bind_int(q, 3, name->order);
    ep_bind_int(q, 4, ep_portal_now(portal));
    rc = ep_stmt_run(q, NULL, err);
    if (rc == EP_OK) {
        *id = ep_db_last_id(portal);
    }
    return rc;
}


ep_rc_t
ep_patchset_publish(ep_portal_t *portal, int64_t id,
                    const ep_patchset_facts_t *facts, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_publish);

    ep_bind_int(q, 1, id);
    ep_bind_str(q, 2, ep_str(facts->archive));
    ep_bind_blob(q, 3, facts->sha256, EP_SHA256_SIZE);
    ep_bind_str(q, 4, facts->distros.p ? facts->distros : EP_STR(""));
    ep_bind_int(q, 5, facts->objects);
    ep_bind_int(q, 6, facts->cves);
    ep_bind_int(q, 7, facts->archive == NULL);
    return ep_stmt_run(q, NULL, err);
}


static ep_rc_t
run_by_id(ep_portal_t *portal, const char *sql, int64_t id, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql);

    ep_bind_int(q, 1, id);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_patchset_unpublish(ep_portal_t *portal, int64_t id, ep_err_t *err)
{
    ep_rc_t rc = ep_undeployed_note(portal, id, 0, err);

    if (rc == EP_OK) {
        rc = run_by_id(portal, sql_leave_all, id, err);
    }
    return rc == EP_OK ? run_by_id(portal, sql_unpublish, id, err) : rc;
}


ep_rc_t
ep_patchset_delete(ep_portal_t *portal, int64_t id, ep_err_t *err)
{
    return run_by_id(portal, sql_delete, id, err);
}
