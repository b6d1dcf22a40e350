/*
 * Statistics of a selection: one pass over when its servers checked in, one
 * over what they run. Counted by code, the codes are put into words at the
 * end, so that the number of servers costs a few nanoseconds each.
 */

#include <stdlib.h>

#include "store/server_block.h"

#define HOUR 3600
#define HOURS_MAX (40 * 366 * 24) /* longer uptimes count as this */

static const char sql_keys[] =
    "SELECT k.id, k.key, f.name FROM key k JOIN feed f ON f.id = k.feed_id";
static const char sql_products[] = "SELECT id, coalesce(products, ?1) FROM key";
static const char sql_key_end[] = "SELECT coalesce(max(id), 0) + 1 FROM key";

/* Servers of one code, active and silent (or never) ones; and of them, those
 * with KernelCare and LibCare. */
typedef struct {
    uint32_t active;
    uint32_t silent;
    uint32_t kernelcare[2]; /* silent, active */
    uint32_t libcare[2];
} count_t;

typedef struct {
    count_t *of; /* by code */
    int64_t end;
} counts_t;

typedef struct {
    ep_portal_t *portal;
    ep_arena_t *arena;
    const ep_selection_t *s;
    ep_server_stats_t *out;
    ep_selection_t *active;
    int64_t since; /* active from this time on */
    uint32_t *hours;
    int64_t uptimes;
    int64_t uptime_sum;
    ep_needs_t *needs;
    uint32_t *products; /* by key */
    counts_t keys;
    counts_t platforms;
    counts_t kernels;
} stats_t;

/* Groups while they are collected. */
typedef struct {
    stats_t *stats;
    const counts_t *counts;
    int field[EP_TERM_FIELDS]; /* of a term, for each list */
    ep_groups_t *list[EP_TERM_FIELDS];
    size_t cap[EP_TERM_FIELDS];
    size_t n;
} collect_t;


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory",
                      "out of memory while counting servers");
}


static void
each_when(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    stats_t *st = ctx;
    ep_server_stats_t *out = st->out;

    for (int64_t id = first; id < end && id < st->s->size; id++) {
        const uint8_t *p = data + (id - first) * 10;
        int64_t time = ep_digits5(p);
        int64_t uptime = ep_digits5(p + 5) - 1;

        if (!ep_bit(st->s, id)) {
            continue;
        }
        if (time >= st->since) {
            ep_bit_set(st->active, id);
            out->active++;
        } else {
            *(time == 0 ? &out->never : &out->silent) += 1;
        }
        if (uptime >= 0) {
            int64_t hour = uptime / HOUR;

            st->uptimes++;
            st->uptime_sum += uptime;
            st->hours[hour < HOURS_MAX ? hour : HOURS_MAX - 1]++;
            if (uptime > out->uptime_max) {
                out->uptime_max = uptime;
            }
        }
    }
}


static void
count(const counts_t *counts, uint32_t code, bool active, uint32_t products)
{
    if (code < counts->end) {
        count_t *n = &counts->of[code];

        if (active) {
            n->active++;
        } else {
            n->silent++;
        }
        n->kernelcare[active] +=
            (products & EP_PRODUCT_BIT(EP_PRODUCT_KERNEL)) != 0;
        n->libcare[active] += (products & EP_PRODUCT_BIT(EP_PRODUCT_USER)) != 0;
    }
}


static void
each_what(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    stats_t *st = ctx;

    for (int64_t id = first; id < end && id < st->s->size; id++) {
        const uint8_t *p = data + (id - first) * 16;
        uint32_t key, products;
        bool active;

        if (!ep_bit(st->s, id)) {
            continue;
        }
        active = ep_bit(st->active, id);
        key = ep_digits4(p + EP_AT_KEY);
        products = key < st->keys.end ? st->products[key] : 0;
        count(&st->keys, key, active, products);
        count(&st->platforms, ep_digits4(p + EP_AT_PLATFORM), active, products);
        count(&st->kernels, ep_digits4(p + EP_AT_KERNEL), active, products);
        switch (ep_needs_of(st->needs, p)) {
        case EP_CURRENT_YES:
            st->out->current++;
            break;
        case EP_CURRENT_OUTDATED:
            st->out->outdated++;
            break;
        default:
            st->out->unsupported++;
        }
    }
}


