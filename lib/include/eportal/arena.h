/*
 * Arena: memory of one request, job or command, freed in one call.
 * Not locked: one thread at a time.
 */

#ifndef EPORTAL_ARENA_H
#define EPORTAL_ARENA_H

#include <eportal/str.h>

typedef struct ep_arena ep_arena_t;

ep_arena_t *ep_arena_new(void);        /* NULL when out of memory */
void ep_arena_free(ep_arena_t *arena); /* takes NULL */
/* As free and new, but the last chunk is kept for what comes next: an event
 * loop uses one arena for all its requests. */
void ep_arena_reset(ep_arena_t *arena);

/* Zeroed memory aligned for any type; NULL when out of memory. */
void *ep_arena_alloc(ep_arena_t *arena, size_t n);
/* NUL-terminated copies; NULL when out of memory. */
char *ep_arena_strdup(ep_arena_t *arena, ep_str_t s);
char *ep_arena_printf(ep_arena_t *arena, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Call fn(ptr) when the arena is freed, newest first. Returns false, and
 * calls fn(ptr) at once, when out of memory. */
bool ep_arena_defer(ep_arena_t *arena, void (*fn)(void *), void *ptr);

#endif
