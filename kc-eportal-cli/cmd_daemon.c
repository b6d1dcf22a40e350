/*
 * kc.eportal daemon: the process of eportal.service.
 *
 * The main thread waits for signals and watches the configuration; a second
 * one runs the jobs, with a connection of its own. So a signal is answered at
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

#include "cli.h"
#include "identity.h"

#define END_WAIT 8      /* seconds for a job to reach a safe point */
#define QUIET_MAX 3600  /* seconds without a sign of a job: it hangs */
#define TROUBLE_PAUSE 5 /* ticks between two tries to open the database */
#define TROUBLE_SIZE 512

static const char logger[] = "eportal.daemon";

typedef struct {
    cli_t *cli; /* its configuration is the main thread's */
    pthread_t thread;
    sem_t wake; /* posted once a second */
    atomic_bool stop;
    atomic_llong heard; /* monotonic seconds of the last sign of life */
    pthread_mutex_t lock;
    ep_config_t *fresh; /* under lock: for the jobs from now on, or NULL */
    char config_trouble[TROUBLE_SIZE];
    /* Of the thread of the jobs. */
    ep_portal_t *portal;
    bool started;
    unsigned pause;
    char trouble[TROUBLE_SIZE];
} daemon_t;


static void note(daemon_t *d, ep_log_level_t level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));


static void
note(daemon_t *d, ep_log_level_t level, const char *fmt, ...)
{
    char line[1024];
    va_list list;

    va_start(list, fmt);
    vsnprintf(line, sizeof(line), fmt, list);
    va_end(list);
    cli_log_line(d->cli, level, logger, line);
}


/* Say what is wrong once, not once a second. */
static void
complain(daemon_t *d, char last[TROUBLE_SIZE], const char *text)
{
    if (strcmp(last, text) != 0) {
        note(d, EP_LOG_ERROR, "%s", text);
        snprintf(last, TROUBLE_SIZE, "%s", text);
    }
}


static long long
monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}


/* ---- the thread of the jobs ---- */

static bool
is_stopping(void *ctx)
{
    daemon_t *d = ctx;

    atomic_store(&d->heard, monotonic());
    return atomic_load(&d->stop);
}


static ep_config_t *
take_fresh(daemon_t *d)
{
    ep_config_t *cfg;

    pthread_mutex_lock(&d->lock);
    cfg = d->fresh;
    d->fresh = NULL;
    pthread_mutex_unlock(&d->lock);
    return cfg;
}


/* A connection, with the newest configuration. */
static ep_rc_t
refresh(daemon_t *d, ep_err_t *err)
{
    ep_config_t *cfg = take_fresh(d);
    ep_rc_t rc = EP_OK;

    if (cfg == NULL) {
        return EP_OK;
    }
    if (d->portal == NULL) {
        rc = ep_portal_open(cfg, EP_OPEN_WRITE, &d->portal, err);
    } else {
        ep_portal_set_config(d->portal, cfg);
    }
    if (rc == EP_OK) {
        ep_portal_set_log(d->portal, cli_log_line, d->cli);
        rc = ep_jobs_prepare(d->portal, !d->started, err);
    }
    if (rc == EP_OK) {
        d->started = true;
        ep_config_unref(cfg);
        return EP_OK;
    }
    /* Again with the same one, unless there is a newer one by then. */
    pthread_mutex_lock(&d->lock);
    if (d->fresh == NULL) {
        d->fresh = cfg;
        cfg = NULL;
    }
    pthread_mutex_unlock(&d->lock);
    ep_config_unref(cfg);
    return rc;
}


/* After trouble with the database: another connection, a little later. */
static void
start_over(daemon_t *d, const ep_err_t *error)
{
    complain(d, d->trouble, error->msg);
    d->pause = TROUBLE_PAUSE;
    if (d->portal == NULL) {
        return;
    }
    pthread_mutex_lock(&d->lock);
    if (d->fresh == NULL) {
        d->fresh = ep_config_ref(ep_portal_config(d->portal));
    }
    pthread_mutex_unlock(&d->lock);
    ep_portal_close(d->portal);
    d->portal = NULL;
}


static void
tick(daemon_t *d)
{
    ep_err_t error = { 0 };
    ep_rc_t rc;

    if (d->pause > 0) {
        d->pause--;
        return;
    }
    rc = refresh(d, &error);
    if (rc == EP_OK) {
        rc = ep_jobs_run(d->portal, is_stopping, d, &error);
    }
    if (rc != EP_OK) {
        start_over(d, &error);
    } else if (d->trouble[0] != '\0') {
        note(d, EP_LOG_INFO, "the database can be used again");
        d->trouble[0] = '\0';
    }
}


