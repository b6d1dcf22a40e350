/*
 * Patchsets: names and order, states per feed, levels, deploy and unroll.
 *
 * A patchset is named by product and name; the local id never leaves the
 * node. Its order is (date, number) parsed from the name (DB-3, TRAP-9).
 * A feed is nothing but the state of each patchset in it; a level is looked
 * up, never stored (design.md section 5).
 */

#ifndef EPORTAL_PATCHSET_H
#define EPORTAL_PATCHSET_H

#include <eportal/arena.h>
#include <eportal/portal.h>
#include <eportal/product.h>
#include <eportal/str.h>

#define EP_PATCHSET_NAME_MAX 40
#define EP_OBJECT_SIZE 20 /* kernel hash or build ID in binary */

/* ---- names (protocol.md 1.13) ---- */

typedef struct {
    ep_product_t product; /* by letter and suffix; a bare name: KERNEL */
    int64_t order;        /* yyyymmdd * 1,000,000 + number */
    char name[EP_PATCHSET_NAME_MAX + 1]; /* as written */
} ep_patchset_name_t;

/*
 * Parse "K20210129_02", "K04082020_1", "16012017_1", "U20210818_01-qemu".
 * Eight digits are YYYYMMDD when they begin with 20 and are a valid date,
 * else DDMMYYYY. EP_EINVAL "bad-patchset-name".
 */
ep_rc_t ep_patchset_parse(ep_str_t name, ep_patchset_name_t *out,
                          ep_err_t *err);
/* The patchset's name in an archive's path: the file name without
 * ".tar.bz2", ".tar.gz", ".tgz", ".tar.xz", ".tar.zst" or ".tar". */
ep_rc_t ep_patchset_parse_archive(ep_str_t path, ep_patchset_name_t *out,
                                  ep_err_t *err);

/* ---- records ---- */

typedef enum {
    EP_STATE_NOT_DOWNLOADED, /* known from upstream only */
    EP_STATE_UNDEPLOYED,     /* here, but not in this feed */
    EP_STATE_ENABLED,
    EP_STATE_DISABLED /* immune to mass enabling (MAN-5) */
} ep_state_t;
/* "not-downloaded", "undeployed", "enabled", "disabled" (NEW-API-11). */
extern const char *const ep_state_names[4];

/* What the patch source says of it (eportal/source.h). */
typedef enum {
    EP_UPSTREAM_NONE, /* never in an index: brought by hand */
    EP_UPSTREAM_AVAILABLE,
    EP_UPSTREAM_DISABLED,
    EP_UPSTREAM_BLOCKED, /* disabled here at the poll that finds it so, and
                            not to be enabled (NEW-PS-3) */
    EP_UPSTREAM_GONE     /* superseded: no longer in the index (CLI-14) */
} ep_upstream_t;
/* "", "available", "disabled", "blocked", "gone". */
extern const char *const ep_upstream_names[5];
/* The one of that name; EP_UPSTREAM_NONE for any other. */
ep_upstream_t ep_upstream_find_status(ep_str_t name);

typedef struct {
    int64_t id; /* local */
    ep_product_t product;
    ep_str_t name;
    int64_t order;
    int64_t appeared; /* UTC, microseconds: first seen here (FEED-9) */
    ep_state_t state; /* in the feed that was asked about */
    ep_str_t distros; /* comma-separated "OS:" labels of kpatch.info */
    int64_t objects;  /* kernels or build IDs it carries */
    int64_t cves;     /* CVEs named in it */
    int64_t usage;    /* servers on it in that feed, see
                         ep_patchset_usage; -1 in plain lists */
    ep_upstream_t upstream;
    bool in_channel; /* of the feed, as far as upstream tells channels */
} ep_patchset_t;

/*
 * The state as people are shown it (NEW-PS-2): "blocked", "enabled (!)" when
 * it is enabled here and disabled, gone or not in the feed's channel
 * upstream, "not available" when it is not here and cannot be had for such a
 * reason, else the name of its state.
 */
const char *ep_patchset_status(const ep_patchset_t *patchset);

typedef ep_rc_t (*ep_patchset_fn)(const ep_patchset_t *patchset, void *ctx,
                                  ep_err_t *err);

/* Those that are here and those that upstream has and the settings want;
 * oldest to newest (protocol.md 1.9). EP_ENOTFOUND "feed-not-found". */
ep_rc_t ep_patchset_list(ep_portal_t *portal, ep_product_t product,
                         ep_str_t feed, ep_patchset_fn fn, void *ctx,
                         ep_err_t *err);
