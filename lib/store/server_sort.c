/*
 * One page of a selection in some order. In order of local ids the bits are
 * the order, that of host names is kept, everything else is cut out of a
 * window of keys. A cursor says behind which key the next page begins.
 */

#include "store/server_order.h"

#define ORDERED_FROM 2000    /* servers; the names of fewer are read */
#define TEXT_MAX EP_FACT_MAX /* of a term in a cursor */

const char *const ep_sort_names[EP_SORT_COUNT] = {
    "id",     "server_id",  "hostname", "ip",         "key",
    "feed",   "registered", "checkin",  "updated",    "uptime",
    "distro", "release",    "euname",   "patch_level"
};

const ep_sort_source_t ep_sort_sources[EP_SORT_COUNT] = {
    [EP_SORT_SERVER_ID] = { EP_BLOCK_LABEL, 0, EP_LABEL_SIZE, false },
    [EP_SORT_HOSTNAME] = { EP_BLOCK_NAME, 0, EP_NAME_SIZE, false },
    [EP_SORT_IP] = { EP_BLOCK_ADDR, 0, 17, false },
    [EP_SORT_KEY] = { EP_BLOCK_WHAT, EP_AT_KEY, 4, true },
    [EP_SORT_FEED] = { EP_BLOCK_WHAT, EP_AT_KEY, 4, true },
    [EP_SORT_REGISTERED] = { EP_BLOCK_DATES, 0, 5, false },
    [EP_SORT_CHECKIN] = { EP_BLOCK_WHEN, 0, 5, false },
    [EP_SORT_UPDATED] = { EP_BLOCK_DATES, 5, 5, false },
    [EP_SORT_UPTIME] = { EP_BLOCK_WHEN, 5, 5, false },
    [EP_SORT_DISTRO] = { EP_BLOCK_WHAT, EP_AT_PLATFORM, 4, true },
    [EP_SORT_RELEASE] = { EP_BLOCK_WHAT, EP_AT_KERNEL, 4, true },
    [EP_SORT_EUNAME] = { EP_BLOCK_WHAT, EP_AT_KERNEL, 4, true },
    [EP_SORT_LEVEL] = { EP_BLOCK_WHAT, EP_AT_LEVEL, 4, false }
};


bool
ep_sort_find(ep_str_t name, ep_sort_t *out)
{
    for (int i = 0; i < EP_SORT_COUNT; i++) {
        if (ep_str_eq(name, ep_str(ep_sort_names[i]))) {
            *out = (ep_sort_t) i;
            return true;
        }
    }
    return false;
}


static ep_rc_t
bad_cursor(ep_err_t *err)
{
    return ep_err_set(err, EP_EINVAL, "bad-cursor",
                      "the cursor is not one of this list, sort and "
                      "direction, or there is an offset beside it: begin "
                      "without a cursor");
}


static void
put4(uint8_t *p, uint32_t n)
{
    for (int i = 3; i >= 0; i--) {
        p[i] = (uint8_t) n;
        n >>= 8;
    }
}


static int64_t
get_bytes(const uint8_t *p, size_t n)
{
    uint64_t value = 0;

    for (size_t i = 0; i < n; i++) {
        value = value << 8 | p[i];
    }
    return (int64_t) value;
}


/* ---- cursors: in hex, sort, direction, id, and what it was sorted by ---- */

#define CURSOR_HEAD 10

typedef struct {
    uint8_t raw[CURSOR_HEAD + TEXT_MAX];
    int64_t id;
    ep_str_t value;
} cursor_t;


static void
write_cursor(const ep_page_t *page, int64_t id, ep_str_t value,
             char out[EP_CURSOR_MAX + 1])
{
    uint8_t raw[CURSOR_HEAD + TEXT_MAX];

    if (value.n > TEXT_MAX) {
        value.n = TEXT_MAX;
    }
    raw[0] = (uint8_t) page->sort;
    raw[1] = page->descending;
    put4(raw + 2, 0);
    put4(raw + 6, (uint32_t) id);
    if (value.n > 0) {
        memcpy(raw + CURSOR_HEAD, value.p, value.n);
    }
    ep_hex(raw, CURSOR_HEAD + value.n, out);
}


static ep_rc_t
read_cursor(const ep_page_t *page, cursor_t *out, ep_err_t *err)
{
    size_t n = page->cursor.n / 2;

    if (n < CURSOR_HEAD || n > sizeof(out->raw)
        || !ep_unhex(page->cursor, out->raw, n)
        || out->raw[0] != (uint8_t) page->sort
        || out->raw[1] != page->descending || page->offset != 0)
    {
        return bad_cursor(err);
    }
    out->id = get_bytes(out->raw + 2, 8);
    out->value = (ep_str_t){ (char *) out->raw + CURSOR_HEAD, n - CURSOR_HEAD };
    return out->id > 0 && out->id < EP_KEY_ID_END ? EP_OK : bad_cursor(err);
}


/* Only what is behind the cursor is wanted. The term that it was sorted by may
 * be gone: then its place is before the first server of the next one. */
static ep_rc_t
bind_cursor(ep_window_t *w, const ep_page_t *page, ep_err_t *err)
{
    uint8_t rank[4], key[EP_SORT_KEY_MAX];
    const uint8_t *value;
    cursor_t cursor;
    bool exact = true;
    ep_rc_t rc = read_cursor(page, &cursor, err);

    if (rc != EP_OK) {
        return rc;
    }
    value = (const uint8_t *) cursor.value.p;
    if (w->source->terms) {
        put4(rank, ep_rank_of_text(&w->ranks, cursor.value, &exact));
        value = rank;
    } else if (cursor.value.n != w->source->length) {
        return bad_cursor(err);
    }
    ep_key_make(w, value, exact ? cursor.id : 0, key);
    ep_window_bind(w, key);
    return EP_OK;
}


