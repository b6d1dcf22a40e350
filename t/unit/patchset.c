/* Patchsets: names and order, states in feeds, levels, kpatch.info. */

#include <sqlite3.h>

#include "http.h"
#include "patchset/kpatch_info.h"
#include "patchset/nameset.h"
#include "store/db.h"
#include "store/portal_private.h"

#define OBJECT KERNEL_A
#define HOUR 3600
#define MICRO 1000000


static int64_t
order_of(const char *name)
{
    ep_patchset_name_t parsed = { 0 };

    return ep_patchset_parse(ep_str(name), &parsed, NULL) == EP_OK
               ? parsed.order
               : -1;
}


static ep_product_t
product_of(const char *name)
{
    ep_patchset_name_t parsed = { .product = EP_PRODUCT_COUNT };

    ep_patchset_parse(ep_str(name), &parsed, NULL);
    return parsed.product;
}


static void
names_are_ordered_by_date(void **state)
{
    static const char *const ascending[] = {
        "16012017_1",   "20012017",     "K04082020_1",  "K04082020_2",
        "K20200804_10", "K20210129_02", "K20251119_03",
    };
    int64_t last = 0;

    assert_int_equal(order_of("K04082020_1"), 20200804000001);
    assert_int_equal(order_of("K20210129_02"), 20210129000002);
    assert_int_equal(order_of("16012017_1"), 20170116000001);
    assert_int_equal(order_of("20012017_1"), 20170120000001);
    for (size_t i = 0; i < EP_ARRAY_LEN(ascending); i++) {
        int64_t order = order_of(ascending[i]);

        if (order < 0) {
            assert_string_equal(ascending[i], "20012017");
            continue;
        }
        assert_true(order > last);
        last = order;
    }
}


static void
names_tell_the_product(void **state)
{
    assert_int_equal(product_of("K20210129_02"), EP_PRODUCT_KERNEL);
    assert_int_equal(product_of("16012017_1"), EP_PRODUCT_KERNEL);
    assert_int_equal(product_of("U20210129_02"), EP_PRODUCT_USER);
    assert_int_equal(product_of("U20210818_01-qemu"), EP_PRODUCT_QEMU);
    assert_int_equal(product_of("U20210818_01-db"), EP_PRODUCT_DB);
    assert_int_equal(product_of("20210818_01-db"), EP_PRODUCT_DB);
}


static void
bad_names_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "K",
        "K20210129",
        "K20210129_",
        "K20210129_x",
        "K20210229_01",
        "K20211301_1",
        "K00000000_1",
        "K31022021_1",
        "K20210129_1234567",
        "K20210129_01-qemu",
        "U20210129_01-esu",
        "U20210129_01-",
        "X20210129_01",
        "k20210129_01",
        "K20210129_01 ",
        "K2021012_01",
        "../K20210129_01",
        "K20210129_01/..",
        "K20210129_000000000000000000000000000000000001",
    };
    ep_patchset_name_t name;
    ep_err_t err;

    for (size_t i = 0; i < EP_ARRAY_LEN(bad); i++) {
        err = (ep_err_t){ 0 };
        assert_int_equal(ep_patchset_parse(ep_str(bad[i]), &name, &err),
                         EP_EINVAL);
        assert_string_equal(err.code, "bad-patchset-name");
    }
    assert_int_equal(
        ep_patchset_parse((ep_str_t){ "K20210129_01\0x", 14 }, &name, NULL),
        EP_EINVAL);
}


static void
archives_have_a_patchsets_name(void **state)
{
    static const char *const good[] = {
        "K20210129_02.tar.bz2",   "/a/b/K20210129_02.tar.gz",
        "./K20210129_02.tgz",     "K20210129_02.tar.xz",
        "x.tar/K20210129_02.tar", "K20210129_02.tar.zst",
    };
    ep_patchset_name_t name;

    for (size_t i = 0; i < EP_ARRAY_LEN(good); i++) {
        assert_int_equal(
            ep_patchset_parse_archive(ep_str(good[i]), &name, NULL), EP_OK);
        assert_string_equal(name.name, "K20210129_02");
    }
    assert_int_equal(
        ep_patchset_parse_archive(EP_STR("K20210129_02"), &name, NULL),
        EP_EINVAL);
    assert_int_equal(
        ep_patchset_parse_archive(EP_STR("K20210129_02.zip"), &name, NULL),
        EP_EINVAL);
    assert_int_equal(ep_patchset_parse_archive(EP_STR(".tar"), &name, NULL),
                     EP_EINVAL);
}


