/* What administrators do to servers and their tags over HTTP, one or many at
 * once (NEW-API-3, 4, 14, NEW-SRV-3, NEW-TAG-1, W-16), and the list to take
 * away (W-17). */

#include <stdio.h>

#include <eportal/audit.h>

#include "http/servers.h"

#define BULK_SECONDS 20 /* then the caller asks again */
#define TAGS_MAX 100000 /* names that a list has */
#define TAGS_BYTES ((size_t) 64 * 1024 * 1024)
#define PIECE 500


static ep_rc_t
need_filter(bool any, const char *what, ep_err_t *err)
{
    return any ? EP_OK
               : ep_err_set(err, EP_EINVAL, "no-filter",
                            "say which servers: %s", what);
}


/* ---- the vendor's requests ---- */

/* By host name, address or id, each literally: no pattern deletes. */
ep_rc_t
ep_api_delete_server(ep_call_t *call, ep_err_t *err)
{
    ep_bulk_t bulk = { .action = EP_BULK_DELETE };
    ep_server_filter_t filter = { .literal = true };
    ep_bulk_result_t result;
    ep_rc_t rc = ep_call_params(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    filter.hostname = ep_params_get(call->params, "hostname");
    filter.ip = ep_params_get(call->params, "ip");
    filter.server_id = ep_params_get(call->params, "server_id");
    rc = need_filter(filter.hostname.n + filter.ip.n + filter.server_id.n > 0,
                     "hostname, ip or server_id", err);
    if (rc == EP_OK) {
        rc = ep_servers_bulk(call->portal, &filter, &bulk, &result, err);
    }
    return rc == EP_OK ? ep_answer_count(call, result.changed, err) : rc;
}


/* How many a filter selects, in place of doing it. */
static ep_rc_t
count_selected(ep_call_t *call, const ep_server_filter_t *filter, int64_t *out,
               ep_err_t *err)
{
    ep_selection_t *selection = NULL;
    ep_rc_t rc = ep_portal_read_begin(call->portal, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_selection_make(call->portal, filter, call->arena, &selection, err);
    ep_portal_read_end(call->portal);
    if (rc == EP_OK) {
        *out = ep_selection_count(selection);
    }
    return rc;
}


/* The selection, done or, with dry_run, only counted. */
static ep_rc_t
run_bulk(ep_call_t *call, const ep_server_filter_t *filter,
         const ep_bulk_t *bulk, ep_bulk_result_t *out, ep_err_t *err)
{
    bool dry_run = false;
    ep_rc_t rc = ep_call_dry_run(call, &dry_run, err);

    if (rc != EP_OK || !dry_run) {
        return rc != EP_OK
                   ? rc
                   : ep_servers_bulk(call->portal, filter, bulk, out, err);
    }
    *out = (ep_bulk_result_t){ .complete = true };
    rc = count_selected(call, filter, &out->selected, err);
    out->changed = out->selected;
    return rc;
}


ep_rc_t
ep_api_servers_delete(ep_call_t *call, ep_err_t *err)
{
    ep_bulk_t bulk = { .action = EP_BULK_DELETE };
    ep_server_filter_t filter = { .literal = true };
    ep_bulk_result_t result;
    ep_str_t text;
    ep_rc_t rc = ep_call_params(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    text = ep_str_trim(ep_params_get(call->params, "checkin_age"));
    if (!ep_age_parse(text, &filter.checkin_age) || filter.checkin_age.within
        || filter.checkin_age.seconds == 0)
    {
        return ep_err_set(err, EP_EINVAL, "bad-parameter",
                          "checkin_age is needed: a number of days of 1 or "
                          "more");
    }
    rc = run_bulk(call, &filter, &bulk, &result, err);
    return rc == EP_OK ? ep_answer_count(call, result.changed, err) : rc;
}


static ep_rc_t
set_tags(ep_call_t *call, ep_str_t server_id, ep_str_t tags, ep_err_t *err)
{
    ep_rc_t rc = ep_server_set_portal_tags(call->portal, server_id, EP_TAGS_SET,
                                           tags, err);

    return rc == EP_OK ? ep_audit(call->portal, "server.tags", server_id,
                                  EP_STR_NULL, err)
                       : rc;
}


ep_rc_t
ep_api_set_tags(ep_call_t *call, ep_err_t *err)
{
    ep_rc_t rc = ep_call_params(call, err);

    if (rc == EP_OK) {
        rc = ep_call_write(call, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc =
        ep_call_written(call,
                        set_tags(call, ep_params_get(call->params, "server_id"),
                                 ep_params_get(call->params, "tags"), err),
                        err);
    return rc == EP_OK ? ep_answer_ok(call) : rc;
}


/* ---- many at once ---- */

static ep_rc_t
read_action(const ep_params_t *params, ep_bulk_t *bulk, ep_err_t *err)
{
    ep_str_t action = ep_params_get(params, "action");

    for (size_t i = 0; i < EP_ARRAY_LEN(ep_bulk_names); i++) {
        if (ep_str_eq(action, ep_str(ep_bulk_names[i]))) {
            bulk->action = (ep_bulk_action_t) i;
            return EP_OK;
        }
    }
    return ep_err_set(err, EP_EINVAL, "bad-parameter",
                      "action is delete, move, set-tags, add-tags or "
                      "remove-tags");
}


static ep_rc_t
answer_bulk(ep_call_t *call, const ep_bulk_result_t *result, ep_err_t *err)
{
    char next[32];
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };

    ep_buf_init(&buf, 1024);
    ep_json_open(&w, NULL, '{');
    ep_json_int(&w, "result", result->changed);
    ep_json_int(&w, "selected", result->selected);
    ep_json_bool(&w, "complete", result->complete);
    snprintf(next, sizeof(next), "%lld", (long long) result->next);
    ep_json_str(&w, "next", result->complete ? EP_STR_NULL : ep_str(next));
    ep_json_close(&w, '}');
    return ep_answer_written(call, 200, &w, err);
}


ep_rc_t
ep_api_servers_bulk(ep_call_t *call, ep_err_t *err)
{
    ep_bulk_t bulk = { .seconds = BULK_SECONDS };
    ep_server_filter_t filter;
    ep_bulk_result_t result;
    bool any = false, all = false;
    ep_rc_t rc = ep_servers_filter(call, &filter, &any, err);

    if (rc == EP_OK) {
        rc = ep_params_bool(call->params, "all", &all, err);
    }
    if (rc == EP_OK) {
        rc = read_action(call->params, &bulk, err);
    }
    if (rc == EP_OK) {
        rc = need_filter(any || all, "id, a filter, or all=true", err);
    }
    if (rc == EP_OK) {
        rc = ep_params_int(call->params, "seconds", 1, BULK_SECONDS,
                           &bulk.seconds, err);
    }
    if (rc == EP_OK) {
        rc = ep_params_int(call->params, "cursor", 0, INT64_MAX, &bulk.after,
                           err);
    }
    if (rc == EP_OK) {
        bulk.key = ep_params_get(call->params, "to_key");
        bulk.tags = ep_params_get(call->params, "tags");
        rc = run_bulk(call, &filter, &bulk, &result, err);
    }
    return rc == EP_OK ? answer_bulk(call, &result, err) : rc;
}


/* ---- tags ---- */

static ep_rc_t
add_tag(ep_str_t name, int64_t servers, bool made, void *ctx, ep_err_t *err)
{
    ep_json_t *w = ctx;

    (void) err;
    ep_json_open(w, NULL, '{');
    ep_json_str(w, "name", name);
    ep_json_int(w, "servers", servers);
    ep_json_bool(w, "created", made);
    ep_json_close(w, '}');
    return EP_OK;
}


ep_rc_t
ep_api_tags(ep_call_t *call, ep_err_t *err)
{
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    ep_rc_t rc;

    ep_buf_init(&buf, TAGS_BYTES);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '[');
    rc = ep_tag_list(call->portal, EP_STR_NULL, TAGS_MAX, add_tag, &w, err);
    ep_json_close(&w, ']');
    ep_json_close(&w, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(call, 200, &w, err);
}


static ep_rc_t
record_tag(ep_call_t *call, ep_str_t name, ep_str_t to, int64_t changed,
           ep_err_t *err)
{
    const ep_audit_value_t values[] = {
        { "to", to.n > 0 ? EP_AUDIT_TEXT : EP_AUDIT_SKIP, to, 0 },
        { "changed", EP_AUDIT_NUMBER, EP_STR_NULL, changed },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return ep_audit_values(call->portal, to.n > 0 ? "tag.rename" : "tag.delete",
                           name, values, err);
}


/* A piece of a deletion or, with a new name, of renaming, with its row of the
 * audit log. */
static ep_rc_t
tag_piece(ep_call_t *call, ep_str_t name, ep_str_t to, int64_t *changed,
          ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_rc_t rc = ep_call_write(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = to.n > 0
             ? ep_tag_rename(call->portal, name, to, PIECE, changed, &local)
             : ep_tag_delete(call->portal, name, PIECE, changed, &local);
    if (rc == EP_OK) {
        rc = record_tag(call, name, to, *changed, &local);
    }
    if (rc != EP_OK) {
        ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    return ep_call_written(call, rc, err);
}


static ep_rc_t
tag_pieces(ep_call_t *call, ep_str_t name, ep_str_t to, int64_t *total,
           ep_err_t *err)
{
    int64_t changed = PIECE;
    ep_rc_t rc = EP_OK;

    *total = 0;
    while (rc == EP_OK && changed == PIECE) {
        changed = 0;
        rc = tag_piece(call, name, to, &changed, err);
        *total += changed;
    }
    return rc;
}


static ep_rc_t
create_tag(ep_call_t *call, ep_str_t name, ep_err_t *err)
{
    ep_rc_t rc = ep_tag_create(call->portal, name, err);

    return rc == EP_OK
               ? ep_audit(call->portal, "tag.create", name, EP_STR_NULL, err)
               : rc;
}


ep_rc_t
ep_api_tag_put(ep_call_t *call, ep_err_t *err)
{
    ep_str_t name, to;
    int64_t total = 0;
    ep_rc_t rc = ep_call_params(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    name = ep_params_get(call->params, "name");
    to = ep_params_get(call->params, "to");
    if (to.n > 0) {
        rc = tag_pieces(call, name, to, &total, err);
    } else {
        rc = ep_call_write(call, err);
        if (rc == EP_OK) {
            rc = ep_call_written(call, create_tag(call, name, err), err);
        }
    }
    return rc == EP_OK ? ep_answer_ok(call) : rc;
}


/* The servers that would lose it. */
static ep_rc_t
preview_tag_delete(ep_call_t *call, ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_loss_t losses[] = { { "servers", 0 }, { .name = NULL } };
    ep_rc_t rc = ep_tag_count(call->portal, call->captures[EP_CAP_NAME],
                              &losses[0].count, &local);

    return rc == EP_OK || rc == EP_ENOTFOUND
               ? ep_answer_losses(call, rc == EP_OK, losses, err)
               : ep_err_set(err, rc, local.code, "%s", local.msg);
}


/* Never an error: who wants it gone has what he wants. */
ep_rc_t
ep_api_tag_delete(ep_call_t *call, ep_err_t *err)
{
    ep_err_t local = { 0 };
    int64_t total = 0;
    bool dry_run = false;
    ep_rc_t rc = ep_call_dry_run(call, &dry_run, err);

    if (rc != EP_OK || dry_run) {
        return rc != EP_OK ? rc : preview_tag_delete(call, err);
    }
    rc = tag_pieces(call, call->captures[EP_CAP_NAME], EP_STR_NULL, &total,
                    &local);
    if (rc != EP_OK && rc != EP_ENOTFOUND) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    return ep_answer_count(call, rc == EP_OK, err);
}


/* ---- the list to take away ---- */

typedef struct {
    ep_spool_t *spool;
    ep_servers_runs_t *runs;
    ep_json_t json;
    bool csv;
} export_t;


/* A spreadsheet must not take somebody's host name for a formula. */
static void
add_field(ep_spool_t *spool, ep_str_t text, bool first)
{
    ep_str_t rest = text, part;

    ep_spool_add_str(spool, first ? EP_STR("\"") : EP_STR(",\""));
    if (text.n > 0 && strchr("=+-@\t\r", text.p[0]) != NULL) {
        ep_spool_add_str(spool, EP_STR("'"));
    }
    while (ep_str_cut(rest, '"', &part, &rest)) {
        ep_spool_add_str(spool, part);
        ep_spool_add_str(spool, EP_STR("\"\""));
    }
    ep_spool_add_str(spool, part);
    ep_spool_add_str(spool, EP_STR("\""));
}


/* As in JSON; what is null there is empty. */
static void
add_time(ep_spool_t *spool, int64_t us)
{
    char text[64];
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };

    ep_buf_init(&buf, sizeof(text));
    ep_json_time(&w, NULL, us);
    add_field(spool,
              us > 0 && buf.n > 2 ? (ep_str_t){ buf.p + 1, buf.n - 2 }
                                  : EP_STR_NULL,
              false);
    ep_buf_free(&buf);
}


static ep_rc_t
add_csv(const ep_server_t *server, void *ctx, ep_err_t *err)
{
    const export_t *export = ctx;
    ep_spool_t *spool = export->spool;
    char ip[EP_ADDR_TEXT];
    ep_str_t patchset;
    ep_rc_t rc = ep_servers_runs_of(export->runs, server, &patchset, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_addr_format(&server->ip, ip);
    add_field(spool, server->server_id, true);
    add_field(spool, ep_str(ip), false);
    add_field(spool, server->key, false);
    add_field(spool, server->feed, false);
    add_time(spool, server->registered);
    add_time(spool, server->checkin);
    add_time(spool, server->updated);
    add_field(spool, server->tags, false);
    if (server->uptime >= 0) {
        ep_spool_addf(spool, ",%lld", (long long) server->uptime);
    } else {
        ep_spool_add_str(spool, EP_STR(","));
    }
    ep_spool_addf(spool, ",%lld", (long long) server->level);
    for (int i = 0; i < EP_FACT_COUNT; i++) {
        add_field(spool, server->facts[i], false);
    }
    add_field(spool, patchset, false);
    ep_spool_add_str(spool, EP_STR("\r\n"));
    return ep_spool_status(spool, err);
}


static ep_rc_t
add_json(const ep_server_t *server, void *ctx, ep_err_t *err)
{
    export_t *export = ctx;
    ep_json_t *w = &export->json;
    ep_rc_t rc;

    ep_spool_buf(export->spool);
    ep_json_open(w, NULL, '{');
    rc = ep_servers_write(w, export->runs, server, err);
    ep_json_close(w, '}');
    ep_spool_note(export->spool, w->rc);
    return rc == EP_OK ? ep_spool_status(export->spool, err) : rc;
}


static void
add_head(ep_spool_t *spool)
{
    ep_spool_add_str(spool, EP_STR("id,ip,key,feed,registered,checkin,updated,"
                                   "tags,uptime,patch_level"));
    for (int i = 0; i < EP_FACT_COUNT; i++) {
        ep_spool_addf(spool, ",%s", ep_fact_names[i]);
    }
    ep_spool_add_str(spool, EP_STR(",patchset\r\n"));
}


static ep_rc_t
write_export(ep_call_t *call, const ep_selection_t *selection, export_t *export,
             ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    export->json.buf = ep_spool_buf(export->spool);
    if (export->csv) {
        add_head(export->spool);
    } else {
        ep_json_open(&export->json, NULL, '{');
        ep_json_open(&export->json, "result", '[');
    }
    for (int64_t id = ep_selection_next(selection, 0); rc == EP_OK && id != 0;
         id = ep_selection_next(selection, id))
    {
        rc = ep_server_get(call->portal, id, export->csv ? add_csv : add_json,
                           export, err);
    }
    if (!export->csv) {
        ep_spool_buf(export->spool);
        ep_json_close(&export->json, ']');
        ep_json_close(&export->json, '}');
        ep_spool_note(export->spool, export->json.rc);
    }
    return rc;
}


/* In order of registration, all that the filter selects. */
ep_rc_t
ep_api_servers_export(ep_call_t *call, ep_err_t *err)
{
    export_t export = { .csv = true };
    ep_selection_t *selection = NULL;
    ep_server_filter_t filter;
    ep_str_t format;
    ep_rc_t rc = ep_servers_filter(call, &filter, NULL, err);

    if (rc != EP_OK) {
        return rc;
    }
    format = ep_params_get(call->params, "format");
    export.csv = !ep_str_eq(format, EP_STR("json"));
    if (export.csv && format.n > 0 && !ep_str_eq(format, EP_STR("csv"))) {
        return ep_err_set(err, EP_EINVAL, "bad-parameter",
                          "format is csv or json");
    }
    rc = ep_selection_make(call->portal, &filter, call->arena, &selection, err);
    if (rc == EP_OK) {
        rc = ep_call_spool(call, &export.spool, err);
    }
    if (rc == EP_OK) {
        rc = ep_servers_runs(call, &export.runs, err);
    }
    if (rc == EP_OK) {
        rc = write_export(call, selection, &export, err);
    }
    return rc == EP_OK ? ep_answer_spool(call, export.spool,
                                         export.csv ? "text/csv" : NULL, err)
                       : rc;
}
