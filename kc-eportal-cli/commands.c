/*
 * The table of commands, and the way from a command line to one of them.
 * A new command is one line here and one cmd_*.c.
 */

#include <stdio.h>

#include <eportal/product.h>

#include "actor.h"
#include "cli.h"

/* The sub-commands that every product has (DB-2). */
#define PATCHSET_COMMANDS(product)                                             \
    { product " deploy", &deploy_spec }, { product " unroll", &unroll_spec },  \
        { product " update", &update_spec },                                   \
        { product " auto-update", &auto_update_spec },                         \
        { product " download-missing", &download_missing_spec },               \
        { product " list", &list_spec }, { product " enable", &enable_spec },  \
        { product " disable", &disable_spec },                                 \
        { product " enable-upto", &enable_upto_spec },                         \
    {                                                                          \
        product " undeploy-downto", &undeploy_downto_spec                      \
    }

static const command_t commands[] = {
    { "user", &user_spec },
    { "key", &key_spec },
    { "feed", &feed_spec },
    { "server", &server_spec },
    { "server list", &server_spec },
    { "server clean", &server_clean_spec },
    PATCHSET_COMMANDS("kcare"),
    PATCHSET_COMMANDS("libcare"),
    PATCHSET_COMMANDS("qemu"),
    PATCHSET_COMMANDS("db"),
    { "cache-mode", &cache_mode_spec },
    { "ldap set", &directory_set_spec },
    { "ldap test", &directory_test_spec },
    { "source check", &source_check_spec },
    { "source publish", &source_publish_spec },
    { "source set", &source_set_spec },
    { "config", &config_spec },
    { "migrate", &migrate_spec },
    { "status", &status_spec },
    { "daemon", &daemon_spec },
    { "audit", &audit_spec },
    { "jobs", &jobs_spec },
    { "jobs run", &jobs_run_spec },
    { "throttle", &throttle_spec },
    { "throttle clear", &throttle_clear_spec },
    { "doctor", &doctor_spec },
    { "sync-nginx-conf", &sync_nginx_spec },
    { "routes", &routes_spec },
};

static const command_t no_command = { "", &legacy_spec };


/* The command "first" or "first second"; NULL when there is none. */
static const command_t *
find_command(ep_str_t first, ep_str_t second)
{
    ep_str_t one;
    ep_str_t two;

    for (size_t i = 0; i < EP_ARRAY_LEN(commands); i++) {
        ep_str_cut(ep_str(commands[i].name), ' ', &one, &two);
        if (ep_str_eq(one, first) && ep_str_eq(two, second)) {
            return &commands[i];
        }
    }
    return NULL;
}


/* Does any command begin with this word? */
static bool
is_group(ep_str_t word)
{
    ep_str_t one;
    ep_str_t two;

    for (size_t i = 0; i < EP_ARRAY_LEN(commands); i++) {
        ep_str_cut(ep_str(commands[i].name), ' ', &one, &two);
        if (ep_str_eq(one, word) && two.n > 0) {
            return true;
        }
    }
    return false;
}


/* Sub-commands of one group. */
static void
print_group(ep_str_t group, FILE *out)
{
    ep_str_t one;
    ep_str_t two;

    fputs("\ncommands:\n", out);
    for (size_t i = 0; i < EP_ARRAY_LEN(commands); i++) {
        ep_str_cut(ep_str(commands[i].name), ' ', &one, &two);
        if (ep_str_eq(one, group)) {
            fprintf(out, "  %-26s%s\n", commands[i].name,
                    commands[i].spec->summary);
        }
    }
}


/* All commands; those of a product are one line. */
static void
print_commands(FILE *out)
{
    ep_product_t product;
    ep_str_t one;
    ep_str_t two;

    fputs("\ncommands:\n", out);
    for (size_t i = 0; i < EP_ARRAY_LEN(commands); i++) {
        ep_str_cut(ep_str(commands[i].name), ' ', &one, &two);
        if (two.n == 0 || !ep_product_find(one, &product)) {
            fprintf(out, "  %-24s%s\n", commands[i].name,
                    commands[i].spec->summary);
        } else if (commands[i].spec == &deploy_spec) {
            fprintf(out,
                    "  %-24.*s%s patchsets: deploy, unroll, list, ... (see "
                    "--help)\n",
                    EP_STR_ARG(one), ep_product_info(product)->title);
        }
    }
}


