/* Servers over HTTP: the list with its filters, statistics, and what all of
 * them share (NEW-API-1, NEW-SRV-1..3, NEW-OVW, SRV-1..4). */

#include "http/servers.h"

#define RECORD_MAX ((size_t) 16 * 1024)
#define PLACES 256 /* a power of two; fleets run fewer levels of kernels */

/* The patchset of a kernel at a level, once it was looked up. */
typedef struct {
    int64_t level; /* 0: not used */
    uint8_t kernel[EP_OBJECT_SIZE];
    char patchset[EP_PATCHSET_NAME_MAX + 1];
} place_t;

struct ep_servers_runs {
    ep_portal_t *portal;
    place_t places[PLACES];
};


static ep_rc_t
read_age(const ep_params_t *params, const char *name, ep_age_t *out,
         ep_err_t *err)
{
    ep_str_t text = ep_str_trim(ep_params_get(params, name));

    if (text.n > 0 && !ep_age_parse(text, out)) {
        return ep_err_set(err, EP_EINVAL, "bad-parameter",
                          "%s is a number of days, or of hours with an h "
                          "behind it; a negative one means: within the last",
                          name);
    }
    return EP_OK;
}


/* One word of a list; the first is empty and means any. */
static ep_rc_t
read_word(const ep_params_t *params, const char *name, const char *const *words,
          int count, int *out, ep_err_t *err)
{
    ep_str_t text = ep_str_trim(ep_params_get(params, name));

    for (int i = 0; i < count; i++) {
        if (ep_str_eq(text, ep_str(words[i]))) {
            *out = i;
            return EP_OK;
        }
    }
    return ep_err_set(err, EP_EINVAL, "bad-parameter",
                      "%s is one of the words that the API's document names",
                      name);
}


static ep_rc_t
read_states(const ep_params_t *params, ep_server_filter_t *out, ep_err_t *err)
{
    bool updated = false, supported = true;
    int state = 0, uptime = 0;
    ep_rc_t rc =
        read_word(params, "state", ep_server_state_names, 4, &state, err);

    if (rc == EP_OK) {
        rc = read_word(params, "uptime", ep_uptime_names, EP_UPTIME_COUNT,
                       &uptime, err);
    }
    if (rc == EP_OK) {
        rc = ep_params_bool(params, "is_updated", &updated, err);
    }
    if (rc == EP_OK) {
        rc = ep_params_bool(params, "is_supported", &supported, err);
    }
    out->state = (ep_server_state_t) state;
    out->uptime = (ep_uptime_t) uptime;
    if (!supported) {
        out->current = EP_CURRENT_UNSUPPORTED;
    } else if (ep_params_get(params, "is_updated").n > 0) {
        out->current = updated ? EP_CURRENT_YES : EP_CURRENT_OUTDATED;
    }
    return rc;
}


static void
read_texts(const ep_params_t *params, ep_server_filter_t *out)
{
    out->hostname = ep_params_get(params, "hostname");
    out->ip = ep_params_get(params, "ip");
    out->server_id = ep_params_get(params, "server_id");
    if (out->server_id.n == 0) {
        out->server_id = ep_params_get(params, "service_id");
    }
    out->key = ep_params_get(params, "key");
    out->feed = ep_params_get(params, "feed");
    out->tag = ep_params_get(params, "tag");
    out->distro = ep_params_get(params, "distro");
    out->distro_version = ep_params_get(params, "distro_version");
    out->machine = ep_params_get(params, "machine");
    out->virt = ep_params_get(params, "virt");
    out->release = ep_params_get(params, "release");
    out->euname = ep_params_get(params, "euname");
    out->kernel_id = ep_params_get(params, "kernel_id");
    out->patchset = ep_params_get(params, "patchset");
    out->search = ep_str_trim(ep_params_get(params, "search"));
}


