/*
 * The patch source: the index of what there is to have, archives from it,
 * and making one from a directory of archives. The format, ours, is in
 * docs/patch-source.md.
 *
 * What the index says is kept in the database; a patchset that is not here
 * yet is known from there alone. Fetching uses PATCH_SOURCE_* and PROXY of
 * the portal's configuration. Every failure names the step that failed by
 * its code and says what to do:
 *
 *   source-url, source-name, source-proxy, source-connect, source-tls,
 *   source-login, source-index, source-signature, source-transfer,
 *   source-checksum, disk-full, stopped
 *
 * Apart from ep_source_publish, which needs none, these functions open
 * their own transactions: the caller has none open.
 */

#ifndef EPORTAL_SOURCE_H
#define EPORTAL_SOURCE_H

#include <eportal/patchset.h>

/* How the caller watches a transfer, and ends it. Both functions may be
 * NULL. stopped is asked about once a second and between patchsets; when it
 * returns true the call fails with EP_EBUSY "stopped", what was fetched so
 * far being kept for the next time. */
typedef struct {
    ep_progress_fn progress; /* step "downloading", then those of ep_deploy */
    bool (*stopped)(void *ctx);
    void *ctx;
    bool dry_run; /* of a poll: what upstream blocks is only logged as if it
                     were disabled; the next poll does it */
} ep_transfer_t;

/* Whether anybody set a source: without a login the vendor's address alone
 * is none. */
bool ep_source_configured(const ep_config_t *cfg);

/* EP_EINVAL "source-url" when its address is none. */
ep_rc_t ep_source_check_url(const ep_config_t *cfg, ep_err_t *err);
/* Whether another configuration sends the login to another scheme, host or
 * port than this one: a saved password must not follow by itself, nor by way
 * of an address that is none. False when the other one is none, which nothing
 * is sent to. */
bool ep_source_moves(const ep_config_t *from, const ep_config_t *to);

typedef struct {
    bool changed;    /* the index is another one than at the last poll */
    int64_t listed;  /* patchsets in it; 0 when it is unchanged */
    int64_t missing; /* wanted here (PATCH_SOURCE_DISTROS, LIMIT_PATCHSETS, a
                        feed of their channel) and not downloaded */
    int64_t blocked; /* states that were changed to disabled because
                        upstream blocked the patchset; each is logged */
} ep_poll_t;

/*
 * Fetch the index if it changed, check its signature and write down what it
 * says. All or nothing as far as anyone can see: a broken index leaves the
 * last one in force. EP_EINVAL "no-source" when none is configured.
 */
ep_rc_t ep_source_poll(ep_portal_t *portal, const ep_transfer_t *transfer,
                       ep_poll_t *out, ep_err_t *err);

/*
 * Fetch a patchset's archive, verify size and SHA-256, and import it into no
 * feed: it is then "undeployed" everywhere. An archive in arch/ with the
 * right hash is taken as it is; a transfer that broke is taken up where it
 * ended. Nothing happens when the patchset is here already. In cache mode
 * its metadata is all that is fetched. EP_ENOTFOUND
 * "patchset-not-found", EP_EINVAL "blocked" or "not-available".
 */
ep_rc_t ep_source_download(ep_portal_t *portal, ep_product_t product,
                           ep_str_t name, const ep_transfer_t *transfer,
                           ep_err_t *err);

/*
 * Download everything that is wanted and missing, of the products in the
 * EP_PRODUCT_BIT mask, oldest first. In cache mode that is the metadata
 * alone, and without what is known by its metadata is missing, too. One bad
 * archive does not keep the others back: it is logged, and the first such
 * failure is returned at the end; a full disk, a refused login and a lost
 * source end it at once. *count (may be NULL) gets how many were downloaded,
 * also on failure.
 */
ep_rc_t ep_source_download_missing(ep_portal_t *portal, unsigned products,
                                   const ep_transfer_t *transfer,
                                   int64_t *count, ep_err_t *err);

/* What an update would do, or does, with one patchset; or a clean-up. */
typedef struct {
    ep_str_t name;
    ep_str_t feed; /* that gets it; empty in a clean-up */
    bool download; /* it is not here */
    bool enable;   /* now; otherwise once the feed's delay has passed */
    uint64_t size; /* bytes to download, or to be freed */
} ep_update_t;
typedef ep_rc_t (*ep_update_fn)(const ep_update_t *update, void *ctx,
                                ep_err_t *err);

/*
 * Bring a feed up to what the last poll saw: download what its channel has
 * and is missing, then enable all that is undeployed and available, oldest
 * first, whatever deploy_after says. Disabled, blocked and filtered ones
 * stay as they are. dry_run: only tell. fn (may be NULL) is called for each
 * patchset, oldest first, before anything is done. EP_ENOTFOUND.
 */
ep_rc_t ep_source_update_feed(ep_portal_t *portal, ep_product_t product,
                              ep_str_t feed, bool dry_run,
                              const ep_transfer_t *transfer, ep_update_fn fn,
                              void *fn_ctx, ep_err_t *err);

/* The same for every automatic feed, each with its deploy_after: what
 * appeared here later is downloaded and waits. */
ep_rc_t ep_source_auto_update(ep_portal_t *portal, ep_product_t product,
                              bool dry_run, const ep_transfer_t *transfer,
                              ep_update_fn fn, void *fn_ctx, ep_err_t *err);

/* What ep_source_download_missing would do with a product; fn gets each. */
ep_rc_t ep_source_list_missing(ep_portal_t *portal, ep_product_t product,
                               ep_update_fn fn, void *fn_ctx, ep_err_t *err);

/*
 * Remove what upstream no longer lists and no feed has enabled: out of the
 * database and off the disk, oldest first. fn (may be NULL) gets each one
 * with the bytes on disk that its removal frees, in size, before it is
 * removed; dry_run: only tell. What never came from a source stays.
 */
ep_rc_t ep_source_clean(ep_portal_t *portal, bool dry_run, ep_update_fn fn,
                        void *fn_ctx, ep_err_t *err);

/* ---- making a source ---- */

typedef struct {
    int64_t patchsets;
    char public_key[128]; /* for PATCH_SOURCE_PUBLIC_KEY; "" without key */
} ep_published_t;

/*
 * Write index.json, and with a key index.json.sig, of the archives in a
 * directory. key: text of an Ed25519 private key in PEM, or empty. What the
 * index that is there says of status, channels, distros, changelog and
 * release time of an archive is kept. tree: not NULL to unpack the archives,
 * within the bounds of these settings, so that portals in cache mode can fetch
 * single files; what was unpacked of the same archive before is kept.
 */
ep_rc_t ep_source_publish(const char *dir, ep_str_t key,
                          const ep_config_t *tree, ep_published_t *out,
                          ep_err_t *err);

/* ---- checking the configured one ---- */

/* step: "address", "name", "connect", "TLS", "login", "index", "signature",
 * in this order; text: what was found, or "not used". */
typedef void (*ep_check_fn)(void *ctx, const char *step, const char *text);

/* Try each step; fn is called for those that succeed. The error of the first
 * that fails is returned, and *failed names it. Changes nothing. */
ep_rc_t ep_source_check(const ep_config_t *cfg, ep_check_fn fn, void *ctx,
                        const char **failed, ep_err_t *err);

#endif
