/*
 * Rows of patchsets, levels and objects as the import and the removal in
 * lib/patchset write them. Everyone else uses eportal/patchset.h.
 *
 * A patchset that is not published is invisible to agents: no feed can have
 * it. An import writes all rows under such a patchset before it moves a file
 * into place, so that they say what to take back when it is killed.
 */

#ifndef EP_STORE_PATCHSET_H
#define EP_STORE_PATCHSET_H

#include <eportal/patchset.h>

#define EP_SHA256_SIZE 32
#define EP_FILE_NAME_MAX 255

typedef struct {
    int64_t id;
    ep_product_t product;
    int64_t order;
    char name[EP_PATCHSET_NAME_MAX + 1];
    char archive[EP_FILE_NAME_MAX + 1]; /* in arch/, "" when unknown */
    uint8_t sha256[EP_SHA256_SIZE];     /* zeros when unknown */
    bool published;
    bool
        remote; /* its metadata is here, its files are fetched when asked for */
} ep_patchset_row_t;

/* What publishing makes known. */
typedef struct {
    const char *archive;   /* NULL: only the metadata is here */
    const uint8_t *sha256; /* of the archive, or of the metadata */
    ep_str_t distros;
    int64_t objects;
    int64_t cves;
} ep_patchset_facts_t;

/* An object of either tree with one of its levels. */
typedef struct {
    bool userspace;
    uint8_t object[EP_OBJECT_SIZE];
    int64_t level;
} ep_level_row_t;

/* What a file below a level must be, when it is fetched. */
typedef struct {
    ep_str_t path;
    int64_t size;
    uint8_t sha256[EP_SHA256_SIZE];
} ep_remote_file_t;

/* ---- patchset.c ---- */

/* EP_ENOTFOUND "patchset-not-found". shown: the name for the message. */
ep_rc_t ep_patchset_find(ep_portal_t *portal, ep_product_t product,
                         int64_t order, ep_str_t shown, ep_patchset_row_t *out,
                         ep_err_t *err);
/* By the name as people write it; a name without letter is the product's. */
ep_rc_t ep_patchset_find_name(ep_portal_t *portal, ep_product_t product,
                              ep_str_t name, ep_patchset_row_t *out,
                              ep_err_t *err);
/* Any patchset that is not published; EP_ENOTFOUND, err untouched. */
ep_rc_t ep_patchset_find_unpublished(ep_portal_t *portal,
                                     ep_patchset_row_t *out, ep_err_t *err);
/* examine.c: the one behind the local id after, of those that are published or
 * of those that are not; EP_ENOTFOUND, err untouched. */
ep_rc_t ep_patchset_next(ep_portal_t *portal, int64_t after, bool published,
                         ep_patchset_row_t *out, ep_err_t *err);
/* Whether its row has these objects, cves and distros. */
ep_rc_t ep_patchset_counts_are(ep_portal_t *portal, int64_t id,
                               const ep_patchset_facts_t *facts, bool *same,
                               ep_err_t *err);
ep_rc_t ep_patchset_add(ep_portal_t *portal, const ep_patchset_name_t *name,
                        int64_t *id, ep_err_t *err);
ep_rc_t ep_patchset_publish(ep_portal_t *portal, int64_t id,
                            const ep_patchset_facts_t *facts, ep_err_t *err);
/* Out of every feed and no longer published: the way to its removal. */
ep_rc_t ep_patchset_unpublish(ep_portal_t *portal, int64_t id, ep_err_t *err);
ep_rc_t ep_patchset_delete(ep_portal_t *portal, int64_t id, ep_err_t *err);
/* ep_patchset_manage without its row in the audit log: for what is part of
 * something larger. */
ep_rc_t ep_patchset_act(ep_portal_t *portal, ep_product_t product,
                        ep_str_t name, ep_str_t feed, ep_action_t action,
                        int64_t *changed, ep_err_t *err);
/* Out of one feed. */
ep_rc_t ep_patchset_leave(ep_portal_t *portal, int64_t id, ep_str_t feed,
                          ep_err_t *err);
ep_rc_t ep_patchset_feeds(ep_portal_t *portal, int64_t id, int64_t *count,
                          ep_err_t *err);
/* Whether a published patchset came from this file of arch/. */
ep_rc_t ep_patchset_has_archive(ep_portal_t *portal, ep_str_t archive,
                                bool *has, ep_err_t *err);
/* Whether a feed has a state for it: enabled or disabled. */
ep_rc_t ep_patchset_in_feed(ep_portal_t *portal, int64_t id, ep_str_t feed,
                            bool *in, ep_err_t *err);

/* ---- level.c ---- */

ep_rc_t ep_level_add(ep_portal_t *portal, int64_t patchset_id, int64_t order,
                     int64_t object_id, int64_t level, ep_err_t *err);
/* uname and distro of kpatch.info; empty: unknown. */
ep_rc_t ep_level_set_info(ep_portal_t *portal, int64_t object_id, int64_t level,
                          ep_str_t uname, ep_str_t distro, ep_err_t *err);
