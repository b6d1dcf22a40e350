/* Deleting a key with all its servers (KEY-4): see eportal/remove_key.h. */

#include <eportal/audit.h>
#include <eportal/key.h>
#include <eportal/remove_key.h>
#include <eportal/server.h>

#include "store/key_private.h"

#define PIECE 500 /* servers deleted in one transaction (portal.h) */


static ep_rc_t
end(ep_portal_t *portal, ep_rc_t rc, ep_err_t *err)
{
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


static ep_rc_t
remove_piece(ep_portal_t *portal, const ep_key_t *key, int64_t *piece,
             ep_err_t *err)
{
    ep_rc_t rc =
        ep_server_delete_by_key(portal, ep_str(key->key), PIECE, piece, err);
    const ep_audit_value_t values[] = {
        { "key", EP_AUDIT_TEXT, ep_str(key->key), 0 },
        { "changed", EP_AUDIT_NUMBER, EP_STR_NULL, *piece },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return rc == EP_OK ? ep_audit_values(portal, "server.delete", EP_STR_NULL,
                                         values, err)
                       : rc;
}


/* Servers go in pieces, each with its row of the audit log, so that no agent
 * waits for a long transaction. The rounds are counted: servers that register
 * meanwhile cannot keep us here, the last transaction takes what is left. */
static ep_rc_t
remove_servers(ep_portal_t *portal, const ep_key_t *key, int64_t *deleted,
               ep_err_t *err)
{
    int64_t piece = PIECE;
    ep_rc_t rc = EP_OK;

    for (int64_t left = key->servers; left > PIECE && piece == PIECE;
         left -= PIECE) {
        rc = ep_portal_write_begin(portal, true, err);
        if (rc != EP_OK) {
            break;
        }
        rc = end(portal, remove_piece(portal, key, &piece, err), err);
        if (rc != EP_OK) {
            break;
        }
        *deleted += piece;
    }
    return rc;
}


ep_rc_t
ep_key_remove(ep_portal_t *portal, ep_str_t name, int64_t *servers,
              ep_err_t *err)
{
    ep_key_t key;
    int64_t deleted = 0, last = 0;
    ep_rc_t rc = ep_key_find(portal, name, &key, err);

    if (rc == EP_OK) {
        rc = remove_servers(portal, &key, &deleted, err);
    }
    if (rc == EP_OK) {
        rc = ep_portal_write_begin(portal, true, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_key_delete_rest(portal, ep_str(key.key), deleted, &last, err);
    rc = end(portal, rc, err);
    if (rc == EP_OK && servers != NULL) {
        *servers = deleted + last;
    }
    return rc;
}
