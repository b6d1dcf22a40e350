/* Who asks: a registered server shows its id as Basic user, in the query, in
 * the body or in a token. See http/private.h. */

#include "base/decode.h"
#include "http/private.h"

#define CREDENTIALS_MAX 1024


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
        .query = request->query,
        .body = request->body,
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
    note_checkin(call);
    return EP_OK;
}


ep_rc_t
ep_call_identify(ep_call_t *call, ep_err_t *err)
{
    const ep_http_request_t *request = call->request;
    char user[EP_SERVER_ID_MAX + 1];
    ep_rc_t rc = EP_OK;

    ep_token_init(&call->token);
    if (request->query.n > 0) {
        ep_token_scan(request->query, &call->token);
    }
    if (request->body.n > 0) {
        ep_token_scan(request->body, &call->token);
    }
    if (basic_user(request->headers[EP_HEADER_AUTHORIZATION], user)) {
        rc = look_up(call, user, err);
    }
    if (rc == EP_OK && !call->identified && call->token.server_id[0] != '\0') {
        rc = look_up(call, call->token.server_id, err);
    }
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
