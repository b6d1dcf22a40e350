/* Single sign-on without a provider: eportal/oidc.h, auth/oidc.h. */

#include "store.h"

#include <eportal/oidc.h>

#include "auth/oidc.h"
#include "base/encode.h"
#include "store/sso.h"

#define NOW INT64_C(1800000000)

static const ep_origin_t here = { .ip = { 4, { 10, 0, 0, 1 } } };
static const char redirect_uri[] = "http://p/admin/sso/login/callback";


/* A portal with these settings beside those of single sign-on. */
static void
configure(store_t *s, const char *more)
{
    char path[128], text[1024];

    snprintf(path, sizeof(path), "%s/config", s->dir);
    snprintf(text, sizeof(text),
             "BASE_DIR = '%s/data'\n"
             "OIDC_AUTH_URL = 'https://p.example/auth'\n"
             "OIDC_TOKEN_URL = 'https://p.example/token'\n"
             "OIDC_USERINFO_URL = 'https://p.example/me'\n"
             "OIDC_CLIENT_ID = 'portal'\nOIDC_CLIENT_SECRET = 'x'\n%s",
             s->dir, more);
    assert_ok(ep_file_write(path, ep_str(text), 0600, &err));
    ep_config_unref(s->cfg);
    assert_ok(ep_config_load(path, NULL, NULL, NULL, &s->cfg, &err));
    ep_portal_set_config(s->portal, s->cfg);
}


static int
setup(void **state)
{
    store_setup(state);
    configure(*state, "");
    return 0;
}


static void
texts_are_encoded(void **state)
{
    static const struct {
        const char *text, *base64, *percent;
    } rows[] = {
        { "", "", "" },
        { "f", "Zg", "f" },
        { "fo", "Zm8", "fo" },
        { "foo", "Zm9v", "foo" },
        { "foob", "Zm9vYg", "foob" },
        { "\xfb\xff\xfe", "-__-", "%FB%FF%FE" },
        { "a b&=+~-._/%", "YSBiJj0rfi0uXy8l", "a%20b%26%3D%2B~-._%2F%25" },
    };
    char base64[EP_BASE64URL_SIZE(16)];
    ep_buf_t buf;

    for (size_t i = 0; i < EP_ARRAY_LEN(rows); i++) {
        ep_base64url(rows[i].text, strlen(rows[i].text), base64);
        assert_string_equal(base64, rows[i].base64);
        ep_buf_init(&buf, 64);
        assert_int_equal(ep_percent_encode(&buf, ep_str(rows[i].text)), EP_OK);
        assert_true(ep_str_eq(ep_buf_str(&buf), ep_str(rows[i].percent)));
        ep_buf_free(&buf);
    }
    ep_buf_init(&buf, 4);
    assert_int_equal(ep_percent_encode(&buf, EP_STR("  ")), EP_ELIMIT);
    ep_buf_free(&buf);
}


static void
only_local_paths_are_returned_to(void **state)
{
    static const char *const good[] = { "/", "/admin/", "/a?b=c&d=%20#e",
                                        "/a//b", "/:x@y" };
    static const char *const bad[] = {
        "",     "admin",     "//host",  "/\\host", "\\/host", "https://host/",
        "/a b", "/a\tb",     "/a\r\nb", "/a\"b",   "/a<b",    "/\x7f",
        "?x",   "/\xc3\xa9", " /a",     "/a\\b"
    };
    char path[EP_OIDC_BACK_MAX + 2];

    for (size_t i = 0; i < EP_ARRAY_LEN(good); i++) {
        assert_true(ep_oidc_is_local(ep_str(good[i])));
    }
    for (size_t i = 0; i < EP_ARRAY_LEN(bad); i++) {
        assert_false(ep_oidc_is_local(ep_str(bad[i])));
    }
    assert_false(ep_oidc_is_local((ep_str_t){ "/a\0b", 4 }));
    memset(path, '/', sizeof(path));
    memset(path + 1, 'x', sizeof(path) - 1);
    assert_true(ep_oidc_is_local((ep_str_t){ path, EP_OIDC_BACK_MAX }));
    assert_false(ep_oidc_is_local((ep_str_t){ path, EP_OIDC_BACK_MAX + 1 }));
}


static ep_str_t
parameter(const char *url, const char *name)
{
    char word[64];
    const char *p;

    snprintf(word, sizeof(word), "&%s=", name);
    p = strstr(url, word);
    assert_non_null(p);
    p += strlen(word);
    return (ep_str_t){ p, strcspn(p, "&") };
}


/* A login that has begun and comes back: with an error, so that nobody is
 * asked. */
static ep_oidc_begin_t
begin_login(store_t *s, ep_arena_t *arena, const char *back)
{
    ep_oidc_begin_t begun;

    assert_ok(ep_oidc_begin(s->portal, ep_str(redirect_uri), ep_str(back),
                            arena, &begun, &err));
    return begun;
}


