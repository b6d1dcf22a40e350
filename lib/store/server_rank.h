/* Ranks of terms by their texts, in store/ only. */

#ifndef EP_STORE_SERVER_RANK_H
#define EP_STORE_SERVER_RANK_H

#include "store/server_block.h"

typedef struct {
    int64_t code;
    ep_str_t text;
} ep_term_t;

typedef struct {
    ep_portal_t *portal;
    ep_arena_t *arena;
    ep_sort_t sort;
    ep_term_t *terms; /* by text; the first is no text at all */
    size_t count;
    size_t cap;
    uint32_t *rank; /* by code, from 1; equal texts share one */
    int64_t end;
} ep_ranks_t;

/* Rank what portal, arena and sort say. */
ep_rc_t ep_ranks_make(ep_ranks_t *ranks, ep_err_t *err);
static inline uint32_t
ep_rank_of(const ep_ranks_t *ranks, uint32_t code)
{
    return code < ranks->end ? ranks->rank[code] : 0;
}
/* Of a text that may be gone: then *exact is false, and what is less than it
 * has a lower rank. */
uint32_t ep_rank_of_text(const ep_ranks_t *ranks, ep_str_t text, bool *exact);
ep_str_t ep_rank_text(const ep_ranks_t *ranks, uint32_t rank);

#endif
