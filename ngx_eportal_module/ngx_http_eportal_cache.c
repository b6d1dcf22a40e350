/*
 * Cache mode: a file that is not here is fetched by a thread of the pool
 * eportal_net, once however many ask for it.  Those who wait do so in the
 * event loop, on a list; while another worker fetches the file, a timer looks
 * whether it is there.
 */

#include "ngx_http_eportal_module.h"
#include <eportal/cache.h>


#define NGX_HTTP_EPORTAL_FETCHES   1024    /* at once, in a worker */
#define NGX_HTTP_EPORTAL_LOOK      100     /* ms between two looks */
#define NGX_HTTP_EPORTAL_TRY       5       /* looks between two tries */
#define NGX_HTTP_EPORTAL_BUSY      1000    /* ms between looks at the clock */
#define NGX_HTTP_EPORTAL_WAIT      300000  /* ms that a client waits */
#define NGX_HTTP_EPORTAL_PIECE     64      /* answers of one round */
#define NGX_HTTP_EPORTAL_REMEMBER  3000    /* ms that a failure is answered
                                              without a try; and up to as
                                              much by chance */


struct ngx_http_eportal_fetch_s {
    ngx_queue_t                   queue;       /* in the bucket */
    ngx_queue_t                   waiters;     /* oldest first */
    ngx_http_eportal_worker_t    *worker;
    ep_config_t                  *config;
    ep_remote_t                   remote;      /* its path is in data */
    ngx_thread_task_t             task;
    ngx_event_t                   tick;
    ngx_uint_t                    looks;
    ngx_uint_t                    status;      /* to answer with; 0: not yet */
    ngx_msec_t                    until;       /* a failure is remembered */
    ngx_atomic_t                  waiting;     /* read by the thread */
    ep_rc_t                       rc;          /* of the thread */
    ep_err_t                      err;
    unsigned                      busy:1;      /* the task is in flight */
    u_char                        data[1];
};

typedef struct {
    ngx_queue_t                   queue;
    ngx_http_request_t           *r;
    ngx_http_eportal_fetch_t     *fetch;       /* NULL: waits no more */
    ngx_msec_t                    since;
} ngx_http_eportal_waiter_t;


static ngx_http_eportal_fetch_t *ngx_http_eportal_fetch_find(
    ngx_http_eportal_worker_t *w, const ep_remote_t *remote);
static ngx_http_eportal_fetch_t *ngx_http_eportal_fetch_create(
    ngx_http_eportal_worker_t *w, const ep_remote_t *remote);
static void ngx_http_eportal_fetch_free(ngx_http_eportal_fetch_t *fetch);
static ngx_int_t ngx_http_eportal_fetch_post(ngx_http_eportal_fetch_t *fetch);
static void ngx_http_eportal_fetch_thread(void *data, ngx_log_t *log);
static bool ngx_http_eportal_fetch_stopped(void *ctx);
static void ngx_http_eportal_fetch_event(ngx_event_t *ev);
static void ngx_http_eportal_fetch_failed(ngx_http_eportal_fetch_t *fetch);
static ngx_uint_t ngx_http_eportal_source_down(const ep_err_t *err);
static void ngx_http_eportal_fetch_tick(ngx_event_t *ev);
static void ngx_http_eportal_fetch_answer(ngx_http_eportal_fetch_t *fetch);
static void ngx_http_eportal_fetch_impatient(ngx_http_eportal_fetch_t *fetch);
static ngx_int_t ngx_http_eportal_wait(ngx_http_request_t *r,
    ngx_http_eportal_fetch_t *fetch);
static void ngx_http_eportal_waiter_cleanup(void *data);
static ngx_http_request_t *ngx_http_eportal_waiter_take(
    ngx_http_eportal_fetch_t *fetch);
static ngx_int_t ngx_http_eportal_send_found(ngx_http_request_t *r,
    const ep_config_t *config, const ep_remote_t *remote);
