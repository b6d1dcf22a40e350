/* Feeds, keys and users: eportal/feed.h, key.h and user.h. */

#include "store.h"

#define KERNEL "9b9a8aa84cb0f9f9aea6eb70a7693b49b2e6849f"


static void
find_key(store_t *s, const char *name, ep_key_t *out)
{
    assert_ok(ep_key_find(s->portal, ep_str(name), out, &err));
}


static void
new_keys_are_bound_to_main(void **state)
{
    store_t *s = *state;
    ep_key_t key;

    begin(s);
    add_feed(s, "test");
    add_key(s, "plain", NULL, 0);
    add_key(s, "bound", "test", 0);
    key = (ep_key_t){ .key = "lost", .feed = "nowhere" };
    assert_refused(ep_key_add(s->portal, &key, &err), EP_ENOTFOUND,
                   "feed-not-found");
    commit(s);
    find_key(s, "plain", &key);
    assert_string_equal(key.feed, "main");
    find_key(s, "bound", &key);
    assert_string_equal(key.feed, "test");
}


static void
deleted_feed_leaves_its_keys_to_main(void **state)
{
    store_t *s = *state;
    ep_feed_t feed;
    ep_key_t key;

    begin(s);
    add_feed(s, "test");
    add_key(s, "one", "test", 0);
    add_key(s, "two", "test", 0);
    assert_ok(ep_feed_find(s->portal, EP_STR("test"), &feed, &err));
    assert_int_equal(feed.keys, 2);
    assert_ok(ep_feed_delete(s->portal, EP_STR("test"), &err));
    commit(s);
    find_key(s, "one", &key);
    assert_string_equal(key.feed, "main");
    find_key(s, "two", &key);
    assert_string_equal(key.feed, "main");
    assert_refused(ep_feed_find(s->portal, EP_STR("test"), &feed, &err),
                   EP_ENOTFOUND, "feed-not-found");
}


static void
main_stays_as_it_is(void **state)
{
    store_t *s = *state;
    ep_feed_t feed = { .name = "main", .channel = "default" };

    begin(s);
    assert_refused(ep_feed_add(s->portal, &feed, &err), EP_EEXISTS,
                   "feed-exists");
    assert_refused(ep_feed_change(s->portal, EP_STR("main"), EP_FEED_SET_AUTO,
                                  &feed, &err),
                   EP_EINVAL, "main-feed");
    assert_refused(ep_feed_delete(s->portal, EP_STR("main"), &err), EP_EINVAL,
                   "main-feed");
    commit(s);
}


static void
feed_options_are_kept(void **state)
{
    store_t *s = *state;
    ep_feed_t feed = { .auto_update = true,
                       .deploy_after = 12,
                       .channel = "unstable" };

    begin(s);
    add_feed(s, "test");
    assert_ok(ep_feed_change(s->portal, EP_STR("test"),
                             EP_FEED_SET_DEPLOY_AFTER, &feed, &err));
    commit(s);
    assert_ok(ep_feed_find(s->portal, EP_STR("test"), &feed, &err));
    assert_int_equal(feed.deploy_after, 12);
    assert_false(feed.auto_update);
    assert_string_equal(feed.channel, "default");
    begin(s);
    feed.deploy_after = 8761;
    assert_refused(ep_feed_change(s->portal, EP_STR("test"),
                                  EP_FEED_SET_DEPLOY_AFTER, &feed, &err),
                   EP_EINVAL, "bad-deploy-after");
    commit(s);
}


