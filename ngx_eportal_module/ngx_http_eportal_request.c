/*
 * From nginx's request to the library's: method, path, the few headers that
 * the application reads, the body.  Event loop only.
 */

#include "ngx_http_eportal_module.h"


static ngx_int_t ngx_http_eportal_fill(ngx_http_request_t *r,
    ep_http_request_t *request);
static ep_method_t ngx_http_eportal_method(ngx_http_request_t *r);
static ngx_int_t ngx_http_eportal_headers(ngx_http_request_t *r,
    ep_http_request_t *request);
static void ngx_http_eportal_header_names(ngx_http_eportal_worker_t *w,
    const char *names[], size_t lens[]);
static void ngx_http_eportal_host(ngx_http_request_t *r, ep_str_t *host);
static ngx_int_t ngx_http_eportal_header_add(ngx_http_request_t *r,
    ep_str_t *dst, ngx_str_t *value);
static void ngx_http_eportal_peer(ngx_connection_t *c, ep_addr_t *peer);
static ngx_uint_t ngx_http_eportal_has_body(ngx_http_request_t *r);
static void ngx_http_eportal_body_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_eportal_start(ngx_http_request_t *r,
    ngx_http_eportal_ctx_t *ctx);
static ngx_int_t ngx_http_eportal_body_view(ngx_http_request_t *r,
    size_t size, ep_str_t *body);
static ngx_int_t ngx_http_eportal_copy(ep_arena_t *arena, ep_str_t *s);


