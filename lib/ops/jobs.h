/* The daemon's jobs, for lib/ops only: a row of the table is all that a new
 * one needs. */

#ifndef EP_OPS_JOBS_H
#define EP_OPS_JOBS_H

#include <eportal/daemon.h>

typedef struct {
    ep_portal_t *portal;
    ep_stop_fn stop;
    void *stop_ctx;
    char result[EP_JOB_RESULT_MAX + 1]; /* what it did, for people */
} ep_run_t;

typedef struct {
    const char *name;
    ep_lane_t lane;
    /* Seconds; 0: off. */
    int64_t (*period)(const ep_config_t *cfg);
    int64_t jitter; /* seconds */
    bool at_start;  /* due whenever the daemon starts */
    ep_rc_t (*run)(ep_run_t *run, ep_err_t *err);
} ep_job_info_t;

extern const ep_job_info_t ep_job_infos[];
extern const size_t ep_job_info_count;

#endif
