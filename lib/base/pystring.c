/* Python literals: strings, and passing over what cannot be read. */

#include "base/pyliteral_private.h"

#include <eportal/buf.h>

/* A string as it stands in the text. */
typedef struct {
    ep_str_t body; /* between the quotes */
    bool raw;
    bool json; /* double quotes: JSON's escapes too */
} token_t;


bool
ep_py_at_string(const ep_py_reader_t *r)
{
    int c = ep_py_peek(r, 0), next = ep_py_peek(r, 1);

    if (c == '\'' || c == '"') {
        return true;
    }
    return (c == 'r' || c == 'R' || c == 'u' || c == 'U')
           && (next == '\'' || next == '"');
}


/* Pass over a quoted string that begins at r->at; false when its closing
 * quote is missing, r->at is then the end of the line or of the text. */
static bool
scan_quoted(ep_py_reader_t *r, ep_str_t *body)
{
    int quote = ep_py_peek(r, 0);
    size_t width = 1, start;

    if (ep_py_peek(r, 1) == quote && ep_py_peek(r, 2) == quote) {
        width = 3;
    }
    r->at += width;
    start = r->at;
    for (int c; (c = ep_py_peek(r, 0)) >= 0; r->at++) {
        if (c == '\n' && width == 1) {
            return false;
        }
        if (c == '\\' && ep_py_peek(r, 1) >= 0) {
            /* A joined line may end in CR LF. */
            r->at +=
                ep_py_peek(r, 1) == '\r' && ep_py_peek(r, 2) == '\n' ? 2 : 1;
        } else if (c == quote
                   && (width == 1
                       || (ep_py_peek(r, 1) == quote
                           && ep_py_peek(r, 2) == quote)))
        {
            *body = (ep_str_t){ r->text.p + start, r->at - start };
            r->at += width;
            return true;
        }
    }
    return false;
}


static bool
add_utf8(ep_buf_t *out, uint32_t code)
{
    char s[4];
    size_t n;

    if (code < 0x80) {
        s[0] = (char) code;
        n = 1;
    } else if (code < 0x800) {
        s[0] = (char) (0xc0 | code >> 6);
        n = 2;
    } else if (code < 0x10000) {
        s[0] = (char) (0xe0 | code >> 12);
        n = 3;
    } else {
        s[0] = (char) (0xf0 | code >> 18);
        n = 4;
    }
    for (size_t i = 1; i < n; i++) {
        s[i] = (char) (0x80 | (code >> 6 * (n - 1 - i) & 0x3f));
    }
    return ep_buf_add(out, s, n) == EP_OK;
}


/* Exactly n hexadecimal digits from the front of *s. */
static bool
take_hex(ep_str_t *s, size_t n, uint32_t *out)
{
    uint8_t bytes[4] = { 0 };

    if (s->n < n || !ep_unhex((ep_str_t){ s->p, n }, bytes + 4 - n / 2, n / 2))
    {
        return false;
    }
    *out = (uint32_t) bytes[0] << 24 | (uint32_t) bytes[1] << 16
           | (uint32_t) bytes[2] << 8 | bytes[3];
    s->p += n;
    s->n -= n;
    return true;
}


/* The digits of \x, \u and \U; two \u are one character in JSON. */
static bool
take_code(ep_str_t *s, char kind, uint32_t *code)
{
    uint32_t low;

    if (!take_hex(s, kind == 'x' ? 2 : kind == 'u' ? 4 : 8, code)) {
        return false;
    }
    if (*code >= 0xd800 && *code <= 0xdbff && ep_str_starts(*s, EP_STR("\\u")))
    {
        *s = (ep_str_t){ s->p + 2, s->n - 2 };
        if (!take_hex(s, 4, &low) || low < 0xdc00 || low > 0xdfff) {
            return false;
        }
        *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
    }
    return *code <= 0x10ffff && (*code < 0xd800 || *code > 0xdfff);
}


static uint32_t
take_octal(ep_str_t *s)
{
    uint32_t code = 0;

    for (int i = 0; i < 3 && s->n > 0 && s->p[0] >= '0' && s->p[0] <= '7'; i++)
    {
        code = code << 3 | (uint32_t) (s->p[0] - '0');
        s->p++;
        s->n--;
    }
    return code;
}


