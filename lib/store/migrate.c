/*
 * Migrations: the files of sql/, embedded at build, applied in order, each in
 * one transaction under the write lock and recorded in schema_version.
 * Forward only, and additive within one release, because old nginx workers
 * may still run (nginx.md pitfall 21).
 */

#include <stdio.h>
#include <sys/stat.h>

#include "base/time.h"
#include "store/portal_private.h"

static const char sql_version_table[] =
    "CREATE TABLE IF NOT EXISTS schema_version ("
    " number INTEGER PRIMARY KEY, name TEXT NOT NULL,"
    " applied INTEGER NOT NULL) STRICT";

static const char *const base_dirs[] = { "config", "reports", "environment",
                                         "tmp" };
static const char *const patch_dirs[] = { "arch", "resources", "user-resources",
                                          "cache" };


ep_rc_t
ep_schema_number(sqlite3 *db, int *out, ep_err_t *err)
{
    sqlite3_stmt *st = NULL;
    int code;

    code = sqlite3_prepare_v2(db,
                              "SELECT count(*) FROM sqlite_schema "
                              "WHERE name = 'schema_version'",
                              -1, &st, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(st);
    }
    if (code != SQLITE_ROW) {
        sqlite3_finalize(st);
        return ep_db_error(db, code, err);
    }
    if (sqlite3_column_int(st, 0) == 0) {
        sqlite3_finalize(st);
        *out = 0;
        return EP_OK;
    }
    sqlite3_finalize(st);
    st = NULL;
    code = sqlite3_prepare_v2(
        db, "SELECT coalesce(max(number), 0) FROM schema_version", -1, &st,
        NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(st);
    }
    if (code == SQLITE_ROW) {
        *out = sqlite3_column_int(st, 0);
    }
    sqlite3_finalize(st);
    return code == SQLITE_ROW ? EP_OK : ep_db_error(db, code, err);
}


ep_rc_t
ep_schema_check_newer(int number, const char *path, ep_err_t *err)
{
    int newest = ep_migrations[ep_migration_count - 1].number;

    if (number > newest) {
        return ep_err_set(err, EP_EBUSY, "schema-newer",
                          "%s was made by a newer ePortal (schema %d, this "
                          "one knows %d): upgrade this program",
                          path, number, newest);
    }
    return EP_OK;
}


static ep_rc_t
record(sqlite3 *db, const ep_migration_t *migration, ep_err_t *err)
{
    sqlite3_stmt *st = NULL;
    int code = sqlite3_prepare_v2(
        db, "INSERT INTO schema_version VALUES (?1, ?2, ?3)", -1, &st, NULL);

    if (code == SQLITE_OK) {
        sqlite3_bind_int(st, 1, migration->number);
        sqlite3_bind_text(st, 2, migration->name, -1, SQLITE_STATIC);
        sqlite3_bind_int64(st, 3, ep_time_us());
        code = sqlite3_step(st);
    }
    sqlite3_finalize(st);
    return code == SQLITE_DONE ? EP_OK : ep_db_error(db, code, err);
}


static ep_rc_t
check_foreign_keys(sqlite3 *db, const ep_migration_t *migration, ep_err_t *err)
{
    sqlite3_stmt *st = NULL;
    int code =
        sqlite3_prepare_v2(db, "PRAGMA foreign_key_check", -1, &st, NULL);

    if (code == SQLITE_OK) {
        code = sqlite3_step(st);
    }
    sqlite3_finalize(st);
    if (code == SQLITE_ROW) {
        return ep_err_set(err, EP_EDB, "migration",
                          "migration %s leaves dangling rows", migration->name);
    }
    return code == SQLITE_DONE ? EP_OK : ep_db_error(db, code, err);
}


