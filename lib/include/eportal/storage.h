/*
 * Setting up where patches are stored (PATCHES_DIR): the files by which
 * nginx and systemd know of it.
 *
 * nginx needs little: its workers read PATCHES_DIR from the configuration
 * and follow it within a second. What they cannot know is which file that
 * is, when it is not the default one.
 */

#ifndef EPORTAL_STORAGE_H
#define EPORTAL_STORAGE_H

#include <limits.h>

#include <eportal/buf.h>
#include <eportal/config.h>

/* A file as it was, and what became of it. */
typedef struct {
    char path[PATH_MAX];
    bool existed; /* before */
    bool exists;  /* now */
    bool changed;
    ep_buf_t old;
} ep_storage_file_t;

typedef struct {
    ep_storage_file_t nginx;   /* NGINX_DIR/conf.d/eportal-storage.conf */
    ep_storage_file_t systemd; /* SYSTEMD_DIR/eportal.service.d/storage.conf */
} ep_storage_conf_t;

typedef struct {
    const char *nginx_dir;   /* /etc/nginx */
    const char *systemd_dir; /* /etc/systemd/system */
    bool name_config;        /* tell nginx the configuration file */
} ep_storage_where_t;

/* Whether nginx has to be told: the configuration is not the default one. */
bool ep_storage_names_config(const ep_config_t *cfg);

/*
 * Write both files, each whole or not at all; one that says the same already
 * is left alone, and the drop-in is removed when the unit allows the
 * directories anyway. On success the caller ends *out with
 * ep_storage_conf_free. EP_EINVAL "bad-path": nginx or systemd would take the
 * directory's name for something else.
 */
ep_rc_t ep_storage_conf_write(const ep_config_t *cfg,
                              const ep_storage_where_t *where,
                              ep_storage_conf_t *out, ep_err_t *err);
/* Put back what was there before. */
ep_rc_t ep_storage_conf_undo(ep_storage_conf_t *conf, ep_err_t *err);
void ep_storage_conf_free(ep_storage_conf_t *conf);

#endif
