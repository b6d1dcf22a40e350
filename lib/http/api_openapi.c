/* The contract of this API, as it is (W-14): lib/http/openapi.yaml, made
 * JSON at build time. */

#include "http/private.h"


ep_rc_t
ep_api_openapi(ep_call_t *call, ep_err_t *err)
{
    (void) err;
    ep_answer_json(call, 200, ep_openapi);
    return EP_OK;
}
