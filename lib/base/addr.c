/* Addresses: see eportal/addr.h. */

#include <arpa/inet.h>
#include <stdio.h>

#include <eportal/addr.h>


bool
ep_addr_parse(ep_str_t s, ep_addr_t *out)
{
    static const uint8_t mapped[12] = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
    };
    char text[EP_ADDR_TEXT];
    ep_addr_t addr = { 0 };

    if (s.n >= 2 && s.p[0] == '[' && s.p[s.n - 1] == ']') {
        s = (ep_str_t){ s.p + 1, s.n - 2 };
    }
    if (!ep_str_copy(s, text, sizeof(text))) {
        return false;
    }
    if (inet_pton(AF_INET, text, addr.bytes) == 1) {
        addr.len = 4;
    } else if (inet_pton(AF_INET6, text, addr.bytes) == 1) {
        addr.len = 16;
        if (memcmp(addr.bytes, mapped, sizeof(mapped)) == 0) {
            addr.len = 4;
            memmove(addr.bytes, addr.bytes + 12, 4);
            memset(addr.bytes + 4, 0, 12);
        }
    } else {
        return false;
    }
    *out = addr;
    return true;
}


void
ep_addr_format(const ep_addr_t *addr, char out[EP_ADDR_TEXT])
{
    out[0] = '\0';
    if (addr->len != 0) {
        inet_ntop(addr->len == 4 ? AF_INET : AF_INET6, addr->bytes, out,
                  EP_ADDR_TEXT);
    }
}


bool
ep_addr_in(const ep_addr_t *addr, ep_str_t network)
{
    ep_str_t host, length;
    ep_addr_t net;
    int64_t bits;
    bool cut = ep_str_cut(network, '/', &host, &length);

    if (!ep_addr_parse(host, &net) || addr->len == 0 || net.len != addr->len) {
        return false;
    }
    bits = net.len * 8;
    if (cut && (!ep_str_int(length, &bits) || bits < 0 || bits > net.len * 8)) {
        return false;
    }
    for (int i = 0; i < net.len && bits > 0; i++, bits -= 8) {
        int mask = bits >= 8 ? 0xff : 0xff << (8 - bits) & 0xff;

        if ((addr->bytes[i] & mask) != (net.bytes[i] & mask)) {
            return false;
        }
    }
    return true;
}
