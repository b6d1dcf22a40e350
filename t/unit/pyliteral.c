/* The Python-literal reader. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <eportal/buf.h>

#include "base/pyliteral.h"

static ep_arena_t *arena;


static int
new_arena(void **state)
{
    arena = ep_arena_new();
    return arena == NULL;
}


static int
free_arena(void **state)
{
    ep_arena_free(arena);
    return 0;
}


static const ep_py_t *
value_of(const char *text)
{
    ep_py_reader_t r;
    const ep_py_t *v;

    ep_py_open(&r, ep_str(text), arena);
    v = ep_py_value(&r);
    if (v == NULL) {
        print_error("%s: at %zu: %s\n", text, r.error_at, r.expected);
    }
    assert_non_null(v);
    return v;
}


static void
is_int(const char *text, int64_t expected)
{
    const ep_py_t *v = value_of(text);

    assert_int_equal(v->type, EP_PY_INT);
    assert_int_equal(v->integer, expected);
}


static void
is_float(const char *text, double expected)
{
    const ep_py_t *v = value_of(text);
    double difference;

    assert_int_equal(v->type, EP_PY_FLOAT);
    difference = v->number - expected;
    assert_true(difference < 1e-9 && difference > -1e-9);
}


static void
is_string(const char *text, ep_str_t expected)
{
    const ep_py_t *v = value_of(text);

    assert_int_equal(v->type, EP_PY_STRING);
    assert_int_equal(v->string.n, expected.n);
    assert_memory_equal(v->string.p, expected.p, expected.n);
    assert_int_equal(v->string.p[expected.n], 0);
}


/* The text is refused at a line and column, for want of something. */
static void
fails(ep_str_t text, size_t line, size_t column, const char *expected)
{
    ep_py_reader_t r;
    ep_py_line_t l;
    size_t at_line, at_column;

    ep_py_open(&r, text, arena);
    while (ep_py_next(&r, &l) && l.value != NULL) {
    }
    if (r.rc == EP_OK) {
        print_error("was read: %.*s\n", EP_STR_ARG(text));
    }
    assert_int_equal(r.rc, EP_EINVAL);
    assert_string_equal(r.expected, expected);
    ep_py_where(&r, r.error_at, &at_line, &at_column);
    assert_int_equal(at_line, line);
    assert_int_equal(at_column, column);
}


static void
reads_constants(void **state)
{
    assert_int_equal(value_of("None")->type, EP_PY_NONE);
    assert_int_equal(value_of(" True\n")->type, EP_PY_BOOL);
    assert_true(value_of("True")->boolean);
    assert_false(value_of("(False)")->boolean);
}


static void
reads_numbers(void **state)
{
    is_int("0", 0);
    is_int("00", 0);
    is_int("1_000_000", 1000000);
    is_int("0x1F", 31);
    is_int("0o17", 15);
    is_int("0b1_01", 5);
    is_int("9223372036854775807", INT64_MAX);
    is_int("-9223372036854775807 - 1", INT64_MIN);
    is_float("1.5", 1.5);
    is_float(".25", 0.25);
    is_float("2.", 2);
    is_float("0.0000000000000000000000000000001", 0);
    fails(EP_STR("A = 9223372036854775808"), 1, 5, "a number within 64 bits");
    fails(EP_STR("A = 017"), 1, 5,
          "a number without leading zeros (octal is 0o17)");
    fails(EP_STR("A = 10m"), 1, 7, "the end of the number");
    fails(EP_STR("A = 1__0"), 1, 6, "the end of the number");
    fails(EP_STR("A = 1_"), 1, 6, "the end of the number");
    fails(EP_STR("A = 1.2.3"), 1, 8, "the end of the number");
    fails(EP_STR("A = 0x"), 1, 7, "a digit");
    fails(EP_STR("A = 0b12"), 1, 8, "the end of the number");
    fails(EP_STR("A = ."), 1, 5, "a digit");
}