static ep_rc_t
come_back(store_t *s, ep_arena_t *arena, const char *cookie, ep_str_t state)
{
    ep_oidc_answer_t answer = { .cookie = ep_str(cookie),
                                .state = state,
                                .error = EP_STR("server_error"),
                                .redirect_uri = ep_str(redirect_uri) };
    ep_oidc_login_t login;

    ep_err_clear(&err);
    return ep_oidc_finish(s->portal, &answer, &here, arena, &login, &err);
}


static void
a_login_comes_back_once_and_in_time(void **state)
{
    store_t *s = *state;
    ep_arena_t *arena = ep_arena_new();
    ep_oidc_begin_t one = begin_login(s, arena, "/admin/"), two;
    ep_str_t state_one = parameter(one.url, "state");

    assert_int_equal(state_one.n, 43);
    assert_int_equal(come_back(s, arena, one.cookie, EP_STR("x")), EP_EAUTH);
    assert_string_equal(err.code, "sso-state");
    assert_int_equal(come_back(s, arena, "", state_one), EP_EAUTH);
    assert_string_equal(err.code, "sso-state");
    assert_int_equal(come_back(s, arena, one.cookie, state_one), EP_ENET);
    assert_string_equal(err.code, "sso-provider");
    assert_int_equal(come_back(s, arena, one.cookie, state_one), EP_EEXISTS);
    assert_string_equal(err.code, "sso-replayed");

    two = begin_login(s, arena, "");
    assert_int_equal(come_back(s, arena, two.cookie, state_one), EP_EAUTH);
    assert_string_equal(err.code, "sso-state");
    ep_portal_set_clock(s->portal, (EP_OIDC_SECONDS - 5) * INT64_C(1000000));
    assert_int_equal(
        come_back(s, arena, two.cookie, parameter(two.url, "state")), EP_ENET);
    two = begin_login(s, arena, "");
    ep_portal_set_clock(s->portal,
                        (2 * EP_OIDC_SECONDS + 5) * INT64_C(1000000));
    assert_int_equal(
        come_back(s, arena, two.cookie, parameter(two.url, "state")), EP_EAUTH);
    assert_string_equal(err.code, "sso-expired");
    ep_portal_set_clock(s->portal, 0);
    ep_arena_free(arena);
}


static void
used_logins_are_forgotten_when_they_are_over(void **state)
{
    store_t *s = *state;
    uint8_t hash[EP_SHA256_SIZE] = { 1 };
    int64_t now = ep_portal_now(s->portal);

    begin(s);
    assert_ok(ep_sso_use(s->portal, hash, now + 1000000, &err));
    assert_refused(ep_sso_use(s->portal, hash, now + 1000000, &err), EP_EEXISTS,
                   "sso-replayed");
    ep_portal_set_clock(s->portal, 5000000);
    hash[0] = 2;
    assert_ok(ep_sso_use(s->portal, hash, now + 9000000, &err));
    hash[0] = 1;
    assert_ok(ep_sso_use(s->portal, hash, now + 9000000, &err));
    commit(s);
    ep_portal_set_clock(s->portal, 0);
}


/* base64url of a text as part of a token. */
static ep_rc_t
id_token(store_t *s, const char *claims, ep_str_t issuer)
{
    ep_oidc_expect_t expect = {
        .cfg = s->cfg, .nonce = "n", .issuer = issuer, .now = NOW * 1000000
    };
    char middle[EP_BASE64URL_SIZE(512)], token[1024];
    struct json_object *out = NULL;
    ep_rc_t rc;

    ep_base64url(claims, strlen(claims), middle);
    snprintf(token, sizeof(token), "e30.%s.x", middle);
    ep_err_clear(&err);
    rc = ep_oidc_id_token(&expect, ep_str(token), &out, &err);
    assert_true((out != NULL) == (rc == EP_OK));
    json_object_put(out);
    return rc;
}


