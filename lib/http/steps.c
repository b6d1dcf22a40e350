/* Tests of settings, step by step: see http/steps.h. */

#include <eportal/audit.h>

#include "http/steps.h"

#define ANSWER_MAX 65536


void
ep_steps_begin(ep_steps_t *steps)
{
    ep_buf_init(&steps->buf, ANSWER_MAX);
    steps->w = (ep_json_t){ .buf = &steps->buf };
    ep_json_open(&steps->w, NULL, '{');
    ep_json_open(&steps->w, "result", '{');
    ep_json_open(&steps->w, "steps", '[');
}


static void
add(ep_json_t *w, const char *step, bool ok, const char *text)
{
    ep_json_open(w, NULL, '{');
    ep_json_str(w, "step", ep_str(step));
    ep_json_bool(w, "ok", ok);
    ep_json_str(w, "text", ep_str(text));
    ep_json_close(w, '}');
}


void
ep_steps_add(void *steps, const char *step, const char *text)
{
    add(&((ep_steps_t *) steps)->w, step, true, text);
}


static ep_rc_t
record(ep_call_t *call, const char *what, bool ok, ep_err_t *err)
{
    ep_rc_t rc = ep_call_write(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_audit(call->portal, "settings.test", ep_str(what),
                  ok ? EP_STR("{\"ok\":true}") : EP_STR("{\"ok\":false}"), err);
    return ep_call_written(call, rc, err);
}


ep_rc_t
ep_steps_end(ep_call_t *call, ep_steps_t *steps, const char *what, ep_rc_t rc,
             const char *failed, const ep_err_t *why, ep_err_t *err)
{
    ep_json_t *w = &steps->w;
    bool ok = rc == EP_OK;

    if (!ok && failed == NULL) {
        ep_buf_free(&steps->buf);
        return ep_err_set(err, rc, why->code, "%s", why->msg);
    }
    if (!ok) {
        add(w, failed, false, why->msg);
    }
    ep_json_close(w, ']');
    ep_json_bool(w, "ok", ok);
    ep_json_str(w, "failed", ep_str(failed));
    ep_json_str(w, "error", ok ? EP_STR_NULL : ep_str(why->code));
    ep_json_close(w, '}');
    ep_json_close(w, '}');
    rc = record(call, what, ok, err);
    if (rc != EP_OK) {
        ep_buf_free(&steps->buf);
        return rc;
    }
    return ep_answer_written(call, 200, w, err);
}
