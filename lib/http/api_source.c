/* This portal's own patchsets for another portal, which has them as its
 * patch source: docs/patch-source.md. */

#include "http/private.h"
#include "source/index.h"
#include "source/offer.h"
#include "store/patchset.h"
#include "store/upstream.h"


/* If-None-Match: a list of tags, or "*"; a proxy may have made them weak. */
static bool
has_tag(ep_str_t header, ep_str_t etag)
{
    ep_str_t tag;

    while (header.n > 0) {
        ep_str_cut(header, ',', &tag, &header);
        tag = ep_str_trim(tag);
        if (ep_str_starts(tag, EP_STR("W/"))) {
            tag = (ep_str_t){ tag.p + 2, tag.n - 2 };
        }
        if (ep_str_eq(tag, etag) || ep_str_eq(tag, EP_STR("*"))) {
            return true;
        }
    }
    return false;
}


ep_rc_t
ep_api_source_index(ep_call_t *call, ep_err_t *err)
{
    char *etag = ep_arena_alloc(call->arena, EP_OFFER_ETAG_SIZE);
    ep_buf_t text;
    ep_rc_t rc;

    if (etag == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while answering");
    }
    ep_buf_init(&text, EP_INDEX_SIZE_MAX);
    rc = ep_source_offer(call->portal, &text, etag, err);
    if (rc == EP_OK) {
        rc = ep_answer_buffer(call, &text, err);
    }
    if (rc != EP_OK) {
        ep_buf_free(&text);
        return rc;
    }
    if (has_tag(call->request->headers[EP_HEADER_IF_NONE_MATCH], ep_str(etag)))
    {
        call->response->status = 304;
    } else {
        ep_answer_json(call, 200, ep_buf_str(&text));
    }
    ep_answer_header(call->response, "ETag", ep_str(etag));
    return EP_OK;
}


/* A file of the patches directory; its name was looked up there before. */
static ep_rc_t
answer_path(ep_call_t *call, const char *dir, ep_str_t name, ep_err_t *err)
{
    char *path = ep_arena_printf(call->arena, "%s/%.*s", dir, EP_STR_ARG(name));

    if (path == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while answering");
    }
    call->response->status = 200;
    call->response->file = ep_str(path);
    return EP_OK;
}


/* Only what a published patchset was deployed from: nothing else of arch/. */
ep_rc_t
ep_api_source_archive(ep_call_t *call, ep_err_t *err)
{
    ep_str_t name = call->captures[EP_CAP_NAME];
    bool has = false;
    ep_rc_t rc = ep_patchset_has_archive(call->portal, name, &has, err);

    if (rc != EP_OK) {
        return rc;
    }
    if (!has) {
        return ep_err_set(err, EP_ENOTFOUND, "not-found",
                          "there is no such archive here");
    }
    return answer_path(call, "arch", name, err);
}


/* The metadata of a patchset: only what the index says is here. */
ep_rc_t
ep_api_source_levels(ep_call_t *call, ep_err_t *err)
{
    ep_str_t name = call->captures[EP_CAP_NAME];
    bool has = false;
    ep_rc_t rc = ep_offer_has(call->portal, name, &has, err);

    if (rc == EP_OK && !has) {
        rc = ep_err_set(err, EP_ENOTFOUND, "not-found",
                        "there is no such metadata here");
    }
    if (rc != EP_OK) {
        return rc;
    }
    return answer_path(call, EP_OFFER_DIR, name, err);
}


/* A file that a patchset has brought, for a portal in cache mode. */
ep_rc_t
ep_api_source_file(ep_call_t *call, ep_err_t *err)
{
    ep_str_t tree = call->captures[EP_CAP_PREFIX];
    ep_level_row_t row = { .userspace =
                               ep_str_eq(tree, EP_STR("user-resources")) };
    bool has = false;
    ep_rc_t rc = EP_OK;

    ep_unhex(call->captures[EP_CAP_HASH], row.object, EP_OBJECT_SIZE);
    ep_str_int(call->captures[EP_CAP_LEVEL], &row.level);
    if (row.userspace || ep_str_eq(tree, EP_STR("resources"))) {
        rc = row.level > 0
                 ? ep_level_known(call->portal, &row, &has, err)
                 : ep_object_has_file(call->portal, &row,
                                      call->captures[EP_CAP_FILE], &has, err);
    }
    if (rc == EP_OK && !has) {
        rc = ep_err_set(err, EP_ENOTFOUND, "not-found",
                        "there is no such file here");
    }
    return rc == EP_OK
               ? ep_answer_file(call, row.userspace, row.object, row.level,
                                call->captures[EP_CAP_FILE], err)
               : rc;
}
