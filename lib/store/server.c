/* Servers: the table server, and lists of all that is known of them. See
 * eportal/server.h. */

#include <eportal/audit.h>
#include <eportal/server_list.h>

#include "base/pattern.h"
#include "base/time.h"
#include "store/portal_private.h"
#include "store/server_private.h"

#define SERVER_ID_LENGTH 16

/* The agents' hot path: two index look-ups and two rows by their id. */
static const char sql_caller[] =
    "SELECT s.id, s.key_id, k.feed_id, k.products FROM server s"
    " CROSS JOIN key k ON k.id = s.key_id WHERE s.server_id = ?1";

/* The order of joins is fixed: from servers to what belongs to them, so that
 * lists come sorted and page by page without sorting. */
#define SELECT_SERVERS                                                         \
    "SELECT s.id, s.server_id, k.key, f.name, s.registered, c.time,"           \
    " c.uptime, c.level, c.ip, a.updated,"                                     \
    " (SELECT group_concat(t.name || coalesce(':' || t.value, ''), ';')"       \
    "  FROM (SELECT name, value FROM tag o WHERE server = s.id"                \
    "           AND (origin = 'portal' OR NOT EXISTS"                          \
    "                (SELECT 1 FROM tag p WHERE p.server = s.id"               \
    "                    AND p.origin = 'portal' AND p.name = o.name))"        \
    "        ORDER BY name) t),"                                               \
    " a.hostname, a.kernel_id, a.euname, a.release, a.version, a.machine,"     \
    " a.processor, a.virt, a.distro, a.distro_version, a.kcare_version,"       \
    " a.patch_type FROM server s"                                              \
    " CROSS JOIN key k ON k.id = s.key_id"                                     \
    " CROSS JOIN feed f ON f.id = k.feed_id"                                   \
    " CROSS JOIN checkin c ON c.server = s.id"                                 \
    " CROSS JOIN facts a ON a.server = s.id "
#define FIRST_FACT 11

static const char sql_list[] =
    SELECT_SERVERS "WHERE s.id > ?1 ORDER BY s.id LIMIT ?2";
static const char sql_list_key[] =
    SELECT_SERVERS "WHERE s.key_id = (SELECT id FROM key WHERE key = ?3)"
                   " AND s.id > ?1 ORDER BY s.id LIMIT ?2";

static const char sql_get[] = SELECT_SERVERS "WHERE s.id = ?1";

static const char sql_add[] =
    "INSERT INTO server (server_id, key_id, registered) VALUES (?1, ?2, ?3)";
static const char sql_move[] = "UPDATE server SET key_id = ?2 WHERE id = ?1";
static const char sql_delete[] = "DELETE FROM server WHERE server_id = ?1";
static const char sql_delete_local[] = "DELETE FROM server WHERE id = ?1";
static const char sql_key_of[] = "SELECT key_id FROM server WHERE id = ?1";
static const char sql_delete_key_ip[] =
    "DELETE FROM server WHERE id IN (SELECT s.id FROM server s"
    " CROSS JOIN checkin c ON c.server = s.id"
    " WHERE s.key_id = ?1 AND c.ip = ?2 LIMIT ?3)";
static const char sql_delete_key[] =
    "DELETE FROM server WHERE id IN (SELECT s.id FROM server s"
    " WHERE s.key_id = (SELECT id FROM key WHERE key = ?1) LIMIT ?2)";
static const char sql_window[] =
    "SELECT max(id), count(*) FROM (SELECT id FROM server WHERE id > ?1"
    " ORDER BY id LIMIT ?2)";
static const char sql_delete_inactive[] =
    "DELETE FROM server WHERE id > ?1 AND id <= ?2"
    " AND (SELECT iif(c.time > 0, c.time * 1000000, server.registered)"
    "      FROM checkin c WHERE c.server = server.id) < ?3";
static const char sql_count[] =
    "SELECT count(*), count(CASE WHEN"
    "   iif(c.time > 0, c.time * 1000000, s.registered) < ?1 THEN 1 END)"
    " FROM server s CROSS JOIN checkin c ON c.server = s.id";


