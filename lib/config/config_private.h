/*
 * What the files of lib/config share: the snapshot and the state of a load.
 *
 * Loading goes through one structure, ep_config_loader_t. Every value, from
 * whatever place, becomes an ep_py_t first and is checked in one function,
 * ep_config_set.
 */

#ifndef EP_CONFIG_CONFIG_PRIVATE_H
#define EP_CONFIG_CONFIG_PRIVATE_H

#include <sys/stat.h>

#include <eportal/arena.h>
#include <eportal/buf.h>
#include <eportal/config.h>

#include "base/pyliteral.h"

#define EP_CONFIG_MAX_FILE (1024 * 1024)

typedef struct {
    const char *origin;
    union {
        bool boolean;
        int64_t integer;
        const char *string; /* NULL when unset */
        struct {
            const char *const *items;
            size_t count;
        } list;
    };
} ep_config_value_t;

/* A file as it was just before it was read. */
typedef struct ep_config_watch ep_config_watch_t;

struct ep_config_watch {
    ep_config_watch_t *next;
    const char *path;
    bool exists;
    struct stat st;
};

struct ep_config {
    int refs; /* atomic */
    ep_arena_t *arena;
    ep_config_value_t values[EP_SETTING_COUNT];
    const char *path;
    const char *home; /* BASE_DIR as a process without environment sees it */
    const char *base_dir;
    const char *patches_dir;
    ep_config_watch_t *watches;
    ep_config_t *parent; /* of a copy with changes; NULL */
};

/* A variable that sets a setting. */
typedef struct {
    const char *text; /* NULL when it is not set */
    const char *origin;
} ep_config_variable_t;

typedef struct {
    ep_config_t *cfg;
    const char *root; /* prefix of the default paths, for tests; "" */
    ep_log_fn log;
    void *log_ctx;
    ep_config_variable_t variables[EP_SETTING_COUNT];
    const ep_py_t *saved_envdir; /* environment.json's, or NULL */
} ep_config_loader_t;

/* Where a value stands, for the text of an error. */
typedef struct {
    const char *file;       /* or "environment EPORTAL_X" */
    ep_py_reader_t *reader; /* NULL when a position would say nothing */
} ep_config_place_t;

/* setting.c */
ep_rc_t ep_config_set(ep_config_loader_t *l, ep_setting_t setting,
                      const ep_py_t *v, const char *origin,
                      ep_config_place_t place, ep_err_t *err);
/* The setting of that name; EP_SETTING_COUNT when there is none. */
ep_setting_t ep_setting_find(ep_str_t name);
ep_rc_t ep_config_set_defaults(ep_config_loader_t *l, ep_err_t *err);

/* "FILE:LINE:COLUMN: expected WHAT"; WHAT at offset at. */
ep_rc_t ep_config_bad(ep_config_place_t place, size_t at, const char *what,
                      ep_err_t *err);
ep_rc_t ep_config_no_memory(ep_err_t *err);
void ep_config_warn(const ep_config_loader_t *l, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* read.c: the Python form, and settings as a JSON object. A missing file is
 * fine; *found tells. */
ep_rc_t ep_config_read_file(ep_config_loader_t *l, const char *path,
                            bool lenient, bool *found, ep_err_t *err);
ep_rc_t ep_config_read_json(ep_config_loader_t *l, const char *path,
                            ep_err_t *err);
/* The text of a file, which is watched from now on, into the arena. */
ep_rc_t ep_config_slurp(ep_config_t *cfg, const char *path, ep_str_t *out,
                        ep_err_t *err);
bool ep_config_watch(ep_config_t *cfg, const char *path);

/* environment.c: environment.json and env fill l->variables, then the
 * envdir overrides them, then they are applied. */
ep_rc_t ep_config_read_saved(ep_config_loader_t *l, ep_err_t *err);
ep_rc_t ep_config_read_env(ep_config_loader_t *l, const char *const *env,
                           ep_err_t *err);
ep_rc_t ep_config_read_envdir(ep_config_loader_t *l, ep_err_t *err);

/* variable.c: what the environment says of one setting becomes its value. */
ep_rc_t ep_config_apply(ep_config_loader_t *l, ep_setting_t setting,
                        ep_err_t *err);

/* As ep_config_load, with all default paths below root: for tests. */
ep_rc_t ep_config_load_root(const char *root, const char *path,
                            const char *const *env, ep_log_fn log,
                            void *log_ctx, ep_config_t **out, ep_err_t *err);

#endif
