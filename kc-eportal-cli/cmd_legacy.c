/*
 * The flags of old versions (TRAP-4), which scripts still use. Each is
 * turned into the command line of today and run.
 */

#include <stdio.h>

#include <eportal/key.h>
#include <eportal/patchset.h>

#include "cli.h"
#include "patchsets.h"

enum {
    VERSION,
    LIST_SERVERS,
    DEPLOY,
    UNROLL,
    GET_LATEST,
    AUTO_UPDATE,
    CLEAN_RELEASES,
    DRY_RUN,
    REMOVE,
    LIST,
    ADD,
    CHANGE,
    DELETE,
    READONLY,
    PASSWORD
};

static const option_t options[] = {
    [VERSION] = { '\0', "version", NULL, "show the version and exit", false },
    [LIST_SERVERS] = { '\0', "list-servers", NULL,
                       "count the servers of each key", false },
    [DEPLOY] = { '\0', "deploy", "FILE", "same as kcare deploy FILE", false },
    [UNROLL] = { '\0', "unroll", "PATCHSET", "same as kcare unroll PATCHSET",
                 false },
    [GET_LATEST] = { '\0', "get-latest", NULL, "same as kcare update", false },
    [AUTO_UPDATE] = { '\0', "auto-update", NULL, "same as kcare auto-update",
                      false },
    [CLEAN_RELEASES] = { '\0', "clean-releases", NULL,
                         "remove what the patch source no longer lists and no "
                         "feed has enabled",
                         false },
    [DRY_RUN] = { '\0', "dry-run", NULL,
                  "with the five above: only print what would be changed (so "
                  "does "
                  "DRY_RUN=1 in the environment)",
                  false },
    [REMOVE] = { '\0', "delete", NULL, "with --unroll: remove it", false },
    [LIST] = { 'l', NULL, NULL, "same as user", false },
    [ADD] = { 'a', NULL, "USER", "same as user -a USER", false },
    [CHANGE] = { 'c', NULL, "USER", "same as user -c USER", false },
    [DELETE] = { 'd', NULL, "USER", "same as user -d USER", false },
    [READONLY] = { 'r', NULL, "USER", "same as user -c -r readonly USER",
                   false },
    [PASSWORD] = { 'p', NULL, "PASSWORD", "with -a and -c", false },
};


/* The new command line. */
typedef struct {
    char *words[10];
    int count;
} line_t;


/* getopt never writes to the words, it only reorders them. */
static void
push(line_t *line, const char *word)
{
    line->words[line->count++] = (char *) (uintptr_t) word;
}


static ep_rc_t
add_key(const ep_key_t *key, void *ctx, ep_err_t *err)
{
    printf("%5lld | %s\n", (long long) key->servers, key->key);
    return EP_OK;
}


static ep_rc_t
list_servers(cli_t *cli, ep_err_t *err)
{
    ep_rc_t rc = cli_open(cli, err);

    if (rc != EP_OK) {
        return rc;
    }
    printf("Count | Key\n----- + --------------------------------\n");
    return ep_key_list(cli->portal, add_key, NULL, err);
}


static void
user_line(const args_t *args, size_t action, line_t *line)
{
    push(line, "user");
    if (action == LIST) {
        return;
    }
    push(line, action == ADD ? "-a" : action == DELETE ? "-d" : "-c");
    if (action == READONLY) {
        push(line, "-r");
        push(line, "readonly");
    }
    if (args_has(args, PASSWORD)) {
        push(line, "-p");
        push(line, args_value(args, PASSWORD));
    }
    push(line, "--");
    push(line, args_value(args, action));
}


/* The product is in the patchset's name. */
static ep_rc_t
patchset_line(const args_t *args, size_t action, line_t *line, ep_err_t *err)
{
    const char *value = args_value(args, action);
    ep_patchset_name_t name;
    ep_rc_t rc = action == DEPLOY
                     ? ep_patchset_parse_archive(ep_str(value), &name, err)
                     : ep_patchset_parse(ep_str(value), &name, err);

    if (rc != EP_OK) {
        return rc;
    }
    push(line, ep_product_info(name.product)->cli);
    push(line, action == DEPLOY ? "deploy" : "unroll");
    if (args_has(args, REMOVE)) {
        push(line, "--delete");
    }
    if (args_has(args, DRY_RUN)) {
        push(line, "--dry-run");
    }
    push(line, "--");
    push(line, value);
    return EP_OK;
}


static bool
is_action(size_t option)
{
    return option != REMOVE && option != PASSWORD && option != DRY_RUN;
}


/* The one action among the flags. */
static ep_rc_t
find_action(const args_t *args, size_t *out, ep_err_t *err)
{
    size_t action = REMOVE;
    size_t count = 0;

    for (size_t i = 0; i < args->given_count; i++) {
        if (is_action(args->given[i].option)) {
            action = args->given[i].option;
            count++;
        }
    }
    if (count == 0 && args->given_count == 0) {
        return args_error(err, "the following arguments are required: "
                               "command");
    }
    if (count != 1) {
        return args_error(err, "one of the actions is needed, and only one");
    }
    if (args_has(args, REMOVE) && action != UNROLL) {
        return args_error(err, "argument --delete: only with --unroll");
    }
    if (args_has(args, PASSWORD) && action != ADD && action != CHANGE) {
        return args_error(err, "argument -p: only with -a and -c");
    }
    if (args_has(args, DRY_RUN) && (action < DEPLOY || action > CLEAN_RELEASES))
    {
        return args_error(err, "argument --dry-run: only with --deploy, "
                               "--unroll, --get-latest, --auto-update and "
                               "--clean-releases");
    }
    *out = action;
    return EP_OK;
}


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    line_t line = { 0 };
    size_t action = VERSION;
    ep_rc_t rc = find_action(args, &action, err);

    if (rc != EP_OK) {
        return rc;
    }
    push(&line, "kc.eportal");
    switch (action) {
    case VERSION:
        printf("kc.eportal %s\n", EP_VERSION);
        return EP_OK;
    case LIST_SERVERS:
        return list_servers(cli, err);
    case CLEAN_RELEASES:
        cli_dry_run(cli, args, DRY_RUN);
        return clean_releases(cli, err);
    case GET_LATEST:
    case AUTO_UPDATE:
        push(&line, "kcare");
        push(&line, action == GET_LATEST ? "update" : "auto-update");
        if (args_has(args, DRY_RUN)) {
            push(&line, "--dry-run");
        }
        break;
    case DEPLOY:
    case UNROLL:
        rc = patchset_line(args, action, &line, err);
        break;
    default:
        user_line(args, action, &line);
        break;
    }
    return rc == EP_OK ? cli_run(cli, line.count, line.words, err) : rc;
}


/* The other flags become commands of their own. */
static bool
changes(const args_t *args)
{
    return args_has(args, CLEAN_RELEASES);
}


const spec_t legacy_spec = {
    .description = "Manage this ePortal: `kc.eportal COMMAND --help` tells "
                   "more.",
    .options = options,
    .option_count = EP_ARRAY_LEN(options),
    .operand = "command",
    .operand_help = "one of the commands below; the options above are the "
                    "flags of old versions",
    .operands_max = SIZE_MAX,
    .run = run,
    .changes = changes,
};
