/* The storage doctor looks at the database alone: rows without meaning, and
 * counters that do not count right. */

#include <stdlib.h>

#include "ops/doctor.h"
#include "store/recount.h"

#define PIECE 100 /* changes of one transaction */


static ep_rc_t
end(ep_portal_t *portal, ep_rc_t rc, ep_err_t *err)
{
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


static ep_rc_t
tidy_object(ep_portal_t *portal, int64_t id, ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    return rc == EP_OK ? end(portal, ep_object_tidy(portal, id, err), err) : rc;
}


static ep_rc_t
check_objects(ep_doctor_run_t *d, ep_err_t *err)
{
    char hex[EP_OBJECT_HEX + 1];
    ep_level_row_t object;
    int64_t id = 0;
    ep_rc_t rc;

    while ((rc = ep_object_dangling(d->portal, &id, &object, err)) == EP_OK) {
        ep_mend_t mend = { 0 };

        if (d->repair) {
            mend.rc = tidy_object(d->portal, id, &mend.err);
        }
        ep_hex(object.object, EP_OBJECT_SIZE, hex);
        rc =
            ep_doctor_mended(d, "dangling-object", &mend, "it was removed", err,
                             "The database has %s, but no patchset that "
                             "brings it.",
                             hex);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


/* Levels of a patchset that is gone, in pieces. */
static ep_rc_t
drop_levels(ep_portal_t *portal, int64_t patchset_id, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;

    while (rc == EP_OK) {
        bool more = true;

        rc = ep_portal_write_begin(portal, true, err);
        if (rc != EP_OK) {
            return rc;
        }
        for (int i = 0; rc == EP_OK && i < PIECE; i++) {
            int64_t object_id;

            rc = ep_level_drop(portal, patchset_id, &object_id, err);
            if (rc == EP_OK) {
                rc = ep_object_tidy(portal, object_id, err);
            }
        }
        if (rc == EP_ENOTFOUND) {
            more = false;
            rc = EP_OK;
        }
        rc = end(portal, rc, err);
        if (!more) {
            break;
        }
    }
    return rc;
}


static ep_rc_t
check_levels(ep_doctor_run_t *d, ep_err_t *err)
{
    int64_t id = 0;
    ep_rc_t rc;

    while ((rc = ep_level_dangling(d->portal, id, &id, err)) == EP_OK) {
        ep_mend_t mend = { 0 };

        if (d->repair) {
            mend.rc = drop_levels(d->portal, id, &mend.err);
        }
        rc = ep_doctor_mended(d, "dangling-level", &mend, "they were removed",
                              err,
                              "The database has levels of a patchset (number "
                              "%lld) that is not in it.",
                              (long long) id);
        if (rc != EP_OK) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


ep_rc_t
ep_doctor_rows(ep_doctor_run_t *d, ep_err_t *err)
{
    ep_rc_t rc = check_levels(d, err);

    return rc == EP_OK ? check_objects(d, err) : rc;
}


static ep_rc_t
check_key(ep_doctor_run_t *d, const ep_key_t *key, ep_err_t *err)
{
    ep_mend_t mend = { 0 };
    int64_t off = 0;
    bool missing = false;
    ep_rc_t rc = ep_key_recount(d->portal, key->id, &off, &missing, err);

    if (rc != EP_OK || (off == 0 && !missing)) {
        return rc;
    }
    if (d->repair) {
        mend.rc = ep_portal_write_begin(d->portal, true, &mend.err);
        if (mend.rc == EP_OK) {
            mend.rc = end(d->portal,
                          ep_key_correct(d->portal, key->id, off, &mend.err),
                          &mend.err);
        }
    }
    return ep_doctor_mended(
        d, "wrong-key-count", &mend, "it was corrected", err,
        "The number of servers that is kept for key %s is "
        "%lld too %s.",
        key->key, (long long) (off < 0 ? -off : off), off < 0 ? "high" : "low");
}


/* The first counters of a key that are off. */
typedef struct {
    struct {
        char kernel[EP_OBJECT_SIZE];
        size_t n;
        int64_t level;
        int64_t off;
    } row[PIECE];
    size_t n;
    size_t all;
} usage_t;


static ep_rc_t
note_usage(const ep_usage_row_t *row, void *ctx, ep_err_t *err)
{
    usage_t *u = ctx;

    u->all++;
    if (u->n < PIECE && row->kernel_id.n <= sizeof(u->row[0].kernel)) {
        memcpy(u->row[u->n].kernel, row->kernel_id.p, row->kernel_id.n);
        u->row[u->n].n = row->kernel_id.n;
        u->row[u->n].level = row->level;
        u->row[u->n].off = row->servers;
        u->n++;
    }
    return EP_OK;
}


static ep_rc_t
correct_usage(ep_portal_t *portal, int64_t key_id, const usage_t *u,
              ep_err_t *err)
{
    ep_rc_t rc = ep_portal_write_begin(portal, true, err);

    if (rc != EP_OK) {
        return rc;
    }
    for (size_t i = 0; rc == EP_OK && i < u->n; i++) {
        ep_usage_row_t off = { .key_id = key_id,
                               .kernel_id = { u->row[i].kernel, u->row[i].n },
                               .level = u->row[i].level,
                               .servers = u->row[i].off };

        rc = ep_usage_correct(portal, &off, err);
    }
    return end(portal, rc, err);
}


/* Piece by piece, until a recount finds no more or a piece changes nothing:
 * a check-in that met a wrong counter at 0 may have moved it again. */
static ep_rc_t
mend_usage(ep_portal_t *portal, int64_t key_id, usage_t *u, ep_err_t *err)
{
    ep_rc_t rc = EP_OK;
    size_t before = u->all + 1;

    while (rc == EP_OK && u->n > 0 && u->all < before) {
        before = u->all;
        rc = correct_usage(portal, key_id, u, err);
        u->n = u->all = 0;
        if (rc == EP_OK) {
            rc = ep_usage_recount(portal, key_id, note_usage, u, err);
        }
    }
    if (rc == EP_OK && u->all > 0) {
        return ep_err_set(err, EP_EBUSY, "usage",
                          "it changes while it is counted: run `kc.eportal "
                          "doctor --storage --repair` again");
    }
    return rc;
}


static ep_rc_t
check_usage(ep_doctor_run_t *d, const ep_key_t *key, ep_err_t *err)
{
    usage_t *u = calloc(1, sizeof(*u));
    ep_mend_t mend = { 0 };
    size_t all;
    ep_rc_t rc;

    if (u == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    rc = ep_usage_recount(d->portal, key->id, note_usage, u, err);
    all = u->all;
    if (rc == EP_OK && all > 0) {
        if (d->repair) {
            mend.rc = mend_usage(d->portal, key->id, u, &mend.err);
        }
        rc = ep_doctor_mended(d, "wrong-usage", &mend, "it was corrected", err,
                              "How many servers of key %s run which level is "
                              "kept wrong for %zu kernels and levels.",
                              key->key, all);
    }
    free(u);
    return rc;
}


/* A check-in between two looks changes block and rows alike, and each look is
 * a transaction of its own. */
static ep_rc_t
check_block(ep_doctor_run_t *d, int kind, int64_t block, bool *wrong,
            ep_err_t *err)
{
    ep_rc_t rc = ep_portal_read_begin(d->portal, err);

    if (rc == EP_OK) {
        rc = ep_block_check(d->portal, kind, block, wrong, err);
        ep_portal_read_end(d->portal);
    }
    return rc;
}


static ep_rc_t
check_lists(ep_doctor_run_t *d, int kind, ep_err_t *err)
{
    ep_mend_t mend = { 0 };
    int64_t last = 0, count = 0;
    ep_rc_t rc = ep_block_end(d->portal, kind, &last, err);

    for (int64_t block = 0; rc == EP_OK && block < last; block++) {
        bool wrong = false;

        rc = check_block(d, kind, block, &wrong, err);
        count += wrong;
        if (rc == EP_OK && wrong && d->repair && mend.rc == EP_OK) {
            mend.rc = ep_portal_write_begin(d->portal, true, &mend.err);
            if (mend.rc == EP_OK) {
                mend.rc =
                    end(d->portal,
                        ep_block_rebuild(d->portal, kind, block, &mend.err),
                        &mend.err);
            }
        }
    }
    if (rc != EP_OK || count == 0) {
        return rc;
    }
    return ep_doctor_mended(d, "wrong-server-lists", &mend,
                            "they were made again", err,
                            "What lists of servers read differs from the "
                            "servers in %lld blocks.",
                            (long long) count);
}


ep_rc_t
ep_doctor_counters(ep_doctor_run_t *d, ep_err_t *err)
{
    ep_key_t key = { .id = 0 };
    ep_rc_t rc;

    while ((rc = ep_key_next(d->portal, key.id, &key, err)) == EP_OK) {
        rc = check_key(d, &key, err);
        if (rc == EP_OK) {
            rc = check_usage(d, &key, err);
        }
        if (rc != EP_OK) {
            return rc;
        }
    }
    if (rc == EP_ENOTFOUND) {
        rc = EP_OK;
    }
    for (int kind = 0; rc == EP_OK && kind < EP_BLOCK_KINDS; kind++) {
        rc = check_lists(d, kind, err);
    }
    return rc == EP_OK ? ep_doctor_tags(d, err) : rc;
}
