/* kc.eportal: the administrator's command. See commands.c for what it can
 * do; this file starts it, and turns its error into words and a number. */

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "actor.h"
#include "cli.h"


/* Text is UTF-8 everywhere: where the environment says nothing (cron, ssh),
 * tables must not print it as escapes. */
static void
set_locale(void)
{
    setlocale(LC_CTYPE, "");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
        setlocale(LC_CTYPE, "C.UTF-8");
    }
}


static void
print_error(const cli_t *cli, const ep_err_t *error)
{
    const char *name = cli->command != NULL ? cli->command->name : "";

    if (strcmp(error->code, "usage") != 0) {
        cli_note("%s", error->msg);
        return;
    }
    if (cli->command != NULL) {
        help_usage(cli->command, stderr);
    }
    fprintf(stderr, "kc.eportal%s%s: error: %s\n", name[0] != '\0' ? " " : "",
            name, error->msg);
}


/* What was printed must have arrived: a full disk is an error. */
static ep_rc_t
flush(ep_err_t *err)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        return ep_err_errno(err, "output", "cannot write the output");
    }
    return EP_OK;
}


int
main(int argc, char **argv)
{
    cli_t cli = { 0 };
    ep_err_t error = { 0 };
    ep_rc_t rc;

    actor_find();
    set_locale();
    tzset();
    umask(0007); /* the group of the data directory is nginx's workers */
    cli.arena = ep_arena_new();
    if (cli.arena == NULL) {
        rc = ep_err_set(&error, EP_ENOMEM, "no-memory", "out of memory");
    } else {
        rc = cli_run(&cli, argc, argv, &error);
    }
    if (rc == EP_OK) {
        rc = flush(&error);
    }
    if (rc != EP_OK) {
        fflush(stdout);
        print_error(&cli, &error);
    }
    cli_close(&cli);
    return rc == EP_OK ? cli.status : ep_rc_exit_code(rc);
}
