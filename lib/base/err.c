/* Errors: see eportal/err.h. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <eportal/err.h>

static const struct {
    ep_rc_t rc;
    int http;
    int exit;
} outcomes[] = { { EP_OK, 200, 0 },        { EP_EINVAL, 400, 2 },
                 { EP_ENOTFOUND, 404, 4 }, { EP_EEXISTS, 409, 5 },
                 { EP_ELIMIT, 400, 5 },    { EP_EAUTH, 401, 3 },
                 { EP_EPERM, 403, 3 },     { EP_EBUSY, 503, 75 },
                 { EP_EIO, 500, 70 },      { EP_EDB, 500, 70 },
                 { EP_ENET, 502, 69 },     { EP_ENOMEM, 500, 70 },
                 { EP_EINTERNAL, 500, 70 } };


static void
fill(ep_err_t *err, ep_rc_t rc, const char *code)
{
    err->rc = rc;
    snprintf(err->code, sizeof(err->code), "%s", code);
}


/* A text that was cut must not end inside a UTF-8 character. */
static void
cut_whole(char *text, size_t size)
{
    size_t n = strlen(text), start = n;

    if (n + 1 < size) {
        return; /* it fitted */
    }
    while (start > 0 && ((unsigned char) text[start - 1] & 0xc0) == 0x80) {
        start--;
    }
    if (start > 0 && (unsigned char) text[start - 1] >= 0xc0) {
        unsigned char lead = (unsigned char) text[start - 1];
        size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

        if (n - start + 1 < length) {
            text[start - 1] = '\0';
        }
    }
}


ep_rc_t
ep_err_set(ep_err_t *err, ep_rc_t rc, const char *code, const char *fmt, ...)
{
    va_list args;

    if (err == NULL || err->rc != EP_OK) {
        return rc;
    }

    fill(err, rc, code);
    va_start(args, fmt);
    vsnprintf(err->msg, sizeof(err->msg), fmt, args);
    va_end(args);
    cut_whole(err->msg, sizeof(err->msg));
    return rc;
}


static ep_rc_t
rc_of_errno(int error)
{
    switch (error) {
    case ENOENT:
        return EP_ENOTFOUND;
    case EACCES:
    case EPERM:
        return EP_EPERM;
    case ENOMEM:
        return EP_ENOMEM;
    default:
        return EP_EIO;
    }
}


ep_rc_t
ep_err_errno(ep_err_t *err, const char *code, const char *fmt, ...)
{
    int error = errno;
    ep_rc_t rc = rc_of_errno(error);
    va_list args;
    size_t n;

    if (err == NULL || err->rc != EP_OK) {
        return rc;
    }

    fill(err, rc, code);
    va_start(args, fmt);
    vsnprintf(err->msg, sizeof(err->msg), fmt, args);
    va_end(args);
    n = strlen(err->msg);
    snprintf(err->msg + n, sizeof(err->msg) - n, ": %s", strerror(error));
    cut_whole(err->msg, sizeof(err->msg));
    return rc;
}


void
ep_err_clear(ep_err_t *err)
{
    if (err == NULL) {
        return;
    }
    err->rc = EP_OK;
    err->code[0] = '\0';
    err->msg[0] = '\0';
}


int
ep_rc_http_status(ep_rc_t rc)
{
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
        if (outcomes[i].rc == rc) {
            return outcomes[i].http;
        }
    }
    return 500;
}


int
ep_rc_exit_code(ep_rc_t rc)
{
    for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
        if (outcomes[i].rc == rc) {
            return outcomes[i].exit;
        }
    }
    return 70;
}
