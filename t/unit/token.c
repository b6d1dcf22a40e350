/* Tokens and check-ins in every encoding: eportal/agent.h. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <eportal/agent.h>

#include "agent/token.h"

static const char json_text[] =
    "{\"server_id\": \"Abc123\", \"hostname\": \"h\\u00e9.example\","
    " \"kernel_id\": \"9B9A8AA84CB0F9F9AEA6EB70A7693B49B2E6849F\","
    " \"patch_level\": 7, \"uptime\": \"12.75\", \"nested\": {\"server_id\":"
    " \"evil\"}, \"list\": [1, \"]\"], \"euname\": null, \"new\": \"x\"}";
static const char python_text[] =
    "{'server_id': u'Abc123', 'hostname': 'h\\xe9.example', 'ok': True,"
    " 'kernel_id': '9b9a8aa84cb0f9f9aea6eb70a7693b49b2e6849f',"
    " 'patch_level': 7L, 'uptime': 12, 'nested': ('server_id', {'a': 1}),"
    " 'euname': None, 'new': 'x'}";


static void
to_hex(const char *text, char *out)
{
    ep_hex(text, strlen(text), out);
}


static void
to_base64(const char *text, bool url, char *out)
{
    static const char std[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
                              "wxyz0123456789+/";
    size_t n = strlen(text), k = 0;

    for (size_t i = 0; i < n; i += 3) {
        uint32_t bits = 0;

        for (size_t j = 0; j < 3; j++) {
            bits = bits << 8 | (i + j < n ? (uint8_t) text[i + j] : 0);
        }
        for (size_t j = 0; j < 4; j++) {
            if (i + j > n) {
                if (!url) {
                    out[k++] = '=';
                }
                continue;
            }
            out[k++] = std[bits >> (18 - 6 * j) & 63];
        }
    }
    out[k] = '\0';
    for (size_t i = 0; url && i < k; i++) {
        out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
    }
}


static void
to_percent(const char *text, char *out)
{
    for (; *text; text++, out += 3) {
        snprintf(out, 4, "%%%02x", (uint8_t) *text);
    }
}


static void
expect_id(const char *query, const char *id)
{
    ep_token_t token;

    ep_token_init(&token);
    ep_token_scan(ep_str(query), &token);
    if (strcmp(token.server_id, id) != 0) {
        fail_msg("%s gives %s, not %s", query, token.server_id, id);
    }
}


static void
expect_none(const char *query)
{
    expect_id(query, "");
}


static void
identity_in_every_encoding(void **state)
{
    static const char *const texts[] = { json_text, python_text,
                                         "server_id=Abc123&uptime=3" };
    char token[4096];

    for (size_t i = 0; i < EP_ARRAY_LEN(texts); i++) {
        expect_id(texts[i], "Abc123");
        to_hex(texts[i], token);
        expect_id(token, "Abc123");
        to_base64(texts[i], false, token);
        expect_id(token, "Abc123");
        to_base64(texts[i], true, token);
        expect_id(token, "Abc123");
        to_percent(texts[i], token);
        expect_id(token, "Abc123");
    }
    to_base64(json_text, false, token + 1000);
    to_percent(token + 1000, token);
    expect_id(token, "Abc123");
}


static void
identity_in_odd_forms(void **state)
{
    expect_id("&&server_id=a1&", "a1");
    expect_id("x=1&token=u|1795|750f&server_id=a1", "a1");
    expect_id("a=b;c&server%5Fid=a%31", "a1");
    expect_id("{'server_id':'a1'", "a1");
    expect_id("{\"a\":\"\\\"}\",\"server_id\":\"a1\"}", "a1");
    expect_id("{\"server\\u005fid\":\"a\\u0031\"}", "a1");
    expect_id("QUJD&server_id=a1", "a1");
}


static void
no_identity(void **state)
{
    char many[40000];

    expect_none("");
    expect_none("&");
    expect_none("=");
    expect_none("x");
    expect_none("server_id=");
    expect_none("server_id=a-b");
    expect_none("server_id=a%00b");
    expect_none("server_id=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                "aaaaaaaaaaaaaa");
    expect_none("{'a': {'server_id': 'x1'}}");
    expect_none("{'server_id': ['x1']}");
    expect_none("{'server_id'");
    expect_none("{server_id: x1}");
    expect_none("__import__('os').system('true')");
    expect_none("{'a\\");
    expect_none("{'a': '\\x");
    expect_none("%7b%27");
    expect_none("deadbeef");
    expect_none("zzzz====");
    memset(many, '{', sizeof(many));
    many[sizeof(many) - 1] = '\0';
    expect_none(many);
    many[EP_TOKEN_MAX] = '\0';
    expect_none(many);
    memcpy(many, "{'a':", 5);
    expect_none(many);
    memset(many, 'A', sizeof(many));
    memcpy(many, "server_id=a1&x=", 15);
    many[EP_TOKEN_MAX + 1] = '\0';
    expect_none(many);
    many[EP_TOKEN_MAX] = '\0';
    expect_id(many, "a1");
}


static void
delays_and_stickies(void **state)
{
    ep_token_t token;

    ep_token_init(&token);
    ep_token_scan(EP_STR("server_id=x&foo=1"), &token);
    assert_int_equal(token.delay, -1);
    assert_int_equal(token.sticky, -1);
    ep_token_scan(EP_STR("UPDATE_DELAY=24h&STICKY_PATCHSET=K20230908_02"),
                  &token);
    assert_int_equal(token.delay, 24 * 3600);
    assert_int_equal(token.sticky, 20230908000002);
    ep_token_scan(EP_STR("{'auto_update_delay': '2d',"
                         " 'auto_sticky_patchset': 'K01022020_3'}"),
                  &token);
    assert_int_equal(token.delay, 2 * 86400);
    assert_int_equal(token.sticky, 20200201000003);
    ep_token_scan(EP_STR("update_delay=-1h&sticky_patch=250518"), &token);
    ep_token_scan(EP_STR("update_delay=99999999999d&sticky=KEY"), &token);
    assert_int_equal(token.delay, 2 * 86400);
    assert_int_equal(token.sticky, 20200201000003);
}


static void
decode(ep_arena_t *arena, const char *query, const char *body,
       ep_server_report_t *out, bool *undecodable)
{
    ep_checkin_t checkin = { .server = 3,
                             .time = 1000,
                             .query = ep_str(query),
                             .body = ep_str(body),
                             .fetched = true };

    assert_int_equal(ep_checkin_decode(&checkin, arena, out, undecodable, NULL),
                     EP_OK);
}


static void
assert_text(ep_str_t s, const char *expected)
{
    char text[8192];

    snprintf(text, sizeof(text), "%.*s", EP_STR_ARG(s));
    assert_string_equal(text, expected);
}


static void
facts_of_every_encoding(void **state)
{
    static const char *const texts[] = { json_text, python_text };
    ep_arena_t *arena = ep_arena_new();
    ep_server_report_t report;
    char hex[4096];
    bool undecodable = true;

    for (size_t i = 0; i < EP_ARRAY_LEN(texts); i++) {
        for (int body = 0; body < 3; body++) {
            to_hex(texts[i], hex);
            decode(arena,
                   body == 1   ? ""
                   : body == 2 ? hex
                               : texts[i],
                   body == 1 ? texts[i] : "", &report, &undecodable);
            assert_false(undecodable);
            assert_int_equal(report.server, 3);
            assert_int_equal(report.level, 7);
            assert_int_equal(report.uptime, 12);
            assert_true(report.updated);
            assert_text(report.facts[EP_FACT_HOSTNAME], "h\xc3\xa9.example");
            assert_text(report.facts[EP_FACT_KERNEL_ID],
                        "9b9a8aa84cb0f9f9aea6eb70a7693b49b2e6849f");
            assert_null(report.facts[EP_FACT_EUNAME].p);
            assert_null(report.facts[EP_FACT_DISTRO].p);
            assert_text(report.extra, i == 0
                                          ? "{\"new\":\"x\"}"
                                          : "{\"ok\":\"True\",\"new\":\"x\"}");
        }
    }
    ep_arena_free(arena);
}


static void
kernel_of_the_url(void **state)
{
    ep_arena_t *arena = ep_arena_new();
    ep_checkin_t checkin = { .has_kernel = true, .kernel = { 0xab } };
    ep_server_report_t report;

    assert_int_equal(ep_checkin_decode(&checkin, arena, &report, NULL, NULL),
                     EP_OK);
    assert_text(report.facts[EP_FACT_KERNEL_ID],
                "ab00000000000000000000000000000000000000");
    assert_int_equal(report.level, -1);
    assert_int_equal(report.uptime, -1);
    assert_int_equal(report.extra.n, 0);
    checkin.query =
        EP_STR("kernel_id=cd00000000000000000000000000000000000000");
    assert_int_equal(ep_checkin_decode(&checkin, arena, &report, NULL, NULL),
                     EP_OK);
    assert_text(report.facts[EP_FACT_KERNEL_ID],
                "cd00000000000000000000000000000000000000");
    ep_arena_free(arena);
}


static void
hostile_values(void **state)
{
    ep_arena_t *arena = ep_arena_new();
    ep_server_report_t report;
    char query[4096];
    bool undecodable;

    decode(arena,
           "hostname=a%0ab%00c%ff&patch_level=-1&uptime=1e9"
           "&kernel_id=xyz&virt=%20kvm%20",
           "", &report, &undecodable);
    assert_text(report.facts[EP_FACT_HOSTNAME], "a b c?");
    assert_text(report.facts[EP_FACT_VIRT], "kvm");
    assert_int_equal(report.level, -1);
    assert_int_equal(report.uptime, -1);
    assert_null(report.facts[EP_FACT_KERNEL_ID].p);
    decode(arena, "{\"patch_level\": null, \"uptime\": null}", "", &report,
           &undecodable);
    assert_int_equal(report.level, 0);
    assert_int_equal(report.uptime, -1);
    decode(arena, "patch_level=99999999999999999999&uptime=9007199254740993",
           "", &report, &undecodable);
    assert_int_equal(report.level, -1);
    assert_int_equal(report.uptime, -1);
    /* A cut must not leave half a character. */
    memcpy(query, "distro=a", 8);
    for (int i = 0; i < 300; i++) {
        memcpy(query + 8 + 2 * i, "\xc3\xa9", 3);
    }
    decode(arena, query, "", &report, &undecodable);
    assert_int_equal(report.facts[EP_FACT_DISTRO].n, EP_FACT_MAX - 1);
    assert_true(ep_str_is_text(report.facts[EP_FACT_DISTRO], false));
    ep_arena_free(arena);
}


