/* The doctor of the storage: see eportal/doctor.h. This file has the order of
 * its visit; the examinations are in the files beside it. */

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <eportal/audit.h>

#include "ops/doctor.h"

#define REPAIR "run `kc.eportal doctor --storage --repair`"

static const char *const dirs[] = { "arch", "resources", "user-resources",
                                    "cache" };


static ep_rc_t report(ep_doctor_run_t *d, const char *kind, bool mended,
                      const char *advice, const char *fmt, va_list list,
                      ep_err_t *err) __attribute__((format(printf, 5, 0)));


static ep_rc_t
report(ep_doctor_run_t *d, const char *kind, bool mended, const char *advice,
       const char *fmt, va_list list, ep_err_t *err)
{
    char raw[1024], text[1024];
    ep_finding_t finding = {
        .kind = kind, .text = text, .advice = advice, .mended = mended
    };

    vsnprintf(raw, sizeof(raw), fmt, list);
    ep_str_clean(ep_str(raw), text, sizeof(text) - 1);
    d->counts.found++;
    d->counts.mended += mended;
    return d->fn(&finding, d->ctx, err);
}


ep_rc_t
ep_doctor_tell(ep_doctor_run_t *d, const char *kind, const char *advice,
               ep_err_t *err, const char *fmt, ...)
{
    va_list list;
    ep_rc_t rc;

    va_start(list, fmt);
    rc = report(d, kind, false, advice, fmt, list, err);
    va_end(list);
    return rc;
}


ep_rc_t
ep_doctor_mended(ep_doctor_run_t *d, const char *kind, const ep_mend_t *mend,
                 const char *done, ep_err_t *err, const char *fmt, ...)
{
    const char *advice = !d->repair          ? REPAIR
                         : mend->rc == EP_OK ? done
                                             : mend->err.msg;
    va_list list;
    ep_rc_t rc;

    va_start(list, fmt);
    rc =
        report(d, kind, d->repair && mend->rc == EP_OK, advice, fmt, list, err);
    va_end(list);
    return rc;
}


/* The directories themselves. When none is there, an administrator has
 * forgotten to mount something, rather than that somebody removed them. */
static ep_rc_t
check_dirs(ep_doctor_run_t *d, ep_err_t *err)
{
    const char *base = ep_config_patches_dir(ep_portal_config(d->portal));
    char path[EP_ARRAY_LEN(dirs)][PATH_MAX];
    bool there[EP_ARRAY_LEN(dirs)];
    size_t found = 0;
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; i < EP_ARRAY_LEN(dirs); i++) {
        snprintf(path[i], sizeof(path[i]), "%s/%s", base, dirs[i]);
        there[i] = ep_file_exists(path[i]);
        found += there[i];
    }
    if (found == 0) {
        return ep_err_set(err, EP_ENOTFOUND, "no-storage",
                          "%s holds no storage: mount its device, correct "
                          "PATCHES_DIR, or run `kc.eportal migrate` for an "
                          "empty one",
                          base);
    }
    for (size_t i = 0; rc == EP_OK && i < EP_ARRAY_LEN(dirs); i++) {
        ep_mend_t mend = { 0 };

        if (there[i]) {
            continue;
        }
        if (d->repair
            && (mkdir(path[i], 0775) != 0 || chmod(path[i], 02775) != 0)) {
            mend.rc = ep_err_errno(&mend.err, "dir-create", "cannot make %s",
                                   path[i]);
        }
        rc = ep_doctor_mended(d, "missing-directory", &mend, "it was made", err,
                              "The directory %s is not there.", path[i]);
    }
    return rc;
}


/* Names that an import gives to what is not finished. */
static ep_rc_t
tell_leftovers(ep_doctor_run_t *d, const char *which, const ep_mend_t *mend,
               ep_err_t *err)
{
    struct dirent *entry;
    int fd = -1;
    DIR *dir;
    ep_rc_t rc = ep_patches_open(d->portal, which, &fd, err);

    if (rc != EP_OK) {
        return d->repair ? rc : EP_OK; /* missing, and told */
    }
    dir = fdopendir(fd);
    if (dir == NULL) {
        close(fd);
        return ep_err_errno(err, "dir-read", "cannot read %s", which);
    }
    while (rc == EP_OK && (entry = readdir(dir)) != NULL) {
        if (ep_str_starts(ep_str(entry->d_name), EP_STR(EP_IMPORT_PREFIX))) {
            rc = ep_doctor_mended(d, "leftover", mend, "it was removed", err,
                                  "%s/%s is left from an import that did not "
                                  "end.",
                                  which, entry->d_name);
        }
    }
    closedir(dir);
    return rc;
}


