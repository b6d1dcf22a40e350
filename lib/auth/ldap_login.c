/* Who may come in: see eportal/ldap.h. */

#include <stdatomic.h>

#include "auth/talk.h"

/* Conversations at once in a process: a directory that hangs must leave
 * threads of the pool for those who do not need it. */
#define TALKS_MAX 4

static atomic_int talks;

/* A search among the settings, and what its errors are called. */
typedef struct {
    const char *setting;
    const char *text; /* its value */
    const char *code;
} query_t;


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
}


static query_t
filter_query(const ep_ldap_settings_t *settings)
{
    return (query_t){ "LDAP_FILTER", settings->filter, "ldap-filter" };
}


static query_t
role_query(const ep_ldap_settings_t *settings)
{
    return (query_t){ "LDAP_ADMIN_FILTER", settings->admin_filter,
                      "ldap-role" };
}


static bool
is_set(const char *text)
{
    return text != NULL && text[0] != '\0';
}


static ep_rc_t
ask(ep_talk_t *talk, const query_t *query, ep_str_t user, bool *found,
    ep_err_t *err)
{
    ep_ldap_search_t what;
    ep_rc_t rc = ep_ldap_search(talk->arena, query->text, query->code,
                                query->setting, &user, &what, err);

    return rc == EP_OK ? ep_talk_search(talk, &what, query->setting,
                                        query->code, found, err)
                       : rc;
}


static ep_rc_t
bind_as(ep_talk_t *talk, ep_str_t user, ep_str_t password, ep_err_t *err)
{
    const char *name;
    ep_rc_t rc;

    talk->step = "bind";
    rc = ep_ldap_bind_name(talk->arena, talk->settings->connection_string,
                           &user, &name, err);
    if (rc == EP_OK) {
        rc = ep_talk_bind(talk, name, password, err);
    }
    if (rc == EP_OK) {
        ep_talk_tell(talk, name);
    }
    return rc;
}


static ep_rc_t
ask_filter(ep_talk_t *talk, ep_str_t user, ep_err_t *err)
{
    query_t query = filter_query(talk->settings);
    bool found;
    ep_rc_t rc;

    talk->step = "filter";
    if (!is_set(query.text)) {
        ep_talk_tell(talk, "not used: everybody who can bind may come in");
        return EP_OK;
    }
    rc = ask(talk, &query, user, &found, err);
    if (rc == EP_OK && !found) {
        return ep_err_set(err, EP_EPERM, "ldap-refused",
                          "name and password are right, but LDAP_FILTER finds "
                          "nothing for %.*s",
                          EP_STR_ARG(user));
    }
    if (rc == EP_OK) {
        ep_talk_tell(talk, "may come in");
    }
    return rc;
}


static ep_rc_t
ask_role(ep_talk_t *talk, ep_str_t user, ep_ldap_user_t *out, ep_err_t *err)
{
    query_t query = role_query(talk->settings);
    bool found;
    ep_rc_t rc;

    talk->step = "role";
    if (!is_set(query.text)) {
        *out = (ep_ldap_user_t){ .has_role = false, .readonly = true };
        ep_talk_tell(talk, "not used: read-only at first, then as set here");
        return EP_OK;
    }
    rc = ask(talk, &query, user, &found, err);
    if (rc == EP_OK) {
        *out = (ep_ldap_user_t){ .has_role = true, .readonly = !found };
        ep_talk_tell(talk, found ? "administrator" : "read-only");
    }
    return rc;
}


/* ---- the whole way ---- */

static ep_rc_t
begin_talk(ep_talk_t *talk, ep_err_t *err)
{
    if (atomic_fetch_add(&talks, 1) >= TALKS_MAX) {
        atomic_fetch_sub(&talks, 1);
        return ep_err_set(err, EP_EBUSY, "login-busy",
                          "the directory is busy with other logins: try "
                          "again in a moment");
    }
    talk->arena = ep_arena_new();
    if (talk->arena == NULL) {
        atomic_fetch_sub(&talks, 1);
        return no_memory(err);
    }
    return EP_OK;
}


static void
end_talk(ep_talk_t *talk)
{
    ep_talk_close(talk);
    atomic_fetch_sub(&talks, 1);
}


static ep_rc_t
open_talk(ep_talk_t *talk, const ep_portal_t *portal, ep_err_t *err)
{
    ep_rc_t rc;

    talk->step = "address";
    if (!is_set(talk->settings->url)) {
        return ep_err_set(err, EP_EINVAL, "no-ldap",
                          "no directory is set: set LDAP_URL");
    }
    rc = ep_ldap_parse_url(talk->settings->url, &talk->address, err);
    if (rc != EP_OK) {
        return rc;
    }
    ep_talk_tell(talk, talk->address.ldaps      ? "ldaps"
                       : talk->address.starttls ? "ldap with StartTLS"
                                                : "ldap without TLS");
    return ep_talk_open(talk, portal, err);
}


static ep_rc_t
ask_about(ep_talk_t *talk, ep_str_t user, ep_str_t password,
          ep_ldap_user_t *out, ep_err_t *err)
{
    ep_rc_t rc = bind_as(talk, user, password, err);

    if (rc == EP_OK) {
        rc = ask_filter(talk, user, err);
    }
    return rc == EP_OK ? ask_role(talk, user, out, err) : rc;
}


