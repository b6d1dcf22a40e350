/* kpatch.info (protocol.md 1.5): what a level makes of a kernel. */

#ifndef EP_PATCHSET_KPATCH_INFO_H
#define EP_PATCHSET_KPATCH_INFO_H

#include <eportal/err.h>
#include <eportal/str.h>

#define EP_KPATCH_INFO_MAX (8 * 1024 * 1024) /* bytes of a file we read */

typedef struct {
    ep_str_t distro; /* "OS:", a label; empty when there is none */
    ep_str_t uname;  /* effective kernel; empty likewise */
} ep_kpatch_info_t;

typedef ep_rc_t (*ep_cve_fn)(ep_str_t cve, void *ctx, ep_err_t *err);

/*
 * Read a file's text. Any bytes will do: what is not understood is left out.
 * Views point into text. fn gets every CVE of the kpatch-cve lines, in order
 * and as often as it is there; its failure ends the reading.
 */
ep_rc_t ep_kpatch_info_parse(ep_str_t text, ep_kpatch_info_t *out, ep_cve_fn fn,
                             void *ctx, ep_err_t *err);

#endif
