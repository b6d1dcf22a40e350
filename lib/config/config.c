/* Loading a configuration, and its directories; see eportal/config.h. */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "config/config_private.h"

static const char config_file[] = "/etc/eportal/config";
static const char old_dir[] = "/usr/share/kcare-eportal";
static const char new_dir[] = "/var/lib/eportal";


static ep_config_t *
config_new(void)
{
    ep_config_t *cfg = calloc(1, sizeof(*cfg));

    if (cfg == NULL) {
        return NULL;
    }
    cfg->refs = 1;
    cfg->arena = ep_arena_new();
    if (cfg->arena == NULL) {
        free(cfg);
        return NULL;
    }
    return cfg;
}


ep_config_t *
ep_config_ref(ep_config_t *cfg)
{
    __atomic_add_fetch(&cfg->refs, 1, __ATOMIC_RELAXED);
    return cfg;
}


void
ep_config_unref(ep_config_t *cfg)
{
    if (cfg != NULL && __atomic_sub_fetch(&cfg->refs, 1, __ATOMIC_ACQ_REL) == 0)
    {
        ep_config_unref(cfg->parent);
        ep_arena_free(cfg->arena);
        free(cfg);
    }
}


static bool
is_real_dir(const char *parent, const char *name)
{
    char path[PATH_MAX];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", parent, name);
    return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}


/* The old data directory counts when data is really there: packages put
 * links to the new one into it. */
static bool
holds_data(const char *dir)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/eportal.sqlite", dir);
    return ep_file_exists(path) || is_real_dir(dir, "arch")
           || is_real_dir(dir, "resources");
}


/* A path without links as far as it exists: SQLite follows none. */
static const char *
canonical(ep_arena_t *arena, const char *path)
{
    char head[PATH_MAX], real[PATH_MAX];
    size_t n = strlen(path);

    while (n > 1 && path[n - 1] == '/') {
        n--;
    }
    path = ep_arena_strdup(arena, (ep_str_t){ path, n });
    if (path == NULL || !ep_str_copy(ep_str(path), head, sizeof(head))) {
        return NULL;
    }
    while (realpath(head, real) == NULL) {
        char *slash = strrchr(head, '/');

        if (errno != ENOENT || slash == NULL || slash == head) {
            return path;
        }
        *slash = '\0';
        n = (size_t) (slash - head);
    }
    return n == strlen(path) ? ep_arena_strdup(arena, ep_str(real))
                             : ep_arena_printf(arena, "%s%s", real, path + n);
}


static const char *
find_base_dir(const ep_config_loader_t *l)
{
    const char *path = l->cfg->values[EP_BASE_DIR].string;
    ep_arena_t *arena = l->cfg->arena;

    if (path != NULL) {
        return canonical(arena, path);
    }
    path = ep_arena_printf(arena, "%s%s", l->root, old_dir);
    if (path != NULL && !holds_data(path)) {
        path = ep_arena_printf(arena, "%s%s", l->root, new_dir);
    }
    return path != NULL ? canonical(arena, path) : NULL;
}


static ep_rc_t
read_old_files(ep_config_loader_t *l, ep_err_t *err)
{
    static const char *const names[] = { "/local.py", "/config/local.py" };
    const char *const dirs[] = { old_dir, new_dir };

    for (size_t i = 0; i < 4; i++) {
        const char *path = ep_arena_printf(l->cfg->arena, "%s%s%s", l->root,
                                           dirs[i / 2], names[i % 2]);
        bool found;
        ep_rc_t rc;

        if (path == NULL) {
            return ep_config_no_memory(err);
        }
        rc = ep_config_read_file(l, path, true, &found, err);
        if (rc != EP_OK) {
            return rc;
        }
        if (found) {
            l->cfg->path = path;
        }
    }
    return EP_OK;
}


/* Absolute, so that a later chdir does not lose the file. */
static const char *
absolute(ep_arena_t *arena, const char *path)
{
    char cwd[PATH_MAX];

    if (path[0] == '/' || getcwd(cwd, sizeof(cwd)) == NULL) {
        return ep_arena_strdup(arena, ep_str(path));
    }
    return ep_arena_printf(arena, "%s/%s", cwd, path);
}


static ep_rc_t
read_named_file(ep_config_loader_t *l, const char *name, ep_err_t *err)
{
    const char *path = absolute(l->cfg->arena, name);
    bool found;
    ep_rc_t rc;

    if (path == NULL) {
        return ep_config_no_memory(err);
    }
    rc = ep_config_read_file(l, path, false, &found, err);
    if (rc == EP_OK && !found) {
        return ep_err_set(err, EP_ENOTFOUND, "no-config",
                          "there is no configuration file %s", path);
    }
    l->cfg->path = path;
    return rc;
}


