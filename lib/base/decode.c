/* Percent-encoding, base64, hexadecimal, UTF-8: see base/decode.h. */

#include "base/decode.h"


size_t
ep_percent_decode(ep_str_t in, bool plus, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < in.n; i++) {
        char c = in.p[i];

        if (c == '+' && plus) {
            c = ' ';
        } else if (c == '%' && in.n - i > 2) {
            int high = ep_hex_digit(in.p[i + 1]);
            int low = ep_hex_digit(in.p[i + 2]);

            if (high >= 0 && low >= 0) {
                c = (char) (high << 4 | low);
                i += 2;
            }
        }
        out[n++] = c;
    }
    return n;
}


static int
digit64(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+' || c == '-') {
        return 62;
    }
    return c == '/' || c == '_' ? 63 : -1;
}


/* The rest behind the last digit: at most two '=', white space. */
static bool
is_padding(ep_str_t rest)
{
    size_t signs = 0;

    for (size_t i = 0; i < rest.n; i++) {
        if (rest.p[i] == '=') {
            signs++;
        } else if (!(rest.p[i] == ' '
                     || (rest.p[i] >= '\t' && rest.p[i] <= '\r'))) {
            return false;
        }
    }
    return signs <= 2;
}


bool
ep_base64_decode(ep_str_t in, char *out, size_t *n)
{
    uint32_t bits = 0;
    size_t digits = 0, written = 0;

    for (size_t i = 0; i < in.n; i++) {
        int digit = digit64(in.p[i]);

        if (digit < 0) {
            if (in.p[i] == ' ' || (in.p[i] >= '\t' && in.p[i] <= '\r')) {
                continue;
            }
            if (!is_padding((ep_str_t){ in.p + i, in.n - i })) {
                return false;
            }
            break;
        }
        bits = bits << 6 | (uint32_t) digit;
        if (digits++ % 4 != 0) {
            out[written++] = (char) (bits >> (6 - (digits - 1) % 4 * 2));
        }
    }
    if (digits == 0 || digits % 4 == 1) {
        return false;
    }
    *n = written;
    return true;
}


bool
ep_hex_decode(ep_str_t in, char *out, size_t *n)
{
    int bad = 0; /* negative once a digit was none */

    if (in.n == 0 || in.n % 2 != 0) {
        return false;
    }
    for (size_t i = 0; i < in.n; i += 2) {
        int high = ep_hex_digit(in.p[i]);
        int low = ep_hex_digit(in.p[i + 1]);

        bad |= high | low;
        out[i / 2] = (char) ((unsigned) high << 4 | (unsigned) low);
    }
    *n = in.n / 2;
    return bad >= 0;
}


size_t
ep_utf8_put(uint32_t code, char out[4])
{
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        code = 0xfffd;
    }
    if (code < 0x80) {
        out[0] = (char) code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char) (0xc0 | code >> 6);
        out[1] = (char) (0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char) (0xe0 | code >> 12);
        out[1] = (char) (0x80 | (code >> 6 & 0x3f));
        out[2] = (char) (0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char) (0xf0 | code >> 18);
    out[1] = (char) (0x80 | (code >> 12 & 0x3f));
    out[2] = (char) (0x80 | (code >> 6 & 0x3f));
    out[3] = (char) (0x80 | (code & 0x3f));
    return 4;
}


ep_str_t
ep_utf8_cut(ep_str_t s, size_t max)
{
    if (s.n > max) {
        s.n = max;
        /* Step back over continuation bytes to where the cut one began. */
        while (s.n > 0 && (s.p[s.n] & 0xc0) == 0x80) {
            s.n--;
        }
    }
    return s;
}


void
ep_utf8_clean(char *s, size_t n)
{
    size_t i = 0;

    while (i < n) {
        size_t length = 1;

        if (ep_is_printable(s[i])) {
            i++;
            continue;
        }
        if ((uint8_t) s[i] < 0x20 || s[i] == 0x7f) {
            s[i++] = ' ';
            continue;
        }
        if ((uint8_t) s[i] >= 0xc0) {
            length = (uint8_t) s[i] >= 0xf0   ? 4
                     : (uint8_t) s[i] >= 0xe0 ? 3
                                              : 2;
        }
        if (length > n - i
            || !ep_str_is_text((ep_str_t){ s + i, length }, false)) {
            s[i++] = '?';
            continue;
        }
        i += length;
    }
}
