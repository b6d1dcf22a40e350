/*
 * The storage doctor compares what an archive brings with what is in its
 * place, name by name and byte by byte, and puts back what differs. Unlike
 * the import, which only needs to know whether a level is the same, it wants
 * to tell people which file is not.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/tar.h"
#include "ops/doctor.h"

#define REPLACED ".replaced" /* in the stage: what was in the place */
#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define FILE_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

typedef struct {
    int fd;
    off_t at;
    char block[32768];
} reader_t;


static void
note(ep_diff_t *diff, const char *kind)
{
    if (diff->count++ == 0) {
        diff->kind = kind;
        snprintf(diff->path, sizeof(diff->path), "%s", diff->at);
    }
}


/* One name deeper; returns where to come back to. */
static size_t
enter(ep_diff_t *diff, const char *name)
{
    size_t n = strlen(diff->at);

    snprintf(diff->at + n, sizeof(diff->at) - n, "/%s", name);
    return n;
}


static ep_rc_t
read_block(void *ctx, const void **block, size_t *n, ep_err_t *err)
{
    reader_t *reader = ctx;
    ssize_t got;

    do {
        got =
            pread(reader->fd, reader->block, sizeof(reader->block), reader->at);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return ep_err_errno(err, "file-read", "cannot read " EP_BUNDLE);
    }
    reader->at += got;
    *block = reader->block;
    *n = (size_t) got;
    return EP_OK;
}


