/* Making responses: see http/private.h. */

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/time.h"
#include "http/private.h"

#define RETRY_MIN 3
#define RETRY_SPREAD 12
#define ENVELOPE_MAX 4096
#define FAILURE_MAX 8192

static const char type_json[] = "application/json";
static const char type_text[] = "text/plain; charset=utf-8";


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory",
                      "out of memory while answering");
}


static void
answer(ep_http_response_t *response, int status, const char *type,
       ep_str_t body)
{
    response->status = status;
    response->content_type = type;
    response->body = body;
    response->file = EP_STR_NULL;
    response->body_size = 0;
}


void
ep_answer_text(ep_call_t *call, int status, ep_str_t body)
{
    answer(call->response, status, type_text, body);
}


void
ep_answer_json(ep_call_t *call, int status, ep_str_t body)
{
    answer(call->response, status, type_json, body);
}


void
ep_answer_header(ep_http_response_t *response, const char *name, ep_str_t value)
{
    if (response->header_count < EP_HTTP_EXTRA_HEADERS) {
        response->headers[response->header_count].name = name;
        response->headers[response->header_count++].value = value;
    }
}


/* The clients of a herd must not come back together. A handler may know
 * better. */
static void
add_retry(ep_http_response_t *response, ep_arena_t *arena)
{
    uint8_t byte = 0;
    char *text;

    for (size_t i = 0; i < response->header_count; i++) {
        if (ep_str_eq(ep_str(response->headers[i].name), EP_STR("Retry-After")))
        {
            return;
        }
    }
    ep_random(&byte, 1, NULL);
    text = ep_arena_printf(arena, "%d", RETRY_MIN + byte % RETRY_SPREAD);
    if (text != NULL) {
        ep_answer_header(response, "Retry-After", ep_str(text));
    }
}


ep_rc_t
ep_answer_retry(ep_call_t *call, int seconds, ep_err_t *err)
{
    const char *text = ep_arena_printf(call->arena, "%d", seconds);

    if (text == NULL) {
        return no_memory(err);
    }
    ep_answer_header(call->response, "Retry-After", ep_str(text));
    return EP_OK;
}


void
ep_answer_error(ep_http_response_t *response, int status, const char *code,
                ep_arena_t *arena)
{
    const char *text = ep_arena_printf(arena, "{\"error\":\"%s\"}", code);

    answer(response, status, type_json,
           ep_str(text != NULL ? text : "{\"error\":\"no-memory\"}"));
    if (status == 503) {
        add_retry(response, arena);
    }
}


void
ep_answer_failure(ep_call_t *call, int status, const char *code,
                  const char *text)
{
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };

    ep_buf_init(&buf, FAILURE_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_str(&w, "error", ep_str(code));
    ep_json_str(&w, "message", ep_str(text));
    ep_json_close(&w, '}');
    if (ep_answer_written(call, status, &w, NULL) != EP_OK) {
        ep_answer_error(call->response, 503, "no-memory", call->arena);
    } else if (status == 503 || status == 429) {
        add_retry(call->response, call->arena);
    }
}


void
ep_http_error(int status, const char *error, ep_arena_t *arena,
              ep_http_response_t *response)
{
    memset(response, 0, sizeof(*response));
    ep_answer_error(response, status, error, arena);
}


static void
free_buffer(void *p)
{
    free(p);
}


ep_rc_t
ep_answer_buffer(ep_call_t *call, ep_buf_t *buf, ep_err_t *err)
{
    if (buf->p != NULL && !ep_arena_defer(call->arena, free_buffer, buf->p)) {
        return no_memory(err);
    }
    return EP_OK;
}


ep_rc_t
ep_answer_written(ep_call_t *call, int status, ep_json_t *w, ep_err_t *err)
{
    ep_rc_t rc = w->rc;

    if (rc != EP_OK) {
        ep_buf_free(w->buf);
        return ep_err_set(err, rc, "answer-too-large",
                          "the answer is too large: ask for less at once");
    }
    rc = ep_answer_buffer(call, w->buf, err);
    if (rc == EP_OK) {
        ep_answer_json(call, status, ep_buf_str(w->buf));
    }
    return rc;
}


ep_rc_t
ep_answer_count(ep_call_t *call, int64_t count, ep_err_t *err)
{
    const char *text =
        ep_arena_printf(call->arena, "{\"result\":%lld}", (long long) count);

    if (text == NULL) {
        return no_memory(err);
    }
    ep_answer_json(call, 200, ep_str(text));
    return EP_OK;
}


