/* Which addresses are out in the world: what protects the shop's own network from being
 * reached through an address somebody else may choose. Pure. */
#ifndef MALGIL_NET_REACH_H
#define MALGIL_NET_REACH_H

#include <sys/socket.h>

#include "gateway/base/strbuf.h"

/* False for loopback, private, link-local (the metadata services of clouds among them),
 * shared, multicast, reserved and documentation addresses of IPv4 and IPv6 (the IANA
 * special-purpose registries, RFC 6890), also when an IPv6 address only wraps such an
 * IPv4 one, and for every family but the two. */
bool reach_public(const struct sockaddr *address);
/* The address as text. */
void reach_name(const struct sockaddr *address, char ret[64]);

#endif
