/* Opening, migrating, locking and transactions: eportal/portal.h. */

#include "store.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>


static void
raw(ep_portal_t *portal, const char *sql)
{
    assert_int_equal(sqlite3_exec(portal->db, sql, NULL, NULL, NULL),
                     SQLITE_OK);
}


static void
opening_never_creates(void **state)
{
    store_t *s = *state;
    struct stat st;
    char path[128];

    assert_refused(ep_portal_open(s->cfg, EP_OPEN_WRITE, &s->portal, &err),
                   EP_ENOTFOUND, "no-database");
    assert_null(s->portal);
    snprintf(path, sizeof(path), "%s/data", s->dir);
    assert_int_equal(stat(path, &st), -1);
}


static void
migrating_twice_changes_nothing(void **state)
{
    store_t *s = *state;
    int from = -1, to = -1, again = -1;

    assert_ok(ep_portal_migrate(s->cfg, &from, &to, &err));
    assert_int_equal(from, 0);
    assert_true(to > 0);
    assert_ok(ep_portal_migrate(s->cfg, &from, &again, &err));
    assert_int_equal(from, to);
    assert_int_equal(again, to);
}


static void
data_is_for_the_group(void **state)
{
    static const char *const names[] = { "data/eportal.sqlite",
                                         "data/write.lock", "data", "data/arch",
                                         "data/resources" };
    store_t *s = *state;
    mode_t old = umask(0077);
    struct stat st;
    char path[128];

    assert_ok(ep_portal_migrate(s->cfg, NULL, NULL, &err));
    umask(old);
    for (size_t i = 0; i < EP_ARRAY_LEN(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", s->dir, names[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777,
                         S_ISDIR(st.st_mode) ? 02775 : 0660);
    }
}


static void
data_directory_may_be_a_link(void **state)
{
    store_t *s = *state;
    char link[128], real[128], database[160], moved[160];

    snprintf(link, sizeof(link), "%s/data", s->dir);
    snprintf(real, sizeof(real), "%s/disk", s->dir);
    assert_int_equal(mkdir(real, 0700), 0);
    assert_int_equal(symlink(real, link), 0);
    assert_ok(ep_portal_migrate(s->cfg, NULL, NULL, &err));
    assert_ok(ep_portal_open(s->cfg, 0, &s->portal, &err));
    ep_portal_close(s->portal);
    s->portal = NULL;

    snprintf(database, sizeof(database), "%s/eportal.sqlite", real);
    snprintf(moved, sizeof(moved), "%s/elsewhere", s->dir);
    assert_int_equal(rename(database, moved), 0);
    assert_int_equal(symlink(moved, database), 0);
    assert_refused(ep_portal_open(s->cfg, 0, &s->portal, &err), EP_ENOTFOUND,
                   "no-database");
}


static void
newer_database_is_left_alone(void **state)
{
    store_t *s = *state;
    ep_portal_t *other = NULL;
    int from = -1, to = -1;

    raw(s->portal, "UPDATE schema_version SET number = number + 100");
    assert_refused(ep_portal_open(s->cfg, 0, &other, &err), EP_EBUSY,
                   "schema-newer");
    assert_null(other);
    assert_refused(ep_portal_migrate(s->cfg, &from, &to, &err), EP_EBUSY,
                   "schema-newer");
    assert_int_equal(from, -1);
    assert_int_equal(to, -1);
}


static void
older_database_must_be_migrated(void **state)
{
    store_t *s = *state;
    ep_portal_t *other = NULL;

    raw(s->portal, "DELETE FROM schema_version");
    assert_refused(ep_portal_open(s->cfg, EP_OPEN_WRITE, &other, &err),
                   EP_EBUSY, "schema-older");
    assert_refused(
        ep_portal_open(s->cfg, EP_OPEN_WRITE | EP_OPEN_CREATE, &other, &err),
        EP_EBUSY, "schema-older");
    assert_null(other);
}


