/*
 * The bridge between nginx and libeportal: what the files of this directory
 * share.  Where a function may run is part of its contract: "loop" is the
 * worker's event loop, "thread" is a thread of one of our pools, which may
 * not call nginx and touches nothing but what its task was given.
 */

#ifndef _NGX_HTTP_EPORTAL_MODULE_H_INCLUDED_
#define _NGX_HTTP_EPORTAL_MODULE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <ngx_thread_pool.h>

#include <eportal/http.h>


#define NGX_HTTP_EPORTAL_MAX_THREADS  256

/* The request goes on later: not to be finalized.  No code of nginx. */
#define NGX_HTTP_EPORTAL_LATER        -100


typedef struct ngx_http_eportal_job_s      ngx_http_eportal_job_t;
typedef struct ngx_http_eportal_worker_s   ngx_http_eportal_worker_t;
typedef struct ngx_http_eportal_checkin_s  ngx_http_eportal_checkin_t;
typedef struct ngx_http_eportal_fetch_s    ngx_http_eportal_fetch_t;


/* Lines that the library logged on a thread, written out on the loop. */

typedef struct {
    size_t                        len;
    ngx_uint_t                    level;
    u_char                        data[512];
} ngx_http_eportal_lines_t;


/* A request on its way through nginx, in r->pool. */

typedef struct {
    ep_http_request_t             request;
    ep_http_plan_t                plan;
    ngx_uint_t                    in_file;     /* some of the body */
} ngx_http_eportal_ctx_t;


/* A request on its way through a thread, in an arena of its own. */

struct ngx_http_eportal_job_s {
    ngx_queue_t                   queue;
    ngx_http_request_t           *r;           /* loop only */
    ngx_http_eportal_worker_t    *worker;
    ngx_thread_task_t            *task;        /* NULL in the group commit */
    ep_arena_t                   *arena;
    ep_config_t                  *config;

    ep_http_request_t             request;     /* views into the arena */
    ep_http_response_t            response;
    ep_pool_t                     pool;

    /* the part of the body that nginx put into a temporary file */
    ngx_fd_t                      fd;
    off_t                         file_pos;
    size_t                        file_size;
    char                         *file_dst;

    ngx_http_eportal_lines_t      lines;
    ngx_msec_t                    since;       /* in the FIFO */
    unsigned                      done:1;
    unsigned                      left:1;      /* the client has gone */
    unsigned                      loop:1;      /* the loop could not do it */
};


/*
 * Check-ins that wait to be written, the last one of each server; what it
 * told differently a moment before is chained to it.
 */

#define NGX_HTTP_EPORTAL_BUCKETS  16384

typedef struct {
    ngx_queue_t                   queue;       /* oldest first */
    ngx_uint_t                    count;
    size_t                        size;
    ngx_uint_t                    dropped;
    ngx_http_eportal_checkin_t   *buckets[NGX_HTTP_EPORTAL_BUCKETS];
} ngx_http_eportal_map_t;

struct ngx_http_eportal_checkin_s {
    ngx_queue_t                   queue;
    ngx_http_eportal_checkin_t   *next;        /* in the bucket */
    ngx_http_eportal_checkin_t   *earlier;     /* of the same server */
    size_t                        size;        /* without the earlier ones */
    ep_checkin_t                  checkin;     /* views into data */
    u_char                        data[1];
};


/* The group commit: what the one task in flight works on. */

typedef struct {
    ngx_queue_t                   jobs;
    ngx_queue_t                   checkins;    /* what could not be written
                                                  stays in it */
    ep_strays_t                   strays;      /* the same */
    ep_config_t                  *config;
    ngx_uint_t                    dropped;     /* that can never be stored */
    ngx_http_eportal_lines_t      lines;
} ngx_http_eportal_batch_t;

typedef struct {
    ngx_queue_t                   jobs;        /* waiting for the next task */
    ngx_uint_t                    njobs;       /* not answered yet */
    size_t                        size;        /* of their bodies */
    ngx_http_eportal_map_t        map;
    ngx_event_t                   flush;
    ngx_thread_task_t             task;
    ngx_http_eportal_batch_t      batch;
    unsigned                      busy:1;      /* the task is in flight */
    unsigned                      due:1;       /* check-ins waited enough */
    unsigned                      count:1;     /* strays did */
} ngx_http_eportal_commit_t;


/* Files that are fetched from the patch source, by path. */

#define NGX_HTTP_EPORTAL_CACHE_BUCKETS  64

