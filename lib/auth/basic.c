/*
 * HTTP Basic for programs: see eportal/auth.h. A hash costs a tenth of a
 * second by intention, so credentials that were right are remembered for some
 * minutes, by a keyed digest that only this process can make. What is
 * remembered counts while the user's stored hash is still the same.
 */

#include <pthread.h>
#include <time.h>

#include "auth/private.h"
#include "base/decode.h"
#include "base/time.h"

#define CREDENTIALS_MAX 2048 /* bytes of base64 */
#define ENTRIES 256
#define KEPT 300 /* seconds */

typedef struct {
    uint8_t mac[EP_SHA256_SIZE];    /* of the credentials */
    uint8_t stored[EP_SHA256_SIZE]; /* of the user's hash then */
    int64_t time;                   /* seconds; 0: empty */
} entry_t;

static struct {
    pthread_mutex_t mutex;
    pthread_once_t once;
    bool ready; /* it has a key */
    uint8_t key[EP_SHA256_SIZE];
    entry_t entries[ENTRIES];
} cache = { .mutex = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT };


static void
make_key(void)
{
    cache.ready = ep_random(cache.key, sizeof(cache.key), NULL) == EP_OK;
}


static bool
make_mac(ep_str_t credentials, uint8_t out[EP_SHA256_SIZE])
{
    pthread_once(&cache.once, make_key);
    return cache.ready
           && ep_hmac_sha256(
                  (ep_str_t){ (char *) cache.key, sizeof(cache.key) },
                  credentials, out, NULL)
                  == EP_OK;
}


static int64_t
seconds(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + 1;
}


static bool
same(const uint8_t a[EP_SHA256_SIZE], const uint8_t b[EP_SHA256_SIZE])
{
    return ep_secret_eq((ep_str_t){ (const char *) a, EP_SHA256_SIZE },
                        (ep_str_t){ (const char *) b, EP_SHA256_SIZE });
}


/* The entry of these credentials. stored may be NULL: whatever it says. */
static bool
remembered(const uint8_t mac[EP_SHA256_SIZE],
           const uint8_t stored[EP_SHA256_SIZE])
{
    int64_t now = seconds();
    bool found = false;

    pthread_mutex_lock(&cache.mutex);
    for (size_t i = 0; i < ENTRIES && !found; i++) {
        entry_t *e = &cache.entries[i];

        found = e->time != 0 && now - e->time < KEPT && same(e->mac, mac)
                && (stored == NULL || same(e->stored, stored));
    }
    pthread_mutex_unlock(&cache.mutex);
    return found;
}


/* In the place of what was known of them, or of the oldest. */
static void
remember(const uint8_t mac[EP_SHA256_SIZE],
         const uint8_t stored[EP_SHA256_SIZE])
{
    entry_t *place = &cache.entries[0];

    pthread_mutex_lock(&cache.mutex);
    for (size_t i = 0; i < ENTRIES; i++) {
        entry_t *e = &cache.entries[i];

        if (e->time != 0 && same(e->mac, mac)) {
            place = e;
            break;
        }
        place = e->time < place->time ? e : place;
    }
    memcpy(place->mac, mac, EP_SHA256_SIZE);
    memcpy(place->stored, stored, EP_SHA256_SIZE);
    place->time = seconds();
    pthread_mutex_unlock(&cache.mutex);
}


bool
ep_auth_basic_cached(ep_str_t credentials)
{
    uint8_t mac[EP_SHA256_SIZE];

    return make_mac(ep_str_trim(credentials), mac) && remembered(mac, NULL);
}


typedef struct {
    char text[CREDENTIALS_MAX];
    ep_str_t name;
    ep_str_t password;
    ep_user_t user;
    char hash[EP_PASSWORD_HASH_MAX];
    bool known; /* user and hash are those of a local user */
    uint8_t mac[EP_SHA256_SIZE];
    uint8_t stored[EP_SHA256_SIZE];
} attempt_t;


static bool
decode(ep_str_t credentials, attempt_t *a)
{
    size_t n;

    if (credentials.n > CREDENTIALS_MAX
        || !ep_base64_decode(credentials, a->text, &n))
    {
        return false;
    }
    return ep_str_cut((ep_str_t){ a->text, n }, ':', &a->name, &a->password)
           && make_mac(credentials, a->mac);
}


static ep_rc_t
load(ep_portal_t *portal, attempt_t *a, ep_err_t *err)
{
    ep_err_t local = { 0 };
    ep_rc_t rc = ep_user_find(portal, a->name, &a->user, &local);

    if (rc == EP_OK) {
        rc = ep_user_password_hash(portal, a->name, a->hash, sizeof(a->hash),
                                   &local);
    }
    a->known = rc == EP_OK;
    if (rc != EP_OK && rc != EP_ENOTFOUND) {
        return ep_err_set(err, rc, local.code, "%s", local.msg);
    }
    return a->known ? ep_sha256(EP_STR(""), ep_str(a->hash), a->stored, err)
                    : EP_OK;
}


/* That the account did well again is worth a write, but no waiting. */
static void
note(ep_portal_t *portal, const ep_origin_t *origin, const ep_user_t *user)
{
    if (!ep_throttle_has_news(portal, &origin->ip, user)
        || ep_portal_write_try(portal, NULL) != EP_OK)
    {
        return;
    }
    if (ep_throttle_passed(portal, &origin->ip, user, NULL) == EP_OK) {
        ep_portal_write_commit(portal, NULL);
    } else {
        ep_portal_write_rollback(portal);
    }
}


static ep_rc_t
verify(ep_portal_t *portal, attempt_t *a, const ep_origin_t *origin,
       ep_err_t *err)
{
    int ignored;
    ep_rc_t rc = ep_throttle_check(portal, &origin->ip, a->name, &ignored, err);

    if (rc == EP_OK) {
        rc = load(portal, a, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    if (a->known && remembered(a->mac, a->stored)) {
        return EP_OK;
    }
    if (!ep_password_verify(a->password, a->known ? a->hash : NULL)) {
        return ep_throttle_failed(portal, origin, a->name, EP_VIA_BASIC, err);
    }
    remember(a->mac, a->stored);
    note(portal, origin, &a->user);
    return EP_OK;
}


ep_rc_t
ep_auth_basic(ep_portal_t *portal, ep_str_t credentials,
              const ep_origin_t *origin, ep_principal_t *out, ep_err_t *err)
{
    attempt_t a = { .known = false };
    ep_rc_t rc;

    if (!decode(ep_str_trim(credentials), &a)) {
        explicit_bzero(a.text, sizeof(a.text));
        return ep_auth_refused(err);
    }
    rc = verify(portal, &a, origin, err);
    if (rc == EP_OK) {
        ep_auth_principal(&a.user, EP_VIA_BASIC, out);
    }
    explicit_bzero(a.text, sizeof(a.text));
    return rc;
}
