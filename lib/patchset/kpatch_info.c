/* kpatch.info: see patchset/kpatch_info.h. */

#include "patchset/kpatch_info.h"

#define LABEL_MAX 32
#define UNAME_MAX 128
#define CVE_YEAR 4
#define CVE_NUMBER_MIN 4
#define CVE_NUMBER_MAX 15


/* The value of "name: value" when the line is of that name. */
static bool
value_of(ep_str_t line, ep_str_t name, ep_str_t *value)
{
    if (!ep_str_starts(line, name)) {
        return false;
    }
    *value = ep_str_trim((ep_str_t){ line.p + name.n, line.n - name.n });
    return true;
}


/* A short word of printable ASCII; a comma would break the list that it goes
 * into. */
static bool
is_word(ep_str_t s, size_t max)
{
    if (s.n == 0 || s.n > max || ep_str_eq(s, EP_STR("N/A"))) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] <= ' ' || s.p[i] > '~' || s.p[i] == ',') {
            return false;
        }
    }
    return true;
}


static size_t
count_digits(ep_str_t s, size_t from)
{
    size_t n = 0;

    while (from + n < s.n && s.p[from + n] >= '0' && s.p[from + n] <= '9') {
        n++;
    }
    return n;
}


/* Length of the CVE name at p, 0 when there is none. */
static size_t
cve_length(ep_str_t s)
{
    size_t number;

    if (!ep_str_starts(s, EP_STR("CVE-")) || count_digits(s, 4) != CVE_YEAR
        || s.n < 10 || s.p[8] != '-')
    {
        return 0;
    }
    number = count_digits(s, 9);
    return number >= CVE_NUMBER_MIN && number <= CVE_NUMBER_MAX ? 9 + number
                                                                : 0;
}


static ep_rc_t
read_cves(ep_str_t value, ep_cve_fn fn, void *ctx, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    while (rc == EP_OK && value.n > 0) {
        const char *c = memchr(value.p, 'C', value.n);
        size_t n;

        if (c == NULL) {
            return EP_OK;
        }
        value.n -= (size_t) (c - value.p);
        value.p = c;
        n = cve_length(value);
        if (n > 0) {
            rc = fn((ep_str_t){ c, n }, ctx, err);
        } else {
            n = 1;
        }
        value.p += n;
        value.n -= n;
    }
    return rc;
}


ep_rc_t
ep_kpatch_info_parse(ep_str_t text, ep_kpatch_info_t *out, ep_cve_fn fn,
                     void *ctx, ep_err_t *err)
{
    ep_kpatch_info_t info = { EP_STR_NULL, EP_STR_NULL };
    ep_str_t line, value;
    bool head = true;
    ep_rc_t rc = EP_OK;

    while (rc == EP_OK && text.n > 0) {
        ep_str_cut(text, '\n', &line, &text);
        if (line.n > 0 && line.p[line.n - 1] == '\r') {
            line.n--;
        }
        if (line.n == 0) {
            head = false;
        } else if (head && value_of(line, EP_STR("OS:"), &value)) {
            info.distro = is_word(value, LABEL_MAX) ? value : EP_STR_NULL;
        } else if (head && value_of(line, EP_STR("uname:"), &value)) {
            info.uname = is_word(value, UNAME_MAX) ? value : EP_STR_NULL;
        } else if (value_of(line, EP_STR("kpatch-cve:"), &value)) {
            rc = read_cves(value, fn, ctx, err);
        }
    }
    if (rc == EP_OK) {
        *out = info;
    }
    return rc;
}
