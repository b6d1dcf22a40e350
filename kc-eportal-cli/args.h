/*
 * Command line of kc.eportal: one specification per command gives both its
 * parser and its help, in the form that Python's argparse prints, because
 * that is what administrators and scripts of this portal are used to.
 */

#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdio.h>

#include <eportal/arena.h>
#include <eportal/err.h>

typedef struct cli cli_t;
typedef struct args args_t;

typedef struct {
    char letter;         /* '\0': it has no short form */
    const char *name;    /* long form without dashes; NULL: none */
    const char *metavar; /* of its value; NULL: a flag; "{a,b}": choices */
    const char *help;    /* one sentence; NULL: none */
    bool integer;        /* the value is a decimal integer */
} option_t;

typedef struct {
    const char *summary;     /* for the list of commands */
    const char *description; /* below the usage line; NULL: none */
    const option_t *options; /* without -h and the common ones */
    size_t option_count;
    const char *operand;      /* positional argument; NULL: none */
    const char *operand_help; /* its line in the help */
    size_t operands_min;
    size_t operands_max;
    bool lists;           /* --json is among its common options */
    const char *epilog;   /* examples and hints, printed as they are */
    size_t usage_width;   /* columns of the usage line; 0: 78 */
    size_t usage_options; /* how many options it shows; 0: all */
    ep_rc_t (*run)(cli_t *cli, const args_t *args, ep_err_t *err);
    /* Whether this command line is to change something, so that its failure
     * is a row of the audit log; NULL: never. */
    bool (*changes)(const args_t *args);
} spec_t;

typedef struct {
    const char *name; /* "key", "kcare deploy"; "" for no command at all */
    const spec_t *spec;
} command_t;

typedef struct {
    size_t option; /* index in spec->options */
    const char *value;
} given_t;

struct args {
    const command_t *command;
    given_t *given; /* in the order of the command line */
    size_t given_count;
    char **operands;
    size_t operand_count;
    const char *config; /* --config; NULL: not given */
    bool json;
    bool help;
};

/*
 * Parse argv[0..argc), whose argv[0] is skipped. Options may stand behind
 * operands, except for the command "", which stops at the first operand.
 * Memory comes from arena. EP_EINVAL with the code "usage" and argparse's
 * words on a mistake.
 */
ep_rc_t args_parse(const command_t *command, int argc, char **argv,
                   ep_arena_t *arena, args_t *out, ep_err_t *err);

/* Was it given; its last value, or NULL; the value as an integer, which
 * args_parse has checked, or fallback. */
bool args_has(const args_t *args, size_t option);
const char *args_value(const args_t *args, size_t option);
int64_t args_int(const args_t *args, size_t option, int64_t fallback);
/* The only operand, or an empty view. */
ep_str_t args_operand(const args_t *args);

/* For spec_t: whatever the command line says. */
bool args_always(const args_t *args);

/* A mistake that only the command itself can see, for instance options that
 * exclude one another: main prints the usage with it. */
ep_rc_t args_error(ep_err_t *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* help.c: the usage line, and the whole help. */
void help_usage(const command_t *command, FILE *out);
void help_print(const command_t *command, FILE *out);
/* "-r/--role": an option as messages name it. */
void help_option_name(const option_t *option, char *out, size_t size);

#endif
