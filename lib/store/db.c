/* Statements and errors of SQLite: see store/db.h. */

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/portal_private.h"


static ep_rc_t
disk_full(ep_err_t *err)
{
    return ep_err_set(err, EP_EBUSY, "disk-full",
                      "the disk of the database is full; free space there and "
                      "try again");
}


/* SQLite says FULL for a write without space, but not for shared memory that
 * cannot grow, a quota, or a file that may not be larger. */
static ep_rc_t
file_error(int code, int error, const char *text, ep_err_t *err)
{
    if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
        return disk_full(err);
    }
    if (error == EACCES || error == EPERM) {
        return ep_err_set(err, EP_EPERM, "no-permission",
                          "this user may not open the database");
    }
    if ((code & 0xff) == SQLITE_CANTOPEN) {
        return ep_err_set(err, EP_ENOTFOUND, "no-database",
                          "cannot open the database: %s", text);
    }
    return ep_err_set(err, EP_EDB, "database",
                      "the database cannot be read or written: %s (%d, %s)",
                      text, code, strerror(error));
}


ep_rc_t
ep_db_error(sqlite3 *db, int code, ep_err_t *err)
{
    /* A COMMIT that fails does not keep the error of the system. */
    int last = errno;
    int kept = db ? sqlite3_system_errno(db) : 0;
    const char *text = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);

    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ep_err_set(err, EP_EBUSY, "database-busy",
                          "the database is locked by another program; try "
                          "again in a moment");
    case SQLITE_FULL:
        return disk_full(err);
    case SQLITE_NOMEM:
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    case SQLITE_CONSTRAINT:
        if (code == SQLITE_CONSTRAINT_UNIQUE
            || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
            return ep_err_set(err, EP_EEXISTS, "exists", "it exists already");
        }
        return ep_err_set(err, EP_EINVAL, "constraint", "%s", text);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return file_error(code, kept != 0 ? kept : last, text, err);
    default:
        return ep_err_set(err, EP_EDB, "database", "database error %d: %s",
                          code, text);
    }
}


ep_rc_t
ep_db_exec(sqlite3 *db, const char *sql, ep_err_t *err)
{
    int code = sqlite3_exec(db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? EP_OK : ep_db_error(db, code, err);
}


static const char sql_setup[] = "PRAGMA trusted_schema = OFF;"
                                "PRAGMA foreign_keys = ON;"
                                "PRAGMA journal_mode = WAL;"
                                "PRAGMA synchronous = FULL;"
                                "PRAGMA journal_size_limit = 67108864;"
                                "PRAGMA wal_autocheckpoint = 4000;"
                                "PRAGMA temp_store = MEMORY;";


/* The path with its directory resolved: SQLITE_OPEN_NOFOLLOW refuses links in
 * every part of a path, but only the database itself must be none. */
static ep_rc_t
resolve(const char *path, char out[PATH_MAX], ep_err_t *err)
{
    const char *name = strrchr(path, '/');
    char parent[PATH_MAX], real[PATH_MAX];
    int n;

    if (name == NULL
        || !ep_str_copy((ep_str_t){ path, (size_t) (name - path) + 1 }, parent,
                        sizeof(parent)))
    {
        return ep_err_set(err, EP_EINVAL, "bad-path",
                          "the database's path must be absolute");
    }
    if (realpath(parent, real) == NULL) {
        return ep_err_errno(err, "no-database", "cannot open %s", parent);
    }
    n = snprintf(out, PATH_MAX, "%s%s", real, name);
    if (n < 0 || n >= PATH_MAX) {
        return ep_err_set(err, EP_EINVAL, "path-too-long",
                          "path is too long: %s", path);
    }
    return EP_OK;
}


/* Before SQLite is first used in this process: no statistics of its memory,
 * whose mutex every allocation of every thread would take. */
static void
configure(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}


ep_rc_t
ep_db_open(const char *path, unsigned flags, sqlite3 **out, ep_err_t *err)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    char real[PATH_MAX];
    sqlite3 *db = NULL;
    ep_rc_t rc = resolve(path, real, err);
    int code;

    if (rc != EP_OK) {
        return rc;
    }
    pthread_once(&configured, configure);
    code = sqlite3_open_v2(real, &db,
                           SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
                               | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW,
                           NULL);
    if (code != SQLITE_OK) {
        rc = ep_db_error(db, code, err);
        sqlite3_close(db);
        return rc;
    }
    sqlite3_busy_timeout(db, flags & EP_OPEN_NOWAIT ? 0 : 5000);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    rc = ep_db_exec(db, sql_setup, err);
    if (rc == EP_OK && flags & EP_OPEN_NOWAIT) {
        /* The event loop's: the servers and levels of 75,000 stay in it. */
        rc = ep_db_exec(db, "PRAGMA cache_size = -8192", err);
    }
    if (rc == EP_OK && !(flags & EP_OPEN_WRITE)) {
        rc = ep_db_exec(db, "PRAGMA query_only = ON", err);
    }
    if (rc != EP_OK) {
        sqlite3_close(db);
        return rc;
    }
    *out = db;
    return EP_OK;
}


static ep_stmt_t *
slot_of(ep_portal_t *portal, const char *sql)
{
    size_t i = ((uintptr_t) sql >> 3) * 0x9e3779b97f4a7c15u >> 55;

    for (size_t tries = 0; tries < EP_STMT_SLOTS; tries++) {
        ep_stmt_t *q = &portal->stmts[(i + tries) & (EP_STMT_SLOTS - 1)];

        if (q->sql == sql || q->sql == NULL) {
            return q;
        }
    }
    return NULL;
}


