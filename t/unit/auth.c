/* Logging in: sessions, tokens, Basic, the throttle. eportal/auth.h. */

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
static void
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


static ep_rc_t
keep_session(const ep_session_t *session, void *ctx, ep_err_t *e)
{
    *(ep_session_t *) ctx = *session;
    return EP_OK;
}


static void
sessions_have_a_lifetime(void **state)
{
    store_t *s = *state;
    char secret[EP_SECRET_TEXT + 1];
    ep_session_t session = { 0 };
    ep_principal_t who;

    add_user(s, "admin", "AdminPassword", false);
    configure(s, "AUTH_SESSION_LIFETIME = 100\n");
    login(s, "admin", "AdminPassword", &who, secret);
    assert_ok(
        ep_session_list(s->portal, who.user_id, keep_session, &session, &err));
    assert_int_equal(session.expires - session.created, 100 * SECOND);
    assert_int_equal(ep_session_cookie_age(ep_portal_config(s->portal)), 100);
    ep_portal_set_clock(s->portal, 60 * SECOND);
    assert_lasts(s, secret);
    ep_portal_set_clock(s->portal, 101 * SECOND);
    assert_over(s, secret);
    session = (ep_session_t){ 0 };
    assert_ok(ep_session_list(s->portal, 0, keep_session, &session, &err));
    assert_int_equal(session.id, 0);
    configure(s, "AUTH_SESSION_LIFETIME = 1000\n");
    assert_lasts(s, secret);
}


static void
activity_prolongs_sessions(void **state)
{
    store_t *s = *state;
    char secret[EP_SECRET_TEXT + 1];
    ep_principal_t who;
    int64_t now = 0;

    add_user(s, "admin", "AdminPassword", false);
    configure(s, "AUTH_SESSION_LIFETIME = 86400\n"
                 "AUTH_REFRESH_SESSION = True\n");
    login(s, "admin", "AdminPassword", &who, secret);
    for (int i = 0; i < 29; i++) {
        now += DAY - HOUR;
        ep_portal_set_clock(s->portal, now);
        assert_lasts(s, secret);
    }
    ep_portal_set_clock(s->portal, now + DAY + SECOND);
    assert_over(s, secret);
    ep_portal_set_clock(s->portal, now + DAY - HOUR);
    assert_lasts(s, secret);
    ep_portal_set_clock(s->portal, now + 2 * (DAY - HOUR));
    assert_lasts(s, secret);
    ep_portal_set_clock(s->portal, now + 3 * (DAY - HOUR));
    assert_over(s, secret);
}


static void
browser_sessions_end_as_well(void **state)
{
    store_t *s = *state;
    char secret[EP_SECRET_TEXT + 1];
    ep_principal_t who;
    int64_t swept = 0;

    add_user(s, "admin", "AdminPassword", false);
    login(s, "admin", "AdminPassword", &who, secret);
    assert_int_equal(ep_session_cookie_age(s->cfg), 0);
    ep_portal_set_clock(s->portal, EP_SESSION_DAYS * DAY - HOUR);
    assert_lasts(s, secret);
    begin(s);
    assert_ok(ep_session_sweep(s->portal, 10, &swept, &err));
    assert_int_equal(swept, 0);
    commit(s);
    ep_portal_set_clock(s->portal, EP_SESSION_DAYS * DAY + SECOND);
    assert_over(s, secret);
    begin(s);
    assert_ok(ep_session_sweep(s->portal, 10, &swept, &err));
    commit(s);
    assert_int_equal(swept, 1);
}


