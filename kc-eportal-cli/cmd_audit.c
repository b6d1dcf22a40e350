/* kc.eportal audit: who changed what, and who logged in or tried to. */

#include <stdio.h>
#include <time.h>

#include <eportal/audit.h>

#include "cli.h"

#define LIMIT 100
#define SECOND INT64_C(1000000)

enum { USER, ACTION, OBJECT, RESULT, SINCE, UNTIL, ROWS, CSV };

static const option_t options[] = {
    [USER] = { '\0', "user", "NAME", "only what this user did", false },
    [ACTION] = { '\0', "action", "ACTION",
                 "only this action, such as key.add; key. is all that "
                 "happened to keys",
                 false },
    [OBJECT] = { '\0', "object", "NAME", "only what was done to this", false },
    [RESULT] = { '\0', "result", "RESULT",
                 "ok, failed, or the code of an error", false },
    [SINCE] = { '\0', "since", "TIME",
                "not before this time: 2026-01-31, \"2026-01-31 23:59\", or "
                "7d, 12h, 30m ago",
                false },
    [UNTIL] = { '\0', "until", "TIME", "before this time", false },
    [ROWS] = { '\0', "limit", "N", "newest rows to list, 0: all (100)", true },
    [CSV] = { '\0', "csv", NULL, "print CSV", false },
};

static const column_t columns[] = {
    { "TIME", "time", COLUMN_TIME },     { "USER", "actor", COLUMN_TEXT },
    { "VIA", "via", COLUMN_TEXT },       { "IP", "ip", COLUMN_TEXT },
    { "ACTION", "action", COLUMN_TEXT }, { "OBJECT", "object", COLUMN_TEXT },
    { "RESULT", "result", COLUMN_TEXT }, { "DETAIL", "detail", COLUMN_TEXT },
};

typedef struct {
    table_t *table; /* for people; otherwise a line each */
    bool csv;
    int64_t rows;
    ep_buf_t line;
} output_t;


static ep_rc_t
add_row(const ep_audit_row_t *row, output_t *output)
{
    table_t *table = output->table;
    char ip[EP_ADDR_TEXT];

    ep_addr_format(&row->ip, ip);
    table_row(table);
    table_time(table, row->time);
    table_text(table, row->actor);
    table_text(table, row->via);
    table_text(table, ep_str(ip));
    table_text(table, row->action);
    table_text(table, row->object);
    table_text(table, row->result);
    table_text(table, row->detail);
    return EP_OK;
}


static ep_rc_t
show(const ep_audit_row_t *row, void *ctx, ep_err_t *err)
{
    output_t *output = ctx;
    ep_rc_t rc;

    output->rows++;
    if (output->table != NULL) {
        return add_row(row, output);
    }
    ep_buf_reset(&output->line);
    rc = output->csv ? ep_audit_csv(row, &output->line)
                     : ep_audit_json(row, &output->line);
    if (rc != EP_OK) {
        return ep_err_set(err, rc, "audit-row", "a row cannot be printed");
    }
    if (!output->csv) {
        printf("%s\n      ", output->rows > 1 ? "," : "");
    }
    fwrite(output->line.p, 1, output->line.n, stdout);
    return EP_OK;
}


/* "7d": that long ago. */
static bool
parse_ago(ep_str_t text, int64_t now, int64_t *out)
{
    static const char units[] = "smhdw";
    static const int64_t seconds[] = { 1, 60, 3600, 86400, 604800 };
    const char *unit;
    int64_t n;

    if (text.n < 2 || (unit = strchr(units, text.p[text.n - 1])) == NULL
        || !ep_str_int((ep_str_t){ text.p, text.n - 1 }, &n) || n < 0
        || n > 1000000)
    {
        return false;
    }
    *out = now - n * seconds[unit - units] * SECOND;
    return true;
}


