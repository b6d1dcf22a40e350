/* Check-ins decoded in full: see eportal/agent.h. Runs in the commit task,
 * not in the event loop. */

#include <json-c/json.h>

#include <eportal/agent.h>

#include "agent/token.h"
#include "base/decode.h"

#define EXTRA_MAX 4096
#define EXTRA_VALUE_MAX 512
#define RAW_MAX 512
#define INTEGER_MAX ((int64_t) 1 << 53) /* what every JSON reader can hold */

typedef struct {
    ep_arena_t *arena;
    ep_server_report_t *report;
    json_object *extra; /* NULL until there is something */
    size_t extra_size;
    bool failed; /* out of memory */
} decode_t;


static ep_str_t
keep(decode_t *d, ep_str_t value, size_t max)
{
    char *copy;

    value = ep_utf8_cut(value, max);
    copy = ep_arena_strdup(d->arena, value);
    if (copy == NULL) {
        d->failed = true;
        return EP_STR_NULL;
    }
    ep_utf8_clean(copy, value.n);
    return (ep_str_t){ copy, value.n };
}


/* "12", "12.75" (uptime is a float in /proc): the whole part. */
static void
set_integer(int64_t *field, ep_str_t value)
{
    ep_str_t whole, fraction;
    int64_t number;

    ep_str_cut(ep_str_trim(value), '.', &whole, &fraction);
    if (ep_str_int(whole, &number) && number >= 0 && number <= INTEGER_MAX) {
        *field = number;
    }
}


static bool
set_fact(decode_t *d, ep_str_t name, ep_str_t value, bool null)
{
    for (int i = 0; i < EP_FACT_COUNT; i++) {
        if (!ep_str_eq(name, ep_str(ep_fact_names[i]))) {
            continue;
        }
        if (null) {
            return true;
        }
        if (i != EP_FACT_KERNEL_ID) {
            d->report->facts[i] = keep(d, ep_str_trim(value), EP_FACT_MAX);
        } else if (ep_str_is_hex(value, 40)) {
            uint8_t hash[20];
            char *text = ep_arena_alloc(d->arena, 41);

            if (text == NULL) {
                d->failed = true;
            } else if (ep_unhex(value, hash, sizeof(hash))) {
                ep_hex(hash, sizeof(hash), text);
                d->report->facts[i] = (ep_str_t){ text, 40 };
            }
        }
        return true;
    }
    return false;
}


static void
add_extra(decode_t *d, ep_str_t name, ep_str_t value)
{
    ep_str_t key, text;
    /* A control character is at most six bytes of JSON. */
    size_t size = 6 * (name.n + value.n) + 8;

    if (d->extra_size + size > EXTRA_MAX) {
        return;
    }
    key = keep(d, name, name.n);
    text = keep(d, value, value.n);
    if (d->failed) {
        return;
    }
    if (d->extra == NULL) {
        d->extra = json_object_new_object();
        d->failed = d->extra == NULL;
    }
    if (d->failed) {
        return;
    }
    json_object_object_add(d->extra, key.p,
                           json_object_new_string_len(text.p, (int) text.n));
    d->extra_size += size;
}


static bool
decode_pair(void *ctx, ep_str_t name, ep_str_t value, bool null)
{
    decode_t *d = ctx;

    if (ep_str_eq(name, EP_STR("uptime"))) {
        set_integer(&d->report->uptime, value);
    } else if (ep_str_eq(name, EP_STR("patch_level"))) {
        set_integer(&d->report->level, null ? EP_STR("0") : value);
    } else if (!set_fact(d, name, value, null) && !ep_token_is_parameter(name))
    {
        add_extra(d, name,
                  null ? EP_STR_NULL : ep_utf8_cut(value, EXTRA_VALUE_MAX));
    }
    return !d->failed;
}


static bool
decode_part(decode_t *d, ep_str_t text)
{
    if (ep_token_each(text, decode_pair, d)) {
        return true;
    }
    add_extra(d, EP_STR("raw"), ep_utf8_cut(text, RAW_MAX));
    return false;
}


/* The hash in the URL says what the host runs unless it said so itself. */
static void
set_kernel(decode_t *d, const ep_checkin_t *checkin)
{
    ep_str_t *fact = &d->report->facts[EP_FACT_KERNEL_ID];
    char *text;

    if (!checkin->has_kernel || fact->n > 0) {
        return;
    }
    text = ep_arena_alloc(d->arena, 41);
    if (text == NULL) {
        d->failed = true;
        return;
    }
    ep_hex(checkin->kernel, sizeof(checkin->kernel), text);
    *fact = (ep_str_t){ text, 40 };
}


static void
set_extra(decode_t *d)
{
    const char *text;
    char *copy;

    if (d->extra == NULL) {
        return;
    }
    text = json_object_to_json_string_ext(d->extra, JSON_C_TO_STRING_PLAIN);
    copy = ep_arena_strdup(d->arena, ep_str(text));
    if (copy == NULL) {
        d->failed = true;
    } else {
        d->report->extra = ep_str(copy);
    }
    json_object_put(d->extra);
}


ep_rc_t
ep_checkin_decode(const ep_checkin_t *checkin, ep_arena_t *arena,
                  ep_server_report_t *out, bool *undecodable, ep_err_t *err)
{
    ep_server_report_t report = { .server = checkin->server,
                                  .time = checkin->time,
                                  .ip = checkin->ip,
                                  .uptime = -1,
                                  .level = -1,
                                  .updated = checkin->fetched };
    decode_t d = { .arena = arena, .report = &report };
    bool query_read, body_read;

    query_read = decode_part(&d, checkin->query);
    body_read = decode_part(&d, checkin->body);
    set_kernel(&d, checkin);
    set_extra(&d);
    if (d.failed) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while decoding a check-in");
    }
    *out = report;
    if (undecodable != NULL) {
        *undecodable = !query_read || !body_read;
    }
    return EP_OK;
}


ep_rc_t
ep_checkin_store(ep_portal_t *portal, const ep_checkin_t *checkin,
                 ep_arena_t *arena, bool *undecodable, ep_err_t *err)
{
    ep_server_report_t report;
    ep_rc_t rc;

    ep_arena_reset(arena);
    rc = ep_checkin_decode(checkin, arena, &report, undecodable, err);
    return rc == EP_OK ? ep_server_checkin(portal, &report, err) : rc;
}
