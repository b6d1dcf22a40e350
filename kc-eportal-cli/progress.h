/* One line on a terminal that shows how far an archive is unpacked. */

#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include <eportal/patchset.h>

typedef struct {
    const char *label; /* what is being deployed */
    int64_t started;   /* microseconds */
    int64_t drawn;     /* when the line was drawn last */
    bool terminal;     /* stderr is one: otherwise nothing is drawn */
    bool visible;      /* the line is on the screen now */
} progress_t;

void progress_begin(progress_t *progress, const char *label);
/* For ep_deploy_t: ctx is the progress_t. */
void progress_update(void *ctx, const ep_progress_t *state);
/* Take the line off the screen, before anything else is written. */
void progress_clear(progress_t *progress);

#endif