static ep_rc_t
read_default_files(ep_config_loader_t *l, ep_err_t *err)
{
    const char *path =
        ep_arena_printf(l->cfg->arena, "%s%s", l->root, config_file);
    bool found;
    ep_rc_t rc;

    if (path == NULL) {
        return ep_config_no_memory(err);
    }
    rc = read_old_files(l, err);
    if (rc == EP_OK) {
        rc = ep_config_read_file(l, path, false, &found, err);
    }
    if (rc == EP_OK && found) {
        l->cfg->path = path;
    }
    return rc;
}


static const char *
env_value(const char *const *env, const char *name)
{
    size_t n = strlen(name);

    for (; env != NULL && *env != NULL; env++) {
        if (strncmp(*env, name, n) == 0 && (*env)[n] == '=') {
            return *env + n + 1;
        }
    }
    return NULL;
}


static ep_rc_t
read_files(ep_config_loader_t *l, const char *path, const char *const *env,
           ep_err_t *err)
{
    if (path == NULL) {
        path = env_value(env, "EPORTAL_CONFIG");
    }
    return path != NULL && path[0] != '\0' ? read_named_file(l, path, err)
                                           : read_default_files(l, err);
}


/* The environment may move BASE_DIR; what BASE_DIR holds is read after. */
static ep_rc_t
read_environment(ep_config_loader_t *l, const char *const *env, ep_err_t *err)
{
    ep_config_t *cfg = l->cfg;
    ep_rc_t rc;

    cfg->home = find_base_dir(l);
    if (cfg->home == NULL) {
        return ep_config_no_memory(err);
    }
    rc = ep_config_read_saved(l, err);
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_config_read_env(l, env, err);
    if (rc == EP_OK) {
        rc = ep_config_apply(l, EP_BASE_DIR, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    cfg->base_dir = find_base_dir(l);
    return cfg->base_dir != NULL ? EP_OK : ep_config_no_memory(err);
}


static ep_rc_t
read_base_dir(ep_config_loader_t *l, ep_err_t *err)
{
    ep_config_t *cfg = l->cfg;
    const char *path =
        ep_arena_printf(cfg->arena, "%s/config/config.json", cfg->base_dir);
    ep_rc_t rc = path != NULL ? ep_config_read_json(l, path, err)
                              : ep_config_no_memory(err);

    if (rc == EP_OK) {
        rc = ep_config_read_envdir(l, err);
    }
    for (size_t i = 0; rc == EP_OK && i < EP_SETTING_COUNT; i++) {
        if (i != EP_BASE_DIR) {
            rc = ep_config_apply(l, (ep_setting_t) i, err);
        }
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (!cfg->values[EP_HTTPS_VERIFY].boolean) {
        ep_config_warn(l, "%s: certificates are not verified (HTTPS_VERIFY)",
                       cfg->values[EP_HTTPS_VERIFY].origin);
    }
    path = cfg->values[EP_PATCHES_DIR].string;
    cfg->patches_dir =
        path != NULL ? canonical(cfg->arena, path) : cfg->base_dir;
    return cfg->patches_dir != NULL ? EP_OK : ep_config_no_memory(err);
}


ep_rc_t
ep_config_load_root(const char *root, const char *path, const char *const *env,
                    ep_log_fn log, void *log_ctx, ep_config_t **out,
                    ep_err_t *err)
{
    ep_config_loader_t l = {
        .cfg = config_new(), .root = root, .log = log, .log_ctx = log_ctx
    };
    ep_rc_t rc;

    if (l.cfg == NULL) {
        return ep_config_no_memory(err);
    }
    rc = ep_config_set_defaults(&l, err);
    if (rc == EP_OK) {
        rc = read_files(&l, path, env, err);
    }
    if (rc == EP_OK) {
        rc = read_environment(&l, env, err);
    }
    if (rc == EP_OK) {
        rc = read_base_dir(&l, err);
    }
    if (rc != EP_OK) {
        ep_config_unref(l.cfg);
        return rc;
    }
    *out = l.cfg;
    return EP_OK;
}


ep_rc_t
ep_config_load(const char *path, const char *const *env, ep_log_fn log,
               void *log_ctx, ep_config_t **out, ep_err_t *err)
{
    return ep_config_load_root("", path, env, log, log_ctx, out, err);
}
