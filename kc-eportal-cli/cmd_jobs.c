/* kc.eportal jobs: what the daemon does, when, and how it went. */

#include <stdio.h>

#include <eportal/daemon.h>

#include "cli.h"

static const column_t columns[] = { { "NAME", "name", COLUMN_TEXT },
                                    { "PERIOD", "period", COLUMN_NUMBER },
                                    { "JITTER", "jitter", COLUMN_NUMBER },
                                    { "STATE", "state", COLUMN_TEXT },
                                    { "STARTED", "started", COLUMN_TIME },
                                    { "ENDED", "ended", COLUMN_TIME },
                                    { "FAILURES", "failures", COLUMN_NUMBER },
                                    { "DUE", "due", COLUMN_TIME },
                                    { "RESULT", "result", COLUMN_TEXT } };


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


typedef struct {
    table_t *table;
    bool daemon; /* it is running */
} list_t;


static ep_rc_t
add_row(const ep_job_t *job, void *ctx, ep_err_t *err)
{
    const list_t *list = ctx;
    table_t *table = list->table;

    table_row(table);
    table_text(table, ep_str(job->name));
    table_number(table, job->period);
    table_number(table, job->jitter);
    table_text(table, ep_str(state_of(job, list->daemon)));
    table_time(table, job->started);
    table_time(table, job->ended);
    table_number(table, job->failures);
    table_time(table, job->due);
    table_text(table, ep_str(job->result));
    return EP_OK;
}


static ep_rc_t
run_list(cli_t *cli, const args_t *args, ep_err_t *err)
{
    list_t list;
    ep_rc_t rc = cli_open(cli, err);

    if (rc != EP_OK) {
        return rc;
    }
    list.daemon = ep_daemon_running(cli->cfg);
    list.table = table_new("jobs", columns, EP_ARRAY_LEN(columns), cli->json);
    if (list.table == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    rc = ep_job_list(cli->portal, add_row, &list, err);
    if (rc == EP_OK) {
        rc = table_print(list.table, err);
    }
    table_free(list.table);
    if (rc == EP_OK && !list.daemon) {
        cli_note("the daemon is not running: `systemctl start eportal` "
                 "starts it");
    }
    return rc;
}


static ep_rc_t
run_request(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_rc_t rc = cli_open(cli, err);

    if (rc == EP_OK && !ep_daemon_running(cli->cfg)) {
        return ep_err_set(err, EP_EBUSY, "no-daemon",
                          "the daemon is not running: `systemctl start "
                          "eportal` starts it");
    }
    if (rc == EP_OK) {
        rc = cli_begin(cli, err);
    }
    if (rc == EP_OK) {
        rc = cli_end(cli, ep_job_request(cli->portal, args_operand(args), err),
                     err);
    }
    if (rc == EP_OK) {
        printf("The daemon was asked to run '%s'\n", args->operands[0]);
    }
    return rc;
}


const spec_t jobs_spec = {
    .summary = "list the daemon's jobs",
    .description = "list the daemon's jobs: how often they run (seconds), "
                   "when they did, how it went and when they are due",
    .lists = true,
    .run = run_list,
};

const spec_t jobs_run_spec = {
    .summary = "have the daemon run a job now",
    .description = "have the daemon run a job now instead of when it is due",
    .operand = "job",
    .operand_help = "name of the job",
    .operands_min = 1,
    .operands_max = 1,
    .run = run_request,
    .changes = args_always,
};
