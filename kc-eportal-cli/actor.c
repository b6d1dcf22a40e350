/* Who runs kc.eportal: see actor.h. */

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "actor.h"

#define NAME_MAX_BYTES 128

static char who[NAME_MAX_BYTES + 1] = "?";
static const char *via = "cli";


/* Only root's environment is believed: anybody else would say what he
 * likes. */
void
actor_find(void)
{
    const char *sudo = getuid() == 0 ? getenv("SUDO_USER") : NULL;
    const struct passwd *user = NULL;

    if (sudo == NULL || sudo[0] == '\0') {
        user = getpwuid(getuid());
        sudo = user != NULL ? user->pw_name : NULL;
    }
    if (sudo != NULL) {
        snprintf(who, sizeof(who), "%s", sudo);
    } else {
        snprintf(who, sizeof(who), "uid %ld", (long) getuid());
    }
}


void
actor_set(ep_portal_t *portal)
{
    ep_actor_t actor = { .name = ep_str(who), .via = via };

    ep_audit_actor(portal, &actor);
}


void
actor_is_daemon(void)
{
    snprintf(who, sizeof(who), "daemon");
    via = "daemon";
}


void
actor_record(cli_t *cli, const char *action, ep_str_t object,
             const ep_audit_value_t *values)
{
    ep_err_t error = { 0 };
    ep_rc_t rc = cli->portal == NULL ? cli_open(cli, &error) : EP_OK;

    if (rc == EP_OK) {
        rc = ep_audit_done(cli->portal, action, object, values, &error);
    }
    if (rc != EP_OK && strcmp(error.code, "no-database") != 0) {
        cli_warn("%s is not in the audit log: %s", action, error.msg);
    }
}


/* "cli.kcare.enable" of "kcare enable". */
static void
name_action(const char *command, char *out, size_t size)
{
    snprintf(out, size, "cli.%s",
             command[0] != '\0' ? command : "clean-releases");
    for (char *p = out; *p != '\0'; p++) {
        if (*p == ' ') {
            *p = '.';
        }
    }
}


void
actor_failed(cli_t *cli, const char *command, ep_str_t object,
             const char *result)
{
    ep_actor_t actor = { .name = ep_str(who), .via = via };
    char action[64];

    /* Without a database there is no log either, and why is told already. */
    if (cli->portal != NULL || cli_open(cli, NULL) == EP_OK) {
        name_action(command, action, sizeof(action));
        ep_audit_result(cli->portal, &actor, action, object, result);
    }
}
