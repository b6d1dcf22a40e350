/*
 * Tar archives: the one home of libarchive. The reader knows tar alone,
 * plain or compressed once by bzip2, gzip, xz or zstd; it judges nothing but
 * the format, its caller judges the members.
 */

#ifndef EP_BASE_TAR_H
#define EP_BASE_TAR_H

#include <stdbool.h>

#include <eportal/err.h>
#include <eportal/str.h>

typedef struct ep_tar ep_tar_t;

/* The next block of the file, which stays valid until the next call; n = 0
 * at its end. */
typedef ep_rc_t (*ep_tar_fn)(void *ctx, const void **block, size_t *n,
                             ep_err_t *err);

typedef enum {
    EP_TAR_FILE,
    EP_TAR_DIR,
    EP_TAR_SYMLINK,
    EP_TAR_HARDLINK,
    EP_TAR_OTHER /* device, fifo, socket */
} ep_tar_kind_t;

typedef struct {
    ep_tar_kind_t kind;
    const char *path; /* never NULL; "" when it cannot be read */
    const char *link; /* of the two links, else NULL */
    int64_t size;
    unsigned mode; /* with setuid, setgid and sticky bits */
    bool sparse;
} ep_tar_member_t;

/* A file that is no such archive, is cut short or damaged: EP_EINVAL
 * "bad-archive". */
ep_rc_t ep_tar_open(ep_tar_fn fn, void *ctx, ep_tar_t **out, ep_err_t *err);
void ep_tar_closep(ep_tar_t **tar);
/* The next member, valid until the next call; EP_ENOTFOUND, with err
 * untouched, behind the last. */
ep_rc_t ep_tar_next(ep_tar_t *tar, ep_tar_member_t *out, ep_err_t *err);
/* The next piece of the member's bytes; EP_ENOTFOUND likewise. */
ep_rc_t ep_tar_data(ep_tar_t *tar, const void **p, size_t *n, ep_err_t *err);
/* Bytes that came out of decompression so far, headers included. */
int64_t ep_tar_unpacked(const ep_tar_t *tar);
/* Whether the file is a tar without compression. */
bool ep_tar_is_plain(const ep_tar_t *tar);

typedef struct ep_tar_writer ep_tar_writer_t;

/* Write a gzipped tar to fd. The same members give the same bytes: times
 * are 0 and everything belongs to root. */
ep_rc_t ep_tar_create(int fd, ep_tar_writer_t **out, ep_err_t *err);
void ep_tar_writer_closep(ep_tar_writer_t **writer);
ep_rc_t ep_tar_add_dir(ep_tar_writer_t *writer, const char *path,
                       ep_err_t *err);
ep_rc_t ep_tar_add_link(ep_tar_writer_t *writer, const char *path,
                        const char *target, ep_err_t *err);
/* from: a regular file, read from its start. */
ep_rc_t ep_tar_add_file(ep_tar_writer_t *writer, const char *path, int from,
                        ep_err_t *err);
/* The end of the archive; the descriptor stays open. */
ep_rc_t ep_tar_finish(ep_tar_writer_t *writer, ep_err_t *err);

#endif
