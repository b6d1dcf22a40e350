/*
 * The insides of the HTTP application: routes, the call that a handler gets,
 * and how it answers. Handlers hold no SQL and touch no files.
 *
 * A handler that runs in the event loop (EP_EXEC_LOOP) makes indexed point
 * reads only, allocates from the call's arena only, and leaves the request's
 * parameters unparsed: call->token has what it needs.
 */

#ifndef EP_HTTP_PRIVATE_H
#define EP_HTTP_PRIVATE_H

#include <eportal/audit.h>
#include <eportal/auth.h>
#include <eportal/buf.h>
#include <eportal/http.h>

#include "agent/token.h"
#include "base/json.h"
#include "base/spool.h"
#include "http/params.h"

/* ---- routes ---- */

/* What a "{name}" of a pattern captures; checked before a handler runs. */
typedef enum {
    EP_CAP_PREFIX, /* {prefix}: [A-Za-z0-9._-]{1,32} */
    EP_CAP_HASH,   /* {hash}: 40 hex digits of either case */
    EP_CAP_LEVEL,  /* {level}: a positive decimal, no leading zero */
    EP_CAP_LATEST, /* {latest}: latest, latest.v2, 250518.latest.v2 */
    EP_CAP_FILE,   /* {file}: the rest of the path, safe components; the
                      first is not a number */
    EP_CAP_BINARY, /* {binary}: the same, and its last one is kpatch.bin* */
    EP_CAP_METHOD, /* {method}: the rest of the path, ends in .plain or .json */
    EP_CAP_TYPE,   /* {type}: one or more components of any kind */
    EP_CAP_KEY,    /* {key}: one component of any kind */
    EP_CAP_NAME,   /* {name}: the same; at the end of a pattern the rest of
                      the path, because names may have slashes */
    EP_CAP_ID,     /* {id}: the same */
    EP_CAP_EXT,    /* {ext}: plain or json */
    EP_CAP_PAGE,   /* {page}: the rest of the path; the first is not api, sso
                      or assets */
    EP_CAP_COUNT
} ep_capture_t;

typedef enum {
    EP_AUTH_PUBLIC = 1,
    EP_AUTH_AGENT_OPTIONAL, /* an identity changes the answer */
    EP_AUTH_AGENT,          /* a registered server, unless PATCH_AUTH is off */
    EP_AUTH_INDEX,          /* anybody, unless AUTH_RESTRICTED_INDEX is on:
                               then any user */
    EP_AUTH_USER,           /* any user */
    EP_AUTH_ADMIN,          /* a user whose role is admin */
    EP_AUTH_MONITOR         /* an address of METRICS_ALLOW, or any user */
} ep_auth_t;

typedef struct ep_call ep_call_t;
typedef ep_rc_t (*ep_handler_fn)(ep_call_t *call, ep_err_t *err);

enum {
    EP_ROUTE_NOCASE = 1,   /* literals match either case */
    EP_ROUTE_ENVELOPE = 2, /* errors in the grammar of {ext} */
    EP_ROUTE_SLOW = 4,     /* hashes, or asks other servers: pool auth */
    EP_ROUTE_GUARD = 8,    /* public, but for browsers: Host and Origin are
                              looked at as on routes for users */
    EP_ROUTE_ALONE = 16,   /* call->portal may be NULL, cfg is; no identity */
    EP_ROUTE_PAGE = 32     /* a page: it loads what is beside it */
};

typedef struct ep_route {
    const char *name;
    unsigned methods;
    /* Segments of literals, "{capture}" or both ("check.{ext}"); "[...]"
     * around an optional first segment, "[/]" at the end. */
    const char *pattern;
    ep_auth_t auth;
    ep_exec_t exec;
    unsigned flags;
    ep_handler_fn handler;
} ep_route_t;

extern const ep_route_t ep_routes[];
extern const size_t ep_routes_count;

/* The route of a request. NULL: unknown path (*allow 0) or wrong method
 * (*allow has the methods of the path). */
const ep_route_t *ep_route_find(ep_method_t method, ep_str_t path,
                                ep_str_t captures[EP_CAP_COUNT],
                                unsigned *allow);
/* The captures of a path in the route that was found for it. */
bool ep_route_match(const ep_route_t *route, ep_str_t path,
                    ep_str_t captures[EP_CAP_COUNT]);

/* ---- a call ---- */

struct ep_call {
    ep_portal_t *portal;
    const ep_config_t *cfg;
    const ep_http_request_t *request;
    ep_http_response_t *response;
    ep_arena_t *arena;
    const ep_route_t *route;
    ep_str_t captures[EP_CAP_COUNT];
    ep_addr_t client;
    ep_str_t query;      /* what a check-in keeps of the request's */
    ep_str_t body;       /* the same */
    bool rollback;       /* the answer is good, but nothing may be written */
    ep_params_t *params; /* made by ep_call_params */
    ep_token_t token;    /* filled by ep_call_identify */
    bool identified;     /* caller is a known server */
    ep_caller_t caller;
    char server_id[EP_SERVER_ID_MAX + 1]; /* the caller's */
    ep_principal_t who; /* the user; via EP_VIA_NONE on other routes */
};

