/*
 * How many servers there are and how they are, from what is kept counted:
 * the counters of keys and of usage, and the block that says when each was
 * heard of. Nothing here is slower with more facts or longer lists.
 */

#include <eportal/patchset.h>

#include "store/server_block.h"

static const char sql_counts[] =
    "SELECT (SELECT coalesce(sum(servers), 0) FROM key_count),"
    " (SELECT count(*) FROM key), (SELECT count(*) FROM feed)";
/* Rows of one kernel, feed and products stand together: one look-up each. */
static const char sql_usage[] =
    "SELECT k.feed_id, k.products, u.kernel_id, u.level, sum(u.servers)"
    " FROM usage u JOIN key k ON k.id = u.key_id"
    " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3";

typedef struct {
    ep_server_totals_t *out;
    int64_t since; /* active from this time on */
} when_t;


static void
each_when(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    when_t *when = ctx;

    for (int64_t id = first; id < end; id++) {
        int64_t time = ep_digits5(data + (id - first) * 10);

        if (time >= when->since) {
            when->out->active++;
        } else if (time > 0) {
            when->out->silent++;
        }
    }
}


static ep_rc_t
count_rows(ep_portal_t *portal, ep_server_totals_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_counts);
    ep_rc_t rc = ep_stmt_row(q, err);

    if (rc == EP_OK) {
        out->total = ep_col_int(q, 0);
        out->keys = ep_col_int(q, 1);
        out->feeds = ep_col_int(q, 2);
    }
    return rc;
}


/* The level that a view has for a kernel; 0: none. */
static ep_rc_t
find_level(ep_portal_t *portal, const ep_level_query_t *query, int64_t *out,
           ep_err_t *err)
{
    ep_level_t level = { 0 };
    ep_err_t local = { 0 };
    ep_rc_t rc = ep_level_find(portal, query, &level, &local);

    if (rc != EP_OK && rc != EP_ENOTFOUND) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    *out = level.level;
    return EP_OK;
}


static ep_rc_t
count_levels(ep_portal_t *portal, ep_server_totals_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_usage);
    uint8_t kernel[EP_OBJECT_SIZE] = { 0 };
    ep_level_query_t query = { .object = kernel, .feed_id = -1 };
    int64_t level = 0;
    ep_rc_t rc;

    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_str_t name = ep_col_blob(q, 2);
        unsigned products = ep_col_null(q, 1) ? EP_PRODUCTS_DEFAULT
                                              : (unsigned) ep_col_int(q, 1);

        if (name.n != EP_OBJECT_SIZE) {
            continue;
        }
        if (query.feed_id != ep_col_int(q, 0) || query.products != products
            || memcmp(kernel, name.p, sizeof(kernel)) != 0)
        {
            query.feed_id = ep_col_int(q, 0);
            query.products = products;
            memcpy(kernel, name.p, sizeof(kernel));
            rc = find_level(portal, &query, &level, err);
            if (rc != EP_OK) {
                return rc;
            }
        }
        if (level > 0) {
            *(ep_col_int(q, 3) >= level ? &out->current : &out->outdated) +=
                ep_col_int(q, 4);
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_server_totals(ep_portal_t *portal, ep_server_totals_t *out, ep_err_t *err)
{
    ep_server_totals_t totals = { 0 };
    when_t when = { .out = &totals,
                    .since =
                        ep_portal_now(portal) / 1000000 - EP_ACTIVE_SECONDS };
    ep_rc_t rc = count_rows(portal, &totals, err);

    if (when.since < 1) {
        when.since = 1;
    }
    if (rc == EP_OK) {
        rc = ep_block_each(portal, EP_BLOCK_WHEN, NULL, each_when, &when, err);
    }
    if (rc == EP_OK) {
        rc = count_levels(portal, &totals, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    totals.never = totals.total - totals.active - totals.silent;
    totals.unsupported = totals.total - totals.current - totals.outdated;
    *out = totals;
    return EP_OK;
}
