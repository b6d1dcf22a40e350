/* The index of a patch source: docs/patch-source.md. */

#ifndef EP_SOURCE_INDEX_H
#define EP_SOURCE_INDEX_H

#include <eportal/arena.h>
#include <eportal/buf.h>

#include "store/upstream.h"

#define EP_INDEX_FILE "index.json"
#define EP_INDEX_SIGNATURE "index.json.sig"
#define EP_INDEX_SIZE_MAX (32 * 1024 * 1024)
#define EP_INDEX_ENTRIES_MAX 100000
#define EP_LEVELS_SIZE_MAX (256 * 1024 * 1024) /* of metadata */

typedef struct {
    ep_upstream_row_t *rows; /* by product, then oldest first */
    size_t count;
} ep_index_t;

/*
 * Read an index; memory and strings are the arena's. Hostile bytes are
 * refused whole: EP_EINVAL "source-index" names what is wrong with which
 * entry. Members and products that are not known are passed over. wanted is
 * set in every row.
 */
ep_rc_t ep_index_parse(ep_str_t text, ep_arena_t *arena, ep_index_t *out,
                       ep_err_t *err);
/* Its text, as publish writes it. */
ep_rc_t ep_index_write(const ep_index_t *index, ep_buf_t *out, ep_err_t *err);
/* Clear wanted where the settings do not want it: kernel patchsets of other
 * distributions, all but the newest limit of a product (0: no limit). */
void ep_index_filter(ep_index_t *index, const char *const *distros,
                     size_t distro_count, int64_t limit);
/* For qsort of rows. */
int ep_index_compare(const void *a, const void *b);

/* ---- signature.c: Ed25519 ---- */

/* text is signed by the holder of this public key (base64 of its DER). The
 * signature is base64, too. EP_EINVAL "source-signature". */
ep_rc_t ep_signature_verify(const char *public_key, ep_str_t text,
                            ep_str_t signature, ep_err_t *err);
/* Sign with a private key in PEM; *public_key gets what verifies it. */
ep_rc_t ep_signature_make(ep_str_t pem, ep_str_t text, ep_buf_t *signature,
                          char public_key[128], ep_err_t *err);

/* SHA-256 of what can be read from fd, from its beginning. */
ep_rc_t ep_file_sha256(int fd, uint8_t out[EP_SHA256_SIZE], ep_err_t *err);

#endif
