/*
 * Servers in order of their host names: the table server_order, which the
 * triggers of sql/012 keep. Each of its rows, here leaves, has some servers
 * whose names lie between two others. Counting the selected ones of each leaf
 * leads to any place of the list; the names of only one or two leaves are
 * read to put their servers in order. Servers without a name come first and
 * are in no leaf.
 */

#include <stdlib.h>

#include "store/server_order.h"

#define ID_SIZE 5
#define MARK_EVERY 32 /* leaves */

static const char sql_leaves[] =
    "SELECT first, ids FROM server_order WHERE first >= ?1 ORDER BY first";
static const char sql_from[] =
    "SELECT first, ids FROM server_order WHERE first >="
    " (SELECT max(first) FROM server_order WHERE first <= ?1) ORDER BY first";

/* For the doctor. All that have a name are where they belong, and there are
 * no others; and everything again, in one piece. */
static const char sql_wrong[] =
    "SELECT NOT EXISTS (SELECT 1 FROM server_order WHERE first = x'')"
    " OR (SELECT count(*) FROM server_order_key)"
    "    <> (SELECT coalesce(sum(length(ids)), 0) / 5 FROM server_order)"
    " OR EXISTS (SELECT 1 FROM server_order_key k WHERE coalesce(instr("
    "    (SELECT ids FROM server_order WHERE first ="
    "      (SELECT max(first) FROM server_order WHERE first <= k.key)),"
    "    substr(k.key, 49)), 0) = 0)";
static const char sql_clear[] = "DELETE FROM server_order";
static const char sql_begin[] = "INSERT INTO server_order VALUES (x'', x'')";
static const char sql_fill[] =
    "INSERT INTO server_order SELECT iif(part = 0, x'', min(key)),"
    "  CAST(group_concat(substr(key, 49), '') AS BLOB)"
    " FROM (SELECT key, (row_number() OVER (ORDER BY key) - 1) / 140 AS part"
    "         FROM server_order_key) GROUP BY part"
    " ON CONFLICT DO UPDATE SET ids = excluded.ids";

/* A key of the table: the name and the id. */
typedef struct {
    uint8_t bytes[EP_NAME_SIZE + ID_SIZE];
    size_t n;
} mark_t;

typedef struct {
    ep_window_t *w;
    ep_selection_t *named;   /* selected, and in a leaf */
    ep_selection_t *unnamed; /* selected, and in none */
    uint32_t *counts;        /* of each leaf's named ones */
    size_t leaves;
    size_t cap;
    mark_t *marks; /* the first key of each leaf of MARK_EVERY */
} order_t;


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory",
                      "out of memory while sorting servers");
}


static int64_t
read_id(const uint8_t *p)
{
    uint32_t id = (uint32_t) (p[0] - 65) & 31;

    for (int i = 1; i < ID_SIZE; i++) {
        id = id << 6 | ((uint32_t) (p[i] - 1) & 63);
    }
    return id;
}


static void
write_id(int64_t id, uint8_t *out)
{
    out[0] = (uint8_t) (65 + (id >> 24 & 31));
    out[1] = (uint8_t) (1 + (id >> 18 & 63));
    out[2] = (uint8_t) (1 + (id >> 12 & 63));
    out[3] = (uint8_t) (1 + (id >> 6 & 63));
    out[4] = (uint8_t) (1 + (id & 63));
}


static void *
grow(ep_arena_t *arena, const void *old, size_t n, size_t size)
{
    void *p = ep_arena_alloc(arena, 2 * n * size);

    if (p != NULL) {
        memcpy(p, old, n * size);
    }
    return p;
}


