/* The portal's insides, for store/ only. */

#ifndef EP_STORE_PORTAL_PRIVATE_H
#define EP_STORE_PORTAL_PRIVATE_H

#include <limits.h>
#include <sys/types.h>

#include <eportal/addr.h>

#include <eportal/patchset.h>
#include <eportal/server.h>

#include "store/db.h"

#define EP_STMT_SLOTS 512     /* more than there are statements; power of two */
#define EP_AUDIT_NAME_MAX 128 /* bytes */
#define EP_AUDIT_VIA_MAX 15

struct ep_stmt {
    const char *sql; /* the key: its address */
    sqlite3_stmt *st;
    ep_portal_t *portal;
    int rc;    /* first SQLITE_ error of prepare or bind */
    bool busy; /* between ep_stmt and ep_stmt_endp */
};

/* How long a writer waits for its turn. */
typedef struct {
    int ms;              /* 0: as long as it takes */
    bool (*hurry)(void); /* may be NULL */
} ep_patience_t;

/* Who the audit log is told of: store/audit.c. */
typedef struct {
    bool set;
    char name[EP_AUDIT_NAME_MAX + 1];
    char via[EP_AUDIT_VIA_MAX + 1];
    ep_addr_t ip;
} ep_acting_t;

/* An answer of ep_level_find and the state of the database that it is of. */
typedef struct {
    bool used;
    uint32_t version;
    bool userspace;
    unsigned products;
    int64_t feed_id;
    int64_t max_order;
    uint8_t object[EP_OBJECT_SIZE];
    ep_rc_t rc;   /* EP_OK or EP_ENOTFOUND */
    bool unknown; /* nothing carries the object */
    ep_level_t level;
} ep_level_memo_t;

#define EP_LEVEL_MEMOS 256 /* a power of two */

/* The same of ep_server_caller; only servers that there are. */
typedef struct {
    uint32_t version;
    size_t length; /* of the id; 0: nothing is kept here */
    char server_id[EP_SERVER_ID_MAX];
    ep_caller_t caller;
} ep_caller_memo_t;

#define EP_CALLER_MEMOS 256 /* a power of two */

struct ep_portal {
    ep_config_t *cfg;
    sqlite3 *db;
    dev_t dev; /* of the database's file */
    ino_t ino;
    ep_patience_t patience;
    int lock_fd; /* write.lock, -1 for a read-only connection */
    bool reading;
    bool writing;
    bool durable; /* what PRAGMA synchronous says now */
    ep_log_fn log;
    void *log_ctx;
    bool quiet;
    int64_t clock_offset;
    ep_acting_t acting;
    ep_level_memo_t levels[EP_LEVEL_MEMOS];    /* store/level.c's */
    ep_caller_memo_t callers[EP_CALLER_MEMOS]; /* store/server.c's */
    uint32_t whole_version; /* store/remote.c's: no file is remote then */
    bool whole;             /* whole_version counts */
    ep_stmt_t failed;       /* handed out when a statement cannot be had */
    ep_stmt_t stmts[EP_STMT_SLOTS];
};

/* BASE_DIR/name into out. */
ep_rc_t ep_portal_path(const ep_config_t *cfg, const char *name,
                       char out[PATH_MAX], ep_err_t *err);
/* Open, and make if need be, BASE_DIR/write.lock. */
ep_rc_t ep_lock_open(const ep_config_t *cfg, int *out, ep_err_t *err);
/* Wait in line for it, until the descriptor is closed or flock says LOCK_UN. */
ep_rc_t ep_lock_take(int fd, ep_err_t *err);
/* The same, but not for longer than patience allows: EP_EBUSY
 * "database-busy". *fd may be another descriptor of the file afterwards. */
ep_rc_t ep_lock_take_in(int *fd, const ep_config_t *cfg,
                        const ep_patience_t *patience, ep_err_t *err);
/* Make a file of the data directory, which its group may write, unless it is
 * there. It is not opened then: closing any descriptor of the database would
 * drop the locks that SQLite holds on it in this process (POSIX). */
ep_rc_t ep_shared_make(const char *path, ep_err_t *err);

typedef struct {
    int number;
    const char *name;
    const char *sql;
} ep_migration_t;

/* Generated from sql/ (tools: Makefile's build/sql.c), ascending. */
extern const ep_migration_t ep_migrations[];
extern const int ep_migration_count;

/* EP_EBUSY "schema-newer" when a database with this number is not for us. */
ep_rc_t ep_schema_check_newer(int number, const char *path, ep_err_t *err);

/* The newest migration recorded in the database, 0 for an empty one. */
ep_rc_t ep_schema_number(sqlite3 *db, int *out, ep_err_t *err);

#endif
