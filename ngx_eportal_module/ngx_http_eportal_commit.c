/*
 * The group commit: at most one task in flight, and what arrives meanwhile
 * is the next batch.  Durable jobs (registrations) are answered after their
 * COMMIT, check-ins are written behind their answer.
 */

#include "ngx_http_eportal_module.h"


#define NGX_HTTP_EPORTAL_DURABLE  4096
#define NGX_HTTP_EPORTAL_BODIES   (16 * 1024 * 1024)
#define NGX_HTTP_EPORTAL_FLUSH    500   /* ms that a check-in waits */
#define NGX_HTTP_EPORTAL_KEEP     60000
#define NGX_HTTP_EPORTAL_PATIENCE  10000  /* ms that a durable job waits */

/* Jobs of one transaction; each writes a handful of rows. */
#define NGX_HTTP_EPORTAL_PIECE    100


static void ngx_http_eportal_commit_start(ngx_http_eportal_worker_t *w);
static void ngx_http_eportal_commit_refuse(ngx_http_eportal_worker_t *w);
static void ngx_http_eportal_commit_thread(void *data, ngx_log_t *log);
static void ngx_http_eportal_commit_batch(ngx_http_eportal_worker_t *w);
static void ngx_http_eportal_commit_event(ngx_event_t *ev);
static void ngx_http_eportal_commit_answer(ngx_http_eportal_worker_t *w,
    ngx_queue_t *jobs);
static void ngx_http_eportal_commit_done(ngx_http_eportal_worker_t *w,
    ngx_http_eportal_job_t *job);
static void ngx_http_eportal_flush_event(ngx_event_t *ev);
static ngx_queue_t *ngx_http_eportal_jobs_piece(ep_portal_t *portal,
    ngx_queue_t *jobs, ngx_queue_t *first, ngx_http_eportal_lines_t *lines,
    ep_rc_t *result);
static void ngx_http_eportal_job_commit(ep_portal_t *portal,
    ngx_http_eportal_job_t *job);


void
ngx_http_eportal_commit_init(ngx_http_eportal_worker_t *w)
{
    ngx_http_eportal_commit_t  *commit = &w->commit;

    ngx_queue_init(&commit->jobs);
    ngx_queue_init(&commit->batch.jobs);
    ngx_queue_init(&commit->batch.checkins);
    ngx_http_eportal_map_init(&commit->map);

    commit->flush.handler = ngx_http_eportal_flush_event;
    commit->flush.data = w;
    commit->flush.log = w->log;
    commit->flush.cancelable = 1;

    commit->task.ctx = w;
    commit->task.handler = ngx_http_eportal_commit_thread;
    commit->task.event.handler = ngx_http_eportal_commit_event;
    commit->task.event.data = w;
    commit->task.event.log = w->log;
}


ngx_int_t
ngx_http_eportal_commit_full(ngx_http_eportal_worker_t *w)
{
    return w->commit.njobs >= NGX_HTTP_EPORTAL_DURABLE
           || w->commit.size >= NGX_HTTP_EPORTAL_BODIES;
}


void
ngx_http_eportal_commit_job(ngx_http_eportal_worker_t *w,
    ngx_http_eportal_job_t *job)
{
    job->since = ngx_current_msec;
    ngx_queue_insert_tail(&w->commit.jobs, &job->queue);
    w->commit.njobs++;
    ngx_http_eportal_count(w, queued[EP_POOL_COUNT], 1);
    w->commit.size += job->request.body.n;

    /* behind the caller, who has not parked the request yet */

    if (!w->commit.busy && !w->commit.flush.posted) {
        ngx_post_event(&w->commit.flush, &ngx_posted_events);
    }
}


void
ngx_http_eportal_commit_checkin(ngx_http_eportal_worker_t *w,
    const ep_checkin_t *checkin)
{
    ngx_http_eportal_map_add(&w->commit.map, checkin, w->log);

    /* a herd does not wait for the timer: the map would overflow by then */

    if (ngx_http_eportal_map_half_full(&w->commit.map)) {
        w->commit.due = 1;

        if (!w->commit.busy && !w->commit.flush.posted) {
            ngx_post_event(&w->commit.flush, &ngx_posted_events);
        }

        return;
    }

    if (!w->commit.flush.timer_set) {
        ngx_add_timer(&w->commit.flush, NGX_HTTP_EPORTAL_FLUSH);
    }
}


