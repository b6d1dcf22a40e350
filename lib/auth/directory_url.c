/* The address of a directory: see auth/directory.h. */

#include "auth/directory.h"

#define TIMEOUT_DEFAULT 5
#define TIMEOUT_MAX 60


static bool
is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9');
}


static ep_rc_t
bad_url(const char *what, ep_err_t *err)
{
    return ep_err_set(err, EP_EINVAL, "ldap-url",
                      "LDAP_URL must be such as ldap://ldap.example.com or "
                      "ldaps://10.0.0.1:636?timeout=10: %s",
                      what);
}


static ep_rc_t
parse_flag(ep_str_t value, bool *out, const char *what, ep_err_t *err)
{
    if (!ep_str_eq(value, EP_STR("0")) && !ep_str_eq(value, EP_STR("1"))) {
        return bad_url(what, err);
    }
    *out = value.p[0] == '1';
    return EP_OK;
}


static ep_rc_t
parse_param(ep_str_t param, ep_ldap_address_t *to, bool *tls, ep_err_t *err)
{
    ep_str_t name, value;
    int64_t seconds;

    if (param.n == 0) {
        return EP_OK;
    }
    ep_str_cut(param, '=', &name, &value);
    if (ep_str_eq(name, EP_STR("tls"))) {
        return parse_flag(value, tls, "write tls=0 or tls=1", err);
    }
    if (ep_str_eq(name, EP_STR("strict_check"))) {
        return parse_flag(value, &to->strict,
                          "write strict_check=0 or strict_check=1", err);
    }
    if (!ep_str_eq(name, EP_STR("timeout"))) {
        return bad_url("after the ? there are tls=0, strict_check=0 and "
                       "timeout=SECONDS, with & between them",
                       err);
    }
    if (!ep_str_int(value, &seconds) || seconds < 1 || seconds > TIMEOUT_MAX) {
        return bad_url("timeout is 1 to 60 seconds", err);
    }
    to->timeout = (int) seconds;
    return EP_OK;
}


static ep_rc_t
parse_params(ep_str_t params, ep_ldap_address_t *to, ep_err_t *err)
{
    bool tls = true;
    ep_str_t param;

    while (params.n > 0) {
        ep_rc_t rc;

        ep_str_cut(params, '&', &param, &params);
        rc = parse_param(param, to, &tls, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    /* ldaps stays TLS: its name says so. */
    to->starttls = tls && !to->ldaps;
    return EP_OK;
}


static bool
is_host(ep_str_t host, bool v6)
{
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];

        if (!is_alnum(c) && c != '.' && (v6 || (c != '-' && c != '_'))
            && (!v6 || c != ':'))
        {
            return false;
        }
    }
    return host.n > 0;
}


static ep_rc_t
parse_host(ep_str_t place, ep_ldap_address_t *to, ep_err_t *err)
{
    bool v6 = place.n > 0 && place.p[0] == '[';
    ep_str_t host, port;
    int64_t number;
    bool given;

    if (v6) {
        place.p++;
        place.n--;
        if (!ep_str_cut(place, ']', &host, &port)) {
            return bad_url("an IPv6 address stands in [brackets]", err);
        }
        if (port.n > 0 && port.p[0] != ':') {
            return bad_url("after the ] comes a : and the port", err);
        }
        given = port.n > 0;
        port = given ? (ep_str_t){ port.p + 1, port.n - 1 } : port;
    } else {
        given = ep_str_cut(place, ':', &host, &port);
    }
    if (!is_host(host, v6) || !ep_str_copy(host, to->host, sizeof(to->host))) {
        return bad_url("the host is a name or an address, an IPv6 address "
                       "in [brackets]",
                       err);
    }
    if (!given) {
        to->port = to->ldaps ? 636 : 389;
        return EP_OK;
    }
    if (!ep_str_int(port, &number) || number < 1 || number > 65535) {
        return bad_url("the port is a number from 1 to 65535", err);
    }
    to->port = (int) number;
    return EP_OK;
}


ep_rc_t
ep_ldap_parse_url(const char *url, ep_ldap_address_t *out, ep_err_t *err)
{
    ep_ldap_address_t to = { .strict = true, .timeout = TIMEOUT_DEFAULT };
    ep_str_t text = ep_str_trim(ep_str(url)), scheme, rest, place, params;
    ep_rc_t rc;

    if (!ep_str_cut(text, ':', &scheme, &rest)
        || !ep_str_starts(rest, EP_STR("//"))
        || (!ep_str_eq_nocase(scheme, EP_STR("ldap"))
            && !ep_str_eq_nocase(scheme, EP_STR("ldaps"))))
    {
        return bad_url("it begins with ldap:// or ldaps://", err);
    }
    to.ldaps = scheme.n == 5;
    rest = (ep_str_t){ rest.p + 2, rest.n - 2 };
    ep_str_cut(rest, '?', &place, &params);
    if (place.n > 1 && place.p[place.n - 1] == '/') {
        place.n--;
    }
    if (place.n > 0 && memchr(place.p, '/', place.n) != NULL) {
        return bad_url("after the host and port there is no path; where to "
                       "search is said in LDAP_FILTER",
                       err);
    }
    rc = parse_host(place, &to, err);
    if (rc == EP_OK) {
        rc = parse_params(params, &to, err);
    }
    if (rc == EP_OK) {
        *out = to;
    }
    return rc;
}
