/* Tar archives: see base/tar.h. */

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/gunzip.h"
#include "base/tar.h"

#define GZIP_LEVEL "6"

struct ep_tar {
    struct archive *archive;
    ep_tar_fn fn;
    void *ctx;
    ep_gunzip_t *gunzip;
    bool begun;
    ep_rc_t failed; /* what fn returned when it failed */
    ep_err_t *err;  /* of the call that runs now, for fn */
};

struct ep_tar_writer {
    struct archive *archive;
};


/* The first block says whether the file is gzipped. */
static ep_rc_t
next_block(ep_tar_t *tar, const void **block, size_t *n, ep_err_t *err)
{
    ep_rc_t rc;

    if (tar->gunzip != NULL) {
        return ep_gunzip_read(tar->gunzip, block, n, err);
    }
    rc = tar->fn(tar->ctx, block, n, err);
    if (rc == EP_OK && !tar->begun && ep_gunzip_is(*block, *n)) {
        rc = ep_gunzip_open(tar->fn, tar->ctx, (ep_str_t){ *block, *n },
                            &tar->gunzip, err);
        if (rc == EP_OK) {
            rc = ep_gunzip_read(tar->gunzip, block, n, err);
        }
    }
    tar->begun = true;
    return rc;
}


static la_ssize_t
read_block(struct archive *archive, void *ctx, const void **block)
{
    ep_tar_t *tar = ctx;
    size_t n = 0;
    ep_rc_t rc = next_block(tar, block, &n, tar->err);

    if (rc != EP_OK) {
        tar->failed = rc;
        archive_set_error(archive, EIO, "the file cannot be read");
        return -1;
    }
    return (la_ssize_t) n;
}


static ep_rc_t
bad(ep_tar_t *tar, ep_err_t *err)
{
    const char *text = archive_error_string(tar->archive);

    if (tar->failed != EP_OK) {
        return tar->failed;
    }
    if (archive_errno(tar->archive) == ENOMEM) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    return ep_err_set(err, EP_EINVAL, "bad-archive",
                      "it is damaged, cut short or no tar archive: %s",
                      text ? text : "unknown format");
}


/* Filters that would run a program of the system warn: they count as
 * failures here. */
static bool
set_formats(struct archive *a)
{
    return archive_read_support_format_tar(a) == ARCHIVE_OK
           && archive_read_support_filter_bzip2(a) == ARCHIVE_OK
           && archive_read_support_filter_xz(a) == ARCHIVE_OK
           && archive_read_support_filter_zstd(a) == ARCHIVE_OK
           /* read on behind the end mark: checksums at the end of the
            * compressed stream are then verified too */
           && archive_read_set_options(a, "tar:read_concatenated_archives")
                  == ARCHIVE_OK;
}


ep_rc_t
ep_tar_open(ep_tar_fn fn, void *ctx, ep_tar_t **out, ep_err_t *err)
{
    ep_tar_t *tar = calloc(1, sizeof(*tar));
    ep_rc_t rc = EP_OK;

    if (tar != NULL) {
        *tar = (ep_tar_t){ .fn = fn, .ctx = ctx, .err = err };
        tar->archive = archive_read_new();
    }
    if (tar == NULL || tar->archive == NULL) {
        ep_tar_closep(&tar);
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    if (!set_formats(tar->archive)) {
        rc = ep_err_set(err, EP_EINTERNAL, "libarchive",
                        "this libarchive lacks a format: %s",
                        archive_error_string(tar->archive));
    } else if (archive_read_open(tar->archive, tar, NULL, read_block, NULL)
               != ARCHIVE_OK)
    {
        rc = bad(tar, err);
    }
    if (rc != EP_OK) {
        ep_tar_closep(&tar);
        return rc;
    }
    *out = tar;
    return EP_OK;
}


void
ep_tar_closep(ep_tar_t **tar)
{
    if (*tar != NULL) {
        archive_read_free((*tar)->archive);
        ep_gunzip_closep(&(*tar)->gunzip);
        free(*tar);
        *tar = NULL;
    }
}


static ep_tar_kind_t
kind_of(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry) != NULL
        || archive_entry_hardlink_utf8(entry) != NULL)
    {
        return EP_TAR_HARDLINK;
    }
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return EP_TAR_FILE;
    case AE_IFDIR:
        return EP_TAR_DIR;
    case AE_IFLNK:
        return EP_TAR_SYMLINK;
    default:
        return EP_TAR_OTHER;
    }
}


/* A name in the bytes of the archive, or in UTF-8 where the locale has no
 * letters for it. */
static const char *
either(const char *bytes, const char *utf8)
{
    return bytes != NULL ? bytes : utf8;
}


