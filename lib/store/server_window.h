/* The keys that a page of a sorted list is cut from, in store/ only. */

#ifndef EP_STORE_SERVER_WINDOW_H
#define EP_STORE_SERVER_WINDOW_H

#include "store/server_rank.h"

/* Where the bytes are that servers are sorted by. terms: they are a code, and
 * its term's field sorts. */
typedef struct {
    ep_block_t block;
    size_t at;
    size_t length;
    bool terms;
} ep_sort_source_t;

extern const ep_sort_source_t ep_sort_sources[EP_SORT_COUNT];

#define EP_SORT_KEY_MAX (EP_RECORD_MAX + 4)

/* Local ids are below: a number of 35 bits and one of them are a word. */
#define EP_KEY_ID_BITS 29
#define EP_KEY_ID_END ((int64_t) 1 << EP_KEY_ID_BITS)

/*
 * A key is what a server is sorted by and its local id, in bytes that compare
 * as the servers shall in ascending order; no two are equal. Numbers and ranks
 * of terms are one word with the id in its lowest bits, texts are the record's
 * bytes and the id.
 */
typedef struct {
    /* Set by the caller. */
    ep_portal_t *portal;
    const ep_selection_t *s;
    ep_arena_t *arena;
    const ep_sort_source_t *source;
    ep_ranks_t ranks; /* of a source with terms */
    bool descending;
    /* The window: keys from first to last, either of which may be in it. With
     * bounded, its lower end in the order wanted is where a cursor stood. */
    bool bounded;
    size_t size; /* of a key */
    uint8_t first[EP_SORT_KEY_MAX];
    uint8_t last[EP_SORT_KEY_MAX];
    /* The keys in it, or one of so many, by chance. */
    uint8_t *keys;
    size_t n;
    size_t cap; /* more than a page; tests make it less than there is room */
    int64_t stride;   /* a power of two */
    int64_t inside;   /* how many there are */
    int64_t below;    /* less than first */
    int64_t above;    /* greater than last */
    int64_t passes;   /* that there were */
    int64_t together; /* keys of the sample that are no chance */
    int64_t spread;   /* standard deviations that a guess may be off */
} ep_window_t;

/* Everything is in the window: when portal to descending are set. EP_ELIMIT
 * "too-many-servers". */
ep_rc_t ep_window_init(ep_window_t *w, ep_err_t *err);
/* Its lower end in the order wanted is behind this key. */
void ep_window_bind(ep_window_t *w, const uint8_t *key);
/* Leave in keys the count keys behind the first skip ones, in the order
 * wanted; n: how many there are. With a bound, skip is 0. */
ep_rc_t ep_window_find(ep_window_t *w, int64_t skip, int64_t count,
                       ep_err_t *err);

/* A key and what it is made of: value has the source's length, and is a rank
 * of 4 bytes when it has terms. */
void ep_key_make(const ep_window_t *w, const uint8_t *value, int64_t id,
                 uint8_t *out);
int64_t ep_key_id(const ep_window_t *w, const uint8_t *key);
void ep_key_value(const ep_window_t *w, const uint8_t *key, uint8_t *out);

#endif
