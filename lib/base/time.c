/* Clocks and random bytes: see base/time.h. */

#include <errno.h>
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
