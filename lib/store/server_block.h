/* The blocks of sql/005 and sql/012 as the lists read them, in store/ only. */

#ifndef EP_STORE_SERVER_BLOCK_H
#define EP_STORE_SERVER_BLOCK_H

#include <eportal/server_list.h>

#include "store/db.h"

typedef enum {
    EP_BLOCK_WHAT,  /* key, platform, kernel, level: 4 digits each */
    EP_BLOCK_WHEN,  /* check-in, uptime + 1: 5 digits each */
    EP_BLOCK_DATES, /* registered, updated: 5 digits each */
    EP_BLOCK_ADDR,  /* length, address */
    EP_BLOCK_LABEL, /* server id */
    EP_BLOCK_NAME,  /* host name */
    EP_BLOCK_THERE, /* 1 */
    EP_BLOCK_COUNT
} ep_block_t;

#define EP_LABEL_SIZE 17
#define EP_NAME_SIZE 48
#define EP_RECORD_MAX 48
#define EP_BLOCK_MAX 4096

typedef struct {
    size_t size; /* of a record */
    int64_t slots;
} ep_block_form_t;
extern const ep_block_form_t ep_block_forms[EP_BLOCK_COUNT];

/* Places in EP_BLOCK_WHAT. */
enum { EP_AT_KEY = 0, EP_AT_PLATFORM = 4, EP_AT_KERNEL = 8, EP_AT_LEVEL = 12 };

struct ep_selection {
    uint64_t *bits; /* by local id */
    int64_t size;   /* ids are below */
    int64_t count;
};

static inline bool
ep_bit(const ep_selection_t *s, int64_t id)
{
    return s->bits[id >> 6] >> (id & 63) & 1;
}

static inline void
ep_bit_set(ep_selection_t *s, int64_t id)
{
    s->bits[id >> 6] |= (uint64_t) 1 << (id & 63);
}

static inline void
ep_bit_clear(ep_selection_t *s, int64_t id)
{
    s->bits[id >> 6] &= ~((uint64_t) 1 << (id & 63));
}

/* As ep_selection_next. */
static inline int64_t
ep_bit_next(const ep_selection_t *s, int64_t after)
{
    int64_t id = after + 1;
    int64_t word = id >> 6;
    uint64_t bits;

    if (id >= s->size) {
        return 0;
    }
    bits = s->bits[word] >> (id & 63) << (id & 63);
    while (bits == 0) {
        if (++word > s->size >> 6) {
            return 0;
        }
        bits = s->bits[word];
    }
    return word << 6 | __builtin_ctzll(bits);
}

/* The word that id is in, without the bits before id, and those of end and
 * behind. */
static inline uint64_t
ep_bits_from(const ep_selection_t *s, int64_t id, int64_t end)
{
    uint64_t bits = 0;

    if (id < s->size) {
        bits = s->bits[id >> 6] >> (id & 63) << (id & 63);
    }
    if (end >> 6 == id >> 6) {
        bits &= ((uint64_t) 1 << (end & 63)) - 1;
    }
    return bits;
}

/* Numbers in digits of 7 bits. */
static inline uint32_t
ep_digits4(const uint8_t *p)
{
    return (uint32_t) p[0] << 21 | (uint32_t) p[1] << 14 | (uint32_t) p[2] << 7
           | p[3];
}

static inline int64_t
ep_digits5(const uint8_t *p)
{
    return (int64_t) p[0] << 28 | ep_digits4(p + 1);
}

/* An empty selection for ids below size. */
ep_selection_t *ep_selection_new(ep_arena_t *arena, int64_t size);
void ep_selection_and(ep_selection_t *s, const ep_selection_t *other);
void ep_selection_recount(ep_selection_t *s);

/* Call fn with each block in turn that has a server of among (NULL: with all
 * there are). data: the records of the ids from first to below end. */
typedef void (*ep_block_fn)(void *ctx, int64_t first, int64_t end,
                            const uint8_t *data);
ep_rc_t ep_block_each(ep_portal_t *portal, ep_block_t kind,
                      const ep_selection_t *among, ep_block_fn fn, void *ctx,
                      ep_err_t *err);

/* The same with one block, whatever is in it. */
ep_rc_t ep_block_one(ep_portal_t *portal, ep_block_t kind, int64_t block,
                     ep_block_fn fn, void *ctx, ep_err_t *err);

/* The bucket of an uptime; below 0: unknown. */
ep_uptime_t ep_uptime_bucket(int64_t seconds);

/* server_term.c: platforms (1) and kernels (2) by their codes. */
enum { EP_TERM_PLATFORM = 1, EP_TERM_KERNEL = 2 };
#define EP_TERM_FIELDS 4
typedef ep_rc_t (*ep_term_fn)(int64_t code,
                              const ep_str_t field[EP_TERM_FIELDS], void *ctx,
                              ep_err_t *err);
ep_rc_t ep_term_each(ep_portal_t *portal, int kind, ep_term_fn fn, void *ctx,
                     ep_err_t *err);
/* Above every code. */
ep_rc_t ep_term_end(ep_portal_t *portal, int64_t *end, ep_err_t *err);

/* server_level.c: what servers have beside what their feeds have. */
typedef struct ep_needs ep_needs_t;
ep_rc_t ep_needs_new(ep_portal_t *portal, ep_arena_t *arena, ep_needs_t **out,
                     ep_err_t *err);
/* By codes of a record of EP_BLOCK_WHAT. Failures stick: see ep_needs_rc. */
ep_current_t ep_needs_of(ep_needs_t *needs, const uint8_t *record);
ep_rc_t ep_needs_rc(const ep_needs_t *needs, ep_err_t *err);
/* Whether the kernel at that level runs on this patchset. */
bool ep_needs_runs(ep_needs_t *needs, const uint8_t *record,
                   int64_t patchset_id);

/* server_match.c: texts. The first two keep in s what matches, the third adds
 * to found what of among has the text in it. */
ep_rc_t ep_match_hostname(ep_portal_t *portal, ep_str_t pattern, bool literal,
                          ep_arena_t *arena, ep_selection_t *s, ep_err_t *err);
ep_rc_t ep_match_ip(ep_portal_t *portal, ep_str_t pattern, bool literal,
                    ep_arena_t *arena, ep_selection_t *s, ep_err_t *err);
ep_rc_t ep_match_search(ep_portal_t *portal, ep_str_t text, ep_arena_t *arena,
                        const ep_selection_t *among, ep_selection_t *found,
                        ep_err_t *err);

/* tag.c: set the servers that have this tag, whosever it is. value p NULL:
 * any. */
ep_rc_t ep_tag_select(ep_portal_t *portal, ep_str_t name, ep_str_t value,
                      ep_selection_t *s, ep_err_t *err);
/* Those of which a tag has this text in it, as it is shown ("env:prod"). */
ep_rc_t ep_tag_search(ep_portal_t *portal, ep_str_t text, ep_selection_t *s,
                      ep_err_t *err);
/* For the doctor, as ep_order_check and ep_order_rebuild. */
ep_rc_t ep_tag_servers_check(ep_portal_t *portal, bool *wrong, ep_err_t *err);
ep_rc_t ep_tag_servers_rebuild(ep_portal_t *portal, ep_err_t *err);

#endif
