/*
 * Fuzz target: kpatch.info. Whatever the bytes, what comes out lies inside
 * of them: labels without blanks or commas, CVEs of the form they have.
 */

#include <stdlib.h>

#include "patchset/kpatch_info.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static void
check_inside(ep_str_t part, ep_str_t whole)
{
    if (part.n > 0
        && (part.p < whole.p || part.p + part.n > whole.p + whole.n
            || memchr(part.p, ',', part.n) != NULL
            || memchr(part.p, '\n', part.n) != NULL))
    {
        abort();
    }
}


static ep_rc_t
take(ep_str_t cve, void *ctx, ep_err_t *err)
{
    check_inside(cve, *(ep_str_t *) ctx);
    if (cve.n < 13 || cve.n > 24 || !ep_str_starts(cve, EP_STR("CVE-"))) {
        abort();
    }
    return EP_OK;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ep_str_t text = { (const char *) data, size };
    ep_kpatch_info_t info;

    if (ep_kpatch_info_parse(text, &info, take, &text, NULL) != EP_OK) {
        abort();
    }
    check_inside(info.distro, text);
    check_inside(info.uname, text);
    return 0;
}
