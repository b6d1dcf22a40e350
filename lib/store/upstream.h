/*
 * What the patch source's index says, as lib/source writes and reads it. A
 * patchset is (product, order) here as in the table patchset; the two are
 * joined where states are listed and changed (store/patchset.c).
 */

#ifndef EP_STORE_UPSTREAM_H
#define EP_STORE_UPSTREAM_H

#include <eportal/patchset.h>

#include "store/patchset.h"

#define EP_UPSTREAM_PATH_MAX 255

/* Channels of a patchset, and the one of a feed, as bits. */
enum { EP_CHANNEL_DEFAULT = 1, EP_CHANNEL_TEST = 2, EP_CHANNEL_UNSTABLE = 4 };
/* 0: no such channel. */
unsigned ep_channel_bit(ep_str_t name);

/* An entry of the index. */
typedef struct {
    ep_patchset_name_t name;
    int64_t released; /* UTC, seconds; 0: unknown */
    ep_str_t distros; /* comma-separated */
    unsigned channels;
    ep_upstream_t status; /* available, disabled or blocked */
    bool wanted;          /* by this portal's settings */
    ep_str_t path;        /* below the source's URL, a clean relative path */
    int64_t size;
    uint8_t sha256[EP_SHA256_SIZE];
    ep_str_t changelog;
    ep_str_t levels; /* path of its metadata, likewise; empty: it has none */
    int64_t levels_size;
    uint8_t levels_sha256[EP_SHA256_SIZE];
} ep_upstream_row_t;

/* What it takes to fetch one. */
typedef struct {
    ep_product_t product;
    int64_t order;
    char name[EP_PATCHSET_NAME_MAX + 1];
    ep_upstream_t status;
    char path[EP_UPSTREAM_PATH_MAX + 1];
    int64_t size;
    uint8_t sha256[EP_SHA256_SIZE];
    char levels[EP_UPSTREAM_PATH_MAX + 1]; /* of its metadata; "": none */
    int64_t levels_size;
    uint8_t levels_sha256[EP_SHA256_SIZE];
} ep_upstream_file_t;

/* A number for a poll, greater than those before. */
ep_rc_t ep_upstream_next(ep_portal_t *portal, int64_t *seen, ep_err_t *err);
/* Write down an entry of the index that poll number seen read. */
ep_rc_t ep_upstream_put(ep_portal_t *portal, const ep_upstream_row_t *row,
                        int64_t seen, ep_err_t *err);
/* The whole index was put: what it did not name is gone. */
ep_rc_t ep_upstream_end(ep_portal_t *portal, int64_t seen, ep_err_t *err);

/* offer.c: an index entry for each patchset of a product that is published
 * with an archive, oldest first; its strings live until fn returns, path is
 * the archive's name in arch/, size is 0. */
typedef ep_rc_t (*ep_upstream_fn)(const ep_upstream_row_t *row, void *ctx,
                                  ep_err_t *err);
ep_rc_t ep_upstream_offered(ep_portal_t *portal, ep_product_t product,
                            ep_upstream_fn fn, void *ctx, ep_err_t *err);

/* EP_ENOTFOUND, err untouched. */
ep_rc_t ep_upstream_find(ep_portal_t *portal, ep_product_t product,
                         int64_t order, ep_upstream_file_t *out, ep_err_t *err);
/* The oldest one after an order that is wanted, available, in one of the
 * channels and not here; in cache mode: whose metadata is not here.
 * EP_ENOTFOUND, err untouched, behind the last. */
ep_rc_t ep_upstream_missing(ep_portal_t *portal, ep_product_t product,
                            int64_t after, unsigned channels,
                            ep_upstream_file_t *out, ep_err_t *err);
ep_rc_t ep_upstream_count_missing(ep_portal_t *portal, unsigned channels,
                                  int64_t *count, ep_err_t *err);
/* Likewise the oldest that is gone, is here, and no feed has enabled. */
ep_rc_t ep_upstream_superseded(ep_portal_t *portal, ep_product_t product,
                               int64_t after, ep_upstream_file_t *out,
                               ep_err_t *err);

/* ---- offer.c: metadata of what is here, for the next portal ---- */

#define EP_OFFER_DIR "meta" /* in PATCHES_DIR; a file: NAME.jsonl */

typedef struct {
    int64_t id; /* of the patchset */
    ep_product_t product;
    char name[EP_PATCHSET_NAME_MAX + 1];
} ep_offer_row_t;

/* The patchset behind the local id after that is here with its archive and
 * has no metadata yet; EP_ENOTFOUND, err untouched. */
ep_rc_t ep_offer_next(ep_portal_t *portal, int64_t after, ep_offer_row_t *out,
                      ep_err_t *err);
ep_rc_t ep_offer_add(ep_portal_t *portal, int64_t patchset_id, int64_t size,
                     const uint8_t sha256[EP_SHA256_SIZE], ep_err_t *err);
/* Whether this file of EP_OFFER_DIR is one that counts. */
ep_rc_t ep_offer_has(ep_portal_t *portal, ep_str_t file, bool *has,
                     ep_err_t *err);

#endif