static void
evaluates_arithmetic(void **state)
{
    is_int("3600 * 24", 86400);
    is_int("60*60 * 24 * 30", 2592000);
    is_int("1 + 2 * 3", 7);
    is_int("(1 + 2) * 3", 9);
    is_int("10 - 4 - 3", 3);
    is_int("100 // 7 // 2", 7);
    is_int("-7 // 2", -4);
    is_int("7 // -2", -4);
    is_int("-7 % 3", 2);
    is_int("7 % -3", -2);
    is_int("-6 % 3", 0);
    is_int("2 ** 10", 1024);
    is_int("2 ** 3 ** 2", 512);
    is_int("-2 ** 2", -4);
    is_int("2 ** -0", 1);
    is_int("0 ** 0", 1);
    is_int("(-1) ** 9223372036854775807", -1);
    is_int("(-2) ** 63", INT64_MIN);
    is_int("- - + - 5", -5);
    is_int("64 * 1024 * 1024 * 1024", 68719476736);
    is_float("3600 / 2", 1800);
    is_float("1 / 3 * 3", 1);
    is_float("1.5 + 1", 2.5);
    is_float("-1.5 // 1", -2);
    is_float("-1.5 % 1", 0.5);
    is_float("- 1.5", -1.5);
}


static void
bounds_arithmetic(void **state)
{
    static const char *const over[] = {
        "9223372036854775807 + 1",
        "-9223372036854775807 - 2",
        "9223372036854775807 * 2",
        "2 ** 63",
        "10 ** 10 ** 10",
        "3 ** 9223372036854775807",
        "(-9223372036854775807 - 1) // -1",
        "(-9223372036854775807 - 1) % -1",
        "-(-9223372036854775807 - 1)",
    };
    char text[80];

    for (size_t i = 0; i < EP_ARRAY_LEN(over); i++) {
        snprintf(text, sizeof(text), "A = %s", over[i]);
        fails(ep_str(text), 1, 5, "a number within 64 bits");
    }
    for (const char *op = "/%"; *op != '\0'; op++) {
        snprintf(text, sizeof(text), "A = 1 %c 0", *op);
        fails(ep_str(text), 1, 5, "a division by something other than zero");
    }
    fails(EP_STR("A = 1 // 0"), 1, 5,
          "a division by something other than zero");
    fails(EP_STR("A = 1.5 % 0"), 1, 5,
          "a division by something other than zero");
    fails(EP_STR("A = 2 ** -1"), 1, 5, "an exponent that is not negative");
    fails(EP_STR("A = 2.0 ** 2"), 1, 5, "whole numbers around **");
    fails(EP_STR("A = 'a' + 1"), 1, 5, "numbers on both sides of the operator");
    fails(EP_STR("A = 1 * True"), 1, 5,
          "numbers on both sides of the operator");
    fails(EP_STR("A = -'a'"), 1, 5, "a number after the sign");
}


static void
reads_strings(void **state)
{
    is_string("'single'", EP_STR("single"));
    is_string("\"double\"", EP_STR("double"));
    is_string("''", EP_STR(""));
    is_string("'a\"b'", EP_STR("a\"b"));
    is_string("'it\\'s'", EP_STR("it's"));
    is_string("'\\a\\b\\f\\n\\r\\t\\v\\\\\\\"'", EP_STR("\a\b\f\n\r\t\v\\\""));
    is_string("'\\101\\0\\x7a\\xe9'", EP_STR("A\0z\xc3\xa9"));
    is_string("'\\u65e5\\U0001f600'", EP_STR("日\xf0\x9f\x98\x80"));
    is_string("'日本'", EP_STR("日本"));
    is_string("'\\q\\/'", EP_STR("\\q\\/")); /* Python keeps them */
    is_string("'one' \"two\" r'\\3'", EP_STR("onetwo\\3"));
    is_string("u'text'", EP_STR("text"));
    is_string("r'\\d\\'x'", EP_STR("\\d\\'x"));
    is_string("'''a\n'b' \"\"c'''", EP_STR("a\n'b' \"\"c"));
    is_string("'joined\\\nline\\\r\n'", EP_STR("joinedline"));
}


