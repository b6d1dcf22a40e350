/* Bringing a feed up to date: see eportal/source.h. */

#include <stdlib.h>

#include <eportal/arena.h>
#include <eportal/feed.h>

#include "source/download.h"
#include "source/fetch.h"
#include "store/undeployed.h"

#define PLAN_MAX 100000
#define HOUR_US (INT64_C(3600) * 1000 * 1000)

typedef struct {
    int64_t order;
    ep_update_t update;
} step_t;

typedef struct {
    ep_arena_t *arena;
    step_t *steps;
    size_t count, cap;
} plan_t;


static ep_rc_t
add_step(plan_t *plan, int64_t order, const ep_update_t *update, ep_err_t *err)
{
    step_t *steps = plan->steps;
    char *name = ep_arena_strdup(plan->arena, update->name);

    if (plan->count == plan->cap && plan->cap < PLAN_MAX) {
        plan->cap = plan->cap > 0 ? plan->cap * 2 : 64;
        steps = realloc(plan->steps, plan->cap * sizeof(*steps));
        plan->steps = steps != NULL ? steps : plan->steps;
    }
    if (steps == NULL || name == NULL || plan->count == plan->cap) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    steps[plan->count] = (step_t){ .order = order, .update = *update };
    steps[plan->count++].update.name.p = name;
    return EP_OK;
}


static ep_rc_t
add_here(const ep_patchset_t *patchset, void *ctx, ep_err_t *err)
{
    ep_update_t update = { .name = patchset->name, .enable = true };

    return add_step(ctx, patchset->order, &update, err);
}


static int
by_order(const void *a, const void *b)
{
    const step_t *x = a, *y = b;

    return (x->order > y->order) - (x->order < y->order);
}


/* What appeared later than the feed's delay allows has to wait. */
static int64_t
latest(ep_portal_t *portal, const ep_feed_t *feed, bool now)
{
    return now ? INT64_MAX
               : ep_portal_now(portal) - feed->deploy_after * HOUR_US;
}