ngx_int_t
ngx_http_eportal_handler(ngx_http_request_t *r)
{
    ngx_int_t                rc;
    ngx_http_eportal_ctx_t  *ctx;

    /* threads and subrequests do not go together (nginx ticket #2555) */

    if (r != r->main || ngx_http_eportal_worker(r) == NULL) {
        return NGX_HTTP_FORBIDDEN;
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_eportal_ctx_t));
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* nginx refused the request and error_page brought it here */

    if (r->error_page) {
        rc = ngx_http_discard_request_body(r);
        return rc == NGX_OK ? ngx_http_eportal_respond_error(r, r->err_status)
                            : rc;
    }

    if (ngx_http_eportal_fill(r, &ctx->request) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ep_http_plan(&ctx->request, &ctx->plan);

    if (r->headers_in.content_length_n > (off_t) ctx->plan.max_body
        && ctx->plan.max_body > 0)
    {
        rc = ngx_http_discard_request_body(r);
        return rc == NGX_OK
               ? ngx_http_eportal_respond_error(r,
                                             NGX_HTTP_REQUEST_ENTITY_TOO_LARGE)
               : rc;
    }

    if (ctx->plan.max_body > 0 && ngx_http_eportal_has_body(r)) {
        ngx_http_set_ctx(r, ctx, ngx_http_eportal_module);

        rc = ngx_http_read_client_request_body(r,
                                               ngx_http_eportal_body_handler);
        return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_http_eportal_start(r, ctx);

    if (rc == NGX_HTTP_EPORTAL_LATER) {
        r->main->count++;
        return NGX_DONE;
    }

    return rc;
}


static ngx_uint_t
ngx_http_eportal_has_body(ngx_http_request_t *r)
{
#if (NGX_HTTP_V2)
    if (r->stream != NULL) {
        return !r->stream->in_closed;
    }
#endif

    return r->headers_in.content_length_n > 0 || r->headers_in.chunked;
}


/* Reading the body took the reference that a task needs. */

static void
ngx_http_eportal_body_handler(ngx_http_request_t *r)
{
    size_t                   size;
    ngx_int_t                rc;
    ngx_uint_t               in_file;
    ngx_http_eportal_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_eportal_module);

    size = ngx_http_eportal_body_size(r, &in_file);

    if (size > ctx->plan.max_body) {
        rc = ngx_http_eportal_respond_error(r,
                                            NGX_HTTP_REQUEST_ENTITY_TOO_LARGE);
        ngx_http_finalize_request(r, rc);
        return;
    }

    if (!in_file
        && ngx_http_eportal_body_view(r, size, &ctx->request.body) != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ctx->in_file = in_file;

    rc = ngx_http_eportal_start(r, ctx);

    if (rc != NGX_HTTP_EPORTAL_LATER) {
        ngx_http_finalize_request(r, rc);
    }
}


static ngx_int_t
ngx_http_eportal_start(ngx_http_request_t *r, ngx_http_eportal_ctx_t *ctx)
{
    ngx_int_t  rc;

    if (ctx->plan.exec == EP_EXEC_LOOP && !ctx->in_file) {
        rc = ngx_http_eportal_loop_run(r, ctx);
        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    return ngx_http_eportal_post(r, ctx);
}


static ngx_int_t
ngx_http_eportal_fill(ngx_http_request_t *r, ep_http_request_t *request)
{
    request->method = ngx_http_eportal_method(r);
    request->path = (ep_str_t) { (char *) r->uri.data, r->uri.len };
    request->query = (ep_str_t) { (char *) r->args.data, r->args.len };

    request->counters = ngx_http_eportal_worker(r)->counters;

    ngx_http_eportal_peer(r->connection, &request->peer);

#if (NGX_HTTP_SSL)
    request->https = r->connection->ssl != NULL;
#endif

    return ngx_http_eportal_headers(r, request);
}


static ep_method_t
ngx_http_eportal_method(ngx_http_request_t *r)
{
    switch (r->method) {

    case NGX_HTTP_GET:
        return EP_GET;

    case NGX_HTTP_HEAD:
        return EP_HEAD;

    case NGX_HTTP_POST:
        return EP_POST;

    case NGX_HTTP_PUT:
        return EP_PUT;

    case NGX_HTTP_DELETE:
        return EP_DELETE;

    case NGX_HTTP_OPTIONS:
        return EP_OPTIONS;

    case NGX_HTTP_PATCH:
        return EP_PATCH;

    default:
        return EP_METHOD_OTHER;
    }
}


/* The list itself, because nginx's shortcuts change between releases. */

static ngx_int_t
ngx_http_eportal_headers(ngx_http_request_t *r, ep_http_request_t *request)
{
    size_t            lens[EP_HEADER_COUNT];
    ngx_uint_t        i, n;
    const char       *names[EP_HEADER_COUNT];
    ngx_list_part_t  *part;
    ngx_table_elt_t  *h;

    ngx_http_eportal_header_names(ngx_http_eportal_worker(r), names, lens);

    part = &r->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        for (n = 0; n < EP_HEADER_COUNT; n++) {

            if (h[i].key.len != lens[n]
                || ngx_strncasecmp(h[i].lowcase_key, (u_char *) names[n],
                                   lens[n])
                   != 0)
            {
                continue;
            }

            if (ngx_http_eportal_header_add(r, &request->headers[n],
                                            &h[i].value)
                != NGX_OK)
            {
                return NGX_ERROR;
            }

            break;
        }
    }

    ngx_http_eportal_host(r, &request->headers[EP_HEADER_HOST]);

    return NGX_OK;
}


static void
ngx_http_eportal_header_names(ngx_http_eportal_worker_t *w,
    const char *names[], size_t lens[])
{
    ngx_uint_t  n;

    for (n = 0; n < EP_HEADER_COUNT; n++) {
        names[n] = ep_header_names[n];

        /* a setting, where there are any */

        if (names[n] == NULL && w->config != NULL) {
            names[n] = ep_http_header_name(w->config, n);
        }

        lens[n] = names[n] != NULL ? ngx_strlen(names[n]) : 0;
    }
}


/* The host of an absolute request line is the one that counts. */

static void
ngx_http_eportal_host(ngx_http_request_t *r, ep_str_t *host)
{
    if (r->host_start == NULL || r->host_end <= r->host_start) {
        return;
    }

    host->p = (char *) r->host_start;
    host->n = r->host_end - r->host_start;

    if (r->port_end > r->host_end) {
        host->n = r->port_end - r->host_start;
    }
}


static ngx_int_t
ngx_http_eportal_header_add(ngx_http_request_t *r, ep_str_t *dst,
    ngx_str_t *value)
{
    u_char  *p, *last;

    if (dst->n == 0) {
        dst->p = (char *) value->data;
        dst->n = value->len;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, dst->n + 2 + value->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    last = ngx_cpymem(p, dst->p, dst->n);
    last = ngx_cpymem(last, ", ", 2);
    last = ngx_cpymem(last, value->data, value->len);

    dst->p = (char *) p;
    dst->n = last - p;

    return NGX_OK;
}


static void
ngx_http_eportal_peer(ngx_connection_t *c, ep_addr_t *peer)
{
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    switch (c->sockaddr->sa_family) {

    case AF_INET:
        sin = (struct sockaddr_in *) c->sockaddr;
        peer->len = 4;
        ngx_memcpy(peer->bytes, &sin->sin_addr, 4);
        break;

#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) c->sockaddr;

        if (IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr)) {
            peer->len = 4;
            ngx_memcpy(peer->bytes, &sin6->sin6_addr.s6_addr[12], 4);
            break;
        }

        peer->len = 16;
        ngx_memcpy(peer->bytes, &sin6->sin6_addr, 16);
        break;
#endif

    default:
        peer->len = 0;
    }
}


size_t
ngx_http_eportal_body_size(ngx_http_request_t *r, ngx_uint_t *in_file)
{
    size_t        size;
    ngx_chain_t  *cl;

    size = 0;
    *in_file = 0;

    if (r->request_body == NULL) {
        return 0;
    }

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        size += ngx_buf_size(cl->buf);

        if (cl->buf->in_file) {
            *in_file = 1;
        }
    }

    return size;
}


