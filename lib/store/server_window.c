/*
 * The keys at some place of a sorted list, of a million, without sorting them:
 * a sample says between which two keys the place must be, one pass over the
 * records counts what is before and keeps what is between, and of those few
 * the wanted ones are selected. When the sample was wrong, or too many are
 * between, what the pass saw leads to a better guess: the count is exact, so
 * the answer always is.
 */

#include <endian.h>
#include <stdlib.h>

#include "store/server_window.h"

#define KEYS_MAX 65536 /* kept */
#define SAMPLED 32     /* one block of so many */
#define SPREAD 3       /* standard deviations that a guess may be off */
#define NUMBER_LENGTH_MAX 5

/* One pass over the records. */
typedef struct {
    ep_window_t *w;
    const ep_selection_t *s; /* all of them, or a sample */
    uint64_t low;            /* the window's ends, or their first 8 bytes */
    uint64_t high;
    int64_t below;
    int64_t above;
} pass_t;


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory",
                      "out of memory while sorting servers");
}


static uint64_t
get8(const uint8_t *p)
{
    uint64_t n;

    memcpy(&n, p, sizeof(n));
    return be64toh(n);
}


static void
put8(uint8_t *p, uint64_t n)
{
    n = htobe64(n);
    memcpy(p, &n, sizeof(n));
}


static uint32_t
get4(const uint8_t *p)
{
    uint32_t n;

    memcpy(&n, p, sizeof(n));
    return be32toh(n);
}


static void
put4(uint8_t *p, uint32_t n)
{
    n = htobe32(n);
    memcpy(p, &n, sizeof(n));
}


/* ---- keys ---- */

static bool
is_number(const ep_sort_source_t *source)
{
    return source->terms || source->length <= NUMBER_LENGTH_MAX;
}


static uint64_t
number_key(uint64_t value, int64_t id)
{
    return value << EP_KEY_ID_BITS | (uint64_t) id;
}


void
ep_key_make(const ep_window_t *w, const uint8_t *value, int64_t id,
            uint8_t *out)
{
    const ep_sort_source_t *source = w->source;

    if (source->terms) {
        put8(out, number_key(get4(value), id));
    } else if (is_number(source)) {
        uint64_t n = 0;

        for (size_t i = 0; i < source->length; i++) {
            n = n << 7 | value[i];
        }
        put8(out, number_key(n, id));
    } else {
        memcpy(out, value, source->length);
        put4(out + source->length, (uint32_t) id);
    }
}


int64_t
ep_key_id(const ep_window_t *w, const uint8_t *key)
{
    return is_number(w->source) ? (int64_t) (get8(key) & (EP_KEY_ID_END - 1))
                                : (int64_t) get4(key + w->source->length);
}


void
ep_key_value(const ep_window_t *w, const uint8_t *key, uint8_t *out)
{
    const ep_sort_source_t *source = w->source;
    uint64_t n = get8(key) >> EP_KEY_ID_BITS;

    if (source->terms) {
        put4(out, (uint32_t) n);
    } else if (is_number(source)) {
        for (size_t i = source->length; i > 0; i--) {
            out[i - 1] = (uint8_t) (n & 127);
            n >>= 7;
        }
    } else {
        memcpy(out, key, source->length);
    }
}


/* ---- passes ---- */

/* Whether it is one of every so many. By chance, because fleets have patterns:
 * of "web", "db", "web", "db" each second one tells nothing. In each pass by
 * another one, so that what was wrong once is not wrong for ever. */
static bool
is_kept(const ep_window_t *w, int64_t id)
{
    uint64_t n =
        (uint64_t) (id + w->passes * EP_KEY_ID_END) * 0x9e3779b97f4a7c15u;

    n = (n ^ n >> 32) * 0xbf58476d1ce4e5b9u;
    return (n >> 32 & (w->stride - 1)) == 0;
}


