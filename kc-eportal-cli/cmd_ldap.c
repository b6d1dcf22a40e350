/* kc.eportal ldap: set the directory that users may log in through, and test
 * it, also before it is set. */

#include <stdio.h>

#include <eportal/ldap.h>
#include <eportal/settings.h>

#include "cli.h"
#include "identity.h"
#include "prompt.h"

enum { URL, CONNECTION_STRING, FILTER, ADMIN_FILTER, CA_FILE, USER, PASSWORD };

#define SETTING_OPTIONS                                                        \
    [URL] = { '\0', "url", "URL",                                              \
              "ldap://HOST or ldaps://HOST, with :PORT and ?tls=0, "           \
              "strict_check=0, timeout=SECONDS (& between them)",              \
              false },                                                         \
    [CONNECTION_STRING] = { '\0', "connection-string", "NAME",                 \
                            "whom a user binds as, such as "                   \
                            "uid=%s,dc=example,dc=com",                        \
                            false },                                           \
    [FILTER] = { '\0', "filter", "SEARCH",                                     \
                 "search that lets a user in: BASE??SCOPE?FILTER", false },    \
    [ADMIN_FILTER] = { '\0', "admin-filter", "SEARCH",                         \
                       "search that makes him an administrator", false },      \
    [CA_FILE] = { '\0', "ca-file", "FILE",                                     \
                  "authorities in PEM that may vouch for the directory",       \
                  false }

static const option_t set_options[] = { SETTING_OPTIONS };
static const option_t test_options[] = {
    SETTING_OPTIONS,
    [USER] = { '\0', "user", "NAME", "log in as this user", false },
    [PASSWORD] = { '\0', "password", "PASSWORD",
                   "his password; without it you are asked", false },
};

static const ep_setting_t settings[] = {
    [URL] = EP_LDAP_URL,
    [CONNECTION_STRING] = EP_LDAP_CONNECTION_STRING,
    [FILTER] = EP_LDAP_FILTER,
    [ADMIN_FILTER] = EP_LDAP_ADMIN_FILTER,
    [CA_FILE] = EP_LDAP_CA_FILE,
};


/* What is set, and over it what the command line says. */
static void
take_settings(const cli_t *cli, const args_t *args, ep_ldap_settings_t *out)
{
    const char **values[] = { &out->url, &out->connection_string, &out->filter,
                              &out->admin_filter, &out->ca_file };

    ep_ldap_settings(cli->cfg, out);
    for (size_t i = 0; i < EP_ARRAY_LEN(settings); i++) {
        const char *value = args_value(args, i);

        if (value != NULL) {
            *values[i] = value;
        }
    }
}


/* What the environment says wins over what is written. */
static void
warn_overridden(const cli_t *cli, ep_setting_t setting)
{
    ep_str_t origin = ep_str(ep_config_origin(cli->cfg, setting));

    if (ep_str_starts(origin, EP_STR("env"))) {
        cli_warn("%s is also set by the %.*s, which wins",
                 ep_setting_info(setting)->name, EP_STR_ARG(origin));
    }
}


static void
warn_unsafe(const ep_ldap_settings_t *values)
{
    unsigned unsafe = ep_ldap_unsafe(values);

    if (unsafe & EP_LDAP_NO_TLS) {
        cli_warn("tls=0: passwords travel in the clear");
    }
    if (unsafe & EP_LDAP_NOT_VERIFIED) {
        cli_warn("strict_check=0: whoever answers in the directory's place "
                 "gets the passwords");
    }
}


/* A value that is empty takes the setting back to its default. */
static ep_rc_t
run_set(cli_t *cli, const args_t *args, ep_err_t *err)
{
    ep_config_change_t changes[EP_ARRAY_LEN(settings)];
    ep_ldap_settings_t values;
    size_t count = 0;
    ep_rc_t rc;

    if (args->given_count == 0) {
        return args_error(err, "one of the options is needed");
    }
    rc = cli_open(cli, err);
    if (rc != EP_OK) {
        return rc;
    }
    take_settings(cli, args, &values);
    rc = ep_ldap_check(&values, err);
    for (size_t i = 0; rc == EP_OK && i < EP_ARRAY_LEN(settings); i++) {
        const char *value = args_value(args, i);

        if (value != NULL) {
            warn_overridden(cli, settings[i]);
            changes[count++] =
                (ep_config_change_t){ settings[i],
                                      value[0] != '\0' ? value : NULL };
        }
    }
    if (rc == EP_OK) {
        rc = ep_settings_change(cli->portal, changes, count, err);
    }
    if (rc == EP_OK) {
        warn_unsafe(&values);
    }
    return rc;
}


static void
print_step(void *ctx, const char *step, const char *text)
{
    printf("%-10s ok: %s\n", step, text);
}


static ep_rc_t
run_test(cli_t *cli, const args_t *args, ep_err_t *err)
{
    const char *user = args_value(args, USER);
    const char *given = args_value(args, PASSWORD);
    char typed[PASSWORD_SIZE] = "";
    ep_ldap_settings_t values;
    const char *failed = NULL;
    ep_rc_t rc = cli_config(cli, err);

    if (rc == EP_OK) {
        rc = identity_take(cli->cfg, err);
    }
    if (rc == EP_OK && user != NULL && given == NULL) {
        rc = prompt_password_once(typed, err);
        given = typed;
    }
    if (rc != EP_OK) {
        return rc;
    }
    take_settings(cli, args, &values);
    rc = ep_ldap_test(NULL, &values, ep_str(user), ep_str(given), print_step,
                      NULL, &failed, err);
    explicit_bzero(typed, sizeof(typed));
    if (rc != EP_OK && failed != NULL) {
        printf("%-10s FAILED\n", failed);
    }
    return rc;
}


const spec_t directory_set_spec = {
    .summary = "set the directory that users may log in through",
    .description = "set the LDAP directory that users may log in through, in "
                   "config/config.json of the data directory, which wins "
                   "over the configuration file; an empty value unsets",
    .options = set_options,
    .option_count = EP_ARRAY_LEN(set_options),
    .run = run_set,
    .changes = args_always,
};

const spec_t directory_test_spec = {
    .summary = "test the login through a directory step by step",
    .description = "test the login through the LDAP directory that is set, "
                   "or that the options describe, step by step, and name the "
                   "step that fails; nothing is changed",
    .options = test_options,
    .option_count = EP_ARRAY_LEN(test_options),
    .run = run_test,
};
