/* Who runs kc.eportal, for the audit log. */

#ifndef CLI_ACTOR_H
#define CLI_ACTOR_H

#include <eportal/audit.h>

#include "cli.h"

/* Remember who runs this program: to be called before it takes another
 * identity. */
void actor_find(void);
/* The daemon acts for itself. */
void actor_is_daemon(void);
/* He acts on the portal from now on. */
void actor_set(ep_portal_t *portal);

/* A row for what was done outside of the database, which is opened when need
 * be. Where there is none yet, or it cannot be used, that is a warning. */
void actor_record(cli_t *cli, const char *action, ep_str_t object,
                  const ep_audit_value_t *values);

/* Record that a command did not do what it was to do: its name, what it was
 * about, and the error's word. Nothing happens where there is no database. */
void actor_failed(cli_t *cli, const char *command, ep_str_t object,
                  const char *result);

#endif
