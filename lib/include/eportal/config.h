/*
 * Settings: one table says each setting's name, type, default and meaning.
 *
 * A configuration is an immutable snapshot with a reference count that is
 * safe across threads: whoever uses it holds a reference, a change on disk
 * makes a new one. Where a value comes from, later wins: default, the
 * configuration file (CONF-1..6, TRAP-6), config/config.json, then the
 * environment EPORTAL_<NAME> (NEW-INST-8) with the envdir (ENV-1..3), which
 * every process also reads from config/environment.json because nginx hands
 * its workers no environment. Of the environment, later wins too: what
 * environment.json holds, the process's own variables, the envdir (where an
 * empty file unsets).
 *
 * A variable is taken as it is for a string; True, yes, on, 1 and their
 * opposites for a bool; an expression for an int; a Python list, or items
 * with commas between, for a list. An empty one unsets a string, empties a
 * list and is passed over otherwise. BASE_DIR can be moved by the file and
 * by the environment, not by what lies inside it.
 */

#ifndef EPORTAL_CONFIG_H
#define EPORTAL_CONFIG_H

#include <eportal/err.h>
#include <eportal/log.h>
#include <eportal/str.h>

typedef struct ep_config ep_config_t;

/* X(NAME, TYPE, DEFAULT as a Python literal, SECRET, "meaning") */
#define EP_SETTINGS(X)                                                         \
    X(BASE_DIR, STRING, "None", 0,                                             \
      "Directory of the database and, unless PATCHES_DIR moves them, of "      \
      "the patches. Default: /usr/share/kcare-eportal when it holds data, "    \
      "else /var/lib/eportal.")                                                \
    X(PATCHES_DIR, STRING, "None", 0,                                          \
      "Directory of arch/, resources/, user-resources/ and cache/. "           \
      "Default: BASE_DIR.")                                                    \
    X(PATCH_AUTH, BOOL, "True", 0,                                             \
      "Whether binary patches are only given to registered servers.")          \
    X(TRUSTED_PROXIES, LIST, "[]", 0,                                          \
      "Addresses and networks whose X-Forwarded-For is believed.")             \
    X(ALLOWED_HOSTS, LIST, "[]", 0,                                            \
      "Host names this portal answers to; empty means any.")                   \
    X(METRICS_ALLOW, LIST, "['127.0.0.0/8', '::1']", 0,                        \
      "Addresses and networks that may read /metrics without a login.")        \
    X(AUTH_PASSWORD_MIN_LENGTH, INT, "5", 0,                                   \
      "Shortest password that is accepted for a local user.")                  \
    X(AUTH_RESTRICTED_INDEX, BOOL, "False", 0,                                 \
      "Whether the index page is for users only.")                             \
    X(AUTH_SESSION_LIFETIME, INT, "0", 0,                                      \
      "Seconds that a login lasts; 0 means until the browser is closed.")      \
    X(AUTH_REFRESH_SESSION, BOOL, "False", 0,                                  \
      "Whether AUTH_SESSION_LIFETIME counts from the last request instead of " \
      "from the login.")                                                       \
    X(API_AUTH_HEADER, STRING, "'X-Api-Key'", 0,                               \
      "Header in which programs send their API token.")                        \
    X(AUDIT_RETENTION, INT, "3600 * 24 * 365", 0,                              \
      "Seconds that the audit log reaches back; 0 means for ever.")            \
    X(INACTIVE_SERVER_AGE, INT, "3600 * 24 * 30", 0,                           \
      "Seconds without a check-in after which `server clean --inactive` "      \
      "deletes a server.")                                                     \
    X(AUTO_UPDATE_PERIOD, INT, "600", 0,                                       \
      "Seconds between two looks of the daemon at the patch source; 0 means "  \
      "never.")                                                                \
    X(CLEAN_INACTIVE_SERVERS_PERIOD, INT, "0", 0,                              \
      "Seconds between two clean-ups of inactive servers by the daemon; 0 "    \
      "means never.")                                                          \
    X(ARCHIVE_MAX_SIZE, INT, "64 * 1024 * 1024 * 1024", 0,                     \
      "Bytes that one patchset archive may unpack to.")                        \
    X(ARCHIVE_MAX_FILES, INT, "2000000", 0,                                    \
      "Files that one patchset archive may hold.")                             \
    X(ARCHIVE_MAX_RATIO, INT, "200", 0,                                        \
      "How many times larger than itself an archive may unpack to.")           \
    X(PATCH_SOURCE_URL, STRING,                                                \
      "'https://downloads.kernelcare.com/patch-download/'", 0,                 \
      "Address of the patch source.")                                          \
    X(PATCH_SOURCE_USER, STRING, "None", 0, "Login at the patch source.")      \
    X(PATCH_SOURCE_PASSWORD, STRING, "None", 1,                                \
      "Password at the patch source.")                                         \
    X(PATCH_SOURCE_PUBLIC_KEY, STRING, "None", 0,                              \
      "Ed25519 key that the source's index must be signed with: one line, as " \
      "`source publish --key` prints it.")                                     \
    X(PATCH_SOURCE_CA_FILE, STRING, "None", 0,                                 \
      "File of the authorities in PEM that may vouch for the source and for "  \
      "an https proxy. Default: those of the system.")                         \
    X(PATCH_SOURCE_DISTROS, LIST, "[]", 0,                                     \
      "Distributions whose kernel patchsets are downloaded; empty means all.") \
    X(LDAP_URL, STRING, "None", 0,                                             \
      "Directory to ask about users who are not local: ldap://HOST or "        \
      "ldaps://HOST; behind a ? may come tls=0, strict_check=0 and "           \
      "timeout=SECONDS.")                                                      \
    X(LDAP_CONNECTION_STRING, STRING, "None", 0,                               \
      "Whom a user binds as at the directory; %s is the name that he "         \
      "typed.")                                                                \
    X(LDAP_FILTER, STRING, "None", 0,                                          \
      "Search that must find something for him to come in: "                   \
      "BASE??SCOPE?FILTER.")                                                   \
    X(LDAP_ADMIN_FILTER, STRING, "None", 0,                                    \
      "Search that finds something for an administrator, asked at each "       \
      "login. Without it his role is what is set here.")                       \
    X(LDAP_CA_FILE, STRING, "None", 0,                                         \
      "File of the authorities in PEM that may vouch for the directory. "      \
      "Default: those of the system.")                                         \
    X(OIDC_AUTH_URL, STRING, "None", 0,                                        \
      "Single sign-on: the provider's page where people sign in, the "         \
      "authorization endpoint.")                                               \
    X(OIDC_TOKEN_URL, STRING, "None", 0, "The provider's token endpoint.")     \
    X(OIDC_USERINFO_URL, STRING, "None", 0,                                    \
      "The provider's userinfo endpoint.")                                     \
    X(OIDC_LOGOUT_URL, STRING, "None", 0,                                      \
      "Where who logs out here is sent to log out at the provider, too.")      \
    X(OIDC_CLIENT_ID, STRING, "None", 0,                                       \
      "This portal's name at the provider.")                                   \
    X(OIDC_CLIENT_SECRET, STRING, "None", 1,                                   \
      "This portal's secret at the provider.")                                 \
    X(OIDC_SCOPE, STRING, "'openid profile email'", 0,                         \
      "What the provider is asked to tell of a user.")                         \
    X(OIDC_ISSUER, STRING, "None", 0,                                          \
      "Issuer that ID tokens must have; without it any that the token "        \
      "endpoint sends.")                                                       \
    X(OIDC_NAME_CLAIM, STRING, "'preferred_username'", 0,                      \
      "Claim that becomes the name of a user who signs in for the first "      \
      "time.")                                                                 \
    X(OIDC_GROUPS_CLAIM, STRING, "'groups'", 0,                                \
      "Claim that holds the groups of a user.")                                \
    X(OIDC_ADMIN_GROUP, STRING, "None", 0,                                     \
      "Group whose members are administrators, asked at each login. Without "  \
      "it a role is what is set here.")                                        \
    X(OIDC_CA_FILE, STRING, "None", 0,                                         \
      "File of the authorities in PEM that may vouch for the provider. "       \
      "Default: those of the system.")                                         \
    X(PROXY, STRING, "None", 0,                                                \
      "Proxy for everything that is fetched: http://, https://, socks5:// or " \
      "socks5h://, a user and password before the host if it needs them.")     \
    X(HTTPS_VERIFY, BOOL, "True", 0,                                           \
      "Whether the certificates of the patch source, of an OpenID provider "   \
      "and of an https proxy are verified. The variable PYTHONHTTPSVERIFY=0 "  \
      "turns it off, too.")                                                    \
    X(LIMIT_PATCHSETS, INT, "0", 0,                                            \
      "How many of a product's newest patchsets are downloaded; 0 means all.") \
    X(MIN_FREE_DISK, INT, "1024 * 1024 * 1024", 0,                             \
      "Bytes of the patches' disk that downloads leave free.")                 \
    X(CACHE_MODE, BOOL, "False", 0,                                            \
      "Whether patchsets are mirrored by their metadata alone and their "      \
      "files fetched from the patch source when they are asked for.")          \
    X(OFFER_METADATA, BOOL, "False", 0,                                        \
      "Whether metadata is made of the patchsets here, so that portals in "    \
      "cache mode can have this one as their patch source.")                   \
    X(CACHE_TTL, INT, "3600 * 24 * 14", 0,                                     \
      "Seconds that a file fetched in cache mode is kept.")