static void
failed_migration_leaves_nothing(void **state)
{
    store_t *s = *state;
    int number = -1;

    /* Its tables are there, its record is not: it fails half-way. */
    raw(s->portal, "DELETE FROM schema_version; DROP TABLE feed");
    assert_int_equal(ep_portal_migrate(s->cfg, NULL, NULL, NULL), EP_EDB);
    assert_ok(ep_schema_number(s->portal->db, &number, &err));
    assert_int_equal(number, 0);
    assert_int_equal(
        sqlite3_exec(s->portal->db, "SELECT 1 FROM feed", NULL, NULL, NULL),
        SQLITE_ERROR);
}


static void
garbage_is_no_database(void **state)
{
    store_t *s = *state;
    char path[128], text[4096];

    assert_ok(ep_portal_migrate(s->cfg, NULL, NULL, &err));
    memset(text, 'x', sizeof(text));
    snprintf(path, sizeof(path), "%s/data/eportal.sqlite", s->dir);
    assert_ok(
        ep_file_write(path, (ep_str_t){ text, sizeof(text) }, 0600, &err));
    assert_refused(ep_portal_open(s->cfg, 0, &s->portal, &err), EP_EDB,
                   "database");
    assert_null(s->portal);
}


/* A process that takes the lock, says so, and commits when it is told. */
static pid_t
writer(store_t *s, const char *key, int told, int says)
{
    pid_t pid = fork();
    char c = 'x';

    if (pid != 0) {
        return pid;
    }
    assert_ok(ep_portal_open(s->cfg, EP_OPEN_WRITE, &s->portal, &err));
    begin(s);
    add_key(s, key, NULL, 0);
    if (says >= 0 && (write(says, &c, 1) != 1 || read(told, &c, 1) != 1)) {
        _exit(1);
    }
    commit(s);
    _exit(0);
}


static void
writers_queue_on_the_lock(void **state)
{
    store_t *s = *state;
    EP_CLEANUP(ep_closep) int lock = -1;
    int told[2], says[2];
    pid_t first, second;
    char path[128], c;

    ep_portal_close(s->portal);
    s->portal = NULL;
    assert_int_equal(pipe(told), 0);
    assert_int_equal(pipe(says), 0);
    first = writer(s, "first", told[0], says[1]);
    assert_int_equal(read(says[0], &c, 1), 1);
    second = writer(s, "second", -1, -1);

    snprintf(path, sizeof(path), "%s/data/write.lock", s->dir);
    lock = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), -1);
    assert_int_equal(waitpid(second, NULL, WNOHANG), 0);
    assert_int_equal(write(told[1], "x", 1), 1);
    await(first);
    await(second);
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);

    assert_ok(ep_portal_open(s->cfg, 0, &s->portal, &err));
    assert_true(has_key(s->portal, "first"));
    assert_true(has_key(s->portal, "second"));
    for (int i = 0; i < 2; i++) {
        close(told[i]);
        close(says[i]);
    }
}


/* Read, add one, write: what a lost update would show. */
static void
count_up(store_t *s, int times)
{
    ep_key_t key;

    assert_ok(ep_portal_open(s->cfg, EP_OPEN_WRITE, &s->portal, &err));
    for (int i = 0; i < times; i++) {
        begin(s);
        assert_ok(ep_key_find(s->portal, EP_STR("k"), &key, &err));
        key.server_limit++;
        assert_ok(ep_key_change(s->portal, EP_STR("k"), EP_KEY_SET_LIMIT, &key,
                                &err));
        commit(s);
    }
}


