/*
 * Talking to a directory: see auth/talk.h. The one home of libldap.
 *
 * A connection belongs to one call. It is ours from the socket on (wire.h).
 * What ldap.conf and the environment tell libldap is undone for each
 * connection.
 */

#include <errno.h>
#include <limits.h>
#include <openldap.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "auth/talk.h"
#include "auth/wire.h"
#include "base/file.h"

#define ANSWER_MAX (1024 * 1024) /* bytes of one message of a directory */
#define CA_FILE_MAX (16 * 1024 * 1024)

static pthread_once_t once = PTHREAD_ONCE_INIT;


/* libldap's first call sets up what is global, which only one thread may. */
static void
init_ldap(void)
{
    int version;

    ldap_get_option(NULL, LDAP_OPT_PROTOCOL_VERSION, &version);
}


/* ---- failures ---- */

/* What libldap last said, as words for a sentence. */
static const char *
words_of(ep_talk_t *talk, int code)
{
    char *said = NULL;
    size_t n;
    const char *general = ldap_err2string(code);

    ldap_get_option(talk->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &said);
    if (said == NULL || said[0] == '\0') {
        ldap_memfree(said);
        return general;
    }
    n = ep_str_clean(ep_str(said), talk->words, sizeof(talk->words) - 1);
    if (n > 0 && talk->words[n - 1] == '.') {
        talk->words[n - 1] = '\0';
    }
    ldap_memfree(said);
    return talk->words;
}


/* A wait that was too long, or that the process's end cut short. */
static ep_rc_t
late(const ep_talk_t *talk, const char *code, ep_err_t *err)
{
    if (talk->wait.stopped) {
        return ep_err_set(err, EP_EBUSY, "stopped",
                          "the portal is being stopped: try again");
    }
    return ep_err_set(err, EP_ENET, code,
                      "%s port %d did not answer within %d seconds (step "
                      "%s): check that it is the directory's address, or set "
                      "timeout in LDAP_URL",
                      talk->address.host, talk->address.port,
                      talk->address.timeout, talk->step);
}


static bool
is_late(const ep_talk_t *talk)
{
    return talk->wait.late || talk->wait.stopped;
}


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
}


void
ep_talk_tell(const ep_talk_t *talk, const char *text)
{
    if (talk->fn != NULL) {
        talk->fn(talk->ctx, talk->step, text);
    }
}


/* ---- connect ---- */

static ep_rc_t
dial(ep_talk_t *talk, int *fd, ep_err_t *err)
{
    const char *host = talk->address.host, *why;
    struct addrinfo *list;
    char to[EP_ADDR_TEXT], text[128];
    ep_addr_t addr;

    talk->step = "name";
    if (!ep_dial_resolve(host, talk->address.port, &list, &why)) {
        return ep_err_set(err, EP_ENET, "ldap-name",
                          "the host %s cannot be found (%s): check LDAP_URL "
                          "and the name servers of this machine",
                          host, why);
    }
    ep_talk_tell(talk, ep_addr_parse(ep_str(host), &addr) ? "not used" : host);
    talk->step = "connect";
    *fd = ep_dial(&talk->wait, list, to);
    freeaddrinfo(list);
    if (*fd < 0) {
        return is_late(talk)
                   ? late(talk, "ldap-connect", err)
                   : ep_err_set(err, EP_ENET, "ldap-connect",
                                "cannot connect to %s port %d: %s. Check "
                                "LDAP_URL, the directory and the firewall",
                                host, talk->address.port, strerror(errno));
    }
    snprintf(text, sizeof(text), "%s port %d", to, talk->address.port);
    ep_talk_tell(talk, text);
    return EP_OK;
}


/* Whatever ldap.conf and the environment say, this is how we talk. */
static bool
set_options(LDAP *ld)
{
    static const int version = LDAP_VERSION3, deref = LDAP_DEREF_NEVER,
                     none = 0;
    static const struct timeval forever = { .tv_sec = -1 };
    bool good = true;

    good &= ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) == 0;
    good &= ldap_set_option(ld, LDAP_OPT_DEREF, &deref) == 0;
    good &= ldap_set_option(ld, LDAP_OPT_SIZELIMIT, &none) == 0;
    good &= ldap_set_option(ld, LDAP_OPT_TIMELIMIT, &none) == 0;
    good &= ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == 0;
    good &= ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON) == 0;
    good &= ldap_set_option(ld, LDAP_OPT_TIMEOUT, &forever) == 0;
    good &= ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &forever) == 0;
    return good;
}


