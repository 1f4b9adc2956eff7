#include "gateway/api/tail.h"

#include <inttypes.h>
#include <stdlib.h>

#include "gateway/api/event_json.h"

#define TEXT_MAX (16u << 20) /* one event that is larger than the page still fits */
#define RETRY    50          /* ms, when the reader had no room or no store */

/* ---- events to text ---- */

struct writing {
	struct strbuf *out;
	const struct channel_names *names;
	size_t max;
	uint64_t last;
	void (*each)(void *arg, uint64_t id, size_t len);
	void *arg;
};

static bool
write_one(void *arg, const struct event_item *e)
{
	struct writing *writing = arg;
	struct strbuf *out = writing->out;
	size_t before = out->len;
	struct jsonw w = {out};
	strbuf_printf(out, "id: %" PRIu64 "\nevent: %s\ndata: ", e->id, e->name);
	jsonw_open(&w, NULL, '{');
	event_write(&w, e, writing->names);
	jsonw_close(&w, '}');
	strbuf_puts(out, "\n\n");
	writing->last = e->id;
	if (writing->each)
		writing->each(writing->arg, e->id, out->len - before);
	return out->len < writing->max;
}

uint64_t
tail_read(struct db *db, uint64_t after, int limit, size_t max, struct strbuf *out,
	void (*each)(void *arg, uint64_t id, size_t len), void *arg)
{
	struct channel_names names;
	struct writing writing = {out, &names, max, after, each, arg};
	channel_names_load(db, &names);
	events_list(db, after, limit, write_one, &writing);
	return writing.last;
}

/* ---- following ---- */

struct tail_fetch {
	struct tail *tail; /* NULL once nobody listens */
	uint64_t after, last;
	bool full; /* there may be more */
	bool failed;
	size_t count;
	struct strbuf text;
	struct tail_mark marks[TAIL_PAGE];
};

static void
free_fetch(void *arg)
{
	struct tail_fetch *fetch = arg;
	if (fetch->tail)
		fetch->tail->fetch = NULL;
	strbuf_done(&fetch->text);
	free(fetch);
}

static void
mark(void *arg, uint64_t id, size_t len)
{
	struct tail_fetch *fetch = arg;
	fetch->marks[fetch->count++] = (struct tail_mark){id, len};
}

static void
read_more(struct db *db, void *arg)
{
	struct tail_fetch *fetch = arg;
	fetch->last = fetch->after;
	if (db)
		fetch->last = tail_read(db, fetch->after, TAIL_PAGE, TAIL_BYTES / 2,
			&fetch->text, mark, fetch);
	fetch->failed = !db || db_poisoned(db);
	fetch->full = fetch->count == TAIL_PAGE || fetch->text.len >= TAIL_BYTES / 2;
}

/* Makes room by forgetting the oldest. */
static void
drop_oldest(struct tail *tail)
{
	size_t bytes = 0, n = 0;
	while (n < tail->mark_count && tail->text.len - bytes > TAIL_BYTES / 2)
		bytes += tail->marks[n++].len;
	if (!n)
		return;
	tail->from = tail->marks[n - 1].id;
	strbuf_consume(&tail->text, bytes);
	for (size_t i = n; i < tail->mark_count; i++)
		tail->marks[i - n] = tail->marks[i];
	tail->mark_count -= n;
}

static void
keep(struct tail *tail, const struct tail_fetch *fetch)
{
	drop_oldest(tail);
	if (tail->mark_count + fetch->count > tail->mark_cap) {
		tail->mark_cap = tail->mark_count + fetch->count + TAIL_PAGE;
		tail->marks =
			xrealloc(tail->marks, tail->mark_cap * sizeof(*tail->marks));
	}
	for (size_t i = 0; i < fetch->count; i++)
		tail->marks[tail->mark_count++] = fetch->marks[i];
	strbuf_add(&tail->text, fetch->text.s, fetch->text.len);
	tail->to = MAX(tail->to, fetch->last);
}

static void ask(struct tail *tail);

static void
fetched(void *arg)
{
	struct tail_fetch *fetch = arg;
	struct tail *tail = fetch->tail;
	if (tail) {
		keep(tail, fetch);
		tail->fetch = NULL;
		if (fetch->failed)
			loop_timer_in(&tail->retry, RETRY);
		else if (fetch->full || tail->again)
			ask(tail);
		tail->moved(tail->arg);
		fetch->tail = NULL;
	}
	free_fetch(fetch);
}

/* Nobody else asks for what an overrun reader refused: the next event may be long in
 * coming. */
static void
ask(struct tail *tail)
{
	tail->again = tail->fetch != NULL;
	if (tail->again)
		return;
	struct tail_fetch *fetch = xcalloc(1, sizeof(*fetch));
	fetch->tail = tail;
	fetch->after = tail->to;
	strbuf_init(&fetch->text, TEXT_MAX);
	tail->fetch = fetch;
	if (!reader_submit(tail->core->reader, read_more, fetched, free_fetch, fetch))
		return;
	free_fetch(fetch);
	loop_timer_in(&tail->retry, RETRY);
}

static void
more(void *arg)
{
	ask(arg);
}

void
tail_follow(struct tail *tail)
{
	if (tail->following)
		return;
	tail->following = true;
	tail->feed = (struct feed_reader){.more = more, .arg = tail};
	loop_timer_init(&tail->retry, tail->core->loop, more, tail);
	strbuf_init(&tail->text, 2 * TEXT_MAX);
	tail->from = tail->to =
		(uint64_t)db_number(tail->core->db, 0, "SELECT max(id) FROM events", "");
	feed_join(tail->core, &tail->feed);
}

void
tail_leave(struct tail *tail)
{
	if (!tail->following)
		return;
	tail->following = tail->again = false;
	feed_leave(&tail->feed);
	loop_timer_stop(&tail->retry);
	if (tail->fetch)
		tail->fetch->tail = NULL;
	tail->fetch = NULL;
	strbuf_done(&tail->text);
	free(tail->marks);
	tail->marks = NULL;
	tail->mark_count = tail->mark_cap = 0;
}

bool
tail_copy(const struct tail *tail, uint64_t after, size_t max, struct strbuf *out,
	uint64_t *ret_last)
{
	size_t offset = 0, low = 0, high = tail->mark_count;
	*ret_last = after;
	if (after < tail->from)
		return false;
	while (low < high) { /* the first one behind `after` */
		size_t middle = (low + high) / 2;
		if (tail->marks[middle].id <= after)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = 0; i < low; i++)
		offset += tail->marks[i].len;
	size_t end = offset;
	while (low < tail->mark_count && end - offset < max) {
		end += tail->marks[low].len;
		*ret_last = tail->marks[low++].id;
	}
	strbuf_add(out, tail->text.s + offset, end - offset);
	return true;
}