/* feed: that would have it at once; NULL: none. */
static ep_rc_t
add_missing(ep_portal_t *portal, ep_product_t product, unsigned channels,
            const ep_feed_t *feed, plan_t *plan, ep_err_t *err)
{
    bool cache = ep_config_bool(ep_portal_config(portal), EP_CACHE_MODE);
    ep_upstream_file_t file = { 0 };
    bool held = feed == NULL;
    ep_rc_t rc;

    while ((rc = ep_upstream_missing(portal, product, file.order, channels,
                                     &file, err))
           == EP_OK)
    {
        ep_update_t update = { .name = ep_str(file.name),
                               .download = true,
                               .size = (uint64_t) (cache ? file.levels_size
                                                         : file.size) };

        if (feed != NULL) {
            rc = ep_undeployed_has(portal, feed, product, file.order, &held,
                                   err);
        }
        update.enable = !held;
        if (rc == EP_OK) {
            rc = add_step(plan, file.order, &update, err);
        }
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


/* Tell the plan, oldest first. */
static ep_rc_t
tell(plan_t *plan, ep_str_t feed, ep_update_fn fn, void *fn_ctx, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    if (plan->count > 0) {
        qsort(plan->steps, plan->count, sizeof(*plan->steps), by_order);
    }
    for (size_t i = 0; rc == EP_OK && fn != NULL && i < plan->count; i++) {
        plan->steps[i].update.feed = feed;
        rc = fn(&plan->steps[i].update, fn_ctx, err);
    }
    return rc;
}


static ep_rc_t
enable(ep_portal_t *portal, ep_product_t product, const ep_feed_t *feed,
       bool now, ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc == EP_OK) {
        rc = ep_auto_enable(portal, product, ep_str(feed->name),
                            latest(portal, feed, now), NULL, err);
    }
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


/* What is here is enabled also when something could not be downloaded. */
static ep_rc_t
carry_out(ep_portal_t *portal, ep_product_t product, const ep_feed_t *feed,
          bool now, const ep_transfer_t *transfer, ep_err_t *err)
{
    int64_t count = 0;
    ep_rc_t rc = ep_download_channels(portal, product,
                                      ep_channel_bit(ep_str(feed->channel)),
                                      transfer, &count, err);
    ep_rc_t enabled =
        enable(portal, product, feed, now, rc == EP_OK ? err : NULL);

    return rc != EP_OK ? rc : enabled;
}


static ep_rc_t
plan_begin(plan_t *plan, ep_err_t *err)
{
    *plan = (plan_t){ .arena = ep_arena_new() };
    return plan->arena != NULL
               ? EP_OK
               : ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
}


static void
plan_end(plan_t *plan)
{
    free(plan->steps);
    ep_arena_free(plan->arena);
}


static ep_rc_t
update(ep_portal_t *portal, ep_product_t product, const ep_feed_t *feed,
       bool now, bool dry_run, const ep_transfer_t *transfer, ep_update_fn fn,
       void *fn_ctx, ep_err_t *err)
{
    unsigned channel = ep_channel_bit(ep_str(feed->channel));
    plan_t plan;
    ep_rc_t rc = plan_begin(&plan, err);

    if (rc == EP_OK) {
        rc = ep_patchset_list_new(portal, product, ep_str(feed->name),
                                  latest(portal, feed, now), add_here, &plan,
                                  err);
    }
    if (rc == EP_OK) {
        rc = add_missing(portal, product, channel,
                         now || feed->deploy_after == 0 ? feed : NULL, &plan,
                         err);
    }
    if (rc == EP_OK) {
        rc = tell(&plan, ep_str(feed->name), fn, fn_ctx, err);
    }
    if (rc == EP_OK && !dry_run && plan.count > 0) {
        rc = carry_out(portal, product, feed, now, transfer, err);
    }
    plan_end(&plan);
    return rc;
}


ep_rc_t
ep_source_update_feed(ep_portal_t *portal, ep_product_t product, ep_str_t feed,
                      bool dry_run, const ep_transfer_t *transfer,
                      ep_update_fn fn, void *fn_ctx, ep_err_t *err)
{
    ep_feed_t in;
    ep_rc_t rc = ep_feed_find(portal, feed, &in, err);

    return rc == EP_OK ? update(portal, product, &in, true, dry_run, transfer,
                                fn, fn_ctx, err)
                       : rc;
}


/* Names of the automatic feeds: a list must not stay open while others
 * write. */
static ep_rc_t
add_auto(const ep_feed_t *feed, void *ctx, ep_err_t *err)
{
    ep_update_t step = { .name = ep_str(feed->name) };

    return feed->auto_update ? add_step(ctx, 0, &step, err) : EP_OK;
}


ep_rc_t
ep_source_auto_update(ep_portal_t *portal, ep_product_t product, bool dry_run,
                      const ep_transfer_t *transfer, ep_update_fn fn,
                      void *fn_ctx, ep_err_t *err)
{
    plan_t feeds;
    ep_feed_t feed;
    ep_rc_t rc = plan_begin(&feeds, err);

    if (rc == EP_OK) {
        rc = ep_feed_list(portal, add_auto, &feeds, err);
    }
    for (size_t i = 0; rc == EP_OK && i < feeds.count; i++) {
        rc = ep_feed_find(portal, feeds.steps[i].update.name, &feed, err);
        if (rc == EP_OK) {
            rc = update(portal, product, &feed, false, dry_run, transfer, fn,
                        fn_ctx, err);
        }
    }
    plan_end(&feeds);
    return rc;
}


ep_rc_t
ep_source_list_missing(ep_portal_t *portal, ep_product_t product,
                       ep_update_fn fn, void *fn_ctx, ep_err_t *err)
{
    unsigned channels = 0;
    plan_t plan;
    ep_rc_t rc = plan_begin(&plan, err);

    if (rc == EP_OK) {
        rc = ep_source_channels(portal, &channels, err);
    }
    if (rc == EP_OK) {
        rc = add_missing(portal, product, channels, NULL, &plan, err);
    }
    if (rc == EP_OK) {
        rc = tell(&plan, EP_STR_NULL, fn, fn_ctx, err);
    }
    plan_end(&plan);
    return rc;
}
