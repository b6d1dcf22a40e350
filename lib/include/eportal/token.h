/*
 * API tokens (NEW-SEC-2, 3): for programs that use the API as a user. A token
 * has its user's role of the moment it is used, is shown once, and stored
 * hashed; ep_auth_add_token of eportal/auth.h makes one.
 */

#ifndef EPORTAL_TOKEN_H
#define EPORTAL_TOKEN_H

#include <eportal/portal.h>
#include <eportal/user.h>

#define EP_API_TOKEN_PREFIX "ept_" /* by which a search finds leaked ones */
#define EP_API_TOKEN_ID 32         /* hex digits */
#define EP_API_TOKEN_NAME_MAX 128  /* bytes of UTF-8 */
#define EP_API_TOKENS_MAX 100      /* of one user */

typedef struct {
    char id[EP_API_TOKEN_ID + 1];
    int64_t user_id;
    char user[EP_USER_NAME_MAX + 1];
    char name[EP_API_TOKEN_NAME_MAX + 1];
    char tail[8];    /* its last characters, to know it again */
    int64_t created; /* UTC, microseconds */
    int64_t expires; /* 0: never */
    int64_t used;    /* last time, give or take a minute; 0: never */
} ep_api_token_t;

typedef ep_rc_t (*ep_api_token_fn)(const ep_api_token_t *token, void *ctx,
                                   ep_err_t *err);

/* By user and name; user_id 0: everybody's. Those that expired are there. */
ep_rc_t ep_api_token_list(ep_portal_t *portal, int64_t user_id,
                          ep_api_token_fn fn, void *ctx, ep_err_t *err);
/* user_id 0: whosever it is. EP_ENOTFOUND "token-not-found". */
ep_rc_t ep_api_token_find(ep_portal_t *portal, ep_str_t id, int64_t user_id,
                          ep_api_token_t *out, ep_err_t *err);
ep_rc_t ep_api_token_delete(ep_portal_t *portal, ep_str_t id, int64_t user_id,
                            ep_err_t *err);

#endif
