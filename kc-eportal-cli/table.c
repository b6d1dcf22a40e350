/* Tables: see table.h. */

#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "table.h"

struct table {
    struct libscols_table *scols;
    struct libscols_line *line;
    const column_t *columns;
    size_t count; /* of columns */
    size_t next;  /* column of the next value */
    bool json;
    bool failed; /* out of memory somewhere */
    bool parts;  /* a part has been printed */
};


static int
json_type(column_type_t type)
{
    switch (type) {
    case COLUMN_NUMBER:
        return SCOLS_JSON_NUMBER;
    case COLUMN_BOOL:
        return SCOLS_JSON_BOOLEAN;
    default:
        return SCOLS_JSON_STRING;
    }
}


static bool
add_columns(table_t *table, size_t count)
{
    struct libscols_column *column;

    for (size_t i = 0; i < count; i++) {
        const column_t *c = &table->columns[i];

        column = scols_table_new_column(
            table->scols, table->json ? c->key : c->heading, 0,
            c->type == COLUMN_NUMBER ? SCOLS_FL_RIGHT : 0);
        if (column == NULL
            || scols_column_set_json_type(column, json_type(c->type)) != 0)
        {
            return false;
        }
    }
    return true;
}


table_t *
table_new(const char *name, const column_t *columns, size_t count, bool json)
{
    table_t *table = calloc(1, sizeof(*table));

    if (table == NULL) {
        return NULL;
    }
    table->columns = columns;
    table->count = count;
    table->json = json;
    table->scols = scols_new_table();
    if (table->scols == NULL || scols_table_set_name(table->scols, name) != 0
        || scols_table_enable_json(table->scols, json) != 0
        || !add_columns(table, count))
    {
        table_free(table);
        return NULL;
    }
    return table;
}


void
table_free(table_t *table)
{
    if (table != NULL) {
        scols_unref_table(table->scols);
        free(table);
    }
}


void
table_row(table_t *table)
{
    table->line = scols_table_new_line(table->scols, NULL);
    table->failed = table->failed || table->line == NULL;
    table->next = 0;
}


static void
put(table_t *table, const char *text)
{
    size_t column = table->next++;

    if (table->line != NULL
        && scols_line_set_data(table->line, column, text) != 0) {
        table->failed = true;
    }
}


void
table_text(table_t *table, ep_str_t text)
{
    char *copy = strndup(text.n > 0 ? text.p : "", text.n);

    if (copy == NULL) {
        table->failed = true;
        return;
    }
    put(table, copy);
    free(copy);
}


void
table_number(table_t *table, int64_t number)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long) number);
    put(table, text);
}


void
table_bool(table_t *table, bool value)
{
    put(table, value ? "yes" : "no");
}


void
table_time(table_t *table, int64_t time_us)
{
    time_t seconds = (time_t) (time_us / 1000000);
    char text[32] = "";
    struct tm tm;

    if (time_us == 0) {
        put(table, table->json ? "" : "never");
        return;
    }
    if (table->json) {
        if (gmtime_r(&seconds, &tm) != NULL) {
            strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
        }
    } else if (localtime_r(&seconds, &tm) != NULL) {
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    }
    put(table, text);
}


bool
table_is_empty(const table_t *table)
{
    return !table->parts && scols_table_is_empty(table->scols);
}


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
}


/* One part of a JSON list: what libsmartcols has between the brackets. */
static ep_rc_t
print_json_part(table_t *table, bool last, ep_err_t *err)
{
    char *text = NULL, *from, *to;
    ep_rc_t rc = EP_OK;

    if (scols_print_table_to_string(table->scols, &text) != 0) {
        return no_memory(err);
    }
    from = strchr(text, '[');
    to = strrchr(text, ']');
    if (from == NULL || to == NULL) {
        rc = ep_err_set(err, EP_EINTERNAL, "output", "the list is no JSON");
    } else {
        from = table->parts ? from + 1 : text;
        if (table->parts && !scols_table_is_empty(table->scols)) {
            putchar(',');
        }
        if (last) {
            fputs(from, stdout);
        } else {
            fwrite(from, 1, (size_t) (to - from), stdout);
        }
    }
    free(text);
    return rc;
}


/* Later parts go below the first: without headings, and as wide. */
static bool
keep_widths(table_t *table)
{
    for (size_t i = 0; i < table->count; i++) {
        struct libscols_column *column =
            scols_table_get_column(table->scols, i);

        if (scols_column_set_whint(column,
                                   (double) scols_column_get_width(column))
            != 0)
        {
            return false;
        }
    }
    return scols_table_enable_noheadings(table->scols, 1) == 0;
}


ep_rc_t
table_print_part(table_t *table, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    if (table->failed) {
        return no_memory(err);
    }
    if (table->json) {
        rc = print_json_part(table, false, err);
    } else if (scols_print_table(table->scols) != 0) {
        return ep_err_errno(err, "output", "cannot print the list");
    } else if (!keep_widths(table)) {
        return no_memory(err);
    }
    table->parts = true;
    scols_table_remove_lines(table->scols);
    return rc;
}


ep_rc_t
table_print(table_t *table, ep_err_t *err)
{
    if (table->failed) {
        return no_memory(err);
    }
    if (table->json && table->parts) {
        return print_json_part(table, true, err);
    }
    if (scols_print_table(table->scols) != 0) {
        return ep_err_errno(err, "output", "cannot print the list");
    }
    return EP_OK;
}
