/*
 * The storage doctor looks at owners and modes: what another user owns, most
 * often root, cannot be changed by the portal some day, and what nginx's
 * workers may not read is not there for agents.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "ops/doctor.h"

#define PATH_ONLY (O_PATH | O_NOFOLLOW | O_CLOEXEC)
#define WORLD_WRITES S_IWOTH
#define DIR_NEEDS (S_IRWXU | S_IRGRP | S_IXGRP)
#define FILE_NEEDS (S_IRUSR | S_IRGRP)
#define SHARED_NEEDS (S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP)

typedef struct {
    mode_t needs;   /* bits that must be set */
    mode_t forbids; /* bits that must not */
    mode_t mode;    /* what it is mended to */
} rule_t;

static const rule_t dir_rule = { DIR_NEEDS, WORLD_WRITES, 02775 };
static const rule_t file_rule = { FILE_NEEDS, WORLD_WRITES, 0644 };
/* The database and its like, which hold keys and names. */
static const rule_t shared_rule = { SHARED_NEEDS, S_IRWXO, 0660 };


/* By a descriptor that opens nothing: a file without any right can be mended,
 * and SQLite's locks, which a close would drop, stay. */
static ep_rc_t
set_mode(int dir_fd, const char *name, mode_t mode, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = openat(dir_fd, name, PATH_ONLY);
    char path[40];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (fd < 0 || chmod(path, mode) != 0) {
        return ep_err_errno(err, "mode", "cannot change the mode of %s", name);
    }
    return EP_OK;
}


static ep_rc_t
copy_bytes(int from, int to, ep_err_t *err)
{
    char block[32768];
    ssize_t n;

    while ((n = read(from, block, sizeof(block))) != 0) {
        if (n < 0 && errno == EINTR) {
            continue;
        }
        for (ssize_t at = 0, m; n > 0 && at < n; at += m) {
            m = write(to, block + at, (size_t) (n - at));
            if (m < 0 && errno == EINTR) {
                m = 0;
            }
            if (m < 0) {
                n = -1;
                break;
            }
        }
        if (n < 0) {
            return ep_err_errno(err, "file-write", "cannot copy a file");
        }
    }
    return fsync(to) == 0
               ? EP_OK
               : ep_err_errno(err, "file-write", "cannot copy a file");
}


/* Nobody but root can give a file away, but who may write to its directory
 * can put a copy of his own in its place. */
static ep_rc_t
replace_by_copy(int dir_fd, const char *name, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int from = -1;
    EP_CLEANUP(ep_closep) int to = -1;
    char copy[sizeof(EP_IMPORT_PREFIX) + 16] = EP_IMPORT_PREFIX;
    ep_rc_t rc = ep_random_name(copy + sizeof(EP_IMPORT_PREFIX) - 1, 12, err);

    if (rc != EP_OK) {
        return rc;
    }
    from = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    to = openat(dir_fd, copy,
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (from < 0 || to < 0 || fchmod(to, file_rule.mode) != 0) {
        rc = ep_err_errno(err, "file-copy", "cannot copy %s", name);
    } else {
        rc = copy_bytes(from, to, err);
    }
    if (rc == EP_OK && renameat(dir_fd, copy, dir_fd, name) != 0) {
        rc = ep_err_errno(err, "file-rename", "cannot replace %s", name);
    }
    if (rc != EP_OK) {
        unlinkat(dir_fd, copy, 0);
    }
    return rc;
}


static const char *
user_name(uid_t uid, char *buf, size_t n)
{
    struct passwd user, *found = NULL;
    char names[1024];

    if (getpwuid_r(uid, &user, names, sizeof(names), &found) == 0
        && found != NULL) {
        snprintf(buf, n, "%s", found->pw_name);
    } else {
        snprintf(buf, n, "user %ld", (long) uid);
    }
    return buf;
}


static ep_rc_t
check_owner(ep_doctor_run_t *d, int dir_fd, const char *name,
            const struct stat *st, bool copy, const char *where, ep_err_t *err)
{
    const char *base = ep_config_base_dir(ep_portal_config(d->portal));
    const char *patches = ep_config_patches_dir(ep_portal_config(d->portal));
    char is[64], should[64], advice[2048];
    ep_mend_t mend = { 0 };

    user_name(st->st_uid, is, sizeof(is));
    user_name(d->uid, should, sizeof(should));
    if (st->st_uid == d->uid) {
        if (d->repair
            && fchownat(dir_fd, name, (uid_t) -1, d->gid, AT_SYMLINK_NOFOLLOW)
                   != 0)
        {
            mend.rc = ep_err_errno(&mend.err, "owner",
                                   "cannot change the group of %s", where);
        }
        return ep_doctor_mended(d, "wrong-owner", &mend,
                                "its group was corrected", err,
                                "%s belongs to another group than the data "
                                "directory.",
                                where);
    }
    if (copy) {
        if (d->repair) {
            mend.rc = replace_by_copy(dir_fd, name, &mend.err);
        }
        if (mend.rc == EP_OK) {
            return ep_doctor_mended(
                d, "wrong-owner", &mend, "it was replaced by a copy", err,
                "%s belongs to %s, not to %s.", where, is, should);
        }
    }
    snprintf(advice, sizeof(advice), "as root, run `chown -R %s:%ld %s%s%s`",
             should, (long) d->gid, base, strcmp(base, patches) ? " " : "",
             strcmp(base, patches) ? patches : "");
    return ep_doctor_tell(d, "wrong-owner", advice, err,
                          "%s belongs to %s, not to %s.", where, is, should);
}


/* rule: NULL when its mode is the administrator's. copy: a file of another
 * owner may be replaced by a copy. */
static ep_rc_t
check_entry(ep_doctor_run_t *d, int dir_fd, const char *name, const char *where,
            const rule_t *rule, bool copy, ep_err_t *err)
{
    ep_mend_t mend = { 0 };
    struct stat st;

    if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return EP_OK; /* gone meanwhile */
    }
    if (st.st_uid != d->uid || st.st_gid != d->gid) {
        return check_owner(d, dir_fd, name, &st, copy && S_ISREG(st.st_mode),
                           where, err);
    }
    if (rule == NULL || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))) {
        return EP_OK;
    }
    if (S_ISDIR(st.st_mode)) {
        rule = &dir_rule;
    }
    if ((st.st_mode & rule->needs) == rule->needs
        && !(st.st_mode & rule->forbids)) {
        return EP_OK;
    }
    if (d->repair) {
        mend.rc = set_mode(dir_fd, name, rule->mode, &mend.err);
    }
    return ep_doctor_mended(d, "wrong-mode", &mend, "its mode was corrected",
                            err, "%s has the mode %04o, which is %s.", where,
                            (unsigned) (st.st_mode & 07777),
                            st.st_mode & rule->forbids
                                ? "open to everybody"
                                : "closed to nginx's workers");
}


