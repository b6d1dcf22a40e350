/* kc.eportal source: make a patch source, and check the configured one. */

#include <stdio.h>

#include <eportal/buf.h>
#include <eportal/settings.h>
#include <eportal/source.h>

#include "cli.h"
#include "identity.h"
#include "prompt.h"

enum { KEY, TREE };

static const option_t publish_options[] = {
    [KEY] = { '\0', "key", "FILE",
              "sign the index with this Ed25519 key (PEM, as `openssl genpkey "
              "-algorithm ed25519` makes it)",
              false },
    [TREE] = { '\0', "tree", NULL,
               "unpack the archives, too, and write their metadata: portals in "
               "cache mode need both",
               false },
};


static ep_rc_t
read_key(const char *path, char *text, size_t size, ep_str_t *out,
         ep_err_t *err)
{
    FILE *file = fopen(path, "re");
    size_t n;

    if (file == NULL) {
        return ep_err_errno(err, "key-read", "cannot open %s", path);
    }
    n = fread(text, 1, size, file);
    fclose(file);
    if (n == 0 || n == size) {
        return ep_err_set(err, EP_EINVAL, "bad-key",
                          "%s is no Ed25519 key in PEM", path);
    }
    *out = (ep_str_t){ text, n };
    return EP_OK;
}


static ep_rc_t
run_publish(cli_t *cli, const args_t *args, ep_err_t *err)
{
    const char *path = args_value(args, KEY);
    ep_str_t key = EP_STR_NULL;
    ep_published_t published;
    char text[4096];
    ep_rc_t rc = EP_OK;

    if (path != NULL) {
        rc = read_key(path, text, sizeof(text), &key, err);
    }
    if (rc == EP_OK && args_has(args, TREE)) {
        rc = cli_config(cli, err);
    }
    if (rc == EP_OK) {
        rc = ep_source_publish(args->operands[0], key,
                               args_has(args, TREE) ? cli->cfg : NULL,
                               &published, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    printf("%lld patchsets are in %s/index.json\n",
           (long long) published.patchsets, args->operands[0]);
    if (published.public_key[0] != '\0') {
        printf("PATCH_SOURCE_PUBLIC_KEY = '%s'\n", published.public_key);
    }
    return EP_OK;
}


static void
print_step(void *ctx, const char *step, const char *text)
{
    printf("%-10s ok: %s\n", step, text);
}


static ep_rc_t
run_check(cli_t *cli, const args_t *args, ep_err_t *err)
{
    const char *failed = NULL;
    ep_rc_t rc = cli_config(cli, err);

    if (rc == EP_OK) {
        rc = identity_take(cli->cfg, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_source_check(cli->cfg, print_step, NULL, &failed, err);
    if (rc != EP_OK && failed != NULL) {
        printf("%-10s FAILED\n", failed);
    }
    return rc;
}


enum { URL, USER, PASSWORD, DISTROS };

static const option_t set_options[] = {
    [URL] = { '\0', "url", "URL", "address of the source", false },
    [USER] = { '\0', "user", "LOGIN", "login; an empty one: none", false },
    [PASSWORD] = { '\0', "password", "PASSWORD",
                   "password; - reads it from standard input", false },
    [DISTROS] = { '\0', "distros", "LIST",
                  "distributions whose kernel patchsets are downloaded, "
                  "commas between; an empty list: all",
                  false },
};


/* What the environment says wins over what was just written. */
static void
warn_overridden(const cli_t *cli, ep_setting_t setting)
{
    ep_str_t origin = ep_str(ep_config_origin(cli->cfg, setting));

    if (ep_str_starts(origin, EP_STR("env"))) {
        cli_warn("%s is also set by the %.*s, which wins",
                 ep_setting_info(setting)->name, EP_STR_ARG(origin));
    }
}


/* A value that is empty takes the setting back to its default. */
static ep_rc_t
run_set(cli_t *cli, const args_t *args, ep_err_t *err)
{
    static const ep_setting_t settings[] = {
        [URL] = EP_PATCH_SOURCE_URL,
        [USER] = EP_PATCH_SOURCE_USER,
        [PASSWORD] = EP_PATCH_SOURCE_PASSWORD,
        [DISTROS] = EP_PATCH_SOURCE_DISTROS,
    };
    ep_config_change_t changes[EP_ARRAY_LEN(settings)];
    char typed[PASSWORD_SIZE] = "";
    size_t count = 0;
    ep_rc_t rc;

    if (args->given_count == 0) {
        return args_error(err, "one of the options is needed");
    }
    rc = cli_config(cli, err);
    for (size_t i = 0; rc == EP_OK && i < EP_ARRAY_LEN(settings); i++) {
        const char *value = args_value(args, i);

        if (value == NULL) {
            continue;
        }
        if (i == PASSWORD && strcmp(value, "-") == 0) {
            rc = prompt_password(typed, err);
            value = typed;
        }
        warn_overridden(cli, settings[i]);
        changes[count++] =
            (ep_config_change_t){ settings[i],
                                  value[0] != '\0' ? value : NULL };
    }
    if (rc == EP_OK) {
        rc = cli_open(cli, err);
    }
    if (rc == EP_OK) {
        rc = ep_settings_change(cli->portal, changes, count, err);
    }
    explicit_bzero(typed, sizeof(typed));
    return rc;
}


const spec_t source_set_spec = {
    .summary = "set the patch source",
    .description = "set the patch source in config/config.json of the data "
                   "directory, which wins over the configuration file",
    .options = set_options,
    .option_count = EP_ARRAY_LEN(set_options),
    .run = run_set,
    .changes = args_always,
};

const spec_t source_publish_spec = {
    .summary = "make a patch source of a directory of archives",
    .description = "write index.json, which says what the archives of a "
                   "directory are, so that any web server can offer them to "
                   "an ePortal",
    .options = publish_options,
    .option_count = EP_ARRAY_LEN(publish_options),
    .operand = "directory",
    .operand_help = "directory of archives",
    .operands_min = 1,
    .operands_max = 1,
    .epilog = "What index.json says of an archive's distros, channels, status, "
              "changelog and\nrelease time may be edited; publish keeps it. "
              "Run publish again afterwards.",
    .run = run_publish,
};

const spec_t source_check_spec = {
    .summary = "test the configured patch source step by step",
    .description = "test the configured patch source step by step and name "
                   "the step that fails; nothing is changed",
    .run = run_check,
};
