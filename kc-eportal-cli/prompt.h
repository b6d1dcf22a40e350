/* Passwords that are not on the command line. */

#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include <eportal/err.h>
#include <eportal/user.h>

#define PASSWORD_SIZE (EP_PASSWORD_MAX + 2) /* one too many, and the NUL */

/* On a terminal ask twice without echo, otherwise read one line of standard
 * input. The caller wipes out. */
ep_rc_t prompt_password(char out[PASSWORD_SIZE], ep_err_t *err);
/* One that is there already, which a slip of the finger does no harm to. */
ep_rc_t prompt_password_once(char out[PASSWORD_SIZE], ep_err_t *err);

#endif
