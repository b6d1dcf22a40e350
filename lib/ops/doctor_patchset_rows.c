/*
 * The storage doctor looks at the rows of one patchset: those that its
 * archive does not explain go, those that are missing are written again, the
 * way an import writes them.
 */

#include <stdlib.h>

#include "ops/doctor.h"
#include "patchset/nameset.h"

#define ROWS_WRITTEN "it was written from the archive"


static ep_rc_t
end(ep_portal_t *portal, ep_rc_t rc, ep_err_t *err)
{
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


/* Take away a level, or with path a file, that the archive does not bring. */
static ep_rc_t
drop_row(ep_visit_t *v, const ep_level_row_t *row, const char *path,
         ep_err_t *err)
{
    ep_portal_t *portal = v->d->portal;
    int64_t object_id = 0;
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_object_id(portal, row->userspace, row->object, &object_id, err);
    if (rc == EP_OK) {
        rc = path == NULL
                 ? ep_level_forget(portal, v->row->id, object_id, row->level,
                                   err)
                 : ep_object_forget_file(portal, v->row->id, object_id,
                                         ep_str(path + EP_OBJECT_HEX + 1), err);
    }
    if (rc == EP_OK) {
        rc = ep_object_tidy(portal, object_id, err);
    }
    return end(portal, rc, err);
}


static ep_rc_t
tell_extra_row(ep_visit_t *v, const ep_level_row_t *row, const char *path,
               ep_err_t *err)
{
    char place[EP_OBJECT_HEX + 24];
    ep_mend_t mend = { 0 };

    if (v->d->repair) {
        mend.rc = drop_row(v, row, path, &mend.err);
    }
    ep_unit_path(row->object, row->level, place);
    return ep_doctor_mended(
        v->d, "row-without-files", &mend, "the row was removed", err,
        "The database says that %s brings %s/%.700s, but "
        "its archive does not.",
        v->row->name, ep_tree_name(v->userspace), path != NULL ? path : place);
}


/* Rows that the archive does not explain; marks the units that have one. */
static ep_rc_t
check_level_rows(ep_visit_t *v, ep_err_t *err)
{
    ep_import_t *import = v->import;
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; rc == EP_OK && i < v->n_levels; i++) {
        ep_unit_t key = { .level = (int32_t) v->levels[i].level };
        ep_unit_t *unit = NULL;

        memcpy(key.object, v->levels[i].object, EP_OBJECT_SIZE);
        if (import->n_units > 0 && v->levels[i].userspace == v->userspace) {
            unit = bsearch(&key, import->units, import->n_units, sizeof(key),
                           ep_unit_order);
        }
        if (unit != NULL) {
            unit->known = true;
        } else {
            rc = tell_extra_row(v, &v->levels[i], NULL, err);
        }
    }
    return rc;
}


/* The same for files; *missing gets how many have no row. */
static ep_rc_t
check_file_rows(ep_visit_t *v, size_t *missing, ep_err_t *err)
{
    ep_nameset_t brought;
    size_t known = 0;
    ep_rc_t rc = ep_nameset_init(&brought, EP_OUTER_FILES_MAX, err);

    for (ep_outer_t *o = v->import->outer; rc == EP_OK && o != NULL;
         o = o->next) {
        rc = ep_nameset_add(&brought, ep_nameset_hash(0, ep_str(o->path)), 1,
                            err);
    }
    for (ep_file_row_t *f = v->files; rc == EP_OK && f != NULL; f = f->next) {
        if (ep_nameset_get(&brought, ep_nameset_hash(0, ep_str(f->path))) != 0)
        {
            known++;
        } else {
            rc = tell_extra_row(v, &f->object, f->path, err);
        }
    }
    ep_nameset_free(&brought);
    if (rc == EP_OK) {
        *missing = v->import->n_outer - known;
    }
    return rc;
}


/* All rows of the patchset again, those that are there included. */
static ep_rc_t
write_rows(ep_visit_t *v, ep_err_t *err)
{
    ep_import_t *import = v->import;
    ep_patchset_facts_t facts = { .archive = v->row->archive,
                                  .sha256 = v->row->sha256 };
    ep_rc_t rc;

    if (v->failed.rc != EP_OK) {
        return ep_err_set(err, v->failed.rc, v->failed.err.code, "%s",
                          v->failed.err.msg);
    }
    import->patchset_id = v->row->id;
    import->name.order = v->row->order;
    rc = ep_import_rows(import, err);
    if (rc == EP_OK) {
        rc = ep_portal_write_begin(v->d->portal, true, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    facts.distros = ep_buf_str(&import->distros);
    facts.objects = import->objects;
    facts.cves = import->cves;
    return end(v->d->portal,
               ep_patchset_publish(v->d->portal, v->row->id, &facts, err), err);
}


static ep_rc_t
tell_rows(ep_visit_t *v, const ep_mend_t *mend, size_t files, bool same,
          ep_err_t *err)
{
    char path[EP_OBJECT_HEX + 24];
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; rc == EP_OK && i < v->import->n_units; i++) {
        if (!v->import->units[i].known) {
            ep_unit_path(v->import->units[i].object, v->import->units[i].level,
                         path);
            rc = ep_doctor_mended(v->d, "missing-row", mend, ROWS_WRITTEN, err,
                                  "The database does not know that %s brings "
                                  "%s/%s.",
                                  v->row->name, ep_tree_name(v->userspace),
                                  path);
        }
    }
    if (rc == EP_OK && files > 0) {
        rc = ep_doctor_mended(v->d, "missing-row", mend, ROWS_WRITTEN, err,
                              "The database does not know %zu files outside "
                              "of levels that %s brings.",
                              files, v->row->name);
    }
    if (rc == EP_OK && !same) {
        rc = ep_doctor_mended(v->d, "wrong-counts", mend, ROWS_WRITTEN, err,
                              "The objects, CVEs or distributions that the "
                              "database has for %s are not those of its "
                              "archive: %lld objects, %lld CVEs.",
                              v->row->name, (long long) v->import->objects,
                              (long long) v->import->cves);
    }
    return rc;
}


ep_rc_t
ep_doctor_patchset_rows(ep_visit_t *v, ep_err_t *err)
{
    ep_patchset_facts_t facts = { .distros = ep_buf_str(&v->import->distros),
                                  .objects = v->import->objects,
                                  .cves = v->import->cves };
    ep_mend_t mend = { 0 };
    bool same = true;
    size_t files = 0, units = 0;
    ep_rc_t rc = check_level_rows(v, err);

    if (rc == EP_OK) {
        rc = check_file_rows(v, &files, err);
    }
    if (rc == EP_OK) {
        rc = ep_patchset_counts_are(v->d->portal, v->row->id, &facts, &same,
                                    err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    for (size_t i = 0; i < v->import->n_units; i++) {
        units += !v->import->units[i].known;
    }
    if (files == 0 && units == 0 && same) {
        return EP_OK;
    }
    if (v->d->repair) {
        mend.rc = write_rows(v, &mend.err);
    }
    return tell_rows(v, &mend, files, same, err);
}