static void
no_update_is_lost(void **state)
{
    store_t *s = *state;
    pid_t pids[4];
    ep_key_t key;

    begin(s);
    add_key(s, "k", NULL, 0);
    commit(s);
    ep_portal_close(s->portal);
    s->portal = NULL;
    for (size_t i = 0; i < EP_ARRAY_LEN(pids); i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            count_up(s, 25);
            _exit(0);
        }
    }
    for (size_t i = 0; i < EP_ARRAY_LEN(pids); i++) {
        await(pids[i]);
    }
    assert_ok(ep_portal_open(s->cfg, EP_OPEN_WRITE, &s->portal, &err));
    assert_ok(ep_key_find(s->portal, EP_STR("k"), &key, &err));
    assert_int_equal(key.server_limit, 100);
}


static void
rollback_undoes(void **state)
{
    store_t *s = *state;

    begin(s);
    add_key(s, "gone", NULL, 0);
    ep_portal_write_rollback(s->portal);
    assert_false(has_key(s->portal, "gone"));
    begin(s);
    add_key(s, "kept", NULL, 0);
    commit(s);
    assert_true(has_key(s->portal, "kept"));
    /* Closing rolls back too. */
    begin(s);
    add_key(s, "forgotten", NULL, 0);
    ep_portal_close(s->portal);
    s->portal = NULL;
    assert_ok(ep_portal_open(s->cfg, 0, &s->portal, &err));
    assert_false(has_key(s->portal, "forgotten"));
}


static void
job_that_fails_spares_its_neighbours(void **state)
{
    store_t *s = *state;

    begin(s);
    assert_ok(ep_portal_savepoint(s->portal, &err));
    add_key(s, "one", NULL, 0);
    assert_ok(ep_portal_savepoint_release(s->portal, &err));

    assert_ok(ep_portal_savepoint(s->portal, &err));
    add_key(s, "two", NULL, 0);
    add_feed(s, "two");
    ep_portal_savepoint_rollback(s->portal);

    assert_ok(ep_portal_savepoint(s->portal, &err));
    add_key(s, "three", NULL, 0);
    assert_ok(ep_portal_savepoint_release(s->portal, &err));
    commit(s);
    assert_true(has_key(s->portal, "one"));
    assert_false(has_key(s->portal, "two"));
    assert_true(has_key(s->portal, "three"));
    assert_refused(ep_portal_savepoint(s->portal, &err), EP_EINTERNAL,
                   "no-transaction");
}


static void
reader_cannot_write(void **state)
{
    store_t *s = *state;
    ep_portal_t *reader = NULL;
    ep_feed_t feed;

    assert_ok(ep_portal_open(s->cfg, EP_OPEN_NOWAIT, &reader, &err));
    assert_ok(ep_feed_find(reader, EP_STR("main"), &feed, &err));
    assert_refused(ep_portal_write_begin(reader, false, &err), EP_EINTERNAL,
                   "bad-transaction");
    assert_refused(ep_db_exec(reader->db, "DELETE FROM feed", &err), EP_EDB,
                   "database");
    ep_portal_close(reader);
    assert_refused(ep_user_delete(s->portal, EP_STR("x"), &err), EP_EINTERNAL,
                   "no-transaction");
}


static void
reader_sees_one_state(void **state)
{
    store_t *s = *state;
    ep_portal_t *reader = NULL;

    assert_ok(ep_portal_open(s->cfg, 0, &reader, &err));
    assert_ok(ep_portal_read_begin(reader, &err));
    assert_false(has_key(reader, "new"));
    begin(s);
    add_key(s, "new", NULL, 0);
    commit(s);
    assert_false(has_key(reader, "new"));
    /* One inside of another changes nothing for the outer one. */
    assert_refused(ep_portal_read_begin(reader, &err), EP_EINTERNAL,
                   "bad-transaction");
    assert_false(has_key(reader, "new"));
    ep_portal_read_end(reader);
    assert_true(has_key(reader, "new"));
    ep_portal_read_end(reader);
    ep_portal_close(reader);

    assert_ok(ep_portal_read_begin(s->portal, &err));
    assert_refused(ep_portal_write_begin(s->portal, true, &err), EP_EINTERNAL,
                   "bad-transaction");
    ep_portal_read_end(s->portal);
}


