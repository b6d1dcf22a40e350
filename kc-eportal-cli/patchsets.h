/* What cmd_patchset.c and cmd_deploy.c share. */

#ifndef CLI_PATCHSETS_H
#define CLI_PATCHSETS_H

#include <eportal/product.h>

#include "args.h"

/* The product of a command, by its first word: "libcare deploy". */
ep_product_t patchset_product(const args_t *args);

#endif
