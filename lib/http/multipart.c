/* multipart/form-data (RFC 7578), bodies in memory: see http/params.h. */

#include "http/params.h"

#define BOUNDARY_MAX 200 /* RFC 2046 says 70 */
#define PARTS_MAX 64


static ep_rc_t
malformed(ep_err_t *err)
{
    return ep_err_set(err, EP_EINVAL, "bad-request",
                      "the body is not multipart/form-data with the boundary "
                      "of its Content-Type");
}


/* The value of `name=` in "form-data; name=\"x\"; y=z". */
static bool
find_attribute(ep_str_t header, ep_str_t name, ep_str_t *out)
{
    ep_str_t rest, part, key, value;

    ep_str_cut(header, ';', &part, &rest);
    while (rest.n > 0) {
        ep_str_cut(rest, ';', &part, &rest);
        if (!ep_str_cut(ep_str_trim(part), '=', &key, &value)
            || !ep_str_eq_nocase(ep_str_trim(key), name))
        {
            continue;
        }
        value = ep_str_trim(value);
        if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"') {
            value = (ep_str_t){ value.p + 1, value.n - 2 };
        }
        *out = value;
        return true;
    }
    return false;
}


static const char *
find(ep_str_t text, ep_str_t needle)
{
    return text.n == 0 ? NULL : memmem(text.p, text.n, needle.p, needle.n);
}


/* A line without its CRLF (or LF alone); *rest gets what follows. */
static bool
cut_line(ep_str_t text, ep_str_t *line, ep_str_t *rest)
{
    if (!ep_str_cut(text, '\n', line, rest)) {
        return false;
    }
    if (line->n > 0 && line->p[line->n - 1] == '\r') {
        line->n--;
    }
    return true;
}


/* The headers of a part: its name; *content gets what follows them. */
static bool
read_headers(ep_str_t part, ep_str_t *name, ep_str_t *content)
{
    ep_str_t line, field, value;

    *name = EP_STR_NULL;
    while (cut_line(part, &line, &part)) {
        if (line.n == 0) {
            *content = part;
            return true;
        }
        if (ep_str_cut(line, ':', &field, &value)
            && ep_str_eq_nocase(ep_str_trim(field),
                                EP_STR("Content-Disposition")))
        {
            find_attribute(value, EP_STR("name"), name);
        }
    }
    return false;
}


/* The content of a part ends before the line break that belongs to the next
 * delimiter. */
static ep_str_t
without_break(ep_str_t content)
{
    if (content.n > 0 && content.p[content.n - 1] == '\n') {
        content.n--;
        if (content.n > 0 && content.p[content.n - 1] == '\r') {
            content.n--;
        }
    }
    return content;
}


ep_rc_t
ep_params_add_multipart(ep_params_t *params, ep_str_t type, ep_str_t body,
                        ep_arena_t *arena, ep_err_t *err)
{
    ep_str_t boundary, delimiter, rest, line, name, content;
    const char *at;
    char *text;

    if (!find_attribute(type, EP_STR("boundary"), &boundary) || boundary.n == 0
        || boundary.n > BOUNDARY_MAX)
    {
        return malformed(err);
    }
    text = ep_arena_printf(arena, "--%.*s", EP_STR_ARG(boundary));
    if (text == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while reading a request");
    }
    delimiter = (ep_str_t){ text, strlen(text) };
    at = find(body, delimiter);
    for (size_t parts = 0; at != NULL && parts <= PARTS_MAX; parts++) {
        at += delimiter.n;
        rest = (ep_str_t){ at, (size_t) (body.p + body.n - at) };
        if (ep_str_starts(rest, EP_STR("--"))) {
            return EP_OK;
        }
        at = find(rest, delimiter);
        if (at == NULL || !cut_line(rest, &line, &rest)) {
            return malformed(err);
        }
        rest.n = at > rest.p ? (size_t) (at - rest.p) : 0;
        if (!read_headers(rest, &name, &content)) {
            return malformed(err);
        }
        ep_params_add(params, name, without_break(content));
    }
    return malformed(err);
}