/* A key in the window: kept, if it is one of those to keep. */
static void
keep(ep_window_t *w, const uint8_t *key, int64_t id)
{
    w->inside++;
    if (!is_kept(w, id)) {
        return;
    }
    while (w->n == w->cap) {
        size_t n = 0;

        w->stride *= 2;
        for (size_t i = 0; i < w->n; i++) {
            if (is_kept(w, ep_key_id(w, w->keys + i * w->size))) {
                memmove(w->keys + n++ * w->size, w->keys + i * w->size,
                        w->size);
            }
        }
        w->n = n;
        if (!is_kept(w, id)) {
            return;
        }
    }
    memcpy(w->keys + w->n++ * w->size, key, w->size);
}


static inline void
look_at_number(pass_t *pass, uint64_t value, int64_t id)
{
    uint64_t key = number_key(value, id);
    uint8_t bytes[sizeof(key)];

    if (key < pass->low) {
        pass->below++;
    } else if (key > pass->high) {
        pass->above++;
    } else {
        put8(bytes, key);
        keep(pass->w, bytes, id);
    }
}


static inline void
look_at_text(pass_t *pass, const uint8_t *record, int64_t id)
{
    const ep_window_t *w = pass->w;
    uint64_t start = get8(record);
    uint8_t key[EP_SORT_KEY_MAX];

    if (start < pass->low) {
        pass->below++;
        return;
    }
    if (start > pass->high) {
        pass->above++;
        return;
    }
    ep_key_make(w, record, id, key);
    if (start == pass->low && memcmp(key, w->first, w->size) < 0) {
        pass->below++;
    } else if (start == pass->high && memcmp(key, w->last, w->size) > 0) {
        pass->above++;
    } else {
        keep(pass->w, key, id);
    }
}


/* A look at the records of a block that are selected, for each way to look: p
 * is what a record is sorted by. The copy is for the compiler, which counts in
 * registers then. */
#define EACH_SELECTED(name, look)                                              \
    static void name(void *ctx, int64_t first, int64_t end,                    \
                     const uint8_t *data)                                      \
    {                                                                          \
        pass_t copy = *(pass_t *) ctx;                                         \
        pass_t *pass = &copy;                                                  \
        const ep_sort_source_t *source = copy.w->source;                       \
        size_t size = ep_block_forms[source->block].size;                      \
                                                                               \
        for (int64_t from = first; from < end; from = (from | 63) + 1) {       \
            uint64_t bits = ep_bits_from(copy.s, from, end);                   \
                                                                               \
            for (; bits != 0; bits &= bits - 1) {                              \
                int64_t id = (from & ~63) + __builtin_ctzll(bits);             \
                const uint8_t *p =                                             \
                    data + source->at + (size_t) (id - first) * size;          \
                                                                               \
                look;                                                          \
            }                                                                  \
        }                                                                      \
        *(pass_t *) ctx = copy;                                                \
    }

EACH_SELECTED(each_term,
              look_at_number(pass, ep_rank_of(&pass->w->ranks, ep_digits4(p)),
                             id))
EACH_SELECTED(each_number4, look_at_number(pass, ep_digits4(p), id))
EACH_SELECTED(each_number5, look_at_number(pass, (uint64_t) ep_digits5(p), id))
EACH_SELECTED(each_text, look_at_text(pass, p, id))


/* Look at the records of s. */
static ep_rc_t
run_pass(ep_window_t *w, const ep_selection_t *s, ep_err_t *err)
{
    pass_t pass = {
        .w = w, .s = s, .low = get8(w->first), .high = get8(w->last)
    };
    ep_block_fn fn = w->source->terms         ? each_term
                     : !is_number(w->source)  ? each_text
                     : w->source->length == 4 ? each_number4
                                              : each_number5;

    ep_rc_t rc;

    w->passes++;
    w->n = 0;
    w->stride = 1;
    w->inside = 0;
    rc = ep_block_each(w->portal, w->source->block, s, fn, &pass, err);
    w->below = pass.below;
    w->above = pass.above;
    return rc;
}


/* ---- selecting ---- */

static void
swap(const ep_window_t *w, size_t a, size_t b)
{
    uint8_t key[EP_SORT_KEY_MAX];

    memcpy(key, w->keys + a * w->size, w->size);
    memcpy(w->keys + a * w->size, w->keys + b * w->size, w->size);
    memcpy(w->keys + b * w->size, key, w->size);
}


static const uint8_t *
key_at(const ep_window_t *w, size_t i)
{
    return w->keys + i * w->size;
}