/* Hand the socket to libldap, which closes it from then on. */
static ep_rc_t
attach(ep_talk_t *talk, int fd, ep_err_t *err)
{
    ber_len_t most = ANSWER_MAX;
    ep_wire_t *wire = ep_arena_alloc(talk->arena, sizeof(*wire));
    const char *host = talk->address.host;
    const char *url = ep_arena_printf(
        talk->arena, strchr(host, ':') ? "%s://[%s]:%d" : "%s://%s:%d",
        talk->address.ldaps ? "ldaps" : "ldap", host, talk->address.port);
    Sockbuf *sb = NULL;

    if (wire == NULL || url == NULL
        || ldap_init_fd(fd, LDAP_PROTO_EXT, url, &talk->ld) != LDAP_SUCCESS)
    {
        close(fd);
        return no_memory(err);
    }
    *wire = (ep_wire_t){ fd, &talk->wait };
    if (ldap_get_option(talk->ld, LDAP_OPT_SOCKBUF, &sb) != 0 || sb == NULL
        || ber_sockbuf_add_io(sb, &ep_wire_io, LBER_SBIOD_LEVEL_PROVIDER, wire)
               != 0)
    {
        close(fd);
        talk->ld = NULL; /* not even unbind works without it */
        return no_memory(err);
    }
    ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &most);
    return set_options(talk->ld)
               ? EP_OK
               : ep_err_set(err, EP_EINTERNAL, "ldap-options",
                            "libldap does not take our options");
}


/* ---- TLS ---- */
/* The file of the authorities: the one that is set, or the system's. */
static const char *
ca_file(const ep_talk_t *talk)
{
    static const char *const systems[] = {
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
    };
    const char *set = talk->settings->ca_file;

    if (set != NULL && set[0] != '\0') {
        return set;
    }
    for (size_t i = 0; i < EP_ARRAY_LEN(systems); i++) {
        if (ep_file_exists(systems[i])) {
            return systems[i];
        }
    }
    return NULL;
}


/* libldap takes a file without any certificate for one that vouches for
 * nobody: say so instead. */
static ep_rc_t
check_ca_file(const char *path, ep_err_t *err)
{
    ep_err_t why = { 0 };
    ep_buf_t text;
    bool good;

    ep_buf_init(&text, CA_FILE_MAX);
    good = path != NULL && ep_file_read(path, &text, &why) == EP_OK;
    if (good && memmem(text.p, text.n, "-----BEGIN ", 11) == NULL) {
        good = false;
        ep_err_set(&why, EP_EINVAL, "no-pem", "%s is no PEM file", path);
    }
    ep_buf_free(&text);
    if (good) {
        return EP_OK;
    }
    return ep_err_set(err, EP_EINVAL, "ldap-tls",
                      "there are no authorities to check the directory's "
                      "certificate with: %s. Name their file in "
                      "LDAP_CA_FILE",
                      path != NULL ? why.msg : "this system has none");
}


/* TLS 1.2 at least, and no ciphers of ldap.conf. GnuTLS would take versions
 * as a list of ciphers only, which libldap 2.5 leaks with every context: what
 * came about is looked at after the handshake (is_new_enough). */
static bool
set_tls_versions(LDAP *ld)
{
    int oldest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;

    return ldap_set_option(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &oldest) == 0
           && ldap_set_option(ld, LDAP_OPT_X_TLS_CIPHER_SUITE, NULL) == 0;
}


