/*
 * The environment: variables EPORTAL_<NAME> and PYTHONHTTPSVERIFY, the envdir
 * BASE_DIR/environment (daemontools' rules) and what both were when a process
 * that has them last wrote config/environment.json.
 */

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include <json-c/json.h>

#include "base/file.h"
#include "config/config_private.h"

#define PREFIX "EPORTAL_"
/* The one variable that is not ours: as Python knew it, "0" and nothing else
 * turns the verification of certificates off (ENV-2). */
#define PYTHON_VERIFY "PYTHONHTTPSVERIFY"
#define MAX_ENVDIR_FILES 1024
#define MAX_ENVDIR_VALUE 65536

/* One variable of the envdir; text is NULL when an empty file unsets it. */
typedef ep_rc_t (*variable_fn)(void *ctx, const char *name, const char *text,
                               ep_err_t *err);

typedef struct json_object json_t;


/* The setting that a variable sets: EP_SETTING_COUNT with a warning for
 * one that sets none, silently for what is no setting by design. */
static ep_setting_t
setting_of(const ep_config_loader_t *l, ep_str_t name, const char *place)
{
    ep_setting_t setting;

    if (ep_str_eq(name, EP_STR(PYTHON_VERIFY))) {
        return EP_HTTPS_VERIFY;
    }
    if (!ep_str_starts(name, EP_STR(PREFIX))
        || ep_str_eq(name, EP_STR(PREFIX "CONFIG")))
    {
        return EP_SETTING_COUNT;
    }
    setting = ep_setting_find(
        (ep_str_t){ name.p + strlen(PREFIX), name.n - strlen(PREFIX) });
    if (setting == EP_SETTING_COUNT) {
        ep_config_warn(l, "%s: unknown setting %.*s", place, EP_STR_ARG(name));
    }
    return setting;
}


/* origin: "environment" or "envdir"; text NULL unsets. */
static ep_rc_t
set_variable(ep_config_loader_t *l, ep_str_t name, const char *text,
             const char *origin, ep_err_t *err)
{
    ep_setting_t setting = setting_of(l, name, origin);
    ep_config_variable_t variable = { 0 };

    if (setting == EP_SETTING_COUNT) {
        return EP_OK;
    }
    if (text != NULL && text[0] != '\0' && strcmp(text, "0") != 0
        && ep_str_eq(name, EP_STR(PYTHON_VERIFY)))
    {
        text = "1";
    }
    variable.origin =
        ep_arena_printf(l->cfg->arena, "%s %.*s", origin, EP_STR_ARG(name));
    if (text != NULL) {
        variable.text = ep_arena_strdup(l->cfg->arena, ep_str(text));
    }
    if (variable.origin == NULL || (text != NULL && variable.text == NULL)) {
        return ep_config_no_memory(err);
    }
    l->variables[setting] = variable;
    return EP_OK;
}


