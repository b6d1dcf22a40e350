/*
 * String views: bytes with a length, not owned, not NUL-terminated.
 *
 * What comes from nginx or from a parsed buffer is such a view; what a
 * struct owns is a char array or an arena string, always NUL-terminated.
 */

#ifndef EPORTAL_STR_H
#define EPORTAL_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const char *p; /* may be NULL when n is 0 */
    size_t n;      /* bytes */
} ep_str_t;

/* A view of a string literal, usable in expressions and initialisers. */
#define EP_STR(lit) ((ep_str_t){ "" lit, sizeof(lit) - 1 })
#define EP_STR_NULL ((ep_str_t){ NULL, 0 })
/* For printf's "%.*s". */
#define EP_STR_ARG(s) (int) (s).n, (s).n ? (s).p : ""
#define EP_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A view of a NUL-terminated string; NULL gives an empty view. */
static inline ep_str_t
ep_str(const char *s)
{
    return (ep_str_t){ s, s ? strlen(s) : 0 };
}

static inline bool
ep_str_eq(ep_str_t a, ep_str_t b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Compare without regard to ASCII case (header names, extensions). */
bool ep_str_eq_nocase(ep_str_t a, ep_str_t b);
bool ep_str_starts(ep_str_t s, ep_str_t prefix);
bool ep_str_ends(ep_str_t s, ep_str_t suffix);

/* Without ASCII white space at both ends. */
ep_str_t ep_str_trim(ep_str_t s);

/*
 * Split at the first sep: *head gets what is before it, *rest what is after.
 * Returns false, with head the whole and rest empty, when sep is not there.
 */
bool ep_str_cut(ep_str_t s, char sep, ep_str_t *head, ep_str_t *rest);

/* Copy into a fixed array, NUL-terminated; false when it does not fit or
 * holds a NUL byte (dst is then an empty string). */
bool ep_str_copy(ep_str_t s, char *dst, size_t size);

/* A decimal integer, whole string, optional '-'. False when not one or out
 * of range; *out is then untouched. */
bool ep_str_int(ep_str_t s, int64_t *out);

/* True when s is exactly n lower- or upper-case hexadecimal digits. */
bool ep_str_is_hex(ep_str_t s, size_t n);

/* A hexadecimal digit's value, -1 for what is none. By a table: tokens of a
 * thousand digits are read in the event loop. */
extern const int8_t ep_hex_digits[256]; /* the value and one; 0: none */
static inline int
ep_hex_digit(char c)
{
    return ep_hex_digits[(uint8_t) c] - 1;
}

/* n bytes as 2n lower-case hex digits and a NUL, and back. Unhex takes
 * exactly 2n digits of either case; false otherwise. */
void ep_hex(const void *bytes, size_t n, char *out);
bool ep_unhex(ep_str_t s, void *out, size_t n);

/* Compare two secrets in time that depends on their lengths only. */
bool ep_secret_eq(ep_str_t a, ep_str_t b);

/* A printable character of ASCII, the space too: what most text is. */
static inline bool
ep_is_printable(char c)
{
    return (uint8_t) (c - ' ') < 0x7f - ' ';
}

/* True when s is well-formed UTF-8 without NUL or other control characters
 * than tab (newline allowed too when multiline is set): what names, notes
 * and other text from outside must be. Unicode's line separators and its
 * characters that turn the writing direction round are control characters
 * here. */
bool ep_str_is_text(ep_str_t s, bool multiline);

/* Text of any bytes, on one line: a byte that is not part of well-formed
 * UTF-8 and every control character becomes a question mark. Writes at most
 * max bytes, cut where a character ends, and a NUL; returns the length. */
size_t ep_str_clean(ep_str_t s, char *dst, size_t max);

#endif
