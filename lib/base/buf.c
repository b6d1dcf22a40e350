/* The growing buffer: see eportal/buf.h. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <eportal/buf.h>


void
ep_buf_init(ep_buf_t *buf, size_t max)
{
    *buf = (ep_buf_t){ .max = max };
}


void
ep_buf_free(ep_buf_t *buf)
{
    free(buf->p);
    ep_buf_init(buf, buf->max);
}


void
ep_buf_reset(ep_buf_t *buf)
{
    buf->n = 0;
    if (buf->p != NULL) {
        buf->p[0] = '\0';
    }
}


ep_rc_t
ep_buf_reserve(ep_buf_t *buf, size_t n)
{
    size_t cap;
    char *p;

    if (n > buf->max - buf->n) {
        return EP_ELIMIT;
    }
    if (buf->n + n < buf->cap) {
        return EP_OK;
    }
    cap = buf->cap ? buf->cap * 2 : 128;
    if (cap < buf->n + n + 1) {
        cap = buf->n + n + 1;
    }
    p = realloc(buf->p, cap);
    if (p == NULL) {
        return EP_ENOMEM;
    }
    buf->p = p;
    buf->cap = cap;
    return EP_OK;
}


ep_rc_t
ep_buf_add(ep_buf_t *buf, const void *data, size_t n)
{
    ep_rc_t rc = ep_buf_reserve(buf, n);

    if (rc != EP_OK) {
        return rc;
    }
    if (n > 0) {
        memcpy(buf->p + buf->n, data, n);
    }
    buf->n += n;
    buf->p[buf->n] = '\0';
    return EP_OK;
}


ep_rc_t
ep_buf_add_str(ep_buf_t *buf, ep_str_t s)
{
    return ep_buf_add(buf, s.p, s.n);
}


ep_rc_t
ep_buf_addf(ep_buf_t *buf, const char *fmt, ...)
{
    va_list args;
    ep_rc_t rc;
    int n;

    va_start(args, fmt);
    n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (n < 0) {
        return EP_EINTERNAL;
    }
    rc = ep_buf_reserve(buf, (size_t) n);
    if (rc != EP_OK) {
        return rc;
    }
    va_start(args, fmt);
    vsnprintf(buf->p + buf->n, (size_t) n + 1, fmt, args);
    va_end(args);
    buf->n += (size_t) n;
    return EP_OK;
}
