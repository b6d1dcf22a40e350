/* kc.eportal routes: what the HTTP interface answers to. */

#include <stdio.h>

#include <eportal/http.h>

#include "cli.h"

static const column_t columns[] = { { "METHODS", "methods", COLUMN_TEXT },
                                    { "PATH", "path", COLUMN_TEXT },
                                    { "WHO", "auth", COLUMN_TEXT },
                                    { "RUNS", "exec", COLUMN_TEXT },
                                    { "NAME", "name", COLUMN_TEXT } };


/* "GET,HEAD" of a mask. */
static void
format_methods(unsigned methods, char *out, size_t size)
{
    static const struct {
        ep_method_t method;
        const char *name;
    } names[] = { { EP_GET, "GET" },       { EP_HEAD, "HEAD" },
                  { EP_POST, "POST" },     { EP_PUT, "PUT" },
                  { EP_DELETE, "DELETE" }, { EP_OPTIONS, "OPTIONS" },
                  { EP_PATCH, "PATCH" },   { EP_METHOD_OTHER, "other" } };
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = 0; i < EP_ARRAY_LEN(names) && n < size; i++) {
        if (methods & names[i].method) {
            n += (size_t) snprintf(out + n, size - n, "%s%s", n > 0 ? "," : "",
                                   names[i].name);
        }
    }
}


static void
add_route(const ep_route_info_t *route, table_t *table)
{
    static const char *const places[] = { [EP_EXEC_LOOP] = "loop",
                                          [EP_EXEC_READ] = "read",
                                          [EP_EXEC_TASK] = "task",
                                          [EP_EXEC_COMMIT] = "commit" };
    char methods[64];

    format_methods(route->methods, methods, sizeof(methods));
    table_row(table);
    table_text(table, ep_str(methods));
    table_text(table, ep_str(route->pattern));
    table_text(table, ep_str(route->auth));
    table_text(table, ep_str(places[route->exec]));
    table_text(table, ep_str(route->name));
}


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_route_info_t route;
    table_t *table;
    ep_rc_t rc;

    table = table_new("routes", columns, EP_ARRAY_LEN(columns), cli->json);
    if (table == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    for (size_t i = 0; i < ep_route_count(); i++) {
        route = ep_route_info(i);
        add_route(&route, table);
    }
    rc = table_print(table, err);
    table_free(table);
    return rc;
}


const spec_t routes_spec = {
    .summary = "list what the HTTP interface answers to",
    .description = "list what the HTTP interface answers to: methods, path, "
                   "who may call it, where it runs",
    .lists = true,
    .run = run,
};
