/* The index of this portal's own patchsets: see source/offer.h. */

#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/pattern.h"
#include "source/index.h"
#include "source/offer.h"

typedef struct {
    int arch_fd;
    ep_arena_t *arena;
    ep_index_t index;
    size_t cap;
} offer_t;


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
}


/* What the kpatch.info of an archive calls its system may be any word; who
 * reads the index refuses it for one that is no label. */
static ep_str_t
good_labels(offer_t *offer, ep_str_t list)
{
    static ep_pattern_t label = EP_PATTERN("[A-Za-z0-9._+-]{1,40}");
    char *text = ep_arena_alloc(offer->arena, list.n + 1);
    ep_str_t item;
    size_t n = 0;

    while (text != NULL && list.n > 0) {
        ep_str_cut(list, ',', &item, &list);
        if (ep_pattern_match(&label, item, NULL, 0)) {
            if (n > 0) {
                text[n++] = ',';
            }
            memcpy(text + n, item.p, item.n);
            n += item.n;
        }
    }
    return (ep_str_t){ text, n };
}


static ep_rc_t
add_row(const ep_upstream_row_t *row, void *ctx, ep_err_t *err)
{
    offer_t *offer = ctx;
    ep_upstream_row_t kept = *row;
    char *path = ep_arena_strdup(offer->arena, row->path);
    char *changelog = ep_arena_strdup(offer->arena, row->changelog);
    char *levels = ep_arena_strdup(offer->arena, row->levels);
    struct stat st;

    if (path == NULL || changelog == NULL || levels == NULL) {
        return no_memory(err);
    }
    if (fstatat(offer->arch_fd, path, &st, AT_SYMLINK_NOFOLLOW) != 0
        || !S_ISREG(st.st_mode) || st.st_size == 0)
    {
        return EP_OK; /* gone from arch/: not to be had here */
    }
    if (offer->index.count == offer->cap) {
        size_t cap = offer->cap > 0 ? offer->cap * 2 : 64;
        ep_upstream_row_t *rows =
            reallocarray(offer->index.rows, cap, sizeof(*rows));

        if (rows == NULL) {
            return no_memory(err);
        }
        offer->index.rows = rows;
        offer->cap = cap;
    }
    kept.size = st.st_size;
    kept.path = (ep_str_t){ path, row->path.n };
    kept.changelog = (ep_str_t){ changelog, row->changelog.n };
    kept.levels = (ep_str_t){ levels, row->levels.n };
    kept.distros = good_labels(offer, row->distros);
    if (kept.distros.p == NULL) {
        return no_memory(err);
    }
    offer->index.rows[offer->index.count++] = kept;
    return EP_OK;
}


static ep_rc_t
make_etag(ep_str_t text, char etag[EP_OFFER_ETAG_SIZE], ep_err_t *err)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    char hex[2 * 16 + 1];

    if (EVP_Digest(text.p, text.n, hash, NULL, EVP_sha256(), NULL) != 1) {
        return no_memory(err);
    }
    ep_hex(hash, 16, hex);
    snprintf(etag, EP_OFFER_ETAG_SIZE, "\"%s\"", hex);
    return EP_OK;
}


static ep_rc_t
fill(offer_t *offer, ep_portal_t *portal, ep_err_t *err)
{
    char path[PATH_MAX];
    ep_rc_t rc = EP_OK;

    snprintf(path, sizeof(path), "%s/arch",
             ep_config_patches_dir(ep_portal_config(portal)));
    offer->arch_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (offer->arch_fd < 0) {
        return ep_err_errno(err, "no-directory", "cannot open %s", path);
    }
    for (int p = 0; rc == EP_OK && p < EP_PRODUCT_ESU; p++) {
        rc = ep_upstream_offered(portal, (ep_product_t) p, add_row, offer, err);
    }
    return rc;
}


ep_rc_t
ep_source_offer(ep_portal_t *portal, ep_buf_t *out,
                char etag[EP_OFFER_ETAG_SIZE], ep_err_t *err)
{
    offer_t offer = { .arch_fd = -1, .arena = ep_arena_new() };
    ep_rc_t rc =
        offer.arena != NULL ? fill(&offer, portal, err) : no_memory(err);

    if (rc == EP_OK) {
        rc = ep_index_write(&offer.index, out, err);
    }
    if (rc == EP_OK) {
        rc = make_etag(ep_buf_str(out), etag, err);
    }
    ep_closep(&offer.arch_fd);
    free(offer.index.rows);
    ep_arena_free(offer.arena);
    return rc;
}
