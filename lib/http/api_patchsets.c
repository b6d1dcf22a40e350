/* Lists of patchsets, and one of them (NEW-API-11, PS-1..6, NEW-PS-1..9,
 * protocol.md 1.9). */

#include <eportal/feed.h>
#include <eportal/patchset.h>

#include "http/private.h"
#include "http/product.h"

#define LIST_MAX ((size_t) 32 * 1024 * 1024)
#define KERNELS_MAX 1000
#define NEWEST_USUAL 10
#define NEWEST_MAX 100


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


/* ---- the newest ---- */

static ep_rc_t
add_name(ep_str_t name, void *ctx, ep_err_t *err)
{
    (void) err;
    ep_json_str(ctx, NULL, name);
    return EP_OK;
}


static void
write_upstream(ep_json_t *w, ep_upstream_t upstream)
{
    ep_json_str(w, "upstream",
                upstream != EP_UPSTREAM_NONE
                    ? ep_str(ep_upstream_names[upstream])
                    : EP_STR_NULL);
}


static ep_rc_t
add_newest(const ep_patchset_t *p, int64_t released, void *ctx, ep_err_t *err)
{
    list_t *list = ctx;
    ep_json_t *w = &list->w;
    ep_rc_t rc;

    ep_json_open(w, NULL, '{');
    ep_json_str(w, "patchset", p->name);
    ep_json_str(w, "product", ep_str(ep_product_info(p->product)->api));
    ep_write_distros(w, p->distros);
    ep_json_time(w, "appeared", p->appeared);
    ep_json_time(w, "released", released);
    ep_json_bool(w, "downloaded", p->id != 0);
    ep_json_int(w, "objects", p->objects);
    ep_json_int(w, "cves", p->cves);
    write_upstream(w, p->upstream);
    ep_json_open(w, "enabled", '[');
    rc = ep_patchset_enabled_in(list->call->portal, p->id, add_name, w, err);
    ep_json_close(w, ']');
    ep_json_close(w, '}');
    return rc;
}


ep_rc_t
ep_api_newest(ep_call_t *call, ep_err_t *err)
{
    ep_buf_t buf;
    list_t list = { .call = call, .w = { .buf = &buf } };
    ep_product_t product = EP_PRODUCT_COUNT;
    int64_t limit = NEWEST_USUAL;
    ep_rc_t rc = ep_call_params(call, err);

    if (rc == EP_OK) {
        rc = ep_read_product(call->params, &product, err);
    }
    if (rc == EP_OK) {
        rc = ep_params_int(call->params, "limit", 1, NEWEST_MAX, &limit, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&list.w, NULL, '{');
    ep_json_open(&list.w, "result", '[');
    rc = ep_patchset_newest(call->portal, product, limit, add_newest, &list,
                            err);
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
    write_upstream(w, d->upstream);
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
