/* kc.eportal migrate: create the data directory, or bring it up to date. */

#include <stdio.h>

#include "actor.h"
#include "cli.h"
#include "identity.h"


void
migrate_record(cli_t *cli, int from, int to)
{
    const ep_audit_value_t values[] = {
        { "from", EP_AUDIT_NUMBER, EP_STR_NULL, from },
        { "to", EP_AUDIT_NUMBER, EP_STR_NULL, to },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    actor_record(cli, "database.migrate", EP_STR_NULL, values);
    ep_portal_close(cli->portal);
    cli->portal = NULL;
}


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    int from;
    int to;
    ep_rc_t rc = cli_config(cli, err);

    if (rc == EP_OK) {
        rc = identity_make_dirs(cli->cfg, err);
    }
    if (rc == EP_OK) {
        rc = identity_take(cli->cfg, err);
    }
    if (rc == EP_OK) {
        rc = ep_portal_migrate(cli->cfg, &from, &to, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (from != to) {
        migrate_record(cli, from, to);
    }
    if (from == to) {
        printf("%s is up to date (schema %d)\n", ep_config_base_dir(cli->cfg),
               to);
    } else if (from == 0) {
        printf("%s was created (schema %d)\n", ep_config_base_dir(cli->cfg),
               to);
    } else {
        printf("%s was migrated from schema %d to %d\n",
               ep_config_base_dir(cli->cfg), from, to);
    }
    return EP_OK;
}


const spec_t migrate_spec = {
    .summary = "create the data directory or bring it up to date",
    .description = "create the data directory and the database, or bring "
                   "them to the form that this version needs; run it after "
                   "every upgrade",
    .run = run,
    .changes = args_always,
};
