/* Users over HTTP (NEW-API-13, protocol.md 1.9, USER-1..13). */

#include <eportal/user.h>

#include "http/private.h"

#define LIST_MAX ((size_t) 32 * 1024 * 1024)


static void
write_user(ep_json_t *w, const char *name, const ep_user_t *user)
{
    ep_json_open(w, name, '{');
    ep_json_int(w, "id", user->id);
    ep_json_str(w, "username", ep_str(user->name));
    ep_json_str(w, "description",
                user->has_note ? ep_str(user->note) : EP_STR_NULL);
    ep_json_bool(w, "readonly", user->readonly);
    ep_json_str(w, "origin", ep_str(user->origin));
    ep_json_time(w, "created", user->created);
    ep_json_time(w, "last_login", user->login);
    ep_json_close(w, '}');
}


static ep_rc_t
add_user(const ep_user_t *user, void *ctx, ep_err_t *err)
{
    (void) err;
    write_user(ctx, NULL, user);
    return EP_OK;
}


ep_rc_t
ep_api_users(ep_call_t *call, ep_err_t *err)
{
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    ep_rc_t rc;

    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&w, NULL, '{');
    ep_json_open(&w, "result", '[');
    rc = ep_user_list(call->portal, add_user, &w, err);
    ep_json_close(&w, ']');
    ep_json_close(&w, '}');
    if (rc != EP_OK) {
        ep_buf_free(&buf);
        return rc;
    }
    return ep_answer_written(call, 200, &w, err);
}


typedef struct {
    ep_user_t user;
    unsigned set;
    char hash[EP_PASSWORD_HASH_MAX];
} change_t;


/* "role" as the command has it, or "readonly" as the list shows it. */
static ep_rc_t
read_role(ep_call_t *call, change_t *change, ep_err_t *err)
{
    ep_str_t role = ep_params_get(call->params, "role");
    ep_str_t readonly = ep_params_get(call->params, "readonly");

    if (role.n == 0 && readonly.n == 0) {
        return EP_OK;
    }
    change->set |= EP_USER_SET_ROLE;
    if (role.n == 0) {
        return ep_params_bool(call->params, "readonly", &change->user.readonly,
                              err);
    }
    change->user.readonly = ep_str_eq(role, EP_STR("readonly"));
    if (!change->user.readonly && !ep_str_eq(role, EP_STR("admin"))) {
        return ep_err_set(err, EP_EINVAL, "bad-role",
                          "role is admin or readonly");
    }
    return EP_OK;
}


static ep_rc_t
read_change(ep_call_t *call, change_t *change, ep_err_t *err)
{
    ep_str_t name = ep_params_get(call->params, "username");
    ep_str_t note = ep_params_get(call->params, "description");
    ep_str_t password = ep_params_get(call->params, "password");
    ep_rc_t rc;

    if (!ep_str_copy(name, change->user.name, sizeof(change->user.name))
        || name.n == 0)
    {
        return ep_err_set(err, EP_EINVAL, "bad-user-name",
                          "username: 1 to %d bytes of text", EP_USER_NAME_MAX);
    }
    if (!ep_str_copy(note, change->user.note, sizeof(change->user.note))) {
        return ep_err_set(err, EP_EINVAL, "bad-note",
                          "description: at most %zu bytes of text",
                          sizeof(change->user.note) - 1);
    }
    change->user.has_note = note.n > 0;
    change->set |= note.p != NULL ? EP_USER_SET_NOTE : 0;
    rc = read_role(call, change, err);
    if (rc != EP_OK || password.p == NULL) {
        return rc;
    }
    if (ep_str_eq(name, ep_str(call->who.name))) {
        return ep_err_set(err, EP_EINVAL, "own-password",
                          "your own password is changed by POST "
                          "/admin/api/password, which asks for the current "
                          "one");
    }
    change->set |= EP_USER_SET_PASSWORD;
    return ep_password_hash(call->cfg, password, change->hash, err);
}


