/* Feeds: the table feed. See eportal/feed.h. */

#include <eportal/audit.h>
#include <eportal/feed.h>

#include "base/pattern.h"
#include "store/db.h"
#include "store/key_private.h"

#define DEPLOY_AFTER_MAX 8760 /* hours: a year */
#define MAIN_ID 1             /* sql/001_initial.sql makes it */

#define COLUMNS                                                                \
    "f.id, f.name, f.auto_update, f.deploy_after, f.channel, f.created,"       \
    " (SELECT count(*) FROM key k WHERE k.feed_id = f.id),"                    \
    " (SELECT coalesce(sum(c.servers), 0) FROM key k"                          \
    "   JOIN key_count c ON c.key_id = k.id WHERE k.feed_id = f.id)"

static const char sql_find[] =
    "SELECT " COLUMNS " FROM feed f WHERE f.name = ?1";
static const char sql_list[] =
    "SELECT " COLUMNS " FROM feed f ORDER BY f.id <> 1, f.name";
static const char sql_add[] =
    "INSERT INTO feed (name, auto_update, deploy_after, channel, created)"
    " VALUES (?1, ?2, ?3, ?4, ?5)";
static const char sql_change[] =
    "UPDATE feed SET auto_update = ?2, deploy_after = ?3, channel = ?4"
    " WHERE id = ?1";
static const char sql_delete[] = "DELETE FROM feed WHERE id = ?1";

/* A feed's name may stand before a kernel hash in a URL, so it is none of
 * the words that a URL of ours begins with (design.md section 4). */
static const char *const reserved[] = {
    ".",
    "..",
    ".well-known",
    "_eportal",
    "admin",
    "api",
    "assets",
    "check",
    "clean",
    "clweb",
    "doctor",
    "downloads",
    "favicon.ico",
    "install-almacare",
    "install-kernelcare",
    "install-tuxcare",
    "installer",
    "kernelcare",
    "kernelcare_pub.der",
    "ksplice2kcare",
    "libcare-patches.json",
    "metrics",
    "oval",
    "patch-download",
    "radar",
    "repo",
    "replication",
    "robots.txt",
    "set-kernelcare-repo",
    "set-patch-server",
    "static",
    "upload",
    "userspace",
    "userspace-patches.json",
};


static void
read_row(ep_stmt_t *q, ep_feed_t *out)
{
    *out = (ep_feed_t){ .id = ep_col_int(q, 0),
                        .auto_update = ep_col_int(q, 2) != 0,
                        .deploy_after = ep_col_int(q, 3),
                        .created = ep_col_int(q, 5),
                        .keys = ep_col_int(q, 6),
                        .servers = ep_col_int(q, 7) };
    ep_str_copy(ep_col_str(q, 1), out->name, sizeof(out->name));
    ep_str_copy(ep_col_str(q, 4), out->channel, sizeof(out->channel));
}


ep_rc_t
ep_feed_find(ep_portal_t *portal, ep_str_t name, ep_feed_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_find);
    ep_rc_t rc;

    ep_bind_str(q, 1, name);
    rc = ep_stmt_row(q, err);
    if (rc == EP_ENOTFOUND) {
        return ep_err_set(err, rc, "feed-not-found",
                          "there is no feed \"%.*s\"", EP_STR_ARG(name));
    }
    if (rc == EP_OK) {
        read_row(q, out);
    }
    return rc;
}


