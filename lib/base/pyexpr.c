/* Python literals: lists and expressions. */

#include "base/pyliteral_private.h"

#define A_VALUE "a string, a number, True, False, None or a list"

static bool read_expr(ep_py_reader_t *r, ep_py_t *v);
static bool read_factor(ep_py_reader_t *r, ep_py_t *v);


static bool
enter(ep_py_reader_t *r)
{
    if (r->depth == EP_PY_MAX_DEPTH) {
        return ep_py_fail(r, r->at, "at most %d levels of nesting",
                          EP_PY_MAX_DEPTH);
    }
    r->depth++;
    return true;
}


static ep_py_t *
new_value(ep_py_reader_t *r)
{
    ep_py_t *v;

    if (r->values == EP_PY_MAX_VALUES) {
        ep_py_fail(r, r->at, "at most %d values", EP_PY_MAX_VALUES);
        return NULL;
    }
    v = ep_arena_alloc(r->arena, sizeof(*v));
    if (v == NULL) {
        ep_py_no_memory(r);
        return NULL;
    }
    r->values++;
    v->at = r->at;
    return v;
}


/* One element to the end of a list; *end is where the next one goes. */
static bool
read_element(ep_py_reader_t *r, ep_py_t *list, ep_py_t ***end)
{
    ep_py_t *v = new_value(r);

    if (v == NULL || !read_expr(r, v)) {
        return false;
    }
    **end = v;
    *end = &v->next;
    list->list.count++;
    return true;
}


/* The elements of a list or a dict behind its opening bracket, and the
 * closing one. *commas: whether there was a comma, which makes a tuple. */
static bool
read_elements(ep_py_reader_t *r, ep_py_t *list, int close, bool *commas)
{
    ep_py_t **end = &list->list.first;

    *commas = false;
    for (;;) {
        ep_py_blank(r);
        if (ep_py_peek(r, 0) == close) {
            r->at++;
            return true;
        }
        if (!read_element(r, list, &end)) {
            return false;
        }
        ep_py_blank(r);
        if (list->type == EP_PY_DICT && list->list.count % 2 == 1) {
            if (ep_py_peek(r, 0) != ':') {
                return ep_py_fail(r, r->at, "':' and a value");
            }
            r->at++;
            ep_py_blank(r);
            if (!read_element(r, list, &end)) {
                return false;
            }
            ep_py_blank(r);
        }
        if (ep_py_peek(r, 0) == ',') {
            *commas = true;
            r->at++;
        } else if (ep_py_peek(r, 0) != close) {
            return ep_py_fail(r, r->at, "',' or '%c'", close);
        }
    }
}


static bool
read_brackets(ep_py_reader_t *r, ep_py_t *v)
{
    int open = ep_py_peek(r, 0);
    int close = open == '(' ? ')' : open == '[' ? ']' : '}';
    ep_py_t *inner;
    bool commas, ok;

    if (!enter(r)) {
        return false;
    }
    v->type = open == '{' ? EP_PY_DICT : EP_PY_LIST;
    v->list.first = NULL;
    v->list.count = 0;
    r->at++;
    r->brackets++;
    ok = read_elements(r, v, close, &commas);
    r->brackets--;
    r->depth--;
    if (ok && open == '(' && v->list.count == 1 && !commas) {
        inner = v->list.first; /* (1) is 1, only (1,) is a tuple */
        inner->at = v->at;
        *v = *inner;
    }
    return ok;
}


static bool
read_atom(ep_py_reader_t *r, ep_py_t *v)
{
    int c = ep_py_peek(r, 0);
    size_t at = r->at;
    ep_str_t word;

    if (ep_py_at_string(r)) {
        return ep_py_read_string(r, v);
    }
    if (c == '(' || c == '[' || c == '{') {
        return read_brackets(r, v);
    }
    if ((c >= '0' && c <= '9') || c == '.') {
        return ep_py_read_number(r, v);
    }
    word = ep_py_read_word(r);
    if (ep_str_eq(word, EP_STR("None"))
        || (r->json && ep_str_eq(word, EP_STR("null"))))
    {
        v->type = EP_PY_NONE;
        return true;
    }
    v->type = EP_PY_BOOL;
    v->boolean = ep_str_eq(word, EP_STR("True"))
                 || (r->json && ep_str_eq(word, EP_STR("true")));
    return v->boolean || ep_str_eq(word, EP_STR("False"))
           || (r->json && ep_str_eq(word, EP_STR("false")))
           || ep_py_fail(r, at, A_VALUE);
}


