/* Fetching over HTTP: see source/fetch.h. The one home of libcurl. */

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/time.h"
#include "source/fetch.h"

#define CONNECT_SECONDS 30
#define SILENT_SECONDS 60 /* without a byte: the connection is dead */
#define ATTEMPTS 5        /* in a row that bring nothing */
#define BACKOFF_MS 400    /* doubled each time, with as much jitter */
#define GUARD_BYTES (8 * 1024 * 1024) /* between looks at the free disk */

struct ep_fetch {
    CURL *curl;
    const ep_config_t *cfg;
    const ep_transfer_t *transfer;
    char *base; /* address, with a slash at its end */
    char *host;
    char *proxy; /* as it may be shown: without its login; NULL: none */
    char words[CURL_ERROR_SIZE];
    /* of the request that runs */
    const ep_request_t *request;
    ep_answer_t answer;
    int64_t at;      /* bytes of the file */
    int64_t guarded; /* at the last look at the disk */
    ep_err_t broken; /* why a callback ended the transfer */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;


static void
init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}


/* An address's scheme among the allowed ones, its host and what else. */
static bool
split_url(const char *url, const char *const *schemes, bool login, char **host,
          char **shown)
{
    CURLU *u = curl_url();
    char *scheme = NULL, *user = NULL, *query = NULL;
    bool good = false;

    if (u != NULL
        && curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == 0
        && curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == 0
        && curl_url_get(u, CURLUPART_HOST, host, 0) == 0)
    {
        for (size_t i = 0; schemes[i] != NULL; i++) {
            good = good || strcmp(scheme, schemes[i]) == 0;
        }
        curl_url_get(u, CURLUPART_USER, &user, 0);
        curl_url_get(u, CURLUPART_QUERY, &query, 0);
        good = good && query == NULL && (login || user == NULL);
        curl_url_set(u, CURLUPART_USER, NULL, 0);
        curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
        good = good && curl_url_get(u, CURLUPART_URL, shown, 0) == 0;
    }
    curl_free(scheme);
    curl_free(user);
    curl_free(query);
    curl_url_cleanup(u);
    return good;
}


