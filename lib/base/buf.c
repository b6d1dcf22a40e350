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
ep_buf_addv(ep_buf_t *buf, const char *fmt, va_list args)
{
    size_t room = buf->cap - buf->n;
    va_list again;
    ep_rc_t rc;
    int n;

    va_copy(again, args);
    n = vsnprintf(buf->p != NULL ? buf->p + buf->n : NULL, room, fmt, args);
    rc = n < 0 ? EP_EINTERNAL : ep_buf_reserve(buf, (size_t) n);
    if (rc == EP_OK && (size_t) n >= room) {
        vsnprintf(buf->p + buf->n, (size_t) n + 1, fmt, again);
    }
    va_end(again);
    if (rc == EP_OK) {
        buf->n += (size_t) n;
    } else if (buf->p != NULL) {
        buf->p[buf->n] = '\0'; /* what was tried is no part of it */
    }
    return rc;
}


ep_rc_t
ep_buf_addf(ep_buf_t *buf, const char *fmt, ...)
{
    va_list args;
    ep_rc_t rc;

    va_start(args, fmt);
    rc = ep_buf_addv(buf, fmt, args);
    va_end(args);
    return rc;
}
