/* Configuration: files, what values must be, directories, changes. */

#include <pthread.h>

#include "config_fixture.h"


/* A file that must be refused with this text behind its name. */
static void
refuses(const char *text, const char *expected)
{
    char whole[512];

    put(FILE_PATH, text);
    snprintf(whole, sizeof(whole), "%s%s", at(FILE_PATH), expected);
    assert_int_equal(load_path(NULL, NULL), EP_EINVAL);
    assert_null(cfg);
    assert_string_equal(err.msg, whole);
    assert_string_equal(err.code, "bad-setting");
}


static void
defaults_apply(void **state)
{
    const char *const *items;

    load(NULL);
    assert_null(ep_config_path(cfg));
    assert_null(ep_config_string(cfg, EP_BASE_DIR));
    assert_true(ep_config_bool(cfg, EP_PATCH_AUTH));
    assert_int_equal(ep_config_int(cfg, EP_INACTIVE_SERVER_AGE), 2592000);
    assert_int_equal(ep_config_list(cfg, EP_TRUSTED_PROXIES, &items), 0);
    has_origin(EP_PATCH_AUTH, "default");
    assert_string_equal(ep_config_base_dir(cfg), at(NEW_DIR));
    assert_string_equal(ep_config_patches_dir(cfg), at(NEW_DIR));
    assert_string_equal(warnings, "");
    for (int i = 0; i < EP_SETTING_COUNT; i++) {
        const ep_setting_info_t *info = ep_setting_info((ep_setting_t) i);

        assert_true(ep_setting_find(ep_str(info->name)) == (ep_setting_t) i);
        assert_true(strlen(info->meaning) > 0);
    }
}


static void
file_sets_values(void **state)
{
    const char *const *items;

    load_file("# ePortal\nPATCH_AUTH = False\n"
              "BASE_DIR = '/srv/eportal//'\n"
              "INACTIVE_SERVER_AGE = 3600 * 24  # a day\n"
              "ALLOWED_HOSTS = [\"a.example\", 'b.example',]\n"
              "TRUSTED_PROXIES = ('10.0.0.0/8', '::1')\n"
              "AUTH_PASSWORD_MIN_LENGTH = 16 / 2\n");
    assert_string_equal(ep_config_path(cfg), at(FILE_PATH));
    assert_false(ep_config_bool(cfg, EP_PATCH_AUTH));
    has_origin(EP_PATCH_AUTH, FILE_PATH ":2");
    assert_string_equal(ep_config_base_dir(cfg), "/srv/eportal");
    assert_string_equal(ep_config_patches_dir(cfg), "/srv/eportal");
    assert_int_equal(ep_config_int(cfg, EP_INACTIVE_SERVER_AGE), 86400);
    assert_int_equal(ep_config_int(cfg, EP_AUTH_PASSWORD_MIN_LENGTH), 8);
    assert_int_equal(ep_config_list(cfg, EP_ALLOWED_HOSTS, &items), 2);
    assert_string_equal(items[0], "a.example");
    assert_string_equal(items[1], "b.example");
    assert_int_equal(ep_config_list(cfg, EP_TRUSTED_PROXIES, &items), 2);
    assert_string_equal(items[1], "::1");
}


static void
later_line_wins(void **state)
{
    const char *const *items;

    load_file("PATCH_AUTH = False\nALLOWED_HOSTS = ['a']\n"
              "PATCHES_DIR = '/x'\n"
              "PATCH_AUTH = 1\nPATCHES_DIR = None\nALLOWED_HOSTS = None\n");
    assert_true(ep_config_bool(cfg, EP_PATCH_AUTH));
    has_origin(EP_PATCH_AUTH, FILE_PATH ":4");
    assert_null(ep_config_string(cfg, EP_PATCHES_DIR));
    assert_int_equal(ep_config_list(cfg, EP_ALLOWED_HOSTS, &items), 0);
}


static void
unknown_names_warn(void **state)
{
    char expected[512];

    load_file("X = {'a': [1, 2.5]}\nPATCH_AUTH = 0\nlower = 'b'\n");
    snprintf(expected, sizeof(expected),
             "%s:1: unknown setting X\n%s:3: unknown setting lower\n",
             at(FILE_PATH), at(FILE_PATH));
    assert_string_equal(warnings, expected);
    assert_false(ep_config_bool(cfg, EP_PATCH_AUTH));
}