static ep_rc_t
digest_members(ep_tar_t *tar, EVP_MD_CTX *md, ep_err_t *err)
{
    ep_tar_member_t member;
    ep_rc_t rc;

    while ((rc = ep_tar_next(tar, &member, err)) == EP_OK) {
        const char *link = member.link != NULL ? member.link : "";
        const void *p;
        size_t n;

        EVP_DigestUpdate(md, &member.kind, sizeof(member.kind));
        EVP_DigestUpdate(md, &member.size, sizeof(member.size));
        EVP_DigestUpdate(md, member.path, strlen(member.path) + 1);
        EVP_DigestUpdate(md, link, strlen(link) + 1);
        while ((rc = ep_tar_data(tar, &p, &n, err)) == EP_OK) {
            EVP_DigestUpdate(md, p, n);
        }
        if (rc != EP_ENOTFOUND) {
            return rc;
        }
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


/* What is in a kpatch.tgz, whatever packed it. */
static ep_rc_t
digest_bundle(int fd, uint8_t out[EP_SHA256_SIZE], ep_err_t *err)
{
    EP_CLEANUP(ep_tar_closep) ep_tar_t *tar = NULL;
    reader_t reader = { .fd = fd };
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    ep_rc_t rc;

    if (md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1) {
        EVP_MD_CTX_free(md);
        return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    }
    rc = ep_tar_open(read_block, &reader, &tar, err);
    if (rc == EP_OK) {
        rc = digest_members(tar, md, err);
    }
    if (rc == EP_OK) {
        EVP_DigestFinal_ex(md, out, NULL);
    }
    EVP_MD_CTX_free(md);
    return rc;
}


/* Bundles that were made here by another zlib have other bytes and the same
 * files. */
static ep_rc_t
same_bundle(int a, int b, bool *same, ep_err_t *err)
{
    uint8_t left[EP_SHA256_SIZE], right[EP_SHA256_SIZE];
    ep_err_t broken = { 0 };
    ep_rc_t rc = digest_bundle(a, left, err);

    if (rc == EP_OK) {
        *same = digest_bundle(b, right, &broken) == EP_OK
                && memcmp(left, right, sizeof(left)) == 0;
    }
    return rc;
}


static ep_rc_t
compare_file(int a_dir, int b_dir, const char *name, ep_diff_t *diff,
             ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int a = openat(a_dir, name, FILE_FLAGS);
    EP_CLEANUP(ep_closep) int b = openat(b_dir, name, FILE_FLAGS);
    bool same = true;
    ep_rc_t rc;

    if (a < 0) {
        return ep_err_errno(err, "file-open", "cannot open %s", name);
    }
    if (b < 0) {
        note(diff, "unreadable-file");
        return EP_OK;
    }
    rc = ep_files_compare(a, b, &same, err);
    if (rc == EP_OK && !same && strcmp(name, EP_BUNDLE) == 0) {
        rc = same_bundle(a, b, &same, err);
    }
    if (rc == EP_OK && !same) {
        note(diff, "wrong-bytes");
    }
    return rc;
}


static ep_rc_t compare_dir(int a, int b, ep_diff_t *diff, ep_err_t *err);


static ep_rc_t
compare_entry(int a_dir, int b_dir, const char *name, ep_diff_t *diff,
              ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int a = -1;
    EP_CLEANUP(ep_closep) int b = -1;
    struct stat a_st, b_st;

    if (fstatat(a_dir, name, &a_st, AT_SYMLINK_NOFOLLOW) != 0) {
        return ep_err_errno(err, "file-open", "cannot look at %s", name);
    }
    if (fstatat(b_dir, name, &b_st, AT_SYMLINK_NOFOLLOW) != 0) {
        note(diff,
             S_ISDIR(a_st.st_mode) ? "missing-directory" : "missing-file");
        return EP_OK;
    }
    if ((a_st.st_mode & S_IFMT) != (b_st.st_mode & S_IFMT)) {
        note(diff, "wrong-type");
        return EP_OK;
    }
    if (!S_ISDIR(a_st.st_mode)) {
        return compare_file(a_dir, b_dir, name, diff, err);
    }
    a = openat(a_dir, name, DIR_FLAGS);
    b = openat(b_dir, name, DIR_FLAGS);
    if (a < 0) {
        return ep_err_errno(err, "file-open", "cannot open %s", name);
    }
    if (b < 0) {
        note(diff, "unreadable-directory");
        return EP_OK;
    }
    return compare_dir(a, b, diff, err);
}


/* Both directions: what is not in b, or other; and what only b has. */
static ep_rc_t
compare_names(int a, int b, int which, ep_diff_t *diff, ep_err_t *err)
{
    int copy = openat(which, ".", DIR_FLAGS);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *entry;
    ep_rc_t rc = EP_OK;

    if (dir == NULL) {
        ep_closep(&copy);
        return ep_err_errno(err, "dir-read", "cannot read a directory");
    }
    while (rc == EP_OK && (entry = readdir(dir)) != NULL) {
        size_t back;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
        {
            continue;
        }
        back = enter(diff, entry->d_name);
        if (which == a) {
            rc = compare_entry(a, b, entry->d_name, diff, err);
        } else if (faccessat(a, entry->d_name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        {
            note(diff, "extra-file");
        }
        diff->at[back] = '\0';
    }
    closedir(dir);
    return rc;
}


static ep_rc_t
compare_dir(int a, int b, ep_diff_t *diff, ep_err_t *err)
{
    ep_rc_t rc = compare_names(a, b, a, diff, err);

    return rc == EP_OK ? compare_names(a, b, b, diff, err) : rc;
}


/* One directory deeper. make: as it should be, whatever was there. */
static ep_rc_t
descend(const ep_import_t *import, int *dir_fd, const char *name, bool make,
        ep_err_t *err)
{
    int fd = openat(*dir_fd, name, DIR_FLAGS);

    if (fd < 0 && make && (errno == ENOTDIR || errno == ELOOP)) {
        ep_tree_remove(import->stage_fd, REPLACED, NULL);
        if (renameat(*dir_fd, name, import->stage_fd, REPLACED) == 0) {
            errno = ENOENT;
        }
    }
    if (fd < 0 && make && errno == ENOENT) {
        if (mkdirat(*dir_fd, name, 0775) == 0) {
            fd = openat(*dir_fd, name, DIR_FLAGS);
        }
        if (fd >= 0 && fchmod(fd, 02775) != 0) {
            ep_closep(&fd);
        }
    }
    if (fd < 0) {
        return ep_err_errno(err, "dir-open", "cannot open directory %s", name);
    }
    close(*dir_fd);
    *dir_fd = fd;
    return EP_OK;
}


/* The directory in the tree that a path lies in, and its last name. */
static ep_rc_t
parent_of(const ep_import_t *import, const char *path, bool make, int *out,
          char name[NAME_MAX + 1], ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = openat(import->tree_fd, ".", DIR_FLAGS);
    ep_str_t rest = ep_str(path), part;
    ep_rc_t rc = EP_OK;

    if (fd < 0) {
        return ep_err_errno(err, "dir-open", "cannot open a directory");
    }
    while (rc == EP_OK && ep_str_cut(rest, '/', &part, &rest)) {
        ep_str_copy(part, name, NAME_MAX + 1);
        rc = descend(import, &fd, name, make, err);
    }
    if (rc == EP_OK) {
        ep_str_copy(part, name, NAME_MAX + 1);
        *out = fd;
        fd = -1;
    }
    return rc;
}


/* The same in the stage, where no links are. */
static ep_rc_t
stage_parent(const ep_import_t *import, const char *path, int *out,
             ep_err_t *err)
{
    char dir[PATH_MAX];

    ep_str_copy(ep_str(path), dir, sizeof(dir));
    *strrchr(dir, '/') = '\0';
    *out = openat(import->stage_fd, dir, DIR_FLAGS);
    return *out >= 0 ? EP_OK
                     : ep_err_errno(err, "dir-open", "cannot open %s", dir);
}


ep_rc_t
ep_doctor_compare(const ep_import_t *import, const char *path, ep_diff_t *diff,
                  ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int a = -1;
    EP_CLEANUP(ep_closep) int b = -1;
    char name[NAME_MAX + 1];
    ep_err_t none = { 0 };
    ep_rc_t rc;

    diff->kind = NULL;
    diff->count = 0;
    snprintf(diff->at, sizeof(diff->at), "%s", path);
    rc = parent_of(import, path, false, &b, name, &none);
    if (rc != EP_OK) {
        note(diff,
             rc == EP_ENOTFOUND ? "missing-directory" : "unreadable-directory");
        return EP_OK;
    }
    rc = stage_parent(import, path, &a, err);
    return rc == EP_OK ? compare_entry(a, b, name, diff, err) : rc;
}


ep_rc_t
ep_doctor_put_back(const ep_import_t *import, const char *path, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int from = -1;
    EP_CLEANUP(ep_closep) int to = -1;
    char name[NAME_MAX + 1];
    int failed;
    ep_rc_t rc = parent_of(import, path, true, &to, name, err);

    if (rc == EP_OK) {
        rc = stage_parent(import, path, &from, err);
    }
    if (rc != EP_OK) {
        return rc;
    }
    failed = renameat2(from, name, to, name, RENAME_EXCHANGE);
    if (failed == 0) {
        /* Best effort: the whole stage goes at the end. */
        ep_tree_remove(from, name, NULL);
        return EP_OK;
    }
    if (errno == EINVAL || errno == ENOSYS) { /* the file system cannot */
        ep_tree_remove(import->stage_fd, REPLACED, NULL);
        failed = renameat(to, name, import->stage_fd, REPLACED);
    }
    if (failed == 0 || errno == ENOENT) {
        failed = renameat(from, name, to, name);
    }
    return failed == 0 ? EP_OK
                       : ep_err_errno(err, "file-rename",
                                      "cannot move %s into place", path);
}
