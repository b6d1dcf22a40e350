/* Writing JSON strings: see base/json.h. */

#include "base/json.h"


/* Bytes that stand for themselves inside a JSON string. */
static bool
is_plain(char c)
{
    return (uint8_t) c >= 0x20 && (uint8_t) c < 0x7f && c != '"' && c != '\\';
}


static size_t
sequence_length(ep_str_t s)
{
    uint8_t first = (uint8_t) s.p[0];
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;

    if (first < 0xc0 || length > s.n
        || !ep_str_is_text((ep_str_t){ s.p, length }, false))
    {
        return 0;
    }
    return length;
}


/* Append the one character at the start of s; *used gets its length. */
static ep_rc_t
add_special(ep_buf_t *buf, ep_str_t s, size_t *used)
{
    *used = 1;
    if (s.p[0] == '"' || s.p[0] == '\\') {
        return ep_buf_addf(buf, "\\%c", s.p[0]);
    }
    if (s.p[0] == '\n') {
        return ep_buf_add(buf, "\\n", 2);
    }
    if ((uint8_t) s.p[0] < 0x20 || s.p[0] == 0x7f) {
        return ep_buf_addf(buf, "\\u%04x", (unsigned) s.p[0]);
    }
    *used = sequence_length(s);
    if (*used == 0) {
        *used = 1;
        return ep_buf_add(buf, "\\ufffd", 6);
    }
    return ep_buf_add(buf, s.p, *used);
}


ep_rc_t
ep_json_add_string(ep_buf_t *buf, ep_str_t s)
{
    ep_rc_t rc = ep_buf_add(buf, "\"", 1);
    size_t i = 0;

    while (i < s.n && rc == EP_OK) {
        size_t from = i, used;

        while (i < s.n && is_plain(s.p[i])) {
            i++;
        }
        rc = ep_buf_add(buf, s.p + from, i - from);
        if (rc == EP_OK && i < s.n) {
            rc = add_special(buf, (ep_str_t){ s.p + i, s.n - i }, &used);
            i += used;
        }
    }
    return rc == EP_OK ? ep_buf_add(buf, "\"", 1) : rc;
}