/* Nobody waits for ever behind a task that cannot get the write lock. */

void
ngx_http_eportal_commit_expire(ngx_http_eportal_worker_t *w)
{
    ngx_queue_t             *q;
    ngx_http_eportal_job_t  *job;

    while (!ngx_queue_empty(&w->commit.jobs)) {
        q = ngx_queue_head(&w->commit.jobs);
        job = ngx_queue_data(q, ngx_http_eportal_job_t, queue);

        if (ngx_current_msec - job->since < NGX_HTTP_EPORTAL_PATIENCE) {
            break;
        }

        ngx_queue_remove(q);

        ep_http_error(503, "unavailable", job->arena, &job->response);
        ngx_http_eportal_commit_done(w, job);
    }
}


/* The timer of the check-ins, or a job that found no task in flight. */

static void
ngx_http_eportal_flush_event(ngx_event_t *ev)
{
    ngx_http_eportal_worker_t  *w = ev->data;

    if (ev->timedout) {
        ev->timedout = 0;
        w->commit.due = 1;
    }

    if (!w->commit.busy) {
        ngx_http_eportal_commit_start(w);
    }
}


static void
ngx_http_eportal_commit_start(ngx_http_eportal_worker_t *w)
{
    ngx_queue_t                *q;
    ngx_http_eportal_job_t     *job;
    ngx_http_eportal_batch_t   *batch;
    ngx_http_eportal_commit_t  *commit;

    commit = &w->commit;
    batch = &commit->batch;

    for (q = ngx_queue_head(&commit->jobs);
         q != ngx_queue_sentinel(&commit->jobs);
         q = ngx_queue_next(q))
    {
        job = ngx_queue_data(q, ngx_http_eportal_job_t, queue);
        job->left = job->r->connection->error;
    }

    if (!ngx_queue_empty(&commit->jobs)) {
        ngx_queue_add(&batch->jobs, &commit->jobs);
        ngx_queue_init(&commit->jobs);
    }

    if (commit->due) {
        commit->due = 0;
        ngx_http_eportal_watch_replaced(w);
        ngx_http_eportal_map_take(&commit->map, &batch->checkins);
    }

    if (!ngx_http_eportal_strays_take(w)
        && ngx_queue_empty(&batch->jobs)
        && ngx_queue_empty(&batch->checkins))
    {
        return;
    }

    batch->config = w->config != NULL ? ep_config_ref(w->config) : NULL;
    batch->lines.len = 0;
    batch->dropped = 0;

    if (ngx_thread_task_post(w->pools[EP_POOL_DB], &commit->task) != NGX_OK) {
        ngx_http_eportal_commit_refuse(w);
        return;
    }

    commit->busy = 1;
    ngx_add_timer(&commit->task.event, NGX_HTTP_EPORTAL_KEEP);
}


/* The pool's queue is full. */

static void
ngx_http_eportal_commit_refuse(ngx_http_eportal_worker_t *w)
{
    ngx_queue_t                *q;
    ngx_http_eportal_job_t     *job;
    ngx_http_eportal_batch_t   *batch;

    batch = &w->commit.batch;

    ep_config_unref(batch->config);
    batch->config = NULL;

    for (q = ngx_queue_head(&batch->jobs);
         q != ngx_queue_sentinel(&batch->jobs);
         q = ngx_queue_next(q))
    {
        job = ngx_queue_data(q, ngx_http_eportal_job_t, queue);
        ep_http_error(503, "unavailable", job->arena, &job->response);
    }

    ngx_http_eportal_strays_return(w);
    ngx_http_eportal_map_return(&w->commit.map, &batch->checkins, w->log);

    if (w->commit.map.count > 0 && !w->commit.flush.timer_set) {
        ngx_add_timer(&w->commit.flush, NGX_HTTP_EPORTAL_FLUSH);
    }

    ngx_http_eportal_commit_answer(w, &batch->jobs);
}


