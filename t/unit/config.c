/* Configuration: where values come from, what they must be, changes. */

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "config/config_private.h"

#define FILE_PATH "/etc/eportal/config"
#define OLD_DIR "/usr/share/kcare-eportal"
#define NEW_DIR "/var/lib/eportal"

static char root[PATH_MAX];
static char warnings[4096];
static ep_err_t err;
static ep_config_t *cfg;


static int
new_root(void **state)
{
    char template[] = "/tmp/eportal-config-XXXXXX";

    cfg = NULL;
    err = (ep_err_t){ 0 };
    return mkdtemp(template) == NULL || realpath(template, root) == NULL;
}


static int
remove_root(void **state)
{
    ep_config_unref(cfg);
    return ep_tree_remove(AT_FDCWD, root, NULL) != EP_OK;
}


/* A path below the test's root; good until the next but seven. */
static const char *
at(const char *path)
{
    static char paths[8][PATH_MAX + 256];
    static int next;
    char *out = paths[next++ % 8];

    snprintf(out, sizeof(paths[0]), "%s%s", root, path);
    return out;
}


static void
put_bytes(const char *path, ep_str_t text)
{
    char dir[PATH_MAX];

    snprintf(dir, sizeof(dir), "%s", at(path));
    *strrchr(dir, '/') = '\0';
    assert_int_equal(ep_dir_make(dir, 0755, NULL), EP_OK);
    assert_int_equal(ep_file_write(at(path), text, 0644, NULL), EP_OK);
}


static void
put(const char *path, const char *text)
{
    put_bytes(path, ep_str(text));
}


static void
note(void *ctx, ep_log_level_t level, const char *logger, const char *msg)
{
    size_t n = strlen(warnings);

    assert_int_equal(level, EP_LOG_WARNING);
    assert_string_equal(logger, "eportal.config");
    snprintf(warnings + n, sizeof(warnings) - n, "%s\n", msg);
}


/* Load with the default paths below root; the test's cfg is replaced. */
static ep_rc_t
load_path(const char *path, const char *const *env)
{
    ep_config_unref(cfg);
    cfg = NULL;
    ep_err_clear(&err);
    warnings[0] = '\0';
    return ep_config_load_root(root, path, env, note, NULL, &cfg, &err);
}


static void
load(const char *const *env)
{
    if (load_path(NULL, env) != EP_OK) {
        print_error("%s\n", err.msg);
    }
    assert_non_null(cfg);
    assert_int_equal(err.rc, EP_OK);
}


