/* The files by which nginx and systemd know of PATCHES_DIR: see
 * eportal/storage.h. */

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <eportal/storage.h>

#include "base/file.h"

#define FILE_MAX 65536
#define DEFAULT_CONFIG "/etc/eportal/config"

/* Where the unit may write anyway. */
static const char *const allowed[] = { "/var/lib/eportal",
                                       "/usr/share/kcare-eportal" };


/* Quotes, escapes and specifiers would need others in each of the files. */
static ep_rc_t
check_path(const char *path, ep_err_t *err)
{
    if (path[0] != '/' || !ep_str_is_text(ep_str(path), false)
        || strpbrk(path, "\"\\%$\t") != NULL)
    {
        return ep_err_set(err, EP_EINVAL, "bad-path",
                          "%.300s: choose a path that begins with / and has "
                          "none of \" \\ %% $ in it",
                          path);
    }
    return EP_OK;
}


static bool
lies_in(const char *path, const char *dir)
{
    size_t n = strlen(dir);

    return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/');
}


static bool
is_allowed(const char *path)
{
    for (size_t i = 0; i < EP_ARRAY_LEN(allowed); i++) {
        if (lies_in(path, allowed[i])) {
            return true;
        }
    }
    return false;
}


bool
ep_storage_names_config(const ep_config_t *cfg)
{
    const char *path = ep_config_path(cfg);

    return path != NULL && strcmp(path, DEFAULT_CONFIG) != 0;
}


static ep_rc_t
nginx_text(const ep_config_t *cfg, bool name_config, ep_buf_t *buf,
           ep_err_t *err)
{
    const char *path = ep_config_path(cfg);
    ep_rc_t rc = ep_buf_addf(
        buf,
        "# Written by `kc.eportal sync-nginx-conf`: change the portal's\n"
        "# configuration instead, then run it again.\n"
        "#\n"
        "# Patches are served from %s,\n"
        "# which nginx's workers read there by themselves "
        "($eportal_patches).\n",
        ep_config_patches_dir(cfg));

    if (rc == EP_OK && name_config) {
        rc = check_path(path, err);
        if (rc != EP_OK) {
            return rc;
        }
        rc = ep_buf_addf(buf, "eportal_config \"%s\";\n", path);
    }
    return rc == EP_OK ? rc : ep_err_set(err, rc, "no-memory", "out of memory");
}


/* Empty when the unit needs no drop-in. */
static ep_rc_t
systemd_text(const ep_config_t *cfg, ep_buf_t *buf, ep_err_t *err)
{
    const char *base = ep_config_base_dir(cfg);
    const char *patches = ep_config_patches_dir(cfg);
    bool moved = !lies_in(patches, base);
    ep_rc_t rc = EP_OK;

    if (is_allowed(base) && (is_allowed(patches) || !moved)) {
        return EP_OK;
    }
    rc = ep_buf_addf(buf, "# Written by `kc.eportal sync-nginx-conf`.\n"
                          "[Unit]\n");
    if (rc == EP_OK && moved) {
        rc = ep_buf_addf(buf, "RequiresMountsFor=\"%s\"\n", patches);
    }
    if (rc == EP_OK) {
        rc = ep_buf_addf(buf, "RequiresMountsFor=\"%s\"\n\n[Service]\n", base);
    }
    if (rc == EP_OK && !is_allowed(base)) {
        rc = ep_buf_addf(buf, "ReadWritePaths=\"%s\"\n", base);
    }
    if (rc == EP_OK && moved) {
        rc = ep_buf_addf(buf, "ReadWritePaths=\"%s\"\n", patches);
    }
    return rc == EP_OK ? rc : ep_err_set(err, rc, "no-memory", "out of memory");
}


/* Write a file, or remove it when there is nothing to say. */
static ep_rc_t
put(const char *path, ep_str_t text, ep_err_t *err)
{
    if (text.n > 0) {
        return ep_file_write(path, text, 0644, err);
    }
    return unlink(path) == 0 || errno == ENOENT
               ? EP_OK
               : ep_err_errno(err, "remove", "cannot remove %s", path);
}


