/*
 * The logging hook. The library never writes a log itself: it hands lines
 * to the function that its caller set on the portal (ep_portal_set_log).
 */

#ifndef EPORTAL_LOG_H
#define EPORTAL_LOG_H

typedef enum {
    EP_LOG_DEBUG,
    EP_LOG_INFO,
    EP_LOG_WARNING,
    EP_LOG_ERROR
} ep_log_level_t;

/* logger: dotted name such as "eportal.patches" (CLI-12). msg: UTF-8, one
 * line, no newline; control characters are already replaced. Called on the
 * thread that uses the portal. */
typedef void (*ep_log_fn)(void *ctx, ep_log_level_t level, const char *logger,
                          const char *msg);

#endif
