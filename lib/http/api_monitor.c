/* Nagios and Zabbix (protocol.md 1.8): text for people on the first line,
 * counters behind its '|', the servers below. HTTP 200 even for errors. */

#include <stdio.h>

#include "base/decode.h"
#include "http/fleet.h"
#include "http/private.h"

#define INACTIVE_US ((int64_t) 48 * 3600 * 1000000)
/* Names beyond this are left out; the counters stay right. */
#define NAMES_MAX ((size_t) 1024 * 1024)
#define KEY_SHOWN_MAX 64

typedef enum { UPTODATE, OUTOFDATE, UNSUPPORTED, INACTIVE, KINDS } kind_t;

static const char *const words[KINDS] = { "UPTODATE", "OUTOFDATE",
                                          "UNSUPPORTED", "INACTIVE" };

typedef struct {
    int64_t now;
    int64_t counts[KINDS];
    ep_buf_t names;
    bool full;
} report_t;


/* Text of somebody else in our line: no line breaks, no '|'. */
static void
clean_word(char *s, size_t n)
{
    ep_utf8_clean(s, n);
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '|') {
            s[i] = '?';
        }
    }
}


static kind_t
kind_of(const ep_server_t *server, int64_t level, int64_t now)
{
    if (server->checkin < now - INACTIVE_US) {
        return INACTIVE;
    }
    if (level == 0) {
        return UNSUPPORTED;
    }
    return server->level < level ? OUTOFDATE : UPTODATE;
}


static ep_rc_t
add_server(const ep_server_t *server, int64_t level, void *ctx, ep_err_t *err)
{
    report_t *report = ctx;
    kind_t kind = kind_of(server, level, report->now);
    char name[EP_FACT_MAX + 1], ip[EP_ADDR_TEXT];
    ep_str_t text = ep_utf8_cut(server->facts[EP_FACT_HOSTNAME], EP_FACT_MAX);
    ep_rc_t rc;

    report->counts[kind]++;
    if (kind == UPTODATE || report->full) {
        return EP_OK;
    }
    if (text.n == 0) {
        text = server->server_id;
    }
    memcpy(name, text.p, text.n);
    clean_word(name, text.n);
    ep_addr_format(&server->ip, ip);
    rc = ep_buf_addf(&report->names, "%.*s (%s) is %s\n", (int) text.n, name,
                     ip, words[kind]);
    report->full = rc == EP_ELIMIT;
    return rc == EP_ENOMEM ? ep_err_set(err, rc, "no-memory",
                                        "out of memory while listing servers")
                           : EP_OK;
}


static ep_rc_t
answer_nobody(ep_call_t *call, ep_err_t *err)
{
    ep_str_t key = ep_utf8_cut(call->captures[EP_CAP_KEY], KEY_SHOWN_MAX);
    char *shown = ep_arena_strdup(call->arena, key);
    char *text;

    if (shown != NULL) {
        clean_word(shown, key.n);
    }
    text = shown == NULL ? NULL
                         : ep_arena_printf(call->arena,
                                           "Servers not found for key %.*s\n",
                                           (int) key.n, shown);
    if (text == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while answering");
    }
    ep_answer_text(call, 200, ep_str(text));
    return EP_OK;
}


/* What is worst gives the sentence: outdated, then unknown, then silent. */
static kind_t
worst(const report_t *report)
{
    for (int kind = OUTOFDATE; kind < KINDS; kind++) {
        if (report->counts[kind] > 0) {
            return (kind_t) kind;
        }
    }
    return UPTODATE;
}


static ep_rc_t
answer_report(ep_call_t *call, const report_t *report, ep_err_t *err)
{
    kind_t kind = worst(report);
    char sentence[80] = "KernelCare OK - all servers are up to date!";
    char *text;

    if (kind != UPTODATE) {
        snprintf(sentence, sizeof(sentence), "%lld machines are %s!",
                 (long long) report->counts[kind], words[kind]);
    }
    text = ep_arena_printf(
        call->arena,
        "%s|uptodate=%lld;outofdate=%lld;unsupported=%lld;inactive=%lld\n%s",
        sentence, (long long) report->counts[UPTODATE],
        (long long) report->counts[OUTOFDATE],
        (long long) report->counts[UNSUPPORTED],
        (long long) report->counts[INACTIVE],
        report->names.n > 0 ? report->names.p : "");
    if (text == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory",
                          "out of memory while answering");
    }
    ep_answer_text(call, 200, ep_str(text));
    return EP_OK;
}


ep_rc_t
ep_api_nagios(ep_call_t *call, ep_err_t *err)
{
    report_t report = { .now = ep_portal_now(call->portal) };
    ep_rc_t rc;

    ep_buf_init(&report.names, NAMES_MAX);
    rc = ep_fleet_each(call->portal, call->captures[EP_CAP_KEY], add_server,
                       &report, err);
    if (rc == EP_OK && worst(&report) == UPTODATE
        && report.counts[UPTODATE] == 0) {
        rc = answer_nobody(call, err);
    } else if (rc == EP_OK) {
        rc = answer_report(call, &report, err);
    }
    ep_buf_free(&report.names);
    return rc;
}


/* The form of partners, which a portal of one's own does not have (NAG-4):
 * monitors know this sentence. */
ep_rc_t
ep_api_nagios_reseller(ep_call_t *call, ep_err_t *err)
{
    ep_answer_text(call, 200, EP_STR("Reseller not found\n"));
    return EP_OK;
}
