/*
 * What the tests of the configuration share: a root of its own for each
 * test, files in it, a load of what they say.
 */

#ifndef T_UNIT_CONFIG_FIXTURE_H
#define T_UNIT_CONFIG_FIXTURE_H

#include <fcntl.h>
#include <limits.h>
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


static inline int
new_root(void **state)
{
    char template[] = "/tmp/eportal-config-XXXXXX";

    cfg = NULL;
    err = (ep_err_t){ 0 };
    return mkdtemp(template) == NULL || realpath(template, root) == NULL;
}


static inline int
remove_root(void **state)
{
    ep_config_unref(cfg);
    return ep_tree_remove(AT_FDCWD, root, NULL) != EP_OK;
}


/* A path below the test's root; good until the next but seven. */
static inline const char *
at(const char *path)
{
    static char paths[8][PATH_MAX + 256];
    static int next;
    char *out = paths[next++ % 8];

    snprintf(out, sizeof(paths[0]), "%s%s", root, path);
    return out;
}


static inline void
put_bytes(const char *path, ep_str_t text)
{
    char dir[PATH_MAX];

    snprintf(dir, sizeof(dir), "%s", at(path));
    *strrchr(dir, '/') = '\0';
    assert_int_equal(ep_dir_make(dir, 0755, NULL), EP_OK);
    assert_int_equal(ep_file_write(at(path), text, 0644, NULL), EP_OK);
}


static inline void
put(const char *path, const char *text)
{
    put_bytes(path, ep_str(text));
}


static inline void
note(void *ctx, ep_log_level_t level, const char *logger, const char *msg)
{
    size_t n = strlen(warnings);

    assert_int_equal(level, EP_LOG_WARNING);
    assert_string_equal(logger, "eportal.config");
    snprintf(warnings + n, sizeof(warnings) - n, "%s\n", msg);
}


/* Load with the default paths below root; the test's cfg is replaced. */
static inline ep_rc_t
load_path(const char *path, const char *const *env)
{
    ep_config_unref(cfg);
    cfg = NULL;
    ep_err_clear(&err);
    warnings[0] = '\0';
    return ep_config_load_root(root, path, env, note, NULL, &cfg, &err);
}


static inline void
load(const char *const *env)
{
    if (load_path(NULL, env) != EP_OK) {
        print_error("%s\n", err.msg);
    }
    assert_non_null(cfg);
    assert_int_equal(err.rc, EP_OK);
}


static inline void
load_file(const char *text)
{
    put(FILE_PATH, text);
    load(NULL);
}


static inline void
has_origin(ep_setting_t setting, const char *expected)
{
    const char *origin = ep_config_origin(cfg, setting);

    if (strncmp(origin, root, strlen(root)) == 0) {
        origin += strlen(root);
    }
    assert_string_equal(origin, expected);
}


/* The table's rows: each test has a root of its own. */
#define TEST(title, fn)                                                        \
    {                                                                          \
        title, fn, new_root, remove_root, NULL                                 \
    }

#endif