/* id may repeat: a selection of servers. */
static ep_rc_t
read_ids(ep_call_t *call, ep_server_filter_t *out, ep_err_t *err)
{
    ep_str_t *ids =
        ep_arena_alloc(call->arena, EP_PARAMS_MAX * sizeof(ep_str_t));
    size_t at = 0, n = 0;

    if (ids == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    while (n < EP_PARAMS_MAX
           && ep_params_next(call->params, "id", &at, &ids[n])) {
        n++;
    }
    if (n > 0) {
        out->server_ids = ids;
        out->server_id_count = n;
    }
    return EP_OK;
}


ep_rc_t
ep_servers_filter(ep_call_t *call, ep_server_filter_t *out, bool *any,
                  ep_err_t *err)
{
    static const char *const names[] = {
        "hostname",    "ip",           "server_id",
        "service_id",  "key",          "feed",
        "tag",         "distro",       "distro_version",
        "machine",     "virt",         "release",
        "euname",      "kernel_id",    "patchset",
        "search",      "state",        "uptime",
        "is_updated",  "is_supported", "registered_age",
        "checkin_age", "updated_age",  "patch_level",
        "id"
    };
    ep_rc_t rc = ep_call_params(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    *out = (ep_server_filter_t){ .literal = false };
    read_texts(call->params, out);
    rc = read_age(call->params, "registered_age", &out->registered_age, err);
    if (rc == EP_OK) {
        rc = read_age(call->params, "checkin_age", &out->checkin_age, err);
    }
    if (rc == EP_OK) {
        rc = read_age(call->params, "updated_age", &out->updated_age, err);
    }
    if (rc == EP_OK) {
        rc = read_states(call->params, out, err);
    }
    if (rc == EP_OK) {
        rc = ep_params_int(call->params, "patch_level", 0, INT32_MAX,
                           &out->level, err);
        out->has_level = ep_params_get(call->params, "patch_level").n > 0;
    }
    for (size_t i = 0; any != NULL && i < EP_ARRAY_LEN(names); i++) {
        *any |= ep_str_trim(ep_params_get(call->params, names[i])).n > 0;
    }
    return rc == EP_OK ? read_ids(call, out, err) : rc;
}


void
ep_servers_write_text(ep_json_t *w, const char *name, ep_str_t text)
{
    ep_json_str(w, name, text.n > 0 ? text : EP_STR_NULL);
}


ep_rc_t
ep_servers_runs(ep_call_t *call, ep_servers_runs_t **out, ep_err_t *err)
{
    ep_servers_runs_t *runs = ep_arena_alloc(call->arena, sizeof(*runs));

    if (runs == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    runs->portal = call->portal;
    *out = runs;
    return EP_OK;
}


/* A kernel's hash is as good as any. */
static place_t *
place_of(ep_servers_runs_t *runs, const uint8_t *kernel, int64_t level)
{
    uint32_t hash;

    memcpy(&hash, kernel, sizeof(hash));
    return &runs->places[(hash + (uint32_t) level) & (PLACES - 1)];
}


ep_rc_t
ep_servers_runs_of(ep_servers_runs_t *runs, const ep_server_t *server,
                   ep_str_t *out, ep_err_t *err)
{
    uint8_t kernel[EP_OBJECT_SIZE];
    ep_level_detail_t found = { 0 };
    place_t *place;
    ep_rc_t rc;

    if (server->level <= 0
        || !ep_unhex(server->facts[EP_FACT_KERNEL_ID], kernel, EP_OBJECT_SIZE))
    {
        *out = EP_STR_NULL;
        return EP_OK;
    }
    place = place_of(runs, kernel, server->level);
    if (place->level != server->level
        || memcmp(place->kernel, kernel, EP_OBJECT_SIZE) != 0)
    {
        rc = ep_kernel_level(runs->portal, kernel, server->level, &found, err);
        if (rc != EP_OK && rc != EP_ENOTFOUND) {
            return rc;
        }
        place->level = server->level;
        memcpy(place->kernel, kernel, EP_OBJECT_SIZE);
        memcpy(place->patchset, found.patchset, sizeof(place->patchset));
    }
    *out = ep_str(place->patchset);
    return EP_OK;
}


ep_rc_t
ep_servers_write(ep_json_t *w, ep_servers_runs_t *runs,
                 const ep_server_t *server, ep_err_t *err)
{
    char ip[EP_ADDR_TEXT];
    ep_str_t patchset;
    ep_rc_t rc = ep_servers_runs_of(runs, server, &patchset, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_addr_format(&server->ip, ip);
    ep_json_str(w, "id", server->server_id);
    ep_json_str(w, "server_id", server->server_id);
    ep_servers_write_text(w, "ip", ep_str(ip));
    ep_json_str(w, "key", server->key);
    ep_json_str(w, "feed", server->feed);
    ep_json_time(w, "registered", server->registered);
    ep_json_time(w, "checkin", server->checkin);
    ep_json_time(w, "updated", server->updated);
    ep_servers_write_text(w, "tags", server->tags);
    if (server->uptime >= 0) {
        ep_json_int(w, "uptime", server->uptime);
    } else {
        ep_json_null(w, "uptime");
    }
    ep_json_int(w, "patch_level", server->level);
    ep_servers_write_text(w, "patchset", patchset);
    for (int i = 0; i < EP_FACT_COUNT; i++) {
        ep_servers_write_text(w, ep_fact_names[i], server->facts[i]);
    }
    return EP_OK;
}


typedef struct {
    ep_json_t w;
    ep_servers_runs_t *runs;
} list_t;


static ep_rc_t
add_server(const ep_server_t *server, void *ctx, ep_err_t *err)
{
    list_t *list = ctx;
    ep_rc_t rc;

    ep_json_open(&list->w, NULL, '{');
    rc = ep_servers_write(&list->w, list->runs, server, err);
    ep_json_close(&list->w, '}');
    return rc;
}


static ep_rc_t
read_page(const ep_params_t *params, ep_page_t *page, bool *only_count,
          ep_err_t *err)
{
    ep_str_t sort = ep_str_trim(ep_params_get(params, "sort"));
    ep_rc_t rc;

    page->limit = 10;
    page->cursor = ep_params_get(params, "cursor");
    if (sort.n > 0 && sort.p[0] == '-') {
        page->descending = true;
        sort = (ep_str_t){ sort.p + 1, sort.n - 1 };
    }
    if (sort.n > 0 && !ep_sort_find(sort, &page->sort)) {
        return ep_err_set(err, EP_EINVAL, "bad-parameter",
                          "sort is the name of a column, with a - before it "
                          "for the opposite order");
    }
    rc = ep_params_int(params, "limit", 1, EP_PAGE_MAX, &page->limit, err);
    if (rc == EP_OK) {
        rc = ep_params_int(params, "offset", 0, INT64_MAX, &page->offset, err);
    }
    return rc == EP_OK ? ep_params_bool(params, "only_count", only_count, err)
                       : rc;
}


static ep_rc_t
answer_page(ep_call_t *call, const ep_selection_t *selection,
            const ep_page_t *page, const ep_page_ids_t *ids, ep_err_t *err)
{
    ep_buf_t buf;
    list_t list = { .w = { .buf = &buf } };
    ep_json_t *w = &list.w;
    ep_rc_t rc = ep_servers_runs(call, &list.runs, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&buf, RECORD_MAX * (ids->n + 1));
    ep_json_open(w, NULL, '{');
    ep_json_int(w, "count", ep_selection_count(selection));
    ep_json_int(w, "limit", page->limit);
    ep_json_int(w, "offset", page->offset);
    ep_json_open(w, "result", '[');
    for (size_t i = 0; rc == EP_OK && i < ids->n; i++) {
        rc = ep_server_get(call->portal, ids->ids[i], add_server, &list, err);
    }
    ep_json_close(w, ']');
    ep_json_str(w, "next",
                ids->next[0] != '\0' ? ep_str(ids->next) : EP_STR_NULL);
    ep_json_close(w, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(call, 200, w, err);
}


ep_rc_t
ep_api_servers(ep_call_t *call, ep_err_t *err)
{
    ep_page_ids_t *ids = ep_arena_alloc(call->arena, sizeof(*ids));
    ep_selection_t *selection = NULL;
    ep_server_filter_t filter;
    ep_page_t page = { .sort = EP_SORT_ID };
    bool only_count = false;
    ep_rc_t rc = ep_servers_filter(call, &filter, NULL, err);

    if (rc == EP_OK && ids == NULL) {
        rc = ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    if (rc == EP_OK) {
        rc = read_page(call->params, &page, &only_count, err);
    }
    if (rc == EP_OK) {
        rc = ep_selection_make(call->portal, &filter, call->arena, &selection,
                               err);
    }
    if (rc == EP_OK && !only_count) {
        rc = ep_selection_page(call->portal, selection, &page, ids, err);
    }
    return rc == EP_OK ? answer_page(call, selection, &page, ids, err) : rc;
}


/* ---- statistics ---- */

#define OVERVIEW_MAX ((size_t) 16 * 1024 * 1024)


/* By the products of their keys: agents say nothing else of it. */
static void
write_products(ep_json_t *w, const ep_group_t *row)
{
    ep_json_int(w, "kernelcare_active", row->kernelcare.active);
    ep_json_int(w, "kernelcare_silent", row->kernelcare.silent);
    ep_json_int(w, "libcare_active", row->libcare.active);
    ep_json_int(w, "libcare_silent", row->libcare.silent);
}


static void
write_groups(ep_json_t *w, const char *name, const ep_groups_t *groups,
             bool products)
{
    ep_json_open(w, name, '[');
    for (size_t i = 0; i < groups->n; i++) {
        const ep_group_t *row = &groups->row[i];

        ep_json_open(w, NULL, '{');
        ep_json_str(w, "name", row->name.n > 0 ? row->name : EP_STR("unknown"));
        ep_json_int(w, "total", row->total);
        ep_json_int(w, "active", row->active);
        ep_json_int(w, "silent", row->silent);
        if (products) {
            write_products(w, row);
        }
        ep_json_close(w, '}');
    }
    ep_json_close(w, ']');
}


static void
write_uptimes(ep_json_t *w, const ep_server_stats_t *stats)
{
    ep_json_open(w, "uptime", '{');
    ep_json_int(w, "max", stats->uptime_max);
    ep_json_int(w, "average", stats->uptime_average);
    ep_json_int(w, "median", stats->uptime_median);
    ep_json_open(w, "months", '[');
    for (int i = EP_UPTIME_UNDER_6; i < EP_UPTIME_COUNT; i++) {
        ep_json_open(w, NULL, '{');
        ep_json_str(w, "name", ep_str(ep_uptime_names[i]));
        ep_json_int(w, "total", stats->uptimes[i]);
        ep_json_close(w, '}');
    }
    ep_json_close(w, ']');
    ep_json_close(w, '}');
}


static ep_rc_t
answer_stats(ep_call_t *call, const ep_server_stats_t *stats, ep_err_t *err)
{
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };

    ep_buf_init(&buf, OVERVIEW_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '{');
    ep_json_int(&w, "total", stats->total);
    ep_json_int(&w, "active", stats->active);
    ep_json_int(&w, "silent", stats->silent);
    ep_json_int(&w, "never", stats->never);
    ep_json_int(&w, "updated", stats->current);
    ep_json_int(&w, "outdated", stats->outdated);
    ep_json_int(&w, "unsupported", stats->unsupported);
    write_uptimes(&w, stats);
    write_groups(&w, "keys", &stats->keys, false);
    write_groups(&w, "feeds", &stats->feeds, false);
    write_groups(&w, "distros", &stats->distros, true);
    write_groups(&w, "kernels", &stats->releases, true);
    write_groups(&w, "effective_kernels", &stats->eunames, false);
    write_groups(&w, "machines", &stats->machines, false);
    write_groups(&w, "virts", &stats->virts, false);
    ep_json_close(&w, '}');
    ep_json_close(&w, '}');
    return ep_answer_written(call, 200, &w, err);
}


ep_rc_t
ep_api_overview(ep_call_t *call, ep_err_t *err)
{
    ep_selection_t *selection = NULL;
    ep_server_stats_t stats;
    ep_server_filter_t filter;
    ep_rc_t rc = ep_servers_filter(call, &filter, NULL, err);

    if (rc == EP_OK) {
        rc = ep_selection_make(call->portal, &filter, call->arena, &selection,
                               err);
    }
    if (rc == EP_OK) {
        rc = ep_selection_stats(call->portal, selection, call->arena, &stats,
                                err);
    }
    return rc == EP_OK ? answer_stats(call, &stats, err) : rc;
}
