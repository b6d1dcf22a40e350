/* kc.eportal source: make a patch source, and check the configured one. */

#include <stdio.h>

#include <eportal/buf.h>
#include <eportal/source.h>

#include "cli.h"
#include "identity.h"

enum { KEY };

static const option_t publish_options[] = {
    [KEY] = { '\0', "key", "FILE",
              "sign the index with this Ed25519 key (PEM, as `openssl genpkey "
              "-algorithm ed25519` makes it)",
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
    if (rc == EP_OK) {
        rc = ep_source_publish(args->operands[0], key, &published, err);
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
