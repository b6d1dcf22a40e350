/* Cleaning up: see eportal/daemon.h. */

#include <eportal/audit.h>
#include <eportal/daemon.h>
#include <eportal/server.h>
#include <eportal/session.h>
#include <eportal/throttle.h>

#define PIECE 500          /* servers looked at in one transaction (portal.h) */
#define MAX_AGE 2000000000 /* seconds */


/* What a piece has deleted, in its transaction. */
static ep_rc_t
record(ep_portal_t *portal, const char *action, int64_t deleted, ep_err_t *err)
{
    const ep_audit_value_t values[] = {
        { "deleted", EP_AUDIT_NUMBER, EP_STR_NULL, deleted },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return deleted > 0
               ? ep_audit_values(portal, action, EP_STR_NULL, values, err)
               : EP_OK;
}


static ep_rc_t
clean_piece(ep_portal_t *portal, int64_t before, int64_t *after,
            int64_t *deleted, ep_err_t *err)
{
    int64_t piece = 0;
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_server_delete_inactive(portal, before, PIECE, after, &piece, err);
    if (rc == EP_OK) {
        rc = record(portal, "server.clean", piece, err);
    }
    if (rc == EP_OK) {
        rc = ep_portal_write_commit(portal, err);
    } else {
        ep_portal_write_rollback(portal);
    }
    if (rc == EP_OK) {
        *deleted += piece;
    }
    return rc;
}


ep_rc_t
ep_servers_clean(ep_portal_t *portal, ep_stop_fn stop, void *ctx,
                 int64_t *deleted, ep_err_t *err)
{
    int64_t age =
        ep_config_int(ep_portal_config(portal), EP_INACTIVE_SERVER_AGE);
    int64_t before;
    int64_t after = 0;
    ep_rc_t rc;

    *deleted = 0;
    /* Zero would delete every server, and microseconds must not wrap. */
    if (age < 1 || age > MAX_AGE) {
        return ep_err_set(err, EP_EINVAL, "bad-age",
                          "INACTIVE_SERVER_AGE must be 1 to %d seconds",
                          MAX_AGE);
    }
    before = ep_portal_now(portal) - age * 1000000;
    do {
        rc = clean_piece(portal, before, &after, deleted, err);
    } while (rc == EP_OK && after != 0 && (stop == NULL || !stop(ctx)));
    return rc;
}


typedef ep_rc_t (*sweep_fn)(ep_portal_t *portal, int64_t limit,
                            int64_t *deleted, ep_err_t *err);


static ep_rc_t
sweep(ep_portal_t *portal, sweep_fn fn, ep_stop_fn stop, void *ctx,
      int64_t *deleted, ep_err_t *err)
{
    int64_t piece = 0;
    ep_rc_t rc;

    do {
        rc = ep_portal_write_begin(portal, false, err);
        if (rc != EP_OK) {
            return rc;
        }
        rc = fn(portal, PIECE, &piece, err);
        if (rc == EP_OK) {
            rc = ep_portal_write_commit(portal, err);
        } else {
            ep_portal_write_rollback(portal);
        }
        *deleted += rc == EP_OK ? piece : 0;
    } while (rc == EP_OK && piece == PIECE && (stop == NULL || !stop(ctx)));
    return rc;
}


ep_rc_t
ep_logins_clean(ep_portal_t *portal, ep_stop_fn stop, void *ctx,
                int64_t *sessions, int64_t *failures, ep_err_t *err)
{
    ep_rc_t rc;

    *sessions = *failures = 0;
    rc = sweep(portal, ep_session_sweep, stop, ctx, sessions, err);
    if (rc == EP_OK) {
        rc = sweep(portal, ep_throttle_sweep, stop, ctx, failures, err);
    }
    return rc;
}


static ep_rc_t
clean_audit_piece(ep_portal_t *portal, int64_t before, int64_t *deleted,
                  ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, false, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_audit_clean(portal, before, PIECE, deleted, err);
    if (rc == EP_OK) {
        rc = record(portal, "audit.clean", *deleted, err);
    }
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


ep_rc_t
ep_audit_trim(ep_portal_t *portal, ep_stop_fn stop, void *ctx, int64_t *deleted,
              ep_err_t *err)
{
    int64_t age = ep_config_int(ep_portal_config(portal), EP_AUDIT_RETENTION);
    int64_t piece = 0;
    int64_t before;
    ep_rc_t rc;

    *deleted = 0;
    if (age < 1 || age > MAX_AGE) {
        return EP_OK; /* all are kept */
    }
    before = ep_portal_now(portal) - age * 1000000;
    do {
        rc = clean_audit_piece(portal, before, &piece, err);
        *deleted += rc == EP_OK ? piece : 0;
    } while (rc == EP_OK && piece == PIECE && (stop == NULL || !stop(ctx)));
    return rc;
}