/* Somebody must be left who can change things. */
static ep_rc_t
check_admins(ep_portal_t *portal, const change_t *change,
             const ep_user_t *known, ep_err_t *err)
{
    bool other = false;
    ep_rc_t rc;

    if (!(change->set & EP_USER_SET_ROLE) || !change->user.readonly
        || known->readonly)
    {
        return EP_OK;
    }
    rc = ep_user_other_admin(portal, ep_str(known->name), &other, err);
    if (rc == EP_OK && !other) {
        return ep_err_set(err, EP_EEXISTS, "last-admin",
                          "\"%s\" is the last user with the role admin",
                          known->name);
    }
    return rc;
}


/* Make him, or change what was named (idempotent). change->user becomes the
 * row. */
static ep_rc_t
put_user(ep_portal_t *portal, change_t *change, ep_err_t *err)
{
    ep_str_t name = ep_str(change->user.name);
    const char *hash = change->set & EP_USER_SET_PASSWORD ? change->hash : NULL;
    ep_err_t local = { 0 };
    ep_user_t known;
    ep_rc_t rc = ep_user_find(portal, name, &known, &local);

    if (rc == EP_ENOTFOUND) {
        if (!(change->set & EP_USER_SET_ROLE)) {
            change->user.readonly = true; /* nobody becomes admin unasked */
        }
        rc = ep_user_add(portal, &change->user, hash, err);
    } else if (rc != EP_OK) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    } else {
        rc = check_admins(portal, change, &known, err);
        if (rc == EP_OK) {
            rc = ep_user_change(portal, name, change->set, &change->user, hash,
                                err);
        }
    }
    return rc == EP_OK ? ep_user_find(portal, ep_str(change->user.name),
                                      &change->user, err)
                       : rc;
}


ep_rc_t
ep_api_user_put(ep_call_t *call, ep_err_t *err)
{
    static const char *const secrets[] = { "password", NULL };
    change_t change = { .user = { .origin = "local" } };
    ep_buf_t buf;
    ep_json_t w = { .buf = &buf };
    ep_rc_t rc = ep_call_secrets(call, secrets, err);

    if (rc == EP_OK) {
        rc = read_change(call, &change, err);
    }
    if (rc == EP_OK) {
        rc = ep_call_write(call, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_call_written(call, put_user(call->portal, &change, err), err);
    if (rc != EP_OK) {
        return rc;
    }
    ep_buf_init(&buf, LIST_MAX);
    ep_json_open(&w, NULL, '{');
    write_user(&w, "result", &change.user);
    ep_json_close(&w, '}');
    return ep_answer_written(call, 200, &w, err);
}


/* Who deletes is an admin and stays, so one always does. */
static ep_rc_t
delete_user(ep_call_t *call, ep_str_t name, ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_rc_t rc;

    if (ep_str_eq(name, ep_str(call->who.name))) {
        return ep_err_set(err, EP_EINVAL, "own-account",
                          "you cannot delete yourself");
    }
    rc = ep_call_write(call, err);
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_user_delete(call->portal, name, &local);
    if (rc != EP_OK && rc != EP_ENOTFOUND) {
        return ep_call_written(
            call, ep_err_set(err, rc, local.code, "%s", local.msg), err);
    }
    local.rc = ep_call_written(call, EP_OK, err);
    return local.rc == EP_OK ? ep_answer_count(call, rc == EP_OK, err)
                             : local.rc;
}


ep_rc_t
ep_api_user_delete(ep_call_t *call, ep_err_t *err)
{
    return delete_user(call, call->captures[EP_CAP_NAME], err);
}


/* A directory's names may have anything in them; not every one can stand in a
 * path. */
ep_rc_t
ep_api_user_delete_named(ep_call_t *call, ep_err_t *err)
{
    ep_str_t name;
    ep_rc_t rc = ep_call_params(call, err);

    if (rc != EP_OK) {
        return rc;
    }
    name = ep_params_get(call->params, "username");
    return name.n > 0 ? delete_user(call, name, err)
                      : ep_err_set(err, EP_EINVAL, "bad-user-name",
                                   "username: who is to be deleted");
}
