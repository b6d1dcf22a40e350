/*
 * From the library's response to nginx's output.  Our own answers never go
 * through nginx's special responses, which would turn them into HTML.
 * Event loop only.
 */

#include "ngx_http_eportal_module.h"


/* How long the same failure is not logged again. */
#define NGX_HTTP_EPORTAL_QUIET  10


typedef struct {
    ngx_uint_t   status;
    const char  *error;
} ngx_http_eportal_error_t;


static ngx_int_t ngx_http_eportal_string(ngx_http_request_t *r, ngx_str_t *dst,
    const char *p, size_t n, ngx_uint_t copy);
static ngx_int_t ngx_http_eportal_send_headers(ngx_http_request_t *r,
    ep_http_response_t *response, ngx_uint_t copy);
static ngx_int_t ngx_http_eportal_header(ngx_http_request_t *r,
    const char *name, ep_str_t value, ngx_uint_t copy);
static ngx_int_t ngx_http_eportal_send_body(ngx_http_request_t *r,
    ep_http_response_t *response, ngx_uint_t copy);
static ngx_buf_t *ngx_http_eportal_body_memory(ngx_http_request_t *r,
    ep_str_t body, ngx_uint_t copy);
static ngx_int_t ngx_http_eportal_redirect(ngx_http_request_t *r,
    ngx_str_t *uri);
static ngx_buf_t *ngx_http_eportal_body_file(ngx_http_request_t *r,
    ep_http_response_t *response);


static ngx_str_t  ngx_http_eportal_console = ngx_string("/_eportal/console");

