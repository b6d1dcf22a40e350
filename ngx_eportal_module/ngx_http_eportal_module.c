/*
 * Directives and life of the module: nothing is opened before init_process,
 * because the master runs as root and SQLite does not survive a fork.
 */

#include "ngx_http_eportal_module.h"


static void *ngx_http_eportal_create_main_conf(ngx_conf_t *cf);
static void *ngx_http_eportal_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_eportal_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_eportal_set(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_http_eportal_set_config(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_int_t ngx_http_eportal_add_variables(ngx_conf_t *cf);
static ngx_int_t ngx_http_eportal_patches_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_eportal_init_process(ngx_cycle_t *cycle);
static void ngx_http_eportal_exit_process(ngx_cycle_t *cycle);


static ngx_command_t  ngx_http_eportal_commands[] = {

    { ngx_string("eportal"),
      NGX_HTTP_LOC_CONF|NGX_CONF_FLAG,
      ngx_http_eportal_set,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_eportal_loc_conf_t, enable),
      NULL },

    { ngx_string("eportal_config"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_eportal_set_config,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_eportal_module_ctx = {
    ngx_http_eportal_add_variables,        /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_http_eportal_create_main_conf,     /* create main configuration */
    NULL,                                  /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_eportal_create_loc_conf,      /* create location configuration */
    ngx_http_eportal_merge_loc_conf        /* merge location configuration */
};


ngx_module_t  ngx_http_eportal_module = {
    NGX_MODULE_V1,
    &ngx_http_eportal_module_ctx,          /* module context */
    ngx_http_eportal_commands,             /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_http_eportal_init_process,         /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_eportal_exit_process,         /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


/* by ep_pool_t */

static ngx_str_t  ngx_http_eportal_pools[] = {
    ngx_string("eportal_db"),
    ngx_string("eportal_auth"),
    ngx_string("eportal_net")
};

static ngx_str_t  ngx_http_eportal_patches = ngx_string("eportal_patches");


ngx_http_eportal_worker_t *
ngx_http_eportal_worker(ngx_http_request_t *r)
{
    ngx_http_eportal_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_eportal_module);

    return mcf->worker;
}


static void *
ngx_http_eportal_create_main_conf(ngx_conf_t *cf)
{
    /*
     * set by ngx_pcalloc():
     *
     *     conf->config = { 0, NULL };
     *     conf->pools = { NULL };
     *     conf->worker = NULL;
     */

    return ngx_pcalloc(cf->pool, sizeof(ngx_http_eportal_main_conf_t));
}


static void *
ngx_http_eportal_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_eportal_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_eportal_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    conf->enable = NGX_CONF_UNSET;

    return conf;
}


static char *
ngx_http_eportal_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_eportal_loc_conf_t  *prev = parent;
    ngx_http_eportal_loc_conf_t  *conf = child;

    ngx_conf_merge_value(conf->enable, prev->enable, 0);

    return NGX_CONF_OK;
}


static char *
ngx_http_eportal_set(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char                          *rv;
    ngx_uint_t                     i;
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_eportal_loc_conf_t   *elcf = conf;
    ngx_http_eportal_main_conf_t  *mcf;

    rv = ngx_conf_set_flag_slot(cf, cmd, conf);
    if (rv != NGX_CONF_OK || !elcf->enable) {
        return rv;
    }

    /* a pool that nobody declared stops nginx -t with its name */

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_eportal_module);

    for (i = 0; i < EP_POOL_COUNT; i++) {
        mcf->pools[i] = ngx_thread_pool_add(cf, &ngx_http_eportal_pools[i]);
        if (mcf->pools[i] == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    mcf->zone = ngx_http_eportal_counters_zone(cf);
    if (mcf->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_eportal_handler;

    return NGX_CONF_OK;
}


static char *
ngx_http_eportal_set_config(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                     *value;
    ngx_http_eportal_main_conf_t  *mcf = conf;

    if (mcf->config.data != NULL) {
        return "is duplicate";
    }

    value = cf->args->elts;
    mcf->config = value[1];

    /* makes it absolute and ends it with a NUL */

    if (ngx_conf_full_name(cf->cycle, &mcf->config, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_eportal_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var;

    var = ngx_http_add_variable(cf, &ngx_http_eportal_patches,
                                NGX_HTTP_VAR_NOHASH);
    if (var == NULL) {
        return NGX_ERROR;
    }

    var->get_handler = ngx_http_eportal_patches_variable;

    return NGX_OK;
}


/* The directory that PATCHES_DIR names now, for `alias`. */

static ngx_int_t
ngx_http_eportal_patches_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                     *p;
    size_t                      len;
    const char                 *dir;
    ngx_http_eportal_worker_t  *w;

    w = ngx_http_eportal_worker(r);

    if (w == NULL || w->config == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    dir = ep_config_patches_dir(w->config);
    len = ngx_strlen(dir);

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(p, dir, len);

    v->len = len;
    v->data = p;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_eportal_init_process(ngx_cycle_t *cycle)
{
    ngx_http_eportal_worker_t     *w;
    ngx_http_eportal_main_conf_t  *mcf;

    /* cache manager and loader come here too */

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_eportal_module);
    if (mcf == NULL || mcf->pools[EP_POOL_DB] == NULL) {
        return NGX_OK;
    }

    w = ngx_pcalloc(cycle->pool, sizeof(ngx_http_eportal_worker_t));
    if (w == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(w->pools, mcf->pools, sizeof(w->pools));
    w->counters = mcf->zone->data;
    w->log = cycle->log;
    w->config_path = (char *) mcf->config.data;

    ngx_http_eportal_commit_init(w);
    ngx_http_eportal_cache_init(w);
    ngx_http_eportal_watch_init(w);
    ngx_http_eportal_loop_init(w);

    mcf->worker = w;

    return NGX_OK;
}


/* The pool's threads have ended: nginx's own module is before this one. */

static void
ngx_http_eportal_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_eportal_worker_t     *w;
    ngx_http_eportal_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_eportal_module);
    if (mcf == NULL || mcf->worker == NULL) {
        return;
    }

    w = mcf->worker;
    mcf->worker = NULL;

    ngx_http_eportal_commit_exit(w);
    ngx_http_eportal_cache_exit(w);
    ngx_http_eportal_loop_close(w);
    ngx_http_eportal_close_portals(w);

    ep_config_unref(w->config);
    w->config = NULL;

    ep_arena_free(w->arena);
    w->arena = NULL;

    if (w->warm_fd != NGX_INVALID_FILE) {
        (void) ngx_close_file(w->warm_fd);
    }
}
