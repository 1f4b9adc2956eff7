#include "gateway/base/mailbox.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct letter {
	struct letter *next;
	void *what;
};

struct mailbox {
	pthread_mutex_t lock;
	struct letter *first, **last;
	int bell; /* eventfd: readable while there may be letters */
	struct loop_watch *watch;
	void (*deliver)(void *arg, void *letter);
	void *arg;
};

static struct letter *
take_all(struct mailbox *m)
{
	pthread_mutex_lock(&m->lock);
	struct letter *all = m->first;
	m->first = NULL;
	m->last = &m->first;
	pthread_mutex_unlock(&m->lock);
	return all;
}

static void
on_bell(void *arg, unsigned events)
{
	struct mailbox *m = arg;
	(void)events;
	uint64_t rung;
	if (read(m->bell, &rung, sizeof(rung)) < 0)
		return;
	for (struct letter *l = take_all(m), *next; l; l = next) {
		next = l->next;
		m->deliver(m->arg, l->what);
		free(l);
	}
}

struct mailbox *
mailbox_new(struct loop *loop, void (*deliver)(void *arg, void *letter), void *arg)
{
	struct mailbox *m = xcalloc(1, sizeof(*m));
	pthread_mutex_init(&m->lock, NULL);
	m->last = &m->first;
	m->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (m->bell < 0)
		abort();
	m->deliver = deliver;
	m->arg = arg;
	m->watch = loop_watch_open(loop, m->bell, LOOP_READ, on_bell, m);
	return m;
}

void
mailbox_post(struct mailbox *m, void *what)
{
	struct letter *l = xcalloc(1, sizeof(*l));
	l->what = what;
	pthread_mutex_lock(&m->lock);
	*m->last = l;
	m->last = &l->next;
	pthread_mutex_unlock(&m->lock);
	uint64_t one = 1;
	if (write(m->bell, &one, sizeof(one)) < 0)
		return; /* the counter is at its ceiling: it is ringing already */
}

void
mailbox_free(struct mailbox *m, void (*discard)(void *letter))
{
	if (!m)
		return;
	loop_watch_close(m->watch);
	for (struct letter *l = take_all(m), *next; l; l = next) {
		next = l->next;
		if (discard)
			discard(l->what);
		free(l);
	}
	close(m->bell);
	pthread_mutex_destroy(&m->lock);
	free(m);
}
