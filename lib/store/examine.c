/* What the doctor asks of the table patchset; see store/patchset.h. */

#include "store/db.h"
#include "store/patchset.h"

static const char sql_next[] =
    "SELECT product, ord, name FROM patchset"
    " WHERE published = ?2 AND id > ?1 ORDER BY id LIMIT 1";

static const char sql_counts[] =
    "SELECT objects, cves, distros FROM patchset WHERE id = ?1";


ep_rc_t
ep_patchset_next(ep_portal_t *portal, int64_t after, bool published,
                 ep_patchset_row_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_next);
    ep_product_t product = EP_PRODUCT_KERNEL;
    ep_rc_t rc;

    ep_bind_int(q, 1, after);
    ep_bind_int(q, 2, published);
    rc = ep_stmt_row(q, err);
    if (rc != EP_OK) {
        return rc;
    }
    ep_product_find(ep_col_str(q, 0), &product);
    return ep_patchset_find(portal, product, ep_col_int(q, 1), ep_col_str(q, 2),
                            out, err);
}


ep_rc_t
ep_patchset_counts_are(ep_portal_t *portal, int64_t id,
                       const ep_patchset_facts_t *facts, bool *same,
                       ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_counts);
    ep_rc_t rc;

    ep_bind_int(q, 1, id);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *same = ep_col_int(q, 0) == facts->objects
                && ep_col_int(q, 1) == facts->cves
                && ep_str_eq(ep_col_str(q, 2), facts->distros);
    }
    return rc;
}
