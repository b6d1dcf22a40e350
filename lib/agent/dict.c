/* JSON objects and Python dict literals, read alike: see agent/dict.h. */

#include "agent/dict.h"
#include "base/decode.h"

#define NESTING_MAX 32


static void
skip_space(ep_dict_t *dict)
{
    while (dict->p < dict->end
           && (*dict->p == ' ' || (*dict->p >= '\t' && *dict->p <= '\r')))
    {
        dict->p++;
    }
}


static bool
take(ep_dict_t *dict, char c)
{
    skip_space(dict);
    if (dict->p == dict->end || *dict->p != c) {
        return false;
    }
    dict->p++;
    return true;
}


static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}


/* Where the quote is that no backslash is before; NULL: nowhere. */
static const char *
end_of_escaped(const char *p, const char *end, char quote)
{
    while (p < end && *p != quote) {
        p += *p == '\\' && p + 1 < end ? 2 : 1;
    }
    return p < end ? p : NULL;
}


/* A quoted string with Python's optional u, b or r before it. */
static bool
read_string(ep_dict_t *dict, ep_str_t *out)
{
    const char *p = dict->p;
    const char *from;
    char quote;

    while (p < dict->end && is_letter(*p) && p - dict->p < 2) {
        p++;
    }
    if (p == dict->end || (*p != '"' && *p != '\'')) {
        return false;
    }
    quote = *p++;
    from = p;
    p = memchr(from, quote, (size_t) (dict->end - from));
    if (p == NULL) {
        return false;
    }
    if (memchr(from, '\\', (size_t) (p - from)) != NULL) {
        p = end_of_escaped(from, dict->end, quote);
        if (p == NULL) {
            return false;
        }
    }
    *out = (ep_str_t){ from, (size_t) (p - from) };
    dict->p = p + 1;
    return true;
}


/* A bracketed value with all that is in it; strings may hold brackets. */
static bool
read_nested(ep_dict_t *dict, ep_str_t *out)
{
    const char *from = dict->p;
    int depth = 0;
    ep_str_t ignored;

    while (dict->p < dict->end) {
        char c = *dict->p;

        if (c == '"' || c == '\'') {
            if (!read_string(dict, &ignored)) {
                return false;
            }
            continue;
        }
        dict->p++;
        if (c == '{' || c == '[' || c == '(') {
            if (++depth > NESTING_MAX) {
                return false;
            }
        } else if ((c == '}' || c == ']' || c == ')') && --depth == 0) {
            *out = (ep_str_t){ from, (size_t) (dict->p - from) };
            return true;
        }
    }
    return false;
}


static bool
read_bare(ep_dict_t *dict, ep_dict_pair_t *pair)
{
    const char *from = dict->p;
    ep_str_t word;

    while (dict->p < dict->end
           && (is_letter(*dict->p) || (*dict->p >= '0' && *dict->p <= '9')
               || *dict->p == '-' || *dict->p == '+' || *dict->p == '.'))
    {
        dict->p++;
    }
    word = (ep_str_t){ from, (size_t) (dict->p - from) };
    if (word.n == 0) {
        return false;
    }
    pair->kind = EP_DICT_NUMBER;
    if (ep_str_eq(word, EP_STR("null")) || ep_str_eq(word, EP_STR("None"))) {
        pair->kind = EP_DICT_NULL;
    } else if (is_letter(word.p[0])) {
        pair->kind = EP_DICT_WORD;
    } else if (word.p[word.n - 1] == 'L') {
        word.n--;
    }
    pair->value = word;
    return true;
}


static bool
read_value(ep_dict_t *dict, ep_dict_pair_t *pair)
{
    skip_space(dict);
    if (read_string(dict, &pair->value)) {
        pair->kind = EP_DICT_STRING;
        return true;
    }
    if (dict->p < dict->end
        && (*dict->p == '{' || *dict->p == '[' || *dict->p == '('))
    {
        pair->kind = EP_DICT_NESTED;
        return read_nested(dict, &pair->value);
    }
    return read_bare(dict, pair);
}


bool
ep_dict_begin(ep_dict_t *dict, ep_str_t text)
{
    *dict = (ep_dict_t){ text.p, text.n ? text.p + text.n : text.p, false };
    return take(dict, '{');
}


bool
ep_dict_next(ep_dict_t *dict, ep_dict_pair_t *pair)
{
    if (dict->started && !take(dict, ',')) {
        return false;
    }
    dict->started = true;
    skip_space(dict);
    return read_string(dict, &pair->key) && take(dict, ':')
           && read_value(dict, pair);
}


/* count hex digits at p; false when there are not that many. */
static bool
hex_code(const char *p, const char *end, int count, uint32_t *out)
{
    uint32_t code = 0;

    if (end - p < count) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        char c = p[i];
        char lower = c | 0x20;

        if (c >= '0' && c <= '9') {
            code = code << 4 | (uint32_t) (c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            code = code << 4 | (uint32_t) (lower - 'a' + 10);
        } else {
            return false;
        }
    }
    *out = code;
    return true;
}


/* The code point of \xNN, \uNNNN (also a pair of them) or \UNNNNNNNN whose
 * letter is at *p; false, with *p untouched, when it is none of them. */
static bool
escaped_code(const char **p, const char *end, uint32_t *out)
{
    int count = **p == 'x' ? 2 : **p == 'u' ? 4 : **p == 'U' ? 8 : 0;
    uint32_t code, low;
    const char *next;

    if (count == 0 || !hex_code(*p + 1, end, count, &code)) {
        return false;
    }
    next = *p + 1 + count;
    if (count == 4 && code >= 0xd800 && code <= 0xdbff && end - next >= 6
        && next[0] == '\\' && next[1] == 'u' && hex_code(next + 2, end, 4, &low)
        && low >= 0xdc00 && low <= 0xdfff)
    {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        next += 6;
    }
    *p = next;
    *out = code;
    return true;
}


size_t
ep_dict_unescape(ep_str_t raw, char *out)
{
    static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
    const char *p = raw.p;
    const char *end = raw.n ? raw.p + raw.n : raw.p;
    size_t n = 0;

    while (p < end) {
        uint32_t code;
        const char *at;

        if (*p != '\\' || p + 1 == end) {
            out[n++] = *p++;
            continue;
        }
        p++;
        if (escaped_code(&p, end, &code)) {
            n += ep_utf8_put(code, out + n);
            continue;
        }
        at = memchr(from, *p, sizeof(from) - 1);
        out[n++] = at != NULL ? to[at - from] : *p;
        p++;
    }
    return n;
}
