/* Monitors and scanners: the grammars of protocol.md 1.8. */

#include <json-c/json.h>

#include "http.h"

#define KCARE "/admin/api/kcare"
#define HOUR_US ((int64_t) 3600 * 1000000)


static int
setup(void **state)
{
    fixture_t *f;

    fixture_setup(state);
    f = *state;
    add_feed(f, "new");
    add_key(f, "KEY", "new", 0, 0);
    add_key(f, "empty", NULL, 0, 0);
    add_key(f, "limited", "new", 0, EP_PRODUCT_BIT(EP_PRODUCT_USER));
    add_level(f, "K20210101_01", KERNEL_A, 1);
    add_level(f, "K20210201_01", KERNEL_A, 2);
    enable(f, "K20210201_01", "new");
    return 0;
}


static void
check_in(fixture_t *f, const char *id, const char *kernel, int level)
{
    char target[256];

    snprintf(target, sizeof(target),
             KCARE "/checkin.json?server_id=%s&patch_level=%d%s%s", id, level,
             kernel ? "&kernel_id=" : "", kernel ? kernel : "");
    assert_int_equal(get(f, target), 200);
    store_checkin(f);
}


static void
nagios_all_fine(void **state)
{
    fixture_t *f = *state;

    add_server(f, "KEY", "s1", "one");
    add_server(f, "KEY", "s2", "two");
    check_in(f, "s1", KERNEL_A, 2);
    check_in(f, "s2", KERNEL_A, 3);
    assert_int_equal(get(f, KCARE "/nagios/KEY"), 200);
    assert_string_equal(body(f),
                        "KernelCare OK - all servers are up to date!|"
                        "uptodate=2;outofdate=0;unsupported=0;inactive=0\n");
    assert_non_null(strstr(f->response.content_type, "text/plain"));
    assert_int_equal(get(f, "/api/kcare/nagios/KEY/"), 200);
}


static void
nagios_counts(void **state)
{
    fixture_t *f = *state;

    add_server(f, "KEY", "s1", "one");
    add_server(f, "KEY", "s2", "two");
    add_server(f, "KEY", "s3", "three");
    add_server(f, "KEY", "s4", "four");
    add_server(f, "KEY", "s5", "five");
    check_in(f, "s5", KERNEL_A, 2);
    ep_portal_set_clock(f->portal, 49 * HOUR_US);
    check_in(f, "s1", KERNEL_A, 2);
    check_in(f, "s2", KERNEL_A, 1);
    check_in(f, "s3", KERNEL_B, 9);
    check_in(f, "s4", NULL, 0);
    assert_int_equal(get(f, KCARE "/nagios/KEY"), 200);
    assert_string_equal(body(f),
                        "1 machines are OUTOFDATE!|"
                        "uptodate=1;outofdate=1;unsupported=2;inactive=1\n"
                        "two (192.0.2.7) is OUTOFDATE\n"
                        "three (192.0.2.7) is UNSUPPORTED\n"
                        "four (192.0.2.7) is UNSUPPORTED\n"
                        "five (192.0.2.7) is INACTIVE\n");
    /* main has nothing enabled, the key may not have kernel patches */
    add_server(f, "limited", "s6", "six");
    check_in(f, "s6", KERNEL_A, 1);
    assert_int_equal(get(f, KCARE "/nagios/limited"), 200);
    assert_string_equal(body(f),
                        "1 machines are UNSUPPORTED!|"
                        "uptodate=0;outofdate=0;unsupported=1;inactive=0\n"
                        "six (192.0.2.7) is UNSUPPORTED\n");
}


/* A registration is no check-in. */
static void
nagios_border(void **state)
{
    fixture_t *f = *state;

    add_server(f, "KEY", "s1", "one");
    add_server(f, "KEY", "s2", "two");
    assert_int_equal(get(f, KCARE "/nagios/KEY"), 200);
    assert_non_null(strstr(body(f), "unsupported=0;inactive=2\n"));
    check_in(f, "s1", KERNEL_A, 2);
    ep_portal_set_clock(f->portal, 48 * HOUR_US - 60000000);
    assert_int_equal(get(f, KCARE "/nagios/KEY"), 200);
    assert_non_null(strstr(body(f), "uptodate=1;outofdate=0;"
                                    "unsupported=0;inactive=1\n"));
    ep_portal_set_clock(f->portal, 48 * HOUR_US + 2000000);
    assert_int_equal(get(f, KCARE "/nagios/KEY"), 200);
    assert_non_null(strstr(body(f), "unsupported=0;inactive=2\n"));
}


