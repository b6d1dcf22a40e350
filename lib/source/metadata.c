/* Metadata of patchsets instead of their archives: see source/metadata.h. */

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "source/download.h"
#include "source/fetch.h"
#include "source/index.h"
#include "source/metadata.h"

#define PART ".metadata" /* one at a time, by the lock of downloads */

static const char logger[] = "eportal.source";


static ep_rc_t
fetch_into(ep_portal_t *portal, const ep_upstream_file_t *file, int fd,
           const ep_transfer_t *transfer, ep_err_t *err)
{
    ep_request_t request = { .path = file->levels,
                             .fd = fd,
                             .size = file->levels_size };
    uint8_t sha256[EP_SHA256_SIZE];
    ep_fetch_t *fetch = NULL;
    ep_answer_t answer;
    ep_rc_t rc = ep_fetch_open(ep_portal_config(portal), transfer, &fetch, err);

    if (rc == EP_OK) {
        rc = ep_fetch_get(fetch, &request, &answer, err);
    }
    ep_fetch_closep(&fetch);
    if (rc == EP_OK) {
        rc = ep_file_sha256(fd, sha256, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (memcmp(sha256, file->levels_sha256, sizeof(sha256)) != 0) {
        return ep_err_set(err, EP_EINVAL, "source-checksum",
                          "%s does not have the SHA-256 that the patch "
                          "source's index promises: tell who runs the source",
                          file->levels);
    }
    if (lseek(fd, 0, SEEK_SET) != 0) {
        return ep_err_errno(err, "file-read", "cannot read %s", file->levels);
    }
    return ep_deploy_metadata(portal, file->product, ep_str(file->name), fd,
                              file->levels_sha256, err);
}


ep_rc_t
ep_metadata_fetch(ep_portal_t *portal, const ep_upstream_file_t *file,
                  const ep_transfer_t *transfer, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int lock_fd = -1;
    EP_CLEANUP(ep_closep) int fd = -1;
    char path[PATH_MAX];
    ep_rc_t rc = ep_source_need(ep_portal_config(portal), err);

    if (rc == EP_OK && file->levels[0] == '\0') {
        return ep_err_set(err, EP_EINVAL, "no-metadata",
                          "the patch source has no metadata of %s, which "
                          "cache mode needs: it must be published with `kc."
                          "eportal source publish --tree`; another portal "
                          "makes it with OFFER_METADATA",
                          file->name);
    }
    if (rc == EP_OK) {
        rc = ep_source_lock(portal, "source-download.lock", transfer, &lock_fd,
                            err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    snprintf(path, sizeof(path), "%s/cache/" PART,
             ep_config_patches_dir(ep_portal_config(portal)));
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0) {
        return ep_err_errno(err, "file-create", "cannot create %s", path);
    }
    rc = fetch_into(portal, file, fd, transfer, err);
    unlink(path);
    if (rc == EP_OK) {
        ep_portal_log(portal, EP_LOG_INFO, logger,
                      "the metadata of %s was downloaded: %.1f KiB", file->name,
                      (double) file->levels_size / 1024);
    }
    return rc;
}


ep_rc_t
ep_metadata_channels(ep_portal_t *portal, ep_product_t product,
                     unsigned channels, const ep_transfer_t *transfer,
                     int64_t *count, ep_err_t *err)
{
    ep_upstream_file_t file = { 0 };
    ep_rc_t first = EP_OK, rc;

    while ((rc = ep_upstream_missing(portal, product, file.order, channels,
                                     &file, err))
           == EP_OK)
    {
        ep_err_t why = { 0 };

        if (ep_transfer_stopped(transfer)) {
            return ep_err_set(err, EP_EBUSY, "stopped",
                              "the download was stopped");
        }
        rc = ep_metadata_fetch(portal, &file, transfer, &why);
        if (rc == EP_OK) {
            (*count)++;
            continue;
        }
        if (first == EP_OK) {
            first = ep_err_set(err, rc, why.code, "%s", why.msg);
        }
        if (ep_download_hopeless(rc)) {
            return rc;
        }
        ep_portal_log(portal, EP_LOG_ERROR, logger,
                      "the metadata of %s could not be downloaded: %s",
                      file.name, why.msg);
    }
    return rc != EP_ENOTFOUND ? rc : first;
}
