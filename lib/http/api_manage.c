/* What feeds may have of patchsets (NEW-API-12, MAN-1..5, NEW-PS-7, 8). */

#include <eportal/feed.h>
#include <eportal/patchset.h>
#include <eportal/waiting.h>

#include "http/private.h"
#include "http/product.h"

#define PREVIEW_MAX ((size_t) 32 * 1024 * 1024)

typedef struct {
    ep_call_t *call;
    ep_product_t product;
    ep_action_t action;
    bool dry_run;
    ep_json_t w; /* of what would be changed */
} manage_t;


static ep_rc_t
add_change(const ep_change_t *change, void *ctx, ep_err_t *err)
{
    ep_json_t *w = ctx;

    (void) err;
    ep_json_open(w, NULL, '{');
    ep_json_str(w, "feed", change->feed);
    ep_json_str(w, "patchset", change->patchset);
    ep_json_str(w, "from", ep_str(ep_state_names[change->from]));
    ep_json_str(w, "to", ep_str(ep_state_names[change->to]));
    ep_json_bool(w, "waits", change->waits);
    ep_json_close(w, '}');
    return EP_OK;
}


static ep_rc_t
manage_feed(manage_t *m, ep_str_t feed, ep_err_t *err)
{
    ep_call_t *call = m->call;
    ep_str_t name = ep_params_get(call->params, "patchset");

    return m->dry_run ? ep_patchset_preview(call->portal, m->product, name,
                                            feed, m->action, call->arena,
                                            add_change, &m->w, err)
                      : ep_patchset_order(call->portal, m->product, name, feed,
                                          m->action, NULL, err);
}


/* In every feed that was named, or in none: one transaction. */
static ep_rc_t
manage(manage_t *m, ep_err_t *err)
{
    ep_str_t feed;
    size_t at = 0, feeds = 0;
    ep_rc_t rc = EP_OK;

    while (rc == EP_OK && ep_params_next(m->call->params, "feed", &at, &feed)) {
        rc = manage_feed(m, feed, err);
        feeds++;
    }
    return rc == EP_OK && feeds == 0 ? manage_feed(m, EP_STR(EP_FEED_MAIN), err)
                                     : rc;
}


/* Everything is done, told and taken back. */
static ep_rc_t
answer_preview(manage_t *m, ep_err_t *err)
{
    ep_buf_t buf;
    ep_rc_t rc = ep_portal_write_begin(m->call->portal, false, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&buf, PREVIEW_MAX);
    m->w.buf = &buf;
    ep_json_open(&m->w, NULL, '{');
    ep_json_str(&m->w, "result", EP_STR("ok"));
    ep_json_open(&m->w, "changes", '[');
    rc = manage(m, err);
    ep_portal_write_rollback(m->call->portal);
    ep_json_close(&m->w, ']');
    ep_json_close(&m->w, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(m->call, 200, &m->w, err);
}


static ep_rc_t
read_manage(ep_call_t *call, manage_t *m, ep_err_t *err)
{
    ep_patchset_name_t parsed;
    ep_rc_t rc = ep_call_dry_run(call, &m->dry_run, err);

    if (rc == EP_OK) {
        rc = ep_patchset_parse(ep_params_get(call->params, "patchset"), &parsed,
                               err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (!ep_action_find(ep_params_get(call->params, "action"), &m->action)) {
        return ep_err_set(err, EP_EINVAL, "bad-action",
                          "action is enable, disable, enable-upto or "
                          "undeploy-downto");
    }
    m->product = parsed.product;
    return ep_read_product(call->params, &m->product, err);
}


ep_rc_t
ep_api_manage(ep_call_t *call, ep_err_t *err)
{
    manage_t m = { .call = call };
    ep_rc_t rc = read_manage(call, &m, err);

    if (rc != EP_OK || m.dry_run) {
        return rc != EP_OK ? rc : answer_preview(&m, err);
    }
    rc = ep_call_write(call, err);
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_call_written(call, manage(&m, err), err);
    return rc == EP_OK ? ep_answer_ok(call) : rc;
}
