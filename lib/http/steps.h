/*
 * Tests of settings that ask another server (W-10): each step that worked,
 * the one that did not, as one answer. What the other server refuses is an
 * answer with "ok" false, not a failure of the request.
 */

#ifndef EP_HTTP_STEPS_H
#define EP_HTTP_STEPS_H

#include "http/private.h"

typedef struct {
    ep_buf_t buf;
    ep_json_t w;
} ep_steps_t;

void ep_steps_begin(ep_steps_t *steps);
/* A step that worked, and what it found; steps is an ep_steps_t. */
void ep_steps_add(void *steps, const char *step, const char *text);
/*
 * Answer {"result": {"steps", "ok", "failed", "error"}} and record the test
 * of what ("ldap", "source") in the audit log: it asks others in the
 * portal's name. rc and why: how it ended; failed: the step, NULL when the
 * test could not begin, which fails the request with why.
 */
ep_rc_t ep_steps_end(ep_call_t *call, ep_steps_t *steps, const char *what,
                     ep_rc_t rc, const char *failed, const ep_err_t *why,
                     ep_err_t *err);

#endif