static bool
set_tls_options(ep_talk_t *talk, const char *ca)
{
    int require =
        talk->address.strict ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER;
    int san = LDAP_OPT_X_TLS_ALLOW, crl = LDAP_OPT_X_TLS_CRL_NONE;
    int client = 0;
    LDAP *ld = talk->ld;
    bool good = true;

    good &= ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &require) == 0;
    good &= ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_SAN, &san) == 0;
    good &= ldap_set_option(ld, LDAP_OPT_X_TLS_PEERKEY_HASH, NULL) == 0;
    /* GnuTLS has no such option: it never looks for such lists */
    ldap_set_option(ld, LDAP_OPT_X_TLS_CRLCHECK, &crl);
    good &= set_tls_versions(ld);
    if (talk->address.strict) {
        good &= ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, ca) == 0;
    }
    return good && ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client) == 0;
}


/* Wait for an answer. */
static ep_rc_t
answer_to(ep_talk_t *talk, int id, int all, const char *code, LDAPMessage **out,
          ep_err_t *err)
{
    int got = 0, said = 0;

    while (got == 0) {
        int ms = ep_wait_slice(&talk->wait, INT_MAX);
        struct timeval slice = { 0, ms * 1000 };

        got = ldap_result(talk->ld, id, all, &slice, out);
        if (got == 0 && ms == 0) {
            return late(talk, code, err);
        }
    }
    if (got > 0) {
        return EP_OK;
    }
    if (is_late(talk)) {
        return late(talk, code, err);
    }
    ldap_get_option(talk->ld, LDAP_OPT_RESULT_CODE, &said);
    return ep_err_set(err, EP_ENET, code,
                      "%s port %d hung up (step %s): %s. Check that it is "
                      "the directory's address%s",
                      talk->address.host, talk->address.port, talk->step,
                      words_of(talk, said),
                      talk->address.ldaps || talk->address.starttls
                          ? ""
                          : ", and whether it wants TLS");
}


/* The code that an answer ends with; its text can be had by words_of. */
static ep_rc_t
result_of(ep_talk_t *talk, LDAPMessage *message, const char *step_code,
          int *code, ep_err_t *err)
{
    int rc =
        ldap_parse_result(talk->ld, message, code, NULL, NULL, NULL, NULL, 1);

    return rc == LDAP_SUCCESS
               ? EP_OK
               : ep_err_set(err, EP_ENET, step_code,
                            "%s answers what is no LDAP: %s",
                            talk->address.host, words_of(talk, rc));
}


static ep_rc_t
ask_for_tls(ep_talk_t *talk, ep_err_t *err)
{
    LDAPMessage *message;
    int id, code = ldap_start_tls(talk->ld, NULL, NULL, &id);
    ep_rc_t rc;

    if (code != LDAP_SUCCESS) {
        return ep_err_set(err, EP_ENET, "ldap-tls", "cannot ask %s for TLS: %s",
                          talk->address.host, words_of(talk, code));
    }
    rc = answer_to(talk, id, LDAP_MSG_ALL, "ldap-tls", &message, err);
    if (rc == EP_OK) {
        rc = result_of(talk, message, "ldap-tls", &code, err);
    }
    if (rc == EP_OK && code != LDAP_SUCCESS) {
        rc = ep_err_set(err, EP_ENET, "ldap-tls",
                        "%s port %d offers no StartTLS: %s. Write ldaps:// "
                        "if it has TLS on another port, or ?tls=0 to send "
                        "passwords in the clear",
                        talk->address.host, talk->address.port,
                        words_of(talk, code));
    }
    return rc;
}


/* GnuTLS has no words for a certificate that libldap did not like. */
static ep_rc_t
no_handshake(ep_talk_t *talk, int code, ep_err_t *err)
{
    const char *words = words_of(talk, code);
    bool certificate = true;

    if (is_late(talk)) {
        return late(talk, "ldap-tls", err);
    }
    if (strncmp(words, "(unknown", 8) == 0) {
        words = "its certificate is of an unknown authority, expired, or for "
                "another host";
    } else {
        certificate = strstr(words, "ertificate") != NULL;
    }
    return ep_err_set(err, EP_ENET, "ldap-tls", "no TLS with %s port %d: %s.%s",
                      talk->address.host, talk->address.port, words,
                      certificate && talk->address.strict
                          ? " If its authority is your own, name the file in "
                            "LDAP_CA_FILE; the certificate must be for the "
                            "host that LDAP_URL names"
                          : " Check that this port speaks TLS");
}


