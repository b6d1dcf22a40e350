/*
 * The matrix of patchsets and feeds (PS-1..7, NEW-PS-1..6): every patchset of
 * a product with its state and its servers in each feed. The lists of all
 * feeds have the same rows in the same order, so they are laid side by side.
 */

#include <stdlib.h>

#include <eportal/feed.h>
#include <eportal/key.h>
#include <eportal/patchset.h>
#include <eportal/waiting.h>

#include "http/private.h"
#include "http/product.h"

#define LIST_MAX ((size_t) 64 * 1024 * 1024)

typedef struct {
    ep_state_t state;
    const char *status; /* as people are shown it */
    int64_t servers;
    const char *waiting; /* NULL: nobody wants it downloaded */
} cell_t;

typedef struct {
    ep_feed_t *feeds;
    int64_t *servers; /* of each feed's keys */
    size_t feed_count;
    ep_patchset_t *rows; /* text in the arena */
    size_t row_count;
    cell_t *cells; /* feed by feed */
    size_t feed;   /* that is being read */
    size_t row;
    int64_t only; /* the order of the one patchset that is asked for; 0: all */
    ep_arena_t *arena;
} matrix_t;


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory",
                      "out of memory while listing patchsets");
}


/* One more element of an array that grows by doubling. */
static bool
grow(void **array, size_t count, size_t size)
{
    void *bigger;

    if (count > 0 && (count & (count - 1)) != 0) {
        return true; /* not at a power of two: there is room */
    }
    bigger = realloc(*array, (count > 0 ? 2 * count : 1) * size);
    if (bigger == NULL) {
        return false;
    }
    *array = bigger;
    return true;
}


static ep_rc_t
add_feed(const ep_feed_t *feed, void *ctx, ep_err_t *err)
{
    matrix_t *m = ctx;

    if (!grow((void **) &m->feeds, m->feed_count, sizeof(*m->feeds))) {
        return no_memory(err);
    }
    m->feeds[m->feed_count++] = *feed;
    return EP_OK;
}


static ep_rc_t
add_servers(const ep_key_t *key, void *ctx, ep_err_t *err)
{
    matrix_t *m = ctx;

    (void) err;
    for (size_t i = 0; i < m->feed_count; i++) {
        if (ep_str_eq(ep_str(m->feeds[i].name), ep_str(key->feed))) {
            m->servers[i] += key->servers;
        }
    }
    return EP_OK;
}


/* The list of main makes the rows. */
static ep_rc_t
add_row(const ep_patchset_t *p, void *ctx, ep_err_t *err)
{
    matrix_t *m = ctx;
    char *name = ep_arena_strdup(m->arena, p->name);
    char *distros = ep_arena_strdup(m->arena, p->distros);

    if (name == NULL || distros == NULL
        || !grow((void **) &m->rows, m->row_count, sizeof(*m->rows)))
    {
        return no_memory(err);
    }
    m->rows[m->row_count] = *p;
    m->rows[m->row_count].name = (ep_str_t){ name, p->name.n };
    m->rows[m->row_count].distros = (ep_str_t){ distros, p->distros.n };
    m->rows[m->row_count++].usage = 0;
    return EP_OK;
}


static ep_rc_t
add_cell(const ep_patchset_t *p, void *ctx, ep_err_t *err)
{
    matrix_t *m = ctx;
    size_t row = m->row++;

    if (row >= m->row_count || m->rows[row].order != p->order) {
        return ep_err_set(err, EP_EINTERNAL, "matrix",
                          "the lists of two feeds differ");
    }
    m->cells[m->feed * m->row_count + row] = (cell_t){
        .state = p->state, .status = ep_patchset_status(p), .servers = p->usage
    };
    m->rows[row].usage += p->usage;
    return EP_OK;
}


/* "" in a cell that waits for its download, or why that failed. */
static ep_rc_t
add_waiting(int64_t order, ep_str_t feed, ep_str_t trouble, void *ctx,
            ep_err_t *err)
{
    matrix_t *m = ctx;

    for (size_t i = 0; i < m->feed_count; i++) {
        for (size_t row = 0; row < m->row_count; row++) {
            if (m->rows[row].order == order
                && ep_str_eq(feed, ep_str(m->feeds[i].name))) {
                m->cells[i * m->row_count + row].waiting =
                    ep_arena_strdup(m->arena, trouble);
            }
        }
    }
    (void) err;
    return EP_OK;
}


