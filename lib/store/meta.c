/* Small facts of the node: see store/meta.h. Owns the table meta. */

#include <stdio.h>

#include "store/meta.h"
#include "store/db.h"

#define NUMBER_MAX 24 /* digits and a NUL */

static const char sql_get[] = "SELECT value FROM meta WHERE name = ?1";

static const char sql_set[] = "INSERT INTO meta (name, value) VALUES (?1, ?2)"
                              " ON CONFLICT DO UPDATE SET value = ?2";


ep_rc_t
ep_meta_get(ep_portal_t *portal, ep_str_t name, ep_buf_t *buf, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_get);
    ep_rc_t rc;

    ep_bind_str(q, 1, name);
    rc = ep_stmt_row(q, err);
    if (rc == EP_ENOTFOUND) {
        return EP_OK;
    }
    if (rc == EP_OK && ep_buf_add_str(buf, ep_col_str(q, 0)) != EP_OK) {
        return ep_err_set(err, EP_ELIMIT, "meta-value",
                          "the value of %.*s in the database is too long",
                          EP_STR_ARG(name));
    }
    return rc;
}


ep_rc_t
ep_meta_set(ep_portal_t *portal, ep_str_t name, ep_str_t value, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_set);

    ep_bind_str(q, 1, name);
    ep_bind_str(q, 2, value);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_meta_get_int(ep_portal_t *portal, ep_str_t name, int64_t *out, ep_err_t *err)
{
    ep_buf_t text;
    ep_rc_t rc;

    ep_buf_init(&text, NUMBER_MAX);
    rc = ep_meta_get(portal, name, &text, err);
    if (rc == EP_OK && !ep_str_int(ep_buf_str(&text), out)) {
        *out = 0; /* never set */
    }
    ep_buf_free(&text);
    return rc;
}


ep_rc_t
ep_meta_set_int(ep_portal_t *portal, ep_str_t name, int64_t value,
                ep_err_t *err)
{
    char text[NUMBER_MAX];

    snprintf(text, sizeof(text), "%lld", (long long) value);
    return ep_meta_set(portal, name, ep_str(text), err);
}
