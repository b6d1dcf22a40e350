/* The daemon's jobs over HTTP: when each ran and is due, and running one now.
 */

#include <eportal/job.h>

#include "http/private.h"

#define LIST_MAX ((size_t) 1024 * 1024)


static ep_rc_t
add_job(const ep_job_t *job, void *ctx, ep_err_t *err)
{
    ep_json_t *w = ctx;
    bool running = job->started > job->ended;

    (void) err;
    ep_json_open(w, NULL, '{');
    ep_json_str(w, "name", ep_str(job->name));
    ep_json_str(w, "state",
                running             ? EP_STR("running")
                : job->period == 0  ? EP_STR("off")
                : job->failures > 0 ? EP_STR("failed")
                                    : EP_STR("waiting"));
    ep_json_int(w, "period", job->period);
    ep_json_time(w, "started", job->started);
    ep_json_time(w, "ended", job->ended);
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
    ep_json_t w = { .buf = &buf };
    ep_rc_t rc;

    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '[');
    rc = ep_job_list(call->portal, add_job, &w, err);
    ep_json_close(&w, ']');
    ep_json_close(&w, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(call, 200, &w, err);
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
