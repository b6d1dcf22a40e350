/*
 * One page of a selection in some order. What a server is sorted by is a key
 * of bytes that compare as the servers shall: from its record, or the rank of
 * its term, then its local id, so that no two are equal. One pass over the
 * records keeps the best in a heap. Deep offsets are found before: passes
 * that count the keys by their next two bytes lead to the page.
 */

#include <stdio.h>
#include <stdlib.h>

#include "store/server_rank.h"

#define KEY_MAX 54           /* of a record, and the id, to an even number */
#define HEAP_MAX 4096        /* a deeper offset is counted down to first */
#define SAMPLED 16           /* one of so many, to know what is far behind */
#define SAMPLE_FROM 50000    /* servers */
#define TEXT_MAX EP_FACT_MAX /* of a term in a cursor */

const char *const ep_sort_names[EP_SORT_COUNT] = {
    "id",     "server_id",  "hostname", "ip",         "key",
    "feed",   "registered", "checkin",  "updated",    "uptime",
    "distro", "release",    "euname",   "patch_level"
};

/* Where the bytes are. terms: it is a code, and its term's field sorts. */
typedef struct {
    ep_block_t block;
    size_t at;
    size_t length;
    bool terms;
} source_t;

static const source_t sources[EP_SORT_COUNT] = {
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

typedef struct {
    ep_portal_t *portal;
    const ep_selection_t *s;
    const ep_page_t *page;
    ep_arena_t *arena;
    const source_t *source;
    size_t length; /* of a whole key, even */
    ep_ranks_t ranks;
    uint8_t bound[KEY_MAX]; /* only keys above, when there is a cursor */
    bool bounded;
    uint8_t prefix[KEY_MAX]; /* only keys that are not below */
    size_t prefix_length;
    uint32_t *counts; /* by the two bytes behind the prefix */
    uint8_t *heap;    /* the greatest first */
    size_t n;
    size_t cap;
    uint8_t far[EP_RECORD_MAX]; /* what is behind it cannot be in the heap */
    uint32_t far_rank;
    int64_t far_id;
    bool limited; /* there is such a thing */
} sort_t;


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
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory",
                      "out of memory while sorting servers");
}


static void
put4(uint8_t *p, uint32_t n)
{
    p[0] = (uint8_t) (n >> 24);
    p[1] = (uint8_t) (n >> 16);
    p[2] = (uint8_t) (n >> 8);
    p[3] = (uint8_t) n;
}


static uint32_t
get4(const uint8_t *p)
{
    return (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16 | (uint32_t) p[2] << 8
           | p[3];
}


/* ---- keys ---- */

static void
make_key(const sort_t *sort, const uint8_t *record, int64_t id, uint8_t *out)
{
    size_t n = sort->source->length;

    if (sort->source->terms) {
        put4(out,
             ep_rank_of(&sort->ranks, ep_digits4(record + sort->source->at)));
    } else {
        memcpy(out, record + sort->source->at, n);
    }
    put4(out + n, (uint32_t) id);
    if (n % 2 != 0) {
        out[n + 4] = 0;
    }
    if (sort->page->descending) {
        for (size_t i = 0; i < sort->length; i++) {
            out[i] = (uint8_t) ~out[i];
        }
    }
}


/* Back from a key to what it was made of. */
static int64_t
key_id(const sort_t *sort, const uint8_t *key)
{
    size_t n = sort->source->length;
    uint32_t id = get4(key + n);

    return sort->page->descending ? (int64_t) (uint32_t) ~id : (int64_t) id;
}


static bool
wanted(const sort_t *sort, const uint8_t *key)
{
    return (!sort->bounded || memcmp(key, sort->bound, sort->length) > 0)
           && (sort->prefix_length == 0
               || memcmp(key, sort->prefix, sort->prefix_length) >= 0);
}


/* ---- the heap ---- */

static void
swap(const sort_t *sort, size_t a, size_t b)
{
    uint8_t key[KEY_MAX];

    memcpy(key, sort->heap + a * sort->length, sort->length);
    memcpy(sort->heap + a * sort->length, sort->heap + b * sort->length,
           sort->length);
    memcpy(sort->heap + b * sort->length, key, sort->length);
}


static int
compare_at(const sort_t *sort, size_t a, size_t b)
{
    return memcmp(sort->heap + a * sort->length, sort->heap + b * sort->length,
                  sort->length);
}


static void
sift_down(const sort_t *sort, size_t n)
{
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= n) {
            return;
        }
        if (child + 1 < n && compare_at(sort, child + 1, child) > 0) {
            child++;
        }
        if (compare_at(sort, child, at) <= 0) {
            return;
        }
        swap(sort, at, child);
        at = child;
    }
}


