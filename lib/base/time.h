/* Clocks and random bytes. */

#ifndef EP_BASE_TIME_H
#define EP_BASE_TIME_H

#include <stdint.h>
#include <stddef.h>

#include <eportal/err.h>

/* UTC in microseconds. */
int64_t ep_time_us(void);

/* Random bytes from getrandom(2); never fails once the pool is seeded. */
ep_rc_t ep_random(void *out, size_t n, ep_err_t *err);

/* n random letters and digits and a NUL; the first is a letter, as agents
 * expect of a server id (protocol.md 1.1). */
ep_rc_t ep_random_name(char *out, size_t n, ep_err_t *err);

#endif
