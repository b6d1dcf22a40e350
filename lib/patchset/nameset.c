/* Sets of names: see patchset/nameset.h. */

#include <stdlib.h>

#include "base/time.h"
#include "patchset/nameset.h"

#define MARK_BITS 3u
#define FIRST_SIZE 1024


ep_rc_t
ep_nameset_init(ep_nameset_t *set, size_t max, ep_err_t *err)
{
    *set = (ep_nameset_t){ .max = max };
    return ep_random(&set->seed, sizeof(set->seed), err);
}


void
ep_nameset_free(ep_nameset_t *set)
{
    free(set->slots);
    *set = (ep_nameset_t){ .max = set->max };
}


uint64_t
ep_nameset_hash(uint64_t before, ep_str_t name)
{
    uint64_t hash = before ^ 0xcbf29ce484222325u;

    for (size_t i = 0; i < name.n; i++) {
        hash = (hash ^ (unsigned char) name.p[i]) * 0x100000001b3u;
        hash ^= hash >> 29;
    }
    hash = (hash ^ (hash >> 32)) * 0xd6e8feb86659fd93u;
    return hash ^ (hash >> 32);
}


/* The slot of a hash, or the free one where it belongs. */
static uint64_t *
slot_of(const ep_nameset_t *set, uint64_t hash)
{
    size_t i = (hash ^ set->seed) >> 2;

    for (;; i++) {
        uint64_t *slot = &set->slots[i & (set->size - 1)];

        if (*slot == 0 || (*slot | MARK_BITS) == (hash | MARK_BITS)) {
            return slot;
        }
    }
}


unsigned
ep_nameset_get(const ep_nameset_t *set, uint64_t hash)
{
    return set->size == 0 ? 0 : (unsigned) (*slot_of(set, hash) & MARK_BITS);
}


static ep_rc_t
grow(ep_nameset_t *set, ep_err_t *err)
{
    ep_nameset_t bigger = *set;

    bigger.size = set->size == 0 ? FIRST_SIZE : set->size * 2;
    bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
    if (bigger.slots == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    for (size_t i = 0; i < set->size; i++) {
        if (set->slots[i] != 0) {
            *slot_of(&bigger, set->slots[i]) = set->slots[i];
        }
    }
    free(set->slots);
    *set = bigger;
    return EP_OK;
}


ep_rc_t
ep_nameset_add(ep_nameset_t *set, uint64_t hash, unsigned mark, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    if (set->used >= set->max) {
        return ep_err_set(err, EP_ELIMIT, "too-many-names",
                          "there are more than %zu names", set->max);
    }
    if (set->used * 4 >= set->size * 3) {
        rc = grow(set, err);
    }
    if (rc == EP_OK) {
        *slot_of(set, hash) = (hash & ~(uint64_t) MARK_BITS) | mark;
        set->used++;
    }
    return rc;
}