/* Keys from low to below high: the one that belongs at place gets there, less
 * ones before it. The pivot is by chance, so that nobody can name servers in
 * an order that makes this slow. */
static void
select_key(const ep_window_t *w, size_t low, size_t high, size_t place)
{
    uint64_t dice = 88172645463325252u;

    while (high - low > 1) {
        uint8_t pivot[EP_SORT_KEY_MAX];
        size_t less = low, at = low, end = high;

        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        memcpy(pivot, key_at(w, low + dice % (high - low)), w->size);
        while (at < end) {
            int order = memcmp(key_at(w, at), pivot, w->size);

            if (order < 0) {
                swap(w, less++, at++);
            } else if (order > 0) {
                swap(w, at, --end);
            } else {
                at++;
            }
        }
        if (place < less) {
            high = less;
        } else if (place >= end) {
            low = end;
        } else {
            return;
        }
    }
}


/* Sorting few keys: the compare function has no other way to their size. */
static int
compare_keys(const void *a, const void *b, void *ctx)
{
    return memcmp(a, b, ((const ep_window_t *) ctx)->size);
}


/* Of all keys in the window, those from place from to below to in the order
 * wanted are left. */
static void
cut_out(ep_window_t *w, size_t from, size_t to)
{
    size_t n = to - from;

    if (w->descending) {
        size_t first = w->n - to;

        to = w->n - from;
        from = first;
    }
    if (n == 0) {
        w->n = 0;
        return;
    }
    select_key(w, 0, w->n, from);
    select_key(w, from, w->n, to - 1);
    memmove(w->keys, w->keys + from * w->size, n * w->size);
    w->n = n;
    qsort_r(w->keys, n, w->size, compare_keys, w);
    for (size_t i = 0; w->descending && i < n / 2; i++) {
        swap(w, i, n - 1 - i);
    }
}


/* ---- guesses ---- */

/* Blocks from everywhere. */
static ep_selection_t *
make_sample(const ep_window_t *w)
{
    const ep_selection_t *all = w->s;
    ep_selection_t *some = ep_selection_new(w->arena, all->size);
    int64_t slots = ep_block_forms[w->source->block].slots;

    for (int64_t from = 0; some != NULL && from < all->size;
         from += SAMPLED * slots)
    {
        int64_t id = from > 0 ? from - 1 : 0;

        while ((id = ep_bit_next(all, id)) != 0 && id < from + slots) {
            ep_bit_set(some, id);
            some->count++;
        }
    }
    return some;
}


typedef struct {
    uint8_t first[EP_SORT_KEY_MAX];
    uint8_t last[EP_SORT_KEY_MAX];
} ends_t;


static void
get_ends(const ep_window_t *w, ends_t *out)
{
    memcpy(out->first, w->first, w->size);
    memcpy(out->last, w->last, w->size);
}


/* An end of the window is where the kept keys have this place in the order
 * wanted, give or take what a sample may be off: its standard deviation is at
 * most the root of place * (n - place) / n, and keys that were looked at
 * together may be neighbours. */
static void
end_window(ep_window_t *w, int64_t place, bool upper)
{
    int64_t n = (int64_t) w->n;
    int64_t square = place > 0 && place < n ? place * (n - place) / n : 0;
    int64_t root = 1;
    size_t at;

    while (root * root < square) {
        root *= 2;
    }
    root = root * w->spread + w->together;
    place += upper ? root : -root;
    if (upper ? place > n - 1 : place < 0) {
        return;
    }
    place = place < 0 ? 0 : place > n - 1 ? n - 1 : place;
    at = (size_t) (w->descending ? n - 1 - place : place);
    select_key(w, 0, w->n, at);
    memcpy(upper != w->descending ? w->last : w->first, key_at(w, at), w->size);
}


/* Make the window, which has total keys, smaller as what is kept of it allows:
 * those from place from to below to are wanted. */
static void
narrow(ep_window_t *w, int64_t total, int64_t from, int64_t to)
{
    ends_t was;

    get_ends(w, &was);
    while (w->n > 0) {
        end_window(w, from * (int64_t) w->n / total, false);
        end_window(w, to * (int64_t) w->n / total + 1, true);
        if (w->spread == 1 || memcmp(w->first, was.first, w->size) != 0
            || memcmp(w->last, was.last, w->size) != 0)
        {
            return;
        }
        w->spread /= 2;
    }
}