static ep_rc_t
take_addresses(ep_fetch_t *fetch, ep_err_t *err)
{
    static const char *const of_source[] = { "http", "https", NULL };
    static const char *const of_proxy[] = { "http", "https", "socks5",
                                            "socks5h", NULL };
    const char *url = ep_config_string(fetch->cfg, EP_PATCH_SOURCE_URL);
    const char *proxy = ep_config_string(fetch->cfg, EP_PROXY);
    char *host = NULL, *shown = NULL;
    bool good;

    if (url == NULL || !split_url(url, of_source, false, &fetch->host, &shown))
    {
        curl_free(shown);
        return ep_err_set(err, EP_EINVAL, "source-url",
                          "PATCH_SOURCE_URL must be an http:// or https:// "
                          "address without a login in it: the login is "
                          "PATCH_SOURCE_USER and PATCH_SOURCE_PASSWORD");
    }
    if (asprintf(&fetch->base, "%s%s", shown,
                 ep_str_ends(ep_str(shown), EP_STR("/")) ? "" : "/")
        < 0)
    {
        fetch->base = NULL;
    }
    curl_free(shown);
    if (fetch->base == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    if (proxy == NULL) {
        return EP_OK;
    }
    good = split_url(proxy, of_proxy, true, &host, &fetch->proxy);
    curl_free(host);
    if (!good) {
        return ep_err_set(err, EP_EINVAL, "source-proxy",
                          "PROXY must begin with http://, https://, "
                          "socks5:// or socks5h://");
    }
    return EP_OK;
}


/* A transfer that one of our callbacks ends says why by itself. */
static size_t
end_transfer(ep_fetch_t *fetch, ep_rc_t rc, const char *code, const char *words)
{
    ep_err_set(&fetch->broken, rc, code, "%s", words);
    return 0;
}


/* Stop before the disk is full, not after. */
static bool
disk_has_room(ep_fetch_t *fetch, int64_t more)
{
    int64_t keep = ep_config_int(fetch->cfg, EP_MIN_FREE_DISK);
    struct statvfs fs;
    int64_t there;

    if (fstatvfs(fetch->request->fd, &fs) != 0) {
        return true;
    }
    there = (int64_t) fs.f_bavail * (int64_t) fs.f_frsize;
    if (there - more >= keep) {
        return true;
    }
    ep_err_set(&fetch->broken, EP_ELIMIT, "disk-full",
               "%s needs %lld MiB, and of the %lld MiB that the patches' disk "
               "has free MIN_FREE_DISK keeps %lld: make room (`kc.eportal "
               "--clean-releases`) or lower MIN_FREE_DISK",
               fetch->request->path, (long long) (more >> 20),
               (long long) (there >> 20), (long long) (keep >> 20));
    return false;
}


static size_t
write_file(ep_fetch_t *fetch, const char *p, size_t n)
{
    size_t left = n;

    if (fetch->answer.status == 200 && fetch->at > 0 && fetch->guarded < 0) {
        /* it does not know Range: from the beginning */
        if (ftruncate(fetch->request->fd, 0) != 0
            || lseek(fetch->request->fd, 0, SEEK_SET) != 0)
        {
            return end_transfer(fetch, EP_EIO, "file-write",
                                "cannot begin a download again");
        }
        fetch->at = 0;
    }
    if (fetch->at + (int64_t) n > fetch->request->size) {
        return end_transfer(fetch, EP_EINVAL, "source-checksum",
                            "the patch source sends more bytes than its "
                            "index promises");
    }
    if (fetch->guarded < 0 || fetch->at - fetch->guarded > GUARD_BYTES) {
        if (!disk_has_room(fetch, fetch->request->size - fetch->at)) {
            return 0;
        }
        fetch->guarded = fetch->at;
    }
    while (left > 0) {
        ssize_t got = write(fetch->request->fd, p, left);

        if (got < 0 && errno != EINTR) {
            ep_err_errno(&fetch->broken,
                         errno == ENOSPC ? "disk-full" : "file-write",
                         "cannot write what is downloaded");
            return 0;
        }
        if (got > 0) {
            p += got;
            left -= (size_t) got;
        }
    }
    fetch->at += (int64_t) n;
    return n;
}


static size_t
on_data(char *p, size_t size, size_t n, void *ctx)
{
    ep_fetch_t *fetch = ctx;

    n *= size;
    curl_easy_getinfo(fetch->curl, CURLINFO_RESPONSE_CODE,
                      &fetch->answer.status);
    if (fetch->answer.status != 200 && fetch->answer.status != 206) {
        return n; /* an error's page is nobody's business */
    }
    if (fetch->request->fd >= 0) {
        return write_file(fetch, p, n);
    }
    if (ep_buf_add(fetch->request->body, p, n) != EP_OK) {
        return end_transfer(fetch, EP_ELIMIT, "source-index",
                            "the patch source's index is too large");
    }
    return n;
}


static size_t
on_header(char *p, size_t size, size_t n, void *ctx)
{
    ep_fetch_t *fetch = ctx;
    ep_str_t name, value;

    n *= size;
    if (ep_str_cut((ep_str_t){ p, n }, ':', &name, &value)
        && ep_str_eq_nocase(name, EP_STR("etag")))
    {
        ep_str_copy(ep_str_trim(value), fetch->answer.etag,
                    sizeof(fetch->answer.etag));
    }
    return n;
}


/* curl calls this about once a second, and with data. */
static int
on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total,
            curl_off_t up)
{
    ep_fetch_t *fetch = ctx;
    ep_progress_t progress = { .step = "downloading" };

    if (fetch->request->fd >= 0 && fetch->transfer != NULL
        && fetch->transfer->progress != NULL)
    {
        progress.bytes_read = (uint64_t) fetch->at;
        progress.bytes_total = (uint64_t) fetch->request->size;
        fetch->transfer->progress(fetch->transfer->ctx, &progress);
    }
    if (ep_transfer_stopped(fetch->transfer)) {
        end_transfer(fetch, EP_EBUSY, "stopped", "the download was stopped");
        return 1;
    }
    return 0;
}


