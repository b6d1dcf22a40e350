/* Making a source of a directory of archives: see eportal/source.h. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <eportal/source.h>

#include "base/file.h"
#include "source/index.h"

#define LEVELS_DIR "meta"

typedef struct {
    const char *path;
    int fd;
    const ep_config_t *cfg; /* not NULL: unpack the archives, too */
    ep_arena_t *arena;
    ep_index_t old; /* by order */
    ep_index_t index;
    size_t cap;
} publish_t;


static void
close_dir(DIR **dir)
{
    if (*dir != NULL) {
        closedir(*dir);
    }
}


static ep_rc_t
read_old(publish_t *p, ep_err_t *err)
{
    char path[PATH_MAX];
    ep_buf_t text;
    ep_err_t why = { 0 };
    ep_rc_t rc;

    snprintf(path, sizeof(path), "%s/%s", p->path, EP_INDEX_FILE);
    ep_buf_init(&text, EP_INDEX_SIZE_MAX);
    rc = ep_file_read(path, &text, &why);
    if (rc == EP_OK) {
        rc = ep_index_parse(ep_buf_str(&text), p->arena, &p->old, &why);
    }
    ep_buf_free(&text);
    if (rc != EP_OK && rc != EP_ENOTFOUND) {
        return ep_err_set(err, rc, why.code, "%s: %s", path, why.msg);
    }
    return EP_OK;
}


/* What people wrote into the index about an archive stays. */
static const ep_upstream_row_t *
take_over(const publish_t *p, ep_upstream_row_t *row)
{
    const ep_upstream_row_t *old = NULL;

    if (p->old.count > 0) {
        old = bsearch(row, p->old.rows, p->old.count, sizeof(*row),
                      ep_index_compare);
    }
    if (old != NULL) {
        row->released = old->released;
        row->distros = old->distros;
        row->channels = old->channels;
        row->status = old->status;
        row->changelog = old->changelog;
    }
    return old;
}


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
}


/* Metadata that is there, and of these very bytes, stays as well. */
static bool
take_levels(const publish_t *p, const ep_upstream_row_t *old,
            ep_upstream_row_t *row)
{
    EP_CLEANUP(ep_closep) int fd = -1;
    uint8_t sha256[EP_SHA256_SIZE];

    if (old == NULL || old->levels.n == 0 || row->size != old->size
        || memcmp(row->sha256, old->sha256, sizeof(row->sha256)) != 0)
    {
        return false;
    }
    fd = openat(p->fd, old->levels.p,
                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || ep_file_sha256(fd, sha256, NULL) != EP_OK
        || memcmp(sha256, old->levels_sha256, sizeof(sha256)) != 0)
    {
        return false;
    }
    row->levels = old->levels;
    row->levels_size = old->levels_size;
    memcpy(row->levels_sha256, old->levels_sha256, sizeof(sha256));
    return true;
}


