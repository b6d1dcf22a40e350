/*
 * Fetching from the patch source, for lib/source only. One fetch is one
 * connection that is kept between requests.
 */

#ifndef EP_SOURCE_FETCH_H
#define EP_SOURCE_FETCH_H

#include <eportal/buf.h>
#include <eportal/source.h>

typedef struct ep_fetch ep_fetch_t;

typedef struct {
    const char *path; /* below the source's address, clean */
    const char *etag; /* what we have; NULL or "": nothing */
    ep_buf_t *body;   /* where small things go, whole; or */
    int fd;           /* a file that is appended to; -1: body */
    int64_t size;     /* of that file when it is complete */
    bool quiet;       /* a missing file is no failure: status 404 */
} ep_request_t;

typedef struct {
    long status; /* 200, 206, 304; 404 when quiet */
    char etag[200];
} ep_answer_t;

/* transfer may be NULL. Fails on an address, a proxy or a CA file that
 * cannot be. */
ep_rc_t ep_fetch_open(const ep_config_t *cfg, const ep_transfer_t *transfer,
                      ep_fetch_t **out, ep_err_t *err);
void ep_fetch_closep(ep_fetch_t **fetch);

/* Get a file. What breaks on the way is tried again, a file from where it
 * broke; every other failure has the code of its step. */
ep_rc_t ep_fetch_get(ep_fetch_t *fetch, const ep_request_t *request,
                     ep_answer_t *answer, ep_err_t *err);

/* EP_EINVAL "no-source" unless one is configured. */
ep_rc_t ep_source_need(const ep_config_t *cfg, ep_err_t *err);

/* Wait for one of BASE_DIR's locks, so that two processes do not fetch the
 * same thing: "source-poll.lock", "source-download.lock". */
ep_rc_t ep_source_lock(ep_portal_t *portal, const char *name,
                       const ep_transfer_t *transfer, int *fd, ep_err_t *err);

/* The channels that the feeds have together. */
ep_rc_t ep_source_channels(ep_portal_t *portal, unsigned *out, ep_err_t *err);

/* True when the caller wants the transfer to end. */
static inline bool
ep_transfer_stopped(const ep_transfer_t *transfer)
{
    return transfer != NULL && transfer->stopped != NULL
           && transfer->stopped(transfer->ctx);
}

#endif
