/* How the portal is, as `kc.eportal status` tells it. */

#include <eportal/feed.h>
#include <eportal/server_list.h>
#include <eportal/status.h>

#include "http/private.h"

#define ANSWER_MAX ((size_t) 4 * 1024 * 1024)

static void
add_warning(const char *code, const char *message, void *ctx)
{
    ep_json_t *w = ctx;

    ep_json_open(w, NULL, '{');
    ep_json_str(w, "code", ep_str(code));
    ep_json_str(w, "message", ep_str(message));
    ep_json_close(w, '}');
}


void
ep_write_warnings(ep_json_t *w, const ep_config_t *cfg)
{
    ep_json_open(w, "warnings", '[');
    ep_status_warnings(cfg, add_warning, w);
    ep_json_close(w, ']');
}


typedef struct {
    ep_call_t *call;
    ep_json_t w;
    const char **names;
    size_t count, size;
} status_t;


/* The list of feeds must be done before one is looked up. */
static ep_rc_t
keep_feed(const ep_feed_t *feed, void *ctx, ep_err_t *err)
{
    status_t *s = ctx;
    const char *name = ep_arena_strdup(s->call->arena, ep_str(feed->name));

    if (s->count == s->size) {
        size_t size = s->size > 0 ? 2 * s->size : 16;
        const char **more =
            ep_arena_alloc(s->call->arena, size * sizeof(*more));

        if (more != NULL && s->count > 0) {
            memcpy(more, s->names, s->count * sizeof(*more));
        }
        s->names = more;
        s->size = size;
    }
    if (name == NULL || s->names == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while looking at feeds");
    }
    s->names[s->count++] = name;
    return EP_OK;
}


/* {"name": "main", "newest": {"kcare": "K20210129_01"}} */
static ep_rc_t
write_feed(status_t *s, const char *feed, ep_err_t *err)
{
    char newest[EP_PATCHSET_NAME_MAX + 1];
    ep_rc_t rc = EP_OK;

    ep_json_open(&s->w, NULL, '{');
    ep_json_str(&s->w, "name", ep_str(feed));
    ep_json_open(&s->w, "newest", '{');
    for (int p = 0; rc == EP_OK && p < EP_PRODUCT_COUNT; p++) {
        rc = ep_status_newest(s->call->portal, (ep_product_t) p, ep_str(feed),
                              newest, err);
        if (rc == EP_OK && newest[0] != '\0') {
            ep_json_str(&s->w, ep_product_info((ep_product_t) p)->cli,
                        ep_str(newest));
        }
    }
    ep_json_close(&s->w, '}');
    ep_json_close(&s->w, '}');
    return rc;
}


static ep_rc_t
write_servers(status_t *s, ep_err_t *err)
{
    ep_server_totals_t totals;
    ep_rc_t rc = ep_server_totals(s->call->portal, &totals, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_json_open(&s->w, "servers", '{');
    ep_json_int(&s->w, "total", totals.total);
    ep_json_int(&s->w, "active", totals.active);
    ep_json_int(&s->w, "silent", totals.silent + totals.never);
    ep_json_int(&s->w, "outdated", totals.outdated);
    ep_json_int(&s->w, "unsupported", totals.unsupported);
    ep_json_close(&s->w, '}');
    return EP_OK;
}


static void
write_source(ep_json_t *w, const ep_status_t *now)
{
    ep_json_str(w, "patch_source", ep_str(now->source));
    ep_json_time(w, "last_poll", now->last_poll);
    ep_json_time(w, "last_good_poll", now->last_good_poll);
    ep_json_int(w, "poll_failures", now->poll_failures);
    ep_json_str(w, "last_poll_result", ep_str(now->poll_result));
    ep_json_int(w, "to_be_downloaded", now->missing);
}


/* {"kernel": 2}: products that have none are left out. */
static void
write_withdrawn(ep_json_t *w, const ep_status_t *now)
{
    ep_json_open(w, "withdrawn", '{');
    for (int p = 0; p < EP_PRODUCT_COUNT; p++) {
        if (now->withdrawn[p] > 0) {
            ep_json_int(w, ep_product_info((ep_product_t) p)->api,
                        now->withdrawn[p]);
        }
    }
    ep_json_close(w, '}');
}


static ep_rc_t
write_status(status_t *s, ep_err_t *err)
{
    ep_json_t *w = &s->w;
    ep_status_t now;
    ep_rc_t rc = ep_status_get(s->call->portal, &now, err);

    if (rc == EP_OK) {
        rc = ep_feed_list(s->call->portal, keep_feed, s, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    ep_write_warnings(w, s->call->cfg);
    ep_json_str(w, "data", ep_str(now.data));
    ep_json_bool(w, "daemon", now.daemon);
    ep_json_int(w, "disk_free", (int64_t) now.disk.free);
    ep_json_int(w, "disk_size", (int64_t) now.disk.size);
    write_source(w, &now);
    write_withdrawn(w, &now);
    ep_json_open(w, "feeds", '[');
    for (size_t i = 0; rc == EP_OK && i < s->count; i++) {
        rc = write_feed(s, s->names[i], err);
    }
    ep_json_close(w, ']');
    if (rc == EP_OK) {
        rc = write_servers(s, err);
    }
    ep_json_int(w, "undecodable_tokens", now.strays.undecodable);
    ep_json_int(w, "unknown_servers", now.strays.unknown);
    return rc;
}


ep_rc_t
ep_api_status(ep_call_t *call, ep_err_t *err)
{
    ep_buf_t buf;
    status_t s = { .call = call, .w = { .buf = &buf } };
    ep_rc_t rc;

    ep_buf_init(&buf, ANSWER_MAX);
    ep_json_open(&s.w, NULL, '{');
    ep_json_open(&s.w, "result", '{');
    rc = write_status(&s, err);
    ep_json_close(&s.w, '}');
    ep_json_close(&s.w, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(call, 200, &s.w, err);
}
