/*
 * Errors: the one idiom of libeportal.
 *
 * A function that can fail returns ep_rc_t and takes an ep_err_t * last.
 * On failure its out-parameters are untouched and the error holds the code,
 * a stable word for machines and a sentence for people. Setting an error
 * never allocates. The first setter wins; callers only translate.
 */

#ifndef EPORTAL_ERR_H
#define EPORTAL_ERR_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    EP_OK = 0,
    EP_EINVAL = -1,    /* bad input; HTTP 400, exit 2 */
    EP_ENOTFOUND = -2, /* no such thing; HTTP 404, exit 4 */
    EP_EEXISTS = -3,   /* it is there already, or conflicts; 409, exit 5 */
    EP_ELIMIT = -4,    /* a limit is reached; 400, exit 5 */
    EP_EAUTH = -5,     /* who are you; 401, exit 3 */
    EP_EPERM = -6,     /* you may not; 403, exit 3 */
    EP_EBUSY = -7,     /* try again; 503 + Retry-After, exit 75 */
    EP_EIO = -8,       /* a file or disk failed; 500, exit 70 */
    EP_EDB = -9,       /* the database failed; 500, exit 70 */
    EP_ENET = -10,     /* the network failed; 502, exit 69 */
    EP_ENOMEM = -11,   /* out of memory; 500, exit 70 */
    EP_EINTERNAL = -12 /* a bug; 500, exit 70 */
} ep_rc_t;

typedef struct {
    ep_rc_t rc;
    char code[32]; /* stable machine word, such as "invalid-key" */
    char msg[512]; /* UTF-8 sentence for people: what, and what to do */
} ep_err_t;

/*
 * Record a failure and return rc, so that a caller writes
 * `return ep_err_set(err, EP_EINVAL, "bad-name", "...")`. err may be NULL;
 * an error that is already set is kept. The text is cut, never overflown.
 */
ep_rc_t ep_err_set(ep_err_t *err, ep_rc_t rc, const char *code, const char *fmt,
                   ...) __attribute__((format(printf, 4, 5)));

/* As ep_err_set with EP_EIO; ": <strerror(errno)>" is appended to the text.
 * ENOENT becomes EP_ENOTFOUND, EACCES and EPERM become EP_EPERM, ENOMEM
 * becomes EP_ENOMEM. */
ep_rc_t ep_err_errno(ep_err_t *err, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Forget an error, so that the struct can be used again; takes NULL. */
void ep_err_clear(ep_err_t *err);

/* The one table from ep_rc_t to HTTP status and to CLI exit code. */
int ep_rc_http_status(ep_rc_t rc);
int ep_rc_exit_code(ep_rc_t rc);

#ifdef __cplusplus
}
#endif

#endif
