/* Platforms and kernels of servers by the codes that blocks have for them:
 * the table server_term, which the triggers of sql/005 keep. */

#include "store/server_block.h"

#define SEPARATOR '\x1f'

static const char sql_each[] =
    "SELECT id, text FROM server_term WHERE kind = ?1";
static const char sql_end[] = "SELECT coalesce(max(id), 0) FROM server_term";


ep_rc_t
ep_term_each(ep_portal_t *portal, int kind, ep_term_fn fn, void *ctx,
             ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_each);
    ep_rc_t rc;

    ep_bind_int(q, 1, kind);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        ep_str_t field[EP_TERM_FIELDS] = { { NULL, 0 } };
        ep_str_t rest = ep_col_str(q, 1);

        for (int i = 0; i < EP_TERM_FIELDS; i++) {
            ep_str_cut(rest, SEPARATOR, &field[i], &rest);
        }
        rc = fn(ep_col_int(q, 0), field, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_term_end(ep_portal_t *portal, int64_t *end, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_end);
    ep_rc_t rc = ep_stmt_row(q, err);

    if (rc == EP_OK) {
        *end = ep_col_int(q, 0) + 1;
    }
    return rc;
}
