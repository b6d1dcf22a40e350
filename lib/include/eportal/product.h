/*
 * Products (streams of patchsets): one table of their names, prefixes and
 * directories. protocol.md 4.1-7 says why one product has several names.
 */

#ifndef EPORTAL_PRODUCT_H
#define EPORTAL_PRODUCT_H

#include <eportal/str.h>

typedef enum {
    EP_PRODUCT_KERNEL, /* CLI "kcare" */
    EP_PRODUCT_USER,   /* CLI "libcare" */
    EP_PRODUCT_QEMU,
    EP_PRODUCT_DB,
    EP_PRODUCT_ESU, /* a right of a key only: it has no patchsets */
    EP_PRODUCT_COUNT
} ep_product_t;

#define EP_PRODUCT_BIT(p) (1u << (p))
/* What a key may use when nobody chose: every live patch product. */
#define EP_PRODUCTS_DEFAULT                                                    \
    (EP_PRODUCT_BIT(EP_PRODUCT_KERNEL) | EP_PRODUCT_BIT(EP_PRODUCT_USER)       \
     | EP_PRODUCT_BIT(EP_PRODUCT_QEMU) | EP_PRODUCT_BIT(EP_PRODUCT_DB))

typedef struct {
    ep_product_t id;
    const char *api;      /* "kernel", "user", ...: HTTP API and database */
    const char *cli;      /* "kcare", "libcare", ...; NULL for ESU */
    const char *key_name; /* word of `key --product`, "libcare" for user */
    const char *title;    /* for people: "KernelCare" */
    char letter;          /* 'K' or 'U', first letter of patchset names */
    const char *suffix;   /* "", "-qemu", "-db": end of patchset names */
    const char *tree;     /* "resources" or "user-resources"; NULL for ESU */
} ep_product_info_t;

/* The row of a product; never NULL for a valid id. */
const ep_product_info_t *ep_product_info(ep_product_t product);

/* Find a product by any of its names (api, cli, key_name). False when there
 * is none; *out is then untouched. */
bool ep_product_find(ep_str_t name, ep_product_t *out);

#endif
