/* Registration keys: the tables key and key_count. See eportal/key.h. */

#include <eportal/audit.h>
#include <eportal/feed.h>
#include <eportal/key.h>

#include "base/pattern.h"
#include "base/time.h"
#include "store/db.h"
#include "store/key_private.h"
#include "store/recount.h"

#define KEY_RANDOM_LENGTH 16

#define SELECT_KEYS                                                            \
    "SELECT k.id, k.key, f.name, k.note, k.server_limit, k.products,"          \
    " c.servers, k.created FROM key k JOIN feed f ON f.id = k.feed_id"         \
    " JOIN key_count c ON c.key_id = k.id "

static const char sql_find[] = SELECT_KEYS "WHERE k.key = ?1";
static const char sql_list[] = SELECT_KEYS "ORDER BY k.key";
static const char sql_add[] =
    "INSERT INTO key (key, feed_id, note, server_limit, products, created)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
static const char sql_change[] =
    "UPDATE key SET feed_id = ?2, note = ?3, server_limit = ?4, products = ?5"
    " WHERE id = ?1";
static const char sql_change_feed[] =
    "UPDATE key SET feed_id = ?2 WHERE feed_id = ?1";
static const char sql_delete[] = "DELETE FROM key WHERE id = ?1";
static const char sql_next[] =
    "SELECT id, key FROM key WHERE id > ?1 ORDER BY id LIMIT 1";
static const char sql_recount[] =
    "SELECT (SELECT count(*) FROM server WHERE key_id = ?1),"
    " (SELECT servers FROM key_count WHERE key_id = ?1)";
static const char sql_correct[] =
    "INSERT INTO key_count (key_id, servers) VALUES (?1, ?2)"
    " ON CONFLICT DO UPDATE SET servers = servers + ?2";


static void
read_row(ep_stmt_t *q, ep_key_t *out)
{
    *out = (ep_key_t){ .id = ep_col_int(q, 0),
                       .has_note = !ep_col_null(q, 3),
                       .server_limit = ep_col_int(q, 4),
                       .products = EP_PRODUCTS_DEFAULT,
                       .default_products = ep_col_null(q, 5),
                       .servers = ep_col_int(q, 6),
                       .created = ep_col_int(q, 7) };
    if (!out->default_products) {
        out->products = (unsigned) ep_col_int(q, 5);
    }
    ep_str_copy(ep_col_str(q, 1), out->key, sizeof(out->key));
    ep_str_copy(ep_col_str(q, 2), out->feed, sizeof(out->feed));
    ep_str_copy(ep_col_str(q, 3), out->note, sizeof(out->note));
}


ep_rc_t
ep_key_find(ep_portal_t *portal, ep_str_t key, ep_key_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_find);
    ep_rc_t rc;

    ep_bind_str(q, 1, key);
    rc = ep_stmt_row(q, err);
    if (rc == EP_ENOTFOUND) {
        return ep_err_set(err, rc, "key-not-found", "there is no key \"%.*s\"",
                          EP_STR_ARG(key));
    }
    if (rc == EP_OK) {
        read_row(q, out);
    }
    return rc;
}


