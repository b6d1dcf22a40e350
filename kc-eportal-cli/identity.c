/* The identity of the data directory's owner: see identity.h. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "identity.h"

#define SERVICE_USER "eportal"


/* Give a directory that was just made its owner and mode. By descriptor: a
 * link that somebody put in its place meanwhile is not followed. */
static ep_rc_t
set_up_dir(const char *path, uid_t uid, gid_t gid, mode_t mode, ep_err_t *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    ep_rc_t rc = EP_OK;

    if (fd < 0 || fchown(fd, uid, gid) != 0 || fchmod(fd, mode) != 0) {
        rc = ep_err_errno(err, "data-dir", "cannot set up %s", path);
    }
    if (fd >= 0) {
        close(fd);
    }
    return rc;
}


/* mkdir -p: parents are like any system directory, the last one is ours,
 * with the set-group-ID bit so that what is made in it stays in the group. */
static ep_rc_t
make_dir(const char *path, uid_t uid, gid_t gid, ep_err_t *err)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    ep_rc_t rc = EP_OK;

    if (n == 0 || n >= sizeof(part)) {
        return ep_err_set(err, EP_EINVAL, "bad-path",
                          "the directory's name is empty or too long");
    }
    for (size_t i = 1; rc == EP_OK && i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0') {
            continue;
        }
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) == 0) {
            rc = i < n ? set_up_dir(part, 0, 0, 0755, err)
                       : set_up_dir(part, uid, gid, 02770, err);
        } else if (errno != EEXIST) {
            rc = ep_err_errno(err, "data-dir", "cannot create %s", part);
        }
    }
    return rc;
}


/* The owner that a new directory gets: of the directory that is there
 * already, or else the service's user. */
static void
find_owner(const char *path, uid_t *uid, gid_t *gid)
{
    const struct passwd *user;
    struct stat st;

    if (stat(path, &st) == 0) {
        *uid = st.st_uid;
        *gid = st.st_gid;
        return;
    }
    user = getpwnam(SERVICE_USER);
    if (user != NULL) {
        *uid = user->pw_uid;
        *gid = user->pw_gid;
        return;
    }
    cli_warn("there is no user %s: %s will belong to root, and nginx's "
             "workers cannot write to it until you chown it",
             SERVICE_USER, path);
}


ep_rc_t
identity_make_dirs(const ep_config_t *cfg, ep_err_t *err)
{
    const char *base = ep_config_base_dir(cfg);
    const char *patches = ep_config_patches_dir(cfg);
    uid_t uid = 0;
    gid_t gid = 0;
    ep_rc_t rc;

    if (geteuid() != 0) {
        return EP_OK;
    }
    find_owner(base, &uid, &gid);
    rc = make_dir(base, uid, gid, err);
    return rc == EP_OK ? make_dir(patches, uid, gid, err) : rc;
}


bool
identity_is_empty(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    bool empty = dir != NULL;

    while (empty && (entry = readdir(dir)) != NULL) {
        empty = strcmp(entry->d_name, ".") == 0
                || strcmp(entry->d_name, "..") == 0
                || strcmp(entry->d_name, "lost+found") == 0;
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return empty;
}


ep_rc_t
identity_give_storage(const ep_config_t *cfg, ep_err_t *err)
{
    const char *base = ep_config_base_dir(cfg);
    const char *patches = ep_config_patches_dir(cfg);
    struct stat data, st;

    if (geteuid() != 0) {
        return EP_OK;
    }
    if (stat(base, &data) != 0 || stat(patches, &st) != 0) {
        return ep_err_errno(err, "data-dir", "cannot look at %s", patches);
    }
    if (st.st_uid == data.st_uid) {
        return EP_OK;
    }
    if (st.st_uid != 0 || !identity_is_empty(patches)) {
        return ep_err_set(err, EP_EPERM, "storage-owner",
                          "%s does not belong to the owner of %s: run `chown "
                          "-R --reference=%s %s`, if it is meant for patches",
                          patches, base, base, patches);
    }
    return set_up_dir(patches, data.st_uid, data.st_gid, data.st_mode & 07777,
                      err);
}


static ep_rc_t
set_groups(const struct passwd *user, gid_t gid, ep_err_t *err)
{
    int failed =
        user != NULL ? initgroups(user->pw_name, gid) : setgroups(1, &gid);

    if (failed != 0 || setresgid(gid, gid, gid) != 0) {
        return ep_err_errno(err, "identity", "cannot take the group %ld",
                            (long) gid);
    }
    return EP_OK;
}


ep_rc_t
identity_take(const ep_config_t *cfg, ep_err_t *err)
{
    const struct passwd *user;
    struct stat st;
    gid_t gid;
    ep_rc_t rc;

    if (geteuid() != 0 || stat(ep_config_base_dir(cfg), &st) != 0
        || st.st_uid == 0) {
        return EP_OK;
    }
    user = getpwuid(st.st_uid);
    gid = st.st_gid;
    if (gid == 0 && user != NULL) {
        gid = user->pw_gid;
    }
    rc = set_groups(user, gid, err);
    if (rc == EP_OK && setresuid(st.st_uid, st.st_uid, st.st_uid) != 0) {
        rc = ep_err_errno(err, "identity",
                          "cannot take the identity of the "
                          "owner of %s",
                          ep_config_base_dir(cfg));
    }
    return rc;
}
