/* kc.eportal config: every setting, its value and where it comes from. */

#include "cli.h"

#define VALUE_SIZE 4096

static const column_t columns[] = { { "NAME", "name", COLUMN_TEXT },
                                    { "VALUE", "value", COLUMN_TEXT },
                                    { "ORIGIN", "origin", COLUMN_TEXT } };


static void
add_setting(const cli_t *cli, ep_setting_t setting, table_t *table)
{
    char value[VALUE_SIZE];

    ep_config_show(cli->cfg, setting, value, sizeof(value));
    table_row(table);
    table_text(table, ep_str(ep_setting_info(setting)->name));
    table_text(table, ep_str(value));
    table_text(table, ep_str(ep_config_origin(cli->cfg, setting)));
}


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    table_t *table;
    ep_rc_t rc = cli_config(cli, err);

    if (rc != EP_OK) {
        return rc;
    }
    table = table_new("settings", columns, EP_ARRAY_LEN(columns), cli->json);
    if (table == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    for (int i = 0; i < EP_SETTING_COUNT; i++) {
        add_setting(cli, (ep_setting_t) i, table);
    }
    rc = table_print(table, err);
    table_free(table);
    return rc;
}


const spec_t config_spec = {
    .summary = "show the settings and where they come from",
    .description = "show every setting, its value and where it comes from; "
                   "secrets are masked",
    .lists = true,
    .run = run,
};
