/* What the settings of a directory mean: see auth/directory.h. */

#include <stdio.h>

#include <eportal/buf.h>
#include <eportal/user.h>

#include "auth/directory.h"

#define EXPANDED_MAX (64 * 1024)

/* What a text is part of, and has to be escaped for. */
enum { PLAIN = 0, IN_DN = 1, IN_FILTER = 2 };

static const char hex_digits[] = "0123456789abcdef";


static bool
is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9');
}


/* ---- users in templates ---- */

/* What is no DN has no way to escape: characters that Active Directory has
 * in no logon name stay out, and an @ or \ where the template has one, so
 * that nobody names another domain than the template does. */
static bool
fits_plain(ep_str_t user, const char *template_)
{
    if (strchr(template_, '@') != NULL && memchr(user.p, '@', user.n) != NULL) {
        return false;
    }
    for (size_t i = 0; i < user.n; i++) {
        if (strchr("\"/\\[]:;|=,+*?<>", user.p[i]) != NULL) {
            return false;
        }
    }
    return true;
}


/* Directories take blanks around and several in a row for one or none: such
 * names would be second names of the same user. */
static bool
is_user_name(ep_str_t user)
{
    if (user.n == 0 || user.n > EP_USER_NAME_MAX || !ep_str_is_text(user, false)
        || memchr(user.p, '\t', user.n) != NULL || user.p[0] == ' '
        || user.p[user.n - 1] == ' ')
    {
        return false;
    }
    return memmem(user.p, user.n, "  ", 2) == NULL;
}


static ep_rc_t
bad_user(const char *why, ep_err_t *err)
{
    return ep_err_set(err, EP_EAUTH, "bad-credentials",
                      "the directory is not asked about this user name: %s",
                      why);
}


static ep_rc_t
add_escaped(ep_buf_t *out, ep_str_t user, unsigned part)
{
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; rc == EP_OK && i < user.n; i++) {
        unsigned char c = (unsigned char) user.p[i];
        char text[] = { '\\', hex_digits[c >> 4], hex_digits[c & 15] };

        if ((part & IN_DN) && (c < 0x20 || strchr("\"+,;<>\\=#", c) != NULL)) {
            if (part & IN_FILTER) {
                rc = ep_buf_add_str(out, EP_STR("\\5c"));
            } else {
                rc = ep_buf_add(out, text, 1);
            }
            if (rc == EP_OK) {
                rc = ep_buf_add(out, text + 1, 2);
            }
        } else if ((part & IN_FILTER)
                   && (c < 0x20 || strchr("*()\\", c) != NULL)) {
            rc = ep_buf_add(out, text, sizeof(text));
        } else {
            rc = ep_buf_add(out, user.p + i, 1);
        }
    }
    return rc;
}


/* A DN as far as we have to know: values with attributes before them. */
static bool
is_dn(ep_str_t text)
{
    bool more = text.n > 0;

    while (more) {
        size_t name = 0, i;

        text = ep_str_trim(text);
        while (name < text.n
               && (is_alnum(text.p[name]) || text.p[name] == '-'
                   || text.p[name] == '.'))
        {
            name++;
        }
        for (i = name; i < text.n && text.p[i] == ' '; i++) {
        }
        if (name == 0 || i == text.n || text.p[i] != '=') {
            return false;
        }
        while (i < text.n && strchr(",;+", text.p[i]) == NULL) {
            i += text.p[i] == '\\' ? 2 : 1;
        }
        more = i < text.n;
        text = more ? (ep_str_t){ text.p + i + 1, text.n - i - 1 } : text;
    }
    return text.n > 0;
}


/* Where the value that begins before at begins: behind the first = after the
 * last parenthesis. False in an attribute's name. */
static bool
value_at(ep_str_t filter, size_t at, ep_str_t *value)
{
    size_t begin = at, end = at;

    while (begin > 0 && filter.p[begin - 1] != '('
           && filter.p[begin - 1] != ')') {
        begin--;
    }
    while (begin < at && filter.p[begin] != '=') {
        begin++;
    }
    while (end < filter.n && filter.p[end] != ')' && filter.p[end] != '(') {
        end++;
    }
    *value = (ep_str_t){ filter.p + begin + 1, end - begin - 1 };
    return begin < at;
}


/* Replace every %s. part: IN_FILTER looks at each place by itself. */
static ep_rc_t
expand(ep_arena_t *arena, ep_str_t template_, ep_str_t user, unsigned part,
       const char **out)
{
    ep_buf_t text;
    ep_rc_t rc = EP_OK;
    size_t at = 0;

    ep_buf_init(&text, EXPANDED_MAX);
    while (rc == EP_OK && at < template_.n) {
        ep_str_t rest = { template_.p + at, template_.n - at }, value;

        if (!ep_str_starts(rest, EP_STR("%s"))) {
            rc = ep_buf_add(&text, rest.p, 1);
            at++;
            continue;
        }
        if (part == IN_FILTER) {
            value_at(template_, at, &value);
            rc = add_escaped(&text, user,
                             is_dn(value) ? IN_FILTER | IN_DN : IN_FILTER);
        } else {
            rc = add_escaped(&text, user, part);
        }
        at += 2;
    }
    if (rc == EP_OK) {
        *out = ep_arena_strdup(arena, ep_buf_str(&text));
        rc = *out != NULL ? EP_OK : EP_ENOMEM;
    }
    ep_buf_free(&text);
    return rc;
}


static ep_rc_t
not_expanded(ep_rc_t rc, ep_err_t *err)
{
    return rc == EP_ELIMIT ? bad_user("it is too long", err)
                           : ep_err_set(err, rc, "no-memory", "out of memory");
}


