/*
 * Parameters: query, form, multipart and JSON body made one list, in that
 * order of precedence (query before body). Names may repeat. What is beyond
 * the bounds is left out.
 */

#ifndef EP_HTTP_PARAMS_H
#define EP_HTTP_PARAMS_H

#include <eportal/arena.h>
#include <eportal/err.h>
#include <eportal/str.h>

#define EP_PARAMS_MAX 128
#define EP_PARAM_NAME_MAX 128
#define EP_PARAM_VALUE_MAX 16384

typedef struct {
    ep_str_t name;
    ep_str_t value;
} ep_param_t;

typedef struct {
    ep_param_t items[EP_PARAMS_MAX];
    size_t count;
} ep_params_t;

/* Append what a query or form body holds: empty pairs, raw '|' and ';' and
 * a trailing '&' are fine. Only EP_ENOMEM fails. */
ep_rc_t ep_params_add_form(ep_params_t *params, ep_str_t text,
                           ep_arena_t *arena, ep_err_t *err);
/* Append a body by its content type; without a known one, by its look. JSON
 * `null` and an empty body are no parameters. EP_EINVAL "bad-request". */
ep_rc_t ep_params_add_body(ep_params_t *params, ep_str_t type, ep_str_t body,
                           ep_arena_t *arena, ep_err_t *err);
/* multipart/form-data with the boundary of its content type. */
ep_rc_t ep_params_add_multipart(ep_params_t *params, ep_str_t type,
                                ep_str_t body, ep_arena_t *arena,
                                ep_err_t *err);

/* One more; dropped silently beyond the bounds. Not copied. */
void ep_params_add(ep_params_t *params, ep_str_t name, ep_str_t value);

/* The next of that name from *at on, which begins with 0 and moves; false
 * behind the last. Parameters may repeat (protocol.md 1.9). */
bool ep_params_next(const ep_params_t *params, const char *name, size_t *at,
                    ep_str_t *value);

/* The first of that name; an empty view (p NULL) when there is none. */
ep_str_t ep_params_get(const ep_params_t *params, const char *name);

/* A parameter as a value; *out stays as it is when it is absent or empty.
 * EP_EINVAL "bad-parameter" names it. Booleans are true, false, 1, 0, yes,
 * no, on, off in any case. */
ep_rc_t ep_params_int(const ep_params_t *params, const char *name, int64_t min,
                      int64_t max, int64_t *out, ep_err_t *err);
/* A time, UTC: "2026-11-23", "2026-11-23 20:15" or with seconds, also with a
 * T between; in microseconds. */
ep_rc_t ep_params_time(const ep_params_t *params, const char *name,
                       int64_t *out, ep_err_t *err);
ep_rc_t ep_params_bool(const ep_params_t *params, const char *name, bool *out,
                       ep_err_t *err);

#endif
