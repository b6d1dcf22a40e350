/* What a user changes of his own account: see eportal/auth.h. */

#include <eportal/session.h>

#include "auth/private.h"
#include "store/user_private.h"


/* The current password, which nobody may try out here either. */
static ep_rc_t
check_current(ep_portal_t *portal, const ep_principal_t *who, ep_str_t current,
              const ep_origin_t *origin, char hash[EP_PASSWORD_HASH_MAX],
              ep_err_t *err)
{
    ep_str_t name = ep_str(who->name);
    int ignored;
    ep_rc_t rc = ep_throttle_check(portal, &origin->ip, name, &ignored, err);

    if (rc == EP_OK) {
        rc = ep_user_password_hash(portal, name, hash, EP_PASSWORD_HASH_MAX,
                                   err);
    }
    if (rc != EP_OK || ep_password_verify(current, hash)) {
        return rc;
    }
    rc = ep_throttle_failed(portal, origin, name, who->via, NULL);
    if (rc == EP_EAUTH) {
        return ep_err_set(err, rc, "wrong-password",
                          "that is not the current password");
    }
    return ep_err_set(err, rc, rc == EP_EBUSY ? "throttled" : "database",
                      "the password cannot be changed now; try again in a "
                      "moment");
}


static ep_rc_t
replace(ep_portal_t *portal, const ep_principal_t *who, const char *before,
        const char *after, ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_user_rehash(portal, who->user_id, before, after, err);
    if (rc == EP_OK) {
        rc = ep_session_end_all(portal, who->user_id, who->session_id, NULL,
                                err);
    }
    if (rc == EP_OK) {
        rc = ep_audit(portal, "user.password", ep_str(who->name), EP_STR_NULL,
                      err);
    }
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


ep_rc_t
ep_auth_change_password(ep_portal_t *portal, const ep_principal_t *who,
                        ep_str_t current, ep_str_t password,
                        const ep_origin_t *origin, ep_err_t *err)
{
    char before[EP_PASSWORD_HASH_MAX], after[EP_PASSWORD_HASH_MAX];
    ep_rc_t rc;

    if (!ep_str_eq(ep_str(who->origin), EP_STR("local"))) {
        return ep_err_set(err, EP_EINVAL, "not-local",
                          "the password of this user is kept by %s, not here",
                          who->origin);
    }
    rc = check_current(portal, who, current, origin, before, err);
    if (rc == EP_OK) {
        rc = ep_password_hash(ep_portal_config(portal), password, after, err);
    }
    return rc == EP_OK ? replace(portal, who, before, after, err) : rc;
}
