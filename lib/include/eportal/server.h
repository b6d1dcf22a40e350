/*
 * Servers: the machines that run an agent. What never changes (id, key,
 * registration) is one row, the narrow check-in another, the reported facts
 * a third that is only written when they differ (design.md section 4).
 */

#ifndef EPORTAL_SERVER_H
#define EPORTAL_SERVER_H

#include <eportal/addr.h>
#include <eportal/key.h>
#include <eportal/portal.h>
#include <eportal/str.h>

#define EP_SERVER_ID_MAX 64 /* [A-Za-z0-9]{1,64}; ours: 16, letter first */
#define EP_FACT_MAX 256     /* bytes of one reported fact, cut beyond */
#define EP_TAGS_MAX 4096    /* bytes of a server's tags as they are sent */

/* Facts in the order and by the names of the API record (protocol.md 1.3). */
typedef enum {
    EP_FACT_HOSTNAME,
    EP_FACT_KERNEL_ID, /* 40 hex digits, lower case */
    EP_FACT_EUNAME,    /* effective kernel */
    EP_FACT_RELEASE,
    EP_FACT_VERSION,
    EP_FACT_MACHINE,
    EP_FACT_PROCESSOR,
    EP_FACT_VIRT,
    EP_FACT_DISTRO,
    EP_FACT_DISTRO_VERSION,
    EP_FACT_KCARE_VERSION,
    EP_FACT_PATCH_TYPE,
    EP_FACT_COUNT
} ep_fact_t;

/* "hostname", "kernel_id", ...: names on the wire and columns. */
extern const char *const ep_fact_names[EP_FACT_COUNT];

/* A whole record, as lists show it. Strings live until the callback
 * returns; facts that were never reported are empty views. */
typedef struct {
    int64_t id;
    ep_str_t server_id;
    ep_str_t key;
    ep_str_t feed;
    ep_str_t facts[EP_FACT_COUNT];
    ep_str_t tags; /* "env:prod;ubuntu", empty when there are none */
    ep_addr_t ip;
    int64_t registered; /* UTC, microseconds */
    int64_t checkin;    /* UTC, microseconds; 0 = never */
    int64_t updated;    /* UTC, microseconds; 0 = never patched */
    int64_t uptime;     /* seconds, -1 unknown */
    int64_t level;      /* patch level, 0 = nothing applied */
} ep_server_t;

/* What the agent path needs of a caller: one indexed read. */
typedef struct {
    int64_t id;
    int64_t key_id;
    int64_t feed_id;
    unsigned products; /* EP_PRODUCT_BIT mask of its key */
} ep_caller_t;

typedef ep_rc_t (*ep_server_fn)(const ep_server_t *server, void *ctx,
                                ep_err_t *err);

/* EP_ENOTFOUND "server-not-found" (also for what is no server id). */
ep_rc_t ep_server_caller(ep_portal_t *portal, ep_str_t server_id,
                         ep_caller_t *out, ep_err_t *err);

/* Every server, or those of one key when key.n > 0, in order of
 * registration (local id). after: start behind this local id (0 = begin);
 * limit: 0 = all. */
ep_rc_t ep_server_list(ep_portal_t *portal, ep_str_t key, int64_t after,
                       int64_t limit, ep_server_fn fn, void *ctx,
                       ep_err_t *err);

/*
 * Insert a server under a key, enforcing its limit in the same transaction.
 * server_id: one that it already has and keeps (its key may change with it;
 * if it is known here, this is a check-in), or empty for a new random one.
 * Facts and address may be empty.
 * EP_ENOTFOUND "invalid-key", EP_ELIMIT "key-limit-reached", EP_EINVAL.
 */
ep_rc_t ep_server_register(ep_portal_t *portal, ep_str_t key,
                           ep_str_t server_id, ep_str_t hostname,
                           const ep_addr_t *ip, char out[EP_SERVER_ID_MAX + 1],
                           ep_err_t *err);