/* What is behind a backslash, out of *s into out. */
static bool
add_escape(const token_t *token, ep_str_t *s, ep_buf_t *out)
{
    static const char letters[] = "abfnrtv\\'\"";
    static const char values[] = "\a\b\f\n\r\t\v\\'\"";
    char c = s->p[0];
    const char *known = c != '\0' ? strchr(letters, c) : NULL;
    uint32_t code;

    if (c >= '0' && c <= '7') {
        return add_utf8(out, take_octal(s));
    }
    s->p++;
    s->n--;
    if (known != NULL) {
        return ep_buf_add(out, &values[known - letters], 1) == EP_OK;
    }
    if (c == 'x' || c == 'u' || c == 'U') {
        return take_code(s, c, &code) && add_utf8(out, code);
    }
    if (c == '/' && token->json) {
        return ep_buf_add(out, "/", 1) == EP_OK;
    }
    if (c == '\r' && s->n > 0 && s->p[0] == '\n') {
        s->p++;
        s->n--;
        return true;
    }
    if (c == '\n') {
        return true;
    }
    return ep_buf_add(out, "\\", 1) == EP_OK && ep_buf_add(out, &c, 1) == EP_OK;
}


static bool
add_token(ep_py_reader_t *r, const token_t *token, ep_buf_t *out)
{
    ep_str_t s = token->body;

    while (s.n > 0) {
        const char *slash = token->raw ? NULL : memchr(s.p, '\\', s.n);
        size_t plain = slash != NULL ? (size_t) (slash - s.p) : s.n;
        size_t at;

        if (ep_buf_add(out, s.p, plain) != EP_OK) {
            return ep_py_no_memory(r);
        }
        s = (ep_str_t){ s.p + plain, s.n - plain };
        if (s.n == 0) {
            break;
        }
        at = (size_t) (s.p - r->text.p);
        s = (ep_str_t){ s.p + 1, s.n - 1 };
        if (!add_escape(token, &s, out)) {
            return ep_py_fail(r, at, "an escape that names a character");
        }
    }
    return true;
}


static bool
read_token(ep_py_reader_t *r, token_t *token)
{
    size_t at = r->at;
    int c = ep_py_peek(r, 0);

    token->raw = c == 'r' || c == 'R';
    if (c != '\'' && c != '"') {
        r->at++;
    }
    token->json = ep_py_peek(r, 0) == '"';
    return scan_quoted(r, &token->body)
           || ep_py_fail(r, at, "a string with its closing %c",
                         token->json ? '"' : '\'');
}


bool
ep_py_read_string(ep_py_reader_t *r, ep_py_t *v)
{
    ep_buf_t out;
    char *copy;
    bool ok = true;

    ep_buf_init(&out, r->text.n);
    while (ok && ep_py_at_string(r)) {
        token_t token;

        ok = read_token(r, &token) && add_token(r, &token, &out);
        ep_py_blank(r);
    }
    if (ok) {
        copy = ep_arena_strdup(r->arena, ep_buf_str(&out));
        ok = copy != NULL || ep_py_no_memory(r);
        v->type = EP_PY_STRING;
        v->string = (ep_str_t){ copy, out.n };
    }
    ep_buf_free(&out);
    return ok;
}


void
ep_py_skip(ep_py_reader_t *r, size_t at)
{
    unsigned open = 0;
    ep_str_t body;

    r->rc = EP_OK;
    r->depth = r->brackets = 0;
    r->at = at;
    for (int c; (c = ep_py_peek(r, 0)) >= 0;) {
        if (c == '\n' && open == 0) {
            return;
        }
        if (c == '#') {
            while (ep_py_peek(r, 0) >= 0 && ep_py_peek(r, 0) != '\n') {
                r->at++;
            }
        } else if (c == '\'' || c == '"') {
            scan_quoted(r, &body);
        } else {
            open += c == '(' || c == '[' || c == '{';
            open -= open > 0 && (c == ')' || c == ']' || c == '}');
            r->at += c == '\\' && ep_py_peek(r, 1) >= 0 ? 2 : 1;
        }
    }
}
