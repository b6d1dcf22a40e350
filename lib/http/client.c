/* Whose request it is, by address, and what its headers are called: see
 * eportal/http.h. */

#include "http/private.h"


bool
ep_client_is_proxy(const ep_config_t *cfg, const ep_addr_t *addr)
{
    const char *const *networks;
    size_t count = ep_config_list(cfg, EP_TRUSTED_PROXIES, &networks);

    for (size_t i = 0; i < count; i++) {
        if (ep_addr_in(addr, ep_str(networks[i]))) {
            return true;
        }
    }
    return false;
}


/* One hop: an address, "[v6]" or either with a port behind it. */
static bool
parse_hop(ep_str_t hop, ep_addr_t *out)
{
    ep_str_t host, port;
    const char *bracket;

    hop = ep_str_trim(hop);
    if (ep_addr_parse(hop, out)) {
        return true;
    }
    if (hop.n > 0 && hop.p[0] == '[') {
        bracket = memchr(hop.p, ']', hop.n);
        return bracket != NULL
               && ep_addr_parse(
                   (ep_str_t){ hop.p, (size_t) (bracket - hop.p) + 1 }, out);
    }
    return ep_str_cut(hop, ':', &host, &port) && ep_addr_parse(host, out);
}


const char *
ep_http_header_name(const ep_config_t *cfg, ep_header_t header)
{
    const char *name = ep_header_names[header];

    return name != NULL ? name : ep_config_string(cfg, EP_API_AUTH_HEADER);
}


ep_addr_t
ep_http_client(const ep_config_t *cfg, const ep_http_request_t *request)
{
    ep_str_t chain = request->headers[EP_HEADER_X_FORWARDED_FOR];
    ep_addr_t client = request->peer;

    /* Each trusted hop vouches for the one at its left, and no further. */
    while (chain.n > 0 && ep_client_is_proxy(cfg, &client)) {
        const char *comma = memrchr(chain.p, ',', chain.n);
        const char *from = comma != NULL ? comma + 1 : chain.p;
        ep_str_t hop = { from, (size_t) (chain.p + chain.n - from) };

        if (!parse_hop(hop, &client)) {
            break;
        }
        chain.n = comma != NULL ? (size_t) (comma - chain.p) : 0;
    }
    return client;
}
