/* Removing what upstream no longer lists: see eportal/source.h. */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <eportal/source.h>

#include "base/file.h"
#include "store/upstream.h"

#define DEPTH_MAX 16

typedef struct {
    int patches_fd;
    uint64_t bytes;
} sum_t;


static void
close_dir(DIR **dir)
{
    if (*dir != NULL) {
        closedir(*dir);
    }
}


/* Bytes on disk of name and what is below it; what cannot be read counts
 * nothing, because this is only told to people. */
static uint64_t
bytes_of(int dir_fd, const char *name, int depth)
{
    EP_CLEANUP(close_dir) DIR *dir = NULL;
    struct dirent *entry;
    struct stat st;
    uint64_t bytes;
    int fd;

    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return 0;
    }
    bytes = (uint64_t) st.st_blocks * 512;
    if (!S_ISDIR(st.st_mode) || depth >= DEPTH_MAX) {
        return st.st_nlink > 1 && !S_ISDIR(st.st_mode) ? 0 : bytes;
    }
    fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        ep_closep(&fd);
        return bytes;
    }
    while ((entry = readdir(dir)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
        {
            bytes += bytes_of(dirfd(dir), entry->d_name, depth + 1);
        }
    }
    return bytes;
}


/* In its tree, and what was fetched of it. */
static void
add_below(sum_t *sum, const ep_level_row_t *object, ep_str_t below)
{
    char hex[2 * EP_OBJECT_SIZE + 1], path[PATH_MAX] = "cache/";
    size_t n = strlen(path);

    ep_hex(object->object, sizeof(object->object), hex);
    snprintf(path + n, sizeof(path) - n, "%s/%s/%.*s",
             object->userspace ? "user-resources" : "resources", hex,
             EP_STR_ARG(below));
    sum->bytes += bytes_of(sum->patches_fd, path, 0);
    sum->bytes += bytes_of(sum->patches_fd, path + n, 0);
}


static ep_rc_t
add_level(const ep_level_row_t *row, bool shared, void *ctx, ep_err_t *err)
{
    char level[24];

    snprintf(level, sizeof(level), "%lld", (long long) row->level);
    if (!shared) {
        add_below(ctx, row, ep_str(level));
    }
    return EP_OK;
}


static ep_rc_t
add_file(const ep_level_row_t *object, ep_str_t path, bool shared, void *ctx,
         ep_err_t *err)
{
    if (!shared) {
        add_below(ctx, object, path);
    }
    return EP_OK;
}


static ep_rc_t
clean_one(ep_portal_t *portal, int patches_fd, const ep_upstream_file_t *file,
          bool dry_run, ep_update_fn fn, void *fn_ctx, ep_err_t *err)
{
    sum_t sum = { .patches_fd = patches_fd };
    ep_update_t update = { .name = ep_str(file->name) };
    ep_patchset_row_t row;
    char path[EP_FILE_NAME_MAX + 8];
    ep_rc_t rc = ep_patchset_find(portal, file->product, file->order,
                                  ep_str(file->name), &row, err);

    if (rc == EP_OK) {
        rc = ep_level_each(portal, row.id, add_level, &sum, err);
    }
    if (rc == EP_OK) {
        rc = ep_object_files(portal, row.id, add_file, &sum, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (row.archive[0] != '\0') {
        snprintf(path, sizeof(path), "arch/%s", row.archive);
        sum.bytes += bytes_of(patches_fd, path, 0);
    }
    update.size = sum.bytes;
    if (fn != NULL) {
        rc = fn(&update, fn_ctx, err);
    }
    if (rc != EP_OK || dry_run) {
        return rc;
    }
    return ep_unroll(portal, file->product, ep_str(file->name), EP_STR_NULL,
                     true, err);
}


ep_rc_t
ep_source_clean(ep_portal_t *portal, bool dry_run, ep_update_fn fn,
                void *fn_ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int patches_fd = -1;
    const char *patches = ep_config_patches_dir(ep_portal_config(portal));
    ep_rc_t rc = EP_ENOTFOUND;

    patches_fd = open(patches, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (patches_fd < 0) {
        return ep_err_errno(err, "no-directory", "cannot open %s", patches);
    }
    for (int p = 0; rc == EP_ENOTFOUND && p < EP_PRODUCT_ESU; p++) {
        ep_upstream_file_t file = { 0 };

        while ((rc = ep_upstream_superseded(portal, (ep_product_t) p,
                                            file.order, &file, err))
               == EP_OK)
        {
            rc = clean_one(portal, patches_fd, &file, dry_run, fn, fn_ctx, err);
            if (rc != EP_OK) {
                return rc;
            }
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}