static void
reads_json_strings(void **state)
{
    is_string("\"http:\\/\\/x\"", EP_STR("http://x"));
    is_string("\"\\u00e9\\ud83d\\ude00\"", EP_STR("é\xf0\x9f\x98\x80"));
    fails(EP_STR("A = \"\\ud83d\""), 1, 6, "an escape that names a character");
    fails(EP_STR("A = \"\\ud83d\\u0041\""), 1, 6,
          "an escape that names a character");
    fails(EP_STR("A = \"\\ude00\""), 1, 6, "an escape that names a character");
}


static void
refuses_broken_strings(void **state)
{
    fails(EP_STR("A = 'x\nB = 1"), 1, 5, "a string with its closing '");
    fails(EP_STR("A = \"x"), 1, 5, "a string with its closing \"");
    fails(EP_STR("A = '''x''"), 1, 5, "a string with its closing '");
    fails(EP_STR("A = 'x\\'"), 1, 5, "a string with its closing '");
    fails(EP_STR("A = 'x\\"), 1, 5, "a string with its closing '");
    fails(EP_STR("A = '日\\x4'"), 1, 7, "an escape that names a character");
    fails(EP_STR("A = '\\U00110000'"), 1, 6,
          "an escape that names a character");
    fails(EP_STR("A = '\\uD800'"), 1, 6, "an escape that names a character");
}


static void
reads_containers(void **state)
{
    const ep_py_t *v = value_of("[\n 'a', # one\n ('b', 2),\n [],\n]");

    assert_int_equal(v->type, EP_PY_LIST);
    assert_int_equal(v->list.count, 3);
    v = v->list.first;
    assert_string_equal(v->string.p, "a");
    v = v->next;
    assert_int_equal(v->type, EP_PY_LIST);
    assert_int_equal(v->list.first->next->integer, 2);
    v = v->next;
    assert_int_equal(v->list.count, 0);
    assert_null(v->next);
    assert_int_equal(value_of("()")->list.count, 0);
    assert_int_equal(value_of("(1,)")->list.count, 1);
    assert_int_equal(value_of("(1)")->type, EP_PY_INT);
    assert_int_equal(value_of("1, 2,")->list.count, 2);
    v = value_of("{'a': 1, \"b\": [2],}");
    assert_int_equal(v->type, EP_PY_DICT);
    assert_int_equal(v->list.count, 4);
    assert_int_equal(v->list.first->next->integer, 1);
    assert_int_equal(value_of("{}")->list.count, 0);
    fails(EP_STR("A = [1 2]"), 1, 8, "',' or ']'");
    fails(EP_STR("A = [1,\n 2"), 2, 3, "',' or ']'");
    fails(EP_STR("A = (1,,)"), 1, 8,
          "a string, a number, True, False, None or a list");
    fails(EP_STR("A = {1}"), 1, 7, "':' and a value");
    fails(EP_STR("A = [1)"), 1, 7, "',' or ']'");
}


