/* kc.eportal status: how the portal is, on one screen. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <eportal/feed.h>
#include <eportal/server.h>
#include <eportal/status.h>

#include "cli.h"

static const column_t columns[] = { { "ITEM", "item", COLUMN_TEXT },
                                    { "VALUE", "value", COLUMN_TEXT } };

/* The same items are rows of a table for people and typed members of one
 * object for programs. */
typedef struct {
    cli_t *cli;
    table_t *table; /* NULL: JSON */
    FILE *out;      /* of the JSON: in memory, all of it or nothing is shown */
    bool more;      /* a member of the JSON object is before the next */
    bool listed;    /* the same of the list of warnings */
    char newest[EP_PATCHSET_NAME_MAX + 1]; /* of one feed and product */
    ep_status_t now;
} status_t;


/* Text between quotes, with what JSON wants escaped. */
static void
json_text(FILE *out, const char *text)
{
    putc('"', out);
    for (const char *p = text; *p != '\0'; p++) {
        if ((unsigned char) *p < 0x20) {
            fprintf(out, "\\u%04x", (unsigned) (unsigned char) *p);
        } else {
            if (*p == '"' || *p == '\\') {
                putc('\\', out);
            }
            putc(*p, out);
        }
    }
    putc('"', out);
}


static void
json_key(status_t *s, const char *key)
{
    fprintf(s->out, "%s\n      \"%s\": ", s->more ? "," : "", key);
    s->more = true;
}


/* value NULL: there is none. */
static void
add_text(status_t *s, const char *item, const char *key, const char *value)
{
    if (s->table != NULL) {
        table_row(s->table);
        table_text(s->table, ep_str(item));
        table_text(s->table, ep_str(value != NULL ? value : "none"));
        return;
    }
    json_key(s, key);
    if (value != NULL) {
        json_text(s->out, value);
    } else {
        fputs("null", s->out);
    }
}


/* yes and no: its values for people. */
static void
add_bool(status_t *s, const char *item, const char *key, bool value,
         const char *yes, const char *no)
{
    if (s->table != NULL) {
        add_text(s, item, key, value ? yes : no);
        return;
    }
    json_key(s, key);
    fputs(value ? "true" : "false", s->out);
}


static void
add_number(status_t *s, const char *item, const char *key, int64_t number)
{
    if (s->table != NULL) {
        table_row(s->table);
        table_text(s->table, ep_str(item));
        table_number(s->table, number);
        return;
    }
    json_key(s, key);
    fprintf(s->out, "%lld", (long long) number);
}


static void
add_time(status_t *s, const char *item, const char *key, int64_t time_us)
{
    time_t seconds = (time_t) (time_us / 1000000);
    char text[32] = "";
    struct tm tm;

    if (s->table != NULL) {
        table_row(s->table);
        table_text(s->table, ep_str(item));
        table_time(s->table, time_us);
        return;
    }
    if (time_us > 0 && gmtime_r(&seconds, &tm) != NULL) {
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    }
    add_text(s, item, key, text[0] != '\0' ? text : NULL);
}


static void
add_source(status_t *s)
{
    const ep_status_t *now = &s->now;

    add_text(s, "patch source", "patch_source", now->source);
    if (now->source == NULL) {
        return;
    }
    add_bool(s, "cache mode", "cache_mode",
             ep_config_bool(s->cli->cfg, EP_CACHE_MODE), "on", "off");
    if (now->last_poll != 0 || now->poll_result[0] != '\0') {
        add_time(s, "last poll", "last_poll", now->last_poll);
        add_text(s, "its result", "last_poll_result", now->poll_result);
        add_time(s, "last good poll", "last_good_poll", now->last_good_poll);
    }
    add_number(s, "to be downloaded", "to_be_downloaded", now->missing);
}


/* The newest patchset that the feed has enabled, "" for none. */
static ep_rc_t
find_newest(status_t *s, ep_product_t product, const char *feed, ep_err_t *err)
{
    return ep_status_newest(s->cli->portal, product, ep_str(feed), s->newest,
                            err);
}


/* Rows of a feed: one for each product that it has something of. */
static ep_rc_t
add_feed_rows(status_t *s, const char *feed, ep_err_t *err)
{
    char item[EP_FEED_NAME_MAX + 32];
    bool any = false;
    ep_rc_t rc = EP_OK;

    for (int p = 0; rc == EP_OK && p < EP_PRODUCT_COUNT; p++) {
        rc = find_newest(s, (ep_product_t) p, feed, err);
        if (rc == EP_OK && s->newest[0] != '\0') {
            snprintf(item, sizeof(item), "feed %s, %s", feed,
                     ep_product_info((ep_product_t) p)->cli);
            add_text(s, item, NULL, s->newest);
            any = true;
        }
    }
    if (rc == EP_OK && !any) {
        snprintf(item, sizeof(item), "feed %s", feed);
        add_text(s, item, NULL, NULL);
    }
    return rc;
}


