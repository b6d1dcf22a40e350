/* API tokens as lib/auth sees them: by the hash of their secret. */

#ifndef EP_STORE_TOKEN_H
#define EP_STORE_TOKEN_H

#include <eportal/token.h>

#include "base/digest.h"

/* In the caller's transaction: a row of these values. */
ep_rc_t ep_api_token_insert(ep_portal_t *portal,
                            const uint8_t hash[EP_SHA256_SIZE],
                            const ep_api_token_t *token, ep_err_t *err);
/* EP_ENOTFOUND "token-not-found"; one that expired is found. */
ep_rc_t ep_api_token_by_hash(ep_portal_t *portal,
                             const uint8_t hash[EP_SHA256_SIZE],
                             ep_api_token_t *out, ep_err_t *err);
ep_rc_t ep_api_token_count(ep_portal_t *portal, int64_t user_id, int64_t *count,
                           ep_err_t *err);
/* All of a user, in the caller's transaction; the caller records it. */
ep_rc_t ep_api_token_delete_all(ep_portal_t *portal, int64_t user_id,
                                int64_t *deleted, ep_err_t *err);
/* Note that it is used now. */
ep_rc_t ep_api_token_touch(ep_portal_t *portal, ep_str_t id, ep_err_t *err);

#endif