static void
bounds_nesting_and_length(void **state)
{
    ep_buf_t text;

    ep_buf_init(&text, 1 << 20);
    assert_int_equal(ep_buf_add_str(&text, EP_STR("A = ")), EP_OK);
    for (int i = 0; i < 20000; i++) {
        assert_int_equal(ep_buf_add_str(&text, EP_STR("[")), EP_OK);
    }
    fails(ep_buf_str(&text), 1, 37, "at most 32 levels of nesting");
    ep_buf_reset(&text);
    assert_int_equal(ep_buf_add_str(&text, EP_STR("A = 1")), EP_OK);
    for (int i = 0; i < 20000; i++) {
        assert_int_equal(ep_buf_add_str(&text, EP_STR("**1")), EP_OK);
    }
    fails(ep_buf_str(&text), 1, 104, "at most 32 levels of nesting");
    ep_buf_reset(&text);
    assert_int_equal(ep_buf_add_str(&text, EP_STR("A = [")), EP_OK);
    for (int i = 0; i < EP_PY_MAX_VALUES; i++) {
        assert_int_equal(ep_buf_add_str(&text, EP_STR("1,")), EP_OK);
    }
    fails(ep_buf_str(&text), 1, 2 * EP_PY_MAX_VALUES + 4,
          "at most 65536 values");
    ep_buf_free(&text);
}


static void
reads_lines(void **state)
{
    static const char text[] =
        "\xef\xbb\xbf# first\r\n\r\nA = 1;\r\n  B='x' # c\r\n; C = 3; D=[\n"
        "1]\n\nlower_2 = \\\n 4";
    static const char *const names[] = { "A", "B", "C", "D", "lower_2" };
    static const size_t lines[] = { 3, 4, 5, 5, 8 };
    ep_py_reader_t r;
    ep_py_line_t line;
    size_t number, column;

    ep_py_open(&r, ep_str(text), arena);
    for (size_t i = 0; i < EP_ARRAY_LEN(names); i++) {
        assert_true(ep_py_next(&r, &line));
        assert_non_null(line.value);
        assert_true(ep_str_eq(line.name, ep_str(names[i])));
        assert_int_equal(line.indented, i == 1);
        ep_py_where(&r, line.at, &number, &column);
        assert_int_equal(number, lines[i]);
    }
    assert_false(ep_py_next(&r, &line));
    assert_int_equal(r.rc, EP_OK);
    ep_py_where(&r, 3, &number, &column); /* and back */
    assert_int_equal(number, 1);
    assert_int_equal(column, 1);
}


static void
refuses_other_lines(void **state)
{
    fails(EP_STR("import os"), 1, 8, "'=' and a value after the name");
    fails(EP_STR("A == 1"), 1, 3, "'=' and a value after the name");
    fails(EP_STR("A += 1"), 1, 3, "'=' and a value after the name");
    fails(EP_STR("A"), 1, 2, "'=' and a value after the name");
    fails(EP_STR("9A = 1"), 1, 1, "NAME = value");
    fails(EP_STR("日 = 1"), 1, 1, "NAME = value");
    fails(EP_STR("A = 1 B = 2"), 1, 7, "the end of the line");
    fails(EP_STR("A =\n1"), 1, 4,
          "a string, a number, True, False, None or a list");
    fails(EP_STR("A = B"), 1, 5,
          "a string, a number, True, False, None or a list");
    fails(EP_STR("A = true"), 1, 5,
          "a string, a number, True, False, None or a list");
    fails(EP_STR("A = Truer"), 1, 5,
          "a string, a number, True, False, None or a list");
    fails(EP_STR("OK = '日'\nA = '日本', os.x\n"), 2, 11,
          "a string, a number, True, False, None or a list");
    fails(EP_STR("A = 1\0"), 1, 6, "the end of the line");
    fails(EP_STR("\0"), 1, 1, "NAME = value");
}


static void
goes_on_behind_a_line(void **state)
{
    static const char text[] =
        "import os\ndef f(a,\n   b): # (\n  return '''\nX = 1\n'''\n"
        "X = os.path.join('[', # ]\n 'a')\nY = \"unclosed [\nA = 1\n"
        "Z = ) \\\n junk\nB = 2\n'''docs\nC = 3";
    ep_py_reader_t r;
    ep_py_line_t line;
    int64_t sum = 0;

    ep_py_open(&r, ep_str(text), arena);
    while (ep_py_next(&r, &line)) {
        if (line.value == NULL || line.indented) {
            ep_py_skip(&r, line.at);
        } else {
            sum = sum * 10 + line.value->integer;
        }
    }
    assert_int_equal(sum, 12);
}


