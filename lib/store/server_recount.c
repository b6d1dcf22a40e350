/* The blocks of servers made again from the rows, for the doctor. The triggers
 * of sql/005 keep them; the records are described there. */

#include "store/recount.h"
#include "store/server_order.h"

/* The block ?1 of so many records, one per local id. */
#define BLOCK(last, size, record)                                              \
    "WITH RECURSIVE slot (i) AS ("                                             \
    "  VALUES (0) UNION ALL SELECT i + 1 FROM slot WHERE i < " last ")"        \
    " SELECT CAST(group_concat(r.record, '') AS BLOB)"                         \
    " FROM (SELECT coalesce((" record "), zeroblob(" size ")) AS record"       \
    "         FROM slot ORDER BY slot.i) r"

#define DIGITS3(n) n " >> 14 & 127, " n " >> 7 & 127, " n " & 127)"
#define DIGITS4(n) "char(" n " >> 21 & 127, " DIGITS3(n)
#define DIGITS5(n) "char(" n " >> 28 & 127, " n " >> 21 & 127, " DIGITS3(n)
#define SECONDS(n) "min(max(" n ", 0), 34359738367)"

#define KEY_AND_PLATFORM DIGITS4("key") " || " DIGITS4("platform")
#define KERNEL_AND_LEVEL DIGITS4("kernel") " || " DIGITS4("level")

static const char sql_what[] =
    BLOCK("249", "16",
          "SELECT CAST(" KEY_AND_PLATFORM " || " KERNEL_AND_LEVEL " AS BLOB)"
          " FROM (SELECT s.key_id AS key, coalesce(p.id, 0) AS platform,"
          "   coalesce(k.id, 0) AS kernel,"
          "   min(max(c.level, 0), 268435455) AS level"
          "  FROM server s JOIN facts f ON f.server = s.id"
          "  JOIN checkin c ON c.server = s.id"
          "  LEFT JOIN server_term p ON p.kind = 1"
          "   AND p.text = coalesce(f.distro, '') || char(31)"
          "    || coalesce(f.distro_version, '') || char(31)"
          "    || coalesce(f.machine, '') || char(31) || coalesce(f.virt, '')"
          "  LEFT JOIN server_term k ON k.kind = 2"
          "   AND k.text = lower(hex(coalesce(f.kernel_id, x'')))"
          "    || char(31) || coalesce(f.release, '') || char(31)"
          "    || coalesce(f.euname, '')"
          "  WHERE s.id = ?1 * 250 + slot.i)");
#define TIME_AND_UPTIME SECONDS("time") " AS a, " SECONDS("uptime + 1") " AS b"
#define TWO_DATES                                                              \
    SECONDS("s.registered / 1000000")                                          \
    " AS a, " SECONDS("f.updated / 1000000") " AS b"
#define BOTH DIGITS5("a") " || " DIGITS5("b")

static const char sql_when[] =
    BLOCK("399", "10",
          "SELECT CAST(" BOTH " AS BLOB) FROM (SELECT " TIME_AND_UPTIME
          " FROM checkin WHERE server = ?1 * 400 + slot.i)");
static const char sql_dates[] =
    BLOCK("399", "10",
          "SELECT CAST(" BOTH " AS BLOB) FROM (SELECT " TWO_DATES
          " FROM server s JOIN facts f ON f.server = s.id"
          " WHERE s.id = ?1 * 400 + slot.i)");
static const char sql_addr[] =
    BLOCK("234", "17",
          "SELECT substr(CAST(char(length(ip)) || ip || zeroblob(16) AS BLOB),"
          " 1, 17) FROM checkin WHERE server = ?1 * 235 + slot.i");
static const char sql_label[] =
    BLOCK("234", "17",
          "SELECT substr(CAST(lower(server_id) || zeroblob(17) AS BLOB), 1, 17)"
          " FROM server WHERE id = ?1 * 235 + slot.i");
static const char sql_name[] =
    BLOCK("82", "48",
          "SELECT substr(CAST(lower(hostname) || zeroblob(48) AS BLOB), 1, 48)"
          " FROM facts WHERE server = ?1 * 83 + slot.i");

static const char sql_there[] = BLOCK(
    "3999", "1", "SELECT char(1) FROM server WHERE id = ?1 * 4000 + slot.i");

static const char sql_put_what[] =
    "INSERT INTO server_what VALUES (?1, ?2)"
    " ON CONFLICT DO UPDATE SET data = excluded.data";
static const char sql_put_when[] =
    "INSERT INTO server_when VALUES (?1, ?2)"
    " ON CONFLICT DO UPDATE SET data = excluded.data";
static const char sql_put_dates[] =
    "INSERT INTO server_dates VALUES (?1, ?2)"
    " ON CONFLICT DO UPDATE SET data = excluded.data";
static const char sql_put_addr[] =
    "INSERT INTO server_addr VALUES (?1, ?2)"
    " ON CONFLICT DO UPDATE SET data = excluded.data";
