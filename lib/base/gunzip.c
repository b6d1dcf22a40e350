/* Gzip: see base/gunzip.h. */

#include <stdlib.h>
#include <zlib.h>

#include "base/gunzip.h"

#define BLOCK (128 * 1024)
#define GZIP_ONLY (15 + 16) /* largest window; a gzip header is needed */

struct ep_gunzip {
    ep_tar_fn fn;
    void *ctx;
    z_stream z;
    bool input_ended;
    bool in_member; /* between a header and its check sum */
    char out[BLOCK];
};


bool
ep_gunzip_is(const void *p, size_t n)
{
    return n >= 2 && memcmp(p, "\x1f\x8b", 2) == 0;
}


ep_rc_t
ep_gunzip_open(ep_tar_fn fn, void *ctx, ep_str_t first, ep_gunzip_t **out,
               ep_err_t *err)
{
    ep_gunzip_t *g = calloc(1, sizeof(*g));

    if (g == NULL || inflateInit2(&g->z, GZIP_ONLY) != Z_OK) {
        free(g);
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    g->fn = fn;
    g->ctx = ctx;
    g->in_member = true;
    g->z.next_in = (z_const Bytef *) first.p;
    g->z.avail_in = (uInt) first.n;
    *out = g;
    return EP_OK;
}


void
ep_gunzip_closep(ep_gunzip_t **gunzip)
{
    if (*gunzip != NULL) {
        inflateEnd(&(*gunzip)->z);
        free(*gunzip);
        *gunzip = NULL;
    }
}


static ep_rc_t
bad(const char *why, ep_err_t *err)
{
    return ep_err_set(err, EP_EINVAL, "bad-archive", "it is %s", why);
}


static ep_rc_t
fill(ep_gunzip_t *g, ep_err_t *err)
{
    const void *block;
    size_t n;
    ep_rc_t rc;

    if (g->z.avail_in > 0 || g->input_ended) {
        return EP_OK;
    }
    rc = g->fn(g->ctx, &block, &n, err);
    if (rc == EP_OK) {
        g->z.next_in = (z_const Bytef *) block;
        g->z.avail_in = (uInt) n;
        g->input_ended = n == 0;
    }
    return rc;
}


/* Behind a member: another one, zeros that pad the file, or its end. */
static ep_rc_t
between(ep_gunzip_t *g, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    do {
        while (g->z.avail_in > 0 && *g->z.next_in == 0) {
            g->z.next_in++;
            g->z.avail_in--;
        }
        if (g->z.avail_in == 0) {
            rc = fill(g, err);
        }
    } while (rc == EP_OK && !g->input_ended && *g->z.next_in == 0);
    if (rc == EP_OK && !g->input_ended) {
        g->in_member = inflateReset(&g->z) == Z_OK;
    }
    return rc;
}


static ep_rc_t
inflate_some(ep_gunzip_t *g, ep_err_t *err)
{
    ep_rc_t rc = fill(g, err);
    int code;

    if (rc != EP_OK) {
        return rc;
    }
    if (g->input_ended) {
        return bad("cut short: its gzip stream has no end", err);
    }
    code = inflate(&g->z, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
        g->in_member = false;
    } else if (code == Z_MEM_ERROR) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return bad("damaged: its gzip stream does not add up", err);
    }
    return EP_OK;
}


ep_rc_t
ep_gunzip_read(void *gunzip, const void **block, size_t *n, ep_err_t *err)
{
    ep_gunzip_t *g = gunzip;
    ep_rc_t rc = EP_OK;

    g->z.next_out = (Bytef *) g->out;
    g->z.avail_out = BLOCK;
    while (rc == EP_OK && g->z.avail_out > 0) {
        if (!g->in_member) {
            rc = between(g, err);
            if (!g->in_member) {
                break;
            }
        } else {
            rc = inflate_some(g, err);
        }
    }
    if (rc == EP_OK) {
        *block = g->out;
        *n = BLOCK - g->z.avail_out;
    }
    return rc;
}
