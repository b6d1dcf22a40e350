/*
 * Gzip, decompressed block by block and with its check sums verified, which
 * libarchive leaves out. The one home of zlib.
 */

#ifndef EP_BASE_GUNZIP_H
#define EP_BASE_GUNZIP_H

#include <stdbool.h>

#include "base/tar.h"

typedef struct ep_gunzip ep_gunzip_t;

/* Whether a file that begins with these bytes is gzipped. */
bool ep_gunzip_is(const void *p, size_t n);

/* Decompress what fn gives; first is a block that it gave already. */
ep_rc_t ep_gunzip_open(ep_tar_fn fn, void *ctx, ep_str_t first,
                       ep_gunzip_t **out, ep_err_t *err);
void ep_gunzip_closep(ep_gunzip_t **gunzip);
/* An ep_tar_fn of the decompressed bytes. EP_EINVAL "bad-archive". */
ep_rc_t ep_gunzip_read(void *gunzip, const void **block, size_t *n,
                       ep_err_t *err);

#endif
