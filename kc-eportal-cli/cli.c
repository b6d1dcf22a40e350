/* What every command needs: see cli.h. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <eportal/status.h>

#include "actor.h"
#include "cli.h"
#include "identity.h"


static void
say(const char *prefix, const char *fmt, va_list list)
{
    char text[1024];

    vsnprintf(text, sizeof(text), fmt, list);
    for (char *p = text; *p != '\0'; p++) {
        if ((unsigned char) *p < 0x20 || *p == 0x7f) {
            *p = '?';
        }
    }
    fprintf(stderr, "kc.eportal: %s%s\n", prefix, text);
}


void
cli_warn(const char *fmt, ...)
{
    va_list list;

    va_start(list, fmt);
    say("warning: ", fmt, list);
    va_end(list);
}


void
cli_note(const char *fmt, ...)
{
    va_list list;

    va_start(list, fmt);
    say("", fmt, list);
    va_end(list);
}


void
cli_config_log(void *ctx, ep_log_level_t level, const char *logger,
               const char *msg)
{
    if (level >= EP_LOG_WARNING) {
        cli_warn("%s", msg);
    }
}


/* "K04082020_1 was enabled in main", which it was not. */
static bool
tell_tried(const char *logger, const char *msg)
{
    const char *was = strstr(msg, " was ");

    if (was == NULL || strcmp(logger, "eportal.patches") != 0) {
        return false;
    }
    printf("%.*s would be %s\n", (int) (was - msg), msg,
           was + sizeof(" was ") - 1);
    return true;
}


/* "2021-12-02 01:25:06,555 - eportal.patches - INFO - ...": the form that
 * scripts around this command have always read (CLI-12). */
void
cli_log_line(void *ctx, ep_log_level_t level, const char *logger,
             const char *msg)
{
    static const char *const names[] = { "DEBUG", "INFO", "WARNING", "ERROR" };
    cli_t *cli = ctx;
    char when[32] = "";
    struct timeval now;
    struct tm tm;

    if (level == EP_LOG_DEBUG || (cli->dry_run && tell_tried(logger, msg))) {
        return;
    }
    gettimeofday(&now, NULL);
    if (localtime_r(&now.tv_sec, &tm) != NULL) {
        strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
    }
    progress_clear(&cli->progress);
    fprintf(stderr, "%s,%03d - %s - %s - %s\n", when,
            (int) (now.tv_usec / 1000), logger, names[level], msg);
}


ep_rc_t
cli_config(cli_t *cli, ep_err_t *err)
{
    if (cli->cfg != NULL) {
        return EP_OK;
    }
    return ep_config_load(cli->config_path, (const char *const *) environ,
                          cli_config_log, NULL, &cli->cfg, err);
}


/* What this command asks of others goes unverified. That they are verified
 * again is the daemon's to say: a command's environment is its own. */
static void
record_unverified(cli_t *cli)
{
    ep_err_t error = { 0 };

    if (!ep_config_bool(cli->cfg, EP_HTTPS_VERIFY)
        && ep_verify_record(cli->portal, &error) != EP_OK)
    {
        cli_warn("HTTPS_VERIFY is not in the audit log: %s", error.msg);
    }
}


ep_rc_t
cli_open(cli_t *cli, ep_err_t *err)
{
    ep_rc_t rc = cli_config(cli, err);

    if (rc == EP_OK) {
        rc = identity_take(cli->cfg, err);
    }
    if (rc == EP_OK) {
        rc = ep_portal_open(cli->cfg, EP_OPEN_WRITE, &cli->portal, err);
    }
    if (rc == EP_OK) {
        ep_portal_set_log(cli->portal, cli_log_line, cli);
        actor_set(cli->portal);
        record_unverified(cli);
    }
    return rc;
}


void
cli_close(cli_t *cli)
{
    progress_clear(&cli->progress);
    ep_portal_close(cli->portal);
    ep_config_unref(cli->cfg);
    ep_arena_free(cli->arena);
}


bool
cli_dry_run(cli_t *cli, const args_t *args, size_t option)
{
    const char *value = getenv("DRY_RUN");

    cli->dry_run =
        args_has(args, option)
        || (value != NULL && value[0] != '\0' && strcmp(value, "0") != 0);
    return cli->dry_run;
}


ep_rc_t
cli_begin(cli_t *cli, ep_err_t *err)
{
    return ep_portal_write_begin(cli->portal, true, err);
}


ep_rc_t
cli_end(cli_t *cli, ep_rc_t rc, ep_err_t *err)
{
    if (rc == EP_OK && !cli->dry_run) {
        return ep_portal_write_commit(cli->portal, err);
    }
    ep_portal_write_rollback(cli->portal);
    return rc;
}
