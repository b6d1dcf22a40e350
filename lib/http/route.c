/* Matching paths against the patterns of the table, segment by segment: see
 * http/private.h. */

#include "http/private.h"

#define SEGMENTS_MAX 16 /* a path of more is unknown */

typedef struct {
    ep_str_t segments[SEGMENTS_MAX];
    size_t count;
    bool slash; /* it had a trailing slash */
} path_t;

static const struct {
    ep_str_t name;
    ep_capture_t capture;
} capture_names[] = {
    { { "{hash}", 6 }, EP_CAP_HASH },     { { "{latest}", 8 }, EP_CAP_LATEST },
    { { "{level}", 7 }, EP_CAP_LEVEL },   { { "{file}", 6 }, EP_CAP_FILE },
    { { "{prefix}", 8 }, EP_CAP_PREFIX }, { { "{ext}", 5 }, EP_CAP_EXT },
    { { "{key}", 5 }, EP_CAP_KEY },       { { "{type}", 6 }, EP_CAP_TYPE },
    { { "{binary}", 8 }, EP_CAP_BINARY }, { { "{method}", 8 }, EP_CAP_METHOD },
    { { "{name}", 6 }, EP_CAP_NAME },     { { "{id}", 4 }, EP_CAP_ID },
    { { "{page}", 6 }, EP_CAP_PAGE }
};


static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}


static bool
is_number(ep_str_t s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s.p[i])) {
            return false;
        }
    }
    return s.n > 0;
}


/* A word of letters, digits, '.', '_' and '-'. */
static bool
is_word(ep_str_t s, size_t max)
{
    if (s.n == 0 || s.n > max) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        char lower = s.p[i] | 0x20;

        if (!is_digit(s.p[i]) && !(lower >= 'a' && lower <= 'z')
            && s.p[i] != '.' && s.p[i] != '_' && s.p[i] != '-')
        {
            return false;
        }
    }
    return true;
}


/* What may become part of a file's path: printable ASCII, not hidden. */
static bool
is_safe(ep_str_t s)
{
    if (s.n == 0 || s.n > 255 || s.p[0] == '.') {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < 0x20 || s.p[i] > 0x7e || s.p[i] == '\\') {
            return false;
        }
    }
    return true;
}


/* latest, latest.v2; with a word and a dot before it when an agent puts a
 * sticky there. */
static bool
is_latest(ep_str_t s)
{
    static const ep_str_t word = { "latest", 6 };
    ep_str_t head = s, version = EP_STR_NULL;

    if (s.n > 0 && is_digit(s.p[s.n - 1])) {
        size_t i = s.n;

        while (i > 0 && is_digit(s.p[i - 1])) {
            i--;
        }
        if (i < 2 || s.p[i - 1] != 'v' || s.p[i - 2] != '.') {
            return false;
        }
        version = (ep_str_t){ s.p + i, s.n - i };
        head.n = i - 2;
    }
    if (!ep_str_ends(head, word) || version.n > 9) {
        return false;
    }
    head.n -= word.n;
    return head.n == 0
           || (head.p[head.n - 1] == '.'
               && is_word((ep_str_t){ head.p, head.n - 1 }, 40));
}


static bool
fits(ep_capture_t capture, ep_str_t s)
{
    switch (capture) {
    case EP_CAP_PREFIX:
        return is_word(s, 32);
    case EP_CAP_HASH:
        return ep_str_is_hex(s, 40);
    case EP_CAP_LEVEL:
        return is_number(s) && s.n <= 18 && s.p[0] != '0';
    case EP_CAP_LATEST:
        return is_latest(s);
    case EP_CAP_EXT:
        return ep_str_eq(s, EP_STR("plain")) || ep_str_eq(s, EP_STR("json"));
    case EP_CAP_METHOD:
        return ep_str_ends(s, EP_STR(".plain"))
               || ep_str_ends(s, EP_STR(".json"));
    default:
        return true;
    }
}


/* Split a path; false when it is no path we could know: empty components, a
 * NUL, too many. */
static bool
split_path(ep_str_t path, path_t *out)
{
    ep_str_t rest, segment;

    if (path.n < 2 || path.p[0] != '/' || memchr(path.p, '\0', path.n) != NULL)
    {
        return false;
    }
    out->slash = path.p[path.n - 1] == '/';
    path.n -= out->slash;
    out->count = 0;
    rest = (ep_str_t){ path.p + 1, path.n - 1 };
    for (bool more = true; more;) {
        more = ep_str_cut(rest, '/', &segment, &rest);
        if (segment.n == 0 || out->count == SEGMENTS_MAX) {
            return false;
        }
        out->segments[out->count++] = segment;
    }
    return true;
}


static bool
same(ep_str_t a, ep_str_t b, unsigned flags)
{
    return flags & EP_ROUTE_NOCASE ? ep_str_eq_nocase(a, b) : ep_str_eq(a, b);
}


/* The capture that a pattern's segment ends with; false for a literal. */
static bool
find_capture(ep_str_t pattern, ep_str_t *literal, ep_capture_t *out)
{
    ep_str_t name, rest;

    if (!ep_str_cut(pattern, '{', literal, &rest)) {
        return false;
    }
    name = (ep_str_t){ pattern.p + literal->n, pattern.n - literal->n };
    for (size_t i = 0; i < EP_ARRAY_LEN(capture_names); i++) {
        if (ep_str_eq(name, capture_names[i].name)) {
            *out = capture_names[i].capture;
            return true;
        }
    }
    return false;
}