typedef struct {
    ngx_queue_t                   buckets[NGX_HTTP_EPORTAL_CACHE_BUCKETS];
    ngx_uint_t                    count;
    ngx_msec_t                    down_until;  /* the source is not asked */
    unsigned                      down:1;
} ngx_http_eportal_cache_t;


/* How often a thread has waited, by getrusage(2). */

typedef struct {
    long                          disk;
    long                          any;
} ngx_http_eportal_waits_t;


/* Everything that belongs to one worker; made in init_process. */

struct ngx_http_eportal_worker_s {
    ngx_thread_pool_t            *pools[EP_POOL_COUNT];
    ep_http_counters_t           *counters;    /* of all workers */
    ngx_log_t                    *log;

    char                         *config_path; /* NULL: the usual places */
    ep_config_t                  *config;      /* NULL: could not be read */
    ngx_event_t                   watch;
    ngx_uint_t                    dropped;     /* reported so far */
    char                          trouble[512]; /* last one, logged once */

    ep_portal_t                  *portal;      /* of the loop; may be NULL */
    ep_arena_t                   *arena;
    ngx_event_t                   read_end;
    ngx_thread_task_t             warm;
    char                         *warm_dir;
    ngx_fd_t                      warm_fd;
    ngx_msec_t                    slow_until;
    ngx_http_eportal_waits_t      waits;       /* before the round */
    unsigned                      reading:1;
    unsigned                      cold:1;
    unsigned                      slow:1;

    ngx_http_eportal_commit_t     commit;
    ep_strays_t                   strays;      /* not in a batch yet */
    ngx_msec_t                    strays_due;
    ngx_http_eportal_cache_t      cache;

    ngx_atomic_t                  threads;
    ep_portal_t                  *portals[NGX_HTTP_EPORTAL_MAX_THREADS];

    /* the last line of a failure, so that a storm of them is one line */
    time_t                        failed_at;
    ngx_uint_t                    failures;
    char                          failure[512];
};


typedef struct {
    ngx_str_t                     config;
    ngx_shm_zone_t               *zone;        /* of the counters */
    ngx_thread_pool_t            *pools[EP_POOL_COUNT];
                                               /* NULL: nowhere switched on */
    ngx_http_eportal_worker_t    *worker;      /* NULL in the master */
} ngx_http_eportal_main_conf_t;

typedef struct {
    ngx_flag_t                    enable;
} ngx_http_eportal_loc_conf_t;


/* _module.c */

ngx_http_eportal_worker_t *ngx_http_eportal_worker(ngx_http_request_t *r);

/* _request.c, loop */

ngx_int_t ngx_http_eportal_handler(ngx_http_request_t *r);
size_t ngx_http_eportal_body_size(ngx_http_request_t *r,
    ngx_uint_t *in_file);
ngx_int_t ngx_http_eportal_job_copy(ngx_http_eportal_job_t *job,
    ngx_http_eportal_ctx_t *ctx);

/* _response.c, loop */

/* Returns what the request is to be finalized with, or NGX_HTTP_EPORTAL_LATER.
 * copy: the response does not live as long as the request. */
ngx_int_t ngx_http_eportal_respond(ngx_http_request_t *r,
    ep_http_response_t *response, ngx_uint_t copy);
ngx_int_t ngx_http_eportal_respond_error(ngx_http_request_t *r,
    ngx_uint_t status);
/* dir: of the file, in the patches directory; with its slash, or "". */
ngx_int_t ngx_http_eportal_send_file(ngx_http_request_t *r, ep_str_t dir,
    ep_str_t file);
void ngx_http_eportal_failed(ngx_http_eportal_worker_t *w, ngx_uint_t level,
    const char *text);

/* _task.c */

/* NGX_HTTP_EPORTAL_LATER: on its way; else what to finalize with.  Loop. */
ngx_int_t ngx_http_eportal_post(ngx_http_request_t *r,
    ngx_http_eportal_ctx_t *ctx);
void ngx_http_eportal_job_done(ngx_http_eportal_job_t *job);
void ngx_http_eportal_keep_timer(ngx_event_t *ev, ngx_log_t *log);
/* Any thread: a connection that writes, but does not keep a worker from its
 * end. */
ep_rc_t ngx_http_eportal_open_writer(ep_config_t *config,
    ep_portal_t **portal, ep_err_t *err);
/* Thread. */
ep_portal_t *ngx_http_eportal_thread_portal(ngx_http_eportal_worker_t *w,
    ep_config_t *config, ngx_http_eportal_lines_t *lines);