ep_stmt_t *
ep_stmt(ep_portal_t *portal, const char *sql)
{
    ep_stmt_t *q = slot_of(portal, sql);

    if (q == NULL || q->busy) {
        portal->failed = (ep_stmt_t){ .portal = portal, .rc = SQLITE_MISUSE };
        return &portal->failed;
    }
    q->rc = SQLITE_OK;
    q->portal = portal;
    if (q->st == NULL) {
        q->rc = sqlite3_prepare_v3(portal->db, sql, -1,
                                   SQLITE_PREPARE_PERSISTENT, &q->st, NULL);
        if (q->rc != SQLITE_OK) {
            return q;
        }
        q->sql = sql;
    }
    q->busy = true;
    return q;
}


void
ep_stmt_endp(ep_stmt_t **q)
{
    if (*q != NULL && (*q)->st != NULL) {
        sqlite3_reset((*q)->st);
        sqlite3_clear_bindings((*q)->st);
    }
    if (*q != NULL) {
        (*q)->busy = false;
    }
}


static void
bound(ep_stmt_t *q, int code)
{
    if (q->rc == SQLITE_OK) {
        q->rc = code;
    }
}


void
ep_bind_int(ep_stmt_t *q, int i, int64_t value)
{
    if (q->st != NULL) {
        bound(q, sqlite3_bind_int64(q->st, i, value));
    }
}


void
ep_bind_str(ep_stmt_t *q, int i, ep_str_t value)
{
    if (q->st != NULL) {
        bound(q, value.p == NULL
                     ? sqlite3_bind_null(q->st, i)
                     : sqlite3_bind_text64(q->st, i, value.p, value.n,
                                           SQLITE_STATIC, SQLITE_UTF8));
    }
}


void
ep_bind_blob(ep_stmt_t *q, int i, const void *p, size_t n)
{
    if (q->st != NULL) {
        bound(q, sqlite3_bind_blob64(q->st, i, p, n, SQLITE_STATIC));
    }
}


void
ep_bind_null(ep_stmt_t *q, int i)
{
    if (q->st != NULL) {
        bound(q, sqlite3_bind_null(q->st, i));
    }
}


static ep_rc_t
failed(ep_stmt_t *q, int code, ep_err_t *err)
{
    if (code == SQLITE_MISUSE) {
        return ep_err_set(err, EP_EINTERNAL, "statement-in-use",
                          "a database statement is used twice at once");
    }
    if (code == SQLITE_READONLY) {
        return ep_err_set(err, EP_EINTERNAL, "read-only",
                          "a write on a read-only connection");
    }
    return ep_db_error(q->portal->db, code, err);
}


ep_rc_t
ep_stmt_row(ep_stmt_t *q, ep_err_t *err)
{
    int code = q->rc;

    if (code == SQLITE_OK) {
        errno = 0;
        code = sqlite3_step(q->st);
    }
    if (code == SQLITE_ROW) {
        return EP_OK;
    }
    if (code == SQLITE_DONE) {
        sqlite3_reset(q->st);
        return EP_ENOTFOUND;
    }
    return failed(q, code, err);
}


ep_rc_t
ep_stmt_run(ep_stmt_t *q, int64_t *changed, ep_err_t *err)
{
    ep_rc_t rc;

    rc = q->rc == SQLITE_OK ? ep_db_need_write(q->portal, err) : EP_OK;
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        return ep_err_set(err, EP_EINTERNAL, "unexpected-row",
                          "a statement that writes returned a row");
    }
    if (rc != EP_ENOTFOUND) {
        return rc;
    }
    if (changed != NULL) {
        *changed = sqlite3_changes64(q->portal->db);
    }
    return EP_OK;
}


int64_t
ep_col_int(ep_stmt_t *q, int i)
{
    return sqlite3_column_int64(q->st, i);
}


ep_str_t
ep_col_str(ep_stmt_t *q, int i)
{
    const char *p = (const char *) sqlite3_column_text(q->st, i);

    return (ep_str_t){ p, p ? (size_t) sqlite3_column_bytes(q->st, i) : 0 };
}


ep_str_t
ep_col_blob(ep_stmt_t *q, int i)
{
    const char *p = sqlite3_column_blob(q->st, i);

    return (ep_str_t){ p, p ? (size_t) sqlite3_column_bytes(q->st, i) : 0 };
}


bool
ep_col_null(ep_stmt_t *q, int i)
{
    return sqlite3_column_type(q->st, i) == SQLITE_NULL;
}


int64_t
ep_db_last_id(ep_portal_t *portal)
{
    return sqlite3_last_insert_rowid(portal->db);
}


bool
ep_db_version(ep_portal_t *portal, uint32_t *version)
{
    return portal->reading
           && sqlite3_txn_state(portal->db, "main") == SQLITE_TXN_READ
           && sqlite3_file_control(portal->db, "main",
                                   SQLITE_FCNTL_DATA_VERSION, version)
                  == SQLITE_OK;
}


ep_rc_t
ep_db_need_write(ep_portal_t *portal, ep_err_t *err)
{
    if (!portal->writing) {
        return ep_err_set(err, EP_EINTERNAL, "no-transaction",
                          "a write outside of a write transaction");
    }
    if (sqlite3_get_autocommit(portal->db)) {
        return ep_err_set(err, EP_EDB, "transaction-lost",
                          "the transaction was rolled back after an error");
    }
    return EP_OK;
}