/* ---- states ---- */

typedef struct {
    char text[512];
    int64_t usage;
} seen_t;


static ep_rc_t
see(const ep_patchset_t *patchset, void *ctx, ep_err_t *err)
{
    seen_t *seen = ctx;
    size_t n = strlen(seen->text);

    seen->usage += patchset->usage;
    snprintf(seen->text + n, sizeof(seen->text) - n, "%.*s:%s:%lld ",
             EP_STR_ARG(patchset->name), ep_state_names[patchset->state],
             (long long) patchset->usage);
    return EP_OK;
}


static void
assert_states(fixture_t *f, const char *feed, const char *want)
{
    seen_t seen = { 0 };

    assert_int_equal(ep_patchset_list(f->portal, EP_PRODUCT_KERNEL,
                                      ep_str(feed), see, &seen, NULL),
                     EP_OK);
    for (char *p = strstr(seen.text, ":-1"); p; p = strstr(seen.text, ":-1")) {
        memmove(p, p + 3, strlen(p + 3) + 1);
    }
    assert_string_equal(seen.text, want);
}


static ep_rc_t
manage(fixture_t *f, const char *name, const char *feed, ep_action_t action,
       int64_t *changed, ep_err_t *err)
{
    ep_rc_t rc;

    fixture_begin(f);
    rc = ep_patchset_manage(f->portal, EP_PRODUCT_KERNEL, ep_str(name),
                            ep_str(feed), action, changed, err);
    fixture_commit(f);
    return rc;
}


/* K1 to K3 with one level each of one kernel. */
static int
setup(void **state)
{
    fixture_t *f;

    fixture_setup(state);
    f = *state;
    add_feed(f, "test");
    add_level(f, "K20210101_01", OBJECT, 1);
    add_level(f, "K04022021_1", OBJECT, 2);
    add_level(f, "K20210301_01", OBJECT, 3);
    return 0;
}


static void
states_are_listed_oldest_first(void **state)
{
    assert_states(*state, "main",
                  "K20210101_01:undeployed K04022021_1:undeployed "
                  "K20210301_01:undeployed ");
    assert_int_equal(ep_patchset_list(((fixture_t *) *state)->portal,
                                      EP_PRODUCT_KERNEL, EP_STR("none"), see,
                                      NULL, NULL),
                     EP_ENOTFOUND);
}


static void
enable_and_disable_change_one(void **state)
{
    int64_t changed = -1;

    assert_int_equal(manage(*state, "K20210204_01", "main", EP_ACTION_ENABLE,
                            &changed, NULL),
                     EP_OK);
    assert_int_equal(changed, 1);
    assert_states(*state, "main",
                  "K20210101_01:undeployed K04022021_1:enabled "
                  "K20210301_01:undeployed ");
    assert_states(*state, "test",
                  "K20210101_01:undeployed K04022021_1:undeployed "
                  "K20210301_01:undeployed ");
    assert_int_equal(
        manage(*state, "04022021_1", "main", EP_ACTION_ENABLE, &changed, NULL),
        EP_OK);
    assert_int_equal(changed, 0);
    assert_int_equal(
        manage(*state, "20210204_1", "main", EP_ACTION_DISABLE, &changed, NULL),
        EP_OK);
    assert_int_equal(changed, 1);
    assert_states(*state, "main",
                  "K20210101_01:undeployed K04022021_1:disabled "
                  "K20210301_01:undeployed ");
}


static void
enable_upto_leaves_disabled_ones(void **state)
{
    int64_t changed = -1;

    manage(*state, "K20210101_01", "main", EP_ACTION_DISABLE, NULL, NULL);
    assert_int_equal(manage(*state, "K04022021_1", "main",
                            EP_ACTION_ENABLE_UPTO, &changed, NULL),
                     EP_OK);
    assert_int_equal(changed, 1);
    assert_states(*state, "main",
                  "K20210101_01:disabled K04022021_1:enabled "
                  "K20210301_01:undeployed ");
}


