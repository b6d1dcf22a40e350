/* Keys over HTTP (NEW-API-8..10, KEY-1..15, NEW-KEY-1, protocol.md 1.9). */

#include <eportal/key.h>
#include <eportal/remove_key.h>

#include "http/private.h"

#define LIST_MAX ((size_t) 32 * 1024 * 1024)


static void
write_products(ep_json_t *w, const ep_key_t *key)
{
    ep_json_open(w, "products", '[');
    for (int i = 0; i < EP_PRODUCT_COUNT; i++) {
        if (key->products & EP_PRODUCT_BIT(i)) {
            ep_json_str(w, NULL, ep_str(ep_product_info(i)->key_name));
        }
    }
    ep_json_close(w, ']');
    ep_json_bool(w, "default_products", key->default_products);
}


static void
write_key(ep_json_t *w, const char *name, const ep_key_t *key)
{
    ep_json_open(w, name, '{');
    ep_json_str(w, "key", ep_str(key->key));
    ep_json_str(w, "feed", ep_str(key->feed));
    ep_json_str(w, "note", key->has_note ? ep_str(key->note) : EP_STR_NULL);
    ep_json_int(w, "server_limit", key->server_limit);
    ep_json_int(w, "servers", key->servers);
    write_products(w, key);
    ep_json_time(w, "created", key->created);
    ep_json_close(w, '}');
}


static ep_rc_t
add_key(const ep_key_t *key, void *ctx, ep_err_t *err)
{
    (void) err;
    write_key(ctx, NULL, key);
    return EP_OK;
}


ep_rc_t
ep_api_keys(ep_call_t *call, ep_err_t *err)
{
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    ep_rc_t rc;

    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '[');
    rc = ep_key_list(call->portal, add_key, &w, err);
    ep_json_close(&w, ']');
    ep_json_close(&w, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(call, 200, &w, err);
}


/* Products may repeat; "default" is what nobody chose (NEW-KEY-2). */
static ep_rc_t
read_products(ep_call_t *call, ep_key_t *key, unsigned *set, ep_err_t *err)
{
    size_t at = 0;
    ep_str_t name;
    ep_product_t product;

    while (ep_params_next(call->params, "product", &at, &name)) {
        *set |= EP_KEY_SET_PRODUCTS;
        if (ep_str_eq(name, EP_STR("default"))) {
            key->default_products = true;
        } else if (ep_product_find(name, &product)) {
            key->products |= EP_PRODUCT_BIT(product);
        } else {
            return ep_err_set(err, EP_EINVAL, "bad-product",
                              "product is kernel, libcare, qemu, db, "
                              "tuxcare-esu or default");
        }
    }
    return EP_OK;
}


static ep_rc_t
read_key(ep_call_t *call, ep_key_t *key, unsigned *set, ep_err_t *err)
{
    const ep_params_t *params = call->params;
    ep_str_t feed = ep_params_get(params, "feed");
    ep_str_t note = ep_params_get(params, "note");
    ep_rc_t rc;

    if (!ep_str_copy(ep_params_get(params, "key"), key->key, sizeof(key->key)))
    {
        return ep_err_set(err, EP_EINVAL, "bad-key",
                          "key: at most %d letters, digits, dots, dashes and "
                          "underscores; empty makes one",
                          EP_KEY_MAX);
    }
    if (!ep_str_copy(feed, key->feed, sizeof(key->feed))) {
        return ep_err_set(err, EP_ENOTFOUND, "feed-not-found",
                          "there is no such feed");
    }
    if (!ep_str_copy(note, key->note, sizeof(key->note))) {
        return ep_err_set(err, EP_EINVAL, "bad-note",
                          "note: at most %d bytes of text", EP_NOTE_MAX);
    }
    key->has_note = note.n > 0;
    *set =
        (feed.n > 0 ? EP_KEY_SET_FEED : 0)
        | (note.p != NULL ? EP_KEY_SET_NOTE : 0)
        | (ep_params_get(params, "server_limit").n > 0 ? EP_KEY_SET_LIMIT : 0);
    rc = ep_params_int(params, "server_limit", 0, INT64_MAX, &key->server_limit,
                       err);
    return rc == EP_OK ? read_products(call, key, set, err) : rc;
}


/* Make it, or change what was named (idempotent). *key becomes the row. */
static ep_rc_t
put_key(ep_portal_t *portal, ep_key_t *key, unsigned set, ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_key_t known;
    ep_str_t name = ep_str(key->key);
    ep_rc_t rc = EP_ENOTFOUND;

    if (name.n > 0) {
        rc = ep_key_find(portal, name, &known, &local);
    }
    if (rc == EP_ENOTFOUND) {
        return ep_key_add(portal, key, err);
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    rc = ep_key_change(portal, name, set, key, err);
    return rc == EP_OK ? ep_key_find(portal, ep_str(known.key), key, err) : rc;
}


ep_rc_t
ep_api_key_put(ep_call_t *call, ep_err_t *err)
{
    ep_key_t key = { .key = "" };
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    unsigned set = 0;
    ep_rc_t rc = ep_call_params(call, err);

    if (rc == EP_OK) {
        rc = read_key(call, &key, &set, err);
    }
    if (rc == EP_OK) {
        rc = ep_call_write(call, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_call_written(call, put_key(call->portal, &key, set, err), err);
    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&w, NULL, '{');
    write_key(&w, "result", &key);
    ep_json_close(&w, '}');
    return ep_answer_written(call, 200, &w, err);
}


/* The servers that would go with it. */
static ep_rc_t
preview_delete(ep_call_t *call, ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_key_t key = { .servers = 0 };
    ep_rc_t rc =
        ep_key_find(call->portal, call->captures[EP_CAP_KEY], &key, &local);
    ep_loss_t losses[] = { { "servers", key.servers }, { .name = NULL } };

    return rc == EP_OK || rc == EP_ENOTFOUND
               ? ep_answer_losses(call, rc == EP_OK, losses, err)
               : ep_err_set(err, rc, local.code, "%s", local.msg);
}


/* Never an error: who wants it gone has what he wants (NEW-API-10). */
ep_rc_t
ep_api_key_delete(ep_call_t *call, ep_err_t *err)
{
    ep_err_t local = { 0 };
    bool dry_run = false;
    ep_rc_t rc = ep_call_dry_run(call, &dry_run, err);

    if (rc != EP_OK || dry_run) {
        return rc != EP_OK ? rc : preview_delete(call, err);
    }
    rc = ep_key_remove(call->portal, call->captures[EP_CAP_KEY], NULL, &local);
    if (rc != EP_OK && rc != EP_ENOTFOUND) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    return ep_answer_count(call, rc == EP_OK, err);
}
