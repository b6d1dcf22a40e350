/* Feeds that update themselves, with a clock that the tests set. */

#include "store.h"

#include "store/patchset.h"
#include "store/upstream.h"

#define HOUR (3600 * INT64_C(1000000))
#define DAY1 INT64_C(20210101)


static int64_t
add_patchset(store_t *s, ep_product_t product, const char *name)
{
    static const uint8_t sha256[EP_SHA256_SIZE];
    ep_patchset_facts_t facts = { .archive = name, .sha256 = sha256 };
    ep_patchset_name_t parsed;
    int64_t id;

    assert_ok(ep_patchset_parse(ep_str(name), &parsed, &err));
    parsed.product = product;
    begin(s);
    assert_ok(ep_patchset_add(s->portal, &parsed, &id, &err));
    assert_ok(ep_patchset_publish(s->portal, id, &facts, &err));
    commit(s);
    return id;
}


static void
add_auto_feed(store_t *s, const char *name, int64_t hours)
{
    ep_feed_t feed = { .auto_update = true, .deploy_after = hours };

    ep_str_copy(ep_str(name), feed.name, sizeof(feed.name));
    begin(s);
    assert_ok(ep_feed_add(s->portal, &feed, &err));
    commit(s);
}


static bool
is_in(store_t *s, int64_t id, const char *feed)
{
    bool in = false;

    assert_ok(ep_patchset_in_feed(s->portal, id, ep_str(feed), &in, &err));
    return in;
}


static int64_t
deploy(store_t *s)
{
    int64_t enabled = -1;

    assert_ok(ep_auto_deploy(s->portal, &enabled, &err));
    return enabled;
}


static void
hours_count_from_the_first_appearance(void **state)
{
    store_t *s = *state;
    int64_t old, young;

    add_auto_feed(s, "ten", 10);
    old = add_patchset(s, EP_PRODUCT_KERNEL, "K20210101_01");
    assert_int_equal(deploy(s), 0);
    ep_portal_set_clock(s->portal, 9 * HOUR);
    young = add_patchset(s, EP_PRODUCT_KERNEL, "K20210102_01");
    assert_int_equal(deploy(s), 0);
    ep_portal_set_clock(s->portal, 10 * HOUR);
    assert_int_equal(deploy(s), 1);
    assert_true(is_in(s, old, "ten"));
    assert_false(is_in(s, young, "ten"));
    ep_portal_set_clock(s->portal, 19 * HOUR);
    assert_int_equal(deploy(s), 1);
    assert_true(is_in(s, young, "ten"));
    assert_int_equal(deploy(s), 0);
}


static void
no_hours_mean_at_once(void **state)
{
    store_t *s = *state;
    int64_t id;

    add_auto_feed(s, "fast", 0);
    id = add_patchset(s, EP_PRODUCT_QEMU, "U20210101_01-qemu");
    assert_int_equal(deploy(s), 1);
    assert_true(is_in(s, id, "fast"));
    assert_false(is_in(s, id, EP_FEED_MAIN));
}


/* Names in the order of the log. */
static void
keep_line(void *ctx, ep_log_level_t level, const char *logger, const char *msg)
{
    char *text = ctx;
    size_t n = strlen(text);

    snprintf(text + n, 512 - n, "%s\n", msg);
}


static void
a_clean_install_deploys_all(void **state)
{
    store_t *s = *state;
    char text[512] = "";

    add_auto_feed(s, "test", 5);
    add_patchset(s, EP_PRODUCT_KERNEL, "K20210103_01");
    add_patchset(s, EP_PRODUCT_USER, "U20210102_01");
    add_patchset(s, EP_PRODUCT_KERNEL, "K20210101_01");
    assert_int_equal(deploy(s), 0);
    ep_portal_set_log(s->portal, keep_line, text);
    ep_portal_set_clock(s->portal, 5 * HOUR);
    assert_int_equal(deploy(s), 3);
    assert_string_equal(text, "K20210101_01 was enabled in test\n"
                              "K20210103_01 was enabled in test\n"
                              "U20210102_01 was enabled in test\n");
}