static ep_rc_t
apply(sqlite3 *db, const ep_migration_t *migration, ep_err_t *err)
{
    ep_rc_t rc = ep_db_exec(db, "BEGIN IMMEDIATE", err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_db_exec(db, migration->sql, err);
    if (rc == EP_OK) {
        rc = record(db, migration, err);
    }
    if (rc == EP_OK) {
        rc = check_foreign_keys(db, migration, err);
    }
    if (rc == EP_OK) {
        rc = ep_db_exec(db, "COMMIT", err);
    }
    if (rc != EP_OK) {
        ep_db_exec(db, "ROLLBACK", NULL);
    }
    return rc;
}


static ep_rc_t
apply_all(sqlite3 *db, const char *path, int *from, int *to, ep_err_t *err)
{
    int before = 0, number;
    ep_rc_t rc = ep_schema_number(db, &before, err);

    if (rc == EP_OK) {
        rc = ep_schema_check_newer(before, path, err);
    }
    if (rc == EP_OK) {
        rc = ep_db_exec(db, sql_version_table, err);
    }
    number = before;
    for (int i = 0; rc == EP_OK && i < ep_migration_count; i++) {
        if (ep_migrations[i].number > number) {
            rc = apply(db, &ep_migrations[i], err);
            number = ep_migrations[i].number;
        }
    }
    if (rc == EP_OK && from != NULL) {
        *from = before;
    }
    if (rc == EP_OK && to != NULL) {
        *to = number;
    }
    return rc;
}


/* A directory that is there keeps its mode: an administrator may have had
 * reasons. A new one is for the group too, whatever the umask. */
static ep_rc_t
make_dir(const char *path, ep_err_t *err)
{
    bool there = ep_file_exists(path);
    ep_rc_t rc = ep_dir_make(path, 02775, err);

    if (rc == EP_OK && !there && chmod(path, 02775) != 0) {
        return ep_err_errno(err, "dir-create", "cannot make directory %s",
                            path);
    }
    return rc;
}


static ep_rc_t
make_dirs(const char *parent, const char *const *names, size_t n, ep_err_t *err)
{
    ep_rc_t rc = make_dir(parent, err);
    char path[PATH_MAX];

    for (size_t i = 0; rc == EP_OK && i < n; i++) {
        if (snprintf(path, sizeof(path), "%s/%s", parent, names[i])
            >= (int) sizeof(path))
        {
            return ep_err_set(err, EP_EINVAL, "path-too-long",
                              "path is too long: %s", parent);
        }
        rc = make_dir(path, err);
    }
    return rc;
}


static ep_rc_t
migrate_locked(const char *path, int *from, int *to, ep_err_t *err)
{
    sqlite3 *db;
    /* SQLite gives -wal and -shm the mode of the database. */
    ep_rc_t rc = ep_shared_make(path, err);

    if (rc == EP_OK) {
        rc = ep_db_open(path, EP_OPEN_WRITE, &db, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = apply_all(db, path, from, to, err);
    sqlite3_close(db);
    return rc;
}


ep_rc_t
ep_portal_make_storage(ep_config_t *cfg, ep_err_t *err)
{
    return make_dirs(ep_config_patches_dir(cfg), patch_dirs,
                     EP_ARRAY_LEN(patch_dirs), err);
}


ep_rc_t
ep_portal_migrate(ep_config_t *cfg, int *from, int *to, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int lock_fd = -1;
    char path[PATH_MAX];
    ep_rc_t rc;

    rc = make_dirs(ep_config_base_dir(cfg), base_dirs, EP_ARRAY_LEN(base_dirs),
                   err);
    if (rc == EP_OK) {
        rc = ep_portal_make_storage(cfg, err);
    }
    if (rc == EP_OK) {
        rc = ep_portal_path(cfg, "eportal.sqlite", path, err);
    }
    if (rc == EP_OK) {
        rc = ep_lock_open(cfg, &lock_fd, err);
    }
    if (rc == EP_OK) {
        rc = ep_lock_take(lock_fd, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    return migrate_locked(path, from, to, err);
}
