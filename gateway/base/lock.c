#include "gateway/base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* /dev/ttyUSB0 is LCK..ttyUSB0; /dev/pts/3 is LCK..pts_3. */
static void
lock_name(struct lock *lock, const char *dir, const char *device)
{
	char real[PATH_MAX];
	const char *name = realpath(device, real) ? real : device;
	size_t prefix;
	if (strncmp(name, "/dev/", 5) == 0)
		name += 5;
	prefix = (size_t)snprintf(lock->path, sizeof(lock->path), "%s/LCK..", dir);
	if (prefix >= sizeof(lock->path) || strlen(name) >= sizeof(lock->path) - prefix) {
		lock->path[0] = '\0';
		return;
	}
	for (char *p = lock->path + prefix; (*p = *name) != '\0'; p++, name++)
		if (*p == '/')
			*p = '_';
}

/* The pid in a lock file, 0 when there is none to be read. */
static long
lock_holder(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 ? strtol(text, NULL, 10) : 0;
}

static int
lock_create(const char *path)
{
	char text[16];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644), len;
	if (fd < 0)
		return -errno;
	len = snprintf(text, sizeof(text), "%10ld\n", (long)getpid());
	if (write(fd, text, (size_t)len) != len) {
		close(fd);
		unlink(path);
		return -EIO;
	}
	close(fd);
	return 0;
}

static int
lock_file(struct lock *lock, const char *device, struct strbuf *err)
{
	int r = lock_create(lock->path);
	long pid;
	if (r == -EEXIST) {
		pid = lock_holder(lock->path);
		/* Our own pid without the flock is a leftover of an earlier program with
		 * it. */
		if (pid > 0 && pid != getpid() &&
			(kill((pid_t)pid, 0) == 0 || errno == EPERM)) {
			strbuf_set(err, "%s is in use: process %ld holds %s", device, pid,
				lock->path);
			lock->path[0] = '\0';
			return -EBUSY;
		}
		unlink(lock->path);
		r = lock_create(lock->path);
	}
	if (r)
		lock->path[0] = '\0';
	return 0;
}

/* Who has the flock() may have left its number. */
static void
lock_taken(const char *dir, const char *device, struct strbuf *err)
{
	struct lock theirs = {.path = ""};
	if (dir && *dir)
		lock_name(&theirs, dir, device);
	long pid = theirs.path[0] ? lock_holder(theirs.path) : 0;
	if (pid == getpid())
		strbuf_set(err, "%s is in use: another channel of this gateway has it",
			device);
	else if (pid > 0)
		strbuf_set(err, "%s is in use: process %ld has it", device, pid);
	else
		strbuf_set(err, "%s is in use: another program has locked it", device);
}

int
lock_take(struct lock *lock, const char *dir, const char *device, int fd,
	struct strbuf *err)
{
	lock->path[0] = '\0';
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		lock_taken(dir, device, err);
		return -EBUSY;
	}
	if (!dir || !*dir)
		return 0;
	lock_name(lock, dir, device);
	return lock->path[0] ? lock_file(lock, device, err) : 0;
}

void
lock_drop(struct lock *lock)
{
	if (lock->path[0])
		unlink(lock->path);
	lock->path[0] = '\0';
}
