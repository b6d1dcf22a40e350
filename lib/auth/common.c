/* Passwords that everybody tries first (ASVS 6.2.4): see eportal/user.h. */

#include <stdlib.h>

#include <eportal/user.h>

#include "auth/common.h"

#define LONGEST 64 /* no list has longer ones */


static int
compare(const void *password, const void *item)
{
    return strcmp(password, *(const char *const *) item);
}


bool
ep_password_is_common(ep_str_t password)
{
    char lower[LONGEST + 1];
    bool found;

    if (!ep_str_copy(password, lower, sizeof(lower))) {
        return false;
    }
    for (char *p = lower; *p != '\0'; p++) {
        if (*p >= 'A' && *p <= 'Z') {
            *p = (char) (*p - 'A' + 'a');
        }
    }
    found = bsearch(lower, ep_common_passwords, ep_common_passwords_count,
                    sizeof(ep_common_passwords[0]), compare)
            != NULL;
    explicit_bzero(lower, sizeof(lower));
    return found;
}
