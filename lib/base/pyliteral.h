/*
 * Reader for the Python-literal form: `NAME = value` lines as in
 * /etc/eportal/config, or one value alone.
 *
 * A value is None, True, False, a number (arithmetic with + - * / // % **
 * and parentheses is evaluated), a string in Python's or JSON's quoting, a
 * list or tuple, or a dict. Nothing is executed and no name is looked up.
 * Nesting, the number of values and every number's range are bounded, so the
 * text may come from anywhere. Values live in the caller's arena.
 */

#ifndef EP_BASE_PYLITERAL_H
#define EP_BASE_PYLITERAL_H

#include <eportal/arena.h>
#include <eportal/err.h>
#include <eportal/str.h>

#define EP_PY_MAX_DEPTH 32
#define EP_PY_MAX_VALUES 65536 /* in one text, all lists together */

typedef enum {
    EP_PY_NONE,
    EP_PY_BOOL,
    EP_PY_INT,
    EP_PY_FLOAT,
    EP_PY_STRING,
    EP_PY_LIST, /* also a tuple */
    EP_PY_DICT
} ep_py_type_t;

typedef struct ep_py ep_py_t;

struct ep_py {
    ep_py_type_t type;
    size_t at;     /* offset of its first byte, for ep_py_where */
    ep_py_t *next; /* in the list it belongs to; NULL at its end */
    union {
        bool boolean;
        int64_t integer;
        double number;
        ep_str_t string; /* NUL-terminated too; may hold NUL bytes */
        struct {
            ep_py_t *first; /* of a dict: key, value, key, value ... */
            size_t count;   /* elements, a dict's keys and values alike */
        } list;
    };
};

typedef struct {
    ep_str_t text;
    ep_arena_t *arena;
    bool json;         /* set by the caller: true, false, null too */
    size_t at;         /* next byte */
    unsigned brackets; /* open ones: inside, a newline is a blank */
    unsigned depth;
    size_t values;
    size_t mark, mark_line, mark_start; /* where ep_py_where was last */
    ep_rc_t rc;                         /* EP_OK, EP_EINVAL, EP_ENOMEM */
    size_t error_at;                    /* offset, when rc is not EP_OK */
    char expected[128];                 /* what should have been there */
} ep_py_reader_t;

typedef struct {
    size_t at;            /* offset of its first byte */
    bool indented;        /* begins after blanks: the inside of a block */
    ep_str_t name;        /* empty when it is no assignment */
    const ep_py_t *value; /* NULL when it cannot be read: see reader */
} ep_py_line_t;

/* Read text, which stays the caller's; a byte order mark is passed over. */
void ep_py_open(ep_py_reader_t *r, ep_str_t text, ep_arena_t *arena);

/*
 * The next line (Python's logical line: a list may go over several) into
 * *line; false at the end of the text. After a line that cannot be read the
 * caller gives up or calls ep_py_skip.
 */
bool ep_py_next(ep_py_reader_t *r, ep_py_line_t *line);

/* Forget the error and go on behind the logical line that begins at at. */
void ep_py_skip(ep_py_reader_t *r, size_t at);

/* The whole text as one value; NULL when it is none. */
const ep_py_t *ep_py_value(ep_py_reader_t *r);

/* Line and column (in characters), both from 1, of an offset. Cheap when
 * offsets ascend from call to call; column may be NULL. */
void ep_py_where(ep_py_reader_t *r, size_t at, size_t *line, size_t *column);

#endif
