/* Variables of the environment as values of settings. */

#include "config/config_private.h"


static bool
is_one_of(ep_str_t text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (ep_str_eq_nocase(text, ep_str(*words))) {
            return true;
        }
    }
    return false;
}


static const ep_py_t *
bool_of(ep_str_t text, ep_py_t *v)
{
    static const char *const yes[] = { "true", "yes", "on", "1", NULL };
    static const char *const no[] = { "false", "no", "off", "0", NULL };

    v->type = EP_PY_BOOL;
    v->boolean = is_one_of(text, yes);
    return v->boolean || is_one_of(text, no) ? v : NULL;
}


/* Items with commas between them. */
static const ep_py_t *
list_of(ep_config_loader_t *l, ep_str_t text, ep_py_t *v)
{
    ep_py_t **end = &v->list.first;
    bool more = true;

    v->type = EP_PY_LIST;
    while (more) {
        ep_str_t item;

        more = ep_str_cut(text, ',', &item, &text);
        item = ep_str_trim(item);
        if (item.n == 0) {
            continue;
        }
        *end = ep_arena_alloc(l->cfg->arena, sizeof(**end));
        if (*end == NULL) {
            return NULL;
        }
        (*end)->type = EP_PY_STRING;
        (*end)->string =
            (ep_str_t){ ep_arena_strdup(l->cfg->arena, item), item.n };
        if ((*end)->string.p == NULL) {
            return NULL;
        }
        end = &(*end)->next;
        v->list.count++;
    }
    return v;
}


/* A number, or a list in brackets. */
static ep_rc_t
literal_of(ep_config_loader_t *l, ep_str_t text, ep_config_place_t place,
           const ep_py_t **v, ep_err_t *err)
{
    ep_py_reader_t reader;

    ep_py_open(&reader, text, l->cfg->arena);
    *v = ep_py_value(&reader);
    if (*v != NULL) {
        return EP_OK;
    }
    return reader.rc == EP_ENOMEM
               ? ep_config_no_memory(err)
               : ep_config_bad(place, 0, reader.expected, err);
}


ep_rc_t
ep_config_apply(ep_config_loader_t *l, ep_setting_t setting, ep_err_t *err)
{
    const ep_config_variable_t *variable = &l->variables[setting];
    ep_config_place_t place = { variable->origin, NULL };
    ep_py_t plain = { 0 };
    const ep_py_t *v = &plain;
    ep_type_t type = ep_setting_info(setting)->type;
    ep_str_t text;
    ep_rc_t rc = EP_OK;

    if (variable->text == NULL) {
        return EP_OK;
    }
    text = ep_str_trim(ep_str(variable->text));
    if (type == EP_TYPE_STRING) {
        if (variable->text[0] != '\0') {
            plain.type = EP_PY_STRING;
            plain.string = ep_str(variable->text);
        }
    } else if (text.n == 0 && type != EP_TYPE_LIST) {
        return EP_OK; /* as a container's unset variable arrives */
    } else if (type == EP_TYPE_BOOL) {
        v = bool_of(text, &plain);
        if (v == NULL) {
            return ep_config_bad(place, 0, "True or False", err);
        }
    } else if (type == EP_TYPE_LIST && !ep_str_starts(text, EP_STR("["))
               && !ep_str_starts(text, EP_STR("(")))
    {
        v = list_of(l, text, &plain);
        if (v == NULL) {
            return ep_config_no_memory(err);
        }
    } else {
        rc = literal_of(l, text, place, &v, err);
    }
    return rc == EP_OK
               ? ep_config_set(l, setting, v, variable->origin, place, err)
               : rc;
}
