/* What embed-common.pl makes, for lib/auth/common.c only. */

#ifndef EP_AUTH_COMMON_H
#define EP_AUTH_COMMON_H

#include <stddef.h>

/* Lower case, sorted by bytes. */
extern const char *const ep_common_passwords[];
extern const size_t ep_common_passwords_count;

#endif
