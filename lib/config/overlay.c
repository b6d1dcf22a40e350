/* A configuration with some settings changed, that is not saved: see
 * ep_config_with in eportal/config.h. */

#include <stdlib.h>

#include "config/config_private.h"


static ep_config_t *
copy_of(ep_config_t *cfg)
{
    ep_config_t *copy = calloc(1, sizeof(*copy));

    if (copy == NULL) {
        return NULL;
    }
    *copy = *cfg;
    copy->refs = 1;
    copy->watches = NULL; /* nothing on disk is behind it */
    copy->arena = ep_arena_new();
    if (copy->arena == NULL) {
        free(copy);
        return NULL;
    }
    copy->parent = ep_config_ref(cfg); /* holds the text of the rest */
    return copy;
}


/* Back to what the table says. */
static ep_rc_t
take_back(ep_config_loader_t *l, ep_setting_t setting, ep_err_t *err)
{
    ep_config_place_t place = { "default", NULL };
    const ep_py_t *value;
    ep_py_reader_t reader;

    ep_py_open(&reader, ep_str(ep_setting_info(setting)->def), l->cfg->arena);
    value = ep_py_value(&reader);
    return value != NULL
               ? ep_config_set(l, setting, value, "default", place, err)
               : ep_config_no_memory(err);
}


static ep_rc_t
change(ep_config_loader_t *l, const ep_config_change_t *c, ep_err_t *err)
{
    if (c->value == NULL) {
        return take_back(l, c->setting, err);
    }
    l->variables[c->setting] =
        (ep_config_variable_t){ .text = c->value,
                                .origin = ep_setting_info(c->setting)->name };
    return ep_config_apply(l, c->setting, err);
}


ep_rc_t
ep_config_with(ep_config_t *cfg, const ep_config_change_t *changes,
               size_t count, ep_config_t **out, ep_err_t *err)
{
    ep_config_loader_t l = { .cfg = copy_of(cfg), .root = "" };
    ep_rc_t rc = EP_OK;

    if (l.cfg == NULL) {
        return ep_config_no_memory(err);
    }
    for (size_t i = 0; i < count && rc == EP_OK; i++) {
        rc = change(&l, &changes[i], err);
    }
    if (rc != EP_OK) {
        ep_config_unref(l.cfg);
        return rc;
    }
    *out = l.cfg;
    return EP_OK;
}
