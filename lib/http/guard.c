/*
 * Who may call a route for users: Host, Origin, credentials, role, CSRF
 * header, in this order. See http/private.h; the rules are those of
 * design.md section 8 and of ASVS 3.5.1, 3.5.3 and 4.1.3.
 */

#include <eportal/auth.h>

#include "http/private.h"

/* Nothing that an answer says may run or be framed; a page may load what this
 * portal serves, and talk to it (ASVS 3.4.3, 3.4.6). */
#define DATA_POLICY "default-src 'none'; frame-ancestors 'none'"
#define PAGE_POLICY                                                            \
    DATA_POLICY                                                                \
    "; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " \
    "connect-src 'self'; base-uri 'none'; form-action 'self'"
#define UNSAFE (EP_POST | EP_PUT | EP_DELETE | EP_PATCH)

/* Where a balancer's X-Forwarded-Proto is believed from (TLS-5). */
static const char *const private_networks[] = {
    "127.0.0.0/8",    "::1",      "10.0.0.0/8", "172.16.0.0/12",
    "192.168.0.0/16", "fc00::/7", "fe80::/10"
};


static ep_str_t
header(const ep_http_request_t *request, ep_header_t name)
{
    return ep_str_trim(request->headers[name]);
}


bool
ep_call_https(const ep_call_t *call)
{
    const ep_http_request_t *request = call->request;

    if (request->https) {
        return true;
    }
    if (!ep_str_eq_nocase(header(request, EP_HEADER_X_FORWARDED_PROTO),
                          EP_STR("https")))
    {
        return false;
    }
    for (size_t i = 0; i < EP_ARRAY_LEN(private_networks); i++) {
        if (ep_addr_in(&request->peer, ep_str(private_networks[i]))) {
            return true;
        }
    }
    return call->cfg != NULL && ep_client_is_proxy(call->cfg, &request->peer);
}


ep_rc_t
ep_call_base_url(const ep_call_t *call, const char **out, ep_err_t *err)
{
    ep_str_t host = header(call->request, EP_HEADER_HOST);

    if (host.n == 0) {
        return ep_err_set(err, EP_EINVAL, "bad-host",
                          "a browser says which host it asks");
    }
    *out = ep_arena_printf(call->arena, "%s://%.*s",
                           ep_call_https(call) ? "https" : "http",
                           EP_STR_ARG(host));
    return *out != NULL
               ? EP_OK
               : ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
}


ep_origin_t
ep_call_origin(const ep_call_t *call)
{
    return (ep_origin_t){ .ip = call->client,
                          .user_agent =
                              header(call->request, EP_HEADER_USER_AGENT) };
}


ep_str_t
ep_call_cookie(const ep_call_t *call, ep_str_t name)
{
    ep_str_t rest = header(call->request, EP_HEADER_COOKIE), pair, left, value;

    while (rest.n > 0) {
        ep_str_cut(rest, ';', &pair, &rest);
        if (ep_str_cut(ep_str_trim(pair), '=', &left, &value)
            && ep_str_eq(left, name)) {
            return value;
        }
    }
    return EP_STR_NULL;
}


ep_str_t
ep_session_cookie(const ep_call_t *call)
{
    return ep_call_cookie(call, ep_call_https(call) ? EP_STR("__Host-eportal")
                                                    : EP_STR("eportal"));
}


/* ---- Host and Origin ---- */

/* "host:port" without a port; an IPv6 address keeps its brackets. */
static ep_str_t
without_port(ep_str_t host)
{
    const char *colon = memrchr(host.p, ':', host.n);

    if (colon != NULL
        && memchr(colon, ']', (size_t) (host.p + host.n - colon)) == NULL)
    {
        host.n = (size_t) (colon - host.p);
    }
    return host;
}


/* What may stand in a host: it is written into scripts that root runs. */
static bool
is_host(ep_str_t host)
{
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i], lower = c | 0x20;

        if (!(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9')
            && memchr(".:-[]", c, 5) == NULL)
        {
            return false;
        }
    }
    return host.n > 0 && host.n <= 255;
}


/* "portal.example.com", ".example.com" for all below it, "*" for any. */
static bool
host_fits(ep_str_t host, ep_str_t allowed)
{
    if (ep_str_eq(allowed, EP_STR("*"))) {
        return true;
    }
    if (allowed.n > 1 && allowed.p[0] == '.' && host.n > allowed.n) {
        host.p += host.n - allowed.n;
        host.n = allowed.n;
    }
    return ep_str_eq_nocase(host, allowed);
}


static bool
host_allowed(const ep_config_t *cfg, ep_str_t host)
{
    const char *const *items;
    size_t count = ep_config_list(cfg, EP_ALLOWED_HOSTS, &items);

    for (size_t i = 0; i < count; i++) {
        if (host_fits(host, ep_str(items[i]))
            || host_fits(without_port(host), ep_str(items[i])))
        {
            return true;
        }
    }
    return count == 0;
}


/* A host as it is compared: without the port that its scheme implies. */
static ep_str_t
plain_host(ep_str_t host)
{
    ep_str_t bare = without_port(host);
    ep_str_t port = { host.p + bare.n, host.n - bare.n };

    return ep_str_eq(port, EP_STR(":80")) || ep_str_eq(port, EP_STR(":443"))
               ? bare
               : host;
}


/* Whether an Origin is this portal. Its scheme is not compared: behind a
 * balancer that says nothing of TLS we would not know our own. */
static bool
is_own_origin(ep_str_t origin, ep_str_t host)
{
    static const ep_str_t schemes[] = { { "http://", 7 }, { "https://", 8 } };

    for (size_t i = 0; i < EP_ARRAY_LEN(schemes); i++) {
        ep_str_t rest = { origin.p + schemes[i].n, origin.n - schemes[i].n };

        if (ep_str_starts(origin, schemes[i])) {
            return ep_str_eq_nocase(plain_host(rest), plain_host(host));
        }
    }
    return false;
}


