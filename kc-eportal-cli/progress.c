/* The progress line: see progress.h. */

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

#define REDRAW_US 100000
#define BAR 20 /* columns */


static int64_t
now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}


void
progress_begin(progress_t *progress, const char *label)
{
    progress->label = label;
    progress->started = now_us();
    progress->drawn = 0;
    progress->terminal = isatty(STDERR_FILENO);
    progress->visible = false;
}


/* "12.3 MiB" */
static void
format_bytes(double bytes, char *out, size_t size)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
    size_t i = 0;

    while (bytes >= 1024 && i + 1 < EP_ARRAY_LEN(units)) {
        bytes /= 1024;
        i++;
    }
    snprintf(out, size, "%.*f %s", i > 0 ? 1 : 0, bytes, units[i]);
}


static void
draw(const progress_t *progress, const ep_progress_t *state, int64_t now)
{
    static const char full[] = "####################";
    double seconds = (double) (now - progress->started) / 1e6;
    double part = (double) state->bytes_read / (double) state->bytes_total;
    double rate = (double) state->bytes_read / seconds;
    int64_t left;
    char done[24];
    char speed[24];

    part = part > 1 ? 1 : part;
    left = (int64_t) (seconds / part - seconds);
    format_bytes((double) state->bytes_read, done, sizeof(done));
    format_bytes(rate, speed, sizeof(speed));
    fprintf(stderr,
            "\r\033[K%.20s %s [%-*.*s] %3d%% %s, %s/s, %" PRId64 ":%02" PRId64
            " left",
            progress->label, state->step, BAR, (int) (part * BAR), full,
            (int) (part * 100), done, speed, left / 60, left % 60);
    fflush(stderr);
}


void
progress_update(void *ctx, const ep_progress_t *state)
{
    progress_t *progress = ctx;
    int64_t now;

    if (!progress->terminal || state->bytes_total == 0
        || state->bytes_read == 0) {
        return;
    }
    now = now_us();
    if (now - progress->drawn < REDRAW_US || now == progress->started) {
        return;
    }
    draw(progress, state, now);
    progress->drawn = now;
    progress->visible = true;
}


void
progress_clear(progress_t *progress)
{
    if (progress->visible) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        progress->visible = false;
    }
}