static void
nagios_nobody(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(get(f, KCARE "/nagios/unknown"), 200);
    assert_string_equal(body(f), "Servers not found for key unknown\n");
    assert_int_equal(get(f, KCARE "/nagios/empty"), 200);
    assert_string_equal(body(f), "Servers not found for key empty\n");
    assert_int_equal(get(f, KCARE "/nagios/a|b\nc\xff"), 200);
    assert_string_equal(body(f), "Servers not found for key a?b c?\n");
    assert_int_equal(
        get(f,
            KCARE "/nagios/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        200);
    assert_int_equal(strlen(body(f)),
                     strlen("Servers not found for key \n") + 64);
}


static void
nagios_hostile_names(void **state)
{
    fixture_t *f = *state;
    ep_http_request_t request;

    add_server(f, "KEY", "s1", "one");
    request = make_request(
        EP_GET, "/" KERNEL_B
                "/latest.v2?server_id=s1&hostname=a%0a1%7cuptodate%3d9%00%ff");
    assert_int_equal(run_request(f, &request), 404);
    store_checkin(f);
    assert_int_equal(get(f, KCARE "/nagios/KEY"), 200);
    assert_string_equal(body(f),
                        "1 machines are UNSUPPORTED!|"
                        "uptodate=0;outofdate=0;unsupported=1;inactive=0\n"
                        "a 1?uptodate=9 ? (192.0.2.7) is UNSUPPORTED\n");
}


static void
nagios_resellers(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(get(f, KCARE "/nagios-res/login/token"), 200);
    assert_string_equal(body(f), "Reseller not found\n");
}


/* Names beyond a megabyte are left out, the counters are not. */
static void
nagios_many(void **state)
{
    fixture_t *f = *state;
    char name[256], id[EP_SERVER_ID_MAX + 1];
    ep_addr_t ip = { 4, { 10, 0, 0, 9 } };

    memset(name, 'x', 255);
    name[255] = '\0';
    fixture_begin(f);
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(ep_server_register(f->portal, EP_STR("KEY"),
                                            EP_STR_NULL, ep_str(name), &ip, id,
                                            NULL),
                         EP_OK);
    }
    fixture_commit(f);
    assert_int_equal(get(f, KCARE "/nagios/KEY"), 200);
    assert_non_null(strstr(body(f), ";inactive=5000\n"));
    assert_in_range(f->response.body.n, 1000000, 1024 * 1024 + 200);
    assert_int_equal(f->response.body.p[f->response.body.n - 1], '\n');
}


static void
scanner_rows(void **state)
{
    fixture_t *f = *state;
    json_object *root, *data, *row;

    add_server(f, "KEY", "s1", "one");
    add_server(f, "KEY", "s2", "two");
    check_in(f, "s1", KERNEL_A, 2);
    assert_int_equal(get(f, KCARE "/patchset/KEY"), 200);
    assert_string_equal(f->response.content_type, "application/json");
    root = json_tokener_parse(body(f));
    assert_true(json_object_object_get_ex(root, "data", &data));
    assert_int_equal(json_object_array_length(data), 2);
    row = json_object_array_get_idx(data, 0);
    assert_int_equal(json_object_array_length(row), 3);
    assert_string_equal(
        json_object_get_string(json_object_array_get_idx(row, 0)), "192.0.2.7");
    assert_string_equal(
        json_object_get_string(json_object_array_get_idx(row, 1)), KERNEL_A);
    assert_true(
        json_object_is_type(json_object_array_get_idx(row, 2), json_type_int));
    row = json_object_array_get_idx(data, 1);
    assert_null(json_object_array_get_idx(row, 1));
    assert_int_equal(json_object_get_int(json_object_array_get_idx(row, 2)), 0);
    json_object_put(root);
    assert_int_equal(get(f, KCARE "/patchset/nope"), 200);
    assert_string_equal(body(f), "{\"data\":[]}");
}


static void
scanner_list(void **state)
{
    fixture_t *f = *state;

    add_server(f, "KEY", "s1", "one");
    add_server(f, "KEY", "s2", "two\"");
    check_in(f, "s1", KERNEL_A, 2);
    assert_int_equal(get(f, "/api/kcare/patchset.json?key=KEY"), 200);
    assert_string_equal(
        body(f), "[{\"host\":\"one\",\"ip\":\"192.0.2.7\",\"kernel_id\":"
                 "\"" KERNEL_A "\",\"patch_level\":2},{\"host\":\"two\\\"\","
                 "\"ip\":\"10.0.0.9\",\"kernel_id\":null,\"patch_level\":0}]");
    assert_int_equal(get(f, KCARE "/patchset.json"), 200);
    assert_string_equal(body(f), "[]");
    assert_int_equal(get(f, KCARE "/patchset.json?key="), 200);
    assert_string_equal(body(f), "[]");
}


/* Servers whose names have 255 letters: their list is too large for memory. */
static void
add_many(fixture_t *f, int n)
{
    char name[256], id[EP_SERVER_ID_MAX + 1];
    ep_addr_t ip = { 4, { 10, 0, 0, 9 } };

    fixture_begin(f);
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "%0255d", i);
        assert_int_equal(ep_server_register(f->portal, EP_STR("KEY"),
                                            EP_STR_NULL, ep_str(name), &ip, id,
                                            NULL),
                         EP_OK);
    }
    fixture_commit(f);
}


