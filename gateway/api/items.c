#include "gateway/api/items.h"

#include <stdlib.h>
#include <string.h>

#define SLICE                                                                            \
	8 /* items a posted unit; the loop fits as many units as it has time for         \
	   */

struct items {
	struct request *rq;
	item_take *take;
	struct json_items walk;
	struct item_answer *answers;
	size_t count, next;
	size_t settled; /* the answers whose tick has been committed, or dropped */
	bool one;       /* it was no list */
	bool effect;    /* registered for this tick */
};

static void
free_items(void *arg)
{
	struct items *items = arg;
	for (size_t i = 0; i < items->next; i++) {
		strbuf_done(&items->answers[i].why);
		strbuf_done(&items->answers[i].members);
	}
	free(items->answers);
	free(items);
}

static void
write_answer(struct jsonw *w, const struct item_answer *a)
{
	jsonw_open(w, NULL, '{');
	jsonw_int(w, "status", a->status);
	if (a->members.len) {
		strbuf_putc(w->out, ',');
		strbuf_puts(w->out, a->members.s);
	}
	if (a->status >= 300)
		jsonw_text(w, "detail", a->why.s);
	if (a->status >= 300 && *a->field)
		jsonw_text(w, "field", a->field);
	jsonw_close(w, '}');
}

static void
answer(struct items *items)
{
	struct strbuf body = STRBUF_INIT(8 << 20);
	struct jsonw w = {&body};
	const struct item_answer *first = items->answers;
	if (items->one && first->status >= 300) {
		if (*first->field)
			request_problem_field(items->rq, first->status, first->field,
				"%s", first->why.s);
		else
			request_problem(items->rq, first->status, "%s", first->why.s);
		return;
	}
	if (!items->one)
		jsonw_open(&w, NULL, '[');
	for (size_t i = 0; i < items->count; i++)
		write_answer(&w, &items->answers[i]);
	if (!items->one)
		jsonw_close(&w, ']');
	request_reply(items->rq, items->one ? first->status : 200, &body);
}

/* The tick with answers settled..next is over. */
static void
settle(void *arg, bool committed)
{
	struct items *items = arg;
	items->effect = false;
	for (; items->settled < items->next; items->settled++) {
		struct item_answer *a = &items->answers[items->settled];
		if (committed || a->status >= 300)
			continue;
		a->status = 503;
		strbuf_truncate(&a->members, a->named);
		strbuf_set(&a->why, "the store could not write this down; try again");
	}
	if (items->settled == items->count)
		answer(items);
}

static void
take_one(struct items *items, const char *text, size_t len)
{
	struct item_answer *a = &items->answers[items->next++];
	*a = (struct item_answer){
		.status = 400, .why = STRBUF_SENTENCE, .members = STRBUF_INIT(4096)};
	struct jsonw w = {&a->members};
	items->take(items->rq->core, text, len, &w, a);
	if (a->status >= 300)
		strbuf_truncate(&a->members, a->named);
}

static void
take_slice(void *arg)
{
	struct items *items = arg;
	struct core *core = items->rq->core;
	const char *text = items->rq->body.s;
	size_t len = items->rq->body.len;
	if (items->one)
		take_one(items, text, len);
	for (int i = 0;
		!items->one && i < SLICE && json_items_next(&items->walk, &text, &len);
		i++)
		take_one(items, text, len);
	if (!items->effect)
		loop_after_commit(core->loop, settle, items);
	items->effect = true;
	if (items->next < items->count)
		loop_post(core->loop, take_slice, items);
}

static void
begin(struct request *rq, const char *what, item_take *take, bool one)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct json_items walk = {0};
	if (!one && json_items_open(rq->body.s, rq->body.len, rq->ndjson, &walk, &err)) {
		request_problem(rq, 400, "%s", err.s);
		return;
	}
	size_t count = one ? 1 : json_items_count(&walk);
	if (!count || count > ITEMS_MAX) {
		request_problem(rq, count ? 413 : 400, "a list has 1 to %d %s, not %zu",
			ITEMS_MAX, what, count);
		return;
	}
	struct items *items = xcalloc(1, sizeof(*items));
	*items = (struct items){
		.rq = rq, .take = take, .walk = walk, .count = count, .one = one};
	items->answers = xcalloc(count, sizeof(*items->answers));
	rq->state = items;
	rq->state_free = free_items;
	request_wait(rq, MINUTE, NULL);
	take_slice(items);
}

void
items_post(struct request *rq, const char *what, item_take *take)
{
	bool list = rq->ndjson || rq->body.s[strspn(rq->body.s, " \t\r\n")] == '[';
	begin(rq, what, take, !list);
}

void
items_post_list(struct request *rq, const char *what, item_take *take)
{
	begin(rq, what, take, false);
}
