/*
 * Cache mode: files of patches that are fetched from the patch source when
 * somebody asks for them (CACHE). A patchset is known by its metadata then;
 * each file is fetched once, checked against its hash and kept below
 * PATCHES_DIR/cache for CACHE_TTL.
 */

#ifndef EPORTAL_CACHE_H
#define EPORTAL_CACHE_H

#include <eportal/portal.h>
#include <eportal/source.h>

#define EP_REMOTE_PATH_MAX 640

/* A file that the patch source has. */
typedef struct {
    ep_str_t path; /* "resources/<object>/<level>/<file>", of checked parts */
    int64_t size;
    uint8_t sha256[32];
} ep_remote_t;

/* What of it there is. */
typedef enum {
    EP_CACHE_MISSING,
    EP_CACHE_WHOLE, /* at its path below PATCHES_DIR: an archive brought it */
    EP_CACHE_KEPT   /* at "cache/" and its path: it was fetched */
} ep_cache_state_t;

/* Two look-ups of a name at most, so that an event loop may ask. */
ep_cache_state_t ep_cache_find(const ep_config_t *cfg,
                               const ep_remote_t *remote);

/*
 * Fetch it, unless it is there meanwhile. Only one process at a time fetches
 * a file: EP_EBUSY "fetching" at once when another one does, so that the
 * caller looks and tries again a little later. A kill leaves nothing that
 * counts; what was fetched so far is used the next time. EP_ENOTFOUND: the
 * source has no such file.
 */
ep_rc_t ep_cache_fetch(const ep_config_t *cfg, const ep_remote_t *remote,
                       const ep_transfer_t *transfer, ep_err_t *err);

typedef struct {
    int64_t files;
    int64_t bytes; /* on the disk */
} ep_cache_size_t;

typedef struct {
    ep_cache_size_t removed;
    ep_cache_size_t kept;
} ep_cache_expired_t;

/*
 * Remove what was fetched more than CACHE_TTL seconds ago, and as much more,
 * the oldest first, as MIN_FREE_DISK asks for. Also what transfers that were
 * given up have left.
 */
ep_rc_t ep_cache_expire(const ep_config_t *cfg, const ep_transfer_t *transfer,
                        ep_cache_expired_t *out, ep_err_t *err);

/* What was kept the last time, for who must not walk through the cache. _set
 * in the caller's write transaction. */
ep_rc_t ep_cache_size_set(ep_portal_t *portal, const ep_cache_size_t *size,
                          ep_err_t *err);
ep_rc_t ep_cache_size_get(ep_portal_t *portal, ep_cache_size_t *out,
                          ep_err_t *err);

#endif
