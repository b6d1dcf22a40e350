/* How the portal is, for the command's `status`, the API and /metrics. */

#ifndef EPORTAL_STATUS_H
#define EPORTAL_STATUS_H

#include <eportal/agent.h>
#include <eportal/cache.h>
#include <eportal/job.h>
#include <eportal/patchset.h>

typedef struct {
    uint64_t free; /* bytes, for who is not root */
    uint64_t size;
} ep_disk_t;

typedef struct {
    const char *data;       /* directory; lives as long as the configuration */
    bool daemon;            /* it is running */
    ep_disk_t disk;         /* of the patches */
    const char *source;     /* address of the patch source; NULL: none */
    int64_t last_poll;      /* UTC, microseconds; 0: never */
    int64_t last_good_poll; /* the same */
    int64_t poll_failures;  /* in a row */
    char poll_result[EP_JOB_RESULT_MAX + 1];
    int64_t missing;                     /* patchsets to be downloaded */
    int64_t withdrawn[EP_PRODUCT_COUNT]; /* patchsets that are "enabled (!)" */
    ep_strays_t strays;
    ep_cache_size_t cache; /* when it was counted last */
} ep_status_t;

ep_rc_t ep_status_get(ep_portal_t *portal, ep_status_t *out, ep_err_t *err);

/* The newest patchset that a feed has enabled; "" for none. */
ep_rc_t ep_status_newest(ep_portal_t *portal, ep_product_t product,
                         ep_str_t feed, char out[EP_PATCHSET_NAME_MAX + 1],
                         ep_err_t *err);

/* What everybody who looks at the portal should see at once: a stable word
 * and a sentence for each. */
typedef void (*ep_warning_fn)(const char *code, const char *message, void *ctx);
void ep_status_warnings(const ep_config_t *cfg, ep_warning_fn fn, void *ctx);

/* A row of the audit log when HTTPS_VERIFY has become another since the last
 * one, in a transaction of its own (TRAP-12). */
ep_rc_t ep_verify_record(ep_portal_t *portal, ep_err_t *err);

/* Of the file system that holds a directory. */
ep_rc_t ep_status_disk(const char *dir, ep_disk_t *out, ep_err_t *err);
/* Bytes of a file in BASE_DIR; 0 when it is not there. */
uint64_t ep_status_file(const ep_config_t *cfg, const char *name);

#endif
