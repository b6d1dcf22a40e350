/* Metadata of the patchsets here, for lib/ops only. */

#ifndef EP_OPS_DESCRIBE_H
#define EP_OPS_DESCRIBE_H

#include <eportal/daemon.h>

/* Make what is missing, and remove the files of patchsets that are gone. One
 * that cannot be made is logged, and the first is what this fails with in the
 * end. *made gets how many were. */
ep_rc_t ep_offers_describe(ep_portal_t *portal, ep_stop_fn stop, void *ctx,
                           int64_t *made, ep_err_t *err);

#endif