static ep_rc_t
add(collect_t *c, size_t list, ep_str_t name, const count_t *n, ep_err_t *err)
{
    ep_groups_t *groups = c->list[list];
    ep_group_t *row;
    char *copy;

    if (groups->n == c->cap[list]) {
        size_t cap = groups->n > 0 ? groups->n * 2 : 32;

        row = ep_arena_alloc(c->stats->arena, cap * sizeof(*row));
        if (row == NULL) {
            return no_memory(err);
        }
        if (groups->n > 0) {
            memcpy(row, groups->row, groups->n * sizeof(*row));
        }
        groups->row = row;
        c->cap[list] = cap;
    }
    copy = ep_arena_strdup(c->stats->arena, name);
    if (copy == NULL) {
        return no_memory(err);
    }
    groups->row[groups->n++] =
        (ep_group_t){ .name = { copy, name.n },
                      .total = (int64_t) n->active + n->silent,
                      .active = n->active,
                      .silent = n->silent,
                      .kernelcare = { n->kernelcare[1], n->kernelcare[0] },
                      .libcare = { n->libcare[1], n->libcare[0] } };
    return EP_OK;
}


static int
compare_names(const void *a, const void *b)
{
    ep_str_t x = ((const ep_group_t *) a)->name;
    ep_str_t y = ((const ep_group_t *) b)->name;
    int order = memcmp(x.p, y.p, x.n < y.n ? x.n : y.n);

    return order != 0 ? order : (x.n > y.n) - (x.n < y.n);
}


static int
compare_totals(const void *a, const void *b)
{
    int64_t x = ((const ep_group_t *) a)->total;
    int64_t y = ((const ep_group_t *) b)->total;

    return x != y ? (x < y) - (x > y) : compare_names(a, b);
}


/* What came from several codes with the same name becomes one row. */
static void
merge(ep_groups_t *groups)
{
    size_t n = 0;

    if (groups->n == 0) {
        return;
    }
    qsort(groups->row, groups->n, sizeof(ep_group_t), compare_names);
    for (size_t i = 1; i < groups->n; i++) {
        ep_group_t *into = &groups->row[n];
        const ep_group_t *row = &groups->row[i];

        if (ep_str_eq(into->name, row->name)) {
            into->total += row->total;
            into->active += row->active;
            into->silent += row->silent;
            into->kernelcare.active += row->kernelcare.active;
            into->kernelcare.silent += row->kernelcare.silent;
            into->libcare.active += row->libcare.active;
            into->libcare.silent += row->libcare.silent;
        } else {
            groups->row[++n] = *row;
        }
    }
    groups->n = n + 1;
    qsort(groups->row, groups->n, sizeof(ep_group_t), compare_totals);
}


static ep_rc_t
each_term(int64_t code, const ep_str_t field[EP_TERM_FIELDS], void *ctx,
          ep_err_t *err)
{
    collect_t *c = ctx;
    const count_t *n = &c->counts->of[code];
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; rc == EP_OK && i < c->n; i++) {
        if (n->active + n->silent > 0) {
            rc = add(c, i, field[c->field[i]], n, err);
        }
    }
    return rc;
}


static ep_rc_t
collect_terms(collect_t *c, int kind, ep_err_t *err)
{
    static const ep_str_t none[EP_TERM_FIELDS] = {
        { "", 0 }, { "", 0 }, { "", 0 }, { "", 0 }
    };
    ep_rc_t rc = each_term(0, none, c, err);

    if (rc == EP_OK) {
        rc = ep_term_each(c->stats->portal, kind, each_term, c, err);
    }
    for (size_t i = 0; i < c->n; i++) {
        merge(c->list[i]);
    }
    return rc;
}


static ep_rc_t
collect_keys(stats_t *st, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(st->portal, sql_keys);
    collect_t c = { .stats = st,
                    .list = { &st->out->keys, &st->out->feeds },
                    .n = 2 };
    ep_rc_t rc;

    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        const count_t *n = &st->keys.of[ep_col_int(q, 0)];

        for (int i = 0; n->active + n->silent > 0 && i < 2; i++) {
            rc = add(&c, (size_t) i, ep_col_str(q, i + 1), n, err);
            if (rc != EP_OK) {
                return rc;
            }
        }
    }
    merge(&st->out->keys);
    merge(&st->out->feeds);
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static void
sum_up_uptimes(stats_t *st)
{
    int64_t seen = 0;

    /* The buckets end at whole hours. */
    for (int64_t hour = 0; hour < HOURS_MAX; hour++) {
        st->out->uptimes[ep_uptime_bucket(hour * HOUR)] += st->hours[hour];
    }
    st->out->uptimes[EP_UPTIME_UNKNOWN] = st->out->total - st->uptimes;
    if (st->uptimes == 0) {
        st->out->uptime_average = st->out->uptime_median = -1;
        return;
    }
    st->out->uptime_average = st->uptime_sum / st->uptimes;
    for (int64_t hour = 0; hour < HOURS_MAX; hour++) {
        seen += st->hours[hour];
        if (seen * 2 >= st->uptimes) {
            st->out->uptime_median = hour * HOUR;
            return;
        }
    }
}


