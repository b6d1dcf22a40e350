/* Writing config/config.json: see eportal/config.h. */

#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>

#include "base/file.h"
#include "config/config_private.h"


static void
put_json(struct json_object **object)
{
    json_object_put(*object);
}


/* What the file says now; an empty object when there is none. */
static ep_rc_t
read_now(const char *path, struct json_object **out, ep_err_t *err)
{
    struct json_object *object = NULL;
    ep_err_t why = { 0 };
    ep_buf_t text;
    ep_rc_t rc;

    ep_buf_init(&text, EP_CONFIG_MAX_FILE);
    rc = ep_file_read(path, &text, &why);
    if (rc == EP_OK && text.n > 0) {
        object = json_tokener_parse(text.p);
    } else if (rc == EP_ENOTFOUND) {
        rc = EP_OK;
        object = json_object_new_object();
    }
    ep_buf_free(&text);
    if (rc != EP_OK) {
        return ep_err_set(err, rc, why.code, "%s", why.msg);
    }
    if (!json_object_is_type(object, json_type_object)) {
        json_object_put(object);
        return ep_err_set(err, EP_EINVAL, "config-json",
                          "%s is no JSON object: mend or remove it", path);
    }
    *out = object;
    return EP_OK;
}


static struct json_object *
list_of(ep_str_t text)
{
    struct json_object *list = json_object_new_array();
    ep_str_t item;

    while (list != NULL && text.n > 0) {
        ep_str_cut(text, ',', &item, &text);
        item = ep_str_trim(item);
        if (item.n > 0) {
            json_object_array_add(
                list, json_object_new_string_len(item.p, (int) item.n));
        }
    }
    return list;
}


static ep_rc_t
apply(struct json_object *object, const ep_config_change_t *change,
      ep_err_t *err)
{
    const ep_setting_info_t *info = ep_setting_info(change->setting);
    struct json_object *value;

    if (change->value == NULL) {
        json_object_object_del(object, info->name);
        return EP_OK;
    }
    if (!ep_str_is_text(ep_str(change->value), false)) {
        return ep_err_set(err, EP_EINVAL, "bad-value",
                          "the value of %s must be a line of text", info->name);
    }
    if (info->type == EP_TYPE_LIST) {
        value = list_of(ep_str(change->value));
    } else if (info->type == EP_TYPE_STRING) {
        value = json_object_new_string(change->value);
    } else {
        return ep_err_set(err, EP_EINVAL, "bad-setting",
                          "%s is not set this way", info->name);
    }
    if (value == NULL || json_object_object_add(object, info->name, value) != 0)
    {
        json_object_put(value);
        return ep_config_no_memory(err);
    }
    return EP_OK;
}


ep_rc_t
ep_config_store(const ep_config_t *cfg, const ep_config_change_t *changes,
                size_t count, ep_err_t *err)
{
    EP_CLEANUP(put_json) struct json_object *object = NULL;
    char dir[PATH_MAX], path[PATH_MAX];
    const char *text;
    ep_rc_t rc;

    if (snprintf(dir, sizeof(dir), "%s/config", cfg->base_dir)
            >= (int) sizeof(dir)
        || snprintf(path, sizeof(path), "%s/config/config.json", cfg->base_dir)
               >= (int) sizeof(path))
    {
        return ep_err_set(err, EP_ELIMIT, "long-path", "BASE_DIR is too long");
    }
    rc = ep_dir_make(dir, 0770, err);
    if (rc == EP_OK) {
        rc = read_now(path, &object, err);
    }
    for (size_t i = 0; rc == EP_OK && i < count; i++) {
        rc = apply(object, &changes[i], err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY);
    return text != NULL ? ep_file_write(path, ep_str(text), 0640, err)
                        : ep_config_no_memory(err);
}
