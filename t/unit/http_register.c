/* Registration and its end: protocol.md 1.2 and 1.9. */

#include <json-c/json.h>

#include "http.h"

#define REGISTER "/admin/api/register"
#define KCARE "/admin/api/kcare"
#define MULTIPART "multipart/form-data; boundary=----x"


static int
setup(void **state)
{
    fixture_setup(state);
    add_key(*state, "test", NULL, 0, 0);
    add_key(*state, "one", NULL, 1, 0);
    return 0;
}


/* The id in {"server_id": "..."}: 16 letters and digits, letter first. */
static const char *
new_id(fixture_t *f)
{
    json_object *root = json_tokener_parse(body(f));
    json_object *id;
    char *copy;

    assert_int_equal(json_object_object_length(root), 1);
    assert_true(json_object_object_get_ex(root, "server_id", &id));
    copy = ep_arena_strdup(f->arena, ep_str(json_object_get_string(id)));
    json_object_put(root);
    assert_int_equal(strlen(copy), 16);
    assert_true((copy[0] | 0x20) >= 'a' && (copy[0] | 0x20) <= 'z');
    return copy;
}


static void
assert_known(fixture_t *f, const char *id, bool known)
{
    ep_caller_t caller;

    assert_int_equal(ep_server_caller(f->portal, ep_str(id), &caller, NULL),
                     known ? EP_OK : EP_ENOTFOUND);
}


static void
every_body_form(void **state)
{
    static const struct {
        const char *target, *type, *body;
    } forms[] = {
        { REGISTER, "application/x-www-form-urlencoded",
          "key=test&hostname=h1&" },
        { REGISTER, "application/x-www-form-urlencoded; charset=utf-8",
          "hostname=h%31&key=te%73t" },
        { REGISTER, MULTIPART,
          "------x\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n"
          "test\r\n------x\r\nContent-Disposition: form-data; "
          "name=\"hostname\"\r\n\r\nh1\r\n------x--\r\n" },
        { REGISTER "/", "application/json",
          "{\"key\": \"test\", \"hostname\": \"h1\", \"x\": [1, null]}" },
        { REGISTER "?key=test&hostname=h1", "application/json", "null" },
        { REGISTER "?key=test", "application/json", "" },
        { REGISTER "/?key=test", "", "" },
        { REGISTER, "", "key=test" },
        { REGISTER, "text/plain", "{\"key\":\"test\"}" },
        { REGISTER "?hostname=a&hostname=b", "application/json; x",
          " {\"key\":[\"test\",\"other\"]} \n" },
    };
    fixture_t *f = *state;

    for (size_t i = 0; i < EP_ARRAY_LEN(forms); i++) {
        if (post(f, forms[i].target, forms[i].type, forms[i].body) != 200) {
            fail_msg("form %zu: %s", i, body(f));
        }
        assert_known(f, new_id(f), true);
    }
}


static void
refusals(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(post(f, REGISTER, "", ""), 400);
    assert_string_equal(body(f), "{\"error\":\"invalid-key\"}");
    assert_int_equal(post(f, REGISTER "?key=nope", "", ""), 400);
    assert_string_equal(body(f), "{\"error\":\"invalid-key\"}");
    assert_int_equal(post(f, REGISTER "?key=te%00st", "", ""), 400);
    assert_int_equal(post(f, REGISTER "?key=one", "", ""), 200);
    assert_int_equal(post(f, REGISTER "?key=one", "", ""), 400);
    assert_string_equal(body(f), "{\"error\":\"key-limit-reached\"}");
}


static void
malformed_bodies(void **state)
{
    static const struct {
        const char *type, *body;
    } bodies[] = {
        { "application/json", "{" },
        { "application/json", "[1]" },
        { "application/json", "\"x\"" },
        { "application/json", "{\"key\":\"test\"} x" },
        { "application/json", "{\"a\":[[[[[[[[[[1]]]]]]]]]]}" },
        { "application/json", "\xff\xfe" },
        { "multipart/form-data", "key=test" },
        { "multipart/form-data; boundary=", "--" },
        { MULTIPART, "nothing" },
        { MULTIPART, "------x" },
        { MULTIPART, "------x\r\nContent-Disposition: form-data" },
        { MULTIPART, "------x\r\nContent-Disposition: form-data; "
                     "name=\"key\"\r\n\r\ntest" },
        { MULTIPART, "------x\r\nno end of headers\r\n------x--" },
    };
    fixture_t *f = *state;

    for (size_t i = 0; i < EP_ARRAY_LEN(bodies); i++) {
        if (post(f, REGISTER, bodies[i].type, bodies[i].body) != 400) {
            fail_msg("body %zu: %d", i, f->response.status);
        }
        assert_string_equal(body(f), "{\"error\":\"bad-request\"}");
        assert_int_equal(post(f, KCARE "/register_server.plain", bodies[i].type,
                              bodies[i].body),
                         200);
        assert_string_equal(body(f), "success:false\nmessage:Bad request\n");
    }
}


