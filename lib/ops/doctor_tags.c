/* The storage doctor counts again how many servers have which tag. */

#include "ops/doctor.h"
#include "store/recount.h"

#define PIECE 100 /* counters corrected in one transaction */

/* The first counters that are off. */
typedef struct {
    ep_arena_t *arena;
    ep_tag_off_t row[PIECE];
    size_t n;
    size_t all;
} tags_t;


static bool
keep(ep_arena_t *arena, ep_str_t *text)
{
    char *copy = ep_arena_strdup(arena, *text);

    if (text->p != NULL) {
        text->p = copy;
    }
    return copy != NULL;
}


static ep_rc_t
note(const ep_tag_off_t *off, void *ctx, ep_err_t *err)
{
    tags_t *t = ctx;
    ep_tag_off_t *row;

    t->all++;
    if (t->n == PIECE) {
        return EP_OK;
    }
    row = &t->row[t->n];
    *row = *off;
    if (!keep(t->arena, &row->name) || !keep(t->arena, &row->value)
        || !keep(t->arena, &row->origin))
    {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    t->n++;
    return EP_OK;
}


static ep_rc_t
correct(ep_portal_t *portal, const tags_t *t, ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    for (size_t i = 0; rc == EP_OK && i < t->n; i++) {
        rc = ep_tag_correct(portal, &t->row[i], err);
    }
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


/* Piece by piece, until nothing is off or a piece changes nothing. */
static ep_rc_t
mend(ep_portal_t *portal, tags_t *t, ep_err_t *err)
{
    size_t before = t->all + 1;
    ep_rc_t rc = EP_OK;

    while (rc == EP_OK && t->n > 0 && t->all < before) {
        before = t->all;
        rc = correct(portal, t, err);
        t->n = t->all = 0;
        ep_arena_reset(t->arena);
        if (rc == EP_OK) {
            rc = ep_tag_recount(portal, note, t, err);
        }
    }
    if (rc == EP_OK && t->all > 0) {
        return ep_err_set(err, EP_EBUSY, "tags",
                          "they change while they are counted: run `kc."
                          "eportal doctor --storage --repair` again");
    }
    return rc;
}


ep_rc_t
ep_doctor_tags(ep_doctor_run_t *d, ep_err_t *err)
{
    tags_t t = { .arena = ep_arena_new() };
    ep_mend_t mended = { 0 };
    size_t all;
    ep_rc_t rc;

    if (t.arena == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    rc = ep_tag_recount(d->portal, note, &t, err);
    all = t.all;
    if (rc == EP_OK && all > 0) {
        if (d->repair) {
            mended.rc = mend(d->portal, &t, &mended.err);
        }
        rc = ep_doctor_mended(d, "wrong-tag-count", &mended,
                              "they were corrected", err,
                              "How many servers have which tag is kept wrong "
                              "in %zu counters.",
                              all);
    }
    ep_arena_free(t.arena);
    return rc;
}