static void
feed_has_a_channel(void **state)
{
    static const char *const channels[] = { "default", "test", "unstable" };
    store_t *s = *state;
    ep_feed_t feed = { .name = "f" };

    begin(s);
    assert_ok(ep_feed_add(s->portal, &feed, &err));
    for (size_t i = 0; i < EP_ARRAY_LEN(channels); i++) {
        ep_str_copy(ep_str(channels[i]), feed.channel, sizeof(feed.channel));
        assert_ok(ep_feed_change(s->portal, EP_STR("f"), EP_FEED_SET_CHANNEL,
                                 &feed, &err));
        assert_ok(ep_feed_find(s->portal, EP_STR("f"), &feed, &err));
        assert_string_equal(feed.channel, channels[i]);
    }
    ep_str_copy(EP_STR("beta"), feed.channel, sizeof(feed.channel));
    assert_refused(ep_feed_change(s->portal, EP_STR("f"), EP_FEED_SET_CHANNEL,
                                  &feed, &err),
                   EP_EINVAL, "bad-channel");
    commit(s);
}


static void
feed_names_are_no_addresses(void **state)
{
    static const char *const bad[] = {
        "",
        "a b",
        "a/b",
        ".",
        "..",
        "admin",
        "API",
        "Userspace",
        "_eportal",
        "set-patch-server",
        "x\n",
        "\xc3\xa9",
        "012345678901234567890123456789012",
    };
    static const char *const good[] = { "test", "12h", "a.b-C_9",
                                        "01234567890123456789012345678901" };
    store_t *s = *state;

    begin(s);
    for (size_t i = 0; i < EP_ARRAY_LEN(bad); i++) {
        ep_feed_t feed = { .channel = "default" };

        snprintf(feed.name, sizeof(feed.name), "%s", bad[i]);
        if (strlen(bad[i]) < sizeof(feed.name)) {
            assert_refused(ep_feed_add(s->portal, &feed, &err), EP_EINVAL,
                           "bad-feed-name");
        }
    }
    for (size_t i = 0; i < EP_ARRAY_LEN(good); i++) {
        add_feed(s, good[i]);
    }
    commit(s);
}


static ep_rc_t
join_feeds(const ep_feed_t *feed, void *ctx, ep_err_t *unused)
{
    char *names = ctx;
    size_t n = strlen(names);

    snprintf(names + n, 200 - n, "%s ", feed->name);
    return EP_OK;
}


static void
lists_are_in_order(void **state)
{
    store_t *s = *state;
    char names[200] = "";

    begin(s);
    add_feed(s, "zoo");
    add_feed(s, "alpha");
    commit(s);
    assert_ok(ep_feed_list(s->portal, join_feeds, names, &err));
    assert_string_equal(names, "main alpha zoo ");
}


