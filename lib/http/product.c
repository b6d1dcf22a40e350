/* Products and distributions in requests: see http/product.h. */

#include "http/product.h"


ep_rc_t
ep_read_product(const ep_params_t *params, ep_product_t *out, ep_err_t *err)
{
    ep_str_t name = ep_params_get(params, "product");
    ep_product_t product;

    if (name.n == 0) {
        return EP_OK;
    }
    if (!ep_product_find(name, &product)
        || ep_product_info(product)->tree == NULL) {
        return ep_err_set(err, EP_EINVAL, "bad-product",
                          "product is kernel, user, qemu or db");
    }
    *out = product;
    return EP_OK;
}


static bool
has_distro(ep_str_t distros, ep_str_t wanted)
{
    ep_str_t one;

    while (distros.n > 0) {
        ep_str_cut(distros, ',', &one, &distros);
        if (ep_str_eq_nocase(one, wanted)) {
            return true;
        }
    }
    return false;
}


bool
ep_distros_fit(const ep_params_t *params, ep_str_t distros)
{
    size_t at = 0, asked = 0;
    ep_str_t wanted;

    while (ep_params_next(params, "distro", &at, &wanted)) {
        if (wanted.n > 0 && has_distro(distros, wanted)) {
            return true;
        }
        asked += wanted.n > 0;
    }
    return asked == 0;
}


void
ep_write_distros(ep_json_t *w, ep_str_t distros)
{
    ep_str_t one;

    ep_json_open(w, "distros", '[');
    while (distros.n > 0) {
        ep_str_cut(distros, ',', &one, &distros);
        ep_json_str(w, NULL, one);
    }
    ep_json_close(w, ']');
}