ngx_int_t ngx_http_eportal_read_file(ngx_http_eportal_job_t *job);
void ngx_http_eportal_collect(void *ctx, ep_log_level_t level,
    const char *logger, const char *msg);
/* Loop, after the threads have ended. */
void ngx_http_eportal_close_portals(ngx_http_eportal_worker_t *w);

/* _checkin.c */

void ngx_http_eportal_map_init(ngx_http_eportal_map_t *map);
void ngx_http_eportal_map_add(ngx_http_eportal_map_t *map,
    const ep_checkin_t *checkin, ngx_log_t *log);
ngx_uint_t ngx_http_eportal_map_half_full(ngx_http_eportal_map_t *map);
void ngx_http_eportal_map_drop(ngx_http_eportal_map_t *map);
void ngx_http_eportal_map_take(ngx_http_eportal_map_t *map, ngx_queue_t *out);
void ngx_http_eportal_map_return(ngx_http_eportal_map_t *map,
    ngx_queue_t *in, ngx_log_t *log);
/* Any thread: write what is in the queue and take it out; what is left
 * after NGX_ERROR was not written. */
ngx_int_t ngx_http_eportal_checkins_store(ep_portal_t *portal,
    ngx_queue_t *queue, ngx_uint_t *dropped, ep_err_t *err);

/* _commit.c, loop */

void ngx_http_eportal_commit_init(ngx_http_eportal_worker_t *w);
ngx_int_t ngx_http_eportal_commit_full(ngx_http_eportal_worker_t *w);
void ngx_http_eportal_commit_job(ngx_http_eportal_worker_t *w,
    ngx_http_eportal_job_t *job);
void ngx_http_eportal_commit_checkin(ngx_http_eportal_worker_t *w,
    const ep_checkin_t *checkin);
void ngx_http_eportal_commit_expire(ngx_http_eportal_worker_t *w);
void ngx_http_eportal_commit_exit(ngx_http_eportal_worker_t *w);

/* _stray.c, loop */

void ngx_http_eportal_strays_count(ngx_http_eportal_worker_t *w,
    const ep_http_response_t *response);
void ngx_http_eportal_strays_watch(ngx_http_eportal_worker_t *w);
ngx_uint_t ngx_http_eportal_strays_take(ngx_http_eportal_worker_t *w);
void ngx_http_eportal_strays_return(ngx_http_eportal_worker_t *w);

/* _stray.c, threads, and the loop when the worker ends */

ngx_int_t ngx_http_eportal_strays_store(ep_portal_t *portal,
    ep_strays_t *strays, ep_err_t *err);

/* _cache.c, loop */

void ngx_http_eportal_cache_init(ngx_http_eportal_worker_t *w);
void ngx_http_eportal_cache_exit(ngx_http_eportal_worker_t *w);
/* Send a file, after it was fetched if need be; as ngx_http_eportal_respond. */
ngx_int_t ngx_http_eportal_cache_send(ngx_http_request_t *r,
    const ep_remote_t *remote);

/* _loop.c, loop */

void ngx_http_eportal_loop_init(ngx_http_eportal_worker_t *w);
void ngx_http_eportal_loop_close(ngx_http_eportal_worker_t *w);
/* NGX_DECLINED: a thread has to do it. */
ngx_int_t ngx_http_eportal_loop_run(ngx_http_request_t *r,
    ngx_http_eportal_ctx_t *ctx);

/* _counters.c: any thread, but for _zone, which is configuration's. */

ngx_shm_zone_t *ngx_http_eportal_counters_zone(ngx_conf_t *cf);
void ngx_http_eportal_count_answer(ngx_http_eportal_worker_t *w,
    const ep_http_response_t *response);
void ngx_http_eportal_count_commit(ngx_http_eportal_worker_t *w,
    int64_t us);

/* n may be negative, where it is a number that goes up and down. */

#define ngx_http_eportal_count(w, field, n)                                   \
    (void) __atomic_fetch_add(&(w)->counters->field, (uint64_t) (n),          \
                              __ATOMIC_RELAXED)

/* _config.c, loop */

void ngx_http_eportal_watch_init(ngx_http_eportal_worker_t *w);
/* Let go of a database that another file has replaced. */
void ngx_http_eportal_watch_replaced(ngx_http_eportal_worker_t *w);


extern ngx_module_t  ngx_http_eportal_module;


#endif /* _NGX_HTTP_EPORTAL_MODULE_H_INCLUDED_ */
