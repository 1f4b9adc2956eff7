#include "drivers/gammu/phone_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RETRY_FIRST (1 * SECOND)
#define RETRY_MOST  MINUTE
#define TURN        20 /* ms between two looks at the phone; a job ends the pause */

/* ---- shared with the driver's thread ---- */

struct phone *
phone_start(const struct phone_setup *setup)
{
	struct phone *p = xcalloc(1, sizeof(*p));
	pthread_condattr_t attr;
	sigset_t all, before;
	p->config = setup->config;
	p->lock_dir = xstrdup(setup->lock_dir ? setup->lock_dir : "");
	p->to = setup->to;
	p->arg = setup->arg;
	p->is_at = gammu_config_is_at(p->config->connection);
	p->guard = -1;
	p->last = &p->first;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->wake, &attr);
	pthread_cond_init(&p->ended_too, &attr);
	pthread_condattr_destroy(&attr);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (pthread_create(&p->thread, NULL, phone_main, p))
		abort();
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return p;
}

static void
phone_free(struct phone *p)
{
	for (struct job *j = p->first, *next; j; j = next) {
		next = j->next;
		free(j);
	}
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->wake);
	pthread_cond_destroy(&p->ended_too);
	free(p->lock_dir);
	free(p);
}

void
phone_ask(struct phone *p, const struct job *job)
{
	struct job *copy = xmalloc(sizeof(*copy));
	*copy = *job;
	copy->next = NULL;
	pthread_mutex_lock(&p->lock);
	*p->last = copy;
	p->last = &copy->next;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

bool
phone_take_back(struct phone *p, uint64_t attempt)
{
	struct job **at = &p->first, *found;
	pthread_mutex_lock(&p->lock);
	while (*at && ((*at)->kind != JOB_SEND || (*at)->id != attempt))
		at = &(*at)->next;
	found = *at;
	if (found) {
		*at = found->next;
		if (!found->next)
			p->last = at;
	}
	pthread_mutex_unlock(&p->lock);
	free(found);
	return found != NULL;
}

static void
hurry_locked(struct phone *p)
{
	p->hurry = true;
	if (p->sm)
		GSM_AbortOperation(p->sm);
	pthread_cond_signal(&p->wake);
}

void
phone_hurry(struct phone *p)
{
	pthread_mutex_lock(&p->lock);
	hurry_locked(p);
	pthread_mutex_unlock(&p->lock);
}

static struct timespec
phone_deadline(int64_t ms)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	int64_t ns = t.tv_nsec + ms % 1000 * 1000000;
	t.tv_sec += (time_t)(ms / 1000 + ns / 1000000000);
	t.tv_nsec = ns % 1000000000;
	return t;
}

bool
phone_stop(struct phone *p, int patience)
{
	struct timespec until = phone_deadline(patience);
	int r = 0;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	hurry_locked(p);
	while (!p->ended && r == 0)
		r = pthread_cond_timedwait(&p->ended_too, &p->lock, &until);
	bool ended = p->ended;
	if (!ended) {
		p->abandoned = true;
		pthread_detach(p->thread);
	}
	pthread_mutex_unlock(&p->lock);
	if (!ended)
		return false;
	pthread_join(p->thread, NULL);
	phone_free(p);
	return true;
}

void
phone_trace(struct phone *p, struct strbuf *out)
{
	pthread_mutex_lock(&p->lock);
	size_t first = p->wire_total > sizeof(p->wire) ? p->wire_total : 0;
	for (size_t i = 0; i < MIN(p->wire_total, sizeof(p->wire)); i++)
		strbuf_putc(out, p->wire[(first + i) % sizeof(p->wire)]);
	pthread_mutex_unlock(&p->lock);
}

/* ---- the thread ---- */

int64_t
phone_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
phone_post(struct phone *p, const struct letter *letter)
{
	struct letter *copy = xmalloc(sizeof(*copy));
	*copy = *letter;
	copy->arg = p->arg;
	pthread_mutex_lock(&p->lock);
	if (p->abandoned)
		free(copy);
	else
		mailbox_post(p->to, copy);
	pthread_mutex_unlock(&p->lock);
}

bool
phone_hurried(struct phone *p)
{
	pthread_mutex_lock(&p->lock);
	bool hurried = p->hurry;
	pthread_mutex_unlock(&p->lock);
	return hurried;
}

void
phone_pause(struct phone *p, int64_t ms)
{
	struct timespec until = phone_deadline(ms);
	int r = 0;
	pthread_mutex_lock(&p->lock);
	while (!p->hurry && r == 0)
		r = pthread_cond_timedwait(&p->wake, &p->lock, &until);
	pthread_mutex_unlock(&p->lock);
}