ep_rc_t
ep_guard_browser(ep_call_t *call, ep_err_t *err)
{
    const ep_http_request_t *request = call->request;
    ep_str_t host = header(request, EP_HEADER_HOST);
    ep_str_t origin = header(request, EP_HEADER_ORIGIN);
    ep_str_t site = header(request, EP_HEADER_SEC_FETCH_SITE);

    /* HTTP/1.0 has no Host; then there is nobody to deceive. */
    if (host.n > 0 && (!is_host(host) || !host_allowed(call->cfg, host))) {
        return ep_err_set(err, EP_EINVAL, "bad-host",
                          "this portal does not answer to that host name: add "
                          "it to ALLOWED_HOSTS");
    }
    if ((request->method & UNSAFE)
        && ((origin.n > 0 && !is_own_origin(origin, host))
            || (site.n > 0 && !ep_str_eq(site, EP_STR("same-origin"))
                && !ep_str_eq(site, EP_STR("none")))))
    {
        return ep_err_set(err, EP_EPERM, "foreign-origin",
                          "a page of another site may not do this");
    }
    return EP_OK;
}


/* ---- credentials ---- */

/* What follows "Basic " in the Authorization header; empty when it is none. */
static ep_str_t
basic_credentials(const ep_http_request_t *request)
{
    static const ep_str_t scheme = { "Basic ", 6 };
    ep_str_t value = header(request, EP_HEADER_AUTHORIZATION);

    if (value.n <= scheme.n
        || !ep_str_eq_nocase((ep_str_t){ value.p, scheme.n }, scheme))
    {
        return EP_STR_NULL;
    }
    return ep_str_trim((ep_str_t){ value.p + scheme.n, value.n - scheme.n });
}


bool
ep_guard_hashes(const ep_http_request_t *request)
{
    ep_str_t credentials = basic_credentials(request);

    return header(request, EP_HEADER_API_KEY).n == 0 && credentials.n > 0
           && !ep_auth_basic_cached(credentials);
}


bool
ep_guard_has_credentials(const ep_http_request_t *request)
{
    return header(request, EP_HEADER_API_KEY).n > 0
           || basic_credentials(request).n > 0;
}


ep_rc_t
ep_guard_identify(ep_call_t *call, ep_err_t *err)
{
    const ep_http_request_t *request = call->request;
    ep_str_t token = header(request, EP_HEADER_API_KEY);
    ep_str_t basic = basic_credentials(request);
    ep_str_t cookie = ep_session_cookie(call);
    ep_origin_t origin = ep_call_origin(call);

    if (token.n > 0) {
        return ep_auth_token(call->portal, token, &origin, &call->who, err);
    }
    if (basic.n > 0) {
        return ep_auth_basic(call->portal, basic, &origin, &call->who, err);
    }
    if (cookie.n > 0) {
        return ep_auth_session(call->portal, cookie, &call->who, err);
    }
    return ep_err_set(err, EP_EAUTH, "not-authenticated",
                      "log in, or send an API key or a name and password");
}


/* A script that only logs in when asked to needs the challenge; a browser
 * would open a window of its own. */
static void
challenge(ep_call_t *call)
{
    if (header(call->request, EP_HEADER_SEC_FETCH_SITE).n == 0) {
        ep_answer_header(call->response, "WWW-Authenticate",
                         EP_STR("Basic realm=\"ePortal\", charset=\"UTF-8\""));
    }
}


ep_rc_t
ep_guard_user(ep_call_t *call, ep_err_t *err)
{
    const ep_http_request_t *request = call->request;
    bool admin = call->route->auth == EP_AUTH_ADMIN;
    ep_rc_t rc = ep_guard_identify(call, err);

    if (rc == EP_EAUTH) {
        challenge(call);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (admin && call->who.readonly) {
        return ep_err_set(err, EP_EPERM, "forbidden",
                          "this needs a user with the role admin");
    }
    if (call->who.via == EP_VIA_SESSION && (request->method & UNSAFE)
        && !ep_secret_eq(header(request, EP_HEADER_X_CSRF_TOKEN),
                         ep_str(call->who.csrf)))
    {
        return ep_err_set(err, EP_EPERM, "csrf",
                          "the header X-CSRF-Token is missing or wrong: GET "
                          "/admin/api/session tells it");
    }
    return EP_OK;
}


bool
ep_guard_monitor(const ep_call_t *call)
{
    const char *const *networks;
    size_t count = ep_config_list(call->cfg, EP_METRICS_ALLOW, &networks);

    for (size_t i = 0; i < count; i++) {
        if (ep_addr_in(&call->client, ep_str(networks[i]))) {
            return true;
        }
    }
    return false;
}


void
ep_guard_headers(ep_call_t *call)
{
    ep_http_response_t *response = call->response;
    bool page =
        call->route != NULL && (call->route->flags & EP_ROUTE_PAGE) != 0;

    ep_answer_header(response, "Cache-Control",
                     page ? EP_STR("no-cache") : EP_STR("no-store"));
    ep_answer_header(response, "X-Content-Type-Options", EP_STR("nosniff"));
    ep_answer_header(response, "Referrer-Policy", EP_STR("no-referrer"));
    ep_answer_header(response, "Content-Security-Policy",
                     page ? EP_STR(PAGE_POLICY) : EP_STR(DATA_POLICY));
    if (ep_call_https(call)) {
        ep_answer_header(response, "Strict-Transport-Security",
                         EP_STR("max-age=31536000"));
    }
}
