/*
 * The whole HTTP application without a web server: a request value goes in,
 * a response value comes out. The nginx module runs it in its event loop or
 * in a thread; unit tests and fuzzers call it directly.
 *
 * Routes are one table: method, pattern, who may, where it runs, handler.
 */

#ifndef EPORTAL_HTTP_H
#define EPORTAL_HTTP_H

#include <eportal/addr.h>
#include <eportal/agent.h>
#include <eportal/arena.h>
#include <eportal/cache.h>
#include <eportal/portal.h>
#include <eportal/str.h>

typedef enum {
    EP_GET = 1,
    EP_HEAD = 2,
    EP_POST = 4,
    EP_PUT = 8,
    EP_DELETE = 16,
    EP_OPTIONS = 32,
    EP_PATCH = 64,
    EP_METHOD_OTHER = 128
} ep_method_t;

/* Headers that the application reads; the bridge copies just these. */
typedef enum {
    EP_HEADER_AUTHORIZATION,
    EP_HEADER_CONTENT_TYPE,
    EP_HEADER_HOST,
    EP_HEADER_X_FORWARDED_FOR,
    EP_HEADER_X_FORWARDED_PROTO,
    EP_HEADER_COOKIE,
    EP_HEADER_ORIGIN,
    EP_HEADER_SEC_FETCH_SITE,
    EP_HEADER_X_CSRF_TOKEN,
    EP_HEADER_USER_AGENT,
    EP_HEADER_IF_NONE_MATCH,
    EP_HEADER_API_KEY, /* its name is a setting: API_AUTH_HEADER */
    EP_HEADER_COUNT
} ep_header_t;
/* "authorization", "content-type", ...: lower case, in the same order; the
 * last one is NULL. */
extern const char *const ep_header_names[EP_HEADER_COUNT];

/* Whose threads: apart, so that none can hold up another. */
typedef enum {
    EP_POOL_DB,   /* reads and writes of the database */
    EP_POOL_AUTH, /* password hashes, LDAP, OpenID */
    EP_POOL_NET,  /* fetches from the patch source */
    EP_POOL_COUNT
} ep_pool_t;
/* "db", "auth", "net". */
extern const char *const ep_pool_names[EP_POOL_COUNT];

/*
 * What the workers have counted since nginx started, for /metrics: memory
 * that they share, changed by atomic additions. requests: by number of the
 * route (1 for the first, 0: none) and class of the status (0: none of 1xx
 * to 5xx). commits: by ep_commit_bounds, the last: longer.
 */
#define EP_ROUTES_MAX 160
#define EP_COMMIT_BUCKETS 7
extern const int64_t ep_commit_bounds[EP_COMMIT_BUCKETS]; /* microseconds */
typedef struct {
    uint64_t requests[EP_ROUTES_MAX + 1][6];
    uint64_t commits[EP_COMMIT_BUCKETS + 1];
    uint64_t commit_us;
    uint64_t checkins;
    uint64_t checkins_dropped;
    uint64_t reads_in_threads;
    uint64_t cache_hits; /* files that were fetched before */
    uint64_t cache_fetches;
    uint64_t cache_failures;
    uint64_t queued[EP_POOL_COUNT + 1]; /* now; the last: group commit */
} ep_http_counters_t;

typedef struct {
    const struct ep_route *route; /* NULL: not looked up; by ep_http_plan */
    ep_method_t method;
    ep_str_t path;  /* percent-decoded and normalised, begins with '/' */
    ep_str_t query; /* raw, without '?' */
    ep_str_t headers[EP_HEADER_COUNT]; /* empty when absent; values joined
                                          by ", " when repeated */
    ep_str_t body;
    ep_addr_t peer;                     /* of the connection */
    bool https;                         /* the connection is TLS */
    const ep_http_counters_t *counters; /* NULL: nobody counts */
} ep_http_request_t;

#define EP_HTTP_EXTRA_HEADERS 14

