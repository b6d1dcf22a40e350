/*
 * Unpacking an archive: every member is judged, and one that could do harm
 * refuses the whole archive, wherever it lies. What is unpacked is every
 * regular file under a directory of 40 hex digits, at its path from there
 * (protocol.md 4.2-6).
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/tar.h"
#include "patchset/import.h"
#include "patchset/nameset.h"

#define PATH_BYTES 1024
#define DEPTH_MAX 32
#define RATIO_FREE (64 * 1024 * 1024) /* the ratio says nothing below */
#define SETUID_SETGID 06000
#define SETUID 04000

typedef struct {
    ep_str_t part[DEPTH_MAX];
    size_t n;
    size_t object; /* index of the object's part, n when there is none */
    ep_str_t path; /* from the object on; empty when there is none */
    char text[PATH_BYTES + 1]; /* what the views point into */
} path_t;

enum { FILE_MARK = 1, LINK_MARK, DIR_MARK };

typedef struct {
    ep_import_t *import;
    ep_source_t *source;
    ep_tar_t *tar;
    ep_nameset_t names; /* every name of the archive, for duplicates */
    int64_t members;
    int64_t max_size, max_files, max_ratio;
} unpack_t;


static ep_rc_t
refuse(const char *name, const char *why, ep_err_t *err)
{
    char shown[201];
    size_t n = 0;

    for (; n < sizeof(shown) - 1 && name[n] != '\0'; n++) {
        shown[n] = name[n] >= 0x20 && name[n] < 0x7f ? name[n] : '?';
    }
    shown[n] = '\0';
    return ep_err_set(err, EP_EINVAL, "bad-archive", "member \"%s\" %s", shown,
                      why);
}


/* Split a name into its parts, without "." and empty ones. Returns NULL, or
 * why it cannot be allowed. */
static const char *
split(const char *name, path_t *out)
{
    ep_str_t rest, part;

    out->n = 0;
    if (name[0] == '\0') {
        return "has no readable name";
    }
    if (name[0] == '/') {
        return "has an absolute name";
    }
    if (!ep_str_copy(ep_str(name), out->text, sizeof(out->text))) {
        return "has a name of more than 1024 bytes";
    }
    if (!ep_str_is_text(ep_str(name), false) || strchr(name, '\t') != NULL) {
        return "has control characters in its name, or is not UTF-8";
    }
    for (rest = ep_str(out->text); rest.n > 0;) {
        ep_str_cut(rest, '/', &part, &rest);
        if (part.n == 0 || ep_str_eq(part, EP_STR("."))) {
            continue;
        }
        if (ep_str_eq(part, EP_STR(".."))) {
            return "has \"..\" in its name";
        }
        if (part.n > NAME_MAX) {
            return "has a part of more than 255 bytes in its name";
        }
        if (out->n == DEPTH_MAX) {
            return "lies in too many directories";
        }
        out->part[out->n++] = part;
    }
    return NULL;
}


static bool
is_decimal(ep_str_t s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') {
            return false;
        }
    }
    return s.n > 0;
}


/* Find the object that a name lies in: its first part of 40 hex digits that
 * is a directory. Joins the parts from there to path, in place. */
static const char *
locate(path_t *p, bool is_dir)
{
    size_t parts = is_dir ? p->n : p->n - 1;
    char *to;
    int32_t level;

    p->path = EP_STR_NULL;
    for (p->object = 0; p->object < parts; p->object++) {
        if (ep_str_is_hex(p->part[p->object], EP_OBJECT_HEX)) {
            break;
        }
    }
    if (p->object == parts) {
        p->object = p->n;
        return NULL;
    }
    for (size_t i = 0; i < EP_OBJECT_HEX; i++) {
        char c = p->part[p->object].p[i];

        if (c >= 'A' && c <= 'F') {
            return "has upper-case hex digits in its object's name";
        }
    }
    if (p->object + 1 < p->n && is_decimal(p->part[p->object + 1])
        && (p->object + 1 == parts
            || !ep_level_parse(p->part[p->object + 1], &level)))
    {
        return "has no proper level: a level is a directory named by a "
               "number from 1 to 2147483647 without leading zeros";
    }
    to = p->text + (p->part[p->object].p - p->text);
    for (size_t i = p->object; i < p->n; i++) {
        memmove(to, p->part[i].p, p->part[i].n);
        p->part[i].p = to;
        to += p->part[i].n;
        *to++ = '/';
    }
    to[-1] = '\0';
    p->path = ep_str(p->part[p->object].p);
    return NULL;
}


/* Note a name and its directories: a second one of the same name, and one
 * that goes through a link or a file, are refused. */
