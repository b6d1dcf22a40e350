/*
 * Reads in the event loop: bounded, indexed, on a connection of its own
 * that never waits for a lock.  The requests of one round share one read
 * transaction.  When the disk turns out to be slow, reads go to the pool
 * for a second.
 */

#include "ngx_http_eportal_module.h"
#include <sys/resource.h>


/*
 * ns that a read may take.  Over the first, the kernel must say that this
 * thread has read from a disk: on a busy machine a thread also waits for
 * its turn, or for a mutex whose holder waits for it.  Over the second, any
 * wait counts: not every file system accounts for its reads.
 */
#define NGX_HTTP_EPORTAL_SLOW       1000000
#define NGX_HTTP_EPORTAL_VERY_SLOW  8000000

#define NGX_HTTP_EPORTAL_REST       1000  /* ms without reads in the loop */


static void ngx_http_eportal_waits(ngx_http_eportal_waits_t *waits);
static ngx_uint_t ngx_http_eportal_slow(ngx_http_eportal_worker_t *w,
    int64_t took);
static void ngx_http_eportal_read_end(ngx_event_t *ev);
static void ngx_http_eportal_warm_start(ngx_http_eportal_worker_t *w);
static void ngx_http_eportal_warm_thread(void *data, ngx_log_t *log);
static void ngx_http_eportal_warm_event(ngx_event_t *ev);
static ngx_int_t ngx_http_eportal_loop_arena(ngx_http_eportal_worker_t *w);
static ngx_int_t ngx_http_eportal_loop_ready(ngx_http_eportal_worker_t *w);


void
ngx_http_eportal_loop_init(ngx_http_eportal_worker_t *w)
{
    w->warm_fd = NGX_INVALID_FILE;

    w->read_end.handler = ngx_http_eportal_read_end;
    w->read_end.data = w;
    w->read_end.log = w->log;

    ngx_http_eportal_warm_start(w);
}


void
ngx_http_eportal_loop_close(ngx_http_eportal_worker_t *w)
{
    if (w->reading) {
        ep_portal_read_end(w->portal);
        w->reading = 0;
    }

    ep_portal_close(w->portal);
    w->portal = NULL;
}


ngx_int_t
ngx_http_eportal_loop_run(ngx_http_request_t *r, ngx_http_eportal_ctx_t *ctx)
{
    int64_t                     took;
    ngx_int_t                   rc;
    struct timespec             began, ended;
    ep_http_response_t          response;
    ngx_http_eportal_worker_t  *w;

    w = ngx_http_eportal_worker(r);

    if (ngx_http_eportal_loop_arena(w) != NGX_OK
        || (!ctx->plan.alone && ngx_http_eportal_loop_ready(w) != NGX_OK))
    {
        return NGX_DECLINED;
    }

    clock_gettime(CLOCK_MONOTONIC, &began);

    ngx_memzero(&response, sizeof(ep_http_response_t));
    ep_http_run(w->portal, &ctx->request, w->arena, &response, NULL);

    clock_gettime(CLOCK_MONOTONIC, &ended);

    took = (int64_t) (ended.tv_sec - began.tv_sec) * 1000000000
           + (ended.tv_nsec - began.tv_nsec);

    if (took > NGX_HTTP_EPORTAL_SLOW && ngx_http_eportal_slow(w, took)) {
        w->slow = 1;
        w->slow_until = ngx_current_msec + NGX_HTTP_EPORTAL_REST;
    }

    /* a thread may wait for what could not be had at once */

    if (response.status >= 500) {
        ep_arena_reset(w->arena);
        return NGX_DECLINED;
    }

    ngx_http_eportal_strays_count(w, &response);

    if (response.has_checkin) {
        ngx_http_eportal_commit_checkin(w, &response.checkin);
    }

    rc = ngx_http_eportal_respond(r, &response, 1);

    ep_arena_reset(w->arena);

    return rc;
}


