/* kc.eportal doctor --storage: database against disk. */

#include <stdio.h>

#include <eportal/doctor.h>

#include "cli.h"

#define JSON_MAX 100000 /* differences in one list */

enum { STORAGE, REPAIR };

static const option_t options[] = {
    [STORAGE] = { '\0', "storage", NULL,
                  "hold the database against the patches on disk", false },
    [REPAIR] = { '\0', "repair", NULL, "mend what can be mended", false },
};

static const column_t columns[] = { { "KIND", "kind", COLUMN_TEXT },
                                    { "MENDED", "mended", COLUMN_BOOL },
                                    { "DIFFERENCE", "text", COLUMN_TEXT },
                                    { "ADVICE", "advice", COLUMN_TEXT } };

typedef struct {
    table_t *table; /* NULL: a line each, as they are found */
    int64_t rows;
} output_t;


static ep_rc_t
show(const ep_finding_t *finding, void *ctx, ep_err_t *err)
{
    output_t *output = ctx;

    if (output->table == NULL) {
        printf("%s: %s %s: %s.\n", finding->kind, finding->text,
               finding->mended ? "Mended" : "To do", finding->advice);
        fflush(stdout);
        return EP_OK;
    }
    if (output->rows++ < JSON_MAX) {
        table_row(output->table);
        table_text(output->table, ep_str(finding->kind));
        table_bool(output->table, finding->mended);
        table_text(output->table, ep_str(finding->text));
        table_text(output->table, ep_str(finding->advice));
    }
    return EP_OK;
}


static ep_rc_t
end(const output_t *output, const ep_doctor_t *result, bool repair,
    ep_err_t *err)
{
    if (output->table != NULL) {
        if (output->rows > JSON_MAX) {
            cli_warn("only the first %d differences are listed", JSON_MAX);
        }
        return table_print(output->table, err);
    }
    if (result->found == 0) {
        printf("the database and the disk agree (%lld patchsets)\n",
               (long long) result->patchsets);
    } else if (repair) {
        printf("%lld differences, %lld of them mended\n",
               (long long) result->found, (long long) result->mended);
    } else {
        printf("%lld differences\n", (long long) result->found);
    }
    return EP_OK;
}


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    bool repair = args_has(args, REPAIR);
    output_t output = { 0 };
    ep_doctor_t result;
    ep_rc_t rc;

    if (!args_has(args, STORAGE)) {
        return args_error(err, "the following arguments are required: "
                               "--storage");
    }
    rc = cli_open(cli, err);
    if (rc == EP_OK && cli->json) {
        output.table =
            table_new("findings", columns, EP_ARRAY_LEN(columns), true);
        if (output.table == NULL) {
            rc = ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
        }
    }
    if (rc == EP_OK) {
        rc =
            ep_doctor_storage(cli->portal, repair, show, &output, &result, err);
    }
    if (rc == EP_OK) {
        cli->status = result.found > result.mended;
        rc = end(&output, &result, repair, err);
    }
    table_free(output.table);
    return rc;
}


static bool
changes(const args_t *args)
{
    return args_has(args, REPAIR);
}


const spec_t doctor_spec = {
    .summary = "find differences between database and disk, and mend them",
    .description = "hold the database against the patches on disk, name each "
                   "difference and what to do about it; exits with 1 when "
                   "differences remain",
    .options = options,
    .option_count = EP_ARRAY_LEN(options),
    .lists = true,
    .epilog = "examples:\n"
              "  kc.eportal doctor --storage\n"
              "  kc.eportal doctor --storage --repair\n",
    .run = run,
    .changes = changes,
};
