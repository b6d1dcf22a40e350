/* The table of products: see eportal/product.h. */

#include <eportal/product.h>

static const ep_product_info_t products[EP_PRODUCT_COUNT] = {
    { EP_PRODUCT_KERNEL, "kernel", "kcare", "kernel", "KernelCare", 'K', "",
      "resources" },
    { EP_PRODUCT_USER, "user", "libcare", "libcare", "LibCare", 'U', "",
      "user-resources" },
    { EP_PRODUCT_QEMU, "qemu", "qemu", "qemu", "QEMUCare", 'U', "-qemu",
      "user-resources" },
    { EP_PRODUCT_DB, "db", "db", "db", "DBCare", 'U', "-db", "user-resources" },
    { EP_PRODUCT_ESU, "tuxcare-esu", NULL, "tuxcare-esu", "ESU", '\0', "",
      NULL }
};


const ep_product_info_t *
ep_product_info(ep_product_t product)
{
    return &products[product];
}


static bool
is_name(ep_str_t name, const char *candidate)
{
    return candidate != NULL && ep_str_eq(name, ep_str(candidate));
}


bool
ep_product_find(ep_str_t name, ep_product_t *out)
{
    for (size_t i = 0; i < EP_PRODUCT_COUNT; i++) {
        if (is_name(name, products[i].api) || is_name(name, products[i].cli)
            || is_name(name, products[i].key_name))
        {
            *out = products[i].id;
            return true;
        }
    }
    return false;
}
