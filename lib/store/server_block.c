/*
 * The blocks that lists of servers read: the tables server_what, server_when,
 * server_dates, server_addr, server_label, server_name and server_there, which
 * the triggers of sql/005 and sql/012 keep. A block is one row of one page,
 * with a record for each of so many consecutive local ids.
 */

#include "store/server_block.h"

#define STEP_MAX 8 /* rows passed over rather than sought */

const ep_block_form_t ep_block_forms[EP_BLOCK_COUNT] = {
    [EP_BLOCK_WHAT] = { 16, 250 },  [EP_BLOCK_WHEN] = { 10, 400 },
    [EP_BLOCK_DATES] = { 10, 400 }, [EP_BLOCK_ADDR] = { 17, 235 },
    [EP_BLOCK_LABEL] = { 17, 235 }, [EP_BLOCK_NAME] = { 48, 83 },
    [EP_BLOCK_THERE] = { 1, 4000 }
};

static const char sql_what[] =
    "SELECT block, data FROM server_what WHERE block >= ?1 ORDER BY block";
static const char sql_when[] =
    "SELECT block, data FROM server_when WHERE block >= ?1 ORDER BY block";
static const char sql_dates[] =
    "SELECT block, data FROM server_dates WHERE block >= ?1 ORDER BY block";
static const char sql_addr[] =
    "SELECT block, data FROM server_addr WHERE block >= ?1 ORDER BY block";
static const char sql_label[] =
    "SELECT block, data FROM server_label WHERE block >= ?1 ORDER BY block";
static const char sql_name[] =
    "SELECT block, data FROM server_name WHERE block >= ?1 ORDER BY block";
static const char sql_there[] =
    "SELECT block, data FROM server_there WHERE block >= ?1 ORDER BY block";

/* A walk over the blocks of one table. */
typedef struct {
    ep_portal_t *portal;
    ep_block_t kind;
    ep_stmt_t *q;
    int64_t block; /* of the current row; -1: there is none yet */
    bool over;
} walk_t;


ep_selection_t *
ep_selection_new(ep_arena_t *arena, int64_t size)
{
    ep_selection_t *s = ep_arena_alloc(arena, sizeof(*s));
    size_t words = (size_t) size / 64 + 1;

    if (s != NULL) {
        s->bits = ep_arena_alloc(arena, words * sizeof(*s->bits));
        s->size = size;
    }
    return s != NULL && s->bits != NULL ? s : NULL;
}


void
ep_selection_and(ep_selection_t *s, const ep_selection_t *other)
{
    for (int64_t i = 0; i <= s->size / 64; i++) {
        s->bits[i] &= other->bits[i];
    }
}


void
ep_selection_recount(ep_selection_t *s)
{
    s->count = 0;
    for (int64_t i = 0; i <= s->size / 64; i++) {
        s->count += __builtin_popcountll(s->bits[i]);
    }
}


int64_t
ep_selection_count(const ep_selection_t *selection)
{
    return selection->count;
}


int64_t
ep_selection_next(const ep_selection_t *selection, int64_t after)
{
    return ep_bit_next(selection, after);
}


static ep_stmt_t *
statement(ep_portal_t *portal, ep_block_t kind)
{
    switch (kind) {
    case EP_BLOCK_WHAT:
        return ep_stmt(portal, sql_what);
    case EP_BLOCK_WHEN:
        return ep_stmt(portal, sql_when);
    case EP_BLOCK_DATES:
        return ep_stmt(portal, sql_dates);
    case EP_BLOCK_ADDR:
        return ep_stmt(portal, sql_addr);
    case EP_BLOCK_LABEL:
        return ep_stmt(portal, sql_label);
    case EP_BLOCK_NAME:
        return ep_stmt(portal, sql_name);
    default:
        return ep_stmt(portal, sql_there);
    }
}


static ep_rc_t
next_row(walk_t *w, ep_err_t *err)
{
    ep_rc_t rc = ep_stmt_row(w->q, err);

    if (rc == EP_OK) {
        w->block = ep_col_int(w->q, 0);
    } else if (rc == EP_ENOTFOUND) {
        w->over = true;
        rc = EP_OK;
    }
    return rc;
}


/* To the first row at or behind a block. */
static ep_rc_t
go_to(walk_t *w, int64_t block, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    if (w->q == NULL || (w->block < block - STEP_MAX && !w->over)) {
        ep_stmt_endp(&w->q);
        w->q = statement(w->portal, w->kind);
        ep_bind_int(w->q, 1, block);
        w->block = -1;
    }
    while (rc == EP_OK && w->block < block && !w->over) {
        rc = next_row(w, err);
    }
    return rc;
}


static ep_rc_t
visit(walk_t *w, int64_t block, ep_block_fn fn, void *ctx, ep_err_t *err)
{
    static const uint8_t nothing[EP_BLOCK_MAX];
    const ep_block_form_t *form = &ep_block_forms[w->kind];
    const uint8_t *data = nothing;

    if (w->block == block && !w->over) {
        ep_str_t blob = ep_col_blob(w->q, 1);

        if (blob.n != form->size * (size_t) form->slots) {
            return ep_err_set(err, EP_EDB, "wrong-blocks",
                              "a block of servers has a wrong length; run "
                              "`kc.eportal doctor --storage --repair`");
        }
        data = (const uint8_t *) blob.p;
    }
    fn(ctx, block * form->slots, (block + 1) * form->slots, data);
    return EP_OK;
}


static ep_rc_t
visit_all(walk_t *w, ep_block_fn fn, void *ctx, ep_err_t *err)
{
    ep_rc_t rc = go_to(w, 0, err);

    while (rc == EP_OK && !w->over) {
        rc = visit(w, w->block, fn, ctx, err);
        if (rc == EP_OK) {
            rc = next_row(w, err);
        }
    }
    return rc;
}


ep_rc_t
ep_block_each(ep_portal_t *portal, ep_block_t kind, const ep_selection_t *among,
              ep_block_fn fn, void *ctx, ep_err_t *err)
{
    int64_t slots = ep_block_forms[kind].slots;
    walk_t w = { .portal = portal, .kind = kind, .block = -1 };
    int64_t id = among != NULL ? ep_selection_next(among, 0) : 0;
    ep_rc_t rc = EP_OK;

    if (among == NULL) {
        rc = visit_all(&w, fn, ctx, err);
    }
    while (rc == EP_OK && id != 0) {
        int64_t block = id / slots;

        rc = go_to(&w, block, err);
        if (rc == EP_OK) {
            rc = visit(&w, block, fn, ctx, err);
        }
        id = ep_selection_next(among, (block + 1) * slots - 1);
    }
    if (w.q != NULL) {
        ep_stmt_endp(&w.q);
    }
    return rc;
}


ep_rc_t
ep_block_one(ep_portal_t *portal, ep_block_t kind, int64_t block,
             ep_block_fn fn, void *ctx, ep_err_t *err)
{
    walk_t w = { .portal = portal, .kind = kind, .block = -1 };
    ep_rc_t rc = go_to(&w, block, err);

    if (rc == EP_OK) {
        rc = visit(&w, block, fn, ctx, err);
    }
    ep_stmt_endp(&w.q);
    return rc;
}