#define EP_SETTING_ID(name, type, def, secret, meaning) EP_##name,
typedef enum { EP_SETTINGS(EP_SETTING_ID) EP_SETTING_COUNT } ep_setting_t;

typedef enum {
    EP_TYPE_BOOL,
    EP_TYPE_INT, /* also seconds, bytes; arithmetic is evaluated */
    EP_TYPE_STRING,
    EP_TYPE_LIST /* of strings */
} ep_type_t;

typedef struct {
    const char *name; /* "PATCH_AUTH" */
    ep_type_t type;
    const char *def; /* default as a Python literal; "None" is unset */
    bool secret;     /* masked wherever it is shown */
    const char *meaning;
} ep_setting_info_t;

const ep_setting_info_t *ep_setting_info(ep_setting_t setting);

/*
 * Read the configuration. path: the file, or NULL for EPORTAL_CONFIG's value
 * in env or else /etc/eportal/config and the old locations (CONF-2, TRAP-6).
 * env: NULL-terminated "NAME=value" array as in environ(7), or NULL for none
 * (nginx workers). A missing default file means defaults; a missing file
 * that was named is EP_ENOTFOUND. An unknown setting is handed to log as a
 * warning "FILE:LINE: ..."; a bad value is EP_EINVAL whose text begins with
 * "FILE:LINE:COLUMN: ". log may be NULL.
 * On success *out holds one reference.
 */
