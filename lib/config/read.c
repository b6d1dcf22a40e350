/* Configuration files: the Python form and JSON objects of settings. */

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "config/config_private.h"


bool
ep_config_watch(ep_config_t *cfg, const char *path)
{
    ep_config_watch_t *watch = ep_arena_alloc(cfg->arena, sizeof(*watch));

    if (watch == NULL) {
        return false;
    }
    watch->path = ep_arena_strdup(cfg->arena, ep_str(path));
    watch->exists = stat(path, &watch->st) == 0;
    watch->next = cfg->watches;
    cfg->watches = watch;
    return watch->path != NULL;
}


ep_rc_t
ep_config_slurp(ep_config_t *cfg, const char *path, ep_str_t *out,
                ep_err_t *err)
{
    ep_buf_t buf;
    char *copy;
    ep_rc_t rc;

    /* Watched as it was before: a change while it is read is then noticed. */
    if (!ep_config_watch(cfg, path)) {
        return ep_config_no_memory(err);
    }
    ep_buf_init(&buf, EP_CONFIG_MAX_FILE);
    rc = ep_file_read(path, &buf, err);
    if (rc == EP_OK) {
        copy = ep_arena_strdup(cfg->arena, ep_buf_str(&buf));
        if (copy != NULL) {
            *out = (ep_str_t){ copy, buf.n };
        } else {
            rc = ep_config_no_memory(err);
        }
    }
    ep_buf_free(&buf);
    return rc;
}


static bool
is_upper_name(ep_str_t name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] >= 'a' && name.p[i] <= 'z') {
            return false;
        }
    }
    return name.n > 0;
}


static ep_rc_t
reader_error(ep_config_place_t place, ep_err_t *err)
{
    if (place.reader->rc == EP_ENOMEM) {
        return ep_config_no_memory(err);
    }
    return ep_config_bad(place, place.reader->error_at, place.reader->expected,
                         err);
}


static ep_rc_t
take_line(ep_config_loader_t *l, const ep_py_line_t *line,
          ep_config_place_t place, bool lenient, ep_err_t *err)
{
    ep_setting_t setting = ep_setting_find(line->name);
    bool known = setting != EP_SETTING_COUNT;
    size_t number;
    char *origin;

    ep_py_where(place.reader, line->at, &number, NULL);
    if (lenient && place.reader->rc != EP_ENOMEM
        && (line->indented || !is_upper_name(line->name)
            || (line->value == NULL && !known)))
    {
        ep_config_warn(l, "%s:%zu: passed over, it sets nothing that is known",
                       place.file, number);
        ep_py_skip(place.reader, line->at);
        return EP_OK;
    }
    if (line->value == NULL) {
        return reader_error(place, err);
    }
    if (!known) {
        ep_config_warn(l, "%s:%zu: unknown setting %.*s", place.file, number,
                       EP_STR_ARG(line->name));
        return EP_OK;
    }
    origin = ep_arena_printf(l->cfg->arena, "%s:%zu", place.file, number);
    if (origin == NULL) {
        return ep_config_no_memory(err);
    }
    return ep_config_set(l, setting, line->value, origin, place, err);
}


ep_rc_t
ep_config_read_file(ep_config_loader_t *l, const char *path, bool lenient,
                    bool *found, ep_err_t *err)
{
    ep_py_reader_t reader;
    ep_py_line_t line;
    ep_err_t why = { 0 };
    ep_str_t text;
    ep_rc_t rc = ep_config_slurp(l->cfg, path, &text, &why);

    if (rc == EP_ENOTFOUND) {
        *found = false;
        return EP_OK;
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, why.code, "%s", why.msg);
    }
    ep_py_open(&reader, text, l->cfg->arena);
    while (ep_py_next(&reader, &line)) {
        rc = take_line(l, &line, (ep_config_place_t){ path, &reader }, lenient,
                       err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    *found = true;
    return EP_OK;
}


static ep_rc_t
take_member(ep_config_loader_t *l, const ep_py_t *key, const ep_py_t *v,
            ep_config_place_t place, ep_err_t *err)
{
    ep_setting_t setting;
    size_t line;

    if (key->type != EP_PY_STRING) {
        return ep_config_bad(place, key->at, "a name in quotes", err);
    }
    setting = ep_setting_find(key->string);
    if (setting == EP_SETTING_COUNT || setting == EP_BASE_DIR) {
        ep_py_where(place.reader, key->at, &line, NULL);
        ep_config_warn(l, "%s:%zu: %s setting %.*s", place.file, line,
                       setting == EP_BASE_DIR ? "this file cannot move the"
                                              : "unknown",
                       EP_STR_ARG(key->string));
        return EP_OK;
    }
    return ep_config_set(l, setting, v, "config.json", place, err);
}


ep_rc_t
ep_config_read_json(ep_config_loader_t *l, const char *path, ep_err_t *err)
{
    ep_config_place_t place;
    ep_py_reader_t reader;
    const ep_py_t *object;
    ep_err_t why = { 0 };
    ep_str_t text;
    ep_rc_t rc = ep_config_slurp(l->cfg, path, &text, &why);

    if (rc == EP_ENOTFOUND) {
        return EP_OK;
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, why.code, "%s", why.msg);
    }
    ep_py_open(&reader, text, l->cfg->arena);
    reader.json = true;
    place = (ep_config_place_t){ path, &reader };
    object = ep_py_value(&reader);
    if (object == NULL) {
        return reader_error(place, err);
    }
    if (object->type != EP_PY_DICT) {
        return ep_config_bad(place, object->at, "an object of settings", err);
    }
    for (const ep_py_t *key = object->list.first; key != NULL;
         key = key->next->next)
    {
        rc = take_member(l, key, key->next, place, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return EP_OK;
}