static void
lock_of_a_stranger_is_busy(void **state)
{
    store_t *s = *state;
    ep_portal_t *other = NULL;

    assert_ok(
        ep_portal_open(s->cfg, EP_OPEN_WRITE | EP_OPEN_NOWAIT, &other, &err));
    raw(s->portal, "BEGIN IMMEDIATE");
    assert_refused(ep_portal_write_begin(other, false, &err), EP_EBUSY,
                   "database-busy");
    raw(s->portal, "ROLLBACK");
    assert_ok(ep_portal_write_begin(other, false, &err));
    assert_ok(ep_portal_write_commit(other, &err));
    ep_portal_close(other);
}


static void
lost_transaction_takes_no_more_writes(void **state)
{
    store_t *s = *state;
    ep_key_t key = { .key = "late" };

    begin(s);
    add_key(s, "early", NULL, 0);
    raw(s->portal, "ROLLBACK"); /* as SQLite may after an I/O error */
    assert_refused(ep_key_add(s->portal, &key, &err), EP_EDB,
                   "transaction-lost");
    assert_refused(ep_portal_savepoint(s->portal, &err), EP_EDB,
                   "transaction-lost");
    ep_portal_savepoint_rollback(s->portal);
    assert_refused(ep_portal_write_commit(s->portal, &err), EP_EDB,
                   "transaction-lost");
    assert_false(has_key(s->portal, "early"));
    begin(s);
    add_key(s, "next", NULL, 0);
    commit(s);
    assert_true(has_key(s->portal, "next"));
}


/* Add keys with long notes until that fails; how it failed. */
static ep_rc_t
fill(store_t *s)
{
    ep_key_t key = { .has_note = true };
    ep_rc_t rc = EP_OK;

    memset(key.note, 'n', EP_NOTE_MAX);
    ep_err_clear(&err);
    for (int i = 0; rc == EP_OK && i < 10000; i++) {
        key.key[0] = '\0';
        rc = ep_key_add(s->portal, &key, &err);
    }
    return rc;
}


static ep_rc_t
count(const ep_key_t *key, void *ctx, ep_err_t *unused)
{
    ++*(int *) ctx;
    return EP_OK;
}


static void
full_database_is_busy_and_recovers(void **state)
{
    store_t *s = *state;
    int keys = 0;

    raw(s->portal, "PRAGMA max_page_count = 100");
    begin(s);
    assert_int_equal(fill(s), EP_EBUSY);
    assert_string_equal(err.code, "disk-full");
    ep_portal_write_rollback(s->portal);
    assert_ok(ep_key_list(s->portal, count, &keys, &err));
    assert_int_equal(keys, 0);
    raw(s->portal, "PRAGMA max_page_count = 1000000");
    begin(s);
    add_key(s, "after", NULL, 0);
    commit(s);
}


