/* The base room: strings, buffer, arena, addresses, errors, random names. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include <eportal/addr.h>
#include <eportal/arena.h>
#include <eportal/buf.h>
#include <eportal/err.h>

#include "base/time.h"


static void
str_compares(void **state)
{
    assert_true(ep_str_eq(EP_STR("a"), ep_str("a")));
    assert_false(ep_str_eq(EP_STR("a"), EP_STR("A")));
    assert_true(ep_str_eq(EP_STR(""), EP_STR_NULL));
    assert_true(ep_str_eq(ep_str(NULL), EP_STR_NULL));
    assert_true(ep_str_eq_nocase(EP_STR("Host"), EP_STR("hOST")));
    assert_false(ep_str_eq_nocase(EP_STR("Host"), EP_STR("Hos")));
    assert_true(ep_str_starts(EP_STR("abc"), EP_STR("ab")));
    assert_true(ep_str_starts(EP_STR("abc"), EP_STR_NULL));
    assert_false(ep_str_starts(EP_STR("a"), EP_STR("ab")));
    assert_true(ep_str_ends(EP_STR("abc"), EP_STR("bc")));
    assert_true(ep_str_ends(EP_STR_NULL, EP_STR_NULL));
    assert_false(ep_str_ends(EP_STR("c"), EP_STR("bc")));
    assert_true(ep_secret_eq(EP_STR("s3"), EP_STR("s3")));
    assert_false(ep_secret_eq(EP_STR("s3"), EP_STR("s4")));
    assert_false(ep_secret_eq(EP_STR("s3"), EP_STR("s")));
    assert_true(ep_secret_eq(EP_STR_NULL, EP_STR_NULL));
}


static void
str_cuts(void **state)
{
    ep_str_t head, rest;

    assert_true(ep_str_cut(EP_STR("a=b=c"), '=', &head, &rest));
    assert_true(ep_str_eq(head, EP_STR("a")));
    assert_true(ep_str_eq(rest, EP_STR("b=c")));
    assert_true(ep_str_cut(EP_STR("a="), '=', &head, &rest));
    assert_int_equal(rest.n, 0);
    assert_false(ep_str_cut(EP_STR("ab"), '=', &head, &rest));
    assert_true(ep_str_eq(head, EP_STR("ab")));
    assert_int_equal(rest.n, 0);
    assert_false(ep_str_cut(EP_STR_NULL, '=', &head, &rest));
    assert_true(ep_str_eq(ep_str_trim(EP_STR(" \t a b\r\n\v")), EP_STR("a b")));
    assert_int_equal(ep_str_trim(EP_STR(" \n ")).n, 0);
    assert_int_equal(ep_str_trim(EP_STR_NULL).n, 0);
}


static void
str_copies(void **state)
{
    char fixed[4] = "xyz";

    assert_true(ep_str_copy(EP_STR("abc"), fixed, sizeof(fixed)));
    assert_string_equal(fixed, "abc");
    assert_false(ep_str_copy(EP_STR("abcd"), fixed, sizeof(fixed)));
    assert_string_equal(fixed, "");
    assert_false(ep_str_copy(EP_STR("a\0b"), fixed, sizeof(fixed)));
    assert_string_equal(fixed, "");
    assert_true(ep_str_copy(EP_STR_NULL, fixed, 1));
    assert_string_equal(fixed, "");
}


static void
str_reads_integers(void **state)
{
    static const char *const bad[] = {
        "",    "-",   "+1",  " 1",
        "1 ",  "0x1", "1.0", "9223372036854775808",
        "--1", "1-",  "a",   "-9223372036854775809"
    };
    int64_t n = 7;

    for (size_t i = 0; i < EP_ARRAY_LEN(bad); i++) {
        assert_false(ep_str_int(ep_str(bad[i]), &n));
        assert_int_equal(n, 7);
    }
    assert_false(ep_str_int(EP_STR("1\0"), &n));
    assert_true(ep_str_int(EP_STR("0"), &n));
    assert_int_equal(n, 0);
    assert_true(ep_str_int(EP_STR("-12"), &n));
    assert_int_equal(n, -12);
    assert_true(ep_str_int(EP_STR("9223372036854775807"), &n));
    assert_true(n == INT64_MAX);
    assert_true(ep_str_int(EP_STR("-9223372036854775808"), &n));
    assert_true(n == INT64_MIN);
    assert_true(ep_str_int((ep_str_t){ "123", 2 }, &n));
    assert_int_equal(n, 12);
}


static void
str_turns_hex(void **state)
{
    uint8_t bytes[3] = { 9, 9, 9 };
    char text[7];

    assert_true(ep_str_is_hex(EP_STR("0aFf"), 4));
    assert_false(ep_str_is_hex(EP_STR("0aFf"), 3));
    assert_false(ep_str_is_hex(EP_STR("0aFg"), 4));
    assert_true(ep_unhex(EP_STR("00A5ff"), bytes, 3));
    assert_memory_equal(bytes, "\x00\xa5\xff", 3);
    ep_hex(bytes, 3, text);
    assert_string_equal(text, "00a5ff");
    assert_false(ep_unhex(EP_STR("0102xx"), bytes, 3));
    assert_false(ep_unhex(EP_STR("01020"), bytes, 3));
    assert_memory_equal(bytes, "\x00\xa5\xff", 3);
}


static void
str_knows_text(void **state)
{
    static const char *const good[] = { "",
                                        "plain ~",
                                        "tab\t",
                                        "\xc2\xa0",
                                        "\xdf\xbf",
                                        "\xe0\xa0\x80",
                                        "\xed\x9f\xbf",
                                        "\xee\x80\x80",
                                        "\xef\xbf\xbf",
                                        "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbf",
                                        "日本" };
    static const char *const bad[] = {
        "\x01",             /* a control character */
        "\x1b[1m",          /* an escape sequence */
        "\x7f",             /* DEL */
        "\r",               /* not even with newlines */
        "\xc2\x80",         /* C1 */
        "\xc2\x9f",         /* C1 */
        "\x80",             /* a tail alone */
        "\xc0\x80",         /* overlong NUL */
        "\xc1\xbf",         /* overlong */
        "\xe0\x9f\xbf",     /* overlong */
        "\xf0\x8f\xbf\xbf", /* overlong */
        "\xed\xa0\x80",     /* a surrogate */
        "\xed\xbf\xbf",     /* a surrogate */
        "\xf4\x90\x80\x80", /* beyond Unicode */
        "\xf5\x80\x80\x80", /* beyond Unicode */
        "\xff",             /* never in UTF-8 */
        "a\xe3\x81",        /* cut */
        "\xe3\x81x",        /* a tail that is none */
        "\xf0\x90\x80",     /* cut */
        "\xc3"              /* cut */
    };

    for (size_t i = 0; i < EP_ARRAY_LEN(good); i++) {
        assert_true(ep_str_is_text(ep_str(good[i]), false));
    }
    for (size_t i = 0; i < EP_ARRAY_LEN(bad); i++) {
        assert_false(ep_str_is_text(ep_str(bad[i]), true));
    }
    assert_false(ep_str_is_text(EP_STR("a\0b"), true));
    assert_false(ep_str_is_text(EP_STR("a\xe2\x80\xa8"), true)); /* new line */
    assert_false(ep_str_is_text(EP_STR("a\xe2\x80\xae"), true)); /* leftwards */
    assert_false(ep_str_is_text(EP_STR("a\xe2\x81\xa6"), true)); /* isolate */
    assert_true(ep_str_is_text(EP_STR("a\xe2\x80\xa7\xe2\x80\xaf"), false));
    assert_true(ep_str_is_text(EP_STR("a\xe2\x81\xa5\xe2\x81\xaa"), false));
    assert_false(ep_str_is_text(EP_STR("a\nb"), false));
    assert_true(ep_str_is_text(EP_STR("a\nb"), true));
    assert_true(ep_str_is_text(EP_STR_NULL, false));
}