/* What is seen is noted once in a while, and not while somebody writes. */
static void
requests_are_rarely_written(void **state)
{
    store_t *s = *state;
    char secret[EP_SECRET_TEXT + 1];
    ep_session_t before = { 0 }, after = { 0 };
    ep_portal_t *other;
    ep_principal_t who;

    add_user(s, "admin", "AdminPassword", false);
    login(s, "admin", "AdminPassword", &who, secret);
    assert_ok(ep_session_list(s->portal, 0, keep_session, &before, &err));
    ep_portal_set_clock(s->portal, 30 * SECOND);
    assert_lasts(s, secret);
    assert_ok(ep_session_list(s->portal, 0, keep_session, &after, &err));
    assert_int_equal(after.seen, before.seen);
    assert_ok(ep_portal_open(s->cfg, EP_OPEN_WRITE, &other, &err));
    assert_ok(ep_portal_write_begin(other, false, &err));
    ep_portal_set_clock(s->portal, 90 * SECOND);
    assert_lasts(s, secret);
    ep_portal_close(other);
    assert_ok(ep_session_list(s->portal, 0, keep_session, &after, &err));
    assert_int_equal(after.seen, before.seen);
    assert_lasts(s, secret);
    assert_ok(ep_session_list(s->portal, 0, keep_session, &after, &err));
    assert_true(after.seen >= before.seen + 90 * SECOND);
    assert_string_equal(after.user_agent, "Browser ?/1.0");
    assert_string_equal(after.user, "admin");
    assert_memory_equal(after.ip.bytes, here.ip.bytes, 4);
}


static void
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


static void
changed_users_are_logged_out(void **state)
{
    store_t *s = *state;
    char secret[EP_SECRET_TEXT + 1], other[EP_SECRET_TEXT + 1];
    ep_principal_t who;

    add_user(s, "admin", "AdminPassword", false);
    add_user(s, "other", "OtherPassword", false);
    login(s, "other", "OtherPassword", &who, other);
    login(s, "admin", "AdminPassword", &who, secret);
    change(s, "admin", EP_USER_SET_NOTE | EP_USER_SET_ROLE, false, "ignored");
    assert_lasts(s, secret);
    change(s, "admin", EP_USER_SET_ROLE, true, "ignored");
    assert_over(s, secret);
    login(s, "admin", "AdminPassword", &who, secret);
    assert_true(who.readonly);
    change(s, "admin", EP_USER_SET_PASSWORD, true, "NewPassword");
    assert_over(s, secret);
    login(s, "admin", "NewPassword", &who, secret);
    begin(s);
    assert_ok(ep_user_delete(s->portal, EP_STR("admin"), &err));
    commit(s);
    assert_over(s, secret);
    assert_lasts(s, other);
}


static void
own_password(void **state)
{
    store_t *s = *state;
    char first[EP_SECRET_TEXT + 1], second[EP_SECRET_TEXT + 1];
    ep_principal_t who, ldap = { .origin = "ldap" };

    add_user(s, "admin", "AdminPassword", false);
    login(s, "admin", "AdminPassword", &who, second);
    login(s, "admin", "AdminPassword", &who, first);
    assert_refused(ep_auth_change_password(s->portal, &who, EP_STR("wrong"),
                                           EP_STR("NewPassword"), &here, &err),
                   EP_EAUTH, "wrong-password");
    assert_refused(ep_auth_change_password(s->portal, &who,
                                           EP_STR("AdminPassword"),
                                           EP_STR("abcd"), &here, &err),
                   EP_EINVAL, "password-too-short");
    assert_refused(ep_auth_change_password(s->portal, &ldap, EP_STR("x"),
                                           EP_STR("NewPassword"), &here, &err),
                   EP_EINVAL, "not-local");
    assert_lasts(s, second);
    assert_ok(ep_auth_change_password(s->portal, &who, EP_STR("AdminPassword"),
                                      EP_STR("NewPassword"), &here, &err));
    assert_over(s, second);
    assert_lasts(s, first);
    assert_int_equal(
        try_login(s, "admin", "AdminPassword", &here, &who, second), EP_EAUTH);
    login(s, "admin", "NewPassword", &who, second);
}


