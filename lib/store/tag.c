/* Tags of servers: the tables tag, tag_name, tag_value and tag_servers. The
 * triggers of sql/005 and sql/012 keep all but the first; here, only names
 * without servers are made. See
 * eportal/server.h and eportal/server_list.h. */

#include "store/recount.h"
#include "store/server_block.h"
#include "store/server_private.h"

#define AGENT EP_STR("agent")
#define PORTAL EP_STR("portal")
#define SERVERS_IN_ROW 400 /* of tag_servers: consecutive local ids */

static const char sql_clear[] =
    "DELETE FROM tag WHERE server = ?1 AND origin = ?2";
static const char sql_set[] =
    "INSERT INTO tag (server, origin, name, value) VALUES (?1, ?4, ?2, ?3)"
    " ON CONFLICT DO UPDATE SET value = excluded.value";
static const char sql_remove[] =
    "DELETE FROM tag WHERE server = ?1 AND origin = 'portal' AND name = ?2";
static const char sql_of[] =
    "SELECT name, value, origin = 'portal' FROM tag WHERE server = ?1"
    " ORDER BY name, origin";

static const char sql_named[] =
    "SELECT block, ids, value FROM tag_servers WHERE origin = ?1 AND name = ?2";
static const char sql_valued[] =
    "SELECT block, ids FROM tag_servers WHERE origin = ?1 AND name = ?2"
    " AND value = ?3";
static const char sql_values[] = "SELECT name, value, origin FROM tag_value";

/* For the doctor, as in server_order.c. */
#define SERVER_IN_ROW                                                          \
    "CAST(char(65 + server % 400 / 32, 1 + server % 400 % 32) AS BLOB)"
static const char sql_wrong[] =
    "SELECT (SELECT count(*) FROM tag)"
    "       <> (SELECT coalesce(sum(length(ids)), 0) / 2 FROM tag_servers)"
    " OR EXISTS (SELECT 1 FROM tag t WHERE coalesce(instr("
    "    (SELECT ids FROM tag_servers s WHERE s.origin = t.origin"
    "        AND s.name = t.name AND s.value = coalesce(t.value, '')"
    "        AND s.block = t.server / 400), " SERVER_IN_ROW "), 0) = 0)";
static const char sql_clear_servers[] = "DELETE FROM tag_servers";
static const char sql_fill_servers[] =
    "INSERT INTO tag_servers SELECT origin, name, coalesce(value, ''),"
    "  server / 400, CAST(group_concat(" SERVER_IN_ROW ", '') AS BLOB)"
    " FROM tag GROUP BY 1, 2, 3, 4";

static const char sql_list[] =
    "SELECT name, servers, made FROM tag_name WHERE name > ?1 ORDER BY name"
    " LIMIT ?2";
static const char sql_count[] =
    "SELECT coalesce(sum(servers), 0) FROM tag_value"
    " WHERE name = ?1 AND origin = 'portal'";
static const char sql_find[] = "SELECT made FROM tag_name WHERE name = ?1";
static const char sql_make[] =
    "INSERT INTO tag_name (name, made) VALUES (?1, 1)"
    " ON CONFLICT DO UPDATE SET made = 1 WHERE made = 0";
static const char sql_unmake[] = "UPDATE tag_name SET made = 0 WHERE name = ?1";
static const char sql_forget[] =
    "DELETE FROM tag_name WHERE name = ?1 AND servers <= 0 AND made = 0";

static const char sql_off[] =
    "WITH both AS ("
    "  SELECT name, coalesce(value, '') AS value, origin, count(*) AS n"
    "    FROM tag GROUP BY 1, 2, 3"
    "  UNION ALL SELECT name, value, origin, -servers FROM tag_value"
    "  UNION ALL SELECT name, NULL, NULL, count(DISTINCT server) FROM tag"
    "   GROUP BY 1"
    "  UNION ALL SELECT name, NULL, NULL, -servers FROM tag_name)"
    " SELECT name, value, origin, sum(n) FROM both GROUP BY 1, 2, 3"
    " HAVING sum(n) <> 0 ORDER BY 1, 2, 3";
static const char sql_correct_name[] =
    "INSERT INTO tag_name (name, servers) VALUES (?1, ?2)"
    " ON CONFLICT DO UPDATE SET servers = servers + ?2";
static const char sql_correct_value[] =
    "INSERT INTO tag_value (name, value, origin, servers)"
    " VALUES (?1, ?3, ?4, ?2)"
    " ON CONFLICT DO UPDATE SET servers = servers + ?2";
static const char sql_forget_value[] =
    "DELETE FROM tag_value"
    " WHERE name = ?1 AND value = ?3 AND origin = ?4 AND servers <= 0";

