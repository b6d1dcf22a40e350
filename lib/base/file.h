/*
 * Files: bounded reads, atomic writes, directory trees. Names given with a
 * directory descriptor are single components and symbolic links among them
 * are not followed; paths are, so that a configuration may be a link.
 */

#ifndef EP_BASE_FILE_H
#define EP_BASE_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include <eportal/buf.h>
#include <eportal/err.h>

/* Cleanup of descriptors: EP_CLEANUP(ep_closep) int fd = -1; */
#define EP_CLEANUP(fn) __attribute__((cleanup(fn)))
void ep_closep(int *fd);

/* Read a regular file, or /dev/null, into buf (appended). EP_ELIMIT when it is
 * larger than the buffer's ceiling, EP_ENOTFOUND when it is not there,
 * EP_EINVAL when it is something else (a pipe is not waited for). */
ep_rc_t ep_file_read(const char *path, ep_buf_t *buf, ep_err_t *err);

/* Write path beside itself, fsync, rename over it, fsync the directory. */
ep_rc_t ep_file_write(const char *path, ep_str_t data, mode_t mode,
                      ep_err_t *err);

/* mkdir -p, with mode for what is created. Fine when it exists. */
ep_rc_t ep_dir_make(const char *path, mode_t mode, ep_err_t *err);

/* Remove dirfd/name, whatever it is, with all below; fine when absent. */
ep_rc_t ep_tree_remove(int dirfd, const char *name, ep_err_t *err);

/* fsync a directory by path, so that renames in it last. */
ep_rc_t ep_dir_sync(const char *path, ep_err_t *err);

bool ep_file_exists(const char *path);

#endif
