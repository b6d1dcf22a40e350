/*
 * Enabling what is not downloaded yet (NEW-PS-7): it waits, and the daemon
 * downloads and enables it.
 */

#ifndef EPORTAL_WAITING_H
#define EPORTAL_WAITING_H

#include <eportal/patchset.h>

/*
 * As ep_patchset_manage, in the caller's write transaction; but what is to be
 * enabled and is only known from the patch source is noted for the daemon's
 * job `fetch`, which becomes due at once: *waits (may be NULL) is then true.
 * EP_EINVAL also "blocked", "not-available" and, when no patch source is set
 * that it could come from, "not-downloaded".
 */
ep_rc_t ep_patchset_order(ep_portal_t *portal, ep_product_t product,
                          ep_str_t name, ep_str_t feed, ep_action_t action,
                          bool *waits, ep_err_t *err);

/*
 * What the same would change, in the caller's write transaction, which he
 * takes back afterwards: everything has been done in it. waits: it is not
 * here and would be enabled once it is; its states say nothing then. The
 * patchset's name is written as its row has it, unless it waits.
 */
typedef struct {
    ep_str_t feed;
    ep_str_t patchset;
    ep_state_t from;
    ep_state_t to;
    bool waits;
} ep_change_t;
typedef ep_rc_t (*ep_change_fn)(const ep_change_t *change, void *ctx,
                                ep_err_t *err);
ep_rc_t ep_patchset_preview(ep_portal_t *portal, ep_product_t product,
                            ep_str_t name, ep_str_t feed, ep_action_t action,
                            ep_arena_t *arena, ep_change_fn fn, void *ctx,
                            ep_err_t *err);

/* What waits, by order of patchsets. trouble: why the last try failed, empty
 * before it did. */
typedef ep_rc_t (*ep_waiting_fn)(int64_t order, ep_str_t feed, ep_str_t trouble,
                                 void *ctx, ep_err_t *err);
ep_rc_t ep_waiting_list(ep_portal_t *portal, ep_product_t product,
                        ep_waiting_fn fn, void *ctx, ep_err_t *err);

#endif
