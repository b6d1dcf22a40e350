/* The HTTP client: see net/client.h. The one home of libcurl. */

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "net/client.h"

#define CONNECT_SECONDS 30
#define SILENT_SECONDS 60 /* without a byte: the connection is dead */

struct ep_client {
    CURL *curl;
    const ep_client_kind_t *kind;
    const char *ca; /* name of its setting */
    ep_url_t proxy; /* its text is without the login; empty: none */
    char words[CURL_ERROR_SIZE];
    /* of the exchange that runs */
    const ep_exchange_t *exchange;
    ep_url_t url;
    ep_err_t broken; /* why one of its functions ended it */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;


static void
init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}


/* An address with one of these schemes; its text is without a login. */
static bool
parse_url(const char *text, const char *const *schemes, bool login, bool query,
          ep_url_t *out)
{
    CURLU *u = curl_url();
    char *user = NULL, *q = NULL;
    bool good = false;

    *out = (ep_url_t){ 0 };
    if (u != NULL
        && curl_url_set(u, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) == 0
        && curl_url_get(u, CURLUPART_SCHEME, &out->scheme, 0) == 0
        && curl_url_get(u, CURLUPART_HOST, &out->host, 0) == 0
        && curl_url_get(u, CURLUPART_PORT, &out->port, CURLU_DEFAULT_PORT) == 0)
    {
        for (size_t i = 0; schemes[i] != NULL; i++) {
            good = good || strcmp(out->scheme, schemes[i]) == 0;
        }
        curl_url_get(u, CURLUPART_USER, &user, 0);
        curl_url_get(u, CURLUPART_QUERY, &q, 0);
        good = good && (query || q == NULL) && (login || user == NULL);
        curl_url_set(u, CURLUPART_USER, NULL, 0);
        curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
        good = good && curl_url_get(u, CURLUPART_URL, &out->text, 0) == 0;
    }
    curl_free(user);
    curl_free(q);
    curl_url_cleanup(u);
    if (!good) {
        ep_url_free(out);
    }
    return good;
}


bool
ep_url_parse(const char *text, bool query, ep_url_t *out)
{
    static const char *const schemes[] = { "http", "https", NULL };

    pthread_once(&once, init_curl);
    return parse_url(text, schemes, false, query, out);
}


void
ep_url_free(ep_url_t *url)
{
    curl_free(url->text);
    curl_free(url->scheme);
    curl_free(url->host);
    curl_free(url->port);
    *url = (ep_url_t){ 0 };
}


bool
ep_url_same_origin(const ep_url_t *a, const ep_url_t *b)
{
    return strcmp(a->scheme, b->scheme) == 0
           && strcasecmp(a->host, b->host) == 0
           && strcmp(a->port, b->port) == 0;
}


/* A transfer that one of the exchange's functions ends says why by itself. */
static size_t
on_data(char *p, size_t size, size_t n, void *ctx)
{
    ep_client_t *client = ctx;
    const ep_exchange_t *exchange = client->exchange;
    long status = 0;

    n *= size;
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    return exchange->data(exchange->ctx, status, (ep_str_t){ p, n },
                          &client->broken)
                   == EP_OK
               ? n
               : 0;
}


static size_t
on_header(char *p, size_t size, size_t n, void *ctx)
{
    ep_client_t *client = ctx;
    ep_str_t name, value;

    n *= size;
    if (client->exchange->header != NULL
        && ep_str_cut((ep_str_t){ p, n }, ':', &name, &value))
    {
        client->exchange->header(client->exchange->ctx, name,
                                 ep_str_trim(value));
    }
    return n;
}


/* curl calls this about once a second, and with data. */
static int
on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total,
            curl_off_t up)
{
    ep_client_t *client = ctx;
    const ep_exchange_t *exchange = client->exchange;

    return exchange->tick != NULL
           && exchange->tick(exchange->ctx, &client->broken) != EP_OK;
}


/* What is the same for all exchanges. curl copies the strings. */
static bool
set_options(ep_client_t *client, const char *proxy, const char *ca, bool verify)
{
    CURL *curl = client->curl;
    int wait = client->kind->connect_seconds;
    CURLcode bad = CURLE_OK;

    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->words);
    bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(curl, CURLOPT_SSLVERSION,
                            (long) CURL_SSLVERSION_TLSv1_2);
    /* "" is no proxy, also when the environment names one. */
    bad |= curl_easy_setopt(curl, CURLOPT_PROXY, proxy ? proxy : "");
    bad |= curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
    curl_easy_setopt(curl, CURLOPT_PROXYAUTH, CURLAUTH_BASIC);
    bad |= curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    bad |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
    bad |= curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
    bad |=
        curl_easy_setopt(curl, CURLOPT_PROXY_SSL_VERIFYPEER, verify ? 1L : 0L);
    bad |=
        curl_easy_setopt(curl, CURLOPT_PROXY_SSL_VERIFYHOST, verify ? 2L : 0L);
    if (ca != NULL) {
        bad |= curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
        bad |= curl_easy_setopt(curl, CURLOPT_PROXY_CAINFO, ca);
    }
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
                     (long) (wait > 0 ? wait : CONNECT_SECONDS));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long) SILENT_SECONDS);
    bad |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "kc.eportal/" EP_VERSION);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, client);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, client);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, client);
    return bad == CURLE_OK;
}


