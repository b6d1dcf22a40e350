/* What the commands on patchsets share. */

#ifndef CLI_PATCHSETS_H
#define CLI_PATCHSETS_H

#include <eportal/product.h>
#include <eportal/source.h>

#include "args.h"

/* The product of a command, by its first word: "libcare deploy". */
ep_product_t patchset_product(const args_t *args);

/* A download whose progress is shown. */
ep_transfer_t patchset_transfer(cli_t *cli, const args_t *args);

/* --clean-releases; a dry run as cli->dry_run says. */
ep_rc_t clean_releases(cli_t *cli, ep_err_t *err);

#endif
