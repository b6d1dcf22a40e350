/* The directory that users may log in through (LDAP-4..25, W-10): its
 * settings, and a test of them that works before they are saved. */

#include <eportal/ldap.h>
#include <eportal/settings.h>

#include "http/private.h"
#include "http/steps.h"

#define ANSWER_MAX ((size_t) 256 * 1024)

/* In the order of field_of. */
static const struct {
    const char *name; /* of the parameter */
    ep_setting_t setting;
} fields[] = {
    { "url", EP_LDAP_URL },
    { "connection_string", EP_LDAP_CONNECTION_STRING },
    { "filter", EP_LDAP_FILTER },
    { "admin_filter", EP_LDAP_ADMIN_FILTER },
    { "ca_file", EP_LDAP_CA_FILE },
};

#define FIELDS EP_ARRAY_LEN(fields)


static const char **
field_of(ep_ldap_settings_t *values, size_t i)
{
    const char **const all[FIELDS] = { &values->url, &values->connection_string,
                                       &values->filter, &values->admin_filter,
                                       &values->ca_file };

    return all[i];
}


/* What is saved, and over it what the request says; empty unsets. given:
 * which were there. */
static ep_rc_t
read_values(ep_call_t *call, ep_ldap_settings_t *values, bool given[FIELDS],
            ep_err_t *err)
{
    ep_rc_t rc = ep_call_params(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_ldap_settings(call->cfg, values);
    for (size_t i = 0; i < FIELDS; i++) {
        ep_str_t value = ep_params_get(call->params, fields[i].name);
        char *copy;

        given[i] = value.p != NULL;
        if (!given[i]) {
            continue;
        }
        value = ep_str_trim(value);
        if (!ep_str_is_text(value, false)) {
            return ep_err_set(err, EP_EINVAL, "bad-parameter",
                              "%s must be a line of text", fields[i].name);
        }
        copy = ep_arena_strdup(call->arena, value);
        if (copy == NULL) {
            return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
        }
        *field_of(values, i) = copy[0] != '\0' ? copy : NULL;
    }
    return EP_OK;
}


static void
write_warning(ep_json_t *w, const char *code, ep_str_t message)
{
    ep_json_open(w, NULL, '{');
    ep_json_str(w, "code", ep_str(code));
    ep_json_str(w, "message", message);
    ep_json_close(w, '}');
}


static void
write_settings(ep_json_t *w, const ep_config_t *cfg, ep_ldap_settings_t *values)
{
    unsigned unsafe = ep_ldap_unsafe(values);

    ep_json_open(w, "result", '{');
    for (size_t i = 0; i < FIELDS; i++) {
        ep_json_str(w, fields[i].name, ep_str(*field_of(values, i)));
    }
    /* What the environment says wins over what is saved. */
    ep_json_open(w, "fixed", '[');
    for (size_t i = 0; i < FIELDS; i++) {
        if (ep_config_is_fixed(cfg, fields[i].setting)) {
            ep_json_str(w, NULL, ep_str(fields[i].name));
        }
    }
    ep_json_close(w, ']');
    ep_json_open(w, "warnings", '[');
    if (unsafe & EP_LDAP_NO_TLS) {
        write_warning(w, "no-tls",
                      EP_STR("tls=0: passwords travel in the clear"));
    }
    if (unsafe & EP_LDAP_NOT_VERIFIED) {
        write_warning(w, "not-verified",
                      EP_STR("strict_check=0: whoever answers in the "
                             "directory's place gets the passwords"));
    }
    ep_json_close(w, ']');
    ep_json_close(w, '}');
}


static ep_rc_t
answer_settings(ep_call_t *call, ep_ldap_settings_t *values, ep_err_t *err)
{
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };

    ep_buf_init(&buf, ANSWER_MAX);
    ep_json_open(&w, NULL, '{');
    write_settings(&w, call->cfg, values);
    ep_json_close(&w, '}');
    return ep_answer_written(call, 200, &w, err);
}


ep_rc_t
ep_api_ldap(ep_call_t *call, ep_err_t *err)
{
    ep_ldap_settings_t values;

    ep_ldap_settings(call->cfg, &values);
    return answer_settings(call, &values, err);
}


ep_rc_t
ep_api_ldap_put(ep_call_t *call, ep_err_t *err)
{
    ep_config_change_t changes[FIELDS];
    ep_ldap_settings_t values;
    bool given[FIELDS];
    size_t count = 0;
    ep_rc_t rc = read_values(call, &values, given, err);

    if (rc == EP_OK) {
        rc = ep_ldap_check(&values, err);
    }
    for (size_t i = 0; rc == EP_OK && i < FIELDS; i++) {
        if (given[i]) {
            changes[count++] = (ep_config_change_t){ fields[i].setting,
                                                     *field_of(&values, i) };
        }
    }
    if (rc == EP_OK && count == 0) {
        rc = ep_err_set(err, EP_EINVAL, "bad-parameter",
                        "one of url, connection_string, filter, admin_filter "
                        "and ca_file is needed");
    }
    if (rc == EP_OK) {
        rc = ep_settings_change(call->portal, changes, count, err);
    }
    return rc == EP_OK ? answer_settings(call, &values, err) : rc;
}


/* What is named takes the place of what is saved, for this test only. */
ep_rc_t
ep_api_ldap_test(ep_call_t *call, ep_err_t *err)
{
    static const char *const secrets[] = { "password", NULL };
    ep_ldap_settings_t values;
    bool given[FIELDS];
    const char *failed = NULL;
    ep_err_t why = { 0 };
    ep_steps_t steps;
    ep_rc_t rc = ep_call_secrets(call, secrets, err);

    if (rc == EP_OK) {
        rc = read_values(call, &values, given, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    ep_steps_begin(&steps);
    rc =
        ep_ldap_test(call->portal, &values, ep_params_get(call->params, "user"),
                     ep_params_get(call->params, "password"), ep_steps_add,
                     &steps, &failed, &why);
    return ep_steps_end(call, &steps, "ldap", rc, failed, &why, err);
}
