/* The route table and its matching: http/private.h. */

#include "http.h"
#include "http/private.h"

#define H KERNEL_A


static const char *
name_of(ep_method_t method, const char *path, unsigned *allow)
{
    ep_str_t captures[EP_CAP_COUNT];
    const ep_route_t *route =
        ep_route_find(method, ep_str(path), captures, allow);

    return route != NULL ? route->name : NULL;
}


static void
expect(const char *path, const char *name)
{
    unsigned allow;
    const char *found = name_of(EP_GET, path, &allow);

    if (found == NULL || strcmp(found, name) != 0) {
        fail_msg("%s is %s, not %s", path, found ? found : "unknown", name);
    }
}


static void
expect_unknown(const char *path)
{
    unsigned allow;
    const char *found = name_of(EP_GET, path, &allow);

    if (found != NULL || allow != 0) {
        fail_msg("%s is %s", path, found ? found : "known");
    }
}


static void
rows_say_all_of_themselves(void **state)
{
    assert_int_equal(ep_route_count(), ep_routes_count);
    for (size_t i = 0; i < ep_routes_count; i++) {
        const ep_route_t *route = &ep_routes[i];

        assert_in_range(route->auth, EP_AUTH_PUBLIC, EP_AUTH_MONITOR);
        assert_int_not_equal(route->methods, 0);
        assert_non_null(route->handler);
        /* What changes something by GET, as old agents want it, has no HEAD. */
        assert_true(!(route->methods & EP_GET) || route->methods & EP_HEAD
                    || route->exec == EP_EXEC_COMMIT
                    || strcmp(route->name, "unregister-by-key") == 0);
        assert_non_null(ep_route_info(i).auth);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(route->name, ep_routes[k].name);
        }
    }
}


static void
patch_tree_paths(void **state)
{
    expect("/" H "/latest", "patch-latest");
    expect("/" H "/latest.v1", "patch-latest");
    expect("/" H "/latest.v123", "patch-latest");
    expect("/" H "/250518.latest.v2", "patch-latest");
    expect("/12h/" H "/latest.v2", "patch-latest");
    expect("/test/" H "/version", "patch-version");
    expect("/9B9A8AA84CB0F9F9AEA6EB70A7693B49B2E6849F/version",
           "patch-version");
    expect("/" H "/3/kpatch.bin", "patch-binary");
    expect("/" H "/3/kpatch.bin.sig", "patch-binary");
    expect("/" H "/3/extra/kpatch.bin", "patch-binary");
    expect("/x.y_z-1/" H "/3/kpatch.bin", "patch-binary");
    expect("/" H "/3/kpatch.info", "patch-file");
    expect("/" H "/3/a/b c/d", "patch-file");
    expect("/" H "/kpatch.bin", "object-binary");
    expect("/" H "/latest.vx", "object-file");
    expect("/" H "/meta/file", "object-file");
}


static void
other_paths(void **state)
{
    expect("/userspace/all/" BUILD_ID "/kpatch.tgz", "userspace-patch");
    expect("/USERSPACE/a/b/c/" BUILD_ID "/Kpatch.TGZ", "userspace-patch");
    expect("/admin/api/kcare/register_server.json", "register-server");
    expect("/api/kcare/register_server.plain", "register-server");
    expect("/admin/api/kcare/trial.plain", "unknown-method");
    expect("/api/kcare/key/create.json", "unknown-method");
    expect("/admin/api/kcare/nagios/a b", "nagios");
    expect("/admin/api/kcare/nagios/key/", "nagios");
    expect("/admin/api/kcare/patchset/key", "scanner-rows");
    expect("/admin/api/kcare/patchset.json", "scanner-list");
}


static void
hostile_paths(void **state)
{
    static const char *const paths[] = {
        "",
        "/",
        "x",
        "//",
        "/" H,
        "/" H "/",
        "/" H "/latest/",
        "/" H "//latest",
        "/" H "/0/kpatch.bin",
        "/" H "/007/kpatch.bin",
        "/" H "/1/",
        "/" H "/1",
        "/" H "/9999999999999999999/kpatch.bin",
        "/" H "/1/../2/kpatch.bin",
        "/" H "/..",
        "/" H "/.hidden",
        "/" H "/1/a\\b",
        "/" H "/1/a\nb",
        "/" H "/1/\xff",
        "/" H "0/latest",
        "/a b/" H "/latest",
        "/123456789012345678901234567890123/" H "/latest",
        "/x/y/" H "/latest",
        "/userspace/" BUILD_ID "/kpatch.tgz/",
        "/userspace/all/" BUILD_ID "0/kpatch.tgz",
        "/admin/api/kcare/",
        "/admin/api/kcare/nagios/",
        "/admin/api/kcare/register_server.xml",
        "/x/api/kcare/register_server.json",
        "/admin/api/kcare/.htaccess",
        "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r.plain",
    };

    for (size_t i = 0; i < EP_ARRAY_LEN(paths); i++) {
        expect_unknown(paths[i]);
    }
}


static void
nul_in_a_path(void **state)
{
    ep_str_t captures[EP_CAP_COUNT];
    unsigned allow;

    assert_null(ep_route_find(EP_GET, EP_STR("/" H "/a\0b"), captures, &allow));
    assert_int_equal(allow, 0);
}


