/*
 * One run of kc.eportal: what the commands share. Only this directory
 * prints; the library below knows neither argv nor stdout.
 */

#ifndef CLI_H
#define CLI_H

#include <eportal/arena.h>
#include <eportal/config.h>
#include <eportal/portal.h>

#include "args.h"
#include "progress.h"
#include "table.h"

struct cli {
    ep_arena_t *arena;
    const char *config_path; /* --config; NULL: the usual places */
    bool json;
    const command_t *command; /* that is running: errors show its usage */
    ep_config_t *cfg;         /* NULL until cli_config */
    ep_portal_t *portal;      /* NULL until cli_open */
    progress_t progress;
    bool dry_run; /* nothing is done in the end; see cli_dry_run */
    int status;   /* to exit with when nothing failed */
};

/* Load the configuration, once. Unknown settings are warned about. */
ep_rc_t cli_config(cli_t *cli, ep_err_t *err);
/* Configuration, identity of the data directory's owner, database. */
ep_rc_t cli_open(cli_t *cli, ep_err_t *err);
void cli_close(cli_t *cli);

/* A durable write transaction, and its end: commit when rc is EP_OK and this
 * is no dry run, otherwise roll back and pass rc on. */
ep_rc_t cli_begin(cli_t *cli, ep_err_t *err);
ep_rc_t cli_end(cli_t *cli, ep_rc_t rc, ep_err_t *err);

/* Whether nothing may be changed: the command's --dry-run, or DRY_RUN=1 in
 * the environment (CLI-16). What the library then logs as done is printed as
 * what would be. */
bool cli_dry_run(cli_t *cli, const args_t *args, size_t option);

/* "kc.eportal: warning: ..." and "kc.eportal: ..." on stderr. Control
 * characters of what outsiders wrote are masked. */
void cli_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cli_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Log functions, for the portal (ctx: the cli_t; a line on stderr in the form
 * of the log) and for the configuration (warnings on stderr). */
void cli_log_line(void *ctx, ep_log_level_t level, const char *logger,
                  const char *msg);
void cli_config_log(void *ctx, ep_log_level_t level, const char *logger,
                    const char *msg);

/* cmd_migrate.c: the row of the audit log that tells of a new schema. */
void migrate_record(cli_t *cli, int from, int to);

/* commands.c: run a command line, argv[0] being skipped; all of old flags
 * and new commands end here. */
ep_rc_t cli_run(cli_t *cli, int argc, char **argv, ep_err_t *err);

/* One line each, to be run with the parsed command line. */
extern const spec_t config_spec;
extern const spec_t migrate_spec;
extern const spec_t routes_spec;
extern const spec_t status_spec;
extern const spec_t daemon_spec;
extern const spec_t audit_spec;
extern const spec_t jobs_spec;
extern const spec_t jobs_run_spec;
extern const spec_t throttle_spec;
extern const spec_t throttle_clear_spec;
extern const spec_t doctor_spec;
extern const spec_t sync_nginx_spec;
extern const spec_t user_spec;
extern const spec_t key_spec;
extern const spec_t feed_spec;
extern const spec_t server_spec;
extern const spec_t server_clean_spec;
extern const spec_t deploy_spec;
extern const spec_t unroll_spec;
extern const spec_t list_spec;
extern const spec_t enable_spec;
extern const spec_t disable_spec;
extern const spec_t enable_upto_spec;
extern const spec_t undeploy_downto_spec;
extern const spec_t update_spec;
extern const spec_t auto_update_spec;
extern const spec_t download_missing_spec;
extern const spec_t cache_mode_spec;
extern const spec_t source_publish_spec;
extern const spec_t source_set_spec;
extern const spec_t source_check_spec;
extern const spec_t directory_set_spec;
extern const spec_t directory_test_spec;
extern const spec_t legacy_spec;

#endif