static void
load_file(const char *text)
{
    put(FILE_PATH, text);
    load(NULL);
}


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
has_origin(ep_setting_t setting, const char *expected)
{
    const char *origin = ep_config_origin(cfg, setting);

    if (strncmp(origin, root, strlen(root)) == 0) {
        origin += strlen(root);
    }
    assert_string_equal(origin, expected);
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
environment_overrides_all(void **state)
{
    const char *const env[] = { "EPORTAL_PATCH_AUTH=off",
                                "EPORTAL_INACTIVE_SERVER_AGE= 60*60 ",
                                "EPORTAL_ALLOWED_HOSTS=a.example, b ,,c",
                                "EPORTAL_TRUSTED_PROXIES=['::1', \"10.0.0.1\"]",
                                "EPORTAL_PATCHES_DIR=/srv/p",
                                "EPORTAL_ARCHIVE_MAX_FILES=",
                                "EPORTAL_NO_SUCH=1",
                                "PATH=/bin",
                                "nonsense",
                                NULL };
    const char *const *items;

    put(NEW_DIR "/config/config.json", "{\"PATCH_AUTH\": true}");
    put(FILE_PATH, "PATCH_AUTH = True\nARCHIVE_MAX_FILES = 8\n");
    load(env);
    assert_false(ep_config_bool(cfg, EP_PATCH_AUTH));
    has_origin(EP_PATCH_AUTH, "environment EPORTAL_PATCH_AUTH");
    assert_int_equal(ep_config_int(cfg, EP_INACTIVE_SERVER_AGE), 3600);
    assert_int_equal(ep_config_list(cfg, EP_ALLOWED_HOSTS, &items), 3);
    assert_string_equal(items[1], "b");
    assert_int_equal(ep_config_list(cfg, EP_TRUSTED_PROXIES, &items), 2);
    assert_string_equal(items[1], "10.0.0.1");
    assert_string_equal(ep_config_patches_dir(cfg), "/srv/p");
    assert_int_equal(ep_config_int(cfg, EP_ARCHIVE_MAX_FILES), 8);
    assert_string_equal(warnings,
                        "environment: unknown setting EPORTAL_NO_SUCH\n");
}


static void
environment_empties(void **state)
{
    const char *const env[] = { "EPORTAL_PATCHES_DIR=",
                                "EPORTAL_ALLOWED_HOSTS=", NULL };
    const char *const *items;

    put(FILE_PATH, "PATCHES_DIR = '/x'\nALLOWED_HOSTS = ['a']\n");
    load(env);
    assert_null(ep_config_string(cfg, EP_PATCHES_DIR));
    assert_int_equal(ep_config_list(cfg, EP_ALLOWED_HOSTS, &items), 0);
}


static void
environment_must_be_good(void **state)
{
    static const struct {
        const char *variable;
        const char *expected;
    } cases[] = {
        { "EPORTAL_PATCH_AUTH=maybe",
          "environment EPORTAL_PATCH_AUTH: expected True or False" },
        { "EPORTAL_INACTIVE_SERVER_AGE=1d",
          "environment EPORTAL_INACTIVE_SERVER_AGE: expected the end of the "
          "number" },
        { "EPORTAL_INACTIVE_SERVER_AGE='1'",
          "environment EPORTAL_INACTIVE_SERVER_AGE: expected a whole number "
          "that is not negative" },
        { "EPORTAL_TRUSTED_PROXIES=10.0.0.1,proxy",
          "environment EPORTAL_TRUSTED_PROXIES: expected an address or "
          "network such as '10.0.0.0/8'" },
        { "EPORTAL_BASE_DIR=here",
          "environment EPORTAL_BASE_DIR: expected an absolute path of at "
          "most 1024 bytes" },
    };

    for (size_t i = 0; i < EP_ARRAY_LEN(cases); i++) {
        const char *const env[] = { cases[i].variable, NULL };

        assert_int_equal(load_path(NULL, env), EP_EINVAL);
        assert_string_equal(err.msg, cases[i].expected);
    }
}


static void
envdir_sets_and_unsets(void **state)
{
    const char *const env[] = { "EPORTAL_PATCH_AUTH=no",
                                "EPORTAL_ARCHIVE_MAX_FILES=7",
                                "EPORTAL_ARCHIVE_MAX_RATIO=7", NULL };
    const char *const *items;

    put(FILE_PATH, "ARCHIVE_MAX_RATIO = 3\n");
    put(NEW_DIR "/environment/EPORTAL_PATCH_AUTH", "yes \t\r\nsecond line");
    put(NEW_DIR "/environment/EPORTAL_ARCHIVE_MAX_FILES", "2 ** 10");
    put(NEW_DIR "/environment/EPORTAL_ARCHIVE_MAX_RATIO", "");
    put_bytes(NEW_DIR "/environment/EPORTAL_ALLOWED_HOSTS",
              EP_STR("['a',\0'b'] \0 \n"));
    put(NEW_DIR "/environment/PYTHONHTTPSVERIFY", "0\n");
    put(NEW_DIR "/environment/.hidden", "0\n");
    put(NEW_DIR "/environment/EPORTAL_BASE_DIR", "/elsewhere\n");
    assert_int_equal(mkdir(at(NEW_DIR "/environment/dir"), 0755), 0);
    assert_int_equal(mkfifo(at(NEW_DIR "/environment/EPORTAL_PIPE"), 0600), 0);
    load(env);
    assert_true(ep_config_bool(cfg, EP_PATCH_AUTH));
    has_origin(EP_PATCH_AUTH, "envdir EPORTAL_PATCH_AUTH");
    assert_int_equal(ep_config_int(cfg, EP_ARCHIVE_MAX_FILES), 1024);
    assert_int_equal(ep_config_int(cfg, EP_ARCHIVE_MAX_RATIO), 3);
    has_origin(EP_ARCHIVE_MAX_RATIO, FILE_PATH ":1");
    assert_int_equal(ep_config_list(cfg, EP_ALLOWED_HOSTS, &items), 2);
    assert_string_equal(items[1], "b");
    assert_string_equal(ep_config_base_dir(cfg), at(NEW_DIR));
    assert_string_equal(warnings, "envdir EPORTAL_BASE_DIR: the data "
                                  "directory cannot name itself\n");
}


static void
envdir_nul_is_newline(void **state)
{
    put_bytes(NEW_DIR "/environment/EPORTAL_PATCHES_DIR",
              EP_STR("/a\0b\n/c\n"));
    load(NULL);
    assert_string_equal(ep_config_string(cfg, EP_PATCHES_DIR), "/a\nb");
}


static void
envdir_is_bounded(void **state)
{
    static char big[70000];
    char path[128];

    memset(big, 'x', sizeof(big) - 1);
    put(NEW_DIR "/environment/EPORTAL_ALLOWED_HOSTS", big);
    assert_int_equal(load_path(NULL, NULL), EP_ELIMIT);
    put(NEW_DIR "/environment/EPORTAL_ALLOWED_HOSTS", "x");
    for (int i = 0; i < 1024; i++) {
        snprintf(path, sizeof(path), "%s/environment/F%d", NEW_DIR, i);
        assert_int_equal(close(open(at(path), O_CREAT | O_WRONLY, 0600)), 0);
    }
    assert_int_equal(load_path(NULL, NULL), EP_ELIMIT);
    assert_non_null(strstr(err.msg, "more than 1024 files"));
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


/* What the daemon saves is what a worker, without environment, sees. */
static void
saved_environment_is_the_same(void **state)
{
    char base[PATH_MAX + 32];
    const char *const env[] = { "EPORTAL_PATCH_AUTH=False",
                                "EPORTAL_ARCHIVE_MAX_FILES=5",
                                "EPORTAL_CONFIG=/never/read",
                                "SECRET=x",
                                "EPORTAL_BAD=\xff",
                                base,
                                NULL };
    const char *const fewer[] = { "EPORTAL_ARCHIVE_MAX_FILES=6", NULL };
    struct stat st;

    snprintf(base, sizeof(base), "EPORTAL_BASE_DIR=%s", at("/data"));
    put(FILE_PATH, "");
    put("/data/environment/EPORTAL_ARCHIVE_MAX_RATIO", "11\n");
    put("/data/environment/EPORTAL_ARCHIVE_MAX_FILES", "");
    assert_int_equal(load_path(at(FILE_PATH), env), EP_OK);
    assert_string_equal(ep_config_base_dir(cfg), at("/data"));
    assert_int_equal(ep_config_save_environment(cfg, env, &err), EP_OK);
    assert_int_equal(stat(at(NEW_DIR "/config/environment.json"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_true(ep_config_changed(cfg));
    load(NULL);
    assert_string_equal(ep_config_base_dir(cfg), at("/data"));
    assert_false(ep_config_bool(cfg, EP_PATCH_AUTH));
    has_origin(EP_PATCH_AUTH, "environment EPORTAL_PATCH_AUTH");
    assert_int_equal(ep_config_int(cfg, EP_ARCHIVE_MAX_RATIO), 11);
    assert_int_equal(ep_config_int(cfg, EP_ARCHIVE_MAX_FILES), 2000000);
    /* A process's own variables win. */
    assert_int_equal(unlink(at("/data/environment/EPORTAL_ARCHIVE_MAX_FILES")),
                     0);
    load(fewer);
    assert_int_equal(ep_config_int(cfg, EP_ARCHIVE_MAX_FILES), 6);
    assert_false(ep_config_bool(cfg, EP_PATCH_AUTH));
}


static void
saving_twice_changes_nothing(void **state)
{
    const char *const env[] = { "EPORTAL_PATCH_AUTH=False", NULL };

    load(env);
    assert_int_equal(ep_config_save_environment(cfg, env, &err), EP_OK);
    load(env);
    assert_int_equal(ep_config_save_environment(cfg, env, &err), EP_OK);
    assert_false(ep_config_changed(cfg));
    assert_int_equal(ep_config_save_environment(cfg, NULL, &err), EP_OK);
    assert_true(ep_config_changed(cfg));
    load(NULL);
    assert_true(ep_config_bool(cfg, EP_PATCH_AUTH));
}


static void
broken_saved_environment_warns(void **state)
{
    put(NEW_DIR "/config/environment.json", "{\"environment\":");
    load(NULL);
    assert_non_null(strstr(warnings, "environment.json: passed over"));
    put(NEW_DIR "/config/environment.json",
        "{\"environment\": {\"EPORTAL_PATCH_AUTH\": null, "
        "\"EPORTAL_ARCHIVE_MAX_FILES\": 5}, \"envdir\": []}");
    load(NULL);
    assert_true(ep_config_bool(cfg, EP_PATCH_AUTH));
    assert_int_equal(unlink(at(NEW_DIR "/config/environment.json")), 0);
    assert_int_equal(mkdir(at(NEW_DIR "/config/environment.json"), 0755), 0);
    load(NULL);
    assert_non_null(strstr(warnings, "not a regular file"));
}


/* A worker runs as another user than who wrote the files. */
static void
unreadable_environment_warns(void **state)
{
    put(NEW_DIR "/config/environment.json",
        "{\"envdir\": {\"EPORTAL_PATCH_AUTH\": \"no\"}}");
    put(NEW_DIR "/environment/EPORTAL_PATCH_AUTH", "yes\n");
    assert_int_equal(chmod(root, 0755), 0);
    assert_int_equal(chmod(at(NEW_DIR "/environment"), 0), 0);
    if (geteuid() == 0) {
        assert_int_equal(seteuid(65534), 0);
    }
    load(NULL);
    /* What was saved of the envdir counts instead. */
    assert_false(ep_config_bool(cfg, EP_PATCH_AUTH));
    has_origin(EP_PATCH_AUTH, "envdir EPORTAL_PATCH_AUTH");
    assert_non_null(strstr(warnings, "what was saved of it counts"));
    assert_int_equal(seteuid(getuid()), 0);
    assert_int_equal(chmod(at(NEW_DIR "/environment"), 0755), 0);
    assert_int_equal(chmod(at(NEW_DIR "/environment/EPORTAL_PATCH_AUTH"), 0),
                     0);
    assert_int_equal(chmod(at(NEW_DIR "/config/environment.json"), 0), 0);
    if (geteuid() == 0) {
        assert_int_equal(seteuid(65534), 0);
    }
    load(NULL);
    assert_true(ep_config_bool(cfg, EP_PATCH_AUTH));
    has_origin(EP_PATCH_AUTH, "default");
    assert_non_null(strstr(warnings, "environment.json: Permission denied"));
    assert_int_equal(seteuid(getuid()), 0);
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
written_in_place_is_noticed(void **state)
{
    int fd;

    put(NEW_DIR "/environment/A", "1\n");
    load(NULL);
    fd = open(at(NEW_DIR "/environment/A"), O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "2", 1), 1);
    assert_int_equal(close(fd), 0);
    assert_true(ep_config_changed(cfg));
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


/* The table's rows: each test has a root of its own. */
#define TEST(title, fn)                                                        \
    {                                                                          \
        title, fn, new_root, remove_root, NULL                                 \
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
        TEST("NEW-INST-8: EPORTAL_ variables override all",
             environment_overrides_all),
        TEST("NEW-INST-8: an empty variable unsets", environment_empties),
        TEST("NEW-INST-8: a bad variable is an error that names it",
             environment_must_be_good),
        TEST("ENV-1, ENV-3: the envdir sets and unsets variables; first "
             "line, trailing blanks cut",
             envdir_sets_and_unsets),
        TEST("ENV-3: NUL becomes newline", envdir_nul_is_newline),
        TEST("the envdir is bounded", envdir_is_bounded),
        TEST("the file is bounded, and a file", file_is_bounded),
        TEST("ENV-1, NEW-INST-8: a process without environment sees the one "
             "that was saved",
             saved_environment_is_the_same),
        TEST("saving what is saved changes nothing",
             saving_twice_changes_nothing),
        TEST("a broken environment.json is a warning",
             broken_saved_environment_warns),
        TEST("what may not be read of the environment is a warning",
             unreadable_environment_warns),
        TEST("every file that appears, changes or goes is noticed",
             changes_are_noticed),
        TEST("a file of the envdir that is written in place is noticed",
             written_in_place_is_noticed),
        TEST("values are shown as literals, cut between characters",
             shows_literals),
        TEST("references are counted across threads",
             references_are_counted_across_threads),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
