/* This portal as the patch source of another one: docs/patch-source.md. */

#ifndef EP_SOURCE_OFFER_H
#define EP_SOURCE_OFFER_H

#include <eportal/buf.h>
#include <eportal/source.h>

#define EP_OFFER_ETAG_SIZE 35 /* 32 hex digits in quotes, and a NUL */

/* The index of what is here with its archive; out is of EP_INDEX_SIZE_MAX.
 * etag: of these very bytes. In the caller's read transaction. */
ep_rc_t ep_source_offer(ep_portal_t *portal, ep_buf_t *out,
                        char etag[EP_OFFER_ETAG_SIZE], ep_err_t *err);

#endif