/* *deleted gets 1 or 0; an unknown id is no error (idempotent). */
ep_rc_t ep_server_delete(ep_portal_t *portal, ep_str_t server_id,
                         int64_t *deleted, ep_err_t *err);
/*
 * Servers of one key at one address (unregister_by_key.plain), at most limit
 * of them: *deleted gets how many. No index leads to them, and the write lock
 * is held meanwhile: EP_ELIMIT "key-too-large" for a key of more than
 * EP_KEY_WALK_MAX servers.
 */
#define EP_KEY_WALK_MAX 50000
ep_rc_t ep_server_delete_by_key_ip(ep_portal_t *portal, ep_str_t key,
                                   const ep_addr_t *ip, int64_t limit,
                                   int64_t *deleted, ep_err_t *err);
/* At most limit servers of one key; *deleted gets how many. Called again while
 * it equals limit, it empties a key in pieces of a transaction. */
ep_rc_t ep_server_delete_by_key(ep_portal_t *portal, ep_str_t key,
                                int64_t limit, int64_t *deleted, ep_err_t *err);
/* How many there are, and how many of them gave their last sign of life
 * (check-in, else registration) before the given time. Reads every row. */
ep_rc_t ep_server_count(ep_portal_t *portal, int64_t before_us, int64_t *total,
                        int64_t *silent, ep_err_t *err);
/*
 * Delete the servers whose last sign of life (check-in, else registration) is
 * before the given time (SRV-6), in pieces of a transaction each: one call
 * looks at limit servers behind the local id *after (0 = begin) and moves it;
 * it is 0 again when the last server has been looked at. *deleted gets how
 * many of them this call deleted.
 */
ep_rc_t ep_server_delete_inactive(ep_portal_t *portal, int64_t before_us,
                                  int64_t limit, int64_t *after,
                                  int64_t *deleted, ep_err_t *err);

/*
 * Replace the tags that the agent set (TAG-1..5). tags: "env:prod;ubuntu";
 * empty removes all of them. Tags of the console are another origin and are
 * left alone. EP_ENOTFOUND, EP_EINVAL "bad-tags" (too long, control chars).
 */
ep_rc_t ep_server_set_agent_tags(ep_portal_t *portal, ep_str_t server_id,
                                 ep_str_t tags, ep_err_t *err);

/* A check-in, decoded (agent.h) and ready to be stored. */
typedef struct {
    int64_t server; /* local id */
    int64_t time;   /* UTC, seconds */
    ep_addr_t ip;
    int64_t uptime;                /* -1: not reported, keep */
    int64_t level;                 /* -1: not reported, keep */
    ep_str_t facts[EP_FACT_COUNT]; /* p NULL: not reported, keep */
    ep_str_t extra;                /* JSON of what nobody knows; n 0: keep */
    bool updated;                  /* a patch file was fetched */
} ep_server_report_t;

/*
 * Store it: rewrites the narrow row, the facts only when they were not all
 * reported like this the last time. The facts are made text and cut at
 * EP_FACT_MAX; a kernel_id that is none, and an extra that is no text or over
 * 4 KiB, counts as not reported. Keeps the usage counters. A server that is
 * gone meanwhile is EP_OK.
 */
ep_rc_t ep_server_checkin(ep_portal_t *portal, const ep_server_report_t *report,
                          ep_err_t *err);

/* How many servers run which level of which kernel under a key: counters,
 * kept by ep_server_checkin and by deletion. */
typedef struct {
    ep_str_t kernel_id; /* 20 bytes, binary */
    int64_t level;
    int64_t servers;
    int64_t key_id;
} ep_usage_row_t;
typedef ep_rc_t (*ep_usage_fn)(const ep_usage_row_t *row, void *ctx,
                               ep_err_t *err);
/* key_id 0: of all keys. */
ep_rc_t ep_usage_list(ep_portal_t *portal, int64_t key_id, ep_usage_fn fn,
                      void *ctx, ep_err_t *err);

#endif
