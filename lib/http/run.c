/* From a request to its response: see eportal/http.h. */

#include <stdio.h>

#include "http/private.h"

#define BODY_MAX (64 * 1024)
/* What is refused anyway may be large: 404 and 405 are better answers than
 * 413, and the body is thrown away. */
#define BODY_MAX_REFUSED (1024 * 1024)

const char *const ep_header_names[EP_HEADER_COUNT] = { "authorization",
                                                       "content-type", "host",
                                                       "x-forwarded-for",
                                                       "x-forwarded-proto" };

static const struct {
    ep_method_t method;
    const char *name;
} methods[] = { { EP_GET, "GET" },        { EP_HEAD, "HEAD" },
                { EP_POST, "POST" },      { EP_PUT, "PUT" },
                { EP_PATCH, "PATCH" },    { EP_DELETE, "DELETE" },
                { EP_OPTIONS, "OPTIONS" } };


void
ep_http_plan(const ep_http_request_t *request, ep_http_plan_t *plan)
{
    ep_str_t captures[EP_CAP_COUNT];
    unsigned allow;
    const ep_route_t *route =
        ep_route_find(request->method, request->path, captures, &allow);

    if (route == NULL) {
        *plan = (ep_http_plan_t){ EP_EXEC_LOOP, BODY_MAX_REFUSED };
    } else {
        *plan = (ep_http_plan_t){ route->exec, BODY_MAX };
    }
}


/* Unknown path, or a method that it does not have. */
static void
refuse(unsigned allow, ep_arena_t *arena, ep_http_response_t *response)
{
    ep_buf_t buf;
    char *list;
    ep_rc_t rc = EP_OK;

    if (allow == 0) {
        ep_answer_error(response, 404, "not-found", arena);
        return;
    }
    ep_answer_error(response, 405, "method-not-allowed", arena);
    ep_buf_init(&buf, 128);
    for (size_t i = 0; i < EP_ARRAY_LEN(methods) && rc == EP_OK; i++) {
        if (allow & methods[i].method) {
            rc = ep_buf_addf(&buf, "%s%s", buf.n ? ", " : "", methods[i].name);
        }
    }
    list = ep_arena_strdup(arena, ep_buf_str(&buf));
    ep_buf_free(&buf);
    if (list != NULL) {
        ep_answer_header(response, "Allow", ep_str(list));
    }
}


/* What a handler could not do, in the grammar of its route. A full or locked
 * database is the agents' reason to come back, so it is never a 500. */
static void
fail(ep_call_t *call, const ep_err_t *err)
{
    ep_http_response_t *response = call->response;
    int status = ep_rc_http_status(err->rc);
    ep_envelope_t envelope = { .code = -1 };

    if (err->rc == EP_EDB || err->rc == EP_EIO) {
        status = 503;
    }
    if (status >= 500) {
        snprintf(response->log, sizeof(response->log), "%.31s: %.200s",
                 err->code, err->msg);
    }
    if (call->route->flags & EP_ROUTE_ENVELOPE) {
        envelope.message =
            status >= 500 ? "Unexpected server error" : "Bad request";
        if (ep_answer_envelope(call, status >= 500 ? status : 200, &envelope,
                               NULL)
            == EP_OK)
        {
            return;
        }
    }
    ep_answer_error(response, status, err->code, call->arena);
}


static ep_rc_t
run_handler(ep_call_t *call, ep_err_t *err)
{
    bool read = call->route->exec == EP_EXEC_READ;
    ep_rc_t rc = EP_OK;

    if (call->portal == NULL) {
        return ep_err_set(err, EP_EBUSY, "no-database",
                          "the database is not there");
    }
    call->cfg = ep_portal_config(call->portal);
    call->client = ep_http_client(call->cfg, call->request);
    if (read) {
        rc = ep_portal_read_begin(call->portal, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (call->route->auth != EP_AUTH_PUBLIC) {
        rc = ep_call_identify(call, err);
    }
    if (rc == EP_OK) {
        rc = call->route->handler(call, err);
    }
    if (read) {
        ep_portal_read_end(call->portal);
    }
    return rc;
}


void
ep_http_run(ep_portal_t *portal, const ep_http_request_t *request,
            ep_arena_t *arena, ep_http_response_t *response, bool *commit)
{
    ep_err_t err = { 0 };
    ep_str_t captures[EP_CAP_COUNT];
    unsigned allow;
    ep_call_t *call;
    const ep_route_t *route =
        ep_route_find(request->method, request->path, captures, &allow);
    bool ignored;

    if (commit == NULL) {
        commit = &ignored;
    }
    *commit = false;
    memset(response, 0, sizeof(*response));
    if (route == NULL) {
        refuse(allow, arena, response);
        return;
    }
    call = ep_arena_alloc(arena, sizeof(*call));
    if (call == NULL) {
        ep_answer_error(response, 503, "no-memory", arena);
        return;
    }
    call->portal = portal;
    call->request = request;
    call->response = response;
    call->arena = arena;
    call->route = route;
    memcpy(call->captures, captures, sizeof(captures));
    if (run_handler(call, &err) == EP_OK) {
        *commit = route->exec == EP_EXEC_COMMIT && !call->rollback;
    } else {
        fail(call, &err);
    }
}