ep_rc_t
ep_key_list(ep_portal_t *portal, ep_key_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_list);
    ep_key_t key;
    ep_rc_t rc;

    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        read_row(q, &key);
        rc = fn(&key, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static ep_rc_t
check_name(ep_str_t key, ep_err_t *err)
{
    /* Not . and .. either: no URL can name them. */
    static ep_pattern_t pattern =
        EP_PATTERN("(?!\\.\\.?$)[A-Za-z0-9._-]{1,64}");

    if (!ep_pattern_match(&pattern, key, NULL, 0)) {
        return ep_err_set(err, EP_EINVAL, "bad-key",
                          "a key is 1 to %d letters, digits, dots, dashes "
                          "and underscores",
                          EP_KEY_MAX);
    }
    return EP_OK;
}


static ep_rc_t
check_values(const ep_key_t *key, ep_err_t *err)
{
    if (key->server_limit < 0) {
        return ep_err_set(err, EP_EINVAL, "bad-server-limit",
                          "a server limit is 0 (none) or more");
    }
    if (key->has_note && !ep_str_is_text(ep_str(key->note), true)) {
        return ep_err_set(err, EP_EINVAL, "bad-note",
                          "a note is UTF-8 text without control characters");
    }
    if (!key->default_products
        && (key->products == 0 || key->products >> EP_PRODUCT_COUNT != 0))
    {
        return ep_err_set(err, EP_EINVAL, "bad-products",
                          "a key is for at least one known product");
    }
    return EP_OK;
}


/* The values that an INSERT and an UPDATE share, as parameters 2 to 5. */
static void
bind_values(ep_stmt_t *q, const ep_key_t *key, int64_t feed_id)
{
    ep_bind_int(q, 2, feed_id);
    ep_bind_str(q, 3, key->has_note ? ep_str(key->note) : EP_STR_NULL);
    ep_bind_int(q, 4, key->server_limit);
    if (key->default_products) {
        ep_bind_null(q, 5);
    } else {
        ep_bind_int(q, 5, key->products);
    }
}


static ep_rc_t
insert(ep_portal_t *portal, const ep_key_t *key, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_feed_t feed;
    ep_rc_t rc = ep_feed_find(portal, ep_str(key->feed), &feed, err);

    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_add);
    ep_bind_str(q, 1, ep_str(key->key));
    bind_values(q, key, feed.id);
    ep_bind_int(q, 6, ep_portal_now(portal));
    rc = ep_stmt_run(q, NULL, err);
    if (rc == EP_EEXISTS) {
        ep_err_clear(err);
        return ep_err_set(err, rc, "key-exists",
                          "there is a key \"%s\" already", key->key);
    }
    return rc;
}


