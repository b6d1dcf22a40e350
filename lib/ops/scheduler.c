/*
 * When jobs run: see eportal/daemon.h. The table in the database is the only
 * memory, so that a daemon that was killed goes on where it was.
 */

#include <stdio.h>

#include "base/time.h"
#include "ops/jobs.h"
#include "store/job.h"

#define SECOND INT64_C(1000000)
#define RETRY_FIRST 30 /* seconds until a failed job is tried again */

static const char logger[] = "eportal.jobs";


static ep_rc_t
end_write(ep_portal_t *portal, ep_rc_t rc, ep_err_t *err)
{
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


static const ep_job_info_t *
find_info(const char *name)
{
    for (size_t i = 0; i < ep_job_info_count; i++) {
        if (strcmp(ep_job_infos[i].name, name) == 0) {
            return &ep_job_infos[i];
        }
    }
    return NULL;
}


/* When a job that is known runs next, now that its period is this one. */
static int64_t
due_again(const ep_job_t *job, int64_t period, bool at_start, int64_t now)
{
    if (job->period == 0 || at_start || job->failures > 0
        || job->started > job->ended)
    {
        return now;
    }
    if (period != job->period) {
        return job->ended + period * SECOND;
    }
    return job->due;
}


static ep_rc_t
prepare_one(ep_portal_t *portal, const ep_job_info_t *info, bool start,
            ep_err_t *err)
{
    int64_t period = info->period(ep_portal_config(portal));
    int64_t now = ep_portal_now(portal);
    ep_err_t none = { 0 };
    ep_job_t job;
    ep_rc_t rc = ep_job_find(portal, ep_str(info->name), &job, &none);

    if (rc == EP_ENOTFOUND) {
        job = (ep_job_t){ .due = now };
        ep_str_copy(ep_str(info->name), job.name, sizeof(job.name));
    } else if (rc != EP_OK) {
        return ep_err_set(err, rc, none.code, "%s", none.msg);
    } else {
        job.due = due_again(&job, period, start && info->at_start, now);
    }
    if (period == 0) {
        job.due = 0;
    }
    job.period = period;
    job.jitter = info->jitter;
    return ep_job_define(portal, &job, err);
}


typedef struct {
    char name[EP_JOB_NAME_MAX + 1];
} unknown_t;


/* Remembers a job that this program does not have. */
static ep_rc_t
note_unknown(const ep_job_t *job, void *ctx, ep_err_t *err)
{
    unknown_t *unknown = ctx;

    if (find_info(job->name) == NULL) {
        memcpy(unknown->name, job->name, sizeof(unknown->name));
    }
    return EP_OK;
}


/* Jobs of another version. */
static ep_rc_t
forget_unknown(ep_portal_t *portal, ep_err_t *err)
{
    unknown_t unknown;
    ep_rc_t rc;

    do {
        unknown.name[0] = '\0';
        rc = ep_job_list(portal, note_unknown, &unknown, err);
        if (rc == EP_OK && unknown.name[0] != '\0') {
            rc = ep_job_delete(portal, ep_str(unknown.name), err);
        }
    } while (rc == EP_OK && unknown.name[0] != '\0');
    return rc;
}


ep_rc_t
ep_jobs_prepare(ep_portal_t *portal, ep_lane_t lane, bool start, ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    for (size_t i = 0; rc == EP_OK && i < ep_job_info_count; i++) {
        if (ep_job_infos[i].lane == lane) {
            rc = prepare_one(portal, &ep_job_infos[i], start, err);
        }
    }
    if (rc == EP_OK) {
        rc = forget_unknown(portal, err);
    }
    return end_write(portal, rc, err);
}


/* Seconds from the end of a run to the next. */
static int64_t
pause_after(const ep_job_t *job)
{
    int64_t pause = job->period;
    uint32_t chance = 0;

    if (job->failures > 0) {
        int64_t retry = RETRY_FIRST;

        for (int64_t i = 1; i < job->failures && retry < pause; i++) {
            retry *= 2;
        }
        pause = retry < pause ? retry : pause;
    }
    if (job->jitter > 0 && ep_random(&chance, sizeof(chance), NULL) == EP_OK) {
        pause += chance % (job->jitter + 1);
    }
    return pause;
}


static void
tell(ep_portal_t *portal, const ep_job_t *job, int64_t failures_before,
     int64_t pause)
{
    if (job->failures > 0) {
        ep_portal_log(portal, EP_LOG_WARNING, logger,
                      "%s failed, next try in %lld s: %s", job->name,
                      (long long) pause, job->result);
    } else if (failures_before > 0) {
        ep_portal_log(portal, EP_LOG_INFO, logger, "%s works again", job->name);
    }
}


static ep_rc_t
record_end(ep_portal_t *portal, ep_job_t *job, int64_t failures_before,
           ep_err_t *err)
{
    int64_t pause = pause_after(job);
    ep_rc_t rc;

    job->ended = ep_portal_now(portal);
    if (job->ended <= job->started) {
        job->ended = job->started + 1; /* the clock was put back */
    }
    job->due = job->ended + pause * SECOND;
    tell(portal, job, failures_before, pause);
    rc = ep_portal_write_begin(portal, true, err);
    if (rc == EP_OK) {
        rc = end_write(portal, ep_job_end(portal, job, err), err);
    }
    return rc;
}


static ep_rc_t
run_one(const ep_job_info_t *info, ep_job_t *job, ep_run_t *run, ep_err_t *err)
{
    int64_t failures = job->failures;
    ep_err_t failed = { 0 };
    ep_rc_t rc = ep_portal_write_begin(run->portal, true, err);

    if (rc == EP_OK) {
        job->started = ep_portal_now(run->portal);
        rc = end_write(run->portal, ep_job_start(run->portal, job, err), err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    run->result[0] = '\0';
    rc = info->run(run, &failed);
    if (run->stop(run->stop_ctx)) {
        /* Without an end on record it is done again after the next start. */
        ep_portal_log(run->portal, EP_LOG_INFO, logger, "%s was interrupted",
                      job->name);
        return EP_OK;
    }
    job->failures = rc == EP_OK ? 0 : failures + 1;
    ep_str_copy(ep_str(rc == EP_OK ? run->result : failed.msg), job->result,
                sizeof(job->result));
    return record_end(run->portal, job, failures, err);
}


/* A time further off than a period means that the clock was put back. */
static bool
is_due(const ep_job_t *job, int64_t now)
{
    return job->due != 0
           && (job->due <= now
               || job->due > now + (job->period + job->jitter) * SECOND);
}


ep_rc_t
ep_jobs_run(ep_portal_t *portal, ep_lane_t lane, ep_stop_fn stop, void *ctx,
            ep_err_t *err)
{
    ep_run_t run = { .portal = portal, .stop = stop, .stop_ctx = ctx };
    ep_rc_t rc = EP_OK;
    ep_job_t job;

    for (size_t i = 0; rc == EP_OK && i < ep_job_info_count; i++) {
        if (ep_job_infos[i].lane != lane) {
            continue;
        }
        if (stop(ctx)) {
            return EP_OK;
        }
        rc = ep_job_find(portal, ep_str(ep_job_infos[i].name), &job, err);
        if (rc == EP_OK && is_due(&job, ep_portal_now(portal))) {
            rc = run_one(&ep_job_infos[i], &job, &run, err);
        }
    }
    return rc;
}
