/* Registration and its end, for agents and for automation (protocol.md 1.2,
 * 1.9). Runs inside the group commit, but for unregister_by_key. */

#include <stdio.h>

#include <eportal/audit.h>
#include <eportal/key.h>

#include "base/decode.h"
#include "http/private.h"

/* Servers that one request unregisters: the write lock is held meanwhile. */
#define UNREGISTER_MAX 500

/* Codes of register_server (protocol.md 1.2). */
enum { CODE_OK = 0, CODE_UNKNOWN_KEY = 2, CODE_LIMIT = 3 };

/* Bodies of unregister_by_key.plain that are no count. */
#define ANSWER_INTERNAL EP_STR("-1\n")
#define ANSWER_TOKEN_MISMATCH EP_STR("-2\n")
#define ANSWER_NO_TOKEN_FILE EP_STR("-3\n")


/* Register from the call's parameters. A server id that is none is as good
 * as no id: the host gets a new one. */
static ep_rc_t
register_server(ep_call_t *call, char server_id[EP_SERVER_ID_MAX + 1],
                ep_err_t *err)
{
    ep_str_t id, hostname;
    char *copy;
    ep_rc_t rc = ep_call_params(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    id = ep_params_get(call->params, "server_id");
    if (!ep_token_is_server_id(id)) {
        id = EP_STR_NULL;
    }
    hostname = ep_utf8_cut(ep_str_trim(ep_params_get(call->params, "hostname")),
                           EP_FACT_MAX);
    copy = ep_arena_strdup(call->arena, hostname);
    if (copy == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while registering");
    }
    ep_utf8_clean(copy, hostname.n);
    hostname.p = copy;
    return ep_server_register(call->portal, ep_params_get(call->params, "key"),
                              id, hostname, &call->client, server_id, err);
}


ep_rc_t
ep_api_register(ep_call_t *call, ep_err_t *err)
{
    char id[EP_SERVER_ID_MAX + 1];
    char *body;
    ep_rc_t rc = register_server(call, id, err);

    if (rc == EP_ENOTFOUND) {
        call->rollback = true;
        /* Their documented status, though a missing thing is 404 elsewhere. */
        ep_answer_error(call->response, 400, "invalid-key", call->arena);
        return EP_OK;
    }
    if (rc != EP_OK) {
        return rc;
    }
    body = ep_arena_printf(call->arena, "{\"server_id\":\"%s\"}", id);
    if (body == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while registering");
    }
    ep_answer_json(call, 200, ep_str(body));
    return EP_OK;
}


ep_rc_t
ep_api_register_server(ep_call_t *call, ep_err_t *err)
{
    ep_envelope_t envelope = { .success = true };
    char id[EP_SERVER_ID_MAX + 1] = "";
    ep_err_t local = { 0 };
    ep_rc_t rc = register_server(call, id, &local);

    if (rc == EP_OK) {
        envelope.server_id = id;
    } else if (rc == EP_ENOTFOUND) {
        envelope.code = CODE_UNKNOWN_KEY;
    } else if (rc == EP_ELIMIT) {
        envelope.code = CODE_LIMIT;
    } else {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    call->rollback = rc != EP_OK;
    if (rc != EP_OK && ep_str_eq(call->captures[EP_CAP_EXT], EP_STR("json"))) {
        envelope.server_id = "";
    }
    return ep_answer_envelope(call, 200, &envelope, err);
}


ep_rc_t
ep_api_unregister_server(ep_call_t *call, ep_err_t *err)
{
    ep_envelope_t envelope = { .code = -1 };
    int64_t deleted = 0;
    ep_rc_t rc = ep_call_params(call, err);

    if (rc == EP_OK) {
        rc = ep_server_delete(call->portal,
                              ep_params_get(call->params, "server_id"),
                              &deleted, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    /* To .json an unknown server is an answer, to .plain a failure: that
     * grammar has no value for it. */
    if (ep_str_eq(call->captures[EP_CAP_EXT], EP_STR("json"))) {
        envelope.success = true;
        envelope.json = deleted ? "true" : "false";
    } else if (deleted) {
        envelope.success = true;
        envelope.code = CODE_OK;
    } else {
        envelope.message = "Server not found";
    }
    return ep_answer_envelope(call, 200, &envelope, err);
}


/* At most UNREGISTER_MAX of them; who asks again gets 0 when all are gone. In
 * the name of the token's holder, whoever that is. */
static ep_rc_t
delete_by_key(ep_call_t *call, const ep_addr_t *addr, int64_t *deleted,
              ep_err_t *err)
{
    ep_actor_t actor = { .name = EP_STR("api.token"),
                         .via = ep_via_names[EP_VIA_TOKEN],
                         .ip = call->client };
    ep_rc_t rc = ep_call_write(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_audit_actor(call->portal, &actor);
    rc = ep_server_delete_by_key_ip(call->portal,
                                    ep_params_get(call->params, "key"), addr,
                                    UNREGISTER_MAX, deleted, err);
    ep_audit_actor(call->portal, NULL);
    return ep_call_written(call, rc, err);
}


static ep_rc_t
remove_by_key(ep_call_t *call, ep_err_t *err)
{
    ep_str_t ip = ep_params_get(call->params, "ip");
    int64_t deleted = 0;
    ep_err_t local = { 0 };
    ep_addr_t addr;
    char *body;
    ep_rc_t rc;

    if (!ep_addr_parse(ip, &addr)) {
        ep_answer_text(call, 200, ANSWER_INTERNAL);
        return EP_OK;
    }
    rc = delete_by_key(call, &addr, &deleted, &local);
    if (rc == EP_ELIMIT) {
        ep_portal_log(call->portal, EP_LOG_WARNING, "eportal.http",
                      "unregister_by_key: %s", local.msg);
        ep_answer_text(call, 200, ANSWER_INTERNAL);
        return EP_OK;
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    body = ep_arena_printf(call->arena, "%lld\n", (long long) deleted);
    if (body == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while answering");
    }
    ep_answer_text(call, 200, ep_str(body));
    return EP_OK;
}


/* Who waits is told so by the status alone: the body has no number for it. */
static ep_rc_t
refuse_throttled(ep_call_t *call, int seconds, ep_err_t *err)
{
    ep_answer_text(call, 429, ANSWER_INTERNAL);
    return ep_answer_retry(call, seconds, err);
}


ep_rc_t
ep_api_unregister_by_key(ep_call_t *call, ep_err_t *err)
{
    ep_origin_t origin = ep_call_origin(call);
    int retry_after = 0;
    ep_rc_t rc = ep_call_params(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc =
        ep_auth_shared_token(call->portal, ep_params_get(call->params, "token"),
                             &origin, &retry_after, NULL);
    if (rc == EP_OK) {
        return remove_by_key(call, err);
    }
    if (retry_after > 0) {
        return refuse_throttled(call, retry_after, err);
    }
    ep_answer_text(call, 200,
                   rc == EP_ENOTFOUND ? ANSWER_NO_TOKEN_FILE
                   : rc == EP_EAUTH   ? ANSWER_TOKEN_MISMATCH
                                      : ANSWER_INTERNAL);
    return EP_OK;
}