/* What can be said about settings and user without asking anybody. */
static ep_rc_t
check(const ep_ldap_settings_t *settings, const ep_str_t *user, ep_err_t *err)
{
    const query_t queries[] = { filter_query(settings), role_query(settings) };
    ep_arena_t *arena = ep_arena_new();
    ep_ldap_address_t address;
    ep_ldap_search_t what;
    const char *name;
    ep_rc_t rc;

    if (arena == NULL) {
        return no_memory(err);
    }
    rc = ep_ldap_parse_url(settings->url, &address, err);
    if (rc == EP_OK) {
        rc = ep_ldap_bind_name(arena, settings->connection_string, user, &name,
                               err);
    }
    for (size_t i = 0; rc == EP_OK && i < EP_ARRAY_LEN(queries); i++) {
        if (is_set(queries[i].text)) {
            rc = ep_ldap_search(arena, queries[i].text, queries[i].code,
                                queries[i].setting, user, &what, err);
        }
    }
    ep_arena_free(arena);
    return rc;
}


bool
ep_ldap_configured(const ep_config_t *cfg)
{
    return is_set(ep_config_string(cfg, EP_LDAP_URL));
}


void
ep_ldap_settings(const ep_config_t *cfg, ep_ldap_settings_t *out)
{
    *out = (ep_ldap_settings_t){
        .url = ep_config_string(cfg, EP_LDAP_URL),
        .connection_string = ep_config_string(cfg, EP_LDAP_CONNECTION_STRING),
        .filter = ep_config_string(cfg, EP_LDAP_FILTER),
        .admin_filter = ep_config_string(cfg, EP_LDAP_ADMIN_FILTER),
        .ca_file = ep_config_string(cfg, EP_LDAP_CA_FILE),
    };
}


ep_rc_t
ep_ldap_check(const ep_ldap_settings_t *settings, ep_err_t *err)
{
    return is_set(settings->url) ? check(settings, NULL, err) : EP_OK;
}


unsigned
ep_ldap_unsafe(const ep_ldap_settings_t *settings)
{
    ep_ldap_address_t address;

    if (!is_set(settings->url)
        || ep_ldap_parse_url(settings->url, &address, NULL) != EP_OK)
    {
        return 0;
    }
    if (!address.ldaps && !address.starttls) {
        return EP_LDAP_NO_TLS;
    }
    return address.strict ? 0 : EP_LDAP_NOT_VERIFIED;
}


static ep_rc_t
bad_password(ep_err_t *err)
{
    return ep_err_set(err, EP_EAUTH, "bad-credentials",
                      "a directory is not asked about an empty password, nor "
                      "about one of more than %d bytes",
                      EP_LDAP_PASSWORD_MAX);
}


/* A bind without a password succeeds, as nobody. */
static bool
is_password(ep_str_t password)
{
    return password.n > 0 && password.n <= EP_LDAP_PASSWORD_MAX;
}


ep_rc_t
ep_ldap_login(ep_portal_t *portal, ep_str_t user, ep_str_t password,
              ep_ldap_user_t *out, ep_err_t *err)
{
    ep_ldap_settings_t settings;
    ep_talk_t talk = { .settings = &settings };
    ep_rc_t rc;

    ep_ldap_settings(ep_portal_config(portal), &settings);
    if (!is_password(password)) {
        return bad_password(err);
    }
    rc = is_set(settings.url) ? check(&settings, &user, err) : EP_OK;
    if (rc == EP_OK) {
        rc = begin_talk(&talk, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = open_talk(&talk, portal, err);
    if (rc == EP_OK) {
        rc = ask_about(&talk, user, password, out, err);
    }
    end_talk(&talk);
    return rc;
}


/* Without a user the templates are only looked at. */
static ep_rc_t
test_templates(ep_talk_t *talk, ep_err_t *err)
{
    static const char *const steps[] = { "bind", "filter", "role" };
    const ep_ldap_settings_t *settings = talk->settings;
    const query_t queries[] = { filter_query(settings), role_query(settings) };
    const char *name;
    ep_ldap_search_t what;
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; rc == EP_OK && i < EP_ARRAY_LEN(steps); i++) {
        talk->step = steps[i];
        if (i == 0 && is_set(settings->connection_string)) {
            rc = ep_ldap_bind_name(talk->arena, settings->connection_string,
                                   NULL, &name, err);
        } else if (i > 0 && is_set(queries[i - 1].text)) {
            rc = ep_ldap_search(talk->arena, queries[i - 1].text,
                                queries[i - 1].code, queries[i - 1].setting,
                                NULL, &what, err);
        }
        if (rc == EP_OK) {
            ep_talk_tell(talk, "not tried: no user was named");
        }
    }
    return rc;
}


ep_rc_t
ep_ldap_test(const ep_portal_t *portal, const ep_ldap_settings_t *settings,
             ep_str_t user, ep_str_t password, ep_ldap_step_fn fn, void *ctx,
             const char **failed, ep_err_t *err)
{
    ep_talk_t talk = { .settings = settings, .fn = fn, .ctx = ctx };
    ep_ldap_user_t who;
    ep_rc_t rc = begin_talk(&talk, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = open_talk(&talk, portal, err);
    if (rc == EP_OK && user.n == 0) {
        rc = test_templates(&talk, err);
    } else if (rc == EP_OK && !is_password(password)) {
        talk.step = "bind";
        rc = bad_password(err);
    } else if (rc == EP_OK) {
        rc = ask_about(&talk, user, password, &who, err);
    }
    if (rc != EP_OK) {
        *failed = talk.step;
    }
    end_talk(&talk);
    return rc;
}
