/*
 * An open ePortal: one configuration snapshot and one database connection,
 * used by one thread at a time. Every entity and service takes one.
 *
 * Transactions: readers of several rows that must agree wrap them in
 * read_begin/read_end. Whatever changes a row needs a write transaction of
 * its caller; the functions that change rows fail with EP_EINTERNAL without
 * one. Every writer of every process queues on BASE_DIR/write.lock (flock)
 * before BEGIN IMMEDIATE, so writers wait in order instead of polling.
 * Keep a write transaction under 50 ms or 500 rows.
 */

#ifndef EPORTAL_PORTAL_H
#define EPORTAL_PORTAL_H

#include <eportal/config.h>
#include <eportal/err.h>
#include <eportal/log.h>

typedef struct ep_portal ep_portal_t;

enum {
    EP_OPEN_WRITE = 1,  /* may write; otherwise the connection is read-only */
    EP_OPEN_CREATE = 2, /* when there is no database, migrate first */
    EP_OPEN_NOWAIT = 4  /* event loop: never wait for a lock */
};

/*
 * Open BASE_DIR/eportal.sqlite. cfg: a reference is taken. Never migrates
 * one that is there.
 * EP_ENOTFOUND: no database (run `kc.eportal migrate`); EP_EBUSY code
 * "schema-newer": the database is newer than this program, "schema-older":
 * it must be migrated first. Not before fork (nginx.md pitfall 16).
 */
ep_rc_t ep_portal_open(ep_config_t *cfg, unsigned flags, ep_portal_t **out,
                       ep_err_t *err);
void ep_portal_close(ep_portal_t *portal); /* takes NULL */

/* Whether another file has taken the place of the database that is open (a
 * restored one), or none: close and open again. Writes fail then with
 * EP_EBUSY "database-replaced". */
bool ep_portal_replaced(const ep_portal_t *portal);

/* Wait at most ms for the write lock, and not longer than a second while
 * hurry() (may be NULL) says so: then write_begin fails with EP_EBUSY
 * "database-busy". Without this it waits as long as it takes. */
void ep_portal_set_patience(ep_portal_t *portal, int ms, bool (*hurry)(void));
/* What hurry() says now: whoever waits for others should give up. */
bool ep_portal_hurried(const ep_portal_t *portal);

/*
 * Create the data directory's tree and bring the database to the newest
 * schema: every file of sql/ in order, each in one transaction under the
 * write lock, recorded in schema_version. *from and *to (may be NULL) get
 * the schema's number before (0: there was none) and after. EP_EBUSY
 * "schema-newer": the database is newer than this program.
 */
ep_rc_t ep_portal_migrate(ep_config_t *cfg, int *from, int *to, ep_err_t *err);

/* Create the directories below PATCHES_DIR, and nothing else. */
ep_rc_t ep_portal_make_storage(ep_config_t *cfg, ep_err_t *err);

/* Use another snapshot from now on (a reference is taken). */
void ep_portal_set_config(ep_portal_t *portal, ep_config_t *cfg);
ep_config_t *ep_portal_config(const ep_portal_t *portal); /* borrowed */

void ep_portal_set_log(ep_portal_t *portal, ep_log_fn fn, void *ctx);
/* Hand a line to the log function; nothing happens without one. */
void ep_portal_log(ep_portal_t *portal, ep_log_level_t level,
                   const char *logger, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Nothing is logged while it is quiet: what is done will be taken back. */
void ep_portal_set_quiet(ep_portal_t *portal, bool quiet);

/* UTC in microseconds. Tests of delays may shift it: ep_portal_set_clock
 * adds offset_us to the real time from then on. */
int64_t ep_portal_now(const ep_portal_t *portal);
void ep_portal_set_clock(ep_portal_t *portal, int64_t offset_us);

/* One read transaction over the reads between these two. Not nested. */
ep_rc_t ep_portal_read_begin(ep_portal_t *portal, ep_err_t *err);
void ep_portal_read_end(ep_portal_t *portal);

/*
 * Write lock, then BEGIN IMMEDIATE. durable: COMMIT returns only when the
 * rows are on disk (synchronous=FULL); otherwise a power loss may lose the
 * last moments, never corrupt (check-ins). Not nested.
 */
ep_rc_t ep_portal_write_begin(ep_portal_t *portal, bool durable, ep_err_t *err);
/* The same, but only when nobody else writes: EP_EBUSY "database-busy" at
 * once. For what may be left out this time. Not durable. */
ep_rc_t ep_portal_write_try(ep_portal_t *portal, ep_err_t *err);
/* On failure (disk full, I/O) everything is rolled back and unlocked. */
ep_rc_t ep_portal_write_commit(ep_portal_t *portal, ep_err_t *err);
void ep_portal_write_rollback(ep_portal_t *portal);

/* One nested level inside a write transaction, so that a job that fails
 * does not spoil its neighbours in a group commit. */
ep_rc_t ep_portal_savepoint(ep_portal_t *portal, ep_err_t *err);
ep_rc_t ep_portal_savepoint_release(ep_portal_t *portal, ep_err_t *err);
void ep_portal_savepoint_rollback(ep_portal_t *portal);

#endif
