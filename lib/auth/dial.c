/* TCP connections with a deadline: see auth/dial.h. */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "auth/dial.h"

#define SLICE_MS 250 /* between two looks whether the process ends */


static int64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}


void
ep_wait_begin(ep_wait_t *wait, const ep_portal_t *portal, int seconds)
{
    *wait = (ep_wait_t){ .portal = portal,
                         .until = now_ms() + (int64_t) seconds * 1000 };
}


int
ep_wait_slice(ep_wait_t *wait, int most)
{
    int64_t left = wait->until - now_ms();

    wait->stopped = wait->portal != NULL && ep_portal_hurried(wait->portal);
    wait->late = left <= 0;
    if (wait->late || wait->stopped) {
        return 0;
    }
    most = most < SLICE_MS ? most : SLICE_MS;
    return left < most ? (int) left : most;
}


/* As ep_wait_fd, but not longer than until. */
static bool
wait_until(ep_wait_t *wait, int64_t until, int fd, short events)
{
    struct pollfd poll_fd = { .fd = fd, .events = events };

    for (;;) {
        int64_t left = until - now_ms();
        int slice = ep_wait_slice(wait, left > 0 ? (int) left : 0);
        int ready = poll(&poll_fd, 1, slice);

        if (ready > 0) {
            return true;
        }
        if (ready < 0 && errno != EINTR) {
            return false;
        }
        if (slice == 0) {
            errno = ETIMEDOUT;
            return false;
        }
    }
}


bool
ep_wait_fd(ep_wait_t *wait, int fd, short events)
{
    return wait_until(wait, wait->until, fd, events);
}


bool
ep_dial_resolve(const char *host, int port, struct addrinfo **out,
                const char **why)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                              .ai_flags = AI_NUMERICSERV };
    char service[8];
    int bad;

    snprintf(service, sizeof(service), "%d", port);
    bad = getaddrinfo(host, service, &hints, out);
    *why = bad != 0 ? gai_strerror(bad) : NULL;
    return bad == 0;
}


static void
show(const struct addrinfo *info, char to[EP_ADDR_TEXT])
{
    if (getnameinfo(info->ai_addr, info->ai_addrlen, to, EP_ADDR_TEXT, NULL, 0,
                    NI_NUMERICHOST)
        != 0)
    {
        to[0] = '\0';
    }
}


static int
dial_one(ep_wait_t *wait, int64_t until, const struct addrinfo *info)
{
    int fd = socket(info->ai_family,
                    info->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    info->ai_protocol);
    int error = 0, on = 1;
    socklen_t size = sizeof(error);

    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(fd, info->ai_addr, info->ai_addrlen) == 0) {
        return fd;
    }
    error = errno;
    if (error == EINPROGRESS) {
        if (!wait_until(wait, until, fd, POLLOUT)) {
            error = errno;
        } else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) {
            error = errno;
        }
    }
    if (error == 0) {
        return fd;
    }
    close(fd);
    errno = error;
    return -1;
}


int
ep_dial(ep_wait_t *wait, const struct addrinfo *list, char to[EP_ADDR_TEXT])
{
    int count = 0, fd = -1;

    for (const struct addrinfo *info = list; info; info = info->ai_next) {
        count++;
    }
    errno = EADDRNOTAVAIL;
    for (; list != NULL && fd < 0; list = list->ai_next, count--) {
        int64_t now = now_ms();

        show(list, to);
        fd = dial_one(wait, now + (wait->until - now) / count, list);
        if (fd < 0 && (wait->late || wait->stopped)) {
            break;
        }
    }
    return fd;
}
