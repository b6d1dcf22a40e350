/*
 * Check-ins: the tables checkin and facts. Every check-in rewrites one narrow
 * row; the wide one is only touched when there is something new in it
 * (design.md section 4). What is "new" is told by a hash of the report as it
 * was sent, kept in the narrow row, so that the wide one need not be read: an
 * agent that sends what it sent last time is recognised, whatever the row
 * holds from other sources.
 */

#include "store/db.h"
#include "store/server_private.h"

#define EXTRA_MAX 4096 /* bytes of JSON; more is not kept */

/* Parameters of sql_facts: the facts begin at 2, in the order of ep_fact_t. */
#define FACT_PARAM(fact) ((fact) + 2)

const char *const ep_fact_names[EP_FACT_COUNT] = {
    "hostname", "kernel_id",      "euname",        "release",
    "version",  "machine",        "processor",     "virt",
    "distro",   "distro_version", "kcare_version", "patch_type"
};

static const char sql_narrow[] =
    "SELECT level, facts_hash FROM checkin WHERE server = ?1";
static const char sql_checkin[] =
    "UPDATE checkin SET time = ?2, uptime = coalesce(?3, uptime),"
    " ip = coalesce(?4, ip), level = ?5, facts_hash = ?6 WHERE server = ?1";
/* Nearly always nothing else is new; a column that is set has its triggers
 * run, whether its value is another or not. */
static const char sql_again[] =
    "UPDATE checkin SET time = ?2, uptime = coalesce(?3, uptime)"
    " WHERE server = ?1 AND ip IS coalesce(?4, ip)"
    " AND level = coalesce(?5, level)"
    " AND facts_hash = coalesce(?6, facts_hash)";
static const char sql_running[] =
    "SELECT s.key_id, f.kernel_id FROM server s CROSS JOIN facts f"
    " ON f.server = s.id WHERE s.id = ?1";
static const char sql_facts[] =
    "UPDATE facts SET hostname = coalesce(?2, hostname),"
    " kernel_id = coalesce(?3, kernel_id), euname = coalesce(?4, euname),"
    " release = coalesce(?5, release), version = coalesce(?6, version),"
    " machine = coalesce(?7, machine), processor = coalesce(?8, processor),"
    " virt = coalesce(?9, virt), distro = coalesce(?10, distro),"
    " distro_version = coalesce(?11, distro_version),"
    " kcare_version = coalesce(?12, kcare_version),"
    " patch_type = coalesce(?13, patch_type), extra = coalesce(?14, extra),"
    " updated = coalesce(?15, updated) WHERE server = ?1";
static const char sql_registered[] =
    "UPDATE facts SET hostname = ?2 WHERE server = ?1";
static const char sql_address[] =
    "UPDATE checkin SET ip = coalesce(?2, ip), time = coalesce(?3, time),"
    " facts_hash = 0 WHERE server = ?1";

/* The narrow row as it was, and what becomes of it. */
typedef struct {
    int64_t old_level;
    int64_t old_hash;
    int64_t level;
    int64_t hash;
} narrow_t;


static void
bind_address(ep_stmt_t *q, int i, const ep_addr_t *ip)
{
    if (ip->len > 0) {
        ep_bind_blob(q, i, ip->bytes, ip->len);
    }
}


ep_rc_t
ep_checkin_register(ep_portal_t *portal, int64_t server, bool again,
                    ep_str_t hostname, const ep_addr_t *ip, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *address = NULL;
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    char name[EP_FACT_MAX + 1];
    ep_rc_t rc;

    address = ep_stmt(portal, sql_address);
    ep_bind_int(address, 1, server);
    bind_address(address, 2, ip);
    if (again) {
        ep_bind_int(address, 3, ep_portal_now(portal) / 1000000);
    }
    rc = ep_stmt_run(address, NULL, err);
    if (rc != EP_OK || hostname.n == 0) {
        return rc;
    }
    q = ep_stmt(portal, sql_registered);
    ep_bind_int(q, 1, server);
    ep_bind_str(q, 2,
                (ep_str_t){ name, ep_str_clean(hostname, name, EP_FACT_MAX) });
    return ep_stmt_run(q, NULL, err);
}


/*
 * The hash of a report: each field in turn, its length first (so that
 * neighbours cannot flow into each other; one that was not reported has
 * none), then its bytes in words of 8, multiplied and folded as xxHash and
 * its kin do. It need only tell the reports of one server apart; a server
 * that looks for collisions deceives itself.
 */
static uint64_t
mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b185ebca87u;
    return hash ^ hash >> 32;
}


static uint64_t
mix_field(uint64_t hash, ep_str_t field)
{
    uint64_t word;
    size_t i;

    hash = mix(hash, field.p == NULL ? UINT64_MAX : field.n);
    for (i = 0; i + sizeof(word) <= field.n; i += sizeof(word)) {
        memcpy(&word, field.p + i, sizeof(word));
        hash = mix(hash, word);
    }
    if (i < field.n) {
        word = 0;
        memcpy(&word, field.p + i, field.n - i);
        hash = mix(hash, word);
    }
    return hash;
}


/* Of a report without any fact: 0, as in a row that has none. */
static int64_t
hash_of(const ep_server_report_t *report)
{
    bool any = report->extra.n > 0;
    uint64_t hash = 0xc2b2ae3d27d4eb4fu;

    for (int i = 0; i < EP_FACT_COUNT; i++) {
        any |= report->facts[i].p != NULL;
        hash = mix_field(hash, report->facts[i]);
    }
    hash = mix_field(hash, report->extra);
    if (!any) {
        return 0;
    }
    return hash != 0 ? (int64_t) hash : 1;
}


