/* Encoders of what travels in URLs and cookies. */

#ifndef EP_BASE_ENCODE_H
#define EP_BASE_ENCODE_H

#include <eportal/buf.h>

/* Room for n bytes as base64, with the NUL. */
#define EP_BASE64URL_SIZE(n) (((n) + 2) / 3 * 4 + 1)

/* Base64 in the URL alphabet without padding, and a NUL. */
void ep_base64url(const void *bytes, size_t n, char *out);

/* Append s percent-encoded: all but letters, digits and "-._~". */
ep_rc_t ep_percent_encode(ep_buf_t *buf, ep_str_t s)
    __attribute__((warn_unused_result));

#endif
