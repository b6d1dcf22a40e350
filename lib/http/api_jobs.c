/* The daemon's jobs over HTTP: when each ran and is due, and running one now.
 */

#include <eportal/daemon.h>

#include "http/private.h"

#define LIST_MAX ((size_t) 1024 * 1024)


typedef struct {
    ep_json_t w;
    bool daemon; /* it is running */
} list_t;


static const char *
state_of(const ep_job_t *job, bool daemon)
{
    if (job->started > job->ended) {
        return daemon ? "running" : "interrupted";
    }
    if (job->period == 0) {
        return "off";
    }
    return job->failures > 0 ? "failed" : "waiting";
}


static ep_rc_t
add_job(const ep_job_t *job, void *ctx, ep_err_t *err)
{
    list_t *list = ctx;
    ep_json_t *w = &list->w;

    (void) err;
    ep_json_open(w, NULL, '{');
    ep_json_str(w, "name", ep_str(job->name));
    ep_json_str(w, "state", ep_str(state_of(job, list->daemon)));
    ep_json_int(w, "period", job->period);
    ep_json_time(w, "started", job->started);
    ep_json_time(w, "ended", job->ended);
    ep_json_time(w, "succeeded", job->succeeded);
    ep_json_time(w, "due", job->due);
    ep_json_int(w, "failures", job->failures);
    ep_json_str(w, "result", ep_str(job->result));
    ep_json_close(w, '}');
    return EP_OK;
}


ep_rc_t
ep_api_jobs(ep_call_t *call, ep_err_t *err)
{
    ep_buf_t buf;
    list_t list = { .w = { .buf = &buf },
                    .daemon = ep_daemon_running(call->cfg) };
    ep_json_t *w = &list.w;
    ep_rc_t rc;

    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(w, NULL, '{');
    ep_json_open(w, "result", '[');
    rc = ep_job_list(call->portal, add_job, &list, err);
    ep_json_close(w, ']');
    ep_json_close(w, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(call, 200, w, err);
}


/* The daemon looks once a second; it says itself how it went. */
ep_rc_t
ep_api_job_run(ep_call_t *call, ep_err_t *err)
{
    ep_rc_t rc = ep_call_write(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_job_request(call->portal, call->captures[EP_CAP_NAME], err);
    rc = ep_call_written(call, rc, err);
    return rc == EP_OK ? ep_answer_ok(call) : rc;
}
