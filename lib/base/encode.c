/* Encoders of what travels in URLs: see base/encode.h. */

#include "base/encode.h"


void
ep_base64url(const void *bytes, size_t n, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz"
                                 "0123456789-_";
    const uint8_t *p = bytes;
    uint32_t bits = 0;
    unsigned held = 0;

    for (size_t i = 0; i < n; i++) {
        bits = bits << 8 | p[i];
        held += 8;
        while (held >= 6) {
            held -= 6;
            *out++ = digits[bits >> held & 63];
        }
    }
    if (held > 0) {
        *out++ = digits[bits << (6 - held) & 63];
    }
    *out = '\0';
}


static bool
is_unreserved(char c)
{
    char lower = c | 0x20;

    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-'
           || c == '.' || c == '_' || c == '~';
}


ep_rc_t
ep_percent_encode(ep_buf_t *buf, ep_str_t s)
{
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; i < s.n && rc == EP_OK; i++) {
        rc = is_unreserved(s.p[i])
                 ? ep_buf_add(buf, s.p + i, 1)
                 : ep_buf_addf(buf, "%%%02X", (unsigned) (uint8_t) s.p[i]);
    }
    return rc;
}
