/* Token decoding: see agent/token.h and protocol.md 1.3, 4.3. */

#include <eportal/patchset.h>

#include "agent/dict.h"
#include "agent/token.h"
#include "base/decode.h"

#define NAME_MAX_BYTES 128
#define PAIRS_MAX 128

typedef struct {
    ep_token_fn fn;
    void *ctx;
    bool stop;
    size_t pairs;
} walk_t;


static void
give(walk_t *walk, ep_str_t name, ep_str_t value, bool null)
{
    if (++walk->pairs > PAIRS_MAX || !walk->fn(walk->ctx, name, value, null)) {
        walk->stop = true;
    }
}


/* JSON or Python. True when at least one pair was read, or it is empty. */
static bool
walk_dict(walk_t *walk, ep_str_t text)
{
    char name[NAME_MAX_BYTES], value[EP_TOKEN_MAX];
    ep_dict_t dict;
    ep_dict_pair_t pair;
    bool found = false;

    if (!ep_dict_begin(&dict, text)) {
        return false;
    }
    while (!walk->stop && ep_dict_next(&dict, &pair)) {
        ep_str_t n = pair.key, v = pair.value;

        found = true;
        if (pair.kind == EP_DICT_NESTED || n.n > NAME_MAX_BYTES) {
            continue;
        }
        if (memchr(n.p, '\\', n.n) != NULL) {
            n = (ep_str_t){ name, ep_dict_unescape(n, name) };
        }
        if (pair.kind == EP_DICT_STRING && memchr(v.p, '\\', v.n) != NULL) {
            v = (ep_str_t){ value, ep_dict_unescape(v, value) };
        }
        give(walk, n, v, pair.kind == EP_DICT_NULL);
    }
    return found;
}


/* The padding of base64 looks like a pair without value. */
static bool
is_padded_token(ep_str_t text)
{
    const char *at = memchr(text.p, '=', text.n);

    for (; at < text.p + text.n; at++) {
        if (*at != '=') {
            return false;
        }
    }
    return true;
}


static bool
walk_form(walk_t *walk, ep_str_t text)
{
    char name[NAME_MAX_BYTES], value[EP_TOKEN_MAX];
    ep_str_t rest = text, pair, n, v;

    if (text.n == 0 || memchr(text.p, '=', text.n) == NULL
        || is_padded_token(text)) {
        return false;
    }
    while (rest.n > 0 && !walk->stop) {
        ep_str_cut(rest, '&', &pair, &rest);
        if (!ep_str_cut(pair, '=', &n, &v) || n.n == 0 || n.n > NAME_MAX_BYTES)
        {
            continue;
        }
        n = (ep_str_t){ name, ep_percent_decode(n, true, name) };
        v = (ep_str_t){ value, ep_percent_decode(v, true, value) };
        give(walk, n, v, false);
    }
    return true;
}


static bool
walk_text(walk_t *walk, ep_str_t text)
{
    text = ep_str_trim(text);
    if (text.n > 0 && text.p[0] == '{') {
        return walk_dict(walk, text);
    }
    return walk_form(walk, text);
}


/* A form's names are words; bytes that only happen to hold a '=' are not. */
static bool
is_readable(ep_str_t text)
{
    text = ep_str_trim(text);
    if (text.n > 0 && text.p[0] == '{') {
        return true;
    }
    for (size_t i = 0; i < text.n; i++) {
        if ((uint8_t) text.p[i] < 0x20 || (uint8_t) text.p[i] > 0x7e) {
            return false;
        }
    }
    return true;
}


/* One opaque token: hex is tried before base64, which it looks like too. */
static bool
walk_token(walk_t *walk, ep_str_t token)
{
    char bytes[EP_TOKEN_MAX];
    ep_str_t text = { bytes, 0 };

    return (ep_hex_decode(token, bytes, &text.n) && is_readable(text)
            && walk_text(walk, text))
           || (ep_base64_decode(token, bytes, &text.n) && is_readable(text)
               && walk_text(walk, text));
}