static void
full_disk_is_busy_and_recovers(void **state)
{
    store_t *s = *state;
    struct rlimit old, limit;
    int keys = 0;
    ep_rc_t rc;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = old;
    limit.rlim_cur = 400000;
    signal(SIGXFSZ, SIG_IGN);
    begin(s);
    add_key(s, "before", NULL, 0);
    commit(s);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    begin(s);
    rc = fill(s);
    ep_err_clear(&err);
    if (rc == EP_OK) {
        rc = ep_portal_write_commit(s->portal, &err);
    } else {
        ep_portal_write_rollback(s->portal);
    }
    assert_int_equal(rc, EP_EBUSY);
    assert_ok(ep_key_list(s->portal, count, &keys, &err));
    assert_int_equal(keys, 1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    begin(s);
    add_key(s, "after", NULL, 0);
    commit(s);
    assert_true(has_key(s->portal, "after"));
}


static void
commit_that_fails_rolls_back(void **state)
{
    store_t *s = *state;
    struct rlimit old, limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = old;
    limit.rlim_cur = 1;
    signal(SIGXFSZ, SIG_IGN);
    begin(s);
    add_key(s, "lost", NULL, 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_refused(ep_portal_write_commit(s->portal, &err), EP_EBUSY,
                   "disk-full");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_false(has_key(s->portal, "lost"));
    begin(s);
    add_key(s, "after", NULL, 0);
    commit(s);
    assert_true(has_key(s->portal, "after"));
}


static ep_rc_t
list_again(const ep_key_t *key, void *ctx, ep_err_t *inner)
{
    int keys = 0;

    return ep_key_list(ctx, count, &keys, inner);
}


static void
statement_is_not_shared(void **state)
{
    store_t *s = *state;
    int keys = 0;

    begin(s);
    add_key(s, "k", NULL, 0);
    commit(s);
    assert_refused(ep_key_list(s->portal, list_again, s->portal, &err),
                   EP_EINTERNAL, "statement-in-use");
    assert_ok(ep_key_list(s->portal, count, &keys, &err));
    assert_int_equal(keys, 1);
}


static void
remember_line(void *ctx, ep_log_level_t level, const char *logger,
              const char *line)
{
    snprintf(ctx, 64, "%d %s %s", (int) level, logger, line);
}


static void
log_lines_are_one_line(void **state)
{
    store_t *s = *state;
    char line[64] = "";

    ep_portal_log(s->portal, EP_LOG_INFO, "t", "nobody listens");
    ep_portal_set_log(s->portal, remember_line, line);
    ep_portal_log(s->portal, EP_LOG_INFO, "t", "a\nb%s", "\033");
    assert_non_null(strstr(line, "t a?b?"));
}


static void
clock_can_be_shifted(void **state)
{
    store_t *s = *state;
    int64_t before = ep_portal_now(s->portal);

    ep_portal_set_clock(s->portal, (int64_t) 3600 * 1000000);
    assert_true(ep_portal_now(s->portal) - before >= (int64_t) 3600 * 1000000);
}


#define BARE store_setup_bare, store_teardown, NULL
#define OPEN store_setup, store_teardown, NULL

int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "opening never creates a database", opening_never_creates, BARE },
        { "migrating twice changes nothing", migrating_twice_changes_nothing,
          BARE },
        { "the data directory is for its group, whatever the umask",
          data_is_for_the_group, BARE },
        { "the data directory may be a link, the database may not",
          data_directory_may_be_a_link, BARE },
        { "a newer database is refused and left alone",
          newer_database_is_left_alone, OPEN },
        { "an older database must be migrated first",
          older_database_must_be_migrated, OPEN },
        { "a migration that fails leaves nothing behind",
          failed_migration_leaves_nothing, OPEN },
        { "a file that is no database is an error", garbage_is_no_database,
          BARE },
        { "writers of two processes queue on the lock",
          writers_queue_on_the_lock, OPEN },
        { "four processes lose no update", no_update_is_lost, OPEN },
        { "a rollback undoes everything", rollback_undoes, OPEN },
        { "a job that fails spares its neighbours",
          job_that_fails_spares_its_neighbours, OPEN },
        { "a read-only connection cannot write", reader_cannot_write, OPEN },
        { "a read transaction sees one state", reader_sees_one_state, OPEN },
        { "a database that a stranger locked is busy",
          lock_of_a_stranger_is_busy, OPEN },
        { "a transaction that was lost takes no more writes",
          lost_transaction_takes_no_more_writes, OPEN },
        { "a full database is busy and recovers",
          full_database_is_busy_and_recovers, OPEN },
        { "a full disk is busy and recovers", full_disk_is_busy_and_recovers,
          OPEN },
        { "a commit that fails rolls back", commit_that_fails_rolls_back,
          OPEN },
        { "a statement is not used twice at once", statement_is_not_shared,
          OPEN },
        { "a log line is one line", log_lines_are_one_line, OPEN },
        { "tests can shift the clock", clock_can_be_shifted, OPEN },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
