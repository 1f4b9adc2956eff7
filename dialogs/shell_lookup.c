/* Look-ups of runs. A question leaves when the run that waits for it is durable; its
 * answer is an event of a later tick. What a crash or a lost tick forgets, the timer row
 * of the look-up's deadline ends. */
#include <stdlib.h>
#include <string.h>

#include "gateway/core/lookup.h"
#include "dialogs/shell_inside.h"
#include "dialogs/step.h"

#define ARGS_MAX 16

struct question {
	struct question *next;
	struct dialogs *d;
	struct lookup *lookup; /* once it is under way */
	uint64_t run;
	unsigned visit;
	char *use, *query, *args;
	int64_t timeout, cache;
};

static void
release(struct question *q)
{
	free(q->use);
	free(q->query);
	free(q->args);
	free(q);
}

static void
forget(struct question *q)
{
	struct question **at = &q->d->questions;
	while (*at && *at != q)
		at = &(*at)->next;
	if (*at)
		*at = q->next;
	release(q);
}

/* Borrowed from the result: the engine copies what it keeps. */
static void
borrow_row(struct arena *arena, const struct lookup_row *from, struct step_row *to)
{
	const char **names = arena_alloc(arena, (from->count + 1) * sizeof(*names));
	const char **values = arena_alloc(arena, (from->count + 1) * sizeof(*values));
	for (size_t i = 0; i < from->count; i++) {
		names[i] = from->fields[i].name;
		values[i] = from->fields[i].value;
	}
	const struct lookup_field *state = lookup_field(from, "state");
	*to = (struct step_row){names, values, from->count, state ? state->label : NULL};
}

static void
on_answer(void *arg, const struct lookup_result *result)
{
	struct question *q = arg;
	struct arena arena = ARENA_INIT;
	size_t n = MIN(result->count, (size_t)STEP_ROWS);
	struct step_row *rows = arena_alloc(&arena, (n + 1) * sizeof(*rows));
	for (size_t i = 0; i < n; i++)
		borrow_row(&arena, &result->rows[i], &rows[i]);
	if (result->found == LOOKUP_ERROR)
		dialogs_note(q->d, "dialog.lookup_failed", 0, result->why);
	shell_looked_up(q->d, q->run,
		&(struct step_event){.kind = EVENT_LOOKUP,
			.visit = q->visit,
			.rows = rows,
			.row_count = n,
			.failed = result->found == LOOKUP_ERROR});
	arena_done(&arena);
	forget(q);
}

static void
ask(void *arg, bool committed)
{
	struct question *q = arg;
	const char *args[ARGS_MAX];
	size_t n = 0;
	if (!committed) {
		forget(q);
		return;
	}
	char *rest = *q->args ? q->args : NULL;
	while (rest && n < ARGS_MAX)
		args[n++] = strsep(&rest, "\n"); /* an empty one is one too */
	struct lookup_ask what = {.use = q->use,
		.query = q->query,
		.args = args,
		.arg_count = n,
		.timeout = q->timeout,
		.cache = q->cache};
	q->lookup = lookup_start(dialogs_lookups(q->d), &what, on_answer, q);
}

void
questions_ask(struct dialogs *d, uint64_t run, const struct effect *f)
{
	struct question *q = xcalloc(1, sizeof(*q));
	const struct script_lookup *l = f->lookup;
	*q = (struct question){.next = d->questions,
		.d = d,
		.run = run,
		.visit = f->visit,
		.use = xstrdup(l->use ? l->use : ""),
		.query = xstrdup(l->query ? l->query : ""),
		.args = xstrdup(f->value ? f->value : ""),
		.timeout = l->timeout,
		.cache = l->cache};
	d->questions = q;
	loop_after_commit(d->loop, ask, q);
}

void
questions_drop(struct dialogs *d)
{
	while (d->questions) {
		struct question *q = d->questions;
		d->questions = q->next;
		loop_forget(d->loop, q);
		if (q->lookup)
			lookup_cancel(q->lookup);
		release(q);
	}
}