static void
undeploy_downto_takes_all_newer(void **state)
{
    int64_t changed = -1;

    manage(*state, "K20210301_01", "main", EP_ACTION_ENABLE_UPTO, NULL, NULL);
    assert_int_equal(manage(*state, "K04022021_1", "main",
                            EP_ACTION_UNDEPLOY_DOWNTO, &changed, NULL),
                     EP_OK);
    assert_int_equal(changed, 2);
    assert_states(*state, "main",
                  "K20210101_01:enabled K04022021_1:undeployed "
                  "K20210301_01:undeployed ");
}


static void
manage_refuses(void **state)
{
    fixture_t *f = *state;
    ep_patchset_name_t name;
    ep_err_t err = { 0 };
    int64_t id;

    assert_int_equal(
        manage(f, "K20210102_01", "main", EP_ACTION_ENABLE, NULL, &err),
        EP_ENOTFOUND);
    assert_string_equal(err.code, "patchset-not-found");
    ep_err_clear(&err);
    assert_int_equal(
        manage(f, "K20210101_01", "no", EP_ACTION_ENABLE, NULL, &err),
        EP_ENOTFOUND);
    assert_string_equal(err.code, "feed-not-found");
    ep_err_clear(&err);
    assert_int_equal(
        manage(f, "U20210101_01", "main", EP_ACTION_ENABLE, NULL, &err),
        EP_ENOTFOUND);
    ep_patchset_parse(EP_STR("K20210401_01"), &name, NULL);
    fixture_begin(f);
    assert_int_equal(ep_patchset_add(f->portal, &name, &id, NULL), EP_OK);
    fixture_commit(f);
    ep_err_clear(&err);
    assert_int_equal(
        manage(f, "K20210401_01", "main", EP_ACTION_ENABLE, NULL, &err),
        EP_EINVAL);
    assert_string_equal(err.code, "not-downloaded");
    manage(f, "K20210301_01", "main", EP_ACTION_ENABLE_UPTO, NULL, NULL);
    assert_states(f, "main",
                  "K20210101_01:enabled K04022021_1:enabled "
                  "K20210301_01:enabled K20210401_01:not-downloaded ");
    ep_err_clear(&err);
    assert_int_equal(ep_patchset_manage(f->portal, EP_PRODUCT_KERNEL,
                                        EP_STR("K20210101_01"), EP_STR("main"),
                                        EP_ACTION_ENABLE, NULL, &err),
                     EP_EINTERNAL);
}


static void
remember(void *ctx, ep_log_level_t level, const char *logger, const char *msg)
{
    seen_t *seen = ctx;
    size_t n = strlen(seen->text);

    assert_int_equal(level, EP_LOG_INFO);
    assert_string_equal(logger, "eportal.patches");
    snprintf(seen->text + n, sizeof(seen->text) - n, "%s;", msg);
}


static void
every_change_is_logged(void **state)
{
    fixture_t *f = *state;
    seen_t seen = { 0 };

    ep_portal_set_log(f->portal, remember, &seen);
    manage(f, "K20210204_1", "main", EP_ACTION_ENABLE_UPTO, NULL, NULL);
    manage(f, "K20210204_1", "main", EP_ACTION_ENABLE_UPTO, NULL, NULL);
    manage(f, "K20210101_01", "test", EP_ACTION_DISABLE, NULL, NULL);
    manage(f, "K20210204_1", "main", EP_ACTION_UNDEPLOY_DOWNTO, NULL, NULL);
    ep_portal_set_log(f->portal, NULL, NULL);
    assert_string_equal(seen.text, "K20210101_01 was enabled in main;"
                                   "K04022021_1 was enabled in main;"
                                   "K20210101_01 was disabled in test;"
                                   "K04022021_1 was undeployed from main;"
                                   "K20210301_01 was held back from main;");
}


static void
actions_have_names(void **state)
{
    ep_action_t action;

    assert_true(ep_action_find(EP_STR("enable-upto"), &action));
    assert_int_equal(action, EP_ACTION_ENABLE_UPTO);
    assert_true(ep_action_find(EP_STR("undeploy-downto"), &action));
    assert_int_equal(action, EP_ACTION_UNDEPLOY_DOWNTO);
    assert_false(ep_action_find(EP_STR("remove"), &action));
}