/* "TLS1.2" of GnuTLS, "TLSv1.2" of OpenSSL. */
static bool
is_new_enough(const char *version)
{
    return version != NULL
           && (strstr(version, "1.2") != NULL
               || strstr(version, "1.3") != NULL);
}


static ep_rc_t
shake_hands(ep_talk_t *talk, ep_err_t *err)
{
    char *version = NULL, *cipher = NULL, text[160];
    int code = ldap_install_tls(talk->ld);
    ep_rc_t rc = EP_OK;

    if (code != LDAP_SUCCESS) {
        return no_handshake(talk, code, err);
    }
    ldap_get_option(talk->ld, LDAP_OPT_X_TLS_VERSION, &version);
    ldap_get_option(talk->ld, LDAP_OPT_X_TLS_CIPHER, &cipher);
    snprintf(text, sizeof(text), "%s %s, certificate %s",
             version != NULL ? version : "TLS", cipher != NULL ? cipher : "",
             talk->address.strict ? "verified" : "NOT verified");
    if (!is_new_enough(version)) {
        rc = ep_err_set(err, EP_ENET, "ldap-tls",
                        "%s port %d speaks %s: a password needs TLS 1.2 or "
                        "newer. Enable it there",
                        talk->address.host, talk->address.port,
                        version != NULL ? version : "no TLS that is known");
    }
    ldap_memfree(version);
    ldap_memfree(cipher);
    if (rc == EP_OK) {
        ep_talk_tell(talk, text);
    }
    return rc;
}


static ep_rc_t
secure(ep_talk_t *talk, ep_err_t *err)
{
    const char *ca = ca_file(talk);
    ep_rc_t rc = EP_OK;

    talk->step = "TLS";
    if (!talk->address.ldaps && !talk->address.starttls) {
        ep_talk_tell(talk, "not used: passwords travel in the clear");
        return EP_OK;
    }
    if (talk->address.strict) {
        rc = check_ca_file(ca, err);
    }
    if (rc == EP_OK && !set_tls_options(talk, ca)) {
        rc = ep_err_set(err, EP_EINVAL, "ldap-tls",
                        "the authorities of %s cannot be used: check "
                        "LDAP_CA_FILE",
                        ca != NULL ? ca : "this system");
    }
    if (rc == EP_OK && !talk->address.ldaps) {
        rc = ask_for_tls(talk, err);
    }
    return rc == EP_OK ? shake_hands(talk, err) : rc;
}


ep_rc_t
ep_talk_open(ep_talk_t *talk, const ep_portal_t *portal, ep_err_t *err)
{
    int fd = -1;
    ep_rc_t rc;

    pthread_once(&once, init_ldap);
    ep_wait_begin(&talk->wait, portal, talk->address.timeout);
    rc = dial(talk, &fd, err);
    if (rc == EP_OK) {
        rc = attach(talk, fd, err);
    }
    return rc == EP_OK ? secure(talk, err) : rc;
}


/* ---- bind ---- */

/* What a directory's answer to a bind means. */
static ep_rc_t
bind_answer(ep_talk_t *talk, int code, const char *name, ep_err_t *err)
{
    switch (code) {
    case LDAP_SUCCESS:
        return EP_OK;
    case LDAP_INVALID_CREDENTIALS:
    case LDAP_NO_SUCH_OBJECT:
    case LDAP_INAPPROPRIATE_AUTH:
    case LDAP_UNWILLING_TO_PERFORM:
    case LDAP_CONSTRAINT_VIOLATION:
    case LDAP_INSUFFICIENT_ACCESS:
        return ep_err_set(err, EP_EAUTH, "bad-credentials",
                          "%s does not let %s bind: %s", talk->address.host,
                          name, words_of(talk, code));
    case LDAP_INVALID_DN_SYNTAX:
        return ep_err_set(err, EP_EINVAL, "ldap-bind",
                          "%s does not take %s for a name to bind with: %s. "
                          "Check LDAP_CONNECTION_STRING",
                          talk->address.host, name, words_of(talk, code));
    case LDAP_CONFIDENTIALITY_REQUIRED:
    case LDAP_STRONG_AUTH_REQUIRED:
        return ep_err_set(err, EP_EINVAL, "ldap-bind",
                          "%s wants TLS before a password: %s. Take tls=0 "
                          "out of LDAP_URL, or write ldaps://",
                          talk->address.host, words_of(talk, code));
    case LDAP_REFERRAL:
        return ep_err_set(err, EP_ENET, "ldap-bind",
                          "%s sends us to another directory for %s, where a "
                          "password must not follow: set LDAP_URL to that one",
                          talk->address.host, name);
    default:
        return ep_err_set(err, EP_ENET, "ldap-bind",
                          "%s cannot say whether %s may bind: %s",
                          talk->address.host, name, words_of(talk, code));
    }
}