static void
buf_grows_to_its_ceiling(void **state)
{
    ep_buf_t buf;

    ep_buf_init(&buf, 300);
    assert_null(buf.p);
    for (int i = 0; i < 30; i++) {
        assert_int_equal(ep_buf_add_str(&buf, EP_STR("0123456789")), EP_OK);
        assert_int_equal(strlen(buf.p), buf.n);
    }
    assert_int_equal(buf.n, 300);
    assert_int_equal(ep_buf_add(&buf, "x", 1), EP_ELIMIT);
    assert_int_equal(ep_buf_addf(&buf, "%d", 1), EP_ELIMIT);
    assert_int_equal(ep_buf_reserve(&buf, 1), EP_ELIMIT);
    assert_int_equal(ep_buf_add(&buf, NULL, 0), EP_OK);
    assert_int_equal(buf.n, 300);
    assert_int_equal(buf.p[299], '9');
    ep_buf_reset(&buf);
    assert_string_equal(buf.p, "");
    assert_int_equal(ep_buf_addf(&buf, "%s-%d", "a", 5), EP_OK);
    assert_true(ep_str_eq(ep_buf_str(&buf), EP_STR("a-5")));
    ep_buf_free(&buf);
    assert_null(buf.p);
    assert_int_equal(buf.max, 300);
    ep_buf_free(&buf);
}


