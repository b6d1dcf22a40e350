/* The agents' other methods: protocol.md 1.2, 4.2 and 4.3. */

#include "http.h"

#define KCARE "/admin/api/kcare"


static int
setup(void **state)
{
    fixture_setup(state);
    add_key(*state, "test", NULL, 0, 0);
    add_server(*state, "test", "host1", "h");
    return 0;
}


static ep_rc_t
copy_tags(const ep_server_t *server, void *ctx, ep_err_t *err)
{
    return ep_str_copy(server->tags, ctx, 256) ? EP_OK : EP_EINTERNAL;
}


static void
assert_tags(fixture_t *f, const char *expected)
{
    char tags[256];

    assert_int_equal(
        ep_server_list(f->portal, EP_STR_NULL, 0, 0, copy_tags, tags, NULL),
        EP_OK);
    assert_string_equal(tags, expected);
}


static void
check(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(get(f, KCARE "/check.plain?server_id=host1"), 200);
    assert_string_equal(body(f), "success:true\ncode:0\n");
    assert_true(f->response.has_checkin);
    assert_int_equal(get(f, KCARE "/check.json?server_id=host1"), 200);
    assert_string_equal(body(f), "{\"success\":true,\"data\":{\"code\":0}}");
    assert_int_equal(get(f, KCARE "/check.plain?server_id=nobody"), 200);
    assert_string_equal(body(f), "success:true\ncode:2\n");
    assert_false(f->response.has_checkin);
    assert_int_equal(get(f, "/api/kcare/check.json?ip=10.0.0.9"), 200);
    assert_string_equal(body(f), "{\"success\":true,\"data\":{\"code\":2}}");
}


static void
tags_are_set(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(
        get(f, KCARE "/tag_server.plain?server_id=host1&tag=env:prod;ubuntu"),
        200);
    assert_string_equal(body(f), "success:true\ncode:0\n");
    assert_true(f->response.has_checkin);
    assert_tags(f, "env:prod;ubuntu");
    assert_int_equal(post(f, KCARE "/tag_server.json",
                          "application/x-www-form-urlencoded",
                          "server_id=host1&tag=a%3Ab%3Bc"),
                     200);
    assert_string_equal(body(f), "{\"success\":true,\"data\":{\"code\":0}}");
    assert_tags(f, "a:b;c");
}


static void
tags_by_basic(void **state)
{
    fixture_t *f = *state;

    /* host1:x */
    assert_int_equal(
        get_as(f, KCARE "/tag_server.plain?tag=env:prod", "Basic aG9zdDE6eA=="),
        200);
    assert_string_equal(body(f), "success:true\ncode:0\n");
    assert_tags(f, "env:prod");
}


static void
tags_are_cleared(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(
        get(f, KCARE "/tag_server.plain?server_id=host1&tag=env:prod"), 200);
    assert_int_equal(get(f, KCARE "/tag_server.plain?server_id=host1&tag="),
                     200);
    assert_string_equal(body(f), "success:true\ncode:0\n");
    assert_tags(f, "");
}


static void
tags_are_refused(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(
        get(f, KCARE "/tag_server.plain?server_id=host1&tag=env:prod"), 200);
    assert_int_equal(get(f, KCARE "/tag_server.plain?server_id=nobody&tag=x"),
                     200);
    assert_string_equal(body(f),
                        "success:false\ncode:2\nmessage:Server not found\n");
    assert_int_equal(
        get(f, KCARE "/tag_server.plain?server_id=host1&tag=ok;a%0ab"), 200);
    assert_string_equal(body(f), "success:false\ncode:1\nmessage:Bad tags\n");
    assert_int_equal(
        get(f, KCARE "/tag_server.json?server_id=host1&tag=new;:b"), 200);
    assert_string_equal(body(f), "{\"success\":false,\"message\":\"Bad tags\","
                                 "\"data\":null}");
    assert_tags(f, "env:prod");
}


static void
sticky(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(get(f, KCARE "/sticky_patch.plain?server_id=host1"), 200);
    assert_string_equal(body(f), "success:true\ncode:1\n");
    assert_int_equal(get(f, KCARE "/sticky_patch.json"), 200);
    assert_string_equal(body(f), "{\"success\":true,\"data\":{\"code\":2}}");
}


static ep_rc_t
copy_facts(const ep_server_t *server, void *ctx, ep_err_t *err)
{
    snprintf(ctx, 256, "%.*s %.*s %lld %lld",
             EP_STR_ARG(server->facts[EP_FACT_HOSTNAME]),
             EP_STR_ARG(server->facts[EP_FACT_DISTRO]),
             (long long) server->level, (long long) server->uptime);
    return EP_OK;
}


