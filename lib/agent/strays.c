/* Requests of agents that could not be told apart: see eportal/agent.h. */

#include <eportal/agent.h>

#include "store/meta.h"

/* In the order of ep_strays_t. */
static const ep_str_t undecodable = { "strays.undecodable", 18 };
static const ep_str_t unknown = { "strays.unknown", 14 };


static ep_rc_t
add(ep_portal_t *portal, ep_str_t name, int64_t more, ep_err_t *err)
{
    int64_t count;
    ep_rc_t rc;

    if (more == 0) {
        return EP_OK;
    }
    rc = ep_meta_get_int(portal, name, &count, err);
    if (rc != EP_OK) {
        return rc;
    }
    count = count > INT64_MAX - more ? INT64_MAX : count + more;
    return ep_meta_set_int(portal, name, count, err);
}


ep_rc_t
ep_strays_add(ep_portal_t *portal, const ep_strays_t *more, ep_err_t *err)
{
    ep_rc_t rc = add(portal, undecodable, more->undecodable, err);

    return rc == EP_OK ? add(portal, unknown, more->unknown, err) : rc;
}


ep_rc_t
ep_strays_get(ep_portal_t *portal, ep_strays_t *out, ep_err_t *err)
{
    ep_strays_t strays = { 0 };
    ep_rc_t rc = ep_meta_get_int(portal, undecodable, &strays.undecodable, err);

    if (rc == EP_OK) {
        rc = ep_meta_get_int(portal, unknown, &strays.unknown, err);
    }
    if (rc == EP_OK) {
        *out = strays;
    }
    return rc;
}
