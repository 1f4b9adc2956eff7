#include "gateway/core/feed.h"

void
feed_join(struct core *core, struct feed_reader *reader)
{
	reader->next = core->feed;
	reader->prev = &core->feed;
	if (core->feed)
		core->feed->prev = &reader->next;
	core->feed = reader;
}

void
feed_leave(struct feed_reader *reader)
{
	if (!reader->prev)
		return;
	*reader->prev = reader->next;
	if (reader->next)
		reader->next->prev = reader->prev;
	reader->prev = NULL;
}

static void
tell(void *arg, bool committed)
{
	struct core *core = arg;
	core->feed_moved = false;
	for (struct feed_reader *r = core->feed, *next; committed && r; r = next) {
		next = r->next;
		r->more(r->arg);
	}
}

void
feed_moved(struct core *core)
{
	if (core->feed_moved || !core->feed)
		return;
	core->feed_moved = true;
	loop_after_commit(core->loop, tell, core);
}
