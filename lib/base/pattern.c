/* Patterns: see base/pattern.h. */

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "base/pattern.h"


/* Two threads may both compile; the slower one throws its copy away. */
static pcre2_code *
compiled(ep_pattern_t *pattern)
{
    void *code = atomic_load_explicit(&pattern->code, memory_order_acquire);
    void *none = NULL;
    int error;
    PCRE2_SIZE offset;

    if (code != NULL) {
        return code;
    }
    code =
        pcre2_compile((PCRE2_SPTR) pattern->text, PCRE2_ZERO_TERMINATED,
                      PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY,
                      &error, &offset, NULL);
    if (code == NULL) {
        return NULL;
    }
    if (!atomic_compare_exchange_strong(&pattern->code, &none, code)) {
        pcre2_code_free(code);
        return none;
    }
    return code;
}


bool
ep_pattern_match(ep_pattern_t *pattern, ep_str_t s, ep_str_t *groups, size_t n)
{
    pcre2_code *code = compiled(pattern);
    pcre2_match_data *data;
    const char *subject = s.p != NULL ? s.p : "";
    const PCRE2_SIZE *at;
    int count;

    if (code == NULL) {
        return false;
    }
    data = pcre2_match_data_create_from_pattern(code, NULL);
    if (data == NULL) {
        return false;
    }
    count = pcre2_match(code, (PCRE2_SPTR) subject, s.n, 0, 0, data, NULL);
    at = pcre2_get_ovector_pointer(data);
    for (size_t i = 0; count > 0 && i < n; i++) {
        size_t group = i + 1;

        groups[i] = EP_STR_NULL;
        if (group < (size_t) count && at[2 * group] != PCRE2_UNSET) {
            groups[i].p = subject + at[2 * group];
            groups[i].n = at[2 * group + 1] - at[2 * group];
        }
    }
    pcre2_match_data_free(data);
    return count > 0;
}
