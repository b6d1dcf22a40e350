/* What an action on a patchset would change: see eportal/waiting.h. It is
 * done, and looked at, in a transaction that its caller takes back. */

#include <eportal/waiting.h>

/* The states of a feed's patchsets, before or after. */
typedef struct {
    ep_arena_t *arena;
    ep_patchset_t *row;
    size_t n;
    size_t cap;
} states_t;


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory",
                      "out of memory while looking at patchsets");
}


static ep_rc_t
keep(const ep_patchset_t *p, void *ctx, ep_err_t *err)
{
    states_t *s = ctx;
    char *name = ep_arena_strdup(s->arena, p->name);

    if (s->n == s->cap) {
        size_t cap = s->cap > 0 ? 2 * s->cap : 256;
        ep_patchset_t *row = ep_arena_alloc(s->arena, cap * sizeof(*row));

        if (row != NULL && s->n > 0) {
            memcpy(row, s->row, s->n * sizeof(*row));
        }
        s->row = row;
        s->cap = cap;
    }
    if (name == NULL || s->row == NULL) {
        return no_memory(err);
    }
    s->row[s->n] = *p;
    s->row[s->n++].name = (ep_str_t){ name, p->name.n };
    return EP_OK;
}


/* The lists are of the same patchsets in the same order. */
static ep_rc_t
tell(const states_t *before, const states_t *after, ep_str_t feed,
     ep_change_fn fn, void *ctx, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; rc == EP_OK && i < after->n && i < before->n; i++) {
        ep_change_t change = { .feed = feed,
                               .patchset = after->row[i].name,
                               .from = before->row[i].state,
                               .to = after->row[i].state };

        if (change.from != change.to) {
            rc = fn(&change, ctx, err);
        }
    }
    return rc;
}


ep_rc_t
ep_patchset_preview(ep_portal_t *portal, ep_product_t product, ep_str_t name,
                    ep_str_t feed, ep_action_t action, ep_arena_t *arena,
                    ep_change_fn fn, void *ctx, ep_err_t *err)
{
    states_t before = { .arena = arena }, after = { .arena = arena };
    ep_change_t wait = { .feed = feed, .patchset = name, .waits = true };
    bool waits = false;
    ep_rc_t rc = ep_patchset_list(portal, product, feed, keep, &before, err);

    if (rc == EP_OK) {
        ep_portal_set_quiet(portal, true);
        rc =
            ep_patchset_order(portal, product, name, feed, action, &waits, err);
        ep_portal_set_quiet(portal, false);
    }
    if (rc == EP_OK && waits) {
        return fn(&wait, ctx, err);
    }
    if (rc == EP_OK) {
        rc = ep_patchset_list(portal, product, feed, keep, &after, err);
    }
    return rc == EP_OK ? tell(&before, &after, feed, fn, ctx, err) : rc;
}
