/* The kernel patch tree as agents and scanners read it: protocol.md 1.4, 4.2
 * and 4.3. */

#include "http.h"

/* host1 and "x", host2 and "x", nobody: base64 of user:password. */
#define HOST1 "Basic aG9zdDE6eA=="
#define HOST2 "Basic aG9zdDI6eA=="
#define NOBODY "Basic bm9ib2R5Ong="


/* Two levels: main has the first, feed new has both. host1 is in main, host2
 * in new, host3 may not have kernel patches. */
static int
setup(void **state)
{
    fixture_t *f;

    fixture_setup(state);
    f = *state;
    add_feed(f, "new");
    add_key(f, "key1", NULL, 0, 0);
    add_key(f, "key2", "new", 0, 0);
    add_key(f, "key3", "new", 0, EP_PRODUCT_BIT(EP_PRODUCT_USER));
    add_server(f, "key1", "host1", "one.example");
    add_server(f, "key2", "host2", "two.example");
    add_server(f, "key3", "host3", "three.example");
    add_level(f, "K20210101_01", KERNEL_A, 1);
    add_level(f, "K20210201_01", KERNEL_A, 2);
    enable(f, "K20210101_01", "main");
    enable(f, "K20210101_01", "new");
    enable(f, "K20210201_01", "new");
    return 0;
}


static void
latest_is_bare_digits(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(get(f, "/" KERNEL_A "/latest.v2"), 200);
    assert_string_equal(body(f), "1");
    assert_string_equal(header(f, "Cache-Control"), "no-cache");
    assert_non_null(strstr(f->response.content_type, "text/plain"));
    assert_false(f->response.has_checkin);
    assert_int_equal(get(f, "/" KERNEL_A "/latest"), 200);
    assert_int_equal(get(f, "/" KERNEL_A "/latest.v17"), 200);
    assert_int_equal(get(f, "/" KERNEL_B "/latest.v2"), 404);
}

static void
unknown_kernel_is_404_first(void **state)
{
    fixture_t *f = *state;
    static const char *const paths[] = {
        "/" KERNEL_B "/version",      "/" KERNEL_B "/latest",
        "/" KERNEL_B "/1/kpatch.bin", "/" KERNEL_B "/1/kpatch.info",
        "/" KERNEL_B "/kpatch.bin",   "/test/" KERNEL_B "/latest.v2"
    };

    for (size_t i = 0; i < EP_ARRAY_LEN(paths); i++) {
        assert_int_equal(get(f, paths[i]), 404);
        assert_string_equal(body(f), "{\"error\":\"not-found\"}");
        assert_int_equal(get_as(f, paths[i], NOBODY), 404);
        assert_int_equal(get_as(f, paths[i], HOST1), 404);
        assert_true(f->response.has_checkin);
    }
}


static void
version_for_compatibility_checkers(void **state)
{
    fixture_t *f = *state;
    ep_http_request_t request = make_request(EP_HEAD, "/" KERNEL_A "/version");

    assert_int_equal(run_request(f, &request), 200);
    assert_int_equal(
        get(f, "/9B9A8AA84CB0F9F9AEA6EB70A7693B49B2E6849F/version"), 200);
    assert_string_equal(body(f), "1");
}


static void
feed_of_the_caller(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(get_as(f, "/" KERNEL_A "/latest.v2", HOST1), 200);
    assert_string_equal(body(f), "1");
    assert_int_equal(get_as(f, "/" KERNEL_A "/latest.v2", HOST2), 200);
    assert_string_equal(body(f), "2");
    assert_true(f->response.has_checkin);
    assert_int_equal(get(f, "/" KERNEL_A "/latest.v2?server_id=host2"), 200);
    assert_string_equal(body(f), "2");
    /* {'server_id': 'host2'} in hex */
    assert_int_equal(get(f,
                         "/" KERNEL_A "/latest.v2?7b277365727665725f6964273a2"
                         "027686f737432277d"),
                     200);
    assert_string_equal(body(f), "2");
    assert_true(f->response.has_checkin);
    /* unknown and undecodable callers are nobody */
    assert_int_equal(get_as(f, "/" KERNEL_A "/latest.v2?%ff", NOBODY), 200);
    assert_string_equal(body(f), "1");
    assert_false(f->response.has_checkin);
    /* a broken line in base64, and a password of its own */
    assert_int_equal(
        get_as(f, "/" KERNEL_A "/latest.v2", "basic  aG9z\n dDI6ZQ== \n"), 200);
    assert_string_equal(body(f), "2");
}


static void
checkin_is_noted(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(
        get_as(f, "/" KERNEL_A "/latest.v2?hostname=new.example&patch_level=1",
               HOST1),
        200);
    assert_true(f->response.checkin.has_kernel);
    assert_false(f->response.checkin.fetched);
    assert_int_equal(f->response.checkin.ip.bytes[0], 192);
    store_checkin(f);
    assert_int_equal(get(f, "/admin/api/kcare/patchset/key1"), 200);
    assert_string_equal(body(f),
                        "{\"data\":[[\"192.0.2.7\",\"" KERNEL_A "\",1]]}");
    assert_int_equal(get_as(f, "/" KERNEL_A "/1/kpatch.bin", HOST1), 200);
    assert_true(f->response.checkin.fetched);
    assert_int_equal(get_as(f, "/" KERNEL_A "/1/kpatch.info", HOST1), 200);
    assert_false(f->response.checkin.fetched);
}