static void
undecodable_is_kept_raw(void **state)
{
    ep_arena_t *arena = ep_arena_new();
    ep_server_report_t report;
    bool undecodable = false;
    char query[20000];

    decode(arena, "%ff%feopaque", "", &report, &undecodable);
    assert_true(undecodable);
    assert_text(report.extra, "{\"raw\":\"%ff%feopaque\"}");
    decode(arena, "", "", &report, &undecodable);
    assert_false(undecodable);
    assert_int_equal(report.extra.n, 0);
    decode(arena, "server_id=x&key=secret&tag=a:b", "", &report, &undecodable);
    assert_false(undecodable);
    assert_int_equal(report.extra.n, 0);
    memset(query, 'q', sizeof(query));
    query[sizeof(query) - 1] = '\0';
    decode(arena, query, query, &report, &undecodable);
    assert_true(undecodable);
    assert_in_range(report.extra.n, 100, 4096);
    for (size_t i = 0; i + 10 < EP_TOKEN_MAX; i += 10) {
        snprintf(query + i, 11, "k%04zu=%%01&", i / 10);
    }
    query[EP_TOKEN_MAX - 2] = '\0';
    decode(arena, query, "", &report, &undecodable);
    assert_false(undecodable);
    assert_in_range(report.extra.n, 100, 4096);
    ep_arena_free(arena);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "AGT-8: a check-in's identity in hex, base64, JSON, dict and form",
          identity_in_every_encoding, NULL, NULL, NULL },
        { "forms with empty pairs, raw '|' and ';'", identity_in_odd_forms,
          NULL, NULL, NULL },
        { "what holds no identity, and limits", no_identity, NULL, NULL, NULL },
        { "NEW-OPS-11: UPDATE_DELAY and STICKY_PATCHSET of an agent",
          delays_and_stickies, NULL, NULL, NULL },
        { "facts in every encoding", facts_of_every_encoding, NULL, NULL,
          NULL },
        { "the kernel of the URL, unless the agent names one",
          kernel_of_the_url, NULL, NULL, NULL },
        { "hostile values are cleaned, cut or ignored", hostile_values, NULL,
          NULL, NULL },
        { "what cannot be decoded is kept raw, bounded",
          undecodable_is_kept_raw, NULL, NULL, NULL },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
