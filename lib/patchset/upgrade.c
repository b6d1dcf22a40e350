/* An archive whose metadata came first, in cache mode: see
 * patchset/import.h. */

#include "patchset/import.h"


/* Agents see the levels of an archive whose metadata was here before: those
 * must be the ones that it brings. */
ep_rc_t
ep_upgrade_check(ep_import_t *import, ep_err_t *err)
{
    int64_t count = 0;
    bool has = true;
    ep_rc_t rc =
        ep_level_count(import->portal, import->patchset_id, &count, err);

    for (size_t i = 0; rc == EP_OK && has && i < import->n_units; i++) {
        ep_level_row_t row = { .userspace = import->userspace,
                               .level = import->units[i].level };

        memcpy(row.object, import->units[i].object, sizeof(row.object));
        rc = ep_level_of(import->portal, import->patchset_id, &row, &has, err);
    }
    if (rc != EP_OK || (has && count == (int64_t) import->n_units)) {
        return rc;
    }
    return ep_err_set(err, EP_EEXISTS, "level-conflict",
                      "%s has other levels than its metadata says; remove %s "
                      "first (unroll --delete) to replace it",
                      import->archive, import->name.name);
}


/* The files are here: nothing of the patchset is fetched any more. */
ep_rc_t
ep_upgrade_end(ep_import_t *import, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; rc == EP_OK && i < import->n_units;) {
        rc = ep_portal_write_begin(import->portal, false, err);
        for (int n = 0; rc == EP_OK && n < 100 && i < import->n_units; n++) {
            const ep_unit_t *unit = &import->units[i++];
            int64_t object_id = 0;

            rc = ep_object_id(import->portal, import->userspace, unit->object,
                              &object_id, err);
            if (rc == EP_OK) {
                rc = ep_remote_drop_level(import->portal, import->patchset_id,
                                          object_id, unit->level, err);
            }
            if (rc == EP_OK) {
                rc = ep_remote_drop_level(import->portal, import->patchset_id,
                                          object_id, 0, err);
            }
        }
        if (rc == EP_OK) {
            rc = ep_portal_write_commit(import->portal, err);
        } else {
            ep_portal_write_rollback(import->portal);
        }
    }
    return rc;
}
