/* The throttle's memory: the tables throttle and user_address. See
 * eportal/throttle.h. */

#include <stdio.h>

#include <eportal/audit.h>

#include "store/db.h"
#include "store/throttle.h"

#define SECOND 1000000LL
#define ROWS_MAX 10000 /* of one kind */
#define ADDRESSES_MAX 32
#define ADDRESS_FORGET (90 * 86400 * SECOND)

const char *const ep_throttle_kinds[3] = { "address", "account", "token" };

static const char sql_find[] =
    "SELECT kind, name, failures, last, until FROM throttle"
    " WHERE kind = ?1 AND name = ?2 AND last > ?3 AND last <= ?4";
static const char sql_list[] =
    "SELECT kind, name, failures, last, until FROM throttle WHERE last > ?1"
    " ORDER BY last DESC, kind, name";
static const char sql_put[] =
    "INSERT INTO throttle (kind, name, failures, last, until)"
    " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE"
    " SET failures = ?3, last = ?4, until = ?5";
static const char sql_trim[] =
    "DELETE FROM throttle WHERE kind = ?1 AND last < (SELECT last FROM throttle"
    " WHERE kind = ?1 ORDER BY last DESC LIMIT 1 OFFSET ?2)";
static const char sql_delete[] =
    "DELETE FROM throttle WHERE kind = ?1 AND name = ?2";
static const char sql_clear[] = "DELETE FROM throttle";
static const char sql_sweep[] =
    "DELETE FROM throttle WHERE (kind, name) IN"
    " (SELECT kind, name FROM throttle WHERE last <= ?1 LIMIT ?2)";

static const char sql_address[] =
    "SELECT a.time FROM user u CROSS JOIN user_address a ON a.user_id = u.id"
    " WHERE u.name = ?1 AND a.name = ?2 AND a.time > ?3";
static const char sql_put_address[] =
    "INSERT INTO user_address (user_id, name, time) VALUES (?1, ?2, ?3)"
    " ON CONFLICT DO UPDATE SET time = ?3";
static const char sql_trim_addresses[] =
    "DELETE FROM user_address WHERE user_id = ?1 AND time <= (SELECT time FROM"
    " user_address WHERE user_id = ?1 ORDER BY time DESC LIMIT 1 OFFSET ?2)";


void
ep_throttle_address(const ep_addr_t *ip, char out[EP_THROTTLE_NAME])
{
    ep_addr_t network = *ip;
    char text[EP_ADDR_TEXT];

    /* Who has an IPv6 address has all of its network. */
    if (network.len == 16) {
        memset(network.bytes + 8, 0, 8);
    }
    ep_addr_format(&network, text);
    snprintf(out, EP_THROTTLE_NAME, "%s%s", text[0] != '\0' ? text : "unknown",
             network.len == 16 ? "/64" : "");
}


void
ep_throttle_account(ep_str_t user, char out[EP_THROTTLE_NAME])
{
    ep_str_clean(user, out, EP_THROTTLE_NAME - 1);
    for (char *p = out; *p != '\0'; p++) {
        if (*p >= 'A' && *p <= 'Z') {
            *p = (char) (*p - 'A' + 'a');
        }
    }
}


static void
read_row(ep_stmt_t *q, ep_throttle_t *out)
{
    *out = (ep_throttle_t){ .failures = ep_col_int(q, 2),
                            .last = ep_col_int(q, 3),
                            .until = ep_col_int(q, 4) };
    for (size_t i = 0; i < EP_ARRAY_LEN(ep_throttle_kinds); i++) {
        if (ep_str_eq(ep_col_str(q, 0), ep_str(ep_throttle_kinds[i]))) {
            out->kind = (ep_throttle_kind_t) i;
        }
    }
    ep_str_copy(ep_col_str(q, 1), out->name, sizeof(out->name));
}


static int64_t
forgotten(ep_portal_t *portal)
{
    return ep_portal_now(portal) - EP_THROTTLE_FORGET * SECOND;
}


ep_rc_t
ep_throttle_find(ep_portal_t *portal, ep_throttle_kind_t kind, const char *name,
                 ep_throttle_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_find);
    ep_rc_t rc;

    ep_bind_str(q, 1, ep_str(ep_throttle_kinds[kind]));
    ep_bind_str(q, 2, ep_str(name));
    /* A clock that was put back must not keep anybody out. */
    ep_bind_int(q, 3, forgotten(portal));
    ep_bind_int(q, 4, ep_portal_now(portal));
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        read_row(q, out);
    } else if (rc == EP_ENOTFOUND) {
        *out = (ep_throttle_t){ .kind = kind };
        ep_str_copy(ep_str(name), out->name, sizeof(out->name));
        rc = EP_OK;
    }
    return rc;
}


