/* Jobs: the table job. See eportal/job.h and store/job.h. */

#include <eportal/audit.h>

#include "store/job.h"
#include "store/db.h"

#define COLUMNS                                                                \
    "name, period, jitter, started, ended, failures, due, result, succeeded"   \
    " FROM job"

static const char sql_list[] = "SELECT " COLUMNS " ORDER BY name";
static const char sql_find[] = "SELECT " COLUMNS " WHERE name = ?1";
static const char sql_define[] =
    "INSERT INTO job (name, period, jitter, due) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT DO UPDATE SET period = ?2, jitter = ?3, due = ?4";
static const char sql_delete[] = "DELETE FROM job WHERE name = ?1";
static const char sql_start[] =
    "UPDATE job SET started = ?2, due = 0 WHERE name = ?1";
static const char sql_end[] =
    "UPDATE job SET ended = ?2, failures = ?3, result = ?4,"
    " succeeded = CASE ?3 WHEN 0 THEN ?2 ELSE succeeded END,"
    " due = CASE due WHEN 0 THEN ?5 ELSE due END WHERE name = ?1";
static const char sql_request[] = "UPDATE job SET due = ?2 WHERE name = ?1";


static void
read_row(ep_stmt_t *q, ep_job_t *out)
{
    *out = (ep_job_t){ .period = ep_col_int(q, 1),
                       .jitter = ep_col_int(q, 2),
                       .started = ep_col_int(q, 3),
                       .ended = ep_col_int(q, 4),
                       .failures = ep_col_int(q, 5),
                       .due = ep_col_int(q, 6),
                       .succeeded = ep_col_int(q, 8) };
    ep_str_copy(ep_col_str(q, 0), out->name, sizeof(out->name));
    ep_str_copy(ep_col_str(q, 7), out->result, sizeof(out->result));
}


ep_rc_t
ep_job_list(ep_portal_t *portal, ep_job_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_list);
    ep_job_t job;
    ep_rc_t rc;

    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        read_row(q, &job);
        rc = fn(&job, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_job_find(ep_portal_t *portal, ep_str_t name, ep_job_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_find);
    ep_rc_t rc;

    ep_bind_str(q, 1, name);
    rc = ep_stmt_row(q, err);
    if (rc == EP_ENOTFOUND) {
        return ep_err_set(err, rc, "job-not-found",
                          "there is no job \"%.*s\": `kc.eportal jobs` lists "
                          "those that the daemon has",
                          EP_STR_ARG(name));
    }
    if (rc == EP_OK) {
        read_row(q, out);
    }
    return rc;
}


ep_rc_t
ep_job_hurry(ep_portal_t *portal, ep_str_t name, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_job_t job;
    ep_rc_t rc = ep_job_find(portal, name, &job, err);

    if (rc != EP_OK) {
        return rc;
    }
    if (job.period == 0) {
        return ep_err_set(err, EP_EINVAL, "job-off",
                          "the settings have turned the job \"%s\" off",
                          job.name);
    }
    q = ep_stmt(portal, sql_request);
    ep_bind_str(q, 1, name);
    ep_bind_int(q, 2, ep_portal_now(portal));
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_job_request(ep_portal_t *portal, ep_str_t name, ep_err_t *err)
{
    ep_rc_t rc = ep_job_hurry(portal, name, err);

    return rc == EP_OK ? ep_audit(portal, "job.run", name, EP_STR_NULL, err)
                       : rc;
}


ep_rc_t
ep_job_define(ep_portal_t *portal, const ep_job_t *job, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_define);

    ep_bind_str(q, 1, ep_str(job->name));
    ep_bind_int(q, 2, job->period);
    ep_bind_int(q, 3, job->jitter);
    ep_bind_int(q, 4, job->due);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_job_delete(ep_portal_t *portal, ep_str_t name, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_delete);

    ep_bind_str(q, 1, name);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_job_start(ep_portal_t *portal, const ep_job_t *job, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_start);

    ep_bind_str(q, 1, ep_str(job->name));
    ep_bind_int(q, 2, job->started);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_job_end(ep_portal_t *portal, const ep_job_t *job, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_end);

    ep_bind_str(q, 1, ep_str(job->name));
    ep_bind_int(q, 2, job->ended);
    ep_bind_int(q, 3, job->failures);
    ep_bind_str(q, 4, ep_str(job->result));
    ep_bind_int(q, 5, job->due);
    return ep_stmt_run(q, NULL, err);
}
