/*
 * The throttle of logins (W-12): who sent bad credentials waits, longer each
 * time, and never for good.
 *
 *  - An address (an IPv6 network of 64 bits) has EP_THROTTLE_ADDRESS_FREE
 *    tries, then waits 1, 2, 4 ... seconds after each, at most
 *    EP_THROTTLE_ADDRESS_MAX; at most EP_THROTTLE_KNOWN_MAX for the account
 *    of somebody who has logged in from there before.
 *  - An account has EP_THROTTLE_ACCOUNT_FREE tries from all addresses
 *    together, then every address that has failed before waits, at most
 *    EP_THROTTLE_ACCOUNT_MAX seconds, but none from which its owner has
 *    logged in before: nobody can lock an administrator out from elsewhere.
 *  - Tokens are counted apart, by address: a script with an old one does not
 *    keep people from logging in, and a token that is right is always heard.
 * An hour without a failure, and all is forgotten; a login clears its account.
 */

#ifndef EPORTAL_THROTTLE_H
#define EPORTAL_THROTTLE_H

#include <eportal/portal.h>
#include <eportal/user.h>

#define EP_THROTTLE_ADDRESS_FREE 5
#define EP_THROTTLE_ADDRESS_MAX 300 /* seconds */
#define EP_THROTTLE_KNOWN_MAX 10
#define EP_THROTTLE_ACCOUNT_FREE 10
#define EP_THROTTLE_ACCOUNT_MAX 30
#define EP_THROTTLE_FORGET 3600

typedef enum {
    EP_THROTTLE_ADDRESS,
    EP_THROTTLE_ACCOUNT,
    EP_THROTTLE_TOKEN
} ep_throttle_kind_t;
/* "address", "account", "token" */
extern const char *const ep_throttle_kinds[3];

typedef struct {
    ep_throttle_kind_t kind;
    /* Address, "2001:db8::/64", or a user's name in lower case. */
    char name[EP_USER_NAME_MAX + 1];
    int64_t failures;
    int64_t last;  /* UTC, microseconds */
    int64_t until; /* nobody is heard before; 0: no wait */
} ep_throttle_t;

typedef ep_rc_t (*ep_throttle_fn)(const ep_throttle_t *row, void *ctx,
                                  ep_err_t *err);

/* Those that are not forgotten, the latest failure first. */
ep_rc_t ep_throttle_list(ep_portal_t *portal, ep_throttle_fn fn, void *ctx,
                         ep_err_t *err);
/* Forget the failures of a user or an address; an empty name: of all. */
ep_rc_t ep_throttle_clear(ep_portal_t *portal, ep_str_t name, int64_t *cleared,
                          ep_err_t *err);
/* Delete at most limit rows that are forgotten, in the caller's transaction. */
ep_rc_t ep_throttle_sweep(ep_portal_t *portal, int64_t limit, int64_t *deleted,
                          ep_err_t *err);

#endif
