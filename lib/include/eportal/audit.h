/*
 * The audit log: every change and every login, with who, what, on what, from
 * where and how it ended (W-2, NEW-SEC-7, ASVS 16.2.1).
 *
 * Whoever changes things for somebody says once who that is; the services
 * that change rows then write the audit row themselves, in the transaction
 * of the change. Without an actor nothing is recorded: that is how agents'
 * registrations and check-ins stay out of it.
 */

#ifndef EPORTAL_AUDIT_H
#define EPORTAL_AUDIT_H

#include <eportal/addr.h>
#include <eportal/buf.h>
#include <eportal/portal.h>
#include <eportal/str.h>

#define EP_AUDIT_DETAIL_MAX 8192 /* bytes of a detail */

typedef struct {
    ep_str_t name;   /* user name, or the system's for the command */
    const char *via; /* "session", "basic", "token", "cli", "daemon" */
    ep_addr_t ip;    /* len 0: none (command, daemon) */
} ep_actor_t;

/* Who acts from now on; NULL: nobody. Copied. */
void ep_audit_actor(ep_portal_t *portal, const ep_actor_t *actor);
bool ep_audit_acting(const ep_portal_t *portal);

/*
 * Record a change that succeeded, in the caller's write transaction. action:
 * "<entity>.<verb>", such as "key.add", "feed.change", "patchset.enable-upto",
 * "server.delete", "user.password", "settings.change". object: its name on
 * the wire. detail: a JSON object of what changed, without secrets, or empty.
 * Nothing happens without an actor.
 */
ep_rc_t ep_audit(ep_portal_t *portal, const char *action, ep_str_t object,
                 ep_str_t detail, ep_err_t *err);

/* The same with the detail made of values. */
typedef enum {
    EP_AUDIT_TEXT, /* cut where it is long */
    EP_AUDIT_NUMBER,
    EP_AUDIT_TRUTH,
    EP_AUDIT_SKIP /* no value: nothing is said */
} ep_audit_kind_t;

typedef struct {
    const char *name; /* NULL behind the last */
    ep_audit_kind_t kind;
    ep_str_t text;
    int64_t number;
} ep_audit_value_t;

ep_rc_t ep_audit_values(ep_portal_t *portal, const char *action,
                        ep_str_t object, const ep_audit_value_t *values,
                        ep_err_t *err);

/* The same in a transaction of its own, for what took several. */
ep_rc_t ep_audit_done(ep_portal_t *portal, const char *action, ep_str_t object,
                      const ep_audit_value_t *values, ep_err_t *err);

/* Record what was refused or failed, or a login (the actor's name is who it
 * claimed to be), in a transaction of its own. result: "ok" or an error's
 * code. Texts are made UTF-8 and cut; a failure to record is logged. */
void ep_audit_result(ep_portal_t *portal, const ep_actor_t *actor,
                     const char *action, ep_str_t object, const char *result);

/* One row, as it is listed. Strings live until the callback returns. */
typedef struct {
    int64_t id;   /* grows with time */
    int64_t time; /* UTC, microseconds */
    ep_str_t actor;
    ep_str_t via;
    ep_addr_t ip;
    ep_str_t action;
    ep_str_t object;
    ep_str_t result; /* "ok" or an error's code */
    ep_str_t detail; /* JSON object, or empty */
} ep_audit_row_t;
typedef ep_rc_t (*ep_audit_fn)(const ep_audit_row_t *row, void *ctx,
                               ep_err_t *err);

/* Empty views and zeros do not filter. action: whole, or "key." for all of
 * an entity. before: only rows that are listed after the one with
 * this id (paging). since is part of the time asked for, until is not. */
typedef struct {
    ep_str_t actor;
    ep_str_t action;
    ep_str_t object;
    ep_str_t result; /* "ok", "failed" (all others) or a code */
    ep_str_t via;
    int64_t since; /* UTC, microseconds */
    int64_t until;
    int64_t before;
    int64_t limit; /* 0: all */
} ep_audit_query_t;

/* Newest first. */
ep_rc_t ep_audit_list(ep_portal_t *portal, const ep_audit_query_t *query,
                      ep_audit_fn fn, void *ctx, ep_err_t *err);

/* A row as a line of CSV (RFC 4180, nothing in it is a formula), row NULL: its
 * heading; and as a JSON object. Appended to out: EP_ELIMIT, EP_ENOMEM. */
ep_rc_t ep_audit_csv(const ep_audit_row_t *row, ep_buf_t *out);
ep_rc_t ep_audit_json(const ep_audit_row_t *row, ep_buf_t *out);
#define EP_AUDIT_ROW_MAX (24 * 1024) /* bytes of either, at most */

/* Delete at most limit rows that are older, in the caller's transaction. */
ep_rc_t ep_audit_clean(ep_portal_t *portal, int64_t before_us, int64_t limit,
                       int64_t *deleted, ep_err_t *err);

#endif
