/* API tokens: see eportal/auth.h and eportal/token.h. */

#include "auth/private.h"
#include "base/time.h"
#include "store/token.h"

#define SECRET_LENGTH 44 /* behind the prefix: more than 256 bits */
#define TAIL 4
#define TOUCH (60 * 1000000LL)


static ep_rc_t
check_values(ep_portal_t *portal, const ep_api_token_t *token, ep_err_t *err)
{
    ep_str_t name = ep_str(token->name);
    int64_t count;
    ep_rc_t rc;

    if (name.n == 0 || !ep_str_is_text(name, false)
        || !ep_str_eq(name, ep_str_trim(name)))
    {
        return ep_err_set(err, EP_EINVAL, "bad-token-name",
                          "a token's name is 1 to %d bytes of UTF-8 text "
                          "without control characters and outer spaces",
                          EP_API_TOKEN_NAME_MAX);
    }
    if (token->expires != 0 && token->expires <= ep_portal_now(portal)) {
        return ep_err_set(err, EP_EINVAL, "bad-expiry",
                          "a token expires in the future, or never");
    }
    rc = ep_api_token_count(portal, token->user_id, &count, err);
    if (rc == EP_OK && count >= EP_API_TOKENS_MAX) {
        return ep_err_set(err, EP_ELIMIT, "token-limit-reached",
                          "a user has at most %d tokens: revoke one",
                          EP_API_TOKENS_MAX);
    }
    return rc;
}


/* Values of its own: id, secret, tail. */
static ep_rc_t
make(ep_portal_t *portal, ep_api_token_t *row, char text[EP_SECRET_TEXT + 1],
     uint8_t hash[EP_SHA256_SIZE], ep_err_t *err)
{
    size_t prefix = sizeof(EP_API_TOKEN_PREFIX) - 1;
    uint8_t id[EP_API_TOKEN_ID / 2];
    ep_rc_t rc = ep_random(id, sizeof(id), err);

    ep_str_copy(EP_STR(EP_API_TOKEN_PREFIX), text, EP_SECRET_TEXT);
    if (rc == EP_OK) {
        rc = ep_random_name(text + prefix, SECRET_LENGTH, err);
    }
    if (rc == EP_OK) {
        rc = ep_sha256(EP_STR(""), ep_str(text), hash, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    ep_hex(id, sizeof(id), row->id);
    ep_str_copy((ep_str_t){ text + prefix + SECRET_LENGTH - TAIL, TAIL },
                row->tail, sizeof(row->tail));
    row->created = ep_portal_now(portal);
    row->used = 0;
    return EP_OK;
}


static ep_rc_t
audit(ep_portal_t *portal, const ep_api_token_t *row, ep_err_t *err)
{
    const ep_audit_value_t values[] = {
        { "name", EP_AUDIT_TEXT, ep_str(row->name), 0 },
        { "user", EP_AUDIT_TEXT, ep_str(row->user), 0 },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return ep_audit_values(portal, "token.add", ep_str(row->id), values, err);
}


ep_rc_t
ep_auth_add_token(ep_portal_t *portal, ep_api_token_t *token,
                  char secret[EP_SECRET_TEXT + 1], ep_err_t *err)
{
    uint8_t hash[EP_SHA256_SIZE];
    char text[EP_SECRET_TEXT + 1];
    ep_api_token_t row = *token;
    ep_rc_t rc = check_values(portal, token, err);

    if (rc == EP_OK) {
        rc = make(portal, &row, text, hash, err);
    }
    if (rc == EP_OK) {
        rc = ep_api_token_insert(portal, hash, &row, err);
    }
    if (rc == EP_OK) {
        rc = audit(portal, &row, err);
    }
    if (rc == EP_OK) {
        *token = row;
        memcpy(secret, text, sizeof(text));
    }
    return rc;
}


static void
touch(ep_portal_t *portal, const ep_api_token_t *token)
{
    if (ep_portal_now(portal) - token->used < TOUCH
        || ep_portal_write_try(portal, NULL) != EP_OK)
    {
        return;
    }
    if (ep_api_token_touch(portal, ep_str(token->id), NULL) == EP_OK) {
        ep_portal_write_commit(portal, NULL);
    } else {
        ep_portal_write_rollback(portal);
    }
}


/* The token's row and its user's. EP_ENOTFOUND: not one that is good. */
static ep_rc_t
find(ep_portal_t *portal, ep_str_t secret, ep_api_token_t *token,
     ep_user_t *user, ep_err_t *err)
{
    uint8_t hash[EP_SHA256_SIZE];
    ep_rc_t rc = ep_sha256(EP_STR(""), secret, hash, err);

    if (rc == EP_OK) {
        rc = ep_api_token_by_hash(portal, hash, token, err);
    }
    if (rc == EP_OK && token->expires != 0
        && token->expires <= ep_portal_now(portal))
    {
        rc = EP_ENOTFOUND;
    }
    return rc == EP_OK ? ep_user_find(portal, ep_str(token->user), user, err)
                       : rc;
}


ep_rc_t
ep_auth_token(ep_portal_t *portal, ep_str_t secret, const ep_origin_t *origin,
              ep_principal_t *out, ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_api_token_t token;
    ep_user_t user;
    int ignored;
    ep_rc_t rc = EP_ENOTFOUND;

    /* A good one is heard whatever others do: it cannot be guessed. */
    if (secret.n > 0 && secret.n <= EP_SECRET_TEXT) {
        rc = find(portal, secret, &token, &user, &local);
    }
    if (rc == EP_OK) {
        touch(portal, &token);
        ep_auth_principal(&user, EP_VIA_TOKEN, out);
        return EP_OK;
    }
    if (rc != EP_ENOTFOUND) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    rc = ep_throttle_check_token(portal, &origin->ip, &ignored, err);
    return rc == EP_OK ? ep_throttle_failed(portal, origin, EP_STR_NULL,
                                            EP_VIA_TOKEN, err)
                       : rc;
}
