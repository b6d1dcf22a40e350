/* kc.eportal feed: which patchsets a group of keys may have. */

#include <stdio.h>

#include <eportal/feed.h>

#include "cli.h"

enum { ADD, CHANGE, DELETE, AUTO, NO_AUTO, DEPLOY_AFTER, CHANNEL, DRY_RUN };

static const option_t options[] = {
    [ADD] = { 'a', NULL, NULL, "action: add new feed", false },
    [CHANGE] = { 'c', NULL, NULL, "action: change feed", false },
    [DELETE] = { 'd', NULL, NULL, "action: delete feed, its keys move to main",
                 false },
    [AUTO] = { '\0', "auto", NULL, "update feed automatically", false },
    [NO_AUTO] = { '\0', "no-auto", NULL, "don't update feed automatically",
                  false },
    [DEPLOY_AFTER] = { '\0', "deploy-after", "hours",
                       "deploy after specified hours", true },
    [CHANNEL] = { '\0', "channel", "{default,test,unstable}",
                  "which patchsets of the source it gets", false },
    [DRY_RUN] = { '\0', "dry-run", NULL, "only print what would be changed",
                  false },
};

static const column_t columns[] = { { "FEED", "name", COLUMN_TEXT },
                                    { "AUTO", "auto_update", COLUMN_BOOL },
                                    { "DEPLOY AFTER", "deploy_after",
                                      COLUMN_NUMBER },
                                    { "CHANNEL", "channel", COLUMN_TEXT },
                                    { "KEYS", "keys", COLUMN_NUMBER },
                                    { "CREATED", "created", COLUMN_TIME } };


typedef struct {
    table_t *table;
    size_t count;
} listing_t;


static ep_rc_t
add_row(const ep_feed_t *feed, void *ctx, ep_err_t *err)
{
    listing_t *listing = ctx;
    table_t *table = listing->table;

    table_row(table);
    table_text(table, ep_str(feed->name));
    table_bool(table, feed->auto_update);
    table_number(table, feed->deploy_after);
    table_text(table, ep_str(feed->channel));
    table_number(table, feed->keys);
    if (feed->created > 0) {
        table_time(table, feed->created);
    } else {
        table_text(table, EP_STR_NULL); /* main was always there */
    }
    listing->count++;
    return EP_OK;
}


static ep_rc_t
fill(cli_t *cli, ep_str_t name, listing_t *listing, ep_err_t *err)
{
    ep_feed_t feed;
    ep_rc_t rc;

    if (name.n == 0) {
        return ep_feed_list(cli->portal, add_row, listing, err);
    }
    rc = ep_feed_find(cli->portal, name, &feed, err);
    return rc == EP_OK ? add_row(&feed, listing, err) : rc;
}


