/* All settings as they are in force, and where each comes from. */

#include "http/private.h"

#define LIST_MAX ((size_t) 1024 * 1024)
#define VALUE_MAX 4096

static const char *const types[] = { [EP_TYPE_BOOL] = "bool",
                                     [EP_TYPE_INT] = "int",
                                     [EP_TYPE_STRING] = "string",
                                     [EP_TYPE_LIST] = "list" };


ep_rc_t
ep_api_settings(ep_call_t *call, ep_err_t *err)
{
    char value[VALUE_MAX];
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };

    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '[');
    for (int i = 0; i < EP_SETTING_COUNT; i++) {
        const ep_setting_info_t *info = ep_setting_info((ep_setting_t) i);

        ep_config_show(call->cfg, (ep_setting_t) i, value, sizeof(value));
        ep_json_open(&w, NULL, '{');
        ep_json_str(&w, "name", ep_str(info->name));
        ep_json_str(&w, "type", ep_str(types[info->type]));
        ep_json_str(&w, "value", ep_str(value));
        ep_json_str(&w, "default", ep_str(info->def));
        ep_json_str(&w, "origin",
                    ep_str(ep_config_origin(call->cfg, (ep_setting_t) i)));
        ep_json_bool(&w, "secret", info->secret);
        ep_json_str(&w, "meaning", ep_str(info->meaning));
        ep_json_close(&w, '}');
    }
    ep_json_close(&w, ']');
    ep_json_close(&w, '}');
    return ep_answer_written(call, 200, &w, err);
}