ep_rc_t
ep_tar_next(ep_tar_t *tar, ep_tar_member_t *out, ep_err_t *err)
{
    struct archive_entry *entry;
    const char *path;
    int code;

    tar->err = err;
    code = archive_read_next_header(tar->archive, &entry);
    if (code == ARCHIVE_EOF) {
        return EP_ENOTFOUND;
    }
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
        return bad(tar, err);
    }
    if (archive_filter_count(tar->archive) > (tar->gunzip ? 1 : 2)) {
        return ep_err_set(err, EP_EINVAL, "bad-archive",
                          "it is compressed more than once");
    }
    path = either(archive_entry_pathname(entry),
                  archive_entry_pathname_utf8(entry));
    *out = (ep_tar_member_t){
        .kind = kind_of(entry),
        .path = path != NULL ? path : "",
        .size = archive_entry_size(entry),
        .mode = (unsigned) archive_entry_perm(entry),
        .sparse = archive_entry_sparse_count(entry) > 0,
    };
    if (out->kind == EP_TAR_HARDLINK) {
        out->link = either(archive_entry_hardlink(entry),
                           archive_entry_hardlink_utf8(entry));
    } else if (out->kind == EP_TAR_SYMLINK) {
        out->link = either(archive_entry_symlink(entry),
                           archive_entry_symlink_utf8(entry));
    }
    return EP_OK;
}


ep_rc_t
ep_tar_data(ep_tar_t *tar, const void **p, size_t *n, ep_err_t *err)
{
    la_int64_t offset;
    int code;

    tar->err = err;
    code = archive_read_data_block(tar->archive, p, n, &offset);
    if (code == ARCHIVE_EOF) {
        return EP_ENOTFOUND;
    }
    return code == ARCHIVE_OK ? EP_OK : bad(tar, err);
}


int64_t
ep_tar_unpacked(const ep_tar_t *tar)
{
    return archive_filter_bytes(tar->archive, 0);
}


bool
ep_tar_is_plain(const ep_tar_t *tar)
{
    return tar->gunzip == NULL && archive_filter_count(tar->archive) == 1;
}


static ep_rc_t
cannot_write(ep_tar_writer_t *writer, ep_err_t *err)
{
    return ep_err_set(err, EP_EIO, "archive-write",
                      "cannot write a kpatch.tgz: %s",
                      archive_error_string(writer->archive));
}


ep_rc_t
ep_tar_create(int fd, ep_tar_writer_t **out, ep_err_t *err)
{
    ep_tar_writer_t *writer = calloc(1, sizeof(*writer));
    struct archive *a = NULL;
    ep_rc_t rc;

    if (writer != NULL) {
        a = writer->archive = archive_write_new();
    }
    if (a == NULL) {
        free(writer);
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    if (archive_write_set_format_gnutar(a) != ARCHIVE_OK
        || archive_write_add_filter_gzip(a) != ARCHIVE_OK
        || archive_write_set_options(
               a, "gzip:!timestamp,gzip:compression-level=" GZIP_LEVEL)
               != ARCHIVE_OK
        || archive_write_open_fd(a, fd) != ARCHIVE_OK)
    {
        rc = cannot_write(writer, err);
        ep_tar_writer_closep(&writer);
        return rc;
    }
    *out = writer;
    return EP_OK;
}


void
ep_tar_writer_closep(ep_tar_writer_t **writer)
{
    if (*writer != NULL) {
        archive_write_free((*writer)->archive);
        free(*writer);
        *writer = NULL;
    }
}


static ep_rc_t
add(ep_tar_writer_t *writer, const char *path, unsigned type, unsigned mode,
    int64_t size, const char *target, ep_err_t *err)
{
    struct archive_entry *entry = archive_entry_new();
    ep_rc_t rc = EP_OK;

    if (entry == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    archive_entry_set_pathname(entry, path);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, mode);
    archive_entry_set_size(entry, size);
    archive_entry_set_mtime(entry, 0, 0);
    archive_entry_set_uname(entry, "root");
    archive_entry_set_gname(entry, "root");
    if (target != NULL) {
        archive_entry_set_symlink(entry, target);
    }
    if (archive_write_header(writer->archive, entry) != ARCHIVE_OK) {
        rc = cannot_write(writer, err);
    }
    archive_entry_free(entry);
    return rc;
}


ep_rc_t
ep_tar_add_dir(ep_tar_writer_t *writer, const char *path, ep_err_t *err)
{
    return add(writer, path, AE_IFDIR, 0755, 0, NULL, err);
}


ep_rc_t
ep_tar_add_link(ep_tar_writer_t *writer, const char *path, const char *target,
                ep_err_t *err)
{
    return add(writer, path, AE_IFLNK, 0777, 0, target, err);
}


ep_rc_t
ep_tar_add_file(ep_tar_writer_t *writer, const char *path, int from,
                ep_err_t *err)
{
    char block[32768];
    struct stat st;
    off_t at = 0;
    ep_rc_t rc;

    if (fstat(from, &st) != 0) {
        return ep_err_errno(err, "file-read", "cannot read %s", path);
    }
    rc = add(writer, path, AE_IFREG, 0644, st.st_size, NULL, err);
    while (rc == EP_OK && at < st.st_size) {
        ssize_t n = pread(from, block, sizeof(block), at);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return ep_err_errno(err, "file-read", "cannot read %s", path);
        }
        if (archive_write_data(writer->archive, block, (size_t) n) != n) {
            return cannot_write(writer, err);
        }
        at += n;
    }
    return rc;
}


ep_rc_t
ep_tar_finish(ep_tar_writer_t *writer, ep_err_t *err)
{
    return archive_write_close(writer->archive) == ARCHIVE_OK
               ? EP_OK
               : cannot_write(writer, err);
}
