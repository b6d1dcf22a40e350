/*
 * One conversation with a directory: what lib/auth/ldap_login.c decides and
 * lib/auth/ldap.c, the home of libldap, says and hears.
 */

#ifndef EP_AUTH_TALK_H
#define EP_AUTH_TALK_H

#include "auth/dial.h"
#include "auth/directory.h"

typedef struct {
    const ep_ldap_settings_t *settings;
    ep_ldap_step_fn fn; /* may be NULL */
    void *ctx;
    const char *step; /* that is being tried */
    ep_ldap_address_t address;
    ep_arena_t *arena;
    ep_wait_t wait;
    struct ldap *ld; /* NULL before it is connected */
    char words[256]; /* what the directory or libldap says about a failure */
} ep_talk_t;

/* Tell whoever watches how the step went. */
void ep_talk_tell(const ep_talk_t *talk, const char *text);

/* Connect to the address and secure the connection: the steps "name",
 * "connect" and "TLS". */
ep_rc_t ep_talk_open(ep_talk_t *talk, const ep_portal_t *portal, ep_err_t *err);
/* Bind: EP_EAUTH "bad-credentials", or trouble "ldap-bind". */
ep_rc_t ep_talk_bind(ep_talk_t *talk, const char *name, ep_str_t password,
                     ep_err_t *err);
/* Does a search find anything? setting and code are for errors. */
ep_rc_t ep_talk_search(ep_talk_t *talk, const ep_ldap_search_t *what,
                       const char *setting, const char *code, bool *found,
                       ep_err_t *err);
void ep_talk_close(ep_talk_t *talk);

#endif