static void
long_passwords_are_not_cut(void **state)
{
    store_t *s = *state;
    char secret[EP_SECRET_TEXT + 1], password[201] = "", other[201];
    ep_principal_t who;

    for (int i = 0; i < 100; i++) {
        memcpy(password + 2 * i, "\xc3\xbc", 3);
    }
    memcpy(other, password, sizeof(other));
    other[199] = '\xb6';
    add_user(s, "admin", password, false);
    login(s, "admin", password, &who, secret);
    assert_int_equal(try_login(s, "admin", other, &here, &who, secret),
                     EP_EAUTH);
}


static void
old_hashes_are_renewed(void **state)
{
    store_t *s = *state;
    /* Of "AdminPassword", with cheap methods of old. */
    const char *const salts[] = { "$6$rounds=1000$abcdefgh",
                                  "$y$j75$abcdefgh" };
    char secret[EP_SECRET_TEXT + 1], hash[EP_PASSWORD_HASH_MAX];
    char before[EP_PASSWORD_HASH_MAX];
    ep_principal_t who;

    add_user(s, "admin", "AdminPassword", false);
    login(s, "admin", "AdminPassword", &who, secret);
    for (size_t i = 0; i < EP_ARRAY_LEN(salts); i++) {
        const char *old = crypt("AdminPassword", salts[i]);

        assert_ok(ep_user_password_hash(s->portal, EP_STR("admin"), before,
                                        sizeof(before), &err));
        begin(s);
        assert_ok(ep_user_rehash(s->portal, who.user_id, before, old, &err));
        assert_int_equal(
            ep_user_rehash(s->portal, who.user_id, before, old, NULL),
            EP_ENOTFOUND);
        commit(s);
        login(s, "admin", "AdminPassword", &who, secret);
        assert_ok(ep_user_password_hash(s->portal, EP_STR("admin"), hash,
                                        sizeof(hash), &err));
        assert_string_not_equal(hash, old);
        assert_false(ep_password_outdated(hash));
    }
    assert_lasts(s, secret);
    login(s, "admin", "AdminPassword", &who, secret);
    assert_ok(ep_user_password_hash(s->portal, EP_STR("admin"), before,
                                    sizeof(before), &err));
    assert_string_equal(before, hash);
}


static void
keep_token(store_t *s, const char *user, int64_t expires, ep_api_token_t *token,
           char secret[EP_SECRET_TEXT + 1])
{
    ep_user_t row;

    assert_ok(ep_user_find(s->portal, ep_str(user), &row, &err));
    *token = (ep_api_token_t){ .user_id = row.id,
                               .name = "nightly job",
                               .expires = expires };
    begin(s);
    assert_ok(ep_auth_add_token(s->portal, token, secret, &err));
    commit(s);
}


static void
tokens_are_their_users(void **state)
{
    store_t *s = *state;
    char secret[EP_SECRET_TEXT + 1];
    ep_api_token_t token, found;
    ep_principal_t who;

    add_user(s, "admin", "AdminPassword", false);
    keep_token(s, "admin", 0, &token, secret);
    assert_memory_equal(secret, "ept_", 4);
    assert_string_equal(token.tail, secret + strlen(secret) - 4);
    assert_ok(ep_auth_token(s->portal, ep_str(secret), &here, &who, &err));
    assert_string_equal(who.name, "admin");
    assert_int_equal(who.via, EP_VIA_TOKEN);
    assert_false(who.readonly);
    assert_ok(ep_api_token_find(s->portal, ep_str(token.id), 0, &found, &err));
    assert_true(found.used > 0);
    change(s, "admin", EP_USER_SET_ROLE, true, "ignored");
    assert_ok(ep_auth_token(s->portal, ep_str(secret), &here, &who, &err));
    assert_true(who.readonly);
    begin(s);
    assert_refused(ep_api_token_delete(s->portal, ep_str(token.id),
                                       token.user_id + 1, &err),
                   EP_ENOTFOUND, "token-not-found");
    assert_ok(
        ep_api_token_delete(s->portal, ep_str(token.id), token.user_id, &err));
    commit(s);
    assert_refused(ep_auth_token(s->portal, ep_str(secret), &here, &who, &err),
                   EP_EAUTH, "bad-credentials");
}


