/*
 * Lists: a table for people or JSON for programs, both by libsmartcols.
 * Running out of memory is remembered and told by table_print.
 */

#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <eportal/err.h>
#include <eportal/str.h>

typedef enum {
    COLUMN_TEXT,
    COLUMN_NUMBER,
    COLUMN_BOOL, /* "yes", "no" */
    COLUMN_TIME  /* local time; in JSON UTC as ISO 8601 */
} column_type_t;

typedef struct {
    const char *heading; /* for people: "SERVER LIMIT" */
    const char *key;     /* in JSON: "server_limit" */
    column_type_t type;
} column_t;

typedef struct table table_t;

/* name: of the array in JSON. columns: must outlive the table. NULL when
 * out of memory. */
table_t *table_new(const char *name, const column_t *columns, size_t count,
                   bool json);
void table_free(table_t *table); /* takes NULL */

/* Begin a row; then one call per column, in order. */
void table_row(table_t *table);
void table_text(table_t *table, ep_str_t text);
void table_number(table_t *table, int64_t number);
void table_bool(table_t *table, bool value);
void table_time(table_t *table, int64_t time_us); /* 0: never */

/* Whether no row was ever begun. */
bool table_is_empty(const table_t *table);
/* Print the rows so far and forget them; more follow, and table_print last.
 * A long list is printed in such parts, so that it is never in memory as a
 * whole; each is as wide as the widest before it. */
ep_rc_t table_print_part(table_t *table, ep_err_t *err);
ep_rc_t table_print(table_t *table, ep_err_t *err);

#endif
