/* An open ePortal and its transactions: see eportal/portal.h. */

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "store/portal_private.h"


static ep_rc_t
check_schema(sqlite3 *db, const char *path, ep_err_t *err)
{
    int newest = ep_migrations[ep_migration_count - 1].number;
    int number;
    ep_rc_t rc = ep_schema_number(db, &number, err);

    if (rc == EP_OK) {
        rc = ep_schema_check_newer(number, path, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (number < newest) {
        return ep_err_set(err, EP_EBUSY, "schema-older",
                          "%s has schema %d, this program needs %d: run "
                          "`kc.eportal migrate`",
                          path, number, newest);
    }
    return EP_OK;
}


static ep_rc_t
connect(ep_portal_t *portal, unsigned flags, ep_err_t *err)
{
    char path[PATH_MAX];
    struct stat st;
    ep_rc_t rc = ep_portal_path(portal->cfg, "eportal.sqlite", path, err);

    if (rc == EP_OK && flags & EP_OPEN_CREATE && !ep_file_exists(path)) {
        rc = ep_portal_migrate(portal->cfg, NULL, NULL, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (!ep_file_exists(path)) {
        return ep_err_set(err, EP_ENOTFOUND, "no-database",
                          "there is no database %s: run `kc.eportal "
                          "migrate` to create it",
                          path);
    }
    rc = ep_db_open(path, flags, &portal->db, err);
    if (rc == EP_OK && stat(path, &st) == 0) {
        portal->dev = st.st_dev;
        portal->ino = st.st_ino;
    }
    if (rc == EP_OK) {
        rc = check_schema(portal->db, path, err);
    }
    if (rc == EP_OK && flags & EP_OPEN_WRITE) {
        rc = ep_lock_open(portal->cfg, &portal->lock_fd, err);
    }
    return rc;
}


ep_rc_t
ep_portal_open(ep_config_t *cfg, unsigned flags, ep_portal_t **out,
               ep_err_t *err)
{
    ep_portal_t *portal;
    ep_rc_t rc;

    portal = calloc(1, sizeof(*portal));
    if (portal == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    portal->cfg = ep_config_ref(cfg);
    portal->lock_fd = -1;
    portal->durable = true;
    rc = connect(portal, flags, err);
    if (rc != EP_OK) {
        ep_portal_close(portal);
        return rc;
    }
    *out = portal;
    return EP_OK;
}


void
ep_portal_close(ep_portal_t *portal)
{
    if (portal == NULL) {
        return;
    }
    ep_portal_write_rollback(portal);
    for (size_t i = 0; i < EP_STMT_SLOTS; i++) {
        sqlite3_finalize(portal->stmts[i].st);
    }
    sqlite3_close(portal->db);
    ep_closep(&portal->lock_fd);
    ep_config_unref(portal->cfg);
    free(portal);
}


bool
ep_portal_replaced(const ep_portal_t *portal)
{
    char path[PATH_MAX];
    struct stat st;

    if (ep_portal_path(portal->cfg, "eportal.sqlite", path, NULL) != EP_OK) {
        return false;
    }
    if (stat(path, &st) != 0) {
        return errno == ENOENT;
    }
    return st.st_dev != portal->dev || st.st_ino != portal->ino;
}


void
ep_portal_set_patience(ep_portal_t *portal, int ms, bool (*hurry)(void))
{
    portal->patience = (ep_patience_t){ .ms = ms, .hurry = hurry };
}


bool
ep_portal_hurried(const ep_portal_t *portal)
{
    return portal->patience.hurry != NULL && portal->patience.hurry();
}


void
ep_portal_set_config(ep_portal_t *portal, ep_config_t *cfg)
{
    ep_config_ref(cfg);
    ep_config_unref(portal->cfg);
    portal->cfg = cfg;
}


ep_config_t *
ep_portal_config(const ep_portal_t *portal)
{
    return portal->cfg;
}


void
ep_portal_set_log(ep_portal_t *portal, ep_log_fn fn, void *ctx)
{
    portal->log = fn;
    portal->log_ctx = ctx;
}


void
ep_portal_set_quiet(ep_portal_t *portal, bool quiet)
{
    portal->quiet = quiet;
}


void
ep_portal_log(ep_portal_t *portal, ep_log_level_t level, const char *logger,
              const char *fmt, ...)
{
    char line[1024];
    va_list args;

    if (portal->log == NULL || portal->quiet) {
        return;
    }
    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    for (char *p = line; *p != '\0'; p++) {
        if ((unsigned char) *p < 0x20 || *p == 0x7f) {
            *p = '?';
        }
    }
    portal->log(portal->log_ctx, level, logger, line);
}


int64_t
ep_portal_now(const ep_portal_t *portal)
{
    return ep_time_us() + portal->clock_offset;
}


void
ep_portal_set_clock(ep_portal_t *portal, int64_t offset_us)
{
    portal->clock_offset = offset_us;
}


/* Statements of transactions are cached like all others; they are the only
 * ones that run without a transaction. */
static ep_rc_t
run(ep_portal_t *portal, const char *sql, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql);
    ep_rc_t rc = ep_stmt_row(q, err);

    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static const char sql_begin_read[] = "BEGIN";
static const char sql_begin_write[] = "BEGIN IMMEDIATE";
static const char sql_commit[] = "COMMIT";
static const char sql_rollback[] = "ROLLBACK";
static const char sql_savepoint[] = "SAVEPOINT job";
static const char sql_release[] = "RELEASE job";
static const char sql_rollback_to[] = "ROLLBACK TO job";


/* Roll back whatever is open. SQLite does so by itself on some errors. */
static void
abandon(ep_portal_t *portal)
{
    if (!sqlite3_get_autocommit(portal->db)) {
        run(portal, sql_rollback, NULL);
    }
}


ep_rc_t
ep_portal_read_begin(ep_portal_t *portal, ep_err_t *err)
{
    ep_rc_t rc;

    if (portal->writing || portal->reading) {
        return ep_err_set(err, EP_EINTERNAL, "bad-transaction",
                          "a read transaction cannot begin here");
    }
    rc = run(portal, sql_begin_read, err);
    portal->reading = rc == EP_OK;
    return rc;
}


void
ep_portal_read_end(ep_portal_t *portal)
{
    if (portal->reading) {
        portal->reading = false;
        if (run(portal, sql_commit, NULL) != EP_OK) {
            abandon(portal);
        }
    }
}


static ep_rc_t
set_durable(ep_portal_t *portal, bool durable, ep_err_t *err)
{
    ep_rc_t rc;

    if (portal->durable == durable) {
        return EP_OK;
    }
    rc = ep_db_exec(portal->db,
                    durable ? "PRAGMA synchronous = FULL"
                            : "PRAGMA synchronous = NORMAL",
                    err);
    if (rc == EP_OK) {
        portal->durable = durable;
    }
    return rc;
}


/* Who waited may have waited for somebody who put another database in the
 * place of this one: what is written to the old file is lost. */
static ep_rc_t
check_place(ep_portal_t *portal, ep_err_t *err)
{
    if (ep_portal_replaced(portal)) {
        flock(portal->lock_fd, LOCK_UN);
        return ep_err_set(err, EP_EBUSY, "database-replaced",
                          "the database was replaced by another one; try "
                          "again");
    }
    return EP_OK;
}


static ep_rc_t
take_turn(ep_portal_t *portal, ep_err_t *err)
{
    ep_rc_t rc = portal->patience.ms > 0 ? ep_lock_take_in(
                     &portal->lock_fd, portal->cfg, &portal->patience, err)
                                         : ep_lock_take(portal->lock_fd, err);

    return rc == EP_OK ? check_place(portal, err) : rc;
}


static ep_rc_t
may_write(const ep_portal_t *portal, ep_err_t *err)
{
    if (portal->lock_fd < 0 || portal->writing || portal->reading) {
        return ep_err_set(err, EP_EINTERNAL, "bad-transaction",
                          "a write transaction cannot begin here");
    }
    return EP_OK;
}


/* With the write lock, which is given up on failure. */
static ep_rc_t
begin_write(ep_portal_t *portal, bool durable, ep_err_t *err)
{
    ep_rc_t rc = set_durable(portal, durable, err);

    if (rc == EP_OK) {
        rc = run(portal, sql_begin_write, err);
    }
    if (rc != EP_OK) {
        flock(portal->lock_fd, LOCK_UN);
        return rc;
    }
    portal->writing = true;
    return EP_OK;
}


ep_rc_t
ep_portal_write_begin(ep_portal_t *portal, bool durable, ep_err_t *err)
{
    ep_rc_t rc = may_write(portal, err);

    if (rc == EP_OK) {
        rc = take_turn(portal, err);
    }
    return rc == EP_OK ? begin_write(portal, durable, err) : rc;
}


ep_rc_t
ep_portal_write_try(ep_portal_t *portal, ep_err_t *err)
{
    ep_rc_t rc = may_write(portal, err);

    if (rc != EP_OK) {
        return rc;
    }
    if (flock(portal->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        return ep_err_set(err, EP_EBUSY, "database-busy",
                          "another program writes to the database");
    }
    rc = check_place(portal, err);
    return rc == EP_OK ? begin_write(portal, false, err) : rc;
}


ep_rc_t
ep_portal_write_commit(ep_portal_t *portal, ep_err_t *err)
{
    ep_rc_t rc;

    rc = ep_db_need_write(portal, err);
    if (rc == EP_OK) {
        rc = run(portal, sql_commit, err);
    }
    if (rc != EP_OK) {
        ep_portal_write_rollback(portal);
        return rc;
    }
    portal->writing = false;
    flock(portal->lock_fd, LOCK_UN);
    return EP_OK;
}


void
ep_portal_write_rollback(ep_portal_t *portal)
{
    if (!portal->writing) {
        return;
    }
    abandon(portal);
    portal->writing = false;
    flock(portal->lock_fd, LOCK_UN);
}


ep_rc_t
ep_portal_savepoint(ep_portal_t *portal, ep_err_t *err)
{
    ep_rc_t rc = ep_db_need_write(portal, err);

    /* SQLite rolls back by itself on some errors (disk full); a savepoint
     * would then silently begin a transaction of its own. */
    if (rc == EP_OK && sqlite3_get_autocommit(portal->db)) {
        return ep_err_set(err, EP_EBUSY, "transaction-lost",
                          "the database gave the transaction up; is its disk "
                          "full?");
    }
    return rc == EP_OK ? run(portal, sql_savepoint, err) : rc;
}


ep_rc_t
ep_portal_savepoint_release(ep_portal_t *portal, ep_err_t *err)
{
    ep_rc_t rc = ep_db_need_write(portal, err);

    return rc == EP_OK ? run(portal, sql_release, err) : rc;
}


void
ep_portal_savepoint_rollback(ep_portal_t *portal)
{
    if (!portal->writing || sqlite3_get_autocommit(portal->db)) {
        return;
    }
    /* Half of a job must not be committed with its neighbours: then rather
     * nothing is, which the commit says. */
    if (run(portal, sql_rollback_to, NULL) != EP_OK
        || run(portal, sql_release, NULL) != EP_OK)
    {
        abandon(portal);
    }
}
