/*
 * Fuzz target: configuration from all the places it comes from. The first
 * byte says which, so that an input can be read and written by hand:
 *
 *   c  /etc/eportal/config          l  local.py, the old location
 *   j  config/config.json           s  config/environment.json
 *   d  a file of the envdir         e  variables, one a line
 *
 * A load succeeds, or fails with a text and leaves the caller's pointer.
 */

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "config/config_private.h"

#define MAX_VARIABLES 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char root[] = "/tmp/eportal-fuzz-XXXXXX";
static const struct {
    char kind;
    const char *path;
} places[] = { { 'c', "/etc/eportal/config" },
               { 'l', "/usr/share/kcare-eportal/config/local.py" },
               { 'j', "/var/lib/eportal/config/config.json" },
               { 's', "/var/lib/eportal/config/environment.json" },
               { 'd', "/var/lib/eportal/environment/EPORTAL_ALLOWED_HOSTS" },
               { 'e', NULL } };


static void
remove_root(void)
{
    ep_tree_remove(AT_FDCWD, root, NULL);
}


static void
make_root(void)
{
    char path[PATH_MAX];

    if (mkdtemp(root) == NULL) {
        abort();
    }
    atexit(remove_root);
    for (size_t i = 0; places[i].path != NULL; i++) {
        snprintf(path, sizeof(path), "%s%s", root, places[i].path);
        *strrchr(path, '/') = '\0';
        if (ep_dir_make(path, 0700, NULL) != EP_OK) {
            abort();
        }
    }
}


static void
write_input(const char *path, const uint8_t *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, data, size) != (ssize_t) size) {
        abort();
    }
    close(fd);
}


/* The lines of text, which is changed, as an environment. */
static void
split(char *text, const char **env)
{
    size_t count = 0;

    while (text != NULL && count < MAX_VARIABLES) {
        char *end = strchr(text, '\n');

        env[count++] = text;
        if (end != NULL) {
            *end++ = '\0';
        }
        text = end;
    }
    env[count] = NULL;
}


static void
count_warning(void *ctx, ep_log_level_t level, const char *logger,
              const char *msg)
{
    *(size_t *) ctx += strlen(msg);
}


static void
load(const char *const *env)
{
    ep_config_t *cfg = NULL;
    ep_err_t err = { 0 };
    size_t warned = 0;
    char shown[64];

    if (ep_config_load_root(root, NULL, env, count_warning, &warned, &cfg, &err)
        != EP_OK)
    {
        if (cfg != NULL || err.rc == EP_OK || err.msg[0] == '\0') {
            abort();
        }
        return;
    }
    if (cfg == NULL || err.rc != EP_OK) {
        abort();
    }
    for (int i = 0; i < EP_SETTING_COUNT; i++) {
        ep_config_show(cfg, (ep_setting_t) i, shown, sizeof(shown));
        if (!ep_str_is_text(ep_str(shown), false)) {
            abort();
        }
    }
    if (ep_config_base_dir(cfg)[0] != '/'
        || ep_config_patches_dir(cfg)[0] != '/') {
        abort();
    }
    ep_config_unref(cfg);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *env[MAX_VARIABLES + 1] = { NULL };
    char path[PATH_MAX];
    char *text = NULL;
    size_t i = 0;

    if (root[sizeof(root) - 2] == 'X') {
        make_root();
    }
    while (i < EP_ARRAY_LEN(places)
           && (size == 0 || places[i].kind != (char) data[0]))
    {
        i++;
    }
    if (i == EP_ARRAY_LEN(places)) {
        return 0;
    }
    if (places[i].path == NULL) {
        text = strndup((const char *) data + 1, size - 1);
        split(text, env);
        load(env);
        free(text);
        return 0;
    }
    snprintf(path, sizeof(path), "%s%s", root, places[i].path);
    write_input(path, data + 1, size - 1);
    load(env);
    unlink(path);
    return 0;
}