/* 500 patchsets in one statement; how long it may take is bench's part. */
static void
enable_upto_takes_hundreds(void **state)
{
    fixture_t *f = *state;
    char name[32];
    int64_t changed = 0;

    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof(name), "K20220101_%d", i);
        add_level(f, name, OBJECT, 10 + i);
    }
    assert_int_equal(manage(f, "K20220101_499", "test", EP_ACTION_ENABLE_UPTO,
                            &changed, NULL),
                     EP_OK);
    assert_int_equal(changed, 503);
}


/* ---- levels ---- */

static int64_t
level_in(fixture_t *f, const char *feed, int64_t min_age, int64_t max_order,
         unsigned products, const char *object, const char **code)
{
    uint8_t bytes[EP_OBJECT_SIZE];
    ep_level_query_t query = { .object = bytes,
                               .products = products,
                               .min_age = min_age,
                               .max_order = max_order };
    ep_level_t level = { .level = -1 };
    static ep_err_t err;
    ep_feed_t found;

    ep_err_clear(&err);
    ep_unhex(ep_str(object), bytes, sizeof(bytes));
    assert_int_equal(ep_feed_find(f->portal, ep_str(feed), &found, NULL),
                     EP_OK);
    query.feed_id = found.id;
    ep_level_find(f->portal, &query, &level, &err);
    if (code != NULL) {
        *code = err.code;
    }
    return level.level;
}


static void
level_is_the_newest_enabled(void **state)
{
    fixture_t *f = *state;
    const char *code;

    assert_int_equal(
        level_in(f, "main", 0, 0, EP_PRODUCTS_DEFAULT, OBJECT, &code), -1);
    assert_string_equal(code, "no-level");
    manage(f, "K20210301_01", "main", EP_ACTION_ENABLE_UPTO, NULL, NULL);
    manage(f, "K20210101_01", "test", EP_ACTION_ENABLE, NULL, NULL);
    assert_int_equal(
        level_in(f, "main", 0, 0, EP_PRODUCTS_DEFAULT, OBJECT, NULL), 3);
    assert_int_equal(
        level_in(f, "test", 0, 0, EP_PRODUCTS_DEFAULT, OBJECT, NULL), 1);
    manage(f, "K20210301_01", "main", EP_ACTION_DISABLE, NULL, NULL);
    assert_int_equal(
        level_in(f, "main", 0, 0, EP_PRODUCTS_DEFAULT, OBJECT, NULL), 2);
    assert_int_equal(
        level_in(f, "main", 0, 0, EP_PRODUCTS_DEFAULT, KERNEL_B, &code), -1);
    assert_string_equal(code, "unknown-object");
}


static void
level_respects_products(void **state)
{
    fixture_t *f = *state;
    const char *code;

    manage(f, "K20210301_01", "main", EP_ACTION_ENABLE, NULL, NULL);
    assert_int_equal(level_in(f, "main", 0, 0, EP_PRODUCT_BIT(EP_PRODUCT_USER),
                              OBJECT, &code),
                     -1);
    assert_string_equal(code, "no-level");
}


static void
level_respects_delay_and_sticky(void **state)
{
    fixture_t *f = *state;

    manage(f, "K20210301_01", "main", EP_ACTION_ENABLE_UPTO, NULL, NULL);
    assert_int_equal(
        level_in(f, "main", HOUR, 0, EP_PRODUCTS_DEFAULT, OBJECT, NULL), -1);
    ep_portal_set_clock(f->portal, (int64_t) 2 * HOUR * MICRO);
    assert_int_equal(
        level_in(f, "main", HOUR, 0, EP_PRODUCTS_DEFAULT, OBJECT, NULL), 3);
    assert_int_equal(
        level_in(f, "main", 3 * HOUR, 0, EP_PRODUCTS_DEFAULT, OBJECT, NULL),
        -1);
    add_level(f, "K20210401_01", OBJECT, 4);
    manage(f, "K20210401_01", "main", EP_ACTION_ENABLE, NULL, NULL);
    assert_int_equal(
        level_in(f, "main", HOUR, 0, EP_PRODUCTS_DEFAULT, OBJECT, NULL), 3);
    assert_int_equal(level_in(f, "main", 0, order_of("K20210204_1"),
                              EP_PRODUCTS_DEFAULT, OBJECT, NULL),
                     2);
}


