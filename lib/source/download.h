/* Downloads, as the files of lib/source share them. */

#ifndef EP_SOURCE_DOWNLOAD_H
#define EP_SOURCE_DOWNLOAD_H

#include <eportal/source.h>

#include "store/upstream.h"

/* All that is missing of these channels; see ep_source_download_missing. */
ep_rc_t ep_download_channels(ep_portal_t *portal, ep_product_t product,
                             unsigned channels, const ep_transfer_t *transfer,
                             int64_t *count, ep_err_t *err);
/* After this failure the next archive would fail, too. EP_OK is none. */
bool ep_download_hopeless(ep_rc_t rc);

#endif