ep_rc_t ep_config_load(const char *path, const char *const *env, ep_log_fn log,
                       void *log_ctx, ep_config_t **out, ep_err_t *err);

ep_config_t *ep_config_ref(ep_config_t *cfg); /* returns cfg; thread-safe */
void ep_config_unref(ep_config_t *cfg);       /* takes NULL; thread-safe */

/* True when one of the files behind cfg has another mtime, size or inode
 * than when it was read: time to load again with the same arguments. */
bool ep_config_changed(const ep_config_t *cfg);

/* Values. Asking for the wrong type is a bug (assert). String: NULL when
 * unset. Strings and lists live as long as the reference. */
bool ep_config_bool(const ep_config_t *cfg, ep_setting_t setting);
int64_t ep_config_int(const ep_config_t *cfg, ep_setting_t setting);
const char *ep_config_string(const ep_config_t *cfg, ep_setting_t setting);
size_t ep_config_list(const ep_config_t *cfg, ep_setting_t setting,
                      const char *const **items);

/* The setting's value as a Python literal, secrets as '********'. Written
 * into out, cut at size. */
void ep_config_show(const ep_config_t *cfg, ep_setting_t setting, char *out,
                    size_t size);
/* Where it came from: "default", "/etc/eportal/config:3",
 * "environment EPORTAL_PROXY", "envdir EPORTAL_PROXY", "config.json". */
const char *ep_config_origin(const ep_config_t *cfg, ep_setting_t setting);
/* Whether the environment says it, which wins over what is saved. */
bool ep_config_is_fixed(const ep_config_t *cfg, ep_setting_t setting);

/* The file that was read, or NULL when only defaults apply. */
const char *ep_config_path(const ep_config_t *cfg);
/* Effective directories, never NULL: BASE_DIR and PATCHES_DIR with their
 * defaults resolved, without trailing slash and, as far as they exist,
 * without symbolic links. */
const char *ep_config_base_dir(const ep_config_t *cfg);
const char *ep_config_patches_dir(const ep_config_t *cfg);

/*
 * Write config/environment.json with the EPORTAL_* variables of env and the
 * envdir's, for the processes that have no environment of their own;
 * atomically, mode 0640, because nginx's workers read it as members of the
 * data directory's group. Called by the daemon and a container's
 * entrypoint. It lies where BASE_DIR is without an environment. When it
 * would say what it says already it is not written, so that saving at each
 * change ends.
 */
ep_rc_t ep_config_save_environment(const ep_config_t *cfg,
                                   const char *const *env, ep_err_t *err);

/* A setting and its value in config/config.json: text for a string, items
 * with commas between for a list; NULL takes it out of the file. */
typedef struct {
    ep_setting_t setting;
    const char *value;
} ep_config_change_t;

/*
 * Change settings in config/config.json, atomically; what else it says stays.
 * Mode 0640, because nginx's workers read it as members of the data
 * directory's group. EP_EINVAL when the file that is there is no JSON
 * object, or a setting is neither a string nor a list.
 */
ep_rc_t ep_config_store(const ep_config_t *cfg,
                        const ep_config_change_t *changes, size_t count,
                        ep_err_t *err);

/*
 * The configuration as it would be with these settings, for trying them out;
 * nothing is saved. Directories stay those of cfg, which is kept alive.
 * EP_EINVAL for a value that is none. *out holds one reference.
 */
ep_rc_t ep_config_with(ep_config_t *cfg, const ep_config_change_t *changes,
                       size_t count, ep_config_t **out, ep_err_t *err);

#endif
