/*
 * kc.eportal daemon: the process of eportal.service.
 *
 * The main thread waits for signals and watches the configuration; each lane
 * of jobs has a thread and a connection of its own. So a signal is answered at
 * once, however long a job takes: what a job does is all or nothing, and one
 * that does not come to a safe point in time is left behind like by a kill.
 */

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include <eportal/daemon.h>
#include <eportal/status.h>

#include "actor.h"
#include "cli.h"
#include "identity.h"

#define END_WAIT 8      /* seconds for a job to reach a safe point */
#define QUIET_MAX 3600  /* seconds without a sign of a job: it hangs */
#define TROUBLE_PAUSE 5 /* ticks between two tries to open the database */
#define TROUBLE_SIZE 512

static const char logger[] = "eportal.daemon";

/* What went wrong last, so that it is told once, not once a second. */
typedef struct {
    char text[TROUBLE_SIZE];
} trouble_t;

typedef struct {
    cli_t *cli; /* for the log only */
    ep_lane_t lane;
    pthread_t thread;
    sem_t wake; /* posted once a second */
    atomic_bool stop;
    atomic_llong heard; /* monotonic seconds of the last sign of life */
    pthread_mutex_t lock;
    ep_config_t *fresh; /* under lock: to be used from now on, or NULL */
    /* The thread's own. */
    ep_portal_t *portal;
    bool started;
    unsigned pause;
    trouble_t trouble;
} worker_t;

typedef struct {
    cli_t *cli;
    worker_t workers[EP_LANE_COUNT];
    trouble_t trouble; /* with the configuration */
    int64_t ping_each; /* seconds between signs of life; 0: nobody asks */
    int64_t pinged;    /* monotonic seconds */
} daemon_t;


static void note(cli_t *cli, ep_log_level_t level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));


static void
note(cli_t *cli, ep_log_level_t level, const char *fmt, ...)
{
    char line[1024];
    va_list list;

    va_start(list, fmt);
    vsnprintf(line, sizeof(line), fmt, list);
    va_end(list);
    cli_log_line(cli, level, logger, line);
}


static void
complain(cli_t *cli, trouble_t *trouble, const char *text)
{
    if (strcmp(trouble->text, text) != 0) {
        note(cli, EP_LOG_ERROR, "%s", text);
        snprintf(trouble->text, sizeof(trouble->text), "%s", text);
    }
}


static long long
monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}


/* Give a worker a configuration; an older one that it has not taken yet goes.
 * only_if_none: unless there is one already. */
static void
offer(worker_t *w, ep_config_t *cfg, bool only_if_none)
{
    pthread_mutex_lock(&w->lock);
    if (w->fresh == NULL || !only_if_none) {
        ep_config_unref(w->fresh);
        w->fresh = ep_config_ref(cfg);
    }
    pthread_mutex_unlock(&w->lock);
}


static ep_config_t *
take(worker_t *w)
{
    ep_config_t *cfg;

    pthread_mutex_lock(&w->lock);
    cfg = w->fresh;
    w->fresh = NULL;
    pthread_mutex_unlock(&w->lock);
    return cfg;
}


/* ---- the thread of a lane ---- */

static bool
is_stopping(void *ctx)
{
    worker_t *w = ctx;

    atomic_store(&w->heard, monotonic());
    return atomic_load(&w->stop);
}


/* A connection, with the newest configuration. */
static ep_rc_t
refresh(worker_t *w, ep_err_t *err)
{
    ep_config_t *cfg = take(w);
    ep_rc_t rc = EP_OK;

    if (cfg == NULL) {
        return EP_OK;
    }
    if (w->portal == NULL) {
        rc = ep_portal_open(cfg, EP_OPEN_WRITE, &w->portal, err);
    } else {
        ep_portal_set_config(w->portal, cfg);
    }
    if (rc == EP_OK) {
        ep_portal_set_log(w->portal, cli_log_line, w->cli);
        actor_set(w->portal);
        rc = ep_jobs_prepare(w->portal, w->lane, !w->started, err);
    }
    if (rc == EP_OK) {
        rc = ep_verify_record(w->portal, err);
    }
    if (rc == EP_OK) {
        w->started = true;
    } else {
        offer(w, cfg, true);
    }
    ep_config_unref(cfg);
    return rc;
}