static ep_rc_t
note(unpack_t *u, const char *name, const path_t *p, unsigned mark,
     ep_err_t *err)
{
    uint64_t hash = 0;
    ep_rc_t rc = EP_OK;

    for (size_t i = 0; rc == EP_OK && i < p->n; i++) {
        bool last = i + 1 == p->n;
        unsigned is, want = last ? mark : DIR_MARK;

        hash = ep_nameset_hash(hash, p->part[i]);
        is = ep_nameset_get(&u->names, hash);
        if (is == 0) {
            rc = ep_nameset_add(&u->names, hash, want, err);
        } else if (is == DIR_MARK && want == DIR_MARK) {
            continue;
        } else if (last) {
            return refuse(name, "is in it twice", err);
        } else {
            return refuse(name,
                          is == LINK_MARK ? "goes through a symbolic link"
                                          : "lies in what is a file",
                          err);
        }
    }
    return rc;
}


/* Whether a symbolic link at p may point to target: inside the archive. */
static bool
stays_inside(const path_t *p, const char *target)
{
    ep_str_t rest = ep_str(target), part;
    size_t depth = p->n > 0 ? p->n - 1 : 0;

    if (target[0] == '/' || target[0] == '\0') {
        return false;
    }
    while (rest.n > 0) {
        ep_str_cut(rest, '/', &part, &rest);
        if (part.n == 0 || ep_str_eq(part, EP_STR("."))) {
            continue;
        }
        if (ep_str_eq(part, EP_STR(".."))) {
            if (depth == 0) {
                return false;
            }
            depth--;
        } else {
            depth++;
        }
    }
    return true;
}


/* What the portal answers by itself: latest, latest.v*, version. */
static bool
is_pointer(const path_t *p)
{
    ep_str_t name;

    if (p->n != p->object + 2) {
        return false;
    }
    name = p->part[p->object + 1];
    return ep_str_eq(name, EP_STR("latest"))
           || ep_str_starts(name, EP_STR("latest.v"))
           || ep_str_eq(name, EP_STR("version"));
}


static ep_rc_t
check_bombs(unpack_t *u, const char *name, ep_err_t *err)
{
    int64_t unpacked = ep_tar_unpacked(u->tar);
    int64_t packed = ep_source_position(u->source);

    if (unpacked > u->max_size) {
        return refuse(name, "makes it larger than ARCHIVE_MAX_SIZE allows",
                      err);
    }
    if (unpacked > RATIO_FREE && unpacked / u->max_ratio > packed) {
        return refuse(name,
                      "unpacks to more times its size than "
                      "ARCHIVE_MAX_RATIO allows",
                      err);
    }
    return EP_OK;
}


static ep_rc_t
write_data(int fd, const char *p, size_t n, const char *name, ep_err_t *err)
{
    while (n > 0) {
        ssize_t written = write(fd, p, n);

        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            return ep_err_errno(err, "file-write", "cannot unpack %.200s",
                                name);
        }
        p += written;
        n -= (size_t) written;
    }
    return EP_OK;
}


/* Unpack the member's bytes, or only read them when fd is -1: they count all
 * the same. */
static ep_rc_t
take_data(unpack_t *u, const ep_tar_member_t *member, int fd, ep_err_t *err)
{
    ep_err_t failed = { 0 };
    const void *p;
    size_t n;
    ep_rc_t rc;

    while ((rc = ep_tar_data(u->tar, &p, &n, &failed)) == EP_OK) {
        rc = check_bombs(u, member->path, err);
        if (rc == EP_OK && fd >= 0) {
            rc = write_data(fd, p, n, member->path, err);
        }
        if (rc != EP_OK) {
            return rc;
        }
    }
    if (rc == EP_EINVAL) {
        return refuse(member->path, failed.msg, err);
    }
    return rc == EP_ENOTFOUND
               ? EP_OK
               : ep_err_set(err, rc, failed.code, "%s", failed.msg);
}


static ep_rc_t
take_file(unpack_t *u, const ep_tar_member_t *member, const path_t *p,
          ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = -1;
    ep_rc_t rc = EP_OK;

    if (member->mode & SETUID_SETGID) {
        return refuse(member->path, "is setuid or setgid", err);
    }
    if (member->sparse) {
        return refuse(member->path, "is a sparse file", err);
    }
    if (p->path.n > 0 && !is_pointer(p)) {
        rc = ep_stage_file(u->import, p->path, &fd, err);
    }
    return rc == EP_OK ? take_data(u, member, fd, err) : rc;
}


static ep_rc_t
take_hardlink(unpack_t *u, const ep_tar_member_t *member, const path_t *p,
              ep_err_t *err)
{
    const char *why;
    path_t target;
    ep_err_t failed = { 0 };
    ep_rc_t rc;

    if (member->link == NULL || split(member->link, &target) != NULL
        || target.n == 0)
    {
        return refuse(member->path, "is a link out of the archive", err);
    }
    why = locate(&target, false);
    if (why != NULL || p->path.n == 0 || is_pointer(p)) {
        return why != NULL ? refuse(member->path, why, err) : EP_OK;
    }
    if (target.path.n == 0) {
        return refuse(member->path, "is a link to what is not unpacked", err);
    }
    rc = ep_stage_link(u->import, p->path, target.path, &failed);
    if (rc == EP_ENOTFOUND) {
        return refuse(member->path, "is a link to what is not unpacked", err);
    }
    return rc == EP_OK ? rc
                       : ep_err_set(err, rc, failed.code, "%s", failed.msg);
}


