/* Lists for vulnerability scanners (protocol.md 1.8): exact columns and
 * types, because their parsers take nothing else. */

#include <eportal/key.h>

#include "base/json.h"
#include "http/private.h"

/* A million servers take 60 MB in rows, 120 MB as objects. */
#define LIST_MAX ((size_t) 256 * 1024 * 1024)
/* Lists that are being made or sent at once, of all requests of a process:
 * whoever reads slowly keeps his in memory. One is always served. */
#define LISTS_MAX ((size_t) 192 * 1024 * 1024)
#define ROW_USUAL 128 /* bytes */

static size_t lists_held;


static ep_rc_t
add_kernel(ep_buf_t *buf, const ep_server_t *server)
{
    ep_str_t kernel = server->facts[EP_FACT_KERNEL_ID];

    return kernel.n > 0 ? ep_json_add_string(buf, kernel)
                        : ep_buf_add_str(buf, EP_STR("null"));
}


static ep_rc_t
too_large(ep_rc_t rc, ep_err_t *err)
{
    return rc == EP_OK ? EP_OK
                       : ep_err_set(err, rc, "list-too-large",
                                    "the list of servers is too large");
}


/* ["10.0.0.1", "<kernel hash>", 3] */
static ep_rc_t
add_row(const ep_server_t *server, void *ctx, ep_err_t *err)
{
    ep_buf_t *buf = ctx;
    char ip[EP_ADDR_TEXT];
    ep_rc_t rc;

    ep_addr_format(&server->ip, ip);
    rc = ep_buf_addf(buf, "%s[\"%s\",", buf->p[buf->n - 1] == '[' ? "" : ",",
                     ip);
    if (rc == EP_OK) {
        rc = add_kernel(buf, server);
    }
    if (rc == EP_OK) {
        rc = ep_buf_addf(buf, ",%lld]", (long long) server->level);
    }
    return too_large(rc, err);
}


/* {"host", "ip", "kernel_id", "patch_level"} and nothing else. */
static ep_rc_t
add_object(const ep_server_t *server, void *ctx, ep_err_t *err)
{
    ep_buf_t *buf = ctx;
    char ip[EP_ADDR_TEXT];
    ep_rc_t rc;

    ep_addr_format(&server->ip, ip);
    rc = ep_buf_add_str(buf, buf->n > 1 ? EP_STR(",{\"host\":")
                                        : EP_STR("{\"host\":"));
    if (rc == EP_OK) {
        rc = ep_json_add_string(buf, server->facts[EP_FACT_HOSTNAME]);
    }
    if (rc == EP_OK) {
        rc = ep_buf_addf(buf, ",\"ip\":\"%s\",\"kernel_id\":", ip);
    }
    if (rc == EP_OK) {
        rc = add_kernel(buf, server);
    }
    if (rc == EP_OK) {
        rc = ep_buf_addf(buf, ",\"patch_level\":%lld}",
                         (long long) server->level);
    }
    return too_large(rc, err);
}


static void
release(void *size)
{
    __atomic_sub_fetch(&lists_held, *(size_t *) size, __ATOMIC_RELAXED);
}


/* Room for a list of so many servers, until the answer has been sent. */
static ep_rc_t
reserve(ep_call_t *call, int64_t servers, ep_err_t *err)
{
    size_t *size = ep_arena_alloc(call->arena, sizeof(*size));
    size_t held;

    if (size == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while listing servers");
    }
    *size = (size_t) servers * ROW_USUAL;
    held = __atomic_add_fetch(&lists_held, *size, __ATOMIC_RELAXED);
    if (held != *size && held > LISTS_MAX) {
        release(size);
        return ep_err_set(err, EP_EBUSY, "too-many-lists",
                          "too many lists of servers are being sent");
    }
    if (!ep_arena_defer(call->arena, release, size)) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while listing servers");
    }
    return EP_OK;
}


/* The servers of a key into the buffer; of an unknown one there are none. An
 * empty key must not mean every server: it is a key that nobody has. */
static ep_rc_t
add_servers(ep_call_t *call, ep_str_t key, ep_server_fn add, ep_buf_t *buf,
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
    rc = reserve(call, row.servers, err);
    return rc == EP_OK ? ep_server_list(call->portal, ep_str(row.key), 0, 0,
                                        add, buf, err)
                       : rc;
}


static ep_rc_t
answer_list(ep_call_t *call, ep_str_t key, ep_str_t head, ep_str_t tail,
            ep_server_fn add, ep_err_t *err)
{
    ep_buf_t buf;
    ep_rc_t rc;

    ep_buf_init(&buf, LIST_MAX);
    rc = too_large(ep_buf_add_str(&buf, head), err);
    if (rc == EP_OK) {
        rc = add_servers(call, key, add, &buf, err);
    }
    if (rc == EP_OK) {
        rc = too_large(ep_buf_add_str(&buf, tail), err);
    }
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    rc = ep_answer_buffer(call, &buf, err);
    if (rc == EP_OK) {
        ep_answer_json(call, 200, ep_buf_str(&buf));
    }
    return rc;
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
