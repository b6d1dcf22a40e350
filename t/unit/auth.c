/* Logging in: sessions, tokens, Basic, the throttle. eportal/auth.h. */

#include "store.h"

#include <crypt.h>

#include <eportal/auth.h>
#include <eportal/session.h>
#include <eportal/throttle.h>

#include "store/user_private.h"

#define SECOND 1000000LL
#define HOUR (3600 * SECOND)

static const ep_origin_t here = { .ip = { 4, { 10, 0, 0, 1 } },
                                  .user_agent = { "Browser \x01/1.0", 14 } };


/* Cheap hashes, because most tests are about something else. */
static void
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


static ep_rc_t
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


static void
login(store_t *s, const char *name, const char *password, ep_principal_t *who,
      char secret[EP_SECRET_TEXT + 1])
{
    if (try_login(s, name, password, &here, who, secret) != EP_OK) {
        fail_msg("login: %s: %s", err.code, err.msg);
    }
}


static void
assert_over(store_t *s, const char *secret)
{
    ep_principal_t who;

    assert_refused(ep_auth_session(s->portal, ep_str(secret), &who, &err),
                   EP_EAUTH, "bad-credentials");
}


static void
assert_lasts(store_t *s, const char *secret)
{
    ep_principal_t who;

    assert_ok(ep_auth_session(s->portal, ep_str(secret), &who, &err));
}


static void
a_login_opens_a_session(void **state)
{
    store_t *s = *state;
    char first[EP_SECRET_TEXT + 1], second[EP_SECRET_TEXT + 1];
    ep_principal_t who, again;

    add_user(s, "admin", "AdminPassword", false);
    login(s, "admin", "AdminPassword", &who, first);
    assert_string_equal(who.name, "admin");
    assert_string_equal(who.origin, "local");
    assert_int_equal(who.via, EP_VIA_SESSION);
    assert_false(who.readonly);
    assert_int_equal(strlen(who.csrf), 64);
    assert_true(strlen(first) >= 43 && strlen(first) <= EP_SECRET_TEXT);
    assert_ok(ep_auth_session(s->portal, ep_str(first), &again, &err));
    assert_int_equal(again.session_id, who.session_id);
    assert_string_equal(again.csrf, who.csrf);
    login(s, "admin", "AdminPassword", &again, second);
    assert_string_not_equal(first, second);
    assert_string_not_equal(who.csrf, again.csrf);
    assert_ok(ep_auth_logout(s->portal, &who, &err));
    assert_over(s, first);
    assert_lasts(s, second);
    assert_ok(ep_auth_logout(s->portal, &who, &err));
}


static void
failures_have_one_answer(void **state)
{
    store_t *s = *state;
    ep_user_t sso = { .origin = "sso", .name = "federated" };
    char secret[EP_SECRET_TEXT + 1], text[512] = "";
    static const char *const names[] = { "admin", "nobody", "federated", "" };
    ep_principal_t who;

    assert_int_equal(try_login(s, "admin", "x", &here, &who, secret), EP_EPERM);
    assert_string_equal(err.code, "no-users");
    assert_non_null(strstr(err.msg, "kc.eportal user -a"));
    add_user(s, "admin", "AdminPassword", false);
    begin(s);
    assert_ok(ep_user_add(s->portal, &sso, NULL, &err));
    commit(s);
    for (size_t i = 0; i < EP_ARRAY_LEN(names); i++) {
        assert_int_equal(try_login(s, names[i], "wrong", &here, &who, secret),
                         EP_EAUTH);
        assert_string_equal(err.code, "bad-credentials");
        assert_true(i == 0 || strcmp(text, err.msg) == 0);
        memcpy(text, err.msg, sizeof(text));
    }
    assert_over(s, "");
    assert_over(s, "abcdefghijabcdefghijabcdefghijabcdefghijabcd");
}


#define TEST(title, fn)                                                        \
    {                                                                          \
        title, fn, store_setup, store_teardown, NULL                           \
    }

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("ASVS 7.2.3, 7.2.4: each login has a secret of its own, of 256 "
             "random bits",
             a_login_opens_a_session),
        TEST("ASVS 6.3.8: every failed login has the same answer",
             failures_have_one_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
