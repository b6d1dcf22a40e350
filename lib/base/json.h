/* JSON that is written by hand where json-c would be too slow or too big;
 * reading is json-c's. */

#ifndef EP_BASE_JSON_H
#define EP_BASE_JSON_H

#include <eportal/buf.h>

/* Append s as a JSON string with its quotes: valid JSON whatever the bytes
 * are, because those that are not UTF-8 become U+FFFD. */
ep_rc_t ep_json_add_string(ep_buf_t *buf, ep_str_t s)
    __attribute__((warn_unused_result));

/*
 * A writer that knows where commas belong. key: the member's name, a word
 * that needs no escaping; NULL inside an array and at the top. Failures (the
 * buffer's ceiling, memory) stick: rc is looked at once, at the end.
 *
 *     ep_json_t w = { .buf = &buf };
 *
 *     ep_json_open(&w, NULL, '{');
 *     ep_json_str(&w, "name", name);
 *     ep_json_open(&w, "tags", '[');
 *     ep_json_str(&w, NULL, tag);
 *     ep_json_close(&w, ']');
 *     ep_json_close(&w, '}');
 */
typedef struct {
    ep_buf_t *buf;
    bool comma; /* something stands before what comes next */
    ep_rc_t rc;
} ep_json_t;

void ep_json_open(ep_json_t *w, const char *key, char bracket);
void ep_json_close(ep_json_t *w, char bracket);
/* p NULL: null. */
void ep_json_str(ep_json_t *w, const char *key, ep_str_t value);
void ep_json_int(ep_json_t *w, const char *key, int64_t value);
void ep_json_bool(ep_json_t *w, const char *key, bool value);
void ep_json_null(ep_json_t *w, const char *key);
/* "2026-11-23 20:15:00.000000", UTC; 0 is null. */
void ep_json_time(ep_json_t *w, const char *key, int64_t us);
/* A value that is JSON already. */
void ep_json_raw(ep_json_t *w, const char *key, ep_str_t json);

#endif
