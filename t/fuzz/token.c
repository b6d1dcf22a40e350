/*
 * Fuzz target: what agents send about themselves. The input is a query; up
 * to the first newline when there is one, the rest is then a body.
 *
 * Whatever the bytes are: an identity is a valid one, facts are clean text
 * within their bounds, unknown names are JSON of at most 4 KiB.
 */

#include <stdlib.h>

#include <json-c/json.h>

#include <eportal/agent.h>

#include "agent/token.h"

#define EXTRA_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
must(bool promise)
{
    if (!promise) {
        abort();
    }
}


static void
check_report(const ep_server_report_t *report)
{
    for (int i = 0; i < EP_FACT_COUNT; i++) {
        must(report->facts[i].n <= EP_FACT_MAX);
        must(ep_str_is_text(report->facts[i], false));
    }
    if (report->facts[EP_FACT_KERNEL_ID].n > 0) {
        must(ep_str_is_hex(report->facts[EP_FACT_KERNEL_ID], 40));
    }
    must(report->uptime >= -1 && report->level >= -1);
    must(report->extra.n <= EXTRA_MAX);
    if (report->extra.n > 0) {
        json_object *extra = json_tokener_parse(report->extra.p);

        must(json_object_is_type(extra, json_type_object));
        json_object_put(extra);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ep_str_t text = { (const char *) data, size };
    ep_checkin_t checkin = { 0 };
    ep_token_t token;
    ep_server_report_t report;
    ep_arena_t *arena = ep_arena_new();
    bool undecodable;

    ep_str_cut(text, '\n', &checkin.query, &checkin.body);
    ep_token_init(&token);
    ep_token_scan(checkin.query, &token);
    must(token.server_id[0] == '\0'
         || ep_token_is_server_id(ep_str(token.server_id)));
    must(token.delay >= -1 && token.sticky >= -1);
    must(ep_checkin_decode(&checkin, arena, &report, &undecodable, NULL)
         == EP_OK);
    check_report(&report);
    ep_arena_free(arena);
    return 0;
}
