#include "gateway/base/supervisor.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int
supervisor_tell(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	if (!path || (*path != '/' && *path != '@') ||
		strlen(path) >= sizeof(to.sun_path))
		return 0;
	strcpy(to.sun_path, path);
	if (*path == '@')
		to.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	socklen_t len =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	ssize_t sent = sendto(fd, state, strlen(state), 0, (struct sockaddr *)&to, len);
	int r = sent < 0 ? -errno : 0;
	close(fd);
	return r;
}

int64_t
supervisor_interval(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	char *end;
	if (!usec || !*usec || (pid && strtoll(pid, NULL, 10) != getpid()))
		return 0;
	long long us = strtoll(usec, &end, 10);
	return *end || us < 2000 ? 0 : us / 2000;
}