/* Who asks: Basic user, then query, then body. Sets call->token, identified
 * and caller, and the response's check-in. Only a failing database fails. */
ep_rc_t ep_call_identify(ep_call_t *call, ep_err_t *err);

/* Whether the caller may have binary patches: a known server, or anybody
 * when PATCH_AUTH is off. False: 401 has been answered. */
bool ep_call_admit(ep_call_t *call);

/* ---- users (http/guard.c) ---- */

/* Whether a browser may have been tricked into this request: a Host that is
 * not ours, an Origin that is another. EP_EINVAL "bad-host", EP_EPERM
 * "foreign-origin". */
ep_rc_t ep_guard_browser(ep_call_t *call, ep_err_t *err);
/* Who the user is, and that he may: sets call->who. EP_EAUTH
 * "not-authenticated" or "bad-credentials", EP_EPERM "forbidden" or "csrf",
 * EP_EBUSY "throttled". The caller has no transaction open. */
ep_rc_t ep_guard_user(ep_call_t *call, ep_err_t *err);
/* Who the user is, whatever he may: sets call->who. EP_EAUTH and EP_EBUSY as
 * above. */
ep_rc_t ep_guard_identify(ep_call_t *call, ep_err_t *err);
/* Whether a request carries a token or Basic credentials. */
bool ep_guard_has_credentials(const ep_http_request_t *request);
/* Whether the address alone may see what monitoring sees. */
bool ep_guard_monitor(const ep_call_t *call);
/* Whether the Basic credentials of this request would have to be hashed. */
bool ep_guard_hashes(const ep_http_request_t *request);
/* The headers that keep an answer for users out of caches and frames. */
void ep_guard_headers(ep_call_t *call);
/* Where sessions and tokens say the caller is. */
ep_origin_t ep_call_origin(const ep_call_t *call);
/* Whether an address is in TRUSTED_PROXIES. */
bool ep_client_is_proxy(const ep_config_t *cfg, const ep_addr_t *addr);
/* Whether the browser sees https: this connection, or what a balancer on a
 * private address or in TRUSTED_PROXIES says of its own (X-Forwarded-Proto,
 * TLS-5). */
bool ep_call_https(const ep_call_t *call);
/* This portal's own address without a slash behind, as the browser has it:
 * "https://portal.example:8443". EP_EINVAL "bad-host" without a Host. */
ep_rc_t ep_call_base_url(const ep_call_t *call, const char **out,
                         ep_err_t *err);
/* The value of our cookie; "__Host-eportal" under https, "eportal" without. */
ep_str_t ep_call_cookie(const ep_call_t *call, ep_str_t name);
ep_str_t ep_session_cookie(const ep_call_t *call);
/* End the session that this browser has, before it gets another one. */
void ep_call_end_former(ep_call_t *call);

/* Parameters of query and body, parsed once. EP_EINVAL "bad-request" when
 * the body is malformed; the query's are there even then. */
ep_rc_t ep_call_params(ep_call_t *call, ep_err_t *err);

/* The same; EP_EINVAL "secret-in-address" when one of these, NULL behind the
 * last, stands in the query. */
ep_rc_t ep_call_secrets(ep_call_t *call, const char *const *names,
                        ep_err_t *err);

/* The parameter dry_run: nothing shall be changed, only told. Parses the
 * parameters. */
ep_rc_t ep_call_dry_run(ep_call_t *call, bool *out, ep_err_t *err);

/* A durable write transaction of an EP_EXEC_TASK handler: begun, and ended
 * as rc says, which it returns, or why the commit failed. */
