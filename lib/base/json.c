/* Writing JSON: see base/json.h. */

#include "base/json.h"
#include "base/time.h"


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


static void
add(ep_json_t *w, const char *text, size_t n)
{
    if (w->rc == EP_OK) {
        w->rc = ep_buf_add(w->buf, text, n);
    }
}


/* What stands before a value: a comma, its name. */
static void
begin_value(ep_json_t *w, const char *key)
{
    if (w->comma) {
        add(w, ",", 1);
    }
    if (key != NULL && w->rc == EP_OK) {
        w->rc = ep_buf_addf(w->buf, "\"%s\":", key);
    }
    w->comma = true;
}


void
ep_json_open(ep_json_t *w, const char *key, char bracket)
{
    begin_value(w, key);
    add(w, &bracket, 1);
    w->comma = false;
}


void
ep_json_close(ep_json_t *w, char bracket)
{
    add(w, &bracket, 1);
    w->comma = true;
}


void
ep_json_raw(ep_json_t *w, const char *key, ep_str_t json)
{
    begin_value(w, key);
    add(w, json.p, json.n);
}


void
ep_json_str(ep_json_t *w, const char *key, ep_str_t value)
{
    if (value.p == NULL) {
        ep_json_null(w, key);
        return;
    }
    begin_value(w, key);
    if (w->rc == EP_OK) {
        w->rc = ep_json_add_string(w->buf, value);
    }
}


void
ep_json_int(ep_json_t *w, const char *key, int64_t value)
{
    begin_value(w, key);
    if (w->rc == EP_OK) {
        w->rc = ep_buf_addf(w->buf, "%lld", (long long) value);
    }
}


void
ep_json_bool(ep_json_t *w, const char *key, bool value)
{
    ep_json_raw(w, key, value ? EP_STR("true") : EP_STR("false"));
}


void
ep_json_null(ep_json_t *w, const char *key)
{
    ep_json_raw(w, key, EP_STR("null"));
}


void
ep_json_time(ep_json_t *w, const char *key, int64_t us)
{
    char text[EP_TIME_TEXT];

    if (us == 0) {
        ep_json_null(w, key);
        return;
    }
    ep_time_format(us, text);
    ep_json_str(w, key, ep_str(text));
}
