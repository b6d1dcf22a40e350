/* Query, form and JSON parameters: see http/params.h. */

#include <json-c/json.h>

#include "base/decode.h"
#include "base/file.h"
#include "http/params.h"

#define JSON_DEPTH 8


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory",
                      "out of memory while reading a request");
}


static ep_rc_t
malformed(ep_err_t *err, const char *what)
{
    return ep_err_set(err, EP_EINVAL, "bad-request", "%s", what);
}


void
ep_params_add(ep_params_t *params, ep_str_t name, ep_str_t value)
{
    if (params->count < EP_PARAMS_MAX && name.n > 0
        && name.n <= EP_PARAM_NAME_MAX && value.n <= EP_PARAM_VALUE_MAX)
    {
        params->items[params->count++] = (ep_param_t){ name, value };
    }
}


ep_str_t
ep_params_get(const ep_params_t *params, const char *name)
{
    ep_str_t wanted = ep_str(name);

    for (size_t i = 0; i < params->count; i++) {
        if (ep_str_eq(params->items[i].name, wanted)) {
            return params->items[i].value;
        }
    }
    return EP_STR_NULL;
}


static bool
decode(ep_str_t in, ep_arena_t *arena, ep_str_t *out)
{
    char *copy = ep_arena_alloc(arena, in.n + 1);

    if (copy == NULL) {
        return false;
    }
    *out = (ep_str_t){ copy, ep_percent_decode(in, true, copy) };
    return true;
}


ep_rc_t
ep_params_add_form(ep_params_t *params, ep_str_t text, ep_arena_t *arena,
                   ep_err_t *err)
{
    ep_str_t rest = text, pair, name, value;

    while (rest.n > 0 && params->count < EP_PARAMS_MAX) {
        ep_str_cut(rest, '&', &pair, &rest);
        ep_str_cut(pair, '=', &name, &value);
        if (name.n == 0 || name.n > 3 * EP_PARAM_NAME_MAX
            || value.n > 3 * EP_PARAM_VALUE_MAX)
        {
            continue;
        }
        if (!decode(name, arena, &name) || !decode(value, arena, &value)) {
            return no_memory(err);
        }
        ep_params_add(params, name, value);
    }
    return EP_OK;
}


/* A scalar of JSON as the text that a form would have carried. null is an
 * absent parameter. */
static ep_rc_t
add_scalar(ep_params_t *params, ep_str_t name, json_object *value,
           ep_arena_t *arena, ep_err_t *err)
{
    ep_str_t text;
    char *copy;

    if (value == NULL) {
        return EP_OK;
    }
    text = json_object_is_type(value, json_type_string)
               ? (ep_str_t){ json_object_get_string(value),
                             (size_t) json_object_get_string_len(value) }
               : ep_str(json_object_to_json_string(value));
    copy = ep_arena_strdup(arena, text);
    if (copy == NULL) {
        return no_memory(err);
    }
    ep_params_add(params, name, (ep_str_t){ copy, text.n });
    return EP_OK;
}


static ep_rc_t
add_member(ep_params_t *params, const char *key, json_object *value,
           ep_arena_t *arena, ep_err_t *err)
{
    char *name = ep_arena_strdup(arena, ep_str(key));
    ep_rc_t rc = EP_OK;

    if (name == NULL) {
        return no_memory(err);
    }
    if (!json_object_is_type(value, json_type_array)) {
        return add_scalar(params, ep_str(name), value, arena, err);
    }
    for (size_t i = 0; i < json_object_array_length(value) && rc == EP_OK; i++)
    {
        rc = add_scalar(params, ep_str(name),
                        json_object_array_get_idx(value, i), arena, err);
    }
    return rc;
}


static void
tokener_freep(json_tokener **tokener)
{
    if (*tokener != NULL) {
        json_tokener_free(*tokener);
    }
}


static void
json_putp(json_object **object)
{
    json_object_put(*object);
}


/* What json-c leaves of a body must be white space. */
static bool
is_read(json_tokener *tokener, ep_str_t body)
{
    size_t end = json_tokener_get_parse_end(tokener);

    return json_tokener_get_error(tokener) == json_tokener_success
           && ep_str_trim((ep_str_t){ body.p + end, body.n - end }).n == 0;
}


static ep_rc_t
add_json(ep_params_t *params, ep_str_t body, ep_arena_t *arena, ep_err_t *err)
{
    EP_CLEANUP(tokener_freep)
    json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH);
    EP_CLEANUP(json_putp) json_object *object = NULL;
    ep_rc_t rc = EP_OK;

    if (body.n == 0 || ep_str_eq(body, EP_STR("null"))) {
        return EP_OK;
    }
    if (tokener == NULL) {
        return no_memory(err);
    }
    object = json_tokener_parse_ex(tokener, body.p, (int) body.n);
    if (!is_read(tokener, body)
        || !json_object_is_type(object, json_type_object)) {
        return malformed(err, "the body is not a JSON object");
    }
    json_object_object_foreach(object, key, value)
    {
        if (rc == EP_OK) {
            rc = add_member(params, key, value, arena, err);
        }
    }
    return rc;
}


ep_rc_t
ep_params_add_body(ep_params_t *params, ep_str_t type, ep_str_t body,
                   ep_arena_t *arena, ep_err_t *err)
{
    ep_str_t media, attributes, trimmed = ep_str_trim(body);

    ep_str_cut(type, ';', &media, &attributes);
    media = ep_str_trim(media);
    if (trimmed.n == 0) {
        return EP_OK;
    }
    if (ep_str_eq_nocase(media, EP_STR("multipart/form-data"))) {
        return ep_params_add_multipart(params, type, body, arena, err);
    }
    if (ep_str_eq_nocase(media, EP_STR("application/x-www-form-urlencoded"))) {
        return ep_params_add_form(params, trimmed, arena, err);
    }
    if (ep_str_eq_nocase(media, EP_STR("application/json"))
        || trimmed.p[0] == '{' || ep_str_eq(trimmed, EP_STR("null")))
    {
        return add_json(params, trimmed, arena, err);
    }
    return ep_params_add_form(params, trimmed, arena, err);
}
