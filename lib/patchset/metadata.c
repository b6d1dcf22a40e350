/*
 * Importing a patchset's metadata: see eportal/patchset.h. Its rows are
 * written in pieces under a patchset that is not published, like those of an
 * archive, and one small transaction makes them count.
 */

#include <fcntl.h>
#include <unistd.h>

#include <eportal/audit.h>

#include "patchset/import.h"
#include "patchset/levels.h"
#include "patchset/nameset.h"

#define PIECE 400 /* rows of one transaction */
#define CVES_MAX 1000000
#define DISTROS_MAX 1000

typedef struct {
    ep_portal_t *portal;
    ep_patchset_name_t name;
    bool userspace;
    int64_t patchset_id;
    int rows;          /* in the open transaction, 0 when none is */
    ep_arena_t *arena; /* of a line */
    ep_nameset_t cves;
    ep_buf_t distros;
    uint8_t last[EP_OBJECT_SIZE]; /* object that was counted last */
    int64_t objects;
    int64_t files, max_files;
} metadata_t;


static ep_rc_t
begin(metadata_t *m, ep_err_t *err)
{
    if (m->rows++ > 0) {
        return EP_OK;
    }
    return ep_portal_write_begin(m->portal, false, err);
}


static ep_rc_t
end(metadata_t *m, int at, ep_err_t *err)
{
    if (m->rows <= at) {
        return EP_OK;
    }
    m->rows = 0;
    return ep_portal_write_commit(m->portal, err);
}


static ep_rc_t
add_file(metadata_t *m, const ep_level_line_t *line, int64_t object_id,
         const ep_remote_file_t *file, ep_err_t *err)
{
    ep_rc_t rc = begin(m, err);

    if (++m->files > m->max_files) {
        return ep_err_set(err, EP_EINVAL, "bad-metadata",
                          "it has more files than ARCHIVE_MAX_FILES allows");
    }
    if (rc == EP_OK && line->level == 0) {
        m->rows++;
        rc = ep_object_add_file(m->portal, m->patchset_id, object_id,
                                file->path, err);
    }
    if (rc == EP_OK) {
        rc = ep_remote_add(m->portal, m->patchset_id, object_id, line->level,
                           file, err);
    }
    return rc == EP_OK ? end(m, PIECE, err) : rc;
}


static ep_rc_t
add_cve(metadata_t *m, const ep_level_line_t *line, int64_t object_id,
        ep_str_t cve, ep_err_t *err)
{
    uint64_t hash = ep_nameset_hash(0, cve);
    ep_rc_t rc = begin(m, err);

    if (rc == EP_OK && ep_nameset_get(&m->cves, hash) == 0) {
        rc = ep_nameset_add(&m->cves, hash, 1, err);
    }
    if (rc == EP_OK) {
        rc = ep_object_add_cve(m->portal, object_id, cve, line->level, err);
    }
    return rc == EP_OK ? end(m, PIECE, err) : rc;
}


/* The level itself; files outside of levels have none. */
static ep_rc_t
add_level(metadata_t *m, const ep_level_line_t *line, int64_t object_id,
          ep_err_t *err)
{
    ep_rc_t rc;

    if (line->level == 0) {
        return line->n_cves == 0 && line->n_files > 0
                   ? EP_OK
                   : ep_err_set(err, EP_EINVAL, "bad-metadata",
                                "level 0 is for files alone");
    }
    if (m->objects == 0 || memcmp(m->last, line->object, sizeof(m->last)) != 0)
    {
        memcpy(m->last, line->object, sizeof(m->last));
        m->objects++;
    }
    ep_distros_add(&m->distros, line->distro);
    m->rows += 2;
    rc = ep_level_add(m->portal, m->patchset_id, m->name.order, object_id,
                      line->level, err);
    return rc == EP_OK ? ep_level_set_info(m->portal, object_id, line->level,
                                           line->uname, line->distro, err)
                       : rc;
}


static ep_rc_t
add_line(metadata_t *m, const ep_level_line_t *line, ep_err_t *err)
{
    int64_t object_id = 0;
    ep_rc_t rc = begin(m, err);

    if (rc == EP_OK) {
        rc = ep_object_id(m->portal, m->userspace, line->object, &object_id,
                          err);
    }
    if (rc == EP_OK) {
        rc = add_level(m, line, object_id, err);
    }
    for (size_t i = 0; rc == EP_OK && i < line->n_files; i++) {
        rc = add_file(m, line, object_id, &line->files[i], err);
    }
    for (size_t i = 0; rc == EP_OK && i < line->n_cves; i++) {
        rc = add_cve(m, line, object_id, line->cves[i], err);
    }
    return rc;
}


