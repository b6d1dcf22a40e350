/* The archive's bytes and its copy in arch/: see patchset/import.h. */

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "patchset/import.h"

#define BLOCK (256 * 1024)
#define TAR_END 512 /* zeros that a tar ends with, at least */

struct ep_source {
    ep_import_t *import;
    EVP_MD_CTX *md;
    int copy_fd; /* -1 when none is kept, or it lies in arch/ itself */
    int64_t position;
    size_t zeros; /* how many there are at the end of what was read */
    char block[BLOCK];
};


static void
copy_name(const char *archive, char out[NAME_MAX + 1])
{
    snprintf(out, NAME_MAX + 1, "%s%s", EP_IMPORT_PREFIX, archive);
}


/* Whether the archive is the very file that arch/ has under its name. */
static bool
lies_in_arch(const ep_import_t *import)
{
    struct stat here, there;

    return fstat(import->deploy->fd, &here) == 0
           && fstatat(import->arch_fd, import->archive, &there,
                      AT_SYMLINK_NOFOLLOW)
                  == 0
           && here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}


static ep_rc_t
open_copy(ep_import_t *import, int *fd, ep_err_t *err)
{
    char name[NAME_MAX + 1];

    if (import->deploy->dry_run || lies_in_arch(import)) {
        return EP_OK;
    }
    copy_name(import->archive, name);
    *fd = openat(import->arch_fd, name,
                 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (*fd < 0 || fchmod(*fd, 0644) != 0) {
        return ep_err_errno(err, "file-create", "cannot create arch/%s", name);
    }
    return EP_OK;
}


ep_rc_t
ep_source_open(ep_import_t *import, ep_source_t **out, ep_err_t *err)
{
    ep_source_t *source = malloc(sizeof(*source));
    ep_rc_t rc;

    if (source == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    source->import = import;
    source->copy_fd = -1;
    source->position = 0;
    source->zeros = 0;
    source->md = EVP_MD_CTX_new();
    if (source->md == NULL
        || EVP_DigestInit_ex(source->md, EVP_sha256(), NULL) != 1)
    {
        rc = ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    } else {
        rc = open_copy(import, &source->copy_fd, err);
    }
    if (rc != EP_OK) {
        ep_source_closep(&source);
        return rc;
    }
    *out = source;
    return EP_OK;
}


void
ep_source_closep(ep_source_t **source)
{
    if (*source != NULL) {
        ep_closep(&(*source)->copy_fd);
        EVP_MD_CTX_free((*source)->md);
        free(*source);
        *source = NULL;
    }
}


static ep_rc_t
copy_block(int fd, const char *p, size_t n, ep_err_t *err)
{
    while (n > 0) {
        ssize_t written = write(fd, p, n);

        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return ep_err_errno(err, "file-write",
                                "cannot keep a copy in arch/");
        }
        p += written;
        n -= (size_t) written;
    }
    return EP_OK;
}


static void
count_zeros(ep_source_t *source, size_t n)
{
    size_t zeros = 0;

    while (zeros < n && zeros < TAR_END && source->block[n - zeros - 1] == 0) {
        zeros++;
    }
    source->zeros = zeros == n ? source->zeros + n : zeros;
}


ep_rc_t
ep_source_read(void *ctx, const void **block, size_t *n, ep_err_t *err)
{
    ep_source_t *source = ctx;
    ep_import_t *import = source->import;
    ssize_t got;
    ep_rc_t rc = EP_OK;

    do {
        got = pread(import->deploy->fd, source->block, BLOCK, source->position);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return ep_err_errno(err, "file-read", "cannot read %s",
                            import->deploy->path);
    }
    if (got > 0 && source->copy_fd >= 0) {
        rc = copy_block(source->copy_fd, source->block, (size_t) got, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    EVP_DigestUpdate(source->md, source->block, (size_t) got);
    source->position += got;
    count_zeros(source, (size_t) got);
    import->progress.bytes_read = (uint64_t) source->position;
    ep_import_progress(import, "unpacking");
    *block = source->block;
    *n = (size_t) got;
    return EP_OK;
}


int64_t
ep_source_position(const ep_source_t *source)
{
    return source->position;
}


bool
ep_source_zero_end(const ep_source_t *source)
{
    return source->zeros >= TAR_END;
}


ep_rc_t
ep_source_finish(ep_source_t *source, ep_import_t *import, ep_err_t *err)
{
    const void *block;
    size_t n;
    ep_rc_t rc;

    do {
        rc = ep_source_read(source, &block, &n, err);
    } while (rc == EP_OK && n > 0);
    if (rc == EP_OK && source->copy_fd >= 0 && fsync(source->copy_fd) != 0) {
        rc = ep_err_errno(err, "file-write", "cannot keep a copy in arch/");
    }
    if (rc == EP_OK) {
        EVP_DigestFinal_ex(source->md, import->sha256, NULL);
    }
    return rc;
}


ep_rc_t
ep_source_sha256(int fd, uint8_t out[EP_SHA256_SIZE], ep_err_t *err)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    char block[32768];
    off_t at = 0;
    ssize_t n = -1;

    if (md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(md);
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    for (;;) {
        n = pread(fd, block, sizeof(block), at);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            break;
        }
        EVP_DigestUpdate(md, block, (size_t) n);
        at += n;
    }
    if (n == 0) {
        EVP_DigestFinal_ex(md, out, NULL);
    }
    EVP_MD_CTX_free(md);
    return n == 0 ? EP_OK
                  : ep_err_errno(err, "file-read", "cannot read the archive");
}


/* A file that somebody put into arch/ under the name: fine when it is the
 * same archive. */
static ep_rc_t
same_as_kept(ep_import_t *import, ep_err_t *err)
{
    EP_CLEANUP(ep_closep)
    int fd = openat(import->arch_fd, import->archive,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    uint8_t sha256[EP_SHA256_SIZE];
    ep_rc_t rc = EP_OK;

    if (fd >= 0) {
        rc = ep_source_sha256(fd, sha256, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (fd < 0 || memcmp(sha256, import->sha256, sizeof(sha256)) != 0) {
        return ep_err_set(err, EP_EEXISTS, "archive-exists",
                          "arch/%s is another file than the archive that is "
                          "deployed: move it away",
                          import->archive);
    }
    return EP_OK;
}


ep_rc_t
ep_archive_keep(ep_import_t *import, ep_err_t *err)
{
    char name[NAME_MAX + 1];

    if (lies_in_arch(import)) {
        return EP_OK;
    }
    copy_name(import->archive, name);
    if (linkat(import->arch_fd, name, import->arch_fd, import->archive, 0) != 0)
    {
        return errno == EEXIST
                   ? same_as_kept(import, err)
                   : ep_err_errno(err, "file-create", "cannot create arch/%s",
                                  import->archive);
    }
    if (fsync(import->arch_fd) != 0) {
        return ep_err_errno(err, "dir-sync", "cannot sync arch/");
    }
    return EP_OK;
}


ep_rc_t
ep_archive_settle(int arch_fd, const char *archive, ep_err_t *err)
{
    char name[NAME_MAX + 1];

    copy_name(archive, name);
    if (unlinkat(arch_fd, name, 0) != 0 && errno != ENOENT) {
        return ep_err_errno(err, "remove", "cannot remove arch/%s", name);
    }
    return EP_OK;
}


ep_rc_t
ep_archive_discard(int arch_fd, const char *archive, ep_err_t *err)
{
    char name[NAME_MAX + 1];
    struct stat copy, kept;

    copy_name(archive, name);
    if (fstatat(arch_fd, name, &copy, AT_SYMLINK_NOFOLLOW) == 0
        && fstatat(arch_fd, archive, &kept, AT_SYMLINK_NOFOLLOW) == 0
        && copy.st_dev == kept.st_dev && copy.st_ino == kept.st_ino
        && unlinkat(arch_fd, archive, 0) != 0)
    {
        return ep_err_errno(err, "remove", "cannot remove arch/%s", archive);
    }
    return ep_archive_settle(arch_fd, archive, err);
}
