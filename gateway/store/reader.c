#include "gateway/store/reader.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "gateway/base/mailbox.h"

#define WAITING_MAX 64

struct job {
	struct job *next;
	void (*run)(struct db *db, void *arg);
	void (*done)(void *arg);
	void (*discard)(void *arg);
	void *arg;
};

struct reader {
	char *url;
	struct db *db;
	struct mailbox *results;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct job *first, **last;
	size_t waiting; /* loop's count: submitted and not yet delivered */
	bool stop;
};

static struct job *
next_job(struct reader *r)
{
	pthread_mutex_lock(&r->lock);
	while (!r->first && !r->stop)
		pthread_cond_wait(&r->wake, &r->lock);
	struct job *job = r->stop ? NULL : r->first;
	if (job) {
		r->first = job->next;
		if (!r->first)
			r->last = &r->first;
	}
	pthread_mutex_unlock(&r->lock);
	return job;
}

static void *
work(void *arg)
{
	struct reader *r = arg;
	struct job *job;
	while ((job = next_job(r))) {
		struct strbuf err = STRBUF_SENTENCE;
		if (!r->db && db_open(r->url, DB_READER, &r->db, &err) < 0)
			r->db = NULL;
		job->run(r->db, job->arg);
		if (r->db && db_poisoned(r->db)) {
			db_close(r->db);
			r->db = NULL;
		}
		strbuf_done(&err);
		mailbox_post(r->results, job);
	}
	return NULL;
}

static void
deliver(void *arg, void *letter)
{
	struct reader *r = arg;
	struct job *job = letter;
	r->waiting--;
	job->done(job->arg);
	free(job);
}

struct reader *
reader_new(struct loop *loop, const char *url)
{
	struct reader *r = xcalloc(1, sizeof(*r));
	r->url = xstrdup(url);
	r->last = &r->first;
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->wake, NULL);
	r->results = mailbox_new(loop, deliver, r);
	if (pthread_create(&r->thread, NULL, work, r) != 0)
		abort();
	return r;
}

static void
discard(void *letter)
{
	struct job *job = letter;
	if (job->discard)
		job->discard(job->arg);
	free(job);
}

void
reader_free(struct reader *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	for (struct job *job = r->first, *next; job; job = next) {
		next = job->next;
		discard(job);
	}
	mailbox_free(r->results, discard);
	db_close(r->db);
	pthread_cond_destroy(&r->wake);
	pthread_mutex_destroy(&r->lock);
	free(r->url);
	free(r);
}

int
reader_submit(struct reader *r, void (*run)(struct db *db, void *arg),
	void (*done)(void *arg), void (*drop)(void *arg), void *arg)
{
	if (r->waiting >= WAITING_MAX)
		return -EAGAIN;
	struct job *job = xcalloc(1, sizeof(*job));
	*job = (struct job){NULL, run, done, drop, arg};
	r->waiting++;
	pthread_mutex_lock(&r->lock);
	*r->last = job;
	r->last = &job->next;
	pthread_cond_signal(&r->wake);
	pthread_mutex_unlock(&r->lock);
	return 0;
}