static ngx_int_t
ngx_http_eportal_loop_arena(ngx_http_eportal_worker_t *w)
{
    if (w->arena == NULL) {
        w->arena = ep_arena_new();
    }

    return w->arena != NULL ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_eportal_loop_ready(ngx_http_eportal_worker_t *w)
{
    if (w->portal == NULL || w->cold) {
        return NGX_DECLINED;
    }

    if (w->slow) {
        if ((ngx_msec_int_t) (w->slow_until - ngx_current_msec) > 0) {
            return NGX_DECLINED;
        }

        w->slow = 0;
    }

    if (!w->reading) {
        if (ep_portal_read_begin(w->portal, NULL) != EP_OK) {
            return NGX_DECLINED;
        }

        w->reading = 1;
        ngx_http_eportal_waits(&w->waits);
        ngx_post_event(&w->read_end, &ngx_posted_events);
    }

    return NGX_OK;
}


static void
ngx_http_eportal_read_end(ngx_event_t *ev)
{
    ngx_http_eportal_worker_t  *w = ev->data;

    if (w->reading) {
        ep_portal_read_end(w->portal);
        w->reading = 0;
    }
}


/* What this thread has waited for so far. */

static void
ngx_http_eportal_waits(ngx_http_eportal_waits_t *waits)
{
    struct rusage  usage;

    ngx_memzero(&usage, sizeof(struct rusage));
    (void) getrusage(RUSAGE_THREAD, &usage);

    waits->disk = usage.ru_inblock;
    waits->any = usage.ru_nvcsw;
}


/* Whether it was the disk that made a read of this round take so long. */

static ngx_uint_t
ngx_http_eportal_slow(ngx_http_eportal_worker_t *w, int64_t took)
{
    ngx_http_eportal_waits_t  now;

    ngx_http_eportal_waits(&now);

    return now.disk > w->waits.disk
           || (took > NGX_HTTP_EPORTAL_VERY_SLOW && now.any > w->waits.any);
}


/* The database file is read through once, so that the loop finds it in
 * memory; until then reads go to the pool. */

static void
ngx_http_eportal_warm_start(ngx_http_eportal_worker_t *w)
{
    size_t       len;
    const char  *dir;

    if (w->portal == NULL) {
        return;
    }

    dir = ep_config_base_dir(w->config);
    len = ngx_strlen(dir);

    w->warm_dir = ngx_pcalloc(ngx_cycle->pool, len + sizeof("/eportal.sqlite"));
    if (w->warm_dir == NULL) {
        return;
    }

    ngx_sprintf((u_char *) w->warm_dir, "%s/eportal.sqlite", dir);

    w->warm.ctx = w;
    w->warm.handler = ngx_http_eportal_warm_thread;
    w->warm.event.handler = ngx_http_eportal_warm_event;
    w->warm.event.data = w;
    w->warm.event.log = w->log;

    if (ngx_thread_task_post(w->pools[EP_POOL_DB], &w->warm) == NGX_OK) {
        w->cold = 1;
    }
}


/*
 * Thread.  The descriptor stays open until the worker ends: closing any
 * descriptor of a file takes away the locks that SQLite has on it.
 */

static void
ngx_http_eportal_warm_thread(void *data, ngx_log_t *log)
{
    int64_t                     left;
    ssize_t                     n;
    u_char                      buf[65536];
    ngx_http_eportal_worker_t  *w = data;

    left = (int64_t) sysconf(_SC_AVPHYS_PAGES) * sysconf(_SC_PAGESIZE) / 2;

    w->warm_fd = open(w->warm_dir, O_RDONLY|O_CLOEXEC|O_NOFOLLOW);
    if (w->warm_fd == NGX_INVALID_FILE) {
        return;
    }

    while (left > 0 && !ngx_quit && !ngx_terminate && !ngx_exiting) {
        n = read(w->warm_fd, buf, sizeof(buf));
        if (n <= 0) {
            break;
        }

        left -= n;
    }
}


static void
ngx_http_eportal_warm_event(ngx_event_t *ev)
{
    ngx_http_eportal_worker_t  *w = ev->data;

    w->cold = 0;
}
