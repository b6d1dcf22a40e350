/* Talking to an OpenID provider, within one deadline and with answers of a
 * bounded size: see auth/oidc.h. */

#include <stdio.h>

#include "auth/oidc.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/time.h"

#define ANSWER_MAX (256 * 1024)
#define FORM_MAX (32 * 1024)
#define TOKEN_MAX (16 * 1024)
#define DEADLINE_MS 10000
#define HURRY_MS 1000
#define WORDS_MAX 160 /* of the provider, in a sentence of ours */

typedef struct {
    ep_provider_t *p;
    ep_setting_t setting;
    long status;
    ep_buf_t body;
} answer_t;


/* ---- addresses ---- */

static bool
is_this_machine(const char *host)
{
    ep_addr_t addr;

    return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0
           || (ep_addr_parse(ep_str(host), &addr)
               && ep_addr_in(&addr, EP_STR("127.0.0.0/8")));
}


ep_rc_t
ep_oidc_address(const ep_config_t *cfg, ep_setting_t setting, ep_arena_t *arena,
                const char **out, ep_err_t *err)
{
    const char *text = ep_config_string(cfg, setting);
    ep_url_t url = { 0 };
    bool good =
        text != NULL && strchr(text, '#') == NULL
        && ep_url_parse(text, true, &url)
        && (strcmp(url.scheme, "https") == 0 || is_this_machine(url.host));
    const char *copy = good ? ep_arena_strdup(arena, ep_str(url.text)) : NULL;

    ep_url_free(&url);
    if (!good) {
        return ep_err_set(err, EP_EINVAL, "sso-address",
                          "%s must be an https:// address without a login in "
                          "it (http:// only of this machine itself)",
                          ep_setting_info(setting)->name);
    }
    if (copy == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    *out = copy;
    return EP_OK;
}


/* ---- one exchange ---- */

static ep_rc_t
on_data(void *ctx, long status, ep_str_t bytes, ep_err_t *err)
{
    answer_t *answer = ctx;

    if (ep_buf_add_str(&answer->body, bytes) != EP_OK) {
        return ep_err_set(err, EP_ELIMIT, "sso-answer",
                          "%s answers more than %d KiB: check that address",
                          ep_setting_info(answer->setting)->name,
                          ANSWER_MAX / 1024);
    }
    return EP_OK;
}


/* A provider that answers at once may do so while the process ends; one that
 * does not may not hold it up. */
static ep_rc_t
on_tick(void *ctx, ep_err_t *err)
{
    ep_provider_t *p = ((answer_t *) ctx)->p;
    int64_t now = ep_time_us();

    if (!ep_portal_hurried(p->portal)) {
        return EP_OK;
    }
    if (p->hurried == 0) {
        p->hurried = now;
    }
    if (now - p->hurried < HURRY_MS * 1000) {
        return EP_OK;
    }
    return ep_err_set(err, EP_EBUSY, "sso-busy",
                      "this portal is restarting: sign in again");
}


/* Get, or post a form; the answer is whatever came, without redirects. */
static ep_rc_t
ask(ep_provider_t *p, answer_t *answer, ep_exchange_t *exchange, ep_err_t *err)
{
    int64_t left = (p->deadline - ep_time_us()) / 1000;
    ep_reply_t reply;
    ep_rc_t rc =
        ep_oidc_address(p->cfg, answer->setting, p->arena, &exchange->url, err);

    if (rc != EP_OK) {
        return rc;
    }
    exchange->setting = ep_setting_info(answer->setting)->name;
    exchange->compressed = true;
    exchange->total_ms = left > 1 ? left : 1;
    exchange->data = on_data;
    exchange->tick = on_tick;
    exchange->ctx = answer;
    rc = ep_client_run(p->client, exchange, &reply, err);
    answer->status = reply.status;
    return rc;
}


static void
begin_answer(answer_t *answer, ep_provider_t *p, ep_setting_t setting)
{
    *answer = (answer_t){ .p = p, .setting = setting };
    ep_buf_init(&answer->body, ANSWER_MAX);
}


ep_rc_t
ep_provider_open(ep_provider_t *p, ep_portal_t *portal, ep_arena_t *arena,
                 ep_err_t *err)
{
    static const ep_client_kind_t kind = {
        .codes = { "sso-address", "sso-host", "sso-proxy", "sso-connect",
                   "sso-tls", "sso-transfer" },
        .ca = EP_OIDC_CA_FILE,
        .connect_seconds = 5,
    };

    *p = (ep_provider_t){ .portal = portal,
                          .cfg = ep_portal_config(portal),
                          .arena = arena,
                          .deadline = ep_time_us() + DEADLINE_MS * 1000 };
    return ep_client_open(&kind, p->cfg, &p->client, err);
}


void
ep_provider_close(ep_provider_t *p)
{
    ep_client_closep(&p->client);
}


/* ---- what is wrong with an answer ---- */

/* The provider's own words for it, on one line, in brackets; may be "". */
static void
words_of(const answer_t *answer, char out[WORDS_MAX + 4])
{
    EP_CLEANUP(ep_oidc_putp)
    struct json_object *object = ep_oidc_parse(ep_buf_str(&answer->body));
    ep_str_t error = ep_oidc_member(object, "error");
    ep_str_t more = ep_oidc_member(object, "error_description");
    char both[2 * WORDS_MAX];

    snprintf(both, sizeof(both), "%.*s%s%.*s",
             error.n < 60 ? (int) error.n : 60, error.n ? error.p : "",
             more.n ? ": " : "", more.n < 200 ? (int) more.n : 200,
             more.n ? more.p : "");
    out[0] = '\0';
    if (both[0] != '\0') {
        out[0] = ' ';
        out[1] = '(';
        size_t n = ep_str_clean(ep_str(both), out + 2, WORDS_MAX);
        out[2 + n] = ')';
        out[3 + n] = '\0';
    }
}


/* Whether an answer says that the address is wrong, whatever its body. */
static bool
is_elsewhere(long status)
{
    return (status >= 300 && status < 400) || status == 404 || status == 405
           || status == 410;
}


/* An answer that no endpoint of a provider gives. */
static ep_rc_t
status_error(const answer_t *answer, ep_err_t *err)
{
    const char *setting = ep_setting_info(answer->setting)->name;
    char words[WORDS_MAX + 4];

    words_of(answer, words);
    if (answer->status >= 300 && answer->status < 400) {
        return ep_err_set(err, EP_ENET, "sso-address",
                          "%s sends us elsewhere, where a secret must not "
                          "follow: set the address itself",
                          setting);
    }
    if (answer->status == 404 || answer->status == 405 || answer->status == 410)
    {
        return ep_err_set(err, EP_ENET, "sso-address",
                          "there is nothing of the kind at %s (%ld): check "
                          "that address",
                          setting, answer->status);
    }
    return ep_err_set(err, EP_ENET, "sso-provider",
                      "%s answers %ld%s: try again later, or ask who runs the "
                      "provider",
                      setting, answer->status, words);
}


static ep_rc_t
shape_error(const answer_t *answer, const char *what, ep_err_t *err)
{
    return ep_err_set(err, EP_ENET, "sso-answer",
                      "what %s answers is not %s: check that address",
                      ep_setting_info(answer->setting)->name, what);
}


/* The token endpoint refuses. */
static ep_rc_t
token_error(const answer_t *answer, ep_err_t *err)
{
    EP_CLEANUP(ep_oidc_putp)
    struct json_object *object = ep_oidc_parse(ep_buf_str(&answer->body));
    ep_str_t error = ep_oidc_member(object, "error");
    char words[WORDS_MAX + 4];

    words_of(answer, words);
    if (is_elsewhere(answer->status)) {
        return status_error(answer, err);
    }
    if (answer->status == 401 || ep_str_eq(error, EP_STR("invalid_client"))
        || ep_str_eq(error, EP_STR("unauthorized_client")))
    {
        return ep_err_set(err, EP_EAUTH, "sso-client",
                          "the provider refuses this portal%s: check "
                          "OIDC_CLIENT_ID and OIDC_CLIENT_SECRET, and that the "
                          "client may use the authorization code flow with "
                          "client_secret_basic",
                          words);
    }
    if (ep_str_eq(error, EP_STR("invalid_grant"))
        || ep_str_eq(error, EP_STR("invalid_request")))
    {
        return ep_err_set(err, EP_EAUTH, "sso-code",
                          "the provider does not take the code%s: sign in "
                          "again",
                          words);
    }
    return status_error(answer, err);
}


/* ---- the token endpoint ---- */

static ep_rc_t
add_pair(ep_buf_t *form, const char *name, ep_str_t value)
{
    ep_rc_t rc = ep_buf_addf(form, "%s%s=", form->n > 0 ? "&" : "", name);

    return rc == EP_OK ? ep_percent_encode(form, value) : rc;
}


/* Basic's name and password are form-encoded before (RFC 6749, 2.3.1). */
static ep_rc_t
add_login(ep_provider_t *p, ep_exchange_t *exchange, ep_err_t *err)
{
    ep_buf_t id, secret;
    ep_rc_t rc;

    ep_buf_init(&id, FORM_MAX);
    ep_buf_init(&secret, FORM_MAX);
    rc = ep_percent_encode(&id,
                           ep_str(ep_config_string(p->cfg, EP_OIDC_CLIENT_ID)));
    if (rc == EP_OK) {
        rc = ep_percent_encode(
            &secret, ep_str(ep_config_string(p->cfg, EP_OIDC_CLIENT_SECRET)));
    }
    if (rc == EP_OK) {
        exchange->user = ep_arena_strdup(p->arena, ep_buf_str(&id));
        exchange->password = ep_arena_strdup(p->arena, ep_buf_str(&secret));
    }
    ep_buf_free(&id);
    ep_buf_free(&secret);
    if (exchange->user == NULL || exchange->password == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    return EP_OK;
}


/* The request for tokens; the answer is not looked at yet. */
static ep_rc_t
ask_tokens(ep_provider_t *p, ep_str_t code, const char *verifier,
           ep_str_t redirect_uri, answer_t *answer, ep_err_t *err)
{
    static const char *const headers[] = { "Accept: application/json", NULL };
    ep_exchange_t exchange = { .what = "a token", .headers = headers };
    ep_buf_t form;
    ep_str_t text;
    ep_rc_t rc;

    ep_buf_init(&form, FORM_MAX);
    rc = add_pair(&form, "grant_type", EP_STR("authorization_code"));
    if (rc == EP_OK) {
        rc = add_pair(&form, "code", code);
    }
    if (rc == EP_OK) {
        rc = add_pair(&form, "redirect_uri", redirect_uri);
    }
    if (rc == EP_OK) {
        rc = add_pair(&form, "code_verifier", ep_str(verifier));
    }
    if (rc != EP_OK) {
        ep_err_set(err, rc, "sso-code",
                   "the code that the browser brought back is too long");
    } else {
        rc = add_login(p, &exchange, err);
    }
    if (rc == EP_OK) {
        text = ep_buf_str(&form);
        exchange.form = &text;
        rc = ask(p, answer, &exchange, err);
    }
    ep_buf_free(&form);
    return rc;
}


/* What goes into a header must be able to: RFC 6750's characters. */
static bool
is_token(ep_str_t token)
{
    for (size_t i = 0; i < token.n; i++) {
        if ((uint8_t) token.p[i] <= 0x20 || (uint8_t) token.p[i] >= 0x7f) {
            return false;
        }
    }
    return token.n > 0 && token.n <= TOKEN_MAX;
}


static ep_rc_t
read_tokens(const answer_t *answer, struct json_object **out, ep_err_t *err)
{
    struct json_object *object;
    ep_str_t type;

    if (answer->status != 200) {
        return token_error(answer, err);
    }
    object = ep_oidc_parse(ep_buf_str(&answer->body));
    type = ep_oidc_member(object, "token_type");
    if (!is_token(ep_oidc_member(object, "access_token"))
        || (type.n > 0 && !ep_str_eq_nocase(type, EP_STR("bearer"))))
    {
        json_object_put(object);
        return shape_error(answer, "a token in JSON", err);
    }
    *out = object;
    return EP_OK;
}


ep_rc_t
ep_provider_tokens(ep_provider_t *p, ep_str_t code, const char *verifier,
                   ep_str_t redirect_uri, struct json_object **out,
                   ep_err_t *err)
{
    answer_t answer;
    ep_rc_t rc;

    begin_answer(&answer, p, EP_OIDC_TOKEN_URL);
    rc = ask_tokens(p, code, verifier, redirect_uri, &answer, err);
    if (rc == EP_OK) {
        rc = read_tokens(&answer, out, err);
    }
    ep_buf_free(&answer.body);
    return rc;
}


/* ---- the user ---- */

static ep_rc_t
ask_userinfo(ep_provider_t *p, ep_str_t access_token, answer_t *answer,
             ep_err_t *err)
{
    const char *headers[] = { "Accept: application/json", NULL, NULL };
    ep_exchange_t exchange = { .what = "who it is", .headers = headers };

    headers[1] = ep_arena_printf(p->arena, "Authorization: Bearer %.*s",
                                 EP_STR_ARG(access_token));
    if (headers[1] == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    return ask(p, answer, &exchange, err);
}


static ep_rc_t
read_userinfo(const answer_t *answer, struct json_object **out, ep_err_t *err)
{
    struct json_object *object;

    if (answer->status == 401 || answer->status == 403) {
        return ep_err_set(err, EP_ENET, "sso-userinfo",
                          "OIDC_USERINFO_URL refuses the token that "
                          "OIDC_TOKEN_URL gave (%ld): check that both are of "
                          "one provider, and OIDC_SCOPE",
                          answer->status);
    }
    if (answer->status != 200) {
        return status_error(answer, err);
    }
    object = ep_oidc_parse(ep_buf_str(&answer->body));
    if (object == NULL) {
        return shape_error(answer,
                           "a user in JSON (a signed answer cannot be "
                           "read)",
                           err);
    }
    *out = object;
    return EP_OK;
}


ep_rc_t
ep_provider_userinfo(ep_provider_t *p, ep_str_t access_token,
                     struct json_object **out, ep_err_t *err)
{
    answer_t answer;
    ep_rc_t rc;

    begin_answer(&answer, p, EP_OIDC_USERINFO_URL);
    rc = ask_userinfo(p, access_token, &answer, err);
    if (rc == EP_OK) {
        rc = read_userinfo(&answer, out, err);
    }
    ep_buf_free(&answer.body);
    return rc;
}