/* ---- pages ---- */

static void
take(const ep_window_t *w, const ep_page_t *page, ep_page_ids_t *out)
{
    uint8_t value[EP_RECORD_MAX];
    const uint8_t *last;

    for (size_t i = 0; i < w->n && out->n < (size_t) page->limit; i++) {
        out->ids[out->n++] = ep_key_id(w, w->keys + i * w->size);
    }
    if (out->n == w->n) {
        return;
    }
    last = w->keys + (out->n - 1) * w->size;
    ep_key_value(w, last, value);
    write_cursor(page, ep_key_id(w, last),
                 w->source->terms
                     ? ep_rank_text(&w->ranks, (uint32_t) get_bytes(value, 4))
                     : (ep_str_t){ (const char *) value, w->source->length },
                 out->next);
}


static ep_rc_t
sorted_page(ep_portal_t *portal, const ep_selection_t *s, ep_arena_t *arena,
            const ep_page_t *page, ep_page_ids_t *out, ep_err_t *err)
{
    ep_window_t w = { .portal = portal,
                      .s = s,
                      .arena = arena,
                      .source = &ep_sort_sources[page->sort],
                      .descending = page->descending };
    ep_rc_t rc = ep_window_init(&w, err);

    if (rc == EP_OK && w.source->terms) {
        w.ranks = (ep_ranks_t){ .portal = portal,
                                .arena = arena,
                                .sort = page->sort };
        rc = ep_ranks_make(&w.ranks, err);
    }
    if (rc == EP_OK && page->cursor.n > 0) {
        rc = bind_cursor(&w, page, err);
    }
    /* One more tells whether there is a next page. */
    if (rc == EP_OK) {
        rc = page->sort == EP_SORT_HOSTNAME && s->count > ORDERED_FROM
                 ? ep_order_find(&w, page->offset, page->limit + 1, err)
                 : ep_window_find(&w, page->offset, page->limit + 1, err);
    }
    if (rc == EP_OK) {
        take(&w, page, out);
    }
    return rc;
}


static int64_t
previous(const ep_selection_t *s, int64_t before)
{
    for (int64_t id = before - 1; id > 0; id--) {
        if (id % 64 == 63 && s->bits[id / 64] == 0) {
            id -= 63;
        } else if (ep_bit(s, id)) {
            return id;
        }
    }
    return 0;
}


/* Pass over whole words of the bits: at is where to go on then, and what is
 * left to skip is returned. */
static int64_t
skip_words(const ep_selection_t *s, bool down, int64_t skip, int64_t *at)
{
    int64_t words = s->size / 64 + 1;

    for (int64_t i = 0; i < words; i++) {
        int64_t word = down ? words - 1 - i : i;
        int64_t n = __builtin_popcountll(s->bits[word]);

        *at = down ? word * 64 + 64 : word * 64 - 1;
        if (n > skip) {
            break;
        }
        skip -= n;
    }
    return skip;
}


/* In order of local ids. */
static ep_rc_t
plain_page(const ep_selection_t *s, const ep_page_t *page, ep_page_ids_t *out,
           ep_err_t *err)
{
    bool down = page->descending;
    int64_t skip = page->offset;
    cursor_t cursor;
    int64_t at = 0, id;

    if (page->cursor.n > 0) {
        ep_rc_t rc = read_cursor(page, &cursor, err);

        if (rc != EP_OK) {
            return rc;
        }
        at = cursor.id < s->size ? cursor.id : s->size;
    } else {
        skip = skip_words(s, down, skip, &at);
    }
    id = down ? previous(s, at) : ep_bit_next(s, at);
    for (; id != 0 && skip > 0; skip--) {
        id = down ? previous(s, id) : ep_bit_next(s, id);
    }
    while (id != 0 && out->n < (size_t) page->limit) {
        out->ids[out->n++] = id;
        id = down ? previous(s, id) : ep_bit_next(s, id);
    }
    if (id != 0) {
        write_cursor(page, out->ids[out->n - 1], EP_STR_NULL, out->next);
    }
    return EP_OK;
}


ep_rc_t
ep_selection_page(ep_portal_t *portal, const ep_selection_t *selection,
                  const ep_page_t *page, ep_page_ids_t *out, ep_err_t *err)
{
    ep_arena_t *arena;
    ep_rc_t rc;

    if (page->limit < 1 || page->limit > EP_PAGE_MAX) {
        return ep_err_set(err, EP_EINVAL, "bad-limit",
                          "a page has 1 to %d servers", EP_PAGE_MAX);
    }
    if (page->offset < 0) {
        return ep_err_set(err, EP_EINVAL, "bad-offset",
                          "an offset is 0 or more");
    }
    out->n = 0;
    out->next[0] = '\0';
    if (page->offset >= selection->count && page->cursor.n == 0) {
        return EP_OK;
    }
    if (page->sort == EP_SORT_ID) {
        return plain_page(selection, page, out, err);
    }
    arena = ep_arena_new();
    if (arena == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while sorting servers");
    }
    rc = sorted_page(portal, selection, arena, page, out, err);
    ep_arena_free(arena);
    return rc;
}
