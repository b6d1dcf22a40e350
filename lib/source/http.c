/* Fetching from the patch source: see source/fetch.h. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "net/client.h"
#include "source/fetch.h"

#define ATTEMPTS 5     /* in a row that bring nothing */
#define BACKOFF_MS 400 /* doubled each time, with as much jitter */
#define GUARD_BYTES (8 * 1024 * 1024) /* between looks at the free disk */

struct ep_fetch {
    ep_client_t *client;
    const ep_config_t *cfg;
    const ep_transfer_t *transfer;
    char *base; /* address, with a slash at its end */
    ep_url_t url;
    /* of the request that runs */
    const ep_request_t *request;
    ep_exchange_t exchange;
    char range[32];
    ep_answer_t answer;
    int64_t at;      /* bytes of the file */
    int64_t guarded; /* at the last look at the disk */
};


/* Stop before the disk is full, not after. */
static bool
disk_has_room(ep_fetch_t *fetch, int64_t more, ep_err_t *err)
{
    int64_t keep = ep_config_int(fetch->cfg, EP_MIN_FREE_DISK);
    struct statvfs fs;
    int64_t there;

    if (fstatvfs(fetch->request->fd, &fs) != 0) {
        return true;
    }
    there = (int64_t) fs.f_bavail * (int64_t) fs.f_frsize;
    if (there - more >= keep) {
        return true;
    }
    ep_err_set(err, EP_ELIMIT, "disk-full",
               "%s needs %lld MiB, and of the %lld MiB that the patches' disk "
               "has free MIN_FREE_DISK keeps %lld: make room (`kc.eportal "
               "--clean-releases`) or lower MIN_FREE_DISK",
               fetch->request->path, (long long) (more >> 20),
               (long long) (there >> 20), (long long) (keep >> 20));
    return false;
}


static ep_rc_t
write_file(ep_fetch_t *fetch, long status, ep_str_t bytes, ep_err_t *err)
{
    if (status == 200 && fetch->at > 0 && fetch->guarded < 0) {
        /* it does not know Range: from the beginning */
        if (ftruncate(fetch->request->fd, 0) != 0
            || lseek(fetch->request->fd, 0, SEEK_SET) != 0)
        {
            return ep_err_set(err, EP_EIO, "file-write",
                              "cannot begin a download again");
        }
        fetch->at = 0;
    }
    if (fetch->at + (int64_t) bytes.n > fetch->request->size) {
        return ep_err_set(err, EP_EINVAL, "source-checksum",
                          "the patch source sends more bytes than its index "
                          "promises");
    }
    if (fetch->guarded < 0 || fetch->at - fetch->guarded > GUARD_BYTES) {
        if (!disk_has_room(fetch, fetch->request->size - fetch->at, err)) {
            return EP_ELIMIT;
        }
        fetch->guarded = fetch->at;
    }
    while (bytes.n > 0) {
        ssize_t got = write(fetch->request->fd, bytes.p, bytes.n);

        if (got < 0 && errno != EINTR) {
            return ep_err_errno(err,
                                errno == ENOSPC ? "disk-full" : "file-write",
                                "cannot write what is downloaded");
        }
        if (got > 0) {
            bytes.p += got;
            bytes.n -= (size_t) got;
            fetch->at += got;
        }
    }
    return EP_OK;
}


static ep_rc_t
on_data(void *ctx, long status, ep_str_t bytes, ep_err_t *err)
{
    ep_fetch_t *fetch = ctx;

    if (status != 200 && status != 206) {
        return EP_OK; /* an error's page is nobody's business */
    }
    if (fetch->request->fd >= 0) {
        return write_file(fetch, status, bytes, err);
    }
    if (ep_buf_add_str(fetch->request->body, bytes) != EP_OK) {
        return ep_err_set(err, EP_ELIMIT, "source-index",
                          "the patch source's %s is larger than %zu KiB: "
                          "check that PATCH_SOURCE_URL is the address of a "
                          "patch source, or tell who runs it",
                          fetch->request->path,
                          fetch->request->body->max >> 10);
    }
    return EP_OK;
}


static void
on_header(void *ctx, ep_str_t name, ep_str_t value)
{
    ep_fetch_t *fetch = ctx;

    if (ep_str_eq_nocase(name, EP_STR("etag"))) {
        ep_str_copy(value, fetch->answer.etag, sizeof(fetch->answer.etag));
    }
}


