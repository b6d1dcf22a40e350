/*
 * /metrics in Prometheus' text format 0.0.4 (W-1): the fleet, the jobs, the
 * disk and the database as they are, and what the workers have counted since
 * nginx started. Label values are names that were checked when they were
 * made: no quotes, no backslashes.
 */

#include <stdarg.h>
#include <stdio.h>

#include <eportal/job.h>
#include <eportal/server_list.h>
#include <eportal/status.h>

#include "http/private.h"

#define METRICS_MAX ((size_t) 4 * 1024 * 1024)

typedef struct {
    ep_call_t *call;
    ep_buf_t buf;
    ep_rc_t rc;
} metrics_t;


static void __attribute__((format(printf, 2, 3)))
put(metrics_t *m, const char *fmt, ...)
{
    char line[512];
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    if (m->rc == EP_OK) {
        m->rc = n > 0 && (size_t) n < sizeof(line)
                    ? ep_buf_add(&m->buf, line, (size_t) n)
                    : EP_ELIMIT;
    }
}


static void
head(metrics_t *m, const char *name, const char *type, const char *help)
{
    put(m, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}


static void
gauge(metrics_t *m, const char *name, int64_t value, const char *help)
{
    head(m, name, "gauge", help);
    put(m, "%s %lld\n", name, (long long) value);
}


static void
counter(metrics_t *m, const char *name, uint64_t value, const char *help)
{
    head(m, name, "counter", help);
    put(m, "%s %llu\n", name, (unsigned long long) value);
}


/* ---- the fleet ---- */

static void
put_groups(metrics_t *m, const char *name, const char *label,
           const ep_groups_t *groups)
{
    head(m, name, "gauge", "Servers by whether they checked in within 48 h.");
    for (size_t i = 0; i < groups->n; i++) {
        const ep_group_t *g = &groups->row[i];

        put(m, "%s{%s=\"%.*s\",state=\"active\"} %lld\n", name, label,
            EP_STR_ARG(g->name), (long long) g->active);
        put(m, "%s{%s=\"%.*s\",state=\"silent\"} %lld\n", name, label,
            EP_STR_ARG(g->name), (long long) (g->total - g->active));
    }
}


static ep_rc_t
put_fleet(metrics_t *m, ep_err_t *err)
{
    ep_server_filter_t all = { .key = EP_STR_NULL };
    ep_call_t *call = m->call;
    ep_selection_t *selection;
    ep_server_stats_t s;
    ep_rc_t rc =
        ep_selection_make(call->portal, &all, call->arena, &selection, err);

    if (rc == EP_OK) {
        rc = ep_selection_stats(call->portal, selection, call->arena, &s, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    head(m, "eportal_servers", "gauge", "Registered servers by state.");
    put(m, "eportal_servers{state=\"active\"} %lld\n", (long long) s.active);
    put(m, "eportal_servers{state=\"silent\"} %lld\n", (long long) s.silent);
    put(m, "eportal_servers{state=\"never\"} %lld\n", (long long) s.never);
    head(m, "eportal_servers_patched", "gauge",
         "Servers by whether they run their feed's patch level.");
    put(m, "eportal_servers_patched{state=\"current\"} %lld\n",
        (long long) s.current);
    put(m, "eportal_servers_patched{state=\"outdated\"} %lld\n",
        (long long) s.outdated);
    put(m, "eportal_servers_patched{state=\"unsupported\"} %lld\n",
        (long long) s.unsupported);
    put_groups(m, "eportal_feed_servers", "feed", &s.feeds);
    return EP_OK;
}


/* ---- jobs, disk, database ---- */

/* Each family's lines must stand together: one list each. */
typedef struct {
    metrics_t *m;
    int family;
} family_t;


static ep_rc_t
put_family(const ep_job_t *job, void *ctx, ep_err_t *err)
{
    family_t *f = ctx;

    (void) err;
    if (f->family == 0) {
        put(f->m, "eportal_job_failures{job=\"%s\"} %lld\n", job->name,
            (long long) job->failures);
    } else if (f->family == 1) {
        put(f->m, "eportal_job_last_end_seconds{job=\"%s\"} %lld\n", job->name,
            (long long) (job->ended / 1000000));
    } else if (job->started > 0 && job->ended >= job->started) {
        put(f->m, "eportal_job_duration_seconds{job=\"%s\"} %.6f\n", job->name,
            (double) (job->ended - job->started) / 1e6);
    }
    return EP_OK;
}


static ep_rc_t
put_jobs(metrics_t *m, ep_err_t *err)
{
    static const char *const names[][2] = {
        { "eportal_job_failures", "Failures in a row of a daemon's job." },
        { "eportal_job_last_end_seconds",
          "When a job ended last, in seconds of UTC; 0: never." },
        { "eportal_job_duration_seconds", "How long its last run took." }
    };
    ep_rc_t rc = EP_OK;

    for (int i = 0; i < 3 && rc == EP_OK; i++) {
        family_t family = { m, i };

        head(m, names[i][0], "gauge", names[i][1]);
        rc = ep_job_list(m->call->portal, put_family, &family, err);
    }
    return rc;
}


static void
put_disk(metrics_t *m, const char *dir, const char *name)
{
    ep_disk_t disk;

    if (ep_status_disk(dir, &disk, NULL) == EP_OK) {
        put(m, "eportal_disk_bytes{of=\"%s\",state=\"free\"} %llu\n", name,
            (unsigned long long) disk.free);
        put(m, "eportal_disk_bytes{of=\"%s\",state=\"used\"} %llu\n", name,
            (unsigned long long) (disk.size - disk.free));
    }
}


static ep_rc_t
put_machine(metrics_t *m, ep_err_t *err)
{
    const ep_config_t *cfg = m->call->cfg;
    ep_status_t s;
    ep_rc_t rc = ep_status_get(m->call->portal, &s, err);

    if (rc != EP_OK) {
        return rc;
    }
    gauge(m, "eportal_daemon_up", s.daemon, "Whether the daemon is running.");
    gauge(m, "eportal_patchsets_missing", s.missing,
          "Patchsets that are wanted and not downloaded yet.");
    gauge(m, "eportal_cache_files", s.cache.files,
          "Files in the cache when the job cache-expire counted them last.");
    gauge(m, "eportal_cache_bytes", s.cache.bytes,
          "What they took of the disk then.");
    gauge(m, "eportal_source_last_poll_seconds", s.last_poll / 1000000,
          "When the patch source was asked last, in seconds of UTC.");
    head(m, "eportal_disk_bytes", "gauge", "Disks of the data.");
    put_disk(m, ep_config_base_dir(cfg), "data");
    put_disk(m, ep_config_patches_dir(cfg), "patches");
    gauge(m, "eportal_database_bytes",
          (int64_t) ep_status_file(cfg, "eportal.sqlite"),
          "Size of the database.");
    gauge(m, "eportal_wal_bytes",
          (int64_t) ep_status_file(cfg, "eportal.sqlite-wal"),
          "Size of its write-ahead log.");
    counter(m, "eportal_undecodable_tokens_total",
            (uint64_t) s.strays.undecodable,
            "Agents' tokens that nobody could understand.");
    counter(m, "eportal_unknown_servers_total", (uint64_t) s.strays.unknown,
            "Agents' requests that name no registered server.");
    return EP_OK;
}


/* ---- what workers counted ---- */

static void
put_requests(metrics_t *m, const ep_http_counters_t *c)
{
    static const char *const classes[] = { "other", "1xx", "2xx",
                                           "3xx",   "4xx", "5xx" };

    head(m, "eportal_requests_total", "counter",
         "Requests by route and class of status since nginx started.");
    for (size_t r = 0; r <= ep_route_count(); r++) {
        const char *name = r == 0 ? "none" : ep_route_info(r - 1).name;

        for (size_t k = 0; k < EP_ARRAY_LEN(classes); k++) {
            if (c->requests[r][k] > 0) {
                put(m,
                    "eportal_requests_total{route=\"%s\",status=\"%s\"} %llu\n",
                    name, classes[k], (unsigned long long) c->requests[r][k]);
            }
        }
    }
}


static void
put_commits(metrics_t *m, const ep_http_counters_t *c)
{
    uint64_t sum = 0;

    head(m, "eportal_commit_seconds", "histogram",
         "How long batches of writes took.");
    for (size_t i = 0; i < EP_COMMIT_BUCKETS; i++) {
        sum += c->commits[i];
        put(m, "eportal_commit_seconds_bucket{le=\"%g\"} %llu\n",
            (double) ep_commit_bounds[i] / 1e6, (unsigned long long) sum);
    }
    sum += c->commits[EP_COMMIT_BUCKETS];
    put(m, "eportal_commit_seconds_bucket{le=\"+Inf\"} %llu\n",
        (unsigned long long) sum);
    put(m, "eportal_commit_seconds_sum %.6f\n", (double) c->commit_us / 1e6);
    put(m, "eportal_commit_seconds_count %llu\n", (unsigned long long) sum);
}


static void
put_workers(metrics_t *m, const ep_http_counters_t *c)
{
    put_requests(m, c);
    put_commits(m, c);
    counter(m, "eportal_checkins_total", c->checkins,
            "Check-ins that were taken.");
    counter(m, "eportal_checkins_dropped_total", c->checkins_dropped,
            "Check-ins that were dropped because too many waited.");
    counter(m, "eportal_reads_in_threads_total", c->reads_in_threads,
            "Requests of agents that the event loop left to a thread.");
    counter(m, "eportal_cache_hits_total", c->cache_hits,
            "Files that were sent from the cache.");
    counter(m, "eportal_cache_fetches_total", c->cache_fetches,
            "Files that were fetched from the patch source into it.");
    counter(m, "eportal_cache_failures_total", c->cache_failures,
            "Files that could not be fetched.");
    head(m, "eportal_queue", "gauge", "Requests that wait for a thread.");
    for (size_t i = 0; i < EP_POOL_COUNT; i++) {
        put(m, "eportal_queue{pool=\"%s\"} %lld\n", ep_pool_names[i],
            (long long) c->queued[i]);
    }
    put(m, "eportal_queue{pool=\"commit\"} %lld\n",
        (long long) c->queued[EP_POOL_COUNT]);
}


ep_rc_t
ep_api_metrics(ep_call_t *call, ep_err_t *err)
{
    metrics_t m = { .call = call };
    ep_rc_t rc;

    ep_buf_init(&m.buf, METRICS_MAX);
    rc = put_fleet(&m, err);
    if (rc == EP_OK) {
        rc = put_jobs(&m, err);
    }
    if (rc == EP_OK) {
        rc = put_machine(&m, err);
    }
    if (rc == EP_OK && call->request->counters != NULL) {
        put_workers(&m, call->request->counters);
    }
    if (rc == EP_OK && m.rc != EP_OK) {
        rc = ep_err_set(err, m.rc, "metrics", "the metrics are too many");
    }
    if (rc == EP_OK) {
        rc = ep_answer_buffer(call, &m.buf, err);
    } else {
        ep_buf_free(&m.buf);
    }
    if (rc == EP_OK) {
        ep_answer_text(call, 200, ep_buf_str(&m.buf));
        call->response->content_type = "text/plain; version=0.0.4; "
                                       "charset=utf-8";
    }
    return rc;
}