static void
wrong_method_is_405(void **state)
{
    fixture_t *f = *state;
    ep_http_request_t request =
        make_request(EP_DELETE, "/admin/api/kcare/check.plain");

    assert_int_equal(run_request(f, &request), 405);
    assert_string_equal(header(f, "Allow"), "GET, HEAD, POST");
    assert_string_equal(body(f), "{\"error\":\"method-not-allowed\"}");
    request = make_request(EP_OPTIONS, "/" H "/latest.v2");
    assert_int_equal(run_request(f, &request), 405);
    assert_string_equal(header(f, "Allow"), "GET, HEAD");
    request = make_request(EP_GET, "/admin/api/register");
    assert_int_equal(run_request(f, &request), 405);
    assert_string_equal(header(f, "Allow"), "POST");
    request = make_request(EP_METHOD_OTHER, "/nowhere");
    assert_int_equal(run_request(f, &request), 404);
    assert_string_equal(body(f), "{\"error\":\"not-found\"}");
}


static void
no_database_is_503(void **state)
{
    fixture_t *f = *state;
    ep_http_request_t request = make_request(EP_GET, "/" H "/latest.v2");
    int64_t seconds;

    ep_http_run(NULL, &request, f->arena, &f->response, NULL);
    assert_int_equal(f->response.status, 503);
    assert_true(ep_str_int(ep_str(header(f, "Retry-After")), &seconds));
    assert_in_range(seconds, 1, 60);
    assert_string_equal(body(f), "{\"error\":\"no-database\"}");
    request = make_request(EP_GET, "/admin/api/kcare/check.plain");
    ep_http_run(NULL, &request, f->arena, &f->response, NULL);
    assert_int_equal(f->response.status, 503);
    assert_non_null(header(f, "Retry-After"));
    assert_string_equal(body(f),
                        "success:false\nmessage:Unexpected server error\n");
    assert_true(f->response.log[0] != '\0');
    request = make_request(EP_GET, "/nowhere");
    ep_http_run(NULL, &request, f->arena, &f->response, NULL);
    assert_int_equal(f->response.status, 404);
}


static void
plans(void **state)
{
    ep_http_request_t request = make_request(EP_GET, "/" H "/latest.v2");
    ep_http_plan_t plan;

    ep_http_plan(&request, &plan);
    assert_int_equal(plan.exec, EP_EXEC_LOOP);
    request = make_request(EP_POST, "/admin/api/register/");
    ep_http_plan(&request, &plan);
    assert_int_equal(plan.exec, EP_EXEC_COMMIT);
    assert_in_range(plan.max_body, 1024, 1024 * 1024);
    request = make_request(EP_GET, "/admin/api/kcare/nagios/x");
    ep_http_plan(&request, &plan);
    assert_int_equal(plan.exec, EP_EXEC_READ);
}


static void
error_of_the_bridge(void **state)
{
    fixture_t *f = *state;

    ep_http_error(413, "too-large", f->arena, &f->response);
    assert_int_equal(f->response.status, 413);
    assert_string_equal(body(f), "{\"error\":\"too-large\"}");
    assert_null(header(f, "Retry-After"));
    ep_http_error(503, "busy", f->arena, &f->response);
    assert_non_null(header(f, "Retry-After"));
}


static bool
https_from(const ep_config_t *cfg, const char *peer, const char *proto)
{
    ep_http_request_t request = { .method = EP_GET };
    ep_call_t call = { .cfg = cfg, .request = &request };

    assert_true(ep_addr_parse(ep_str(peer), &request.peer));
    request.headers[EP_HEADER_X_FORWARDED_PROTO] = ep_str(proto);
    return ep_call_https(&call);
}


static void
forwarded_proto(void **state)
{
    static const char *const near[] = {
        "127.0.0.1", "::1", "10.0.0.1", "172.16.0.9", "192.168.3.4", "fd00::1"
    };
    static const char *const far[] = { "198.51.100.1", "172.32.0.1", "11.0.0.1",
                                       "2001:db8::1" };
    fixture_t *f = *state;
    const ep_config_t *cfg = ep_portal_config(f->portal);

    for (size_t i = 0; i < EP_ARRAY_LEN(near); i++) {
        assert_true(https_from(cfg, near[i], "https"));
        assert_false(https_from(cfg, near[i], "http"));
        assert_false(https_from(cfg, near[i], ""));
    }
    for (size_t i = 0; i < EP_ARRAY_LEN(far); i++) {
        assert_false(https_from(cfg, far[i], "https"));
    }
    fixture_configure(f, "TRUSTED_PROXIES = ['198.51.100.0/24']\n");
    cfg = ep_portal_config(f->portal);
    assert_true(https_from(cfg, far[0], "https"));
    assert_false(https_from(cfg, far[1], "https"));
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "every row names its access, methods and handler",
          rows_say_all_of_themselves, NULL, NULL, NULL },
        { "AGT-9: paths below PATCH_SERVER find their routes", patch_tree_paths,
          NULL, NULL, NULL },
        { "AGT-10: paths below REGISTRATION_URL, with and without /admin",
          other_paths, NULL, NULL, NULL },
        { "malformed and hostile paths are unknown", hostile_paths, NULL, NULL,
          NULL },
        { "a NUL byte makes a path unknown", nul_in_a_path, NULL, NULL, NULL },
        { "a wrong method is 405 with Allow, an unknown path 404",
          wrong_method_is_405, fixture_setup, fixture_teardown, NULL },
        { "without database 503 in the grammar of the route",
          no_database_is_503, fixture_setup, fixture_teardown, NULL },
        { "a plan says where a handler runs", plans, NULL, NULL, NULL },
        { "answers that are made outside a handler", error_of_the_bridge,
          fixture_setup, fixture_teardown, NULL },
        { "ASVS 4.1.3, 15.3.4: X-Forwarded-Proto counts from private networks "
          "and trusted proxies",
          forwarded_proto, fixture_setup, fixture_teardown, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