/* Take over from a full heap what no further key may exceed. */
static void
set_limit(sort_t *sort)
{
    size_t n = sort->source->length;

    for (size_t i = 0; i < n; i++) {
        sort->far[i] =
            sort->page->descending ? (uint8_t) ~sort->heap[i] : sort->heap[i];
    }
    sort->far_rank = get4(sort->far);
    sort->far_id = key_id(sort, sort->heap);
    sort->limited = true;
}


static void
keep(sort_t *sort, const uint8_t *key)
{
    size_t at = sort->n;

    if (at == sort->cap) {
        if (memcmp(key, sort->heap, sort->length) < 0) {
            memcpy(sort->heap, key, sort->length);
            sift_down(sort, sort->n);
            set_limit(sort);
        }
        return;
    }
    memcpy(sort->heap + at * sort->length, key, sort->length);
    sort->n++;
    while (at > 0 && compare_at(sort, at, (at - 1) / 2) > 0) {
        swap(sort, at, (at - 1) / 2);
        at = (at - 1) / 2;
    }
    if (sort->n == sort->cap) {
        set_limit(sort);
    }
}


static void
order_heap(sort_t *sort)
{
    for (size_t n = sort->n; n > 1; n--) {
        swap(sort, 0, n - 1);
        sift_down(sort, n - 1);
    }
}


/* ---- passes ---- */

/* Most records end here: a look at what they are sorted by tells. */
static bool
is_far(const sort_t *sort, const uint8_t *record, int64_t id)
{
    const source_t *source = sort->source;
    int order;

    if (!sort->limited) {
        return false;
    }
    if (source->terms) {
        uint32_t rank =
            ep_rank_of(&sort->ranks, ep_digits4(record + source->at));

        order = (rank > sort->far_rank) - (rank < sort->far_rank);
    } else {
        order = (record[source->at] > sort->far[0])
                - (record[source->at] < sort->far[0]);
        if (order == 0) {
            order = memcmp(record + source->at, sort->far, source->length);
        }
    }
    if (order == 0) {
        order = (id > sort->far_id) - (id < sort->far_id);
    }
    return sort->page->descending ? order < 0 : order > 0;
}


static void
each_kept(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    sort_t *sort = ctx;
    size_t size = ep_block_forms[sort->source->block].size;
    uint8_t key[KEY_MAX];

    for (int64_t id = first; id < end && id < sort->s->size; id++) {
        const uint8_t *record = data + (size_t) (id - first) * size;

        if (ep_bit(sort->s, id) && !is_far(sort, record, id)) {
            make_key(sort, record, id, key);
            if (wanted(sort, key)) {
                keep(sort, key);
            }
        }
    }
}


/* When the servers come in the opposite order, each is better than those
 * before and the heap would be turned over again and again: some of them from
 * everywhere say first what is not worth a look. */
static ep_rc_t
sample(sort_t *sort, ep_err_t *err)
{
    const ep_selection_t *all = sort->s;
    ep_selection_t *some = ep_selection_new(sort->arena, all->size);
    ep_rc_t rc;

    if (some == NULL) {
        return no_memory(err);
    }
    for (int64_t i = 0; i <= all->size / 64; i++) {
        some->bits[i] = i / 64 % SAMPLED == 0 ? all->bits[i] : 0;
    }
    sort->s = some;
    rc = ep_block_each(sort->portal, sort->source->block, some, each_kept, sort,
                       err);
    sort->s = all;
    sort->n = 0;
    return rc;
}


static void
each_counted(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    sort_t *sort = ctx;
    size_t size = ep_block_forms[sort->source->block].size;
    size_t n = sort->prefix_length;
    uint8_t key[KEY_MAX];

    for (int64_t id = first; id < end && id < sort->s->size; id++) {
        if (!ep_bit(sort->s, id)) {
            continue;
        }
        make_key(sort, data + (size_t) (id - first) * size, id, key);
        if (memcmp(key, sort->prefix, n) == 0) {
            sort->counts[key[n] << 8 | key[n + 1]]++;
        }
    }
}


