/* The console is files that nginx sends; which of its pages an address opens,
 * the page itself finds out. */

#include "http/private.h"


ep_rc_t
ep_api_console(ep_call_t *call, ep_err_t *err)
{
    (void) err;
    call->response->status = 200;
    call->response->console = true;
    return EP_OK;
}
