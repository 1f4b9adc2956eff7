#include "gateway/base/fault.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLACES 128

bool fault_armed;

static struct {
	char name[64];
	long countdown;
	int trace;
	const char *seen[PLACES];
	size_t count;
} fault = {.trace = -1};

void
fault_init(void)
{
	const char *wanted = getenv("MALGIL_FAULT");
	if (wanted && *wanted) {
		size_t n = MIN(strcspn(wanted, ":"), sizeof(fault.name) - 1);
		memcpy(fault.name, wanted, n);
		fault.countdown = wanted[n] == ':' ? atol(wanted + n + 1) : 1;
		fault_armed = true;
	}
	const char *trace = getenv("MALGIL_FAULT_TRACE");
	if (trace && *trace) {
		fault.trace =
			open(trace, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
		fault_armed = true;
	}
}

static void
note(const char *name)
{
	for (size_t i = 0; i < fault.count; i++)
		if (fault.seen[i] == name || !strcmp(fault.seen[i], name))
			return;
	if (fault.count == PLACES)
		return;
	fault.seen[fault.count++] = name;
	char line[80];
	size_t n = MIN(strlen(name), sizeof(line) - 1);
	memcpy(line, name, n);
	line[n] = '\n';
	if (write(fault.trace, line, n + 1) < 0)
		fault.trace = -1;
}

void
fault_pass(const char *name)
{
	if (fault.trace >= 0)
		note(name);
	if (!fault.name[0] || strcmp(fault.name, name) || --fault.countdown != 0)
		return;
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}