static void
large_list(void **state)
{
    fixture_t *f = *state;
    char want[512], got[512];
    size_t at = 0, n;

    add_many(f, 5000);
    assert_int_equal(get(f, KCARE "/patchset.json?key=KEY"), 200);
    assert_int_equal(f->response.body.n, 0);
    assert_true(f->response.body_size > 0);
    for (int i = 0; i < 5000; i++) {
        n = (size_t) snprintf(want, sizeof(want),
                              "%c{\"host\":\"%0255d\",\"ip\":\"10.0.0.9\","
                              "\"kernel_id\":null,\"patch_level\":0}",
                              i == 0 ? '[' : ',', i);
        assert_int_equal(pread(f->response.body_fd, got, n, (off_t) at), n);
        assert_memory_equal(got, want, n);
        at += n;
    }
    assert_int_equal(pread(f->response.body_fd, got, 2, (off_t) at), 1);
    assert_int_equal(got[0], ']');
    assert_int_equal(f->response.body_size, at + 1);
    assert_int_equal(get(f, KCARE "/patchset/nope"), 200);
    assert_int_equal(f->response.body_size, 0);
}


/* No place for its file is no reason for less: clients come back. */
static void
large_list_fails(void **state)
{
    fixture_t *f = *state;
    char path[96];

    snprintf(path, sizeof(path), "%s/tmp", f->dir);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(ep_file_write(path, EP_STR("a file"), 0600, NULL), EP_OK);
    add_many(f, 5000);
    assert_int_equal(get(f, KCARE "/patchset.json?key=KEY"), 503);
    assert_string_equal(body(f), "{\"error\":\"list-file\"}");
    assert_non_null(header(f, "Retry-After"));
    assert_int_equal(f->response.body_size, 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(get(f, KCARE "/patchset.json?key=KEY"), 200);
    assert_true(f->response.body_size > 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "NAG-1, NAG-2: all fine, with counters", nagios_all_fine, setup,
          fixture_teardown, NULL },
        { "NAG-3: outdated, unsupported and inactive are told apart",
          nagios_counts, setup, fixture_teardown, NULL },
        { "inactive begins 48 hours after the last check-in", nagios_border,
          setup, fixture_teardown, NULL },
        { "NAG-2: an unknown or empty key", nagios_nobody, setup,
          fixture_teardown, NULL },
        { "hostile host names cannot break the monitors' grammar",
          nagios_hostile_names, setup, fixture_teardown, NULL },
        { "NAG-4: no access by partner and token", nagios_resellers, setup,
          fixture_teardown, NULL },
        { "names are bounded, counters are right", nagios_many, setup,
          fixture_teardown, NULL },
        { "NEW-API-15: patchset/KEY has three columns of exact types",
          scanner_rows, setup, fixture_teardown, NULL },
        { "a list that is too large for memory is a file", large_list, setup,
          fixture_teardown, NULL },
        { "a list whose file cannot be written", large_list_fails, setup,
          fixture_teardown, NULL },
        { "patchset.json has exactly four names", scanner_list, setup,
          fixture_teardown, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