static ep_rc_t
add_leaf(order_t *o, ep_str_t first, ep_str_t ids, ep_err_t *err)
{
    const uint8_t *p = (const uint8_t *) ids.p;
    const ep_selection_t *s = o->w->s;
    uint32_t count = 0;

    if (o->leaves == o->cap) {
        o->counts = grow(o->w->arena, o->counts, o->cap, sizeof(*o->counts));
        o->marks =
            grow(o->w->arena, o->marks, o->cap / MARK_EVERY, sizeof(*o->marks));
        o->cap *= 2;
        if (o->counts == NULL || o->marks == NULL) {
            return no_memory(err);
        }
    }
    if (o->leaves % MARK_EVERY == 0) {
        mark_t *mark = &o->marks[o->leaves / MARK_EVERY];

        mark->n = first.n < sizeof(mark->bytes) ? first.n : sizeof(mark->bytes);
        if (mark->n > 0) {
            memcpy(mark->bytes, first.p, mark->n);
        }
    }
    for (size_t i = 0; i + ID_SIZE <= ids.n; i += ID_SIZE) {
        int64_t id = read_id(p + i);

        if (id < s->size && ep_bit(s, id) && !ep_bit(o->named, id)) {
            ep_bit_set(o->named, id);
            count++;
        }
    }
    o->named->count += count;
    o->counts[o->leaves++] = count;
    return EP_OK;
}


/* Count all leaves; what is selected and in none of them has no name. */
static ep_rc_t
count_leaves(order_t *o, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp)
    ep_stmt_t *q = ep_stmt(o->w->portal, sql_leaves);
    const ep_selection_t *s = o->w->s;
    ep_rc_t rc;

    ep_bind_blob(q, 1, "", 0);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        rc = add_leaf(o, ep_col_blob(q, 0), ep_col_blob(q, 1), err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    if (rc != EP_ENOTFOUND) {
        return rc;
    }
    for (int64_t i = 0; i <= s->size / 64; i++) {
        o->unnamed->bits[i] = s->bits[i] & ~o->named->bits[i];
    }
    o->unnamed->count = s->count - o->named->count;
    return EP_OK;
}


static ep_rc_t
order_new(order_t *o, ep_window_t *w, ep_err_t *err)
{
    *o = (order_t){ .w = w, .cap = 512 * MARK_EVERY };
    o->named = ep_selection_new(w->arena, w->s->size);
    o->unnamed = ep_selection_new(w->arena, w->s->size);
    o->counts = ep_arena_alloc(w->arena, o->cap * sizeof(*o->counts));
    o->marks =
        ep_arena_alloc(w->arena, o->cap / MARK_EVERY * sizeof(*o->marks));
    if (o->named == NULL || o->unnamed == NULL || o->counts == NULL
        || o->marks == NULL)
    {
        return no_memory(err);
    }
    return count_leaves(o, err);
}


/* ---- keys of some servers ---- */

static void
add_key(ep_window_t *w, const uint8_t *name, int64_t id)
{
    if (w->n < w->cap) {
        ep_key_make(w, name, id, w->keys + w->n++ * w->size);
    }
}


typedef struct {
    ep_window_t *w;
    const ep_selection_t *some;
} names_t;


static void
each_name(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    names_t *names = ctx;
    int64_t id = first > 0 ? first - 1 : 0;

    while ((id = ep_bit_next(names->some, id)) != 0 && id < end) {
        add_key(names->w, data + (id - first) * EP_NAME_SIZE, id);
    }
}


static int
compare_keys(const void *a, const void *b)
{
    return memcmp(a, b, EP_NAME_SIZE + 4);
}


/* The named servers of the leaves from one to below another, in order, as
 * keys of the window. */
static ep_rc_t
read_leaves(order_t *o, size_t from, size_t to, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp)
    ep_stmt_t *q = ep_stmt(o->w->portal, sql_leaves);
    const mark_t *mark = &o->marks[from / MARK_EVERY];
    ep_selection_t *some = ep_selection_new(o->w->arena, o->w->s->size);
    names_t names = { o->w, some };
    ep_rc_t rc = some != NULL ? EP_OK : no_memory(err);

    ep_bind_blob(q, 1, mark->bytes, mark->n);
    for (size_t i = from / MARK_EVERY * MARK_EVERY; rc == EP_OK && i < to; i++)
    {
        ep_str_t ids;

        rc = ep_stmt_row(q, err);
        if (rc != EP_OK || i < from || o->counts[i] == 0) {
            continue;
        }
        ids = ep_col_blob(q, 1);
        for (size_t k = 0; k + ID_SIZE <= ids.n; k += ID_SIZE) {
            int64_t id = read_id((const uint8_t *) ids.p + k);

            if (id < some->size && ep_bit(o->named, id)) {
                ep_bit_set(some, id);
            }
        }
    }
    o->w->n = 0;
    if (rc == EP_OK) {
        rc = ep_block_each(o->w->portal, EP_BLOCK_NAME, some, each_name, &names,
                           err);
    }
    qsort(o->w->keys, o->w->n, o->w->size, compare_keys);
    return rc;
}


