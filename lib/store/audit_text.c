/* Rows of the audit log as text: CSV and JSON. See eportal/audit.h. */

#include <stdio.h>
#include <time.h>

#include <eportal/audit.h>

#include "base/json.h"

#define TIME_SIZE 40


/* "2026-01-02 03:04:05.000678", UTC. */
static void
format_time(int64_t time_us, char out[TIME_SIZE])
{
    time_t seconds = (time_t) (time_us / 1000000);
    struct tm tm;
    size_t n;

    if (time_us < 0 || gmtime_r(&seconds, &tm) == NULL) {
        out[0] = '\0';
        return;
    }
    n = strftime(out, TIME_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
    snprintf(out + n, TIME_SIZE - n, ".%06d", (int) (time_us % 1000000));
}


/* What a spreadsheet would take for a formula gets an apostrophe before it. */
static ep_rc_t
add_cell(ep_buf_t *buf, ep_str_t text, char end)
{
    bool formula =
        text.n > 0 && (strchr("=+-@\t\r", text.p[0]) != NULL || !text.p[0]);
    ep_rc_t rc = ep_buf_add(buf, formula ? "\"'" : "\"", formula ? 2 : 1);

    for (size_t i = 0; rc == EP_OK && i < text.n; i++) {
        rc = text.p[i] == '"' ? ep_buf_add(buf, "\"\"", 2)
                              : ep_buf_add(buf, text.p + i, 1);
    }
    return rc == EP_OK ? ep_buf_addf(buf, "\"%s", end == '\n' ? "\r\n" : ",")
                       : rc;
}


ep_rc_t
ep_audit_csv(const ep_audit_row_t *row, ep_buf_t *out)
{
    char time[TIME_SIZE], ip[EP_ADDR_TEXT], id[24];
    ep_rc_t rc = EP_OK;

    if (row == NULL) {
        return ep_buf_add_str(
            out,
            EP_STR("id,time,actor,via,ip,action,object,result,detail\r\n"));
    }
    format_time(row->time, time);
    ep_addr_format(&row->ip, ip);
    snprintf(id, sizeof(id), "%lld", (long long) row->id);
    ep_str_t cells[] = { ep_str(id),  ep_str(time), row->actor,
                         row->via,    ep_str(ip),   row->action,
                         row->object, row->result,  row->detail };

    for (size_t i = 0; rc == EP_OK && i < EP_ARRAY_LEN(cells); i++) {
        rc = add_cell(out, cells[i], i + 1 < EP_ARRAY_LEN(cells) ? ',' : '\n');
    }
    return rc;
}


static ep_rc_t
add_member(ep_buf_t *buf, const char *name, ep_str_t text)
{
    ep_rc_t rc = ep_buf_addf(buf, ", \"%s\": ", name);

    return rc == EP_OK ? ep_json_add_string(buf, text) : rc;
}


ep_rc_t
ep_audit_json(const ep_audit_row_t *row, ep_buf_t *out)
{
    char time[TIME_SIZE], ip[EP_ADDR_TEXT];
    ep_rc_t rc = ep_buf_addf(out, "{\"id\": %lld", (long long) row->id);

    format_time(row->time, time);
    ep_addr_format(&row->ip, ip);
    rc = rc == EP_OK ? add_member(out, "time", ep_str(time)) : rc;
    rc = rc == EP_OK ? add_member(out, "actor", row->actor) : rc;
    rc = rc == EP_OK ? add_member(out, "via", row->via) : rc;
    rc = rc == EP_OK ? add_member(out, "ip", ep_str(ip)) : rc;
    rc = rc == EP_OK ? add_member(out, "action", row->action) : rc;
    rc = rc == EP_OK ? add_member(out, "object", row->object) : rc;
    rc = rc == EP_OK ? add_member(out, "result", row->result) : rc;
    if (rc == EP_OK) {
        rc = ep_buf_addf(
            out, ", \"detail\": %.*s}",
            EP_STR_ARG(row->detail.n > 0 ? row->detail : EP_STR("{}")));
    }
    return rc;
}
