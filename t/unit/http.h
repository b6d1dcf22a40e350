/* What the tests of the HTTP application share: a portal on a database of
 * its own, and one request in, one response out. */

#ifndef EP_TEST_HTTP_H
#define EP_TEST_HTTP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

#include <cmocka.h>

#include <eportal/feed.h>
#include <eportal/http.h>
#include <eportal/key.h>
#include <eportal/patchset.h>

#include "base/file.h"
#include "store/patchset.h"

#define KERNEL_A "9b9a8aa84cb0f9f9aea6eb70a7693b49b2e6849f"
#define KERNEL_B "00000000000000000000000000000000000000bb"
#define BUILD_ID "1111111111111111111111111111111111111111"

typedef struct {
    char dir[64];
    ep_config_t *cfg;
    ep_portal_t *portal;
    ep_arena_t *arena;
    ep_http_response_t response;
} fixture_t;


/* Settings are lines of a configuration file besides BASE_DIR's. */
static inline void
fixture_configure(fixture_t *f, const char *settings)
{
    char path[96], text[512];
    ep_err_t err = { 0 };

    snprintf(path, sizeof(path), "%s/config.py", f->dir);
    snprintf(text, sizeof(text), "BASE_DIR = '%s'\n%s", f->dir, settings);
    assert_int_equal(ep_file_write(path, ep_str(text), 0600, &err), EP_OK);
    ep_config_unref(f->cfg);
    if (ep_config_load(path, NULL, NULL, NULL, &f->cfg, &err) != EP_OK) {
        fail_msg("%s", err.msg);
    }
    if (f->portal != NULL) {
        ep_portal_set_config(f->portal, f->cfg);
    }
}


