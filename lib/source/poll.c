/* Reading the source's index into the database, and checking the source:
 * see eportal/source.h. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>

#include <eportal/audit.h>
#include <eportal/feed.h>

#include "base/file.h"
#include "net/client.h"
#include "source/fetch.h"
#include "source/index.h"
#include "store/meta.h"

#define PIECE 200 /* rows of one transaction */
#define SETTINGS_MAX (64 * 1024)
#define ETAG EP_STR("source.etag")
#define SETTINGS EP_STR("source.settings")

static const char logger[] = "eportal.source";

typedef struct {
    ep_portal_t *portal;
    const ep_config_t *cfg;
    ep_fetch_t *fetch;
    ep_arena_t *arena;
    ep_buf_t text; /* of the index */
    ep_buf_t signature;
    ep_buf_t settings; /* what else decides about what is written down */
    ep_buf_t old_settings, old_etag;
    char etag[200];
    ep_index_t index;
    bool dry_run; /* no feed is changed */
} poll_t;


bool
ep_source_configured(const ep_config_t *cfg)
{
    const char *origin = ep_config_origin(cfg, EP_PATCH_SOURCE_URL);

    return ep_config_string(cfg, EP_PATCH_SOURCE_URL) != NULL
           && (ep_config_string(cfg, EP_PATCH_SOURCE_USER) != NULL
               || strcmp(origin, "default") != 0);
}


bool
ep_source_moves(const ep_config_t *from, const ep_config_t *to)
{
    const char *old = ep_config_string(from, EP_PATCH_SOURCE_URL);
    const char *new = ep_config_string(to, EP_PATCH_SOURCE_URL);
    ep_url_t a = { 0 }, b = { 0 };
    bool moves = new != NULL &&ep_url_parse(new, false, &b);

    if (moves && old != NULL && ep_url_parse(old, false, &a)) {
        moves = !ep_url_same_origin(&a, &b);
    }
    ep_url_free(&a);
    ep_url_free(&b);
    return moves;
}


ep_rc_t
ep_source_need(const ep_config_t *cfg, ep_err_t *err)
{
    if (ep_source_configured(cfg)) {
        return EP_OK;
    }
    return ep_err_set(err, EP_EINVAL, "no-source",
                      "there is no patch source: set PATCH_SOURCE_USER and "
                      "PATCH_SOURCE_PASSWORD, or PATCH_SOURCE_URL to one that "
                      "needs no login");
}


ep_rc_t
ep_source_lock(ep_portal_t *portal, const char *name,
               const ep_transfer_t *transfer, int *fd, ep_err_t *err)
{
    struct timespec tick = { 0, 100 * 1000 * 1000 };
    EP_CLEANUP(ep_closep) int lock_fd = -1;
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/%s",
             ep_config_base_dir(ep_portal_config(portal)), name);
    lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
    if (lock_fd < 0) {
        return ep_err_errno(err, "source-lock", "cannot open %s", path);
    }
    while (flock(lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return ep_err_errno(err, "source-lock", "cannot lock %s", path);
        }
        if (ep_transfer_stopped(transfer)) {
            return ep_err_set(err, EP_EBUSY, "stopped",
                              "the download was stopped");
        }
        nanosleep(&tick, NULL);
    }
    *fd = lock_fd;
    lock_fd = -1;
    return EP_OK;
}


static ep_rc_t
add_channel(const ep_feed_t *feed, void *ctx, ep_err_t *err)
{
    *(unsigned *) ctx |= ep_channel_bit(ep_str(feed->channel));
    return EP_OK;
}


ep_rc_t
ep_source_channels(ep_portal_t *portal, unsigned *out, ep_err_t *err)
{
    unsigned channels = 0;
    ep_rc_t rc = ep_feed_list(portal, add_channel, &channels, err);

    if (rc == EP_OK) {
        *out = channels;
    }
    return rc;
}