ep_rc_t
ep_answer_losses(ep_call_t *call, int64_t result, const ep_loss_t *losses,
                 ep_err_t *err)
{
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };

    ep_buf_init(&buf, FAILURE_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_int(&w, "result", result);
    for (; losses->name != NULL; losses++) {
        ep_json_int(&w, losses->name, losses->count);
    }
    ep_json_close(&w, '}');
    return ep_answer_written(call, 200, &w, err);
}


ep_rc_t
ep_answer_ok(ep_call_t *call)
{
    ep_answer_json(call, 200, EP_STR("{\"result\":\"ok\"}"));
    return EP_OK;
}


static void
free_spool(void *p)
{
    ep_spool_free(p);
}


ep_rc_t
ep_call_spool(ep_call_t *call, ep_spool_t **out, ep_err_t *err)
{
    ep_spool_t *spool = ep_arena_alloc(call->arena, sizeof(*spool));
    char *dir =
        ep_arena_printf(call->arena, "%s/tmp", ep_config_base_dir(call->cfg));

    if (call->route->exec == EP_EXEC_LOOP) {
        return ep_err_set(err, EP_EINTERNAL, "spool-in-loop",
                          "a handler of the event loop writes a list");
    }
    if (spool == NULL || dir == NULL) {
        return no_memory(err);
    }
    ep_spool_init(spool, dir, NULL);
    if (!ep_arena_defer(call->arena, free_spool, spool)) {
        return no_memory(err);
    }
    *out = spool;
    return EP_OK;
}


ep_rc_t
ep_answer_spool(ep_call_t *call, ep_spool_t *spool, const char *content_type,
                ep_err_t *err)
{
    ep_rc_t rc = ep_spool_end(spool, err);

    if (rc != EP_OK) {
        return rc;
    }
    answer(call->response, 200, content_type != NULL ? content_type : type_json,
           ep_buf_str(&spool->buf));
    if (spool->fd >= 0) {
        call->response->body_fd = spool->fd;
        call->response->body_size = (int64_t) spool->written;
    }
    return EP_OK;
}


static ep_rc_t
add_plain(ep_buf_t *buf, const ep_envelope_t *e)
{
    ep_rc_t rc =
        ep_buf_addf(buf, "success:%s\n", e->success ? "true" : "false");

    if (rc == EP_OK && e->code >= 0) {
        rc = ep_buf_addf(buf, "code:%d\n", e->code);
    }
    if (rc == EP_OK && e->server_id != NULL) {
        rc = ep_buf_addf(buf, "server_id:%s\n", e->server_id);
    }
    if (rc == EP_OK && e->message != NULL) {
        rc = ep_buf_addf(buf, "message:%s\n", e->message);
    }
    return rc;
}


static ep_rc_t
add_json(ep_buf_t *buf, const ep_envelope_t *e)
{
    ep_rc_t rc =
        ep_buf_addf(buf, "{\"success\":%s,", e->success ? "true" : "false");

    if (rc == EP_OK && e->message != NULL) {
        rc = ep_buf_add_str(buf, EP_STR("\"message\":"));
        if (rc == EP_OK) {
            rc = ep_json_add_string(buf, ep_str(e->message));
        }
        if (rc == EP_OK) {
            rc = ep_buf_add_str(buf, EP_STR(","));
        }
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (e->json != NULL) {
        return ep_buf_addf(buf, "\"data\":%s}", e->json);
    }
    if (e->server_id != NULL) {
        return ep_buf_addf(buf, "\"data\":{\"server_id\":\"%s\",\"code\":%d}}",
                           e->server_id, e->code);
    }
    if (e->success && e->code >= 0) {
        return ep_buf_addf(buf, "\"data\":{\"code\":%d}}", e->code);
    }
    return ep_buf_add_str(buf, EP_STR("\"data\":null}"));
}


ep_rc_t
ep_answer_envelope(ep_call_t *call, int status, const ep_envelope_t *envelope,
                   ep_err_t *err)
{
    ep_str_t path = call->request->path;
    bool json = ep_str_ends(path, EP_STR(".json"));
    ep_buf_t buf;
    ep_rc_t rc;

    ep_buf_init(&buf, ENVELOPE_MAX);
    rc = json ? add_json(&buf, envelope) : add_plain(&buf, envelope);
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return no_memory(err);
    }
    rc = ep_answer_buffer(call, &buf, err);
    if (rc == EP_OK) {
        answer(call->response, status, json ? type_json : type_text,
               ep_buf_str(&buf));
        if (status == 503) {
            add_retry(call->response, call->arena);
        }
    }
    return rc;
}
