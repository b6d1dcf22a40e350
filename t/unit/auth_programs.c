/* Tokens, Basic and the throttle: eportal/auth.h, token.h, throttle.h. */

#include "auth.h"


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


int
main(void)
{
    const struct CMUnitTest tests[] = {
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
