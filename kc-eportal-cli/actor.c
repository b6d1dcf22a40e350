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