static void
agents_register(void **state)
{
    fixture_t *f = *state;
    char id[17];

    assert_int_equal(
        get(f, "/api/kcare/register_server.plain?hostname=h&key=test"), 200);
    assert_int_equal(
        sscanf(body(f), "success:true\ncode:0\nserver_id:%16[A-Za-z0-9]", id),
        1);
    assert_int_equal(strlen(body(f)),
                     strlen("success:true\ncode:0\nserver_id:\n") + 16);
    assert_known(f, id, true);
    assert_int_equal(get(f, KCARE "/register_server.json?key=test&"), 200);
    assert_int_equal(sscanf(body(f),
                            "{\"success\":true,\"data\":{\"server_id\":"
                            "\"%16[A-Za-z0-9]\",\"code\":0}}",
                            id),
                     1);
    assert_known(f, id, true);
    assert_int_equal(post(f, KCARE "/register_server.json",
                          "application/x-www-form-urlencoded", "key=test"),
                     200);
}


static void
agents_are_refused(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(get(f, KCARE "/register_server.plain"), 200);
    assert_string_equal(body(f), "success:true\ncode:2\n");
    assert_int_equal(get(f, KCARE "/register_server.json?key=u|1|7"), 200);
    assert_string_equal(
        body(f), "{\"success\":true,\"data\":{\"server_id\":\"\",\"code\":2}}");
    assert_int_equal(get(f, KCARE "/register_server.plain?key=one"), 200);
    assert_int_equal(get(f, KCARE "/register_server.plain?key=one"), 200);
    assert_string_equal(body(f), "success:true\ncode:3\n");
    assert_int_equal(get(f, KCARE "/register_server.json?key=one"), 200);
    assert_string_equal(
        body(f), "{\"success\":true,\"data\":{\"server_id\":\"\",\"code\":3}}");
}


static ep_rc_t
copy_checkin(const ep_server_t *server, void *ctx, ep_err_t *err)
{
    *(int64_t *) ctx = server->checkin;
    return EP_OK;
}


static int64_t
last_checkin(fixture_t *f)
{
    int64_t checkin = -1;

    assert_int_equal(ep_server_list(f->portal, EP_STR_NULL, 0, 0, copy_checkin,
                                    &checkin, NULL),
                     EP_OK);
    return checkin;
}


static void
registers_again(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(
        get(f, KCARE "/register_server.plain?key=test&server_id=kept1"), 200);
    assert_int_equal(last_checkin(f), 0);
    assert_int_equal(
        get(f, KCARE "/register_server.plain?key=test&server_id=kept1"), 200);
    assert_in_range(ep_portal_now(f->portal) - last_checkin(f), 0, 60000000);
}


static void
keeps_its_id(void **state)
{
    fixture_t *f = *state;

    add_server(f, "test", "kept1", "h");
    assert_int_equal(
        get(f, KCARE "/register_server.plain?key=test&server_id=kept1"), 200);
    assert_string_equal(body(f), "success:true\ncode:0\nserver_id:kept1\n");
    /* the limit of one holds for one that moves in, not for one inside */
    assert_int_equal(
        get(f, KCARE "/register_server.plain?key=one&server_id=kept1"), 200);
    assert_string_equal(body(f), "success:true\ncode:0\nserver_id:kept1\n");
    assert_int_equal(
        get(f, KCARE "/register_server.plain?key=one&server_id=kept1"), 200);
    assert_string_equal(body(f), "success:true\ncode:0\nserver_id:kept1\n");
    assert_int_equal(post(f, REGISTER "?key=test&server_id=not+an+id", "", ""),
                     200);
    new_id(f);
}


