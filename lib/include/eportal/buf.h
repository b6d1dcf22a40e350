/*
 * The one growing buffer. Every buffer declares its ceiling when it is made;
 * what does not fit is EP_ELIMIT, and the buffer then stays as it was.
 */

#ifndef EPORTAL_BUF_H
#define EPORTAL_BUF_H

#include <stdarg.h>

#include <eportal/err.h>
#include <eportal/str.h>

typedef struct {
    char *p;    /* NUL-terminated after every append; NULL while empty */
    size_t n;   /* bytes in use, without that NUL */
    size_t cap; /* bytes allocated */
    size_t max; /* ceiling for n */
} ep_buf_t;

/* An empty buffer that may grow to max bytes. Nothing is allocated. */
void ep_buf_init(ep_buf_t *buf, size_t max);
/* Free the memory; the buffer is empty again and keeps its ceiling. */
void ep_buf_free(ep_buf_t *buf);
void ep_buf_reset(ep_buf_t *buf); /* n = 0, memory kept */

/* Append. Returns EP_OK, EP_ELIMIT or EP_ENOMEM; unchanged on failure. */
ep_rc_t ep_buf_add(ep_buf_t *buf, const void *data, size_t n)
    __attribute__((warn_unused_result));
ep_rc_t ep_buf_add_str(ep_buf_t *buf, ep_str_t s)
    __attribute__((warn_unused_result));
ep_rc_t ep_buf_addf(ep_buf_t *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), warn_unused_result));
ep_rc_t ep_buf_addv(ep_buf_t *buf, const char *fmt, va_list args)
    __attribute__((format(printf, 2, 0), warn_unused_result));
/* Make room for n more bytes at p + n, which the caller fills. */
ep_rc_t ep_buf_reserve(ep_buf_t *buf, size_t n)
    __attribute__((warn_unused_result));

static inline ep_str_t
ep_buf_str(const ep_buf_t *buf)
{
    return (ep_str_t){ buf->p, buf->n };
}

#endif
