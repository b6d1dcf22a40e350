/* Changes of a patchset's state as somebody asks for them: one row of the
 * audit log each, whatever they change. */

#include <eportal/audit.h>

#include "store/patchset.h"

static const char *const audit_names[] = {
    [EP_ACTION_ENABLE] = "patchset.enable",
    [EP_ACTION_DISABLE] = "patchset.disable",
    [EP_ACTION_ENABLE_UPTO] = "patchset.enable-upto",
    [EP_ACTION_UNDEPLOY_DOWNTO] = "patchset.undeploy-downto",
};


ep_rc_t
ep_patchset_manage(ep_portal_t *portal, ep_product_t product, ep_str_t name,
                   ep_str_t feed, ep_action_t action, int64_t *changed,
                   ep_err_t *err)
{
    int64_t count = 0;
    ep_rc_t rc =
        ep_patchset_act(portal, product, name, feed, action, &count, err);
    const ep_audit_value_t values[] = {
        { "product", EP_AUDIT_TEXT, ep_str(ep_product_info(product)->api), 0 },
        { "feed", EP_AUDIT_TEXT, feed, 0 },
        { "changed", EP_AUDIT_NUMBER, EP_STR_NULL, count },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    if (rc == EP_OK) {
        rc = ep_audit_values(portal, audit_names[action], name, values, err);
    }
    if (rc == EP_OK && changed != NULL) {
        *changed = count;
    }
    return rc;
}