static ep_rc_t
list(cli_t *cli, const args_t *args, ep_err_t *err)
{
    listing_t listing = { 0 };
    ep_rc_t rc;

    listing.table =
        table_new("feeds", columns, EP_ARRAY_LEN(columns), cli->json);
    if (listing.table == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    rc = fill(cli, args_operand(args), &listing, err);
    if (rc == EP_OK) {
        rc = table_print(listing.table, err);
    }
    if (rc == EP_OK && listing.count == 1 && args->operand_count == 0
        && !cli->json) {
        cli_note("only the default feed is there: add one with `kc.eportal "
                 "feed -a NAME`");
    }
    table_free(listing.table);
    return rc;
}


/* The values of the options into a row; returns what was given. */
static unsigned
take_values(const args_t *args, ep_feed_t *feed)
{
    const char *channel = args_value(args, CHANNEL);
    unsigned set = 0;

    if (args_has(args, AUTO) || args_has(args, NO_AUTO)) {
        feed->auto_update = args_has(args, AUTO);
        set |= EP_FEED_SET_AUTO;
    }
    if (args_has(args, DEPLOY_AFTER)) {
        feed->deploy_after = args_int(args, DEPLOY_AFTER, 0);
        set |= EP_FEED_SET_DEPLOY_AFTER;
    }
    if (channel != NULL) {
        ep_str_copy(ep_str(channel), feed->channel, sizeof(feed->channel));
        set |= EP_FEED_SET_CHANNEL;
    }
    return set;
}


/* What was done to a feed, or would be. */
static void
tell(const cli_t *cli, ep_str_t feed, const char *what)
{
    printf("Feed '%.*s' %s %s\n", EP_STR_ARG(feed),
           cli->dry_run ? "would be" : "was", what);
}


static void
tell_keys(const cli_t *cli, int64_t keys)
{
    if (keys > 0) {
        printf("%lld %s %s to %s\n", (long long) keys,
               keys == 1 ? "key" : "keys",
               cli->dry_run ? "would move"
               : keys == 1  ? "was moved"
                            : "were moved",
               EP_FEED_MAIN);
    }
}


static ep_rc_t
add(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_feed_t feed = { .channel = "default" };
    ep_rc_t rc;

    take_values(args, &feed);
    if (!ep_str_copy(args_operand(args), feed.name, sizeof(feed.name))) {
        return ep_err_set(err, EP_EINVAL, "bad-feed-name",
                          "a feed's name has at most %d characters",
                          EP_FEED_NAME_MAX);
    }
    rc = cli_begin(cli, err);
    if (rc != EP_OK) {
        return rc;
    }
    rc = cli_end(cli, ep_feed_add(cli->portal, &feed, err), err);
    if (rc == EP_OK) {
        tell(cli, ep_str(feed.name), "added");
    }
    return rc;
}


static ep_rc_t
change(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_str_t name = args_operand(args);
    ep_feed_t feed = { 0 };
    unsigned set = take_values(args, &feed);
    ep_rc_t rc;

    if (set == 0) {
        return args_error(err, "nothing to change: give --auto, --no-auto, "
                               "--deploy-after or --channel");
    }
    rc = cli_begin(cli, err);
    if (rc != EP_OK) {
        return rc;
    }
    rc = cli_end(cli, ep_feed_change(cli->portal, name, set, &feed, err), err);
    if (rc == EP_OK) {
        tell(cli, name, "changed");
    }
    return rc;
}


static ep_rc_t
remove_feed(cli_t *cli, ep_str_t name, ep_err_t *err)
{
    ep_feed_t feed = { 0 };
    ep_rc_t rc = cli_begin(cli, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_feed_find(cli->portal, name, &feed, err);
    if (rc == EP_OK) {
        rc = ep_feed_delete(cli->portal, name, err);
    }
    rc = cli_end(cli, rc, err);
    if (rc == EP_OK) {
        tell(cli, ep_str(feed.name), "deleted");
        tell_keys(cli, feed.keys);
    }
    return rc;
}


static ep_rc_t
check(const args_t *args, ep_err_t *err)
{
    int actions =
        args_has(args, ADD) + args_has(args, CHANGE) + args_has(args, DELETE);

    if (actions > 1) {
        return args_error(err, "only one of -a, -c and -d is allowed");
    }
    if (actions == 1 && args_operand(args).n == 0) {
        return args_error(err, "the following arguments are required: feed");
    }
    if (actions == 0 && args->given_count > 0) {
        return args_error(err, "options of a feed need the action -a or -c");
    }
    if (args_has(args, AUTO) && args_has(args, NO_AUTO)) {
        return args_error(err, "argument --no-auto: not allowed with "
                               "argument --auto");
    }
    return EP_OK;
}


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_rc_t rc = check(args, err);

    cli_dry_run(cli, args, DRY_RUN);
    if (rc == EP_OK) {
        rc = cli_open(cli, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (args_has(args, ADD)) {
        return add(cli, args, err);
    }
    if (args_has(args, CHANGE)) {
        return change(cli, args, err);
    }
    if (args_has(args, DELETE)) {
        return remove_feed(cli, args_operand(args), err);
    }
    return list(cli, args, err);
}


/* Without an action it is a list. */
static bool
changes(const args_t *args)
{
    return args_has(args, ADD) || args_has(args, CHANGE)
           || args_has(args, DELETE);
}


const spec_t feed_spec = {
    .summary = "list, add, change and delete feeds",
    .description = "list available feeds by default",
    .options = options,
    .option_count = EP_ARRAY_LEN(options),
    .operand = "feed",
    .operand_help = "feed name",
    .operands_max = 1,
    .lists = true,
    .epilog = "examples:\n"
              "  kc.eportal feed -a test --auto\n"
              "  kc.eportal feed -c test --deploy-after 12",
    .run = run,
    .changes = changes,
};
