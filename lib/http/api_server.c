/* One server over HTTP: its record, the tags of both sides, what it runs
 * beside what its feed and this portal have, and what was done to it
 * (NEW-TAG-2, W-4). */

#include <eportal/audit.h>

#include "http/servers.h"

#define RECORD_MAX ((size_t) 4 * 1024 * 1024)
#define HISTORY_MAX 50

/* What is told of a server and not in its record. */
typedef struct {
    ep_json_t *w;
    ep_servers_runs_t *runs;
    ep_caller_t caller;
    uint8_t kernel[EP_OBJECT_SIZE];
    bool known; /* it has told its kernel */
    int64_t level;
    int64_t offered;  /* the feed's level; 0: none */
    int64_t from, to; /* of the list of CVEs that is written */
} server_t;


static ep_rc_t
write_members(const ep_server_t *server, void *ctx, ep_err_t *err)
{
    server_t *s = ctx;

    s->known =
        ep_unhex(server->facts[EP_FACT_KERNEL_ID], s->kernel, EP_OBJECT_SIZE);
    s->level = server->level;
    return ep_servers_write(s->w, s->runs, server, err);
}


/* ---- tags ---- */

typedef struct {
    ep_json_t *w;
    bool portal;
} tags_t;


static ep_rc_t
add_tag(const ep_tag_t *tag, void *ctx, ep_err_t *err)
{
    const tags_t *tags = ctx;

    (void) err;
    if (tag->portal == tags->portal) {
        ep_json_open(tags->w, NULL, '{');
        ep_json_str(tags->w, "name", tag->name);
        ep_servers_write_text(tags->w, "value", tag->value);
        ep_json_close(tags->w, '}');
    }
    return EP_OK;
}


static ep_rc_t
write_tags(ep_call_t *call, int64_t id, const char *name, bool portal,
           ep_json_t *w, ep_err_t *err)
{
    tags_t tags = { .w = w, .portal = portal };
    ep_rc_t rc;

    ep_json_open(w, name, '[');
    rc = ep_server_tags(call->portal, id, add_tag, &tags, err);
    ep_json_close(w, ']');
    return rc;
}


/* ---- what it runs ---- */

static ep_rc_t
find_offered(ep_call_t *call, server_t *s, ep_err_t *err)
{
    ep_level_query_t query = { .object = s->kernel,
                               .feed_id = s->caller.feed_id,
                               .products = s->caller.products };
    ep_level_t level = { 0 };
    ep_err_t local = { 0 };
    ep_rc_t rc = EP_OK;

    if (s->known) {
        rc = ep_level_find(call->portal, &query, &level, &local);
    }
    if (rc != EP_OK && rc != EP_ENOTFOUND) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    s->offered = level.level;
    return EP_OK;
}


/* wanted 0: there is none; -1: the newest. tell: also a level that no
 * patchset has. */
static ep_rc_t
write_level(ep_call_t *call, server_t *s, const char *name, int64_t wanted,
            bool tell, ep_err_t *err)
{
    ep_level_detail_t level = { .level = wanted };
    ep_rc_t rc = EP_ENOTFOUND;

    if (s->known && wanted != 0) {
        rc = ep_kernel_level(call->portal, s->kernel, wanted, &level, err);
    }
    if (rc != EP_OK && rc != EP_ENOTFOUND) {
        return rc;
    }
    if (rc == EP_ENOTFOUND && (wanted <= 0 || !tell)) {
        ep_json_null(s->w, name);
        return EP_OK;
    }
    ep_json_open(s->w, name, '{');
    ep_json_int(s->w, "level", level.level);
    ep_servers_write_text(s->w, "patchset", ep_str(level.patchset));
    ep_json_time(s->w, "appeared", level.appeared);
    ep_json_close(s->w, '}');
    return EP_OK;
}