/* What was said of a key; set: which of it. */
static ep_rc_t
audit(ep_portal_t *portal, const char *action, unsigned set,
      const ep_key_t *row, ep_err_t *err)
{
    ep_audit_kind_t products =
        row->default_products ? EP_AUDIT_SKIP : EP_AUDIT_NUMBER;
    const ep_audit_value_t values[] = {
        { "feed", set & EP_KEY_SET_FEED ? EP_AUDIT_TEXT : EP_AUDIT_SKIP,
          ep_str(row->feed), 0 },
        { "note", set & EP_KEY_SET_NOTE ? EP_AUDIT_TEXT : EP_AUDIT_SKIP,
          ep_str(row->note), 0 },
        { "server_limit",
          set & EP_KEY_SET_LIMIT ? EP_AUDIT_NUMBER : EP_AUDIT_SKIP, EP_STR_NULL,
          row->server_limit },
        { "products", set & EP_KEY_SET_PRODUCTS ? products : EP_AUDIT_SKIP,
          EP_STR_NULL, row->products },
        { "default_products",
          set & EP_KEY_SET_PRODUCTS ? EP_AUDIT_TRUTH : EP_AUDIT_SKIP,
          EP_STR_NULL, row->default_products },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return ep_audit_values(portal, action, ep_str(row->key), values, err);
}


ep_rc_t
ep_key_add(ep_portal_t *portal, ep_key_t *key, ep_err_t *err)
{
    ep_key_t row = *key;
    ep_rc_t rc = EP_OK;

    if (row.key[0] == '\0') {
        rc = ep_random_name(row.key, KEY_RANDOM_LENGTH, err);
    }
    if (row.feed[0] == '\0') {
        ep_str_copy(EP_STR(EP_FEED_MAIN), row.feed, sizeof(row.feed));
    }
    if (row.products == 0) {
        row.default_products = true;
    }
    if (rc == EP_OK) {
        rc = check_name(ep_str(row.key), err);
    }
    if (rc == EP_OK) {
        rc = check_values(&row, err);
    }
    if (rc == EP_OK) {
        rc = insert(portal, &row, err);
    }
    if (rc == EP_OK) {
        rc = audit(portal, "key.add", ~0u, &row, err);
    }
    return rc == EP_OK ? ep_key_find(portal, ep_str(row.key), key, err) : rc;
}


ep_rc_t
ep_key_change(ep_portal_t *portal, ep_str_t key, unsigned set,
              const ep_key_t *values, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_feed_t feed;
    ep_key_t row;
    ep_rc_t rc = ep_key_find(portal, key, &row, err);

    if (rc != EP_OK) {
        return rc;
    }
    if (set & EP_KEY_SET_FEED) {
        memcpy(row.feed, values->feed, sizeof(row.feed));
    }
    if (set & EP_KEY_SET_NOTE) {
        memcpy(row.note, values->note, sizeof(row.note));
        row.has_note = values->has_note;
    }
    if (set & EP_KEY_SET_LIMIT) {
        row.server_limit = values->server_limit;
    }
    if (set & EP_KEY_SET_PRODUCTS) {
        row.products = values->products;
        row.default_products = values->default_products;
    }
    rc = check_values(&row, err);
    if (rc == EP_OK) {
        rc = ep_feed_find(portal, ep_str(row.feed), &feed, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_change);
    ep_bind_int(q, 1, row.id);
    bind_values(q, &row, feed.id);
    rc = ep_stmt_run(q, NULL, err);
    return rc == EP_OK ? audit(portal, "key.change", set, &row, err) : rc;
}


ep_rc_t
ep_key_change_feed(ep_portal_t *portal, int64_t from, int64_t to, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_change_feed);

    ep_bind_int(q, 1, from);
    ep_bind_int(q, 2, to);
    return ep_stmt_run(q, NULL, err);
}


static ep_rc_t
audit_delete(ep_portal_t *portal, const ep_key_t *row, int64_t servers,
             ep_err_t *err)
{
    const ep_audit_value_t values[] = {
        { "feed", EP_AUDIT_TEXT, ep_str(row->feed), 0 },
        { "servers", EP_AUDIT_NUMBER, EP_STR_NULL, servers },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return ep_audit_values(portal, "key.delete", ep_str(row->key), values, err);
}


ep_rc_t
ep_key_delete_rest(ep_portal_t *portal, ep_str_t key, int64_t gone,
                   int64_t *servers, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_key_t row;
    ep_rc_t rc = ep_key_find(portal, key, &row, err);

    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_delete);
    ep_bind_int(q, 1, row.id);
    rc = ep_stmt_run(q, NULL, err);
    if (rc == EP_OK) {
        rc = audit_delete(portal, &row, gone + row.servers, err);
    }
    if (rc == EP_OK && servers != NULL) {
        *servers = row.servers;
    }
    return rc;
}


ep_rc_t
ep_key_delete(ep_portal_t *portal, ep_str_t key, int64_t *servers,
              ep_err_t *err)
{
    return ep_key_delete_rest(portal, key, 0, servers, err);
}


ep_rc_t
ep_key_next(ep_portal_t *portal, int64_t after, ep_key_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_next);
    ep_rc_t rc;

    ep_bind_int(q, 1, after);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *out = (ep_key_t){ .id = ep_col_int(q, 0) };
        ep_str_copy(ep_col_str(q, 1), out->key, sizeof(out->key));
    }
    return rc;
}


ep_rc_t
ep_key_recount(ep_portal_t *portal, int64_t key_id, int64_t *off, bool *missing,
               ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_recount);
    ep_rc_t rc;

    ep_bind_int(q, 1, key_id);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *off = ep_col_int(q, 0) - ep_col_int(q, 1);
        *missing = ep_col_null(q, 1);
    }
    return rc;
}


ep_rc_t
ep_key_correct(ep_portal_t *portal, int64_t key_id, int64_t off, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_correct);

    ep_bind_int(q, 1, key_id);
    ep_bind_int(q, 2, off);
    return ep_stmt_run(q, NULL, err);
}
