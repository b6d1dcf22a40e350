/* Python literals: the text and its lines; see base/pyliteral.h. */

#include <stdarg.h>
#include <stdio.h>

#include "base/pyliteral_private.h"


bool
ep_py_fail(ep_py_reader_t *r, size_t at, const char *fmt, ...)
{
    va_list args;

    if (r->rc == EP_OK) {
        r->rc = EP_EINVAL;
        r->error_at = at;
        va_start(args, fmt);
        vsnprintf(r->expected, sizeof(r->expected), fmt, args);
        va_end(args);
    }
    return false;
}


bool
ep_py_no_memory(ep_py_reader_t *r)
{
    ep_py_fail(r, r->at, "out of memory");
    r->rc = EP_ENOMEM;
    return false;
}


void
ep_py_open(ep_py_reader_t *r, ep_str_t text, ep_arena_t *arena)
{
    *r = (ep_py_reader_t){ .text = text, .arena = arena, .mark_line = 1 };
    if (ep_str_starts(text, EP_STR("\xef\xbb\xbf"))) {
        r->at = r->mark = r->mark_start = 3;
    }
}


void
ep_py_where(ep_py_reader_t *r, size_t at, size_t *line, size_t *column)
{
    if (at < r->mark) {
        r->mark = r->mark_start = 0;
        r->mark_line = 1;
        if (ep_str_starts(r->text, EP_STR("\xef\xbb\xbf"))) {
            r->mark = r->mark_start = 3;
        }
    }
    for (; r->mark < at && r->mark < r->text.n; r->mark++) {
        if (r->text.p[r->mark] == '\n') {
            r->mark_line++;
            r->mark_start = r->mark + 1;
        }
    }
    *line = r->mark_line;
    if (column == NULL) {
        return;
    }
    *column = 1;
    for (size_t i = r->mark_start; i < at && i < r->text.n; i++) {
        /* The first byte of a character counts, those after it do not. */
        *column += ((unsigned char) r->text.p[i] & 0xc0) != 0x80;
    }
}


static void
skip_comment(ep_py_reader_t *r)
{
    while (ep_py_peek(r, 0) >= 0 && ep_py_peek(r, 0) != '\n') {
        r->at++;
    }
}


static bool
is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}


void
ep_py_blank(ep_py_reader_t *r)
{
    for (;;) {
        int c = ep_py_peek(r, 0);

        if (is_blank(c) || (c == '\n' && r->brackets > 0)) {
            r->at++;
        } else if (c == '\\' && ep_py_peek(r, 1) == '\n') {
            r->at += 2;
        } else if (c == '\\' && ep_py_peek(r, 1) == '\r'
                   && ep_py_peek(r, 2) == '\n') {
            r->at += 3;
        } else if (c == '#' && r->brackets > 0) {
            skip_comment(r);
        } else {
            return;
        }
    }
}


ep_str_t
ep_py_read_word(ep_py_reader_t *r)
{
    ep_str_t word = { r->text.p + r->at, 0 };

    while (ep_py_is_word(ep_py_peek(r, word.n))) {
        word.n++;
    }
    r->at += word.n;
    return word;
}


/* True when only blanks are before offset at on its line. */
static bool
is_indented(const ep_py_reader_t *r, size_t at)
{
    size_t i = at;

    while (i > 0 && (r->text.p[i - 1] == ' ' || r->text.p[i - 1] == '\t')) {
        i--;
    }
    return i < at && (i == 0 || r->text.p[i - 1] == '\n');
}


static const ep_py_t *
read_assignment(ep_py_reader_t *r, ep_py_line_t *line)
{
    const ep_py_t *value;
    ep_str_t name = ep_py_read_word(r);
    int c;

    if (name.n == 0 || (name.p[0] >= '0' && name.p[0] <= '9')) {
        ep_py_fail(r, line->at, "NAME = value");
        return NULL;
    }
    ep_py_blank(r);
    if (ep_py_peek(r, 0) != '=' || ep_py_peek(r, 1) == '=') {
        ep_py_fail(r, r->at, "'=' and a value after the name");
        return NULL;
    }
    line->name = name;
    r->at++;
    ep_py_blank(r);
    value = ep_py_read_value(r);
    c = ep_py_peek(r, 0);
    if (value != NULL && c >= 0 && c != '\n' && c != '#' && c != ';') {
        ep_py_fail(r, r->at, "the end of the line");
        return NULL;
    }
    return value;
}


bool
ep_py_next(ep_py_reader_t *r, ep_py_line_t *line)
{
    for (;;) {
        int c;

        ep_py_blank(r);
        c = ep_py_peek(r, 0);
        if (c == '#') {
            skip_comment(r);
        } else if (c == '\n' || c == ';') {
            r->at++;
        } else if (c < 0) {
            return false;
        } else {
            break;
        }
    }
    *line = (ep_py_line_t){ .at = r->at, .indented = is_indented(r, r->at) };
    line->value = read_assignment(r, line);
    return true;
}


const ep_py_t *
ep_py_value(ep_py_reader_t *r)
{
    const ep_py_t *value;

    r->brackets = 1; /* newlines and comments around it are blanks */
    ep_py_blank(r);
    value = ep_py_read_value(r);
    r->brackets = 0;
    if (value != NULL && r->at < r->text.n) {
        ep_py_fail(r, r->at, "nothing more after the value");
        return NULL;
    }
    return value;
}