static void
own_checkin(void **state)
{
    fixture_t *f = *state;
    char facts[256];

    assert_int_equal(post(f, KCARE "/checkin.json", "application/json",
                          "{\"server_id\":\"host1\",\"hostname\":\"new\","
                          "\"distro\":\"CentOS\",\"patch_level\":4,"
                          "\"uptime\":99}"),
                     200);
    assert_string_equal(body(f), "{\"success\":true,\"data\":true}");
    store_checkin(f);
    assert_int_equal(
        ep_server_list(f->portal, EP_STR_NULL, 0, 0, copy_facts, facts, NULL),
        EP_OK);
    assert_string_equal(facts, "new CentOS 4 99");
    assert_int_equal(post(f, KCARE "/checkin.json",
                          "multipart/form-data; boundary=b",
                          "--b\r\nContent-Disposition: form-data; "
                          "name=\"server_id\"\r\n\r\nhost1\r\n--b\r\n"
                          "Content-Disposition: form-data; "
                          "name=\"hostname\"\r\n\r\nmulti\r\n--b--\r\n"),
                     200);
    assert_string_equal(body(f), "{\"success\":true,\"data\":true}");
    store_checkin(f);
    assert_int_equal(
        ep_server_list(f->portal, EP_STR_NULL, 0, 0, copy_facts, facts, NULL),
        EP_OK);
    assert_string_equal(facts, "multi CentOS 4 99");
    assert_int_equal(get(f, KCARE "/checkin.json?server_id=nobody"), 200);
    assert_string_equal(body(f), "{\"success\":false,\"message\":\"Server not "
                                 "found\",\"data\":null}");
    assert_int_equal(post(f, KCARE "/checkin.json", "application/json", "{"),
                     200);
    assert_non_null(strstr(body(f), "\"success\":false"));
}


/* The module keeps an agent's report behind a request that tells nothing. */
static void
bare_requests(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(get(f, KCARE "/check.plain?server_id=host1&"), 200);
    assert_true(f->response.has_checkin);
    assert_int_equal(f->response.checkin.query.n, 0);
    assert_int_equal(get(f, KCARE "/tag_server.plain?server_id=host1&tag=a"),
                     200);
    assert_int_equal(f->response.checkin.query.n, 0);
    assert_int_equal(post(f, KCARE "/check.json",
                          "application/x-www-form-urlencoded",
                          "server_id=host1"),
                     200);
    assert_true(f->response.has_checkin);
    assert_int_equal(f->response.checkin.body.n, 0);
    assert_int_equal(get(f, KCARE "/check.plain?server_id=host1&uptime=1"),
                     200);
    assert_int_not_equal(f->response.checkin.query.n, 0);
    /* host1:x; what cannot be read is kept as it is */
    assert_int_equal(get_as(f, KCARE "/check.plain?zz", "Basic aG9zdDE6eA=="),
                     200);
    assert_int_not_equal(f->response.checkin.query.n, 0);
}


static void
unknown_methods(void **state)
{
    fixture_t *f = *state;
    static const char *const plain[] = { KCARE "/trial.plain",
                                         "/api/kcare/foo.plain",
                                         KCARE "/nagios/register_key.plain",
                                         KCARE "/a/b.plain" };

    for (size_t i = 0; i < EP_ARRAY_LEN(plain); i++) {
        assert_int_equal(get(f, plain[i]), 200);
        assert_string_equal(body(f), "success:false\nmessage:unknown method\n");
        assert_false(f->response.has_checkin);
    }
    /* whatever a known server asks is a check-in */
    assert_int_equal(get(f, KCARE "/foo.plain?server_id=host1"), 200);
    assert_string_equal(body(f), "success:false\nmessage:unknown method\n");
    store_checkin(f);
    assert_int_equal(get(f, KCARE "/key/list.json?token=u|1|x"), 200);
    assert_string_equal(body(f), "{\"success\":false,\"message\":\"unknown "
                                 "method\",\"data\":null}");
    assert_int_equal(get(f, KCARE "/something"), 404);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "check says whether a server is known", check, setup,
          fixture_teardown, NULL },
        { "TAG-2, TAG-3, TAG-4: an agent sets tags", tags_are_set, setup,
          fixture_teardown, NULL },
        { "TAG-1: a server that is known by its credentials alone sets tags",
          tags_by_basic, setup, fixture_teardown, NULL },
        { "TAG-5: an empty tag removes them all", tags_are_cleared, setup,
          fixture_teardown, NULL },
        { "tags that are refused change nothing", tags_are_refused, setup,
          fixture_teardown, NULL },
        { "sticky_patch: there is none, feeds do that", sticky, setup,
          fixture_teardown, NULL },
        { "our own check-in in JSON and multipart", own_checkin, setup,
          fixture_teardown, NULL },
        { "a request that only names its server tells nothing", bare_requests,
          setup, fixture_teardown, NULL },
        { "unknown methods fail in the grammar of the vendor", unknown_methods,
          setup, fixture_teardown, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