/* Unpack the archive, and write what it holds beside its name for good. */
static ep_rc_t
make_levels(publish_t *p, int archive_fd, ep_upstream_row_t *row, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = -1;
    ep_deploy_t deploy = { .fd = archive_fd,
                           .path = row->path.p,
                           .product = row->name.product };
    char *path =
        ep_arena_printf(p->arena, LEVELS_DIR "/%s.jsonl", row->name.name);
    char *part = ep_arena_printf(p->arena, "%s.new", path);
    struct stat st;
    ep_rc_t rc;

    if (path == NULL || part == NULL) {
        return no_memory(err);
    }
    if (mkdirat(p->fd, LEVELS_DIR, 0755) == 0
            ? fchmodat(p->fd, LEVELS_DIR, 0755, 0) == 0
            : errno == EEXIST)
    {
        fd = openat(p->fd, part,
                    O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    }
    if (fd < 0 || fchmod(fd, 0644) != 0) {
        return ep_err_errno(err, "file-create", "cannot create %s", part);
    }
    rc = ep_archive_spread(p->cfg, &deploy, p->fd, fd, err);
    if (rc == EP_OK) {
        rc = ep_file_sha256(fd, row->levels_sha256, err);
    }
    if (rc != EP_OK) {
        unlinkat(p->fd, part, 0);
        return rc;
    }
    if (fstat(fd, &st) != 0 || fsync(fd) != 0
        || renameat(p->fd, part, p->fd, path) != 0)
    {
        return ep_err_errno(err, "file-write", "cannot write %s", path);
    }
    row->levels = ep_str(path);
    row->levels_size = st.st_size;
    return EP_OK;
}


static ep_rc_t
add_archive(publish_t *p, const char *name, const ep_patchset_name_t *parsed,
            ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = -1;
    ep_upstream_row_t row = { .name = *parsed,
                              .status = EP_UPSTREAM_AVAILABLE,
                              .channels = EP_CHANNEL_DEFAULT | EP_CHANNEL_TEST
                                          | EP_CHANNEL_UNSTABLE };
    const ep_upstream_row_t *old;
    struct stat st;
    ep_rc_t rc;

    fd = openat(p->fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        return ep_err_errno(err, "archive", "cannot open %s", name);
    }
    if (!S_ISREG(st.st_mode) || st.st_size == 0) {
        return ep_err_set(err, EP_EINVAL, "bad-archive",
                          "%s is not a file with something in it", name);
    }
    if (p->index.count == p->cap) {
        size_t cap = p->cap > 0 ? p->cap * 2 : 64;
        ep_upstream_row_t *rows =
            reallocarray(p->index.rows, cap, sizeof(*rows));

        if (rows == NULL) {
            return no_memory(err);
        }
        p->index.rows = rows;
        p->cap = cap;
    }
    row.size = st.st_size;
    row.released = st.st_mtime;
    row.path =
        (ep_str_t){ ep_arena_strdup(p->arena, ep_str(name)), strlen(name) };
    if (row.path.p == NULL) {
        return no_memory(err);
    }
    rc = ep_file_sha256(fd, row.sha256, err);
    old = take_over(p, &row);
    if (rc == EP_OK && !take_levels(p, old, &row) && p->cfg != NULL) {
        rc = make_levels(p, fd, &row, err);
    }
    if (rc == EP_OK) {
        p->index.rows[p->index.count++] = row;
    }
    return rc;
}


static ep_rc_t
read_dir(publish_t *p, ep_err_t *err)
{
    EP_CLEANUP(close_dir) DIR *dir = opendir(p->path);
    ep_patchset_name_t parsed;
    struct dirent *entry;
    ep_rc_t rc = EP_OK;

    if (dir == NULL) {
        return ep_err_errno(err, "dir-read", "cannot read %s", p->path);
    }
    while (rc == EP_OK && (entry = readdir(dir)) != NULL) {
        if (ep_patchset_parse_archive(ep_str(entry->d_name), &parsed, NULL)
            == EP_OK) {
            rc = add_archive(p, entry->d_name, &parsed, err);
        }
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (p->index.count == 0) {
        return ep_err_set(err, EP_EINVAL, "no-archives",
                          "there is no patchset archive in %s", p->path);
    }
    qsort(p->index.rows, p->index.count, sizeof(*p->index.rows),
          ep_index_compare);
    for (size_t i = 1; i < p->index.count; i++) {
        if (ep_index_compare(&p->index.rows[i - 1], &p->index.rows[i]) == 0) {
            return ep_err_set(err, EP_EINVAL, "two-archives",
                              "%s and %s are the same patchset: remove one",
                              p->index.rows[i - 1].path.p,
                              p->index.rows[i].path.p);
        }
    }
    return EP_OK;
}


/* The signature first: who fetches between the two sees an index that is not
 * signed, and keeps the last one until the next poll. */
static ep_rc_t
write_files(publish_t *p, ep_str_t key, ep_published_t *out, ep_err_t *err)
{
    char path[PATH_MAX];
    ep_buf_t text, signature;
    ep_rc_t rc;

    ep_buf_init(&text, EP_INDEX_SIZE_MAX);
    ep_buf_init(&signature, 4096);
    rc = ep_index_write(&p->index, &text, err);
    snprintf(path, sizeof(path), "%s/%s", p->path, EP_INDEX_SIGNATURE);
    if (rc == EP_OK && key.n > 0) {
        rc = ep_signature_make(key, ep_buf_str(&text), &signature,
                               out->public_key, err);
        if (rc == EP_OK) {
            rc = ep_file_write(path, ep_buf_str(&signature), 0644, err);
        }
    } else if (rc == EP_OK && unlink(path) != 0 && errno != ENOENT) {
        rc = ep_err_errno(err, "file-remove", "cannot remove the old %s", path);
    }
    snprintf(path, sizeof(path), "%s/%s", p->path, EP_INDEX_FILE);
    if (rc == EP_OK) {
        rc = ep_file_write(path, ep_buf_str(&text), 0644, err);
    }
    ep_buf_free(&text);
    ep_buf_free(&signature);
    return rc;
}


ep_rc_t
ep_source_publish(const char *dir, ep_str_t key, const ep_config_t *tree,
                  ep_published_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = -1;
    publish_t p = { .path = dir, .cfg = tree };
    ep_published_t published = { 0 };
    ep_rc_t rc;

    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || strlen(dir) > PATH_MAX - 64) {
        return ep_err_errno(err, "dir-read", "cannot open %s", dir);
    }
    p.fd = fd;
    p.arena = ep_arena_new();
    rc = p.arena != NULL ? read_old(&p, err) : no_memory(err);
    if (rc == EP_OK) {
        rc = read_dir(&p, err);
    }
    if (rc == EP_OK) {
        rc = write_files(&p, key, &published, err);
    }
    if (rc == EP_OK) {
        published.patchsets = (int64_t) p.index.count;
        *out = published;
    }
    free(p.index.rows);
    ep_arena_free(p.arena);
    return rc;
}
