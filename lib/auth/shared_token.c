/* The one token of config/api.token: see eportal/auth.h. */

#include <limits.h>
#include <stdio.h>

#include "auth/private.h"
#include "base/file.h"

#define FILE_MAX 4096


static ep_rc_t
read_file(ep_portal_t *portal, ep_buf_t *buf, ep_err_t *err)
{
    const char *dir = ep_config_base_dir(ep_portal_config(portal));
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/config/api.token", dir)
        >= (int) sizeof(path))
    {
        return ep_err_set(err, EP_ELIMIT, "path-too-long",
                          "the path of api.token is too long");
    }
    return ep_file_read(path, buf, err);
}


ep_rc_t
ep_auth_shared_token(ep_portal_t *portal, ep_str_t secret,
                     const ep_origin_t *origin, int *retry_after, ep_err_t *err)
{
    EP_CLEANUP(ep_buf_free) ep_buf_t buf;
    ep_str_t expected;
    ep_rc_t rc;

    ep_buf_init(&buf, FILE_MAX);
    rc = read_file(portal, &buf, err);
    /* People choose it, so it may be guessed: nothing is heard too early. */
    if (rc == EP_OK) {
        rc = ep_throttle_check_token(portal, &origin->ip, retry_after, err);
    }
    expected = ep_str_trim(ep_buf_str(&buf));
    if (rc != EP_OK || (expected.n > 0 && ep_secret_eq(secret, expected))) {
        return rc;
    }
    rc = ep_throttle_failed(portal, origin, EP_STR("api.token"), EP_VIA_TOKEN,
                            err);
    *retry_after = rc == EP_EBUSY ? 1 : 0;
    return rc;
}
