/* Certificates that nobody verifies (TRAP-12): see eportal/status.h. */

#include <eportal/audit.h>
#include <eportal/status.h>

#include "store/meta.h"

#define STATE "https-verify"
#define STATE_MAX 16


void
ep_status_warnings(const ep_config_t *cfg, ep_warning_fn fn, void *ctx)
{
    if (!ep_config_bool(cfg, EP_HTTPS_VERIFY)) {
        fn("https-not-verified",
           "Certificates of the patch source and of the OpenID provider are "
           "not verified: who is between can be either of them. Remove "
           "PYTHONHTTPSVERIFY and HTTPS_VERIFY, and name your own authority "
           "in PATCH_SOURCE_CA_FILE and OIDC_CA_FILE instead.",
           ctx);
    }
}


/* Whether the last row of the audit log about it says so. */
static ep_rc_t
is_recorded(ep_portal_t *portal, bool verify, bool *out, ep_err_t *err)
{
    ep_buf_t buf;
    ep_rc_t rc;

    ep_buf_init(&buf, STATE_MAX);
    rc = ep_meta_get(portal, EP_STR(STATE), &buf, err);
    *out = ep_str_eq(ep_buf_str(&buf), EP_STR("off")) != verify;
    ep_buf_free(&buf);
    return rc;
}


static ep_rc_t
record(ep_portal_t *portal, bool verify, ep_err_t *err)
{
    const char *origin =
        ep_config_origin(ep_portal_config(portal), EP_HTTPS_VERIFY);
    const ep_audit_value_t values[] = {
        { .name = "verify", .kind = EP_AUDIT_TRUTH, .number = verify },
        { .name = "origin", .kind = EP_AUDIT_TEXT, .text = ep_str(origin) },
        { .name = NULL },
    };
    bool known = true;
    ep_rc_t rc = is_recorded(portal, verify, &known, err);

    if (rc == EP_OK && !known) {
        rc = ep_audit_values(portal, "settings.https-verify",
                             EP_STR("HTTPS_VERIFY"), values, err);
    }
    if (rc == EP_OK && !known) {
        rc = ep_meta_set(portal, EP_STR(STATE),
                         verify ? EP_STR("on") : EP_STR("off"), err);
    }
    return rc;
}


ep_rc_t
ep_verify_record(ep_portal_t *portal, ep_err_t *err)
{
    bool verify = ep_config_bool(ep_portal_config(portal), EP_HTTPS_VERIFY);
    bool known = true;
    ep_rc_t rc = is_recorded(portal, verify, &known, err);

    if (rc != EP_OK || known) {
        return rc;
    }
    rc = ep_portal_write_begin(portal, true, err);
    if (rc != EP_OK) {
        return rc;
    }
    rc = record(portal, verify, err);
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}
