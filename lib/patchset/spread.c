/*
 * Unpacking an archive for a patch source: see eportal/patchset.h. The way of
 * an import without a database, and a line of metadata for each level.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "patchset/import.h"
#include "patchset/kpatch_info.h"
#include "patchset/levels.h"
#include "patchset/nameset.h"

#define INFO_FILE "kpatch.info"
#define CVES_MAX 100000

typedef struct {
    ep_import_t *import;
    int out_fd;
    ep_buf_t text; /* of the line, or of a kpatch.info */
    ep_buf_t info;
    ep_arena_t *arena;  /* of a line */
    ep_outer_t **outer; /* sorted */
    ep_remote_file_t *files;
    size_t n_files, cap_files;
    ep_str_t *cves;
    size_t n_cves, cap_cves;
    ep_nameset_t seen; /* of those CVEs */
} spread_t;


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
}


static int
by_path(const void *a, const void *b)
{
    const ep_remote_file_t *x = a, *y = b;

    return strcmp(x->path.p, y->path.p);
}


static int
outer_order(const void *a, const void *b)
{
    const ep_outer_t *const *x = a, *const *y = b;

    return strcmp((*x)->path, (*y)->path);
}


/* Note a file of the line: its path there, size and hash. */
static ep_rc_t
note_file(spread_t *s, int fd, const char *path, const struct stat *st,
          ep_err_t *err)
{
    ep_remote_file_t *file;

    if (!ep_level_path_good(ep_str(path))) {
        return EP_OK; /* nobody can ask for it */
    }
    if (s->n_files == s->cap_files) {
        size_t cap = s->cap_files > 0 ? s->cap_files * 2 : 64;
        ep_remote_file_t *files =
            reallocarray(s->files, cap, sizeof(*s->files));

        if (files == NULL) {
            return no_memory(err);
        }
        s->files = files;
        s->cap_files = cap;
    }
    file = &s->files[s->n_files];
    file->path =
        (ep_str_t){ ep_arena_strdup(s->arena, ep_str(path)), strlen(path) };
    file->size = st->st_size;
    if (file->path.p == NULL) {
        return no_memory(err);
    }
    s->n_files++;
    return ep_source_sha256(fd, file->sha256, err);
}


/* Everything below a directory; prefix is its path in the level. */
static ep_rc_t
note_dir(spread_t *s, int dir_fd, const char *prefix, int depth, ep_err_t *err)
{
    int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *entry;
    ep_rc_t rc = EP_OK;

    if (dir == NULL) {
        ep_closep(&copy);
        return ep_err_errno(err, "dir-read", "cannot read a level");
    }
    while (rc == EP_OK && (entry = readdir(dir)) != NULL) {
        EP_CLEANUP(ep_closep) int fd = -1;
        char path[PATH_MAX];
        struct stat st;

        if (entry->d_name[0] == '.'
            || snprintf(path, sizeof(path), "%s%s%s", prefix,
                        prefix[0] != '\0' ? "/" : "", entry->d_name)
                   >= (int) sizeof(path))
        {
            continue; /* nobody can ask for it */
        }
        fd = openat(dir_fd, entry->d_name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) != 0) {
            rc = ep_err_errno(err, "file-open", "cannot open %s", path);
        } else if (S_ISREG(st.st_mode)) {
            rc = note_file(s, fd, path, &st, err);
        } else if (S_ISDIR(st.st_mode) && depth < EP_LEVEL_DEPTH_MAX) {
            rc = note_dir(s, fd, path, depth + 1, err);
        }
    }
    closedir(dir);
    return rc;
}


static ep_rc_t
note_cve(ep_str_t cve, void *ctx, ep_err_t *err)
{
    spread_t *s = ctx;
    uint64_t hash = ep_nameset_hash(0, cve);
    ep_rc_t rc;

    if (ep_nameset_get(&s->seen, hash) != 0) {
        return EP_OK;
    }
    rc = ep_nameset_add(&s->seen, hash, 1, err);
    if (rc == EP_OK && s->n_cves == s->cap_cves) {
        size_t cap = s->cap_cves > 0 ? s->cap_cves * 2 : 64;
        ep_str_t *cves = reallocarray(s->cves, cap, sizeof(*s->cves));

        if (cves == NULL) {
            return no_memory(err);
        }
        s->cves = cves;
        s->cap_cves = cap;
    }
    if (rc == EP_OK) {
        s->cves[s->n_cves++] = cve; /* in s->info, which stays */
    }
    return rc;
}


