/* Archives from the source: see eportal/source.h. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "source/download.h"
#include "source/fetch.h"
#include "source/index.h"

#define LOG_US (30 * 1000 * 1000) /* between lines of a long download */
#define PART_PREFIX ".download-"

static const char logger[] = "eportal.source";

typedef struct {
    ep_portal_t *portal;
    const ep_transfer_t *outer; /* the caller's; may be NULL */
    ep_transfer_t transfer;     /* ours around it */
    const ep_upstream_file_t *file;
    const char *archive; /* its file name */
    int arch_fd;
    int64_t began; /* microseconds */
    int64_t logged;
    int64_t from; /* bytes that were there */
} download_t;


static bool
stopped(void *ctx)
{
    const download_t *d = ctx;

    return ep_transfer_stopped(d->outer);
}


static double
mib(double bytes)
{
    return bytes / (1024 * 1024);
}


/* To the caller and, while nobody watches, to the log every half minute. */
static void
progress(void *ctx, const ep_progress_t *state)
{
    download_t *d = ctx;
    int64_t now = ep_time_us();
    double rate, left;

    if (d->outer != NULL && d->outer->progress != NULL) {
        d->outer->progress(d->outer->ctx, state);
        return;
    }
    if (now - d->logged < LOG_US || state->bytes_total == 0) {
        return;
    }
    d->logged = now;
    rate = ((double) state->bytes_read - (double) d->from)
           / ((double) (now - d->began) / 1e6);
    left = (double) (state->bytes_total - state->bytes_read);
    ep_portal_log(d->portal, EP_LOG_INFO, logger,
                  "%s: %s, %.0f of %.0f MiB, %.1f MiB/s, %.0f s left",
                  d->file->name, state->step, mib((double) state->bytes_read),
                  mib((double) state->bytes_total), mib(rate),
                  rate > 0 ? left / rate : 0.0);
}


