/* How writers wait for the write lock, and a database that is replaced while
 * it is open: eportal/portal.h. */

#include "store.h"

#include <sys/file.h>


static int
open_lock(store_t *s)
{
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "%s/data/write.lock", s->dir);
    fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}


static bool hurrying;


static bool
hurry(void)
{
    return hurrying;
}


static void
waiting_has_an_end(void **state)
{
    store_t *s = *state;
    EP_CLEANUP(ep_closep) int lock = open_lock(s);

    ep_portal_set_patience(s->portal, 200, hurry);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(flock(lock, LOCK_EX), 0);
        assert_refused(ep_portal_write_begin(s->portal, true, &err), EP_EBUSY,
                       "database-busy");
        flock(lock, LOCK_UN);
        /* those who have gone let the next ones by */
        while (ep_portal_write_begin(s->portal, true, &err) != EP_OK) {
            assert_string_equal(err.code, "database-busy");
        }
        assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), -1);
        assert_ok(ep_portal_write_commit(s->portal, &err));
    }
    assert_int_equal(flock(lock, LOCK_EX), 0);
    hurrying = true;
    ep_portal_set_patience(s->portal, 3600 * 1000, hurry);
    assert_refused(ep_portal_write_begin(s->portal, true, &err), EP_EBUSY,
                   "database-busy");
    hurrying = false;
}


static void
waiting_in_line_gets_the_lock(void **state)
{
    store_t *s = *state;
    EP_CLEANUP(ep_closep) int lock = -1;
    int says[2];
    pid_t pid;
    char c = 'x';

    assert_int_equal(pipe(says), 0);
    pid = fork();
    if (pid == 0) {
        lock = open_lock(s);
        if (flock(lock, LOCK_EX) != 0 || write(says[1], &c, 1) != 1) {
            _exit(1);
        }
        usleep(300 * 1000);
        _exit(0);
    }
    assert_int_equal(read(says[0], &c, 1), 1);
    ep_portal_set_patience(s->portal, 3600 * 1000, NULL);
    lock = open_lock(s);
    for (int i = 0; i < 3; i++) {
        assert_ok(ep_portal_write_begin(s->portal, true, &err));
        assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), -1);
        assert_ok(ep_portal_write_commit(s->portal, &err));
        assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
        flock(lock, LOCK_UN);
    }
    await(pid);
    close(says[0]);
    close(says[1]);
}


static void
replaced_database_takes_no_writes(void **state)
{
    store_t *s = *state;
    char path[128], old[140];

    assert_false(ep_portal_replaced(s->portal));
    snprintf(path, sizeof(path), "%s/data/eportal.sqlite", s->dir);
    snprintf(old, sizeof(old), "%s.old", path);
    assert_int_equal(rename(path, old), 0);
    assert_true(ep_portal_replaced(s->portal));
    assert_ok(ep_portal_migrate(s->cfg, NULL, NULL, &err));
    assert_true(ep_portal_replaced(s->portal));
    assert_refused(ep_portal_write_begin(s->portal, true, &err), EP_EBUSY,
                   "database-replaced");
    ep_portal_close(s->portal);
    assert_ok(ep_portal_open(s->cfg, EP_OPEN_WRITE, &s->portal, &err));
    assert_false(ep_portal_replaced(s->portal));
    assert_ok(ep_portal_write_begin(s->portal, true, &err));
    assert_ok(ep_portal_write_commit(s->portal, &err));
}


#define OPEN store_setup, store_teardown, NULL


int
main(void)
{
    const struct CMUnitTest tests[] = {
        { "waiting for the lock has an end", waiting_has_an_end, OPEN },
        { "who waits in line gets the lock", waiting_in_line_gets_the_lock,
          OPEN },
        { "a database that was replaced takes no writes",
          replaced_database_takes_no_writes, OPEN },
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
