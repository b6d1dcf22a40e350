/*
 * Archives from the source: see eportal/source.h. Several are fetched at
 * once, each by a thread that knows the configuration and files only; the
 * portal stays with the caller's thread, which then imports them in order.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "source/download.h"
#include "source/fetch.h"
#include "source/index.h"
#include "source/metadata.h"

#define LOG_US (30 * 1000 * 1000) /* between lines of a long download */
#define TICK_US 20000
#define AT_ONCE 4
#define PART_PREFIX ".download-"

static const char logger[] = "eportal.source";

typedef struct batch batch_t;

/* One archive. Its thread writes all below `batch`; the others read only
 * what is atomic until it has ended. */
typedef struct {
    batch_t *batch;
    ep_upstream_file_t file;
    const char *archive; /* its file name */
    pthread_t thread;
    atomic_bool done;
    atomic_llong at; /* bytes of it that are here */
    int fd;          /* of the whole archive, -1: none */
    int64_t from;    /* bytes that were here before */
    int64_t took;    /* microseconds; 0: nothing was fetched */
    ep_rc_t rc;
    ep_err_t err;
} item_t;

struct batch {
    ep_portal_t *portal;
    const ep_config_t *cfg;
    const ep_transfer_t *outer; /* the caller's; may be NULL */
    int arch_fd;
    int64_t began; /* microseconds */
    int64_t logged;
    atomic_bool stop;
    item_t items[AT_ONCE];
    size_t count;
};


static bool
item_stopped(void *ctx)
{
    const item_t *item = ctx;

    return atomic_load(&item->batch->stop);
}


static void
item_progress(void *ctx, const ep_progress_t *state)
{
    item_t *item = ctx;

    atomic_store(&item->at, (long long) state->bytes_read);
}


static double
mib(double bytes)
{
    return bytes / (1024 * 1024);
}


/* To the caller and, while nobody watches, to the log every half minute. */
static void
tell(void *ctx, const ep_progress_t *state)
{
    batch_t *b = ctx;
    int64_t now = ep_time_us();
    double rate, left;

    if (b->outer != NULL && b->outer->progress != NULL) {
        b->outer->progress(b->outer->ctx, state);
        return;
    }
    if (now - b->logged < LOG_US || state->bytes_total == 0) {
        return;
    }
    b->logged = now;
    rate = (double) state->bytes_read / ((double) (now - b->began) / 1e6);
    left = (double) (state->bytes_total - state->bytes_read);
    ep_portal_log(b->portal, EP_LOG_INFO, logger,
                  "%s%s: %s, %.0f of %.0f MiB, %.1f MiB/s, %.0f s left",
                  b->items[0].file.name, b->count > 1 ? " and others" : "",
                  state->step, mib((double) state->bytes_read),
                  mib((double) state->bytes_total), mib(rate),
                  rate > 0 ? left / rate : 0.0);
}


