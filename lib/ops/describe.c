/*
 * Metadata of the patchsets here, for portals in cache mode that have this
 * one as their patch source (OFFER_METADATA): a file for each in meta/, and a
 * row once it is there for good.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ops/describe.h"
#include "source/index.h"
#include "store/upstream.h"

#define SUFFIX ".jsonl"

static const char logger[] = "eportal.source";


static ep_rc_t
open_dir(ep_portal_t *portal, int *out, ep_err_t *err)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/" EP_OFFER_DIR,
             ep_config_patches_dir(ep_portal_config(portal)));
    if (mkdir(path, 0770) != 0 && errno != EEXIST) {
        return ep_err_errno(err, "dir-create", "cannot make %s", path);
    }
    *out = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return *out >= 0 ? EP_OK
                     : ep_err_errno(err, "dir-open", "cannot open %s", path);
}


static ep_rc_t
record(ep_portal_t *portal, const ep_offer_row_t *row, int64_t size,
       const uint8_t sha256[EP_SHA256_SIZE], ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_offer_add(portal, row->id, size, sha256, err);
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


/* Written beside, synced, renamed: then it counts. */
static ep_rc_t
describe_one(ep_portal_t *portal, int dir_fd, const ep_offer_row_t *row,
             ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = -1;
    char path[EP_PATCHSET_NAME_MAX + sizeof(SUFFIX)];
    char part[sizeof(path) + sizeof(".new")];
    uint8_t sha256[EP_SHA256_SIZE];
    struct stat st;
    ep_rc_t rc;

    snprintf(path, sizeof(path), "%s" SUFFIX, row->name);
    snprintf(part, sizeof(part), "%s.new", path);
    fd = openat(dir_fd, part,
                O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd < 0) {
        return ep_err_errno(err, "file-create", "cannot create %s", part);
    }
    rc =
        ep_patchset_describe(portal, row->id, row->product, row->name, fd, err);
    if (rc == EP_OK) {
        rc = ep_file_sha256(fd, sha256, err);
    }
    if (rc == EP_OK
        && (fstat(fd, &st) != 0 || fsync(fd) != 0
            || renameat(dir_fd, part, dir_fd, path) != 0 || fsync(dir_fd) != 0))
    {
        rc = ep_err_errno(err, "file-write", "cannot write %s", path);
    }
    if (rc != EP_OK) {
        unlinkat(dir_fd, part, 0);
        return rc;
    }
    return record(portal, row, st.st_size, sha256, err);
}


/* Files of patchsets that are gone. */
static ep_rc_t
sweep(ep_portal_t *portal, int dir_fd, ep_err_t *err)
{
    int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *entry;
    ep_rc_t rc = EP_OK;

    if (dir == NULL) {
        ep_closep(&copy);
        return ep_err_errno(err, "dir-read", "cannot read " EP_OFFER_DIR);
    }
    while (rc == EP_OK && (entry = readdir(dir)) != NULL) {
        bool has = false;

        if (entry->d_name[0] == '.') {
            continue;
        }
        rc = ep_offer_has(portal, ep_str(entry->d_name), &has, err);
        if (rc == EP_OK && !has) {
            unlinkat(dir_fd, entry->d_name, 0);
        }
    }
    closedir(dir);
    return rc;
}


ep_rc_t
ep_offers_describe(ep_portal_t *portal, ep_stop_fn stop, void *ctx,
                   int64_t *made, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int dir_fd = -1;
    ep_offer_row_t row = { .id = 0 };
    ep_err_t first = { 0 };
    ep_rc_t rc = open_dir(portal, &dir_fd, err);

    *made = 0;
    while (rc == EP_OK && !stop(ctx)) {
        ep_err_t why = { 0 };

        rc = ep_offer_next(portal, row.id, &row, err);
        if (rc != EP_OK) {
            break;
        }
        if (describe_one(portal, dir_fd, &row, &why) == EP_OK) {
            ++*made;
        } else {
            ep_portal_log(portal, EP_LOG_WARNING, logger,
                          "no metadata of %s can be made: %s", row.name,
                          why.msg);
            ep_err_set(&first, why.rc, why.code, "%s: %s", row.name, why.msg);
        }
    }
    if (rc == EP_ENOTFOUND) {
        rc = sweep(portal, dir_fd, err);
    }
    return rc == EP_OK && first.rc != EP_OK
               ? ep_err_set(err, first.rc, first.code, "%s", first.msg)
               : rc;
}
