/* What requests and answers about patchsets share: products and
 * distributions. */

#ifndef EP_HTTP_PRODUCT_H
#define EP_HTTP_PRODUCT_H

#include <eportal/product.h>

#include "base/json.h"
#include "http/params.h"

/* "product" by any of its names; *out stays when it is absent. EP_EINVAL
 * "bad-product". */
ep_rc_t ep_read_product(const ep_params_t *params, ep_product_t *out,
                        ep_err_t *err);
/* Whether one of a patchset's distributions (comma-separated) was asked for
 * with "distro", which may repeat; all fit when it is absent. */
bool ep_distros_fit(const ep_params_t *params, ep_str_t distros);
/* "distros": [...] */
void ep_write_distros(ep_json_t *w, ep_str_t distros);

#endif