/* Somebody brought it: an archive of that name with the right bytes. */
static ep_rc_t
find_there(item_t *item, int *fd, ep_err_t *err)
{
    uint8_t sha256[EP_SHA256_SIZE];
    struct stat st;
    int there = openat(item->batch->arch_fd, item->archive,
                       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ep_rc_t rc;

    if (there < 0) {
        return EP_OK;
    }
    if (fstat(there, &st) != 0 || !S_ISREG(st.st_mode)
        || st.st_size != item->file.size)
    {
        close(there);
        return EP_OK;
    }
    rc = ep_file_sha256(there, sha256, err);
    if (rc == EP_OK && memcmp(sha256, item->file.sha256, sizeof(sha256)) == 0) {
        *fd = there;
        return EP_OK;
    }
    close(there);
    return rc;
}


/* Fill the part file and check it. *wrong: it has other bytes. */
static ep_rc_t
fill(item_t *item, ep_fetch_t *fetch, int fd, bool *wrong, ep_err_t *err)
{
    ep_request_t request = { .path = item->file.path,
                             .fd = fd,
                             .size = item->file.size };
    uint8_t sha256[EP_SHA256_SIZE];
    ep_answer_t answer;
    ep_rc_t rc = ep_fetch_get(fetch, &request, &answer, err);

    *wrong = false;
    if (rc == EP_OK && fdatasync(fd) != 0) {
        rc = ep_err_errno(err, "file-write", "cannot write arch/%s",
                          item->archive);
    }
    if (rc == EP_OK) {
        rc = ep_file_sha256(fd, sha256, err);
    }
    if (rc != EP_OK) {
        *wrong = rc == EP_EINVAL; /* more or fewer bytes than promised */
        return rc;
    }
    *wrong = memcmp(sha256, item->file.sha256, sizeof(sha256)) != 0;
    return EP_OK;
}


static ep_rc_t
get_part(item_t *item, const char *part, int fd, ep_err_t *err)
{
    ep_transfer_t transfer = { .progress = item_progress,
                               .stopped = item_stopped,
                               .ctx = item };
    ep_fetch_t *fetch = NULL;
    ep_err_t why = { 0 };
    bool wrong = false;
    ep_rc_t rc = ep_fetch_open(item->batch->cfg, &transfer, &fetch, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = fill(item, fetch, fd, &wrong, &why);
    if (wrong && item->from > 0 && ftruncate(fd, 0) == 0) {
        /* what was there was the beginning of something else */
        item->from = 0;
        ep_err_clear(&why);
        rc = fill(item, fetch, fd, &wrong, &why);
    }
    ep_fetch_closep(&fetch);
    if (wrong) {
        unlinkat(item->batch->arch_fd, part, 0);
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, why.code, "%s", why.msg);
    }
    if (wrong) {
        return ep_err_set(err, EP_EINVAL, "source-checksum",
                          "%s does not have the SHA-256 that the patch "
                          "source's index promises: it was thrown away. Tell "
                          "who runs the source",
                          item->file.path);
    }
    return EP_OK;
}


static ep_rc_t
fetch_archive(item_t *item, int *out, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = -1;
    char part[NAME_MAX + 1];
    struct stat st;
    int64_t began = ep_time_us();
    ep_rc_t rc;

    if (snprintf(part, sizeof(part), "%s%s", PART_PREFIX, item->archive)
        >= (int) sizeof(part))
    {
        return ep_err_set(err, EP_EINVAL, "source-index",
                          "the name of %s is too long", item->archive);
    }
    fd = openat(item->batch->arch_fd, part,
                O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0 || fchmod(fd, 0644) != 0 || fstat(fd, &st) != 0) {
        return ep_err_errno(err, "file-create", "cannot create arch/%s", part);
    }
    item->from = st.st_size;
    rc = get_part(item, part, fd, err);
    if (rc != EP_OK) {
        return rc;
    }
    if (renameat(item->batch->arch_fd, part, item->batch->arch_fd,
                 item->archive)
            != 0
        || fsync(item->batch->arch_fd) != 0)
    {
        return ep_err_errno(err, "file-rename", "cannot keep arch/%s",
                            item->archive);
    }
    item->took = ep_time_us() - began + 1;
    *out = fd;
    fd = -1;
    return EP_OK;
}


static void *
run_item(void *arg)
{
    item_t *item = arg;

    item->rc = find_there(item, &item->fd, &item->err);
    if (item->rc == EP_OK && item->fd < 0) {
        item->rc = fetch_archive(item, &item->fd, &item->err);
    }
    atomic_store(&item->done, true);
    return NULL;
}


/* Start all of them, and wait: telling how far they are together, and
 * handing on the caller's wish to stop. */
static void
fetch_all(batch_t *b)
{
    struct timespec tick = { 0, TICK_US * 1000 };
    ep_progress_t state = { .step = "downloading" };
    size_t started = 0, done = 0;

    for (; started < b->count; started++) {
        item_t *item = &b->items[started];

        state.bytes_total += (uint64_t) item->file.size;
        if (pthread_create(&item->thread, NULL, run_item, item) != 0) {
            break;
        }
    }
    for (size_t i = started; i < b->count; i++) {
        run_item(&b->items[i]); /* no thread to be had: one by one */
    }
    while (done < started) {
        done = 0;
        state.bytes_read = 0;
        for (size_t i = 0; i < b->count; i++) {
            done += i < started && atomic_load(&b->items[i].done);
            state.bytes_read += (uint64_t) atomic_load(&b->items[i].at);
        }
        tell(b, &state);
        if (ep_transfer_stopped(b->outer)) {
            atomic_store(&b->stop, true);
        }
        nanosleep(&tick, NULL);
    }
    for (size_t i = 0; i < started; i++) {
        pthread_join(b->items[i].thread, NULL);
    }
}


static ep_rc_t
import_item(item_t *item, ep_err_t *err)
{
    batch_t *b = item->batch;
    char path[PATH_MAX];
    ep_deploy_t deploy = { .fd = item->fd,
                           .path = path,
                           .product = item->file.product,
                           .no_feed = true,
                           .progress = tell,
                           .progress_ctx = b };

    if (item->rc != EP_OK) {
        return ep_err_set(err, item->rc, item->err.code, "%s", item->err.msg);
    }
    if (item->took > 0) {
        double seconds = (double) item->took / 1e6;
        double bytes = (double) (item->file.size - item->from);

        ep_portal_log(b->portal, EP_LOG_INFO, logger,
                      "%s was downloaded: %.1f MiB in %.0f s, %.1f MiB/s",
                      item->file.name, mib((double) item->file.size), seconds,
                      mib(bytes) / seconds);
    }
    snprintf(path, sizeof(path), "%s/arch/%s", ep_config_patches_dir(b->cfg),
             item->archive);
    b->began = b->logged = ep_time_us();
    return ep_deploy(b->portal, &deploy, err);
}


/* One that another process brought meanwhile is not fetched again. */
static ep_rc_t
add_item(batch_t *b, const ep_upstream_file_t *file)
{
    item_t *item = &b->items[b->count];
    ep_patchset_row_t row;
    ep_err_t none = { 0 };
    const char *slash;

    if (ep_patchset_find(b->portal, file->product, file->order,
                         ep_str(file->name), &row, &none)
            == EP_OK
        && row.published && !row.remote)
    {
        return EP_EEXISTS;
    }
    *item = (item_t){ .batch = b, .file = *file, .fd = -1 };
    slash = strrchr(item->file.path, '/');
    item->archive = slash != NULL ? slash + 1 : item->file.path;
    b->count++;
    return EP_OK;
}


static ep_rc_t
open_batch(batch_t *b, ep_portal_t *portal, const ep_transfer_t *transfer,
           int *lock_fd, ep_err_t *err)
{
    char path[PATH_MAX];
    ep_rc_t rc;

    memset(b, 0, sizeof(*b));
    b->portal = portal;
    b->cfg = ep_portal_config(portal);
    b->outer = transfer;
    b->arch_fd = -1;
    b->began = b->logged = ep_time_us();
    rc = ep_source_need(b->cfg, err);
    if (rc == EP_OK) {
        rc = ep_source_lock(portal, "source-download.lock", transfer, lock_fd,
                            err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    snprintf(path, sizeof(path), "%s/arch", ep_config_patches_dir(b->cfg));
    b->arch_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (b->arch_fd < 0) {
        return ep_err_errno(err, "no-directory", "cannot open %s", path);
    }
    return EP_OK;
}


static void
close_batch(batch_t *b)
{
    for (size_t i = 0; i < b->count; i++) {
        ep_closep(&b->items[i].fd);
    }
    ep_closep(&b->arch_fd);
}


static ep_rc_t
download_one(ep_portal_t *portal, const ep_upstream_file_t *file,
             const ep_transfer_t *transfer, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int lock_fd = -1;
    batch_t b;
    ep_rc_t rc = open_batch(&b, portal, transfer, &lock_fd, err);

    if (rc == EP_OK && add_item(&b, file) == EP_OK) {
        fetch_all(&b);
        rc = import_item(&b.items[0], err);
    }
    close_batch(&b);
    return rc;
}


ep_rc_t
ep_source_download(ep_portal_t *portal, ep_product_t product, ep_str_t name,
                   const ep_transfer_t *transfer, ep_err_t *err)
{
    ep_patchset_name_t parsed;
    ep_patchset_row_t row;
    ep_upstream_file_t file;
    ep_rc_t rc = ep_patchset_parse(name, &parsed, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_upstream_find(portal, product, parsed.order, &file, err);
    if (rc == EP_ENOTFOUND) {
        return ep_patchset_find_name(portal, product, name, &row, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (file.status == EP_UPSTREAM_BLOCKED) {
        return ep_err_set(err, EP_EINVAL, "blocked",
                          "%s is blocked by the patch source", file.name);
    }
    if (file.status != EP_UPSTREAM_AVAILABLE
        && ep_patchset_find_name(portal, product, name, &row, NULL) != EP_OK)
    {
        return ep_err_set(err, EP_EINVAL, "not-available",
                          "%s is not available from the patch source: it is "
                          "%s there",
                          file.name, ep_upstream_names[file.status]);
    }
    if (ep_config_bool(ep_portal_config(portal), EP_CACHE_MODE)) {
        return ep_metadata_fetch(portal, &file, transfer, err);
    }
    return download_one(portal, &file, transfer, err);
}


bool
ep_download_hopeless(ep_rc_t rc)
{
    return rc != EP_OK && rc != EP_EINVAL && rc != EP_EEXISTS
           && rc != EP_ENOTFOUND;
}


/* The first failure counts; a hopeless one ends it all. */
static ep_rc_t
import_all(batch_t *b, int64_t *count, ep_rc_t *first, ep_err_t *err)
{
    ep_err_t why = { 0 };
    ep_rc_t rc;

    for (size_t i = 0; i < b->count; i++) {
        item_t *item = &b->items[i];

        ep_err_clear(&why);
        rc = import_item(item, &why);
        if (rc == EP_OK) {
            (*count)++;
            continue;
        }
        if (*first == EP_OK) {
            *first = ep_err_set(err, rc, why.code, "%s", why.msg);
        }
        if (ep_download_hopeless(rc)) {
            return rc;
        }
        ep_portal_log(b->portal, EP_LOG_ERROR, logger,
                      "%s could not be downloaded: %s", item->file.name,
                      why.msg);
    }
    return EP_OK;
}


/* The next few after an order. EP_ENOTFOUND: there are no more. */
static ep_rc_t
next_batch(ep_portal_t *portal, ep_product_t product, unsigned channels,
           int64_t *order, const ep_transfer_t *transfer, int64_t *count,
           ep_rc_t *first, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int lock_fd = -1;
    ep_upstream_file_t file;
    bool last = false;
    batch_t b;
    ep_rc_t rc = open_batch(&b, portal, transfer, &lock_fd, err);

    while (rc == EP_OK && !last && b.count < AT_ONCE) {
        rc = ep_upstream_missing(portal, product, *order, channels, &file, err);
        last = rc == EP_ENOTFOUND;
        if (rc == EP_OK) {
            *order = file.order;
            add_item(&b, &file);
        }
        rc = last ? EP_OK : rc;
    }
    if (rc == EP_OK && b.count > 0) {
        fetch_all(&b);
        rc = import_all(&b, count, first, err);
    }
    close_batch(&b);
    return rc == EP_OK && last ? EP_ENOTFOUND : rc;
}


ep_rc_t
ep_download_channels(ep_portal_t *portal, ep_product_t product,
                     unsigned channels, const ep_transfer_t *transfer,
                     int64_t *count, ep_err_t *err)
{
    ep_upstream_file_t file;
    ep_rc_t first = EP_OK, rc;
    int64_t order = 0;

    if (ep_config_bool(ep_portal_config(portal), EP_CACHE_MODE)) {
        return ep_metadata_channels(portal, product, channels, transfer, count,
                                    err);
    }
    /* without a look at the lock or the settings when nothing is missing */
    rc = ep_upstream_missing(portal, product, order, channels, &file, err);
    while (rc == EP_OK) {
        if (ep_transfer_stopped(transfer)) {
            return ep_err_set(err, EP_EBUSY, "stopped",
                              "the download was stopped");
        }
        rc = next_batch(portal, product, channels, &order, transfer, count,
                        &first, err);
    }
    if (first != EP_OK) {
        return ep_download_hopeless(rc) && rc != EP_ENOTFOUND ? rc : first;
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_source_download_missing(ep_portal_t *portal, unsigned products,
                           const ep_transfer_t *transfer, int64_t *count,
                           ep_err_t *err)
{
    ep_rc_t first = EP_OK, rc;
    unsigned channels = 0;
    int64_t done = 0;

    rc = ep_source_channels(portal, &channels, err);
    for (int p = 0; rc == EP_OK && p < EP_PRODUCT_ESU; p++) {
        if (products & EP_PRODUCT_BIT(p)) {
            rc = ep_download_channels(portal, (ep_product_t) p, channels,
                                      transfer, &done, err);
        }
        first = first == EP_OK ? rc : first;
        rc = ep_download_hopeless(rc) ? rc : EP_OK;
    }
    if (count != NULL) {
        *count = done;
    }
    return rc != EP_OK ? rc : first;
}
