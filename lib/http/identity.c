/* Who asks: a registered server shows its id as Basic user, in the query, in
 * the body or in a token. See http/private.h. */

#include "base/decode.h"
#include "http/private.h"

#define CREDENTIALS_MAX 1024
#define MULTIPART EP_STR("multipart/form-data")


/* The user of a Basic Authorization header, whatever the password. */
static bool
basic_user(ep_str_t header, char out[EP_SERVER_ID_MAX + 1])
{
    static const ep_str_t scheme = { "Basic ", 6 };
    char text[CREDENTIALS_MAX];
    ep_str_t decoded = { text, 0 }, user, password;

    if (header.n <= scheme.n || header.n > CREDENTIALS_MAX
        || !ep_str_eq_nocase((ep_str_t){ header.p, scheme.n }, scheme))
    {
        return false;
    }
    header = (ep_str_t){ header.p + scheme.n, header.n - scheme.n };
    if (!ep_base64_decode(header, text, &decoded.n)) {
        return false;
    }
    ep_str_cut(decoded, ':', &user, &password);
    user = ep_str_trim(user);
    return ep_token_is_server_id(user)
           && ep_str_copy(user, out, EP_SERVER_ID_MAX + 1);
}


static void
note_checkin(ep_call_t *call)
{
    const ep_http_request_t *request = call->request;
    ep_checkin_t *checkin = &call->response->checkin;
    ep_str_t hash = call->captures[EP_CAP_HASH];

    *checkin = (ep_checkin_t){
        .server = call->caller.id,
        .time = ep_portal_now(call->portal) / 1000000,
        .ip = call->client,
        .query = call->query,
        .body = call->body,
        .content_type = request->headers[EP_HEADER_CONTENT_TYPE],
    };
    /* A build ID is no kernel. */
    checkin->has_kernel = call->captures[EP_CAP_TYPE].n == 0
                          && ep_unhex(hash, checkin->kernel, 20);
    call->response->has_checkin = true;
}


static ep_rc_t
look_up(ep_call_t *call, const char *server_id, ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_rc_t rc = ep_server_caller(call->portal, ep_str(server_id),
                                  &call->caller, &local);

    if (rc == EP_ENOTFOUND) {
        return EP_OK;
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    call->identified = true;
    ep_str_copy(ep_str(server_id), call->server_id, sizeof(call->server_id));
    note_checkin(call);
    return EP_OK;
}


static ep_rc_t
add_escaped(ep_buf_t *buf, ep_str_t s)
{
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; i < s.n && rc == EP_OK; i++) {
        rc = ep_buf_addf(buf, "%%%02x", (unsigned) (uint8_t) s.p[i]);
    }
    return rc;
}


/* The body as check-ins know it. multipart becomes a form, because what
 * decodes check-ins later does not know of it; a malformed one is left as it
 * is and decodes to nothing. */
static ep_rc_t
read_body(ep_call_t *call, ep_err_t *err)
{
    ep_str_t type = call->request->headers[EP_HEADER_CONTENT_TYPE];
    ep_params_t *params;
    ep_buf_t buf;
    ep_rc_t rc = EP_OK;

    call->body = call->request->body;
    if (call->body.n == 0 || type.n < MULTIPART.n
        || !ep_str_eq_nocase((ep_str_t){ type.p, MULTIPART.n }, MULTIPART))
    {
        return EP_OK;
    }
    params = ep_arena_alloc(call->arena, sizeof(*params));
    if (params == NULL
        || ep_params_add_multipart(params, type, call->body, call->arena, NULL)
               != EP_OK)
    {
        return EP_OK;
    }
    ep_buf_init(&buf, EP_TOKEN_MAX);
    for (size_t i = 0; i < params->count && rc == EP_OK; i++) {
        rc = add_escaped(&buf, params->items[i].name);
        if (rc == EP_OK) {
            rc = ep_buf_add_str(&buf, EP_STR("="));
        }
        if (rc == EP_OK) {
            rc = add_escaped(&buf, params->items[i].value);
        }
        if (rc == EP_OK) {
            rc = ep_buf_add_str(&buf, EP_STR("&"));
        }
    }
    rc = ep_answer_buffer(call, &buf, err);
    if (rc == EP_OK) {
        call->body = ep_buf_str(&buf);
    }
    return rc;
}


/* What tells nothing is not kept: a check-in that only names its server must
 * not take the place of the one before it (ngx_http_eportal_checkin.c). */
static ep_str_t
scan(ep_call_t *call, ep_str_t text)
{
    if (text.n == 0) {
        return text;
    }
    ep_token_scan(text, &call->token);
    return call->token.tells ? text : EP_STR_NULL;
}


ep_rc_t
ep_call_identify(ep_call_t *call, ep_err_t *err)
{
    const ep_http_request_t *request = call->request;
    char user[EP_SERVER_ID_MAX + 1];
    bool named = false;
    ep_rc_t rc = EP_OK;

    ep_token_init(&call->token);
    call->query = scan(call, request->query);
    rc = read_body(call, err);
    if (rc != EP_OK) {
        return rc;
    }
    call->body = scan(call, call->body);
    if (basic_user(request->headers[EP_HEADER_AUTHORIZATION], user)) {
        rc = look_up(call, user, err);
        named = true;
    }
    if (rc == EP_OK && !call->identified && call->token.server_id[0] != '\0') {
        rc = look_up(call, call->token.server_id, err);
        named = true;
    }
    call->response->undecodable = call->token.undecodable;
    call->response->unknown = named && !call->identified;
    return rc;
}


ep_rc_t
ep_call_params(ep_call_t *call, ep_err_t *err)
{
    const ep_http_request_t *request = call->request;
    ep_rc_t rc;

    if (call->params != NULL) {
        return EP_OK;
    }
    call->params = ep_arena_alloc(call->arena, sizeof(*call->params));
    if (call->params == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while reading a request");
    }
    rc = ep_params_add_form(call->params, request->query, call->arena, err);
    if (rc != EP_OK) {
        return rc;
    }
    return ep_params_add_body(call->params,
                              request->headers[EP_HEADER_CONTENT_TYPE],
                              request->body, call->arena, err);
}


ep_rc_t
ep_call_dry_run(ep_call_t *call, bool *out, ep_err_t *err)
{
    ep_rc_t rc = ep_call_params(call, err);

    return rc == EP_OK ? ep_params_bool(call->params, "dry_run", out, err) : rc;
}


bool
ep_call_admit(ep_call_t *call)
{
    if (call->identified || !ep_config_bool(call->cfg, EP_PATCH_AUTH)) {
        return true;
    }
    ep_answer_json(call, 401, EP_STR("{\"error\":\"unknown-server\"}"));
    ep_answer_header(call->response, "WWW-Authenticate",
                     EP_STR("Basic realm=\"ePortal\""));
    return false;
}


ep_rc_t
ep_call_write(ep_call_t *call, ep_err_t *err)
{
    return ep_portal_write_begin(call->portal, true, err);
}


ep_rc_t
ep_call_written(ep_call_t *call, ep_rc_t rc, ep_err_t *err)
{
    if (rc == EP_OK) {
        return ep_portal_write_commit(call->portal, err);
    }
    ep_portal_write_rollback(call->portal);
    return rc;
}
