/* Digests of short texts: what is secret is stored and compared by these. */

#ifndef EP_BASE_DIGEST_H
#define EP_BASE_DIGEST_H

#include <eportal/err.h>
#include <eportal/str.h>

#define EP_SHA256_SIZE 32

/* SHA-256 of label and text, one after the other. EP_EINTERNAL. */
ep_rc_t ep_sha256(ep_str_t label, ep_str_t text, uint8_t out[EP_SHA256_SIZE],
                  ep_err_t *err);
/* HMAC-SHA-256. EP_EINTERNAL. */
ep_rc_t ep_hmac_sha256(ep_str_t key, ep_str_t text, uint8_t out[EP_SHA256_SIZE],
                       ep_err_t *err);

#endif
