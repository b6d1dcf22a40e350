/* The audit log over HTTP (W-2, W-17, NEW-SEC-7): a page of it, newest first,
 * or all that was asked for as a file. */

#include <eportal/audit.h>

#include "http/private.h"

#define LIST_MAX ((size_t) 32 * 1024 * 1024)
#define LIMIT_USUAL 100
#define LIMIT_MAX 1000


static ep_rc_t
read_query(ep_call_t *call, ep_audit_query_t *q, ep_err_t *err)
{
    const ep_params_t *params;
    ep_rc_t rc = ep_call_params(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    params = call->params;
    q->actor = ep_params_get(params, "actor");
    q->action = ep_params_get(params, "action");
    q->object = ep_params_get(params, "object");
    q->result = ep_params_get(params, "result");
    q->via = ep_params_get(params, "via");
    rc = ep_params_time(params, "since", &q->since, err);
    if (rc == EP_OK) {
        rc = ep_params_time(params, "until", &q->until, err);
    }
    if (rc == EP_OK) {
        rc = ep_params_int(params, "before", 1, INT64_MAX, &q->before, err);
    }
    return rc;
}


typedef struct {
    ep_json_t w;
    int64_t last;
    int64_t count;
} list_t;


void
ep_audit_write(ep_json_t *w, const ep_audit_row_t *row)
{
    char ip[EP_ADDR_TEXT];

    ep_addr_format(&row->ip, ip);
    ep_json_open(w, NULL, '{');
    ep_json_int(w, "id", row->id);
    ep_json_time(w, "time", row->time);
    ep_json_str(w, "actor", row->actor);
    ep_json_str(w, "via", row->via);
    ep_json_str(w, "ip", ip[0] != '\0' ? ep_str(ip) : EP_STR_NULL);
    ep_json_str(w, "action", row->action);
    ep_json_str(w, "object", row->object);
    ep_json_str(w, "result", row->result);
    if (row->detail.n > 0) {
        ep_json_raw(w, "detail", row->detail);
    } else {
        ep_json_null(w, "detail");
    }
    ep_json_close(w, '}');
}


static ep_rc_t
add_row(const ep_audit_row_t *row, void *ctx, ep_err_t *err)
{
    list_t *list = ctx;

    (void) err;
    ep_audit_write(&list->w, row);
    list->last = row->id;
    list->count++;
    return EP_OK;
}


ep_rc_t
ep_api_audit(ep_call_t *call, ep_err_t *err)
{
    ep_audit_query_t query = { .limit = LIMIT_USUAL };
    ep_buf_t buf;
    list_t list = { .w = { .buf = &buf } };
    ep_rc_t rc = read_query(call, &query, err);

    if (rc == EP_OK) {
        rc = ep_params_int(call->params, "limit", 1, LIMIT_MAX, &query.limit,
                           err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&list.w, NULL, '{');
    ep_json_open(&list.w, "result", '[');
    rc = ep_audit_list(call->portal, &query, add_row, &list, err);
    ep_json_close(&list.w, ']');
    if (list.count == query.limit) {
        ep_json_int(&list.w, "next", list.last);
    } else {
        ep_json_null(&list.w, "next");
    }
    ep_json_close(&list.w, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(call, 200, &list.w, err);
}


/* ---- export ---- */

typedef struct {
    ep_spool_t *spool;
    ep_buf_t line;
    bool csv;
    bool more;
} export_t;


static ep_rc_t
export_row(const ep_audit_row_t *row, void *ctx, ep_err_t *err)
{
    export_t *export = ctx;
    ep_rc_t rc;

    ep_buf_reset(&export->line);
    rc = export->csv ? ep_audit_csv(row, &export->line)
                     : ep_audit_json(row, &export->line);
    if (rc != EP_OK) {
        return ep_err_set(err, rc, "audit-row", "a row cannot be exported");
    }
    if (!export->csv && export->more) {
        ep_spool_add_str(export->spool, EP_STR(","));
    }
    export->more = true;
    ep_spool_add_str(export->spool, ep_buf_str(&export->line));
    return ep_spool_status(export->spool, err);
}


static ep_rc_t
fill_export(ep_call_t *call, export_t *export, const ep_audit_query_t *query,
            ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    if (export->csv) {
        rc = export_row(NULL, export, err);
    } else {
        ep_spool_add_str(export->spool, EP_STR("["));
    }
    if (rc == EP_OK) {
        rc = ep_audit_list(call->portal, query, export_row, export, err);
    }
    if (!export->csv) {
        ep_spool_add_str(export->spool, EP_STR("]"));
    }
    return rc;
}


ep_rc_t
ep_api_audit_export(ep_call_t *call, ep_err_t *err)
{
    ep_audit_query_t query = { .limit = 0 };
    export_t export = { .csv = true };
    ep_str_t format;
    ep_rc_t rc = read_query(call, &query, err);

    if (rc != EP_OK) {
        return rc;
    }
    format = ep_params_get(call->params, "format");
    export.csv = !ep_str_eq(format, EP_STR("json"));
    if (format.n > 0 && export.csv && !ep_str_eq(format, EP_STR("csv"))) {
        return ep_err_set(err, EP_EINVAL, "bad-parameter",
                          "format is csv or json");
    }
    rc = ep_call_spool(call, &export.spool, err);
    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&export.line, EP_AUDIT_ROW_MAX);
    rc = fill_export(call, &export, &query, err);
    ep_buf_free(&export.line);
    if (rc != EP_OK) {
        return rc;
    }
    ep_answer_header(call->response, "Content-Disposition",
                     export.csv
                         ? EP_STR("attachment; filename=\"audit.csv\"")
                         : EP_STR("attachment; filename=\"audit.json\""));
    return ep_answer_spool(call, export.spool,
                           export.csv ? "text/csv; charset=utf-8" : NULL, err);
}