static ep_rc_t
look_up_caller(ep_portal_t *portal, ep_str_t server_id, ep_caller_t *out,
               ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_caller);
    ep_rc_t rc;

    ep_bind_str(q, 1, server_id);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *out = (ep_caller_t){ .id = ep_col_int(q, 0),
                              .key_id = ep_col_int(q, 1),
                              .feed_id = ep_col_int(q, 2),
                              .products = EP_PRODUCTS_DEFAULT };
        if (!ep_col_null(q, 3)) {
            out->products = (unsigned) ep_col_int(q, 3);
        }
    }
    return rc;
}


/* An agent's run is some requests in a row, so the last callers are kept; like
 * levels (level.c), for as long as nobody commits anything. */
static ep_caller_memo_t *
memo_of(ep_portal_t *portal, ep_str_t server_id)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < server_id.n; i++) {
        hash = (hash ^ (uint8_t) server_id.p[i]) * 16777619u;
    }
    return &portal->callers[(hash ^ hash >> 16) & (EP_CALLER_MEMOS - 1)];
}


static ep_rc_t
find_caller(ep_portal_t *portal, ep_str_t server_id, ep_caller_t *out,
            ep_err_t *err)
{
    ep_caller_memo_t *memo = memo_of(portal, server_id);
    ep_str_t kept = { memo->server_id, memo->length };
    uint32_t version;
    bool keep = ep_db_version(portal, &version);
    ep_rc_t rc;

    if (keep && memo->version == version && ep_str_eq(kept, server_id)) {
        *out = memo->caller;
        return EP_OK;
    }
    rc = look_up_caller(portal, server_id, out, err);
    if (rc == EP_OK && ep_db_version(portal, &memo->version)) {
        memcpy(memo->server_id, server_id.p, server_id.n);
        memo->length = server_id.n;
        memo->caller = *out;
    }
    return rc;
}


ep_rc_t
ep_server_caller(ep_portal_t *portal, ep_str_t server_id, ep_caller_t *out,
                 ep_err_t *err)
{
    ep_rc_t rc = EP_ENOTFOUND;

    if (server_id.n > 0 && server_id.n <= EP_SERVER_ID_MAX) {
        rc = find_caller(portal, server_id, out, err);
    }
    if (rc == EP_ENOTFOUND) {
        return ep_err_set(err, rc, "server-not-found",
                          "there is no server with this id");
    }
    return rc;
}


static void
read_row(ep_stmt_t *q, ep_server_t *out, char kernel[2 * EP_KERNEL_ID_SIZE + 1])
{
    ep_str_t ip = ep_col_blob(q, 8);
    ep_str_t *id = &out->facts[EP_FACT_KERNEL_ID];

    *out = (ep_server_t){ .id = ep_col_int(q, 0),
                          .server_id = ep_col_str(q, 1),
                          .key = ep_col_str(q, 2),
                          .feed = ep_col_str(q, 3),
                          .registered = ep_col_int(q, 4),
                          .checkin = ep_col_int(q, 5) * 1000000,
                          .uptime = ep_col_int(q, 6),
                          .level = ep_col_int(q, 7),
                          .updated = ep_col_int(q, 9),
                          .tags = ep_col_str(q, 10) };
    if (ip.n == 4 || ip.n == 16) {
        out->ip.len = (uint8_t) ip.n;
        memcpy(out->ip.bytes, ip.p, ip.n);
    }
    for (int i = 0; i < EP_FACT_COUNT; i++) {
        out->facts[i] = i == EP_FACT_KERNEL_ID ? ep_col_blob(q, FIRST_FACT + i)
                                               : ep_col_str(q, FIRST_FACT + i);
    }
    if (id->n == EP_KERNEL_ID_SIZE) {
        ep_hex(id->p, id->n, kernel);
        *id = (ep_str_t){ kernel, 2 * EP_KERNEL_ID_SIZE };
    }
}