static void
hostile_hostname(void **state)
{
    fixture_t *f = *state;

    assert_int_equal(
        post(f, REGISTER "?key=test&hostname=a%0a|b%ff%00\"", "", ""), 200);
    assert_int_equal(get(f, KCARE "/patchset.json?key=test"), 200);
    assert_string_equal(body(f), "[{\"host\":\"a |b? \\\"\",\"ip\":"
                                 "\"192.0.2.7\",\"kernel_id\":null,"
                                 "\"patch_level\":0}]");
}


static void
unregister(void **state)
{
    fixture_t *f = *state;

    add_server(f, "test", "gone1", "h");
    add_server(f, "test", "gone2", "h");
    assert_int_equal(get(f, KCARE "/unregister_server.plain?server_id=gone1"),
                     200);
    assert_string_equal(body(f), "success:true\ncode:0\n");
    assert_known(f, "gone1", false);
    assert_int_equal(get(f, KCARE "/unregister_server.plain?server_id=gone1"),
                     200);
    assert_string_equal(body(f), "success:false\nmessage:Server not found\n");
    assert_int_equal(get(f, KCARE "/unregister_server.json?server_id=gone2"),
                     200);
    assert_string_equal(body(f), "{\"success\":true,\"data\":true}");
    assert_int_equal(get(f, KCARE "/unregister_server.json?server_id=gone2"),
                     200);
    assert_string_equal(body(f), "{\"success\":true,\"data\":false}");
    assert_int_equal(get(f, KCARE "/unregister_server.json"), 200);
    assert_string_equal(body(f), "{\"success\":true,\"data\":false}");
}


static void
unregister_by_key(void **state)
{
    fixture_t *f = *state;
    const char *target =
        KCARE "/unregister_by_key.plain?key=test&ip=10.0.0.9&token=secret";
    char path[128];

    add_server(f, "test", "gone1", "h");
    add_server(f, "test", "gone2", "h");
    assert_int_equal(get(f, target), 200);
    assert_string_equal(body(f), "-3\n");
    snprintf(path, sizeof(path), "%s/config", f->dir);
    assert_int_equal(ep_dir_make(path, 0700, NULL), EP_OK);
    snprintf(path, sizeof(path), "%s/config/api.token", f->dir);
    assert_int_equal(ep_file_write(path, EP_STR("other\n"), 0600, NULL), EP_OK);
    assert_int_equal(get(f, target), 200);
    assert_string_equal(body(f), "-2\n");
    assert_int_equal(ep_file_write(path, EP_STR("\n"), 0600, NULL), EP_OK);
    assert_int_equal(
        get(f, KCARE "/unregister_by_key.plain?key=test&ip=10.0.0.9&token="),
        200);
    assert_string_equal(body(f), "-2\n");
    assert_int_equal(ep_file_write(path, EP_STR("secret\n"), 0600, NULL),
                     EP_OK);
    assert_int_equal(
        get(f, "/api/kcare/unregister_by_key.plain?key=test&token=secret"),
        200);
    assert_string_equal(body(f), "-1\n");
    assert_known(f, "gone1", true);
    assert_int_equal(get(f, target), 200);
    assert_string_equal(body(f), "2\n");
    assert_known(f, "gone1", false);
    assert_int_equal(get(f, target), 200);
    assert_string_equal(body(f), "0\n");
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "NEW-API-2: register by query, form, multipart and JSON",
          every_body_form, setup, fixture_teardown, NULL },
        { "NEW-API-2: invalid-key and key-limit-reached are 400", refusals,
          setup, fixture_teardown, NULL },
        { "malformed bodies are 400, for agents success:false",
          malformed_bodies, setup, fixture_teardown, NULL },
        { "AGT-5: an agent registers by key", agents_register, setup,
          fixture_teardown, NULL },
        { "agents read the reason as a code", agents_are_refused, setup,
          fixture_teardown, NULL },
        { "a server that registers again has checked in", registers_again,
          setup, fixture_teardown, NULL },
        { "a host that registers again keeps its id", keeps_its_id, setup,
          fixture_teardown, NULL },
        { "a hostile hostname becomes text", hostile_hostname, setup,
          fixture_teardown, NULL },
        { "AGT-10: an agent unregisters", unregister, setup, fixture_teardown,
          NULL },
        { "NEW-API-16: unregister by key, address and token", unregister_by_key,
          setup, fixture_teardown, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