/* The same with usage: servers whose (kernel_id, level) was published newest
 * by this patchset (protocol.md 4.2-7), over the keys of that feed. */
ep_rc_t ep_patchset_usage(ep_portal_t *portal, ep_product_t product,
                          ep_str_t feed, ep_patchset_fn fn, void *ctx,
                          ep_err_t *err);

/* ---- one patchset (PS-4) ---- */

typedef struct {
    int64_t id; /* local; 0: known from upstream only */
    ep_product_t product;
    char name[EP_PATCHSET_NAME_MAX + 1];
    int64_t appeared;  /* UTC, microseconds: first seen here */
    int64_t released;  /* the same, as upstream says; 0: unknown */
    char archive[256]; /* in arch/, "" when it is not here */
    char sha256[65];   /* of that archive, hex; "" unknown */
    int64_t size;      /* of the archive, as upstream says; -1: unknown */
    int64_t objects;   /* kernels or build IDs */
    ep_upstream_t upstream;
    ep_str_t distros;   /* comma-separated; lives as long as the arena */
    ep_str_t changelog; /* upstream's text, untrusted; the same */
} ep_patchset_detail_t;

/* By the name as people write it. EP_ENOTFOUND "patchset-not-found". */
ep_rc_t ep_patchset_detail(ep_portal_t *portal, ep_product_t product,
                           ep_str_t name, ep_arena_t *arena,
                           ep_patchset_detail_t *out, ep_err_t *err);

/* The CVEs that a patchset's levels fix, by name. fresh: a kernel gets it
 * with this patchset, earlier levels did not have it. */
typedef ep_rc_t (*ep_patchset_cve_fn)(ep_str_t cve, bool fresh, void *ctx,
                                      ep_err_t *err);
ep_rc_t ep_patchset_cves(ep_portal_t *portal, int64_t id, ep_patchset_cve_fn fn,
                         void *ctx, ep_err_t *err);

/* The patchsets that appeared here last, newest first, of one product or of
 * all (product EP_PRODUCT_COUNT): what is here, and what can be had and is
 * wanted. state: not-downloaded, or undeployed for what is here. released as
 * in ep_patchset_detail_t. */
typedef ep_rc_t (*ep_patchset_newest_fn)(const ep_patchset_t *patchset,
                                         int64_t released, void *ctx,
                                         ep_err_t *err);
ep_rc_t ep_patchset_newest(ep_portal_t *portal, ep_product_t product,
                           int64_t limit, ep_patchset_newest_fn fn, void *ctx,
                           ep_err_t *err);
/* How many patchsets of each product some feed shows as "enabled (!)". */
ep_rc_t ep_patchset_withdrawn(ep_portal_t *portal,
                              int64_t out[EP_PRODUCT_COUNT], ep_err_t *err);
/* The names of the feeds that have it enabled, main first. */
typedef ep_rc_t (*ep_name_fn)(ep_str_t name, void *ctx, ep_err_t *err);
ep_rc_t ep_patchset_enabled_in(ep_portal_t *portal, int64_t id, ep_name_fn fn,
                               void *ctx, ep_err_t *err);
/* Every label of a distribution that the index or a patchset here has, by
 * name; a label may come more than once. */
ep_rc_t ep_patchset_labels(ep_portal_t *portal, ep_name_fn fn, void *ctx,
                           ep_err_t *err);

/* What the patchset makes of kernels: the effective version and distribution
 * that kpatch.info tells, and of how many kernels. At most limit rows. */
typedef ep_rc_t (*ep_patchset_kernel_fn)(ep_str_t uname, ep_str_t distro,
                                         int64_t objects, void *ctx,
                                         ep_err_t *err);
ep_rc_t ep_patchset_kernels(ep_portal_t *portal, int64_t id, int64_t limit,
                            ep_patchset_kernel_fn fn, void *ctx, ep_err_t *err);

/* ---- states: one service for CLI, API, auto-update and console ---- */

typedef enum {
    EP_ACTION_ENABLE,         /* only this one (MAN-3) */
    EP_ACTION_DISABLE,        /* only this one (MAN-4, TRAP-1) */
    EP_ACTION_ENABLE_UPTO,    /* this and all older, but disabled (MAN-2) */
    EP_ACTION_UNDEPLOY_DOWNTO /* this and all newer that are known now
                                 (NEW-PS-8); no update puts them back */
} ep_action_t;
/* "enable", "disable", "enable-upto", "undeploy-downto"; false if none. */
bool ep_action_find(ep_str_t name, ep_action_t *out);

