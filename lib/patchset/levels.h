/*
 * The metadata of a patchset (docs/patch-source.md): a line of JSON for each
 * level, sorted, so that one of thousands of objects is read and written
 * without being held. A reader gets any bytes.
 */

#ifndef EP_PATCHSET_LEVELS_H
#define EP_PATCHSET_LEVELS_H

#include <eportal/arena.h>
#include <eportal/buf.h>

#include "store/patchset.h"

#define EP_LEVEL_LINE_MAX (1024 * 1024) /* bytes */
#define EP_LEVEL_PATH_MAX 512
#define EP_LEVEL_DEPTH_MAX 12

typedef struct {
    uint8_t object[EP_OBJECT_SIZE];
    int64_t level;   /* 0: the object's files outside of levels */
    ep_str_t distro; /* of kpatch.info; may be empty */
    ep_str_t uname;
    const ep_str_t *cves;
    size_t n_cves;
    const ep_remote_file_t *files;
    size_t n_files;
} ep_level_line_t;

/* Whether agents can ask for a file of this path below its level: clean
 * components of printable ASCII that are not hidden. */
bool ep_level_path_good(ep_str_t path);

/* One line, without its end. Strings and lists are the arena's. EP_EINVAL
 * "bad-metadata" says what is wrong. */
ep_rc_t ep_level_line_parse(ep_str_t line, ep_arena_t *arena,
                            ep_level_line_t *out, ep_err_t *err);
/* Append it, with its end. EP_ELIMIT when it does not fit. */
ep_rc_t ep_level_line_write(ep_buf_t *out, const ep_level_line_t *line);

/* The first line: which format, of which patchset. */
ep_rc_t ep_level_head_parse(ep_str_t line, ep_str_t name, ep_err_t *err);
ep_rc_t ep_level_head_write(ep_buf_t *out, const char *name);

/* Order of two lines: by object, then level. */
int ep_level_line_order(const ep_level_line_t *a, const ep_level_line_t *b);

/* ---- reading a document line by line ---- */

typedef struct {
    int fd; /* from where it stands */
    char *block;
    size_t n, at;
    size_t line; /* number of the last one, from 1 */
} ep_lines_t;

ep_rc_t ep_lines_open(ep_lines_t *lines, int fd, ep_err_t *err);
void ep_lines_close(ep_lines_t *lines);
/* The next line, until the one after is asked for. EP_ENOTFOUND, err
 * untouched, at the end; EP_EINVAL "bad-metadata" when a line is too long, or
 * the last one has no end. */
ep_rc_t ep_lines_next(ep_lines_t *lines, ep_str_t *out, ep_err_t *err);

#endif
