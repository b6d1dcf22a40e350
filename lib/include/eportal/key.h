/*
 * Registration keys: what a server shows to become known (KEY-1..25,
 * NEW-KEY-*). A key binds its servers to a feed and to products.
 */

#ifndef EPORTAL_KEY_H
#define EPORTAL_KEY_H

#include <eportal/portal.h>
#include <eportal/product.h>
#include <eportal/str.h>

#define EP_KEY_MAX 64    /* [A-Za-z0-9._-]{1,64} */
#define EP_NOTE_MAX 1024 /* bytes of UTF-8 */

typedef struct {
    int64_t id; /* local */
    char key[EP_KEY_MAX + 1];
    char feed[33]; /* name of its feed */
    char note[EP_NOTE_MAX + 1];
    bool has_note;         /* the API shows null otherwise */
    int64_t server_limit;  /* 0 = unlimited */
    unsigned products;     /* EP_PRODUCT_BIT mask, effective */
    bool default_products; /* nobody chose: products is the default */
    int64_t servers;       /* registered under it, kept count */
    int64_t created;       /* UTC, microseconds */
} ep_key_t;

enum {
    EP_KEY_SET_FEED = 1,
    EP_KEY_SET_NOTE = 2,
    EP_KEY_SET_LIMIT = 4,
    EP_KEY_SET_PRODUCTS = 8 /* default_products true: back to the default */
};

typedef ep_rc_t (*ep_key_fn)(const ep_key_t *key, void *ctx, ep_err_t *err);

/* EP_ENOTFOUND code "key-not-found". */
ep_rc_t ep_key_find(ep_portal_t *portal, ep_str_t key, ep_key_t *out,
                    ep_err_t *err);
/* Ordered by key. */
ep_rc_t ep_key_list(ep_portal_t *portal, ep_key_fn fn, void *ctx,
                    ep_err_t *err);
/*
 * Add a key. An empty key->key is replaced by 16 random letters and digits
 * (KEY-8); an empty feed means main, products 0 the default products. On
 * success *key is the row as stored. EP_EINVAL (name, limit, note, products),
 * EP_EEXISTS, EP_ENOTFOUND "feed-not-found".
 */
ep_rc_t ep_key_add(ep_portal_t *portal, ep_key_t *key, ep_err_t *err);
ep_rc_t ep_key_change(ep_portal_t *portal, ep_str_t key, unsigned set,
                      const ep_key_t *values, ep_err_t *err);
/* Deletes every server registered under it too (KEY-4); *servers (may be
 * NULL) gets how many. EP_ENOTFOUND. For a key with more than 500 servers
 * call ep_server_delete_by_key in transactions of its own before. */
ep_rc_t ep_key_delete(ep_portal_t *portal, ep_str_t key, int64_t *servers,
                      ep_err_t *err);

#endif
