/* kc.eportal throttle: who has to wait after bad logins, and forgetting it
 * (W-12). */

#include <inttypes.h>
#include <stdio.h>

#include <eportal/throttle.h>

#include "cli.h"

static const column_t columns[] = { { "KIND", "kind", COLUMN_TEXT },
                                    { "NAME", "name", COLUMN_TEXT },
                                    { "FAILURES", "failures", COLUMN_NUMBER },
                                    { "LAST", "last", COLUMN_TIME },
                                    { "UNTIL", "until", COLUMN_TIME } };


static ep_rc_t
add_row(const ep_throttle_t *row, void *ctx, ep_err_t *err)
{
    table_t *table = ctx;

    table_row(table);
    table_text(table, ep_str(ep_throttle_kinds[row->kind]));
    table_text(table, ep_str(row->name));
    table_number(table, row->failures);
    table_time(table, row->last);
    table_time(table, row->until);
    return EP_OK;
}


static ep_rc_t
run_list(cli_t *cli, const args_t *args, ep_err_t *err)
{
    table_t *table;
    ep_rc_t rc = cli_open(cli, err);

    if (rc != EP_OK) {
        return rc;
    }
    table = table_new("throttle", columns, EP_ARRAY_LEN(columns), cli->json);
    if (table == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    rc = ep_throttle_list(cli->portal, add_row, table, err);
    if (rc == EP_OK) {
        rc = table_print(table, err);
    }
    table_free(table);
    return rc;
}


static ep_rc_t
run_clear(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_str_t name = args_operand(args);
    int64_t cleared = 0;
    ep_rc_t rc = cli_open(cli, err);

    if (rc == EP_OK) {
        rc = cli_begin(cli, err);
    }
    if (rc == EP_OK) {
        rc = cli_end(cli, ep_throttle_clear(cli->portal, name, &cleared, err),
                     err);
    }
    if (rc == EP_OK) {
        printf("Forgot the failures of %" PRId64 "\n", cleared);
    }
    return rc;
}


const spec_t throttle_spec = {
    .summary = "list who has to wait after bad logins",
    .description = "list the addresses, accounts and senders of API tokens "
                   "whose logins failed within the last hour, and until when "
                   "they are not heard",
    .lists = true,
    .run = run_list,
};

const spec_t throttle_clear_spec = {
    .summary = "let somebody log in again at once",
    .description = "forget the failed logins of a user or an address; without "
                   "a name, all of them",
    .operand = "name",
    .operand_help = "user or address, as `kc.eportal throttle` shows it",
    .operands_max = 1,
    .run = run_clear,
    .changes = args_always,
};