/* What SQLite says about each statement that was used: none on the agents'
 * path reads a whole table. */
static void
lookups_use_indexes(void **state)
{
    fixture_t *f = *state;
    int explained = 0;

    level_in(f, "main", 0, 0, EP_PRODUCTS_DEFAULT, OBJECT, NULL);
    for (size_t i = 0; i < EP_STMT_SLOTS; i++) {
        const char *sql = f->portal->stmts[i].sql;
        char text[2048];
        sqlite3_stmt *st = NULL;

        if (sql == NULL
            || (strstr(sql, "FROM level l CROSS") == NULL
                && strstr(sql, "SELECT id FROM object") == NULL))
        {
            continue;
        }
        snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %s", sql);
        assert_int_equal(sqlite3_prepare_v2(f->portal->db, text, -1, &st, NULL),
                         SQLITE_OK);
        while (sqlite3_step(st) == SQLITE_ROW) {
            const char *row = (const char *) sqlite3_column_text(st, 3);

            assert_null(strstr(row, "SCAN"));
            assert_null(strstr(row, "TEMP B-TREE"));
        }
        sqlite3_finalize(st);
        explained++;
    }
    assert_true(explained >= 2);
}


static void
usage_counts_the_newest_that_brought_it(void **state)
{
    fixture_t *f = *state;
    seen_t seen = { 0 };
    char *message = NULL;

    add_level(f, "K20210501_01", OBJECT, 3);
    add_key(f, "k1", NULL, 0, 0);
    add_key(f, "k2", "test", 0, 0);
    fixture_begin(f);
    sqlite3_exec(f->portal->db,
                 "INSERT INTO usage SELECT id, x'" OBJECT "', 3, 5 FROM key"
                 " WHERE key = 'k1';"
                 "INSERT INTO usage SELECT id, x'" OBJECT "', 2, 7 FROM key"
                 " WHERE key = 'k1';"
                 "INSERT INTO usage SELECT id, x'" OBJECT "', 2, 9 FROM key"
                 " WHERE key = 'k2'",
                 NULL, NULL, &message);
    fixture_commit(f);
    assert_null(message);
    assert_int_equal(ep_patchset_usage(f->portal, EP_PRODUCT_KERNEL,
                                       EP_STR("main"), see, &seen, NULL),
                     EP_OK);
    assert_string_equal(seen.text, "K20210101_01:undeployed:0 "
                                   "K04022021_1:undeployed:7 "
                                   "K20210301_01:undeployed:0 "
                                   "K20210501_01:undeployed:5 ");
}


/* ---- kpatch.info ---- */

typedef struct {
    char text[256];
} cves_t;


static ep_rc_t
collect(ep_str_t cve, void *ctx, ep_err_t *err)
{
    cves_t *cves = ctx;
    size_t n = strlen(cves->text);

    snprintf(cves->text + n, sizeof(cves->text) - n, "%.*s ", EP_STR_ARG(cve));
    return EP_OK;
}


static void
info_is_read(void **state)
{
    static const char text[] =
        "OS: centos6\r\nkernel: kernel-2.6.32\ntime: 2017-07-31 22:46:22\n"
        "uname: 2.6.32-696.6.3.el6\n\n"
        "kpatch-name: CVE-2000-0001.patch\nkpatch-cve: N/A\n\n"
        "kpatch-cve: CVE-2017-1000, CVE-2017-99999,CVE-2018-1234\n"
        "kpatch-cve: CVE-17-1000 CVE-2017-123 CVE-2017-1234567890123456 "
        "xCVE-2019-0001x CVE-2020-\n"
        "OS: debian12\nuname: 9.9.9\n"
        "kpatch-cve: CCVE-2021-4444";
    ep_kpatch_info_t info;
    cves_t cves = { 0 };

    assert_int_equal(
        ep_kpatch_info_parse(ep_str(text), &info, collect, &cves, NULL), EP_OK);
    assert_true(ep_str_eq(info.distro, EP_STR("centos6")));
    assert_true(ep_str_eq(info.uname, EP_STR("2.6.32-696.6.3.el6")));
    assert_string_equal(cves.text, "CVE-2017-1000 CVE-2017-99999 CVE-2018-1234 "
                                   "CVE-2019-0001 CVE-2021-4444 ");
}