static void
empty_key_is_generated(void **state)
{
    store_t *s = *state;
    ep_key_t a = { .key = "" }, b = { .key = "" };

    begin(s);
    assert_ok(ep_key_add(s->portal, &a, &err));
    assert_ok(ep_key_add(s->portal, &b, &err));
    commit(s);
    assert_int_equal(strlen(a.key), 16);
    assert_int_equal(strspn(a.key, "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
                     16);
    assert_string_not_equal(a.key, b.key);
    assert_true(has_key(s->portal, a.key));
}


static void
keys_are_checked(void **state)
{
    static const char *const bad[] = { "a b", "a/b", "..", "x;y", "a\n" };
    store_t *s = *state;
    ep_key_t key;

    begin(s);
    for (size_t i = 0; i < EP_ARRAY_LEN(bad); i++) {
        key = (ep_key_t){ 0 };
        ep_str_copy(ep_str(bad[i]), key.key, sizeof(key.key));
        assert_refused(ep_key_add(s->portal, &key, &err), EP_EINVAL, "bad-key");
    }
    add_key(s, "k", NULL, 0);
    key = (ep_key_t){ .key = "k" };
    assert_refused(ep_key_add(s->portal, &key, &err), EP_EEXISTS, "key-exists");
    key = (ep_key_t){ .key = "l", .server_limit = -1 };
    assert_refused(ep_key_add(s->portal, &key, &err), EP_EINVAL,
                   "bad-server-limit");
    key = (ep_key_t){ .key = "l", .has_note = true, .note = "\xff" };
    assert_refused(ep_key_add(s->portal, &key, &err), EP_EINVAL, "bad-note");
    assert_refused(ep_key_change(s->portal, EP_STR("no"), 0, &key, &err),
                   EP_ENOTFOUND, "key-not-found");
    commit(s);
}


static void
key_changes_what_is_named(void **state)
{
    store_t *s = *state;
    ep_key_t key = { .has_note = true, .note = "n", .server_limit = 7 };

    begin(s);
    add_key(s, "k", NULL, 3);
    assert_ok(
        ep_key_change(s->portal, EP_STR("k"), EP_KEY_SET_NOTE, &key, &err));
    commit(s);
    find_key(s, "k", &key);
    assert_string_equal(key.note, "n");
    assert_int_equal(key.server_limit, 3);
}


static void
key_has_products(void **state)
{
    unsigned mixed =
        EP_PRODUCT_BIT(EP_PRODUCT_USER) | EP_PRODUCT_BIT(EP_PRODUCT_ESU);
    store_t *s = *state;
    ep_caller_t caller;
    ep_key_t key;

    begin(s);
    add_key(s, "k", NULL, 0);
    add_server(s, "k", "a");
    assert_ok(ep_server_caller(s->portal, EP_STR("a"), &caller, &err));
    assert_int_equal(caller.products, EP_PRODUCTS_DEFAULT);
    key = (ep_key_t){ .products = mixed };
    assert_ok(
        ep_key_change(s->portal, EP_STR("k"), EP_KEY_SET_PRODUCTS, &key, &err));
    assert_ok(ep_server_caller(s->portal, EP_STR("a"), &caller, &err));
    assert_int_equal(caller.products, mixed);
    find_key(s, "k", &key);
    assert_int_equal(key.products, mixed);
    assert_false(key.default_products);
    key = (ep_key_t){ .products = 1u << 30 };
    assert_refused(
        ep_key_change(s->portal, EP_STR("k"), EP_KEY_SET_PRODUCTS, &key, &err),
        EP_EINVAL, "bad-products");
    key = (ep_key_t){ .default_products = true };
    assert_ok(
        ep_key_change(s->portal, EP_STR("k"), EP_KEY_SET_PRODUCTS, &key, &err));
    find_key(s, "k", &key);
    assert_true(key.default_products);
    assert_int_equal(key.products, EP_PRODUCTS_DEFAULT);
    commit(s);
}


static ep_rc_t
count_usage(const ep_usage_row_t *row, void *ctx, ep_err_t *unused)
{
    *(int64_t *) ctx += row->servers;
    return EP_OK;
}


static void
deleted_key_takes_its_servers(void **state)
{
    store_t *s = *state;
    int64_t servers = 0, used = 0;
    ep_server_report_t report = { .time = 1, .uptime = -1, .level = 2 };
    ep_caller_t caller;
    ep_key_t key;

    report.facts[EP_FACT_KERNEL_ID] = EP_STR(KERNEL);
    begin(s);
    add_key(s, "gone", NULL, 0);
    add_key(s, "kept", NULL, 0);
    add_server(s, "gone", "a");
    add_server(s, "gone", "b");
    add_server(s, "kept", "c");
    for (report.server = 1; report.server <= 3; report.server++) {
        assert_ok(ep_server_checkin(s->portal, &report, &err));
    }
    assert_ok(ep_key_delete(s->portal, EP_STR("gone"), &servers, &err));
    commit(s);
    assert_int_equal(servers, 2);
    assert_refused(ep_server_caller(s->portal, EP_STR("a"), &caller, &err),
                   EP_ENOTFOUND, "server-not-found");
    assert_ok(ep_server_caller(s->portal, EP_STR("c"), &caller, &err));
    assert_ok(ep_usage_list(s->portal, 0, count_usage, &used, &err));
    assert_int_equal(used, 1);
    find_key(s, "kept", &key);
    assert_int_equal(key.servers, 1);
    assert_int_equal(sqlite3_exec(s->portal->db,
                                  "SELECT 1/(count(*) = 1) FROM facts", NULL,
                                  NULL, NULL),
                     SQLITE_OK);
}


static void
users_are_kept(void **state)
{
    store_t *s = *state;
    ep_user_t user = { .name = "admin" };
    char hash[EP_PASSWORD_HASH_MAX] = "";

    begin(s);
    assert_refused(ep_user_add(s->portal, &user, NULL, &err), EP_EINVAL,
                   "no-password");
    assert_ok(ep_user_add(s->portal, &user, "$y$one", &err));
    assert_refused(ep_user_add(s->portal, &user, "$y$two", &err), EP_EEXISTS,
                   "user-exists");
    commit(s);
    assert_ok(ep_user_find(s->portal, EP_STR("admin"), &user, &err));
    assert_string_equal(user.origin, "local");
    assert_false(user.readonly);
    assert_false(user.has_note);

    begin(s);
    user.readonly = true;
    assert_ok(ep_user_change(s->portal, EP_STR("admin"), EP_USER_SET_ROLE,
                             &user, NULL, &err));
    assert_ok(ep_user_change(s->portal, EP_STR("admin"), EP_USER_SET_PASSWORD,
                             &user, "$y$new", &err));
    commit(s);
    assert_ok(ep_user_find(s->portal, EP_STR("admin"), &user, &err));
    assert_true(user.readonly);
    assert_ok(ep_user_password_hash(s->portal, EP_STR("admin"), hash,
                                    sizeof(hash), &err));
    assert_string_equal(hash, "$y$new");

    begin(s);
    assert_ok(ep_user_delete(s->portal, EP_STR("admin"), &err));
    assert_refused(ep_user_delete(s->portal, EP_STR("admin"), &err),
                   EP_ENOTFOUND, "user-not-found");
    commit(s);
}


static void
foreign_users_have_no_password_here(void **state)
{
    store_t *s = *state;
    ep_user_t user = { .name = "gauss", .origin = "ldap" };
    char hash[EP_PASSWORD_HASH_MAX] = "";

    begin(s);
    assert_refused(ep_user_add(s->portal, &user, "$y$x", &err), EP_EINVAL,
                   "not-local");
    assert_ok(ep_user_add(s->portal, &user, NULL, &err));
    assert_refused(ep_user_change(s->portal, EP_STR("gauss"),
                                  EP_USER_SET_PASSWORD, &user, "$y$x", &err),
                   EP_EINVAL, "not-local");
    commit(s);
    assert_refused(ep_user_password_hash(s->portal, EP_STR("gauss"), hash,
                                         sizeof(hash), &err),
                   EP_ENOTFOUND, "user-not-found");
}


#define OPEN store_setup, store_teardown, NULL

int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "FEED-13: new keys are bound to the feed main, or the one named",
          new_keys_are_bound_to_main, OPEN },
        { "FEED-14: keys of a deleted feed move to main",
          deleted_feed_leaves_its_keys_to_main, OPEN },
        { "main can neither be changed nor deleted", main_stays_as_it_is,
          OPEN },
        { "FEED-22: hours until deployment are kept, the rest untouched",
          feed_options_are_kept, OPEN },
        { "NEW-FEED-1: a feed has one of three channels", feed_has_a_channel,
          OPEN },
        { "a feed's name is none of the portal's addresses",
          feed_names_are_no_addresses, OPEN },
        { "feeds are listed by name, main first", lists_are_in_order, OPEN },
        { "KEY-8: an empty key is generated", empty_key_is_generated, OPEN },
        { "keys are checked", keys_are_checked, OPEN },
        { "a key changes only what is named", key_changes_what_is_named, OPEN },
        { "NEW-KEY-1: a key has products, mixed or the default",
          key_has_products, OPEN },
        { "KEY-4: deleting a key deletes its servers and nothing else",
          deleted_key_takes_its_servers, OPEN },
        { "users are added, changed and deleted", users_are_kept, OPEN },
        { "a user of another origin has no password here",
          foreign_users_have_no_password_here, OPEN },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
