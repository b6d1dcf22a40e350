/* When the daemon's jobs run, with a clock that the tests set. */

#include "store.h"

#include <eportal/daemon.h>

#include "store/job.h"

#define SECOND INT64_C(1000000)


static bool
go_on(void *ctx)
{
    return false;
}


static bool
stop_at_once(void *ctx)
{
    return true;
}


static void
configure(store_t *s, const char *settings)
{
    char path[128], text[256];

    snprintf(path, sizeof(path), "%s/config", s->dir);
    snprintf(text, sizeof(text), "BASE_DIR = '%s/data'\n%s", s->dir, settings);
    assert_ok(ep_file_write(path, ep_str(text), 0600, &err));
    ep_config_unref(s->cfg);
    assert_ok(ep_config_load(path, NULL, NULL, NULL, &s->cfg, &err));
    ep_portal_set_config(s->portal, s->cfg);
    assert_ok(ep_jobs_prepare(s->portal, EP_LANE_LOCAL, false, &err));
}


static ep_job_t
job(store_t *s, const char *name)
{
    ep_job_t out = { .name = "" };

    assert_ok(ep_job_find(s->portal, ep_str(name), &out, &err));
    return out;
}


static void
run(store_t *s)
{
    assert_ok(ep_jobs_run(s->portal, EP_LANE_LOCAL, go_on, NULL, &err));
}


/* Seconds from the last end to the next run. */
static int64_t
pause_of(store_t *s, const char *name)
{
    ep_job_t j = job(s, name);

    return (j.due - j.ended) / SECOND;
}


static void
runs_at_start_then_by_period(void **state)
{
    store_t *s = *state;
    ep_job_t first, second;

    assert_ok(ep_jobs_prepare(s->portal, EP_LANE_LOCAL, true, &err));
    run(s);
    first = job(s, "auto-deploy");
    assert_int_equal(first.period, 60);
    assert_true(first.started != 0 && first.ended > first.started);
    assert_int_equal(pause_of(s, "auto-deploy"), 60);
    ep_portal_set_clock(s->portal, 50 * SECOND);
    run(s);
    assert_int_equal(job(s, "auto-deploy").started, first.started);
    ep_portal_set_clock(s->portal, 61 * SECOND);
    run(s);
    second = job(s, "auto-deploy");
    assert_true(second.started >= first.ended + 60 * SECOND);
    assert_string_equal(second.result, "0 patchsets enabled");
}


static void
jitter_stays_in_its_bounds(void **state)
{
    store_t *s = *state;
    int64_t first = 0;
    int others = 0;

    assert_ok(ep_jobs_prepare(s->portal, EP_LANE_LOCAL, true, &err));
    for (int i = 0; i < 20; i++) {
        int64_t pause;

        ep_portal_set_clock(s->portal, i * 10000 * SECOND);
        run(s);
        pause = pause_of(s, "sweep");
        assert_in_range(pause, 3600, 3660);
        first = i == 0 ? pause : first;
        others += pause != first;
    }
    assert_int_not_equal(others, 0);
}


static void
restart_keeps_what_is_due(void **state)
{
    store_t *s = *state;
    int64_t due;

    configure(s, "CLEAN_INACTIVE_SERVERS_PERIOD = 3600 * 24\n");
    run(s);
    due = job(s, "clean-inactive").due;
    ep_portal_set_clock(s->portal, 3600 * SECOND);
    assert_ok(ep_jobs_prepare(s->portal, EP_LANE_LOCAL, true, &err));
    assert_int_equal(job(s, "clean-inactive").due, due);
    /* What looks after leftovers does so at each start. */
    assert_true(job(s, "sweep").due <= ep_portal_now(s->portal));
}