static ngx_http_eportal_error_t  ngx_http_eportal_errors[] = {
    { NGX_HTTP_BAD_REQUEST, "bad-request" },
    { NGX_HTTP_FORBIDDEN, "forbidden" },
    { NGX_HTTP_NOT_FOUND, "not-found" },
    { NGX_HTTP_NOT_ALLOWED, "method-not-allowed" },
    { NGX_HTTP_LENGTH_REQUIRED, "length-required" },
    { NGX_HTTP_PRECONDITION_FAILED, "precondition-failed" },
    { NGX_HTTP_REQUEST_ENTITY_TOO_LARGE, "body-too-large" },
    { NGX_HTTP_REQUEST_URI_TOO_LARGE, "uri-too-long" },
    { NGX_HTTP_UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type" },
    { NGX_HTTP_RANGE_NOT_SATISFIABLE, "range-not-satisfiable" },
    { 431, "headers-too-large" },
    { NGX_HTTP_INTERNAL_SERVER_ERROR, "internal-error" },
    { NGX_HTTP_NOT_IMPLEMENTED, "not-implemented" },
    { NGX_HTTP_SERVICE_UNAVAILABLE, "unavailable" },
    { 0, "error" }
};


ngx_int_t
ngx_http_eportal_respond(ngx_http_request_t *r, ep_http_response_t *response,
    ngx_uint_t copy)
{
    ngx_http_eportal_count_answer(ngx_http_eportal_worker(r), response);

    if (response->log[0] != '\0') {
        ngx_http_eportal_failed(ngx_http_eportal_worker(r), NGX_LOG_ERR,
                                response->log);
    }

    if (ngx_http_eportal_send_headers(r, response, copy) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (response->remote != NULL) {
        return ngx_http_eportal_cache_send(r, response->remote);
    }

    if (response->file.n > 0) {
        return ngx_http_eportal_send_file(r, EP_STR(""), response->file);
    }

    if (response->console) {
        return ngx_http_eportal_redirect(r, &ngx_http_eportal_console);
    }

    return ngx_http_eportal_send_body(r, response, copy);
}


ngx_int_t
ngx_http_eportal_respond_error(ngx_http_request_t *r, ngx_uint_t status)
{
    ngx_int_t                   rc;
    ep_arena_t                 *arena;
    ep_http_response_t          response;
    ngx_http_eportal_error_t   *error;

    arena = ep_arena_new();
    if (arena == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    for (error = ngx_http_eportal_errors; error->status; error++) {
        if (error->status == status) {
            break;
        }
    }

    ngx_memzero(&response, sizeof(ep_http_response_t));
    ep_http_error((int) status, error->error, arena, &response);

    if (status == NGX_HTTP_NOT_ALLOWED
        && response.header_count < EP_HTTP_EXTRA_HEADERS)
    {
        /* TRACE and CONNECT, which nginx refuses for every path */

        response.headers[response.header_count].name = "Allow";
        response.headers[response.header_count].value =
                                                  EP_STR("GET, HEAD, POST");
        response.header_count++;
    }

    rc = ngx_http_eportal_respond(r, &response, 1);

    ep_arena_free(arena);

    return rc;
}


static ngx_int_t
ngx_http_eportal_string(ngx_http_request_t *r, ngx_str_t *dst, const char *p,
    size_t n, ngx_uint_t copy)
{
    dst->len = n;
    dst->data = (u_char *) p;

    if (copy && n > 0) {
        dst->data = ngx_pnalloc(r->pool, n);
        if (dst->data == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(dst->data, p, n);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_eportal_send_headers(ngx_http_request_t *r,
    ep_http_response_t *response, ngx_uint_t copy)
{
    u_char     *p;
    size_t      i;
    ngx_str_t  *type;

    r->headers_out.status = response->status;

    if (response->content_type != NULL) {
        type = &r->headers_out.content_type;

        type->data = (u_char *) response->content_type;
        type->len = ngx_strlen(response->content_type);

        p = ngx_strlchr(type->data, type->data + type->len, ';');

        r->headers_out.content_type_len = p ? (size_t) (p - type->data)
                                            : type->len;
        r->headers_out.content_type_lowcase = NULL;
    }

    for (i = 0; i < response->header_count; i++) {
        if (ngx_http_eportal_header(r, response->headers[i].name,
                                    response->headers[i].value, copy)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_eportal_header(ngx_http_request_t *r, const char *name,
    ep_str_t value, ngx_uint_t copy)
{
    size_t            n;
    ngx_table_elt_t  *h;

    /* nginx does not look into values: nothing may end a line */

    for (n = 0; n < value.n; n++) {
        if (value.p[n] == CR || value.p[n] == LF || value.p[n] == '\0') {
            ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                          "response header \"%s\" was left out: "
                          "it holds a line break or NUL", name);
            return NGX_OK;
        }
    }

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);

    if (ngx_http_eportal_string(r, &h->value, value.p, value.n, copy)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    h->hash = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_eportal_send_body(ngx_http_request_t *r,
    ep_http_response_t *response, ngx_uint_t copy)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    r->headers_out.content_length_n = response->body_size > 0
                                      ? (off_t) response->body_size
                                      : (off_t) response->body.n;

    if (response->status == NGX_HTTP_NOT_MODIFIED) {
        r->headers_out.content_length_n = -1;
        r->header_only = 1;
    }

    if (r->headers_out.content_length_n == 0 || r->method == NGX_HTTP_HEAD) {
        r->header_only = 1;
    }

    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b = response->body_size > 0
        ? ngx_http_eportal_body_file(r, response)
        : ngx_http_eportal_body_memory(r, response->body, copy);

    if (b == NULL) {
        return NGX_ERROR;
    }

    b->last_buf = 1;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static ngx_buf_t *
ngx_http_eportal_body_memory(ngx_http_request_t *r, ep_str_t body,
    ngx_uint_t copy)
{
    ngx_buf_t  *b;
    ngx_str_t   text;

    b = ngx_calloc_buf(r->pool);

    if (b == NULL
        || ngx_http_eportal_string(r, &text, body.p, body.n, copy) != NGX_OK)
    {
        return NULL;
    }

    b->pos = text.data;
    b->last = text.data + text.len;
    b->memory = 1;

    return b;
}


/*
 * The job's arena closes the descriptor: with the request's pool, when the
 * last byte is with the kernel.  No cleanup of nginx's may do it, too.
 */

static ngx_buf_t *
ngx_http_eportal_body_file(ngx_http_request_t *r,
    ep_http_response_t *response)
{
    ngx_buf_t  *b;

    static ngx_str_t  name = ngx_string("a list");

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NULL;
    }

    b->file = ngx_pcalloc(r->pool, sizeof(ngx_file_t));
    if (b->file == NULL) {
        return NULL;
    }

    b->file->fd = response->body_fd;
    b->file->name = name;
    b->file->log = r->connection->log;

    b->file_pos = 0;
    b->file_last = (off_t) response->body_size;
    b->in_file = 1;

    return b;
}


/* nginx's static code sends the file: sendfile, ranges, ETag, HTTP/2. */

ngx_int_t
ngx_http_eportal_send_file(ngx_http_request_t *r, ep_str_t dir, ep_str_t file)
{
    u_char     *p;
    ngx_str_t   uri;

    static ngx_str_t  prefix = ngx_string("/_eportal/patches/");

    uri.len = prefix.len + dir.n + file.n;
    uri.data = ngx_pnalloc(r->pool, uri.len);
    if (uri.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_cpymem(uri.data, prefix.data, prefix.len);
    p = ngx_cpymem(p, dir.p, dir.n);
    ngx_memcpy(p, file.p, file.n);

    return ngx_http_eportal_redirect(r, &uri);
}


static ngx_int_t
ngx_http_eportal_redirect(ngx_http_request_t *r, ngx_str_t *uri)
{
    if (r->method != NGX_HTTP_HEAD) {
        r->method = NGX_HTTP_GET;
        r->method_name = ngx_http_core_get_method;
    }

    r->headers_out.status = 0;

    return ngx_http_internal_redirect(r, uri, NULL);
}


void
ngx_http_eportal_failed(ngx_http_eportal_worker_t *w, ngx_uint_t level,
    const char *text)
{
    time_t  now;

    now = ngx_time();

    /* the watch has said it */

    if (ngx_strcmp(text, w->trouble) == 0) {
        return;
    }

    if (now - w->failed_at < NGX_HTTP_EPORTAL_QUIET
        && ngx_strcmp(text, w->failure) == 0)
    {
        w->failures++;
        return;
    }

    if (w->failures > 0) {
        ngx_log_error(NGX_LOG_ERR, w->log, 0,
                      "eportal: %ui more times: %s", w->failures, w->failure);
    }

    ngx_log_error(level, w->log, 0, "eportal: %s", text);

    w->failures = 0;
    w->failed_at = now;
    ngx_cpystrn((u_char *) w->failure, (u_char *) text, sizeof(w->failure));
}
