/* TCP connections with one deadline for everything that is done on them. */

#ifndef EP_AUTH_DIAL_H
#define EP_AUTH_DIAL_H

#include <netdb.h>

#include <eportal/addr.h>
#include <eportal/err.h>
#include <eportal/portal.h>

typedef struct {
    const ep_portal_t *portal; /* whose process may be ending; may be NULL */
    int64_t until;             /* on the monotonic clock, milliseconds */
    bool late;                 /* a wait was over before anything came */
    bool stopped;              /* because the process is ending */
} ep_wait_t;

void ep_wait_begin(ep_wait_t *wait, const ep_portal_t *portal, int seconds);
/* Milliseconds that are left, at most so many; 0 when the time is over or
 * the process ends, which is then noted in wait. */
int ep_wait_slice(ep_wait_t *wait, int most);
/* Wait until fd can be read or written (poll's events); false, errno being
 * ETIMEDOUT, when that takes too long. */
bool ep_wait_fd(ep_wait_t *wait, int fd, short events);

/* A host's addresses. False, *why being a sentence of the resolver, when it
 * has none. Takes as long as the resolver of this machine does. */
bool ep_dial_resolve(const char *host, int port, struct addrinfo **out,
                     const char **why);
/* Connect to one of them, each getting its share of the time: a descriptor
 * that does not block, and to, the address it is connected to; -1 with the
 * last one's errno. */
int ep_dial(ep_wait_t *wait, const struct addrinfo *list,
            char to[EP_ADDR_TEXT]);

#endif
