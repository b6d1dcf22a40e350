/* Users: the table user. See eportal/user.h. */

#include <eportal/audit.h>
#include <eportal/user.h>

#include "store/db.h"
#include "store/user_private.h"
#include "store/session.h"

#define SELECT_USERS                                                           \
    "SELECT u.id, u.name, u.readonly, u.note, u.origin, u.created, l.time"     \
    " FROM user u LEFT JOIN user_login l ON l.user_id = u.id "

static const char sql_find[] = SELECT_USERS "WHERE u.name = ?1";
static const char sql_list[] = SELECT_USERS "ORDER BY u.name";
static const char sql_add[] =
    "INSERT INTO user (name, password, readonly, note, origin, created)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
static const char sql_change[] =
    "UPDATE user SET password = coalesce(?2, password), readonly = ?3,"
    " note = ?4 WHERE id = ?1";
static const char sql_delete[] = "DELETE FROM user WHERE name = ?1";
static const char sql_password[] =
    "SELECT password FROM user WHERE name = ?1 AND origin = 'local'";
static const char sql_any[] = "SELECT 1 FROM user LIMIT 1";
static const char sql_other_admin[] =
    "SELECT 1 FROM user WHERE readonly = 0 AND name <> ?1 LIMIT 1";
static const char sql_rehash[] =
    "UPDATE user SET password = ?3 WHERE id = ?1 AND password = ?2";
static const char sql_login[] =
    "INSERT INTO user_login (user_id, time) VALUES (?1, ?2)"
    " ON CONFLICT DO UPDATE SET time = ?2";


static void
read_row(ep_stmt_t *q, ep_user_t *out)
{
    *out = (ep_user_t){ .id = ep_col_int(q, 0),
                        .readonly = ep_col_int(q, 2) != 0,
                        .has_note = !ep_col_null(q, 3),
                        .created = ep_col_int(q, 5),
                        .login = ep_col_int(q, 6) };
    ep_str_copy(ep_col_str(q, 1), out->name, sizeof(out->name));
    ep_str_copy(ep_col_str(q, 3), out->note, sizeof(out->note));
    ep_str_copy(ep_col_str(q, 4), out->origin, sizeof(out->origin));
}


static ep_rc_t
not_found(ep_str_t name, ep_err_t *err)
{
    return ep_err_set(err, EP_ENOTFOUND, "user-not-found",
                      "there is no user \"%.*s\"", EP_STR_ARG(name));
}


ep_rc_t
ep_user_find(ep_portal_t *portal, ep_str_t name, ep_user_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_find);
    ep_rc_t rc;

    ep_bind_str(q, 1, name);
    rc = ep_stmt_row(q, err);
    if (rc == EP_ENOTFOUND) {
        return not_found(name, err);
    }
    if (rc == EP_OK) {
        read_row(q, out);
    }
    return rc;
}


