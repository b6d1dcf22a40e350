/* Passwords of local users: eportal/user.h. */

#include "store.h"


static void
what_was_hashed_matches(void **state)
{
    store_t *s = *state;
    char a[EP_PASSWORD_HASH_MAX], b[EP_PASSWORD_HASH_MAX];

    assert_ok(ep_password_hash(s->cfg, EP_STR("AdminPassword"), a, &err));
    assert_ok(ep_password_hash(s->cfg, EP_STR("AdminPassword"), b, &err));
    assert_memory_equal(a, "$y$", 3);
    assert_string_not_equal(a, b);
    assert_true(ep_password_verify(EP_STR("AdminPassword"), a));
    assert_true(ep_password_verify(EP_STR("AdminPassword"), b));
    assert_false(ep_password_verify(EP_STR("adminPassword"), a));
    assert_false(ep_password_verify(EP_STR_NULL, a));
    assert_false(ep_password_verify(EP_STR("AdminPassword"), NULL));
    assert_false(ep_password_verify(EP_STR("AdminPassword"), ""));
    assert_false(ep_password_verify(EP_STR("*0"), "*0"));
}


static void
length_is_counted_in_characters(void **state)
{
    store_t *s = *state;
    char out[EP_PASSWORD_HASH_MAX] = "untouched";

    assert_refused(ep_password_hash(s->cfg, EP_STR("four"), out, &err),
                   EP_EINVAL, "password-too-short");
    assert_refused(
        ep_password_hash(s->cfg, EP_STR("\xe5\x90\x8d\xe5\x89\x8d"), out, &err),
        EP_EINVAL, "password-too-short");
    assert_refused(ep_password_hash(s->cfg, EP_STR_NULL, out, &err), EP_EINVAL,
                   "password-too-short");
    assert_string_equal(out, "untouched");
    assert_ok(ep_password_hash(s->cfg, EP_STR("fiver"), out, &err));
}


static void
nothing_is_cut(void **state)
{
    store_t *s = *state;
    char out[EP_PASSWORD_HASH_MAX], text[EP_PASSWORD_MAX + 1];
    ep_str_t longest = { text, EP_PASSWORD_MAX };

    memset(text, 'p', sizeof(text));
    assert_refused(
        ep_password_hash(s->cfg, (ep_str_t){ text, sizeof(text) }, out, &err),
        EP_EINVAL, "password-too-long");
    assert_refused(ep_password_hash(s->cfg, EP_STR("with\0nul"), out, &err),
                   EP_EINVAL, "bad-password");
    assert_ok(ep_password_hash(s->cfg, longest, out, &err));
    assert_true(ep_password_verify(longest, out));
    text[EP_PASSWORD_MAX - 1] = 'q';
    assert_false(ep_password_verify(longest, out));
}


static void
minimum_is_a_setting(void **state)
{
    store_t *s = *state;
    char path[128], text[160], out[EP_PASSWORD_HASH_MAX];

    snprintf(path, sizeof(path), "%s/config", s->dir);
    snprintf(text, sizeof(text),
             "BASE_DIR = '%s/data'\nAUTH_PASSWORD_MIN_LENGTH = 8\n", s->dir);
    assert_ok(ep_file_write(path, ep_str(text), 0600, &err));
    ep_config_unref(s->cfg);
    assert_ok(ep_config_load(path, NULL, NULL, NULL, &s->cfg, &err));
    assert_refused(ep_password_hash(s->cfg, EP_STR("sevenxx"), out, &err),
                   EP_EINVAL, "password-too-short");
    assert_ok(ep_password_hash(s->cfg, EP_STR("eightxxx"), out, &err));
}


#define BARE store_setup_bare, store_teardown, NULL

int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "a password matches its yescrypt hash and no other",
          what_was_hashed_matches, BARE },
        { "AUTH-2, ASVS 6.2.1: a password has at least 5 characters",
          length_is_counted_in_characters, BARE },
        { "AUTH-2: AUTH_PASSWORD_MIN_LENGTH says how many",
          minimum_is_a_setting, BARE },
        { "no password is cut", nothing_is_cut, BARE },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
