/* Reading the command line: see args.h. getopt_long does the splitting. */

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>

#include "args.h"

/* What getopt returns: options of the specification are FIRST + index. */
enum { CODE_HELP = 256, CODE_CONFIG, CODE_JSON, CODE_FIRST };

#define MAX_OPTIONS 24

typedef struct {
    const spec_t *spec;
    char letters[2 * MAX_OPTIONS + 8];
    struct option longs[MAX_OPTIONS + 4];
} grammar_t;


ep_rc_t
args_error(ep_err_t *err, const char *fmt, ...)
{
    char text[512];
    va_list list;

    va_start(list, fmt);
    vsnprintf(text, sizeof(text), fmt, list);
    va_end(list);
    return ep_err_set(err, EP_EINVAL, "usage", "%s", text);
}


static void
add_long(grammar_t *grammar, size_t *n, const char *name, bool value, int code)
{
    grammar->longs[(*n)++] =
        (struct option){ name, value ? required_argument : no_argument, NULL,
                         code };
}


/* "+" keeps the options of a command away from those before it; ":" asks
 * getopt to tell a missing value from an unknown option. */
static void
build_grammar(const command_t *command, grammar_t *grammar)
{
    const spec_t *spec = command->spec;
    size_t n = 0;
    size_t letters = 0;
    char *text = grammar->letters;

    memset(grammar, 0, sizeof(*grammar));
    grammar->spec = spec;
    if (command->name[0] == '\0') {
        text[letters++] = '+';
    }
    text[letters++] = ':';
    text[letters++] = 'h';
    add_long(grammar, &n, "help", false, CODE_HELP);
    add_long(grammar, &n, "config", true, CODE_CONFIG);
    if (spec->lists) {
        add_long(grammar, &n, "json", false, CODE_JSON);
    }
    for (size_t i = 0; i < spec->option_count && i < MAX_OPTIONS; i++) {
        const option_t *option = &spec->options[i];

        if (option->letter != '\0') {
            text[letters++] = option->letter;
            if (option->metavar != NULL) {
                text[letters++] = ':';
            }
        }
        if (option->name != NULL) {
            add_long(grammar, &n, option->name, option->metavar != NULL,
                     CODE_FIRST + (int) i);
        }
    }
}


/* The option that a code or a letter of getopt stands for; NULL for the
 * common ones. */
static const option_t *
find_option(const spec_t *spec, int code)
{
    if (code >= CODE_FIRST) {
        return &spec->options[code - CODE_FIRST];
    }
    for (size_t i = 0; i < spec->option_count; i++) {
        if (code > 0 && spec->options[i].letter == code) {
            return &spec->options[i];
        }
    }
    return NULL;
}


static ep_rc_t
bad_option(const grammar_t *grammar, char **argv, ep_err_t *err)
{
    const option_t *option = find_option(grammar->spec, optopt);
    const char *word = argv[optind - 1];
    char name[64];

    if (option != NULL && option->metavar == NULL) {
        help_option_name(option, name, sizeof(name));
        return args_error(err, "argument %s: it takes no value", name);
    }
    if (optopt > 0 && optopt < CODE_HELP) {
        return args_error(err, "unrecognized arguments: -%c", optopt);
    }
    return args_error(err, "unrecognized arguments: %s", word);
}


static ep_rc_t
missing_value(const grammar_t *grammar, ep_err_t *err)
{
    const option_t *option = find_option(grammar->spec, optopt);
    char name[64] = "--config";

    if (option != NULL) {
        help_option_name(option, name, sizeof(name));
    }
    return args_error(err, "argument %s: expected one argument", name);
}


/* Is value one of "{a,b,c}"? */
static bool
is_choice(const char *choices, const char *value)
{
    ep_str_t rest = { choices + 1, strlen(choices) - 2 };
    ep_str_t choice;

    while (rest.n > 0) {
        ep_str_cut(rest, ',', &choice, &rest);
        if (ep_str_eq(choice, ep_str(value))) {
            return true;
        }
    }
    return false;
}


