/*
 * Help in the form of Python's argparse: the usage line is wrapped at 78
 * columns with the operand on a line of its own, and the help texts stand in
 * one column, 24 at most.
 */

#include "args.h"

#define WIDTH 78
#define MAX_COLUMN 24
#define PROGRAM "kc.eportal"

static const option_t help_option = { 'h', "help", NULL,
                                      "show this help message and exit",
                                      false };
static const option_t json_option = { '\0', "json", NULL,
                                      "print the list as JSON", false };
static const option_t config_option = {
    '\0', "config", "FILE",
    "configuration to read (default: EPORTAL_CONFIG, then "
    "/etc/eportal/config)",
    false
};


void
help_option_name(const option_t *option, char *out, size_t size)
{
    if (option->letter != '\0' && option->name != NULL) {
        snprintf(out, size, "-%c/--%s", option->letter, option->name);
    } else if (option->letter != '\0') {
        snprintf(out, size, "-%c", option->letter);
    } else {
        snprintf(out, size, "--%s", option->name);
    }
}


static size_t
program_name(const command_t *command, char *out, size_t size)
{
    return (size_t) snprintf(out, size, PROGRAM "%s%s",
                             command->name[0] != '\0' ? " " : "",
                             command->name);
}


/* "[-p PASSWORD]": an option on the usage line, by its first name. */
static void
usage_part(const option_t *option, char *out, size_t size)
{
    char name[64];

    if (option->letter != '\0') {
        snprintf(name, sizeof(name), "-%c", option->letter);
    } else {
        snprintf(name, sizeof(name), "--%s", option->name);
    }
    if (option->metavar != NULL) {
        snprintf(out, size, "[%s %s]", name, option->metavar);
    } else {
        snprintf(out, size, "[%s]", name);
    }
}


/* "-p PASSWORD, --password PASSWORD": an option in the list. */
static size_t
invocation(const option_t *option, char *out, size_t size)
{
    const char *space = option->metavar != NULL ? " " : "";
    const char *metavar = option->metavar != NULL ? option->metavar : "";

    if (option->letter != '\0' && option->name != NULL) {
        return (size_t) snprintf(out, size, "-%c%s%s, --%s%s%s", option->letter,
                                 space, metavar, option->name, space, metavar);
    }
    if (option->letter != '\0') {
        return (size_t) snprintf(out, size, "-%c%s%s", option->letter, space,
                                 metavar);
    }
    return (size_t) snprintf(out, size, "--%s%s%s", option->name, space,
                             metavar);
}


static void
operand_part(const spec_t *spec, char *out, size_t size)
{
    out[0] = '\0';
    if (spec->operand != NULL) {
        snprintf(out, size, spec->operands_min > 0 ? "%s" : "[%s]",
                 spec->operand);
    }
}


static size_t
usage_options(const spec_t *spec)
{
    return spec->usage_options != 0 ? spec->usage_options : spec->option_count;
}


/* Usage that does not fit: as many options as fit on each line, then the
 * operand. */
static void
usage_wrapped(const command_t *command, size_t indent, size_t width, FILE *out)
{
    const spec_t *spec = command->spec;
    char part[128];
    size_t column = indent + strlen("[-h]");

    fputs("[-h]", out);
    for (size_t i = 0; i < usage_options(spec); i++) {
        usage_part(&spec->options[i], part, sizeof(part));
        if (column + 1 + strlen(part) > width) {
            fprintf(out, "\n%*s%s", (int) indent, "", part);
            column = indent + strlen(part);
        } else {
            fprintf(out, " %s", part);
            column += 1 + strlen(part);
        }
    }
    operand_part(spec, part, sizeof(part));
    if (part[0] != '\0') {
        fprintf(out, "\n%*s%s", (int) indent, "", part);
    }
    fputc('\n', out);
}


void
help_usage(const command_t *command, FILE *out)
{
    const spec_t *spec = command->spec;
    size_t width = spec->usage_width != 0 ? spec->usage_width : WIDTH;
    char line[1024];
    char part[128];
    char program[64];
    size_t indent;
    size_t n;

    indent = strlen("usage: ") + 1;
    indent += program_name(command, program, sizeof(program));
    fprintf(out, "usage: %s ", program);
    n = (size_t) snprintf(line, sizeof(line), "[-h]");
    for (size_t i = 0; i < usage_options(spec) && n < sizeof(line); i++) {
        usage_part(&spec->options[i], part, sizeof(part));
        n += (size_t) snprintf(line + n, sizeof(line) - n, " %s", part);
    }
    operand_part(spec, part, sizeof(part));
    if (part[0] != '\0' && n < sizeof(line)) {
        n += (size_t) snprintf(line + n, sizeof(line) - n, " %s", part);
    }
    if (indent + n <= width) {
        fprintf(out, "%s\n", line);
    } else {
        usage_wrapped(command, indent, width, out);
    }
}


/* A paragraph from the given column on; the cursor is there already. */
static void
paragraph(const char *text, size_t indent, FILE *out)
{
    ep_str_t rest = ep_str(text);
    ep_str_t word;
    size_t column = indent;

    while (rest.n > 0) {
        ep_str_cut(rest, ' ', &word, &rest);
        if (column > indent && column + 1 + word.n > WIDTH) {
            fprintf(out, "\n%*s", (int) indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", EP_STR_ARG(word));
        column += word.n;
    }
    fputc('\n', out);
}


static void
item(const char *name, const char *text, size_t column, FILE *out)
{
    if (text == NULL) {
        fprintf(out, "  %s\n", name);
        return;
    }
    if (2 + strlen(name) + 2 <= column) {
        fprintf(out, "  %-*s", (int) column - 2, name);
    } else {
        fprintf(out, "  %s\n%*s", name, (int) column, "");
    }
    paragraph(text, column, out);
}


static void
option_item(const option_t *option, size_t column, FILE *out)
{
    char name[128];

    invocation(option, name, sizeof(name));
    item(name, option->help, column, out);
}


/* The column of the help texts: two behind the longest name. */
static size_t
help_column(const spec_t *spec)
{
    char name[128];
    size_t longest = invocation(&help_option, name, sizeof(name));
    size_t n;

    if (spec->operand != NULL && strlen(spec->operand) > longest) {
        longest = strlen(spec->operand);
    }
    for (size_t i = 0; i < spec->option_count; i++) {
        n = invocation(&spec->options[i], name, sizeof(name));
        longest = n > longest ? n : longest;
    }
    return longest + 4 < MAX_COLUMN ? longest + 4 : MAX_COLUMN;
}


void
help_print(const command_t *command, FILE *out)
{
    const spec_t *spec = command->spec;
    size_t column = help_column(spec);

    help_usage(command, out);
    if (spec->description != NULL) {
        fputc('\n', out);
        paragraph(spec->description, 0, out);
    }
    if (spec->operand != NULL) {
        fputs("\npositional arguments:\n", out);
        item(spec->operand, spec->operand_help, column, out);
    }
    fputs("\noptional arguments:\n", out);
    option_item(&help_option, column, out);
    for (size_t i = 0; i < spec->option_count; i++) {
        option_item(&spec->options[i], column, out);
    }
    fputs("\ncommon options:\n", out);
    if (spec->lists) {
        option_item(&json_option, strlen("  --config FILE  "), out);
    }
    option_item(&config_option, strlen("  --config FILE  "), out);
    if (spec->epilog != NULL) {
        fprintf(out, "\n%s\n", spec->epilog);
    }
}
