/* What the files of a server's tables say to each other, in store/ only. */

#ifndef EP_STORE_SERVER_PRIVATE_H
#define EP_STORE_SERVER_PRIVATE_H

#include <eportal/server.h>

#define EP_KERNEL_ID_SIZE 20 /* bytes of a kernel hash */

/* What a registration knows of a server: its name and address, either of
 * which may be empty. The next check-in writes all its facts again. again: it
 * was known already, so this is a check-in. */
ep_rc_t ep_checkin_register(ep_portal_t *portal, int64_t server, bool again,
                            ep_str_t hostname, const ep_addr_t *ip,
                            ep_err_t *err);

/* Delete it, or give it to another key within that key's limit, in the
 * caller's write transaction. EP_ENOTFOUND "key-not-found", EP_ELIMIT
 * "key-limit-reached". */
ep_rc_t ep_server_delete_local(ep_portal_t *portal, int64_t id, ep_err_t *err);
ep_rc_t ep_server_move(ep_portal_t *portal, int64_t id, ep_str_t key,
                       bool *moved, ep_err_t *err);

/* A kernel and its level, as the usage counters have it; kernel.n 0 when
 * the server did not say. */
typedef struct {
    ep_str_t kernel;
    int64_t level;
} ep_running_t;

/* A server under this key ran the one and runs the other now. */
ep_rc_t ep_usage_move(ep_portal_t *portal, int64_t key_id,
                      const ep_running_t *from, const ep_running_t *to,
                      ep_err_t *err);

#endif
