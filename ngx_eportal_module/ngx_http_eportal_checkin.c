/*
 * Check-ins on their way to the database: the last one of each server,
 * bounded in number and bytes; the oldest are dropped first and counted.
 * The map belongs to the loop; a batch taken from it to one thread.
 */

#include "ngx_http_eportal_module.h"


#define NGX_HTTP_EPORTAL_MAP_COUNT  65536
#define NGX_HTTP_EPORTAL_MAP_SIZE   (16 * 1024 * 1024)

/* Check-ins of one server that told other things than its last one. */
#define NGX_HTTP_EPORTAL_EARLIER    3

/* One transaction: rows, and milliseconds with the write lock held. */
#define NGX_HTTP_EPORTAL_ROWS       2000
#define NGX_HTTP_EPORTAL_HOLD       50


static ngx_http_eportal_checkin_t **ngx_http_eportal_map_find(
    ngx_http_eportal_map_t *map, int64_t server);
static void ngx_http_eportal_map_remove(ngx_http_eportal_map_t *map,
    ngx_http_eportal_checkin_t **place);
static ngx_http_eportal_checkin_t *ngx_http_eportal_checkin_create(
    const ep_checkin_t *checkin, const ep_checkin_t *older, ngx_log_t *log);
static ep_str_t ngx_http_eportal_checkin_copy(u_char **p, ep_str_t s);
static void ngx_http_eportal_map_insert(ngx_http_eportal_map_t *map,
    ngx_http_eportal_checkin_t *entry);
static int ngx_libc_cdecl ngx_http_eportal_checkin_compare(const void *one,
    const void *two);
static ngx_int_t ngx_http_eportal_checkins_piece(ep_portal_t *portal,
    ngx_http_eportal_checkin_t ***p, ngx_http_eportal_checkin_t **end,
    ep_arena_t *arena, ngx_uint_t *dropped, ep_err_t *err);
static ep_rc_t ngx_http_eportal_checkins_write(ep_portal_t *portal,
    ngx_http_eportal_checkin_t ***p, ngx_http_eportal_checkin_t **end,
    ep_arena_t *arena, ep_err_t *err);
static ngx_http_eportal_checkin_t *ngx_http_eportal_map_detach(
    ngx_http_eportal_map_t *map, ngx_http_eportal_checkin_t **place);
static ngx_uint_t ngx_http_eportal_checkin_chain(
    ngx_http_eportal_checkin_t *entry, ngx_http_eportal_checkin_t *older);
static size_t ngx_http_eportal_checkin_size(
    ngx_http_eportal_checkin_t *entry);
static ep_rc_t ngx_http_eportal_checkin_write(ep_portal_t *portal,
    ngx_http_eportal_checkin_t *entry, ep_arena_t *arena, ep_err_t *err);
static void ngx_http_eportal_checkin_replay(ngx_http_eportal_map_t *map,
    ngx_http_eportal_checkin_t *entry, ngx_log_t *log);
static void ngx_http_eportal_checkin_unqueue(ngx_queue_t *q);
static void ngx_http_eportal_checkin_free(ngx_http_eportal_checkin_t *entry);
static ngx_uint_t ngx_http_eportal_elapsed(struct timespec *since);


void
ngx_http_eportal_map_init(ngx_http_eportal_map_t *map)
{
    ngx_memzero(map, sizeof(ngx_http_eportal_map_t));
    ngx_queue_init(&map->queue);
}


void
ngx_http_eportal_map_add(ngx_http_eportal_map_t *map,
    const ep_checkin_t *checkin, ngx_log_t *log)
{
    ngx_http_eportal_checkin_t  *entry, *older, **place;

    place = ngx_http_eportal_map_find(map, checkin->server);

    entry = ngx_http_eportal_checkin_create(checkin,
                                            *place ? &(*place)->checkin : NULL,
                                            log);
    if (entry == NULL) {
        map->dropped++;
        return;
    }

    if (*place != NULL) {
        older = ngx_http_eportal_map_detach(map, place);
        map->dropped += ngx_http_eportal_checkin_chain(entry, older);
    }

    ngx_http_eportal_map_insert(map, entry);

    while (map->count > NGX_HTTP_EPORTAL_MAP_COUNT
           || map->size > NGX_HTTP_EPORTAL_MAP_SIZE)
    {
        entry = ngx_queue_data(ngx_queue_head(&map->queue),
                               ngx_http_eportal_checkin_t, queue);
        ngx_http_eportal_map_remove(map,
            ngx_http_eportal_map_find(map, entry->checkin.server));
        map->dropped++;
    }
}


