/* What the handlers of servers share: see http/api_servers.c. */

#ifndef EP_HTTP_SERVERS_H
#define EP_HTTP_SERVERS_H

#include <eportal/patchset.h>
#include <eportal/server_list.h>

#include "http/private.h"

/* The filter that the parameters make. *any (may be NULL): whether there is
 * one at all. EP_EINVAL "bad-parameter". */
ep_rc_t ep_servers_filter(ep_call_t *call, ep_server_filter_t *out, bool *any,
                          ep_err_t *err);

/* The patchsets that servers run, each looked up once for its kernel and level
 * and not for each server. Lives as long as the call; EP_ENOMEM. */
typedef struct ep_servers_runs ep_servers_runs_t;
ep_rc_t ep_servers_runs(ep_call_t *call, ep_servers_runs_t **out,
                        ep_err_t *err);

/* The newest patchset here with the level that the server runs; empty when
 * there is none. It lasts until the next one is asked for. */
ep_rc_t ep_servers_runs_of(ep_servers_runs_t *runs, const ep_server_t *server,
                           ep_str_t *out, ep_err_t *err);

/* The members of a server's record (NEW-API-1), without the braces. */
ep_rc_t ep_servers_write(ep_json_t *w, ep_servers_runs_t *runs,
                         const ep_server_t *server, ep_err_t *err);

/* null for an empty one. */
void ep_servers_write_text(ep_json_t *w, const char *name, ep_str_t text);

#endif
