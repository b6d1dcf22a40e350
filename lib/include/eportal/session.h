/*
 * Sessions of the console: who is logged in, from where, since when. What is
 * in the browser's cookie is stored hashed only; see eportal/auth.h for
 * logging in.
 *
 * A session is over
 *  - AUTH_SESSION_LIFETIME seconds after the login (AUTH-3, AUTH-4), or after
 *    the last request when AUTH_REFRESH_SESSION is set (AUTH-5);
 *  - EP_SESSION_DAYS days after the login when there is no such lifetime, and
 *    with AUTH_REFRESH_SESSION also when there is one, unless it is longer;
 *  - with the user, and with a change of his password or role.
 * The settings of the moment count, for sessions that are there, too.
 */

#ifndef EPORTAL_SESSION_H
#define EPORTAL_SESSION_H

#include <eportal/addr.h>
#include <eportal/portal.h>
#include <eportal/user.h>

#define EP_SESSION_DAYS 30
#define EP_SESSION_AGENT_MAX 200 /* bytes kept of a User-Agent */

typedef struct {
    int64_t id; /* local, never used twice */
    int64_t user_id;
    char user[EP_USER_NAME_MAX + 1];
    int64_t created; /* UTC, microseconds */
    int64_t seen;    /* last request, give or take a minute */
    int64_t expires;
    ep_addr_t ip;
    char user_agent[EP_SESSION_AGENT_MAX + 1]; /* UTF-8 text */
} ep_session_t;

typedef ep_rc_t (*ep_session_fn)(const ep_session_t *session, void *ctx,
                                 ep_err_t *err);

/* Those that are not over, newest first; user_id 0: everybody's. */
ep_rc_t ep_session_list(ep_portal_t *portal, int64_t user_id, ep_session_fn fn,
                        void *ctx, ep_err_t *err);
/* End one; user_id 0: whosever it is. EP_ENOTFOUND "session-not-found". */
ep_rc_t ep_session_end(ep_portal_t *portal, int64_t id, int64_t user_id,
                       ep_err_t *err);
/* End all of a user but keep (0: all). *ended may be NULL. */
ep_rc_t ep_session_end_all(ep_portal_t *portal, int64_t user_id, int64_t keep,
                           int64_t *ended, ep_err_t *err);
/* Delete at most limit of those that are over, in the caller's transaction. */
ep_rc_t ep_session_sweep(ep_portal_t *portal, int64_t limit, int64_t *deleted,
                         ep_err_t *err);

/* Seconds that a cookie is kept by the browser; 0: until it is closed. */
int64_t ep_session_cookie_age(const ep_config_t *cfg);

#endif