/* Segments from..from+count as they stand in the path. */
static ep_str_t
span(const path_t *path, size_t from, size_t count)
{
    ep_str_t first = path->segments[from];
    ep_str_t last = path->segments[from + count - 1];

    return (ep_str_t){ first.p, (size_t) (last.p + last.n - first.p) };
}


static bool
is_safe_tail(const path_t *path, size_t from, bool binary)
{
    for (size_t i = from; i < path->count; i++) {
        if (!is_safe(path->segments[i])) {
            return false;
        }
    }
    return !is_number(path->segments[from])
           && (!binary
               || ep_str_starts(path->segments[path->count - 1],
                                EP_STR("kpatch.bin")));
}


/* What is under /admin/ without being a page of the console. */
static bool
is_page(ep_str_t first)
{
    return !ep_str_eq(first, EP_STR("api")) && !ep_str_eq(first, EP_STR("sso"))
           && !ep_str_eq(first, EP_STR("assets"));
}


/* How many components a capture takes; 0 when it cannot match here. rest is
 * the pattern behind it. */
static size_t
components(const path_t *path, size_t at, ep_capture_t capture, ep_str_t rest)
{
    size_t left = path->count - at, behind = 0;

    switch (capture) {
    case EP_CAP_FILE:
    case EP_CAP_BINARY:
        return is_safe_tail(path, at, capture == EP_CAP_BINARY) ? left : 0;
    case EP_CAP_METHOD:
        return left;
    case EP_CAP_PAGE:
        return is_page(path->segments[at]) ? left : 0;
    case EP_CAP_NAME:
        return rest.n == 0 ? left : 1;
    case EP_CAP_TYPE:
        for (size_t i = 0; i < rest.n; i++) {
            behind += rest.p[i] == '/';
        }
        return left > behind ? left - behind : 0;
    default:
        return 1;
    }
}


/* Match the capture at the end of a pattern's segment; returns how many
 * components of the path it took, 0 when it does not fit. */
static size_t
match_capture(const path_t *path, size_t at, ep_str_t literal,
              ep_capture_t capture, ep_str_t rest, unsigned flags,
              ep_str_t captures[EP_CAP_COUNT])
{
    size_t taken = components(path, at, capture, rest);
    ep_str_t value;

    if (taken == 0) {
        return 0;
    }
    value = span(path, at, taken);
    if (value.n <= literal.n
        || !same((ep_str_t){ value.p, literal.n }, literal, flags))
    {
        return 0;
    }
    value = (ep_str_t){ value.p + literal.n, value.n - literal.n };
    if (!fits(capture, value)) {
        return 0;
    }
    captures[capture] = value;
    return taken;
}


/* Match segments of the path from `at` on against "/a/{b}/c". */
static bool
match_segments(const path_t *path, size_t at, ep_str_t pattern, unsigned flags,
               ep_str_t captures[EP_CAP_COUNT])
{
    while (pattern.n > 0) {
        ep_str_t segment, literal;
        ep_capture_t capture;
        size_t taken = 1;

        pattern = (ep_str_t){ pattern.p + 1, pattern.n - 1 };
        if (ep_str_cut(pattern, '/', &segment, &pattern)) {
            pattern = (ep_str_t){ pattern.p - 1, pattern.n + 1 };
        }
        if (at >= path->count) {
            return false;
        }
        if (find_capture(segment, &literal, &capture)) {
            taken = match_capture(path, at, literal, capture, pattern, flags,
                                  captures);
        } else if (!same(path->segments[at], segment, flags)) {
            taken = 0;
        }
        if (taken == 0) {
            return false;
        }
        at += taken;
    }
    return at == path->count;
}


/* Match one pattern; captures are only good when true. */
static bool
match_path(const path_t *path, const char *pattern, unsigned flags,
           ep_str_t captures[EP_CAP_COUNT])
{
    ep_str_t rest = ep_str(pattern), optional;

    if (ep_str_ends(rest, EP_STR("[/]"))) {
        rest.n -= 3;
    } else if (path->slash) {
        return false;
    }
    if (rest.p[0] != '[') {
        return match_segments(path, 0, rest, flags, captures);
    }
    rest = (ep_str_t){ rest.p + 1, rest.n - 1 };
    ep_str_cut(rest, ']', &optional, &rest);
    if (match_segments(path, 0, rest, flags, captures)) {
        return true;
    }
    if (path->count > 0) {
        path_t first = { .count = 1, .segments = { path->segments[0] } };

        return match_segments(&first, 0, optional, flags, captures)
               && match_segments(path, 1, rest, flags, captures);
    }
    return false;
}


const ep_route_t *
ep_route_find(ep_method_t method, ep_str_t path,
              ep_str_t captures[EP_CAP_COUNT], unsigned *allow)
{
    path_t split;

    *allow = 0;
    if (!split_path(path, &split)) {
        return NULL;
    }
    for (size_t i = 0; i < ep_routes_count; i++) {
        memset(captures, 0, EP_CAP_COUNT * sizeof(captures[0]));
        if (!match_path(&split, ep_routes[i].pattern, ep_routes[i].flags,
                        captures)) {
            continue;
        }
        if (ep_routes[i].methods & method) {
            return &ep_routes[i];
        }
        *allow |= ep_routes[i].methods;
    }
    return NULL;
}


bool
ep_route_match(const ep_route_t *route, ep_str_t path,
               ep_str_t captures[EP_CAP_COUNT])
{
    path_t split;

    memset(captures, 0, EP_CAP_COUNT * sizeof(captures[0]));
    return split_path(path, &split)
           && match_path(&split, route->pattern, route->flags, captures);
}