static inline int
fixture_setup(void **state)
{
    fixture_t *f = calloc(1, sizeof(*f));
    ep_err_t err = { 0 };

    snprintf(f->dir, sizeof(f->dir), "/tmp/eportal-unit-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    fixture_configure(f, "");
    if (ep_portal_open(f->cfg, EP_OPEN_WRITE | EP_OPEN_CREATE, &f->portal, &err)
        != EP_OK)
    {
        fail_msg("%s", err.msg);
    }
    f->arena = ep_arena_new();
    *state = f;
    return 0;
}


static inline int
fixture_teardown(void **state)
{
    fixture_t *f = *state;
    ep_err_t err = { 0 };
    int fd = open("/tmp", O_RDONLY | O_DIRECTORY);

    ep_arena_free(f->arena);
    ep_portal_close(f->portal);
    ep_config_unref(f->cfg);
    assert_int_equal(ep_tree_remove(fd, f->dir + strlen("/tmp/"), &err), EP_OK);
    close(fd);
    free(f);
    return 0;
}


static inline void
fixture_begin(fixture_t *f)
{
    assert_int_equal(ep_portal_write_begin(f->portal, false, NULL), EP_OK);
}


static inline void
fixture_commit(fixture_t *f)
{
    assert_int_equal(ep_portal_write_commit(f->portal, NULL), EP_OK);
}


/* A key; feed NULL: main. limit 0: none. products 0: the default ones. */
static inline void
add_key(fixture_t *f, const char *name, const char *feed, int64_t limit,
        unsigned products)
{
    ep_key_t key = { .server_limit = limit,
                     .products = products,
                     .default_products = products == 0 };
    ep_err_t err = { 0 };

    snprintf(key.key, sizeof(key.key), "%s", name);
    snprintf(key.feed, sizeof(key.feed), "%s", feed ? feed : EP_FEED_MAIN);
    fixture_begin(f);
    if (ep_key_add(f->portal, &key, &err) != EP_OK) {
        fail_msg("%s", err.msg);
    }
    fixture_commit(f);
}


static inline void
add_feed(fixture_t *f, const char *name)
{
    ep_feed_t feed = { .channel = "default" };

    snprintf(feed.name, sizeof(feed.name), "%s", name);
    fixture_begin(f);
    assert_int_equal(ep_feed_add(f->portal, &feed, NULL), EP_OK);
    fixture_commit(f);
}


static inline void
add_server(fixture_t *f, const char *key, const char *id, const char *hostname)
{
    ep_addr_t ip = { 4, { 10, 0, 0, 9 } };
    char out[EP_SERVER_ID_MAX + 1];

    fixture_begin(f);
    assert_int_equal(ep_server_register(f->portal, ep_str(key), ep_str(id),
                                        ep_str(hostname), &ip, out, NULL),
                     EP_OK);
    fixture_commit(f);
    assert_string_equal(out, id);
}


/* A published patchset with one level of one object, in no feed yet. */
static inline void
add_level(fixture_t *f, const char *name, const char *object, int64_t level)
{
    ep_patchset_facts_t facts = { .archive = "archive",
                                  .sha256 =
                                      (const uint8_t[EP_SHA256_SIZE]){ 0 },
                                  .distros = EP_STR("centos7"),
                                  .objects = 1 };
    uint8_t bytes[EP_OBJECT_SIZE];
    ep_patchset_name_t parsed;
    int64_t id, object_id;

    assert_int_equal(ep_patchset_parse(ep_str(name), &parsed, NULL), EP_OK);
    assert_true(ep_unhex(ep_str(object), bytes, sizeof(bytes)));
    fixture_begin(f);
    assert_int_equal(ep_patchset_add(f->portal, &parsed, &id, NULL), EP_OK);
    assert_int_equal(ep_object_id(f->portal,
                                  parsed.product != EP_PRODUCT_KERNEL, bytes,
                                  &object_id, NULL),
                     EP_OK);
    assert_int_equal(
        ep_level_add(f->portal, id, parsed.order, object_id, level, NULL),
        EP_OK);
    assert_int_equal(ep_level_set_info(f->portal, object_id, level,
                                       EP_STR("5.4.0"), EP_STR("centos7"),
                                       NULL),
                     EP_OK);
    assert_int_equal(ep_patchset_publish(f->portal, id, &facts, NULL), EP_OK);
    fixture_commit(f);
}


static inline void
enable(fixture_t *f, const char *name, const char *feed)
{
    ep_patchset_name_t parsed;
    ep_err_t err = { 0 };

    assert_int_equal(ep_patchset_parse(ep_str(name), &parsed, NULL), EP_OK);
    fixture_begin(f);
    if (ep_patchset_manage(f->portal, parsed.product, ep_str(name),
                           ep_str(feed), EP_ACTION_ENABLE, NULL, &err)
        != EP_OK)
    {
        fail_msg("%s", err.msg);
    }
    fixture_commit(f);
}


/* Run a request as the module does: by its plan, in a transaction when it is
 * to be committed. Returns the status; the rest is in f->response. */
static inline int
run_request(fixture_t *f, ep_http_request_t *request)
{
    ep_http_plan_t plan;
    bool commit;

    if (request->peer.len == 0) {
        request->peer = (ep_addr_t){ 4, { 192, 0, 2, 7 } };
    }
    ep_http_plan(request, &plan);
    if (plan.exec == EP_EXEC_COMMIT) {
        fixture_begin(f);
        assert_int_equal(ep_portal_savepoint(f->portal, NULL), EP_OK);
    }
    ep_http_run(f->portal, request, f->arena, &f->response, &commit);
    if (plan.exec == EP_EXEC_COMMIT) {
        if (commit) {
            ep_portal_savepoint_release(f->portal, NULL);
        } else {
            ep_portal_savepoint_rollback(f->portal);
        }
        fixture_commit(f);
    } else {
        assert_false(commit);
    }
    return f->response.status;
}


/* The same for a path with its query. */
static inline ep_http_request_t
make_request(ep_method_t method, const char *target)
{
    ep_http_request_t request = { .method = method };

    ep_str_cut(ep_str(target), '?', &request.path, &request.query);
    return request;
}


static inline int
get(fixture_t *f, const char *target)
{
    ep_http_request_t request = make_request(EP_GET, target);

    return run_request(f, &request);
}


/* With "user:password" as Basic credentials, already in base64. */
static inline int
get_as(fixture_t *f, const char *target, const char *authorization)
{
    ep_http_request_t request = make_request(EP_GET, target);

    request.headers[EP_HEADER_AUTHORIZATION] = ep_str(authorization);
    return run_request(f, &request);
}


static inline int
post(fixture_t *f, const char *target, const char *type, const char *body)
{
    ep_http_request_t request = make_request(EP_POST, target);

    request.headers[EP_HEADER_CONTENT_TYPE] = ep_str(type);
    request.body = ep_str(body);
    return run_request(f, &request);
}


/* Store the check-in of the last response, as the group commit does. */
static inline void
store_checkin(fixture_t *f)
{
    ep_arena_t *arena = ep_arena_new();

    assert_true(f->response.has_checkin);
    fixture_begin(f);
    assert_int_equal(
        ep_checkin_store(f->portal, &f->response.checkin, arena, NULL, NULL),
        EP_OK);
    fixture_commit(f);
    ep_arena_free(arena);
}


/* The last response's body and file as strings of the arena. */
static inline const char *
body(fixture_t *f)
{
    return ep_arena_strdup(f->arena, f->response.body);
}


static inline const char *
file(fixture_t *f)
{
    return ep_arena_strdup(f->arena, f->response.file);
}


static inline const char *
header(fixture_t *f, const char *name)
{
    for (size_t i = 0; i < f->response.header_count; i++) {
        if (strcmp(f->response.headers[i].name, name) == 0) {
            return ep_arena_strdup(f->arena, f->response.headers[i].value);
        }
    }
    return NULL;
}

#endif
