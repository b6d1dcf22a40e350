/*
 * Fuzz target: whole requests against a database with a server, a key and a
 * patchset. An input is readable: the request line's method and target, then
 * headers the application reads, an empty line, the body; lines end in \n.
 * The target is taken as nginx gives it, decoded.
 *
 * Whatever the bytes are: there is a status that we know, JSON where JSON is
 * promised, no line breaks in headers, and a file is below our trees.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <json-c/json.h>

#include <eportal/feed.h>
#include <eportal/http.h>
#include <eportal/key.h>

#include "base/file.h"
#include "store/patchset.h"

#define KERNEL "9b9a8aa84cb0f9f9aea6eb70a7693b49b2e6849f"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[] = "/tmp/eportal-fuzz-XXXXXX";
static ep_portal_t *portal;


static void
must(bool promise)
{
    if (!promise) {
        abort();
    }
}


static void
clean_up(void)
{
    ep_portal_close(portal);
    ep_tree_remove(AT_FDCWD, dir, NULL);
}


static void
add_patchset(void)
{
    ep_patchset_facts_t facts = { .archive = "x",
                                  .sha256 = (uint8_t[EP_SHA256_SIZE]){ 0 } };
    ep_patchset_name_t name;
    uint8_t object[EP_OBJECT_SIZE];
    int64_t id, object_id;

    must(ep_patchset_parse(EP_STR("K20210101_01"), &name, NULL) == EP_OK);
    must(ep_unhex(EP_STR(KERNEL), object, sizeof(object)));
    must(ep_patchset_add(portal, &name, &id, NULL) == EP_OK);
    must(ep_object_id(portal, false, object, &object_id, NULL) == EP_OK);
    must(ep_level_add(portal, id, name.order, object_id, 1, NULL) == EP_OK);
    must(ep_patchset_publish(portal, id, &facts, NULL) == EP_OK);
    must(ep_patchset_manage(portal, EP_PRODUCT_KERNEL, EP_STR("K20210101_01"),
                            EP_STR(EP_FEED_MAIN), EP_ACTION_ENABLE, NULL, NULL)
         == EP_OK);
}


static void
open_portal(void)
{
    ep_key_t key = { .key = "key", .default_products = true };
    char id[EP_SERVER_ID_MAX + 1], path[64], text[96];
    ep_addr_t ip = { 4, { 10, 0, 0, 1 } };
    ep_config_t *cfg;

    must(mkdtemp(dir) != NULL);
    snprintf(path, sizeof(path), "%s/config.py", dir);
    snprintf(text, sizeof(text), "BASE_DIR = '%s'\n", dir);
    must(ep_file_write(path, ep_str(text), 0600, NULL) == EP_OK);
    must(ep_config_load(path, NULL, NULL, NULL, &cfg, NULL) == EP_OK);
    must(ep_portal_open(cfg, EP_OPEN_WRITE | EP_OPEN_CREATE, &portal, NULL)
         == EP_OK);
    ep_config_unref(cfg);
    atexit(clean_up);
    must(ep_portal_write_begin(portal, false, NULL) == EP_OK);
    must(ep_key_add(portal, &key, NULL) == EP_OK);
    must(ep_server_register(portal, EP_STR("key"), EP_STR("host1"), EP_STR("h"),
                            &ip, id, NULL)
         == EP_OK);
    add_patchset();
    must(ep_portal_write_commit(portal, NULL) == EP_OK);
}


static ep_method_t
find_method(ep_str_t name)
{
    static const char *const names[] = { "GET",    "HEAD",    "POST", "PUT",
                                         "DELETE", "OPTIONS", "PATCH" };

    for (size_t i = 0; i < EP_ARRAY_LEN(names); i++) {
        if (ep_str_eq(name, ep_str(names[i]))) {
            return (ep_method_t) (1 << i);
        }
    }
    return EP_METHOD_OTHER;
}


static void
read_request(ep_str_t text, ep_http_request_t *request)
{
    ep_str_t line, method, target, name, value;

    ep_str_cut(text, '\n', &line, &text);
    ep_str_cut(line, ' ', &method, &target);
    request->method = find_method(method);
    ep_str_cut(target, '?', &request->path, &request->query);
    while (ep_str_cut(text, '\n', &line, &text) && line.n > 0) {
        ep_str_cut(line, ':', &name, &value);
        for (int i = 0; i < EP_HEADER_COUNT; i++) {
            if (ep_str_eq_nocase(name, ep_str(ep_header_names[i]))) {
                request->headers[i] = ep_str_trim(value);
            }
        }
    }
    request->body = text;
    request->peer = (ep_addr_t){ 4, { 127, 0, 0, 1 } };
}


static void
check_response(const ep_http_response_t *response, ep_arena_t *arena)
{
    must(response->status >= 200 && response->status < 600
         && response->status != 500);
    for (size_t i = 0; i < response->header_count; i++) {
        must(ep_str_is_text(response->headers[i].value, false));
    }
    if (response->file.n > 0) {
        must(ep_str_starts(response->file, EP_STR("resources/" KERNEL "/")));
        must(memmem(response->file.p, response->file.n, "/.", 2) == NULL);
        must(ep_str_is_text(response->file, false));
        return;
    }
    must(response->content_type != NULL);
    if (strcmp(response->content_type, "application/json") == 0) {
        json_object *json =
            json_tokener_parse(ep_arena_strdup(arena, response->body));

        must(json != NULL);
        json_object_put(json);
    } else {
        must(ep_str_is_text(response->body, true));
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ep_http_request_t request = { 0 };
    ep_http_response_t response;
    ep_http_plan_t plan;
    ep_arena_t *arena = ep_arena_new();
    bool commit;

    if (portal == NULL) {
        open_portal();
    }
    read_request((ep_str_t){ (const char *) data, size }, &request);
    ep_http_plan(&request, &plan);
    if (plan.exec == EP_EXEC_COMMIT) {
        must(ep_portal_write_begin(portal, false, NULL) == EP_OK);
    }
    ep_http_run(portal, &request, arena, &response, &commit);
    check_response(&response, arena);
    if (plan.exec == EP_EXEC_COMMIT) {
        ep_portal_write_rollback(portal);
    }
    ep_arena_free(arena);
    return 0;
}