static void
buf_adds_nothing(void **state)
{
    ep_buf_t buf;

    ep_buf_init(&buf, 0);
    assert_int_equal(ep_buf_add_str(&buf, EP_STR_NULL), EP_OK);
    assert_string_equal(buf.p, "");
    assert_int_equal(ep_buf_add(&buf, "x", 1), EP_ELIMIT);
    ep_buf_free(&buf);
}


static void
buf_reserves_room(void **state)
{
    ep_buf_t buf;

    ep_buf_init(&buf, 4096);
    assert_int_equal(ep_buf_add(&buf, "ab", 2), EP_OK);
    assert_int_equal(ep_buf_reserve(&buf, 4000), EP_OK);
    memset(buf.p + buf.n, 'c', 4000);
    buf.p[buf.n + 4000] = '\0'; /* there is room for the NUL as well */
    assert_int_equal(buf.p[1], 'b');
    assert_int_equal(ep_buf_reserve(&buf, SIZE_MAX), EP_ELIMIT);
    ep_buf_free(&buf);
}


static void
arena_gives_aligned_zeroed_memory(void **state)
{
    static const size_t sizes[] = { 0, 1, 7, 16, 4000, 4001, 100000, 3 };
    ep_arena_t *arena = ep_arena_new();

    for (size_t i = 0; i < EP_ARRAY_LEN(sizes); i++) {
        char *p = ep_arena_alloc(arena, sizes[i]);

        assert_non_null(p);
        assert_int_equal((uintptr_t) p % _Alignof(max_align_t), 0);
        for (size_t j = 0; j < sizes[i]; j++) {
            assert_int_equal(p[j], 0);
        }
        memset(p, 0xee, sizes[i]);
    }
    assert_null(ep_arena_alloc(arena, SIZE_MAX));
    assert_null(ep_arena_alloc(arena, SIZE_MAX / 2 + 1));
    ep_arena_free(arena);
    ep_arena_free(NULL);
}


static void
arena_copies_text(void **state)
{
    ep_arena_t *arena = ep_arena_new();
    char *copy = ep_arena_strdup(arena, (ep_str_t){ "abcdef", 3 });
    char *text = ep_arena_printf(arena, "%s/%05d", copy, 42);

    assert_string_equal(copy, "abc");
    assert_string_equal(text, "abc/00042");
    assert_string_equal(ep_arena_strdup(arena, EP_STR_NULL), "");
    assert_int_equal(strlen(ep_arena_printf(arena, "%9000d", 1)), 9000);
    assert_string_equal(copy, "abc");
    ep_arena_free(arena);
}


static int order[3];
static int calls;


static void
note(void *ptr)
{
    order[calls++] = *(int *) ptr;
}


static void
arena_calls_back_newest_first(void **state)
{
    ep_arena_t *arena = ep_arena_new();
    int numbers[3] = { 1, 2, 3 };

    calls = 0;
    for (int i = 0; i < 3; i++) {
        assert_true(ep_arena_defer(arena, note, &numbers[i]));
    }
    assert_int_equal(calls, 0);
    ep_arena_free(arena);
    assert_int_equal(calls, 3);
    assert_int_equal(order[0], 3);
    assert_int_equal(order[1], 2);
    assert_int_equal(order[2], 1);
}


static void
check_addr(const char *in, const char *out)
{
    char text[EP_ADDR_TEXT];
    ep_addr_t addr;

    assert_true(ep_addr_parse(ep_str(in), &addr));
    ep_addr_format(&addr, text);
    assert_string_equal(text, out);
}