#define SOME_PORTAL                                                            \
    " WHERE origin = 'portal' AND name = ?1 AND server IN"                     \
    " (SELECT server FROM tag WHERE origin = 'portal' AND name = ?1"           \
    "  ORDER BY value, server LIMIT ?2)"
static const char sql_copy[] =
    "INSERT INTO tag (server, origin, name, value)"
    " SELECT server, origin, ?3, value FROM tag" SOME_PORTAL
    " ON CONFLICT DO NOTHING";
static const char sql_delete[] = "DELETE FROM tag" SOME_PORTAL;


static ep_rc_t
bad_tags(ep_err_t *err)
{
    return ep_err_set(err, EP_EINVAL, "bad-tags",
                      "tags are at most %d bytes of UTF-8 text without "
                      "control characters, such as \"env:prod;ubuntu\"",
                      EP_TAGS_MAX);
}


static ep_rc_t
clear(ep_portal_t *portal, int64_t server, ep_str_t origin, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_clear);

    ep_bind_int(q, 1, server);
    ep_bind_str(q, 2, origin);
    return ep_stmt_run(q, NULL, err);
}


/* "env:prod" is a name and a value, "ubuntu" a name alone. */
static ep_rc_t
split(ep_str_t tag, ep_str_t *name, ep_str_t *value, ep_err_t *err)
{
    ep_str_cut(tag, ':', name, value);
    *name = ep_str_trim(*name);
    *value = ep_str_trim(*value);
    if (name->n == 0) {
        return ep_err_set(err, EP_EINVAL, "bad-tags",
                          "the tag \"%.*s\" has no name", EP_STR_ARG(tag));
    }
    return EP_OK;
}


static ep_rc_t
set_tag(ep_portal_t *portal, int64_t server, ep_str_t origin, ep_str_t tag,
        ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_str_t name, value;
    ep_rc_t rc = split(tag, &name, &value, err);

    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_set);
    ep_bind_int(q, 1, server);
    ep_bind_str(q, 2, name);
    ep_bind_str(q, 3, value.n > 0 ? value : EP_STR_NULL);
    ep_bind_str(q, 4, origin);
    return ep_stmt_run(q, NULL, err);
}


static ep_rc_t
remove_tag(ep_portal_t *portal, int64_t server, ep_str_t tag, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_str_t name, value;
    ep_rc_t rc = split(tag, &name, &value, err);

    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_remove);
    ep_bind_int(q, 1, server);
    ep_bind_str(q, 2, name);
    return ep_stmt_run(q, NULL, err);
}


static ep_rc_t
change(ep_portal_t *portal, ep_str_t server_id, ep_str_t origin,
       ep_tags_how_t how, ep_str_t tags, ep_err_t *err)
{
    ep_caller_t server;
    ep_str_t rest = tags;
    ep_rc_t rc;

    if (tags.n > EP_TAGS_MAX || !ep_str_is_text(tags, false)) {
        return bad_tags(err);
    }
    rc = ep_server_caller(portal, server_id, &server, err);
    if (rc == EP_OK && how == EP_TAGS_SET) {
        rc = clear(portal, server.id, origin, err);
    }
    while (rc == EP_OK && rest.n > 0) {
        ep_str_t tag;

        ep_str_cut(rest, ';', &tag, &rest);
        tag = ep_str_trim(tag);
        if (tag.n > 0) {
            rc = how == EP_TAGS_REMOVE
                     ? remove_tag(portal, server.id, tag, err)
                     : set_tag(portal, server.id, origin, tag, err);
        }
    }
    return rc;
}


ep_rc_t
ep_server_set_agent_tags(ep_portal_t *portal, ep_str_t server_id, ep_str_t tags,
                         ep_err_t *err)
{
    return change(portal, server_id, AGENT, EP_TAGS_SET, tags, err);
}


ep_rc_t
ep_server_set_portal_tags(ep_portal_t *portal, ep_str_t server_id,
                          ep_tags_how_t how, ep_str_t tags, ep_err_t *err)
{
    return change(portal, server_id, PORTAL, how, tags, err);
}


