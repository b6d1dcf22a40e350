/* Keys, platforms and kernels are sorted by their names: a rank for each of
 * the few that there are. */

#include <stdlib.h>

#include "store/server_rank.h"

static const char sql_keys[] =
    "SELECT k.id, k.key, f.name FROM key k JOIN feed f ON f.id = k.feed_id";


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory",
                      "out of memory while sorting servers");
}


static ep_rc_t
add_term(ep_ranks_t *ranks, int64_t code, ep_str_t text, ep_err_t *err)
{
    const char *copy = ep_arena_strdup(ranks->arena, text);

    if (ranks->count == ranks->cap) {
        size_t cap = ranks->cap > 0 ? ranks->cap * 2 : 64;
        ep_term_t *terms = ep_arena_alloc(ranks->arena, cap * sizeof(*terms));

        if (terms == NULL) {
            return no_memory(err);
        }
        if (ranks->count > 0) {
            memcpy(terms, ranks->terms, ranks->count * sizeof(*terms));
        }
        ranks->terms = terms;
        ranks->cap = cap;
    }
    if (copy == NULL) {
        return no_memory(err);
    }
    ranks->terms[ranks->count++] = (ep_term_t){ code, { copy, text.n } };
    return EP_OK;
}


static ep_rc_t
each_term(int64_t code, const ep_str_t field[EP_TERM_FIELDS], void *ctx,
          ep_err_t *err)
{
    ep_ranks_t *ranks = ctx;

    return add_term(ranks, code,
                    field[ranks->sort == EP_SORT_DISTRO    ? 0
                          : ranks->sort == EP_SORT_RELEASE ? 1
                                                           : 2],
                    err);
}


static ep_rc_t
each_key(ep_ranks_t *ranks, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(ranks->portal, sql_keys);
    int column = ranks->sort == EP_SORT_KEY ? 1 : 2;
    ep_rc_t rc;

    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        rc = add_term(ranks, ep_col_int(q, 0), ep_col_str(q, column), err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static int
compare_texts(ep_str_t a, ep_str_t b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}


static int
compare_terms(const void *a, const void *b)
{
    return compare_texts(((const ep_term_t *) a)->text,
                         ((const ep_term_t *) b)->text);
}


ep_rc_t
ep_ranks_make(ep_ranks_t *ranks, ep_err_t *err)
{
    ep_sort_t by = ranks->sort;
    uint32_t rank = 0;
    ep_rc_t rc = add_term(ranks, 0, EP_STR(""), err);

    if (rc == EP_OK) {
        rc = by == EP_SORT_KEY || by == EP_SORT_FEED
                 ? each_key(ranks, err)
                 : ep_term_each(ranks->portal,
                                by == EP_SORT_DISTRO ? EP_TERM_PLATFORM
                                                     : EP_TERM_KERNEL,
                                each_term, ranks, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    qsort(ranks->terms, ranks->count, sizeof(ep_term_t), compare_terms);
    for (size_t i = 0; i < ranks->count; i++) {
        if (ranks->terms[i].code >= ranks->end) {
            ranks->end = ranks->terms[i].code + 1;
        }
    }
    ranks->rank =
        ep_arena_alloc(ranks->arena, (size_t) ranks->end * sizeof(uint32_t));
    if (ranks->rank == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; i < ranks->count; i++) {
        rank += i == 0
                || !ep_str_eq(ranks->terms[i].text, ranks->terms[i - 1].text);
        ranks->rank[ranks->terms[i].code] = rank;
    }
    return EP_OK;
}


uint32_t
ep_rank_of_text(const ep_ranks_t *ranks, ep_str_t text, bool *exact)
{
    uint32_t rank = 0;

    for (size_t i = 0; i < ranks->count; i++) {
        int order = compare_texts(ranks->terms[i].text, text);

        rank = ranks->rank[ranks->terms[i].code];
        if (order >= 0) {
            *exact = order == 0;
            return rank;
        }
    }
    *exact = false;
    return rank + 1;
}


ep_str_t
ep_rank_text(const ep_ranks_t *ranks, uint32_t rank)
{
    for (size_t i = 0; i < ranks->count; i++) {
        if (ranks->rank[ranks->terms[i].code] == rank) {
            return ranks->terms[i].text;
        }
    }
    return EP_STR("");
}