typedef struct {
    int status;
    const char *content_type; /* static; NULL: none */
    ep_str_t body;            /* static or in the arena */
    /* When n > 0: a file below the patches directory, "resources/...";
     * built from validated parts only. Body is empty then. */
    ep_str_t file;
    /* The console's page, which nginx has; body and file are empty then. */
    bool console;
    /* Not NULL: that file need not be there, but can be fetched
     * (eportal/cache.h). In the arena. */
    const ep_remote_t *remote;
    /* When body_size > 0: the body is so many bytes of this descriptor, from
     * the file's beginning; body and file are empty then. The arena closes
     * it. Never of a handler that runs in the loop. */
    int body_fd;
    int64_t body_size;
    struct {
        const char *name;             /* static */
        ep_str_t value;               /* no CR, LF or NUL */
    } headers[EP_HTTP_EXTRA_HEADERS]; /* Allow, Retry-After, ... */
    size_t header_count;
    /* A check-in to be written behind the answer; views into request and
     * arena. has_checkin false: none. */
    ep_checkin_t checkin;
    bool has_checkin;
    size_t route; /* for ep_http_counters_t */
    /* What an agent showed told nothing, or names no server: ep_strays_t. */
    bool undecodable;
    bool unknown;
    /* For the log only, never sent: text of a 5xx. */
    char log[256];
} ep_http_response_t;

/* The name of a header, in any case: that of EP_HEADER_API_KEY is a
 * setting. */
const char *ep_http_header_name(const ep_config_t *cfg, ep_header_t header);

/* Where a request's handler runs. */
typedef enum {
    EP_EXEC_LOOP,  /* bounded indexed reads: in the event loop */
    EP_EXEC_READ,  /* on a thread, reads only */
    EP_EXEC_TASK,  /* on a thread, in transactions of its own */
    EP_EXEC_COMMIT /* in the group commit: a durable write */
} ep_exec_t;

/* What must be known before the body is read. */
typedef struct {
    ep_exec_t exec;
    ep_pool_t pool;  /* of EP_EXEC_READ and EP_EXEC_TASK */
    bool alone;      /* answers without a database, too */
    size_t max_body; /* bytes; a larger body is 413 */
} ep_http_plan_t;

/* Look the route of a request up (method, path) and note it there, so that
 * ep_http_run need not look again. Unknown paths and wrong methods get a plan
 * too: their answer is made by ep_http_run. */
void ep_http_plan(ep_http_request_t *request, ep_http_plan_t *plan);

/*
 * Run a request to its response; never fails: what goes wrong is a 4xx or
 * 5xx with a JSON body {"error": "..."} (or the agents' own grammar).
 * EP_EXEC_COMMIT handlers need the caller's write transaction (a savepoint
 * in the group commit) and must be rolled back when *commit comes back
 * false. portal NULL: the database is not there, 503. commit may be NULL.
 */
void ep_http_run(ep_portal_t *portal, const ep_http_request_t *request,
                 ep_arena_t *arena, ep_http_response_t *response, bool *commit);

/* A ready answer of the same shape for what happens outside a handler:
 * 413, 503 (with a jittered Retry-After), 500. */
void ep_http_error(int status, const char *error, ep_arena_t *arena,
                   ep_http_response_t *response);

/* The client's address: the connection's, or X-Forwarded-For's rightmost
 * hop that is not in TRUSTED_PROXIES when the connection's is in it. */
ep_addr_t ep_http_client(const ep_config_t *cfg,
                         const ep_http_request_t *request);

/* The route table, for `kc.eportal routes` and for tests. */
typedef struct {
    unsigned methods;    /* ep_method_t bits */
    const char *pattern; /* "/{hash}/{level}/{file}" */
    const char *auth;    /* "public", "agent", "agent-optional", "user",
                          "admin", "monitor" */
    ep_exec_t exec;
    const char *name; /* "patch-file": names the test's rows */
} ep_route_info_t;
size_t ep_route_count(void);
ep_route_info_t ep_route_info(size_t i);

#endif
