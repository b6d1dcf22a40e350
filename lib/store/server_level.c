/*
 * What servers have beside what their feeds have. A level is looked up once
 * for each kernel and each way to look at it (feed and products of a key): a
 * handful, whatever the number of servers.
 */

#include <stdlib.h>

#include <eportal/patchset.h>

#include "store/patchset.h"
#include "store/server_block.h"

#define PLACES 4096 /* a power of two */
#define UNKNOWN UINT32_MAX

static const char sql_keys[] = "SELECT id, feed_id, products FROM key";
static const char sql_key_end[] = "SELECT coalesce(max(id), 0) + 1 FROM key";

/* A feed seen with some products: levels by kernel code, UNKNOWN until they
 * are looked up. */
typedef struct {
    int64_t feed_id;
    unsigned products;
    uint32_t *level;
} view_t;

/* The patchset of a kernel at a level, once it was looked up. */
typedef struct {
    uint32_t kernel;
    uint32_t level;
    int64_t patchset_id;
} place_t;

struct ep_needs {
    ep_portal_t *portal;
    ep_arena_t *arena;
    ep_rc_t rc; /* the first failure */
    ep_err_t err;
    int64_t key_end;
    uint32_t *view_of; /* by key; 0: none, else number + 1 */
    view_t *views;
    size_t view_count;
    size_t view_cap;
    int64_t kernel_end;
    uint8_t (*kernels)[EP_OBJECT_SIZE];
    bool *known;
    place_t *places; /* kernel 0: not used */
};


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory",
                      "out of memory while looking at servers");
}


static ep_rc_t
add_view(ep_needs_t *needs, int64_t feed_id, unsigned products, size_t *out,
         ep_err_t *err)
{
    for (size_t i = 0; i < needs->view_count; i++) {
        if (needs->views[i].feed_id == feed_id
            && needs->views[i].products == products) {
            *out = i;
            return EP_OK;
        }
    }
    if (needs->view_count == needs->view_cap) {
        size_t cap = needs->view_cap > 0 ? needs->view_cap * 2 : 16;
        view_t *views = ep_arena_alloc(needs->arena, cap * sizeof(*views));

        if (views == NULL) {
            return no_memory(err);
        }
        if (needs->view_count > 0) {
            memcpy(views, needs->views, needs->view_count * sizeof(*views));
        }
        needs->views = views;
        needs->view_cap = cap;
    }
    *out = needs->view_count++;
    needs->views[*out] = (view_t){ .feed_id = feed_id, .products = products };
    return EP_OK;
}


static ep_rc_t
read_keys(ep_needs_t *needs, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp)
    ep_stmt_t *end = ep_stmt(needs->portal, sql_key_end);
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(needs->portal, sql_keys);
    ep_rc_t rc = ep_stmt_row(end, err);
    size_t view = 0;

    if (rc != EP_OK) {
        return rc;
    }
    needs->key_end = ep_col_int(end, 0);
    needs->view_of = ep_arena_alloc(needs->arena,
                                    (size_t) needs->key_end * sizeof(uint32_t));
    if (needs->view_of == NULL) {
        return no_memory(err);
    }
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        int64_t id = ep_col_int(q, 0);
        unsigned products = ep_col_null(q, 2) ? EP_PRODUCTS_DEFAULT
                                              : (unsigned) ep_col_int(q, 2);

        rc = add_view(needs, ep_col_int(q, 1), products, &view, err);
        if (rc != EP_OK) {
            return rc;
        }
        needs->view_of[id] = (uint32_t) view + 1;
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static ep_rc_t
note_kernel(int64_t code, const ep_str_t field[EP_TERM_FIELDS], void *ctx,
            ep_err_t *err)
{
    ep_needs_t *needs = ctx;

    needs->known[code] =
        ep_unhex(field[0], needs->kernels[code], EP_OBJECT_SIZE);
    return EP_OK;
}


