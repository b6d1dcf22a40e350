/* Files that are fetched when they are asked for: see eportal/cache.h. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <eportal/cache.h>

#include "base/file.h"
#include "source/fetch.h"
#include "source/index.h"
#include "source/part.h"

#define PLACE_TRIES 5

typedef struct {
    const ep_config_t *cfg;
    const ep_remote_t *remote;
    const ep_transfer_t *transfer;
    int dir_fd; /* of cache/ */
    int fd;     /* of what is fetched; holds the lock */
    char part[sizeof(EP_PART_PREFIX) + 2 * EP_SHA256_SIZE];
    char path[EP_REMOTE_PATH_MAX + 1];    /* in cache/ */
    char url[3 * EP_REMOTE_PATH_MAX + 1]; /* below the source's address */
} get_t;


static bool
is_there(const char *dir, const char *below, const ep_remote_t *remote)
{
    char path[PATH_MAX];
    struct stat st;

    return snprintf(path, sizeof(path), "%s/%s%.*s", dir, below,
                    EP_STR_ARG(remote->path))
               < (int) sizeof(path)
           && stat(path, &st) == 0 && S_ISREG(st.st_mode)
           && st.st_size == remote->size;
}


ep_cache_state_t
ep_cache_find(const ep_config_t *cfg, const ep_remote_t *remote)
{
    const char *dir = ep_config_patches_dir(cfg);

    if (is_there(dir, "", remote)) {
        return EP_CACHE_WHOLE;
    }
    return is_there(dir, "cache/", remote) ? EP_CACHE_KEPT : EP_CACHE_MISSING;
}


/* Names of files may hold what an address may not. */
static void
escape(ep_str_t path, char *out)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char) path.p[i];
        unsigned char lower = c | 0x20;

        if ((lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9')
            || strchr("/._-~", c) != NULL)
        {
            *out++ = (char) c;
        } else {
            *out++ = '%';
            *out++ = hex[c >> 4];
            *out++ = hex[c & 15];
        }
    }
    *out = '\0';
}


static ep_rc_t
elsewhere(ep_err_t *err)
{
    return ep_err_set(err, EP_EBUSY, "fetching",
                      "another process fetches this file");
}


/* The part file, locked. One that another process renamed or removed before
 * we had its lock is not the one that counts. */