/*
 * Apply an action to a patchset in a feed, in the caller's write
 * transaction. The name is matched by its order, so K, no K and both date
 * styles find it. *changed (may be NULL) gets how many states changed; 0 is
 * no error. Logs "NAME was enabled in FEED" per change (CLI-12).
 * EP_ENOTFOUND "patchset-not-found", "feed-not-found"; EP_EINVAL
 * "not-downloaded", "blocked" (enabling only; enable-upto passes over it).
 */
ep_rc_t ep_patchset_manage(ep_portal_t *portal, ep_product_t product,
                           ep_str_t name, ep_str_t feed, ep_action_t action,
                           int64_t *changed, ep_err_t *err);

/*
 * Enable, oldest first, what is undeployed in the feed without anybody having
 * said so (by undeploy-downto or a removal), appeared here at `before` (UTC,
 * microseconds) or earlier and, as far as upstream knows it, is available, in
 * the feed's channel and wanted by the settings. For
 * updates, by hand and automatic; in the caller's write transaction. Logs
 * and counts as ep_patchset_manage. EP_ENOTFOUND "feed-not-found".
 */
ep_rc_t ep_patchset_enable_new(ep_portal_t *portal, ep_product_t product,
                               ep_str_t feed, int64_t before, int64_t *changed,
                               ep_err_t *err);
/* The same with a row in the audit log when anything changed. */
ep_rc_t ep_auto_enable(ep_portal_t *portal, ep_product_t product, ep_str_t feed,
                       int64_t before, int64_t *changed, ep_err_t *err);
/* The same ones, only told: state is undeployed, and nothing but id, name
 * and order is set besides. */
ep_rc_t ep_patchset_list_new(ep_portal_t *portal, ep_product_t product,
                             ep_str_t feed, int64_t before, ep_patchset_fn fn,
                             void *ctx, ep_err_t *err);
/* Disable in every feed what upstream blocks; likewise. */
ep_rc_t ep_patchset_disable_blocked(ep_portal_t *portal, int64_t *changed,
                                    ep_err_t *err);

/* ---- deploy and unroll ---- */

typedef struct {
    uint64_t bytes_read;  /* of the archive */
    uint64_t bytes_total; /* its size */
    uint64_t files;
    const char *step; /* "unpacking", "checking", "publishing" */
} ep_progress_t;
typedef void (*ep_progress_fn)(void *ctx, const ep_progress_t *progress);

typedef struct {
    int fd;                  /* the archive, open for reading, seekable */
    const char *path;        /* its name as the user wrote it: messages, name */
    ep_product_t product;    /* the command's; the name must agree */
    ep_str_t feed;           /* empty: main */
    bool disabled;           /* --disabled: deploy without enabling */
    bool no_feed;            /* import it only: undeployed in every feed */
    bool dry_run;            /* judge it and log what would be done, as if it
                                were, but change nothing */
    ep_progress_fn progress; /* may be NULL */
    void *progress_ctx;
} ep_deploy_t;

/*
 * Import an archive (if it is not here yet) and put it into a feed, in its
 * own transactions: the caller has none open. The archive is kept in arch/
 * (CLI-7). All or nothing: a kill at any point leaves no trace that counts,
 * and the next call sweeps the rest. Deploying the same archive again
 * changes nothing. Hostile archives are refused whole: EP_EINVAL
 * "bad-archive" names the member. A level that exists with other bytes is
 * EP_EEXISTS "level-conflict".
 */
ep_rc_t ep_deploy(ep_portal_t *portal, const ep_deploy_t *deploy,
                  ep_err_t *err);

/*
 * Import the metadata of a patchset (docs/patch-source.md) instead of its
 * archive, for cache mode: it is then "undeployed" everywhere, and its files
 * are fetched when they are asked for (eportal/cache.h). A deploy of the
 * archive later makes it whole. fd: the document, read from where it stands;
 * sha256: its hash. Nothing happens when the patchset is here in any form.
 * EP_EINVAL "bad-metadata", EP_EEXISTS "level-conflict".
 */
ep_rc_t ep_deploy_metadata(ep_portal_t *portal, ep_product_t product,
                           ep_str_t name, int fd, const uint8_t sha256[32],
                           ep_err_t *err);

/*
 * Unpack an archive as a deploy would, but into resources/ or
 * user-resources/ below dir_fd, for a patch source to offer, and write its
 * metadata to out_fd. The archive lies in dir_fd. Fails as ep_deploy.
 */