static void
bad_values_are_errors(void **state)
{
    refuses("A = 1\nPATCH_AUTH =  'no'\n", ":2:15: expected True or False");
    refuses("PATCH_AUTH = 2\n", ":1:14: expected True or False");
    refuses("INACTIVE_SERVER_AGE = -1", ":1:23: expected a whole number that "
                                        "is not negative");
    refuses("INACTIVE_SERVER_AGE = 1.5", ":1:23: expected a whole number "
                                         "that is not negative");
    refuses("INACTIVE_SERVER_AGE = None", ":1:23: expected a whole number "
                                          "that is not negative");
    refuses("BASE_DIR = 5", ":1:12: expected a string in quotes");
    refuses("BASE_DIR = ''", ":1:12: expected an absolute path of at most "
                             "1024 bytes");
    refuses("PATCHES_DIR = 'x'", ":1:15: expected an absolute path of at "
                                 "most 1024 bytes");
    refuses("BASE_DIR = '/a\\0b'", ":1:12: expected a string in quotes");
    refuses("BASE_DIR = '/a\xff'", ":1:12: expected a string in quotes");
    refuses("ALLOWED_HOSTS = 'a'", ":1:17: expected a list such as "
                                   "['a', 'b']");
    refuses("ALLOWED_HOSTS = ['a',\n 5]", ":2:2: expected a string in "
                                          "quotes");
    refuses("TRUSTED_PROXIES = ['::1', '10.0.0.0/33']",
            ":1:27: expected an address or network such as '10.0.0.0/8'");
    refuses("PATCH_AUTH = True\nimport os", ":2:8: expected '=' and a value "
                                            "after the name");
    refuses("X = 'open\n", ":1:5: expected a string with its closing '");
}


static void
named_file_must_exist(void **state)
{
    const char *const env[] = { "EPORTAL_CONFIG=/nonexistent/config", NULL };
    char named[PATH_MAX + 32];
    const char *const env_ok[] = { "A=B", named, NULL };
    const char *const env_empty[] = { "EPORTAL_CONFIG=", NULL };

    put("/named", "PATCH_AUTH = False\n");
    put(FILE_PATH, "INACTIVE_SERVER_AGE = 5\n");
    put(OLD_DIR "/local.py", "INACTIVE_SERVER_AGE = 6\n");
    assert_int_equal(load_path(at("/absent"), NULL), EP_ENOTFOUND);
    assert_null(cfg);
    assert_int_equal(load_path(NULL, env), EP_ENOTFOUND);
    assert_non_null(strstr(err.msg, "/nonexistent/config"));
    assert_int_equal(load_path(at("/named"), env), EP_OK);
    assert_false(ep_config_bool(cfg, EP_PATCH_AUTH));
    /* Nothing but the named file then. */
    assert_int_equal(ep_config_int(cfg, EP_INACTIVE_SERVER_AGE), 2592000);
    snprintf(named, sizeof(named), "EPORTAL_CONFIG=%s", at("/named"));
    assert_int_equal(load_path(NULL, env_ok), EP_OK);
    assert_string_equal(ep_config_path(cfg), at("/named"));
    assert_string_equal(warnings, "");
    load(env_empty);
    assert_int_equal(ep_config_int(cfg, EP_INACTIVE_SERVER_AGE), 5);
}


static void
relative_names_survive_chdir(void **state)
{
    put("/named", "PATCH_AUTH = False\n");
    assert_int_equal(chdir(root), 0);
    assert_int_equal(load_path("named", NULL), EP_OK);
    assert_int_equal(chdir("/"), 0);
    assert_false(ep_config_changed(cfg));
    assert_string_equal(ep_config_path(cfg), at("/named"));
}


static void
old_locations_are_read_first(void **state)
{
    char expected[512];

    put(OLD_DIR "/local.py", "import os\nDEBUG = os.environ.get('X', [\n 1])\n"
                             "PATCH_AUTH = False\nINACTIVE_SERVER_AGE = 1\n"
                             "if DEBUG:\n    PATCH_AUTH = True\n");
    load(NULL);
    assert_false(ep_config_bool(cfg, EP_PATCH_AUTH));
    has_origin(EP_PATCH_AUTH, OLD_DIR "/local.py:4");
    assert_string_equal(ep_config_path(cfg), at(OLD_DIR "/local.py"));
    snprintf(expected, sizeof(expected),
             "%s:1: passed over, it sets nothing that is known\n",
             at(OLD_DIR "/local.py"));
    assert_memory_equal(warnings, expected, strlen(expected));
    assert_non_null(strstr(warnings, "local.py:2: passed over"));
    assert_non_null(strstr(warnings, "local.py:6: passed over"));
    assert_non_null(strstr(warnings, "local.py:7: passed over"));
    put(OLD_DIR "/config/local.py", "INACTIVE_SERVER_AGE = 2\n");
    load(NULL);
    assert_int_equal(ep_config_int(cfg, EP_INACTIVE_SERVER_AGE), 2);
    put(NEW_DIR "/local.py", "INACTIVE_SERVER_AGE = 3\n");
    load(NULL);
    assert_int_equal(ep_config_int(cfg, EP_INACTIVE_SERVER_AGE), 3);
    put(NEW_DIR "/config/local.py", "INACTIVE_SERVER_AGE = 4\n");
    load(NULL);
    assert_int_equal(ep_config_int(cfg, EP_INACTIVE_SERVER_AGE), 4);
    load_file("INACTIVE_SERVER_AGE = 5\n");
    assert_int_equal(ep_config_int(cfg, EP_INACTIVE_SERVER_AGE), 5);
    assert_false(ep_config_bool(cfg, EP_PATCH_AUTH));
    assert_string_equal(ep_config_path(cfg), at(FILE_PATH));
}


