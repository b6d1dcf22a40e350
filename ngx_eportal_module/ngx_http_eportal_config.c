/*
 * Settings and database under the worker's eyes, once a second: a changed
 * setting is in force, and a database that was missing is opened, without
 * a reload.  Trouble is logged once, when it begins.  Event loop only.
 */

#include "ngx_http_eportal_module.h"


#define NGX_HTTP_EPORTAL_WATCH  1000


static void ngx_http_eportal_watch_event(ngx_event_t *ev);
static void ngx_http_eportal_watch(ngx_http_eportal_worker_t *w);
static void ngx_http_eportal_config_load(ngx_http_eportal_worker_t *w);
static void ngx_http_eportal_config_use(ngx_http_eportal_worker_t *w,
    ep_config_t *config);
static void ngx_http_eportal_open(ngx_http_eportal_worker_t *w);
static void ngx_http_eportal_trouble(ngx_http_eportal_worker_t *w,
    const char *text);
static void ngx_http_eportal_log(void *ctx, ep_log_level_t level,
    const char *logger, const char *msg);


void
ngx_http_eportal_watch_init(ngx_http_eportal_worker_t *w)
{
    w->watch.handler = ngx_http_eportal_watch_event;
    w->watch.data = w;
    w->watch.log = w->log;
    w->watch.cancelable = 1;

    ngx_http_eportal_watch(w);

    ngx_add_timer(&w->watch, NGX_HTTP_EPORTAL_WATCH);
}


static void
ngx_http_eportal_watch_event(ngx_event_t *ev)
{
    ngx_http_eportal_worker_t  *w = ev->data;

    ngx_http_eportal_watch(w);
    ngx_http_eportal_commit_expire(w);
    ngx_http_eportal_strays_watch(w);

    if (w->commit.map.dropped != w->dropped) {
        ngx_log_error(NGX_LOG_WARN, w->log, 0,
                      "eportal: %ui check-ins were dropped",
                      w->commit.map.dropped - w->dropped);
        ngx_http_eportal_count(w, checkins_dropped,
                               w->commit.map.dropped - w->dropped);
        w->dropped = w->commit.map.dropped;
    }

    ngx_add_timer(&w->watch, NGX_HTTP_EPORTAL_WATCH);
}


static void
ngx_http_eportal_watch(ngx_http_eportal_worker_t *w)
{
    if (w->config == NULL || ep_config_changed(w->config)) {
        ngx_http_eportal_config_load(w);
    }

    ngx_http_eportal_watch_replaced(w);

    if (w->config != NULL && w->portal == NULL) {
        ngx_http_eportal_open(w);
    }
}


void
ngx_http_eportal_watch_replaced(ngx_http_eportal_worker_t *w)
{
    if (w->portal == NULL || !ep_portal_replaced(w->portal)) {
        return;
    }

    ngx_http_eportal_trouble(w, "the database was replaced or removed");
    ngx_http_eportal_loop_close(w);
    ngx_http_eportal_map_drop(&w->commit.map);
}


static void
ngx_http_eportal_config_load(ngx_http_eportal_worker_t *w)
{
    ep_err_t      err;
    ep_config_t  *config;

    ep_err_clear(&err);

    if (ep_config_load(w->config_path, NULL, ngx_http_eportal_log, w, &config,
                       &err)
        != EP_OK)
    {
        ngx_http_eportal_trouble(w, err.msg);
        return;
    }

    ngx_http_eportal_config_use(w, config);
}


/* Threads get the new snapshot with their next job. */

static void
ngx_http_eportal_config_use(ngx_http_eportal_worker_t *w, ep_config_t *config)
{
    if (w->portal != NULL) {
        if (ngx_strcmp(ep_config_base_dir(w->config),
                       ep_config_base_dir(config))
            != 0)
        {
            ngx_http_eportal_loop_close(w);
            ngx_http_eportal_map_drop(&w->commit.map);

        } else {
            ep_portal_set_config(w->portal, config);
        }
    }

    ep_config_unref(w->config);
    w->config = config;
}


static void
ngx_http_eportal_open(ngx_http_eportal_worker_t *w)
{
    ep_err_t  err;

    ep_err_clear(&err);

    if (ep_portal_open(w->config, EP_OPEN_NOWAIT, &w->portal, &err) != EP_OK) {
        ngx_http_eportal_trouble(w, err.msg);
        return;
    }

    ep_portal_set_log(w->portal, ngx_http_eportal_log, w);

    if (w->trouble[0] != '\0') {
        w->trouble[0] = '\0';
        ngx_log_error(NGX_LOG_NOTICE, w->log, 0,
                      "eportal: the database of %s is in use now",
                      ep_config_base_dir(w->config));
    }
}


static void
ngx_http_eportal_trouble(ngx_http_eportal_worker_t *w, const char *text)
{
    if (ngx_strcmp(w->trouble, text) == 0) {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, w->log, 0, "eportal: %s", text);
    ngx_cpystrn((u_char *) w->trouble, (u_char *) text, sizeof(w->trouble));
}


static void
ngx_http_eportal_log(void *ctx, ep_log_level_t level, const char *logger,
    const char *msg)
{
    ngx_http_eportal_worker_t  *w = ctx;

    static ngx_uint_t  levels[] = {
        NGX_LOG_INFO, NGX_LOG_INFO, NGX_LOG_WARN, NGX_LOG_ERR
    };

    ngx_log_error(levels[level], w->log, 0, "%s: %s", logger, msg);
}