/* After trouble with the database: another connection, a little later. */
static void
start_over(worker_t *w, const ep_err_t *error)
{
    complain(w->cli, &w->trouble, error->msg);
    w->pause = TROUBLE_PAUSE;
    if (w->portal != NULL) {
        offer(w, ep_portal_config(w->portal), true);
        ep_portal_close(w->portal);
        w->portal = NULL;
    }
}


static void
tick(worker_t *w)
{
    ep_err_t error = { 0 };
    ep_rc_t rc;

    if (w->pause > 0) {
        w->pause--;
        return;
    }
    rc = refresh(w, &error);
    if (rc == EP_OK) {
        rc = ep_jobs_run(w->portal, w->lane, is_stopping, w, &error);
    }
    if (rc != EP_OK) {
        start_over(w, &error);
    } else if (w->trouble.text[0] != '\0') {
        note(w->cli, EP_LOG_INFO, "the database can be used again");
        w->trouble.text[0] = '\0';
    }
}


static void *
work(void *arg)
{
    worker_t *w = arg;

    while (!is_stopping(w)) {
        tick(w);
        while (sem_wait(&w->wake) != 0 && errno == EINTR) {
            continue;
        }
    }
    ep_portal_close(w->portal);
    return NULL;
}


static ep_rc_t
start_worker(worker_t *w, cli_t *cli, ep_lane_t lane, ep_err_t *err)
{
    int failed;

    w->cli = cli;
    w->lane = lane;
    atomic_store(&w->heard, monotonic());
    pthread_mutex_init(&w->lock, NULL);
    sem_init(&w->wake, 0, 0);
    offer(w, cli->cfg, false);
    failed = pthread_create(&w->thread, NULL, work, w);
    if (failed != 0) {
        errno = failed;
        return ep_err_errno(err, "thread", "cannot start a thread");
    }
    return EP_OK;
}


static void
wake_worker(worker_t *w)
{
    int waiting = 0;

    sem_getvalue(&w->wake, &waiting);
    if (waiting == 0) {
        sem_post(&w->wake);
    }
}


/* ---- the main thread ---- */

