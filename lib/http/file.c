/* Files of patches, as an answer: see http/private.h. */

#include "http/private.h"
#include "store/patchset.h"

#define PATH_REST 96 /* tree, object, level and slashes */


/* One that an archive has brought needs nothing else: its path. */
static ep_rc_t
find_remote(ep_call_t *call, const ep_level_row_t *level, ep_str_t below,
            ep_err_t *err)
{
    ep_remote_file_t file;
    ep_remote_t *remote;
    ep_rc_t rc = ep_remote_find(call->portal, level, below, &file, err);

    if (rc != EP_OK) {
        return rc == EP_ENOTFOUND ? EP_OK : rc;
    }
    remote = ep_arena_alloc(call->arena, sizeof(*remote));
    if (remote == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while answering");
    }
    remote->path = call->response->file;
    remote->size = file.size;
    memcpy(remote->sha256, file.sha256, sizeof(remote->sha256));
    call->response->remote = remote;
    return EP_OK;
}


static char *
append(char *at, ep_str_t s)
{
    return s.n > 0 ? (char *) memcpy(at, s.p, s.n) + s.n : at;
}


/* A number and a slash; none for 0. */
static char *
append_level(char *at, int64_t level)
{
    char digits[20];
    size_t n = sizeof(digits);

    if (level <= 0) {
        return at;
    }
    for (; level > 0; level /= 10) {
        digits[--n] = (char) ('0' + level % 10);
    }
    at = append(at, (ep_str_t){ digits + n, sizeof(digits) - n });
    return append(at, EP_STR("/"));
}


/* Put together without printf: this is what agents ask for most. */
ep_rc_t
ep_answer_file(ep_call_t *call, bool userspace, const uint8_t *object,
               int64_t level, ep_str_t below, ep_err_t *err)
{
    ep_level_row_t row = { .userspace = userspace, .level = level };
    char *path = ep_arena_alloc(call->arena, below.n + PATH_REST);
    char *at;

    if (path == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while answering");
    }
    memcpy(row.object, object, sizeof(row.object));
    at = append(path,
                userspace ? EP_STR("user-resources/") : EP_STR("resources/"));
    ep_hex(object, EP_OBJECT_SIZE, at);
    at = append(at + 2 * EP_OBJECT_SIZE, EP_STR("/"));
    at = append_level(at, level);
    at = append(at, below);
    call->response->status = 200;
    call->response->file = (ep_str_t){ path, (size_t) (at - path) };
    return find_remote(call, &row, below, err);
}