/* Somebody brought it: an archive of that name with the right bytes. */
static ep_rc_t
find_there(download_t *d, int *fd, ep_err_t *err)
{
    uint8_t sha256[EP_SHA256_SIZE];
    struct stat st;
    int there = openat(d->arch_fd, d->archive,
                       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ep_rc_t rc;

    if (there < 0) {
        return EP_OK;
    }
    if (fstat(there, &st) != 0 || !S_ISREG(st.st_mode)
        || st.st_size != d->file->size)
    {
        close(there);
        return EP_OK;
    }
    rc = ep_file_sha256(there, sha256, err);
    if (rc == EP_OK && memcmp(sha256, d->file->sha256, sizeof(sha256)) == 0) {
        *fd = there;
        return EP_OK;
    }
    close(there);
    return rc;
}


/* Fill the part file and check it. *wrong: it has other bytes. */
static ep_rc_t
fill(download_t *d, ep_fetch_t *fetch, int fd, bool *wrong, ep_err_t *err)
{
    ep_request_t request = { .path = d->file->path,
                             .fd = fd,
                             .size = d->file->size };
    uint8_t sha256[EP_SHA256_SIZE];
    ep_answer_t answer;
    ep_rc_t rc = ep_fetch_get(fetch, &request, &answer, err);

    *wrong = false;
    if (rc == EP_OK && fdatasync(fd) != 0) {
        rc =
            ep_err_errno(err, "file-write", "cannot write arch/%s", d->archive);
    }
    if (rc == EP_OK) {
        rc = ep_file_sha256(fd, sha256, err);
    }
    if (rc != EP_OK) {
        *wrong = rc == EP_EINVAL; /* more or fewer bytes than promised */
        return rc;
    }
    *wrong = memcmp(sha256, d->file->sha256, sizeof(sha256)) != 0;
    return EP_OK;
}


static ep_rc_t
get_part(download_t *d, const char *part, int fd, ep_err_t *err)
{
    ep_fetch_t *fetch = NULL;
    ep_err_t why = { 0 };
    bool wrong = false;
    ep_rc_t rc =
        ep_fetch_open(ep_portal_config(d->portal), &d->transfer, &fetch, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = fill(d, fetch, fd, &wrong, &why);
    if (wrong && d->from > 0 && ftruncate(fd, 0) == 0) {
        /* what was there was the beginning of something else */
        d->from = 0;
        ep_err_clear(&why);
        rc = fill(d, fetch, fd, &wrong, &why);
    }
    ep_fetch_closep(&fetch);
    if (wrong) {
        unlinkat(d->arch_fd, part, 0);
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, why.code, "%s", why.msg);
    }
    if (wrong) {
        return ep_err_set(err, EP_EINVAL, "source-checksum",
                          "%s does not have the SHA-256 that the patch "
                          "source's index promises: it was thrown away. Tell "
                          "who runs the source",
                          d->file->path);
    }
    return EP_OK;
}


static ep_rc_t
fetch_archive(download_t *d, int *out, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = -1;
    char part[NAME_MAX + 1];
    struct stat st;
    double seconds;
    ep_rc_t rc;

    if (snprintf(part, sizeof(part), "%s%s", PART_PREFIX, d->archive)
        >= (int) sizeof(part))
    {
        return ep_err_set(err, EP_EINVAL, "source-index",
                          "the name of %s is too long", d->archive);
    }
    fd = openat(d->arch_fd, part, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
                0644);
    if (fd < 0 || fchmod(fd, 0644) != 0 || fstat(fd, &st) != 0) {
        return ep_err_errno(err, "file-create", "cannot create arch/%s", part);
    }
    d->from = st.st_size;
    d->began = d->logged = ep_time_us();
    rc = get_part(d, part, fd, err);
    if (rc != EP_OK) {
        return rc;
    }
    if (renameat(d->arch_fd, part, d->arch_fd, d->archive) != 0
        || fsync(d->arch_fd) != 0)
    {
        return ep_err_errno(err, "file-rename", "cannot keep arch/%s",
                            d->archive);
    }
    seconds = (double) (ep_time_us() - d->began + 1) / 1e6;
    ep_portal_log(d->portal, EP_LOG_INFO, logger,
                  "%s was downloaded: %.1f MiB in %.0f s, %.1f MiB/s",
                  d->file->name, mib((double) d->file->size), seconds,
                  mib((double) (d->file->size - d->from)) / seconds);
    *out = fd;
    fd = -1;
    return EP_OK;
}


static ep_rc_t
fetch_and_import(download_t *d, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = -1;
    char path[PATH_MAX];
    ep_deploy_t deploy = { .path = path,
                           .product = d->file->product,
                           .no_feed = true,
                           .progress_ctx = d };
    ep_rc_t rc = find_there(d, &fd, err);

    if (rc == EP_OK && fd < 0) {
        rc = fetch_archive(d, &fd, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    snprintf(path, sizeof(path), "%s/arch/%s",
             ep_config_patches_dir(ep_portal_config(d->portal)), d->archive);
    deploy.fd = fd;
    deploy.progress = progress;
    d->from = 0;
    d->began = d->logged = ep_time_us();
    return ep_deploy(d->portal, &deploy, err);
}


/* With the lock: another process may have brought it meanwhile. */
static ep_rc_t
download_locked(download_t *d, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int arch_fd = -1;
    const char *slash = strrchr(d->file->path, '/');
    const char *patches = ep_config_patches_dir(ep_portal_config(d->portal));
    ep_patchset_row_t row;
    ep_err_t none = { 0 };
    char path[PATH_MAX];

    if (ep_patchset_find(d->portal, d->file->product, d->file->order,
                         ep_str(d->file->name), &row, &none)
            == EP_OK
        && row.published)
    {
        return EP_OK;
    }
    d->archive = slash != NULL ? slash + 1 : d->file->path;
    snprintf(path, sizeof(path), "%s/arch", patches);
    arch_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (arch_fd < 0) {
        return ep_err_errno(err, "no-directory", "cannot open %s", path);
    }
    d->arch_fd = arch_fd;
    return fetch_and_import(d, err);
}


ep_rc_t
ep_download_file(ep_portal_t *portal, const ep_upstream_file_t *file,
                 const ep_transfer_t *transfer, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int lock_fd = -1;
    download_t d = { .portal = portal, .outer = transfer, .file = file };
    ep_rc_t rc = ep_source_need(ep_portal_config(portal), err);

    d.transfer =
        (ep_transfer_t){ .progress = progress, .stopped = stopped, .ctx = &d };
    if (rc == EP_OK) {
        rc = ep_source_lock(portal, "source-download.lock", transfer, &lock_fd,
                            err);
    }
    return rc == EP_OK ? download_locked(&d, err) : rc;
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
    return ep_download_file(portal, &file, transfer, err);
}


bool
ep_download_hopeless(ep_rc_t rc)
{
    return rc != EP_OK && rc != EP_EINVAL && rc != EP_EEXISTS
           && rc != EP_ENOTFOUND;
}


ep_rc_t
ep_download_channels(ep_portal_t *portal, ep_product_t product,
                     unsigned channels, const ep_transfer_t *transfer,
                     int64_t *count, ep_err_t *err)
{
    ep_upstream_file_t file = { 0 };
    ep_rc_t first = EP_OK, rc;
    ep_err_t why = { 0 };

    while ((rc = ep_upstream_missing(portal, product, file.order, channels,
                                     &file, err))
           == EP_OK)
    {
        if (ep_transfer_stopped(transfer)) {
            return ep_err_set(err, EP_EBUSY, "stopped",
                              "the download was stopped");
        }
        ep_err_clear(&why);
        rc = ep_download_file(portal, &file, transfer, &why);
        if (rc == EP_OK) {
            (*count)++;
            continue;
        }
        if (first == EP_OK) {
            first = ep_err_set(err, rc, why.code, "%s", why.msg);
        }
        if (ep_download_hopeless(rc)) {
            return first;
        }
        ep_portal_log(portal, EP_LOG_ERROR, logger,
                      "%s could not be downloaded: %s", file.name, why.msg);
    }
    return rc != EP_ENOTFOUND ? rc : first;
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
