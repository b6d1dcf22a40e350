/*
 * Fuzz target: the Python-literal reader. The text is read as lines, each
 * that fails being passed over, then as one value, plain and as JSON.
 */

#include <stdlib.h>

#include "base/pyliteral.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* What a value promises of itself. */
static void
check_value(const ep_py_t *v, size_t end)
{
    size_t count = 0;

    if (v->at >= end) {
        abort();
    }
    if (v->type == EP_PY_STRING && v->string.p[v->string.n] != '\0') {
        abort();
    }
    if (v->type != EP_PY_LIST && v->type != EP_PY_DICT) {
        return;
    }
    for (const ep_py_t *item = v->list.first; item != NULL; item = item->next) {
        check_value(item, end);
        count++;
    }
    if (count != v->list.count || (v->type == EP_PY_DICT && count % 2 != 0)) {
        abort();
    }
}


static void
check_error(ep_py_reader_t *r)
{
    size_t line, column;

    ep_py_where(r, r->error_at, &line, &column);
    if (r->rc != EP_EINVAL || r->expected[0] == '\0' || line == 0 || column == 0
        || r->error_at > r->text.n)
    {
        abort();
    }
}


static void
read_lines(ep_str_t text, ep_arena_t *arena)
{
    ep_py_reader_t r;
    ep_py_line_t line;
    size_t before = 0;

    ep_py_open(&r, text, arena);
    while (ep_py_next(&r, &line)) {
        if (line.value == NULL) {
            check_error(&r);
            ep_py_skip(&r, line.at);
        } else {
            check_value(line.value, text.n);
        }
        if (line.at < before || r.at <= line.at) {
            abort(); /* it must come to an end */
        }
        if (r.rc != EP_OK || r.at > text.n || r.depth != 0 || r.brackets != 0) {
            abort();
        }
        before = r.at;
    }
}


static void
read_value(ep_str_t text, bool json, ep_arena_t *arena)
{
    ep_py_reader_t r;
    const ep_py_t *v;

    ep_py_open(&r, text, arena);
    r.json = json;
    v = ep_py_value(&r);
    if (v == NULL) {
        check_error(&r);
    } else {
        check_value(v, text.n);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ep_str_t text = { (const char *) data, size };
    ep_arena_t *arena = ep_arena_new();

    if (arena != NULL) {
        read_lines(text, arena);
        read_value(text, false, arena);
        read_value(text, true, arena);
    }
    ep_arena_free(arena);
    return 0;
}
