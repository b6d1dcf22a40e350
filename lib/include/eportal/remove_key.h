/* Deleting a key of any size. */

#ifndef EPORTAL_REMOVE_KEY_H
#define EPORTAL_REMOVE_KEY_H

#include <eportal/portal.h>
#include <eportal/str.h>

/*
 * Delete a key and every server registered under it (KEY-4), in transactions
 * of its own, small enough that no agent waits for them; *servers (may be
 * NULL) gets how many went. When it fails half-way the key is still there,
 * with the servers that are left. EP_ENOTFOUND "key-not-found".
 */
ep_rc_t ep_key_remove(ep_portal_t *portal, ep_str_t name, int64_t *servers,
                      ep_err_t *err);

#endif
