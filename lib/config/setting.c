/* The table of settings and what a value must be. */

#include <stdarg.h>
#include <stdio.h>

#include <eportal/addr.h>

#include "config/config_private.h"

#define MAX_PATH_SETTING 1024 /* leaves room for what is below it */

#define SETTING_INFO(name, type, def, secret, meaning)                         \
    { #name, EP_TYPE_##type, def, secret, meaning },
static const ep_setting_info_t settings[EP_SETTING_COUNT] = { EP_SETTINGS(
    SETTING_INFO) };


const ep_setting_info_t *
ep_setting_info(ep_setting_t setting)
{
    return &settings[setting];
}


ep_setting_t
ep_setting_find(ep_str_t name)
{
    for (size_t i = 0; i < EP_SETTING_COUNT; i++) {
        if (ep_str_eq(name, ep_str(settings[i].name))) {
            return (ep_setting_t) i;
        }
    }
    return EP_SETTING_COUNT;
}


ep_rc_t
ep_config_no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
}


ep_rc_t
ep_config_bad(ep_config_place_t place, size_t at, const char *what,
              ep_err_t *err)
{
    size_t line, column;

    if (place.reader == NULL) {
        return ep_err_set(err, EP_EINVAL, "bad-setting", "%s: expected %s",
                          place.file, what);
    }
    ep_py_where(place.reader, at, &line, &column);
    return ep_err_set(err, EP_EINVAL, "bad-setting", "%s:%zu:%zu: expected %s",
                      place.file, line, column, what);
}


void
ep_config_warn(const ep_config_loader_t *l, const char *fmt, ...)
{
    char line[1024];
    va_list args;

    if (l->log == NULL) {
        return;
    }
    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    for (char *p = line; *p != '\0'; p++) {
        if ((unsigned char) *p < 0x20 || *p == 0x7f) {
            *p = '?';
        }
    }
    l->log(l->log_ctx, EP_LOG_WARNING, "eportal.config", line);
}


/* A value's string when it can be one of ours: text without NUL. */
static bool
is_text(const ep_py_t *v)
{
    return v->type == EP_PY_STRING && ep_str_is_text(v->string, true);
}


static bool
is_network(ep_str_t text)
{
    ep_str_t host, length;
    ep_addr_t addr;

    ep_str_cut(text, '/', &host, &length);
    return ep_addr_parse(host, &addr) && ep_addr_in(&addr, text);
}


/* What a setting wants beyond its type; NULL when v is fine. */
static const char *
missing(ep_setting_t setting, const ep_py_t *v)
{
    switch (setting) {
    case EP_BASE_DIR:
    case EP_PATCHES_DIR:
        if (v->string.p[0] != '/' || v->string.n > MAX_PATH_SETTING) {
            return "an absolute path of at most 1024 bytes";
        }
        return NULL;
    case EP_TRUSTED_PROXIES:
        if (!is_network(v->string)) {
            return "an address or network such as '10.0.0.0/8'";
        }
        return NULL;
    default:
        return NULL;
    }
}


static const char *
set_bool(ep_config_value_t *value, const ep_py_t *v)
{
    if (v->type == EP_PY_BOOL) {
        value->boolean = v->boolean;
    } else if (v->type == EP_PY_INT && (v->integer == 0 || v->integer == 1)) {
        value->boolean = v->integer == 1;
    } else {
        return "True or False";
    }
    return NULL;
}


/* No setting is ever negative. A quotient such as 3600 / 2 is fine. */
static const char *
set_int(ep_config_value_t *value, const ep_py_t *v)
{
    if (v->type == EP_PY_INT && v->integer >= 0) {
        value->integer = v->integer;
        return NULL;
    }
    if (v->type == EP_PY_FLOAT && v->number >= 0 && v->number < 0x1p53
        && v->number == (double) (int64_t) v->number)
    {
        value->integer = (int64_t) v->number;
        return NULL;
    }
    return "a whole number that is not negative";
}


static ep_rc_t
set_list(ep_config_loader_t *l, ep_setting_t setting, ep_config_value_t *value,
         const ep_py_t *v, ep_config_place_t place, ep_err_t *err)
{
    size_t count = v->type == EP_PY_LIST ? v->list.count : 0, i = 0;
    const ep_py_t *item = count > 0 ? v->list.first : NULL;
    const char **items;

    if (v->type != EP_PY_LIST && v->type != EP_PY_NONE) {
        return ep_config_bad(place, v->at, "a list such as ['a', 'b']", err);
    }
    items = ep_arena_alloc(l->cfg->arena, (count + 1) * sizeof(*items));
    if (items == NULL) {
        return ep_config_no_memory(err);
    }
    for (; item != NULL; item = item->next) {
        const char *what =
            is_text(item) ? missing(setting, item) : "a string in quotes";

        if (what != NULL) {
            return ep_config_bad(place, item->at, what, err);
        }
        items[i++] = item->string.p;
    }
    value->list.items = items;
    value->list.count = count;
    return EP_OK;
}


ep_rc_t
ep_config_set(ep_config_loader_t *l, ep_setting_t setting, const ep_py_t *v,
              const char *origin, ep_config_place_t place, ep_err_t *err)
{
    ep_config_value_t value = { .origin = origin };
    const char *what = NULL;
    ep_rc_t rc;

    switch (settings[setting].type) {
    case EP_TYPE_BOOL:
        what = set_bool(&value, v);
        break;
    case EP_TYPE_INT:
        what = set_int(&value, v);
        break;
    case EP_TYPE_LIST:
        rc = set_list(l, setting, &value, v, place, err);
        if (rc != EP_OK) {
            return rc;
        }
        break;
    case EP_TYPE_STRING:
        if (v->type == EP_PY_NONE) {
            break;
        }
        what = is_text(v) ? missing(setting, v) : "a string in quotes";
        value.string = v->string.p;
        break;
    }
    if (what != NULL) {
        return ep_config_bad(place, v->at, what, err);
    }
    l->cfg->values[setting] = value;
    return EP_OK;
}


ep_rc_t
ep_config_set_defaults(ep_config_loader_t *l, ep_err_t *err)
{
    for (size_t i = 0; i < EP_SETTING_COUNT; i++) {
        ep_py_reader_t reader;
        const ep_py_t *v;
        ep_rc_t rc;

        ep_py_open(&reader, ep_str(settings[i].def), l->cfg->arena);
        v = ep_py_value(&reader);
        if (v == NULL) {
            return ep_err_set(err, EP_EINTERNAL, "bad-default",
                              "the default of %s cannot be read",
                              settings[i].name);
        }
        rc = ep_config_set(l, (ep_setting_t) i, v, "default",
                           (ep_config_place_t){ settings[i].name, NULL }, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return EP_OK;
}
