/* Logging in, sessions, passwords: eportal/auth.h. */

#include "auth.h"


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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
