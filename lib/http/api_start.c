/* The start page's counters (AUTH-1, STAT-1..3): for everybody, unless
 * AUTH_RESTRICTED_INDEX is on. Nothing of any one server is in them. */

#include <eportal/server_list.h>

#include "http/private.h"

#define ANSWER_MAX 4096


ep_rc_t
ep_api_start(ep_call_t *call, ep_err_t *err)
{
    ep_server_totals_t totals;
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    ep_rc_t rc = ep_server_totals(call->portal, &totals, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&buf, ANSWER_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '{');
    ep_json_str(&w, "version", EP_STR(EP_VERSION));
    ep_json_open(&w, "servers", '{');
    ep_json_int(&w, "total", totals.total);
    ep_json_int(&w, "active", totals.active);
    ep_json_int(&w, "silent", totals.silent);
    ep_json_int(&w, "never", totals.never);
    ep_json_int(&w, "updated", totals.current);
    ep_json_int(&w, "outdated", totals.outdated);
    ep_json_int(&w, "unsupported", totals.unsupported);
    ep_json_close(&w, '}');
    ep_json_int(&w, "keys", totals.keys);
    ep_json_int(&w, "feeds", totals.feeds);
    ep_json_close(&w, '}');
    ep_json_close(&w, '}');
    return ep_answer_written(call, 200, &w, err);
}
