/* What the tests of eportal/auth.h share. */

#ifndef T_UNIT_AUTH_H
#define T_UNIT_AUTH_H

#include "store.h"

#include <crypt.h>

#include <eportal/auth.h>
#include <eportal/session.h>
#include <eportal/throttle.h>

#include "auth/private.h"
#include "store/user_private.h"

#define SECOND 1000000LL
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)

static const ep_origin_t here = { .ip = { 4, { 10, 0, 0, 1 } },
                                  .user_agent = { "Browser \x01/1.0", 13 } };
static const ep_origin_t there = { .ip = { 4, { 10, 0, 0, 2 } } };


/* Settings beside those of the fixture. */
static inline void
configure(store_t *s, const char *more)
{
    char path[128], text[512];
    ep_config_t *cfg;

    snprintf(path, sizeof(path), "%s/config", s->dir);
    snprintf(text, sizeof(text), "BASE_DIR = '%s/data'\n%s", s->dir, more);
    assert_ok(ep_file_write(path, ep_str(text), 0600, &err));
    assert_ok(ep_config_load(path, NULL, NULL, NULL, &cfg, &err));
    ep_portal_set_config(s->portal, cfg);
    ep_config_unref(cfg);
}


static inline void
add_user(store_t *s, const char *name, const char *password, bool readonly)
{
    ep_user_t user = { .readonly = readonly, .origin = "local" };
    char hash[EP_PASSWORD_HASH_MAX];

    ep_str_copy(ep_str(name), user.name, sizeof(user.name));
    assert_ok(ep_password_hash(s->cfg, ep_str(password), hash, &err));
    begin(s);
    assert_ok(ep_user_add(s->portal, &user, hash, &err));
    commit(s);
}


static inline ep_rc_t
try_login(store_t *s, const char *name, const char *password,
          const ep_origin_t *origin, ep_principal_t *who,
          char secret[EP_SECRET_TEXT + 1])
{
    int retry_after = 0;
    ep_rc_t rc;

    ep_err_clear(&err);
    rc = ep_auth_login(s->portal, ep_str(name), ep_str(password), origin, who,
                       secret, &retry_after, &err);
    assert_true(strcmp(err.code, "throttled") != 0 || retry_after > 0);
    return rc;
}


static inline void
login(store_t *s, const char *name, const char *password, ep_principal_t *who,
      char secret[EP_SECRET_TEXT + 1])
{
    if (try_login(s, name, password, &here, who, secret) != EP_OK) {
        fail_msg("login: %s: %s", err.code, err.msg);
    }
}


static inline void
assert_over(store_t *s, const char *secret)
{
    ep_principal_t who;

    assert_refused(ep_auth_session(s->portal, ep_str(secret), &who, &err),
                   EP_EAUTH, "bad-credentials");
}


static inline void
assert_lasts(store_t *s, const char *secret)
{
    ep_principal_t who;

    assert_ok(ep_auth_session(s->portal, ep_str(secret), &who, &err));
}


static inline ep_rc_t
keep_session(const ep_session_t *session, void *ctx, ep_err_t *e)
{
    *(ep_session_t *) ctx = *session;
    return EP_OK;
}


static inline void
change(store_t *s, const char *name, unsigned set, bool readonly,
       const char *password)
{
    ep_user_t user = { .readonly = readonly };
    char hash[EP_PASSWORD_HASH_MAX];

    assert_ok(ep_password_hash(s->cfg, ep_str(password), hash, &err));
    begin(s);
    assert_ok(ep_user_change(s->portal, ep_str(name), set, &user,
                             set & EP_USER_SET_PASSWORD ? hash : NULL, &err));
    commit(s);
}


#define TEST(title, fn)                                                        \
    {                                                                          \
        title, fn, store_setup, store_teardown, NULL                           \
    }


#endif