/* What is the same for all requests. curl copies the strings. */
static bool
set_options(ep_fetch_t *fetch)
{
    CURL *curl = fetch->curl;
    const ep_config_t *cfg = fetch->cfg;
    const char *user = ep_config_string(cfg, EP_PATCH_SOURCE_USER);
    const char *password = ep_config_string(cfg, EP_PATCH_SOURCE_PASSWORD);
    const char *proxy = ep_config_string(cfg, EP_PROXY);
    const char *ca = ep_config_string(cfg, EP_PATCH_SOURCE_CA_FILE);
    CURLcode bad = CURLE_OK;

    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, fetch->words);
    bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(curl, CURLOPT_SSLVERSION,
                            (long) CURL_SSLVERSION_TLSv1_2);
    /* "" is no proxy, also when the environment names one. */
    bad |= curl_easy_setopt(curl, CURLOPT_PROXY, proxy ? proxy : "");
    bad |= curl_easy_setopt(curl, CURLOPT_NOPROXY, "");
    curl_easy_setopt(curl, CURLOPT_PROXYAUTH, CURLAUTH_BASIC);
    if (ca != NULL) {
        bad |= curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
        bad |= curl_easy_setopt(curl, CURLOPT_PROXY_CAINFO, ca);
    }
    if (user != NULL) {
        bad |= curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        bad |= curl_easy_setopt(curl, CURLOPT_USERNAME, user);
        bad |=
            curl_easy_setopt(curl, CURLOPT_PASSWORD, password ? password : "");
    }
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long) CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long) SILENT_SECONDS);
    bad |= curl_easy_setopt(curl, CURLOPT_USERAGENT, "kc.eportal/" EP_VERSION);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, fetch);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, fetch);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, fetch);
    return bad == CURLE_OK;
}


ep_rc_t
ep_fetch_open(const ep_config_t *cfg, const ep_transfer_t *transfer,
              ep_fetch_t **out, ep_err_t *err)
{
    ep_fetch_t *fetch = calloc(1, sizeof(*fetch));
    ep_rc_t rc = EP_ENOMEM;

    pthread_once(&once, init_curl);
    if (fetch != NULL) {
        fetch->cfg = cfg;
        fetch->transfer = transfer;
        fetch->curl = curl_easy_init();
    }
    if (fetch == NULL || fetch->curl == NULL) {
        ep_err_set(err, rc, "no-memory", "out of memory");
    } else {
        rc = take_addresses(fetch, err);
    }
    if (rc == EP_OK && !set_options(fetch)) {
        rc = ep_err_set(err, EP_EINVAL, "source-url",
                        "libcurl does not take the settings of the patch "
                        "source: check PATCH_SOURCE_* and PROXY");
    }
    if (rc != EP_OK) {
        ep_fetch_closep(&fetch);
        return rc;
    }
    *out = fetch;
    return EP_OK;
}


void
ep_fetch_closep(ep_fetch_t **fetch)
{
    if (*fetch != NULL) {
        curl_easy_cleanup((*fetch)->curl);
        curl_free((*fetch)->host);
        curl_free((*fetch)->proxy);
        free((*fetch)->base);
        free(*fetch);
        *fetch = NULL;
    }
}


static ep_rc_t
proxy_error(const ep_fetch_t *fetch, const char *words, ep_err_t *err)
{
    return ep_err_set(err, EP_ENET, "source-proxy",
                      "the proxy %s %s: check PROXY", fetch->proxy, words);
}


/* What an answer means that is not what was asked for. */
static ep_rc_t
status_error(const ep_fetch_t *fetch, long status, ep_err_t *err)
{
    const char *path = fetch->request->path;

    switch (status) {
    case 401:
    case 403:
        return ep_err_set(err, EP_EAUTH, "source-login",
                          "%s refuses the login (%ld): check "
                          "PATCH_SOURCE_USER and PATCH_SOURCE_PASSWORD",
                          fetch->host, status);
    case 407:
        return proxy_error(fetch,
                           "refuses the login (write it as "
                           "http://user:password@host:port)",
                           err);
    case 404:
    case 410:
        return ep_err_set(err, EP_ENOTFOUND,
                          fetch->request->fd >= 0 ? "source-transfer"
                                                  : "source-index",
                          "there is no %s at %s: check that "
                          "PATCH_SOURCE_URL is the address of a patch source",
                          path, fetch->base);
    default:
        break;
    }
    if (status >= 300 && status < 400) {
        return ep_err_set(err, EP_ENET, "source-url",
                          "%s sends us elsewhere for %s, where a login must "
                          "not follow: set PATCH_SOURCE_URL to the address "
                          "itself",
                          fetch->host, path);
    }
    return ep_err_set(err, EP_ENET, "source-transfer",
                      "%s answers %ld for %s: try again later", fetch->host,
                      status, path);
}