static ngx_queue_t *ngx_http_eportal_bucket(ngx_http_eportal_worker_t *w,
    const ep_remote_t *remote);


void
ngx_http_eportal_cache_init(ngx_http_eportal_worker_t *w)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_EPORTAL_CACHE_BUCKETS; i++) {
        ngx_queue_init(&w->cache.buckets[i]);
    }
}


/* The threads have ended, and the requests with the cycle. */

void
ngx_http_eportal_cache_exit(ngx_http_eportal_worker_t *w)
{
    ngx_uint_t    i;
    ngx_queue_t  *bucket;

    for (i = 0; i < NGX_HTTP_EPORTAL_CACHE_BUCKETS; i++) {
        bucket = &w->cache.buckets[i];

        while (!ngx_queue_empty(bucket)) {
            ngx_http_eportal_fetch_free(ngx_queue_data(ngx_queue_head(bucket),
                                        ngx_http_eportal_fetch_t, queue));
        }
    }
}


ngx_int_t
ngx_http_eportal_cache_send(ngx_http_request_t *r, const ep_remote_t *remote)
{
    ngx_int_t                   rc;
    ngx_http_eportal_fetch_t   *fetch;
    ngx_http_eportal_worker_t  *w;

    w = ngx_http_eportal_worker(r);

    if (w->config == NULL) {
        return ngx_http_eportal_respond_error(r,
                                              NGX_HTTP_SERVICE_UNAVAILABLE);
    }

    rc = ngx_http_eportal_send_found(r, w->config, remote);
    if (rc != NGX_DECLINED) {
        ngx_http_eportal_count(w, cache_hits, 1);
        return rc;
    }

    fetch = ngx_http_eportal_fetch_find(w, remote);

    if (fetch == NULL) {
        fetch = ngx_http_eportal_fetch_create(w, remote);

        if (fetch == NULL) {
            return ngx_http_eportal_respond_error(r,
                                                NGX_HTTP_SERVICE_UNAVAILABLE);
        }

        if (ngx_http_eportal_fetch_post(fetch) != NGX_OK) {
            ngx_http_eportal_fetch_free(fetch);
            return ngx_http_eportal_respond_error(r,
                                                NGX_HTTP_SERVICE_UNAVAILABLE);
        }
    }

    if (fetch->status > NGX_HTTP_OK) {
        return ngx_http_eportal_respond_error(r, fetch->status);
    }

    return ngx_http_eportal_wait(r, fetch);
}


/* NGX_DECLINED: it is not here. */

static ngx_int_t
ngx_http_eportal_send_found(ngx_http_request_t *r, const ep_config_t *config,
    const ep_remote_t *remote)
{
    switch (ep_cache_find(config, remote)) {

    case EP_CACHE_WHOLE:
        return ngx_http_eportal_send_file(r, EP_STR(""), remote->path);

    case EP_CACHE_KEPT:
        return ngx_http_eportal_send_file(r, EP_STR("cache/"), remote->path);

    default:
        return NGX_DECLINED;
    }
}


static ngx_queue_t *
ngx_http_eportal_bucket(ngx_http_eportal_worker_t *w,
    const ep_remote_t *remote)
{
    return &w->cache.buckets[remote->sha256[0]
                             % NGX_HTTP_EPORTAL_CACHE_BUCKETS];
}


static ngx_http_eportal_fetch_t *
ngx_http_eportal_fetch_find(ngx_http_eportal_worker_t *w,
    const ep_remote_t *remote)
{
    ngx_queue_t               *q, *bucket;
    ngx_http_eportal_fetch_t  *fetch;

    bucket = ngx_http_eportal_bucket(w, remote);

    for (q = ngx_queue_head(bucket);
         q != ngx_queue_sentinel(bucket);
         q = ngx_queue_next(q))
    {
        fetch = ngx_queue_data(q, ngx_http_eportal_fetch_t, queue);

        if (ep_str_eq(fetch->remote.path, remote->path)) {
            return fetch;
        }
    }

    return NULL;
}


