/* Parameters, ages and the client's address, without a database. */

#include <eportal/server_list.h>

#include "http.h"
#include "http/params.h"

#define FORM "application/x-www-form-urlencoded"


static int
setup(void **state)
{
    fixture_t *f = calloc(1, sizeof(*f));

    snprintf(f->dir, sizeof(f->dir), "/tmp/eportal-unit-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    f->arena = ep_arena_new();
    *state = f;
    return 0;
}


static void
assert_param(const ep_params_t *params, size_t i, const char *name,
             const char *value)
{
    assert_true(i < params->count);
    if (!ep_str_eq(params->items[i].name, ep_str(name))
        || !ep_str_eq(params->items[i].value, ep_str(value)))
    {
        fail_msg("%.*s=%.*s, not %s=%s", EP_STR_ARG(params->items[i].name),
                 EP_STR_ARG(params->items[i].value), name, value);
    }
}


static void
forms(void **state)
{
    fixture_t *f = *state;
    ep_params_t p = { .count = 0 };

    assert_int_equal(
        ep_params_add_form(&p,
                           EP_STR("a=1&&b=x+y%2B&a=2&=no&c&d=%zz%4&%65=f=g"
                                  "&t=a;b|c&"),
                           f->arena, NULL),
        EP_OK);
    assert_int_equal(p.count, 7);
    assert_param(&p, 0, "a", "1");
    assert_param(&p, 1, "b", "x y+");
    assert_param(&p, 2, "a", "2");
    assert_param(&p, 3, "c", "");
    assert_param(&p, 4, "d", "%zz%4");
    assert_param(&p, 5, "e", "f=g");
    assert_param(&p, 6, "t", "a;b|c");
    assert_true(ep_str_eq(ep_params_get(&p, "a"), EP_STR("1")));
    assert_non_null(ep_params_get(&p, "c").p);
    assert_null(ep_params_get(&p, "nope").p);
}


static void
form_bounds(void **state)
{
    fixture_t *f = *state;
    ep_params_t p = { .count = 0 };
    char text[60000];
    size_t n = 0;

    while (n < sizeof(text) - 8) {
        n += (size_t) snprintf(text + n, 8, "a=1&");
    }
    assert_int_equal(
        ep_params_add_form(&p, (ep_str_t){ text, n }, f->arena, NULL), EP_OK);
    assert_int_equal(p.count, EP_PARAMS_MAX);
    p.count = 0;
    memset(text, 'n', sizeof(text));
    text[1000] = '=';
    assert_int_equal(ep_params_add_form(&p, (ep_str_t){ text, sizeof(text) },
                                        f->arena, NULL),
                     EP_OK);
    text[10] = '=';
    assert_int_equal(ep_params_add_form(&p, (ep_str_t){ text, sizeof(text) },
                                        f->arena, NULL),
                     EP_OK);
    assert_int_equal(p.count, 0);
    assert_int_equal(ep_params_add_form(&p, EP_STR_NULL, f->arena, NULL),
                     EP_OK);
}


static void
json_bodies(void **state)
{
    fixture_t *f = *state;
    ep_params_t p = { .count = 0 };

    assert_int_equal(
        ep_params_add_body(&p, EP_STR("Application/JSON; charset=utf-8"),
                           EP_STR("{\"a\":\"x\\u0000y\",\"b\":true,\"c\":1.5,"
                                  "\"d\":null,\"e\":[\"1\",2,null],\"\":1}"),
                           f->arena, NULL),
        EP_OK);
    assert_int_equal(p.count, 5);
    assert_true(ep_str_eq(p.items[0].value, EP_STR("x\0y")));
    assert_param(&p, 1, "b", "true");
    assert_param(&p, 2, "c", "1.5");
    assert_param(&p, 3, "e", "1");
    assert_param(&p, 4, "e", "2");
}


static void
multipart_bodies(void **state)
{
    fixture_t *f = *state;
    ep_params_t p = { .count = 0 };
    ep_str_t type = EP_STR("multipart/form-data; charset=x; boundary=\"b\"");

    assert_int_equal(
        ep_params_add_body(
            &p, type,
            EP_STR("preamble\r\n--b\r\nContent-Type: text/plain\r\n"
                   "content-disposition: form-data; filename=\"n\"; "
                   "name=\"a\"\r\n\r\nline 1\r\nline 2\r\n\r\n--b\n"
                   "Content-Disposition: form-data; name=c\n\nd\n--b\r\n"
                   "Content-Disposition: form-data\r\n\r\nnameless\r\n--b\r\n"
                   "Content-Disposition: form-data; name=e\r\n\r\n\r\n--b--"
                   "epilogue"),
            f->arena, NULL),
        EP_OK);
    assert_int_equal(p.count, 3);
    assert_param(&p, 0, "a", "line 1\r\nline 2\r\n");
    assert_param(&p, 1, "c", "d");
    assert_param(&p, 2, "e", "");
}


static void
look_decides(void **state)
{
    fixture_t *f = *state;
    ep_params_t p = { .count = 0 };

    assert_int_equal(
        ep_params_add_body(&p, EP_STR_NULL, EP_STR(" null\n"), f->arena, NULL),
        EP_OK);
    assert_int_equal(ep_params_add_body(&p, EP_STR("application/json"),
                                        EP_STR("  "), f->arena, NULL),
                     EP_OK);
    assert_int_equal(p.count, 0);
    assert_int_equal(ep_params_add_body(&p, EP_STR("x/y"),
                                        EP_STR("{\"a\":\"b\"}"), f->arena,
                                        NULL),
                     EP_OK);
    assert_int_equal(
        ep_params_add_body(&p, EP_STR_NULL, EP_STR("c=d"), f->arena, NULL),
        EP_OK);
    assert_param(&p, 0, "a", "b");
    assert_param(&p, 1, "c", "d");
}


static void
assert_client(fixture_t *f, const char *peer, const char *forwarded,
              const char *expected)
{
    ep_http_request_t request = { .headers[EP_HEADER_X_FORWARDED_FOR] =
                                      ep_str(forwarded) };
    char text[EP_ADDR_TEXT];
    ep_addr_t client;

    assert_true(ep_addr_parse(ep_str(peer), &request.peer));
    client = ep_http_client(f->cfg, &request);
    ep_addr_format(&client, text);
    if (strcmp(text, expected) != 0) {
        fail_msg("%s through \"%s\" is %s, not %s", peer, forwarded, text,
                 expected);
    }
}


static void
address_is_the_connection(void **state)
{
    fixture_t *f = *state;

    fixture_configure(f, "");
    assert_client(f, "198.51.100.1", "203.0.113.9", "198.51.100.1");
    assert_client(f, "127.0.0.1", "203.0.113.9", "127.0.0.1");
    assert_client(f, "2001:db8::1", "203.0.113.9", "2001:db8::1");
}


static void
spoofed_addresses(void **state)
{
    fixture_t *f = *state;
    char many[8192];
    size_t n = 0;

    fixture_configure(
        f, "TRUSTED_PROXIES = ['10.0.0.0/8', '2001:db8:1::/48', '::1']\n");
    /* of somebody who is no proxy */
    assert_client(f, "198.51.100.1", "203.0.113.9", "198.51.100.1");
    assert_client(f, "198.51.100.1", "203.0.113.9, 10.0.0.1", "198.51.100.1");
    /* the proxy appends, so what the client claimed is at the left */
    assert_client(f, "10.0.0.1", "203.0.113.9", "203.0.113.9");
    assert_client(f, "10.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9");
    assert_client(f, "10.0.0.1", "1.2.3.4,203.0.113.9,10.9.9.9", "203.0.113.9");
    assert_client(f, "10.0.0.1", "10.0.0.7, 10.0.0.6", "10.0.0.7");
    assert_client(f, "10.0.0.1", "10.0.0.7, 203.0.113.9, 10.0.0.6",
                  "203.0.113.9");
    /* IPv6, also with ports and brackets, mapped addresses */
    assert_client(f, "2001:db8:1::5", "2001:db8:2::9", "2001:db8:2::9");
    assert_client(f, "::1", "1.1.1.1, [2001:db8:2::9]:443", "2001:db8:2::9");
    assert_client(f, "::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9");
    assert_client(f, "10.0.0.1", "203.0.113.9:5555", "203.0.113.9");
    /* garbage is nobody: the last hop that is known */
    assert_client(f, "10.0.0.1", "garbage", "10.0.0.1");
    assert_client(f, "10.0.0.1", "1.2.3.4, , 10.0.0.2", "10.0.0.2");
    assert_client(f, "10.0.0.1", "1.2.3.4, unknown, 10.0.0.2", "10.0.0.2");
    assert_client(f, "10.0.0.1", ",,,,", "10.0.0.1");
    assert_client(f, "10.0.0.1", "[", "10.0.0.1");
    assert_client(f, "10.0.0.1", "203.0.113.9/8", "10.0.0.1");
    while (n < sizeof(many) - 12) {
        n += (size_t) snprintf(many + n, 12, "10.0.0.9, ");
    }
    many[n - 2] = '\0';
    assert_client(f, "10.0.0.1", many, "10.0.0.9");
}


static ep_age_t
age(const char *text)
{
    ep_age_t out = { .set = false };

    assert_true(ep_age_parse(ep_str(text), &out));
    assert_true(out.set);
    return out;
}


static void
ages(void **state)
{
    (void) state;
    assert_true(age("-48h").within);
    assert_int_equal(age("-48h").seconds, 48 * 3600);
    assert_false(age("3").within);
    assert_int_equal(age("3").seconds, 3 * 86400);
    assert_false(age("50h").within);
    assert_int_equal(age("50h").seconds, 50 * 3600);
    assert_true(age("-2").within);
    assert_int_equal(age("-2").seconds, 2 * 86400);
    assert_false(age("0").within);
    assert_int_equal(age("0").seconds, 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "forms: repeated names, empty pairs, raw '|' and ';'", forms, setup,
          fixture_teardown, NULL },
        { "forms are bounded", form_bounds, setup, fixture_teardown, NULL },
        { "JSON bodies", json_bodies, setup, fixture_teardown, NULL },
        { "multipart bodies", multipart_bodies, setup, fixture_teardown, NULL },
        { "a body without a known type is read by its look", look_decides,
          setup, fixture_teardown, NULL },
        { "X-Forwarded-For is nothing by default", address_is_the_connection,
          setup, fixture_teardown, NULL },
        { "X-Forwarded-For of trusted proxies cannot be spoofed",
          spoofed_addresses, setup, fixture_teardown, NULL },
        { "NEW-API-1: ages in days and hours, at least or within", ages, NULL,
          NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