/* In the local time of who asks, as the list shows it. */
static bool
parse_local(const char *text, int64_t *out)
{
    static const char *const forms[] = { "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M",
                                         "%Y-%m-%d" };

    for (size_t i = 0; i < EP_ARRAY_LEN(forms); i++) {
        struct tm tm = { .tm_isdst = -1 };
        const char *end = strptime(text, forms[i], &tm);
        time_t time = end != NULL && *end == '\0' ? mktime(&tm) : -1;

        if (time > 0) {
            *out = (int64_t) time * SECOND;
            return true;
        }
    }
    return false;
}


static ep_rc_t
take_time(const args_t *args, size_t option, int64_t now, int64_t *out,
          ep_err_t *err)
{
    const char *text = args_value(args, option);

    if (text == NULL || parse_ago(ep_str(text), now, out)
        || parse_local(text, out)) {
        return EP_OK;
    }
    return args_error(err, "argument --%s: '%.40s' is no time",
                      options[option].name, text);
}


static ep_rc_t
take_query(cli_t *cli, const args_t *args, ep_audit_query_t *query,
           ep_err_t *err)
{
    int64_t now = ep_portal_now(cli->portal);
    ep_rc_t rc;

    *query = (ep_audit_query_t){
        .actor = ep_str(args_value(args, USER)),
        .action = ep_str(args_value(args, ACTION)),
        .object = ep_str(args_value(args, OBJECT)),
        .result = ep_str(args_value(args, RESULT)),
        .limit = args_int(args, ROWS, LIMIT),
    };
    if (query->limit < 0) {
        return args_error(err, "argument --limit: 0 or more");
    }
    rc = take_time(args, SINCE, now, &query->since, err);
    return rc == EP_OK ? take_time(args, UNTIL, now, &query->until, err) : rc;
}


static ep_rc_t
print_table(cli_t *cli, const ep_audit_query_t *query, ep_err_t *err)
{
    output_t output = { .table = table_new("audit", columns,
                                           EP_ARRAY_LEN(columns), false) };
    ep_rc_t rc = EP_OK;

    if (output.table == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    rc = ep_audit_list(cli->portal, query, show, &output, err);
    if (rc == EP_OK) {
        rc = table_print(output.table, err);
    }
    table_free(output.table);
    if (rc == EP_OK && query->limit > 0 && output.rows == query->limit) {
        cli_note("these are the newest %lld rows: --limit 0 lists all",
                 (long long) query->limit);
    }
    return rc;
}


/* Row by row, so that millions are never in memory. */
static ep_rc_t
print_lines(cli_t *cli, const ep_audit_query_t *query, bool csv, ep_err_t *err)
{
    output_t output = { .csv = csv };
    ep_rc_t rc;

    ep_buf_init(&output.line, EP_AUDIT_ROW_MAX);
    if (csv) {
        rc = ep_audit_csv(NULL, &output.line);
        if (rc != EP_OK) {
            return ep_err_set(err, rc, "no-memory", "out of memory");
        }
        fwrite(output.line.p, 1, output.line.n, stdout);
    } else {
        fputs("{\n   \"audit\": [", stdout);
    }
    rc = ep_audit_list(cli->portal, query, show, &output, err);
    if (!csv) {
        fputs("\n   ]\n}\n", stdout);
    }
    ep_buf_free(&output.line);
    return rc;
}


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    bool csv = args_has(args, CSV);
    ep_audit_query_t query;
    ep_rc_t rc;

    if (csv && cli->json) {
        return args_error(err, "argument --csv: not allowed with argument "
                               "--json");
    }
    rc = cli_open(cli, err);
    if (rc == EP_OK) {
        rc = take_query(cli, args, &query, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    return csv || cli->json ? print_lines(cli, &query, csv, err)
                            : print_table(cli, &query, err);
}


const spec_t audit_spec = {
    .summary = "list who changed what, and who logged in",
    .description = "list the audit log, newest first: changes through the "
                   "console, the API and this command, and logins, good and "
                   "bad",
    .options = options,
    .option_count = EP_ARRAY_LEN(options),
    .lists = true,
    .epilog = "examples:\n"
              "  kc.eportal audit --since 7d\n"
              "  kc.eportal audit --user admin --action patchset.\n"
              "  kc.eportal audit --result failed --limit 0 --csv > failed.csv",
    .run = run,
};
