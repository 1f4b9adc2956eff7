/* The socket file. Its name is the daemon's presence: one that answers is never replaced.
 */
#include "gateway/api/server.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

static int
connect_result(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	int r = connect(fd, (const struct sockaddr *)address, sizeof(*address)) ? -errno
										: 0;
	close(fd);
	return r;
}

/* Removes a socket whose process is dead. EAGAIN means its backlog is full: very much
 * alive. */
static int
clear_stale(const struct sockaddr_un *address, struct strbuf *err)
{
	struct stat st;
	if (lstat(address->sun_path, &st) != 0)
		return 0; /* bind() will tell what is wrong, if anything */
	if (!S_ISSOCK(st.st_mode)) {
		strbuf_set(
			err, "%s is in the way: it is not a socket", address->sun_path);
		return -EEXIST;
	}
	int r = connect_result(address);
	if (!r || r == -EAGAIN || r == -EACCES) {
		strbuf_set(
			err, "another gateway already listens on %s", address->sun_path);
		return -EADDRINUSE;
	}
	unlink(address->sun_path);
	return 0;
}

/* On Linux a socket file gets the mode its descriptor had before bind(): there is no
 * moment in which others could connect. */
static int
bind_and_listen(int fd, const struct sockaddr_un *address)
{
	if (fchmod(fd, 0600) != 0 ||
		bind(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 ||
		listen(fd, BACKLOG) != 0)
		return -errno;
	return 0;
}

int
api_listen_unix(const char *path, struct strbuf *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address.sun_path)) {
		strbuf_set(err, "%s is too long for a socket's name (107 bytes)", path);
		return -ENAMETOOLONG;
	}
	strcpy(address.sun_path, path);
	int r = clear_stale(&address, err);
	if (r)
		return r;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r = fd < 0 ? -errno : bind_and_listen(fd, &address);
	if (!r)
		return fd;
	strbuf_set(err, "cannot listen on %s: %s", path, strerror(-r));
	if (fd >= 0)
		close(fd);
	return r;
}

int
api_share_unix(const char *path, const char *group, struct strbuf *err)
{
	char folder[108];
	char room[4096];
	struct group entry, *found;
	if (getgrnam_r(group, &entry, room, sizeof(room), &found) || !found) {
		strbuf_set(
			err, "api.staff_group = \"%s\": there is no such group", group);
		return -EINVAL;
	}
	snprintf(folder, sizeof(folder), "%s", path);
	char *slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	if (chown(path, (uid_t)-1, found->gr_gid) == 0 && chmod(path, 0660) == 0 &&
		(!slash || chown(folder, (uid_t)-1, found->gr_gid) == 0))
		return 0;
	int r = -errno;
	strbuf_set(err, "api.staff_group = \"%s\": %s cannot be given to the group: %s",
		group, path, strerror(-r));
	return r;
}
