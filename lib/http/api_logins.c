/* Who is logged in, and who has to wait: sessions and the throttle over
 * HTTP (W-12, ASVS 7.5.2). */

#include <eportal/audit.h>
#include <eportal/session.h>
#include <eportal/throttle.h>

#include "http/private.h"

#define LIST_MAX ((size_t) 32 * 1024 * 1024)


typedef struct {
    ep_json_t json;
    int64_t own; /* the session that asks */
} list_t;


static ep_rc_t
add_session(const ep_session_t *session, void *ctx, ep_err_t *err)
{
    list_t *list = ctx;
    ep_json_t *w = &list->json;
    char address[EP_ADDR_TEXT];

    (void) err;
    ep_addr_format(&session->ip, address);
    ep_json_open(w, NULL, '{');
    ep_json_int(w, "id", session->id);
    ep_json_str(w, "username", ep_str(session->user));
    ep_json_str(w, "address", ep_str(address));
    ep_json_str(w, "user_agent", ep_str(session->user_agent));
    ep_json_time(w, "created", session->created);
    ep_json_time(w, "last_seen", session->seen);
    ep_json_time(w, "expires", session->expires);
    ep_json_bool(w, "current", session->id == list->own);
    ep_json_close(w, '}');
    return EP_OK;
}


static ep_rc_t
end_list(ep_call_t *call, ep_json_t *w, ep_rc_t rc, ep_err_t *err)
{
    ep_json_close(w, ']');
    ep_json_close(w, '}');
    if (rc != EP_OK) {
        ep_buf_free(w->buf);
        return rc;
    }
    return ep_answer_written(call, 200, w, err);
}


/* Whose sessions the caller has to do with; 0: everybody's. */
static int64_t
whose(const ep_call_t *call)
{
    return call->who.readonly ? call->who.user_id : 0;
}


ep_rc_t
ep_api_sessions(ep_call_t *call, ep_err_t *err)
{
    ep_buf_t buf;
    list_t list = { .json = { .buf = &buf }, .own = call->who.session_id };
    ep_rc_t rc;

    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&list.json, NULL, '{');
    ep_json_open(&list.json, "result", '[');
    rc = ep_session_list(call->portal, whose(call), add_session, &list, err);
    return end_list(call, &list.json, rc, err);
}


ep_rc_t
ep_api_session_end(ep_call_t *call, ep_err_t *err)
{
    ep_err_t local = { 0 };
    int64_t id = 0;
    ep_rc_t gone, rc;

    if (!ep_str_int(call->captures[EP_CAP_ID], &id) || id <= 0) {
        return ep_err_set(err, EP_EINVAL, "bad-session",
                          "a session is named by the number in the list");
    }
    rc = ep_call_write(call, err);
    if (rc != EP_OK) {
        return rc;
    }
    gone = ep_session_end(call->portal, id, whose(call), &local);
    rc = gone;
    if (gone == EP_ENOTFOUND) {
        rc = EP_OK;
    } else if (gone != EP_OK) {
        ep_err_set(err, gone, local.code, "%s", local.msg);
    }
    rc = ep_call_written(call, rc, err);
    return rc == EP_OK ? ep_answer_count(call, gone == EP_OK, err) : rc;
}


/* All of the caller's own but the one that asks. */
ep_rc_t
ep_api_sessions_end(ep_call_t *call, ep_err_t *err)
{
    int64_t ended = 0;
    ep_rc_t rc = ep_call_write(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_session_end_all(call->portal, call->who.user_id,
                            call->who.session_id, &ended, err);
    if (rc == EP_OK) {
        rc = ep_audit(call->portal, "session.end", ep_str(call->who.name),
                      EP_STR_NULL, err);
    }
    rc = ep_call_written(call, rc, err);
    return rc == EP_OK ? ep_answer_count(call, ended, err) : rc;
}


static ep_rc_t
add_throttle(const ep_throttle_t *row, void *ctx, ep_err_t *err)
{
    ep_json_t *w = ctx;

    (void) err;
    ep_json_open(w, NULL, '{');
    ep_json_str(w, "kind", ep_str(ep_throttle_kinds[row->kind]));
    ep_json_str(w, "name", ep_str(row->name));
    ep_json_int(w, "failures", row->failures);
    ep_json_time(w, "last", row->last);
    ep_json_time(w, "until", row->until);
    ep_json_close(w, '}');
    return EP_OK;
}


ep_rc_t
ep_api_throttle(ep_call_t *call, ep_err_t *err)
{
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };

    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '[');
    return end_list(call, &w,
                    ep_throttle_list(call->portal, add_throttle, &w, err), err);
}


ep_rc_t
ep_api_throttle_clear(ep_call_t *call, ep_err_t *err)
{
    int64_t cleared = 0;
    ep_rc_t rc = ep_call_params(call, err);

    if (rc == EP_OK) {
        rc = ep_call_write(call, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_throttle_clear(call->portal, ep_params_get(call->params, "name"),
                           &cleared, err);
    rc = ep_call_written(call, rc, err);
    return rc == EP_OK ? ep_answer_count(call, cleared, err) : rc;
}
