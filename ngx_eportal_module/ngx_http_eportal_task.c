/*
 * Requests in threads.  A job is a copy of the request in an arena of its
 * own; the thread fills its response; the completion event hands it back
 * to the request, which nginx keeps alive meanwhile (count, blocked) even
 * when the client has left.
 */

#include "ngx_http_eportal_module.h"
#include <sys/resource.h>


/*
 * nginx 1.22 does not know that a request is in a thread: without a timer
 * an old worker would exit under it after a reload.
 */
#define NGX_HTTP_EPORTAL_KEEP  60000

/* Linux knows priorities of threads, though the name says process. */
#define NGX_HTTP_EPORTAL_NICE  19

/* ms that a thread waits for the write lock; a second when nginx ends. */
#define NGX_HTTP_EPORTAL_PATIENCE  8000


static ngx_http_eportal_job_t *ngx_http_eportal_job_create(
    ngx_http_request_t *r, ngx_http_eportal_ctx_t *ctx);
static void ngx_http_eportal_job_cleanup(void *data);
static ngx_int_t ngx_http_eportal_busy(ngx_http_request_t *r);
static void ngx_http_eportal_job_thread(void *data, ngx_log_t *log);
static void ngx_http_eportal_job_event(ngx_event_t *ev);
static void ngx_http_eportal_resume(ngx_http_request_t *r);
static bool ngx_http_eportal_ending(void);


/* The place of this thread's portal in the worker's list. */
static _Thread_local ep_portal_t  **ngx_http_eportal_slot;