/* ---- places ---- */

/* How many selected servers without a name come before an id. */
static int64_t
unnamed_before(const order_t *o, int64_t id)
{
    int64_t count = 0;

    for (int64_t i = 0; (i = ep_bit_next(o->unnamed, i)) != 0 && i < id;) {
        count++;
    }
    return count;
}


/* How many leaves begin with this key or one before it. */
static ep_rc_t
leaves_until(order_t *o, const uint8_t *key, size_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(o->w->portal, sql_leaves);
    uint8_t mark[EP_NAME_SIZE + ID_SIZE];
    ep_rc_t rc;

    memcpy(mark, key, EP_NAME_SIZE);
    write_id(ep_key_id(o->w, key), mark + EP_NAME_SIZE);
    ep_bind_blob(q, 1, "", 0);
    *out = 0;
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_str_t first = ep_col_blob(q, 0);
        size_t n = first.n < sizeof(mark) ? first.n : sizeof(mark);

        if (n > 0 && memcmp(first.p, mark, n) > 0) {
            return EP_OK;
        }
        ++*out;
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


/* How many selected servers have a key of the window below this one. */
static ep_rc_t
place_of(order_t *o, const uint8_t *key, int64_t *out, ep_err_t *err)
{
    const ep_window_t *w = o->w;
    size_t leaves;
    ep_rc_t rc;

    if (key[0] == '\0') {
        *out = unnamed_before(o, ep_key_id(w, key));
        return EP_OK;
    }
    rc = leaves_until(o, key, &leaves, err);
    if (rc != EP_OK || leaves == 0) {
        return rc;
    }
    *out = o->unnamed->count;
    for (size_t i = 0; i + 1 < leaves; i++) {
        *out += o->counts[i];
    }
    rc = read_leaves(o, leaves - 1, leaves, err);
    for (size_t i = 0; rc == EP_OK && i < w->n; i++) {
        *out += memcmp(w->keys + i * w->size, key, w->size) < 0;
    }
    return rc;
}


/* From place from to below to, counted among all that are selected, in
 * ascending order, into the window's keys. */
static ep_rc_t
read_places(order_t *o, int64_t from, int64_t to, ep_err_t *err)
{
    static const uint8_t no_name[EP_NAME_SIZE];
    ep_window_t *w = o->w;
    int64_t at = o->unnamed->count, id = 0, skip;
    size_t leaf = 0, last;
    ep_rc_t rc = EP_OK;

    w->n = 0;
    if (to > at) {
        while (leaf < o->leaves && at + o->counts[leaf] <= from) {
            at += o->counts[leaf++];
        }
        skip = from > at ? from - at : 0;
        for (last = leaf; last < o->leaves && at < to; last++) {
            at += o->counts[last];
        }
        rc = read_leaves(o, leaf, last, err);
        if (skip > (int64_t) w->n) {
            skip = (int64_t) w->n;
        }
        w->n -= (size_t) skip;
        memmove(w->keys, w->keys + (size_t) skip * w->size, w->n * w->size);
    }
    /* Those without a name go before them. */
    if (from < o->unnamed->count) {
        int64_t end = to < o->unnamed->count ? to : o->unnamed->count;
        size_t more = (size_t) (end - from), n = w->n;

        if (n > w->cap - more) {
            n = w->cap - more;
        }
        memmove(w->keys + more * w->size, w->keys, n * w->size);
        for (int64_t i = 0; i < end && (id = ep_bit_next(o->unnamed, id)) != 0;
             i++) {
            if (i >= from) {
                ep_key_make(w, no_name, id,
                            w->keys + (size_t) (i - from) * w->size);
            }
        }
        w->n = n + more;
    }
    if ((int64_t) w->n > to - from) {
        w->n = (size_t) (to - from);
    }
    return rc;
}


static void
reverse(ep_window_t *w)
{
    uint8_t key[EP_SORT_KEY_MAX];

    for (size_t i = 0; i < w->n / 2; i++) {
        uint8_t *a = w->keys + i * w->size;
        uint8_t *b = w->keys + (w->n - 1 - i) * w->size;

        memcpy(key, a, w->size);
        memcpy(a, b, w->size);
        memcpy(b, key, w->size);
    }
}


/* How many selected servers come before those behind the cursor, or, going
 * down, before the cursor's own. */
static ep_rc_t
place_of_bound(order_t *o, int64_t *out, ep_err_t *err)
{
    const ep_window_t *w = o->w;
    uint8_t key[EP_SORT_KEY_MAX];

    if (!w->descending) {
        return place_of(o, w->first, out, err);
    }
    ep_key_make(w, w->last, ep_key_id(w, w->last) + 1, key);
    return place_of(o, key, out, err);
}


ep_rc_t
ep_order_find(ep_window_t *w, int64_t skip, int64_t count, ep_err_t *err)
{
    int64_t all = w->s->count, place = 0, from, to;
    order_t o;
    ep_rc_t rc = order_new(&o, w, err);

    if (rc == EP_OK && w->bounded) {
        rc = place_of_bound(&o, &place, err);
    } else {
        place = w->descending ? all - skip : skip;
    }
    if (rc != EP_OK) {
        return rc;
    }
    from = w->descending ? place - count : place;
    to = w->descending ? place : place + count;
    from = from > 0 ? from : 0;
    to = to < all ? to : all;
    w->n = 0;
    rc = from < to ? read_places(&o, from, to, err) : EP_OK;
    if (w->descending) {
        reverse(w);
    }
    return rc;
}


/* ---- beginnings of names ---- */

ep_rc_t
ep_order_prefix(ep_portal_t *portal, ep_str_t text, ep_selection_t *sure,
                ep_selection_t *maybe, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_from);
    uint8_t ids[1024];
    bool begins = false;
    size_t n = 0;
    ep_rc_t rc;

    ep_bind_blob(q, 1, text.p, text.n);
    do {
        ep_str_t first = EP_STR_NULL, data;
        ep_selection_t *s;
        int order = 1;

        rc = ep_stmt_row(q, err);
        if (rc != EP_OK && rc != EP_ENOTFOUND) {
            return rc;
        }
        if (rc == EP_OK) {
            first = ep_col_blob(q, 0);
            order = first.n < text.n ? -1 : memcmp(first.p, text.p, text.n);
        }
        /* What was read before is below this. */
        s = begins && order == 0 ? sure : maybe;
        for (size_t i = 0; i + ID_SIZE <= n; i += ID_SIZE) {
            int64_t id = read_id(ids + i);

            if (id < s->size) {
                ep_bit_set(s, id);
            }
        }
        if (order > 0) {
            return EP_OK;
        }
        begins = order == 0;
        data = ep_col_blob(q, 1);
        if (data.n > sizeof(ids)) {
            return ep_err_set(err, EP_EDB, "wrong-blocks",
                              "a row of server_order is too long; run "
                              "`kc.eportal doctor --storage --repair`");
        }
        n = data.n;
        if (n > 0) {
            memcpy(ids, data.p, n);
        }
    } while (rc == EP_OK);
    return EP_OK;
}


/* ---- the doctor's ---- */

ep_rc_t
ep_order_check(ep_portal_t *portal, bool *wrong, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_wrong);
    ep_rc_t rc = ep_stmt_row(q, err);

    if (rc == EP_OK) {
        *wrong = ep_col_int(q, 0) != 0;
    }
    return rc;
}


static ep_rc_t
run(ep_portal_t *portal, const char *sql, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql);

    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_order_rebuild(ep_portal_t *portal, ep_err_t *err)
{
    ep_rc_t rc = run(portal, sql_clear, err);

    if (rc == EP_OK) {
        rc = run(portal, sql_begin, err);
    }
    return rc == EP_OK ? run(portal, sql_fill, err) : rc;
}
