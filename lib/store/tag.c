/* Tags of servers: the table tag. See eportal/server.h. */

#include "store/db.h"
#include "store/server_private.h"

static const char sql_clear[] =
    "DELETE FROM tag WHERE server = ?1 AND origin = 'agent'";
static const char sql_set[] =
    "INSERT INTO tag (server, origin, name, value) VALUES (?1, 'agent', ?2, ?3)"
    " ON CONFLICT DO UPDATE SET value = excluded.value";


static ep_rc_t
clear(ep_portal_t *portal, int64_t server, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_clear);

    ep_bind_int(q, 1, server);
    return ep_stmt_run(q, NULL, err);
}


/* "env:prod" is a name and a value, "ubuntu" a name alone. */
static ep_rc_t
set_tag(ep_portal_t *portal, int64_t server, ep_str_t tag, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_str_t name, value;

    ep_str_cut(tag, ':', &name, &value);
    name = ep_str_trim(name);
    value = ep_str_trim(value);
    if (name.n == 0) {
        return ep_err_set(err, EP_EINVAL, "bad-tags",
                          "the tag \"%.*s\" has no name", EP_STR_ARG(tag));
    }
    q = ep_stmt(portal, sql_set);
    ep_bind_int(q, 1, server);
    ep_bind_str(q, 2, name);
    ep_bind_str(q, 3, value.n > 0 ? value : EP_STR_NULL);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_server_set_agent_tags(ep_portal_t *portal, ep_str_t server_id, ep_str_t tags,
                         ep_err_t *err)
{
    ep_caller_t server;
    ep_str_t rest = tags;
    ep_rc_t rc;

    if (tags.n > EP_TAGS_MAX || !ep_str_is_text(tags, false)) {
        return ep_err_set(err, EP_EINVAL, "bad-tags",
                          "tags are at most %d bytes of UTF-8 text without "
                          "control characters, such as \"env:prod;ubuntu\"",
                          EP_TAGS_MAX);
    }
    rc = ep_server_caller(portal, server_id, &server, err);
    if (rc == EP_OK) {
        rc = clear(portal, server.id, err);
    }
    while (rc == EP_OK && rest.n > 0) {
        ep_str_t tag;

        ep_str_cut(rest, ';', &tag, &rest);
        tag = ep_str_trim(tag);
        if (tag.n > 0) {
            rc = set_tag(portal, server.id, tag, err);
        }
    }
    return rc;
}
