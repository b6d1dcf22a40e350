/* What the parts of the Python-literal reader share. */

#ifndef EP_BASE_PYLITERAL_PRIVATE_H
#define EP_BASE_PYLITERAL_PRIVATE_H

#include "base/pyliteral.h"

/* The next byte, or the one after i more; -1 behind the end. */
static inline int
ep_py_peek(const ep_py_reader_t *r, size_t i)
{
    return r->at + i < r->text.n ? (unsigned char) r->text.p[r->at + i] : -1;
}

static inline bool
ep_py_is_word(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_';
}

/* Record what was expected at an offset; returns false. */
bool ep_py_fail(ep_py_reader_t *r, size_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
bool ep_py_no_memory(ep_py_reader_t *r);

/* Pass over blanks and joined lines; newlines and comments in brackets. */
void ep_py_blank(ep_py_reader_t *r);

/* The letters, digits and '_' that are next; empty when none are. */
ep_str_t ep_py_read_word(ep_py_reader_t *r);

/* A value and, as Python has it, a tuple without parentheses. */
ep_py_t *ep_py_read_value(ep_py_reader_t *r);

/* True at the opening quote of a string, or at its prefix. */
bool ep_py_at_string(const ep_py_reader_t *r);
/* Read a string and those that follow it directly, as Python joins them. */
bool ep_py_read_string(ep_py_reader_t *r, ep_py_t *v);

/* Read a number without sign. */
bool ep_py_read_number(ep_py_reader_t *r, ep_py_t *v);
typedef enum {
    EP_PY_ADD,
    EP_PY_SUB,
    EP_PY_MUL,
    EP_PY_DIV,
    EP_PY_FLOOR,
    EP_PY_MOD,
    EP_PY_POW
} ep_py_op_t;
/* a = a op b, both numbers or an error at offset at. */
bool ep_py_apply(ep_py_reader_t *r, ep_py_op_t op, ep_py_t *a, const ep_py_t *b,
                 size_t at);
bool ep_py_negate(ep_py_reader_t *r, ep_py_t *v, size_t at);

#endif