/* "{a,b}" as "'a', 'b'". */
static void
quote_choices(const char *choices, char *out, size_t size)
{
    ep_str_t rest = { choices + 1, strlen(choices) - 2 };
    ep_str_t choice;
    size_t n = 0;

    out[0] = '\0';
    while (rest.n > 0 && n < size) {
        ep_str_cut(rest, ',', &choice, &rest);
        n += (size_t) snprintf(out + n, size - n, "%s'%.*s'", n > 0 ? ", " : "",
                               EP_STR_ARG(choice));
    }
}


static ep_rc_t
check_value(const option_t *option, const char *value, ep_err_t *err)
{
    char name[64];
    char choices[256];
    int64_t number;

    help_option_name(option, name, sizeof(name));
    if (option->metavar != NULL && option->metavar[0] == '{'
        && !is_choice(option->metavar, value))
    {
        quote_choices(option->metavar, choices, sizeof(choices));
        return args_error(err,
                          "argument %s: invalid choice: '%s' (choose from "
                          "%s)",
                          name, value, choices);
    }
    if (option->integer && !ep_str_int(ep_str(value), &number)) {
        return args_error(err, "argument %s: invalid int value: '%s'", name,
                          value);
    }
    return EP_OK;
}


static ep_rc_t
take_option(const spec_t *spec, int code, args_t *args, ep_err_t *err)
{
    const option_t *option = find_option(spec, code);
    given_t *given;

    if (code == CODE_HELP || (option == NULL && code == 'h')) {
        args->help = true;
    } else if (code == CODE_CONFIG) {
        args->config = optarg;
    } else if (code == CODE_JSON) {
        args->json = true;
    } else {
        given = &args->given[args->given_count++];
        given->option = (size_t) (option - spec->options);
        given->value = optarg;
        return check_value(option, optarg, err);
    }
    return EP_OK;
}


static ep_rc_t
check_operands(const args_t *args, ep_err_t *err)
{
    const spec_t *spec = args->command->spec;

    if (args->operand_count < spec->operands_min) {
        return args_error(err, "the following arguments are required: %s",
                          spec->operand);
    }
    if (args->operand_count > spec->operands_max) {
        return args_error(err, "unrecognized arguments: %s",
                          args->operands[spec->operands_max]);
    }
    return EP_OK;
}


ep_rc_t
args_parse(const command_t *command, int argc, char **argv, ep_arena_t *arena,
           args_t *out, ep_err_t *err)
{
    grammar_t grammar;
    args_t args = { .command = command };
    ep_rc_t rc = EP_OK;
    size_t most = 1; /* "-ac" is two options in one word */
    int code;

    for (int i = 0; i < argc; i++) {
        most += strlen(argv[i]);
    }
    args.given = ep_arena_alloc(arena, most * sizeof(given_t));
    if (args.given == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    build_grammar(command, &grammar);
    opterr = 0;
    optind = 0;
    while (rc == EP_OK && !args.help
           && (code = getopt_long(argc, argv, grammar.letters, grammar.longs,
                                  NULL))
                  != -1)
    {
        if (code == '?') {
            rc = bad_option(&grammar, argv, err);
        } else if (code == ':') {
            rc = missing_value(&grammar, err);
        } else {
            rc = take_option(command->spec, code, &args, err);
        }
    }
    args.operands = argv + optind;
    args.operand_count = (size_t) (argc - optind);
    if (rc == EP_OK && !args.help) {
        rc = check_operands(&args, err);
    }
    if (rc == EP_OK) {
        *out = args;
    }
    return rc;
}


const char *
args_value(const args_t *args, size_t option)
{
    for (size_t i = args->given_count; i > 0; i--) {
        if (args->given[i - 1].option == option) {
            return args->given[i - 1].value;
        }
    }
    return NULL;
}


bool
args_has(const args_t *args, size_t option)
{
    for (size_t i = 0; i < args->given_count; i++) {
        if (args->given[i].option == option) {
            return true;
        }
    }
    return false;
}


int64_t
args_int(const args_t *args, size_t option, int64_t fallback)
{
    int64_t number = fallback;

    ep_str_int(ep_str(args_value(args, option)), &number);
    return number;
}


ep_str_t
args_operand(const args_t *args)
{
    return args->operand_count > 0 ? ep_str(args->operands[0]) : EP_STR_NULL;
}


bool
args_always(const args_t *args)
{
    (void) args;
    return true;
}