static ep_rc_t
on_tick(void *ctx, ep_err_t *err)
{
    ep_fetch_t *fetch = ctx;
    ep_progress_t progress = { .step = "downloading" };

    if (fetch->request->fd >= 0 && fetch->transfer != NULL
        && fetch->transfer->progress != NULL)
    {
        progress.bytes_read = (uint64_t) fetch->at;
        progress.bytes_total = (uint64_t) fetch->request->size;
        fetch->transfer->progress(fetch->transfer->ctx, &progress);
    }
    if (ep_transfer_stopped(fetch->transfer)) {
        return ep_err_set(err, EP_EBUSY, "stopped", "the download was stopped");
    }
    return EP_OK;
}


/* Memory is kept in out until ep_url_free. */
static ep_rc_t
read_address(const ep_config_t *cfg, ep_url_t *out, ep_err_t *err)
{
    const char *url = ep_config_string(cfg, EP_PATCH_SOURCE_URL);

    if (url != NULL && ep_url_parse(url, false, out)) {
        return EP_OK;
    }
    return ep_err_set(err, EP_EINVAL, "source-url",
                      "PATCH_SOURCE_URL must be an http:// or https:// "
                      "address without a login in it: the login is "
                      "PATCH_SOURCE_USER and PATCH_SOURCE_PASSWORD");
}


ep_rc_t
ep_source_check_url(const ep_config_t *cfg, ep_err_t *err)
{
    ep_url_t url = { 0 };
    ep_rc_t rc = read_address(cfg, &url, err);

    ep_url_free(&url);
    return rc;
}