/* The next job, or NULL after `ms`. */
static struct job *
phone_wait(struct phone *p, int64_t ms)
{
	struct timespec until = phone_deadline(ms);
	int r = 0;
	pthread_mutex_lock(&p->lock);
	while (!p->first && !p->hurry && r == 0)
		r = pthread_cond_timedwait(&p->wake, &p->lock, &until);
	struct job *job = p->hurry ? NULL : p->first;
	if (job) {
		p->first = job->next;
		if (!p->first)
			p->last = &p->first;
	}
	pthread_mutex_unlock(&p->lock);
	return job;
}

/* A send that waits while there is no phone never began. */
void
phone_refuse(struct phone *p, const struct job *job, const char *why)
{
	struct letter letter = {.kind = LETTER_OUTCOME, .id = job->id};
	if (job->kind == JOB_DELETE)
		letter.kind = LETTER_DELETED;
	else if (job->kind != JOB_SEND)
		return;
	letter.outcome = (struct outcome){
		.what = SEND_LATER, .reference = -1, .code = -1, .channel_fault = true};
	snprintf(letter.text, sizeof(letter.text), "%s", why);
	phone_post(p, &letter);
}

/* What was asked of a phone that is gone. */
static void
phone_refuse_all(struct phone *p, const char *why)
{
	pthread_mutex_lock(&p->lock);
	struct job *all = p->first;
	p->first = NULL;
	p->last = &p->first;
	pthread_mutex_unlock(&p->lock);
	for (struct job *j = all, *next; j; j = next) {
		next = j->next;
		phone_refuse(p, j, why);
		free(j);
	}
}

/* Between two tries to connect. */
static void
phone_rest(struct phone *p, int64_t ms)
{
	int64_t until = phone_now() + ms;
	while (phone_now() < until && !phone_hurried(p)) {
		struct job *job = phone_wait(p, until - phone_now());
		if (!job)
			continue;
		phone_refuse(p, job, "the phone is not there");
		free(job);
	}
}

/* Waits for the PIN the driver may give, or false. */
bool
phone_wait_pin(struct phone *p, char *ret, size_t size)
{
	while (!phone_hurried(p)) {
		struct job *job = phone_wait(p, MINUTE);
		bool pin = job && job->kind == JOB_PIN;
		if (pin)
			snprintf(ret, size, "%s", job->text);
		else if (job)
			phone_refuse(p, job, "the SIM wants its PIN");
		free(job);
		if (pin)
			return true;
		if (!job) /* look again: somebody may have opened it */
			return false;
	}
	return false;
}

static bool
phone_gone(const struct phone *p)
{
	struct pollfd look = {.fd = p->guard};
	return p->guard >= 0 && poll(&look, 1, 0) > 0 &&
	       (look.revents & (POLLHUP | POLLERR | POLLNVAL));
}

/* Until the phone is lost; the sentence says how. */
static void
phone_serve(struct phone *p, char *ret_why, size_t size)
{
	while (!phone_hurried(p)) {
		struct job *job = phone_wait(p, TURN);
		bool restart = job && job->kind == JOB_RESTART;
		if (job && !restart)
			phone_do(p, job);
		free(job);
		if (restart)
			p->lost = "restarted by request";
		if (!p->lost && phone_gone(p))
			p->lost = "the phone was unplugged";
		if (!p->lost)
			phone_listen(p);
		if (p->lost) {
			snprintf(ret_why, size, "%s", p->lost);
			return;
		}
	}
	snprintf(ret_why, size, "the phone did not answer in time");
}

void *
phone_main(void *arg)
{
	struct phone *p = arg;
	int64_t rest = RETRY_FIRST;
	for (;;) {
		struct letter down = {.kind = LETTER_DOWN};
		if (phone_connect(p, &down)) {
			phone_serve(p, down.text, sizeof(down.text));
			rest = RETRY_FIRST;
		}
		phone_disconnect(p);
		pthread_mutex_lock(&p->lock);
		bool stop = p->stop;
		p->hurry = stop;
		pthread_mutex_unlock(&p->lock);
		if (stop)
			break;
		phone_refuse_all(p, down.text);
		phone_post(p, &down);
		phone_rest(p, down.good ? RETRY_MOST : rest);
		rest = MIN(2 * rest, RETRY_MOST / 4);
	}
	pthread_mutex_lock(&p->lock);
	p->ended = true;
	bool abandoned = p->abandoned;
	pthread_cond_signal(&p->ended_too);
	pthread_mutex_unlock(&p->lock);
	if (abandoned) {
		gammu_config_free(p->config);
		free(p->config);
		phone_free(p);
	}
	return NULL;
}