ep_rc_t
ep_user_list(ep_portal_t *portal, ep_user_fn fn, void *ctx, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_list);
    ep_user_t user;
    ep_rc_t rc;

    while ((rc = ep_stmt_row(q, err)) == EP_OK) {
        read_row(q, &user);
        rc = fn(&user, ctx, err);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


bool
ep_user_is_name(ep_str_t name)
{
    return name.n > 0 && name.n <= EP_USER_NAME_MAX
           && ep_str_is_text(name, false) && ep_str_eq(name, ep_str_trim(name));
}


static ep_rc_t
check_values(const ep_user_t *user, ep_err_t *err)
{
    if (!ep_user_is_name(ep_str(user->name))) {
        return ep_err_set(err, EP_EINVAL, "bad-user-name",
                          "a user's name is 1 to %d bytes of UTF-8 text "
                          "without control characters and outer spaces",
                          EP_USER_NAME_MAX);
    }
    if (user->has_note && !ep_str_is_text(ep_str(user->note), true)) {
        return ep_err_set(err, EP_EINVAL, "bad-note",
                          "a note is UTF-8 text without control characters");
    }
    return EP_OK;
}


/* Only a local user has a password here, and always one. */
static ep_rc_t
check_origin(const ep_user_t *user, const char *hash, ep_err_t *err)
{
    ep_str_t origin = ep_str(user->origin);
    bool local = ep_str_eq(origin, EP_STR("local"));

    if (!local && !ep_str_eq(origin, EP_STR("ldap"))
        && !ep_str_eq(origin, EP_STR("sso")))
    {
        return ep_err_set(err, EP_EINVAL, "bad-origin",
                          "a user's origin is local, ldap or sso");
    }
    if (local && hash == NULL) {
        return ep_err_set(err, EP_EINVAL, "no-password",
                          "a local user needs a password");
    }
    if (!local && hash != NULL) {
        return ep_err_set(err, EP_EINVAL, "not-local",
                          "the password of this user is kept by %s, not here",
                          user->origin);
    }
    return EP_OK;
}


/* What was said of a user; set: which of it. */
static ep_rc_t
audit(ep_portal_t *portal, const char *action, unsigned set,
      const ep_user_t *row, ep_err_t *err)
{
    const ep_audit_value_t values[] = {
        { "role", set & EP_USER_SET_ROLE ? EP_AUDIT_TEXT : EP_AUDIT_SKIP,
          row->readonly ? EP_STR("readonly") : EP_STR("admin"), 0 },
        { "note", set & EP_USER_SET_NOTE ? EP_AUDIT_TEXT : EP_AUDIT_SKIP,
          ep_str(row->note), 0 },
        { "password",
          set & EP_USER_SET_PASSWORD ? EP_AUDIT_TRUTH : EP_AUDIT_SKIP,
          EP_STR_NULL, true },
        { "origin", EP_AUDIT_TEXT, ep_str(row->origin), 0 },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return ep_audit_values(portal, action, ep_str(row->name), values, err);
}


ep_rc_t
ep_user_add(ep_portal_t *portal, const ep_user_t *user, const char *hash,
            ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_user_t row = *user;
    ep_rc_t rc;

    if (row.origin[0] == '\0') {
        ep_str_copy(EP_STR("local"), row.origin, sizeof(row.origin));
    }
    rc = check_values(&row, err);
    if (rc == EP_OK) {
        rc = check_origin(&row, hash, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_add);
    ep_bind_str(q, 1, ep_str(row.name));
    ep_bind_str(q, 2, ep_str(hash));
    ep_bind_int(q, 3, row.readonly);
    ep_bind_str(q, 4, row.has_note ? ep_str(row.note) : EP_STR_NULL);
    ep_bind_str(q, 5, ep_str(row.origin));
    ep_bind_int(q, 6, ep_portal_now(portal));
    rc = ep_stmt_run(q, NULL, err);
    if (rc == EP_EEXISTS) {
        ep_err_clear(err);
        return ep_err_set(err, rc, "user-exists",
                          "there is a user \"%s\" already", row.name);
    }
    return rc == EP_OK ? audit(portal, "user.add", EP_USER_SET_ROLE, &row, err)
                       : rc;
}


ep_rc_t
ep_user_change(ep_portal_t *portal, ep_str_t name, unsigned set,
               const ep_user_t *values, const char *hash, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    bool password = (set & EP_USER_SET_PASSWORD) != 0;
    ep_user_t row;
    bool promoted;
    ep_rc_t rc = ep_user_find(portal, name, &row, err);

    if (rc == EP_OK && password) {
        rc = check_origin(&row, hash, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    promoted = set & EP_USER_SET_ROLE && row.readonly != values->readonly;
    if (promoted) {
        row.readonly = values->readonly;
    }
    if (set & EP_USER_SET_NOTE) {
        memcpy(row.note, values->note, sizeof(row.note));
        row.has_note = values->has_note;
    }
    rc = check_values(&row, err);
    if (rc == EP_OK) {
        rc = audit(portal, "user.change", set, &row, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    q = ep_stmt(portal, sql_change);
    ep_bind_int(q, 1, row.id);
    ep_bind_str(q, 2, password ? ep_str(hash) : EP_STR_NULL);
    ep_bind_int(q, 3, row.readonly);
    ep_bind_str(q, 4, row.has_note ? ep_str(row.note) : EP_STR_NULL);
    rc = ep_stmt_run(q, NULL, err);
    if (rc == EP_OK && (password || promoted)) {
        rc = ep_session_end_all(portal, row.id, 0, NULL, err);
    }
    return rc;
}


ep_rc_t
ep_user_delete(ep_portal_t *portal, ep_str_t name, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_delete);
    int64_t deleted;
    ep_rc_t rc;

    ep_bind_str(q, 1, name);
    rc = ep_stmt_run(q, &deleted, err);
    if (rc != EP_OK || deleted == 0) {
        return rc == EP_OK ? not_found(name, err) : rc;
    }
    return ep_audit(portal, "user.delete", name, EP_STR_NULL, err);
}


ep_rc_t
ep_user_password_hash(ep_portal_t *portal, ep_str_t name, char *out,
                      size_t size, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_password);
    ep_rc_t rc;

    ep_bind_str(q, 1, name);
    rc = ep_stmt_row(q, err);
    if (rc == EP_ENOTFOUND) {
        return not_found(name, err);
    }
    if (rc == EP_OK && !ep_str_copy(ep_col_str(q, 0), out, size)) {
        return ep_err_set(err, EP_EDB, "bad-hash",
                          "the stored password hash is too long");
    }
    return rc;
}


/* Whether a SELECT has a row. */
static ep_rc_t
has_row(ep_stmt_t *q, bool *out, ep_err_t *err)
{
    ep_rc_t rc = ep_stmt_row(q, err);

    if (rc == EP_OK || rc == EP_ENOTFOUND) {
        *out = rc == EP_OK;
        rc = EP_OK;
    }
    return rc;
}


ep_rc_t
ep_user_any(ep_portal_t *portal, bool *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_any);

    return has_row(q, out, err);
}


ep_rc_t
ep_user_other_admin(ep_portal_t *portal, ep_str_t name, bool *out,
                    ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_other_admin);

    ep_bind_str(q, 1, name);
    return has_row(q, out, err);
}


ep_rc_t
ep_user_rehash(ep_portal_t *portal, int64_t id, const char *before,
               const char *after, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_rehash);
    int64_t changed = 0;
    ep_rc_t rc;

    ep_bind_int(q, 1, id);
    ep_bind_str(q, 2, ep_str(before));
    ep_bind_str(q, 3, ep_str(after));
    rc = ep_stmt_run(q, &changed, err);
    if (rc == EP_OK && changed == 0) {
        return ep_err_set(err, EP_ENOTFOUND, "user-not-found",
                          "the user was deleted or changed meanwhile");
    }
    return rc;
}


ep_rc_t
ep_user_note_login(ep_portal_t *portal, int64_t id, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_login);

    ep_bind_int(q, 1, id);
    ep_bind_int(q, 2, ep_portal_now(portal));
    return ep_stmt_run(q, NULL, err);
}
