/* kc.eportal server: the machines that run an agent. */

#include <stdio.h>

#include <eportal/daemon.h>
#include <eportal/server.h>

#include "cli.h"

#define PAGE 2000 /* servers listed at once */

enum { KEY };

static const option_t options[] = {
    [KEY] = { '\0', "key", "KEY", "only servers of this key", false },
};

enum { INACTIVE };

static const option_t clean_options[] = {
    [INACTIVE] = { '\0', "inactive", NULL,
                   "servers that have not checked in for INACTIVE_SERVER_AGE "
                   "(30 days)",
                   false },
};

static const column_t columns[] = { { "ID", "server_id", COLUMN_TEXT },
                                    { "KEY", "key", COLUMN_TEXT },
                                    { "FEED", "feed", COLUMN_TEXT },
                                    { "HOSTNAME", "hostname", COLUMN_TEXT },
                                    { "IP", "ip", COLUMN_TEXT },
                                    { "EFFECTIVE KERNEL", "euname",
                                      COLUMN_TEXT },
                                    { "LEVEL", "patch_level", COLUMN_NUMBER },
                                    { "TAGS", "tags", COLUMN_TEXT },
                                    { "REGISTERED", "registered", COLUMN_TIME },
                                    { "CHECK-IN", "checkin", COLUMN_TIME } };


typedef struct {
    table_t *table;
    int64_t last; /* the last row's local id */
    int64_t rows; /* of this page */
} page_t;


static ep_rc_t
add_row(const ep_server_t *server, void *ctx, ep_err_t *err)
{
    page_t *page = ctx;
    table_t *table = page->table;
    char ip[EP_ADDR_TEXT];

    page->last = server->id;
    page->rows++;
    ep_addr_format(&server->ip, ip);
    table_row(table);
    table_text(table, server->server_id);
    table_text(table, server->key);
    table_text(table, server->feed);
    table_text(table, server->facts[EP_FACT_HOSTNAME]);
    table_text(table, ep_str(ip));
    table_text(table, server->facts[EP_FACT_EUNAME]);
    table_number(table, server->level);
    table_text(table, server->tags);
    table_time(table, server->registered);
    table_time(table, server->checkin);
    return EP_OK;
}


/* Page by page: neither are a million servers kept in memory, nor does a
 * pager that waits for its reader hold a snapshot of the database. */
static ep_rc_t
fill(cli_t *cli, ep_str_t key, table_t *table, ep_err_t *err)
{
    page_t page = { .table = table };
    ep_rc_t rc;

    do {
        page.rows = 0;
        rc = ep_server_list(cli->portal, key, page.last, PAGE, add_row, &page,
                            err);
        if (rc == EP_OK && page.rows == PAGE) {
            rc = table_print_part(table, err);
        }
    } while (rc == EP_OK && page.rows == PAGE);
    return rc;
}


static ep_rc_t
run_list(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_str_t key = ep_str(args_value(args, KEY));
    table_t *table;
    ep_rc_t rc = cli_open(cli, err);

    if (rc != EP_OK) {
        return rc;
    }
    table = table_new("servers", columns, EP_ARRAY_LEN(columns), cli->json);
    if (table == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    if (key.n > 0) {
        ep_key_t found;

        rc = ep_key_find(cli->portal, key, &found, err);
    }
    if (rc == EP_OK) {
        rc = fill(cli, key, table, err);
    }
    if (rc == EP_OK && table_is_empty(table) && !cli->json) {
        cli_note("no server is registered: run `kcarectl --register KEY` on "
                 "one, `kc.eportal key` lists the keys");
    }
    if (rc == EP_OK) {
        rc = table_print(table, err);
    }
    table_free(table);
    return rc;
}


static ep_rc_t
run_clean(cli_t *cli, const args_t *args, ep_err_t *err)
{
    int64_t deleted = 0;
    ep_rc_t rc;

    if (!args_has(args, INACTIVE)) {
        return args_error(err, "the following arguments are required: "
                               "--inactive");
    }
    rc = cli_open(cli, err);
    if (rc == EP_OK) {
        rc = ep_servers_clean(cli->portal, NULL, NULL, &deleted, err);
    }
    if (rc == EP_OK) {
        printf("%lld %s deleted\n", (long long) deleted,
               deleted == 1 ? "server was" : "servers were");
    }
    return rc;
}


const spec_t server_spec = {
    .summary = "list registered servers",
    .description = "list registered servers in the order of registration",
    .options = options,
    .option_count = EP_ARRAY_LEN(options),
    .lists = true,
    .epilog =
        "`kc.eportal server clean --inactive` deletes those that have gone "
        "silent.",
    .run = run_list,
};

const spec_t server_clean_spec = {
    .summary = "delete servers that have gone silent",
    .description = "delete servers that have gone silent, and say how many",
    .options = clean_options,
    .option_count = EP_ARRAY_LEN(clean_options),
    .run = run_clean,
    .changes = args_always,
};