ep_rc_t
ep_doctor_owner(ep_doctor_run_t *d, int dir_fd, const char *name,
                const char *where, ep_err_t *err)
{
    return check_entry(d, dir_fd, name, where, &file_rule, true, err);
}


/* In the data directory itself; what nobody else needs to read, such as the
 * settings of the console, keeps its mode. */
static const rule_t *
rule_of(const char *name)
{
    static const char *const trees[] = { "arch", "resources", "user-resources",
                                         "cache" };

    if (ep_str_starts(ep_str(name), EP_STR("eportal.sqlite"))
        || ep_str_ends(ep_str(name), EP_STR(".lock")))
    {
        return &shared_rule;
    }
    for (size_t i = 0; i < EP_ARRAY_LEN(trees); i++) {
        if (strcmp(name, trees[i]) == 0) {
            return &dir_rule;
        }
    }
    return NULL;
}


/* Entries of a directory, without what is below. arch: its files may be
 * copied and are read by others. */
static ep_rc_t
check_dir(ep_doctor_run_t *d, const char *path, bool arch, ep_err_t *err)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    char where[PATH_MAX];
    ep_rc_t rc = EP_OK;

    if (dir == NULL) {
        return errno == ENOENT
                   ? EP_OK
                   : ep_doctor_tell(d, "unreadable-directory",
                                    "as root, look at its owner and mode", err,
                                    "%s cannot be read.", path);
    }
    while (rc == EP_OK && (entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;

        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0
            || strcmp(name, "lost+found") == 0)
        {
            continue;
        }
        snprintf(where, sizeof(where), "%s/%s", path, name);
        rc = check_entry(d, dirfd(dir), name, where,
                         arch ? &file_rule : rule_of(name), arch, err);
    }
    closedir(dir);
    return rc;
}


ep_rc_t
ep_doctor_base(ep_doctor_run_t *d, ep_err_t *err)
{
    const char *base = ep_config_base_dir(ep_portal_config(d->portal));
    const char *patches = ep_config_patches_dir(ep_portal_config(d->portal));
    char path[PATH_MAX];
    ep_rc_t rc = check_dir(d, base, false, err);

    if (rc == EP_OK && strcmp(base, patches) != 0) {
        rc = check_dir(d, patches, false, err);
    }
    if (rc == EP_OK) {
        snprintf(path, sizeof(path), "%s/config", base);
        rc = check_dir(d, path, false, err);
    }
    if (rc == EP_OK) {
        snprintf(path, sizeof(path), "%s/arch", patches);
        rc = check_dir(d, path, true, err);
    }
    return rc;
}
