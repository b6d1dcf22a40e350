/*
 * Which servers a filter selects: a bit for each local id, cleared by one
 * filter after the other. Each reads through one table of blocks, so that any
 * combination costs no more than its parts, and the count is exact.
 */

#include <eportal/patchset.h>

#include "store/patchset.h"
#include "store/server_block.h"

#define DAY ((int64_t) 24 * 3600)
#define AGE_MAX (100 * 365 * DAY)
#define HALF_YEAR (365 * DAY / 2)
#define SEARCH_MAX 256

const char *const ep_server_state_names[4] = { "", "active", "silent",
                                               "never" };
const char *const ep_uptime_names[EP_UPTIME_COUNT] = { "",        "under-6",
                                                       "6-12",    "12-18",
                                                       "over-18", "unknown" };

static const char sql_end[] = "SELECT coalesce(max(id), 0) + 1 FROM server";
static const char sql_keys[] =
    "SELECT k.id, k.key, f.name FROM key k JOIN feed f ON f.id = k.feed_id";
static const char sql_key_end[] = "SELECT coalesce(max(id), 0) + 1 FROM key";

/* Which codes fit; NULL: all do. */
typedef struct {
    uint8_t *fits;
    uint32_t end;
} mask_t;

/* Both may be in it. */
typedef struct {
    int64_t low;
    int64_t high;
} range_t;

typedef struct {
    ep_portal_t *portal;
    const ep_server_filter_t *f;
    ep_arena_t *arena;
    ep_selection_t *s;
    const ep_selection_t *among; /* NULL: all */
    mask_t keys;
    mask_t platforms;
    mask_t kernels;
    ep_needs_t *needs;
    int64_t patchset_id;
    range_t checkin;
    range_t uptime; /* and one second */
    range_t registered;
    range_t updated;
    ep_selection_t *never; /* those to be judged by their registration */
    int64_t now;           /* seconds */
} select_t;


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory",
                      "out of memory while looking for servers");
}


bool
ep_age_parse(ep_str_t s, ep_age_t *out)
{
    int64_t unit = DAY;
    int64_t n;

    if (s.n > 0 && s.p[s.n - 1] == 'h') {
        unit = 3600;
        s.n--;
    }
    if (!ep_str_int(s, &n) || n > AGE_MAX / unit || n < -AGE_MAX / unit) {
        return false;
    }
    *out = (ep_age_t){ .set = true,
                       .within = n < 0,
                       .seconds = (n < 0 ? -n : n) * unit };
    return true;
}


static bool
fits(const mask_t *mask, uint32_t code)
{
    return mask->fits == NULL || (code < mask->end && mask->fits[code]);
}


static ep_rc_t
new_mask(select_t *sel, mask_t *mask, int64_t end, ep_err_t *err)
{
    mask->end = (uint32_t) end;
    mask->fits = ep_arena_alloc(sel->arena, (size_t) end);
    return mask->fits != NULL ? EP_OK : no_memory(err);
}


static ep_rc_t
number(ep_portal_t *portal, const char *sql, int64_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql);
    ep_rc_t rc = ep_stmt_row(q, err);

    if (rc == EP_OK) {
        *out = ep_col_int(q, 0);
    }
    return rc;
}


/* The part of a text without regard to ASCII case. */
static bool
has_part(ep_str_t text, ep_str_t part)
{
    for (size_t i = 0; i + part.n <= text.n; i++) {
        if (ep_str_eq_nocase((ep_str_t){ text.p + i, part.n }, part)) {
            return true;
        }
    }
    return false;
}


