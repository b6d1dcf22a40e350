/* The agents' other methods (protocol.md 1.2, 4.3). Every request whose
 * server is known is a check-in, whatever it asks; see identity.c. */

#include "http/private.h"

/* The codes that agents are believed to know (protocol.md 4.3). */
enum { CODE_OK = 0, CODE_NO_STICKY = 1, CODE_UNKNOWN_SERVER = 2 };


static ep_rc_t
answer_code(ep_call_t *call, int code, ep_err_t *err)
{
    ep_envelope_t envelope = { .success = true, .code = code };

    return ep_answer_envelope(call, 200, &envelope, err);
}


static ep_rc_t
answer_failure(ep_call_t *call, int code, const char *message, ep_err_t *err)
{
    ep_envelope_t envelope = { .code = code, .message = message };

    call->rollback = true;
    return ep_answer_envelope(call, 200, &envelope, err);
}


/* Whether the server may have patches: it does as long as it is known. */
ep_rc_t
ep_api_check(ep_call_t *call, ep_err_t *err)
{
    return answer_code(call, call->identified ? CODE_OK : CODE_UNKNOWN_SERVER,
                       err);
}


/* Dates are not for us to give: feeds do what stickies do elsewhere. */
ep_rc_t
ep_api_sticky(ep_call_t *call, ep_err_t *err)
{
    return answer_code(
        call, call->identified ? CODE_NO_STICKY : CODE_UNKNOWN_SERVER, err);
}


/*
 * Our own form of a check-in, for agents and scripts that know us:
 * server_id and the names of protocol.md 1.3, in query, form or JSON.
 */
ep_rc_t
ep_api_checkin(ep_call_t *call, ep_err_t *err)
{
    ep_envelope_t envelope = { .success = true, .code = -1, .json = "true" };

    if (!call->identified) {
        return answer_failure(call, -1, "Server not found", err);
    }
    return ep_answer_envelope(call, 200, &envelope, err);
}


ep_rc_t
ep_api_tag(ep_call_t *call, ep_err_t *err)
{
    ep_str_t id, tags;
    ep_err_t local = { 0 };
    ep_rc_t rc = ep_call_params(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    id = ep_params_get(call->params, "server_id");
    if (id.n == 0) {
        id = ep_str(call->server_id);
    }
    tags = ep_params_get(call->params, "tag");
    if (tags.p == NULL) {
        tags = ep_params_get(call->params, "tags");
    }
    rc = ep_server_set_agent_tags(call->portal, id, tags, &local);
    if (rc == EP_OK) {
        return answer_code(call, CODE_OK, err);
    }
    if (rc == EP_ENOTFOUND) {
        return answer_failure(call, CODE_UNKNOWN_SERVER, "Server not found",
                              err);
    }
    if (rc == EP_EINVAL) {
        return answer_failure(call, 1, "Bad tags", err);
    }
    return ep_err_set(err, rc, local.code, "%s", local.msg);
}


ep_rc_t
ep_api_unknown_method(ep_call_t *call, ep_err_t *err)
{
    return answer_failure(call, -1, "unknown method", err);
}