/* Every level of a patchset. shared: another patchset has it too. */
typedef ep_rc_t (*ep_level_fn)(const ep_level_row_t *row, bool shared,
                               void *ctx, ep_err_t *err);
ep_rc_t ep_level_each(ep_portal_t *portal, int64_t patchset_id, ep_level_fn fn,
                      void *ctx, ep_err_t *err);
/* Take one level, any, from a patchset; its info goes when it was the last
 * to have it. EP_ENOTFOUND, err untouched, when none is left. */
ep_rc_t ep_level_drop(ep_portal_t *portal, int64_t patchset_id,
                      int64_t *object_id, ep_err_t *err);

/* Take this level from a patchset, as ep_level_drop does. */
ep_rc_t ep_level_forget(ep_portal_t *portal, int64_t patchset_id,
                        int64_t object_id, int64_t level, ep_err_t *err);
/* Whether any patchset has this level. */
ep_rc_t ep_level_known(ep_portal_t *portal, const ep_level_row_t *row,
                       bool *known, ep_err_t *err);
/* The newest published patchset that brought this level of a kernel; 0: none
 * did. */
ep_rc_t ep_level_publisher(ep_portal_t *portal, const uint8_t *kernel,
                           int64_t level, int64_t *patchset_id, ep_err_t *err);
/* A patchset that levels name and that there is not; EP_ENOTFOUND, err
 * untouched. */
ep_rc_t ep_level_dangling(ep_portal_t *portal, int64_t after,
                          int64_t *patchset_id, ep_err_t *err);

/* How many levels a patchset has. */
ep_rc_t ep_level_count(ep_portal_t *portal, int64_t patchset_id, int64_t *count,
                       ep_err_t *err);
/* Whether the patchset has this one. */
ep_rc_t ep_level_of(ep_portal_t *portal, int64_t patchset_id,
                    const ep_level_row_t *row, bool *has, ep_err_t *err);

/* ---- remote.c: files that are fetched when they are asked for ---- */

/* level 0: outside of the levels. EP_EEXISTS "level-conflict": another
 * patchset has it with another content. */
ep_rc_t ep_remote_add(ep_portal_t *portal, int64_t patchset_id,
                      int64_t object_id, int64_t level,
                      const ep_remote_file_t *file, ep_err_t *err);
/* A file by its object, level (0: outside of levels) and path below it.
 * EP_ENOTFOUND, err untouched. For the event loop: two point reads. */
ep_rc_t ep_remote_find(ep_portal_t *portal, const ep_level_row_t *level,
                       ep_str_t path, ep_remote_file_t *out, ep_err_t *err);
/* Forget what a patchset says of a level, or of one file outside of levels. */
ep_rc_t ep_remote_drop_level(ep_portal_t *portal, int64_t patchset_id,
                             int64_t object_id, int64_t level, ep_err_t *err);
ep_rc_t ep_remote_drop_file(ep_portal_t *portal, int64_t patchset_id,
                            int64_t object_id, ep_str_t path, ep_err_t *err);

/* ---- object.c ---- */

/* The local id of an object, made when there is none. */
ep_rc_t ep_object_id(ep_portal_t *portal, bool userspace, const uint8_t *object,
                     int64_t *id, ep_err_t *err);
/* The object is free of a CVE from this level on. */
ep_rc_t ep_object_add_cve(ep_portal_t *portal, int64_t object_id, ep_str_t cve,
                          int64_t level, ep_err_t *err);
/* A file outside of the levels, path below the object. */
ep_rc_t ep_object_add_file(ep_portal_t *portal, int64_t patchset_id,
                           int64_t object_id, ep_str_t path, ep_err_t *err);
typedef ep_rc_t (*ep_object_file_fn)(const ep_level_row_t *object,
                                     ep_str_t path, bool shared, void *ctx,
                                     ep_err_t *err);
ep_rc_t ep_object_files(ep_portal_t *portal, int64_t patchset_id,
                        ep_object_file_fn fn, void *ctx, ep_err_t *err);
/* Forget one of its files, any; EP_ENOTFOUND, err untouched. */
ep_rc_t ep_object_drop_file(ep_portal_t *portal, int64_t patchset_id,
                            int64_t *object_id, ep_err_t *err);
/* Forget this one. */
ep_rc_t ep_object_forget_file(ep_portal_t *portal, int64_t patchset_id,
                              int64_t object_id, ep_str_t path, ep_err_t *err);
/* Whether any patchset brought this file of the object. */
ep_rc_t ep_object_has_file(ep_portal_t *portal, const ep_level_row_t *object,
                           ep_str_t path, bool *has, ep_err_t *err);
/* The object behind the local id *id that has neither levels nor files;
 * EP_ENOTFOUND, err untouched. */
ep_rc_t ep_object_dangling(ep_portal_t *portal, int64_t *id,
                           ep_level_row_t *out, ep_err_t *err);
/* Delete the object when nothing of it is left, else the CVEs that only
 * levels fixed that are gone. */
ep_rc_t ep_object_tidy(ep_portal_t *portal, int64_t object_id, ep_err_t *err);

#endif