/* What curl's result means. */
static ep_rc_t
curl_error(const ep_fetch_t *fetch, CURLcode code, ep_err_t *err)
{
    const char *words =
        fetch->words[0] != '\0' ? fetch->words : curl_easy_strerror(code);
    long proxy_status = 0;

    curl_easy_getinfo(fetch->curl, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    if (proxy_status == 407) {
        return status_error(fetch, 407, err);
    }
    if (fetch->proxy != NULL && proxy_status >= 400) {
        return proxy_error(fetch, "does not let us through", err);
    }
    switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
        return proxy_error(fetch, "is a host that cannot be found", err);
    case CURLE_PROXY:
        return ep_err_set(err, EP_ENET, "source-proxy",
                          "the proxy %s refuses: %s. Check PROXY and the "
                          "login in it",
                          fetch->proxy, words);
    case CURLE_COULDNT_RESOLVE_HOST:
        return ep_err_set(err, EP_ENET, "source-name",
                          "the host %s cannot be found: check "
                          "PATCH_SOURCE_URL and the name servers of this "
                          "machine, or set PROXY",
                          fetch->host);
    case CURLE_COULDNT_CONNECT:
        if (fetch->proxy != NULL) {
            return ep_err_set(err, EP_ENET, "source-proxy",
                              "cannot connect through the proxy %s: %s. "
                              "Check PROXY",
                              fetch->proxy, words);
        }
        return ep_err_set(err, EP_ENET, "source-connect",
                          "cannot connect to %s: %s. Check the firewall, or "
                          "set PROXY",
                          fetch->host, words);
    case CURLE_PEER_FAILED_VERIFICATION:
        return ep_err_set(err, EP_ENET, "source-tls",
                          "the certificate of %s is not to be trusted: %s. "
                          "If the authority is your own, name its file in "
                          "PATCH_SOURCE_CA_FILE",
                          fetch->host, words);
    case CURLE_SSL_CACERT_BADFILE:
        return ep_err_set(err, EP_EINVAL, "source-tls",
                          "the authorities of PATCH_SOURCE_CA_FILE cannot be "
                          "read: %s",
                          words);
    case CURLE_SSL_CONNECT_ERROR:
        return ep_err_set(err, EP_ENET, "source-tls",
                          "no TLS with %s: %s. Check that its port speaks "
                          "https",
                          fetch->host, words);
    default:
        return ep_err_set(err, EP_ENET, "source-transfer",
                          "the connection to %s broke while %s was fetched: "
                          "%s. Try again later",
                          fetch->host, fetch->request->path, words);
    }
}