ngx_int_t
ngx_http_eportal_post(ngx_http_request_t *r, ngx_http_eportal_ctx_t *ctx)
{
    ngx_thread_task_t          *task;
    ngx_http_eportal_job_t     *job;
    ngx_http_eportal_worker_t  *w;

    w = ngx_http_eportal_worker(r);

    if (ctx->plan.exec == EP_EXEC_COMMIT && ngx_http_eportal_commit_full(w)) {
        return ngx_http_eportal_busy(r);
    }

    job = ngx_http_eportal_job_create(r, ctx);
    if (job == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ctx->plan.exec == EP_EXEC_COMMIT) {
        ngx_http_eportal_commit_job(w, job);

    } else {
        task = ngx_thread_task_alloc(r->pool, 0);
        if (task == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        task->ctx = job;
        task->handler = ngx_http_eportal_job_thread;
        task->event.handler = ngx_http_eportal_job_event;
        task->event.data = job;
        task->event.log = ngx_cycle->log;
        job->task = task;

        ngx_http_eportal_count(w, queued[job->pool], 1);

        if (ngx_thread_task_post(w->pools[job->pool], task) != NGX_OK) {
            ngx_http_eportal_count(w, queued[job->pool], -1);
            return ngx_http_eportal_busy(r);
        }

        if (job->loop) {
            ngx_http_eportal_count(w, reads_in_threads, 1);
        }

        ngx_add_timer(&task->event, NGX_HTTP_EPORTAL_KEEP);
    }

    ngx_http_set_ctx(r, job, ngx_http_eportal_module);

    r->main->blocked++;
    r->write_event_handler = ngx_http_eportal_resume;
    r->read_event_handler = ngx_http_test_reading;

    return NGX_HTTP_EPORTAL_LATER;
}


static ngx_http_eportal_job_t *
ngx_http_eportal_job_create(ngx_http_request_t *r,
    ngx_http_eportal_ctx_t *ctx)
{
    ep_arena_t                 *arena;
    ngx_pool_cleanup_t         *cln;
    ngx_http_eportal_job_t     *job;
    ngx_http_eportal_worker_t  *w;

    w = ngx_http_eportal_worker(r);

    cln = ngx_pool_cleanup_add(r->pool, 0);
    if (cln == NULL) {
        return NULL;
    }

    arena = ep_arena_new();
    if (arena == NULL) {
        return NULL;
    }

    job = ep_arena_alloc(arena, sizeof(ngx_http_eportal_job_t));
    if (job == NULL) {
        ep_arena_free(arena);
        return NULL;
    }

    job->r = r;
    job->worker = w;
    job->arena = arena;
    job->pool = ctx->plan.pool;
    job->loop = ctx->plan.exec == EP_EXEC_LOOP;
    job->config = w->config != NULL ? ep_config_ref(w->config) : NULL;

    cln->handler = ngx_http_eportal_job_cleanup;
    cln->data = job;

    if (ngx_http_eportal_job_copy(job, ctx) != NGX_OK) {
        return NULL;
    }

    return job;
}


/* With the request's pool, which outlives the last byte sent. */

static void
ngx_http_eportal_job_cleanup(void *data)
{
    ngx_http_eportal_job_t  *job = data;

    ep_config_unref(job->config);
    ep_arena_free(job->arena);
}


static ngx_int_t
ngx_http_eportal_busy(ngx_http_request_t *r)
{
    return ngx_http_eportal_respond_error(r, NGX_HTTP_SERVICE_UNAVAILABLE);
}


/* Thread. */

static void
ngx_http_eportal_job_thread(void *data, ngx_log_t *log)
{
    ep_portal_t             *portal;
    ngx_http_eportal_job_t  *job = data;

    ngx_http_eportal_count(job->worker, queued[job->pool], -1);

    /* hashing must not take the processor from the event loops */

    if (job->pool == EP_POOL_AUTH && ngx_http_eportal_slot == NULL) {
        (void) setpriority(PRIO_PROCESS, 0, NGX_HTTP_EPORTAL_NICE);
    }

    portal = ngx_http_eportal_thread_portal(job->worker, job->config,
                                            &job->lines);

    if (ngx_http_eportal_read_file(job) != NGX_OK) {
        ep_http_error(500, "internal-error", job->arena, &job->response);
        return;
    }

    /* handlers of the loop find a transaction there */

    if (portal != NULL && job->loop
        && ep_portal_read_begin(portal, NULL) != EP_OK)
    {
        ep_http_error(503, "unavailable", job->arena, &job->response);
        return;
    }

    ep_http_run(portal, &job->request, job->arena, &job->response, NULL);

    if (portal != NULL && job->loop) {
        ep_portal_read_end(portal);
    }
}


/* Thread. */

ngx_int_t
ngx_http_eportal_read_file(ngx_http_eportal_job_t *job)
{
    ssize_t  n;

    while (job->file_size > 0) {
        n = pread(job->fd, job->file_dst, job->file_size, job->file_pos);

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n <= 0) {
            return NGX_ERROR;
        }

        job->file_dst += n;
        job->file_pos += n;
        job->file_size -= n;
    }

    return NGX_OK;
}


/* Thread: its own connection, with the settings of the job at hand. */

ep_portal_t *
ngx_http_eportal_thread_portal(ngx_http_eportal_worker_t *w,
    ep_config_t *config, ngx_http_eportal_lines_t *lines)
{
    ep_err_t       err;
    ngx_uint_t     n;
    ep_config_t   *old;
    ep_portal_t  **slot;

    if (config == NULL) {
        return NULL;
    }

    if (ngx_http_eportal_slot == NULL) {
        n = ngx_atomic_fetch_add(&w->threads, 1);

        if (n >= NGX_HTTP_EPORTAL_MAX_THREADS) {
            ngx_http_eportal_collect(lines, EP_LOG_ERROR, "eportal",
                                     "the pools have more than 256 threads");
            return NULL;
        }

        ngx_http_eportal_slot = &w->portals[n];
    }

    slot = ngx_http_eportal_slot;

    if (*slot != NULL && ep_portal_replaced(*slot)) {
        ep_portal_close(*slot);
        *slot = NULL;
    }

    if (*slot != NULL) {
        old = ep_portal_config(*slot);

        if (old != config
            && ngx_strcmp(ep_config_base_dir(old), ep_config_base_dir(config))
               != 0)
        {
            ep_portal_close(*slot);
            *slot = NULL;

        } else if (old != config) {
            ep_portal_set_config(*slot, config);
        }
    }

    if (*slot == NULL) {
        ep_err_clear(&err);

        if (ngx_http_eportal_open_writer(config, slot, &err) != EP_OK) {
            ngx_http_eportal_collect(lines, EP_LOG_ERROR, "eportal", err.msg);
            return NULL;
        }
    }

    ep_portal_set_log(*slot, ngx_http_eportal_collect, lines);

    return *slot;
}


