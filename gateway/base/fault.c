#include "gateway/base/fault.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLACES 128

bool fault_armed;

static struct {
	pthread_mutex_t lock;
	char name[64];
	long countdown;
	int trace;
	struct {
		const char *name;
		unsigned long passed;
	} places[PLACES];
	size_t count;
} fault = {.lock = PTHREAD_MUTEX_INITIALIZER, .trace = -1};

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
	size_t i = 0;
	while (i < fault.count && strcmp(fault.places[i].name, name) != 0)
		i++;
	if (i == PLACES)
		return;
	if (i == fault.count)
		fault.places[fault.count++].name = name;
	unsigned long n = ++fault.places[i].passed;
	if (n & (n - 1))
		return;
	char line[96];
	int len = snprintf(line, sizeof(line), "%s %lu\n", name, n);
	if (write(fault.trace, line, MIN((size_t)len, sizeof(line) - 1)) < 0)
		fault.trace = -1;
}

void
fault_pass(const char *name)
{
	pthread_mutex_lock(&fault.lock);
	if (fault.trace >= 0)
		note(name);
	bool now = fault.name[0] && !strcmp(fault.name, name) && --fault.countdown == 0;
	pthread_mutex_unlock(&fault.lock);
	if (!now)
		return;
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}