ngx_uint_t
ngx_http_eportal_map_half_full(ngx_http_eportal_map_t *map)
{
    return map->count > NGX_HTTP_EPORTAL_MAP_COUNT / 2
           || map->size > NGX_HTTP_EPORTAL_MAP_SIZE / 2;
}


static ngx_http_eportal_checkin_t **
ngx_http_eportal_map_find(ngx_http_eportal_map_t *map, int64_t server)
{
    ngx_http_eportal_checkin_t  **place;

    place = &map->buckets[(uint64_t) server % NGX_HTTP_EPORTAL_BUCKETS];

    while (*place != NULL && (*place)->checkin.server != server) {
        place = &(*place)->next;
    }

    return place;
}


static void
ngx_http_eportal_map_remove(ngx_http_eportal_map_t *map,
    ngx_http_eportal_checkin_t **place)
{
    ngx_http_eportal_checkin_free(ngx_http_eportal_map_detach(map, place));
}


static ngx_http_eportal_checkin_t *
ngx_http_eportal_map_detach(ngx_http_eportal_map_t *map,
    ngx_http_eportal_checkin_t **place)
{
    ngx_http_eportal_checkin_t  *entry;

    entry = *place;
    *place = entry->next;

    ngx_queue_remove(&entry->queue);
    map->count--;
    map->size -= ngx_http_eportal_checkin_size(entry);

    return entry;
}


static void
ngx_http_eportal_map_insert(ngx_http_eportal_map_t *map,
    ngx_http_eportal_checkin_t *entry)
{
    *ngx_http_eportal_map_find(map, entry->checkin.server) = entry;

    ngx_queue_insert_tail(&map->queue, &entry->queue);
    map->count++;
    map->size += ngx_http_eportal_checkin_size(entry);
}


/*
 * The older check-in of the same server stays when it told something else:
 * its level with one request, its kernel with the next.  Returns how many
 * were too many and are gone.
 */

static ngx_uint_t
ngx_http_eportal_checkin_chain(ngx_http_eportal_checkin_t *entry,
    ngx_http_eportal_checkin_t *older)
{
    ngx_uint_t                   n;
    ngx_http_eportal_checkin_t  *last;

    if ((older->checkin.query.n == 0 && older->checkin.body.n == 0)
        || (ep_str_eq(entry->checkin.query, older->checkin.query)
            && ep_str_eq(entry->checkin.body, older->checkin.body)))
    {
        entry->earlier = older->earlier;
        older->earlier = NULL;
        ngx_http_eportal_checkin_free(older);

        return 0;
    }

    entry->earlier = older;

    for (n = 0, last = entry; last->earlier != NULL; last = last->earlier) {
        if (n++ == NGX_HTTP_EPORTAL_EARLIER) {
            ngx_http_eportal_checkin_free(last->earlier);
            last->earlier = NULL;

            return 1;
        }
    }

    return 0;
}


static size_t
ngx_http_eportal_checkin_size(ngx_http_eportal_checkin_t *entry)
{
    size_t  size;

    for (size = 0; entry != NULL; entry = entry->earlier) {
        size += entry->size;
    }

    return size;
}


/* What a bare request does not tell stays as the older check-in told it. */

static ngx_http_eportal_checkin_t *
ngx_http_eportal_checkin_create(const ep_checkin_t *checkin,
    const ep_checkin_t *older, ngx_log_t *log)
{
    u_char                      *p;
    size_t                       size;
    const ep_checkin_t          *told;
    ngx_http_eportal_checkin_t  *entry;

    told = checkin;

    if (older != NULL && checkin->query.n == 0 && checkin->body.n == 0) {
        told = older;
    }

    size = sizeof(ngx_http_eportal_checkin_t) + told->query.n + told->body.n
           + told->content_type.n;

    entry = ngx_alloc(size, log);
    if (entry == NULL) {
        return NULL;
    }

    entry->next = NULL;
    entry->earlier = NULL;
    entry->size = size;
    entry->checkin = *checkin;

    p = entry->data;
    entry->checkin.query = ngx_http_eportal_checkin_copy(&p, told->query);
    entry->checkin.body = ngx_http_eportal_checkin_copy(&p, told->body);
    entry->checkin.content_type = ngx_http_eportal_checkin_copy(&p,
                                                          told->content_type);

    if (older != NULL) {
        entry->checkin.fetched |= older->fetched;

        if (!checkin->has_kernel && older->has_kernel) {
            entry->checkin.has_kernel = true;
            ngx_memcpy(entry->checkin.kernel, older->kernel,
                       sizeof(older->kernel));
        }
    }

    return entry;
}