static void
old_location_with_a_bad_value(void **state)
{
    put(OLD_DIR "/local.py", "PATCH_AUTH = os.getenv('X')\n");
    assert_int_equal(load_path(NULL, NULL), EP_EINVAL);
    assert_non_null(strstr(err.msg, "/local.py:1:14: expected "));
}


static void
base_dir_is_where_data_is(void **state)
{
    assert_int_equal(ep_dir_make(at(NEW_DIR "/arch"), 0755, NULL), EP_OK);
    assert_int_equal(ep_dir_make(at(OLD_DIR), 0755, NULL), EP_OK);
    /* A package's link is no data. */
    assert_int_equal(symlink(at(NEW_DIR "/arch"), at(OLD_DIR "/arch")), 0);
    load(NULL);
    assert_string_equal(ep_config_base_dir(cfg), at(NEW_DIR));
    assert_int_equal(unlink(at(OLD_DIR "/arch")), 0);
    assert_int_equal(mkdir(at(OLD_DIR "/arch"), 0755), 0);
    load(NULL);
    assert_string_equal(ep_config_base_dir(cfg), at(OLD_DIR));
    assert_int_equal(rmdir(at(OLD_DIR "/arch")), 0);
    put(OLD_DIR "/eportal.sqlite", "");
    load(NULL);
    assert_string_equal(ep_config_base_dir(cfg), at(OLD_DIR));
}


static void
directories_are_canonical(void **state)
{
    char text[2 * PATH_MAX];

    assert_int_equal(mkdir(at("/real"), 0755), 0);
    assert_int_equal(symlink("real", at("/link")), 0);
    snprintf(text, sizeof(text), "BASE_DIR = '%s/'\nPATCHES_DIR = '%s'\n",
             at("/link"), at("/link/not/yet"));
    load_file(text);
    assert_string_equal(ep_config_base_dir(cfg), at("/real"));
    assert_string_equal(ep_config_patches_dir(cfg), at("/real/not/yet"));
}


static void
json_overrides_file(void **state)
{
    put(NEW_DIR "/config/config.json",
        "{\"PATCH_AUTH\": false, \"ALLOWED_HOSTS\": [\"a\\/b\"],\n"
        " \"BASE_DIR\": \"/elsewhere\", \"NEW\": {\"x\": null}}\n");
    load_file("PATCH_AUTH = True\nINACTIVE_SERVER_AGE = 9\n");
    assert_false(ep_config_bool(cfg, EP_PATCH_AUTH));
    has_origin(EP_PATCH_AUTH, "config.json");
    assert_int_equal(ep_config_int(cfg, EP_INACTIVE_SERVER_AGE), 9);
    assert_string_equal(ep_config_base_dir(cfg), at(NEW_DIR));
    assert_non_null(strstr(warnings, "config.json:2: this file cannot move "
                                     "the setting BASE_DIR"));
    assert_non_null(strstr(warnings, "config.json:2: unknown setting NEW"));
}


static void
json_must_be_good(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        { "{\"PATCH_AUTH\":\n \"no\"}", ":2:2: expected True or False" },
        { "[]", ":1:1: expected an object of settings" },
        { "{1: 2}", ":1:2: expected a name in quotes" },
        { "{} {}", ":1:4: expected nothing more after the value" },
        { "", ":1:1: expected a string, a number, True, False, None or a "
              "list" },
    };

    for (size_t i = 0; i < EP_ARRAY_LEN(cases); i++) {
        put(NEW_DIR "/config/config.json", cases[i].text);
        assert_int_equal(load_path(NULL, NULL), EP_EINVAL);
        assert_non_null(strstr(err.msg, "/config/config.json:"));
        assert_non_null(strstr(err.msg, cases[i].expected));
    }
}


