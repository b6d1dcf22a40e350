/*
 * What the daemon does, without the process: the one instance, the jobs and
 * when they run. The process, its signals and its log are kc.eportal's.
 */

#ifndef EPORTAL_DAEMON_H
#define EPORTAL_DAEMON_H

#include <eportal/job.h>
#include <eportal/portal.h>

/* True when the process shall end: asked between the pieces of a job, which
 * then stops at a safe point. May be called often, from the job's thread. */
typedef bool (*ep_stop_fn)(void *ctx);

/*
 * Be the data directory's only daemon for as long as *fd is open, which a
 * killed process cannot hold. BASE_DIR is made when it is missing. EP_EBUSY
 * "daemon-running".
 */
ep_rc_t ep_daemon_lock(const ep_config_t *cfg, int *fd, ep_err_t *err);
/* Whether somebody holds it. */
bool ep_daemon_running(const ep_config_t *cfg);

/* Jobs of one lane run one after the other, those of two side by side: a
 * download that takes hours must not hold up the rest. */
typedef enum {
    EP_LANE_LOCAL, /* the data here */
    EP_LANE_NET,   /* the patch source */
    EP_LANE_COUNT
} ep_lane_t;

/*
 * Bring a lane's jobs in line with the program and the settings: after a
 * start, and whenever the portal got another configuration. start: jobs that
 * were interrupted or look after leftovers become due. A job that failed
 * becomes due each time, because its reason may be gone.
 */
ep_rc_t ep_jobs_prepare(ep_portal_t *portal, ep_lane_t lane, bool start,
                        ep_err_t *err);

/*
 * Run every job of a lane that is due. A job that fails is logged,
 * recorded and tried again sooner than its period, twice as late each time:
 * that is no failure of this function, which fails when the record cannot be
 * kept. Ends soon when stop says so; a job that was running then counts as
 * interrupted. The caller has no transaction open.
 */
ep_rc_t ep_jobs_run(ep_portal_t *portal, ep_lane_t lane, ep_stop_fn stop,
                    void *ctx, ep_err_t *err);

/*
 * Delete the servers that have been silent for INACTIVE_SERVER_AGE (SRV-6),
 * in transactions of their own, so that no agent waits for a long one. stop
 * may be NULL. *deleted gets how many, also when it fails half-way. EP_EINVAL
 * "bad-age".
 */
ep_rc_t ep_servers_clean(ep_portal_t *portal, ep_stop_fn stop, void *ctx,
                         int64_t *deleted, ep_err_t *err);

/* Delete rows of the audit log that are older than AUDIT_RETENTION, as
 * above; nothing when that is 0. */
ep_rc_t ep_audit_trim(ep_portal_t *portal, ep_stop_fn stop, void *ctx,
                      int64_t *deleted, ep_err_t *err);

/* Delete sessions that are over and failures of logins that are forgotten, as
 * above. */
ep_rc_t ep_logins_clean(ep_portal_t *portal, ep_stop_fn stop, void *ctx,
                        int64_t *sessions, int64_t *failures, ep_err_t *err);

#endif
