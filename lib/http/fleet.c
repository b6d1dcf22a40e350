/* Servers of a key beside their feed's levels: see http/fleet.h. */

#include <stdlib.h>

#include <eportal/feed.h>
#include <eportal/patchset.h>

#include "http/fleet.h"

#define SLOTS_FIRST 256 /* a power of two */

typedef struct {
    uint8_t kernel[EP_OBJECT_SIZE];
    int64_t level; /* 0: the feed has none */
    bool used;
} slot_t;

typedef struct {
    ep_portal_t *portal;
    ep_level_query_t query;
    slot_t *slots; /* open addressing; at most half full */
    size_t size;
    size_t used;
    ep_fleet_fn fn;
    void *ctx;
} fleet_t;


/* A kernel hash is a SHA-1: any four bytes of it are a good hash value. */
static slot_t *
find_slot(slot_t *slots, size_t size, const uint8_t *kernel)
{
    uint32_t hash;
    size_t i;

    memcpy(&hash, kernel, sizeof(hash));
    i = hash & (size - 1);
    while (slots[i].used && memcmp(slots[i].kernel, kernel, EP_OBJECT_SIZE)) {
        i = (i + 1) & (size - 1);
    }
    return &slots[i];
}


static ep_rc_t
grow(fleet_t *fleet, ep_err_t *err)
{
    size_t size = fleet->size ? fleet->size * 2 : SLOTS_FIRST;
    slot_t *slots = calloc(size, sizeof(slot_t));

    if (slots == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while listing servers");
    }
    for (size_t i = 0; i < fleet->size; i++) {
        if (fleet->slots[i].used) {
            *find_slot(slots, size, fleet->slots[i].kernel) = fleet->slots[i];
        }
    }
    free(fleet->slots);
    fleet->slots = slots;
    fleet->size = size;
    return EP_OK;
}


static ep_rc_t
find_level(fleet_t *fleet, const uint8_t *kernel, int64_t *out, ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_level_t level = { 0 };
    slot_t *slot;
    ep_rc_t rc = EP_OK;

    if (fleet->used * 2 >= fleet->size) {
        rc = grow(fleet, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    slot = find_slot(fleet->slots, fleet->size, kernel);
    if (!slot->used) {
        fleet->query.object = kernel;
        rc = ep_level_find(fleet->portal, &fleet->query, &level, &local);
        if (rc != EP_OK && rc != EP_ENOTFOUND) {
            return ep_err_set(err, rc, local.code, "%s", local.msg);
        }
        memcpy(slot->kernel, kernel, EP_OBJECT_SIZE);
        slot->level = level.level;
        slot->used = true;
        fleet->used++;
    }
    *out = slot->level;
    return EP_OK;
}


static ep_rc_t
each_server(const ep_server_t *server, void *ctx, ep_err_t *err)
{
    fleet_t *fleet = ctx;
    uint8_t kernel[EP_OBJECT_SIZE];
    int64_t level = 0;
    ep_rc_t rc = EP_OK;

    if (ep_unhex(server->facts[EP_FACT_KERNEL_ID], kernel, EP_OBJECT_SIZE)) {
        rc = find_level(fleet, kernel, &level, err);
    }
    return rc == EP_OK ? fleet->fn(server, level, fleet->ctx, err) : rc;
}


ep_rc_t
ep_fleet_each(ep_portal_t *portal, ep_str_t key, ep_fleet_fn fn, void *ctx,
              ep_err_t *err)
{
    fleet_t fleet = { .portal = portal, .fn = fn, .ctx = ctx };
    ep_err_t local = { 0 };
    ep_feed_t feed;
    ep_key_t row;
    ep_rc_t rc = ep_key_find(portal, key, &row, &local);

    if (rc == EP_ENOTFOUND) {
        return EP_OK;
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    rc = ep_feed_find(portal, ep_str(row.feed), &feed, err);
    if (rc == EP_OK) {
        fleet.query.feed_id = feed.id;
        fleet.query.products = row.products;
        rc = ep_server_list(portal, ep_str(row.key), 0, 0, each_server, &fleet,
                            err);
    }
    free(fleet.slots);
    return rc;
}