static void
reads_json(void **state)
{
    ep_py_reader_t r;
    const ep_py_t *v;

    ep_py_open(&r, EP_STR("{\"a\": [true, false, null],\n\"b\": -1.5}\n"),
               arena);
    r.json = true;
    v = ep_py_value(&r);
    assert_non_null(v);
    assert_int_equal(v->list.count, 4);
    v = v->list.first->next->list.first;
    assert_true(v->boolean);
    assert_int_equal(v->next->type, EP_PY_BOOL);
    assert_int_equal(v->next->next->type, EP_PY_NONE);
    ep_py_open(&r, EP_STR("{} x"), arena);
    assert_null(ep_py_value(&r));
    assert_string_equal(r.expected, "nothing more after the value");
    ep_py_open(&r, EP_STR(""), arena);
    assert_null(ep_py_value(&r));
    ep_py_open(&r, EP_STR_NULL, arena);
    assert_null(ep_py_value(&r));
}


/* What is linear stays linear: a mebibyte of the worst takes no time. */
static void
reads_hostile_text_at_once(void **state)
{
    static const char *const units[] = { "'a'",  "-",    "# ",   ";",  "((",
                                         "\\\n", "''' ", "a=1;", " \n" };
    ep_py_reader_t r;
    ep_py_line_t line;
    ep_buf_t text;
    size_t number;

    ep_buf_init(&text, 1 << 20);
    for (size_t i = 0; i < EP_ARRAY_LEN(units); i++) {
        ep_buf_reset(&text);
        assert_int_equal(ep_buf_add_str(&text, EP_STR("A = ")), EP_OK);
        while (ep_buf_add_str(&text, ep_str(units[i])) == EP_OK) {
        }
        ep_py_open(&r, ep_buf_str(&text), arena);
        while (ep_py_next(&r, &line)) {
            ep_py_where(&r, line.at, &number, NULL);
            if (line.value == NULL) {
                ep_py_skip(&r, line.at);
            }
        }
    }
    ep_buf_free(&text);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "CONF-6: True, False and None", reads_constants, new_arena,
          free_arena, NULL },
        { "CONF-6: numbers", reads_numbers, new_arena, free_arena, NULL },
        { "CONF-6: arithmetic such as 3600 * 24", evaluates_arithmetic,
          new_arena, free_arena, NULL },
        { "CONF-6: arithmetic that overflows or makes no sense is refused",
          bounds_arithmetic, new_arena, free_arena, NULL },
        { "CONF-6: strings in single and double quotes", reads_strings,
          new_arena, free_arena, NULL },
        { "CONF-6: strings as JSON quotes them", reads_json_strings, new_arena,
          free_arena, NULL },
        { "CONF-6: a broken string is refused where it begins",
          refuses_broken_strings, new_arena, free_arena, NULL },
        { "CONF-6: lists and tuples over several lines", reads_containers,
          new_arena, free_arena, NULL },
        { "nesting and length are bounded", bounds_nesting_and_length,
          new_arena, free_arena, NULL },
        { "CONF-6: lines, comments, blank lines, semicolons, CRLF", reads_lines,
          new_arena, free_arena, NULL },
        { "CONF-6: other lines are refused with line and column",
          refuses_other_lines, new_arena, free_arena, NULL },
        { "TRAP-6: code between the assignments is passed over",
          goes_on_behind_a_line, new_arena, free_arena, NULL },
        { "JSON is read too", reads_json, new_arena, free_arena, NULL },
        { "a mebibyte of anything is read in linear time",
          reads_hostile_text_at_once, new_arena, free_arena, NULL },
    };

    return cmocka_run_group_tests_name("pyliteral", tests, NULL, NULL);
}
