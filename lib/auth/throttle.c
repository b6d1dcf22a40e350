/* The throttle's rules: see eportal/throttle.h. */

#include <pthread.h>
#include <time.h>

#include "auth/private.h"
#include "store/throttle.h"

#define SECOND 1000000LL
#define DAY (86400 * SECOND)

/* What a process may write of one kind: at_once, then one each so many
 * microseconds, so that a flood of requests does not become one of writes. */
typedef struct {
    int64_t each;
    int64_t at_once;
    pthread_mutex_t mutex;
    int64_t saved; /* microseconds */
    int64_t before;
} budget_t;

static const struct {
    int free;
    int max; /* seconds */
} rules[] = {
    [EP_THROTTLE_ADDRESS] = { EP_THROTTLE_ADDRESS_FREE,
                              EP_THROTTLE_ADDRESS_MAX },
    [EP_THROTTLE_ACCOUNT] = { EP_THROTTLE_ACCOUNT_FREE,
                              EP_THROTTLE_ACCOUNT_MAX },
    [EP_THROTTLE_TOKEN] = { EP_THROTTLE_ADDRESS_FREE, EP_THROTTLE_ADDRESS_MAX },
};


static ep_rc_t
throttled(int64_t wait, int *retry_after, ep_err_t *err)
{
    int seconds = (int) ((wait + SECOND - 1) / SECOND);

    *retry_after = seconds;
    return ep_err_set(err, EP_EBUSY, "throttled",
                      "too many attempts failed; try again in %d second%s",
                      seconds, seconds == 1 ? "" : "s");
}


