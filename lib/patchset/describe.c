/* Metadata of a patchset that is here: see eportal/patchset.h. Its levels and
 * files are those of its rows, their bytes those on disk. */

#include <stdlib.h>

#include "patchset/import.h"


static ep_rc_t
no_memory(ep_err_t *err)
{
    return ep_err_set(err, EP_ENOMEM, "no-memory", "out of memory");
}


static ep_rc_t
add_unit(const ep_level_row_t *level, bool shared, void *ctx, ep_err_t *err)
{
    ep_import_t *import = ctx;
    ep_unit_t unit = { .level = (int32_t) level->level };

    (void) shared;
    if (import->n_units == import->cap_units) {
        size_t cap = import->cap_units > 0 ? 2 * import->cap_units : 64;
        ep_unit_t *units = reallocarray(import->units, cap, sizeof(*units));

        if (units == NULL) {
            return no_memory(err);
        }
        import->units = units;
        import->cap_units = cap;
    }
    memcpy(unit.object, level->object, EP_OBJECT_SIZE);
    import->units[import->n_units++] = unit;
    return EP_OK;
}


static ep_rc_t
add_outer(const ep_level_row_t *object, ep_str_t path, bool shared, void *ctx,
          ep_err_t *err)
{
    ep_import_t *import = ctx;
    ep_outer_t *outer = ep_arena_alloc(import->arena, sizeof(*outer));
    char hex[EP_OBJECT_HEX + 1];

    (void) shared;
    if (outer == NULL) {
        return no_memory(err);
    }
    ep_hex(object->object, EP_OBJECT_SIZE, hex);
    memcpy(outer->object, object->object, EP_OBJECT_SIZE);
    outer->path =
        ep_arena_printf(import->arena, "%s/%.*s", hex, EP_STR_ARG(path));
    if (outer->path == NULL) {
        return no_memory(err);
    }
    outer->next = import->outer;
    import->outer = outer;
    import->n_outer++;
    return EP_OK;
}


static ep_rc_t
collect(ep_import_t *import, int64_t id, ep_err_t *err)
{
    ep_rc_t rc = ep_portal_read_begin(import->portal, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_level_each(import->portal, id, add_unit, import, err);
    if (rc == EP_OK) {
        rc = ep_object_files(import->portal, id, add_outer, import, err);
    }
    ep_portal_read_end(import->portal);
    return rc;
}


ep_rc_t
ep_patchset_describe(ep_portal_t *portal, int64_t id, ep_product_t product,
                     const char *name, int out_fd, ep_err_t *err)
{
    ep_deploy_t deploy = { .fd = -1, .path = name, .product = product };
    ep_import_t *import;
    ep_rc_t rc = ep_import_new(portal, &deploy, &import, err);

    if (rc != EP_OK) {
        return rc;
    }
    rc = ep_patchset_parse(ep_str(name), &import->name, err);
    if (rc == EP_OK) {
        rc = ep_patches_open(portal, ep_tree_name(import->userspace),
                             &import->tree_fd, err);
    }
    if (rc == EP_OK) {
        rc = collect(import, id, err);
    }
    if (rc == EP_OK) {
        rc = ep_import_describe(import, out_fd, err);
    }
    ep_import_free(import);
    return rc;
}