ep_rc_t
ep_fetch_open(const ep_config_t *cfg, const ep_transfer_t *transfer,
              ep_fetch_t **out, ep_err_t *err)
{
    static const ep_client_kind_t kind = {
        .codes = { "source-url", "source-name", "source-proxy",
                   "source-connect", "source-tls", "source-transfer" },
        .ca = EP_PATCH_SOURCE_CA_FILE,
    };
    ep_fetch_t *fetch = calloc(1, sizeof(*fetch));
    ep_rc_t rc;

    if (fetch == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    fetch->cfg = cfg;
    fetch->transfer = transfer;
    rc = read_address(cfg, &fetch->url, err);
    if (rc == EP_OK
        && asprintf(&fetch->base, "%s%s", fetch->url.text,
                    ep_str_ends(ep_str(fetch->url.text), EP_STR("/")) ? ""
                                                                      : "/")
               < 0)
    {
        fetch->base = NULL;
        rc = ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    if (rc == EP_OK) {
        rc = ep_client_open(&kind, cfg, &fetch->client, err);
    }
    if (rc != EP_OK) {
        ep_fetch_closep(&fetch);
        return rc;
    }
    *out = fetch;
    return EP_OK;
}


void
ep_fetch_closep(ep_fetch_t **fetch)
{
    if (*fetch != NULL) {
        ep_client_closep(&(*fetch)->client);
        ep_url_free(&(*fetch)->url);
        free((*fetch)->base);
        free(*fetch);
        *fetch = NULL;
    }
}


/* What an answer means that is not what was asked for. */
static ep_rc_t
status_error(const ep_fetch_t *fetch, long status, ep_err_t *err)
{
    const char *path = fetch->request->path;

    switch (status) {
    case 401:
    case 403:
        return ep_err_set(err, EP_EAUTH, "source-login",
                          "%s refuses the login (%ld): check "
                          "PATCH_SOURCE_USER and PATCH_SOURCE_PASSWORD",
                          fetch->url.host, status);
    case 404:
    case 410:
        return ep_err_set(err, EP_ENOTFOUND,
                          fetch->request->fd >= 0 ? "source-transfer"
                                                  : "source-index",
                          "there is no %s at %s: check that "
                          "PATCH_SOURCE_URL is the address of a patch source",
                          path, fetch->base);
    default:
        break;
    }
    if (status >= 300 && status < 400) {
        return ep_err_set(err, EP_ENET, "source-url",
                          "%s sends us elsewhere for %s, where a login must "
                          "not follow: set PATCH_SOURCE_URL to the address "
                          "itself",
                          fetch->url.host, path);
    }
    return ep_err_set(err, EP_ENET, "source-transfer",
                      "%s answers %ld for %s: try again later", fetch->url.host,
                      status, path);
}


static ep_rc_t
wait_before(ep_fetch_t *fetch, int attempt, ep_err_t *err)
{
    struct timespec tick = { 0, 50 * 1000 * 1000 };
    int64_t ms = (int64_t) BACKOFF_MS << attempt;
    uint32_t random = 0;

    if (ep_random(&random, sizeof(random), err) != EP_OK) {
        return EP_EINTERNAL;
    }
    for (ms += random % ms; ms > 0; ms -= 50) {
        if (ep_transfer_stopped(fetch->transfer)) {
            return ep_err_set(err, EP_EBUSY, "stopped",
                              "the download was stopped");
        }
        nanosleep(&tick, NULL);
    }
    return EP_OK;
}


/* One try. *again: another one may do better. */
static ep_rc_t
try_once(ep_fetch_t *fetch, bool *again, ep_err_t *err)
{
    const ep_request_t *request = fetch->request;
    ep_reply_t reply;
    ep_rc_t rc = ep_client_run(fetch->client, &fetch->exchange, &reply, err);
    long status = reply.status;

    fetch->answer.status = status;
    *again = reply.passing;
    if (rc != EP_OK) {
        return rc;
    }
    if (status == 200 || status == 206 || (status == 304 && request->fd < 0)
        || (status == 404 && request->quiet))
    {
        if (request->fd < 0 || fetch->at == request->size) {
            return EP_OK;
        }
        *again = true; /* it ended early and did not say so */
        return ep_err_set(err, EP_EINVAL, "source-checksum",
                          "%s has fewer bytes than the patch source's index "
                          "promises",
                          request->path);
    }
    if (status == 416 && fetch->at > 0) {
        *again = ftruncate(request->fd, 0) == 0;
    }
    *again = *again || status == 408 || status == 429 || status >= 500;
    return status_error(fetch, status, err);
}


/* Continue where the file ends, or begin the body again. */
static ep_rc_t
prepare(ep_fetch_t *fetch, ep_err_t *err)
{
    const ep_request_t *request = fetch->request;

    fetch->answer = (ep_answer_t){ 0 };
    fetch->guarded = -1;
    if (request->fd < 0) {
        ep_buf_reset(request->body);
        return EP_OK;
    }
    fetch->at = lseek(request->fd, 0, SEEK_END);
    if (fetch->at > request->size) {
        fetch->at = ftruncate(request->fd, 0) == 0
                        ? lseek(request->fd, 0, SEEK_SET)
                        : -1;
    }
    if (fetch->at < 0) {
        return ep_err_errno(err, "file-read", "cannot continue a download");
    }
    /* not curl's RESUME_FROM: that fails where a server knows no Range */
    snprintf(fetch->range, sizeof(fetch->range), "%lld-",
             (long long) fetch->at);
    fetch->exchange.range = fetch->at > 0 ? fetch->range : NULL;
    return EP_OK;
}


static ep_rc_t
repeat(ep_fetch_t *fetch, ep_err_t *err)
{
    int64_t best = 0;
    ep_err_t why = { 0 };
    bool again = false;
    ep_rc_t rc;

    for (int attempt = 0;; attempt++) {
        ep_err_clear(&why);
        rc = prepare(fetch, &why);
        if (rc == EP_OK && fetch->request->fd >= 0
            && fetch->at == fetch->request->size) {
            return EP_OK;
        }
        if (rc == EP_OK) {
            rc = try_once(fetch, &again, &why);
        }
        if (rc == EP_OK) {
            return EP_OK;
        }
        if (fetch->request->fd >= 0 && fetch->at > best) {
            best = fetch->at;
            attempt = 0; /* it gets on */
        }
        if (!again || attempt + 1 >= ATTEMPTS) {
            return ep_err_set(err, rc, why.code, "%s", why.msg);
        }
        rc = wait_before(fetch, attempt, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
}


ep_rc_t
ep_fetch_get(ep_fetch_t *fetch, const ep_request_t *request,
             ep_answer_t *answer, ep_err_t *err)
{
    const char *headers[2] = { NULL, NULL };
    char *url = NULL, *match = NULL;
    ep_rc_t rc;

    fetch->request = request;
    if (asprintf(&url, "%s%s", fetch->base, request->path) < 0) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    if (request->etag != NULL && request->etag[0] != '\0'
        && asprintf(&match, "If-None-Match: %s", request->etag) > 0)
    {
        headers[0] = match;
    }
    fetch->exchange = (ep_exchange_t){
        .url = url,
        .setting = "PATCH_SOURCE_URL",
        .what = request->path,
        .headers = headers,
        .user = ep_config_string(fetch->cfg, EP_PATCH_SOURCE_USER),
        .password = ep_config_string(fetch->cfg, EP_PATCH_SOURCE_PASSWORD),
        /* An archive is taken as it is; what is small may come compressed. */
        .compressed = request->fd < 0,
        .data = on_data,
        .header = on_header,
        .tick = on_tick,
        .ctx = fetch,
    };
    rc = repeat(fetch, err);
    if (rc == EP_OK) {
        *answer = fetch->answer;
    }
    free(match);
    free(url);
    return rc;
}