ep_rc_t
ep_server_list(ep_portal_t *portal, ep_str_t key, int64_t after, int64_t limit,
               ep_server_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    char kernel[2 * EP_KERNEL_ID_SIZE + 1];
    ep_server_t server;
    ep_rc_t rc;

    if (key.n > 0) {
        q = ep_stmt(portal, sql_list_key);
        ep_bind_str(q, 3, key);
    } else {
        q = ep_stmt(portal, sql_list);
    }
    ep_bind_int(q, 1, after);
    ep_bind_int(q, 2, limit > 0 ? limit : -1);
    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        read_row(q, &server, kernel);
        rc = fn(&server, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_server_get(ep_portal_t *portal, int64_t id, ep_server_fn fn, void *ctx,
              ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_get);
    char kernel[2 * EP_KERNEL_ID_SIZE + 1];
    ep_server_t server;
    ep_rc_t rc;

    ep_bind_int(q, 1, id);
    rc = ep_stmt_row(q, err);
    if (rc == EP_ENOTFOUND) {
        return ep_err_set(err, rc, "server-not-found",
                          "there is no server with this id");
    }
    if (rc == EP_OK) {
        read_row(q, &server, kernel);
        rc = fn(&server, ctx, err);
    }
    return rc;
}


static ep_rc_t
check_limit(const ep_key_t *key, ep_err_t *err)
{
    if (key->server_limit > 0 && key->servers >= key->server_limit) {
        return ep_err_set(err, EP_ELIMIT, "key-limit-reached",
                          "the key %s has all the servers that it may have",
                          key->key);
    }
    return EP_OK;
}


static ep_rc_t
add(ep_portal_t *portal, const ep_key_t *key, ep_str_t server_id, int64_t *id,
    ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_rc_t rc = check_limit(key, err);

    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_add);
    ep_bind_str(q, 1, server_id);
    ep_bind_int(q, 2, key->id);
    ep_bind_int(q, 3, ep_portal_now(portal));
    rc = ep_stmt_run(q, NULL, err);
    if (rc == EP_OK) {
        *id = ep_db_last_id(portal);
    }
    return rc;
}


static ep_rc_t
move(ep_portal_t *portal, const ep_key_t *key, const ep_caller_t *server,
     ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_rc_t rc;

    if (server->key_id == key->id) {
        return EP_OK;
    }
    rc = check_limit(key, err);
    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_move);
    ep_bind_int(q, 1, server->id);
    ep_bind_int(q, 2, key->id);
    return ep_stmt_run(q, NULL, err);
}


/* The server's id: a new one, or the one that it says it has. */
static ep_rc_t
choose_id(ep_str_t wanted, char out[EP_SERVER_ID_MAX + 1], ep_err_t *err)
{
    static ep_pattern_t pattern = EP_PATTERN("[A-Za-z0-9]{1,64}");

    if (wanted.n == 0) {
        return ep_random_name(out, SERVER_ID_LENGTH, err);
    }
    if (!ep_pattern_match(&pattern, wanted, NULL, 0)) {
        return ep_err_set(err, EP_EINVAL, "bad-server-id",
                          "a server id is 1 to %d letters and digits",
                          EP_SERVER_ID_MAX);
    }
    ep_str_copy(wanted, out, EP_SERVER_ID_MAX + 1);
    return EP_OK;
}


ep_rc_t
ep_server_register(ep_portal_t *portal, ep_str_t key, ep_str_t server_id,
                   ep_str_t hostname, const ep_addr_t *ip,
                   char out[EP_SERVER_ID_MAX + 1], ep_err_t *err)
{
    char id[EP_SERVER_ID_MAX + 1];
    ep_caller_t server = { 0 };
    ep_key_t row;
    bool again;
    ep_rc_t rc = ep_key_find(portal, key, &row, err);

    if (rc == EP_ENOTFOUND) {
        ep_err_clear(err);
        return ep_err_set(err, rc, "invalid-key",
                          "there is no such registration key");
    }
    if (rc == EP_OK) {
        rc = choose_id(server_id, id, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_server_caller(portal, ep_str(id), &server, NULL);
    again = rc == EP_OK;
    if (again) {
        rc = move(portal, &row, &server, err);
    } else if (rc == EP_ENOTFOUND) {
        rc = add(portal, &row, ep_str(id), &server.id, err);
    }
    if (rc == EP_OK) {
        rc = ep_checkin_register(portal, server.id, again, hostname, ip, err);
    }
    if (rc == EP_OK) {
        memcpy(out, id, sizeof(id));
    }
    return rc;
}


ep_rc_t
ep_server_delete(ep_portal_t *portal, ep_str_t server_id, int64_t *deleted,
                 ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_delete);
    int64_t n = 0;
    ep_rc_t rc;

    ep_bind_str(q, 1, server_id);
    rc = ep_stmt_run(q, &n, err);
    if (rc == EP_OK && n > 0) {
        rc = ep_audit(portal, "server.delete", server_id, EP_STR_NULL, err);
    }
    if (rc == EP_OK && deleted != NULL) {
        *deleted = n;
    }
    return rc;
}


ep_rc_t
ep_server_delete_local(ep_portal_t *portal, int64_t id, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_delete_local);

    ep_bind_int(q, 1, id);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_server_move(ep_portal_t *portal, int64_t id, ep_str_t key, bool *moved,
               ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_key_of);
    ep_caller_t server = { .id = id };
    ep_key_t row;
    ep_rc_t rc = ep_key_find(portal, key, &row, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_bind_int(q, 1, id);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        server.key_id = ep_col_int(q, 0);
        rc = move(portal, &row, &server, err);
        *moved = rc == EP_OK && server.key_id != row.id;
    }
    return rc;
}