ep_rc_t
ep_talk_bind(ep_talk_t *talk, const char *name, ep_str_t password,
             ep_err_t *err)
{
    struct berval secret = { password.n, (char *) password.p };
    LDAPMessage *message;
    int id, code;
    ep_rc_t rc;

    code = ldap_sasl_bind(talk->ld, name, LDAP_SASL_SIMPLE, &secret, NULL, NULL,
                          &id);
    if (code != LDAP_SUCCESS) {
        return bind_answer(talk, code, name, err);
    }
    rc = answer_to(talk, id, LDAP_MSG_ALL, "ldap-bind", &message, err);
    if (rc == EP_OK) {
        rc = result_of(talk, message, "ldap-bind", &code, err);
    }
    return rc == EP_OK ? bind_answer(talk, code, name, err) : rc;
}


/* ---- search ---- */

typedef struct {
    const char *setting;
    const char *code;
    int id; /* of the search */
} query_t;


static ep_rc_t
search_failed(ep_talk_t *talk, const query_t *query, int code, ep_err_t *err)
{
    bool ours = code == LDAP_FILTER_ERROR || code == LDAP_INVALID_DN_SYNTAX;

    return ep_err_set(err, ours ? EP_EINVAL : EP_ENET, query->code,
                      "%s cannot be asked with %s: %s. %s", talk->address.host,
                      query->setting, words_of(talk, code),
                      code == LDAP_REFERRAL
                          ? "It refers to another directory, which is not "
                            "followed: set LDAP_URL to that one"
                          : "Check it, and that users may search there");
}


/* The first entry answers; where the directory refers to, nobody looks. */
static ep_rc_t
look(ep_talk_t *talk, const query_t *query, bool *found, ep_err_t *err)
{
    LDAPMessage *message;
    int type, code;
    ep_rc_t rc;

    for (;;) {
        rc = answer_to(talk, query->id, LDAP_MSG_ONE, query->code, &message,
                       err);
        if (rc != EP_OK) {
            return rc;
        }
        type = ldap_msgtype(message);
        if (type == LDAP_RES_SEARCH_RESULT) {
            break;
        }
        ldap_msgfree(message);
        if (type == LDAP_RES_SEARCH_ENTRY) {
            ldap_abandon_ext(talk->ld, query->id, NULL, NULL);
            *found = true;
            return EP_OK;
        }
    }
    rc = result_of(talk, message, query->code, &code, err);
    if (rc != EP_OK) {
        return rc;
    }
    if (code != LDAP_SUCCESS && code != LDAP_NO_SUCH_OBJECT) {
        return search_failed(talk, query, code, err);
    }
    *found = false;
    return EP_OK;
}


ep_rc_t
ep_talk_search(ep_talk_t *talk, const ep_ldap_search_t *what,
               const char *setting, const char *code, bool *found,
               ep_err_t *err)
{
    char no_attributes[] = LDAP_NO_ATTRS;
    char *attributes[] = { no_attributes, NULL };
    query_t query = { .setting = setting, .code = code };
    int rc = ldap_search_ext(talk->ld, what->base, what->scope, what->filter,
                             attributes, 1, NULL, NULL, NULL, 1, &query.id);

    return rc == LDAP_SUCCESS ? look(talk, &query, found, err)
                              : search_failed(talk, &query, rc, err);
}


void
ep_talk_close(ep_talk_t *talk)
{
    if (talk->ld != NULL) {
        ldap_unbind_ext(talk->ld, NULL, NULL);
    }
    ep_arena_free(talk->arena);
}
