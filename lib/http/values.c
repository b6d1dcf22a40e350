/* Parameters as values: see http/params.h. */

#include "http/params.h"


bool
ep_params_next(const ep_params_t *params, const char *name, size_t *at,
               ep_str_t *value)
{
    ep_str_t wanted = ep_str(name);

    for (; *at < params->count; (*at)++) {
        if (ep_str_eq(params->items[*at].name, wanted)) {
            *value = params->items[(*at)++].value;
            return true;
        }
    }
    return false;
}


ep_rc_t
ep_params_int(const ep_params_t *params, const char *name, int64_t min,
              int64_t max, int64_t *out, ep_err_t *err)
{
    ep_str_t text = ep_str_trim(ep_params_get(params, name));
    int64_t value;

    if (text.n == 0) {
        return EP_OK;
    }
    if (!ep_str_int(text, &value) || value < min || value > max) {
        return ep_err_set(err, EP_EINVAL, "bad-parameter",
                          "%s is a whole number from %lld to %lld", name,
                          (long long) min, (long long) max);
    }
    *out = value;
    return EP_OK;
}


ep_rc_t
ep_params_bool(const ep_params_t *params, const char *name, bool *out,
               ep_err_t *err)
{
    static const char *const words[] = { "true", "false", "1",  "0",
                                         "yes",  "no",    "on", "off" };
    ep_str_t text = ep_str_trim(ep_params_get(params, name));

    if (text.n == 0) {
        return EP_OK;
    }
    for (size_t i = 0; i < EP_ARRAY_LEN(words); i++) {
        if (ep_str_eq_nocase(text, ep_str(words[i]))) {
            *out = i % 2 == 0;
            return EP_OK;
        }
    }
    return ep_err_set(err, EP_EINVAL, "bad-parameter", "%s is true or false",
                      name);
}
