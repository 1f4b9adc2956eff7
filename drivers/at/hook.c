#include "drivers/at/hook.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#define HOOK_LOOK  (SECOND / 4)
#define HOOK_LIMIT (30 * SECOND)

extern char **environ;

static void
hook_look(void *arg)
{
	struct hook *hook = arg;
	int64_t now = clock_mono(loop_clock(hook->timer.loop));
	if (hook->pid && waitpid(hook->pid, NULL, WNOHANG) != 0)
		hook->pid = 0;
	if (hook->pid && now >= hook->deadline)
		kill(hook->pid, SIGKILL);
	if (hook->pid)
		loop_timer_in(&hook->timer, HOOK_LOOK);
}

void
hook_init(struct hook *hook, struct loop *loop)
{
	*hook = (struct hook){.pid = 0};
	loop_timer_init(&hook->timer, loop, hook_look, hook);
}

int
hook_run(struct hook *hook, const char *program, const char *device, const char *name)
{
	char *argv[] = {(char *)program, (char *)device, (char *)name, NULL};
	posix_spawnattr_t attr;
	sigset_t none;
	pid_t pid = 0;
	int r;
	if (hook->pid)
		return -EBUSY;
	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	r = posix_spawn(&pid, program, NULL, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	if (r)
		return -r;
	hook->pid = pid;
	hook->deadline = clock_mono(loop_clock(hook->timer.loop)) + HOOK_LIMIT;
	loop_timer_in(&hook->timer, HOOK_LOOK);
	return 0;
}

void
hook_stop(struct hook *hook)
{
	loop_timer_stop(&hook->timer);
	if (!hook->pid)
		return;
	kill(hook->pid, SIGKILL);
	waitpid(hook->pid, NULL, 0);
	hook->pid = 0;
}
