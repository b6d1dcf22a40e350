/* From a request to its response: see eportal/http.h. */

#include <stdio.h>

#include <eportal/audit.h>

#include "http/private.h"

#define BODY_MAX (64 * 1024)
#define BODY_MAX_USER (1024 * 1024) /* long lists of servers */
/* What is refused anyway may be large: 404 and 405 are better answers than
 * 413, and the body is thrown away. */
#define BODY_MAX_REFUSED (1024 * 1024)

const char *const ep_header_names[EP_HEADER_COUNT] = {
    "authorization",     "content-type", "host",          "x-forwarded-for",
    "x-forwarded-proto", "cookie",       "origin",        "sec-fetch-site",
    "x-csrf-token",      "user-agent",   "if-none-match", NULL
};

static const struct {
    ep_method_t method;
    const char *name;
} methods[] = { { EP_GET, "GET" },        { EP_HEAD, "HEAD" },
                { EP_POST, "POST" },      { EP_PUT, "PUT" },
                { EP_PATCH, "PATCH" },    { EP_DELETE, "DELETE" },
                { EP_OPTIONS, "OPTIONS" } };


static bool
needs_user(const ep_route_t *route)
{
    return route->auth >= EP_AUTH_USER;
}


void
ep_http_plan(ep_http_request_t *request, ep_http_plan_t *plan)
{
    ep_str_t captures[EP_CAP_COUNT];
    unsigned allow;
    const ep_route_t *route =
        ep_route_find(request->method, request->path, captures, &allow);

    request->route = route;
    if (route == NULL) {
        *plan = (ep_http_plan_t){ .exec = EP_EXEC_LOOP,
                                  .max_body = BODY_MAX_REFUSED };
        return;
    }
    *plan = (ep_http_plan_t){ .exec = route->exec, .max_body = BODY_MAX };
    plan->alone = (route->flags & EP_ROUTE_ALONE) != 0;
    if (needs_user(route)) {
        plan->max_body = BODY_MAX_USER;
    }
    if ((route->flags & EP_ROUTE_SLOW)
        || ((needs_user(route) || (route->flags & EP_ROUTE_GUARD))
            && ep_guard_hashes(request)))
    {
        plan->pool = EP_POOL_AUTH;
    }
}


/* What is below /admin is for browsers, also when there is nothing. */
static void
guard_unknown(const ep_http_request_t *request, ep_http_response_t *response)
{
    ep_call_t call = { .request = request, .response = response };

    if (ep_str_eq(request->path, EP_STR("/admin"))
        || ep_str_starts(request->path, EP_STR("/admin/")))
    {
        ep_guard_headers(&call);
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


/* Whether the text of a failure is for the administrator of the machine. */
static bool
is_private(ep_rc_t rc)
{
    return rc == EP_EDB || rc == EP_EIO || rc == EP_EINTERNAL
           || rc == EP_ENOMEM;
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
    } else if (ep_str_eq(ep_str(err->code), EP_STR("throttled"))) {
        status = 429;
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
    if (needs_user(call->route) || (call->route->flags & EP_ROUTE_GUARD)) {
        ep_answer_failure(call, status, err->code,
                          is_private(err->rc) ? "see the error log of nginx"
                                              : err->msg);
        return;
    }
    ep_answer_error(response, status, err->code, call->arena);
}


/* Host, Origin and the user, before anything else. */
static ep_rc_t
admit(ep_call_t *call, ep_err_t *err)
{
    const ep_route_t *route = call->route;
    bool user = needs_user(route);
    ep_rc_t rc = EP_OK;

    if (route->auth == EP_AUTH_MONITOR && ep_guard_monitor(call)) {
        ep_guard_headers(call);
        return EP_OK;
    }
    if (route->auth == EP_AUTH_INDEX) {
        user = ep_config_bool(call->cfg, EP_AUTH_RESTRICTED_INDEX);
    }
    if (user || (route->flags & EP_ROUTE_GUARD)) {
        ep_guard_headers(call);
        rc = ep_guard_browser(call, err);
    }
    return rc == EP_OK && user ? ep_guard_user(call, err) : rc;
}


/* Run the handler in the name of its user: what it changes is recorded by
 * what changes it, what it is refused here (W-2). */
static ep_rc_t
run_as_user(ep_call_t *call, ep_err_t *err)
{
    ep_actor_t actor = { .name = ep_str(call->who.name),
                         .via = ep_via_names[call->who.via],
                         .ip = call->client };
    ep_rc_t rc;

    ep_audit_actor(call->portal, &actor);
    rc = call->route->handler(call, err);
    ep_audit_actor(call->portal, NULL);
    if (call->request->method != EP_GET && call->request->method != EP_HEAD
        && rc != EP_OK)
    {
        ep_audit_result(call->portal, &actor, call->route->name,
                        call->request->path, err->code);
    }
    return rc;
}


/* A page of another site, or a name that is not ours: somebody tries. The
 * event loop does not write rows, but says it in the log. */
static void
record_stranger(ep_call_t *call, const ep_err_t *err)
{
    ep_origin_t origin = ep_call_origin(call);

    if (call->route->exec == EP_EXEC_LOOP) {
        snprintf(call->response->log, sizeof(call->response->log),
                 "%.31s: %.200s", err->code, err->msg);
    } else {
        ep_auth_turned_away(call->portal, &origin, call->route->name,
                            call->request->path, err->code);
    }
}


/* One who is known, but may not; or a browser that somebody misuses. */
static void
record_refusal(ep_call_t *call, const ep_err_t *err)
{
    ep_actor_t actor = { .name = ep_str(call->who.name),
                         .via = ep_via_names[call->who.via],
                         .ip = call->client };
    ep_str_t code = ep_str(err->code);

    if (call->who.via != EP_VIA_NONE) {
        ep_audit_result(call->portal, &actor, call->route->name,
                        call->request->path, err->code);
    } else if (ep_str_eq(code, EP_STR("bad-host"))
               || ep_str_eq(code, EP_STR("foreign-origin")))
    {
        record_stranger(call, err);
    }
}


static ep_rc_t
run_handler(ep_call_t *call, ep_err_t *err)
{
    bool read = call->route->exec == EP_EXEC_READ;
    ep_rc_t rc;

    if (call->route->flags & EP_ROUTE_ALONE) {
        return call->route->handler(call, err);
    }
    if (call->portal == NULL) {
        return ep_err_set(err, EP_EBUSY, "no-database",
                          "the database is not there");
    }
    call->cfg = ep_portal_config(call->portal);
    call->client = ep_http_client(call->cfg, call->request);
    rc = admit(call, err);
    if (rc != EP_OK) {
        record_refusal(call, err);
        return rc;
    }
    if (read) {
        rc = ep_portal_read_begin(call->portal, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (call->route->auth == EP_AUTH_AGENT
        || call->route->auth == EP_AUTH_AGENT_OPTIONAL)
    {
        rc = ep_call_identify(call, err);
    }
    if (rc == EP_OK) {
        rc = call->who.via != EP_VIA_NONE ? run_as_user(call, err)
                                          : call->route->handler(call, err);
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
    const ep_route_t *route = request->route;
    bool ignored;

    if (route == NULL || !ep_route_match(route, request->path, captures)) {
        route = ep_route_find(request->method, request->path, captures, &allow);
    }
    if (commit == NULL) {
        commit = &ignored;
    }
    *commit = false;
    memset(response, 0, sizeof(*response));
    if (route == NULL) {
        refuse(allow, arena, response);
        guard_unknown(request, response);
        return;
    }
    response->route = (size_t) (route - ep_routes) + 1;
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