/* Would the same request do better a moment later? */
static bool
is_passing(const ep_fetch_t *fetch, CURLcode code, long status)
{
    long proxy_status = 0;
    curl_off_t connected = 0;

    if (code == CURLE_OK) {
        return status == 408 || status == 429 || status >= 500;
    }
    curl_easy_getinfo(fetch->curl, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    curl_easy_getinfo(fetch->curl, CURLINFO_PRETRANSFER_TIME_T, &connected);
    if (proxy_status >= 400 || connected == 0) {
        return false;
    }
    return code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR
           || code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING
           || code == CURLE_OPERATION_TIMEDOUT || code == CURLE_HTTP2
           || code == CURLE_HTTP2_STREAM;
}


static ep_rc_t
wait_before(ep_fetch_t *fetch, int attempt, ep_err_t *err)
{
    struct timespec tick = { 0, 50 * 1000 * 1000 };
    int64_t ms = (int64_t) BACKOFF_MS << attempt;
    uint32_t random = 0;

    if (ep_random(&random, sizeof(random), err) != EP_OK) {
        return EP_EINTERNAL;
    }
    for (ms += random % ms; ms > 0; ms -= 50) {
        if (ep_transfer_stopped(fetch->transfer)) {
            return ep_err_set(err, EP_EBUSY, "stopped",
                              "the download was stopped");
        }
        nanosleep(&tick, NULL);
    }
    return EP_OK;
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


/* One try. *again: another one may do better. */
static ep_rc_t
try_once(ep_fetch_t *fetch, bool *again, ep_err_t *err)
{
    const ep_request_t *request = fetch->request;
    CURLcode code = perform(fetch->curl);
    long status = 0;

    curl_easy_getinfo(fetch->curl, CURLINFO_RESPONSE_CODE, &status);
    fetch->answer.status = status;
    *again = false;
    if (fetch->broken.rc != EP_OK) {
        return ep_err_set(err, fetch->broken.rc, fetch->broken.code, "%s",
                          fetch->broken.msg);
    }
    if (code != CURLE_OK) {
        *again = is_passing(fetch, code, status);
        return curl_error(fetch, code, err);
    }
    if (status == 200 || status == 206 || (status == 304 && request->fd < 0)
        || (status == 404 && request->quiet))
    {
        if (request->fd < 0 || fetch->at == request->size) {
            return EP_OK;
        }
        *again = true; /* it ended early and did not say so */
        return ep_err_set(err, EP_EINVAL, "source-checksum",
                          "%s has fewer bytes than the patch source's index "
                          "promises",
                          request->path);
    }
    if (status == 416 && fetch->at > 0) {
        *again = ftruncate(request->fd, 0) == 0;
    }
    *again = *again || is_passing(fetch, code, status);
    return status_error(fetch, status, err);
}


/* Continue where the file ends, or begin the body again. */
static ep_rc_t
prepare(ep_fetch_t *fetch, ep_err_t *err)
{
    const ep_request_t *request = fetch->request;
    char range[32];

    fetch->answer = (ep_answer_t){ 0 };
    fetch->guarded = -1;
    fetch->words[0] = '\0';
    ep_err_clear(&fetch->broken);
    if (request->fd < 0) {
        ep_buf_reset(request->body);
        return EP_OK;
    }
    fetch->at = lseek(request->fd, 0, SEEK_END);
    if (fetch->at > request->size) {
        fetch->at = ftruncate(request->fd, 0) == 0
                        ? lseek(request->fd, 0, SEEK_SET)
                        : -1;
    }
    if (fetch->at < 0) {
        return ep_err_errno(err, "file-read", "cannot continue a download");
    }
    /* not RESUME_FROM, which fails where a server knows no Range */
    snprintf(range, sizeof(range), "%lld-", (long long) fetch->at);
    curl_easy_setopt(fetch->curl, CURLOPT_RANGE, fetch->at > 0 ? range : NULL);
    return EP_OK;
}


static ep_rc_t
repeat(ep_fetch_t *fetch, ep_err_t *err)
{
    int64_t best = 0;
    ep_err_t why = { 0 };
    bool again = false;
    ep_rc_t rc;

    for (int attempt = 0;; attempt++) {
        ep_err_clear(&why);
        rc = prepare(fetch, &why);
        if (rc == EP_OK && fetch->request->fd >= 0
            && fetch->at == fetch->request->size) {
            return EP_OK;
        }
        if (rc == EP_OK) {
            rc = try_once(fetch, &again, &why);
        }
        if (rc == EP_OK) {
            return EP_OK;
        }
        if (fetch->request->fd >= 0 && fetch->at > best) {
            best = fetch->at;
            attempt = 0; /* it gets on */
        }
        if (!again || attempt + 1 >= ATTEMPTS) {
            return ep_err_set(err, rc, why.code, "%s", why.msg);
        }
        rc = wait_before(fetch, attempt, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
}


ep_rc_t
ep_fetch_get(ep_fetch_t *fetch, const ep_request_t *request,
             ep_answer_t *answer, ep_err_t *err)
{
    struct curl_slist *headers = NULL;
    char *url = NULL, *match = NULL;
    ep_rc_t rc;

    fetch->request = request;
    if (asprintf(&url, "%s%s", fetch->base, request->path) < 0) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    if (request->etag != NULL && request->etag[0] != '\0'
        && asprintf(&match, "If-None-Match: %s", request->etag) > 0)
    {
        headers = curl_slist_append(NULL, match);
    }
    curl_easy_setopt(fetch->curl, CURLOPT_URL, url);
    curl_easy_setopt(fetch->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(fetch->curl, CURLOPT_RANGE, NULL);
    /* An archive is taken as it is; what is small may come compressed. */
    curl_easy_setopt(fetch->curl, CURLOPT_ACCEPT_ENCODING,
                     request->fd >= 0 ? NULL : "gzip");
    rc = repeat(fetch, err);
    if (rc == EP_OK) {
        *answer = fetch->answer;
    }
    curl_easy_setopt(fetch->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    free(match);
    free(url);
    return rc;
}
