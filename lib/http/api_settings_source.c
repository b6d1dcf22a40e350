/* The patch source as administrators set it (SRC-1..4, W-10): its address,
 * its login, the distributions that are wanted. */

#include <stdlib.h>

#include <eportal/patchset.h>
#include <eportal/settings.h>
#include <eportal/source.h>

#include "http/private.h"
#include "http/steps.h"

#define ANSWER_MAX 65536
#define DISTROS_MAX 4096
#define LABELS_MAX 1000

enum { URL, USER, PASSWORD, DISTROS, FIELDS };

static const struct {
    const char *name;
    ep_setting_t setting;
} fields[FIELDS] = { [URL] = { "url", EP_PATCH_SOURCE_URL },
                     [USER] = { "user", EP_PATCH_SOURCE_USER },
                     [PASSWORD] = { "password", EP_PATCH_SOURCE_PASSWORD },
                     [DISTROS] = { "distro", EP_PATCH_SOURCE_DISTROS } };

/* What the vendor's archives are labelled with (SRC-4, protocol.md 1.13). */
static const char *const known_distros[] = { "almalinux8",
                                             "almalinux8-arm64",
                                             "almalinux8-rpi",
                                             "almalinux9",
                                             "almalinux9-arm64",
                                             "almalinux10",
                                             "amazon",
                                             "cend1",
                                             "centos6",
                                             "centos7",
                                             "centos8",
                                             "cl6",
                                             "cl7",
                                             "cl8",
                                             "custom",
                                             "debian8",
                                             "debian9",
                                             "debian10",
                                             "debian11",
                                             "debian11-cloud",
                                             "debian12",
                                             "oel6",
                                             "oel7",
                                             "oel8",
                                             "oel9",
                                             "oel9-uek7",
                                             "oel10",
                                             "openvz",
                                             "pve",
                                             "raspberrypi",
                                             "rhel6",
                                             "rhel7",
                                             "rhel8",
                                             "rhel8-arm64",
                                             "rhel9",
                                             "rhel10",
                                             "rockylinux8",
                                             "rockylinux9",
                                             "rockylinux10",
                                             "rpios-arm64",
                                             "sl6",
                                             "ubuntu14.04",
                                             "ubuntu16.04",
                                             "ubuntu18.04",
                                             "ubuntu20.04",
                                             "ubuntu22.04",
                                             "ubuntu24.04" };


static void
write_list(ep_json_t *w, const char *key, const char *const *items,
           size_t count)
{
    ep_json_open(w, key, '[');
    for (size_t i = 0; i < count; i++) {
        ep_json_str(w, NULL, ep_str(items[i]));
    }
    ep_json_close(w, ']');
}


/* Labels by name, each once. */
typedef struct {
    ep_call_t *call;
    const char **items;
    size_t n;
    size_t cap;
} labels_t;


static int
compare_labels(const void *a, const void *b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}


