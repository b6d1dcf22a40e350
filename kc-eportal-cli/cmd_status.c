/* kc.eportal status: how the portal is, on one screen. */

#include <stdio.h>
#include <sys/statvfs.h>

#include <eportal/daemon.h>
#include <eportal/feed.h>
#include <eportal/patchset.h>
#include <eportal/server.h>
#include <eportal/source.h>

#include "cli.h"

static const column_t columns[] = { { "ITEM", "item", COLUMN_TEXT },
                                    { "VALUE", "value", COLUMN_TEXT } };

typedef struct {
    cli_t *cli;
    table_t *table;
    char newest[EP_PATCHSET_NAME_MAX + 1]; /* in it, of one product */
    int64_t missing;
} status_t;


static void
add(status_t *s, const char *item, const char *value)
{
    table_row(s->table);
    table_text(s->table, ep_str(item));
    table_text(s->table, ep_str(value));
}


static void
add_number(status_t *s, const char *item, int64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long) number);
    add(s, item, text);
}


static void
add_time(status_t *s, const char *item, int64_t time_us)
{
    table_row(s->table);
    table_text(s->table, ep_str(item));
    table_time(s->table, time_us);
}


static ep_rc_t
count_missing(const ep_update_t *update, void *ctx, ep_err_t *err)
{
    status_t *s = ctx;

    s->missing++;
    return EP_OK;
}


static ep_rc_t
add_source(status_t *s, ep_err_t *err)
{
    const ep_config_t *cfg = s->cli->cfg;
    ep_job_t poll = { .name = "" };
    ep_rc_t rc = EP_OK;

    if (!ep_source_configured(cfg)) {
        add(s, "patch source", "none");
        return EP_OK;
    }
    add(s, "patch source", ep_config_string(cfg, EP_PATCH_SOURCE_URL));
    if (ep_job_find(s->cli->portal, EP_STR("poll"), &poll, NULL) == EP_OK) {
        add_time(s, "last poll", poll.ended);
        add(s, "its result", poll.result);
    }
    for (int p = 0; rc == EP_OK && p < EP_PRODUCT_COUNT; p++) {
        if (ep_product_info((ep_product_t) p)->tree != NULL) {
            rc = ep_source_list_missing(s->cli->portal, (ep_product_t) p,
                                        count_missing, s, err);
        }
    }
    if (rc == EP_OK) {
        add_number(s, "to be downloaded", s->missing);
    }
    return rc;
}


/* The list is from the oldest to the newest. */
static ep_rc_t
note_newest(const ep_patchset_t *patchset, void *ctx, ep_err_t *err)
{
    status_t *s = ctx;

    if (patchset->state == EP_STATE_ENABLED) {
        ep_str_copy(patchset->name, s->newest, sizeof(s->newest));
    }
    return EP_OK;
}


static ep_rc_t
add_feed(status_t *s, const char *feed, ep_err_t *err)
{
    char item[EP_FEED_NAME_MAX + 32];
    ep_rc_t rc = EP_OK;

    for (int p = 0; rc == EP_OK && p < EP_PRODUCT_COUNT; p++) {
        const ep_product_info_t *info = ep_product_info((ep_product_t) p);

        if (info->tree == NULL) {
            continue;
        }
        s->newest[0] = '\0';
        rc = ep_patchset_list(s->cli->portal, (ep_product_t) p, ep_str(feed),
                              note_newest, s, err);
        if (rc == EP_OK && s->newest[0] != '\0') {
            snprintf(item, sizeof(item), "feed %s, %s", feed, info->cli);
            add(s, item, s->newest);
        }
    }
    return rc;
}


typedef struct {
    ep_arena_t *arena;
    const char **names;
    size_t count, size;
} names_t;


/* The list of feeds must be done before one is looked up. */
static ep_rc_t
keep_name(const ep_feed_t *feed, void *ctx, ep_err_t *err)
{
    names_t *names = ctx;

    if (names->count == names->size) {
        size_t size = names->size > 0 ? 2 * names->size : 16;
        const char **more = ep_arena_alloc(names->arena, size * sizeof(*more));

        if (more == NULL) {
            return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
        }
        for (size_t i = 0; i < names->count; i++) {
            more[i] = names->names[i];
        }
        names->names = more;
        names->size = size;
    }
    names->names[names->count] =
        ep_arena_strdup(names->arena, ep_str(feed->name));
    if (names->names[names->count] == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    names->count++;
    return EP_OK;
}


static ep_rc_t
add_feeds(status_t *s, ep_err_t *err)
{
    names_t names = { .arena = s->cli->arena };
    ep_rc_t rc = ep_feed_list(s->cli->portal, keep_name, &names, err);

    for (size_t i = 0; rc == EP_OK && i < names.count; i++) {
        rc = add_feed(s, names.names[i], err);
    }
    return rc;
}


static ep_rc_t
add_servers(status_t *s, ep_err_t *err)
{
    int64_t age = ep_config_int(s->cli->cfg, EP_INACTIVE_SERVER_AGE);
    int64_t now = ep_portal_now(s->cli->portal);
    int64_t total = 0;
    int64_t silent = 0;
    ep_rc_t rc = ep_server_count(s->cli->portal,
                                 age < now / 1000000 ? now - age * 1000000 : 0,
                                 &total, &silent, err);

    if (rc == EP_OK) {
        add_number(s, "servers, active", total - silent);
        add_number(s, "servers, silent", silent);
    }
    return rc;
}


static ep_rc_t
add_disk(status_t *s, ep_err_t *err)
{
    const char *dir = ep_config_patches_dir(s->cli->cfg);
    struct statvfs st;
    char text[32];

    if (statvfs(dir, &st) != 0) {
        return ep_err_errno(err, "disk", "cannot look at the disk of %s", dir);
    }
    snprintf(text, sizeof(text), "%.1f GiB",
             (double) st.f_bavail * (double) st.f_frsize / (1 << 30));
    add(s, "disk, free", text);
    return EP_OK;
}


static ep_rc_t
fill(status_t *s, ep_err_t *err)
{
    ep_rc_t rc;

    add(s, "data", ep_config_base_dir(s->cli->cfg));
    add(s, "daemon",
        ep_daemon_running(s->cli->cfg) ? "running" : "not running");
    rc = add_disk(s, err);
    if (rc == EP_OK) {
        rc = add_source(s, err);
    }
    if (rc == EP_OK) {
        rc = add_feeds(s, err);
    }
    return rc == EP_OK ? add_servers(s, err) : rc;
}


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    status_t s = { .cli = cli };
    ep_rc_t rc = cli_open(cli, err);

    if (rc != EP_OK) {
        return rc;
    }
    s.table = table_new("status", columns, EP_ARRAY_LEN(columns), cli->json);
    if (s.table == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    rc = fill(&s, err);
    if (rc == EP_OK) {
        rc = table_print(s.table, err);
    }
    table_free(s.table);
    return rc;
}


const spec_t status_spec = {
    .summary = "show how the portal is, on one screen",
    .description = "show the daemon, the disk, the patch source, the newest "
                   "enabled patchset of each feed, and how many servers are "
                   "active and silent (for INACTIVE_SERVER_AGE)",
    .lists = true,
    .run = run,
};
