/* What the files of patchsets are that are known by their metadata: see
 * store/patchset.h. Owns the table remote_file. */

#include "store/patchset.h"
#include "store/portal_private.h"

static const char sql_add[] =
    "INSERT INTO remote_file (object_id, level, path, patchset_id, size,"
    " sha256) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";

static const char sql_differs[] =
    "SELECT EXISTS (SELECT 1 FROM remote_file"
    " WHERE object_id = ?1 AND level = ?2 AND path = ?3"
    "   AND (size <> ?4 OR sha256 <> ?5))";

static const char sql_any[] = "SELECT EXISTS (SELECT 1 FROM remote_file)";

static const char sql_find[] =
    "SELECT f.size, f.sha256 FROM object o CROSS JOIN remote_file f"
    " WHERE o.userspace = ?1 AND o.name = ?2"
    "   AND f.object_id = o.id AND f.level = ?3 AND f.path = ?4 LIMIT 1";

static const char sql_drop_level[] =
    "DELETE FROM remote_file"
    " WHERE object_id = ?1 AND level = ?2 AND patchset_id = ?3";

static const char sql_drop_file[] =
    "DELETE FROM remote_file WHERE object_id = ?1 AND level = 0"
    " AND patchset_id = ?2 AND path = ?3";


ep_rc_t
ep_remote_add(ep_portal_t *portal, int64_t patchset_id, int64_t object_id,
              int64_t level, const ep_remote_file_t *file, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *other = ep_stmt(portal, sql_differs);
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_add);
    ep_rc_t rc;

    ep_bind_int(other, 1, object_id);
    ep_bind_int(other, 2, level);
    ep_bind_str(other, 3, file->path);
    ep_bind_int(other, 4, file->size);
    ep_bind_blob(other, 5, file->sha256, EP_SHA256_SIZE);
    rc = ep_stmt_row(other, err);
    if (rc != EP_OK) {
        return rc;
    }
    if (ep_col_int(other, 0) != 0) {
        return ep_err_set(err, EP_EEXISTS, "level-conflict",
                          "level %lld of an object is known already with "
                          "another %.*s",
                          (long long) level, EP_STR_ARG(file->path));
    }
    ep_bind_int(q, 1, object_id);
    ep_bind_int(q, 2, level);
    ep_bind_str(q, 3, file->path);
    ep_bind_int(q, 4, patchset_id);
    ep_bind_int(q, 5, file->size);
    ep_bind_blob(q, 6, file->sha256, EP_SHA256_SIZE);
    return ep_stmt_run(q, NULL, err);
}


/* Without cache mode the table is empty. On the agents' path that is looked
 * at once for each state of the database. */
static ep_rc_t
any(ep_portal_t *portal, bool *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    uint32_t version;
    ep_rc_t rc;

    if (portal->whole && ep_db_version(portal, &version)
        && version == portal->whole_version)
    {
        *out = false;
        return EP_OK;
    }
    q = ep_stmt(portal, sql_any);
    rc = ep_stmt_row(q, err);
    if (rc == EP_OK) {
        *out = ep_col_int(q, 0) != 0;
        portal->whole = !*out && ep_db_version(portal, &portal->whole_version);
    }
    return rc;
}


ep_rc_t
ep_remote_find(ep_portal_t *portal, const ep_level_row_t *level, ep_str_t path,
               ep_remote_file_t *out, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = NULL;
    ep_str_t sha256;
    bool there = false;
    ep_rc_t rc = any(portal, &there, err);

    if (rc != EP_OK || !there) {
        return rc != EP_OK ? rc : EP_ENOTFOUND;
    }
    q = ep_stmt(portal, sql_find);
    ep_bind_int(q, 1, level->userspace);
    ep_bind_blob(q, 2, level->object, EP_OBJECT_SIZE);
    ep_bind_int(q, 3, level->level);
    ep_bind_str(q, 4, path);
    rc = ep_stmt_row(q, err);
    if (rc != EP_OK) {
        return rc;
    }
    sha256 = ep_col_blob(q, 1);
    if (sha256.n != EP_SHA256_SIZE) {
        return ep_err_set(err, EP_EDB, "database",
                          "a file's hash is not 32 bytes long");
    }
    *out = (ep_remote_file_t){ .path = path, .size = ep_col_int(q, 0) };
    memcpy(out->sha256, sha256.p, EP_SHA256_SIZE);
    return EP_OK;
}


ep_rc_t
ep_remote_drop_level(ep_portal_t *portal, int64_t patchset_id,
                     int64_t object_id, int64_t level, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_drop_level);

    ep_bind_int(q, 1, object_id);
    ep_bind_int(q, 2, level);
    ep_bind_int(q, 3, patchset_id);
    return ep_stmt_run(q, NULL, err);
}


ep_rc_t
ep_remote_drop_file(ep_portal_t *portal, int64_t patchset_id, int64_t object_id,
                    ep_str_t path, ep_err_t *err)
{
    EP_CLEANUP(ep_stmt_endp) ep_stmt_t *q = ep_stmt(portal, sql_drop_file);

    ep_bind_int(q, 1, object_id);
    ep_bind_int(q, 2, patchset_id);
    ep_bind_str(q, 3, path);
    return ep_stmt_run(q, NULL, err);
}