ep_rc_t ep_call_write(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_call_written(ep_call_t *call, ep_rc_t rc, ep_err_t *err);

/* ---- answers; all return EP_OK or set err ---- */

void ep_answer_text(ep_call_t *call, int status, ep_str_t body);
void ep_answer_json(ep_call_t *call, int status, ep_str_t body);
/* {"error": code}; code is a static word. */
void ep_answer_error(ep_http_response_t *response, int status, const char *code,
                     ep_arena_t *arena);
void ep_answer_header(ep_http_response_t *response, const char *name,
                      ep_str_t value);
/* When who asks may come again. */
ep_rc_t ep_answer_retry(ep_call_t *call, int seconds, ep_err_t *err);
/* {"error": code, "message": text}, for people who look at an API. */
void ep_answer_failure(ep_call_t *call, int status, const char *code,
                       const char *text);
/* What the writer wrote becomes the answer; its buffer is taken in any case. */
ep_rc_t ep_answer_written(ep_call_t *call, int status, ep_json_t *w,
                          ep_err_t *err);
/* {"result": n} and {"result": "ok"}: what changes answer. */
ep_rc_t ep_answer_count(ep_call_t *call, int64_t count, ep_err_t *err);
ep_rc_t ep_answer_ok(ep_call_t *call);
/* What a deletion would take, dry_run: {"result": n, name: count, ...}. */
typedef struct {
    const char *name; /* NULL behind the last */
    int64_t count;
} ep_loss_t;
ep_rc_t ep_answer_losses(ep_call_t *call, int64_t result,
                         const ep_loss_t *losses, ep_err_t *err);
/* Set the session's cookie; "": take it away. */
ep_rc_t ep_answer_session_cookie(ep_call_t *call, const char *secret,
                                 ep_err_t *err);
/* A cookie of ours; value: no spaces, quotes, commas, semicolons. age: seconds
 * that the browser keeps it; 0: no longer, -1: until it is closed. script:
 * pages may read it. */
ep_rc_t ep_answer_cookie(ep_call_t *call, const char *name, const char *value,
                         int64_t age, bool script, ep_err_t *err);
/* "warnings": what everybody who is logged in should see at once. */
void ep_write_warnings(ep_json_t *w, const ep_config_t *cfg);
/* A row of the audit log as an object. */
void ep_audit_write(ep_json_t *w, const ep_audit_row_t *row);
/* Give a buffer to the arena, so that the answer can point into it. */
ep_rc_t ep_answer_buffer(ep_call_t *call, ep_buf_t *buf, ep_err_t *err);

/*
 * Large answers: an empty spool (base/spool.h) that lives as long as the
 * call's arena, so a handler that fails just returns. Not in the event loop.
 *
 *     rc = ep_call_spool(call, &spool, err);
 *     if (rc == EP_OK) {
 *         rc = ep_server_list(call->portal, key, 0, 0, add_row, spool, err);
 *     }
 *     return rc == EP_OK ? ep_answer_spool(call, spool, "text/csv", err) : rc;
 */
ep_rc_t ep_call_spool(ep_call_t *call, ep_spool_t **out, ep_err_t *err);
/* What the spool holds is the body of a 200; content_type is static, NULL:
 * JSON. The spool's failures become the call's. */
ep_rc_t ep_answer_spool(ep_call_t *call, ep_spool_t *spool,
                        const char *content_type, ep_err_t *err);

/* The agents' envelope (protocol.md 1.2). code -1 and server_id NULL: left
 * out. json: "data", ready made. */
typedef struct {
    bool success;
    int code;
    const char *server_id; /* checked: letters and digits */
    const char *message;   /* static */
    const char *json;
} ep_envelope_t;
ep_rc_t ep_answer_envelope(ep_call_t *call, int status,
                           const ep_envelope_t *envelope, ep_err_t *err);

/* A file below the patches directory. level 0: outside of the levels; below:
 * its path below the level or the object. For the event loop. */
ep_rc_t ep_answer_file(ep_call_t *call, bool userspace, const uint8_t *object,
                       int64_t level, ep_str_t below, ep_err_t *err);

/* ---- handlers ---- */

ep_rc_t ep_api_latest(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_version(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_level_file(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_object_file(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_userspace(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_userspace_list(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_register(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_register_server(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_unregister_server(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_unregister_by_key(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_check(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_tag(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_sticky(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_checkin(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_unknown_method(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_nagios(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_nagios_reseller(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_scanner_rows(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_scanner_list(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_source_index(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_source_archive(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_source_levels(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_source_file(ep_call_t *call, ep_err_t *err);

/* Management (protocol.md 1.9). */
extern const ep_str_t ep_openapi; /* made by embed-openapi.pl */
ep_rc_t ep_api_console(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_openapi(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_start(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_feeds(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_feed_put(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_feed_delete(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_keys(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_key_put(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_key_delete(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_patchsets(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_newest(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_patchset(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_matrix(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_manage(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_settings_source(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_settings_source_put(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_settings_source_test(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_servers(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_server(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_overview(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_servers_export(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_servers_bulk(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_servers_delete(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_delete_server(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_set_tags(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_tags(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_tag_put(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_tag_delete(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_settings(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_audit(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_audit_export(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_jobs(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_job_run(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_status(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_healthz(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_readyz(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_metrics(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_login(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_logout(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_session(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_password(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_users(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_user_put(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_user_delete(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_user_delete_named(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_tokens(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_token_create(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_token_revoke(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_sessions(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_session_end(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_sessions_end(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_throttle(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_throttle_clear(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_sso_login(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_sso_callback(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_sso_logout(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_sso_settings(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_sso_test(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_ldap(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_ldap_put(ep_call_t *call, ep_err_t *err);
ep_rc_t ep_api_ldap_test(ep_call_t *call, ep_err_t *err);

#endif