/* NULL: too many, or the source was down a moment ago. */

static ngx_http_eportal_fetch_t *
ngx_http_eportal_fetch_create(ngx_http_eportal_worker_t *w,
    const ep_remote_t *remote)
{
    ngx_http_eportal_fetch_t  *fetch;

    if (w->cache.down
        && (ngx_msec_int_t) (w->cache.down_until - ngx_current_msec) > 0)
    {
        return NULL;
    }

    w->cache.down = 0;

    if (w->cache.count >= NGX_HTTP_EPORTAL_FETCHES) {
        return NULL;
    }

    fetch = ngx_calloc(sizeof(ngx_http_eportal_fetch_t) + remote->path.n,
                       w->log);
    if (fetch == NULL) {
        return NULL;
    }

    fetch->worker = w;
    fetch->config = ep_config_ref(w->config);
    fetch->remote = *remote;
    fetch->remote.path.p = (char *) fetch->data;
    ngx_memcpy(fetch->data, remote->path.p, remote->path.n);

    fetch->task.ctx = fetch;
    fetch->task.handler = ngx_http_eportal_fetch_thread;
    fetch->task.event.handler = ngx_http_eportal_fetch_event;
    fetch->task.event.data = fetch;
    fetch->task.event.log = ngx_cycle->log;

    /* also what keeps an old worker alive over a reload */

    fetch->tick.handler = ngx_http_eportal_fetch_tick;
    fetch->tick.data = fetch;
    fetch->tick.log = ngx_cycle->log;

    ngx_queue_init(&fetch->waiters);
    ngx_queue_insert_tail(ngx_http_eportal_bucket(w, remote), &fetch->queue);
    w->cache.count++;

    return fetch;
}


static void
ngx_http_eportal_fetch_free(ngx_http_eportal_fetch_t *fetch)
{
    if (fetch->tick.timer_set) {
        ngx_del_timer(&fetch->tick);
    }

    ngx_queue_remove(&fetch->queue);
    fetch->worker->cache.count--;

    ep_config_unref(fetch->config);
    ngx_free(fetch);
}


static ngx_int_t
ngx_http_eportal_fetch_post(ngx_http_eportal_fetch_t *fetch)
{
    ngx_thread_pool_t          *pool;
    ngx_http_eportal_worker_t  *w;

    w = fetch->worker;
    pool = w->pools[EP_POOL_NET];

    ngx_http_eportal_count(w, queued[EP_POOL_NET], 1);

    if (ngx_thread_task_post(pool, &fetch->task) != NGX_OK) {
        ngx_http_eportal_count(w, queued[EP_POOL_NET], -1);
        return NGX_ERROR;
    }

    fetch->busy = 1;
    ngx_add_timer(&fetch->tick, NGX_HTTP_EPORTAL_BUSY);

    return NGX_OK;
}


/* Thread. */

static void
ngx_http_eportal_fetch_thread(void *data, ngx_log_t *log)
{
    ep_transfer_t              transfer;
    ngx_http_eportal_fetch_t  *fetch = data;

    ngx_http_eportal_count(fetch->worker, queued[EP_POOL_NET], -1);

    ngx_memzero(&transfer, sizeof(ep_transfer_t));
    transfer.stopped = ngx_http_eportal_fetch_stopped;
    transfer.ctx = fetch;

    ep_err_clear(&fetch->err);
    fetch->rc = ep_cache_fetch(fetch->config, &fetch->remote, &transfer,
                               &fetch->err);
}


/*
 * Thread.  A worker that shuts down for a reload still serves those who wait;
 * what was fetched so far is not lost.
 */

static bool
ngx_http_eportal_fetch_stopped(void *ctx)
{
    ngx_http_eportal_fetch_t  *fetch = ctx;

    return ngx_terminate || ((ngx_quit || ngx_exiting) && fetch->waiting == 0);
}