static void
an_id_token_is_for_us_now_and_this_login(void **state)
{
    store_t *s = *state;
    static const struct {
        const char *claims;
        bool good;
    } rows[] = {
        { "{\"iss\":\"i\",\"aud\":\"portal\",\"exp\":1800000001,"
          "\"nonce\":\"n\"}",
          true },
        { "{\"iss\":\"i\",\"aud\":[\"portal\"],\"exp\":1800000001.5,"
          "\"nonce\":\"n\"}",
          true },
        { "{\"iss\":\"i\",\"aud\":[\"portal\",\"portal\"],\"exp\":1800000001,"
          "\"nonce\":\"n\"}",
          false },
        { "{\"iss\":\"i\",\"aud\":\"portal\",\"azp\":7,\"exp\":1800000001,"
          "\"nonce\":\"n\"}",
          false },
        { "{\"iss\":\"i\",\"aud\":\"portal\",\"exp\":1799999940,"
          "\"nonce\":\"n\"}",
          false },
        { "{\"iss\":\"i\",\"aud\":\"portal\",\"exp\":1799999941,"
          "\"nonce\":\"n\"}",
          true },
        { "{\"iss\":\"i\",\"aud\":\"portal\",\"exp\":1e300,"
          "\"nonce\":\"n\"}",
          false },
        { "{\"iss\":\"i\",\"aud\":\"portal\",\"exp\":-1,\"nonce\":\"n\"}",
          false },
        { "{\"iss\":\"i\",\"aud\":\"portal\",\"exp\":1800000001,"
          "\"iat\":1800000060,\"nonce\":\"n\"}",
          true },
        { "{\"iss\":\"i\",\"aud\":\"portal\",\"exp\":1800000001,"
          "\"iat\":1800000061,\"nonce\":\"n\"}",
          false },
        { "{\"iss\":\"i\",\"aud\":\"portal\",\"exp\":1800000001,"
          "\"nonce\":\"n\\u0000\"}",
          false },
        { "{\"iss\":[\"i\"],\"aud\":\"portal\",\"exp\":1800000001,"
          "\"nonce\":\"n\"}",
          false },
        { "{\"iss\":\"i\",\"aud\":{},\"exp\":1800000001,\"nonce\":\"n\"}",
          false },
    };

    for (size_t i = 0; i < EP_ARRAY_LEN(rows); i++) {
        ep_rc_t rc = id_token(s, rows[i].claims, EP_STR_NULL);

        assert_int_equal(rc, rows[i].good ? EP_OK : EP_EAUTH);
        assert_string_equal(err.code, rows[i].good ? "" : "sso-token");
    }
    assert_int_equal(id_token(s, rows[0].claims, EP_STR("i")), EP_OK);
    assert_int_equal(id_token(s, rows[0].claims, EP_STR("j")), EP_EAUTH);
    configure(s, "OIDC_ISSUER = 'i'\n");
    assert_int_equal(id_token(s, rows[0].claims, EP_STR_NULL), EP_OK);
    configure(s, "OIDC_ISSUER = 'j'\n");
    assert_int_equal(id_token(s, rows[0].claims, EP_STR_NULL), EP_EAUTH);
}


static void
addresses_are_https(void **state)
{
    store_t *s = *state;
    static const struct {
        const char *url;
        bool good;
    } rows[] = {
        { "https://p.example:8443/a?b=c", true },
        { "http://localhost:80/a", true },
        { "http://127.0.0.1/a", true },
        { "http://[::1]/a", true },
        { "http://p.example/a", false },
        { "http://127.example/a", false },
        { "http://localhost.example/a", false },
        { "https://user:password@p.example/", false },
        { "https://p.example/#x", false },
        { "ftp://p.example/", false },
        { "file:///etc/passwd", false },
        { "/a", false },
        { "", false },
    };
    ep_arena_t *arena = ep_arena_new();
    const char *out;
    char line[256];

    for (size_t i = 0; i < EP_ARRAY_LEN(rows); i++) {
        snprintf(line, sizeof(line), "OIDC_LOGOUT_URL = '%s'\n", rows[i].url);
        configure(s, line);
        ep_err_clear(&err);
        assert_int_equal(
            ep_oidc_address(s->cfg, EP_OIDC_LOGOUT_URL, arena, &out, &err),
            rows[i].good ? EP_OK : EP_EINVAL);
        assert_string_equal(err.code, rows[i].good ? "" : "sso-address");
    }
    ep_arena_free(arena);
}


static void
all_five_settings_are_needed(void **state)
{
    store_t *s = *state;
    ep_arena_t *arena = ep_arena_new();
    ep_oidc_begin_t begun;

    assert_true(ep_oidc_configured(s->cfg));
    configure(s, "OIDC_CLIENT_SECRET = ''\n");
    assert_false(ep_oidc_configured(s->cfg));
    assert_refused(ep_oidc_begin(s->portal, ep_str(redirect_uri), EP_STR_NULL,
                                 arena, &begun, &err),
                   EP_EINVAL, "sso-off");
    ep_arena_free(arena);
}


#define CASE(title, fn)                                                        \
    {                                                                          \
        title, fn, setup, store_teardown, NULL                                 \
    }

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("base64url and percent-encoding", texts_are_encoded),
        CASE("only local paths are returned to",
             only_local_paths_are_returned_to),
        CASE("a login comes back once, and within ten minutes",
             a_login_comes_back_once_and_in_time),
        CASE("logins that came back are forgotten later",
             used_logins_are_forgotten_when_they_are_over),
        CASE("ASVS 10.5: an ID token is for us, now, and this login",
             an_id_token_is_for_us_now_and_this_login),
        CASE("SSO-6: a provider's addresses are https", addresses_are_https),
        CASE("SSO-2: five settings are needed", all_five_settings_are_needed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
