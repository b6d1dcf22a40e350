/* Arena: chunks in a list, newest first; see eportal/arena.h. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <eportal/arena.h>

#define CHUNK_SIZE 4000

typedef struct chunk chunk_t;

struct chunk {
    chunk_t *next;
    size_t used;
    size_t size;
    max_align_t data[];
};

typedef struct deferred deferred_t;

struct deferred {
    deferred_t *next;
    void (*fn)(void *);
    void *ptr;
};

struct ep_arena {
    chunk_t *chunks;
    deferred_t *deferred;
};


ep_arena_t *
ep_arena_new(void)
{
    return calloc(1, sizeof(ep_arena_t));
}


static void
run_deferred(ep_arena_t *arena)
{
    for (deferred_t *d = arena->deferred; d != NULL; d = d->next) {
        d->fn(d->ptr);
    }
    arena->deferred = NULL;
}


static void
chunks_free(chunk_t *chunk)
{
    chunk_t *next;

    for (; chunk != NULL; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
}


void
ep_arena_free(ep_arena_t *arena)
{
    if (arena == NULL) {
        return;
    }
    run_deferred(arena);
    chunks_free(arena->chunks);
    free(arena);
}


void
ep_arena_reset(ep_arena_t *arena)
{
    chunk_t *kept = arena->chunks;

    run_deferred(arena);
    if (kept == NULL) {
        return;
    }
    chunks_free(kept->next);
    kept->next = NULL;
    kept->used = 0;
    if (kept->size > CHUNK_SIZE) {
        chunks_free(kept);
        kept = NULL;
    }
    arena->chunks = kept;
}


static chunk_t *
chunk_add(ep_arena_t *arena, size_t n)
{
    size_t size = n > CHUNK_SIZE ? n : CHUNK_SIZE;
    chunk_t *chunk = malloc(sizeof(chunk_t) + size);

    if (chunk == NULL) {
        return NULL;
    }
    chunk->used = 0;
    chunk->size = size;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}


void *
ep_arena_alloc(ep_arena_t *arena, size_t n)
{
    const size_t align = _Alignof(max_align_t);
    chunk_t *chunk = arena->chunks;
    void *p;

    if (n > SIZE_MAX / 2) {
        return NULL;
    }
    n = (n + align - 1) / align * align;
    if (chunk == NULL || chunk->size - chunk->used < n) {
        chunk = chunk_add(arena, n);
        if (chunk == NULL) {
            return NULL;
        }
    }
    p = (char *) chunk->data + chunk->used;
    chunk->used += n;
    return memset(p, 0, n);
}


char *
ep_arena_strdup(ep_arena_t *arena, ep_str_t s)
{
    char *copy = ep_arena_alloc(arena, s.n + 1);

    if (copy != NULL && s.n > 0) {
        memcpy(copy, s.p, s.n);
    }
    return copy;
}


char *
ep_arena_printf(ep_arena_t *arena, const char *fmt, ...)
{
    va_list args;
    char *text;
    int n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    text = n < 0 ? NULL : ep_arena_alloc(arena, (size_t) n + 1);
    if (text == NULL) {
        return NULL;
    }
    va_start(args, fmt);
    vsnprintf(text, (size_t) n + 1, fmt, args);
    va_end(args);
    return text;
}


bool
ep_arena_defer(ep_arena_t *arena, void (*fn)(void *), void *ptr)
{
    deferred_t *deferred = ep_arena_alloc(arena, sizeof(deferred_t));

    if (deferred == NULL) {
        fn(ptr);
        return false;
    }
    deferred->fn = fn;
    deferred->ptr = ptr;
    deferred->next = arena->deferred;
    arena->deferred = deferred;
    return true;
}
