/* What the handlers of servers share: see http/api_servers.c. */

#ifndef EP_HTTP_SERVERS_H
#define EP_HTTP_SERVERS_H

#include <eportal/server_list.h>

#include "http/private.h"

/* The filter that the parameters make. *any (may be NULL): whether there is
 * one at all. EP_EINVAL "bad-parameter". */
ep_rc_t ep_servers_filter(ep_call_t *call, ep_server_filter_t *out, bool *any,
                          ep_err_t *err);

/* The members of a server's record (NEW-API-1), without the braces. */
void ep_servers_write(ep_json_t *w, const ep_server_t *server);

/* null for an empty one. */
void ep_servers_write_text(ep_json_t *w, const char *name, ep_str_t text);

#endif