static void
file_is_bounded(void **state)
{
    char *big = calloc(1, EP_CONFIG_MAX_FILE + 2);

    memset(big, '#', EP_CONFIG_MAX_FILE + 1);
    put(FILE_PATH, big);
    assert_int_equal(load_path(NULL, NULL), EP_ELIMIT);
    assert_int_equal(unlink(at(FILE_PATH)), 0);
    assert_int_equal(mkdir(at(FILE_PATH), 0755), 0);
    assert_int_equal(load_path(NULL, NULL), EP_EINVAL);
    free(big);
}


static void
changes_are_noticed(void **state)
{
    put(FILE_PATH, "PATCH_AUTH = True\n");
    put(NEW_DIR "/environment/A", "1\n");
    load(NULL);
    assert_false(ep_config_changed(cfg));
    put(FILE_PATH, "PATCH_AUTH = True\n"); /* the same, another file */
    assert_true(ep_config_changed(cfg));
    load(NULL);
    assert_int_equal(unlink(at(FILE_PATH)), 0);
    assert_true(ep_config_changed(cfg));
    load(NULL);
    put(NEW_DIR "/config/config.json", "{}");
    assert_true(ep_config_changed(cfg));
    load(NULL);
    put(NEW_DIR "/config/environment.json", "{}");
    assert_true(ep_config_changed(cfg));
    load(NULL);
    put(OLD_DIR "/config/local.py", "");
    assert_true(ep_config_changed(cfg));
    load(NULL);
    put(NEW_DIR "/environment/A", "12\n");
    assert_true(ep_config_changed(cfg));
    load(NULL);
    put(NEW_DIR "/environment/B", "1\n");
    assert_true(ep_config_changed(cfg));
    load(NULL);
    assert_false(ep_config_changed(cfg));
}


static void
shows_literals(void **state)
{
    char text[64];

    load_file("ALLOWED_HOSTS = ['it\\'s', 'a\\\\b\\n']\n"
              "PATCHES_DIR = '/日本'\nPATCH_AUTH = 0\n");
    ep_config_show(cfg, EP_ALLOWED_HOSTS, text, sizeof(text));
    assert_string_equal(text, "['it\\'s', 'a\\\\b\\n']");
    ep_config_show(cfg, EP_PATCH_AUTH, text, sizeof(text));
    assert_string_equal(text, "False");
    ep_config_show(cfg, EP_INACTIVE_SERVER_AGE, text, sizeof(text));
    assert_string_equal(text, "2592000");
    ep_config_show(cfg, EP_BASE_DIR, text, sizeof(text));
    assert_string_equal(text, "None");
    ep_config_show(cfg, EP_PATCHES_DIR, text, sizeof(text));
    assert_string_equal(text, "'/日本'");
    /* Cut between characters. */
    ep_config_show(cfg, EP_PATCHES_DIR, text, 8);
    assert_string_equal(text, "'/日");
    ep_config_show(cfg, EP_PATCHES_DIR, text, 1);
    assert_string_equal(text, "");
}


static void *
use_references(void *ctx)
{
    for (int i = 0; i < 100000; i++) {
        ep_config_unref(ep_config_ref(ctx));
    }
    return NULL;
}


static void
references_are_counted_across_threads(void **state)
{
    pthread_t threads[4];

    load(NULL);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, use_references, cfg),
                         0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(cfg->refs, 1);
    ep_config_unref(NULL);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("CONF-5: without files defaults apply, in /var/lib/eportal",
             defaults_apply),
        TEST("CONF-1: /etc/eportal/config sets values", file_sets_values),
        TEST("CONF-6: a later line wins, None unsets", later_line_wins),
        TEST("CONF-1: an unknown setting is a warning with its line",
             unknown_names_warn),
        TEST("CONF-6: a bad value is an error with file, line and column",
             bad_values_are_errors),
        TEST("CONF-1: a file that was named must exist", named_file_must_exist),
        TEST("a relative name survives chdir", relative_names_survive_chdir),
        TEST("CONF-2, TRAP-6: local.py is read in both places, before "
             "/etc/eportal/config",
             old_locations_are_read_first),
        TEST("TRAP-6: a known setting with a bad value in local.py is an "
             "error",
             old_location_with_a_bad_value),
        TEST("CONF-4, CONF-5: an old data directory with data in it is kept",
             base_dir_is_where_data_is),
        TEST("directories are canonical", directories_are_canonical),
        TEST("config.json overrides the file", json_overrides_file),
        TEST("config.json must be an object of good values", json_must_be_good),
        TEST("the file is bounded, and a file", file_is_bounded),
        TEST("every file that appears, changes or goes is noticed",
             changes_are_noticed),
        TEST("values are shown as literals, cut between characters",
             shows_literals),
        TEST("references are counted across threads",
             references_are_counted_across_threads),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
