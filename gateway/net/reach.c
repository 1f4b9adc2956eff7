#include "gateway/net/reach.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const struct {
	uint32_t net;
	int bits;
} inside4[] = {
	{0x00000000, 8},  /* this network */
	{0x0a000000, 8},  /* private */
	{0x64400000, 10}, /* shared, carrier NAT */
	{0x7f000000, 8},  /* loopback */
	{0xa9fe0000, 16}, /* link-local, 169.254.169.254 */
	{0xac100000, 12}, /* private */
	{0xc0000000, 24}, /* protocol assignments */
	{0xc0000200, 24}, /* documentation */
	{0xc0586300, 24}, /* 6to4 relays */
	{0xc0a80000, 16}, /* private */
	{0xc6120000, 15}, /* benchmarks */
	{0xc6336400, 24}, /* documentation */
	{0xcb007100, 24}, /* documentation */
	{0xe0000000, 4},  /* multicast */
	{0xf0000000, 4},  /* reserved, broadcast */
};

static bool
public4(uint32_t address)
{
	for (size_t i = 0; i < ARRAY_LEN(inside4); i++)
		if ((address ^ inside4[i].net) >> (32 - inside4[i].bits) == 0)
			return false;
	return true;
}

static uint32_t
word(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Only 2000::/3 is given out; within it some lead elsewhere. */
static bool
public6(const uint8_t *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t nat64[12] = {0, 0x64, 0xff, 0x9b};
	if (!memcmp(a, mapped, 12) || !memcmp(a, nat64, 12))
		return public4(word(a + 12));
	if ((a[0] & 0xe0) != 0x20)
		return false;
	if (a[0] == 0x20 && a[1] == 0x02) /* 6to4 */
		return public4(word(a + 2));
	if (word(a) == 0x20010000) /* Teredo: the client's address, inverted */
		return public4(word(a + 4)) && public4(~word(a + 12));
	if (a[0] == 0x20 && a[1] == 0x01 && a[2] < 0x02) /* 2001::/23 */
		return false;
	if (a[0] == 0x3f && a[1] == 0xff && a[2] < 0x10) /* documentation */
		return false;
	return word(a) != 0x20010db8;
}

bool
reach_public(const struct sockaddr *address)
{
	if (address->sa_family == AF_INET)
		return public4(ntohl(((const struct sockaddr_in *)(const void *)address)
					     ->sin_addr.s_addr));
	if (address->sa_family == AF_INET6)
		return public6(((const struct sockaddr_in6 *)(const void *)address)
				       ->sin6_addr.s6_addr);
	return false;
}

void
reach_name(const struct sockaddr *address, char ret[64])
{
	const void *at = NULL;
	snprintf(ret, 64, "an address");
	if (address->sa_family == AF_INET)
		at = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
	else if (address->sa_family == AF_INET6)
		at = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	if (at)
		inet_ntop(address->sa_family, at, ret, 64);
}
