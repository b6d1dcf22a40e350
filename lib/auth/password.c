/* Passwords of local users, through libxcrypt: see eportal/user.h. */

#include <crypt.h>
#include <errno.h>
#include <stdlib.h>

#include <eportal/user.h>

_Static_assert(EP_PASSWORD_MAX == CRYPT_MAX_PASSPHRASE_SIZE - 1,
               "what we accept is what libxcrypt hashes without cutting");
_Static_assert(EP_PASSWORD_HASH_MAX == CRYPT_OUTPUT_SIZE,
               "what libxcrypt writes fits");


/* In UTF-8 every character has one byte that is no continuation. */
static int64_t
characters(ep_str_t s)
{
    int64_t count = 0;

    for (size_t i = 0; i < s.n; i++) {
        count += ((unsigned char) s.p[i] & 0xc0) != 0x80;
    }
    return count;
}


static ep_rc_t
check(const ep_config_t *cfg, ep_str_t password, ep_err_t *err)
{
    int64_t min = ep_config_int(cfg, EP_AUTH_PASSWORD_MIN_LENGTH);

    if (password.n > EP_PASSWORD_MAX) {
        return ep_err_set(err, EP_EINVAL, "password-too-long",
                          "a password has at most %d bytes", EP_PASSWORD_MAX);
    }
    if (password.n == 0 || characters(password) < min) {
        return ep_err_set(err, EP_EINVAL, "password-too-short",
                          "a password needs at least %lld characters "
                          "(AUTH_PASSWORD_MIN_LENGTH)",
                          (long long) (min > 1 ? min : 1));
    }
    if (memchr(password.p, '\0', password.n) != NULL) {
        return ep_err_set(err, EP_EINVAL, "bad-password",
                          "a password cannot hold a NUL byte");
    }
    return EP_OK;
}


/* crypt(3) into out. False when it fails, as with a setting that it does not
 * know. Its working memory is large, and holds the password. */
static bool
hash(ep_str_t password, const char *setting, char out[EP_PASSWORD_HASH_MAX])
{
    struct crypt_data *data = calloc(1, sizeof(*data));
    char text[EP_PASSWORD_MAX + 1];
    const char *result = NULL;

    if (data == NULL) {
        return false;
    }
    if (ep_str_copy(password, text, sizeof(text))) {
        result = crypt_rn(text, setting, data, sizeof(*data));
    }
    if (result != NULL) {
        ep_str_copy(ep_str(result), out, EP_PASSWORD_HASH_MAX);
    }
    explicit_bzero(text, sizeof(text));
    explicit_bzero(data, sizeof(*data));
    free(data);
    return result != NULL;
}


ep_rc_t
ep_password_hash(const ep_config_t *cfg, ep_str_t password,
                 char out[EP_PASSWORD_HASH_MAX], ep_err_t *err)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    ep_rc_t rc = check(cfg, password, err);

    if (rc != EP_OK) {
        return rc;
    }
    if (crypt_gensalt_rn(NULL, 0, NULL, 0, setting, sizeof(setting)) == NULL
        || !hash(password, setting, out))
    {
        return ep_err_set(err, EP_EINTERNAL, "crypt",
                          "libxcrypt cannot hash a password");
    }
    return EP_OK;
}


bool
ep_password_verify(ep_str_t password, const char *stored)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    char out[EP_PASSWORD_HASH_MAX];
    const char *with = stored;

    if (stored == NULL) {
        /* Nobody has this salt, but it costs what everybody's costs. */
        with = crypt_gensalt_rn(NULL, 0, NULL, 0, setting, sizeof(setting));
        if (with == NULL) {
            return false;
        }
    }
    return hash(password, with, out) && stored != NULL
           && ep_secret_eq(ep_str(out), ep_str(stored));
}


/* "$y$j9T$salt$hash": up to the given dollar sign it says the method, and
 * its cost. */
static ep_str_t
head_of(const char *text, int dollars)
{
    const char *end = text;

    for (int i = 0; i < dollars && end != NULL; i++) {
        end = strchr(end + (i > 0), '$');
    }
    return (ep_str_t){ text, end != NULL ? (size_t) (end - text) : 0 };
}


bool
ep_password_outdated(const char *stored)
{
    char setting[CRYPT_GENSALT_OUTPUT_SIZE];
    ep_str_t cost, today;

    if (crypt_gensalt_rn(NULL, 0, NULL, 0, setting, sizeof(setting)) == NULL) {
        return false;
    }
    if (!ep_str_eq(head_of(stored, 2), head_of(setting, 2))) {
        return true;
    }
    /* crypt(5)'s digits sort as their characters do. */
    cost = head_of(stored, 3);
    today = head_of(setting, 3);
    return cost.n == today.n && memcmp(cost.p, today.p, cost.n) < 0;
}
