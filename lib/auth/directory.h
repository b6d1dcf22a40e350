/*
 * What the settings of a directory mean: its address, the name that a user
 * binds with, the searches that decide about him. No network here; for
 * lib/auth/ldap.c, which has it, and its tests.
 */

#ifndef EP_AUTH_DIRECTORY_H
#define EP_AUTH_DIRECTORY_H

#include <eportal/arena.h>
#include <eportal/err.h>
#include <eportal/ldap.h>

#define EP_LDAP_TEMPLATE_MAX 4096 /* bytes of a template, or of a filter */

typedef struct {
    char host[256]; /* an IPv6 address without its brackets */
    int port;
    bool ldaps;    /* TLS from the first byte on */
    bool starttls; /* TLS before anything secret is said */
    bool strict;   /* the certificate must be good */
    int timeout;   /* seconds, for everything together */
} ep_ldap_address_t;

/* <scheme>://<host>[:port][?params] (LDAP-4..12). EP_EINVAL "ldap-url". */
ep_rc_t ep_ldap_parse_url(const char *url, ep_ldap_address_t *out,
                          ep_err_t *err);

/*
 * The name to bind with: every %s of the template replaced (LDAP-13..16).
 * In a DN the user's name is escaped, so that it stays one value (RFC 4514).
 * Where the template is none, such as Active Directory's %s@example.com,
 * nothing can be escaped: names with characters that mean something there
 * are refused. NULL user: only look at the template.
 * EP_EINVAL "ldap-bind": the template; EP_EAUTH "bad-credentials": the name.
 */
ep_rc_t ep_ldap_bind_name(ep_arena_t *arena, const char *template_,
                          const ep_str_t *user, const char **out,
                          ep_err_t *err);

typedef struct {
    const char *base;
    const char *filter;
    int scope; /* 0 base, 1 one, 2 sub: as in the protocol */
} ep_ldap_search_t;

/*
 * <base>??<scope>?<filter> (LDAP-18..25) with every %s replaced: escaped as
 * part of a DN in the base, as part of a value in the filter (RFC 4515), as
 * both where a value is a DN. EP_EINVAL with this code; setting names it in
 * the text. NULL user: only look at the template.
 */
ep_rc_t ep_ldap_search(ep_arena_t *arena, const char *text, const char *code,
                       const char *setting, const ep_str_t *user,
                       ep_ldap_search_t *out, ep_err_t *err);

#endif
