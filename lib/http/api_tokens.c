/* API tokens over HTTP (NEW-SEC-2): a readonly user has his own, an admin
 * sees and revokes all. */

#include <stdio.h>
#include <time.h>

#include <eportal/token.h>

#include "http/private.h"

#define LIST_MAX ((size_t) 32 * 1024 * 1024)


static void
write_token(ep_json_t *w, const ep_api_token_t *token, int64_t now)
{
    char hint[32];

    snprintf(hint, sizeof(hint), "%s...%s", EP_API_TOKEN_PREFIX, token->tail);
    ep_json_str(w, "id", ep_str(token->id));
    ep_json_str(w, "name", ep_str(token->name));
    ep_json_str(w, "username", ep_str(token->user));
    ep_json_str(w, "hint", ep_str(hint));
    ep_json_time(w, "created", token->created);
    ep_json_time(w, "expires", token->expires);
    ep_json_bool(w, "expired", token->expires != 0 && token->expires <= now);
    ep_json_time(w, "last_used", token->used);
}


typedef struct {
    ep_json_t json;
    int64_t now;
} list_t;


static ep_rc_t
add_token(const ep_api_token_t *token, void *ctx, ep_err_t *err)
{
    list_t *list = ctx;

    (void) err;
    ep_json_open(&list->json, NULL, '{');
    write_token(&list->json, token, list->now);
    ep_json_close(&list->json, '}');
    return EP_OK;
}


/* Whose tokens the caller has to do with; 0: everybody's. */
static int64_t
whose(const ep_call_t *call)
{
    return call->who.readonly ? call->who.user_id : 0;
}


ep_rc_t
ep_api_tokens(ep_call_t *call, ep_err_t *err)
{
    ep_buf_t buf;
    list_t list = { .json = { .buf = &buf },
                    .now = ep_portal_now(call->portal) };
    ep_rc_t rc;

    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&list.json, NULL, '{');
    ep_json_open(&list.json, "result", '[');
    rc = ep_api_token_list(call->portal, whose(call), add_token, &list, err);
    ep_json_close(&list.json, ']');
    ep_json_close(&list.json, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(call, 200, &list.json, err);
}


/* "2027-01-31", which means its end, or "2027-01-31 12:00:00"; UTC. */
static ep_rc_t
read_expiry(const ep_params_t *params, int64_t *out, ep_err_t *err)
{
    ep_str_t value = ep_str_trim(ep_params_get(params, "expires"));
    char text[32];
    struct tm tm = { 0 };
    const char *end = NULL;
    time_t seconds;

    if (value.n == 0) {
        return EP_OK;
    }
    if (ep_str_copy(value, text, sizeof(text))) {
        end = strptime(text, value.n == 10 ? "%Y-%m-%d" : "%Y-%m-%d %H:%M:%S",
                       &tm);
    }
    seconds = end != NULL && *end == '\0' ? timegm(&tm) : -1;
    if (seconds <= 0 || tm.tm_year >= 8100) {
        return ep_err_set(err, EP_EINVAL, "bad-expiry",
                          "expires is a day, 2027-01-31, or a moment, "
                          "2027-01-31 12:00:00, in UTC");
    }
    *out = (seconds + (value.n == 10 ? 86400 : 0)) * 1000000LL;
    return EP_OK;
}


static ep_rc_t
read_token(ep_call_t *call, ep_api_token_t *token, ep_err_t *err)
{
    ep_rc_t rc = ep_call_params(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    /* Or one that expires would make one that does not. */
    if (call->who.via == EP_VIA_TOKEN) {
        return ep_err_set(err, EP_EPERM, "token-by-token",
                          "a token cannot make tokens: log in");
    }
    if (!ep_str_copy(ep_params_get(call->params, "name"), token->name,
                     sizeof(token->name)))
    {
        return ep_err_set(err, EP_EINVAL, "bad-token-name",
                          "name: 1 to %d bytes of text", EP_API_TOKEN_NAME_MAX);
    }
    token->user_id = call->who.user_id;
    ep_str_copy(ep_str(call->who.name), token->user, sizeof(token->user));
    return read_expiry(call->params, &token->expires, err);
}


ep_rc_t
ep_api_token_create(ep_call_t *call, ep_err_t *err)
{
    ep_api_token_t token = { .expires = 0 };
    char secret[EP_SECRET_TEXT + 1];
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    ep_rc_t rc = read_token(call, &token, err);

    if (rc == EP_OK) {
        rc = ep_call_write(call, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_call_written(
        call, ep_auth_add_token(call->portal, &token, secret, err), err);
    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '{');
    write_token(&w, &token, token.created);
    ep_json_str(&w, "token", ep_str(secret));
    ep_json_close(&w, '}');
    ep_json_close(&w, '}');
    return ep_answer_written(call, 200, &w, err);
}


ep_rc_t
ep_api_token_revoke(ep_call_t *call, ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_rc_t gone, rc = ep_call_write(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    gone = ep_api_token_delete(call->portal, call->captures[EP_CAP_ID],
                               whose(call), &local);
    rc = gone;
    if (gone == EP_ENOTFOUND) {
        rc = EP_OK;
    } else if (gone != EP_OK) {
        ep_err_set(err, gone, local.code, "%s", local.msg);
    }
    rc = ep_call_written(call, rc, err);
    return rc == EP_OK ? ep_answer_count(call, gone == EP_OK, err) : rc;
}