static ep_rc_t
add_lines(metadata_t *m, ep_lines_t *lines, ep_err_t *err)
{
    ep_level_line_t line, before = { .level = -1 };
    ep_str_t text;
    ep_rc_t rc;

    while ((rc = ep_lines_next(lines, &text, err)) == EP_OK) {
        ep_arena_reset(m->arena);
        rc = ep_level_line_parse(text, m->arena, &line, err);
        if (rc == EP_OK && ep_level_line_order(&before, &line) >= 0) {
            rc = ep_err_set(err, EP_EINVAL, "bad-metadata",
                            "its lines are not sorted");
        }
        if (rc == EP_OK) {
            rc = add_line(m, &line, err);
        }
        if (rc != EP_OK) {
            return rc;
        }
        before = line;
    }
    return rc == EP_ENOTFOUND ? EP_OK : rc;
}


static ep_rc_t
add_all(metadata_t *m, ep_lines_t *lines, ep_err_t *err)
{
    ep_str_t head;
    ep_rc_t rc = ep_lines_next(lines, &head, err);

    if (rc == EP_ENOTFOUND) {
        return ep_err_set(err, EP_EINVAL, "bad-metadata", "it is empty");
    }
    if (rc == EP_OK) {
        rc = ep_level_head_parse(head, ep_str(m->name.name), err);
    }
    if (rc == EP_OK) {
        rc = begin(m, err);
    }
    if (rc == EP_OK) {
        rc = ep_patchset_add(m->portal, &m->name, &m->patchset_id, err);
    }
    if (rc == EP_OK) {
        rc = end(m, 0, err);
    }
    if (rc == EP_OK) {
        rc = add_lines(m, lines, err);
    }
    if (rc == EP_OK && m->objects == 0) {
        rc = ep_err_set(err, EP_EINVAL, "bad-metadata", "it has no level");
    }
    return rc == EP_OK ? end(m, 0, err) : rc;
}


static ep_rc_t
publish(metadata_t *m, const uint8_t *sha256, ep_err_t *err)
{
    ep_patchset_facts_t facts = { .sha256 = sha256,
                                  .distros = ep_buf_str(&m->distros),
                                  .objects = m->objects,
                                  .cves = (int64_t) m->cves.used };
    ep_rc_t rc = ep_portal_write_begin(m->portal, true, err);

    if (rc == EP_OK) {
        rc = ep_patchset_publish(m->portal, m->patchset_id, &facts, err);
    }
    if (rc == EP_OK) {
        rc = ep_audit(m->portal, "patchset.metadata", ep_str(m->name.name),
                      EP_STR_NULL, err);
    }
    return rc == EP_OK ? ep_portal_write_commit(m->portal, err) : rc;
}


/* With the import lock, and after the sweep. */
static ep_rc_t
import(metadata_t *m, int fd, const uint8_t *sha256, ep_err_t *err)
{
    ep_err_t why = { 0 };
    ep_lines_t lines;
    ep_rc_t rc = ep_lines_open(&lines, fd, &why);

    if (rc == EP_OK) {
        rc = ep_nameset_init(&m->cves, CVES_MAX, &why);
    }
    if (rc == EP_OK) {
        rc = add_all(m, &lines, &why);
    }
    if (rc == EP_OK) {
        rc = publish(m, sha256, &why);
    }
    if (rc != EP_OK) {
        ep_portal_write_rollback(m->portal);
        ep_import_sweep(m->portal, NULL);
    }
    ep_nameset_free(&m->cves);
    ep_lines_close(&lines);
    if (rc == EP_EINVAL || rc == EP_ELIMIT) {
        return ep_err_set(err, EP_EINVAL, "bad-metadata",
                          "the metadata of %s is broken in line %zu: %s",
                          m->name.name, lines.line, why.msg);
    }
    return rc == EP_OK ? rc : ep_err_set(err, rc, why.code, "%s", why.msg);
}


ep_rc_t
ep_deploy_metadata(ep_portal_t *portal, ep_product_t product, ep_str_t name,
                   int fd, const uint8_t sha256[32], ep_err_t *err)
{
    EP_CLEANUP(ep_closep) int lock_fd = -1;
    metadata_t m = { .portal = portal,
                     .userspace = product != EP_PRODUCT_KERNEL };
    ep_patchset_row_t row;
    ep_rc_t rc = ep_patchset_parse(name, &m.name, err);

    if (rc == EP_OK) {
        rc = ep_import_lock(portal, true, &lock_fd, err);
    }
    if (rc == EP_OK) {
        rc = ep_import_sweep(portal, err);
    }
    if (rc != EP_OK
        || ep_patchset_find(portal, product, m.name.order, name, &row, NULL)
               == EP_OK)
    {
        return rc;
    }
    m.max_files = ep_config_int(ep_portal_config(portal), EP_ARCHIVE_MAX_FILES);
    ep_buf_init(&m.distros, DISTROS_MAX);
    m.arena = ep_arena_new();
    rc = m.arena != NULL
             ? import(&m, fd, sha256, err)
             : ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
    ep_arena_free(m.arena);
    ep_buf_free(&m.distros);
    return rc;
}
