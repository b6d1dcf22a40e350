/*
 * A set of names kept as 64-bit hashes, each with a small mark. Millions of
 * names cost 16 bytes each at most. Two names that collide are taken for
 * one: with a random seed that is rarer than a broken disk.
 */

#ifndef EP_PATCHSET_NAMESET_H
#define EP_PATCHSET_NAMESET_H

#include <eportal/err.h>
#include <eportal/str.h>

typedef struct {
    uint64_t *slots;
    size_t size; /* power of two, or 0 */
    size_t used;
    size_t max;
    uint64_t seed;
} ep_nameset_t;

/* An empty set that may grow to max names. */
ep_rc_t ep_nameset_init(ep_nameset_t *set, size_t max, ep_err_t *err);
void ep_nameset_free(ep_nameset_t *set);

/* Hash of a name; more names continue one before (a path's directories). */
uint64_t ep_nameset_hash(uint64_t before, ep_str_t name);
/* The name's mark if it is in the set, else 0. */
unsigned ep_nameset_get(const ep_nameset_t *set, uint64_t hash);
/* Add a name that is not in the set with a mark of 1 to 3. EP_ELIMIT beyond
 * max names. */
ep_rc_t ep_nameset_add(ep_nameset_t *set, uint64_t hash, unsigned mark,
                       ep_err_t *err);

#endif
