/* Lists for vulnerability scanners (protocol.md 1.8): exact columns and
 * types, because their parsers take nothing else. */

#include <eportal/key.h>

#include "http/private.h"

typedef struct {
    ep_spool_t *spool;
    bool begun; /* it has a server already */
} list_t;


static void
add_kernel(ep_spool_t *spool, const ep_server_t *server)
{
    ep_str_t kernel = server->facts[EP_FACT_KERNEL_ID];

    if (kernel.n > 0) {
        ep_spool_add_json(spool, kernel);
    } else {
        ep_spool_add_str(spool, EP_STR("null"));
    }
}


/* ["10.0.0.1", "<kernel hash>", 3] */
static ep_rc_t
add_row(const ep_server_t *server, void *ctx, ep_err_t *err)
{
    list_t *list = ctx;
    char ip[EP_ADDR_TEXT];

    ep_addr_format(&server->ip, ip);
    ep_spool_addf(list->spool, "%s[\"%s\",", list->begun ? "," : "", ip);
    add_kernel(list->spool, server);
    ep_spool_addf(list->spool, ",%lld]", (long long) server->level);
    list->begun = true;
    return ep_spool_status(list->spool, err);
}


/* {"host", "ip", "kernel_id", "patch_level"} and nothing else. */
static ep_rc_t
add_object(const ep_server_t *server, void *ctx, ep_err_t *err)
{
    list_t *list = ctx;
    char ip[EP_ADDR_TEXT];

    ep_addr_format(&server->ip, ip);
    ep_spool_addf(list->spool, "%s{\"host\":", list->begun ? "," : "");
    ep_spool_add_json(list->spool, server->facts[EP_FACT_HOSTNAME]);
    ep_spool_addf(list->spool, ",\"ip\":\"%s\",\"kernel_id\":", ip);
    add_kernel(list->spool, server);
    ep_spool_addf(list->spool, ",\"patch_level\":%lld}",
                  (long long) server->level);
    list->begun = true;
    return ep_spool_status(list->spool, err);
}


/* The servers of a key; of an unknown one there are none. An empty key must
 * not mean every server: it is a key that nobody has. */
static ep_rc_t
add_servers(ep_call_t *call, ep_str_t key, ep_server_fn add, list_t *list,
            ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_key_t row;
    ep_rc_t rc = ep_key_find(call->portal, key, &row, &local);

    if (rc == EP_ENOTFOUND) {
        return EP_OK;
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    return ep_server_list(call->portal, ep_str(row.key), 0, 0, add, list, err);
}


static ep_rc_t
answer_list(ep_call_t *call, ep_str_t key, ep_str_t head, ep_str_t tail,
            ep_server_fn add, ep_err_t *err)
{
    list_t list = { 0 };
    ep_rc_t rc = ep_call_spool(call, &list.spool, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_spool_add_str(list.spool, head);
    rc = add_servers(call, key, add, &list, err);
    if (rc != EP_OK) {
        return rc;
    }
    ep_spool_add_str(list.spool, tail);
    return ep_answer_spool(call, list.spool, NULL, err);
}


ep_rc_t
ep_api_scanner_rows(ep_call_t *call, ep_err_t *err)
{
    return answer_list(call, call->captures[EP_CAP_KEY], EP_STR("{\"data\":["),
                       EP_STR("]}"), add_row, err);
}


ep_rc_t
ep_api_scanner_list(ep_call_t *call, ep_err_t *err)
{
    ep_rc_t rc = ep_call_params(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    return answer_list(call, ep_params_get(call->params, "key"), EP_STR("["),
                       EP_STR("]"), add_object, err);
}
