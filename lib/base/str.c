/* String views: see eportal/str.h. */

#include <strings.h>

#include <eportal/str.h>


bool
ep_str_eq_nocase(ep_str_t a, ep_str_t b)
{
    return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}


bool
ep_str_starts(ep_str_t s, ep_str_t prefix)
{
    return s.n >= prefix.n && ep_str_eq((ep_str_t){ s.p, prefix.n }, prefix);
}


bool
ep_str_ends(ep_str_t s, ep_str_t suffix)
{
    return s.n >= suffix.n
           && ep_str_eq((ep_str_t){ s.p + (s.n - suffix.n), suffix.n }, suffix);
}


static bool
is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}


ep_str_t
ep_str_trim(ep_str_t s)
{
    while (s.n > 0 && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_space(s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}


bool
ep_str_cut(ep_str_t s, char sep, ep_str_t *head, ep_str_t *rest)
{
    const char *at = s.n ? memchr(s.p, sep, s.n) : NULL;

    if (at == NULL) {
        *head = s;
        *rest = EP_STR_NULL;
        return false;
    }
    *head = (ep_str_t){ s.p, (size_t) (at - s.p) };
    *rest = (ep_str_t){ at + 1, s.n - head->n - 1 };
    return true;
}


bool
ep_str_copy(ep_str_t s, char *dst, size_t size)
{
    if (s.n >= size || (s.n && memchr(s.p, '\0', s.n))) {
        dst[0] = '\0';
        return false;
    }
    if (s.n) {
        memcpy(dst, s.p, s.n);
    }
    dst[s.n] = '\0';
    return true;
}


bool
ep_str_int(ep_str_t s, int64_t *out)
{
    bool negative = s.n > 0 && s.p[0] == '-';
    int64_t value = 0;

    if (negative) {
        s.p++;
        s.n--;
    }
    if (s.n == 0) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        int digit = s.p[i] - '0';

        if (digit < 0 || digit > 9 || __builtin_mul_overflow(value, 10, &value)
            || __builtin_add_overflow(value, negative ? -digit : digit, &value))
        {
            return false;
        }
    }
    *out = value;
    return true;
}


const int8_t ep_hex_digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
    ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['A'] = 11, ['B'] = 12,
    ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16, ['a'] = 11, ['b'] = 12,
    ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16
};


bool
ep_str_is_hex(ep_str_t s, size_t n)
{
    if (s.n != n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        if (ep_hex_digit(s.p[i]) < 0) {
            return false;
        }
    }
    return true;
}


void
ep_hex(const void *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *b = bytes;

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[b[i] >> 4];
        out[2 * i + 1] = digits[b[i] & 15];
    }
    out[2 * n] = '\0';
}


bool
ep_unhex(ep_str_t s, void *out, size_t n)
{
    uint8_t *b = out;

    if (!ep_str_is_hex(s, 2 * n)) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        b[i] = (uint8_t) (ep_hex_digit(s.p[2 * i]) << 4
                          | ep_hex_digit(s.p[2 * i + 1]));
    }
    return true;
}


bool
ep_secret_eq(ep_str_t a, ep_str_t b)
{
    volatile uint8_t differ = 0;

    if (a.n != b.n) {
        return false;
    }
    for (size_t i = 0; i < a.n; i++) {
        differ |= (uint8_t) (a.p[i] ^ b.p[i]);
    }
    return differ == 0;
}


/* Length of the UTF-8 sequence at s, 0 when it is malformed (RFC 3629). */
static size_t
utf8_length(const uint8_t *s, size_t n)
{
    size_t length;
    uint32_t code;

    if (s[0] < 0x80) {
        return 1;
    }
    if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        length = 2;
        code = s[0] & 0x1f;
    } else if ((s[0] & 0xf0) == 0xe0) {
        length = 3;
        code = s[0] & 0x0f;
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        length = 4;
        code = s[0] & 0x07;
    } else {
        return 0;
    }
    if (n < length) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (s[i] & 0x3f);
    }
    if ((length == 3 && code < 0x800) || (length == 4 && code < 0x10000)
        || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
    {
        return 0;
    }
    return length;
}


/* U+2028 and U+2029 end a line for many readers; U+202A to U+202E and U+2066
 * to U+2069 turn the writing round, so that a name shows as another. */
static bool
is_layout(const uint8_t *p, size_t length)
{
    return length == 3 && p[0] == 0xe2
           && ((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae)
               || (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}


/* C1 controls are two bytes: c2 80 .. c2 9f. */
static bool
is_control(const uint8_t *p, size_t length)
{
    return p[0] < 0x20 || p[0] == 0x7f
           || (length == 2 && p[0] == 0xc2 && p[1] < 0xa0)
           || is_layout(p, length);
}


bool
ep_str_is_text(ep_str_t s, bool multiline)
{
    const uint8_t *p = (const uint8_t *) s.p;

    for (size_t i = 0; i < s.n;) {
        size_t length;
        bool allowed;

        if (ep_is_printable(s.p[i])) {
            i++;
            continue;
        }
        length = utf8_length(p + i, s.n - i);
        allowed = p[i] == '\t' || (multiline && p[i] == '\n');

        if (length == 0 || (is_control(p + i, length) && !allowed)) {
            return false;
        }
        i += length;
    }
    return true;
}


size_t
ep_str_clean(ep_str_t s, char *dst, size_t max)
{
    const uint8_t *p = (const uint8_t *) s.p;
    size_t n = 0;

    for (size_t i = 0; i < s.n;) {
        size_t length = utf8_length(p + i, s.n - i);
        bool bad = length == 0 || is_control(p + i, length);
        size_t out = bad ? 1 : length;

        if (n + out > max) {
            break;
        }
        memcpy(dst + n, bad ? (const uint8_t *) "?" : p + i, out);
        n += out;
        i += length == 0 ? 1 : length;
    }
    dst[n] = '\0';
    return n;
}