ep_rc_t
ep_needs_new(ep_portal_t *portal, ep_arena_t *arena, ep_needs_t **out,
             ep_err_t *err)
{
    ep_needs_t *needs = ep_arena_alloc(arena, sizeof(*needs));
    ep_rc_t rc;

    if (needs == NULL) {
        return no_memory(err);
    }
    needs->portal = portal;
    needs->arena = arena;
    rc = ep_term_end(portal, &needs->kernel_end, err);
    if (rc != EP_OK) {
        return rc;
    }
    needs->kernels =
        ep_arena_alloc(arena, (size_t) needs->kernel_end * EP_OBJECT_SIZE);
    needs->known = ep_arena_alloc(arena, (size_t) needs->kernel_end);
    needs->places = ep_arena_alloc(arena, PLACES * sizeof(*needs->places));
    if (needs->kernels == NULL || needs->known == NULL || needs->places == NULL)
    {
        return no_memory(err);
    }
    rc = read_keys(needs, err);
    if (rc == EP_OK) {
        rc = ep_term_each(portal, EP_TERM_KERNEL, note_kernel, needs, err);
    }
    if (rc == EP_OK) {
        *out = needs;
    }
    return rc;
}


ep_rc_t
ep_needs_rc(const ep_needs_t *needs, ep_err_t *err)
{
    return needs->rc == EP_OK ? EP_OK
                              : ep_err_set(err, needs->rc, needs->err.code,
                                           "%s", needs->err.msg);
}


static uint32_t
look_up(ep_needs_t *needs, const view_t *view, uint32_t kernel)
{
    ep_level_query_t query = { .object = needs->kernels[kernel],
                               .feed_id = view->feed_id,
                               .products = view->products };
    ep_level_t level = { 0 };
    ep_err_t local = { 0 };
    ep_rc_t rc;

    if (!needs->known[kernel]) {
        return 0;
    }
    rc = ep_level_find(needs->portal, &query, &level, &local);
    if (rc != EP_OK && rc != EP_ENOTFOUND && needs->rc == EP_OK) {
        needs->rc = rc;
        needs->err = local;
    }
    return level.level > 0 && level.level < UNKNOWN ? (uint32_t) level.level
                                                    : 0;
}


/* A view's levels, made at its first use; NULL without memory. */
static uint32_t *
levels_of(ep_needs_t *needs, view_t *view)
{
    if (view->level == NULL) {
        size_t size = (size_t) needs->kernel_end * sizeof(uint32_t);

        view->level = ep_arena_alloc(needs->arena, size);
        if (view->level == NULL) {
            needs->rc = no_memory(&needs->err);
            return NULL;
        }
        memset(view->level, 0xff, size);
    }
    return view->level;
}


ep_current_t
ep_needs_of(ep_needs_t *needs, const uint8_t *record)
{
    uint32_t key = ep_digits4(record + EP_AT_KEY);
    uint32_t kernel = ep_digits4(record + EP_AT_KERNEL);
    uint32_t *levels;
    view_t *view;

    if (key >= needs->key_end || needs->view_of[key] == 0
        || kernel >= needs->kernel_end)
    {
        return EP_CURRENT_UNSUPPORTED;
    }
    view = &needs->views[needs->view_of[key] - 1];
    levels = levels_of(needs, view);
    if (levels == NULL) {
        return EP_CURRENT_UNSUPPORTED;
    }
    if (levels[kernel] == UNKNOWN) {
        levels[kernel] = look_up(needs, view, kernel);
    }
    if (levels[kernel] == 0) {
        return EP_CURRENT_UNSUPPORTED;
    }
    return ep_digits4(record + EP_AT_LEVEL) >= levels[kernel]
               ? EP_CURRENT_YES
               : EP_CURRENT_OUTDATED;
}


bool
ep_needs_runs(ep_needs_t *needs, const uint8_t *record, int64_t patchset_id)
{
    uint32_t kernel = ep_digits4(record + EP_AT_KERNEL);
    uint32_t level = ep_digits4(record + EP_AT_LEVEL);
    place_t *place =
        &needs->places[(kernel * 31 + level * 0x9e3779b1u) % PLACES];
    ep_err_t local = { 0 };
    ep_rc_t rc;

    if (kernel == 0 || kernel >= needs->kernel_end || level == 0
        || !needs->known[kernel])
    {
        return false;
    }
    if (place->kernel != kernel || place->level != level) {
        *place = (place_t){ .kernel = kernel, .level = level };
        rc = ep_level_publisher(needs->portal, needs->kernels[kernel], level,
                                &place->patchset_id, &local);
        if (rc != EP_OK && needs->rc == EP_OK) {
            needs->rc = rc;
            needs->err = local;
        }
    }
    return place->patchset_id == patchset_id;
}
