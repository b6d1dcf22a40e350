/* The table of the daemon's jobs, and what each of them does. */

#include <stdio.h>

#include <eportal/cache.h>
#include <eportal/patchset.h>
#include <eportal/source.h>

#include "ops/describe.h"
#include "ops/jobs.h"
#include "ops/waiting.h"
#include "store/job.h"

#define HOUR 3600
#define DAY (24 * HOUR)
#define PERIOD_MAX 2000000000


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


/* What is set, but microseconds must not wrap. */
static int64_t
period_of(const ep_config_t *cfg, ep_setting_t setting)
{
    int64_t period = ep_config_int(cfg, setting);

    return period < PERIOD_MAX ? period : PERIOD_MAX;
}


static int64_t
clean_period(const ep_config_t *cfg)
{
    return period_of(cfg, EP_CLEAN_INACTIVE_SERVERS_PERIOD);
}


static int64_t
audit_period(const ep_config_t *cfg)
{
    return ep_config_int(cfg, EP_AUDIT_RETENTION) > 0 ? DAY : 0;
}


static int64_t
poll_period(const ep_config_t *cfg)
{
    return ep_source_configured(cfg) ? period_of(cfg, EP_AUTO_UPDATE_PERIOD)
                                     : 0;
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


/* What came may be wanted by a feed at once. */
static ep_rc_t
hurry_auto_deploy(ep_portal_t *portal, ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_job_hurry(portal, EP_STR("auto-deploy"), err);
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


/* Ask the source what there is, and fetch what is missing: no feed gets it
 * by that (FEED-8). */
static ep_rc_t
poll_source(ep_run_t *run, ep_err_t *err)
{
    ep_transfer_t transfer = { .stopped = run->stop, .ctx = run->stop_ctx };
    ep_poll_t polled = { 0 };
    int64_t count = 0;
    ep_rc_t later;
    ep_rc_t rc = ep_source_poll(run->portal, &transfer, &polled, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_source_download_missing(run->portal, EP_PRODUCTS_DEFAULT, &transfer,
                                    &count, err);
    if (count > 0) {
        later = hurry_auto_deploy(run->portal, err);
        rc = rc == EP_OK ? later : rc;
    }
    snprintf(run->result, sizeof(run->result),
             "%s, %lld downloaded, %lld blocked",
             polled.changed ? "the index is new" : "the index is the same",
             (long long) count, (long long) polled.blocked);
    return rc;
}


/* What somebody wants enabled and is not here yet (NEW-PS-7). */
static ep_rc_t
fetch_waiting(ep_run_t *run, ep_err_t *err)
{
    ep_transfer_t transfer = { .stopped = run->stop, .ctx = run->stop_ctx };
    int64_t enabled = 0, left = 0;
    ep_rc_t rc = ep_waiting_fetch(run->portal, &transfer, &enabled, &left, err);

    snprintf(run->result, sizeof(run->result),
             "%lld patchset%s downloaded and enabled, %lld waiting",
             (long long) enabled, enabled == 1 ? "" : "s", (long long) left);
    return rc;
}


static int64_t
fetch_period(const ep_config_t *cfg)
{
    return ep_source_configured(cfg) ? 600 : 0;
}


/* What a killed deploy left behind. */
static ep_rc_t
sweep(ep_run_t *run, ep_err_t *err)
{
    snprintf(run->result, sizeof(run->result), "swept");
    return ep_deploy_sweep(run->portal, err);
}


/* Sessions, failures of logins and the like that are over. */
static ep_rc_t
clean_logins(ep_run_t *run, ep_err_t *err)
{
    int64_t sessions = 0, failures = 0;
    ep_rc_t rc = ep_logins_clean(run->portal, run->stop, run->stop_ctx,
                                 &sessions, &failures, err);

    snprintf(run->result, sizeof(run->result),
             "%lld session%s and %lld failed login%s forgotten",
             (long long) sessions, sessions == 1 ? "" : "s",
             (long long) failures, failures == 1 ? "" : "s");
    return rc;
}


static ep_rc_t
clean_audit(ep_run_t *run, ep_err_t *err)
{
    int64_t deleted = 0;
    ep_rc_t rc =
        ep_audit_trim(run->portal, run->stop, run->stop_ctx, &deleted, err);

    snprintf(run->result, sizeof(run->result), "%lld row%s deleted",
             (long long) deleted, deleted == 1 ? "" : "s");
    return rc;
}


static ep_rc_t
note_cache(ep_portal_t *portal, const ep_cache_size_t *size, ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, false, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_cache_size_set(portal, size, err);
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


/* What was fetched in cache mode is kept for a while only. */
static ep_rc_t
cache_expire(ep_run_t *run, ep_err_t *err)
{
    ep_transfer_t transfer = { .stopped = run->stop, .ctx = run->stop_ctx };
    ep_cache_expired_t expired = { 0 };
    ep_rc_t rc = ep_cache_expire(ep_portal_config(run->portal), &transfer,
                                 &expired, err);

    snprintf(run->result, sizeof(run->result), "%lld file%s removed, %.1f MiB",
             (long long) expired.removed.files,
             expired.removed.files == 1 ? "" : "s",
             (double) expired.removed.bytes / (1024 * 1024));
    return rc == EP_OK ? note_cache(run->portal, &expired.kept, err) : rc;
}


static int64_t
describe_period(const ep_config_t *cfg)
{
    return ep_config_bool(cfg, EP_OFFER_METADATA) ? 600 : 0;
}


/* For portals in cache mode that have this one as their source. */
static ep_rc_t
describe(ep_run_t *run, ep_err_t *err)
{
    int64_t made = 0;
    ep_rc_t rc =
        ep_offers_describe(run->portal, run->stop, run->stop_ctx, &made, err);

    snprintf(run->result, sizeof(run->result), "metadata of %lld patchset%s",
             (long long) made, made == 1 ? "" : "s");
    return rc;
}


const ep_job_info_t ep_job_infos[] = {
    { "sweep", EP_LANE_LOCAL, each_hour, 60, true, sweep },
    { "auto-deploy", EP_LANE_LOCAL, each_minute, 0, false, auto_deploy },
    { "poll", EP_LANE_NET, poll_period, 30, false, poll_source },
    { "fetch", EP_LANE_NET, fetch_period, 30, true, fetch_waiting },
    { "audit-clean", EP_LANE_LOCAL, audit_period, 60, false, clean_audit },
    { "cache-expire", EP_LANE_LOCAL, each_hour, 60, false, cache_expire },
    { "clean-inactive", EP_LANE_LOCAL, clean_period, 0, false, clean_inactive },
    { "describe", EP_LANE_LOCAL, describe_period, 30, true, describe },
    { "clean-logins", EP_LANE_LOCAL, each_hour, 60, false, clean_logins },
};
const size_t ep_job_info_count = EP_ARRAY_LEN(ep_job_infos);
