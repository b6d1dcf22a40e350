/*
 * Patterns: the one home of pcre2. A pattern is a static variable that is
 * compiled when it is first used and then shared by all threads; it always
 * matches the whole string, byte by byte.
 *
 *     static ep_pattern_t name = EP_PATTERN("[a-z]{1,32}");
 *
 *     if (!ep_pattern_match(&name, s, NULL, 0)) { ... }
 */

#ifndef EP_BASE_PATTERN_H
#define EP_BASE_PATTERN_H

#include <stdatomic.h>

#include <eportal/str.h>

typedef struct {
    const char *text;
    _Atomic(void *) code; /* kept until the process ends */
} ep_pattern_t;

/* clang-format off */
#define EP_PATTERN(text) { text, NULL }
/* clang-format on */

/* True when all of s matches. The first n capture groups go to groups (views
 * into s; p NULL for one that took no part); nothing is written without a
 * match. Out of memory, or a text that does not compile, matches nothing. */
bool ep_pattern_match(ep_pattern_t *pattern, ep_str_t s, ep_str_t *groups,
                      size_t n);

#endif