ep_rc_t
ngx_http_eportal_open_writer(ep_config_t *config, ep_portal_t **portal,
    ep_err_t *err)
{
    ep_rc_t  rc;

    rc = ep_portal_open(config, EP_OPEN_WRITE, portal, err);

    if (rc == EP_OK) {
        ep_portal_set_patience(*portal, NGX_HTTP_EPORTAL_PATIENCE,
                               ngx_http_eportal_ending);
    }

    return rc;
}


static bool
ngx_http_eportal_ending(void)
{
    return ngx_quit || ngx_terminate || ngx_exiting;
}


/* Thread: keep the first line that matters, for the loop to write. */

void
ngx_http_eportal_collect(void *ctx, ep_log_level_t level, const char *logger,
    const char *msg)
{
    size_t                     len;
    ngx_http_eportal_lines_t  *lines = ctx;

    if (level < EP_LOG_WARNING || lines->len > 0) {
        return;
    }

    len = ngx_min(ngx_strlen(msg), sizeof(lines->data) - 1);

    ngx_memcpy(lines->data, msg, len);
    lines->data[len] = '\0';
    lines->len = len;
    lines->level = level == EP_LOG_ERROR ? NGX_LOG_ERR : NGX_LOG_WARN;
}


void
ngx_http_eportal_close_portals(ngx_http_eportal_worker_t *w)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_EPORTAL_MAX_THREADS; i++) {
        ep_portal_close(w->portals[i]);
        w->portals[i] = NULL;
    }
}


void
ngx_http_eportal_keep_timer(ngx_event_t *ev, ngx_log_t *log)
{
    if (ev->timedout) {
        ev->timedout = 0;
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "eportal: the database keeps a request waiting for "
                      "a minute; does another program hold its lock?");
    }

    ngx_add_timer(ev, NGX_HTTP_EPORTAL_KEEP);
}


static void
ngx_http_eportal_job_event(ngx_event_t *ev)
{
    ngx_http_eportal_job_t  *job = ev->data;

    if (ev->timedout) {
        ngx_http_eportal_keep_timer(ev, job->worker->log);
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    ngx_http_eportal_job_done(job);
}


/* The job is complete: give the request back.  Both may be gone after. */

void
ngx_http_eportal_job_done(ngx_http_eportal_job_t *job)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = job->r;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    if (job->lines.len > 0) {
        ngx_http_eportal_failed(job->worker, job->lines.level,
                                (char *) job->lines.data);
    }

    ngx_http_eportal_strays_count(job->worker, &job->response);

    if (job->response.has_checkin) {
        ngx_http_eportal_commit_checkin(job->worker, &job->response.checkin);
    }

    job->done = 1;
    r->main->blocked--;

    /* not ours any more when the client has left */

    r->write_event_handler(r);

    ngx_http_run_posted_requests(c);
}


static void
ngx_http_eportal_resume(ngx_http_request_t *r)
{
    ngx_int_t                rc;
    ngx_http_eportal_job_t  *job;

    job = ngx_http_get_module_ctx(r, ngx_http_eportal_module);

    /* write events come before the job is done, too */

    if (!job->done) {
        return;
    }

    rc = ngx_http_eportal_respond(r, &job->response, 0);

    if (rc != NGX_HTTP_EPORTAL_LATER) {
        ngx_http_finalize_request(r, rc);
    }
}