/* What the level's kpatch.info tells, if it has one. */
static ep_rc_t
read_info(spread_t *s, int dir_fd, ep_level_line_t *line, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int fd = -1;
    ep_kpatch_info_t info = { EP_STR_NULL, EP_STR_NULL };
    struct stat st;
    ep_rc_t rc;

    fd = openat(dir_fd, INFO_FILE,
                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ep_buf_reset(&s->info);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return EP_OK;
    }
    if (ep_buf_reserve(&s->info, (size_t) st.st_size) != EP_OK) {
        return ep_err_set(err, EP_EINVAL, "bad-archive",
                          "%s: a kpatch.info is larger than %d bytes",
                          s->import->archive, EP_KPATCH_INFO_MAX);
    }
    while (s->info.n < (size_t) st.st_size) {
        ssize_t n =
            read(fd, s->info.p + s->info.n, (size_t) st.st_size - s->info.n);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return ep_err_errno(err, "file-read", "cannot read a kpatch.info");
        }
        s->info.n += (size_t) n;
    }
    rc = ep_kpatch_info_parse(ep_buf_str(&s->info), &info, note_cve, s, err);
    line->distro = info.distro;
    line->uname = info.uname;
    return rc;
}


static ep_rc_t
write_all(int fd, ep_str_t text, ep_err_t *err)
{
    while (text.n > 0) {
        ssize_t n = write(fd, text.p, text.n);

        if (n < 0 && errno != EINTR) {
            return ep_err_errno(err, "file-write", "cannot write metadata");
        }
        text.p += n > 0 ? n : 0;
        text.n -= n > 0 ? (size_t) n : 0;
    }
    return EP_OK;
}


static ep_rc_t
put_line(spread_t *s, ep_level_line_t *line, ep_err_t *err)
{
    ep_buf_reset(&s->text);
    if (s->n_files > 0) {
        qsort(s->files, s->n_files, sizeof(*s->files), by_path);
    }
    line->files = s->files;
    line->n_files = s->n_files;
    line->cves = s->cves;
    line->n_cves = s->n_cves;
    if (ep_level_line_write(&s->text, line) != EP_OK) {
        return ep_err_set(err, EP_EINVAL, "bad-archive",
                          "%s: a level has too many files or CVEs for a line "
                          "of metadata",
                          s->import->archive);
    }
    return write_all(s->out_fd, ep_buf_str(&s->text), err);
}


static ep_rc_t
begin_line(spread_t *s, ep_err_t *err)
{
    ep_arena_reset(s->arena);
    s->n_files = s->n_cves = 0;
    ep_nameset_free(&s->seen);
    return ep_nameset_init(&s->seen, CVES_MAX, err);
}


static ep_rc_t
put_unit(spread_t *s, const ep_unit_t *unit, ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int dir_fd = -1;
    ep_level_line_t line = { .level = unit->level };
    char path[EP_OBJECT_HEX + 24];
    ep_rc_t rc = begin_line(s, err);

    memcpy(line.object, unit->object, EP_OBJECT_SIZE);
    ep_unit_path(unit->object, unit->level, path);
    dir_fd = openat(s->import->tree_fd, path,
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir_fd < 0) {
        return ep_err_errno(err, "dir-read", "cannot open %s", path);
    }
    if (rc == EP_OK) {
        rc = note_dir(s, dir_fd, "", 0, err);
    }
    if (rc == EP_OK) {
        rc = read_info(s, dir_fd, &line, err);
    }
    return rc == EP_OK ? put_line(s, &line, err) : rc;
}


/* The files outside of levels of one object, from *i on. */
static ep_rc_t
put_outer(spread_t *s, size_t *i, ep_err_t *err)
{
    const ep_outer_t *first = s->outer[*i];
    ep_level_line_t line = { .level = 0 };
    ep_rc_t rc = begin_line(s, err);

    memcpy(line.object, first->object, EP_OBJECT_SIZE);
    for (; rc == EP_OK && *i < s->import->n_outer
           && memcmp(s->outer[*i]->object, first->object, EP_OBJECT_SIZE) == 0;
         (*i)++)
    {
        EP_CLEANUP(ep_closep)
        int fd = openat(s->import->tree_fd, s->outer[*i]->path,
                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) != 0) {
            return ep_err_errno(err, "file-open", "cannot open %s",
                                s->outer[*i]->path);
        }
        rc = note_file(s, fd, s->outer[*i]->path + EP_OBJECT_HEX + 1, &st, err);
    }
    return rc == EP_OK && s->n_files > 0 ? put_line(s, &line, err) : rc;
}


