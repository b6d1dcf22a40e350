/* The same done to many servers: see eportal/server_list.h. */

#include <stdio.h>

#include <eportal/audit.h>

#include "base/time.h"
#include "store/server_block.h"
#include "store/server_private.h"

#define PIECE 500
#define PIECE_US 50000
#define LOOK 32 /* servers between two looks at the clock */

const char *const ep_bulk_names[5] = { "delete", "move", "set-tags", "add-tags",
                                       "remove-tags" };

typedef struct {
    ep_portal_t *portal;
    const ep_server_filter_t *f;
    const ep_bulk_t *bulk;
    ep_bulk_result_t result;
    ep_arena_t *arena; /* of one piece */
    ep_selection_t *todo;
    int64_t after; /* the last local id of todo that was looked at */
    int64_t started;
} bulk_t;


static ep_rc_t
note_id(const ep_server_t *server, void *ctx, ep_err_t *err)
{
    char *out = ctx;

    ep_str_copy(server->server_id, out, EP_SERVER_ID_MAX + 1);
    return EP_OK;
}


static ep_rc_t
change_tags(bulk_t *b, int64_t id, ep_err_t *err)
{
    static const ep_tags_how_t hows[] = {
        [EP_BULK_SET_TAGS] = EP_TAGS_SET,
        [EP_BULK_ADD_TAGS] = EP_TAGS_ADD,
        [EP_BULK_REMOVE_TAGS] = EP_TAGS_REMOVE,
    };
    char server_id[EP_SERVER_ID_MAX + 1];
    ep_rc_t rc = ep_server_get(b->portal, id, note_id, server_id, err);

    return rc == EP_OK ? ep_server_set_portal_tags(b->portal, ep_str(server_id),
                                                   hows[b->bulk->action],
                                                   b->bulk->tags, err)
                       : rc;
}


static ep_rc_t
change(bulk_t *b, int64_t id, ep_err_t *err)
{
    bool moved = true;
    ep_rc_t rc;

    switch (b->bulk->action) {
    case EP_BULK_DELETE:
        rc = ep_server_delete_local(b->portal, id, err);
        break;
    case EP_BULK_MOVE:
        rc = ep_server_move(b->portal, id, b->bulk->key, &moved, err);
        break;
    default:
        rc = change_tags(b, id, err);
    }
    b->result.changed += rc == EP_OK && moved;
    return rc;
}


