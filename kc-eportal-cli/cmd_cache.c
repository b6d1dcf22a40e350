/* kc.eportal cache-mode: what switching it on needs (CACHE-7). */

#include <stdio.h>

#include <eportal/product.h>
#include <eportal/source.h>

#include "cli.h"

enum { FETCH_META };

static const option_t options[] = {
    [FETCH_META] = { '\0', "fetch-meta", NULL,
                     "fetch the metadata of every patchset that is not here",
                     false },
};


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_poll_t polled;
    int64_t count = 0;
    ep_rc_t rc;

    if (!args_has(args, FETCH_META)) {
        return args_error(err, "the option --fetch-meta is needed");
    }
    rc = cli_open(cli, err);
    if (rc != EP_OK) {
        return rc;
    }
    if (!ep_config_bool(cli->cfg, EP_CACHE_MODE)) {
        return ep_err_set(err, EP_EINVAL, "no-cache-mode",
                          "cache mode is off: write CACHE_MODE = True into %s",
                          ep_config_path(cli->cfg) != NULL
                              ? ep_config_path(cli->cfg)
                              : "/etc/eportal/config");
    }
    rc = ep_source_poll(cli->portal, NULL, &polled, err);
    if (rc == EP_OK) {
        rc = ep_source_download_missing(cli->portal, EP_PRODUCTS_DEFAULT, NULL,
                                        &count, err);
    }
    printf("the metadata of %lld patchset%s was fetched\n", (long long) count,
           count == 1 ? "" : "s");
    return rc;
}


const spec_t cache_mode_spec = {
    .summary = "fetch the metadata that cache mode needs",
    .description = "fetch the metadata of the patchsets that the patch source "
                   "has; after CACHE_MODE = True was written into the "
                   "configuration",
    .options = options,
    .option_count = EP_ARRAY_LEN(options),
    .epilog = "To leave cache mode, take CACHE_MODE out of the configuration, "
              "run\n`kc.eportal kcare download-missing` (and so for libcare, "
              "qemu and db), and\nrestart eportal.",
    .run = run,
    .changes = args_always,
};
