/* How the portal is: see eportal/status.h. */

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <stdio.h>

#include <eportal/daemon.h>
#include <eportal/feed.h>
#include <eportal/job.h>
#include <eportal/server_list.h>
#include <eportal/source.h>
#include <eportal/status.h>


static ep_rc_t
count_missing(const ep_update_t *update, void *ctx, ep_err_t *err)
{
    (void) update;
    (void) err;
    ++*(int64_t *) ctx;
    return EP_OK;
}


static ep_rc_t
read_source(ep_portal_t *portal, ep_status_t *s, ep_err_t *err)
{
    const ep_config_t *cfg = ep_portal_config(portal);
    ep_job_t poll = { .name = "" };
    ep_rc_t rc = EP_OK;

    if (!ep_source_configured(cfg)) {
        return EP_OK;
    }
    s->source = ep_config_string(cfg, EP_PATCH_SOURCE_URL);
    if (ep_job_find(portal, EP_STR("poll"), &poll, NULL) == EP_OK) {
        s->last_poll = poll.ended;
        s->last_good_poll = poll.succeeded;
        s->poll_failures = poll.failures;
        ep_str_copy(ep_str(poll.result), s->poll_result,
                    sizeof(s->poll_result));
    }
    for (int p = 0; rc == EP_OK && p < EP_PRODUCT_COUNT; p++) {
        if (ep_product_info((ep_product_t) p)->tree != NULL) {
            rc = ep_source_list_missing(portal, (ep_product_t) p, count_missing,
                                        &s->missing, err);
        }
    }
    return rc;
}


ep_rc_t
ep_status_disk(const char *dir, ep_disk_t *out, ep_err_t *err)
{
    struct statvfs st;

    if (statvfs(dir, &st) != 0) {
        return ep_err_errno(err, "disk", "cannot look at the disk of %s", dir);
    }
    *out = (ep_disk_t){ .free = (uint64_t) st.f_bavail * st.f_frsize,
                        .size = (uint64_t) st.f_blocks * st.f_frsize };
    return EP_OK;
}


uint64_t
ep_status_file(const ep_config_t *cfg, const char *name)
{
    char path[4096];
    struct stat st;

    snprintf(path, sizeof(path), "%s/%s", ep_config_base_dir(cfg), name);
    return stat(path, &st) == 0 ? (uint64_t) st.st_size : 0;
}


ep_rc_t
ep_status_get(ep_portal_t *portal, ep_status_t *out, ep_err_t *err)
{
    const ep_config_t *cfg = ep_portal_config(portal);
    ep_status_t s = { .data = ep_config_base_dir(cfg),
                      .daemon = ep_daemon_running(cfg) };
    ep_rc_t rc = ep_status_disk(ep_config_patches_dir(cfg), &s.disk, err);

    if (rc == EP_OK) {
        rc = read_source(portal, &s, err);
    }
    if (rc == EP_OK) {
        rc = ep_patchset_withdrawn(portal, s.withdrawn, err);
    }
    if (rc == EP_OK) {
        rc = ep_strays_get(portal, &s.strays, err);
    }
    if (rc == EP_OK) {
        rc = ep_cache_size_get(portal, &s.cache, err);
    }
    if (rc == EP_OK) {
        *out = s;
    }
    return rc;
}


/* The list is from the oldest to the newest. */
static ep_rc_t
note_newest(const ep_patchset_t *patchset, void *ctx, ep_err_t *err)
{
    char *newest = ctx;

    (void) err;
    if (patchset->state == EP_STATE_ENABLED) {
        ep_str_copy(patchset->name, newest, EP_PATCHSET_NAME_MAX + 1);
    }
    return EP_OK;
}


ep_rc_t
ep_status_newest(ep_portal_t *portal, ep_product_t product, ep_str_t feed,
                 char out[EP_PATCHSET_NAME_MAX + 1], ep_err_t *err)
{
    out[0] = '\0';
    return ep_product_info(product)->tree == NULL
               ? EP_OK
               : ep_patchset_list(portal, product, feed, note_newest, out, err);
}
