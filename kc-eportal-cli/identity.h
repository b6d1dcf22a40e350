/*
 * Who kc.eportal is inside the data directory: run by root it becomes the
 * directory's owner before it touches anything in it, so that no file there
 * ever belongs to root and the nginx workers can always write.
 */

#ifndef CLI_IDENTITY_H
#define CLI_IDENTITY_H

#include <eportal/config.h>

/* Take the owner's identity, for good. Nothing happens when the caller is
 * not root or the directory is not there. */
ep_rc_t identity_take(const ep_config_t *cfg, ep_err_t *err);

/* As root, make the directories that are missing and give them to the user
 * `eportal`. Without such a user they stay root's, with a warning. */
ep_rc_t identity_make_dirs(const ep_config_t *cfg, ep_err_t *err);

/* A directory that can be read and has nothing in it, but what every file
 * system has. */
bool identity_is_empty(const char *path);

/* As root, give PATCHES_DIR to the data directory's owner when it is root's
 * and empty, as a file system that was just made is. EP_EPERM
 * "storage-owner": it belongs to somebody else, or root and is in use. */
ep_rc_t identity_give_storage(const ep_config_t *cfg, ep_err_t *err);

#endif