static void
tokens_expire(void **state)
{
    store_t *s = *state;
    char secret[EP_SECRET_TEXT + 1];
    ep_api_token_t token;
    ep_principal_t who;

    add_user(s, "admin", "AdminPassword", false);
    keep_token(s, "admin", ep_portal_now(s->portal) + HOUR, &token, secret);
    assert_ok(ep_auth_token(s->portal, ep_str(secret), &here, &who, &err));
    ep_portal_set_clock(s->portal, HOUR);
    assert_refused(ep_auth_token(s->portal, ep_str(secret), &here, &who, &err),
                   EP_EAUTH, "bad-credentials");
    begin(s);
    assert_refused(ep_auth_add_token(s->portal, &token, secret, &err),
                   EP_EINVAL, "bad-expiry");
    token.expires = 0;
    token.name[0] = '\n';
    assert_refused(ep_auth_add_token(s->portal, &token, secret, &err),
                   EP_EINVAL, "bad-token-name");
    token.name[0] = 'n';
    for (int i = 1; i < EP_API_TOKENS_MAX; i++) {
        assert_ok(ep_auth_add_token(s->portal, &token, secret, &err));
    }
    assert_refused(ep_auth_add_token(s->portal, &token, secret, &err),
                   EP_ELIMIT, "token-limit-reached");
    commit(s);
}


/* YWRtaW46QWRtaW5QYXNzd29yZA== is admin:AdminPassword. */
static void
basic_credentials_are_remembered(void **state)
{
    store_t *s = *state;
    ep_str_t good = EP_STR("YWRtaW46QWRtaW5QYXNz\nd29yZA==\n");
    ep_principal_t who;

    assert_false(ep_auth_basic_cached(good));
    add_user(s, "admin", "AdminPassword", false);
    assert_ok(ep_auth_basic(s->portal, good, &here, &who, &err));
    assert_string_equal(who.name, "admin");
    assert_int_equal(who.via, EP_VIA_BASIC);
    assert_true(ep_auth_basic_cached(good));
    assert_ok(ep_auth_basic(s->portal, good, &there, &who, &err));
    change(s, "admin", EP_USER_SET_ROLE, true, "ignored");
    assert_ok(ep_auth_basic(s->portal, good, &here, &who, &err));
    assert_true(who.readonly);
    change(s, "admin", EP_USER_SET_PASSWORD, true, "NewPassword");
    assert_refused(ep_auth_basic(s->portal, good, &here, &who, &err), EP_EAUTH,
                   "bad-credentials");
    begin(s);
    assert_ok(ep_user_delete(s->portal, EP_STR("admin"), &err));
    commit(s);
    assert_refused(ep_auth_basic(s->portal, good, &here, &who, &err), EP_EAUTH,
                   "bad-credentials");
    assert_refused(ep_auth_basic(s->portal, EP_STR("?"), &here, &who, &err),
                   EP_EAUTH, "bad-credentials");
    assert_refused(
        ep_auth_basic(s->portal, EP_STR("YWRtaW4="), &here, &who, &err),
        EP_EAUTH, "bad-credentials");
}


/* Bad credentials of a user, count times; those that are told to wait are
 * not among them. */
static void
fail_times(store_t *s, const char *user, const ep_origin_t *origin, int count)
{
    for (int i = 0; i < count; i++) {
        assert_int_equal(ep_throttle_failed(s->portal, origin, ep_str(user),
                                            EP_VIA_SESSION, NULL),
                         EP_EAUTH);
    }
}


static int
wait_of(store_t *s, const char *user, const ep_origin_t *origin)
{
    int seconds = 0;
    ep_rc_t rc =
        ep_throttle_check(s->portal, &origin->ip, ep_str(user), &seconds, NULL);

    assert_int_equal(rc, seconds > 0 ? EP_EBUSY : EP_OK);
    return seconds;
}


