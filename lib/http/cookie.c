/* Our cookies (ASVS 3.3.1 to 3.3.4): for this host and its whole tree alone,
 * under https with the name that browsers hold to that. */

#include <stdio.h>

#include "http/private.h"


ep_rc_t
ep_answer_cookie(ep_call_t *call, const char *name, const char *value,
                 int64_t age, bool script, ep_err_t *err)
{
    bool https = ep_call_https(call);
    char max_age[48] = "";
    const char *text;

    if (age >= 0) {
        snprintf(max_age, sizeof(max_age), "; Max-Age=%lld", (long long) age);
    }
    text = ep_arena_printf(call->arena, "%s%s=%s; Path=/%s%s; SameSite=Lax%s",
                           https ? "__Host-" : "", name, value, max_age,
                           script ? "" : "; HttpOnly", https ? "; Secure" : "");
    if (text == NULL) {
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    ep_answer_header(call->response, "Set-Cookie", ep_str(text));
    return EP_OK;
}
