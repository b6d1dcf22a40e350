/* Configuration from the environment, the envdir and environment.json. */

#include "config_fixture.h"


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


/* ENV-2: as Python had it, "0" and nothing else. */
static void
python_turns_verification_off(void **state)
{
    static const struct {
        const char *text;
        bool verify;
    } cases[] = { { "0\n", false }, { "0", false },    { "1\n", true },
                  { "00\n", true }, { "False", true }, { "", true } };
    const char *const env[] = { "PYTHONHTTPSVERIFY=0", NULL };

    load(NULL);
    assert_true(ep_config_bool(cfg, EP_HTTPS_VERIFY));
    for (size_t i = 0; i < EP_ARRAY_LEN(cases); i++) {
        put(NEW_DIR "/environment/PYTHONHTTPSVERIFY", cases[i].text);
        load(NULL);
        assert_int_equal(ep_config_bool(cfg, EP_HTTPS_VERIFY), cases[i].verify);
        assert_string_equal(warnings, cases[i].verify
                                          ? ""
                                          : "envdir PYTHONHTTPSVERIFY: "
                                            "certificates are not verified "
                                            "(HTTPS_VERIFY)\n");
    }
    load(env); /* the file is empty: it unsets */
    assert_true(ep_config_bool(cfg, EP_HTTPS_VERIFY));
    assert_int_equal(unlink(at(NEW_DIR "/environment/PYTHONHTTPSVERIFY")), 0);
    load(env);
    assert_false(ep_config_bool(cfg, EP_HTTPS_VERIFY));
    has_origin(EP_HTTPS_VERIFY, "environment PYTHONHTTPSVERIFY");
    assert_int_equal(ep_config_save_environment(cfg, env, &err), EP_OK);
    load(NULL); /* as nginx's workers see it */
    assert_false(ep_config_bool(cfg, EP_HTTPS_VERIFY));
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
    assert_int_equal(st.st_mode & 07777, 0640);
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


int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("NEW-INST-8: EPORTAL_ variables override all",
             environment_overrides_all),
        TEST("NEW-INST-8: an empty variable unsets", environment_empties),
        TEST("NEW-INST-8: a bad variable is an error that names it",
             environment_must_be_good),
        TEST("ENV-1, ENV-3: the envdir sets and unsets variables; first "
             "line, trailing blanks cut",
             envdir_sets_and_unsets),
        TEST("ENV-2: PYTHONHTTPSVERIFY=0 in the envdir or the environment "
             "turns off the verification of certificates, and nothing else "
             "does",
             python_turns_verification_off),
        TEST("ENV-3: NUL becomes newline", envdir_nul_is_newline),
        TEST("the envdir is bounded", envdir_is_bounded),
        TEST("ENV-1, NEW-INST-8: a process without environment sees the one "
             "that was saved",
             saved_environment_is_the_same),
        TEST("saving what is saved changes nothing",
             saving_twice_changes_nothing),
        TEST("a broken environment.json is a warning",
             broken_saved_environment_warns),
        TEST("what may not be read of the environment is a warning",
             unreadable_environment_warns),
        TEST("a file of the envdir that is written in place is noticed",
             written_in_place_is_noticed),
    };

    return cmocka_run_group_tests_name("environment", tests, NULL, NULL);
}