static void
odd_info_is_left_out(void **state)
{
    ep_kpatch_info_t info;
    cves_t cves = { 0 };

    assert_int_equal(ep_kpatch_info_parse(EP_STR("OS: a,b\nuname: N/A\n"),
                                          &info, collect, &cves, NULL),
                     EP_OK);
    assert_int_equal(info.distro.n, 0);
    assert_int_equal(info.uname.n, 0);
    assert_int_equal(ep_kpatch_info_parse(EP_STR("OS: \x01\nuname: a b"), &info,
                                          collect, &cves, NULL),
                     EP_OK);
    assert_int_equal(info.distro.n + info.uname.n, 0);
    assert_int_equal(
        ep_kpatch_info_parse(EP_STR_NULL, &info, collect, &cves, NULL), EP_OK);
}


static void
namesets_hold_names(void **state)
{
    ep_nameset_t set;
    char name[16];

    assert_int_equal(ep_nameset_init(&set, 5000, NULL), EP_OK);
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        assert_int_equal(ep_nameset_get(&set, ep_nameset_hash(0, ep_str(name))),
                         0);
        assert_int_equal(ep_nameset_add(&set, ep_nameset_hash(0, ep_str(name)),
                                        1 + (unsigned) i % 3, NULL),
                         EP_OK);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        assert_int_equal(ep_nameset_get(&set, ep_nameset_hash(0, ep_str(name))),
                         1 + i % 3);
    }
    assert_int_equal(ep_nameset_add(&set, 77, 1, NULL), EP_ELIMIT);
    ep_nameset_free(&set);
}

/* clang-format off */
int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "DB-3, TRAP-9: names are ordered by date and number",
          names_are_ordered_by_date, NULL, NULL, NULL },
        { "DB-3: a name tells the product", names_tell_the_product, NULL,
          NULL, NULL },
        { "DB-3: other names are refused", bad_names_are_refused, NULL, NULL,
          NULL },
        { "CLI-9: an archive is named after its patchset",
          archives_have_a_patchsets_name, NULL, NULL, NULL },
        { "patchsets: states are listed, oldest first",
          states_are_listed_oldest_first, setup, fixture_teardown, NULL },
        { "MAN-3, MAN-4: enable and disable change only one patchset, named "
          "with or without K (TRAP-1)",
          enable_and_disable_change_one, setup, fixture_teardown, NULL },
        { "MAN-2, MAN-5: enable-upto leaves disabled ones alone",
          enable_upto_leaves_disabled_ones, setup, fixture_teardown, NULL },
        { "NEW-PS-8: undeploy-downto takes it and all newer ones",
          undeploy_downto_takes_all_newer, setup, fixture_teardown, NULL },
        { "patchsets: what is not here is not managed", manage_refuses, setup,
          fixture_teardown, NULL },
        { "CLI-12: each change is a line in the log", every_change_is_logged,
          setup, fixture_teardown, NULL },
        { "patchsets: actions have names", actions_have_names, NULL, NULL,
          NULL },
        { "MAN-2: enable-upto takes hundreds at once",
          enable_upto_takes_hundreds, setup, fixture_teardown, NULL },
        { "levels: the newest enabled patchset gives it",
          level_is_the_newest_enabled, setup, fixture_teardown, NULL },
        { "levels: only those of the products that are allowed",
          level_respects_products, setup, fixture_teardown, NULL },
        { "levels: delays and stickies hold them back",
          level_respects_delay_and_sticky, setup, fixture_teardown, NULL },
        { "levels: a lookup reads no whole table", lookups_use_indexes, setup,
          fixture_teardown, NULL },
        { "patchsets: usage counts for the newest that brought the level",
          usage_counts_the_newest_that_brought_it, setup, fixture_teardown,
          NULL },
        { "kpatch.info: distribution, kernel and CVEs are read", info_is_read,
          NULL, NULL, NULL },
        { "kpatch.info: what is odd is left out", odd_info_is_left_out, NULL,
          NULL, NULL },
        { "patchsets: sets of names hold what was added", namesets_hold_names,
          NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
/* clang-format on */
