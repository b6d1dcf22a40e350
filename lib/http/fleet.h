/*
 * The servers of one key, each with the level that its feed has for it: what
 * monitors and scanners read. One pass, for a million servers too; a level
 * is looked up once per distinct kernel.
 */

#ifndef EP_HTTP_FLEET_H
#define EP_HTTP_FLEET_H

#include <eportal/portal.h>
#include <eportal/server.h>

/* level: the feed's for its kernel; 0 when there is none. */
typedef ep_rc_t (*ep_fleet_fn)(const ep_server_t *server, int64_t level,
                               void *ctx, ep_err_t *err);

/* An unknown key has no servers: EP_OK, fn is never called. */
ep_rc_t ep_fleet_each(ep_portal_t *portal, ep_str_t key, ep_fleet_fn fn,
                      void *ctx, ep_err_t *err);

#endif
