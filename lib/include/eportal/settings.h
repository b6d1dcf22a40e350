/* Changing settings: config/config.json and the audit log's row of it. */

#ifndef EPORTAL_SETTINGS_H
#define EPORTAL_SETTINGS_H

#include <eportal/portal.h>

/*
 * ep_config_store with a row in the audit log, which names the settings and
 * masks what is secret. In a transaction of its own: the caller has none
 * open. Errors are those of ep_config_store.
 */
ep_rc_t ep_settings_change(ep_portal_t *portal,
                           const ep_config_change_t *changes, size_t count,
                           ep_err_t *err);

#endif