ep_rc_t
ep_server_tags(ep_portal_t *portal, int64_t id, ep_tag_fn fn, void *ctx,
               ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_of);
    ep_rc_t rc;

    ep_bind_int(q, 1, id);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_tag_t tag = { .name = ep_col_str(q, 0),
                         .value = ep_col_str(q, 1),
                         .portal = ep_col_int(q, 2) != 0 };

        rc = fn(&tag, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


/* Set or clear the servers of a row of tag_servers. */
static void
mark(ep_stmt_t *q, bool set, ep_selection_t *s)
{
    int64_t first = ep_col_int(q, 0) * SERVERS_IN_ROW;
    ep_str_t ids = ep_col_blob(q, 1);

    for (size_t i = 0; i + 2 <= ids.n; i += 2) {
        int64_t id = first + ((uint8_t) ids.p[i] - 65) * 32
                     + ((uint8_t) ids.p[i + 1] - 1);

        if (id > 0 && id < s->size) {
            if (set) {
                ep_bit_set(s, id);
            } else {
                ep_bit_clear(s, id);
            }
        }
    }
}


/* Set the servers whose tag of this origin has this value. */
static ep_rc_t
add_valued(ep_portal_t *portal, ep_str_t origin, ep_str_t name, ep_str_t value,
           ep_selection_t *s, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_valued);
    ep_rc_t rc;

    ep_bind_str(q, 1, origin);
    ep_bind_str(q, 2, name);
    ep_bind_str(q, 3, value);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        mark(q, true, s);
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


/* Set or clear by the tags of this origin and name; value p NULL: any. */
static ep_rc_t
go_by_named(ep_portal_t *portal, ep_str_t origin, ep_str_t name, ep_str_t value,
            ep_selection_t *s, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_named);
    ep_rc_t rc;

    ep_bind_str(q, 1, origin);
    ep_bind_str(q, 2, name);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        mark(q, value.p == NULL || ep_str_eq(value, ep_col_str(q, 2)), s);
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


/* The portal's value of a tag wins over the agent's. */
ep_rc_t
ep_tag_select(ep_portal_t *portal, ep_str_t name, ep_str_t value,
              ep_selection_t *s, ep_err_t *err)
{
    ep_rc_t rc = value.p == NULL
                     ? go_by_named(portal, AGENT, name, value, s, err)
                     : add_valued(portal, AGENT, name, value, s, err);

    return rc == EP_OK ? go_by_named(portal, PORTAL, name, value, s, err) : rc;
}


static bool
shows(ep_str_t name, ep_str_t value, ep_str_t text)
{
    char shown[2 * EP_TAGS_MAX + 2];
    size_t n = name.n;

    if (name.n + value.n + 1 > sizeof(shown)) {
        return false;
    }
    memcpy(shown, name.p, name.n);
    if (value.n > 0) {
        shown[n++] = ':';
        memcpy(shown + n, value.p, value.n);
        n += value.n;
    }
    for (size_t i = 0; i + text.n <= n; i++) {
        if (ep_str_eq_nocase((ep_str_t){ shown + i, text.n }, text)) {
            return true;
        }
    }
    return false;
}


ep_rc_t
ep_tag_search(ep_portal_t *portal, ep_str_t text, ep_selection_t *s,
              ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_values);
    ep_rc_t rc;

    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_str_t name = ep_col_str(q, 0);
        ep_str_t value = ep_col_str(q, 1);

        if (!shows(name, value, text)) {
            continue;
        }
        rc = add_valued(portal, ep_col_str(q, 2), name, value, s, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_tag_list(ep_portal_t *portal, ep_str_t after, int64_t limit,
            ep_tag_name_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_list);
    ep_rc_t rc;

    ep_bind_str(q, 1, after.n > 0 ? after : EP_STR(""));
    ep_bind_int(q, 2, limit);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        rc = fn(ep_col_str(q, 0), ep_col_int(q, 1), ep_col_int(q, 2) != 0, ctx,
                err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


/* A name that a list of tags can hold. */
static ep_rc_t
check_name(ep_str_t name, ep_err_t *err)
{
    if (name.n == 0 || name.n > EP_FACT_MAX || !ep_str_is_text(name, false)
        || memchr(name.p, ':', name.n) != NULL
        || memchr(name.p, ';', name.n) != NULL
        || !ep_str_eq(name, ep_str_trim(name)))
    {
        return ep_err_set(err, EP_EINVAL, "bad-tags",
                          "a tag's name is at most %d bytes of UTF-8 text "
                          "without control characters, ':' and ';'",
                          EP_FACT_MAX);
    }
    return EP_OK;
}


static ep_rc_t
by_name(ep_portal_t *portal, const char *sql, ep_str_t name, int64_t *changed,
        ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql);

    ep_bind_str(q, 1, name);
    return ep_stmt_run(q, changed, err);
}


ep_rc_t
ep_tag_create(ep_portal_t *portal, ep_str_t name, ep_err_t *err)
{
    int64_t changed = 0;
    ep_rc_t rc = check_name(name, err);

    if (rc == EP_OK) {
        rc = by_name(portal, sql_make, name, &changed, err);
    }
    if (rc == EP_OK && changed == 0) {
        return ep_err_set(err, EP_EEXISTS, "tag-exists",
                          "there is a tag \"%.*s\" already", EP_STR_ARG(name));
    }
    return rc;
}


static ep_rc_t
find(ep_portal_t *portal, ep_str_t name, bool *made, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_find);
    ep_rc_t rc;

    ep_bind_str(q, 1, name);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *made = ep_col_int(q, 0) != 0;
    } else if (rc == EP_ENOTFOUND) {
        return ep_err_set(err, rc, "tag-not-found", "there is no tag \"%.*s\"",
                          EP_STR_ARG(name));
    }
    return rc;
}


