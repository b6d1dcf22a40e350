/*
 * What libldap reads and writes through: so that one deadline holds for the
 * TLS handshake and every answer, however slowly they come, and no write
 * ends the program by SIGPIPE.
 */

#ifndef EP_AUTH_WIRE_H
#define EP_AUTH_WIRE_H

#include <lber.h>

#include "auth/dial.h"

/* To be given to ber_sockbuf_add_io with ep_wire_io; closes fd. */
typedef struct {
    int fd; /* does not block */
    ep_wait_t *wait;
} ep_wire_t;

extern Sockbuf_IO ep_wire_io;

#endif