static void
addresses_wait_longer_each_time(void **state)
{
    store_t *s = *state;
    static const int waits[] = { 1, 2, 4, 8 };
    ep_origin_t six = { .ip = { 16, { 0x20, 1, 0xd, 0xb8, [15] = 1 } } };
    ep_origin_t neighbour = six;
    char secret[EP_SECRET_TEXT + 1];
    ep_principal_t who;

    add_user(s, "admin", "AdminPassword", false);
    fail_times(s, "admin", &here, EP_THROTTLE_ADDRESS_FREE);
    assert_int_equal(wait_of(s, "admin", &here), 0);
    for (size_t i = 0; i < EP_ARRAY_LEN(waits); i++) {
        fail_times(s, "nobody", &here, 1);
        assert_int_equal(wait_of(s, "admin", &here), waits[i]);
        assert_int_equal(wait_of(s, "nobody", &here), waits[i]);
    }
    assert_int_equal(wait_of(s, "admin", &there), 0);
    assert_int_equal(
        try_login(s, "admin", "AdminPassword", &here, &who, secret), EP_EBUSY);
    assert_string_equal(err.code, "throttled");
    ep_portal_set_clock(s->portal, 8 * SECOND);
    login(s, "admin", "AdminPassword", &who, secret);
    fail_times(s, "nobody", &here, 1);
    assert_int_equal(wait_of(s, "nobody", &here), 16);
    assert_int_equal(wait_of(s, "admin", &here), EP_THROTTLE_KNOWN_MAX);
    /* Not before 1970, either. */
    ep_portal_set_clock(s->portal, -DAY);
    assert_int_equal(wait_of(s, "nobody", &here), 0);
    ep_portal_set_clock(s->portal, 2 * HOUR);
    assert_int_equal(wait_of(s, "nobody", &here), 0);
    neighbour.ip.bytes[15] = 2;
    fail_times(s, "", &six, EP_THROTTLE_ADDRESS_FREE + 1);
    assert_int_equal(wait_of(s, "admin", &neighbour), 1);
}


/* What the throttle is told, without the time that passes between. */
static void
waits_end(void **state)
{
    store_t *s = *state;

    for (int i = 0; i < 16; i++) {
        fail_times(s, "admin", &here, 1);
        ep_portal_set_clock(s->portal, i * 301 * SECOND);
    }
    ep_portal_set_clock(s->portal, 14 * 301 * SECOND);
    assert_int_equal(wait_of(s, "other", &here), EP_THROTTLE_ADDRESS_MAX);
    ep_portal_set_clock(s->portal,
                        14 * 301 * SECOND + EP_THROTTLE_ADDRESS_MAX * SECOND);
    assert_int_equal(wait_of(s, "other", &here), 0);
}


static void
nobody_is_locked_out_from_elsewhere(void **state)
{
    store_t *s = *state;
    ep_origin_t fresh = { .ip = { 4, { 10, 0, 0, 9 } } };
    char secret[EP_SECRET_TEXT + 1];
    int64_t cleared = 0;
    ep_principal_t who;

    add_user(s, "admin", "AdminPassword", false);
    login(s, "admin", "AdminPassword", &who, secret);
    for (uint8_t i = 0; i < EP_THROTTLE_ACCOUNT_FREE + 6; i++) {
        ep_origin_t one = { .ip = { 4, { 10, 1, 0, i } } };

        fail_times(s, "ADMIN", &one, 1);
    }
    fail_times(s, "nobody", &there, 1);
    assert_int_equal(wait_of(s, "admin", &here), 0);
    assert_int_equal(wait_of(s, "admin", &fresh), 0);
    assert_int_equal(wait_of(s, "admin", &there), EP_THROTTLE_ACCOUNT_MAX);
    assert_int_equal(wait_of(s, "other", &there), 0);
    login(s, "admin", "AdminPassword", &who, secret);
    assert_int_equal(wait_of(s, "admin", &there), 0);
    begin(s);
    assert_ok(ep_throttle_clear(s->portal, EP_STR("10.0.0.2"), &cleared, &err));
    assert_int_equal(cleared, 1);
    assert_ok(ep_throttle_clear(s->portal, EP_STR("Nobody"), &cleared, &err));
    assert_int_equal(cleared, 1);
    assert_ok(ep_throttle_clear(s->portal, EP_STR_NULL, &cleared, &err));
    assert_int_equal(cleared, EP_THROTTLE_ACCOUNT_FREE + 6);
    commit(s);
}


