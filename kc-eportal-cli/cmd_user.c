/* kc.eportal user: who may use the console, the API and this command. */

#include <stdio.h>

#include <eportal/user.h>

#include "cli.h"
#include "prompt.h"

#define GOOD_PASSWORD 8 /* characters; below it we warn (TRAP-11) */

enum { ADD, CHANGE, DELETE, PASSWORD, ROLE, NOTE };

static const option_t options[] = {
    [ADD] = { 'a', NULL, NULL, "action: add new user", false },
    [CHANGE] = { 'c', NULL, NULL, "action: change user", false },
    [DELETE] = { 'd', NULL, NULL, "action: delete user", false },
    [PASSWORD] = { 'p', "password", "PASSWORD", NULL, false },
    [ROLE] = { 'r', "role", "{admin,readonly}", NULL, false },
    [NOTE] = { '\0', "note", "NOTE", "description", false },
};

static const column_t columns[] = { { "USER", "username", COLUMN_TEXT },
                                    { "ROLE", "role", COLUMN_TEXT },
                                    { "ORIGIN", "origin", COLUMN_TEXT },
                                    { "CREATED", "created", COLUMN_TIME },
                                    { "NOTE", "note", COLUMN_TEXT } };


static ep_rc_t
add_row(const ep_user_t *user, void *ctx, ep_err_t *err)
{
    table_t *table = ctx;

    table_row(table);
    table_text(table, ep_str(user->name));
    table_text(table, user->readonly ? EP_STR("readonly") : EP_STR("admin"));
    table_text(table, ep_str(user->origin));
    table_time(table, user->created);
    table_text(table, ep_str(user->note));
    return EP_OK;
}


static ep_rc_t
fill(cli_t *cli, ep_str_t name, table_t *table, ep_err_t *err)
{
    ep_user_t user;
    ep_rc_t rc;

    if (name.n == 0) {
        return ep_user_list(cli->portal, add_row, table, err);
    }
    rc = ep_user_find(cli->portal, name, &user, err);
    return rc == EP_OK ? add_row(&user, table, err) : rc;
}


static ep_rc_t
list(cli_t *cli, const args_t *args, ep_err_t *err)
{
    table_t *table;
    ep_rc_t rc;

    table = table_new("users", columns, EP_ARRAY_LEN(columns), cli->json);
    if (table == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    rc = fill(cli, args_operand(args), table, err);
    if (rc == EP_OK && table_is_empty(table) && !cli->json) {
        cli_note("there are no users yet: add one with `kc.eportal user -a "
                 "NAME`");
    }
    if (rc == EP_OK) {
        rc = table_print(table, err);
    }
    table_free(table);
    return rc;
}


static size_t
characters(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++) {
        n += ((unsigned char) *text & 0xc0) != 0x80;
    }
    return n;
}


/* The hash of -p, of what is typed, or of a line of standard input. It
 * takes a tenth of a second, so it is made before the transaction. */
static ep_rc_t
make_hash(cli_t *cli, const args_t *args, char hash[EP_PASSWORD_HASH_MAX],
          ep_err_t *err)
{
    const char *given = args_value(args, PASSWORD);
    char typed[PASSWORD_SIZE];
    ep_rc_t rc = EP_OK;

    if (given == NULL || strcmp(given, "-") == 0) {
        rc = prompt_password(typed, err);
        given = typed;
    }
    if (rc == EP_OK) {
        rc = ep_password_hash(cli->cfg, ep_str(given), hash, err);
    }
    if (rc == EP_OK && characters(given) < GOOD_PASSWORD) {
        cli_warn("a password of fewer than %d characters is easy to guess",
                 GOOD_PASSWORD);
    }
    if (rc == EP_OK && ep_password_is_common(ep_str(given))) {
        cli_warn("this is one of the most common passwords, which are tried "
                 "first");
    }
    explicit_bzero(typed, sizeof(typed));
    return rc;
}


/* The values of the options into a row; *set gets what was given. */
static ep_rc_t
take_values(const args_t *args, ep_user_t *user, unsigned *set, ep_err_t *err)
{
    const char *note = args_value(args, NOTE);
    const char *role = args_value(args, ROLE);

    if (note != NULL) {
        if (!ep_str_copy(ep_str(note), user->note, sizeof(user->note))) {
            return ep_err_set(err, EP_EINVAL, "note-too-long",
                              "the note is longer than %zu bytes",
                              sizeof(user->note) - 1);
        }
        user->has_note = note[0] != '\0';
        *set |= EP_USER_SET_NOTE;
    }
    if (role != NULL) {
        user->readonly = strcmp(role, "readonly") == 0;
        *set |= EP_USER_SET_ROLE;
    }
    if (args_has(args, PASSWORD)) {
        *set |= EP_USER_SET_PASSWORD;
    }
    return EP_OK;
}


