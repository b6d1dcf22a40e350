/* Changing settings: see eportal/settings.h. */

#include <eportal/audit.h>
#include <eportal/settings.h>

#define NAMES_MAX 255


/* Names with commas between: the row's object. */
static void
join_names(const ep_config_change_t *changes, size_t count,
           char out[NAMES_MAX + 1])
{
    size_t n = 0;

    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        ep_str_t name = ep_str(ep_setting_info(changes[i].setting)->name);

        if (n + name.n + 2 > NAMES_MAX) {
            break;
        }
        if (n > 0) {
            out[n++] = ',';
        }
        memcpy(out + n, name.p, name.n + 1);
        n += name.n;
    }
}


static ep_rc_t
audit(ep_portal_t *portal, const ep_config_change_t *changes, size_t count,
      ep_err_t *err)
{
    ep_audit_value_t values[EP_SETTING_COUNT + 1];
    char names[NAMES_MAX + 1];

    for (size_t i = 0; i < count; i++) {
        const ep_setting_info_t *info = ep_setting_info(changes[i].setting);
        bool masked = info->secret && changes[i].value != NULL;

        values[i] = (ep_audit_value_t){
            .name = info->name,
            .kind = EP_AUDIT_TEXT,
            .text = masked ? EP_STR("********") : ep_str(changes[i].value),
        };
    }
    values[count] = (ep_audit_value_t){ .name = NULL };
    join_names(changes, count, names);
    return ep_audit_values(portal, "settings.change", ep_str(names), values,
                           err);
}


/* The file is written last: without it the row is taken back. */
ep_rc_t
ep_settings_change(ep_portal_t *portal, const ep_config_change_t *changes,
                   size_t count, ep_err_t *err)
{
    ep_rc_t rc;

    if (count > EP_SETTING_COUNT) {
        return ep_err_set(err, EP_EINTERNAL, "too-many-settings",
                          "more settings than there are");
    }
    rc = ep_portal_write_begin(portal, true, err);
    if (rc != EP_OK) {
        return rc;
    }
    rc = audit(portal, changes, count, err);
    if (rc == EP_OK) {
        rc = ep_config_store(ep_portal_config(portal), changes, count, err);
    }
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}
