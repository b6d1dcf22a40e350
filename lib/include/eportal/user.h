/*
 * Users of the console, the API and the CLI (USER-1..13). A user's origin
 * says who checks the password: only `local` ones have one here.
 */

#ifndef EPORTAL_USER_H
#define EPORTAL_USER_H

#include <eportal/portal.h>
#include <eportal/str.h>

#define EP_USER_NAME_MAX 128 /* bytes of UTF-8, no control characters */
#define EP_PASSWORD_MAX 511  /* bytes; more crypt(3) cannot hash */

typedef struct {
    int64_t id;
    char name[EP_USER_NAME_MAX + 1];
    bool readonly; /* role readonly, otherwise admin */
    char note[1025];
    bool has_note;
    char origin[8]; /* "local", "ldap" or "sso" */
    int64_t created;
    int64_t login; /* last one; 0: never */
} ep_user_t;

enum { EP_USER_SET_PASSWORD = 1, EP_USER_SET_ROLE = 2, EP_USER_SET_NOTE = 4 };

typedef ep_rc_t (*ep_user_fn)(const ep_user_t *user, void *ctx, ep_err_t *err);

/* EP_ENOTFOUND code "user-not-found". */
ep_rc_t ep_user_find(ep_portal_t *portal, ep_str_t name, ep_user_t *out,
                     ep_err_t *err);
ep_rc_t ep_user_list(ep_portal_t *portal, ep_user_fn fn, void *ctx,
                     ep_err_t *err);
/*
 * hash: from ep_password_hash, made before the transaction because it takes
 * some 100 ms; NULL for an origin other than local (which an empty one
 * means). EP_EINVAL, EP_EEXISTS. Another password or another role ends the
 * user's sessions.
 */
ep_rc_t ep_user_add(ep_portal_t *portal, const ep_user_t *user,
                    const char *hash, ep_err_t *err);
ep_rc_t ep_user_change(ep_portal_t *portal, ep_str_t name, unsigned set,
                       const ep_user_t *values, const char *hash,
                       ep_err_t *err);
ep_rc_t ep_user_delete(ep_portal_t *portal, ep_str_t name, ep_err_t *err);
/* Whether there is a user at all; whether there is an admin beside this one. */
ep_rc_t ep_user_any(ep_portal_t *portal, bool *out, ep_err_t *err);
ep_rc_t ep_user_other_admin(ep_portal_t *portal, ep_str_t name, bool *out,
                            ep_err_t *err);
/* The stored hash of a local user into out; EP_ENOTFOUND. */
ep_rc_t ep_user_password_hash(ep_portal_t *portal, ep_str_t name, char *out,
                              size_t size, ep_err_t *err);

#define EP_PASSWORD_HASH_MAX 384 /* CRYPT_OUTPUT_SIZE of libxcrypt */

/*
 * Hash a password with libxcrypt's default method (yescrypt). Enforces
 * AUTH_PASSWORD_MIN_LENGTH (characters, AUTH-2) and EP_PASSWORD_MAX:
 * EP_EINVAL "password-too-short", "password-too-long", "bad-password" (NUL).
 */
ep_rc_t ep_password_hash(const ep_config_t *cfg, ep_str_t password,
                         char out[EP_PASSWORD_HASH_MAX], ep_err_t *err);
/* Whether a password is one of the few thousand that are tried first, in any
 * case of letters. Accepted all the same: who sets it is told. */
bool ep_password_is_common(ep_str_t password);
/* True when the password matches. hash NULL: takes the same time against a
 * dummy and returns false. */
bool ep_password_verify(ep_str_t password, const char *hash);
/* True when a password should be hashed again: with an older method, or
 * at a lower cost, than a new one. */
bool ep_password_outdated(const char *hash);

#endif
