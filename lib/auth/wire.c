/* What libldap reads and writes through: see auth/wire.h. */

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "auth/wire.h"
#include "base/file.h"


static int
wire_setup(Sockbuf_IO_Desc *desc, void *arg)
{
    desc->sbiod_pvt = arg;
    return 0;
}


static int
wire_remove(Sockbuf_IO_Desc *desc)
{
    return 0;
}


static int
wire_ctrl(Sockbuf_IO_Desc *desc, int option, void *arg)
{
    return 0;
}


static ber_slen_t
wire_read(Sockbuf_IO_Desc *desc, void *data, ber_len_t size)
{
    const ep_wire_t *wire = desc->sbiod_pvt;

    for (;;) {
        ssize_t n = recv(wire->fd, data, size, 0);

        if (n >= 0 || (errno != EAGAIN && errno != EINTR)
            || !ep_wait_fd(wire->wait, wire->fd, POLLIN))
        {
            return n;
        }
    }
}


static ber_slen_t
wire_write(Sockbuf_IO_Desc *desc, void *data, ber_len_t size)
{
    const ep_wire_t *wire = desc->sbiod_pvt;

    for (;;) {
        ssize_t n = send(wire->fd, data, size, MSG_NOSIGNAL);

        if (n >= 0 || (errno != EAGAIN && errno != EINTR)
            || !ep_wait_fd(wire->wait, wire->fd, POLLOUT))
        {
            return n;
        }
    }
}


static int
wire_close(Sockbuf_IO_Desc *desc)
{
    ep_wire_t *wire = desc->sbiod_pvt;

    ep_closep(&wire->fd);
    return 0;
}


Sockbuf_IO ep_wire_io = {
    .sbi_setup = wire_setup,
    .sbi_remove = wire_remove,
    .sbi_ctrl = wire_ctrl,
    .sbi_read = wire_read,
    .sbi_write = wire_write,
    .sbi_close = wire_close,
};
