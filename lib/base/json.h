/* JSON that is written by hand where json-c would be too slow or too big;
 * reading is json-c's. */

#ifndef EP_BASE_JSON_H
#define EP_BASE_JSON_H

#include <eportal/buf.h>

/* Append s as a JSON string with its quotes: valid JSON whatever the bytes
 * are, because those that are not UTF-8 become U+FFFD. */
ep_rc_t ep_json_add_string(ep_buf_t *buf, ep_str_t s)
    __attribute__((warn_unused_result));

#endif
