/* What a supervisor hears of us: sd_notify(3) over a socket of our own making. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/base/supervisor.h"

static int
listen_at(const char *path, bool abstract)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	strcpy(at.sun_path, path);
	socklen_t len =
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (abstract)
		at.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	return fd;
}

static void
hear_one(int fd, const char *state)
{
	char got[64] = {0};
	setenv("NOTIFY_SOCKET", "", 1);
	ssize_t n = recv(fd, got, sizeof(got) - 1, 0);
	assert_int_equal(n, (ssize_t)strlen(state));
	assert_string_equal(got, state);
}

static void
test_states_arrive_as_datagrams(void **unused)
{
	(void)unused;
	char path[64], name[64];
	snprintf(path, sizeof(path), "/tmp/malgil-notify.%d", getpid());
	snprintf(name, sizeof(name), "@malgil-notify.%d", getpid());
	struct {
		const char *at;
		bool abstract;
	} rows[] = {{path, false}, {name, true}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int fd = listen_at(rows[i].at, rows[i].abstract);
		setenv("NOTIFY_SOCKET", rows[i].at, 1);
		assert_int_equal(supervisor_tell("READY=1"), 0);
		hear_one(fd, "READY=1");
		close(fd);
	}
	unlink(path);
}

static void
test_nobody_listens(void **unused)
{
	(void)unused;
	char long_path[200];
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[0] = '/';
	long_path[sizeof(long_path) - 1] = '\0';
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(supervisor_tell("READY=1"), 0);
	setenv("NOTIFY_SOCKET", long_path, 1);
	assert_int_equal(supervisor_tell("READY=1"), 0);
	setenv("NOTIFY_SOCKET", "vsock:2:1234", 1);
	assert_int_equal(supervisor_tell("READY=1"), 0);
	setenv("NOTIFY_SOCKET", "/tmp/malgil-no-such-socket", 1);
	assert_int_equal(supervisor_tell("READY=1"), -ENOENT);
	unsetenv("NOTIFY_SOCKET");
}

static void
test_the_watchdog_is_fed_twice_as_often_as_asked(void **unused)
{
	(void)unused;
	char self[16];
	snprintf(self, sizeof(self), "%d", getpid());
	static const struct {
		const char *usec, *pid;
		int64_t ms;
	} rows[] = {{NULL, NULL, 0}, {"60000000", NULL, 30000}, {"60000000", "1", 0},
		{"60000000", "self", 30000}, {"", NULL, 0}, {"soon", NULL, 0},
		{"-5", NULL, 0}, {"1999", NULL, 0}, {"2000", NULL, 1}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsetenv("WATCHDOG_USEC");
		unsetenv("WATCHDOG_PID");
		if (rows[i].usec)
			setenv("WATCHDOG_USEC", rows[i].usec, 1);
		if (rows[i].pid)
			setenv("WATCHDOG_PID",
				!strcmp(rows[i].pid, "self") ? self : rows[i].pid, 1);
		assert_int_equal(supervisor_interval(), rows[i].ms);
	}
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states_arrive_as_datagrams),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_the_watchdog_is_fed_twice_as_often_as_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