static ep_rc_t
take_member(unpack_t *u, const ep_tar_member_t *member, ep_err_t *err)
{
    static const unsigned marks[] = { [EP_TAR_FILE] = FILE_MARK,
                                      [EP_TAR_DIR] = DIR_MARK,
                                      [EP_TAR_SYMLINK] = LINK_MARK,
                                      [EP_TAR_HARDLINK] = FILE_MARK };
    bool is_dir = member->kind == EP_TAR_DIR;
    const char *why;
    path_t p;
    ep_rc_t rc;

    why = split(member->path, &p);
    if (why == NULL && member->kind == EP_TAR_OTHER) {
        why = "is a device, fifo or socket";
    }
    if (why == NULL && p.n == 0) {
        if (is_dir) {
            return EP_OK; /* "./" */
        }
        why = "has no readable name";
    }
    if (why == NULL && is_dir && member->mode & SETUID) {
        why = "is setuid or setgid";
    }
    if (why != NULL) {
        return refuse(member->path, why, err);
    }
    rc = note(u, member->path, &p, marks[member->kind], err);
    if (rc != EP_OK) {
        return rc;
    }
    if (member->kind == EP_TAR_SYMLINK) {
        return member->link != NULL && stays_inside(&p, member->link)
                   ? EP_OK
                   : refuse(member->path, "is a link out of the archive", err);
    }
    why = locate(&p, is_dir);
    if (why != NULL) {
        return refuse(member->path, why, err);
    }
    if (is_dir) {
        return EP_OK;
    }
    return member->kind == EP_TAR_FILE ? take_file(u, member, &p, err)
                                       : take_hardlink(u, member, &p, err);
}


static ep_rc_t
take_all(unpack_t *u, ep_err_t *err)
{
    ep_tar_member_t member;
    ep_rc_t rc;

    while ((rc = ep_tar_next(u->tar, &member, err)) == EP_OK) {
        if (++u->members > u->max_files) {
            return refuse(member.path,
                          "is one more than ARCHIVE_MAX_FILES allows", err);
        }
        rc = check_bombs(u, member.path, err);
        if (rc == EP_OK) {
            rc = take_member(u, &member, err);
        }
        if (rc != EP_OK) {
            return rc;
        }
    }
    if (rc != EP_ENOTFOUND) {
        return rc;
    }
    if (ep_tar_is_plain(u->tar) && !ep_source_zero_end(u->source)) {
        return ep_err_set(err, EP_EINVAL, "bad-archive",
                          "it is cut short: the end of the tar is missing");
    }
    if (u->import->n_units == 0 && u->import->n_outer == 0) {
        return ep_err_set(err, EP_EINVAL, "bad-archive",
                          "it holds no file in a directory named by a "
                          "kernel hash or build ID (40 hex digits)");
    }
    return EP_OK;
}


static ep_rc_t
unpack(unpack_t *u, ep_err_t *err)
{
    const ep_config_t *cfg = u->import->cfg;
    ep_err_t failed = { 0 };
    ep_rc_t rc;

    u->max_size = ep_config_int(cfg, EP_ARCHIVE_MAX_SIZE);
    u->max_files = ep_config_int(cfg, EP_ARCHIVE_MAX_FILES);
    u->max_ratio = ep_config_int(cfg, EP_ARCHIVE_MAX_RATIO);
    u->max_ratio = u->max_ratio < 1 ? 1 : u->max_ratio;
    /* directories that are only implied count too */
    rc = ep_nameset_init(&u->names, (size_t) u->max_files * 2 + DEPTH_MAX, err);
    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_tar_open(ep_source_read, u->source, &u->tar, &failed);
    if (rc == EP_OK) {
        rc = take_all(u, &failed);
    }
    if (rc == EP_EINVAL || rc == EP_ELIMIT) {
        return ep_err_set(err, EP_EINVAL, "bad-archive", "%s: %s",
                          u->import->archive, failed.msg);
    }
    return rc == EP_OK ? rc
                       : ep_err_set(err, rc, failed.code, "%s", failed.msg);
}


ep_rc_t
ep_archive_unpack(ep_import_t *import, ep_err_t *err)
{
    unpack_t u = { .import = import };
    ep_rc_t rc = ep_source_open(import, &u.source, err);

    if (rc == EP_OK) {
        rc = unpack(&u, err);
    }
    if (rc == EP_OK) {
        rc = ep_source_finish(u.source, import, err);
    }
    ep_tar_closep(&u.tar);
    ep_nameset_free(&u.names);
    ep_source_closep(&u.source);
    ep_closep(&import->dir_fd);
    return rc;
}
