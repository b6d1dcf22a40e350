/* Whether the portal lives and whether it is ready (W-3): for balancers and
 * supervisors, without a login and without a session. */

#include <eportal/status.h>

#include "http/private.h"

#define ANSWER_MAX 8192
/* Less than this, and the database cannot be written much longer. */
#define DISK_NEEDED ((uint64_t) 16 * 1024 * 1024)


/* The worker answers: that is all. The database is not asked. */
ep_rc_t
ep_api_healthz(ep_call_t *call, ep_err_t *err)
{
    (void) err;
    ep_answer_text(call, 200, EP_STR("ok\n"));
    return EP_OK;
}


typedef struct {
    ep_json_t w;
    bool ready;
} checks_t;


static void
add_check(checks_t *c, const char *check, bool ok, const char *text)
{
    ep_json_open(&c->w, NULL, '{');
    ep_json_str(&c->w, "check", ep_str(check));
    ep_json_bool(&c->w, "ok", ok);
    ep_json_str(&c->w, "text", ep_str(text));
    ep_json_close(&c->w, '}');
}


/* Nothing is written: to get the lock is enough. */
static void
check_database(checks_t *c, ep_portal_t *portal)
{
    ep_err_t err = { 0 };

    if (portal == NULL) {
        c->ready = false;
        add_check(c, "database", false,
                  "the database is missing, or of another version: see the "
                  "error log");
        return;
    }
    if (ep_portal_write_begin(portal, false, &err) == EP_OK) {
        ep_portal_write_rollback(portal);
        add_check(c, "database", true, "can be read and written");
        return;
    }
    c->ready = false;
    add_check(c, "database", false, err.msg);
}


static void
check_disk(checks_t *c, const ep_config_t *cfg)
{
    ep_err_t err = { 0 };
    ep_disk_t disk = { 0 };
    bool ok = ep_status_disk(ep_config_base_dir(cfg), &disk, &err) == EP_OK;

    if (ok && disk.free < DISK_NEEDED) {
        ok = false;
        ep_err_set(&err, EP_EIO, "disk-full",
                   "less than 16 MiB are free on the disk of the data");
    }
    c->ready = c->ready && ok;
    add_check(c, "disk", ok, ok ? "has room" : err.msg);
}


/* Agents are served without it. */
static void
check_daemon(checks_t *c, ep_portal_t *portal)
{
    ep_status_t status;
    bool running =
        ep_status_get(portal, &status, NULL) == EP_OK && status.daemon;

    add_check(c, "daemon", running,
              running ? "is running"
                      : "is not running: nothing is downloaded or deployed by "
                        "itself");
}


ep_rc_t
ep_api_readyz(ep_call_t *call, ep_err_t *err)
{
    ep_buf_t buf;
    checks_t c = { .w = { .buf = &buf }, .ready = true };

    ep_buf_init(&buf, ANSWER_MAX);
    ep_json_open(&c.w, NULL, '{');
    ep_json_open(&c.w, "checks", '[');
    check_database(&c, call->portal);
    if (call->portal != NULL) {
        check_disk(&c, ep_portal_config(call->portal));
        check_daemon(&c, call->portal);
    }
    ep_json_close(&c.w, ']');
    ep_json_bool(&c.w, "ready", c.ready);
    ep_json_close(&c.w, '}');
    ep_answer_header(call->response, "Cache-Control", EP_STR("no-store"));
    return ep_answer_written(call, c.ready ? 200 : 503, &c.w, err);
}