/* All lines, an object's files outside of levels before its levels. */
static ep_rc_t
put_lines(spread_t *s, ep_err_t *err)
{
    const ep_import_t *import = s->import;
    size_t at = 0;
    ep_rc_t rc;

    ep_buf_reset(&s->text);
    rc = ep_level_head_write(&s->text, import->name.name);
    rc = rc == EP_OK ? write_all(s->out_fd, ep_buf_str(&s->text), err) : rc;
    for (size_t i = 0; rc == EP_OK && i < import->n_units; i++) {
        while (rc == EP_OK && at < import->n_outer
               && memcmp(s->outer[at]->object, import->units[i].object,
                         EP_OBJECT_SIZE)
                      <= 0)
        {
            rc = put_outer(s, &at, err);
        }
        rc = rc == EP_OK ? put_unit(s, &import->units[i], err) : rc;
    }
    while (rc == EP_OK && at < import->n_outer) {
        rc = put_outer(s, &at, err);
    }
    return rc;
}


ep_rc_t
ep_import_describe(ep_import_t *import, int out_fd, ep_err_t *err)
{
    spread_t s = { .import = import, .out_fd = out_fd };
    size_t n = 0;
    ep_rc_t rc = EP_OK;

    ep_buf_init(&s.text, EP_LEVEL_LINE_MAX - 1);
    ep_buf_init(&s.info, EP_KPATCH_INFO_MAX);
    s.arena = ep_arena_new();
    s.outer = calloc(import->n_outer + 1, sizeof(*s.outer));
    if (s.arena == NULL || s.outer == NULL) {
        rc = no_memory(err);
    }
    if (rc == EP_OK) {
        for (ep_outer_t *o = import->outer; o != NULL; o = o->next) {
            s.outer[n++] = o;
        }
        qsort(s.outer, n, sizeof(*s.outer), outer_order);
        qsort(import->units, import->n_units, sizeof(*import->units),
              ep_unit_order);
        rc = put_lines(&s, err);
    }
    ep_nameset_free(&s.seen);
    ep_arena_free(s.arena);
    ep_buf_free(&s.text);
    ep_buf_free(&s.info);
    free(s.outer);
    free(s.files);
    free(s.cves);
    return rc;
}


static ep_rc_t
spread(ep_import_t *import, int out_fd, ep_err_t *err)
{
    ep_rc_t rc = ep_stage_open(import, err);

    if (rc == EP_OK) {
        rc = ep_archive_unpack(import, err);
    }
    if (rc == EP_OK && import->n_units == 0) {
        rc = ep_err_set(err, EP_EINVAL, "bad-archive", "%s holds no level",
                        import->archive);
    }
    if (rc == EP_OK) {
        rc = ep_import_compare(import, err);
    }
    if (rc == EP_OK) {
        rc = ep_bundles_make(import, err);
    }
    if (rc == EP_OK) {
        rc = ep_import_place(import, err);
    }
    if (rc == EP_OK) {
        rc = ep_import_describe(import, out_fd, err);
    }
    ep_stage_close(import);
    return rc;
}


ep_rc_t
ep_archive_spread(const ep_config_t *cfg, const ep_deploy_t *archive,
                  int dir_fd, int out_fd, ep_err_t *err)
{
    ep_import_t *import;
    const char *tree;
    ep_rc_t rc = ep_import_new(NULL, archive, &import, err);

    if (rc != EP_OK) {
        return rc;
    }
    import->cfg = cfg;
    tree = ep_tree_name(import->userspace);
    rc = ep_patchset_parse_archive(ep_str(archive->path), &import->name, err);
    if (rc == EP_OK
        && (mkdirat(dir_fd, tree, 0755) == 0
                ? fchmodat(dir_fd, tree, 0755, 0) != 0
                : errno != EEXIST))
    {
        rc = ep_err_errno(err, "dir-create", "cannot make %s", tree);
    }
    if (rc == EP_OK) {
        import->arch_fd = dup(dir_fd);
        import->tree_fd =
            openat(dir_fd, tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        rc = import->arch_fd >= 0 && import->tree_fd >= 0
                 ? spread(import, out_fd, err)
                 : ep_err_errno(err, "dir-open", "cannot open %s", tree);
    }
    ep_import_free(import);
    return rc;
}