/* argparse's words for a command that is not there; they list those that
 * are. group: the first word, when it was right. */
static ep_rc_t
unknown_command(ep_str_t group, const char *word, ep_err_t *err)
{
    char names[400] = "";
    size_t n = 0;
    ep_str_t one;
    ep_str_t two;
    ep_str_t last = EP_STR_NULL;

    for (size_t i = 0; i < EP_ARRAY_LEN(commands) && n < sizeof(names); i++) {
        ep_str_cut(ep_str(commands[i].name), ' ', &one, &two);
        if (group.n > 0) {
            if (!ep_str_eq(one, group) || two.n == 0) {
                continue;
            }
            one = two;
        }
        if (!ep_str_eq(one, last)) {
            n += (size_t) snprintf(names + n, sizeof(names) - n, "%s'%.*s'",
                                   n > 0 ? ", " : "", EP_STR_ARG(one));
            last = one;
        }
    }
    if (word == NULL) {
        return args_error(err, "a command is required after '%.*s': %s",
                          EP_STR_ARG(group), names);
    }
    return args_error(err,
                      "argument command: invalid choice: '%.40s' (choose "
                      "from %s)",
                      word, names);
}


/* Options of the program itself stand before the command. */
static void
take_common(cli_t *cli, const args_t *args)
{
    if (args->config != NULL) {
        cli->config_path = args->config;
    }
    cli->json = cli->json || args->json;
}


/* What could not be done is recorded, too; a command line that makes no sense
 * asked for nothing. */
static ep_rc_t
run_spec(cli_t *cli, const args_t *args, ep_err_t *err)
{
    const spec_t *spec = args->command->spec;
    ep_rc_t rc = spec->run(cli, args, err);

    if (rc != EP_OK && strcmp(err->code, "usage") != 0 && !cli->dry_run
        && spec->changes != NULL && spec->changes(args))
    {
        actor_failed(cli, args->command->name,
                     args->operand_count > 0 ? ep_str(args->operands[0])
                                             : EP_STR_NULL,
                     err->code);
    }
    return rc;
}


static ep_rc_t
run_command(cli_t *cli, const command_t *command, int argc, char **argv,
            ep_err_t *err)
{
    args_t args;
    ep_rc_t rc;

    cli->command = command;
    rc = args_parse(command, argc, argv, cli->arena, &args, err);
    if (rc != EP_OK) {
        return rc;
    }
    if (args.help) {
        help_print(command, stdout);
        return EP_OK;
    }
    take_common(cli, &args);
    return run_spec(cli, &args, err);
}


/* words[0] is the command, words[1] maybe its second word. */
static ep_rc_t
run_words(cli_t *cli, int count, char **words, ep_err_t *err)
{
    ep_str_t first = ep_str(words[0]);
    ep_str_t second = count > 1 ? ep_str(words[1]) : EP_STR_NULL;
    const command_t *command = NULL;

    if (second.n > 0) {
        command = find_command(first, second);
    }
    if (command != NULL) {
        return run_command(cli, command, count - 1, words + 1, err);
    }
    command = find_command(first, EP_STR_NULL);
    if (command != NULL) {
        return run_command(cli, command, count, words, err);
    }
    if (!is_group(first)) {
        return unknown_command(EP_STR_NULL, words[0], err);
    }
    if (ep_str_eq(second, EP_STR("-h")) || ep_str_eq(second, EP_STR("--help")))
    {
        printf("usage: kc.eportal %s [-h] command ...\n", words[0]);
        print_group(first, stdout);
        return EP_OK;
    }
    return unknown_command(first, second.n > 0 ? words[1] : NULL, err);
}


ep_rc_t
cli_run(cli_t *cli, int argc, char **argv, ep_err_t *err)
{
    args_t args;
    ep_rc_t rc;

    cli->command = &no_command;
    rc = args_parse(&no_command, argc, argv, cli->arena, &args, err);
    if (rc != EP_OK) {
        return rc;
    }
    if (args.help) {
        help_print(&no_command, stdout);
        print_commands(stdout);
        return EP_OK;
    }
    take_common(cli, &args);
    if (args.operand_count == 0) {
        return run_spec(cli, &args, err);
    }
    if (args.given_count > 0) {
        return args_error(err, "unrecognized arguments: %s", args.operands[0]);
    }
    return run_words(cli, (int) args.operand_count, args.operands, err);
}