static ep_str_t
ngx_http_eportal_checkin_copy(u_char **p, ep_str_t s)
{
    ep_str_t  copy;

    if (s.n == 0) {
        return EP_STR_NULL;
    }

    copy.p = (char *) *p;
    copy.n = s.n;

    *p = ngx_cpymem(*p, s.p, s.n);

    return copy;
}


/* They name servers by numbers of a database that is gone. */

void
ngx_http_eportal_map_drop(ngx_http_eportal_map_t *map)
{
    ngx_queue_t  all;

    map->dropped += map->count;
    ngx_http_eportal_map_take(map, &all);

    while (!ngx_queue_empty(&all)) {
        ngx_http_eportal_checkin_unqueue(ngx_queue_head(&all));
    }
}


void
ngx_http_eportal_map_take(ngx_http_eportal_map_t *map, ngx_queue_t *out)
{
    ngx_uint_t  dropped;

    ngx_queue_init(out);

    if (map->count == 0) {
        return;
    }

    ngx_queue_add(out, &map->queue);

    dropped = map->dropped;
    ngx_http_eportal_map_init(map);
    map->dropped = dropped;
}


/* Back from a batch that failed: newer ones of the same server win. */

void
ngx_http_eportal_map_return(ngx_http_eportal_map_t *map, ngx_queue_t *in,
    ngx_log_t *log)
{
    ngx_queue_t                  newer;
    ngx_http_eportal_checkin_t  *entry;

    ngx_http_eportal_map_take(map, &newer);

    while (!ngx_queue_empty(in)) {
        entry = ngx_queue_data(ngx_queue_head(in),
                               ngx_http_eportal_checkin_t, queue);
        ngx_queue_remove(&entry->queue);

        entry->next = NULL;
        ngx_http_eportal_map_insert(map, entry);
    }

    while (!ngx_queue_empty(&newer)) {
        entry = ngx_queue_data(ngx_queue_head(&newer),
                               ngx_http_eportal_checkin_t, queue);
        ngx_queue_remove(&entry->queue);

        ngx_http_eportal_checkin_replay(map, entry, log);
        ngx_http_eportal_checkin_free(entry);
    }
}


static void
ngx_http_eportal_checkin_replay(ngx_http_eportal_map_t *map,
    ngx_http_eportal_checkin_t *entry, ngx_log_t *log)
{
    if (entry->earlier != NULL) {
        ngx_http_eportal_checkin_replay(map, entry->earlier, log);
    }

    ngx_http_eportal_map_add(map, &entry->checkin, log);
}


/*
 * By the servers' numbers, which is how their rows lie: a transaction rewrites
 * a few pages then, not one for each row.
 */

ngx_int_t
ngx_http_eportal_checkins_store(ep_portal_t *portal, ngx_queue_t *queue,
    ngx_uint_t *dropped, ep_err_t *err)
{
    size_t                        n;
    ngx_int_t                     rc;
    ep_arena_t                   *arena;
    ngx_queue_t                  *q;
    ngx_http_eportal_checkin_t  **entries, **p, **end;

    for (n = 0, q = ngx_queue_head(queue);
         q != ngx_queue_sentinel(queue);
         q = ngx_queue_next(q))
    {
        n++;
    }

    if (n == 0) {
        return NGX_OK;
    }

    arena = ep_arena_new();
    entries = malloc(n * sizeof(ngx_http_eportal_checkin_t *));

    if (arena == NULL || entries == NULL) {
        ep_err_set(err, EP_ENOMEM, "no-memory",
                   "out of memory while storing check-ins");
        ep_arena_free(arena);
        free(entries);
        return NGX_ERROR;
    }

    for (p = entries, q = ngx_queue_head(queue);
         q != ngx_queue_sentinel(queue);
         q = ngx_queue_next(q))
    {
        *p++ = ngx_queue_data(q, ngx_http_eportal_checkin_t, queue);
    }

    end = p;
    ngx_qsort(entries, n, sizeof(ngx_http_eportal_checkin_t *),
              ngx_http_eportal_checkin_compare);

    rc = NGX_OK;

    for (p = entries; p < end && rc == NGX_OK; /* void */ ) {
        rc = ngx_http_eportal_checkins_piece(portal, &p, end, arena,
                                             dropped, err);
    }

    free(entries);
    ep_arena_free(arena);

    return rc;
}