static ep_rc_t
lock_part(get_t *g, ep_err_t *err)
{
    struct stat ours, named;

    g->fd = openat(g->dir_fd, g->part,
                   O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (g->fd < 0) {
        return ep_err_errno(err, "file-create", "cannot create cache/%s",
                            g->part);
    }
    while (flock(g->fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            return elsewhere(err);
        }
        if (errno != EINTR) {
            return ep_err_errno(err, "file-lock", "cannot lock cache/%s",
                                g->part);
        }
    }
    if (fstat(g->fd, &ours) != 0
        || fstatat(g->dir_fd, g->part, &named, AT_SYMLINK_NOFOLLOW) != 0
        || ours.st_ino != named.st_ino || ours.st_dev != named.st_dev)
    {
        return elsewhere(err);
    }
    return EP_OK;
}


/* Fill the part file and check it. *wrong: it has other bytes. */
static ep_rc_t
fill(get_t *g, ep_fetch_t *fetch, bool *wrong, ep_err_t *err)
{
    ep_request_t request = { .path = g->url,
                             .fd = g->fd,
                             .size = g->remote->size };
    uint8_t sha256[EP_SHA256_SIZE];
    ep_answer_t answer;
    ep_rc_t rc = ep_fetch_get(fetch, &request, &answer, err);

    *wrong = rc == EP_EINVAL; /* more or fewer bytes than promised */
    if (rc == EP_OK && fdatasync(g->fd) != 0) {
        rc = ep_err_errno(err, "file-write", "cannot write cache/%s", g->part);
    }
    if (rc == EP_OK) {
        rc = ep_file_sha256(g->fd, sha256, err);
    }
    if (rc == EP_OK && memcmp(sha256, g->remote->sha256, sizeof(sha256)) != 0) {
        *wrong = true;
        rc = ep_err_set(err, EP_EINVAL, "source-checksum",
                        "%s does not have the SHA-256 that its metadata "
                        "promises: it was thrown away. Tell who runs the "
                        "patch source",
                        g->path);
    }
    return rc;
}


static ep_rc_t
get(get_t *g, ep_err_t *err)
{
    ep_fetch_t *fetch = NULL;
    ep_err_t why = { 0 };
    struct stat st;
    bool wrong = false;
    ep_rc_t rc = ep_source_need(g->cfg, err);

    if (rc == EP_OK) {
        rc = ep_fetch_open(g->cfg, g->transfer, &fetch, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (fstat(g->fd, &st) != 0) {
        st.st_size = 0;
    }
    rc = fill(g, fetch, &wrong, &why);
    if (wrong && st.st_size > 0 && ftruncate(g->fd, 0) == 0) {
        /* what was there was the beginning of something else */
        ep_err_clear(&why);
        rc = fill(g, fetch, &wrong, &why);
    }
    ep_fetch_closep(&fetch);
    if (wrong || (rc != EP_OK && fstat(g->fd, &st) == 0 && st.st_size == 0)) {
        unlinkat(g->dir_fd, g->part, 0);
    }
    return rc == EP_OK ? rc : ep_err_set(err, rc, why.code, "%s", why.msg);
}


static ep_rc_t
make_parents(int dir_fd, const char *path, ep_err_t *err)
{
    char part[EP_REMOTE_PATH_MAX + 1];

    ep_str_copy(ep_str(path), part, sizeof(part));
    for (char *p = strchr(part, '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        if (mkdirat(dir_fd, part, 0775) == 0
                ? fchmodat(dir_fd, part, 02775, 0) != 0
                : errno != EEXIST)
        {
            return ep_err_errno(err, "dir-create", "cannot make cache/%s",
                                part);
        }
        *p = '/';
    }
    return EP_OK;
}


/* Give it its name. Whoever expires files removes empty directories. */
static ep_rc_t
place(get_t *g, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    for (int i = 0; rc == EP_OK && i < PLACE_TRIES; i++) {
        rc = make_parents(g->dir_fd, g->path, err);
        if (rc == EP_OK
            && renameat(g->dir_fd, g->part, g->dir_fd, g->path) == 0) {
            return EP_OK;
        }
        if (rc == EP_OK && errno != ENOENT) {
            break;
        }
    }
    return rc != EP_OK
               ? rc
               : ep_err_errno(err, "file-rename",
                              "cannot move cache/%s into place", g->path);
}


static ep_rc_t
fetch_locked(get_t *g, ep_err_t *err)
{
    ep_rc_t rc;

    if (ep_cache_find(g->cfg, g->remote) != EP_CACHE_MISSING) {
        unlinkat(g->dir_fd, g->part, 0);
        return EP_OK;
    }
    rc = get(g, err);
    if (rc == EP_OK && fchmod(g->fd, 0644) != 0) {
        rc = ep_err_errno(err, "file-mode", "cannot set the mode of cache/%s",
                          g->part);
    }
    return rc == EP_OK ? place(g, err) : rc;
}


ep_rc_t
ep_cache_fetch(const ep_config_t *cfg, const ep_remote_t *remote,
               const ep_transfer_t *transfer, ep_err_t *err)
{
    get_t g = { .cfg = cfg, .remote = remote, .transfer = transfer };
    char path[PATH_MAX];
    ep_rc_t rc;

    if (!ep_str_copy(remote->path, g.path, sizeof(g.path))) {
        return ep_err_set(err, EP_EINVAL, "bad-path",
                          "a file's path is too long");
    }
    escape(remote->path, g.url);
    memcpy(g.part, EP_PART_PREFIX, sizeof(EP_PART_PREFIX));
    ep_hex(remote->sha256, EP_SHA256_SIZE, g.part + sizeof(EP_PART_PREFIX) - 1);
    snprintf(path, sizeof(path), "%s/cache", ep_config_patches_dir(cfg));
    g.dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g.fd = -1;
    if (g.dir_fd < 0) {
        return ep_err_errno(err, "no-directory", "cannot open %s", path);
    }
    rc = lock_part(&g, err);
    if (rc == EP_OK) {
        rc = fetch_locked(&g, err);
    }
    ep_closep(&g.fd);
    ep_closep(&g.dir_fd);
    return rc;
}