static ep_rc_t
count_row(const ep_throttle_t *row, void *ctx, ep_err_t *e)
{
    (*(int *) ctx)++;
    return EP_OK;
}


/* The last test: it spends what this process may write down. */
static void
floods_are_not_written(void **state)
{
    store_t *s = *state;
    char secret[EP_SECRET_TEXT + 1];
    ep_api_token_t token;
    int refused = 0, rows = 0;
    ep_principal_t who;

    add_user(s, "admin", "AdminPassword", false);
    keep_token(s, "admin", 0, &token, secret);
    for (int i = 0; i < 3000; i++) {
        ep_origin_t one = {
            .ip = { 4, { 10, (uint8_t) (i >> 8), (uint8_t) i, 7 } }
        };

        ep_err_clear(&err);
        refused +=
            ep_auth_token(s->portal, EP_STR("ept_guess"), &one, &who, &err)
            == EP_EBUSY;
    }
    assert_ok(ep_throttle_list(s->portal, count_row, &rows, &err));
    assert_int_equal(rows, 3000 - refused);
    assert_true(refused > 1000);
    assert_ok(ep_auth_token(s->portal, ep_str(secret), &there, &who, &err));
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
             "random bits, and a logout ends it",
             a_login_opens_a_session),
        TEST("ASVS 6.3.8, 6.3.2: every failed login has the same answer, and "
             "there is no account to begin with",
             failures_have_one_answer),
        TEST("AUTH-3, AUTH-4: a session ends AUTH_SESSION_LIFETIME seconds "
             "after its login",
             sessions_have_a_lifetime),
        TEST("AUTH-5, ASVS 7.3.1, 7.3.2: or that long after its last request, "
             "but not later than 30 days",
             activity_prolongs_sessions),
        TEST("AUTH-3, ASVS 7.3.2: without a lifetime it ends after 30 days",
             browser_sessions_end_as_well),
        TEST("requests of a session are rarely written down",
             requests_are_rarely_written),
        TEST("ASVS 7.4.1, 7.4.2: a deleted user, another role and another "
             "password end sessions",
             changed_users_are_logged_out),
        TEST("ASVS 6.2.2, 6.2.3, 7.4.3: who changes his password knows it, and "
             "his other sessions end",
             own_password),
        TEST("ASVS 6.2.9: 200 bytes of password count to the last",
             long_passwords_are_not_cut),
        TEST("ASVS 11.4.2: a hash of old is renewed at login",
             old_hashes_are_renewed),
        TEST("NEW-SEC-2, NEW-SEC-3: a token has the role that its user has",
             tokens_are_their_users),
        TEST("NEW-SEC-2: a token may expire, and there are not too many",
             tokens_expire),
        TEST("NEW-SEC-3: Basic is hashed once, and a change of the user is "
             "seen at once",
             basic_credentials_are_remembered),
        TEST("W-12, ASVS 6.3.1: an address waits longer each time",
             addresses_wait_longer_each_time),
        TEST("W-12: no wait is longer than five minutes", waits_end),
        TEST("W-12: nobody is locked out from elsewhere",
             nobody_is_locked_out_from_elsewhere),
        TEST("W-12, ASVS 6.3.1: a flood of bad tokens is not one of writes",
             floods_are_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
