/* The daemon's part of eportal/waiting.h. */

#ifndef EP_OPS_WAITING_H
#define EP_OPS_WAITING_H

#include <eportal/source.h>
#include <eportal/waiting.h>

/* Download and enable everything that waits, the longest first. What fails
 * keeps waiting and says why; the first failure is returned at the end.
 * *enabled and *left get how many were done and how many still wait. */
ep_rc_t ep_waiting_fetch(ep_portal_t *portal, const ep_transfer_t *transfer,
                         int64_t *enabled, int64_t *left, ep_err_t *err);

#endif
