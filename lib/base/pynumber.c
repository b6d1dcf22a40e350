/* Python literals: numbers and arithmetic. */

#include "base/pyliteral_private.h"

/* Beyond this a double no longer holds every whole number. */
#define EXACT 9007199254740992.0


static int
digit_value(int c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return 99;
}


static bool
is_digit(int c, int base)
{
    return digit_value(c) < base;
}


static bool
too_large(ep_py_reader_t *r, size_t at)
{
    return ep_py_fail(r, at, "a number within 64 bits");
}


/* Digits of a base, with single '_' between them as Python allows. */
static bool
read_digits(ep_py_reader_t *r, int base, int64_t *out)
{
    int64_t value = 0;
    size_t at = r->at;

    if (!is_digit(ep_py_peek(r, 0), base)) {
        return ep_py_fail(r, r->at, "a digit");
    }
    for (;;) {
        int c = ep_py_peek(r, 0);

        if (c == '_' && is_digit(ep_py_peek(r, 1), base)) {
            r->at++;
            continue;
        }
        if (!is_digit(c, base)) {
            break;
        }
        if (__builtin_mul_overflow(value, base, &value)
            || __builtin_add_overflow(value, digit_value(c), &value))
        {
            return too_large(r, at);
        }
        r->at++;
    }
    *out = value;
    return true;
}


/* ".5" behind a whole number: digits beyond what counts are passed over. */
static double
read_fraction(ep_py_reader_t *r)
{
    double value = 0, scale = 1;

    r->at++;
    while (is_digit(ep_py_peek(r, 0), 10)) {
        if (scale < EXACT) {
            value = value * 10 + digit_value(ep_py_peek(r, 0));
            scale *= 10;
        }
        r->at++;
    }
    return value / scale;
}


static int
base_of(const ep_py_reader_t *r)
{
    if (ep_py_peek(r, 0) != '0') {
        return 10;
    }
    switch (ep_py_peek(r, 1)) {
    case 'x':
    case 'X':
        return 16;
    case 'o':
    case 'O':
        return 8;
    case 'b':
    case 'B':
        return 2;
    default:
        return 10;
    }
}


bool
ep_py_read_number(ep_py_reader_t *r, ep_py_t *v)
{
    size_t at = r->at;
    int base = base_of(r);
    int64_t whole = 0;

    r->at += base != 10 ? 2 : 0;
    if (ep_py_peek(r, 0) != '.' || is_digit(ep_py_peek(r, 1), 10) == false) {
        if (!read_digits(r, base, &whole)) {
            return false;
        }
    }
    if (base == 10 && whole > 0 && r->text.p[at] == '0') {
        return ep_py_fail(r, at,
                          "a number without leading zeros (octal is "
                          "0o17)");
    }
    if (base == 10 && ep_py_peek(r, 0) == '.') {
        v->type = EP_PY_FLOAT;
        v->number = (double) whole + read_fraction(r);
    } else {
        v->type = EP_PY_INT;
        v->integer = whole;
    }
    if (ep_py_is_word(ep_py_peek(r, 0)) || ep_py_peek(r, 0) == '.') {
        return ep_py_fail(r, r->at, "the end of the number");
    }
    return true;
}


static double
as_double(const ep_py_t *v)
{
    return v->type == EP_PY_INT ? (double) v->integer : v->number;
}


/* Round down; what is beyond EXACT is whole already. */
static double
floor_of(double x)
{
    double whole;

    if (x >= EXACT || x <= -EXACT) {
        return x;
    }
    whole = (double) (int64_t) x;
    return whole > x ? whole - 1 : whole;
}


static bool
apply_float(ep_py_reader_t *r, ep_py_op_t op, ep_py_t *a, double y, size_t at)
{
    double x = as_double(a), value;

    if ((op == EP_PY_DIV || op == EP_PY_FLOOR || op == EP_PY_MOD) && y == 0) {
        return ep_py_fail(r, at, "a division by something other than zero");
    }
    switch (op) {
    case EP_PY_ADD:
        value = x + y;
        break;
    case EP_PY_SUB:
        value = x - y;
        break;
    case EP_PY_MUL:
        value = x * y;
        break;
    case EP_PY_DIV:
        value = x / y;
        break;
    case EP_PY_FLOOR:
        value = floor_of(x / y);
        break;
    case EP_PY_MOD:
        value = x - floor_of(x / y) * y;
        break;
    default:
        return ep_py_fail(r, at, "whole numbers around **");
    }
    if (!__builtin_isfinite(value)) {
        return ep_py_fail(r, at, "a smaller number");
    }
    a->type = EP_PY_FLOAT;
    a->number = value;
    return true;
}


/* base ** exponent by squaring; false when it overflows. */
static bool
power_of(int64_t base, int64_t exponent, int64_t *out)
{
    int64_t value = 1;

    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1 && __builtin_mul_overflow(value, base, &value)) {
            return false;
        }
        if (exponent > 1 && __builtin_mul_overflow(base, base, &base)) {
            return false;
        }
    }
    *out = value;
    return true;
}


/* Python rounds a quotient down and gives the remainder the divisor's
 * sign. */
static bool
divide(int64_t x, int64_t y, int64_t *quotient, int64_t *rest)
{
    if (x == INT64_MIN && y == -1) {
        return false;
    }
    *quotient = x / y;
    *rest = x % y;
    if (*rest != 0 && (*rest < 0) != (y < 0)) {
        *quotient -= 1;
        *rest += y;
    }
    return true;
}


static bool
apply_int(ep_py_reader_t *r, ep_py_op_t op, ep_py_t *a, int64_t y, size_t at)
{
    int64_t x = a->integer, value = 0, other;
    bool ok;

    if ((op == EP_PY_FLOOR || op == EP_PY_MOD) && y == 0) {
        return ep_py_fail(r, at, "a division by something other than zero");
    }
    switch (op) {
    case EP_PY_ADD:
        ok = !__builtin_add_overflow(x, y, &value);
        break;
    case EP_PY_SUB:
        ok = !__builtin_sub_overflow(x, y, &value);
        break;
    case EP_PY_MUL:
        ok = !__builtin_mul_overflow(x, y, &value);
        break;
    case EP_PY_FLOOR:
        ok = divide(x, y, &value, &other);
        break;
    case EP_PY_MOD:
        ok = divide(x, y, &other, &value);
        break;
    default:
        if (y < 0) {
            return ep_py_fail(r, at, "an exponent that is not negative");
        }
        ok = power_of(x, y, &value);
        break;
    }
    if (!ok) {
        return too_large(r, at);
    }
    a->integer = value;
    return true;
}


static bool
is_number(const ep_py_t *v)
{
    return v->type == EP_PY_INT || v->type == EP_PY_FLOAT;
}


bool
ep_py_apply(ep_py_reader_t *r, ep_py_op_t op, ep_py_t *a, const ep_py_t *b,
            size_t at)
{
    if (!is_number(a) || !is_number(b)) {
        return ep_py_fail(r, at, "numbers on both sides of the operator");
    }
    if (op == EP_PY_DIV || a->type == EP_PY_FLOAT || b->type == EP_PY_FLOAT) {
        return apply_float(r, op, a, as_double(b), at);
    }
    return apply_int(r, op, a, b->integer, at);
}


bool
ep_py_negate(ep_py_reader_t *r, ep_py_t *v, size_t at)
{
    if (v->type == EP_PY_FLOAT) {
        v->number = -v->number;
        return true;
    }
    if (__builtin_sub_overflow(0, v->integer, &v->integer)) {
        return too_large(r, at);
    }
    return true;
}