ep_rc_t
ep_feed_list(ep_portal_t *portal, ep_feed_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_list);
    ep_feed_t feed;
    ep_rc_t rc;

    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        read_row(q, &feed);
        rc = fn(&feed, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static ep_rc_t
check_name(ep_str_t name, ep_err_t *err)
{
    static ep_pattern_t pattern = EP_PATTERN("[A-Za-z0-9._-]{1,32}");

    if (!ep_pattern_match(&pattern, name, NULL, 0)) {
        return ep_err_set(err, EP_EINVAL, "bad-feed-name",
                          "a feed's name is 1 to %d letters, digits, dots, "
                          "dashes and underscores",
                          EP_FEED_NAME_MAX);
    }
    for (size_t i = 0; i < EP_ARRAY_LEN(reserved); i++) {
        if (ep_str_eq_nocase(name, ep_str(reserved[i]))) {
            return ep_err_set(err, EP_EINVAL, "bad-feed-name",
                              "\"%.*s\" is part of the portal's own "
                              "addresses: choose another name",
                              EP_STR_ARG(name));
        }
    }
    return EP_OK;
}


static ep_rc_t
check_options(const ep_feed_t *feed, ep_err_t *err)
{
    ep_str_t channel = ep_str(feed->channel);

    if (feed->deploy_after < 0 || feed->deploy_after > DEPLOY_AFTER_MAX) {
        return ep_err_set(err, EP_EINVAL, "bad-deploy-after",
                          "\"deploy after\" is 0 to %d hours",
                          DEPLOY_AFTER_MAX);
    }
    if (!ep_str_eq(channel, EP_STR("default"))
        && !ep_str_eq(channel, EP_STR("test"))
        && !ep_str_eq(channel, EP_STR("unstable")))
    {
        return ep_err_set(err, EP_EINVAL, "bad-channel",
                          "a channel is default, test or unstable");
    }
    return EP_OK;
}


/* What was said of a feed; set: which of it. */
static ep_rc_t
audit(ep_portal_t *portal, const char *action, unsigned set,
      const ep_feed_t *row, ep_err_t *err)
{
    const ep_audit_value_t values[] = {
        { "auto", set & EP_FEED_SET_AUTO ? EP_AUDIT_TRUTH : EP_AUDIT_SKIP,
          EP_STR_NULL, row->auto_update },
        { "deploy_after",
          set & EP_FEED_SET_DEPLOY_AFTER ? EP_AUDIT_NUMBER : EP_AUDIT_SKIP,
          EP_STR_NULL, row->deploy_after },
        { "channel", set & EP_FEED_SET_CHANNEL ? EP_AUDIT_TEXT : EP_AUDIT_SKIP,
          ep_str(row->channel), 0 },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return ep_audit_values(portal, action, ep_str(row->name), values, err);
}


ep_rc_t
ep_feed_add(ep_portal_t *portal, const ep_feed_t *feed, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_feed_t row = *feed;
    ep_rc_t rc;

    if (row.channel[0] == '\0') {
        ep_str_copy(EP_STR("default"), row.channel, sizeof(row.channel));
    }
    rc = check_name(ep_str(row.name), err);
    if (rc == EP_OK) {
        rc = check_options(&row, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_add);
    ep_bind_str(q, 1, ep_str(row.name));
    ep_bind_int(q, 2, row.auto_update);
    ep_bind_int(q, 3, row.deploy_after);
    ep_bind_str(q, 4, ep_str(row.channel));
    ep_bind_int(q, 5, ep_portal_now(portal));
    rc = ep_stmt_run(q, NULL, err);
    if (rc == EP_EEXISTS) {
        ep_err_clear(err);
        return ep_err_set(err, rc, "feed-exists",
                          "there is a feed \"%s\" already", row.name);
    }
    return rc == EP_OK ? audit(portal, "feed.add", ~0u, &row, err) : rc;
}


static ep_rc_t
find_changeable(ep_portal_t *portal, ep_str_t name, ep_feed_t *out,
                ep_err_t *err)
{
    ep_rc_t rc = ep_feed_find(portal, name, out, err);

    if (rc == EP_OK && out->id == MAIN_ID) {
        return ep_err_set(err, EP_EINVAL, "main-feed",
                          "the feed " EP_FEED_MAIN " cannot be changed or "
                          "deleted");
    }
    return rc;
}


ep_rc_t
ep_feed_change(ep_portal_t *portal, ep_str_t name, unsigned set,
               const ep_feed_t *values, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_feed_t row;
    ep_rc_t rc = find_changeable(portal, name, &row, err);

    if (rc != EP_OK) {
        return rc;
    }
    if (set & EP_FEED_SET_AUTO) {
        row.auto_update = values->auto_update;
    }
    if (set & EP_FEED_SET_DEPLOY_AFTER) {
        row.deploy_after = values->deploy_after;
    }
    if (set & EP_FEED_SET_CHANNEL) {
        memcpy(row.channel, values->channel, sizeof(row.channel));
    }
    rc = check_options(&row, err);
    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_change);
    ep_bind_int(q, 1, row.id);
    ep_bind_int(q, 2, row.auto_update);
    ep_bind_int(q, 3, row.deploy_after);
    ep_bind_str(q, 4, ep_str(row.channel));
    rc = ep_stmt_run(q, NULL, err);
    return rc == EP_OK ? audit(portal, "feed.change", set, &row, err) : rc;
}


ep_rc_t
ep_feed_delete(ep_portal_t *portal, ep_str_t name, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_feed_t row;
    ep_rc_t rc = find_changeable(portal, name, &row, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_key_change_feed(portal, row.id, MAIN_ID, err);
    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_delete);
    ep_bind_int(q, 1, row.id);
    rc = ep_stmt_run(q, NULL, err);
    return rc == EP_OK ? audit(portal, "feed.delete", 0, &row, err) : rc;
}
