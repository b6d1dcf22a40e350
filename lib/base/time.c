/* Clocks and random bytes: see base/time.h. */

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include "base/time.h"


int64_t
ep_time_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}


ep_rc_t
ep_random(void *out, size_t n, ep_err_t *err)
{
    char *p = out;

    while (n > 0) {
        ssize_t got = getrandom(p, n, 0);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return ep_err_errno(err, "random", "getrandom failed");
        }
        p += got;
        n -= (size_t) got;
    }
    return EP_OK;
}


ep_rc_t
ep_random_name(char *out, size_t n, ep_err_t *err)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    for (size_t i = 0; i < n;) {
        uint8_t byte;
        ep_rc_t rc = ep_random(&byte, 1, err);

        if (rc != EP_OK) {
            return rc;
        }
        byte &= 63; /* 64 values, 62 letters: redraw, so none is likelier */
        if (byte < (i == 0 ? 52 : 62)) {
            out[i++] = alphabet[byte];
        }
    }
    out[n] = '\0';
    return EP_OK;
}


void
ep_time_format(int64_t us, char out[EP_TIME_TEXT])
{
    time_t seconds = (time_t) (us / 1000000);
    struct tm tm;
    size_t n;

    out[0] = '\0';
    if (us < 0 || gmtime_r(&seconds, &tm) == NULL || tm.tm_year >= 8100) {
        return;
    }
    n = strftime(out, EP_TIME_TEXT, "%Y-%m-%d %H:%M:%S", &tm);
    snprintf(out + n, EP_TIME_TEXT - n, ".%06u", (unsigned) (us % 1000000));
}
