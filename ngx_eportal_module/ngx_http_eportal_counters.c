/*
 * What workers count for /metrics: memory that they share, kept over a reload
 * and gone with nginx.
 */

#include "ngx_http_eportal_module.h"


static ngx_int_t ngx_http_eportal_counters_init(ngx_shm_zone_t *zone,
    void *data);


ngx_shm_zone_t *
ngx_http_eportal_counters_zone(ngx_conf_t *cf)
{
    size_t           size;
    ngx_shm_zone_t  *zone;

    static ngx_str_t  name = ngx_string("eportal_counters");

    /* the pool of a zone needs some pages of its own */

    size = ngx_align(sizeof(ep_http_counters_t), ngx_pagesize)
           + 8 * ngx_pagesize;

    zone = ngx_shared_memory_add(cf, &name, size, &ngx_http_eportal_module);
    if (zone == NULL) {
        return NULL;
    }

    zone->init = ngx_http_eportal_counters_init;

    return zone;
}


static ngx_int_t
ngx_http_eportal_counters_init(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t  *pool;

    if (data != NULL) {
        zone->data = data;
        return NGX_OK;
    }

    pool = (ngx_slab_pool_t *) zone->shm.addr;

    if (zone->shm.exists) {
        zone->data = pool->data;
        return NGX_OK;
    }

    zone->data = ngx_slab_calloc(pool, sizeof(ep_http_counters_t));
    pool->data = zone->data;

    return zone->data != NULL ? NGX_OK : NGX_ERROR;
}


void
ngx_http_eportal_count_answer(ngx_http_eportal_worker_t *w,
    const ep_http_response_t *response)
{
    ngx_uint_t  status;

    /* nginx chooses the status of a file */

    status = response->file.n > 0 ? 2 : response->status / 100;

    ngx_http_eportal_count(w, requests[response->route][status < 6 ? status
                                                                   : 0], 1);

    if (response->has_checkin) {
        ngx_http_eportal_count(w, checkins, 1);
    }
}


void
ngx_http_eportal_count_commit(ngx_http_eportal_worker_t *w, int64_t us)
{
    ngx_uint_t  i;

    for (i = 0; i < EP_COMMIT_BUCKETS && us > ep_commit_bounds[i]; i++) {
        /* void */
    }

    ngx_http_eportal_count(w, commits[i], 1);
    ngx_http_eportal_count(w, commit_us, us);
}