static ep_rc_t
collect(stats_t *st, ep_err_t *err)
{
    ep_server_stats_t *out = st->out;
    collect_t platforms = { .stats = st,
                            .counts = &st->platforms,
                            .field = { 0, 2, 3 },
                            .list = { &out->distros, &out->machines,
                                      &out->virts },
                            .n = 3 };
    collect_t kernels = { .stats = st,
                          .counts = &st->kernels,
                          .field = { 1, 2 },
                          .list = { &out->releases, &out->eunames },
                          .n = 2 };
    ep_rc_t rc = ep_needs_rc(st->needs, err);

    sum_up_uptimes(st);
    if (rc == EP_OK) {
        rc = collect_keys(st, err);
    }
    if (rc == EP_OK) {
        rc = collect_terms(&platforms, EP_TERM_PLATFORM, err);
    }
    return rc == EP_OK ? collect_terms(&kernels, EP_TERM_KERNEL, err) : rc;
}


static ep_rc_t
new_counts(stats_t *st, counts_t *counts, int64_t end, ep_err_t *err)
{
    counts->end = end;
    counts->of = ep_arena_alloc(st->arena, (size_t) end * sizeof(count_t));
    return counts->of != NULL ? EP_OK : no_memory(err);
}


static ep_rc_t
read_products(stats_t *st, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(st->portal, sql_products);
    ep_rc_t rc;

    st->products =
        ep_arena_alloc(st->arena, (size_t) st->keys.end * sizeof(uint32_t));
    if (st->products == NULL) {
        return no_memory(err);
    }
    ep_bind_int(q, 1, EP_PRODUCTS_DEFAULT);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        if (ep_col_int(q, 0) < st->keys.end) {
            st->products[ep_col_int(q, 0)] = (uint32_t) ep_col_int(q, 1);
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static ep_rc_t
prepare(stats_t *st, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(st->portal, sql_key_end);
    int64_t end = 0;
    ep_rc_t rc = ep_stmt_row(q, err);

    if (rc == EP_OK) {
        rc = new_counts(st, &st->keys, ep_col_int(q, 0), err);
    }
    if (rc == EP_OK) {
        rc = read_products(st, err);
    }
    if (rc == EP_OK) {
        rc = ep_term_end(st->portal, &end, err);
    }
    if (rc == EP_OK) {
        rc = new_counts(st, &st->platforms, end, err);
    }
    if (rc == EP_OK) {
        rc = new_counts(st, &st->kernels, end, err);
    }
    if (rc == EP_OK) {
        rc = ep_needs_new(st->portal, st->arena, &st->needs, err);
    }
    st->active = ep_selection_new(st->arena, st->s->size);
    st->hours = ep_arena_alloc(st->arena, HOURS_MAX * sizeof(uint32_t));
    if (rc == EP_OK && (st->active == NULL || st->hours == NULL)) {
        return no_memory(err);
    }
    return rc;
}


ep_rc_t
ep_selection_stats(ep_portal_t *portal, const ep_selection_t *selection,
                   ep_arena_t *arena, ep_server_stats_t *out, ep_err_t *err)
{
    ep_server_stats_t result = { .total = selection->count, .uptime_max = -1 };
    stats_t st = { .portal = portal,
                   .arena = arena,
                   .s = selection,
                   .out = &result,
                   .since =
                       ep_portal_now(portal) / 1000000 - EP_ACTIVE_SECONDS };
    ep_rc_t rc = prepare(&st, err);

    if (st.since < 1) {
        st.since = 1;
    }
    if (rc == EP_OK) {
        rc = ep_block_each(portal, EP_BLOCK_WHEN, selection, each_when, &st,
                           err);
    }
    if (rc == EP_OK) {
        rc = ep_block_each(portal, EP_BLOCK_WHAT, selection, each_what, &st,
                           err);
    }
    if (rc == EP_OK) {
        rc = collect(&st, err);
    }
    if (rc == EP_OK) {
        *out = result;
    }
    return rc;
}
