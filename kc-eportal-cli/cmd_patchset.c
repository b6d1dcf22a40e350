/*
 * kc.eportal kcare|libcare|qemu|db ...: patchsets of one product. The word
 * before the action names the product; deploy is in cmd_deploy.c.
 */

#include <stdio.h>

#include <eportal/feed.h>
#include <eportal/patchset.h>

#include "cli.h"
#include "patchsets.h"

enum { FEED, DRY_RUN };

static const option_t feed_option[] = {
    [FEED] = { '\0', "feed", "FEED", "feed to act on (default: main)", false },
    [DRY_RUN] = { '\0', "dry-run", NULL, "only print what would be changed",
                  false },
};

enum { UNROLL_FEED, UNROLL_DELETE, UNROLL_DRY_RUN };

static const option_t unroll_options[] = {
    [UNROLL_FEED] = { '\0', "feed", "FEED",
                      "feed to act on (default: main; with --delete: all)",
                      false },
    [UNROLL_DELETE] = { '\0', "delete", NULL,
                        "remove it instead, and its files when no feed has "
                        "it any more",
                        false },
    [UNROLL_DRY_RUN] = { '\0', "dry-run", NULL,
                         "only print what would be changed", false },
};

static const column_t columns[] = { { "PATCHSET", "patchset", COLUMN_TEXT },
                                    { "STATUS", "status", COLUMN_TEXT },
                                    { "OBJECTS", "objects", COLUMN_NUMBER },
                                    { "CVES", "cves", COLUMN_NUMBER },
                                    { "APPEARED", "appeared", COLUMN_TIME },
                                    { "DISTROS", "distros", COLUMN_TEXT } };


ep_product_t
patchset_product(const args_t *args)
{
    ep_product_t product = EP_PRODUCT_KERNEL;
    ep_str_t word;
    ep_str_t rest;

    ep_str_cut(ep_str(args->command->name), ' ', &word, &rest);
    ep_product_find(word, &product);
    return product;
}


static ep_str_t
feed_or_main(const args_t *args, size_t option)
{
    const char *feed = args_value(args, option);

    return feed != NULL ? ep_str(feed) : EP_STR(EP_FEED_MAIN);
}


static ep_rc_t
add_row(const ep_patchset_t *patchset, void *ctx, ep_err_t *err)
{
    table_t *table = ctx;

    table_row(table);
    table_text(table, patchset->name);
    table_text(table, ep_str(ep_patchset_status(patchset)));
    table_number(table, patchset->objects);
    table_number(table, patchset->cves);
    table_time(table, patchset->appeared);
    table_text(table, patchset->distros);
    return EP_OK;
}


static ep_rc_t
run_list(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_product_t product = patchset_product(args);
    table_t *table;
    ep_rc_t rc = cli_open(cli, err);

    if (rc != EP_OK) {
        return rc;
    }
    table = table_new("patchsets", columns, EP_ARRAY_LEN(columns), cli->json);
    if (table == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    rc = ep_patchset_list(cli->portal, product, feed_or_main(args, FEED),
                          add_row, table, err);
    if (rc == EP_OK && table_is_empty(table) && !cli->json) {
        cli_note("there are no patchsets yet: deploy one with `kc.eportal %s "
                 "deploy ARCHIVE`",
                 ep_product_info(product)->cli);
    }
    if (rc == EP_OK) {
        rc = table_print(table, err);
    }
    table_free(table);
    return rc;
}


static ep_rc_t
run_unroll(cli_t *cli, const args_t *args, ep_err_t *err)
{
    bool remove = args_has(args, UNROLL_DELETE);
    ep_str_t feed = ep_str(args_value(args, UNROLL_FEED));
    bool dry_run = cli_dry_run(cli, args, UNROLL_DRY_RUN);
    ep_rc_t rc = cli_open(cli, err);

    if (!remove) {
        feed = feed_or_main(args, UNROLL_FEED);
    }
    if (rc == EP_OK) {
        rc = (dry_run ? ep_unroll_dry
                      : ep_unroll)(cli->portal, patchset_product(args),
                                   args_operand(args), feed, remove, err);
    }
    return rc;
}


static ep_rc_t
manage(cli_t *cli, const args_t *args, ep_action_t action, int64_t *changed,
       ep_err_t *err)
{
    ep_rc_t rc = cli_begin(cli, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_patchset_manage(cli->portal, patchset_product(args),
                            args_operand(args), feed_or_main(args, FEED),
                            action, changed, err);
    return cli_end(cli, rc, err);
}


/* What is not here yet is downloaded first (NEW-PS-7). */
static ep_rc_t
download(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_transfer_t transfer;

    if (cli->dry_run) {
        printf("%.*s would be downloaded first\n",
               EP_STR_ARG(args_operand(args)));
        return EP_OK;
    }
    transfer = patchset_transfer(cli, args);
    return ep_source_download(cli->portal, patchset_product(args),
                              args_operand(args), &transfer, err);
}


/* enable, disable, enable-upto, undeploy-downto: the second word. */
static ep_rc_t
run_action(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_action_t action = EP_ACTION_ENABLE;
    ep_err_t why = { 0 };
    ep_str_t product;
    ep_str_t word;
    int64_t changed = 0;
    ep_rc_t rc;

    ep_str_cut(ep_str(args->command->name), ' ', &product, &word);
    ep_action_find(word, &action);
    cli_dry_run(cli, args, DRY_RUN);
    rc = cli_open(cli, err);
    if (rc != EP_OK) {
        return rc;
    }
    rc = manage(cli, args, action, &changed, &why);
    if (rc == EP_OK && changed == 0) {
        cli_note("nothing had to be changed");
    }
    if (rc == EP_OK) {
        return rc;
    }
    if (action != EP_ACTION_ENABLE || strcmp(why.code, "not-downloaded") != 0) {
        return ep_err_set(err, rc, why.code, "%s", why.msg);
    }
    rc = download(cli, args, err);
    if (rc != EP_OK || cli->dry_run) {
        return rc;
    }
    return manage(cli, args, action, &changed, err);
}


const spec_t list_spec = {
    .summary = "list patchsets and their status",
    .description = "list patchsets and their status in a feed, oldest first",
    .options = feed_option,
    .option_count = 1,
    .lists = true,
    .run = run_list,
};

const spec_t unroll_spec = {
    .summary = "disable a patchset, or remove it",
    .description = "disable a patchset in a feed; automatic updates and "
                   "enable-upto then leave it alone",
    .options = unroll_options,
    .option_count = EP_ARRAY_LEN(unroll_options),
    .operand = "patchset",
    .operand_help = "name, for instance K20210129_02",
    .operands_min = 1,
    .operands_max = 1,
    .run = run_unroll,
    .changes = args_always,
};

#define ACTION_SPEC(text)                                                      \
    {                                                                          \
        .summary = text, .description = text, .options = feed_option,          \
        .option_count = EP_ARRAY_LEN(feed_option), .operand = "patchset",      \
        .operand_help = "name, for instance K20210129_02", .operands_min = 1,  \
        .operands_max = 1, .run = run_action, .changes = args_always,          \
    }

const spec_t enable_spec = ACTION_SPEC("enable a patchset");
const spec_t disable_spec = ACTION_SPEC("disable a patchset");
const spec_t enable_upto_spec =
    ACTION_SPEC("enable a patchset and all older ones but the disabled");
const spec_t undeploy_downto_spec =
    ACTION_SPEC("take a patchset and all newer ones out of a feed");