static void
addr_parses_and_formats(void **state)
{
    static const char *const bad[] = {
        "",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.4 ",
        " 1.2.3.4",
        "::1%lo",
        "1.2.3.4:80",
        "[::1",
        "::1]",
        "[]",
        "host",
        "1.2.3.4/32",
        "[[::1]]",
        ":",
        "1::2::3",
        "0x7f.1.1.1",
        "12345::",
        "[::1]:80",
        "1.2.3.-4",
        "::ffff:1.2.3.256",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    };
    ep_addr_t addr = { 4, { 1, 2, 3, 4 } }, unknown = { 0 };
    char text[EP_ADDR_TEXT] = "x";

    for (size_t i = 0; i < EP_ARRAY_LEN(bad); i++) {
        assert_false(ep_addr_parse(ep_str(bad[i]), &addr));
        assert_int_equal(addr.len, 4);
        assert_memory_equal(addr.bytes, "\1\2\3\4", 4);
    }
    assert_false(ep_addr_parse(EP_STR("1.2.3.4\0"), &addr));
    check_addr("10.0.0.1", "10.0.0.1");
    check_addr("2001:DB8:0::1", "2001:db8::1");
    check_addr("[2001:db8::1]", "2001:db8::1");
    check_addr("::ffff:10.1.2.3", "10.1.2.3");
    check_addr("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
               "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    ep_addr_format(&unknown, text);
    assert_string_equal(text, "");
}


static bool
in(const char *text, const char *network)
{
    ep_addr_t addr;

    assert_true(ep_addr_parse(ep_str(text), &addr));
    return ep_addr_in(&addr, ep_str(network));
}


static void
addr_lies_in_networks(void **state)
{
    static const char *const bad[] = { "",
                                       "x",
                                       "10.0.0.0/",
                                       "10.0.0.0/33",
                                       "/8",
                                       "10.0.0.0/-1",
                                       "10.0.0.0/8/8",
                                       "10.0.0.0/+8",
                                       "10.0.0.0/ 8",
                                       "10.0.0.0/8 " };
    ep_addr_t unknown = { 0 };

    assert_true(in("10.1.2.3", "10.0.0.0/8"));
    assert_false(in("11.1.2.3", "10.0.0.0/8"));
    assert_true(in("10.1.2.3", "10.1.2.3"));
    assert_false(in("10.1.2.3", "10.1.2.4"));
    assert_true(in("10.1.2.3", "10.1.2.4/29"));
    assert_false(in("10.1.2.8", "10.1.2.4/29"));
    assert_true(in("200.1.2.3", "0.0.0.0/0"));
    assert_true(in("192.168.129.1", "192.168.128.0/17"));
    assert_false(in("192.168.127.1", "192.168.128.0/17"));
    assert_true(in("2001:db8::5", "2001:db8::/32"));
    assert_false(in("2001:db9::5", "2001:db8::/32"));
    assert_true(in("fe80::1", "fe80::/10"));
    assert_true(in("::1", "::1"));
    assert_true(in("::1", "[::1]/128"));
    assert_false(in("::1", "::1/129"));
    assert_false(in("10.1.2.3", "::/0")); /* another family */
    assert_false(in("::1", "0.0.0.0/0"));
    assert_true(in("::ffff:10.1.2.3", "10.0.0.0/8"));
    for (size_t i = 0; i < EP_ARRAY_LEN(bad); i++) {
        assert_false(in("10.0.0.0", bad[i]));
    }
    assert_false(ep_addr_in(&unknown, EP_STR("0.0.0.0/0")));
}


static void
err_keeps_the_first(void **state)
{
    ep_err_t err = { 0 };

    assert_int_equal(ep_err_set(&err, EP_EINVAL, "bad-name", "name %d", 1),
                     EP_EINVAL);
    assert_int_equal(ep_err_set(&err, EP_EDB, "db", "second"), EP_EDB);
    errno = EACCES;
    assert_int_equal(ep_err_errno(&err, "open", "third"), EP_EPERM);
    assert_int_equal(err.rc, EP_EINVAL);
    assert_string_equal(err.code, "bad-name");
    assert_string_equal(err.msg, "name 1");
    assert_int_equal(ep_err_set(NULL, EP_ENET, "net", "none"), EP_ENET);
    ep_err_clear(&err);
    assert_int_equal(err.rc, EP_OK);
    assert_string_equal(err.msg, "");
    ep_err_set(&err, EP_EDB, "db", "after");
    assert_string_equal(err.msg, "after");
}


static void
err_speaks_errno(void **state)
{
    static const struct {
        int error;
        ep_rc_t rc;
    } cases[] = { { ENOENT, EP_ENOTFOUND }, { EACCES, EP_EPERM },
                  { EPERM, EP_EPERM },      { ENOMEM, EP_ENOMEM },
                  { ENOSPC, EP_EIO },       { EIO, EP_EIO } };

    for (size_t i = 0; i < EP_ARRAY_LEN(cases); i++) {
        ep_err_t err = { 0 };

        errno = cases[i].error;
        assert_int_equal(ep_err_errno(&err, "file", "cannot open %s", "x"),
                         cases[i].rc);
        assert_int_equal(err.rc, cases[i].rc);
        assert_memory_equal(err.msg, "cannot open x: ", 15);
        assert_string_equal(err.msg + 15, strerror(cases[i].error));
    }
}


static void
err_cuts_long_texts(void **state)
{
    char text[2000];
    ep_err_t err = { 0 };

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ep_err_set(&err, EP_EINVAL, text, "%s", text);
    assert_int_equal(strlen(err.code), sizeof(err.code) - 1);
    assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
    ep_err_clear(&err);
    errno = EIO;
    ep_err_errno(&err, "x", "%s", text);
    assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
    /* Wherever the cut falls, it falls between characters. */
    for (size_t shift = 0; shift < 4; shift++) {
        for (size_t i = 0; i + 4 < sizeof(text) - shift; i += 4) {
            memcpy(text + shift + i, "\xf0\x9f\x98\x80", 4);
        }
        ep_err_clear(&err);
        ep_err_set(&err, EP_EINVAL, "x", "%.1900s", text);
        assert_true(ep_str_is_text(ep_str(err.msg), false));
        assert_true(strlen(err.msg) >= sizeof(err.msg) - 4);
        text[shift] = 'x';
    }
}


static void
err_maps_to_http_and_exit(void **state)
{
    assert_int_equal(ep_rc_http_status(EP_OK), 200);
    assert_int_equal(ep_rc_exit_code(EP_OK), 0);
    assert_int_equal(ep_rc_http_status(EP_EINVAL), 400);
    assert_int_equal(ep_rc_exit_code(EP_EINVAL), 2);
    assert_int_equal(ep_rc_http_status(EP_EBUSY), 503);
    assert_int_equal(ep_rc_exit_code(EP_EBUSY), 75);
    for (int rc = EP_EINTERNAL; rc < EP_OK; rc++) {
        assert_in_range(ep_rc_http_status((ep_rc_t) rc), 400, 503);
        assert_in_range(ep_rc_exit_code((ep_rc_t) rc), 2, 75);
    }
    assert_int_equal(ep_rc_http_status((ep_rc_t) -99), 500);
    assert_int_equal(ep_rc_exit_code((ep_rc_t) -99), 70);
}


static void
random_names_begin_with_a_letter(void **state)
{
    char name[41], other[41];

    for (int i = 0; i < 200; i++) {
        assert_int_equal(ep_random_name(name, 40, NULL), EP_OK);
        assert_int_equal(strlen(name), 40);
        assert_true((name[0] | 0x20) >= 'a' && (name[0] | 0x20) <= 'z');
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
                         40);
    }
    assert_int_equal(ep_random_name(other, 40, NULL), EP_OK);
    assert_string_not_equal(name, other);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "strings compare", str_compares, NULL, NULL, NULL },
        { "strings are cut and trimmed", str_cuts, NULL, NULL, NULL },
        { "what does not fit is not copied", str_copies, NULL, NULL, NULL },
        { "integers in range, and nothing else", str_reads_integers, NULL, NULL,
          NULL },
        { "hex both ways", str_turns_hex, NULL, NULL, NULL },
        { "text is well-formed UTF-8 without controls", str_knows_text, NULL,
          NULL, NULL },
        { "a buffer grows to its ceiling and no further",
          buf_grows_to_its_ceiling, NULL, NULL, NULL },
        { "adding nothing gives an empty string", buf_adds_nothing, NULL, NULL,
          NULL },
        { "reserved room has a NUL's place", buf_reserves_room, NULL, NULL,
          NULL },
        { "arena memory is aligned and zeroed",
          arena_gives_aligned_zeroed_memory, NULL, NULL, NULL },
        { "arena texts stay where they are", arena_copies_text, NULL, NULL,
          NULL },
        { "deferred calls run newest first", arena_calls_back_newest_first,
          NULL, NULL, NULL },
        { "addresses both ways", addr_parses_and_formats, NULL, NULL, NULL },
        { "addresses in networks", addr_lies_in_networks, NULL, NULL, NULL },
        { "the first error wins", err_keeps_the_first, NULL, NULL, NULL },
        { "errno becomes a result and words", err_speaks_errno, NULL, NULL,
          NULL },
        { "long error texts are cut between characters", err_cuts_long_texts,
          NULL, NULL, NULL },
        { "every result has an HTTP status and an exit code",
          err_maps_to_http_and_exit, NULL, NULL, NULL },
        { "random names begin with a letter", random_names_begin_with_a_letter,
          NULL, NULL, NULL },
    };

    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