static void
ngx_http_eportal_commit_event(ngx_event_t *ev)
{
    ngx_queue_t                 jobs;
    ngx_http_eportal_batch_t   *batch;
    ngx_http_eportal_worker_t  *w = ev->data;

    if (ev->timedout) {
        ngx_http_eportal_keep_timer(ev, w->log);
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    batch = &w->commit.batch;
    w->commit.busy = 0;

    ep_config_unref(batch->config);
    batch->config = NULL;

    if (batch->lines.len > 0) {
        ngx_http_eportal_failed(w, batch->lines.level,
                                (char *) batch->lines.data);
    }

    w->commit.map.dropped += batch->dropped;
    ngx_http_eportal_strays_return(w);

    if (!ngx_queue_empty(&batch->checkins)) {
        ngx_http_eportal_map_return(&w->commit.map, &batch->checkins, w->log);
    }

    ngx_queue_init(&jobs);

    if (!ngx_queue_empty(&batch->jobs)) {
        ngx_queue_add(&jobs, &batch->jobs);
        ngx_queue_init(&batch->jobs);
    }

    /* the next batch is on its way before this one is answered */

    ngx_http_eportal_commit_start(w);

    if (w->commit.map.count > 0 && !w->commit.flush.timer_set) {
        ngx_add_timer(&w->commit.flush, NGX_HTTP_EPORTAL_FLUSH);
    }

    ngx_http_eportal_commit_answer(w, &jobs);
}


static void
ngx_http_eportal_commit_answer(ngx_http_eportal_worker_t *w,
    ngx_queue_t *jobs)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(jobs)) {
        q = ngx_queue_head(jobs);
        ngx_queue_remove(q);

        ngx_http_eportal_commit_done(w,
                            ngx_queue_data(q, ngx_http_eportal_job_t, queue));
    }
}


static void
ngx_http_eportal_commit_done(ngx_http_eportal_worker_t *w,
    ngx_http_eportal_job_t *job)
{
    w->commit.njobs--;
    ngx_http_eportal_count(w, queued[EP_POOL_COUNT], -1);
    w->commit.size -= job->request.body.n;

    ngx_http_eportal_job_done(job);
}


/* Thread. */

static void
ngx_http_eportal_commit_thread(void *data, ngx_log_t *log)
{
    int64_t                     us;
    struct timespec             began, ended;
    ngx_http_eportal_worker_t  *w = data;

    clock_gettime(CLOCK_MONOTONIC, &began);

    ngx_http_eportal_commit_batch(w);

    clock_gettime(CLOCK_MONOTONIC, &ended);

    us = (int64_t) (ended.tv_sec - began.tv_sec) * 1000000
         + (ended.tv_nsec - began.tv_nsec) / 1000;

    ngx_http_eportal_count_commit(w, us);
}


static void
ngx_http_eportal_commit_batch(ngx_http_eportal_worker_t *w)
{
    ep_rc_t                    rc;
    ep_err_t                   err;
    ep_portal_t               *portal;
    ngx_queue_t               *q;
    ngx_http_eportal_batch_t  *batch;

    batch = &w->commit.batch;

    portal = ngx_http_eportal_thread_portal(w, batch->config, &batch->lines);

    rc = EP_OK;
    q = ngx_queue_head(&batch->jobs);

    while (q != ngx_queue_sentinel(&batch->jobs)) {
        q = ngx_http_eportal_jobs_piece(portal, &batch->jobs, q,
                                        &batch->lines, &rc);
    }

    /* check-ins can wait for a better moment */

    if (portal == NULL || rc != EP_OK) {
        return;
    }

    ep_err_clear(&err);

    if (ngx_http_eportal_strays_store(portal, &batch->strays, &err) != NGX_OK
        || ngx_http_eportal_checkins_store(portal, &batch->checkins,
                                           &batch->dropped, &err)
           != NGX_OK)
    {
        ngx_http_eportal_collect(&batch->lines, EP_LOG_ERROR, "eportal",
                                 err.msg);
    }
}


/*
 * Thread: one durable transaction, each job in a savepoint of its own so
 * that a refused one does not spoil its neighbours.  Returns the first job
 * behind it; when the lock could not be had, nobody else waits for it.
 */

