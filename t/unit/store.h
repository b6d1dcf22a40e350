/* What the tests of lib/store share: a portal in a directory of its own, and
 * asserts on the one error idiom. */

#ifndef T_UNIT_STORE_H
#define T_UNIT_STORE_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <eportal/feed.h>
#include <eportal/key.h>
#include <eportal/portal.h>
#include <eportal/server.h>
#include <eportal/user.h>

#include "base/file.h"
#include "store/portal_private.h"

typedef struct {
    char dir[64];
    ep_config_t *cfg;
    ep_portal_t *portal;
} store_t;

static ep_err_t err;

#define assert_ok(call)                                                        \
    do {                                                                       \
        ep_err_clear(&err);                                                    \
        if ((call) != EP_OK) {                                                 \
            fail_msg("%s: %s: %s", #call, err.code, err.msg);                  \
        }                                                                      \
    } while (0)

#define assert_refused(call, rc, word)                                         \
    do {                                                                       \
        ep_err_clear(&err);                                                    \
        assert_int_equal(call, rc);                                            \
        assert_string_equal(err.code, word);                                   \
    } while (0)


/* A directory and a configuration that names it; no database yet. */
static inline int
store_setup_bare(void **state)
{
    store_t *s = calloc(1, sizeof(*s));
    char path[128], text[128];

    snprintf(s->dir, sizeof(s->dir), "/tmp/ep-unit-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    snprintf(path, sizeof(path), "%s/config", s->dir);
    snprintf(text, sizeof(text), "BASE_DIR = '%s/data'\n", s->dir);
    assert_ok(ep_file_write(path, ep_str(text), 0600, &err));
    assert_ok(ep_config_load(path, NULL, NULL, NULL, &s->cfg, &err));
    *state = s;
    return 0;
}


static inline int
store_setup(void **state)
{
    store_t *s;

    store_setup_bare(state);
    s = *state;
    assert_ok(ep_portal_migrate(s->cfg, NULL, NULL, &err));
    assert_ok(ep_portal_open(s->cfg, EP_OPEN_WRITE, &s->portal, &err));
    return 0;
}


static inline int
store_teardown(void **state)
{
    store_t *s = *state;

    ep_portal_close(s->portal);
    ep_config_unref(s->cfg);
    ep_err_clear(&err);
    ep_tree_remove(AT_FDCWD, s->dir, &err);
    free(s);
    return err.rc;
}


static inline void
begin(store_t *s)
{
    assert_ok(ep_portal_write_begin(s->portal, false, &err));
}


static inline void
commit(store_t *s)
{
    assert_ok(ep_portal_write_commit(s->portal, &err));
}


/* In a transaction of the caller. */
static inline void
add_key(store_t *s, const char *name, const char *feed, int64_t limit)
{
    ep_key_t key = { .server_limit = limit, .default_products = true };

    ep_str_copy(ep_str(name), key.key, sizeof(key.key));
    ep_str_copy(ep_str(feed), key.feed, sizeof(key.feed));
    assert_ok(ep_key_add(s->portal, &key, &err));
}


static inline void
add_feed(store_t *s, const char *name)
{
    ep_feed_t feed = { .channel = "default" };

    ep_str_copy(ep_str(name), feed.name, sizeof(feed.name));
    assert_ok(ep_feed_add(s->portal, &feed, &err));
}


/* In a transaction of the caller: a server with this id. */
static inline void
add_server(store_t *s, const char *key, const char *id)
{
    static const ep_addr_t ip = { 4, { 10, 0, 0, 1 } };
    char out[EP_SERVER_ID_MAX + 1];

    assert_ok(ep_server_register(s->portal, ep_str(key), ep_str(id),
                                 EP_STR_NULL, &ip, out, &err));
    assert_string_equal(out, id);
}


static inline bool
has_key(ep_portal_t *portal, const char *name)
{
    ep_key_t key;

    return ep_key_find(portal, ep_str(name), &key, NULL) == EP_OK;
}


/* A process that must end well. */
static inline void
await(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#endif
