/* Names of patchsets and their order: see eportal/patchset.h. */

#include <stdio.h>

#include <eportal/patchset.h>

#define NUMBER_DIGITS 6 /* the order has room for no more */
#define YEAR_MIN 1990
#define YEAR_MAX 2099

const char *const ep_state_names[4] = { "not-downloaded", "undeployed",
                                        "enabled", "disabled" };

static const char *const action_names[] = { [EP_ACTION_ENABLE] = "enable",
                                            [EP_ACTION_DISABLE] = "disable",
                                            [EP_ACTION_ENABLE_UPTO] =
                                                "enable-upto",
                                            [EP_ACTION_UNDEPLOY_DOWNTO] =
                                                "undeploy-downto" };

/* The first that fits the end of a file name is cut off it. */
static const char *const endings[] = { ".tar.bz2", ".tar.gz",  ".tgz",
                                       ".tar.xz",  ".tar.zst", ".tar" };


bool
ep_action_find(ep_str_t name, ep_action_t *out)
{
    for (size_t i = 0; i < EP_ARRAY_LEN(action_names); i++) {
        if (ep_str_eq(name, ep_str(action_names[i]))) {
            *out = (ep_action_t) i;
            return true;
        }
    }
    return false;
}


/* The number that n digits at p make; -1 when one of them is no digit. */
static int64_t
digits(const char *p, size_t n)
{
    int64_t value = 0;

    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return -1;
        }
        value = value * 10 + (p[i] - '0');
    }
    return value;
}


static bool
is_date(int64_t year, int64_t month, int64_t day)
{
    static const int days[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return year >= YEAR_MIN && year <= YEAR_MAX && month >= 1 && month <= 12
           && day >= 1 && day <= days[month - 1] + (leap && month == 2);
}


/* yyyymmdd of eight digits in either style, -1 when they are no date. */
static int64_t
parse_date(const char *p)
{
    int64_t all = digits(p, 8);
    int64_t year, month, day;

    if (all < 0) {
        return -1;
    }
    if (p[0] == '2' && p[1] == '0'
        && is_date(all / 10000, all / 100 % 100, all % 100))
    {
        return all;
    }
    year = all % 10000;
    month = all / 10000 % 100;
    day = all / 1000000;
    return is_date(year, month, day) ? year * 10000 + month * 100 + day : -1;
}


/* The product that a letter ('\0' for none) and the end of a name mean. */
static bool
product_of(char letter, ep_str_t suffix, ep_product_t *out)
{
    for (int i = 0; i < EP_PRODUCT_COUNT; i++) {
        const ep_product_info_t *info = ep_product_info((ep_product_t) i);

        if (info->tree != NULL && ep_str_eq(suffix, ep_str(info->suffix))
            && (letter == info->letter || letter == '\0'))
        {
            *out = info->id;
            return true;
        }
    }
    return false;
}


static bool
parse(ep_str_t s, ep_patchset_name_t *out)
{
    ep_patchset_name_t name = { 0 };
    char letter = '\0';
    size_t n = 0;
    int64_t date;

    if (!ep_str_copy(s, name.name, sizeof(name.name))) {
        return false;
    }
    if (s.n > 0 && (s.p[0] == 'K' || s.p[0] == 'U')) {
        letter = s.p[0];
        s = (ep_str_t){ s.p + 1, s.n - 1 };
    }
    if (s.n < 10 || s.p[8] != '_') {
        return false;
    }
    date = parse_date(s.p);
    s = (ep_str_t){ s.p + 9, s.n - 9 };
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9') {
        n++;
    }
    if (date < 0 || n == 0 || n > NUMBER_DIGITS) {
        return false;
    }
    name.order = date * 1000000 + digits(s.p, n);
    if (!product_of(letter, (ep_str_t){ s.p + n, s.n - n }, &name.product)) {
        return false;
    }
    *out = name;
    return true;
}


ep_rc_t
ep_patchset_parse(ep_str_t name, ep_patchset_name_t *out, ep_err_t *err)
{
    if (parse(name, out)) {
        return EP_OK;
    }
    return ep_err_set(err, EP_EINVAL, "bad-patchset-name",
                      "\"%.*s\" is not a patchset's name: expected one such "
                      "as K20250131_01 or U20250131_01-qemu",
                      name.n > 80 ? 80 : (int) name.n, name.n ? name.p : "");
}


ep_rc_t
ep_patchset_parse_archive(ep_str_t path, ep_patchset_name_t *out, ep_err_t *err)
{
    for (size_t i = path.n; i > 0; i--) {
        if (path.p[i - 1] == '/') {
            path = (ep_str_t){ path.p + i, path.n - i };
            break;
        }
    }
    for (size_t i = 0; i < EP_ARRAY_LEN(endings); i++) {
        ep_str_t ending = ep_str(endings[i]);

        if (path.n > ending.n && ep_str_ends(path, ending)) {
            path.n -= ending.n;
            return ep_patchset_parse(path, out, err);
        }
    }
    return ep_err_set(err, EP_EINVAL, "bad-patchset-name",
                      "\"%.*s\" is not an archive's name: expected a "
                      "patchset's name and .tar.bz2, .tar.gz, .tgz, .tar.xz, "
                      ".tar.zst or .tar",
                      path.n > 80 ? 80 : (int) path.n, path.n ? path.p : "");
}


const char *
ep_patchset_status(const ep_patchset_t *patchset)
{
    bool to_be_had = patchset->upstream == EP_UPSTREAM_NONE
                     || (patchset->upstream == EP_UPSTREAM_AVAILABLE
                         && patchset->in_channel);

    if (patchset->upstream == EP_UPSTREAM_BLOCKED) {
        return "blocked";
    }
    if (patchset->state == EP_STATE_ENABLED && !to_be_had) {
        return "enabled (!)";
    }
    if (patchset->state == EP_STATE_NOT_DOWNLOADED && !to_be_had) {
        return "not available";
    }
    return ep_state_names[patchset->state];
}