static void
ngx_http_eportal_fetch_event(ngx_event_t *ev)
{
    ngx_http_eportal_fetch_t  *fetch = ev->data;

    fetch->busy = 0;

    if (fetch->rc == EP_EBUSY
        && ngx_strcmp(fetch->err.code, "fetching") == 0)
    {
        fetch->looks = 0;
        ngx_add_timer(&fetch->tick, NGX_HTTP_EPORTAL_LOOK);
        return;
    }

    if (fetch->rc == EP_OK) {
        fetch->status = NGX_HTTP_OK;
        ngx_http_eportal_count(fetch->worker, cache_fetches, 1);

    } else {
        ngx_http_eportal_fetch_failed(fetch);
    }

    ngx_http_eportal_fetch_answer(fetch);
}


static void
ngx_http_eportal_fetch_failed(ngx_http_eportal_fetch_t *fetch)
{
    ngx_http_eportal_worker_t  *w = fetch->worker;

    ngx_http_eportal_count(w, cache_failures, 1);

    fetch->status = NGX_HTTP_SERVICE_UNAVAILABLE;
    fetch->until = ngx_current_msec + NGX_HTTP_EPORTAL_REMEMBER
                   + ngx_random() % NGX_HTTP_EPORTAL_REMEMBER;

    if (fetch->rc == EP_ENOTFOUND
        && ngx_strcmp(fetch->err.code, "source-transfer") == 0)
    {
        fetch->status = NGX_HTTP_NOT_FOUND;
    }

    if (ngx_http_eportal_source_down(&fetch->err)) {
        w->cache.down = 1;
        w->cache.down_until = fetch->until;
    }

    ngx_http_eportal_failed(w, NGX_LOG_ERR, fetch->err.msg);
}


/* Whether another file would fare the same. */

static ngx_uint_t
ngx_http_eportal_source_down(const ep_err_t *err)
{
    ngx_uint_t  i;

    static const char  *codes[] = {
        "no-source", "source-url", "source-name", "source-proxy",
        "source-connect", "source-tls", "source-login", "disk-full"
    };

    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        if (ngx_strcmp(err->code, codes[i]) == 0) {
            return 1;
        }
    }

    return 0;
}


static void
ngx_http_eportal_fetch_tick(ngx_event_t *ev)
{
    ngx_http_eportal_fetch_t  *fetch = ev->data;

    if (fetch->status > 0) {
        ngx_http_eportal_fetch_answer(fetch);
        return;
    }

    if (!fetch->busy) {

        if (ep_cache_find(fetch->config, &fetch->remote) != EP_CACHE_MISSING) {
            fetch->status = NGX_HTTP_OK;
            ngx_http_eportal_fetch_answer(fetch);
            return;
        }

        /* the other process may have been killed, or have failed */

        if (++fetch->looks % NGX_HTTP_EPORTAL_TRY == 0) {
            (void) ngx_http_eportal_fetch_post(fetch);
        }

        if (!fetch->busy && fetch->waiting == 0) {
            ngx_http_eportal_fetch_free(fetch);
            return;
        }
    }

    ngx_http_eportal_fetch_impatient(fetch);

    if (!fetch->tick.timer_set) {
        ngx_add_timer(&fetch->tick, fetch->busy ? NGX_HTTP_EPORTAL_BUSY
                                                : NGX_HTTP_EPORTAL_LOOK);
    }
}


/*
 * All who wait, a few in each round of the event loop.  A failure stays for
 * a while, so that a herd does not ask the source again and again.
 */

