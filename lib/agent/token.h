/*
 * The token that an agent may append to a request, and the request's other
 * spellings of the same: form, JSON, Python-style dict, in hex, base64 or
 * base64url, percent-encoded. Decoding is bounded and never an error.
 */

#ifndef EP_AGENT_TOKEN_H
#define EP_AGENT_TOKEN_H

#include <eportal/agent.h>

/* What the event loop wants of a request: one pass over it. */
typedef struct {
    char server_id[EP_SERVER_ID_MAX + 1]; /* empty: none */
    int64_t delay;                        /* seconds, -1: none */
    int64_t sticky;                       /* patchset order, -1: none */
    bool tells;       /* the last scan met what a check-in keeps */
    bool undecodable; /* nothing could be made of some text */
} ep_token_t;

void ep_token_init(ep_token_t *token);
/* Look for them in a query string or a body; what was found is kept. tells
 * is true as well when nothing could be made of the text. */
void ep_token_scan(ep_str_t text, ep_token_t *token);

/* Parameters of the requests themselves, and what must not be kept: they
 * tell nothing of a server. */
bool ep_token_is_parameter(ep_str_t name);

/* True for [A-Za-z0-9]{1,64}. */
bool ep_token_is_server_id(ep_str_t id);

/* One pair, decoded. value is empty for kinds other than strings, numbers
 * and words; views live until the function returns. False ends the walk. */
typedef bool (*ep_token_fn)(void *ctx, ep_str_t name, ep_str_t value,
                            bool null);

/* Every pair of text, whatever its encoding. False when nothing could be
 * made of it (a token that holds nothing), also when it is longer than
 * EP_TOKEN_MAX. An empty text is true. */
bool ep_token_each(ep_str_t text, ep_token_fn fn, void *ctx);

#endif
