/* Lists of patchsets, one of them, and what feeds may have of them
 * (NEW-API-11, 12, PS-1..6, MAN-1..5, NEW-PS-1..9, protocol.md 1.9). */

#include <eportal/feed.h>
#include <eportal/patchset.h>
#include <eportal/waiting.h>

#include "http/private.h"
#include "http/product.h"

#define LIST_MAX ((size_t) 32 * 1024 * 1024)
#define KERNELS_MAX 1000


/* ---- the vendor's list ---- */

typedef struct {
    ep_call_t *call;
    ep_json_t w;
} list_t;


/* One of the four words that automation knows: what is blocked upstream has
 * been disabled here. */
static const char *
api_status(const ep_patchset_t *p)
{
    return p->upstream == EP_UPSTREAM_BLOCKED
               ? ep_state_names[EP_STATE_DISABLED]
               : ep_state_names[p->state];
}


static ep_rc_t
add_patchset(const ep_patchset_t *p, void *ctx, ep_err_t *err)
{
    list_t *list = ctx;
    ep_json_t *w = &list->w;

    (void) err;
    if (!ep_distros_fit(list->call->params, p->distros)) {
        return EP_OK;
    }
    ep_json_open(w, NULL, '{');
    ep_json_str(w, "patchset", p->name);
    ep_json_str(w, "status", ep_str(api_status(p)));
    ep_write_distros(w, p->distros);
    ep_json_close(w, '}');
    return EP_OK;
}


ep_rc_t
ep_api_patchsets(ep_call_t *call, ep_err_t *err)
{
    ep_buf_t buf;
    list_t list = { .call = call, .w = { .buf = &buf } };
    ep_product_t product = EP_PRODUCT_KERNEL;
    ep_str_t feed;
    ep_rc_t rc = ep_call_params(call, err);

    if (rc == EP_OK) {
        rc = ep_read_product(call->params, &product, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    feed = ep_params_get(call->params, "feed");
    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&list.w, NULL, '{');
    ep_json_open(&list.w, "result", '[');
    rc = ep_patchset_list(call->portal, product,
                          feed.n > 0 ? feed : EP_STR(EP_FEED_MAIN),
                          add_patchset, &list, err);
    ep_json_close(&list.w, ']');
    ep_json_close(&list.w, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(call, 200, &list.w, err);
}


/* ---- one patchset ---- */

static ep_rc_t
add_cve(ep_str_t cve, bool fresh, void *ctx, ep_err_t *err)
{
    ep_json_t *w = ctx;

    (void) err;
    ep_json_open(w, NULL, '{');
    ep_json_str(w, "cve", cve);
    ep_json_bool(w, "new", fresh);
    ep_json_close(w, '}');
    return EP_OK;
}


static ep_rc_t
add_kernel(ep_str_t uname, ep_str_t distro, int64_t objects, void *ctx,
           ep_err_t *err)
{
    ep_json_t *w = ctx;

    (void) err;
    ep_json_open(w, NULL, '{');
    ep_json_str(w, "euname", uname);
    ep_json_str(w, "distro", distro);
    ep_json_int(w, "kernels", objects);
    ep_json_close(w, '}');
    return EP_OK;
}


static void
write_detail(ep_json_t *w, const ep_patchset_detail_t *d)
{
    ep_json_str(w, "patchset", ep_str(d->name));
    ep_json_str(w, "product", ep_str(ep_product_info(d->product)->api));
    ep_write_distros(w, d->distros);
    ep_json_time(w, "appeared", d->appeared);
    ep_json_time(w, "released", d->released);
    ep_json_bool(w, "downloaded", d->id != 0);
    ep_json_str(w, "archive", d->archive[0] ? ep_str(d->archive) : EP_STR_NULL);
    ep_json_str(w, "sha256", d->sha256[0] ? ep_str(d->sha256) : EP_STR_NULL);
    if (d->size >= 0) {
        ep_json_int(w, "size", d->size);
    } else {
        ep_json_null(w, "size");
    }
    ep_json_int(w, "objects", d->objects);
    ep_json_str(w, "upstream",
                d->upstream != EP_UPSTREAM_NONE
                    ? ep_str(ep_upstream_names[d->upstream])
                    : EP_STR_NULL);
    ep_json_str(w, "changelog", d->changelog);
}


ep_rc_t
ep_api_patchset(ep_call_t *call, ep_err_t *err)
{
    ep_str_t name = call->captures[EP_CAP_NAME];
    ep_patchset_detail_t detail;
    ep_patchset_name_t parsed;
    ep_product_t product;
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    ep_rc_t rc = ep_call_params(call, err);

    if (rc == EP_OK) {
        rc = ep_patchset_parse(name, &parsed, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    product = parsed.product;
    rc = ep_read_product(call->params, &product, err);
    if (rc == EP_OK) {
        rc = ep_patchset_detail(call->portal, product, name, call->arena,
                                &detail, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '{');
    write_detail(&w, &detail);
    ep_json_open(&w, "cves", '[');
    rc = ep_patchset_cves(call->portal, detail.id, add_cve, &w, err);
    ep_json_close(&w, ']');
    ep_json_open(&w, "kernels", '[');
    if (rc == EP_OK) {
        rc = ep_patchset_kernels(call->portal, detail.id, KERNELS_MAX,
                                 add_kernel, &w, err);
    }
    ep_json_close(&w, ']');
    ep_json_close(&w, '}');
    ep_json_close(&w, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(call, 200, &w, err);
}


/* ---- states ---- */

/* In every feed that was named, or in none: one transaction. */
static ep_rc_t
manage(ep_call_t *call, ep_product_t product, ep_action_t action, ep_err_t *err)
{
    ep_str_t name = ep_params_get(call->params, "patchset"), feed;
    size_t at = 0, feeds = 0;
    ep_rc_t rc = EP_OK;

    while (rc == EP_OK && ep_params_next(call->params, "feed", &at, &feed)) {
        rc = ep_patchset_order(call->portal, product, name, feed, action, NULL,
                               err);
        feeds++;
    }
    if (rc == EP_OK && feeds == 0) {
        rc = ep_patchset_order(call->portal, product, name,
                               EP_STR(EP_FEED_MAIN), action, NULL, err);
    }
    return rc;
}


ep_rc_t
ep_api_manage(ep_call_t *call, ep_err_t *err)
{
    ep_product_t product;
    ep_action_t action;
    ep_patchset_name_t parsed;
    ep_rc_t rc = ep_call_params(call, err);

    if (rc == EP_OK) {
        rc = ep_patchset_parse(ep_params_get(call->params, "patchset"), &parsed,
                               err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (!ep_action_find(ep_params_get(call->params, "action"), &action)) {
        return ep_err_set(err, EP_EINVAL, "bad-action",
                          "action is enable, disable, enable-upto or "
                          "undeploy-downto");
    }
    product = parsed.product;
    rc = ep_read_product(call->params, &product, err);
    if (rc == EP_OK) {
        rc = ep_call_write(call, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_call_written(call, manage(call, product, action, err), err);
    return rc == EP_OK ? ep_answer_ok(call) : rc;
}