bool
ep_token_each(ep_str_t text, ep_token_fn fn, void *ctx)
{
    walk_t walk = { fn, ctx, false, 0 };
    char decoded[EP_TOKEN_MAX];
    ep_str_t token;

    while (text.n > 0 && text.p[text.n - 1] == '&') {
        text.n--;
    }
    text = ep_str_trim(text);
    if (text.n == 0) {
        return true;
    }
    if (text.n > EP_TOKEN_MAX) {
        return false;
    }
    if (walk_text(&walk, text)) {
        return true;
    }
    token = text;
    if (memchr(text.p, '%', text.n) != NULL) {
        token = (ep_str_t){ decoded, ep_percent_decode(text, false, decoded) };
        if (walk_text(&walk, token)) {
            return true;
        }
    }
    return walk_token(&walk, token);
}


bool
ep_token_is_server_id(ep_str_t id)
{
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')))
        {
            return false;
        }
    }
    return id.n > 0 && id.n <= EP_SERVER_ID_MAX;
}


/* "12h", "2d": seconds. False when it is not a delay. */
static bool
read_delay(ep_str_t text, int64_t *out)
{
    int64_t number, unit;

    if (text.n < 2 || text.n > 6) {
        return false;
    }
    unit = text.p[text.n - 1] == 'h'   ? 3600
           : text.p[text.n - 1] == 'd' ? 86400
                                       : 0;
    text.n--;
    if (unit == 0 || !ep_str_int(text, &number) || number < 0) {
        return false;
    }
    *out = number * unit;
    return true;
}


/* "update_delay", "UPDATE_DELAY", "auto_update_delay": what follows "auto_"
 * if it does. */
static ep_str_t
plain_name(ep_str_t name)
{
    static const ep_str_t prefix = { "auto_", 5 };

    if (name.n > prefix.n && (name.p[0] | 0x20) == 'a'
        && ep_str_eq_nocase((ep_str_t){ name.p, prefix.n }, prefix))
    {
        return (ep_str_t){ name.p + prefix.n, name.n - prefix.n };
    }
    return name;
}


bool
ep_token_is_parameter(ep_str_t name)
{
    static const char *const names[] = { "server_id", "key",   "tag",
                                         "tags",      "token", "limit",
                                         "password",  "ip" };

    for (size_t i = 0; i < EP_ARRAY_LEN(names); i++) {
        if (ep_str_eq(name, ep_str(names[i]))) {
            return true;
        }
    }
    return false;
}


static bool
scan_pair(void *ctx, ep_str_t name, ep_str_t value, bool null)
{
    ep_token_t *token = ctx;
    ep_str_t plain = plain_name(name);
    ep_patchset_name_t patchset;

    if (ep_str_eq(name, EP_STR("server_id"))) {
        if (ep_token_is_server_id(value)) {
            ep_str_copy(value, token->server_id, sizeof(token->server_id));
        }
    } else if (ep_str_eq_nocase(plain, EP_STR("update_delay"))) {
        read_delay(value, &token->delay);
    } else if (ep_str_eq_nocase(plain, EP_STR("sticky_patchset"))
               || ep_str_eq_nocase(plain, EP_STR("sticky_patch"))
               || ep_str_eq_nocase(plain, EP_STR("sticky")))
    {
        if (ep_patchset_parse(value, &patchset, NULL) == EP_OK) {
            token->sticky = patchset.order;
        }
    } else if (!token->tells) {
        token->tells = !ep_token_is_parameter(name);
    }
    return true;
}


void
ep_token_init(ep_token_t *token)
{
    token->server_id[0] = '\0';
    token->delay = -1;
    token->sticky = -1;
    token->tells = false;
    token->undecodable = false;
}


void
ep_token_scan(ep_str_t text, ep_token_t *token)
{
    token->tells = false;
    if (!ep_token_each(text, scan_pair, token)) {
        token->tells = true;
        token->undecodable = true;
    }
}