static ep_rc_t
read_matrix(ep_portal_t *portal, ep_product_t product, matrix_t *m,
            ep_err_t *err)
{
    ep_rc_t rc = ep_feed_list(portal, add_feed, m, err);

    if (rc == EP_OK) {
        rc = ep_patchset_list(portal, product, EP_STR(EP_FEED_MAIN), add_row, m,
                              err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    m->servers = calloc(m->feed_count, sizeof(*m->servers));
    m->cells = calloc(m->feed_count * m->row_count + 1, sizeof(*m->cells));
    if (m->servers == NULL || m->cells == NULL) {
        return no_memory(err);
    }
    for (m->feed = 0; m->feed < m->feed_count && rc == EP_OK; m->feed++) {
        m->row = 0;
        rc = ep_patchset_usage(portal, product, ep_str(m->feeds[m->feed].name),
                               add_cell, m, err);
    }
    if (rc == EP_OK) {
        rc = ep_waiting_list(portal, product, add_waiting, m, err);
    }
    return rc == EP_OK ? ep_key_list(portal, add_servers, m, err) : rc;
}


static void
write_feeds(ep_json_t *w, const matrix_t *m)
{
    ep_json_open(w, "feeds", '[');
    for (size_t i = 0; i < m->feed_count; i++) {
        ep_json_open(w, NULL, '{');
        ep_json_str(w, "name", ep_str(m->feeds[i].name));
        ep_json_bool(w, "auto", m->feeds[i].auto_update);
        ep_json_str(w, "channel", ep_str(m->feeds[i].channel));
        ep_json_int(w, "servers", m->servers[i]);
        ep_json_close(w, '}');
    }
    ep_json_close(w, ']');
}


static void
write_row(ep_json_t *w, const matrix_t *m, size_t row)
{
    const ep_patchset_t *p = &m->rows[row];

    ep_json_open(w, NULL, '{');
    ep_json_str(w, "patchset", p->name);
    ep_write_distros(w, p->distros);
    ep_json_time(w, "appeared", p->appeared);
    ep_json_int(w, "objects", p->objects);
    ep_json_int(w, "cves", p->cves);
    ep_json_str(w, "upstream",
                p->upstream != EP_UPSTREAM_NONE
                    ? ep_str(ep_upstream_names[p->upstream])
                    : EP_STR_NULL);
    ep_json_int(w, "usage", p->usage);
    ep_json_open(w, "feeds", '[');
    for (size_t i = 0; i < m->feed_count; i++) {
        const cell_t *cell = &m->cells[i * m->row_count + row];

        ep_json_open(w, NULL, '{');
        ep_json_str(w, "feed", ep_str(m->feeds[i].name));
        ep_json_str(w, "status", ep_str(ep_state_names[cell->state]));
        ep_json_str(w, "shown", ep_str(cell->status));
        ep_json_int(w, "servers", cell->servers);
        ep_json_str(w, "waiting", ep_str(cell->waiting));
        ep_json_close(w, '}');
    }
    ep_json_close(w, ']');
    ep_json_close(w, '}');
}


static ep_rc_t
answer_matrix(ep_call_t *call, const matrix_t *m, ep_err_t *err)
{
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };

    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '{');
    write_feeds(&w, m);
    ep_json_open(&w, "patchsets", '[');
    for (size_t i = 0; i < m->row_count; i++) {
        if ((m->only == 0 || m->rows[i].order == m->only)
            && ep_distros_fit(call->params, m->rows[i].distros))
        {
            write_row(&w, m, i);
        }
    }
    ep_json_close(&w, ']');
    ep_json_close(&w, '}');
    ep_json_close(&w, '}');
    return ep_answer_written(call, 200, &w, err);
}


ep_rc_t
ep_api_matrix(ep_call_t *call, ep_err_t *err)
{
    matrix_t m = { .arena = call->arena };
    ep_product_t product = EP_PRODUCT_KERNEL;
    ep_patchset_name_t one;
    ep_str_t name;
    ep_rc_t rc = ep_call_params(call, err);

    name = rc == EP_OK ? ep_params_get(call->params, "patchset") : EP_STR_NULL;
    if (name.n > 0) {
        rc = ep_patchset_parse(name, &one, err);
        product = rc == EP_OK ? one.product : product;
        m.only = rc == EP_OK ? one.order : 0;
    }
    if (rc == EP_OK) {
        rc = ep_read_product(call->params, &product, err);
    }
    if (rc == EP_OK) {
        rc = read_matrix(call->portal, product, &m, err);
    }
    if (rc == EP_OK) {
        rc = answer_matrix(call, &m, err);
    }
    free(m.feeds);
    free(m.servers);
    free(m.rows);
    free(m.cells);
    return rc;
}