static ep_rc_t
add(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_user_t user = { .origin = "local" };
    char hash[EP_PASSWORD_HASH_MAX];
    unsigned set = 0;
    ep_rc_t rc = take_values(args, &user, &set, err);

    if (rc == EP_OK
        && !ep_str_copy(args_operand(args), user.name, sizeof(user.name)))
    {
        rc = ep_err_set(err, EP_EINVAL, "bad-user-name",
                        "a user's name has at most %d bytes", EP_USER_NAME_MAX);
    }
    if (rc == EP_OK) {
        rc = make_hash(cli, args, hash, err);
    }
    if (rc == EP_OK) {
        rc = cli_begin(cli, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = cli_end(cli, ep_user_add(cli->portal, &user, hash, err), err);
    if (rc == EP_OK) {
        printf("User '%s' was added\n", user.name);
    }
    return rc;
}


static void
tell_changes(ep_str_t name, unsigned set, const ep_user_t *user)
{
    if (set & EP_USER_SET_PASSWORD) {
        printf("Password of '%.*s' was changed\n", EP_STR_ARG(name));
    }
    if (set & EP_USER_SET_ROLE) {
        printf("User '%.*s' is now %s\n", EP_STR_ARG(name),
               user->readonly ? "readonly" : "admin");
    }
    if (set & EP_USER_SET_NOTE) {
        printf("Description of '%.*s' was changed\n", EP_STR_ARG(name));
    }
}


static ep_rc_t
change(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_str_t name = args_operand(args);
    ep_user_t user = { .origin = "local" };
    char hash[EP_PASSWORD_HASH_MAX];
    unsigned set = 0;
    ep_rc_t rc = take_values(args, &user, &set, err);

    if (rc == EP_OK && set == 0) {
        return args_error(err, "nothing to change: give -p, -r or --note");
    }
    if (rc == EP_OK && set & EP_USER_SET_PASSWORD) {
        rc = make_hash(cli, args, hash, err);
    }
    if (rc == EP_OK) {
        rc = cli_begin(cli, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_user_change(cli->portal, name, set, &user,
                        set & EP_USER_SET_PASSWORD ? hash : NULL, err);
    rc = cli_end(cli, rc, err);
    if (rc == EP_OK) {
        tell_changes(name, set, &user);
    }
    return rc;
}


static ep_rc_t
remove_user(cli_t *cli, ep_str_t name, ep_err_t *err)
{
    ep_rc_t rc = cli_begin(cli, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = cli_end(cli, ep_user_delete(cli->portal, name, err), err);
    if (rc == EP_OK) {
        printf("User '%.*s' was deleted\n", EP_STR_ARG(name));
    }
    return rc;
}


static ep_rc_t
run(cli_t *cli, const args_t *args, ep_err_t *err)
{
    int actions =
        args_has(args, ADD) + args_has(args, CHANGE) + args_has(args, DELETE);
    ep_rc_t rc;

    if (actions > 1) {
        return args_error(err, "only one of -a, -c and -d is allowed");
    }
    if (actions == 1 && args_operand(args).n == 0) {
        return args_error(err, "the following arguments are required: user");
    }
    if (actions == 0 && args->given_count > 0) {
        return args_error(err, "-p, -r and --note need the action -a or -c");
    }
    rc = cli_open(cli, err);
    if (rc != EP_OK) {
        return rc;
    }
    if (args_has(args, ADD)) {
        return add(cli, args, err);
    }
    if (args_has(args, CHANGE)) {
        return change(cli, args, err);
    }
    if (args_has(args, DELETE)) {
        return remove_user(cli, args_operand(args), err);
    }
    return list(cli, args, err);
}


/* Without an action it is a list. */
static bool
changes(const args_t *args)
{
    return args_has(args, ADD) || args_has(args, CHANGE)
           || args_has(args, DELETE);
}


const spec_t user_spec = {
    .summary = "list, add, change and delete users",
    .description = "list available users by default",
    .options = options,
    .option_count = EP_ARRAY_LEN(options),
    .operand = "user",
    .operand_help = "user name",
    .operands_max = 1,
    .lists = true,
    .epilog = "Without -p the password is asked for twice on a terminal, or "
              "read as one\nline of standard input; `-p -` does the same "
              "for -c.\n\n"
              "examples:\n"
              "  kc.eportal user -a -p AdminPassword admin\n"
              "  kc.eportal user -c -p NewPassword admin\n"
              "  kc.eportal user -c -r readonly admin",
    .usage_width = 118, /* the manual has this usage on one line */
    .run = run,
    .changes = changes,
};
