/* Listening on a network. Names are not looked up: an address is written as one. */
#include "gateway/api/server.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 512

/* "[::1]:8025" to its two parts. */
static void
split(const char *address, char ret_host[256], const char **ret_port)
{
	const char *colon = strrchr(address, ':');
	size_t n = (size_t)(colon - address);
	if (n > 1 && *address == '[' && address[n - 1] == ']') {
		address++;
		n -= 2;
	}
	snprintf(ret_host, 256, "%.*s", (int)MIN(n, (size_t)255), address);
	if (!strcmp(ret_host, "localhost"))
		snprintf(ret_host, 256, "127.0.0.1");
	*ret_port = colon + 1;
}

static int
bind_and_listen(const struct addrinfo *at)
{
	int yes = 1;
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(fd, at->ai_addr, at->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	int r = -errno;
	close(fd);
	return r;
}

int
api_listen_tcp(const char *address, struct strbuf *err)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *found = NULL;
	char host[256];
	const char *port;
	if (!strrchr(address, ':')) {
		strbuf_set(err, "api.listen = \"%s\" lacks a port", address);
		return -EINVAL;
	}
	split(address, host, &port);
	if (getaddrinfo(host, port, &hints, &found) != 0) {
		strbuf_set(err,
			"api.listen = \"%s\" is not an address and a port, such as "
			"127.0.0.1:8025 or [::1]:8025",
			address);
		return -EINVAL;
	}
	int r = bind_and_listen(found);
	freeaddrinfo(found);
	if (r == -EADDRINUSE)
		strbuf_set(err, "api.listen = \"%s\": another program listens there",
			address);
	else if (r < 0)
		strbuf_set(err, "api.listen = \"%s\": %s", address, strerror(-r));
	return r;
}