static ep_rc_t
some(ep_portal_t *portal, const char *sql, ep_str_t name, int64_t limit,
     ep_str_t to, int64_t *changed, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql);

    ep_bind_str(q, 1, name);
    ep_bind_int(q, 2, limit);
    if (to.n > 0) {
        ep_bind_str(q, 3, to);
    }
    return ep_stmt_run(q, changed, err);
}


ep_rc_t
ep_tag_count(ep_portal_t *portal, ep_str_t name, int64_t *servers,
             ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_count);
    bool made;
    ep_rc_t rc = find(portal, name, &made, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_bind_str(q, 1, name);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *servers = ep_col_int(q, 0);
    }
    return rc;
}


ep_rc_t
ep_tag_delete(ep_portal_t *portal, ep_str_t name, int64_t limit,
              int64_t *changed, ep_err_t *err)
{
    bool made;
    ep_rc_t rc = find(portal, name, &made, err);

    if (rc == EP_OK) {
        rc = some(portal, sql_delete, name, limit, EP_STR_NULL, changed, err);
    }
    if (rc == EP_OK) {
        rc = by_name(portal, sql_unmake, name, NULL, err);
    }
    return rc == EP_OK ? by_name(portal, sql_forget, name, NULL, err) : rc;
}


ep_rc_t
ep_tag_rename(ep_portal_t *portal, ep_str_t name, ep_str_t to, int64_t limit,
              int64_t *changed, ep_err_t *err)
{
    bool made = false;
    ep_rc_t rc = check_name(to, err);

    if (rc == EP_OK) {
        rc = find(portal, name, &made, err);
    }
    if (rc == EP_OK && ep_str_eq(name, to)) {
        *changed = 0;
        return EP_OK;
    }
    if (rc == EP_OK && made) {
        rc = by_name(portal, sql_make, to, NULL, err);
    }
    if (rc == EP_OK) {
        rc = some(portal, sql_copy, name, limit, to, NULL, err);
    }
    return rc == EP_OK ? ep_tag_delete(portal, name, limit, changed, err) : rc;
}


/* ---- the doctor's ---- */

ep_rc_t
ep_tag_servers_check(ep_portal_t *portal, bool *wrong, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_wrong);
    ep_rc_t rc = ep_stmt_row(q, err);

    if (rc == EP_OK) {
        *wrong = ep_col_int(q, 0) != 0;
    }
    return rc;
}


ep_rc_t
ep_tag_servers_rebuild(ep_portal_t *portal, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *old = NULL;
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_rc_t rc;

    old = ep_stmt(portal, sql_clear_servers);
    rc = ep_stmt_run(old, NULL, err);
    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_fill_servers);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_tag_recount(ep_portal_t *portal, ep_tag_off_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_off);
    ep_rc_t rc;

    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        bool value = !ep_col_null(q, 1);
        ep_tag_off_t off = { .name = ep_col_str(q, 0),
                             .value = value ? ep_col_str(q, 1) : EP_STR_NULL,
                             .origin = value ? ep_col_str(q, 2) : EP_STR_NULL,
                             .servers = ep_col_int(q, 3) };

        rc = fn(&off, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static ep_rc_t
correct_value(ep_portal_t *portal, const char *sql, const ep_tag_off_t *off,
              ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql);

    ep_bind_str(q, 1, off->name);
    ep_bind_int(q, 2, off->servers);
    ep_bind_str(q, 3, off->value);
    ep_bind_str(q, 4, off->origin);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_tag_correct(ep_portal_t *portal, const ep_tag_off_t *off, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_rc_t rc;

    if (off->value.p != NULL) {
        rc = correct_value(portal, sql_correct_value, off, err);
        return rc == EP_OK ? correct_value(portal, sql_forget_value, off, err)
                           : rc;
    }
    q = ep_stmt(portal, sql_correct_name);
    ep_bind_str(q, 1, off->name);
    ep_bind_int(q, 2, off->servers);
    rc = ep_stmt_run(q, NULL, err);
    return rc == EP_OK ? by_name(portal, sql_forget, off->name, NULL, err) : rc;
}