/* The ids of one piece, and which of them the filter still selects. */
static ep_rc_t
select_piece(bulk_t *b, ep_selection_t **out, ep_err_t *err)
{
    ep_server_filter_t f = *b->f;
    ep_str_t *ids = ep_arena_alloc(b->arena, PIECE * sizeof(*ids));
    int64_t id = b->after;
    size_t n = 0;

    if (ids == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    while (n < PIECE && (id = ep_selection_next(b->todo, id)) != 0) {
        char server_id[EP_SERVER_ID_MAX + 1];
        ep_err_t local = { 0 };
        ep_rc_t rc = ep_server_get(b->portal, id, note_id, server_id, &local);

        if (rc == EP_OK) {
            char *copy = ep_arena_strdup(b->arena, ep_str(server_id));

            if (copy == NULL) {
                return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
            }
            ids[n++] = ep_str(copy);
        } else if (rc != EP_ENOTFOUND) {
            return ep_err_set(err, rc, local.code, "%s", local.msg);
        }
    }
    f.server_ids = ids;
    f.server_id_count = n;
    return ep_selection_make(b->portal, &f, b->arena, out, err);
}


static ep_rc_t
run_piece(bulk_t *b, ep_err_t *err)
{
    int64_t begun = ep_time_us();
    ep_selection_t *piece = NULL;
    int64_t id = 0, last = b->after;
    ep_rc_t rc = select_piece(b, &piece, err);

    for (int n = 0; rc == EP_OK && n < PIECE; n++) {
        last = ep_selection_next(b->todo, b->after);
        if (last == 0
            || (n % LOOK == LOOK - 1 && ep_time_us() - begun > PIECE_US)) {
            break;
        }
        id = last;
        b->after = id;
        if (id < piece->size && ep_bit(piece, id)) {
            rc = change(b, id, err);
        }
    }
    return rc;
}


/* What one piece has changed: a row in its transaction, so that whatever ends
 * the rest, nothing is done without one. */
static ep_rc_t
record(bulk_t *b, int64_t changed, ep_err_t *err)
{
    static const char *const actions[] = { "server.delete", "server.move",
                                           "server.tags", "server.tags",
                                           "server.tags" };
    char detail[160];

    snprintf(detail, sizeof(detail),
             "{\"how\":\"%s\",\"selected\":%lld,\"changed\":%lld}",
             ep_bulk_names[b->bulk->action], (long long) b->result.selected,
             (long long) changed);
    return ep_audit(b->portal, actions[b->bulk->action],
                    b->bulk->action == EP_BULK_MOVE     ? b->bulk->key
                    : b->bulk->action == EP_BULK_DELETE ? b->f->server_id
                                                        : b->bulk->tags,
                    ep_str(detail), err);
}


/* One piece in a transaction of its own; what it changed counts only when
 * that was committed. */
static ep_rc_t
commit_piece(bulk_t *b, ep_err_t *err)
{
    int64_t before = b->result.changed;
    ep_rc_t rc = ep_portal_write_begin(b->portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = run_piece(b, err);
    if (rc == EP_OK && b->result.changed > before) {
        rc = record(b, b->result.changed - before, err);
    }
    if (rc == EP_OK) {
        rc = ep_portal_write_commit(b->portal, err);
    } else {
        ep_portal_write_rollback(b->portal);
    }
    if (rc != EP_OK) {
        b->result.changed = before;
    }
    return rc;
}


static ep_rc_t
select_all(bulk_t *b, ep_arena_t *arena, ep_err_t *err)
{
    ep_rc_t rc = ep_portal_read_begin(b->portal, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_selection_make(b->portal, b->f, arena, &b->todo, err);
    if (rc == EP_OK && b->bulk->action == EP_BULK_MOVE) {
        ep_key_t key;

        rc = ep_key_find(b->portal, b->bulk->key, &key, err);
    }
    ep_portal_read_end(b->portal);
    return rc;
}


static bool
time_is_over(const bulk_t *b)
{
    return b->bulk->seconds > 0
           && ep_time_us() - b->started > b->bulk->seconds * 1000000;
}


static ep_rc_t
run_all(bulk_t *b, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    b->result.complete = true;
    while (rc == EP_OK && ep_selection_next(b->todo, b->after) != 0) {
        if (time_is_over(b)) {
            b->result.complete = false;
            b->result.next = b->after;
            break;
        }
        ep_arena_reset(b->arena);
        rc = commit_piece(b, err);
    }
    return rc;
}


ep_rc_t
ep_servers_bulk(ep_portal_t *portal, const ep_server_filter_t *filter,
                const ep_bulk_t *bulk, ep_bulk_result_t *out, ep_err_t *err)
{
    bulk_t b = { .portal = portal,
                 .f = filter,
                 .bulk = bulk,
                 .after = bulk->after,
                 .started = ep_time_us() };
    ep_arena_t *arena = ep_arena_new();
    ep_rc_t rc = EP_OK;

    b.arena = ep_arena_new();
    if (arena == NULL || b.arena == NULL) {
        rc = ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    if (rc == EP_OK) {
        rc = select_all(&b, arena, err);
    }
    if (rc == EP_OK) {
        b.result.selected = b.todo->count;
        rc = run_all(&b, err);
    }
    if (rc == EP_OK) {
        *out = b.result;
    }
    ep_arena_free(b.arena);
    ep_arena_free(arena);
    return rc;
}