/* With other settings the same index says something else. */
static ep_rc_t
note_settings(poll_t *p, ep_err_t *err)
{
    const char *key = ep_config_string(p->cfg, EP_PATCH_SOURCE_PUBLIC_KEY);
    const char *const *distros;
    size_t n = ep_config_list(p->cfg, EP_PATCH_SOURCE_DISTROS, &distros);
    /* "levels": what was written down before there were any is too little */
    ep_rc_t rc = ep_buf_addf(
        &p->settings, "levels\n%s\n%s\n%lld\n",
        ep_config_string(p->cfg, EP_PATCH_SOURCE_URL), key ? key : "",
        (long long) ep_config_int(p->cfg, EP_LIMIT_PATCHSETS));

    for (size_t i = 0; rc == EP_OK && i < n; i++) {
        rc = ep_buf_addf(&p->settings, "%s\n", distros[i]);
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, "source-settings",
                          "PATCH_SOURCE_DISTROS is too long");
    }
    rc = ep_meta_get(p->portal, SETTINGS, &p->old_settings, err);
    return rc == EP_OK ? ep_meta_get(p->portal, ETAG, &p->old_etag, err) : rc;
}


/* Fetch the index and its signature; *same: it is what we have. */
static ep_rc_t
fetch_index(poll_t *p, const char *etag, bool *same, ep_err_t *err)
{
    const char *key = ep_config_string(p->cfg, EP_PATCH_SOURCE_PUBLIC_KEY);
    ep_request_t request = {
        .path = EP_INDEX_FILE, .etag = etag, .body = &p->text, .fd = -1
    };
    ep_answer_t answer;
    ep_rc_t rc = ep_fetch_get(p->fetch, &request, &answer, err);

    if (rc != EP_OK) {
        return rc;
    }
    *same = answer.status == 304;
    if (*same) {
        return EP_OK;
    }
    memcpy(p->etag, answer.etag, sizeof(p->etag));
    if (key == NULL) {
        return EP_OK;
    }
    request = (ep_request_t){ .path = EP_INDEX_SIGNATURE,
                              .fd = -1,
                              .body = &p->signature,
                              .quiet = true };
    rc = ep_fetch_get(p->fetch, &request, &answer, err);
    if (rc == EP_OK && answer.status == 404) {
        ep_buf_reset(&p->signature);
    }
    return rc;
}


static ep_rc_t
understand(poll_t *p, ep_err_t *err)
{
    const char *key = ep_config_string(p->cfg, EP_PATCH_SOURCE_PUBLIC_KEY);
    ep_rc_t rc = EP_OK;

    if (key != NULL) {
        rc = ep_signature_verify(key, ep_buf_str(&p->text),
                                 ep_str_trim(ep_buf_str(&p->signature)), err);
    }
    return rc == EP_OK
               ? ep_index_parse(ep_buf_str(&p->text), p->arena, &p->index, err)
               : rc;
}


