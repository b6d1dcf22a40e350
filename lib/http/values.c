/* Parameters as values: see http/params.h. */

#include <time.h>

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


ep_rc_t
ep_params_time(const ep_params_t *params, const char *name, int64_t *out,
               ep_err_t *err)
{
    static const char *const forms[] = { "%Y-%m-%d", "%Y-%m-%d %H:%M",
                                         "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M",
                                         "%Y-%m-%dT%H:%M:%S" };
    ep_str_t value = ep_str_trim(ep_params_get(params, name));
    char text[32];

    if (value.n == 0) {
        return EP_OK;
    }
    for (size_t i = 0;
         i < EP_ARRAY_LEN(forms) && ep_str_copy(value, text, sizeof(text)); i++)
    {
        struct tm tm = { .tm_mday = 1 };
        const char *end = strptime(text, forms[i], &tm);
        time_t seconds = end != NULL && *end == '\0' ? timegm(&tm) : -1;

        if (seconds > 0) {
            *out = (int64_t) seconds * 1000000;
            return EP_OK;
        }
    }
    return ep_err_set(err, EP_EINVAL, "bad-parameter",
                      "%s is a time in UTC, such as 2026-11-23 20:15", name);
}