/* Count down to the offset: *skip keys at the prefix remain before it. */
static ep_rc_t
descend(sort_t *sort, int64_t *skip, ep_err_t *err)
{
    int64_t among = sort->s->count;
    ep_rc_t rc;

    sort->counts = ep_arena_alloc(sort->arena, 65536 * sizeof(uint32_t));
    if (sort->counts == NULL) {
        return no_memory(err);
    }
    while (*skip > HEAP_MAX && among > HEAP_MAX
           && sort->prefix_length < sort->length)
    {
        uint32_t digits = 0;

        memset(sort->counts, 0, 65536 * sizeof(uint32_t));
        rc = ep_block_each(sort->portal, sort->source->block, sort->s,
                           each_counted, sort, err);
        if (rc != EP_OK) {
            return rc;
        }
        while (digits < 65535 && *skip >= sort->counts[digits]) {
            *skip -= sort->counts[digits++];
        }
        among = sort->counts[digits];
        sort->prefix[sort->prefix_length++] = (uint8_t) (digits >> 8);
        sort->prefix[sort->prefix_length++] = (uint8_t) digits;
    }
    return EP_OK;
}


/* ---- cursors: in hex, sort, direction, id, and what it was sorted by ---- */

#define CURSOR_HEAD 10

static void
write_cursor(const sort_t *sort, int64_t id, ep_str_t value,
             char out[EP_CURSOR_MAX + 1])
{
    uint8_t raw[CURSOR_HEAD + TEXT_MAX];

    if (value.n > TEXT_MAX) {
        value.n = TEXT_MAX;
    }
    raw[0] = (uint8_t) sort->page->sort;
    raw[1] = sort->page->descending;
    put4(raw + 2, (uint32_t) ((uint64_t) id >> 32));
    put4(raw + 6, (uint32_t) id);
    if (value.n > 0) {
        memcpy(raw + CURSOR_HEAD, value.p, value.n);
    }
    ep_hex(raw, CURSOR_HEAD + value.n, out);
}


static ep_rc_t
read_cursor(const sort_t *sort, uint8_t raw[CURSOR_HEAD + TEXT_MAX], size_t *n,
            int64_t *id, ep_err_t *err)
{
    ep_str_t cursor = sort->page->cursor;

    *n = cursor.n / 2;
    if (*n < CURSOR_HEAD || *n > CURSOR_HEAD + TEXT_MAX
        || !ep_unhex(cursor, raw, *n) || raw[0] != (uint8_t) sort->page->sort
        || raw[1] != sort->page->descending || sort->page->offset != 0)
    {
        return ep_err_set(err, EP_EINVAL, "bad-cursor",
                          "the cursor is not one of this list, sort and "
                          "direction, or there is an offset beside it: begin "
                          "without a cursor");
    }
    *id = 0;
    for (int i = 2; i < CURSOR_HEAD; i++) {
        *id = (int64_t) ((uint64_t) *id << 8 | raw[i]);
    }
    if (*id < 0 || *id > UINT32_MAX) {
        return ep_err_set(err, EP_EINVAL, "bad-cursor",
                          "the cursor is damaged: begin without one");
    }
    return EP_OK;
}


/* Only what is behind the cursor is wanted. */
static ep_rc_t
bind_cursor(sort_t *sort, ep_err_t *err)
{
    uint8_t raw[CURSOR_HEAD + TEXT_MAX], record[EP_RECORD_MAX] = { 0 };
    size_t n, length = sort->source->length;
    int64_t id;
    bool exact = true;
    ep_rc_t rc = read_cursor(sort, raw, &n, &id, err);

    if (rc != EP_OK) {
        return rc;
    }
    n -= CURSOR_HEAD;
    sort->bounded = true;
    if (!sort->source->terms) {
        if (n != length) {
            return ep_err_set(err, EP_EINVAL, "bad-cursor",
                              "the cursor is damaged: begin without one");
        }
        memcpy(record + sort->source->at, raw + CURSOR_HEAD, n);
        make_key(sort, record, id, sort->bound);
        return EP_OK;
    }
    make_key(sort, record, id, sort->bound);
    put4(sort->bound,
         ep_rank_of_text(&sort->ranks,
                         (ep_str_t){ (char *) raw + CURSOR_HEAD, n }, &exact));
    if (!exact) {
        put4(sort->bound + length, 0);
    }
    if (sort->page->descending) {
        for (size_t i = 0; i < 4; i++) {
            sort->bound[i] = (uint8_t) ~sort->bound[i];
        }
        if (!exact) {
            memset(sort->bound + length, 0xff, 4);
        }
    }
    return EP_OK;
}