static ep_rc_t
add_label(ep_str_t label, void *ctx, ep_err_t *err)
{
    labels_t *l = ctx;

    for (size_t i = 0; i < l->n; i++) {
        if (ep_str_eq(ep_str(l->items[i]), label)) {
            return EP_OK;
        }
    }
    if (l->n == LABELS_MAX) {
        return EP_OK; /* who sends so many means no good */
    }
    l->items[l->n] = ep_arena_strdup(l->call->arena, label);
    if (l->items[l->n] == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    l->n++;
    return EP_OK;
}


/* The vendor's, and what the index and the patchsets here have besides. */
static ep_rc_t
write_labels(ep_call_t *call, ep_json_t *w, ep_err_t *err)
{
    labels_t l = { .call = call,
                   .items = ep_arena_alloc(call->arena,
                                           LABELS_MAX * sizeof(char *)) };
    ep_rc_t rc = EP_OK;

    if (l.items == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    for (size_t i = 0; rc == EP_OK && i < EP_ARRAY_LEN(known_distros); i++) {
        rc = add_label(ep_str(known_distros[i]), &l, err);
    }
    if (rc == EP_OK) {
        rc = ep_patchset_labels(call->portal, add_label, &l, err);
    }
    if (rc == EP_OK) {
        qsort(l.items, l.n, sizeof(*l.items), compare_labels);
        write_list(w, "known_distros", l.items, l.n);
    }
    return rc;
}


static ep_rc_t
answer_source(ep_call_t *call, const ep_config_t *cfg, ep_err_t *err)
{
    const char *const *distros;
    size_t count = ep_config_list(cfg, EP_PATCH_SOURCE_DISTROS, &distros);
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    ep_rc_t rc;

    ep_buf_init(&buf, ANSWER_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '{');
    ep_json_str(&w, "url", ep_str(ep_config_string(cfg, EP_PATCH_SOURCE_URL)));
    ep_json_str(&w, "user",
                ep_str(ep_config_string(cfg, EP_PATCH_SOURCE_USER)));
    ep_json_bool(&w, "password_set",
                 ep_config_string(cfg, EP_PATCH_SOURCE_PASSWORD) != NULL);
    write_list(&w, "distros", distros, count);
    rc = write_labels(call, &w, err);
    ep_json_bool(&w, "configured", ep_source_configured(cfg));
    ep_json_open(&w, "origins", '{');
    for (int i = 0; i < FIELDS; i++) {
        ep_json_str(&w, fields[i].name,
                    ep_str(ep_config_origin(call->cfg, fields[i].setting)));
    }
    ep_json_close(&w, '}');
    ep_json_close(&w, '}');
    ep_json_close(&w, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(call, 200, &w, err);
}


ep_rc_t
ep_api_settings_source(ep_call_t *call, ep_err_t *err)
{
    return answer_source(call, call->cfg, err);
}


/* "distro" may repeat; the setting's text has commas. An empty one alone is
 * no distribution: all are wanted again. */
static ep_rc_t
join_distros(ep_call_t *call, const char **out, ep_err_t *err)
{
    ep_buf_t buf;
    ep_str_t distro;
    size_t at = 0;
    ep_rc_t rc = EP_OK;

    ep_buf_init(&buf, DISTROS_MAX);
    while (rc == EP_OK && ep_params_next(call->params, "distro", &at, &distro))
    {
        if (distro.n > 0 && buf.n > 0) {
            rc = ep_buf_add(&buf, ",", 1);
        }
        if (rc == EP_OK) {
            rc = ep_buf_add_str(&buf, distro);
        }
    }
    *out = buf.n > 0 ? ep_arena_strdup(call->arena, ep_buf_str(&buf)) : NULL;
    if (rc == EP_OK && buf.n > 0 && *out == NULL) {
        rc = EP_ENOMEM;
    }
    ep_buf_free(&buf);
    return rc == EP_OK ? EP_OK
                       : ep_err_set(err, rc, "bad-parameter",
                                    "distro: these are too many");
}


/* What the request wants changed. A password that is not sent stays. */
static ep_rc_t
read_changes(ep_call_t *call, ep_config_change_t changes[FIELDS], size_t *count,
             ep_err_t *err)
{
    static const char *const secrets[] = { "password", NULL };
    ep_rc_t rc = ep_call_secrets(call, secrets, err);

    *count = 0;
    for (int i = 0; i < FIELDS && rc == EP_OK; i++) {
        ep_str_t text = ep_params_get(call->params, fields[i].name);
        const char *value = NULL;

        if (text.p == NULL) {
            continue;
        }
        if (i == DISTROS) {
            rc = join_distros(call, &value, err);
        } else if (text.n > 0) {
            value = ep_arena_strdup(call->arena, text);
        }
        if (!ep_str_is_text(text, false)) {
            return ep_err_set(err, EP_EINVAL, "bad-parameter",
                              "%s is text on one line", fields[i].name);
        }
        changes[(*count)++] = (ep_config_change_t){ fields[i].setting, value };
    }
    return rc;
}


static bool
is_named(ep_setting_t setting, const ep_config_change_t *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (changes[i].setting == setting) {
            return true;
        }
    }
    return false;
}


/* The configuration as it would be, used once or saved. A saved password
 * stays with the server it was saved for: whoever changes the address must
 * know it. One that the environment says wins over what is saved. */
static ep_rc_t
with_changes(ep_call_t *call, const ep_config_change_t *changes, size_t count,
             bool saved, ep_config_t **changed, ep_err_t *err)
{
    ep_config_t *cfg = ep_portal_config(call->portal);
    bool fixed = saved && ep_config_is_fixed(cfg, EP_PATCH_SOURCE_PASSWORD);
    bool sent = is_named(EP_PATCH_SOURCE_PASSWORD, changes, count) && !fixed;
    ep_rc_t rc = ep_config_with(cfg, changes, count, changed, err);

    if (rc != EP_OK) {
        return rc;
    }
    if (!sent && ep_config_string(cfg, EP_PATCH_SOURCE_PASSWORD) != NULL
        && ep_source_moves(cfg, *changed))
    {
        ep_config_unref(*changed);
        return ep_err_set(err, EP_EINVAL,
                          fixed ? "password-fixed" : "password-needed",
                          fixed ? "url: the environment says the password of "
                                  "another server; change both there"
                                : "password: the saved one is for another "
                                  "server; give the one for this address, or "
                                  "an empty one");
    }
    return EP_OK;
}


ep_rc_t
ep_api_settings_source_put(ep_call_t *call, ep_err_t *err)
{
    ep_config_change_t changes[FIELDS];
    ep_config_t *changed;
    size_t count;
    ep_rc_t rc = read_changes(call, changes, &count, err);

    if (rc == EP_OK && count == 0) {
        rc = ep_err_set(err, EP_EINVAL, "bad-parameter",
                        "one of url, user, password and distro is needed");
    }
    if (rc == EP_OK) {
        rc = with_changes(call, changes, count, true, &changed, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = is_named(EP_PATCH_SOURCE_URL, changes, count)
             ? ep_source_check_url(changed, err)
             : EP_OK;
    if (rc != EP_OK) {
        ep_config_unref(changed);
        return rc;
    }
    rc = ep_settings_change(call->portal, changes, count, err);
    if (rc == EP_OK) {
        rc = answer_source(call, changed, err);
    }
    ep_config_unref(changed);
    return rc;
}


/* What is named takes the place of what is saved, for this test only. */
ep_rc_t
ep_api_settings_source_test(ep_call_t *call, ep_err_t *err)
{
    ep_config_change_t changes[FIELDS];
    ep_config_t *changed;
    const char *failed = NULL;
    ep_err_t why = { 0 };
    ep_steps_t steps;
    size_t count;
    ep_rc_t rc = read_changes(call, changes, &count, err);

    if (rc == EP_OK) {
        rc = with_changes(call, changes, count, false, &changed, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    ep_steps_begin(&steps);
    rc = ep_source_check(changed, ep_steps_add, &steps, &failed, &why);
    ep_config_unref(changed);
    return ep_steps_end(call, &steps, "source", rc, failed, &why, err);
}