/* The keys that are asked for; with search instead, those that are found. */
static ep_rc_t
mask_keys(select_t *sel, mask_t *mask, bool search, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(sel->portal, sql_keys);
    const ep_server_filter_t *f = sel->f;
    int64_t end;
    ep_rc_t rc = number(sel->portal, sql_key_end, &end, err);

    if (rc == EP_OK) {
        rc = new_mask(sel, mask, end, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_str_t key = ep_col_str(q, 1);

        mask->fits[ep_col_int(q, 0)] =
            search ? has_part(key, f->search)
                   : (f->key.n == 0 || ep_str_eq(f->key, key))
                         && (f->feed.n == 0
                             || ep_str_eq(f->feed, ep_col_str(q, 2)));
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static bool
fact_fits(ep_str_t wanted, ep_str_t fact)
{
    return wanted.n == 0
           || (fact.n > 0 ? ep_str_eq(wanted, fact)
                          : ep_str_eq(wanted, EP_STR("unknown")));
}


static bool
platform_fits(const ep_server_filter_t *f, const ep_str_t *field)
{
    return fact_fits(f->distro, field[0])
           && fact_fits(f->distro_version, field[1])
           && fact_fits(f->machine, field[2]) && fact_fits(f->virt, field[3]);
}


static bool
kernel_fits(const ep_server_filter_t *f, const ep_str_t *field)
{
    return (f->kernel_id.n == 0 || ep_str_eq_nocase(f->kernel_id, field[0]))
           && fact_fits(f->release, field[1]) && fact_fits(f->euname, field[2]);
}


static ep_rc_t
mask_platform(int64_t code, const ep_str_t field[EP_TERM_FIELDS], void *ctx,
              ep_err_t *err)
{
    select_t *sel = ctx;

    sel->platforms.fits[code] = platform_fits(sel->f, field);
    return EP_OK;
}


static ep_rc_t
mask_kernel(int64_t code, const ep_str_t field[EP_TERM_FIELDS], void *ctx,
            ep_err_t *err)
{
    select_t *sel = ctx;

    sel->kernels.fits[code] = kernel_fits(sel->f, field);
    return EP_OK;
}


static ep_rc_t
mask_terms(select_t *sel, ep_err_t *err)
{
    static const ep_str_t none[EP_TERM_FIELDS];
    const ep_server_filter_t *f = sel->f;
    int64_t end;
    ep_rc_t rc = ep_term_end(sel->portal, &end, err);

    if (rc == EP_OK
        && f->distro.n + f->distro_version.n + f->machine.n + f->virt.n > 0)
    {
        rc = new_mask(sel, &sel->platforms, end, err);
        if (rc == EP_OK) {
            rc = ep_term_each(sel->portal, EP_TERM_PLATFORM, mask_platform, sel,
                              err);
            sel->platforms.fits[0] = platform_fits(f, none);
        }
    }
    if (rc == EP_OK && f->kernel_id.n + f->release.n + f->euname.n > 0) {
        rc = new_mask(sel, &sel->kernels, end, err);
        if (rc == EP_OK) {
            rc = ep_term_each(sel->portal, EP_TERM_KERNEL, mask_kernel, sel,
                              err);
            sel->kernels.fits[0] = kernel_fits(f, none);
        }
    }
    return rc;
}


static bool
what_fits(select_t *sel, const uint8_t *p)
{
    const ep_server_filter_t *f = sel->f;

    return fits(&sel->keys, ep_digits4(p + EP_AT_KEY))
           && fits(&sel->platforms, ep_digits4(p + EP_AT_PLATFORM))
           && fits(&sel->kernels, ep_digits4(p + EP_AT_KERNEL))
           && (!f->has_level
               || (int64_t) ep_digits4(p + EP_AT_LEVEL) == f->level)
           && (f->current == EP_CURRENT_ANY
               || ep_needs_of(sel->needs, p) == f->current)
           && (f->patchset.n == 0
               || ep_needs_runs(sel->needs, p, sel->patchset_id));
}


/* Servers that there are: all that have a key. */
static void
each_what(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    select_t *sel = ctx;

    for (int64_t id = first; id < end && id < sel->s->size; id++) {
        const uint8_t *p = data + (id - first) * 16;

        if ((sel->among == NULL || ep_bit(sel->among, id))
            && ep_digits4(p + EP_AT_KEY) != 0 && what_fits(sel, p))
        {
            ep_bit_set(sel->s, id);
        }
    }
}


/* The same without any filter on it. */
static void
each_there(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    select_t *sel = ctx;

    if (end > sel->s->size) {
        end = sel->s->size;
    }
    for (int64_t id = first; id < end; id++) {
        sel->s->bits[id >> 6] |= (uint64_t) (data[id - first] & 1) << (id & 63);
    }
}


static bool
is_free(const select_t *sel)
{
    return sel->keys.fits == NULL && sel->platforms.fits == NULL
           && sel->kernels.fits == NULL && sel->needs == NULL
           && !sel->f->has_level;
}


static void
each_found_key(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    select_t *sel = ctx;

    for (int64_t id = first; id < end && id < sel->s->size; id++) {
        const uint8_t *p = data + (id - first) * 16;

        if (ep_bit(sel->among, id) && fits(&sel->keys, ep_digits4(p))) {
            ep_bit_set(sel->s, id);
        }
    }
}


ep_uptime_t
ep_uptime_bucket(int64_t seconds)
{
    if (seconds < 0) {
        return EP_UPTIME_UNKNOWN;
    }
    return seconds < HALF_YEAR       ? EP_UPTIME_UNDER_6
           : seconds < 2 * HALF_YEAR ? EP_UPTIME_6_12
           : seconds < 3 * HALF_YEAR ? EP_UPTIME_12_18
                                     : EP_UPTIME_OVER_18;
}


static void
cut_range(range_t *range, int64_t low, int64_t high)
{
    range->low = range->low > low ? range->low : low;
    range->high = range->high < high ? range->high : high;
}


static void
cut_by_age(const select_t *sel, const ep_age_t *age, range_t *range)
{
    int64_t limit = sel->now - age->seconds;

    if (age->set && age->within) {
        cut_range(range, limit, INT64_MAX);
    } else if (age->set) {
        cut_range(range, INT64_MIN, limit - 1);
    }
}


/* Which check-ins and uptimes (with one more second) fit. */
static void
set_ranges(select_t *sel)
{
    static const range_t uptimes[EP_UPTIME_COUNT] = {
        [EP_UPTIME_ANY] = { 0, INT64_MAX },
        [EP_UPTIME_UNDER_6] = { 1, HALF_YEAR },
        [EP_UPTIME_6_12] = { HALF_YEAR + 1, 2 * HALF_YEAR },
        [EP_UPTIME_12_18] = { 2 * HALF_YEAR + 1, 3 * HALF_YEAR },
        [EP_UPTIME_OVER_18] = { 3 * HALF_YEAR + 1, INT64_MAX },
        [EP_UPTIME_UNKNOWN] = { 0, 0 }
    };
    int64_t active = sel->now - EP_ACTIVE_SECONDS;

    sel->uptime = uptimes[sel->f->uptime];
    sel->checkin = sel->registered = sel->updated =
        (range_t){ INT64_MIN, INT64_MAX };
    if (sel->f->state == EP_SERVERS_ACTIVE) {
        cut_range(&sel->checkin, active > 1 ? active : 1, INT64_MAX);
    } else if (sel->f->state == EP_SERVERS_SILENT) {
        cut_range(&sel->checkin, 1, active - 1);
    } else if (sel->f->state == EP_SERVERS_NEVER) {
        cut_range(&sel->checkin, 0, 0);
    }
    cut_by_age(sel, &sel->f->checkin_age, &sel->checkin);
    cut_by_age(sel, &sel->f->registered_age, &sel->registered);
    if (sel->f->updated_age.set) {
        cut_range(&sel->updated, 1, INT64_MAX);
    }
    cut_by_age(sel, &sel->f->updated_age, &sel->updated);
}


static inline bool
in_range(const range_t *range, int64_t n)
{
    return n >= range->low && n <= range->high;
}


static void
each_when(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    select_t *sel = ctx;
    range_t checkin = sel->checkin, uptime = sel->uptime;
    bool judge = sel->f->checkin_age.set && !sel->f->checkin_age.within;

    for (int64_t from = first; from < end; from = (from | 63) + 1) {
        uint64_t bits = ep_bits_from(sel->s, from, end), gone = 0, never = 0;

        for (uint64_t left = bits; left != 0; left &= left - 1) {
            int64_t id = (from & ~(int64_t) 63) + __builtin_ctzll(left);
            const uint8_t *p = data + (id - first) * 10;
            uint64_t bit = left & -left;
            int64_t time = ep_digits5(p);
            bool fit =
                in_range(&checkin, time) & in_range(&uptime, ep_digits5(p + 5));

            gone |= fit ? 0 : bit;
            never |= fit & judge & (time == 0) ? bit : 0;
        }
        if (bits != 0) {
            sel->s->bits[from >> 6] &= ~gone;
            sel->never->bits[from >> 6] |= never;
        }
    }
}


static void
each_date(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    select_t *sel = ctx;
    int64_t id = first > 0 ? first - 1 : 0;

    while ((id = ep_bit_next(sel->s, id)) != 0 && id < end) {
        const uint8_t *p = data + (id - first) * 10;
        int64_t registered = ep_digits5(p);

        if (!in_range(&sel->registered, registered)
            || !in_range(&sel->updated, ep_digits5(p + 5)))
        {
            ep_bit_clear(sel->s, id);
        }
    }
}


/* Those that never came: by their registration. */
static void
each_never(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    select_t *sel = ctx;
    range_t range = { INT64_MIN, INT64_MAX };
    int64_t id = first > 0 ? first - 1 : 0;

    cut_by_age(sel, &sel->f->checkin_age, &range);
    while ((id = ep_bit_next(sel->never, id)) != 0 && id < end) {
        if (!in_range(&range, ep_digits5(data + (id - first) * 10))) {
            ep_bit_clear(sel->s, id);
        }
    }
}


static ep_rc_t
select_what(select_t *sel, ep_err_t *err)
{
    const ep_server_filter_t *f = sel->f;
    ep_rc_t rc = EP_OK;

    if (f->key.n + f->feed.n > 0) {
        rc = mask_keys(sel, &sel->keys, false, err);
    }
    if (rc == EP_OK) {
        rc = mask_terms(sel, err);
    }
    if (rc == EP_OK && (f->current != EP_CURRENT_ANY || f->patchset.n > 0)) {
        rc = ep_needs_new(sel->portal, sel->arena, &sel->needs, err);
    }
    if (rc == EP_OK && is_free(sel)) {
        rc = ep_block_each(sel->portal, EP_BLOCK_THERE, sel->among, each_there,
                           sel, err);
        if (sel->among != NULL) {
            ep_selection_and(sel->s, sel->among);
        }
    } else if (rc == EP_OK) {
        rc = ep_block_each(sel->portal, EP_BLOCK_WHAT, sel->among, each_what,
                           sel, err);
    }
    if (rc == EP_OK && sel->needs != NULL) {
        rc = ep_needs_rc(sel->needs, err);
    }
    return rc;
}


static ep_rc_t
select_times(select_t *sel, ep_err_t *err)
{
    const ep_server_filter_t *f = sel->f;
    ep_rc_t rc = EP_OK;

    sel->never = ep_selection_new(sel->arena, sel->s->size);
    if (sel->never == NULL) {
        return no_memory(err);
    }
    set_ranges(sel);
    if (f->state != EP_SERVERS_ANY || f->uptime != EP_UPTIME_ANY
        || f->checkin_age.set)
    {
        rc = ep_block_each(sel->portal, EP_BLOCK_WHEN, sel->s, each_when, sel,
                           err);
    }
    if (rc == EP_OK && f->checkin_age.set) {
        rc = ep_block_each(sel->portal, EP_BLOCK_DATES, sel->never, each_never,
                           sel, err);
    }
    if (rc == EP_OK && (f->registered_age.set || f->updated_age.set)) {
        rc = ep_block_each(sel->portal, EP_BLOCK_DATES, sel->s, each_date, sel,
                           err);
    }
    return rc;
}


static ep_rc_t
select_search(select_t *sel, ep_err_t *err)
{
    ep_selection_t *found = ep_selection_new(sel->arena, sel->s->size);
    select_t keys = *sel;
    ep_rc_t rc;

    if (found == NULL) {
        return no_memory(err);
    }
    rc = ep_match_search(sel->portal, sel->f->search, sel->arena, sel->s, found,
                         err);
    if (rc == EP_OK) {
        rc = mask_keys(&keys, &keys.keys, true, err);
    }
    if (rc == EP_OK
        && memchr(keys.keys.fits, 1, (size_t) keys.keys.end) != NULL) {
        keys.among = sel->s;
        keys.s = found;
        rc = ep_block_each(sel->portal, EP_BLOCK_WHAT, sel->s, each_found_key,
                           &keys, err);
    }
    ep_selection_and(sel->s, found);
    return rc;
}


static ep_rc_t
select_texts(select_t *sel, ep_err_t *err)
{
    const ep_server_filter_t *f = sel->f;
    ep_rc_t rc = EP_OK;

    if (f->ip.n > 0) {
        rc = ep_match_ip(sel->portal, f->ip, f->literal, sel->arena, sel->s,
                         err);
    }
    if (rc == EP_OK && f->hostname.n > 0) {
        rc = ep_match_hostname(sel->portal, f->hostname, f->literal, sel->arena,
                               sel->s, err);
    }
    if (rc == EP_OK && f->search.n > 0) {
        rc = select_search(sel, err);
    }
    return rc;
}


static ep_rc_t
name_one(select_t *sel, ep_selection_t *named, ep_str_t server_id,
         ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_caller_t server;
    ep_rc_t rc = ep_server_caller(sel->portal, server_id, &server, &local);

    if (rc == EP_OK && server.id < named->size) {
        ep_bit_set(named, server.id);
    } else if (rc != EP_OK && rc != EP_ENOTFOUND) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    return EP_OK;
}


/* Those that are named one by one or by a tag: nothing else is looked at. */
static ep_rc_t
select_named(select_t *sel, ep_err_t *err)
{
    const ep_server_filter_t *f = sel->f;
    ep_selection_t *named = ep_selection_new(sel->arena, sel->s->size);
    ep_selection_t *tagged = ep_selection_new(sel->arena, sel->s->size);
    ep_rc_t rc = EP_OK;

    if (named == NULL || tagged == NULL) {
        return no_memory(err);
    }
    for (size_t i = 0; rc == EP_OK && i < f->server_id_count; i++) {
        rc = name_one(sel, named, f->server_ids[i], err);
    }
    if (rc == EP_OK && f->server_id.n > 0) {
        ep_selection_t *one = ep_selection_new(sel->arena, sel->s->size);

        if (one == NULL) {
            return no_memory(err);
        }
        rc = name_one(sel, one, f->server_id, err);
        if (f->server_ids != NULL) {
            ep_selection_and(named, one);
        } else {
            named = one;
        }
    }
    if (f->server_ids != NULL || f->server_id.n > 0) {
        sel->among = named;
    }
    if (rc == EP_OK && f->tag.n > 0) {
        ep_str_t name, value = EP_STR_NULL;

        if (!ep_str_cut(f->tag, ':', &name, &value)) {
            value = EP_STR_NULL;
        } else if (value.n == 0) {
            value = EP_STR("");
        }
        rc = ep_tag_select(sel->portal, ep_str_trim(name), value, tagged, err);
        if (sel->among != NULL) {
            ep_selection_and(tagged, sel->among);
        }
        sel->among = tagged;
    }
    return rc;
}


static ep_rc_t
check(select_t *sel, ep_err_t *err)
{
    const ep_server_filter_t *f = sel->f;
    ep_err_t local = { 0 };
    ep_patchset_row_t row;
    ep_rc_t rc = EP_OK;

    if (f->kernel_id.n > 0 && !ep_str_is_hex(f->kernel_id, 40)) {
        return ep_err_set(err, EP_EINVAL, "bad-kernel-id",
                          "a kernel_id is 40 hexadecimal digits");
    }
    if (f->search.n > SEARCH_MAX) {
        return ep_err_set(err, EP_EINVAL, "bad-search",
                          "a text to search for has at most %d bytes",
                          SEARCH_MAX);
    }
    if (f->patchset.n > 0) {
        rc = ep_patchset_find_name(sel->portal, EP_PRODUCT_KERNEL, f->patchset,
                                   &row, &local);
        sel->patchset_id = rc == EP_OK ? row.id : -1;
    }
    return rc == EP_OK || rc == EP_ENOTFOUND
               ? EP_OK
               : ep_err_set(err, rc, local.code, "%s", local.msg);
}


ep_rc_t
ep_selection_make(ep_portal_t *portal, const ep_server_filter_t *filter,
                  ep_arena_t *arena, ep_selection_t **out, ep_err_t *err)
{
    select_t sel = { .portal = portal,
                     .f = filter,
                     .arena = arena,
                     .now = ep_portal_now(portal) / 1000000 };
    int64_t end;
    ep_rc_t rc = check(&sel, err);

    if (rc == EP_OK) {
        rc = number(portal, sql_end, &end, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    sel.s = ep_selection_new(arena, end);
    if (sel.s == NULL) {
        return no_memory(err);
    }
    rc = select_named(&sel, err);
    if (rc == EP_OK) {
        rc = select_what(&sel, err);
    }
    if (rc == EP_OK) {
        rc = select_times(&sel, err);
    }
    if (rc == EP_OK) {
        rc = select_texts(&sel, err);
    }
    if (rc == EP_OK) {
        ep_selection_recount(sel.s);
        *out = sel.s;
    }
    return rc;
}