/* An atom and, binding tighter than a sign before it, its power. */
static bool
read_power(ep_py_reader_t *r, ep_py_t *v)
{
    ep_py_t exponent = { 0 };
    size_t at = r->at;
    bool ok;

    if (!read_atom(r, v)) {
        return false;
    }
    ep_py_blank(r);
    if (ep_py_peek(r, 0) != '*' || ep_py_peek(r, 1) != '*') {
        return true;
    }
    r->at += 2;
    if (!enter(r)) {
        return false;
    }
    ep_py_blank(r);
    ok = read_factor(r, &exponent);
    r->depth--;
    return ok && ep_py_apply(r, EP_PY_POW, v, &exponent, at);
}


static bool
read_factor(ep_py_reader_t *r, ep_py_t *v)
{
    bool negative = false, sign = false;
    size_t at = r->at;

    for (;;) {
        int c = ep_py_peek(r, 0);

        if (c != '+' && c != '-') {
            break;
        }
        sign = true;
        negative = negative != (c == '-');
        r->at++;
        ep_py_blank(r);
    }
    if (!read_power(r, v)) {
        return false;
    }
    if (sign && v->type != EP_PY_INT && v->type != EP_PY_FLOAT) {
        return ep_py_fail(r, at, "a number after the sign");
    }
    return !negative || ep_py_negate(r, v, at);
}


static bool
read_term(ep_py_reader_t *r, ep_py_t *v)
{
    size_t at = r->at;

    if (!read_factor(r, v)) {
        return false;
    }
    for (;;) {
        ep_py_t right = { 0 };
        ep_py_op_t op;
        int c;

        ep_py_blank(r);
        c = ep_py_peek(r, 0);
        if (c != '*' && c != '/' && c != '%') {
            return true;
        }
        op = c == '*' ? EP_PY_MUL : c == '/' ? EP_PY_DIV : EP_PY_MOD;
        r->at++;
        if (c == '/' && ep_py_peek(r, 0) == '/') {
            op = EP_PY_FLOOR;
            r->at++;
        }
        ep_py_blank(r);
        if (!read_factor(r, &right) || !ep_py_apply(r, op, v, &right, at)) {
            return false;
        }
    }
}


/* v->at is the caller's; everything else of v is filled. */
static bool
read_expr(ep_py_reader_t *r, ep_py_t *v)
{
    size_t at = r->at;

    if (!read_term(r, v)) {
        return false;
    }
    for (;;) {
        ep_py_t right = { 0 };
        int c;

        ep_py_blank(r);
        c = ep_py_peek(r, 0);
        if (c != '+' && c != '-') {
            return true;
        }
        r->at++;
        ep_py_blank(r);
        if (!read_term(r, &right)
            || !ep_py_apply(r, c == '+' ? EP_PY_ADD : EP_PY_SUB, v, &right, at))
        {
            return false;
        }
    }
}


ep_py_t *
ep_py_read_value(ep_py_reader_t *r)
{
    ep_py_t *v = new_value(r), *list, **end;
    int c;

    if (v == NULL || !read_expr(r, v)) {
        return NULL;
    }
    ep_py_blank(r);
    if (ep_py_peek(r, 0) != ',') {
        return v;
    }
    list = new_value(r);
    if (list == NULL) {
        return NULL;
    }
    list->type = EP_PY_LIST;
    list->at = v->at;
    list->list.first = v;
    list->list.count = 1;
    end = &v->next;
    while (ep_py_peek(r, 0) == ',') {
        r->at++;
        ep_py_blank(r);
        c = ep_py_peek(r, 0);
        if (c < 0 || c == '\n' || c == '#' || c == ';') {
            break;
        }
        if (!read_element(r, list, &end)) {
            return NULL;
        }
        ep_py_blank(r);
    }
    return list;
}