static ngx_queue_t *
ngx_http_eportal_jobs_piece(ep_portal_t *portal, ngx_queue_t *jobs,
    ngx_queue_t *first, ngx_http_eportal_lines_t *lines, ep_rc_t *result)
{
    ep_rc_t                  rc;
    ep_err_t                 err;
    ngx_uint_t               n;
    ngx_queue_t             *q, *last;
    ngx_http_eportal_job_t  *job;

    ep_err_clear(&err);

    rc = portal != NULL ? ep_portal_write_begin(portal, true, &err) : EP_OK;

    for (q = first, n = 0;
         q != ngx_queue_sentinel(jobs)
         && (n < NGX_HTTP_EPORTAL_PIECE || rc != EP_OK);
         q = ngx_queue_next(q), n++)
    {
        job = ngx_queue_data(q, ngx_http_eportal_job_t, queue);

        if (rc == EP_OK && !job->left) {
            ngx_http_eportal_job_commit(portal, job);
        }
    }

    last = q;

    if (portal != NULL && rc == EP_OK) {
        rc = ep_portal_write_commit(portal, &err);
    }

    *result = rc;

    if (rc == EP_OK) {
        return last;
    }

    ngx_http_eportal_collect(lines, EP_LOG_ERROR, "eportal", err.msg);

    for (q = first; q != last; q = ngx_queue_next(q)) {
        job = ngx_queue_data(q, ngx_http_eportal_job_t, queue);

        ngx_memzero(&job->response, sizeof(ep_http_response_t));
        ep_http_error(503, "unavailable", job->arena, &job->response);
    }

    return last;
}


/* Thread. */

static void
ngx_http_eportal_job_commit(ep_portal_t *portal, ngx_http_eportal_job_t *job)
{
    bool  commit;

    if (ngx_http_eportal_read_file(job) != NGX_OK) {
        ep_http_error(500, "internal-error", job->arena, &job->response);
        return;
    }

    if (portal == NULL) {
        ep_http_run(NULL, &job->request, job->arena, &job->response, NULL);
        return;
    }

    if (ep_portal_savepoint(portal, NULL) != EP_OK) {
        ep_http_error(503, "unavailable", job->arena, &job->response);
        return;
    }

    commit = false;
    ep_http_run(portal, &job->request, job->arena, &job->response, &commit);

    if (!commit) {
        ep_portal_savepoint_rollback(portal);

    } else if (ep_portal_savepoint_release(portal, NULL) != EP_OK) {
        ngx_memzero(&job->response, sizeof(ep_http_response_t));
        ep_http_error(503, "unavailable", job->arena, &job->response);
    }
}


/* The worker ends: write what is left, here and now. */

void
ngx_http_eportal_commit_exit(ngx_http_eportal_worker_t *w)
{
    ep_err_t                    err;
    ngx_uint_t                  dropped;
    ngx_queue_t                 rest;
    ep_portal_t                *portal;
    ngx_http_eportal_commit_t  *commit;

    commit = &w->commit;

    ep_config_unref(commit->batch.config);
    commit->batch.config = NULL;

    ngx_http_eportal_map_return(&commit->map, &commit->batch.checkins, w->log);
    ngx_http_eportal_watch_replaced(w);
    ngx_http_eportal_map_take(&commit->map, &rest);
    ngx_http_eportal_strays_return(w);

    if (w->config == NULL
        || (ngx_queue_empty(&rest)
            && w->strays.undecodable == 0 && w->strays.unknown == 0))
    {
        return;
    }

    portal = NULL;
    dropped = 0;
    ep_err_clear(&err);

    if (ngx_http_eportal_open_writer(w->config, &portal, &err) != EP_OK
        || ngx_http_eportal_checkins_store(portal, &rest, &dropped, &err)
           != NGX_OK
        || ngx_http_eportal_strays_store(portal, &w->strays, &err) != NGX_OK)
    {
        ngx_log_error(NGX_LOG_ERR, w->log, 0,
                      "eportal: check-ins are lost: %s", err.msg);
    }

    ep_portal_close(portal);
}