static ep_rc_t
add_cve(ep_str_t cve, int64_t level, void *ctx, ep_err_t *err)
{
    server_t *s = ctx;

    (void) err;
    if (level > s->from && level <= s->to) {
        ep_json_str(s->w, NULL, cve);
    }
    return EP_OK;
}


/* Those that it is free of from a level above from up to the level to. */
static ep_rc_t
write_cves(ep_call_t *call, server_t *s, const char *name, int64_t from,
           int64_t to, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    s->from = from;
    s->to = to;
    ep_json_open(s->w, name, '[');
    if (s->known) {
        rc = ep_kernel_cves(call->portal, s->kernel, add_cve, s, err);
    }
    ep_json_close(s->w, ']');
    return rc;
}


static ep_rc_t
write_patch(ep_call_t *call, server_t *s, ep_err_t *err)
{
    int64_t best;
    ep_rc_t rc = find_offered(call, s, err);

    if (rc != EP_OK) {
        return rc;
    }
    best = s->offered > s->level ? s->offered : s->level;
    ep_json_open(s->w, "patch", '{');
    ep_json_bool(s->w, "supported", s->offered > 0);
    ep_json_bool(s->w, "updated", s->offered > 0 && s->level >= s->offered);
    rc = write_level(call, s, "current", s->level, true, err);
    if (rc == EP_OK) {
        rc = write_level(call, s, "available", s->offered, true, err);
    }
    if (rc == EP_OK) {
        rc = write_level(call, s, "newest", -1, false, err);
    }
    ep_json_open(s->w, "cves", '{');
    if (rc == EP_OK) {
        rc = write_cves(call, s, "fixed", -1, s->level, err);
    }
    if (rc == EP_OK) {
        rc = write_cves(call, s, "missing", s->level, best, err);
    }
    if (rc == EP_OK) {
        rc = write_cves(call, s, "later", best, INT64_MAX, err);
    }
    ep_json_close(s->w, '}');
    ep_json_close(s->w, '}');
    return rc;
}


/* ---- what was done to it ---- */

static ep_rc_t
add_history(const ep_audit_row_t *row, void *ctx, ep_err_t *err)
{
    (void) err;
    ep_audit_write(ctx, row);
    return EP_OK;
}


/* The audit log is for administrators. */
static ep_rc_t
write_history(ep_call_t *call, ep_str_t server_id, ep_json_t *w, ep_err_t *err)
{
    ep_audit_query_t query = { .object = server_id, .limit = HISTORY_MAX };
    ep_rc_t rc;

    if (call->who.readonly) {
        ep_json_null(w, "history");
        return EP_OK;
    }
    ep_json_open(w, "history", '[');
    rc = ep_audit_list(call->portal, &query, add_history, w, err);
    ep_json_close(w, ']');
    return rc;
}


static ep_rc_t
write_server(ep_call_t *call, int64_t id, server_t *s, ep_err_t *err)
{
    ep_rc_t rc = ep_server_get(call->portal, id, write_members, s, err);

    if (rc == EP_OK) {
        rc = write_tags(call, id, "agent_tags", false, s->w, err);
    }
    if (rc == EP_OK) {
        rc = write_tags(call, id, "portal_tags", true, s->w, err);
    }
    if (rc == EP_OK) {
        rc = write_patch(call, s, err);
    }
    return rc == EP_OK
               ? write_history(call, call->captures[EP_CAP_ID], s->w, err)
               : rc;
}


ep_rc_t
ep_api_server(ep_call_t *call, ep_err_t *err)
{
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    server_t s = { .w = &w };
    ep_rc_t rc = ep_server_caller(call->portal, call->captures[EP_CAP_ID],
                                  &s.caller, err);

    if (rc == EP_OK) {
        rc = ep_servers_runs(call, &s.runs, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&buf, RECORD_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '{');
    rc = write_server(call, s.caller.id, &s, err);
    ep_json_close(&w, '}');
    ep_json_close(&w, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(call, 200, &w, err);
}