ep_rc_t
ep_client_open(const ep_client_kind_t *kind, const ep_config_t *cfg,
               ep_client_t **out, ep_err_t *err)
{
    static const char *const schemes[] = { "http", "https", "socks5", "socks5h",
                                           NULL };
    const char *proxy = ep_config_string(cfg, EP_PROXY);
    ep_client_t *client = calloc(1, sizeof(*client));
    ep_rc_t rc = EP_OK;

    pthread_once(&once, init_curl);
    if (client != NULL) {
        client->kind = kind;
        client->ca = ep_setting_info(kind->ca)->name;
        client->curl = curl_easy_init();
    }
    if (client == NULL || client->curl == NULL) {
        rc = ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    } else if (proxy != NULL
               && !parse_url(proxy, schemes, true, false, &client->proxy))
    {
        rc = ep_err_set(err, EP_EINVAL, kind->codes[EP_NET_PROXY],
                        "PROXY must begin with http://, https://, "
                        "socks5:// or socks5h://");
    } else if (!set_options(client, proxy, ep_config_string(cfg, kind->ca),
                            ep_config_bool(cfg, EP_HTTPS_VERIFY)))
    {
        rc = ep_err_set(err, EP_EINVAL, kind->codes[EP_NET_URL],
                        "libcurl does not take these settings: check %s and "
                        "PROXY",
                        client->ca);
    }
    if (rc != EP_OK) {
        ep_client_closep(&client);
        return rc;
    }
    *out = client;
    return EP_OK;
}


void
ep_client_closep(ep_client_t **client)
{
    if (*client != NULL) {
        curl_easy_cleanup((*client)->curl);
        ep_url_free(&(*client)->proxy);
        free(*client);
        *client = NULL;
    }
}


static ep_rc_t
proxy_error(const ep_client_t *client, const char *words, ep_err_t *err)
{
    return ep_err_set(err, EP_ENET, client->kind->codes[EP_NET_PROXY],
                      "the proxy %s %s: check PROXY", client->proxy.text,
                      words);
}


static ep_rc_t
proxy_login_error(const ep_client_t *client, ep_err_t *err)
{
    return proxy_error(client,
                       "refuses the login (write it as "
                       "http://user:password@host:port)",
                       err);
}


static ep_rc_t
connect_error(const ep_client_t *client, const char *words, ep_err_t *err)
{
    if (client->proxy.text != NULL) {
        return ep_err_set(err, EP_ENET, client->kind->codes[EP_NET_PROXY],
                          "cannot connect through the proxy %s: %s. "
                          "Check PROXY",
                          client->proxy.text, words);
    }
    return ep_err_set(err, EP_ENET, client->kind->codes[EP_NET_CONNECT],
                      "cannot connect to %s: %s. Check the firewall, or "
                      "set PROXY",
                      client->url.host, words);
}


static ep_rc_t
tls_error(const ep_client_t *client, CURLcode code, const char *words,
          ep_err_t *err)
{
    const char *step = client->kind->codes[EP_NET_TLS];

    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
        return ep_err_set(err, EP_ENET, step,
                          "the certificate of %s is not to be trusted: %s. "
                          "If the authority is your own, name its file in "
                          "%s",
                          client->url.host, words, client->ca);
    case CURLE_SSL_CACERT_BADFILE:
        return ep_err_set(err, EP_EINVAL, step,
                          "the authorities of %s cannot be read: %s",
                          client->ca, words);
    default:
        return ep_err_set(err, EP_ENET, step,
                          "no TLS with %s: %s. Check that its port speaks "
                          "https",
                          client->url.host, words);
    }
}