/* ---- pages ---- */

static void
take(const sort_t *sort, size_t skip, ep_page_ids_t *out)
{
    size_t limit = (size_t) sort->page->limit;
    const uint8_t *last;
    uint8_t value[EP_RECORD_MAX];
    size_t n = sort->source->length;

    for (size_t i = skip; i < sort->n && out->n < limit; i++) {
        out->ids[out->n++] = key_id(sort, sort->heap + i * sort->length);
    }
    if (out->n == 0 || skip + out->n >= sort->n) {
        return;
    }
    last = sort->heap + (skip + out->n - 1) * sort->length;
    for (size_t i = 0; i < n; i++) {
        value[i] = sort->page->descending ? (uint8_t) ~last[i] : last[i];
    }
    if (sort->source->terms) {
        uint32_t rank = get4(value);

        write_cursor(sort, key_id(sort, last), ep_rank_text(&sort->ranks, rank),
                     out->next);
    } else {
        write_cursor(sort, key_id(sort, last),
                     (ep_str_t){ (const char *) value, n }, out->next);
    }
}


static ep_rc_t
sorted_page(sort_t *sort, ep_page_ids_t *out, ep_err_t *err)
{
    int64_t skip = sort->page->offset;
    ep_rc_t rc = EP_OK;

    sort->length = (sort->source->length + 5) / 2 * 2;
    if (sort->source->terms) {
        sort->ranks = (ep_ranks_t){ .portal = sort->portal,
                                    .arena = sort->arena,
                                    .sort = sort->page->sort };
        rc = ep_ranks_make(&sort->ranks, err);
    }
    if (rc == EP_OK && sort->page->cursor.n > 0) {
        rc = bind_cursor(sort, err);
    }
    if (rc == EP_OK && skip > HEAP_MAX) {
        rc = descend(sort, &skip, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    /* One more tells whether there is a next page. */
    sort->cap = (size_t) (skip + sort->page->limit) + 1;
    sort->heap = ep_arena_alloc(sort->arena, sort->cap * sort->length);
    if (sort->heap == NULL) {
        return no_memory(err);
    }
    if (sort->s->count >= SAMPLE_FROM) {
        rc = sample(sort, err);
    }
    if (rc == EP_OK) {
        rc = ep_block_each(sort->portal, sort->source->block, sort->s,
                           each_kept, sort, err);
    }
    if (rc == EP_OK) {
        order_heap(sort);
        take(sort, (size_t) skip, out);
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


/* In order of local ids, the bits are the order. */
static ep_rc_t
plain_page(sort_t *sort, ep_page_ids_t *out, ep_err_t *err)
{
    bool down = sort->page->descending;
    uint8_t raw[CURSOR_HEAD + TEXT_MAX];
    int64_t at = down ? sort->s->size : 0;
    int64_t id;
    size_t n;

    if (sort->page->cursor.n > 0) {
        ep_rc_t rc = read_cursor(sort, raw, &n, &at, err);

        if (rc != EP_OK) {
            return rc;
        }
        if (at > sort->s->size) {
            at = sort->s->size;
        }
    }
    id = down ? previous(sort->s, at) : ep_selection_next(sort->s, at);
    for (int64_t skip = sort->page->offset; id != 0 && skip > 0; skip--) {
        id = down ? previous(sort->s, id) : ep_selection_next(sort->s, id);
    }
    while (id != 0 && out->n < (size_t) sort->page->limit) {
        out->ids[out->n++] = id;
        id = down ? previous(sort->s, id) : ep_selection_next(sort->s, id);
    }
    if (id != 0) {
        write_cursor(sort, out->ids[out->n - 1], EP_STR_NULL, out->next);
    }
    return EP_OK;
}


ep_rc_t
ep_selection_page(ep_portal_t *portal, const ep_selection_t *selection,
                  const ep_page_t *page, ep_page_ids_t *out, ep_err_t *err)
{
    sort_t sort = { .portal = portal,
                    .s = selection,
                    .page = page,
                    .source = &sources[page->sort] };
    ep_rc_t rc = EP_OK;

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
    sort.arena = ep_arena_new();
    if (sort.arena == NULL) {
        return no_memory(err);
    }
    rc = page->sort == EP_SORT_ID ? plain_page(&sort, out, err)
                                  : sorted_page(&sort, out, err);
    ep_arena_free(sort.arena);
    return rc;
}