static ep_rc_t
audit_blocked(ep_portal_t *portal, int64_t count, ep_err_t *err)
{
    const ep_audit_value_t values[] = {
        { "changed", EP_AUDIT_NUMBER, EP_STR_NULL, count },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return ep_audit_values(portal, "patchset.block", EP_STR_NULL, values, err);
}


/* The last transaction makes the index count: what upstream blocks goes out
 * of the feeds in it, and the ETag lasts only with it. Without the ETag the
 * next poll does all of it. */
static ep_rc_t
finish(poll_t *p, int64_t seen, int64_t *blocked, ep_err_t *err)
{
    ep_rc_t rc = ep_upstream_end(p->portal, seen, err);

    if (rc == EP_OK && !p->dry_run) {
        rc = ep_patchset_disable_blocked(p->portal, blocked, err);
    }
    if (rc == EP_OK && *blocked > 0) {
        rc = audit_blocked(p->portal, *blocked, err);
    }
    if (rc == EP_OK) {
        rc = ep_meta_set(p->portal, ETAG, ep_str(p->dry_run ? "" : p->etag),
                         err);
    }
    if (rc == EP_OK) {
        rc = ep_meta_set(p->portal, SETTINGS, ep_buf_str(&p->settings), err);
    }
    return rc;
}


static ep_rc_t
write_down(poll_t *p, int64_t *blocked, ep_err_t *err)
{
    const char *const *distros;
    size_t n = ep_config_list(p->cfg, EP_PATCH_SOURCE_DISTROS, &distros);
    int64_t seen = 0;
    size_t i = 0;
    bool last = false;
    ep_rc_t rc = ep_upstream_next(p->portal, &seen, err);

    ep_index_filter(&p->index, distros, n,
                    ep_config_int(p->cfg, EP_LIMIT_PATCHSETS));
    while (rc == EP_OK && !last) {
        size_t end = i + PIECE < p->index.count ? i + PIECE : p->index.count;

        last = end == p->index.count;
        rc = ep_portal_write_begin(p->portal, last, err);
        for (; rc == EP_OK && i < end; i++) {
            rc = ep_upstream_put(p->portal, &p->index.rows[i], seen, err);
        }
        if (rc == EP_OK && last) {
            rc = finish(p, seen, blocked, err);
        }
        if (rc == EP_OK) {
            rc = ep_portal_write_commit(p->portal, err);
        } else {
            ep_portal_write_rollback(p->portal);
        }
    }
    return rc;
}


/* Of a dry run: what the next poll will disable. Is there nothing, the index
 * need not come again. */
static ep_rc_t
tell_blocked(poll_t *p, ep_err_t *err)
{
    int64_t blocked = 0;
    ep_rc_t rc = ep_portal_write_begin(p->portal, false, err);

    if (rc == EP_OK) {
        rc = ep_patchset_disable_blocked(p->portal, &blocked, err);
        ep_portal_write_rollback(p->portal);
    }
    if (rc != EP_OK || blocked > 0) {
        return rc;
    }
    rc = ep_portal_write_begin(p->portal, false, err);
    if (rc == EP_OK) {
        rc = ep_meta_set(p->portal, ETAG, ep_str(p->etag), err);
    }
    if (rc == EP_OK) {
        return ep_portal_write_commit(p->portal, err);
    }
    ep_portal_write_rollback(p->portal);
    return rc;
}


static ep_rc_t
run(poll_t *p, ep_poll_t *out, ep_err_t *err)
{
    ep_rc_t rc = note_settings(p, err);
    unsigned channels = 0;
    bool same = false;

    if (rc == EP_OK
        && !ep_str_eq(ep_buf_str(&p->settings), ep_buf_str(&p->old_settings)))
    {
        ep_buf_reset(&p->old_etag);
    }
    if (rc == EP_OK) {
        rc = fetch_index(p, p->old_etag.n > 0 ? p->old_etag.p : NULL, &same,
                         err);
    }
    if (rc == EP_OK && !same) {
        out->changed = true;
        rc = understand(p, err);
        out->listed = (int64_t) p->index.count;
    }
    if (rc == EP_OK && !same) {
        rc = write_down(p, &out->blocked, err);
    }
    if (rc == EP_OK && !same && p->dry_run) {
        rc = tell_blocked(p, err);
    }
    if (rc == EP_OK) {
        rc = ep_source_channels(p->portal, &channels, err);
    }
    if (rc == EP_OK) {
        rc = ep_upstream_count_missing(p->portal, channels, &out->missing, err);
    }
    if (rc == EP_OK && !same) {
        ep_portal_log(p->portal, EP_LOG_INFO, logger,
                      "the patch source lists %lld patchsets, %lld of them "
                      "are to be downloaded",
                      (long long) out->listed, (long long) out->missing);
    }
    return rc;
}


static ep_rc_t
begin(poll_t *p, const ep_config_t *cfg, const ep_transfer_t *transfer,
      ep_err_t *err)
{
    p->cfg = cfg;
    ep_buf_init(&p->text, EP_INDEX_SIZE_MAX);
    ep_buf_init(&p->signature, 4096);
    ep_buf_init(&p->settings, SETTINGS_MAX);
    ep_buf_init(&p->old_settings, SETTINGS_MAX);
    ep_buf_init(&p->old_etag, sizeof(p->etag));
    p->arena = ep_arena_new();
    if (p->arena == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    return ep_fetch_open(cfg, transfer, &p->fetch, err);
}


static void
end(poll_t *p)
{
    ep_fetch_closep(&p->fetch);
    ep_arena_free(p->arena);
    ep_buf_free(&p->text);
    ep_buf_free(&p->signature);
    ep_buf_free(&p->settings);
    ep_buf_free(&p->old_settings);
    ep_buf_free(&p->old_etag);
}


ep_rc_t
ep_source_poll(ep_portal_t *portal, const ep_transfer_t *transfer,
               ep_poll_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int lock_fd = -1;
    poll_t p = { .portal = portal,
                 .dry_run = transfer != NULL && transfer->dry_run };
    ep_poll_t result = { 0 };
    ep_rc_t rc = ep_source_need(ep_portal_config(portal), err);

    if (rc == EP_OK) {
        rc =
            ep_source_lock(portal, "source-poll.lock", transfer, &lock_fd, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = begin(&p, ep_portal_config(portal), transfer, err);
    if (rc == EP_OK) {
        rc = run(&p, &result, err);
    }
    if (rc == EP_OK) {
        *out = result;
    }
    end(&p);
    return rc;
}


/* ---- checking ---- */

/* The step that an error's code belongs to. */
static const char *
step_of(const char *code)
{
    static const char *const steps[][2] = {
        { "source-url", "address" },         { "no-source", "address" },
        { "source-name", "name" },           { "source-proxy", "connect" },
        { "source-connect", "connect" },     { "source-tls", "TLS" },
        { "source-login", "login" },         { "source-index", "index" },
        { "source-signature", "signature" },
    };

    for (size_t i = 0; i < EP_ARRAY_LEN(steps); i++) {
        if (strcmp(code, steps[i][0]) == 0) {
            return steps[i][1];
        }
    }
    return "index";
}


/* What each step found, as far as it came. */
static void
tell(const poll_t *p, const char *failed, ep_check_fn fn, void *ctx)
{
    static const char *const steps[] = { "address", "name",  "connect",  "TLS",
                                         "login",   "index", "signature" };
    const char *url = ep_config_string(p->cfg, EP_PATCH_SOURCE_URL);
    const char *user = ep_config_string(p->cfg, EP_PATCH_SOURCE_USER);
    bool proxy = ep_config_string(p->cfg, EP_PROXY) != NULL;
    bool tls = ep_str_starts(ep_str(url), EP_STR("https:"));
    bool key = ep_config_string(p->cfg, EP_PATCH_SOURCE_PUBLIC_KEY) != NULL;
    char count[64];
    const char *texts[EP_ARRAY_LEN(steps)];

    snprintf(count, sizeof(count), "%zu patchsets", p->index.count);
    texts[0] = url;
    texts[1] = proxy ? "left to the proxy, or found" : "found";
    texts[2] = proxy ? "through the proxy" : "directly";
    texts[3] = tls ? "the certificate is good" : "not used";
    texts[4] = user != NULL ? "accepted" : "not used";
    texts[5] = count;
    texts[6] = key ? "good" : "not used";
    for (size_t i = 0; i < EP_ARRAY_LEN(steps); i++) {
        if (failed != NULL && strcmp(steps[i], failed) == 0) {
            return;
        }
        fn(ctx, steps[i], texts[i]);
    }
}


ep_rc_t
ep_source_check(const ep_config_t *cfg, ep_check_fn fn, void *ctx,
                const char **failed, ep_err_t *err)
{
    poll_t p = { 0 };
    ep_err_t why = { 0 };
    bool same;
    ep_rc_t rc = begin(&p, cfg, NULL, &why);

    if (rc == EP_OK) {
        rc = ep_source_need(cfg, &why);
    }
    if (rc == EP_OK) {
        rc = fetch_index(&p, NULL, &same, &why);
    }
    if (rc == EP_OK) {
        rc = ep_index_parse(ep_buf_str(&p.text), p.arena, &p.index, &why);
    }
    if (rc == EP_OK) {
        rc = understand(&p, &why);
    }
    if (rc == EP_OK) {
        tell(&p, NULL, fn, ctx);
    } else {
        *failed = step_of(why.code);
        tell(&p, *failed, fn, ctx);
        ep_err_set(err, rc, why.code, "%s", why.msg);
    }
    end(&p);
    return rc;
}
