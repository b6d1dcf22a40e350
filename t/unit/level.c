/* Levels are kept while nothing changes: an answer must never be older than
 * the transaction that asks. */

#include <eportal/server.h>

#include "http.h"

static const uint8_t object_a[EP_OBJECT_SIZE] = { 0xaa };
static const uint8_t object_b[EP_OBJECT_SIZE] = { 0xbb };

typedef struct {
    fixture_t *f;
    ep_portal_t *reader; /* as the event loop's */
    int64_t early;       /* a feed */
} levels_t;


static void
add(fixture_t *f, const char *name, const uint8_t object[EP_OBJECT_SIZE],
    int64_t level)
{
    char hex[2 * EP_OBJECT_SIZE + 1];

    ep_hex(object, EP_OBJECT_SIZE, hex);
    add_level(f, name, hex, level);
}


static int
setup(void **state)
{
    levels_t *l = calloc(1, sizeof(*l));
    ep_feed_t feed;
    void *f;

    fixture_setup(&f);
    l->f = f;
    add_feed(l->f, "early");
    assert_int_equal(ep_feed_find(l->f->portal, EP_STR("early"), &feed, NULL),
                     EP_OK);
    l->early = feed.id;
    add(l->f, "K20210101_01", object_a, 1);
    add(l->f, "K20210201_01", object_a, 2);
    add(l->f, "K20210301_01", object_a, 3);
    enable(l->f, "K20210101_01", "main");
    enable(l->f, "K20210201_01", "early");
    assert_int_equal(
        ep_portal_open(l->f->cfg, EP_OPEN_NOWAIT, &l->reader, NULL), EP_OK);
    *state = l;
    return 0;
}


static int
teardown(void **state)
{
    levels_t *l = *state;
    void *f = l->f;

    ep_portal_close(l->reader);
    free(l);
    return fixture_teardown(&f);
}


static ep_level_query_t
of(const uint8_t object[EP_OBJECT_SIZE], int64_t feed_id)
{
    return (ep_level_query_t){ .object = object,
                               .feed_id = feed_id,
                               .products = EP_PRODUCTS_DEFAULT };
}


/* The level, 0 when there is none; the same when asked again. */
static int64_t
level_of(ep_portal_t *portal, const ep_level_query_t *query)
{
    int64_t level = 0;

    for (int i = 0; i < 2; i++) {
        ep_level_t found = { 0 };
        ep_err_t err = { 0 };
        ep_rc_t rc = ep_level_find(portal, query, &found, &err);

        assert_true(rc == EP_OK || rc == EP_ENOTFOUND);
        assert_int_equal(err.rc, rc);
        assert_true(i == 0 || level == found.level);
        level = found.level;
    }
    return level;
}


static void
begin(levels_t *l)
{
    assert_int_equal(ep_portal_read_begin(l->reader, NULL), EP_OK);
}


static void
questions_are_told_apart(void **state)
{
    levels_t *l = *state;
    ep_level_query_t query = of(object_a, EP_FEED_MAIN_ID);

    begin(l);
    for (int i = 0; i < 2; i++) {
        query = of(object_a, EP_FEED_MAIN_ID);
        assert_int_equal(level_of(l->reader, &query), 1);
        query.feed_id = l->early;
        assert_int_equal(level_of(l->reader, &query), 2);
        query.max_order = 20210131000099;
        assert_int_equal(level_of(l->reader, &query), 0);
        query.max_order = 0;
        query.userspace = true;
        assert_int_equal(level_of(l->reader, &query), 0);
        query.userspace = false;
        query.products = EP_PRODUCT_BIT(EP_PRODUCT_USER);
        assert_int_equal(level_of(l->reader, &query), 0);
        query.products = EP_PRODUCTS_DEFAULT;
        query.min_age = 3600;
        assert_int_equal(level_of(l->reader, &query), 0);
        query = of(object_b, EP_FEED_MAIN_ID);
        assert_int_equal(level_of(l->reader, &query), 0);
    }
    ep_portal_read_end(l->reader);
}


static void
failures_are_told_apart(void **state)
{
    levels_t *l = *state;
    ep_level_query_t none = of(object_b, EP_FEED_MAIN_ID);
    ep_level_query_t other = of(object_a, EP_FEED_MAIN_ID);
    ep_level_t level;

    other.products = EP_PRODUCT_BIT(EP_PRODUCT_DB);
    begin(l);
    for (int i = 0; i < 2; i++) {
        ep_err_t err = { 0 };

        assert_int_equal(ep_level_find(l->reader, &none, &level, &err),
                         EP_ENOTFOUND);
        assert_string_equal(err.code, "unknown-object");
        ep_err_clear(&err);
        assert_int_equal(ep_level_find(l->reader, &other, &level, &err),
                         EP_ENOTFOUND);
        assert_string_equal(err.code, "no-level");
    }
    ep_portal_read_end(l->reader);
}