/* What the account of somebody adds to the wait of his address. */
static ep_rc_t
account_wait(ep_portal_t *portal, const ep_throttle_t *address, ep_str_t user,
             int64_t *wait, ep_err_t *err)
{
    char name[EP_THROTTLE_NAME];
    ep_throttle_t account;
    int64_t known = 0, now = ep_portal_now(portal);
    int64_t soon = address->last + EP_THROTTLE_KNOWN_MAX * SECOND - now;
    ep_rc_t rc = ep_user_address_time(portal, user, address->name, &known, err);

    ep_throttle_account(user, name);
    if (rc == EP_OK) {
        rc = ep_throttle_find(portal, EP_THROTTLE_ACCOUNT, name, &account, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (known != 0) {
        *wait = soon < *wait ? soon : *wait;
    } else if (address->failures > 0 && account.until - now > *wait) {
        *wait = account.until - now;
    }
    return EP_OK;
}


ep_rc_t
ep_throttle_check(ep_portal_t *portal, const ep_addr_t *ip, ep_str_t user,
                  int *retry_after, ep_err_t *err)
{
    char name[EP_THROTTLE_NAME];
    ep_throttle_t address;
    int64_t wait;
    ep_rc_t rc;

    ep_throttle_address(ip, name);
    rc = ep_throttle_find(portal, EP_THROTTLE_ADDRESS, name, &address, err);
    if (rc != EP_OK) {
        return rc;
    }
    wait = address.until - ep_portal_now(portal);
    rc = account_wait(portal, &address, user, &wait, err);
    if (rc != EP_OK) {
        return rc;
    }
    return wait > 0 ? throttled(wait, retry_after, err) : EP_OK;
}


ep_rc_t
ep_throttle_check_token(ep_portal_t *portal, const ep_addr_t *ip,
                        int *retry_after, ep_err_t *err)
{
    char name[EP_THROTTLE_NAME];
    ep_throttle_t row;
    int64_t wait;
    ep_rc_t rc;

    ep_throttle_address(ip, name);
    rc = ep_throttle_find(portal, EP_THROTTLE_TOKEN, name, &row, err);
    if (rc != EP_OK) {
        return rc;
    }
    wait = row.until - ep_portal_now(portal);
    return wait > 0 ? throttled(wait, retry_after, err) : EP_OK;
}


static bool
spend(budget_t *b)
{
    struct timespec ts;
    int64_t now;
    bool yes;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    now = ts.tv_sec * SECOND + ts.tv_nsec / 1000;
    pthread_mutex_lock(&b->mutex);
    b->saved += now - b->before;
    if (b->before == 0 || b->saved > b->at_once * b->each) {
        b->saved = b->at_once * b->each;
    }
    b->before = now;
    yes = b->saved >= b->each;
    if (yes) {
        b->saved -= b->each;
    }
    pthread_mutex_unlock(&b->mutex);
    return yes;
}


bool
ep_auth_may_record(void)
{
    static budget_t failures = { .each = SECOND / 20,
                                 .at_once = 60,
                                 .mutex = PTHREAD_MUTEX_INITIALIZER };

    return spend(&failures);
}


/* Whoever sends these waits for nothing, so they must cost little. */
void
ep_auth_turned_away(ep_portal_t *portal, const ep_origin_t *origin,
                    const char *action, ep_str_t object, const char *result)
{
    static budget_t strangers = { .each = 10 * SECOND,
                                  .at_once = 30,
                                  .mutex = PTHREAD_MUTEX_INITIALIZER };
    ep_actor_t nobody = ep_auth_actor(EP_STR_NULL, EP_VIA_NONE, origin);

    if (spend(&strangers)) {
        ep_audit_result(portal, &nobody, action, object, result);
    }
}


static ep_rc_t
count_one(ep_portal_t *portal, ep_throttle_kind_t kind, const char *name,
          ep_err_t *err)
{
    ep_throttle_t row;
    int64_t delay = 0;
    ep_rc_t rc = ep_throttle_find(portal, kind, name, &row, err);

    if (rc != EP_OK) {
        return rc;
    }
    row.failures++;
    if (row.failures > rules[kind].free) {
        delay = row.failures - rules[kind].free - 1;
        delay = delay < 10 ? 1LL << delay : rules[kind].max;
        delay = delay < rules[kind].max ? delay : rules[kind].max;
    }
    row.last = ep_portal_now(portal);
    row.until = delay > 0 ? row.last + delay * SECOND : 0;
    return ep_throttle_put(portal, &row, err);
}


static ep_rc_t
count(ep_portal_t *portal, const ep_addr_t *ip, ep_str_t user, ep_via_t via,
      ep_err_t *err)
{
    char name[EP_THROTTLE_NAME];
    ep_rc_t rc = ep_portal_write_begin(portal, false, err);

    if (rc != EP_OK) {
        return rc;
    }
    ep_throttle_address(ip, name);
    rc = count_one(
        portal, via == EP_VIA_TOKEN ? EP_THROTTLE_TOKEN : EP_THROTTLE_ADDRESS,
        name, err);
    if (rc == EP_OK && via != EP_VIA_TOKEN) {
        ep_throttle_account(user, name);
        rc = count_one(portal, EP_THROTTLE_ACCOUNT, name, err);
    }
    if (rc == EP_OK) {
        return ep_portal_write_commit(portal, err);
    }
    ep_portal_write_rollback(portal);
    return rc;
}


ep_rc_t
ep_throttle_failed(ep_portal_t *portal, const ep_origin_t *origin,
                   ep_str_t user, ep_via_t via, ep_err_t *err)
{
    ep_actor_t actor = ep_auth_actor(user, via, origin);
    int ignored;
    ep_rc_t rc;

    if (!ep_auth_may_record()) {
        return throttled(SECOND, &ignored, err);
    }
    rc = count(portal, &origin->ip, user, via, err);
    if (rc != EP_OK) {
        return rc;
    }
    ep_audit_result(portal, &actor, "user.login", user, "bad-credentials");
    return ep_auth_refused(err);
}


/* Noting where somebody logs in from is due once a day. */
static ep_rc_t
find_news(ep_portal_t *portal, const ep_addr_t *ip, const ep_user_t *user,
          bool *noted, bool *failed, ep_err_t *err)
{
    char name[EP_THROTTLE_NAME];
    ep_throttle_t account;
    int64_t known;
    ep_rc_t rc;

    ep_throttle_address(ip, name);
    rc = ep_user_address_time(portal, ep_str(user->name), name, &known, err);
    if (rc != EP_OK) {
        return rc;
    }
    *noted = ep_portal_now(portal) - known < DAY;
    ep_throttle_account(ep_str(user->name), name);
    rc = ep_throttle_find(portal, EP_THROTTLE_ACCOUNT, name, &account, err);
    if (rc == EP_OK) {
        *failed = account.failures > 0;
    }
    return rc;
}


bool
ep_throttle_has_news(ep_portal_t *portal, const ep_addr_t *ip,
                     const ep_user_t *user)
{
    bool noted, failed;

    return find_news(portal, ip, user, &noted, &failed, NULL) == EP_OK
           && (!noted || failed);
}


ep_rc_t
ep_throttle_passed(ep_portal_t *portal, const ep_addr_t *ip,
                   const ep_user_t *user, ep_err_t *err)
{
    char name[EP_THROTTLE_NAME];
    bool noted, failed;
    ep_rc_t rc = find_news(portal, ip, user, &noted, &failed, err);

    if (rc == EP_OK && !noted) {
        ep_throttle_address(ip, name);
        rc = ep_user_address_put(portal, user->id, name, err);
    }
    if (rc == EP_OK && failed) {
        ep_throttle_account(ep_str(user->name), name);
        rc = ep_throttle_delete(portal, EP_THROTTLE_ACCOUNT, name, NULL, err);
    }
    return rc;
}
