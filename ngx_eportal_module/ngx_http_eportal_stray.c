/*
 * Requests of agents that nobody could be found for, counted in the event
 * loop and added to the database by the group commit now and then.  Event
 * loop only, but for the part that says so.
 */

#include "ngx_http_eportal_module.h"


#define NGX_HTTP_EPORTAL_STRAYS  10000         /* ms between two writes */


static ngx_uint_t ngx_http_eportal_strays_any(const ep_strays_t *strays);
static void ngx_http_eportal_strays_move(ep_strays_t *to, ep_strays_t *from);


void
ngx_http_eportal_strays_count(ngx_http_eportal_worker_t *w,
    const ep_http_response_t *response)
{
    w->strays.undecodable += response->undecodable;
    w->strays.unknown += response->unknown;
}


/* Once a second: whether it is time to write them down. */

void
ngx_http_eportal_strays_watch(ngx_http_eportal_worker_t *w)
{
    if (!ngx_http_eportal_strays_any(&w->strays)
        || (ngx_msec_int_t) (w->strays_due - ngx_current_msec) > 0)
    {
        return;
    }

    w->strays_due = ngx_current_msec + NGX_HTTP_EPORTAL_STRAYS;
    w->commit.count = 1;

    if (!w->commit.busy && !w->commit.flush.posted) {
        ngx_post_event(&w->commit.flush, &ngx_posted_events);
    }
}


/* Into the batch that is about to start: whether there are any. */

ngx_uint_t
ngx_http_eportal_strays_take(ngx_http_eportal_worker_t *w)
{
    if (w->commit.count) {
        w->commit.count = 0;
        ngx_http_eportal_strays_move(&w->commit.batch.strays, &w->strays);
    }

    return ngx_http_eportal_strays_any(&w->commit.batch.strays);
}


/* What the batch could not write waits for the next time. */

void
ngx_http_eportal_strays_return(ngx_http_eportal_worker_t *w)
{
    ngx_http_eportal_strays_move(&w->strays, &w->commit.batch.strays);
}


/* Thread, or the end of the worker.  What was written is zero afterwards. */

ngx_int_t
ngx_http_eportal_strays_store(ep_portal_t *portal, ep_strays_t *strays,
    ep_err_t *err)
{
    if (!ngx_http_eportal_strays_any(strays)) {
        return NGX_OK;
    }

    if (ep_portal_write_begin(portal, false, err) != EP_OK) {
        return NGX_ERROR;
    }

    if (ep_strays_add(portal, strays, err) != EP_OK) {
        ep_portal_write_rollback(portal);
        return NGX_ERROR;
    }

    if (ep_portal_write_commit(portal, err) != EP_OK) {
        return NGX_ERROR;
    }

    ngx_memzero(strays, sizeof(ep_strays_t));

    return NGX_OK;
}


static ngx_uint_t
ngx_http_eportal_strays_any(const ep_strays_t *strays)
{
    return strays->undecodable > 0 || strays->unknown > 0;
}


static void
ngx_http_eportal_strays_move(ep_strays_t *to, ep_strays_t *from)
{
    to->undecodable += from->undecodable;
    to->unknown += from->unknown;

    ngx_memzero(from, sizeof(ep_strays_t));
}
