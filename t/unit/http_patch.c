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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "AGT-10: latest is the level in bare digits", latest_is_bare_digits,
          setup, fixture_teardown, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
