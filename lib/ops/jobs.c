/* The table of the daemon's jobs, and what each of them does. */

#include <stdio.h>

#include <eportal/patchset.h>

#include "ops/jobs.h"

#define HOUR 3600
#define PERIOD_MAX 2000000000 /* microseconds must not wrap */


static int64_t
each_minute(const ep_config_t *cfg)
{
    return 60;
}


static int64_t
each_hour(const ep_config_t *cfg)
{
    return HOUR;
}


static int64_t
clean_period(const ep_config_t *cfg)
{
    int64_t period = ep_config_int(cfg, EP_CLEAN_INACTIVE_SERVERS_PERIOD);

    return period < PERIOD_MAX ? period : PERIOD_MAX;
}


static ep_rc_t
auto_deploy(ep_run_t *run, ep_err_t *err)
{
    int64_t enabled = 0;
    ep_rc_t rc = ep_auto_deploy(run->portal, &enabled, err);

    snprintf(run->result, sizeof(run->result), "%lld patchset%s enabled",
             (long long) enabled, enabled == 1 ? "" : "s");
    return rc;
}


static ep_rc_t
clean_inactive(ep_run_t *run, ep_err_t *err)
{
    int64_t deleted = 0;
    ep_rc_t rc =
        ep_servers_clean(run->portal, run->stop, run->stop_ctx, &deleted, err);

    snprintf(run->result, sizeof(run->result), "%lld server%s deleted",
             (long long) deleted, deleted == 1 ? "" : "s");
    if (deleted > 0) {
        ep_portal_log(run->portal, EP_LOG_INFO, "eportal.servers",
                      "%s for their silence", run->result);
    }
    return rc;
}


/* What a killed deploy left behind. */
static ep_rc_t
sweep(ep_run_t *run, ep_err_t *err)
{
    snprintf(run->result, sizeof(run->result), "swept");
    return ep_deploy_sweep(run->portal, err);
}


const ep_job_info_t ep_job_infos[] = {
    { "sweep", EP_LANE_LOCAL, each_hour, 60, true, sweep },
    { "auto-deploy", EP_LANE_LOCAL, each_minute, 0, false, auto_deploy },
    { "clean-inactive", EP_LANE_LOCAL, clean_period, 0, false, clean_inactive },
};
const size_t ep_job_info_count = EP_ARRAY_LEN(ep_job_infos);