static int ngx_libc_cdecl
ngx_http_eportal_checkin_compare(const void *one, const void *two)
{
    int64_t  a, b;

    a = (*(ngx_http_eportal_checkin_t *const *) one)->checkin.server;
    b = (*(ngx_http_eportal_checkin_t *const *) two)->checkin.server;

    return (a > b) - (a < b);
}


/*
 * One transaction; the lock is given up between two.  What is stored, or never
 * can be, leaves the queue.
 */

static ngx_int_t
ngx_http_eportal_checkins_piece(ep_portal_t *portal,
    ngx_http_eportal_checkin_t ***p, ngx_http_eportal_checkin_t **end,
    ep_arena_t *arena, ngx_uint_t *dropped, ep_err_t *err)
{
    ep_rc_t                       rc;
    ngx_http_eportal_checkin_t  **last;

    if (ep_portal_write_begin(portal, false, err) != EP_OK) {
        return NGX_ERROR;
    }

    last = *p;
    rc = ngx_http_eportal_checkins_write(portal, &last, end, arena, err);

    if (rc == EP_OK) {
        if (ep_portal_write_commit(portal, err) != EP_OK) {
            return NGX_ERROR;
        }

        while (*p < last) {
            ngx_http_eportal_checkin_unqueue(&(*(*p)++)->queue);
        }

        return NGX_OK;
    }

    ep_portal_write_rollback(portal);

    if (rc == EP_EBUSY || rc == EP_EIO || rc == EP_EDB || rc == EP_ENOMEM) {
        return NGX_ERROR;
    }

    /* this one can never be stored: the others go without it */

    ngx_http_eportal_checkin_unqueue(&(*last)->queue);
    *last = **p;
    (*p)++;

    ep_err_clear(err);
    (*dropped)++;

    return NGX_OK;
}


/* *p: where to begin, then where it stopped. */

static ep_rc_t
ngx_http_eportal_checkins_write(ep_portal_t *portal,
    ngx_http_eportal_checkin_t ***p, ngx_http_eportal_checkin_t **end,
    ep_arena_t *arena, ep_err_t *err)
{
    ep_rc_t          rc;
    ngx_uint_t       n;
    struct timespec  began;

    clock_gettime(CLOCK_MONOTONIC, &began);

    for (n = 0; n < NGX_HTTP_EPORTAL_ROWS && *p < end; n++, (*p)++) {

        if (n % 32 == 31
            && ngx_http_eportal_elapsed(&began) > NGX_HTTP_EPORTAL_HOLD)
        {
            break;
        }

        rc = ngx_http_eportal_checkin_write(portal, **p, arena, err);
        if (rc != EP_OK) {
            return rc;
        }
    }

    return EP_OK;
}


/* Oldest first; there are but a few. */

static ep_rc_t
ngx_http_eportal_checkin_write(ep_portal_t *portal,
    ngx_http_eportal_checkin_t *entry, ep_arena_t *arena, ep_err_t *err)
{
    ep_rc_t  rc;

    if (entry->earlier != NULL) {
        rc = ngx_http_eportal_checkin_write(portal, entry->earlier, arena,
                                            err);
        if (rc != EP_OK) {
            return rc;
        }
    }

    return ep_checkin_store(portal, &entry->checkin, arena, NULL, err);
}


static void
ngx_http_eportal_checkin_unqueue(ngx_queue_t *q)
{
    ngx_queue_remove(q);
    ngx_http_eportal_checkin_free(ngx_queue_data(q,
                                         ngx_http_eportal_checkin_t, queue));
}


static void
ngx_http_eportal_checkin_free(ngx_http_eportal_checkin_t *entry)
{
    ngx_http_eportal_checkin_t  *earlier;

    for ( /* void */ ; entry != NULL; entry = earlier) {
        earlier = entry->earlier;
        ngx_free(entry);
    }
}


static ngx_uint_t
ngx_http_eportal_elapsed(struct timespec *since)
{
    struct timespec  now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (now.tv_sec - since->tv_sec) * 1000
           + (now.tv_nsec - since->tv_nsec) / 1000000;
}