/* A body in memory as one piece; copied only when it is in several. */

static ngx_int_t
ngx_http_eportal_body_view(ngx_http_request_t *r, size_t size,
    ep_str_t *body)
{
    u_char       *p, *last;
    ngx_chain_t  *cl;

    if (size == 0) {
        return NGX_OK;
    }

    cl = r->request_body->bufs;

    if ((size_t) ngx_buf_size(cl->buf) == size) {
        body->p = (char *) cl->buf->pos;
        body->n = size;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    for (last = p; cl; cl = cl->next) {
        last = ngx_cpymem(last, cl->buf->pos, ngx_buf_size(cl->buf));
    }

    body->p = (char *) p;
    body->n = size;

    return NGX_OK;
}


/*
 * A thread gets copies of everything.  The part of a body that is in a file
 * is noted for the thread to read.
 */

ngx_int_t
ngx_http_eportal_job_copy(ngx_http_eportal_job_t *job,
    ngx_http_eportal_ctx_t *ctx)
{
    char                *dst;
    size_t               n;
    ngx_uint_t           i, in_file;
    ngx_chain_t         *cl;
    ngx_http_request_t  *r;

    r = job->r;

    job->request = ctx->request;
    job->request.body = EP_STR_NULL;

    if (ngx_http_eportal_copy(job->arena, &job->request.path) != NGX_OK
        || ngx_http_eportal_copy(job->arena, &job->request.query) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < EP_HEADER_COUNT; i++) {
        if (ngx_http_eportal_copy(job->arena, &job->request.headers[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    n = ctx->plan.max_body > 0 ? ngx_http_eportal_body_size(r, &in_file) : 0;
    if (n == 0) {
        return NGX_OK;
    }

    dst = ep_arena_alloc(job->arena, n + 1);
    if (dst == NULL) {
        return NGX_ERROR;
    }

    job->request.body = (ep_str_t) { dst, n };

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        n = ngx_buf_size(cl->buf);

        if (cl->buf->in_file) {
            if (job->file_size > 0) {
                return NGX_ERROR;
            }

            job->fd = cl->buf->file->fd;
            job->file_pos = cl->buf->file_pos;
            job->file_size = n;
            job->file_dst = dst;

        } else {
            ngx_memcpy(dst, cl->buf->pos, n);
        }

        dst += n;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_eportal_copy(ep_arena_t *arena, ep_str_t *s)
{
    if (s->n == 0) {
        return NGX_OK;
    }

    s->p = ep_arena_strdup(arena, *s);

    return s->p != NULL ? NGX_OK : NGX_ERROR;
}
