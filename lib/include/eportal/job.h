/*
 * Jobs of the daemon as they are recorded: when each ran, how it ended, when
 * it is due. What they do is in eportal/daemon.h.
 */

#ifndef EPORTAL_JOB_H
#define EPORTAL_JOB_H

#include <eportal/portal.h>
#include <eportal/str.h>

#define EP_JOB_NAME_MAX 31
#define EP_JOB_RESULT_MAX 511

typedef struct {
    char name[EP_JOB_NAME_MAX + 1]; /* "auto-deploy" */
    int64_t period;    /* seconds between two runs; 0: never by itself */
    int64_t jitter;    /* seconds that are added by chance, at most */
    int64_t started;   /* UTC, microseconds; 0: never */
    int64_t ended;     /* the same; before started: it is running */
    int64_t failures;  /* in a row */
    int64_t succeeded; /* end of the last good run; 0: never */
    int64_t due;       /* UTC, microseconds; 0: it is running, or never */
    char result[EP_JOB_RESULT_MAX + 1]; /* of the last run, for people */
} ep_job_t;
typedef ep_rc_t (*ep_job_fn)(const ep_job_t *job, void *ctx, ep_err_t *err);

/* By name. */
ep_rc_t ep_job_list(ep_portal_t *portal, ep_job_fn fn, void *ctx,
                    ep_err_t *err);
/* EP_ENOTFOUND "job-not-found". */
ep_rc_t ep_job_find(ep_portal_t *portal, ep_str_t name, ep_job_t *out,
                    ep_err_t *err);
/* Make a job due now, in the caller's write transaction: the daemon looks
 * once a second. EP_ENOTFOUND; EP_EINVAL "job-off" when the settings have
 * turned it off. */
ep_rc_t ep_job_request(ep_portal_t *portal, ep_str_t name, ep_err_t *err);

#endif