static void
what_is_disabled_stays_so(void **state)
{
    store_t *s = *state;
    int64_t id;

    add_auto_feed(s, "fast", 0);
    id = add_patchset(s, EP_PRODUCT_KERNEL, "K20210101_01");
    begin(s);
    assert_ok(ep_patchset_manage(s->portal, EP_PRODUCT_KERNEL,
                                 EP_STR("K20210101_01"), EP_STR("fast"),
                                 EP_ACTION_DISABLE, NULL, &err));
    add_feed(s, "plain");
    commit(s);
    assert_int_equal(deploy(s), 0);
    assert_false(is_in(s, id, "plain"));
}


/* What the patch source says of a patchset. */
static void
add_upstream(store_t *s, const char *name, unsigned channels,
             ep_upstream_t status, bool wanted)
{
    ep_upstream_row_t row = { .channels = channels,
                              .status = status,
                              .wanted = wanted,
                              .path = ep_str(name),
                              .size = 1 };

    assert_ok(ep_patchset_parse(ep_str(name), &row.name, &err));
    begin(s);
    assert_ok(ep_upstream_put(s->portal, &row, 1, &err));
    commit(s);
}


static void
manage(store_t *s, const char *name, const char *feed, ep_action_t action)
{
    begin(s);
    assert_ok(ep_patchset_manage(s->portal, EP_PRODUCT_KERNEL, ep_str(name),
                                 ep_str(feed), action, NULL, &err));
    commit(s);
}


static void
what_is_undeployed_stays_out(void **state)
{
    store_t *s = *state;
    int64_t first, second, waiting, later;

    add_auto_feed(s, "fast", 0);
    add_auto_feed(s, "slow", 10);
    ep_portal_set_clock(s->portal, HOUR);
    first = add_patchset(s, EP_PRODUCT_KERNEL, "K20210101_01");
    second = add_patchset(s, EP_PRODUCT_KERNEL, "K20210102_01");
    assert_int_equal(deploy(s), 2);
    waiting = add_patchset(s, EP_PRODUCT_KERNEL, "K20210103_01");
    manage(s, "K20210102_01", "fast", EP_ACTION_UNDEPLOY_DOWNTO);
    assert_int_equal(deploy(s), 0);
    assert_true(is_in(s, first, "fast"));
    assert_false(is_in(s, second, "fast"));
    assert_false(is_in(s, waiting, "fast"));
    later = add_patchset(s, EP_PRODUCT_KERNEL, "K20210104_01");
    assert_int_equal(deploy(s), 1);
    assert_true(is_in(s, later, "fast"));
    ep_portal_set_clock(s->portal, 12 * HOUR);
    assert_int_equal(deploy(s), 4); /* all in the other feed */
    assert_true(is_in(s, second, "slow"));
    manage(s, "K20210102_01", "fast", EP_ACTION_ENABLE);
    assert_int_equal(deploy(s), 0);
    assert_false(is_in(s, waiting, "fast"));
    manage(s, "K20210103_01", "fast", EP_ACTION_ENABLE_UPTO);
    assert_true(is_in(s, waiting, "fast"));
}


/* Who enables again has forgotten; so has who disables. */
static void
a_state_ends_the_undeployment(void **state)
{
    store_t *s = *state;
    int64_t id;

    add_auto_feed(s, "fast", 0);
    id = add_patchset(s, EP_PRODUCT_KERNEL, "K20210101_01");
    assert_int_equal(deploy(s), 1);
    manage(s, "K20210101_01", "fast", EP_ACTION_UNDEPLOY_DOWNTO);
    manage(s, "K20210101_01", "fast", EP_ACTION_ENABLE);
    begin(s);
    assert_ok(ep_feed_delete(s->portal, EP_STR("fast"), &err));
    commit(s);
    add_auto_feed(s, "fast", 0);
    assert_int_equal(deploy(s), 1); /* another feed of the same name */
    assert_true(is_in(s, id, "fast"));
}


/* Known to upstream alone, or removed and come again: it is the same one. */
static void
what_was_taken_out_stays_out_when_it_comes(void **state)
{
    static const char removed[] = "K20210101_01", listed[] = "K20210102_01";
    store_t *s = *state;
    int64_t id;

    add_auto_feed(s, "fast", 0);
    add_auto_feed(s, "other", 0);
    id = add_patchset(s, EP_PRODUCT_KERNEL, removed);
    add_upstream(s, removed, EP_CHANNEL_DEFAULT, EP_UPSTREAM_AVAILABLE, true);
    add_upstream(s, listed, EP_CHANNEL_DEFAULT, EP_UPSTREAM_AVAILABLE, true);
    assert_int_equal(deploy(s), 2);
    manage(s, removed, "fast", EP_ACTION_UNDEPLOY_DOWNTO);
    begin(s);
    assert_ok(ep_patchset_unpublish(s->portal, id, &err));
    assert_ok(ep_patchset_delete(s->portal, id, &err));
    commit(s);
    add_patchset(s, EP_PRODUCT_KERNEL, removed);
    id = add_patchset(s, EP_PRODUCT_KERNEL, listed);
    assert_int_equal(deploy(s), 1);
    assert_false(is_in(s, id, "fast"));
    assert_true(is_in(s, id, "other"));
}