ep_rc_t
ep_throttle_list(ep_portal_t *portal, ep_throttle_fn fn, void *ctx,
                 ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_list);
    ep_throttle_t row;
    ep_rc_t rc;

    ep_bind_int(q, 1, forgotten(portal));
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        read_row(q, &row);
        rc = fn(&row, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static ep_rc_t
trim(ep_portal_t *portal, ep_throttle_kind_t kind, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_trim);

    ep_bind_str(q, 1, ep_str(ep_throttle_kinds[kind]));
    ep_bind_int(q, 2, ROWS_MAX - 1);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_throttle_put(ep_portal_t *portal, const ep_throttle_t *row, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_put);
    ep_rc_t rc;

    ep_bind_str(q, 1, ep_str(ep_throttle_kinds[row->kind]));
    ep_bind_str(q, 2, ep_str(row->name));
    ep_bind_int(q, 3, row->failures);
    ep_bind_int(q, 4, row->last);
    ep_bind_int(q, 5, row->until);
    rc = ep_stmt_run(q, NULL, err);
    return rc == EP_OK ? trim(portal, row->kind, err) : rc;
}


ep_rc_t
ep_throttle_delete(ep_portal_t *portal, ep_throttle_kind_t kind,
                   const char *name, int64_t *deleted, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_delete);

    ep_bind_str(q, 1, ep_str(ep_throttle_kinds[kind]));
    ep_bind_str(q, 2, ep_str(name));
    return ep_stmt_run(q, deleted, err);
}


/* The address of a name, which may be that of a whole network. */
static bool
parse_address(ep_str_t name, ep_addr_t *out)
{
    ep_str_t address, bits;

    ep_str_cut(name, '/', &address, &bits);
    return ep_addr_parse(address, out);
}


static ep_rc_t
clear_all(ep_portal_t *portal, int64_t *cleared, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_clear);

    return ep_stmt_run(q, cleared, err);
}


static ep_rc_t
clear_one(ep_portal_t *portal, ep_str_t name, int64_t *cleared, ep_err_t *err)
{
    char row[EP_THROTTLE_NAME];
    int64_t account = 0, address = 0, token = 0;
    ep_addr_t ip;
    ep_rc_t rc;

    ep_throttle_account(name, row);
    rc = ep_throttle_delete(portal, EP_THROTTLE_ACCOUNT, row, &account, err);
    if (rc == EP_OK && parse_address(name, &ip)) {
        ep_throttle_address(&ip, row);
        rc =
            ep_throttle_delete(portal, EP_THROTTLE_ADDRESS, row, &address, err);
        if (rc == EP_OK) {
            rc =
                ep_throttle_delete(portal, EP_THROTTLE_TOKEN, row, &token, err);
        }
    }
    if (rc == EP_OK) {
        *cleared = account + address + token;
    }
    return rc;
}


ep_rc_t
ep_throttle_clear(ep_portal_t *portal, ep_str_t name, int64_t *cleared,
                  ep_err_t *err)
{
    ep_rc_t rc = name.n == 0 ? clear_all(portal, cleared, err)
                             : clear_one(portal, name, cleared, err);

    return rc == EP_OK
               ? ep_audit(portal, "throttle.clear", name, EP_STR_NULL, err)
               : rc;
}


ep_rc_t
ep_throttle_sweep(ep_portal_t *portal, int64_t limit, int64_t *deleted,
                  ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_sweep);

    ep_bind_int(q, 1, forgotten(portal));
    ep_bind_int(q, 2, limit);
    return ep_stmt_run(q, deleted, err);
}


ep_rc_t
ep_user_address_time(ep_portal_t *portal, ep_str_t user, const char *address,
                     int64_t *time, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_address);
    ep_rc_t rc;

    ep_bind_str(q, 1, user);
    ep_bind_str(q, 2, ep_str(address));
    ep_bind_int(q, 3, ep_portal_now(portal) - ADDRESS_FORGET);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK || rc == EP_ENOTFOUND) {
        *time = rc == EP_OK ? ep_col_int(q, 0) : 0;
        rc = EP_OK;
    }
    return rc;
}


static ep_rc_t
trim_addresses(ep_portal_t *portal, int64_t user_id, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_trim_addresses);

    ep_bind_int(q, 1, user_id);
    ep_bind_int(q, 2, ADDRESSES_MAX);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_user_address_put(ep_portal_t *portal, int64_t user_id, const char *address,
                    ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_put_address);
    ep_rc_t rc;

    ep_bind_int(q, 1, user_id);
    ep_bind_str(q, 2, ep_str(address));
    ep_bind_int(q, 3, ep_portal_now(portal));
    rc = ep_stmt_run(q, NULL, err);
    return rc == EP_OK ? trim_addresses(portal, user_id, err) : rc;
}