/* How many keys are before the window in the order wanted. */
static int64_t
before(const ep_window_t *w)
{
    return w->bounded ? 0 : w->descending ? w->above : w->below;
}


/* Whether the wanted keys, which lie in out, do not all lie in the window.
 * Then it becomes a part of out in which they do: what was counted tells on
 * which side of it they are. */
static bool
missed(ep_window_t *w, const ends_t *out, int64_t skip, int64_t count)
{
    ends_t was;
    uint8_t *lower = w->descending ? w->last : w->first;
    uint8_t *upper = w->descending ? w->first : w->last;
    const uint8_t *far = w->descending ? out->first : out->last;
    int64_t begin = before(w), end = begin + w->inside;

    get_ends(w, &was);
    if (skip < begin) {
        memcpy(lower, w->descending ? out->last : out->first, w->size);
        if (skip + count <= begin) {
            memcpy(upper, w->descending ? was.last : was.first, w->size);
        } else if (skip + count > end) {
            memcpy(upper, far, w->size);
        }
    } else if (skip + count > end && memcmp(upper, far, w->size) != 0) {
        if (skip >= end) {
            memcpy(lower, w->descending ? was.first : was.last, w->size);
        }
        memcpy(upper, far, w->size);
    } else {
        return false;
    }
    w->spread *= 2;
    return true;
}


static ep_rc_t
guess(ep_window_t *w, int64_t skip, int64_t count, ep_err_t *err)
{
    const ep_selection_t *some = make_sample(w);
    ep_rc_t rc = some != NULL ? run_pass(w, some, err) : no_memory(err);

    if (rc == EP_OK && w->n > 0) {
        w->together = ep_block_forms[w->source->block].slots;
        narrow(w, w->inside * w->s->count / some->count, skip, skip + count);
    }
    return rc;
}


ep_rc_t
ep_window_find(ep_window_t *w, int64_t skip, int64_t count, ep_err_t *err)
{
    ends_t out;
    ep_rc_t rc = EP_OK;

    get_ends(w, &out);
    if (w->s->count > (int64_t) w->cap) {
        rc = guess(w, skip, count, err);
    }
    w->together = 0;
    while (rc == EP_OK) {
        int64_t from, to;

        rc = run_pass(w, w->s, err);
        if (rc != EP_OK || missed(w, &out, skip, count)) {
            continue;
        }
        from = skip - before(w);
        to = from + count;
        if (w->stride == 1) {
            to = to < w->inside ? to : w->inside;
            cut_out(w, (size_t) (from < to ? from : to), (size_t) to);
            return EP_OK;
        }
        get_ends(w, &out);
        narrow(w, w->inside, from, to);
    }
    return rc;
}


ep_rc_t
ep_window_init(ep_window_t *w, ep_err_t *err)
{
    if (w->s->size > EP_KEY_ID_END) {
        return ep_err_set(err, EP_ELIMIT, "too-many-servers",
                          "there are too many servers to sort them");
    }
    w->size = is_number(w->source) ? 8 : w->source->length + 4;
    w->bounded = false;
    w->spread = SPREAD;
    memset(w->first, 0, w->size);
    memset(w->last, 0xff, w->size);
    w->cap = KEYS_MAX;
    w->keys = ep_arena_alloc(w->arena, w->cap * w->size);
    return w->keys != NULL ? EP_OK : no_memory(err);
}


/* As numbers of so many bytes: the next one up or down. */
void
ep_window_bind(ep_window_t *w, const uint8_t *key)
{
    uint8_t *end = w->descending ? w->last : w->first;
    uint8_t carry = w->descending ? 0xff : 0x01;

    w->bounded = true;
    memcpy(end, key, w->size);
    for (size_t i = w->size; i > 0; i--) {
        end[i - 1] = (uint8_t) (end[i - 1] + carry);
        if (end[i - 1] != (w->descending ? 0xff : 0x00)) {
            return;
        }
    }
}