ep_rc_t ep_archive_spread(const ep_config_t *cfg, const ep_deploy_t *archive,
                          int dir_fd, int out_fd, ep_err_t *err);

/* Write the metadata of a patchset that is here with its files to out_fd, by
 * its local id: what a portal in cache mode needs of it. */
ep_rc_t ep_patchset_describe(ep_portal_t *portal, int64_t id,
                             ep_product_t product, const char *name, int out_fd,
                             ep_err_t *err);

/*
 * Disable a patchset in a feed (TRAP-1); with remove take it out of the feed
 * instead, or out of every feed when feed is empty, and off the disk (files,
 * levels, row) when no feed has it any more. Should it come again, no update
 * puts it back into a feed that had it. EP_ENOTFOUND.
 */
ep_rc_t ep_unroll(ep_portal_t *portal, ep_product_t product, ep_str_t name,
                  ep_str_t feed, bool remove, ep_err_t *err);
/* Log what ep_unroll would do, as if it were done. */
ep_rc_t ep_unroll_dry(ep_portal_t *portal, ep_product_t product, ep_str_t name,
                      ep_str_t feed, bool remove, ep_err_t *err);

/*
 * Enable, in every feed that updates itself, the patchsets that are here, have
 * no state there and appeared at least deploy_after hours ago, oldest first
 * (FEED-9..11), in transactions of its own. What is disabled in a feed stays
 * so (MAN-5). *enabled gets how many states changed, also when it fails
 * half-way. Logs as ep_patchset_manage.
 */
ep_rc_t ep_auto_deploy(ep_portal_t *portal, int64_t *enabled, ep_err_t *err);

/* Remove what a killed import left behind, when no import is running. */
ep_rc_t ep_deploy_sweep(ep_portal_t *portal, ep_err_t *err);

/* ---- levels ---- */

typedef struct {
    const uint8_t *object; /* EP_OBJECT_SIZE bytes */
    bool userspace;        /* false: a kernel; true: user, qemu, db */
    int64_t feed_id;
    unsigned products; /* only levels of these, EP_PRODUCT_BIT mask */
    int64_t min_age;   /* seconds it must have been here; 0 = any */
    int64_t max_order; /* not newer than this order; 0 = any */
} ep_level_query_t;

typedef struct {
    int64_t level;
    int64_t order; /* of the patchset that gives it */
    int64_t patchset_id;
    ep_product_t product;
} ep_level_t;

/* The level of an object in a feed: newest enabled patchset that carries it.
 * EP_ENOTFOUND "unknown-object": no patchset at all carries it;
 * "no-level": none that is enabled here and allowed. */
ep_rc_t ep_level_find(ep_portal_t *portal, const ep_level_query_t *query,
                      ep_level_t *out, ep_err_t *err);

/* A level of a kernel with the newest patchset here that has it; level -1: the
 * newest level that any has. EP_ENOTFOUND, err untouched. */
typedef struct {
    int64_t level;
    char patchset[EP_PATCHSET_NAME_MAX + 1];
    int64_t appeared; /* UTC, microseconds */
} ep_level_detail_t;
ep_rc_t ep_kernel_level(ep_portal_t *portal, const uint8_t *kernel,
                        int64_t level, ep_level_detail_t *out, ep_err_t *err);
/* The CVEs of a kernel by name, and the level from which on it is free of
 * each. */
typedef ep_rc_t (*ep_kernel_cve_fn)(ep_str_t cve, int64_t level, void *ctx,
                                    ep_err_t *err);
ep_rc_t ep_kernel_cves(ep_portal_t *portal, const uint8_t *kernel,
                       ep_kernel_cve_fn fn, void *ctx, ep_err_t *err);

/* Every build ID with its level in a feed, for *-patches.json
 * (protocol.md 1.6). distro, time: of its kpatch.info, may be empty. */
typedef struct {
    ep_str_t object; /* 20 bytes, binary */
    int64_t level;
    int64_t appeared; /* of the patchset that gives it, UTC microseconds */
    ep_str_t distro;
} ep_object_row_t;
typedef ep_rc_t (*ep_object_fn)(const ep_object_row_t *row, void *ctx,
                                ep_err_t *err);
ep_rc_t ep_object_list(ep_portal_t *portal, unsigned products, int64_t feed_id,
                       ep_object_fn fn, void *ctx, ep_err_t *err);

#endif