/* {"name": "main", "newest": {"kcare": "K20210129_01"}} */
static ep_rc_t
add_feed_object(status_t *s, const char *feed, ep_err_t *err)
{
    const char *comma = "";
    ep_rc_t rc = EP_OK;

    fputs("{\"name\": ", s->out);
    json_text(s->out, feed);
    fputs(", \"newest\": {", s->out);
    for (int p = 0; rc == EP_OK && p < EP_PRODUCT_COUNT; p++) {
        rc = find_newest(s, (ep_product_t) p, feed, err);
        if (rc == EP_OK && s->newest[0] != '\0') {
            fprintf(s->out, "%s\"%s\": ", comma,
                    ep_product_info((ep_product_t) p)->cli);
            json_text(s->out, s->newest);
            comma = ", ";
        }
    }
    fputs("}}", s->out);
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

    if (rc == EP_OK && s->table == NULL) {
        json_key(s, "feeds");
        putc('[', s->out);
    }
    for (size_t i = 0; rc == EP_OK && i < names.count; i++) {
        if (s->table != NULL) {
            rc = add_feed_rows(s, names.names[i], err);
        } else {
            fprintf(s->out, "%s\n         ", i > 0 ? "," : "");
            rc = add_feed_object(s, names.names[i], err);
        }
    }
    if (rc == EP_OK && s->table == NULL) {
        fputs("\n      ]", s->out);
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
        add_number(s, "servers, active", "servers_active", total - silent);
        add_number(s, "servers, silent", "servers_silent", silent);
    }
    return rc;
}


static void
add_strays(status_t *s)
{
    add_number(s, "tokens, undecodable", "undecodable_tokens",
               s->now.strays.undecodable);
    add_number(s, "requests of unknown servers", "unknown_servers",
               s->now.strays.unknown);
}


static void
add_disk(status_t *s)
{
    uint64_t bytes = s->now.disk.free;
    char text[32];

    snprintf(text, sizeof(text), "%.1f GiB", (double) bytes / (1 << 30));
    if (s->table != NULL) {
        add_text(s, "disk, free", NULL, text);
    } else {
        add_number(s, NULL, "disk_free", (int64_t) bytes);
    }
}


static void
add_warning(const char *code, const char *message, void *ctx)
{
    status_t *s = ctx;

    if (s->table != NULL) {
        add_text(s, "WARNING", NULL, message);
        return;
    }
    fprintf(s->out, "%s{\"code\": ", s->listed ? ", " : "");
    json_text(s->out, code);
    fputs(", \"message\": ", s->out);
    json_text(s->out, message);
    putc('}', s->out);
    s->listed = true;
}


static void
add_warnings(status_t *s)
{
    if (s->table == NULL) {
        json_key(s, "warnings");
        putc('[', s->out);
    }
    ep_status_warnings(s->cli->cfg, add_warning, s);
    if (s->table == NULL) {
        putc(']', s->out);
    }
}


static ep_rc_t
fill(status_t *s, ep_err_t *err)
{
    ep_rc_t rc = ep_status_get(s->cli->portal, &s->now, err);

    if (rc != EP_OK) {
        return rc;
    }
    add_warnings(s);
    add_text(s, "data", "data", s->now.data);
    add_bool(s, "daemon", "daemon", s->now.daemon, "running", "not running");
    add_disk(s);
    add_source(s);
    rc = add_feeds(s, err);
    if (rc == EP_OK) {
        rc = add_servers(s, err);
    }
    if (rc == EP_OK) {
        add_strays(s);
    }
    return rc;
}


static ep_rc_t
print_json(status_t *s, ep_err_t *err)
{
    char *text = NULL;
    size_t size = 0;
    ep_rc_t rc;

    s->out = open_memstream(&text, &size);
    if (s->out == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    fputs("{\n   \"status\": {", s->out);
    rc = fill(s, err);
    fputs("\n   }\n}\n", s->out);
    if (fclose(s->out) != 0 && rc == EP_OK) {
        rc = ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    if (rc == EP_OK) {
        fwrite(text, 1, size, stdout);
    }
    free(text);
    return rc;
}


static ep_rc_t
print_table(status_t *s, ep_err_t *err)
{
    ep_rc_t rc;

    s->table = table_new("status", columns, EP_ARRAY_LEN(columns), false);
    if (s->table == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    rc = fill(s, err);
    if (rc == EP_OK) {
        rc = table_print(s->table, err);
    }
    table_free(s->table);
    return rc;
}


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    status_t s = { .cli = cli };
    ep_rc_t rc = cli_open(cli, err);

    if (rc != EP_OK) {
        return rc;
    }
    return cli->json ? print_json(&s, err) : print_table(&s, err);
}


const spec_t status_spec = {
    .summary = "show how the portal is, on one screen",
    .description = "show the daemon, the disk, the patch source, the newest "
                   "enabled patchset of each feed, how many servers are "
                   "active and silent (for INACTIVE_SERVER_AGE), and how many "
                   "requests of agents could not be understood, or came from "
                   "servers that are not registered",
    .lists = true,
    .run = run,
};