static ep_rc_t
audit_key_ip(ep_portal_t *portal, ep_str_t key, const ep_addr_t *ip,
             int64_t deleted, ep_err_t *err)
{
    char address[EP_ADDR_TEXT];

    ep_addr_format(ip, address);
    const ep_audit_value_t values[] = {
        { "key", EP_AUDIT_TEXT, key, 0 },
        { "ip", EP_AUDIT_TEXT, ep_str(address), 0 },
        { "changed", EP_AUDIT_NUMBER, EP_STR_NULL, deleted },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return ep_audit_values(portal, "server.delete", EP_STR_NULL, values, err);
}


ep_rc_t
ep_server_delete_by_key_ip(ep_portal_t *portal, ep_str_t key,
                           const ep_addr_t *ip, int64_t limit, int64_t *deleted,
                           ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_err_t local = { 0 };
    ep_key_t row;
    ep_rc_t rc = ep_key_find(portal, key, &row, &local);

    if (rc == EP_ENOTFOUND) {
        *deleted = 0;
        return EP_OK;
    }
    if (rc != EP_OK) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    if (row.servers > EP_KEY_WALK_MAX) {
        return ep_err_set(err, EP_ELIMIT, "key-too-large",
                          "the key has more than %d servers: unregister them "
                          "by their ids",
                          EP_KEY_WALK_MAX);
    }
    q = ep_stmt(portal, sql_delete_key_ip);
    ep_bind_int(q, 1, row.id);
    ep_bind_blob(q, 2, ip->bytes, ip->len);
    ep_bind_int(q, 3, limit);
    rc = ep_stmt_run(q, deleted, err);
    return rc == EP_OK && *deleted > 0
               ? audit_key_ip(portal, key, ip, *deleted, err)
               : rc;
}


ep_rc_t
ep_server_delete_by_key(ep_portal_t *portal, ep_str_t key, int64_t limit,
                        int64_t *deleted, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_delete_key);

    ep_bind_str(q, 1, key);
    ep_bind_int(q, 2, limit);
    return ep_stmt_run(q, deleted, err);
}


ep_rc_t
ep_server_count(ep_portal_t *portal, int64_t before_us, int64_t *total,
                int64_t *silent, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_count);
    ep_rc_t rc;

    ep_bind_int(q, 1, before_us);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *total = ep_col_int(q, 0);
        *silent = ep_col_int(q, 1);
    }
    return rc;
}


ep_rc_t
ep_server_delete_inactive(ep_portal_t *portal, int64_t before_us, int64_t limit,
                          int64_t *after, int64_t *deleted, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *window = ep_stmt(portal, sql_window);
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    int64_t last, seen, n;
    ep_rc_t rc;

    ep_bind_int(window, 1, *after);
    ep_bind_int(window, 2, limit);
    rc = ep_stmt_row(window, err);
    if (rc != EP_OK) {
        return rc;
    }
    last = ep_col_int(window, 0);
    seen = ep_col_int(window, 1);
    q = ep_stmt(portal, sql_delete_inactive);
    ep_bind_int(q, 1, *after);
    ep_bind_int(q, 2, last);
    ep_bind_int(q, 3, before_us);
    rc = ep_stmt_run(q, &n, err);
    if (rc == EP_OK) {
        *deleted = n;
        *after = seen < limit ? 0 : last;
    }
    return rc;
}