static void
ngx_http_eportal_fetch_answer(ngx_http_eportal_fetch_t *fetch)
{
    ngx_int_t            rc;
    ngx_uint_t           n, status;
    ngx_msec_int_t       left;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    for (n = 0; n < NGX_HTTP_EPORTAL_PIECE; n++) {
        r = ngx_http_eportal_waiter_take(fetch);
        if (r == NULL) {
            break;
        }

        c = r->connection;
        ngx_http_set_log_request(c->log, r);

        rc = NGX_DECLINED;
        status = NGX_HTTP_SERVICE_UNAVAILABLE;

        if (fetch->status == NGX_HTTP_OK) {
            rc = ngx_http_eportal_send_found(r, fetch->config,
                                             &fetch->remote);
        } else {
            status = fetch->status;
        }

        if (rc == NGX_DECLINED) {
            rc = ngx_http_eportal_respond_error(r, status);
        }

        ngx_http_finalize_request(r, rc);
        ngx_http_run_posted_requests(c);
    }

    if (!ngx_queue_empty(&fetch->waiters)) {
        ngx_add_timer(&fetch->tick, 1);
        return;
    }

    left = (ngx_msec_int_t) (fetch->until - ngx_current_msec);

    if (fetch->status == NGX_HTTP_OK || left <= 0) {
        ngx_http_eportal_fetch_free(fetch);
        return;
    }

    /* what is only remembered keeps no worker alive */

    if (fetch->tick.timer_set) {
        ngx_del_timer(&fetch->tick);
    }

    fetch->tick.cancelable = 1;
    ngx_add_timer(&fetch->tick, left);
}


/* Those who have waited too long; the file is fetched all the same. */

static void
ngx_http_eportal_fetch_impatient(ngx_http_eportal_fetch_t *fetch)
{
    ngx_queue_t                *q;
    ngx_connection_t           *c;
    ngx_http_request_t         *r;
    ngx_http_eportal_waiter_t  *waiter;

    while (!ngx_queue_empty(&fetch->waiters)) {
        q = ngx_queue_head(&fetch->waiters);
        waiter = ngx_queue_data(q, ngx_http_eportal_waiter_t, queue);

        if (ngx_current_msec - waiter->since < NGX_HTTP_EPORTAL_WAIT) {
            return;
        }

        r = ngx_http_eportal_waiter_take(fetch);
        c = r->connection;
        ngx_http_set_log_request(c->log, r);

        ngx_http_finalize_request(r,
                 ngx_http_eportal_respond_error(r,
                                               NGX_HTTP_SERVICE_UNAVAILABLE));
        ngx_http_run_posted_requests(c);
    }
}


static ngx_int_t
ngx_http_eportal_wait(ngx_http_request_t *r, ngx_http_eportal_fetch_t *fetch)
{
    ngx_http_cleanup_t         *cln;
    ngx_http_eportal_waiter_t  *waiter;

    cln = ngx_http_cleanup_add(r, sizeof(ngx_http_eportal_waiter_t));
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    waiter = cln->data;
    waiter->r = r;
    waiter->fetch = fetch;
    waiter->since = ngx_current_msec;

    cln->handler = ngx_http_eportal_waiter_cleanup;

    ngx_queue_insert_tail(&fetch->waiters, &waiter->queue);
    fetch->waiting++;

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    return NGX_HTTP_EPORTAL_LATER;
}


/* The client has left, or has been answered. */

static void
ngx_http_eportal_waiter_cleanup(void *data)
{
    ngx_http_eportal_waiter_t  *waiter = data;

    if (waiter->fetch == NULL) {
        return;
    }

    ngx_queue_remove(&waiter->queue);
    waiter->fetch->waiting--;
    waiter->fetch = NULL;
}


static ngx_http_request_t *
ngx_http_eportal_waiter_take(ngx_http_eportal_fetch_t *fetch)
{
    ngx_queue_t                *q;
    ngx_http_eportal_waiter_t  *waiter;

    if (ngx_queue_empty(&fetch->waiters)) {
        return NULL;
    }

    q = ngx_queue_head(&fetch->waiters);
    waiter = ngx_queue_data(q, ngx_http_eportal_waiter_t, queue);

    ngx_http_eportal_waiter_cleanup(waiter);

    return waiter->r;
}
