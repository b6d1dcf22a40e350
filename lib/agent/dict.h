/*
 * A tolerant, one-pass reader of what agents send about themselves: a JSON
 * object or a Python dict literal ({'k': u'v', 'n': 3L, 'x': None}). It
 * evaluates nothing and allocates nothing; nested values are stepped over.
 */

#ifndef EP_AGENT_DICT_H
#define EP_AGENT_DICT_H

#include <eportal/str.h>

typedef enum {
    EP_DICT_STRING, /* value: between the quotes, still escaped */
    EP_DICT_NUMBER, /* value: as written, without Python 2's L */
    EP_DICT_WORD,   /* true, false, True, False */
    EP_DICT_NULL,   /* null, None */
    EP_DICT_NESTED  /* value: the whole [...], {...} or (...) */
} ep_dict_kind_t;

typedef struct {
    ep_str_t key; /* between the quotes, still escaped */
    ep_str_t value;
    ep_dict_kind_t kind;
} ep_dict_pair_t;

typedef struct {
    const char *p;
    const char *end;
    bool started;
} ep_dict_t;

/* Begin reading; false when text does not begin with '{'. */
bool ep_dict_begin(ep_dict_t *dict, ep_str_t text);
/* The next pair; false at the end and at the first malformed byte. */
bool ep_dict_next(ep_dict_t *dict, ep_dict_pair_t *pair);

/* Undo the escapes of a string; out has room for raw.n bytes. Returns the
 * bytes written. */
size_t ep_dict_unescape(ep_str_t raw, char *out);

#endif
