/* What an OpenID provider says of somebody: see auth/oidc.h. Nothing of it is
 * trusted to have a form. */

#include "auth/oidc.h"
#include "base/decode.h"
#include "base/file.h"

#define DEPTH_MAX 16
#define TOKEN_MAX (64 * 1024)
#define SKEW_SECONDS 60 /* that two clocks may differ */
#define GROUPS_MAX 10000


void
ep_oidc_putp(struct json_object **object)
{
    json_object_put(*object);
}


struct json_object *
ep_oidc_parse(ep_str_t text)
{
    struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
    struct json_object *object = NULL;

    if (tokener == NULL) {
        return NULL;
    }
    json_tokener_set_flags(tokener,
                           JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    if (text.n > 0 && text.n < INT32_MAX) {
        object = json_tokener_parse_ex(tokener, text.p, (int) text.n);
    }
    json_tokener_free(tokener);
    if (!json_object_is_type(object, json_type_object)) {
        json_object_put(object);
        return NULL;
    }
    return object;
}


static ep_str_t
string_of(struct json_object *object)
{
    if (!json_object_is_type(object, json_type_string)) {
        return EP_STR_NULL;
    }
    return (ep_str_t){ json_object_get_string(object),
                       (size_t) json_object_get_string_len(object) };
}


ep_str_t
ep_oidc_member(struct json_object *object, const char *name)
{
    return string_of(json_object_object_get(object, name));
}


/* ---- the ID token ---- */

static ep_rc_t
bad_token(const char *what, ep_err_t *err)
{
    return ep_err_set(err, EP_EAUTH, "sso-token",
                      "the provider's ID token is not for this login: %s. "
                      "Sign in again; if it happens always, tell an "
                      "administrator",
                      what);
}


/* The middle of "header.claims.signature". */
static struct json_object *
claims_of(ep_str_t token)
{
    struct json_object *claims = NULL;
    ep_str_t head, rest, middle, tail, more;
    char *text;
    size_t n;

    if (token.n > TOKEN_MAX || !ep_str_cut(token, '.', &head, &rest)
        || !ep_str_cut(rest, '.', &middle, &tail)
        || ep_str_cut(tail, '.', &head, &more))
    {
        return NULL;
    }
    text = malloc(middle.n + 1);
    if (text != NULL && ep_base64_decode(middle, text, &n)) {
        claims = ep_oidc_parse((ep_str_t){ text, n });
    }
    free(text);
    return claims;
}


/* "aud" is us, or a list with us in it; then "azp" must be us, too. */
static bool
audience_fits(struct json_object *claims, ep_str_t client)
{
    struct json_object *aud = json_object_object_get(claims, "aud");
    struct json_object *azp = json_object_object_get(claims, "azp");
    size_t n = 1;
    bool found = ep_str_eq(string_of(aud), client);

    if (json_object_is_type(aud, json_type_array)) {
        n = json_object_array_length(aud);
        for (size_t i = 0; i < n && n <= GROUPS_MAX; i++) {
            struct json_object *one = json_object_array_get_idx(aud, i);

            found = found || ep_str_eq(string_of(one), client);
        }
    }
    return found && (n == 1 || azp != NULL)
           && (azp == NULL || ep_str_eq(string_of(azp), client));
}


/* A number of seconds, of either kind of JSON's numbers; -1: none. */
static int64_t
seconds_of(struct json_object *claims, const char *name)
{
    struct json_object *object = json_object_object_get(claims, name);
    double value;

    if (json_object_is_type(object, json_type_int)) {
        return json_object_get_int64(object);
    }
    if (!json_object_is_type(object, json_type_double)) {
        return -1;
    }
    value = json_object_get_double(object);
    return value >= 0 && value < 0x1p53 ? (int64_t) value : -1;
}


static ep_rc_t
check_times(struct json_object *claims, int64_t now, ep_err_t *err)
{
    int64_t expires = seconds_of(claims, "exp");
    int64_t issued = seconds_of(claims, "iat");
    int64_t from = seconds_of(claims, "nbf");

    if (expires < 0 || expires <= now - SKEW_SECONDS) {
        return bad_token("it has expired; check the clocks of both machines",
                         err);
    }
    if (issued > now + SKEW_SECONDS || from > now + SKEW_SECONDS) {
        return bad_token("it is of the future; check the clocks of both "
                         "machines",
                         err);
    }
    return EP_OK;
}


static ep_rc_t
check_issuer(const ep_oidc_expect_t *expect, ep_str_t issuer, ep_err_t *err)
{
    const char *wanted = ep_config_string(expect->cfg, EP_OIDC_ISSUER);

    if (issuer.n == 0 || issuer.n > EP_OIDC_ISSUER_MAX
        || !ep_str_is_text(issuer, false))
    {
        return bad_token("it names no issuer", err);
    }
    if (wanted != NULL && !ep_str_eq(issuer, ep_str(wanted))) {
        return bad_token("its issuer is not OIDC_ISSUER", err);
    }
    if (expect->issuer.n > 0 && !ep_str_eq(issuer, expect->issuer)) {
        return bad_token("its issuer is not who sent the browser back", err);
    }
    return EP_OK;
}


ep_rc_t
ep_oidc_id_token(const ep_oidc_expect_t *expect, ep_str_t token,
                 struct json_object **out, ep_err_t *err)
{
    EP_CLEANUP(ep_oidc_putp) struct json_object *claims = claims_of(token);
    const char *client = ep_config_string(expect->cfg, EP_OIDC_CLIENT_ID);
    ep_rc_t rc;

    if (claims == NULL) {
        return bad_token("it is not three parts of JSON and a signature (an "
                         "encrypted one cannot be read)",
                         err);
    }
    rc = check_issuer(expect, ep_oidc_member(claims, "iss"), err);
    if (rc != EP_OK) {
        return rc;
    }
    if (!audience_fits(claims, ep_str(client))) {
        return bad_token("it is meant for another client than "
                         "OIDC_CLIENT_ID",
                         err);
    }
    rc = check_times(claims, expect->now / 1000000, err);
    if (rc != EP_OK) {
        return rc;
    }
    if (!ep_secret_eq(ep_oidc_member(claims, "nonce"), ep_str(expect->nonce))) {
        return bad_token("its nonce is another one", err);
    }
    *out = json_object_get(claims);
    return EP_OK;
}


/* ---- the user ---- */

static ep_rc_t
take_subject(struct json_object *id_token, struct json_object *userinfo,
             ep_identity_t *out, ep_err_t *err)
{
    ep_str_t subject = ep_oidc_member(userinfo, "sub");

    if (subject.n == 0 || !ep_str_is_text(subject, false)
        || !ep_str_copy(subject, out->subject, sizeof(out->subject)))
    {
        return ep_err_set(err, EP_EAUTH, "sso-subject",
                          "the provider's OIDC_USERINFO_URL does not say who "
                          "it is (\"sub\", a string of at most %d bytes): "
                          "check that address and OIDC_SCOPE",
                          EP_OIDC_SUBJECT_MAX);
    }
    if (id_token != NULL
        && !ep_str_eq(ep_oidc_member(id_token, "sub"), subject)) {
        return bad_token("OIDC_USERINFO_URL tells of somebody else", err);
    }
    return EP_OK;
}


/* A claim of the one or the other; NULL when neither has it. */
static struct json_object *
claim(struct json_object *id_token, struct json_object *userinfo,
      const char *name)
{
    struct json_object *found = json_object_object_get(userinfo, name);

    if (found == NULL && id_token != NULL) {
        found = json_object_object_get(id_token, name);
    }
    return found;
}


static ep_rc_t
take_name(const ep_config_t *cfg, struct json_object *id_token,
          struct json_object *userinfo, ep_identity_t *out, ep_err_t *err)
{
    const char *setting = ep_config_string(cfg, EP_OIDC_NAME_CLAIM);
    ep_str_t name;

    name = ep_str_trim(string_of(
        claim(id_token, userinfo, setting != NULL ? setting : "sub")));
    if (name.n == 0) {
        return ep_err_set(err, EP_EAUTH, "sso-user-name",
                          "the provider does not tell \"%.60s\", which "
                          "OIDC_NAME_CLAIM makes the name of a user: add it at "
                          "the provider, or name another claim",
                          setting != NULL ? setting : "sub");
    }
    if (!ep_str_is_text(name, false)
        || !ep_str_copy(name, out->name, sizeof(out->name)))
    {
        return ep_err_set(err, EP_EAUTH, "sso-user-name",
                          "what the provider tells as \"%.60s\" is no name: "
                          "that is 1 to %d bytes of text without control "
                          "characters",
                          setting != NULL ? setting : "sub", EP_USER_NAME_MAX);
    }
    return EP_OK;
}


/* Whether the claim, one name or a list of them, has this group. */
static bool
has_group(struct json_object *groups, ep_str_t group)
{
    size_t n = json_object_is_type(groups, json_type_array)
                   ? json_object_array_length(groups)
                   : 0;
    bool found = ep_str_eq(string_of(groups), group);

    for (size_t i = 0; i < n && i < GROUPS_MAX && !found; i++) {
        found =
            ep_str_eq(string_of(json_object_array_get_idx(groups, i)), group);
    }
    return found;
}


ep_rc_t
ep_oidc_identity(const ep_config_t *cfg, struct json_object *id_token,
                 struct json_object *userinfo, ep_identity_t *out,
                 ep_err_t *err)
{
    const char *group = ep_config_string(cfg, EP_OIDC_ADMIN_GROUP);
    const char *groups = ep_config_string(cfg, EP_OIDC_GROUPS_CLAIM);
    ep_identity_t who = { .readonly = true };
    ep_rc_t rc = take_subject(id_token, userinfo, &who, err);
    ep_str_t issuer;

    if (rc == EP_OK) {
        rc = take_name(cfg, id_token, userinfo, &who, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    /* Without an ID token the address stands for who runs it. */
    issuer = id_token != NULL
                 ? ep_oidc_member(id_token, "iss")
                 : ep_str(ep_config_string(cfg, EP_OIDC_USERINFO_URL));
    if (!ep_str_copy(issuer, who.issuer, sizeof(who.issuer))) {
        return ep_err_set(err, EP_EINVAL, "sso-address",
                          "OIDC_USERINFO_URL is longer than %d bytes",
                          EP_OIDC_ISSUER_MAX);
    }
    if (group != NULL && group[0] != '\0') {
        who.has_role = true;
        who.readonly =
            groups == NULL
            || !has_group(claim(id_token, userinfo, groups), ep_str(group));
    }
    *out = who;
    return EP_OK;
}
