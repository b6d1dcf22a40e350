/*
 * kc.eportal kcare|libcare|qemu|db update, auto-update, download-missing:
 * patchsets from the patch source; and --clean-releases.
 */

#include <stdio.h>

#include <eportal/feed.h>
#include <eportal/source.h>

#include "cli.h"
#include "patchsets.h"

enum { DRY_RUN, FEED };

static const option_t options[] = {
    [DRY_RUN] = { '\0', "dry-run", NULL,
                  "only print what would be done (so does DRY_RUN=1)", false },
    [FEED] = { '\0', "feed", "FEED", "feed to update (default: main)", false },
};

typedef struct {
    bool dry_run;
    bool clean;
    size_t count;
    uint64_t bytes;
} told_t;


static double
mib(uint64_t bytes)
{
    return (double) bytes / (1024 * 1024);
}


static ep_rc_t
tell(const ep_update_t *update, void *ctx, ep_err_t *err)
{
    told_t *told = ctx;

    told->count++;
    told->bytes += update->size;
    if (told->clean) {
        printf("%.*s %s removed: %.1f MiB\n", EP_STR_ARG(update->name),
               told->dry_run ? "would be" : "is", mib(update->size));
        return EP_OK;
    }
    if (!told->dry_run) {
        return EP_OK;
    }
    printf("%.*s would be", EP_STR_ARG(update->name));
    if (update->download) {
        printf(" downloaded (%.1f MiB)", mib(update->size));
    }
    if (update->enable) {
        printf("%s enabled in %.*s", update->download ? " and" : "",
               EP_STR_ARG(update->feed));
    }
    printf("\n");
    return EP_OK;
}


ep_transfer_t
patchset_transfer(cli_t *cli, const args_t *args)
{
    progress_begin(&cli->progress,
                   ep_product_info(patchset_product(args))->title);
    return (ep_transfer_t){ .progress = progress_update,
                            .ctx = &cli->progress };
}


/* Open the portal and ask the source what there is. */
static ep_rc_t
poll_source(cli_t *cli, ep_err_t *err)
{
    ep_transfer_t transfer = { .dry_run = cli->dry_run };
    ep_poll_t polled;
    ep_rc_t rc = cli_open(cli, err);

    return rc == EP_OK ? ep_source_poll(cli->portal, &transfer, &polled, err)
                       : rc;
}


static ep_rc_t
run_update(cli_t *cli, const args_t *args, ep_err_t *err)
{
    const char *feed = args_value(args, FEED);
    told_t told = { .dry_run = cli_dry_run(cli, args, DRY_RUN) };
    ep_transfer_t transfer;
    ep_rc_t rc = poll_source(cli, err);

    if (rc != EP_OK) {
        return rc;
    }
    feed = feed != NULL ? feed : EP_FEED_MAIN;
    transfer = patchset_transfer(cli, args);
    rc =
        ep_source_update_feed(cli->portal, patchset_product(args), ep_str(feed),
                              told.dry_run, &transfer, tell, &told, err);
    if (rc == EP_OK && told.count == 0) {
        cli_note("the feed %s has everything already", feed);
    }
    return rc;
}


static ep_rc_t
run_auto_update(cli_t *cli, const args_t *args, ep_err_t *err)
{
    told_t told = { .dry_run = cli_dry_run(cli, args, DRY_RUN) };
    ep_transfer_t transfer;
    ep_rc_t rc = poll_source(cli, err);

    if (rc != EP_OK) {
        return rc;
    }
    transfer = patchset_transfer(cli, args);
    rc = ep_source_auto_update(cli->portal, patchset_product(args),
                               told.dry_run, &transfer, tell, &told, err);
    if (rc == EP_OK && told.count == 0) {
        cli_note("no automatic feed needs anything now");
    }
    return rc;
}


static ep_rc_t
run_download_missing(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_product_t product = patchset_product(args);
    told_t told = { .dry_run = cli_dry_run(cli, args, DRY_RUN) };
    ep_transfer_t transfer;
    int64_t count = 0;
    ep_rc_t rc = poll_source(cli, err);

    if (rc == EP_OK && told.dry_run) {
        rc = ep_source_list_missing(cli->portal, product, tell, &told, err);
        count = (int64_t) told.count;
    } else if (rc == EP_OK) {
        transfer = patchset_transfer(cli, args);
        rc = ep_source_download_missing(cli->portal, EP_PRODUCT_BIT(product),
                                        &transfer, &count, err);
    }
    if (rc == EP_OK && count == 0) {
        cli_note("nothing is missing");
    }
    return rc;
}


ep_rc_t
clean_releases(cli_t *cli, ep_err_t *err)
{
    told_t told = { .dry_run = cli->dry_run, .clean = true };
    ep_rc_t rc = poll_source(cli, err);

    if (rc == EP_OK) {
        rc = ep_source_clean(cli->portal, told.dry_run, tell, &told, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (told.count == 0) {
        cli_note("nothing is superseded and unused");
        return EP_OK;
    }
    printf("%zu patchsets, %.1f MiB %s\n", told.count, mib(told.bytes),
           told.dry_run ? "would be freed" : "were freed");
    return EP_OK;
}


const spec_t update_spec = {
    .summary = "download and enable the newest patchsets of a feed",
    .description = "ask the patch source what is new, download it and enable "
                   "it in a feed",
    .options = options,
    .option_count = EP_ARRAY_LEN(options),
    .run = run_update,
    .changes = args_always,
};

const spec_t auto_update_spec = {
    .summary = "the same for all automatic feeds",
    .description = "download what is new and enable it in every automatic "
                   "feed, as soon as the feed's --deploy-after allows",
    .options = options,
    .option_count = 1,
    .run = run_auto_update,
    .changes = args_always,
};

const spec_t download_missing_spec = {
    .summary = "download what the patch source has and is not here",
    .description = "download what the patch source has and is not here; no "
                   "feed gets it",
    .options = options,
    .option_count = 1,
    .run = run_download_missing,
    .changes = args_always,
};