/* What curl's result means. */
static ep_rc_t
curl_error(const ep_client_t *client, CURLcode code, ep_err_t *err)
{
    const char *words =
        client->words[0] != '\0' ? client->words : curl_easy_strerror(code);
    const char *const *codes = client->kind->codes;
    long proxy_status = 0;

    curl_easy_getinfo(client->curl, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    if (proxy_status == 407) {
        return proxy_login_error(client, err);
    }
    if (client->proxy.text != NULL && proxy_status >= 400) {
        return proxy_error(client, "does not let us through", err);
    }
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
        return proxy_error(client, "is a host that cannot be found", err);
    case CURLE_PROXY:
        return ep_err_set(err, EP_ENET, codes[EP_NET_PROXY],
                          "the proxy %s refuses: %s. Check PROXY and the "
                          "login in it",
                          client->proxy.text, words);
    case CURLE_COULDNT_RESOLVE_HOST:
        return ep_err_set(err, EP_ENET, codes[EP_NET_NAME],
                          "the host %s cannot be found: check %s and the name "
                          "servers of this machine, or set PROXY",
                          client->url.host, client->exchange->setting);
    case CURLE_COULDNT_CONNECT:
        return connect_error(client, words, err);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
        return tls_error(client, code, words, err);
    default:
        return ep_err_set(err, EP_ENET, codes[EP_NET_TRANSFER],
                          "the connection to %s broke while %s was fetched: "
                          "%s. Try again later",
                          client->url.host, client->exchange->what, words);
    }
}


/* Would the same request do better a moment later? */
static bool
is_passing(const ep_client_t *client, CURLcode code)
{
    long proxy_status = 0;
    curl_off_t connected = 0;

    curl_easy_getinfo(client->curl, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    curl_easy_getinfo(client->curl, CURLINFO_PRETRANSFER_TIME_T, &connected);
    if (proxy_status >= 400 || connected == 0) {
        return false;
    }
    return code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR
           || code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING
           || code == CURLE_OPERATION_TIMEDOUT || code == CURLE_HTTP2
           || code == CURLE_HTTP2_STREAM;
}


/* TLS writes to a connection that the other side has closed: that is an
 * error to report, not a signal that ends the program. */
static CURLcode
perform(CURL *curl)
{
    struct timespec now = { 0, 0 };
    sigset_t pipe_only, old;
    CURLcode code;

    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &old);
    code = curl_easy_perform(curl);
    if (!sigismember(&old, SIGPIPE)) {
        sigtimedwait(&pipe_only, NULL, &now);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return code;
}


static ep_rc_t
list_headers(const ep_exchange_t *exchange, struct curl_slist **out,
             ep_err_t *err)
{
    struct curl_slist *list = NULL, *longer;
    const char *const *header = exchange->headers;

    for (; header != NULL && *header != NULL; header++) {
        longer = curl_slist_append(list, *header);
        if (longer == NULL) {
            curl_slist_free_all(list);
            return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
        }
        list = longer;
    }
    *out = list;
    return EP_OK;
}


/* What this exchange wants; nothing of the one before may stay. */
static void
set_exchange(ep_client_t *client, struct curl_slist *headers)
{
    CURL *curl = client->curl;
    const ep_exchange_t *exchange = client->exchange;

    curl_easy_setopt(curl, CURLOPT_URL, exchange->url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERNAME, exchange->user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD,
                     exchange->user == NULL       ? NULL
                     : exchange->password == NULL ? ""
                                                  : exchange->password);
    curl_easy_setopt(curl, CURLOPT_RANGE, exchange->range);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING,
                     exchange->compressed ? "gzip" : NULL);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long) exchange->total_ms);
    /* whose time is over does not wait for a name server either */
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT,
                     exchange->total_ms > 0 ? 1L : 0L);
    if (exchange->form != NULL) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                         (curl_off_t) exchange->form->n);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                         exchange->form->n > 0 ? exchange->form->p : "");
    } else {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    }
}


static ep_rc_t
run(ep_client_t *client, ep_reply_t *reply, ep_err_t *err)
{
    CURLcode code = perform(client->curl);

    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &reply->status);
    if (client->broken.rc != EP_OK) {
        return ep_err_set(err, client->broken.rc, client->broken.code, "%s",
                          client->broken.msg);
    }
    if (code != CURLE_OK) {
        reply->passing = is_passing(client, code);
        return curl_error(client, code, err);
    }
    if (reply->status == 407 && client->proxy.text != NULL) {
        return proxy_login_error(client, err);
    }
    return EP_OK;
}


ep_rc_t
ep_client_run(ep_client_t *client, const ep_exchange_t *exchange,
              ep_reply_t *reply, ep_err_t *err)
{
    struct curl_slist *headers = NULL;
    ep_rc_t rc;

    *reply = (ep_reply_t){ 0 };
    client->exchange = exchange;
    client->words[0] = '\0';
    ep_err_clear(&client->broken);
    if (!ep_url_parse(exchange->url, true, &client->url)) {
        return ep_err_set(err, EP_EINVAL, client->kind->codes[EP_NET_URL],
                          "%s is no http:// or https:// address without a "
                          "login in it",
                          exchange->setting);
    }
    rc = list_headers(exchange, &headers, err);
    if (rc == EP_OK) {
        set_exchange(client, headers);
        rc = run(client, reply, err);
        curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, NULL);
    }
    curl_slist_free_all(headers);
    ep_url_free(&client->url);
    return rc;
}