static void
off_until_there_is_a_period(void **state)
{
    store_t *s = *state;

    assert_ok(ep_jobs_prepare(s->portal, EP_LANE_LOCAL, true, &err));
    run(s);
    assert_int_equal(job(s, "clean-inactive").started, 0);
    assert_int_equal(job(s, "clean-inactive").due, 0);
    begin(s);
    assert_refused(ep_job_request(s->portal, EP_STR("clean-inactive"), &err),
                   EP_EINVAL, "job-off");
    assert_refused(ep_job_request(s->portal, EP_STR("nothing"), &err),
                   EP_ENOTFOUND, "job-not-found");
    commit(s);
    configure(s, "CLEAN_INACTIVE_SERVERS_PERIOD = 3600\n");
    run(s);
    assert_int_not_equal(job(s, "clean-inactive").started, 0);
    assert_int_equal(pause_of(s, "clean-inactive"), 3600);
    configure(s, "CLEAN_INACTIVE_SERVERS_PERIOD = 600\n");
    assert_int_equal(pause_of(s, "clean-inactive"), 600);
    configure(s, "CLEAN_INACTIVE_SERVERS_PERIOD = 0\n");
    assert_int_equal(job(s, "clean-inactive").due, 0);
}


static void
failure_is_tried_again_later_each_time(void **state)
{
    static const int64_t pauses[] = { 30, 60, 120, 240, 300, 300 };
    store_t *s = *state;
    ep_job_t j;

    configure(s, "CLEAN_INACTIVE_SERVERS_PERIOD = 300\n"
                 "INACTIVE_SERVER_AGE = 0\n");
    for (size_t i = 0; i < EP_ARRAY_LEN(pauses); i++) {
        ep_portal_set_clock(s->portal, (int64_t) i * 1000 * SECOND);
        run(s);
        j = job(s, "clean-inactive");
        assert_int_equal(j.failures, i + 1);
        assert_non_null(strstr(j.result, "INACTIVE_SERVER_AGE"));
        assert_int_equal(pause_of(s, "clean-inactive"), pauses[i]);
    }
    /* Others are not held up, and a change of settings is a new chance. */
    assert_int_equal(job(s, "auto-deploy").failures, 0);
    configure(s, "CLEAN_INACTIVE_SERVERS_PERIOD = 300\n");
    run(s);
    assert_int_equal(job(s, "clean-inactive").failures, 0);
    assert_int_equal(pause_of(s, "clean-inactive"), 300);
}


static void
request_counts_even_while_it_runs(void **state)
{
    store_t *s = *state;
    ep_job_t j, asked;

    assert_ok(ep_jobs_prepare(s->portal, EP_LANE_LOCAL, true, &err));
    run(s);
    j = job(s, "auto-deploy");
    begin(s);
    j.started = ep_portal_now(s->portal);
    assert_ok(ep_job_start(s->portal, &j, &err));
    assert_int_equal(job(s, "auto-deploy").due, 0);
    assert_ok(ep_job_request(s->portal, EP_STR("auto-deploy"), &err));
    asked = job(s, "auto-deploy");
    j.ended = j.started + 1;
    j.due = j.ended + 60 * SECOND;
    assert_ok(ep_job_end(s->portal, &j, &err));
    commit(s);
    assert_int_equal(job(s, "auto-deploy").due, asked.due);
}


static void
interrupted_jobs_run_again(void **state)
{
    store_t *s = *state;
    ep_job_t j;

    assert_ok(ep_jobs_prepare(s->portal, EP_LANE_LOCAL, true, &err));
    run(s);
    ep_portal_set_clock(s->portal, SECOND);
    j = job(s, "auto-deploy");
    j.started = ep_portal_now(s->portal);
    begin(s);
    assert_ok(ep_job_start(s->portal, &j, &err));
    commit(s);
    run(s);
    assert_int_equal(job(s, "auto-deploy").started, j.started);
    assert_ok(ep_jobs_prepare(s->portal, EP_LANE_LOCAL, true, &err));
    ep_portal_set_clock(s->portal, 2 * SECOND);
    run(s);
    assert_true(job(s, "auto-deploy").started > j.started);
}


