/* Addresses of peers: IPv4 and IPv6 in binary, text only at the edge. */

#ifndef EPORTAL_ADDR_H
#define EPORTAL_ADDR_H

#include <eportal/str.h>

#define EP_ADDR_TEXT 46 /* longest text and its NUL (INET6_ADDRSTRLEN) */

typedef struct {
    uint8_t len; /* 4, 16, or 0 when unknown (a unix socket) */
    uint8_t bytes[16];
} ep_addr_t;

/* Parse "10.0.0.1" or "2001:db8::1", also "[...]"; an IPv4-mapped IPv6
 * address becomes IPv4. False when it is none; *out is then untouched. */
bool ep_addr_parse(ep_str_t s, ep_addr_t *out);

/* Text of an address; "" for an unknown one. */
void ep_addr_format(const ep_addr_t *addr, char out[EP_ADDR_TEXT]);

/* True when addr lies in "10.0.0.0/8", "::1" and the like. A network that
 * does not parse contains nothing. */
bool ep_addr_in(const ep_addr_t *addr, ep_str_t network);

#endif