ep_rc_t
ep_config_read_env(ep_config_loader_t *l, const char *const *env, ep_err_t *err)
{
    for (; env != NULL && *env != NULL; env++) {
        ep_str_t name, value;
        ep_rc_t rc;

        if (!ep_str_cut(ep_str(*env), '=', &name, &value)) {
            continue;
        }
        rc = set_variable(l, name, value.p, "environment", err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return EP_OK;
}


/* The variables of one member of environment.json. */
static ep_rc_t
take_saved(ep_config_loader_t *l, const ep_py_t *object, const char *origin,
           ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    if (object == NULL || object->type != EP_PY_DICT) {
        return EP_OK;
    }
    for (const ep_py_t *key = object->list.first; rc == EP_OK && key != NULL;
         key = key->next->next)
    {
        const ep_py_t *v = key->next;

        if (key->type != EP_PY_STRING
            || (v->type != EP_PY_STRING && v->type != EP_PY_NONE)
            || (v->type == EP_PY_NONE && strcmp(origin, "envdir") != 0))
        {
            continue;
        }
        rc = set_variable(l, key->string,
                          v->type == EP_PY_STRING ? v->string.p : NULL, origin,
                          err);
    }
    return rc;
}


static const ep_py_t *
member(const ep_py_t *object, ep_str_t name)
{
    const ep_py_t *found = NULL;

    for (const ep_py_t *key = object->list.first; key != NULL;
         key = key->next->next)
    {
        if (key->type == EP_PY_STRING && ep_str_eq(key->string, name)) {
            found = key->next;
        }
    }
    return found;
}


static ep_rc_t
saved_path(const ep_config_t *cfg, char path[PATH_MAX], ep_err_t *err)
{
    if (snprintf(path, PATH_MAX, "%s/config/environment.json", cfg->home)
        >= PATH_MAX)
    {
        return ep_err_set(err, EP_EINVAL, "path-too-long",
                          "path is too long: %s", cfg->home);
    }
    return EP_OK;
}


ep_rc_t
ep_config_read_saved(ep_config_loader_t *l, ep_err_t *err)
{
    ep_py_reader_t reader;
    const ep_py_t *object;
    char path[PATH_MAX];
    ep_err_t why = { 0 };
    ep_str_t text;
    ep_rc_t rc = saved_path(l->cfg, path, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_config_slurp(l->cfg, path, &text, &why);
    if (rc == EP_ENOTFOUND) {
        return EP_OK;
    }
    if (rc != EP_OK && rc != EP_ENOMEM) {
        /* Nobody edits this file; without it the rest still counts. */
        ep_config_warn(l, "%s", why.msg);
        return EP_OK;
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, why.code, "%s", why.msg);
    }
    ep_py_open(&reader, text, l->cfg->arena);
    reader.json = true;
    object = ep_py_value(&reader);
    if (object == NULL || object->type != EP_PY_DICT) {
        ep_config_warn(l, "%s: passed over, it is no JSON object", path);
        return EP_OK;
    }
    l->saved_envdir = member(object, EP_STR("envdir"));
    return take_saved(l, member(object, EP_STR("environment")), "environment",
                      err);
}


/* The value of an envdir file: its first line without trailing blanks, NUL
 * as newline; NULL for an empty file. buf is changed. */
static const char *
envdir_value(ep_buf_t *buf)
{
    char *end = buf->n > 0 ? memchr(buf->p, '\n', buf->n) : NULL;

    if (buf->n == 0) {
        return NULL;
    }
    if (end != NULL) {
        buf->n = (size_t) (end - buf->p);
    }
    while (buf->n > 0 && strchr(" \t\r", buf->p[buf->n - 1]) != NULL
           && buf->p[buf->n - 1] != '\0')
    {
        buf->n--;
    }
    buf->p[buf->n] = '\0';
    for (size_t i = 0; i < buf->n; i++) {
        if (buf->p[i] == '\0') {
            buf->p[i] = '\n';
        }
    }
    return buf->p;
}


/* One file of the envdir; what is no regular file is passed over. EP_EPERM,
 * without a text, when it may not be read. */
static ep_rc_t
read_envdir_file(ep_config_t *watcher, const char *dir, const char *name,
                 variable_fn fn, void *ctx, ep_err_t *err)
{
    char path[PATH_MAX];
    struct stat st;
    ep_err_t why = { 0 };
    ep_buf_t buf;
    ep_rc_t rc;

    if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int) sizeof(path)
        || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
    {
        return EP_OK;
    }
    if (watcher != NULL && !ep_config_watch(watcher, path)) {
        return ep_config_no_memory(err);
    }
    ep_buf_init(&buf, MAX_ENVDIR_VALUE);
    rc = ep_file_read(path, &buf, &why);
    if (rc == EP_OK) {
        rc = fn(ctx, name, envdir_value(&buf), err);
    } else if (rc == EP_ENOTFOUND) {
        rc = EP_OK;
    } else if (rc != EP_EPERM) {
        ep_err_set(err, rc, why.code, "%s", why.msg);
    }
    ep_buf_free(&buf);
    return rc;
}


/* All variables of an envdir; EP_ENOTFOUND, without a text, when there is
 * none, EP_EPERM, without a text, when it may not be read. */
static ep_rc_t
walk_envdir(ep_config_t *watcher, const char *dir, variable_fn fn, void *ctx,
            ep_err_t *err)
{
    struct dirent *entry;
    ep_rc_t rc = EP_OK;
    size_t count = 0;
    DIR *d;

    if (watcher != NULL && !ep_config_watch(watcher, dir)) {
        return ep_config_no_memory(err);
    }
    d = opendir(dir);
    if (d == NULL) {
        return errno == ENOENT || errno == ENOTDIR ? EP_ENOTFOUND : EP_EPERM;
    }
    while (rc == EP_OK && (entry = readdir(d)) != NULL) {
        if (entry->d_name[0] == '.' || strchr(entry->d_name, '=') != NULL) {
            continue;
        }
        if (++count > MAX_ENVDIR_FILES) {
            rc = ep_err_set(err, EP_ELIMIT, "envdir-too-large",
                            "%s holds more than %d files", dir,
                            MAX_ENVDIR_FILES);
            break;
        }
        rc = read_envdir_file(watcher, dir, entry->d_name, fn, ctx, err);
    }
    closedir(d);
    return rc;
}


static ep_rc_t
take_envdir(void *ctx, const char *name, const char *text, ep_err_t *err)
{
    ep_config_loader_t *l = ctx;

    if (strcmp(name, PREFIX "BASE_DIR") == 0) {
        ep_config_warn(l, "envdir %s: the data directory cannot name itself",
                       name);
        return EP_OK;
    }
    return set_variable(l, ep_str(name), text, "envdir", err);
}


ep_rc_t
ep_config_read_envdir(ep_config_loader_t *l, ep_err_t *err)
{
    const char *dir =
        ep_arena_printf(l->cfg->arena, "%s/environment", l->cfg->base_dir);
    ep_rc_t rc;

    if (dir == NULL) {
        return ep_config_no_memory(err);
    }
    rc = walk_envdir(l->cfg, dir, take_envdir, l, err);
    if (rc == EP_EPERM) {
        ep_config_warn(l, "cannot read %s: what was saved of it counts", dir);
        return take_saved(l, l->saved_envdir, "envdir", err);
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static void
json_putp(json_t **object)
{
    json_object_put(*object);
}


/* A new object in parent; NULL when out of memory. */
static json_t *
add_object(json_t *parent, const char *name)
{
    json_t *object = parent != NULL ? json_object_new_object() : NULL;

    if (object != NULL && json_object_object_add(parent, name, object) != 0) {
        json_object_put(object);
        return NULL;
    }
    return object;
}


/* Add a variable to a JSON object; text NULL adds null. */
static ep_rc_t
add_variable(void *ctx, const char *name, const char *text, ep_err_t *err)
{
    json_t *string = text != NULL ? json_object_new_string(text) : NULL;

    /* JSON is UTF-8; what is not could never become a setting. */
    if (!ep_str_is_text(ep_str(name), false)
        || (text != NULL && !ep_str_is_text(ep_str(text), true)))
    {
        json_object_put(string);
        return EP_OK;
    }
    if ((text != NULL && string == NULL)
        || json_object_object_add(ctx, name, string) != 0)
    {
        json_object_put(string);
        return ep_config_no_memory(err);
    }
    return EP_OK;
}


static ep_rc_t
add_env(json_t *object, const char *const *env, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    for (; rc == EP_OK && env != NULL && *env != NULL; env++) {
        char name[128];
        ep_str_t head, value;

        if ((ep_str_starts(ep_str(*env), EP_STR(PREFIX))
             || ep_str_starts(ep_str(*env), EP_STR(PYTHON_VERIFY "=")))
            && ep_str_cut(ep_str(*env), '=', &head, &value)
            && ep_str_copy(head, name, sizeof(name))
            && strcmp(name, PREFIX "CONFIG") != 0)
        {
            rc = add_variable(object, name, value.p, err);
        }
    }
    return rc;
}


/* Write text to path unless it is there already: whoever saves at each
 * change must not make another change by it. */
static ep_rc_t
write_if_other(const char *path, ep_str_t text, ep_err_t *err)
{
    ep_buf_t old;
    bool same;

    ep_buf_init(&old, EP_CONFIG_MAX_FILE);
    same = ep_file_read(path, &old, NULL) == EP_OK
           && ep_str_eq(ep_buf_str(&old), text);
    ep_buf_free(&old);
    return same ? EP_OK : ep_file_write(path, text, 0640, err);
}


ep_rc_t
ep_config_save_environment(const ep_config_t *cfg, const char *const *env,
                           ep_err_t *err)
{
    EP_CLEANUP(json_putp) json_t *root = json_object_new_object();
    json_t *variables = add_object(root, "environment");
    json_t *envdir = add_object(root, "envdir");
    char path[PATH_MAX], dir[PATH_MAX];
    const char *text;
    ep_rc_t rc;

    if (variables == NULL || envdir == NULL) {
        return ep_config_no_memory(err);
    }
    snprintf(dir, sizeof(dir), "%s/environment", cfg->base_dir);
    rc = add_env(variables, env, err);
    if (rc == EP_OK) {
        rc = walk_envdir(NULL, dir, add_variable, envdir, err);
    }
    if (rc == EP_ENOTFOUND) {
        rc = EP_OK;
    } else if (rc == EP_EPERM) {
        return ep_err_set(err, rc, "envdir", "cannot read %s", dir);
    }
    if (rc == EP_OK) {
        rc = saved_path(cfg, path, err);
    }
    if (rc == EP_OK) {
        snprintf(dir, sizeof(dir), "%s/config", cfg->home);
        rc = ep_dir_make(dir, 0770, err);
    }
    text = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY);
    if (rc != EP_OK || text == NULL) {
        return rc != EP_OK ? rc : ep_config_no_memory(err);
    }
    return write_if_other(path, ep_str(text), err);
}
