/* Metadata of patchsets from the source, for lib/source only. */

#ifndef EP_SOURCE_METADATA_H
#define EP_SOURCE_METADATA_H

#include <eportal/source.h>

#include "store/upstream.h"

/* Fetch the metadata of one patchset, check it and import it. EP_EINVAL
 * "no-metadata" when the source has none. */
ep_rc_t ep_metadata_fetch(ep_portal_t *portal, const ep_upstream_file_t *file,
                          const ep_transfer_t *transfer, ep_err_t *err);
/* All that is missing of these channels, as ep_download_channels. */
ep_rc_t ep_metadata_channels(ep_portal_t *portal, ep_product_t product,
                             unsigned channels, const ep_transfer_t *transfer,
                             int64_t *count, ep_err_t *err);

#endif