static void
binary_needs_identity(void **state)
{
    fixture_t *f = *state;
    static const char *const paths[] = { "/" KERNEL_A "/1/kpatch.bin",
                                         "/" KERNEL_A "/1/kpatch.bin.sig",
                                         "/x/" KERNEL_A "/1/a/kpatch.bin",
                                         "/" KERNEL_A "/kpatch.bin" };

    for (size_t i = 0; i < EP_ARRAY_LEN(paths); i++) {
        assert_int_equal(get(f, paths[i]), 401);
        assert_string_equal(header(f, "WWW-Authenticate"),
                            "Basic realm=\"ePortal\"");
        assert_int_equal(f->response.file.n, 0);
        assert_int_equal(get_as(f, paths[i], NOBODY), 401);
        assert_int_equal(get_as(f, paths[i], "Basic !!!"), 401);
        assert_int_equal(get_as(f, paths[i], "Bearer aG9zdDE6eA=="), 401);
        assert_int_equal(get_as(f, paths[i], HOST1), 200);
    }
    assert_int_equal(get_as(f, paths[0], HOST1), 200);
    assert_string_equal(file(f), "resources/" KERNEL_A "/1/kpatch.bin");
    assert_int_equal(f->response.body.n, 0);
    assert_int_equal(get(f, "/" KERNEL_A "/1/kpatch.bin?server_id=host1"), 200);
}


static void
other_files_are_for_all(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(get(f, "/" KERNEL_A "/2/kpatch.info"), 200);
    assert_string_equal(file(f), "resources/" KERNEL_A "/2/kpatch.info");
    assert_int_equal(
        get(f, "/9B9A8AA84CB0F9F9AEA6EB70A7693B49B2E6849F/1/kcare.ko"), 200);
    assert_string_equal(file(f), "resources/" KERNEL_A "/1/kcare.ko");
    assert_int_equal(get(f, "/" KERNEL_A "/some/pointer"), 200);
    assert_string_equal(file(f), "resources/" KERNEL_A "/some/pointer");
    assert_int_equal(get_as(f, "/" KERNEL_A "/2/kpatch.info", HOST1), 200);
}


static void
feed_limits_downloads(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(get_as(f, "/" KERNEL_A "/2/kpatch.bin", HOST1), 404);
    assert_true(f->response.has_checkin);
    assert_false(f->response.checkin.fetched);
    assert_int_equal(get_as(f, "/" KERNEL_A "/2/kpatch.bin", HOST2), 200);
    assert_int_equal(get_as(f, "/" KERNEL_A "/1/kpatch.bin", HOST2), 200);
    assert_int_equal(
        get_as(f, "/" KERNEL_A "/999999999999999999/kpatch.bin", HOST2), 404);
    /* host3's key has no right to kernel patches */
    assert_int_equal(get(f, "/" KERNEL_A "/1/kpatch.bin?server_id=host3"), 404);
    assert_int_equal(get(f, "/" KERNEL_A "/latest.v2?server_id=host3"), 404);
}


static void
without_patch_auth(void **state)
{
    fixture_t *f = *state;

    fixture_configure(f, "PATCH_AUTH = False\n");
    assert_int_equal(get(f, "/" KERNEL_A "/2/kpatch.bin"), 200);
    assert_int_equal(get_as(f, "/" KERNEL_A "/2/kpatch.bin", NOBODY), 200);
    assert_int_equal(get_as(f, "/" KERNEL_A "/2/kpatch.bin", HOST1), 404);
    assert_int_equal(get_as(f, "/" KERNEL_A "/1/kpatch.bin", HOST1), 200);
}


static void
prefixes(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(get_as(f, "/new/" KERNEL_A "/latest.v2", HOST1), 200);
    assert_string_equal(body(f), "2");
    assert_int_equal(get(f, "/new/" KERNEL_A "/latest.v2"), 200);
    assert_string_equal(body(f), "2");
    assert_int_equal(get_as(f, "/new/" KERNEL_A "/2/kpatch.bin", HOST1), 200);
    assert_int_equal(get_as(f, "/test/" KERNEL_A "/latest.v2", HOST2), 200);
    assert_string_equal(body(f), "2");
    /* patchsets of this moment are not 12 hours old */
    assert_int_equal(get_as(f, "/12h/" KERNEL_A "/latest.v2", HOST2), 404);
    ep_portal_set_clock(f->portal, (int64_t) 13 * 3600 * 1000000);
    assert_int_equal(get_as(f, "/12h/" KERNEL_A "/latest.v2", HOST2), 200);
    assert_int_equal(get_as(f, "/24h/" KERNEL_A "/latest.v2", HOST2), 404);
    assert_int_equal(get_as(f, "/24h/" KERNEL_A "/2/kpatch.bin", HOST2), 200);
    ep_portal_set_clock(f->portal, (int64_t) 49 * 3600 * 1000000);
    assert_int_equal(get_as(f, "/48h/" KERNEL_A "/latest.v2", HOST2), 200);
    assert_string_equal(body(f), "2");
}


