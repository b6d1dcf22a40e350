/*
 * The HTTP client of everything that the portal asks others: the patch
 * source, an OpenID provider. Only lib/net/client.c knows libcurl.
 *
 * Certificates are verified unless HTTPS_VERIFY is off, TLS is 1.2 or newer,
 * redirects are not followed, the setting PROXY applies and the environment
 * does not. A client is one connection that is kept between exchanges; one
 * thread at a time.
 */

#ifndef EP_NET_CLIENT_H
#define EP_NET_CLIENT_H

#include <eportal/config.h>
#include <eportal/err.h>
#include <eportal/str.h>

typedef struct ep_client ep_client_t;

/* Where an exchange can fail. */
typedef enum {
    EP_NET_URL,      /* the address, or what a setting says */
    EP_NET_NAME,     /* the host's name */
    EP_NET_PROXY,    /* the proxy, and its login */
    EP_NET_CONNECT,  /* nobody answers there */
    EP_NET_TLS,      /* the certificate, or no TLS at all */
    EP_NET_TRANSFER, /* it broke later */
    EP_NET_COUNT
} ep_net_step_t;

/* Whom a client talks to. Static; the client keeps the pointer. */
typedef struct {
    const char *codes[EP_NET_COUNT]; /* of its errors, by step */
    ep_setting_t ca;                 /* file of the authorities */
    int connect_seconds;             /* to connect; 0: 30 */
} ep_client_kind_t;

/* One request and what is done with its answer. Views and functions live
 * until ep_client_run returns. A function that fails ends the exchange with
 * its error. */
typedef struct {
    const char *url;
    const char *setting;        /* that has the address, for sentences */
    const char *what;           /* that is fetched, for sentences */
    const char *const *headers; /* "Name: value", NULL at the end; or NULL */
    const char *user;           /* Basic; NULL: no login */
    const char *password;
    const ep_str_t *form; /* body of a POST; NULL: GET */
    const char *range;    /* "100-"; or NULL */
    bool compressed;      /* gzip will do */
    int64_t total_ms;     /* for all of it; 0: while bytes come */
    /* Bytes of the body, whatever the status. */
    ep_rc_t (*data)(void *ctx, long status, ep_str_t bytes, ep_err_t *err);
    /* Each header of the answer; may be NULL. */
    void (*header)(void *ctx, ep_str_t name, ep_str_t value);
    /* Called about once a second, and with data; may be NULL. */
    ep_rc_t (*tick)(void *ctx, ep_err_t *err);
    void *ctx;
} ep_exchange_t;

typedef struct {
    long status;  /* of the answer; 0: there was none */
    bool passing; /* after a failure: later the same request may do better */
} ep_reply_t;

/* Fails on a proxy or a CA file that cannot be. */
ep_rc_t ep_client_open(const ep_client_kind_t *kind, const ep_config_t *cfg,
                       ep_client_t **out, ep_err_t *err);
void ep_client_closep(ep_client_t **client);

/*
 * EP_OK when there is an answer, whatever its status; otherwise an error of
 * the step that failed, whose text says what to do: EP_ENET, EP_EINVAL for
 * settings, or what a function of the exchange failed with. *reply is filled
 * in either case.
 */
ep_rc_t ep_client_run(ep_client_t *client, const ep_exchange_t *exchange,
                      ep_reply_t *reply, ep_err_t *err);

/* An http or https address without a login in it. */
typedef struct {
    char *text; /* normalised */
    char *scheme;
    char *host;
    char *port; /* the scheme's when the address names none */
} ep_url_t;
/* False when it is none. query: it may have a query. Memory is kept in out
 * until ep_url_free, which takes an empty one. */
bool ep_url_parse(const char *text, bool query, ep_url_t *out);
void ep_url_free(ep_url_t *url);
/* Whether scheme, host and port are the same (RFC 6454, section 4). */
bool ep_url_same_origin(const ep_url_t *a, const ep_url_t *b);

#endif
