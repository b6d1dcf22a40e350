/* Clocks and random bytes. */

#ifndef EP_BASE_TIME_H
#define EP_BASE_TIME_H

#include <stdint.h>
#include <stddef.h>

#include <eportal/err.h>

/* UTC in microseconds. */
int64_t ep_time_us(void);

#define EP_TIME_TEXT 32
/* "2026-11-23 20:15:00.000000" of UTC microseconds, as the API shows times;
 * empty when the year has more than four digits. */
void ep_time_format(int64_t us, char out[EP_TIME_TEXT]);

/* Random bytes from getrandom(2); never fails once the pool is seeded. */
ep_rc_t ep_random(void *out, size_t n, ep_err_t *err);

/* n random letters and digits and a NUL; the first is a letter, as agents
 * expect of a server id (protocol.md 1.1). */
ep_rc_t ep_random_name(char *out, size_t n, ep_err_t *err);

#endif