/* Wait for END_WAIT seconds; what is still running then is left behind. */
static void
end_jobs(daemon_t *d)
{
    struct timespec until;

    for (int i = 0; i < EP_LANE_COUNT; i++) {
        atomic_store(&d->workers[i].stop, true);
        sem_post(&d->workers[i].wake);
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += END_WAIT;
    for (int i = 0; i < EP_LANE_COUNT; i++) {
        if (pthread_timedjoin_np(d->workers[i].thread, NULL, &until) != 0) {
            note(d->cli, EP_LOG_WARNING,
                 "a job did not come to an end in %d s: it is left, and done "
                 "again after the next start",
                 END_WAIT);
            fflush(NULL);
            _exit(0);
        }
        ep_config_unref(take(&d->workers[i]));
    }
}


/* Nginx's workers have no environment: they read what is left here. */
static void
save_environment(daemon_t *d)
{
    ep_err_t error = { 0 };

    if (ep_config_save_environment(d->cli->cfg, (const char *const *) environ,
                                   &error)
        != EP_OK)
    {
        note(d->cli, EP_LOG_ERROR, "%s", error.msg);
    }
}


/* Take the configuration as it is on disk now; the old one stays when it
 * cannot be read, or says that the data is elsewhere. */
static void
read_again(daemon_t *d)
{
    bool known = d->trouble.text[0] != '\0';
    ep_config_t *cfg = NULL;
    ep_err_t error = { 0 };

    if (ep_config_load(d->cli->config_path, (const char *const *) environ,
                       known ? NULL : cli_config_log, NULL, &cfg, &error)
        != EP_OK)
    {
        complain(d->cli, &d->trouble, error.msg);
        return;
    }
    if (strcmp(ep_config_base_dir(cfg), ep_config_base_dir(d->cli->cfg)) != 0) {
        ep_config_unref(cfg);
        complain(d->cli, &d->trouble,
                 "BASE_DIR is another one now: restart the daemon to use it");
        return;
    }
    d->trouble.text[0] = '\0';
    ep_config_unref(d->cli->cfg);
    d->cli->cfg = cfg;
    save_environment(d);
    for (int i = 0; i < EP_LANE_COUNT; i++) {
        offer(&d->workers[i], cfg, false);
    }
    note(d->cli, EP_LOG_INFO, "the configuration was read again");
}


/* The watchdog hears of us while all threads show signs of life. */
static void
ping(daemon_t *d)
{
    long long now = monotonic();

    if (d->ping_each == 0 || now - d->pinged < d->ping_each) {
        return;
    }
    for (int i = 0; i < EP_LANE_COUNT; i++) {
        if (now - atomic_load(&d->workers[i].heard) > QUIET_MAX) {
            return;
        }
    }
    sd_notify(0, "WATCHDOG=1");
    d->pinged = now;
}


static void
watch(daemon_t *d)
{
    if (ep_config_changed(d->cli->cfg)) {
        read_again(d);
    }
    for (int i = 0; i < EP_LANE_COUNT; i++) {
        wake_worker(&d->workers[i]);
    }
    ping(d);
}


/* Until a signal says that it is enough. */
static void
serve(daemon_t *d, const sigset_t *signals)
{
    const struct timespec second = { 1, 0 };
    uint64_t watchdog = 0;
    int number;

    if (sd_watchdog_enabled(0, &watchdog) > 0) {
        d->ping_each = (int64_t) (watchdog / 3000000 + 1);
        d->pinged = -d->ping_each;
    }
    for (;;) {
        number = sigtimedwait(signals, NULL, &second);
        if (number == SIGTERM || number == SIGINT) {
            break;
        }
        if (number == SIGHUP) {
            d->trouble.text[0] = '\0'; /* say it again */
            sd_notify(0, "RELOADING=1");
            read_again(d);
            sd_notify(0, "READY=1");
        }
        watch(d);
    }
    sd_notify(0, "STOPPING=1");
    note(d->cli, EP_LOG_INFO, "stopping");
    end_jobs(d);
}


static ep_rc_t
run_daemon(daemon_t *d, ep_err_t *err)
{
    sigset_t signals;
    ep_rc_t rc = EP_OK;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    save_environment(d);
    for (int i = 0; rc == EP_OK && i < EP_LANE_COUNT; i++) {
        rc = start_worker(&d->workers[i], d->cli, (ep_lane_t) i, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    note(d->cli, EP_LOG_INFO, "started for %s",
         ep_config_base_dir(d->cli->cfg));
    sd_notify(0, "READY=1");
    serve(d, &signals);
    note(d->cli, EP_LOG_INFO, "stopped");
    return EP_OK;
}


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    daemon_t d = { .cli = cli };
    int lock = -1;
    int from = 0;
    int to = 0;
    ep_rc_t rc = cli_config(cli, err);

    actor_is_daemon();
    if (rc == EP_OK) {
        rc = identity_make_dirs(cli->cfg, err);
    }
    if (rc == EP_OK) {
        rc = identity_take(cli->cfg, err);
    }
    if (rc == EP_OK) {
        rc = ep_daemon_lock(cli->cfg, &lock, err);
    }
    if (rc == EP_OK) {
        rc = ep_portal_migrate(cli->cfg, &from, &to, err);
    }
    if (rc == EP_OK) {
        if (from != to) {
            note(cli, EP_LOG_INFO, "schema %d became %d", from, to);
            migrate_record(cli, from, to);
        }
        rc = run_daemon(&d, err);
    }
    if (lock >= 0) {
        close(lock);
    }
    return rc;
}


const spec_t daemon_spec = {
    .summary = "do what is to be done by itself (eportal.service)",
    .description = "run the jobs that `kc.eportal jobs` lists until SIGTERM "
                   "comes; SIGHUP reads the configuration again. systemd "
                   "runs it as eportal.service",
    .run = run,
};