static void
what_is_not_here_waits(void **state)
{
    store_t *s = *state;
    ep_patchset_name_t name;
    int64_t id;

    add_auto_feed(s, "fast", 0);
    assert_ok(ep_patchset_parse(EP_STR("K20210101_01"), &name, &err));
    begin(s);
    assert_ok(ep_patchset_add(s->portal, &name, &id, &err));
    commit(s);
    assert_int_equal(deploy(s), 0);
    assert_false(is_in(s, id, "fast"));
}


static void
the_patch_source_has_a_say(void **state)
{
    static const struct {
        const char *name;
        unsigned channels;
        ep_upstream_t status;
        bool wanted, deployed;
    } cases[] = {
        { "K20210101_01", EP_CHANNEL_DEFAULT, EP_UPSTREAM_AVAILABLE, true,
          true },
        { "K20210102_01", EP_CHANNEL_TEST, EP_UPSTREAM_AVAILABLE, true, false },
        { "K20210103_01", EP_CHANNEL_DEFAULT, EP_UPSTREAM_BLOCKED, true,
          false },
        { "K20210104_01", EP_CHANNEL_DEFAULT, EP_UPSTREAM_DISABLED, true,
          false },
        { "K20210105_01", EP_CHANNEL_DEFAULT, EP_UPSTREAM_AVAILABLE, false,
          false },
        { "K20210106_01", EP_CHANNEL_DEFAULT | EP_CHANNEL_TEST,
          EP_UPSTREAM_AVAILABLE, true, true },
    };
    store_t *s = *state;
    int64_t ids[EP_ARRAY_LEN(cases)];

    add_auto_feed(s, "fast", 0);
    for (size_t i = 0; i < EP_ARRAY_LEN(cases); i++) {
        ids[i] = add_patchset(s, EP_PRODUCT_KERNEL, cases[i].name);
        add_upstream(s, cases[i].name, cases[i].channels, cases[i].status,
                     cases[i].wanted);
    }
    assert_int_equal(deploy(s), 2);
    for (size_t i = 0; i < EP_ARRAY_LEN(cases); i++) {
        assert_int_equal(is_in(s, ids[i], "fast"), cases[i].deployed);
    }
}


static void
feeds_do_not_disturb_each_other(void **state)
{
    store_t *s = *state;
    char name[32];

    add_auto_feed(s, "fast", 0);
    add_auto_feed(s, "other", 0);
    for (int i = 1; i <= 501; i++) {
        snprintf(name, sizeof(name), "K%lld_%03d", (long long) DAY1, i);
        add_patchset(s, EP_PRODUCT_KERNEL, name);
    }
    assert_int_equal(deploy(s), 1002);
    assert_int_equal(deploy(s), 0);
}


#define OPEN store_setup, store_teardown, NULL

int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "FEED-6, FEED-9: X hours count from the first appearance",
          hours_count_from_the_first_appearance, OPEN },
        { "FEED-10: 0 hours mean at once, in feeds that want it",
          no_hours_mean_at_once, OPEN },
        { "FEED-11: what appears together goes after X hours, oldest first",
          a_clean_install_deploys_all, OPEN },
        { "what is disabled in a feed stays so", what_is_disabled_stays_so,
          OPEN },
        { "NEW-PS-8: what was undeployed is not put back by itself",
          what_is_undeployed_stays_out, OPEN },
        { "enabling ends an undeployment", a_state_ends_the_undeployment,
          OPEN },
        { "what was taken out stays out when it comes again",
          what_was_taken_out_stays_out_when_it_comes, OPEN },
        { "what is not here waits", what_is_not_here_waits, OPEN },
        { "FEED-5: other channels, blocked and filtered ones are passed over",
          the_patch_source_has_a_say, OPEN },
        { "many patchsets reach each feed", feeds_do_not_disturb_each_other,
          OPEN },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