static ep_rc_t
bad_template(const char *what, ep_err_t *err)
{
    return ep_err_set(err, EP_EINVAL, "ldap-bind",
                      "LDAP_CONNECTION_STRING must be such as "
                      "uid=%%s,dc=example,dc=com or %%s@example.com: %s",
                      what);
}


ep_rc_t
ep_ldap_bind_name(ep_arena_t *arena, const char *template_,
                  const ep_str_t *user, const char **out, ep_err_t *err)
{
    ep_str_t text = ep_str_trim(ep_str(template_));
    bool dn = text.n > 0 && memchr(text.p, '=', text.n) != NULL;
    ep_rc_t rc;

    if (text.n == 0) {
        return bad_template("it is not set", err);
    }
    if (text.n > EP_LDAP_TEMPLATE_MAX || !ep_str_is_text(text, false)) {
        return bad_template("it is one line of at most 4096 bytes", err);
    }
    if (memmem(text.p, text.n, "%s", 2) == NULL) {
        return bad_template("%s stands for the user's name, without it all "
                            "would be the same user",
                            err);
    }
    if (dn && !is_dn(text)) {
        return bad_template("what has a = in it must be a DN, with a name, "
                            "a = and a value in each part",
                            err);
    }
    if (user == NULL) {
        return EP_OK;
    }
    if (!is_user_name(*user)) {
        return bad_user("it is empty or too long, or has blanks or control "
                        "characters where there are none",
                        err);
    }
    if (!dn && !fits_plain(*user, template_)) {
        return bad_user("it has characters that LDAP_CONNECTION_STRING "
                        "leaves no room for",
                        err);
    }
    rc = expand(arena, text, *user, dn ? IN_DN : PLAIN, out);
    return rc == EP_OK ? EP_OK : not_expanded(rc, err);
}


/* ---- searches ---- */

typedef struct {
    const char *code;
    const char *setting;
} named_t;


static ep_rc_t
bad_search(const named_t *named, const char *what, ep_err_t *err)
{
    return ep_err_set(err, EP_EINVAL, named->code,
                      "%s must be such as dc=example,dc=com?"
                      "?sub?"
                      "(memberUid=%%s), which is base, two ?, scope, ? and "
                      "filter: %s",
                      named->setting, what);
}


static bool
parse_scope(ep_str_t scope, int *out)
{
    static const char *const names[] = { "base", "one", "sub" };

    if (scope.n == 0) {
        *out = 0;
        return true;
    }
    for (int i = 0; i < 3; i++) {
        if (ep_str_eq_nocase(scope, ep_str(names[i]))) {
            *out = i;
            return true;
        }
    }
    return false;
}


/* One pair of parentheses around all of it, or none at all. */
static bool
is_balanced(ep_str_t filter)
{
    int depth = 0;

    for (size_t i = 0; i < filter.n; i++) {
        depth += filter.p[i] == '(' ? 1 : filter.p[i] == ')' ? -1 : 0;
        if (depth < 0 || (filter.p[0] == '(' && depth == 0 && i + 1 < filter.n)
            || (filter.p[0] != '(' && depth > 0))
        {
            return false;
        }
    }
    return depth == 0;
}


static ep_rc_t
check_filter(const named_t *named, ep_str_t filter, ep_err_t *err)
{
    ep_str_t value;

    if (!is_balanced(filter) || memchr(filter.p, '=', filter.n) == NULL) {
        return bad_search(named, "in the filter the parentheses do not match",
                          err);
    }
    for (size_t at = 0; at + 1 < filter.n; at++) {
        if (filter.p[at] == '%' && filter.p[at + 1] == 's'
            && !value_at(filter, at, &value))
        {
            return bad_search(named,
                              "%s may stand in a value only, which is behind "
                              "a =",
                              err);
        }
    }
    return EP_OK;
}


ep_rc_t
ep_ldap_search(ep_arena_t *arena, const char *text, const char *code,
               const char *setting, const ep_str_t *user, ep_ldap_search_t *out,
               ep_err_t *err)
{
    const named_t named = { code, setting };
    ep_str_t rest = ep_str_trim(ep_str(text)), base, attrs, scope;
    ep_ldap_search_t search;
    ep_rc_t rc;

    if (rest.n > EP_LDAP_TEMPLATE_MAX || !ep_str_is_text(rest, false)) {
        return bad_search(&named, "it is one line of at most 4096 bytes", err);
    }
    if (!ep_str_cut(rest, '?', &base, &rest)
        || !ep_str_cut(rest, '?', &attrs, &rest) || attrs.n > 0)
    {
        return bad_search(&named, "there are two ? behind the base", err);
    }
    ep_str_cut(rest, '?', &scope, &rest);
    if (!parse_scope(scope, &search.scope)) {
        return bad_search(
            &named, "the scope is base, one or sub; empty, it is base", err);
    }
    if (base.n > 0 && !is_dn(base)) {
        return bad_search(&named, "the base is a DN", err);
    }
    if (rest.n == 0) {
        rest = EP_STR("(objectClass=*)");
    }
    rc = check_filter(&named, rest, err);
    if (rc != EP_OK || user == NULL) {
        return rc;
    }
    rc = expand(arena, base, *user, IN_DN, &search.base);
    if (rc == EP_OK) {
        rc = expand(arena, rest, *user, IN_FILTER, &search.filter);
    }
    if (rc != EP_OK) {
        return not_expanded(rc, err);
    }
    *out = search;
    return EP_OK;
}