static ep_rc_t
change(ep_storage_file_t *file, ep_str_t text, ep_err_t *err)
{
    ep_err_t missing = { 0 };
    ep_rc_t rc = ep_file_read(file->path, &file->old, &missing);

    if (rc != EP_OK && rc != EP_ENOTFOUND) {
        return ep_err_set(err, rc, missing.code, "%s", missing.msg);
    }
    file->existed = rc == EP_OK;
    file->exists = text.n > 0;
    if (file->existed == file->exists
        && ep_str_eq(ep_buf_str(&file->old), text)) {
        return EP_OK;
    }
    rc = put(file->path, text, err);
    file->changed = rc == EP_OK;
    return rc;
}


static ep_rc_t
name_file(ep_storage_file_t *file, const char *dir, const char *name,
          ep_err_t *err)
{
    ep_buf_init(&file->old, FILE_MAX);
    if (snprintf(file->path, sizeof(file->path), "%s/%s", dir, name)
        >= (int) sizeof(file->path))
    {
        return ep_err_set(err, EP_EINVAL, "path-too-long",
                          "path is too long: %.300s", dir);
    }
    return EP_OK;
}


/* Readable like the others there, whatever the umask. */
static ep_rc_t
make_dir(const char *path, ep_err_t *err)
{
    ep_rc_t rc;

    if (ep_file_exists(path)) {
        return EP_OK;
    }
    rc = ep_dir_make(path, 0755, err);
    return rc == EP_OK && chmod(path, 0755) != 0
               ? ep_err_errno(err, "dir-create", "cannot set up %s", path)
               : rc;
}


static ep_rc_t
write_both(const ep_config_t *cfg, const ep_storage_where_t *where,
           ep_storage_conf_t *out, ep_err_t *err)
{
    char dir[PATH_MAX];
    ep_buf_t text;
    ep_rc_t rc;

    ep_buf_init(&text, FILE_MAX);
    rc = nginx_text(cfg, where->name_config, &text, err);
    if (rc == EP_OK) {
        rc = change(&out->nginx, ep_buf_str(&text), err);
    }
    ep_buf_reset(&text);
    if (rc == EP_OK) {
        rc = systemd_text(cfg, &text, err);
    }
    if (rc == EP_OK && text.n > 0) {
        ep_str_copy(ep_str(out->systemd.path), dir, sizeof(dir));
        *strrchr(dir, '/') = '\0';
        rc = make_dir(dir, err);
    }
    if (rc == EP_OK) {
        rc = change(&out->systemd, ep_buf_str(&text), err);
    }
    ep_buf_free(&text);
    return rc;
}


ep_rc_t
ep_storage_conf_write(const ep_config_t *cfg, const ep_storage_where_t *where,
                      ep_storage_conf_t *out, ep_err_t *err)
{
    ep_storage_conf_t conf = { 0 };
    ep_rc_t rc = check_path(ep_config_patches_dir(cfg), err);

    if (rc == EP_OK) {
        rc = check_path(ep_config_base_dir(cfg), err);
    }
    if (rc == EP_OK) {
        rc = name_file(&conf.nginx, where->nginx_dir,
                       "conf.d/eportal-storage.conf", err);
    }
    if (rc == EP_OK) {
        rc = name_file(&conf.systemd, where->systemd_dir,
                       "eportal.service.d/storage.conf", err);
    }
    if (rc == EP_OK) {
        rc = write_both(cfg, where, &conf, err);
    }
    if (rc != EP_OK) {
        ep_storage_conf_undo(&conf, NULL);
        ep_storage_conf_free(&conf);
        return rc;
    }
    *out = conf;
    return EP_OK;
}


static ep_rc_t
undo(ep_storage_file_t *file, ep_err_t *err)
{
    if (!file->changed) {
        return EP_OK;
    }
    file->changed = false;
    return put(file->path, file->existed ? ep_buf_str(&file->old) : EP_STR_NULL,
               err);
}


ep_rc_t
ep_storage_conf_undo(ep_storage_conf_t *conf, ep_err_t *err)
{
    ep_rc_t nginx = undo(&conf->nginx, err);
    ep_rc_t systemd = undo(&conf->systemd, err);

    return nginx != EP_OK ? nginx : systemd;
}


void
ep_storage_conf_free(ep_storage_conf_t *conf)
{
    ep_buf_free(&conf->nginx.old);
    ep_buf_free(&conf->systemd.old);
}