/* What killed imports and removals left: nothing of it counts, and the next
 * deploy would sweep it, too. */
static ep_rc_t
check_leftovers(ep_doctor_run_t *d, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int lock_fd = -1;
    ep_patchset_row_t row = { .id = 0 };
    ep_mend_t mend = { 0 };
    ep_rc_t rc = ep_import_lock(d->portal, true, &lock_fd, err);

    while (rc == EP_OK
           && (rc = ep_patchset_next(d->portal, row.id, false, &row, err))
                  == EP_OK)
    {
        rc = ep_doctor_mended(d, "half-import", &mend,
                              "its rows and files were removed", err,
                              "%s is in the database, but its import or "
                              "removal did not end.",
                              row.name);
    }
    rc = rc == EP_ENOTFOUND ? EP_OK : rc;
    for (size_t i = 0; rc == EP_OK && i < 3; i++) {
        rc = tell_leftovers(d, dirs[i], &mend, err);
    }
    if (rc == EP_OK && d->repair) {
        mend.rc = ep_import_sweep(d->portal, &mend.err);
        if (mend.rc != EP_OK) {
            rc = ep_doctor_tell(d, "cannot-sweep", mend.err.msg, err,
                                "What was left by imports could not be removed "
                                "wholly.");
        }
    }
    return rc;
}


/* The lock is given up between patchsets, so that a deploy waits for one. */
static ep_rc_t
check_patchsets(ep_doctor_run_t *d, ep_err_t *err)
{
    ep_patchset_row_t row = { .id = 0 };
    ep_rc_t rc = EP_OK;

    while (rc == EP_OK) {
        EP_CLEANUP(ep_closep) int lock_fd = -1;

        rc = ep_import_lock(d->portal, true, &lock_fd, err);
        if (rc == EP_OK) {
            rc = ep_patchset_next(d->portal, row.id, true, &row, err);
        }
        if (rc == EP_OK) {
            d->counts.patchsets++;
            /* in cache mode files come when somebody asks for them */
            rc = row.remote ? EP_OK : ep_doctor_patchset(d, &row, err);
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static ep_rc_t
check_trees(ep_doctor_run_t *d, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    for (int i = 0; rc == EP_OK && i < 2; i++) {
        EP_CLEANUP(ep_closep) int lock_fd = -1;

        rc = ep_import_lock(d->portal, true, &lock_fd, err);
        if (rc == EP_OK) {
            rc = ep_doctor_tree(d, i == 1, err);
        }
    }
    return rc;
}


static ep_rc_t
visit(ep_doctor_run_t *d, ep_err_t *err)
{
    ep_rc_t rc = check_dirs(d, err);

    if (rc == EP_OK) {
        rc = ep_doctor_base(d, err);
    }
    if (rc == EP_OK) {
        rc = check_leftovers(d, err);
    }
    if (rc == EP_OK) {
        rc = check_patchsets(d, err);
    }
    if (rc == EP_OK) {
        rc = ep_doctor_rows(d, err);
    }
    if (rc == EP_OK) {
        rc = check_trees(d, err);
    }
    if (rc == EP_OK) {
        rc = ep_doctor_cache(d, err);
    }
    if (rc == EP_OK) {
        rc = ep_doctor_counters(d, err);
    }
    return rc;
}


static ep_rc_t
audit(ep_portal_t *portal, const ep_doctor_t *counts, ep_err_t *err)
{
    const ep_audit_value_t values[] = {
        { "found", EP_AUDIT_NUMBER, EP_STR_NULL, counts->found },
        { "mended", EP_AUDIT_NUMBER, EP_STR_NULL, counts->mended },
        { NULL, EP_AUDIT_SKIP, EP_STR_NULL, 0 },
    };

    return ep_audit_done(portal, "storage.repair", EP_STR_NULL, values, err);
}


ep_rc_t
ep_doctor_storage(ep_portal_t *portal, bool repair, ep_finding_fn fn, void *ctx,
                  ep_doctor_t *out, ep_err_t *err)
{
    const char *base = ep_config_base_dir(ep_portal_config(portal));
    ep_doctor_run_t d = {
        .portal = portal, .repair = repair, .fn = fn, .ctx = ctx
    };
    struct stat st;
    ep_rc_t rc, told;

    if (stat(base, &st) != 0) {
        return ep_err_errno(err, "data-dir", "cannot look at %s", base);
    }
    d.uid = st.st_uid;
    d.gid = st.st_gid;
    rc = visit(&d, err);
    if (d.counts.mended > 0) {
        told = audit(portal, &d.counts, rc == EP_OK ? err : NULL);
        rc = rc == EP_OK ? told : rc;
    }
    if (rc == EP_OK) {
        *out = d.counts;
    }
    return rc;
}
