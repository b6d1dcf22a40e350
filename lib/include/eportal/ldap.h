/*
 * Logging in through a directory (LDAP-1..39): who can bind there with a
 * password is who he says he is. Nothing is kept of him here, and no login
 * of our own is needed at the directory.
 *
 * LDAP_URL says where it is, LDAP_CONNECTION_STRING as whom one binds,
 * LDAP_FILTER (optional) who may come in, LDAP_ADMIN_FILTER (optional) who
 * is an administrator, LDAP_CA_FILE who vouches for its certificate.
 *
 * These functions wait for the network, at most as long as the address's
 * timeout says, and open no transaction: call them where waiting is allowed
 * (EP_ROUTE_SLOW). Any thread, several at once.
 */

#ifndef EPORTAL_LDAP_H
#define EPORTAL_LDAP_H

#include <eportal/portal.h>
#include <eportal/str.h>

#define EP_LDAP_PASSWORD_MAX 1024 /* bytes */

/* Whether an address is set: without one nobody logs in this way. */
bool ep_ldap_configured(const ep_config_t *cfg);

/* What the directory says about somebody who may come in. */
typedef struct {
    bool has_role; /* LDAP_ADMIN_FILTER is set: the next is to be taken
                      over at every login; otherwise a role stays as it is
                      here */
    bool readonly; /* true unless he is among the administrators */
} ep_ldap_user_t;

/*
 * Ask the directory, with what the portal's configuration says.
 *
 * EP_EAUTH "bad-credentials": user and password do not fit, or are none that
 * a directory is asked about (an empty password binds as nobody).
 * EP_EPERM "ldap-refused": they do, but LDAP_FILTER does not let him in.
 * Both are the same to whoever logs in; the text is for the log.
 *
 * Trouble, with a text that says what to do: EP_EINVAL when it is the
 * settings, otherwise EP_ENET; EP_EBUSY "stopped" when the process ends,
 * "login-busy" while others wait for the directory. The code names the step:
 * "no-ldap", "ldap-url", "ldap-name", "ldap-connect", "ldap-tls", "ldap-bind",
 * "ldap-filter", "ldap-role".
 */
ep_rc_t ep_ldap_login(ep_portal_t *portal, ep_str_t user, ep_str_t password,
                      ep_ldap_user_t *out, ep_err_t *err);

/* Values of the settings, saved or not. NULL and "": not set. */
typedef struct {
    const char *url;
    const char *connection_string;
    const char *filter;
    const char *admin_filter;
    const char *ca_file;
} ep_ldap_settings_t;

/* Those of a configuration; they live as long as it does. */
void ep_ldap_settings(const ep_config_t *cfg, ep_ldap_settings_t *out);
/* Whether they can be used, without asking anybody: the EP_EINVAL of
 * ep_ldap_login. No address at all is fine: then nothing else counts. */
ep_rc_t ep_ldap_check(const ep_ldap_settings_t *settings, ep_err_t *err);
/* What about them is not safe, for a warning. */
enum {
    EP_LDAP_NO_TLS = 1,      /* tls=0: passwords travel in the clear */
    EP_LDAP_NOT_VERIFIED = 2 /* strict_check=0: anybody may answer */
};
unsigned ep_ldap_unsafe(const ep_ldap_settings_t *settings);

/* step: "address", "name", "connect", "TLS", "bind", "filter", "role", in
 * this order; text: what was found, or why it was left out. */
typedef void (*ep_ldap_step_fn)(void *ctx, const char *step, const char *text);

/*
 * Try each step with these settings; fn is called for those that succeed.
 * The error of the first that fails is returned, and *failed names it. An
 * empty user: what needs one is left out, so that an address can be tried
 * before the rest is filled in. portal: whose process may be ending; may be
 * NULL. Changes nothing.
 */
ep_rc_t ep_ldap_test(const ep_portal_t *portal,
                     const ep_ldap_settings_t *settings, ep_str_t user,
                     ep_str_t password, ep_ldap_step_fn fn, void *ctx,
                     const char **failed, ep_err_t *err);

#endif
