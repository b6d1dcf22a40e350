/* Rows of jobs as the scheduler in lib/ops writes them, each in its caller's
 * write transaction. Everyone else uses eportal/job.h. */

#ifndef EP_STORE_JOB_H
#define EP_STORE_JOB_H

#include <eportal/job.h>

/* Name, period, jitter and due, of a job that is new or known. */
ep_rc_t ep_job_define(ep_portal_t *portal, const ep_job_t *job, ep_err_t *err);
ep_rc_t ep_job_delete(ep_portal_t *portal, ep_str_t name, ep_err_t *err);
/* It runs from now on and is not due. */
ep_rc_t ep_job_start(ep_portal_t *portal, const ep_job_t *job, ep_err_t *err);
/* ended, failures and result; due unless it was requested meanwhile. */
ep_rc_t ep_job_end(ep_portal_t *portal, const ep_job_t *job, ep_err_t *err);
/* ep_job_request without its row in the audit log, for one job that makes
 * another one due. */
ep_rc_t ep_job_hurry(ep_portal_t *portal, ep_str_t name, ep_err_t *err);

#endif
