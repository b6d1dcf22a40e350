/*
 * What agents send: their identity, and check-ins in every encoding that
 * protocol.md 1.3, 4.2-1 and 4.3 speak of. All of it is hostile input.
 */

#ifndef EPORTAL_AGENT_H
#define EPORTAL_AGENT_H

#include <eportal/addr.h>
#include <eportal/arena.h>
#include <eportal/portal.h>
#include <eportal/server.h>
#include <eportal/str.h>

#define EP_TOKEN_MAX 8192 /* bytes of a query; longer ones are not decoded */

/* A check-in as it was received, waiting to be written: what the event loop
 * hands to the commit task. */
typedef struct {
    int64_t server; /* local id */
    int64_t time;   /* UTC, seconds */
    ep_addr_t ip;
    ep_str_t query;        /* raw query string, may be empty */
    ep_str_t body;         /* raw body, may be empty */
    ep_str_t content_type; /* of the body */
    uint8_t kernel[20];    /* kernel hash of the URL */
    bool has_kernel;
    bool fetched; /* a patch file was given out: `updated` */
} ep_checkin_t;

/* Decode a check-in in full and store it (ep_server_checkin), inside the
 * caller's write transaction. What is not understood is kept raw, never an
 * error; *undecodable (may be NULL) is set when a token held nothing. arena
 * is room to work in, emptied first: one for many. */
ep_rc_t ep_checkin_store(ep_portal_t *portal, const ep_checkin_t *checkin,
                         ep_arena_t *arena, bool *undecodable, ep_err_t *err);

/* Decode only; views point into arena. For tests and the fuzzer. */
ep_rc_t ep_checkin_decode(const ep_checkin_t *checkin, ep_arena_t *arena,
                          ep_server_report_t *out, bool *undecodable,
                          ep_err_t *err);

/* Requests whose token nothing could be made of, and requests that name a
 * server which is not registered. Both get the feed main, and are counted
 * since the database was made. */
typedef struct {
    int64_t undecodable;
    int64_t unknown;
} ep_strays_t;
/* Add to the counts, in the caller's write transaction. */
ep_rc_t ep_strays_add(ep_portal_t *portal, const ep_strays_t *more,
                      ep_err_t *err);
ep_rc_t ep_strays_get(ep_portal_t *portal, ep_strays_t *out, ep_err_t *err);

#endif
