/*
 * The database as entity files see it: cached statements on the portal's
 * connection. An entity file owns the SQL of its table: a `static const char
 * sql_<what>[]` per statement at the top, used through ep_stmt(). Text is
 * never composed; values are only bound.
 *
 *     EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_find);
 *
 *     ep_bind_str(q, 1, name);
 *     rc = ep_stmt_row(q, err);
 *     if (rc == EP_ENOTFOUND) {
 *         return ep_err_set(err, rc, "feed-not-found", "...");
 *     }
 *     ... ep_col_int(q, 0) ...
 *
 * Failures of preparing and binding stick to the statement and come out of
 * ep_stmt_row and ep_stmt_run, so binding needs no checks.
 */

#ifndef EP_STORE_DB_H
#define EP_STORE_DB_H

#include <sqlite3.h>

#include <eportal/portal.h>
#include <eportal/str.h>

#include "base/file.h" /* EP_CLEANUP */

typedef struct ep_stmt ep_stmt_t;

/* The prepared statement of this text (found by its address, so it must be
 * static), reset and without bindings. Never NULL. A statement that is still
 * in use (a list's callback that runs the same list) fails. */
ep_stmt_t *ep_stmt(ep_portal_t *portal, const char *sql);
/* Reset when the variable leaves its scope: rows must not stay open. */
void ep_stmt_endp(ep_stmt_t **q);

/* Bound text and blobs are not copied: they must live until the end. */
void ep_bind_int(ep_stmt_t *q, int i, int64_t value);
void ep_bind_str(ep_stmt_t *q, int i, ep_str_t value); /* p NULL: NULL */
void ep_bind_blob(ep_stmt_t *q, int i, const void *p, size_t n);
void ep_bind_null(ep_stmt_t *q, int i);

/* The next row: EP_OK; EP_ENOTFOUND, with err untouched, behind the last. */
ep_rc_t ep_stmt_row(ep_stmt_t *q, ep_err_t *err);
/* Run a statement that returns no rows, then reset it. *changed (may be
 * NULL) gets the number of rows that it changed. A violated UNIQUE is
 * EP_EEXISTS "exists"; without a write transaction EP_EINTERNAL. */
ep_rc_t ep_stmt_run(ep_stmt_t *q, int64_t *changed, ep_err_t *err);

/* Columns of the current row; views live until the next row or reset. */
int64_t ep_col_int(ep_stmt_t *q, int i);
ep_str_t ep_col_str(ep_stmt_t *q, int i); /* NULL: p NULL, n 0 */
ep_str_t ep_col_blob(ep_stmt_t *q, int i);
bool ep_col_null(ep_stmt_t *q, int i);

/* Row id of the last INSERT on this connection. */
int64_t ep_db_last_id(ep_portal_t *portal);
/* What read transactions that see the same rows have in common. False when
 * the portal is in none, or in one that has not read anything yet. */
bool ep_db_version(ep_portal_t *portal, uint32_t *version);
/* EP_EINTERNAL unless a write transaction is open; EP_EDB when SQLite rolled
 * it back by itself (disk full, I/O): what came after would not be part of
 * anything. */
ep_rc_t ep_db_need_write(ep_portal_t *portal, ep_err_t *err);

/* ---- for store/portal.c and store/migrate.c only ---- */

/* path: absolute. Its directory may be a symbolic link, the file may not. */
ep_rc_t ep_db_open(const char *path, unsigned flags, sqlite3 **out,
                   ep_err_t *err);
ep_rc_t ep_db_exec(sqlite3 *db, const char *sql, ep_err_t *err);
/* Translate the connection's last error. */
ep_rc_t ep_db_error(sqlite3 *db, int code, ep_err_t *err);

#endif
