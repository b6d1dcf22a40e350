/*
 * The doctor: holds what the database says against what the disk has, names
 * each difference and mends what can be mended.
 */

#ifndef EPORTAL_DOCTOR_H
#define EPORTAL_DOCTOR_H

#include <eportal/portal.h>

/* One difference. */
typedef struct {
    const char *kind;   /* stable word: "missing-file", "wrong-bytes", ... */
    const char *text;   /* what differs, a sentence */
    const char *advice; /* what was done about it, or what to do */
    bool mended;
} ep_finding_t;
typedef ep_rc_t (*ep_finding_fn)(const ep_finding_t *finding, void *ctx,
                                 ep_err_t *err);

typedef struct {
    int64_t patchsets; /* that were looked at */
    int64_t found;
    int64_t mended;
} ep_doctor_t;

/*
 * Look at every published patchset: its archive against the SHA-256 that the
 * database has, its levels and files against the archive's members, its rows
 * against both; then at what lies in the trees and belongs to nobody, at what
 * was fetched in cache mode, at owners and modes, at rows without meaning and
 * at the kept counters. fn is called for each difference, as it is found.
 *
 * Each archive is unpacked beside the patches to be compared, one at a time,
 * so the disk needs room for the largest. Imports wait meanwhile, agents do
 * not. repair: put back from the archives what is missing or altered, remove
 * what belongs to nobody, correct rows, counters and modes. It may be killed
 * at any point and run again. A difference is no failure.
 */
ep_rc_t ep_doctor_storage(ep_portal_t *portal, bool repair, ep_finding_fn fn,
                          void *ctx, ep_doctor_t *out, ep_err_t *err);

#endif