static void
clock_that_is_put_back_stops_nothing(void **state)
{
    store_t *s = *state;
    int64_t started;

    ep_portal_set_clock(s->portal, 1000000 * SECOND);
    assert_ok(ep_jobs_prepare(s->portal, EP_LANE_LOCAL, true, &err));
    run(s);
    started = job(s, "auto-deploy").started;
    ep_portal_set_clock(s->portal, 0);
    run(s);
    assert_true(job(s, "auto-deploy").started < started);
}


static void
nothing_begins_when_it_shall_end(void **state)
{
    store_t *s = *state;

    assert_ok(ep_jobs_prepare(s->portal, EP_LANE_LOCAL, true, &err));
    assert_ok(ep_jobs_run(s->portal, EP_LANE_LOCAL, stop_at_once, NULL, &err));
    assert_int_equal(job(s, "sweep").started, 0);
}


static void
clean_up_stops_between_pieces(void **state)
{
    store_t *s = *state;
    char id[32];
    int64_t deleted;

    begin(s);
    add_key(s, "k1", EP_FEED_MAIN, 0);
    for (int i = 0; i < 600; i++) {
        snprintf(id, sizeof(id), "server%010d", i);
        add_server(s, "k1", id);
    }
    commit(s);
    ep_portal_set_clock(s->portal, 40 * 86400 * SECOND);
    assert_ok(ep_servers_clean(s->portal, stop_at_once, NULL, &deleted, &err));
    assert_int_equal(deleted, 500);
    assert_ok(ep_servers_clean(s->portal, NULL, NULL, &deleted, &err));
    assert_int_equal(deleted, 100);
}


static void
jobs_of_other_versions_go(void **state)
{
    store_t *s = *state;
    ep_job_t other = { .name = "other", .period = 1, .due = 1 };
    ep_job_t found;

    begin(s);
    assert_ok(ep_job_define(s->portal, &other, &err));
    commit(s);
    assert_ok(ep_jobs_prepare(s->portal, EP_LANE_LOCAL, true, &err));
    assert_refused(ep_job_find(s->portal, EP_STR("other"), &found, &err),
                   EP_ENOTFOUND, "job-not-found");
}


static void
one_daemon_only(void **state)
{
    store_t *s = *state;
    int fd = -1, other = -1;

    assert_false(ep_daemon_running(s->cfg));
    assert_ok(ep_daemon_lock(s->cfg, &fd, &err));
    assert_true(ep_daemon_running(s->cfg));
    assert_refused(ep_daemon_lock(s->cfg, &other, &err), EP_EBUSY,
                   "daemon-running");
    assert_int_equal(other, -1);
    close(fd);
    assert_false(ep_daemon_running(s->cfg));
}


#define OPEN store_setup, store_teardown, NULL

int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "a job runs at once, then by its period",
          runs_at_start_then_by_period, OPEN },
        { "jitter stays in its bounds", jitter_stays_in_its_bounds, OPEN },
        { "a restart keeps what is due", restart_keeps_what_is_due, OPEN },
        { "SRV-7: no clean-up until there is a period",
          off_until_there_is_a_period, OPEN },
        { "what fails is tried again, later each time",
          failure_is_tried_again_later_each_time, OPEN },
        { "a request counts, even while the job runs",
          request_counts_even_while_it_runs, OPEN },
        { "what was interrupted runs again", interrupted_jobs_run_again, OPEN },
        { "a clock that is put back stops nothing",
          clock_that_is_put_back_stops_nothing, OPEN },
        { "nothing begins when it shall end", nothing_begins_when_it_shall_end,
          OPEN },
        { "SRV-7: a clean-up can be ended between its pieces",
          clean_up_stops_between_pieces, OPEN },
        { "jobs of other versions go", jobs_of_other_versions_go, OPEN },
        { "one daemon only", one_daemon_only, OPEN },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