static void *
work(void *arg)
{
    daemon_t *d = arg;

    while (!is_stopping(d)) {
        tick(d);
        while (sem_wait(&d->wake) != 0 && errno == EINTR) {
            continue;
        }
    }
    ep_portal_close(d->portal);
    return NULL;
}


/* ---- the main thread ---- */

/* Wait for END_WAIT seconds; what is still running then is left behind. */
static void
end_jobs(daemon_t *d)
{
    struct timespec until;

    atomic_store(&d->stop, true);
    sem_post(&d->wake);
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += END_WAIT;
    if (pthread_timedjoin_np(d->thread, NULL, &until) == 0) {
        return;
    }
    note(d, EP_LOG_WARNING,
         "a job did not come to an end in %d s: it is left, and done again "
         "after the next start",
         END_WAIT);
    fflush(NULL);
    _exit(0);
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
        note(d, EP_LOG_ERROR, "%s", error.msg);
    }
}


static void
hand_over(daemon_t *d)
{
    pthread_mutex_lock(&d->lock);
    ep_config_unref(d->fresh);
    d->fresh = ep_config_ref(d->cli->cfg);
    pthread_mutex_unlock(&d->lock);
}


/* Take the configuration as it is on disk now; the old one stays when it
 * cannot be read, or says that the data is elsewhere. */
static void
read_again(daemon_t *d)
{
    bool known = d->config_trouble[0] != '\0';
    ep_config_t *cfg = NULL;
    ep_err_t error = { 0 };

    if (ep_config_load(d->cli->config_path, (const char *const *) environ,
                       known ? NULL : cli_config_log, NULL, &cfg, &error)
        != EP_OK)
    {
        complain(d, d->config_trouble, error.msg);
        return;
    }
    if (strcmp(ep_config_base_dir(cfg), ep_config_base_dir(d->cli->cfg)) != 0) {
        ep_config_unref(cfg);
        complain(d, d->config_trouble,
                 "BASE_DIR is another one now: restart the daemon to use it");
        return;
    }
    d->config_trouble[0] = '\0';
    ep_config_unref(d->cli->cfg);
    d->cli->cfg = cfg;
    save_environment(d);
    hand_over(d);
    note(d, EP_LOG_INFO, "the configuration was read again");
}


static void
watch(daemon_t *d, bool watchdog)
{
    int waiting = 0;

    if (ep_config_changed(d->cli->cfg)) {
        read_again(d);
    }
    sem_getvalue(&d->wake, &waiting);
    if (waiting == 0) {
        sem_post(&d->wake);
    }
    if (watchdog && monotonic() - atomic_load(&d->heard) < QUIET_MAX) {
        sd_notify(0, "WATCHDOG=1");
    }
}


/* Until a signal says that it is enough. */
static void
serve(daemon_t *d, const sigset_t *signals)
{
    const struct timespec second = { 1, 0 };
    bool watchdog = sd_watchdog_enabled(0, NULL) > 0;
    int number;

    for (;;) {
        number = sigtimedwait(signals, NULL, &second);
        if (number == SIGTERM || number == SIGINT) {
            break;
        }
        if (number == SIGHUP) {
            d->config_trouble[0] = '\0'; /* say it again */
            sd_notify(0, "RELOADING=1");
            read_again(d);
            sd_notify(0, "READY=1");
        }
        watch(d, watchdog);
    }
    sd_notify(0, "STOPPING=1");
    note(d, EP_LOG_INFO, "stopping");
    end_jobs(d);
}


static ep_rc_t
run_daemon(daemon_t *d, ep_err_t *err)
{
    sigset_t signals;
    int failed;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    atomic_store(&d->heard, monotonic());
    save_environment(d);
    hand_over(d);
    failed = pthread_create(&d->thread, NULL, work, d);
    if (failed != 0) {
        errno = failed;
        return ep_err_errno(err, "thread", "cannot start a thread");
    }
    note(d, EP_LOG_INFO, "started for %s", ep_config_base_dir(d->cli->cfg));
    sd_notify(0, "READY=1");
    serve(d, &signals);
    note(d, EP_LOG_INFO, "stopped");
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
            note(&d, EP_LOG_INFO, "schema %d became %d", from, to);
        }
        pthread_mutex_init(&d.lock, NULL);
        sem_init(&d.wake, 0, 0);
        rc = run_daemon(&d, err);
        ep_config_unref(d.fresh);
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