static ep_rc_t
read_narrow(ep_portal_t *portal, const ep_server_report_t *report, int64_t hash,
            narrow_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_narrow);
    ep_rc_t rc;

    ep_bind_int(q, 1, report->server);
    rc = ep_stmt_row(q, err);
    if (rc != EP_OK) {
        return rc;
    }
    out->old_level = ep_col_int(q, 0);
    out->old_hash = ep_col_int(q, 1);
    out->level = report->level >= 0 ? report->level : out->old_level;
    out->hash = hash != 0 ? hash : out->old_hash;
    return EP_OK;
}


static void
bind_narrow(ep_stmt_t *q, const ep_server_report_t *report)
{
    ep_bind_int(q, 1, report->server);
    ep_bind_int(q, 2, report->time);
    if (report->uptime >= 0) {
        ep_bind_int(q, 3, report->uptime);
    }
    bind_address(q, 4, &report->ip);
}


static ep_rc_t
write_narrow(ep_portal_t *portal, const ep_server_report_t *report,
             const narrow_t *narrow, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_checkin);

    bind_narrow(q, report);
    ep_bind_int(q, 5, narrow->level);
    ep_bind_int(q, 6, narrow->hash);
    return ep_stmt_run(q, NULL, err);
}


/* *stored: the report told nothing new but its time. */
static ep_rc_t
store_again(ep_portal_t *portal, const ep_server_report_t *report, int64_t hash,
            bool *stored, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_again);
    int64_t changed = 0;
    ep_rc_t rc;

    bind_narrow(q, report);
    if (report->level >= 0) {
        ep_bind_int(q, 5, report->level);
    }
    if (hash != 0) {
        ep_bind_int(q, 6, hash);
    }
    rc = ep_stmt_run(q, &changed, err);
    *stored = changed > 0;
    return rc;
}


/* A kernel hash in binary; false when the report has none. */
static bool
reported_kernel(const ep_server_report_t *report, uint8_t *out)
{
    return ep_unhex(report->facts[EP_FACT_KERNEL_ID], out, EP_KERNEL_ID_SIZE);
}


static ep_rc_t
write_facts(ep_portal_t *portal, const ep_server_report_t *report, bool updated,
            ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_facts);
    char text[EP_FACT_COUNT][EP_FACT_MAX + 1];
    uint8_t kernel[EP_KERNEL_ID_SIZE];

    ep_bind_int(q, 1, report->server);
    for (int i = 0; i < EP_FACT_COUNT; i++) {
        ep_str_t fact = report->facts[i];

        if (fact.p != NULL && i != EP_FACT_KERNEL_ID) {
            fact.n = ep_str_clean(fact, text[i], EP_FACT_MAX);
            fact.p = text[i];
            ep_bind_str(q, FACT_PARAM(i), fact);
        }
    }
    if (reported_kernel(report, kernel)) {
        ep_bind_blob(q, FACT_PARAM(EP_FACT_KERNEL_ID), kernel, sizeof(kernel));
    }
    if (report->extra.n > 0 && report->extra.n <= EXTRA_MAX
        && ep_str_is_text(report->extra, true))
    {
        ep_bind_str(q, FACT_PARAM(EP_FACT_COUNT), report->extra);
    }
    if (updated) {
        ep_bind_int(q, FACT_PARAM(EP_FACT_COUNT) + 1, report->time * 1000000);
    }
    return ep_stmt_run(q, NULL, err);
}


/* The usage counters follow a server to another kernel or level. */
static ep_rc_t
count_usage(ep_portal_t *portal, const ep_server_report_t *report,
            const narrow_t *narrow, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_running);
    uint8_t kernel[EP_KERNEL_ID_SIZE];
    ep_running_t from = { .level = narrow->old_level };
    ep_running_t to = { .level = narrow->level };
    ep_rc_t rc;

    ep_bind_int(q, 1, report->server);
    rc = ep_stmt_row(q, err);
    if (rc != EP_OK) {
        return rc;
    }
    from.kernel = ep_col_blob(q, 1);
    to.kernel = reported_kernel(report, kernel)
                    ? (ep_str_t){ (const char *) kernel, sizeof(kernel) }
                    : from.kernel;
    return ep_usage_move(portal, ep_col_int(q, 0), &from, &to, err);
}


ep_rc_t
ep_server_checkin(ep_portal_t *portal, const ep_server_report_t *report,
                  ep_err_t *err)
{
    int64_t hash = hash_of(report);
    narrow_t narrow;
    bool facts, level, stored = false;
    ep_rc_t rc = EP_OK;

    if (!report->updated) {
        rc = store_again(portal, report, hash, &stored, err);
    }
    if (rc != EP_OK || stored) {
        return rc;
    }
    rc = read_narrow(portal, report, hash, &narrow, err);
    if (rc == EP_ENOTFOUND) {
        return EP_OK;
    }
    if (rc != EP_OK) {
        return rc;
    }
    facts = narrow.hash != narrow.old_hash;
    level = narrow.level != narrow.old_level;
    if (facts || level) {
        rc = count_usage(portal, report, &narrow, err);
    }
    if (rc == EP_OK && (facts || level || report->updated)) {
        rc = write_facts(portal, report, level || report->updated, err);
    }
    return rc == EP_OK ? write_narrow(portal, report, &narrow, err) : rc;
}