static void
delays_and_stickies(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(
        get_as(f, "/" KERNEL_A "/latest.v2?UPDATE_DELAY=24h", HOST2), 404);
    assert_int_equal(
        get_as(f, "/" KERNEL_A "/latest.v2?sticky_patchset=K20210115_01",
               HOST2),
        200);
    assert_string_equal(body(f), "1");
    assert_int_equal(get_as(f, "/" KERNEL_A "/K20210101_01.latest.v2", HOST2),
                     200);
    assert_string_equal(body(f), "1");
    /* dates are not understood here: the feed's latest */
    assert_int_equal(
        get_as(f, "/" KERNEL_A "/latest.v2?sticky_patch=250518", HOST2), 200);
    assert_string_equal(body(f), "2");
    assert_int_equal(get_as(f, "/" KERNEL_A "/250518.latest.v2", HOST2), 200);
    assert_string_equal(body(f), "2");
}


static void
userspace(void **state)
{
    fixture_t *f = *state;
    const char *path = "/userspace/all/" BUILD_ID "/kpatch.tgz";

    assert_int_equal(get(f, path), 404);
    add_level(f, "U20210101_01", BUILD_ID, 5);
    assert_int_equal(get(f, path), 401);
    assert_int_equal(get_as(f, path, NOBODY), 401);
    assert_int_equal(get_as(f, path, HOST1), 404);
    enable(f, "U20210101_01", "main");
    assert_int_equal(get_as(f, path, HOST1), 200);
    assert_string_equal(file(f), "user-resources/" BUILD_ID "/5/kpatch.tgz");
    assert_true(f->response.checkin.fetched);
    assert_false(f->response.checkin.has_kernel);
    assert_int_equal(get_as(f, path, HOST2), 404);
    assert_int_equal(
        get_as(f, "/UserSpace/libs/centos7/" BUILD_ID "/KPATCH.tgz", HOST1),
        200);
    fixture_configure(f, "PATCH_AUTH = False\n");
    assert_int_equal(get(f, path), 200);
    assert_int_equal(
        get(f, "/userspace/all/2222222222222222222222222222222222222222/"
               "kpatch.tgz"),
        404);
    /* a build ID is no kernel */
    assert_int_equal(get(f, "/" BUILD_ID "/latest.v2"), 404);
}


static void
userspace_lists(void **state)
{
    fixture_t *f = *state;
    const char *text;

    assert_int_equal(get(f, "/libcare-patches.json"), 200);
    assert_string_equal(body(f), "{}");
    add_level(f, "U20210101_01", BUILD_ID, 5);
    add_level(f, "U20210101_01-qemu",
              "2222222222222222222222222222222222222222", 1);
    enable(f, "U20210101_01", "main");
    enable(f, "U20210101_01-qemu", "main");
    assert_int_equal(get(f, "/userspace-patches.json"), 200);
    assert_string_equal(f->response.content_type, "application/json");
    text = body(f);
    assert_non_null(strstr(text, "{\"" BUILD_ID "\":{\"name\":\"all\",\"time\":"
                                 "\"20"));
    assert_non_null(
        strstr(text, ",\"flavor\":\"centos7\",\"latest\":5},\"2222"));
    assert_int_equal(get_as(f, "/libcare-patches.json", HOST2), 200);
    assert_string_equal(body(f), "{}");
    assert_true(f->response.has_checkin);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "AGT-9: latest is the level in bare digits", latest_is_bare_digits,
          setup, fixture_teardown, NULL },
        { "an unknown kernel is 404 before it is anything else",
          unknown_kernel_is_404_first, setup, fixture_teardown, NULL },
        { "version answers compatibility checkers",
          version_for_compatibility_checkers, setup, fixture_teardown, NULL },
        { "FEED-1: the level is that of the feed of the caller's key",
          feed_of_the_caller, setup, fixture_teardown, NULL },
        { "AGT-8: asking for a level is a check-in", checkin_is_noted, setup,
          fixture_teardown, NULL },
        { "binary patches need a known server: 401", binary_needs_identity,
          setup, fixture_teardown, NULL },
        { "NEW-API-15: scanners read kpatch.info of any level",
          other_files_are_for_all, setup, fixture_teardown, NULL },
        { "NEW-KEY-1: the feed's level and the key's products limit downloads",
          feed_limits_downloads, setup, fixture_teardown, NULL },
        { "PATCH_AUTH = False opens the binaries", without_patch_auth, setup,
          fixture_teardown, NULL },
        { "NEW-OPS-11: prefixes are feeds, delays or nothing", prefixes, setup,
          fixture_teardown, NULL },
        { "NEW-OPS-11: STICKY_PATCHSET and UPDATE_DELAY", delays_and_stickies,
          setup, fixture_teardown, NULL },
        { "kpatch.tgz by build ID", userspace, setup, fixture_teardown, NULL },
        { "lists of build IDs", userspace_lists, setup, fixture_teardown,
          NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