static const char sql_put_label[] =
    "INSERT INTO server_label VALUES (?1, ?2)"
    " ON CONFLICT DO UPDATE SET data = excluded.data";
static const char sql_put_name[] =
    "INSERT INTO server_name VALUES (?1, ?2)"
    " ON CONFLICT DO UPDATE SET data = excluded.data";

static const char sql_put_there[] =
    "INSERT INTO server_there VALUES (?1, ?2)"
    " ON CONFLICT DO UPDATE SET data = excluded.data";

static const char sql_end[] = "SELECT coalesce(max(id), 0) + 1 FROM server";

/* What is no block of records is one of everything. */
enum { KIND_ORDER = EP_BLOCK_COUNT, KIND_TAGS, KIND_COUNT };
_Static_assert(KIND_COUNT == EP_BLOCK_KINDS, "recount.h counts them");

typedef struct {
    const char *make;
    const char *put;
} texts_t;

static const texts_t texts[EP_BLOCK_COUNT] = {
    [EP_BLOCK_WHAT] = { sql_what, sql_put_what },
    [EP_BLOCK_WHEN] = { sql_when, sql_put_when },
    [EP_BLOCK_DATES] = { sql_dates, sql_put_dates },
    [EP_BLOCK_ADDR] = { sql_addr, sql_put_addr },
    [EP_BLOCK_LABEL] = { sql_label, sql_put_label },
    [EP_BLOCK_NAME] = { sql_name, sql_put_name },
    [EP_BLOCK_THERE] = { sql_there, sql_put_there }
};

/* A block as it should be. */
typedef struct {
    uint8_t data[EP_BLOCK_MAX];
    size_t n;
} block_t;


static ep_rc_t
make(ep_portal_t *portal, ep_block_t kind, int64_t block, block_t *out,
     ep_err_t *err)
{
    const char *sql = texts[kind].make;
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql);
    ep_str_t data;
    ep_rc_t rc;

    ep_bind_int(q, 1, block);
    rc = ep_stmt_row(q, err);
    if (rc != EP_OK) {
        return rc;
    }
    data = ep_col_blob(q, 0);
    if (data.n > sizeof(out->data)) {
        return ep_err_set(err, EP_EINTERNAL, "wrong-blocks",
                          "a block of servers is too long");
    }
    memcpy(out->data, data.p, data.n);
    out->n = data.n;
    return EP_OK;
}


typedef struct {
    const block_t *want;
    size_t size;
    bool wrong;
} compare_t;


static void
compare(void *ctx, int64_t first, int64_t end, const uint8_t *data)
{
    compare_t *c = ctx;

    c->wrong = c->want->n != (size_t) (end - first) * c->size
               || memcmp(data, c->want->data, c->want->n) != 0;
}


static ep_rc_t
check_block(ep_portal_t *portal, int kind, int64_t block, bool *wrong,
            ep_err_t *err)
{
    const ep_block_form_t *form = &ep_block_forms[kind];
    block_t want = { .n = 0 };
    compare_t c = { .want = &want, .size = form->size };
    ep_err_t local = { 0 };
    ep_rc_t rc = make(portal, (ep_block_t) kind, block, &want, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_block_one(portal, (ep_block_t) kind, block, compare, &c, &local);
    if (rc != EP_OK && strcmp(local.code, "wrong-blocks") != 0) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    *wrong = rc != EP_OK || c.wrong;
    return EP_OK;
}


ep_rc_t
ep_block_check(ep_portal_t *portal, int kind, int64_t block, bool *wrong,
               ep_err_t *err)
{
    switch (kind) {
    case KIND_ORDER:
        return ep_order_check(portal, wrong, err);
    case KIND_TAGS:
        return ep_tag_servers_check(portal, wrong, err);
    default:
        return check_block(portal, kind, block, wrong, err);
    }
}


static ep_rc_t
rebuild_block(ep_portal_t *portal, int kind, int64_t block, ep_err_t *err)
{
    const char *sql = texts[kind].put;
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    block_t want = { .n = 0 };
    ep_rc_t rc = make(portal, (ep_block_t) kind, block, &want, err);

    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql);
    ep_bind_int(q, 1, block);
    ep_bind_blob(q, 2, want.data, want.n);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_block_rebuild(ep_portal_t *portal, int kind, int64_t block, ep_err_t *err)
{
    switch (kind) {
    case KIND_ORDER:
        return ep_order_rebuild(portal, err);
    case KIND_TAGS:
        return ep_tag_servers_rebuild(portal, err);
    default:
        return rebuild_block(portal, kind, block, err);
    }
}


ep_rc_t
ep_block_end(ep_portal_t *portal, int kind, int64_t *end, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_end);
    ep_rc_t rc = ep_stmt_row(q, err);

    if (rc == EP_OK && kind >= EP_BLOCK_COUNT) {
        *end = 1;
    } else if (rc == EP_OK) {
        *end = ep_col_int(q, 0) / ep_block_forms[kind].slots + 1;
    }
    return rc;
}