/* What others commit is seen by the next transaction, by its very first
 * question, too, and by no transaction that was there before. */
static void
commits_are_seen(void **state)
{
    levels_t *l = *state;
    ep_level_query_t query = of(object_a, EP_FEED_MAIN_ID);

    begin(l);
    assert_int_equal(level_of(l->reader, &query), 1);
    enable(l->f, "K20210201_01", "main");
    assert_int_equal(level_of(l->reader, &query), 1);
    ep_portal_read_end(l->reader);

    begin(l);
    assert_int_equal(level_of(l->reader, &query), 2);
    ep_portal_read_end(l->reader);

    begin(l);
    enable(l->f, "K20210301_01", "main"); /* nothing was read yet */
    assert_int_equal(level_of(l->reader, &query), 3);
    ep_portal_read_end(l->reader);
    assert_int_equal(level_of(l->reader, &query), 3);
}


/* A connection that writes sees what it has written. */
static void
own_writes_are_seen(void **state)
{
    levels_t *l = *state;
    ep_portal_t *portal = l->f->portal;
    ep_level_query_t query = of(object_a, EP_FEED_MAIN_ID);

    for (int i = 0; i < 3; i++) {
        static const char *const names[] = { "K20210101_01", "K20210201_01",
                                             "K20210301_01" };

        enable(l->f, names[i], "main");
        assert_int_equal(ep_portal_read_begin(portal, NULL), EP_OK);
        assert_int_equal(level_of(portal, &query), i + 1);
        ep_portal_read_end(portal);
    }
}


/* The caller's key, or EP_ENOTFOUND. */
static int64_t
key_of(ep_portal_t *portal, const char *server_id)
{
    ep_caller_t caller = { .key_id = 0 };
    ep_rc_t rc = ep_server_caller(portal, ep_str(server_id), &caller, NULL);

    return rc == EP_OK ? caller.key_id : rc;
}


/* Whose server it is, is kept until somebody commits, too. */
static void
callers_are_seen(void **state)
{
    levels_t *l = *state;
    ep_portal_t *portal = l->f->portal;
    char id[EP_SERVER_ID_MAX + 1], same[EP_SERVER_ID_MAX + 1];
    int64_t first, deleted;

    add_key(l->f, "k1", NULL, 0, 0);
    add_key(l->f, "k2", "early", 0, 0);
    fixture_begin(l->f);
    assert_int_equal(ep_server_register(portal, EP_STR("k1"), EP_STR_NULL,
                                        EP_STR("h"), &(ep_addr_t){ 0 }, id,
                                        NULL),
                     EP_OK);
    fixture_commit(l->f);
    begin(l);
    first = key_of(l->reader, id);
    assert_true(first > 0);
    fixture_begin(l->f);
    assert_int_equal(ep_server_register(portal, EP_STR("k2"), ep_str(id),
                                        EP_STR("h"), &(ep_addr_t){ 0 }, same,
                                        NULL),
                     EP_OK);
    fixture_commit(l->f);
    assert_int_equal(key_of(l->reader, id), first); /* the same transaction */
    ep_portal_read_end(l->reader);

    begin(l);
    assert_int_not_equal(key_of(l->reader, id), first);
    assert_true(key_of(l->reader, id) > 0);
    ep_portal_read_end(l->reader);

    fixture_begin(l->f);
    assert_int_equal(ep_server_delete(portal, ep_str(id), &deleted, NULL),
                     EP_OK);
    fixture_commit(l->f);
    begin(l);
    assert_int_equal(key_of(l->reader, id), EP_ENOTFOUND);
    ep_portal_read_end(l->reader);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "what differs in any part is another question",
          questions_are_told_apart, setup, teardown, NULL },
        { "an unknown object, and one without a level", failures_are_told_apart,
          setup, teardown, NULL },
        { "AGT-8: an agent's next request sees what was committed",
          commits_are_seen, setup, teardown, NULL },
        { "AGT-8: a server that moved or went is seen at once",
          callers_are_seen, setup, teardown, NULL },
        { "so does a connection that writes itself", own_writes_are_seen, setup,
          teardown, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
