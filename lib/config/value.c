/* Asking a configuration: values, origins, changes. */

#include <assert.h>
#include <stdio.h>

#include "config/config_private.h"

#define MAX_SHOWN (1024 * 1024)


static const ep_config_value_t *
value_of(const ep_config_t *cfg, ep_setting_t setting, ep_type_t type)
{
    assert(ep_setting_info(setting)->type == type);
    return &cfg->values[setting];
}


bool
ep_config_bool(const ep_config_t *cfg, ep_setting_t setting)
{
    return value_of(cfg, setting, EP_TYPE_BOOL)->boolean;
}


int64_t
ep_config_int(const ep_config_t *cfg, ep_setting_t setting)
{
    return value_of(cfg, setting, EP_TYPE_INT)->integer;
}


const char *
ep_config_string(const ep_config_t *cfg, ep_setting_t setting)
{
    return value_of(cfg, setting, EP_TYPE_STRING)->string;
}


size_t
ep_config_list(const ep_config_t *cfg, ep_setting_t setting,
               const char *const **items)
{
    const ep_config_value_t *value = value_of(cfg, setting, EP_TYPE_LIST);

    *items = value->list.items;
    return value->list.count;
}


const char *
ep_config_origin(const ep_config_t *cfg, ep_setting_t setting)
{
    return cfg->values[setting].origin;
}


bool
ep_config_is_fixed(const ep_config_t *cfg, ep_setting_t setting)
{
    return ep_str_starts(ep_str(cfg->values[setting].origin), EP_STR("env"));
}


const char *
ep_config_path(const ep_config_t *cfg)
{
    return cfg->path;
}


const char *
ep_config_base_dir(const ep_config_t *cfg)
{
    return cfg->base_dir;
}


const char *
ep_config_patches_dir(const ep_config_t *cfg)
{
    return cfg->patches_dir;
}


static ep_rc_t
add_char(ep_buf_t *out, char c)
{
    switch (c) {
    case '\n':
        return ep_buf_add_str(out, EP_STR("\\n"));
    case '\t':
        return ep_buf_add_str(out, EP_STR("\\t"));
    case '\\':
    case '\'':
        return ep_buf_addf(out, "\\%c", c);
    default:
        return ep_buf_add(out, &c, 1);
    }
}


static ep_rc_t
add_string(ep_buf_t *out, const char *s)
{
    ep_rc_t rc = ep_buf_add(out, "'", 1);

    for (; rc == EP_OK && *s != '\0'; s++) {
        rc = add_char(out, *s);
    }
    return rc == EP_OK ? ep_buf_add(out, "'", 1) : rc;
}


static ep_rc_t
add_list(ep_buf_t *out, const ep_config_value_t *value)
{
    ep_rc_t rc = ep_buf_add(out, "[", 1);

    for (size_t i = 0; rc == EP_OK && i < value->list.count; i++) {
        if (i > 0) {
            rc = ep_buf_add_str(out, EP_STR(", "));
        }
        if (rc == EP_OK) {
            rc = add_string(out, value->list.items[i]);
        }
    }
    return rc == EP_OK ? ep_buf_add(out, "]", 1) : rc;
}


static ep_rc_t
add_value(ep_buf_t *out, const ep_config_value_t *value,
          const ep_setting_info_t *info)
{
    switch (info->type) {
    case EP_TYPE_BOOL:
        return ep_buf_addf(out, "%s", value->boolean ? "True" : "False");
    case EP_TYPE_INT:
        return ep_buf_addf(out, "%lld", (long long) value->integer);
    case EP_TYPE_LIST:
        return add_list(out, value);
    case EP_TYPE_STRING:
        if (value->string == NULL) {
            return ep_buf_add_str(out, EP_STR("None"));
        }
        return info->secret ? ep_buf_add_str(out, EP_STR("'********'"))
                            : add_string(out, value->string);
    }
    return EP_EINTERNAL;
}


void
ep_config_show(const ep_config_t *cfg, ep_setting_t setting, char *out,
               size_t size)
{
    ep_buf_t text;
    size_t n;

    ep_buf_init(&text, MAX_SHOWN);
    /* What does not fit the buffer does not fit the caller's either. */
    if (add_value(&text, &cfg->values[setting], ep_setting_info(setting))
        == EP_ENOMEM)
    {
        ep_buf_reset(&text);
    }
    n = text.n < size ? text.n : size - 1;
    /* Cut between characters, not inside one. */
    while (n < text.n && n > 0 && ((unsigned char) text.p[n] & 0xc0) == 0x80) {
        n--;
    }
    ep_str_copy((ep_str_t){ text.p, n }, out, size);
    ep_buf_free(&text);
}


bool
ep_config_changed(const ep_config_t *cfg)
{
    for (const ep_config_watch_t *w = cfg->watches; w != NULL; w = w->next) {
        struct stat st;
        bool exists = stat(w->path, &st) == 0;

        if (exists != w->exists) {
            return true;
        }
        if (exists
            && (st.st_mtim.tv_sec != w->st.st_mtim.tv_sec
                || st.st_mtim.tv_nsec != w->st.st_mtim.tv_nsec
                || st.st_size != w->st.st_size || st.st_ino != w->st.st_ino
                || st.st_dev != w->st.st_dev))
        {
            return true;
        }
    }
    return false;
}
