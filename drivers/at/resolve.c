#include "drivers/at/resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESOLVE_LOOK  INT64_C(20)
#define RESOLVE_LIMIT (15 * SECOND)

struct resolve_job {
	struct gaicb request;
	struct addrinfo hints;
	char host[256], service[16];
	struct resolve_job *next; /* among the forgotten */
};

/* The library's thread still writes to these. Only the loop's thread is here. */
static struct resolve_job *forgotten;

static void
job_free(struct resolve_job *job)
{
	if (job->request.ar_result)
		freeaddrinfo(job->request.ar_result);
	free(job);
}

static void
sweep_forgotten(void)
{
	for (struct resolve_job **at = &forgotten; *at;) {
		struct resolve_job *job = *at;
		if (gai_error(&job->request) == EAI_INPROGRESS) {
			at = &job->next;
			continue;
		}
		*at = job->next;
		job_free(job);
	}
}

static void
resolve_look(void *arg)
{
	struct resolve *r = arg;
	struct resolve_job *job = r->job;
	int64_t now = clock_mono(loop_clock(r->timer.loop));
	int state = gai_error(&job->request);
	if (state == EAI_INPROGRESS && now < r->deadline) {
		loop_timer_in(&r->timer, RESOLVE_LOOK);
		return;
	}
	if (state == EAI_INPROGRESS) {
		resolve_stop(r);
		r->done(r->arg, NULL, "its name could not be looked up in time");
		return;
	}
	r->job = NULL;
	r->done(r->arg, state == 0 ? job->request.ar_result : NULL,
		state == 0 ? "" : gai_strerror(state));
	job_free(job);
}

void
resolve_init(struct resolve *r, struct loop *loop,
	void (*done)(void *arg, const struct addrinfo *found, const char *why), void *arg)
{
	*r = (struct resolve){.done = done, .arg = arg};
	loop_timer_init(&r->timer, loop, resolve_look, r);
}

void
resolve_start(struct resolve *r, const char *host, const char *service)
{
	struct resolve_job *job = xcalloc(1, sizeof(*job));
	struct gaicb *list[] = {&job->request};
	resolve_stop(r);
	snprintf(job->host, sizeof(job->host), "%s", host);
	snprintf(job->service, sizeof(job->service), "%s", service);
	job->hints =
		(struct addrinfo){.ai_flags = AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
	job->request = (struct gaicb){.ar_name = job->host,
		.ar_service = job->service,
		.ar_request = &job->hints};
	r->job = job;
	r->deadline = clock_mono(loop_clock(r->timer.loop)) + RESOLVE_LIMIT;
	if (getaddrinfo_a(GAI_NOWAIT, list, 1, NULL))
		r->deadline = 0;
	loop_timer_in(&r->timer, 0);
}

void
resolve_stop(struct resolve *r)
{
	sweep_forgotten();
	loop_timer_stop(&r->timer);
	if (!r->job)
		return;
	gai_cancel(&r->job->request);
	if (gai_error(&r->job->request) == EAI_INPROGRESS) {
		r->job->next = forgotten;
		forgotten = r->job;
	} else {
		job_free(r->job);
	}
	r->job = NULL;
}
