/* The tests of `variants` in the daemon: counted about once a minute, in the reader
 * thread, one page of one text at a time; judged here, and what is decided is a row and
 * an event in one transaction. Which text a conversation gets asks that row. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/store/reader.h"
#include "dialogs/shell_inside.h"
#include "dialogs/step.h"
#include "dialogs/variants.h"

#define PAGE   20000
#define OFTEN  MINUTE
#define SELDOM HOUR /* when counting takes long */

/* One look through all open tests. */
struct tally {
	struct dialogs *d; /* NULL: it has stopped, nobody wants it any more */
	struct variant_test test;
	const struct step *step; /* of the shelf: only while nothing was read again */
	struct share of[CONTEST_MAX];
	size_t at; /* the text being counted */
	struct variant_count count;
	bool failed;
	int64_t began;
};

/* ---- the tests there are ---- */

/* The step of a test in the newest version of its script, if it is that test still. */
static const struct step *
step_of(const struct dialogs *d, const struct variant_test *t)
{
	char print[17];
	const struct script *s = script_find(shelf_scripts(d->shelf), t->script, NULL);
	int at = s ? script_step(s, t->step) : -1;
	if (at < 0 || !s->steps[at].winner.by || s->steps[at].variant_count < 2)
		return NULL;
	variants_print(&s->steps[at], print);
	return strcmp(print, t->print) ? NULL : &s->steps[at];
}

/* A test that was left and came back begins again, unless it was decided: in between
 * people were shown something else. */
static void
meet(struct dialogs *d, const struct script *s, const struct step *p)
{
	struct variant_test t = {.since = dialogs_now(d)};
	char print[17];
	variants_print(p, print);
	if (variant_test_load(d->db, s->id, p->name, print, &t) &&
		strcmp(t.state, "left") != 0)
		return;
	t = (struct variant_test){.since = dialogs_now(d)};
	snprintf(t.script, sizeof(t.script), "%s", s->id);
	snprintf(t.step, sizeof(t.step), "%s", p->name);
	snprintf(t.print, sizeof(t.print), "%s", print);
	snprintf(t.judge, sizeof(t.judge), "%s", p->winner.by);
	snprintf(t.state, sizeof(t.state), "open");
	variant_test_save(d->db, &t);
}

static void
leave_gone(struct dialogs *d)
{
	struct variant_test t = {0};
	while (variant_tests_open(d->db, t.script, t.step, t.print, &t, 1)) {
		if (step_of(d, &t))
			continue;
		snprintf(t.state, sizeof(t.state), "left");
		variant_test_save(d->db, &t);
	}
}

void
variants_reload(struct dialogs *d)
{
	const struct script_set *set = shelf_scripts(d->shelf);
	variants_stop(d);
	leave_gone(d);
	for (size_t i = 0; i < set->count; i++) {
		const struct script *s = set->scripts[i];
		if (script_find(set, s->id, NULL) != s)
			continue;
		for (size_t k = 0; k < s->step_count; k++)
			if (s->steps[k].winner.by && s->steps[k].variant_count > 1)
				meet(d, s, &s->steps[k]);
	}
}

void
variants_stop(struct dialogs *d)
{
	if (d->tally)
		d->tally->d = NULL;
	d->tally = NULL;
}

/* ---- counting ---- */

static void next_page(struct tally *y);

static void
read_page(struct db *db, void *arg)
{
	struct tally *y = arg;
	y->failed = !db;
	if (db)
		variant_count_page(db, &y->count, PAGE);
	y->failed = !db || db_poisoned(db);
}

static void
done(struct tally *y)
{
	struct dialogs *d = y->d;
	int64_t took = d ? dialogs_now(d) - y->began : 0;
	if (d) {
		d->tally = NULL;
		d->tallied = dialogs_now(d) + MIN(MAX(OFTEN, 100 * took), SELDOM);
	}
	free(y);
}

static bool
next_test(struct tally *y)
{
	struct dialogs *d = y->d;
	while (variant_tests_open(
		d->db, y->test.script, y->test.step, y->test.print, &y->test, 1)) {
		y->step = step_of(d, &y->test);
		if (!y->step)
			continue;
		y->at = 0;
		memset(y->of, 0, sizeof(y->of));
		return true;
	}
	return false;
}

static void
begin_text(struct tally *y)
{
	y->count = (struct variant_count){.since = y->test.since};
	snprintf(y->count.script, sizeof(y->count.script), "%s", y->test.script);
	snprintf(y->count.step, sizeof(y->count.step), "%s", y->test.step);
	snprintf(y->count.judge, sizeof(y->count.judge), "%s", y->test.judge);
	snprintf(y->count.variant, sizeof(y->count.variant), "%s",
		y->step->variants[y->at].name);
}

static void
settle(struct tally *y)
{
	struct strbuf what = STRBUF_SENTENCE;
	bool over = variants_judge(&y->test, y->step, y->of, dialogs_now(y->d));
	variant_test_save(y->d->db, &y->test);
	variants_say(&y->test, &what);
	if (over)
		dialogs_note(y->d, *y->test.winner ? "variant.decided" : "variant.over",
			0, what.s);
	strbuf_done(&what);
}

/* A page was counted: the next one, the next text, the next test, or the end. */
static void
on_page(void *arg)
{
	struct tally *y = arg;
	if (!y->d || y->failed) {
		done(y);
		return;
	}
	if (y->count.cursor) {
		next_page(y);
		return;
	}
	y->of[y->at] = (struct share){y->count.did, y->count.people};
	if (++y->at < MIN(y->step->variant_count, (size_t)CONTEST_MAX)) {
		begin_text(y);
		next_page(y);
		return;
	}
	settle(y);
	if (next_test(y)) {
		begin_text(y);
		next_page(y);
	} else {
		done(y);
	}
}

static void
next_page(struct tally *y)
{
	struct reader *reader = dialogs_reader(y->d);
	if (!reader) {
		read_page(y->d->db, y);
		on_page(y);
	} else if (reader_submit(reader, read_page, on_page, free, y) < 0) {
		done(y); /* overrun: it is tried again */
	}
}

void
variants_look(struct dialogs *d)
{
	if (d->tally || dialogs_now(d) < d->tallied)
		return;
	struct tally *y = xcalloc(1, sizeof(*y));
	*y = (struct tally){.d = d, .began = dialogs_now(d)};
	if (!next_test(y)) {
		done(y);
		return;
	}
	d->tally = y;
	begin_text(y);
	next_page(y);
}

/* ---- who gets which ---- */

const char *
world_winner(
	void *ctx, const struct script *script, const struct step *step, int64_t begun)
{
	struct world *w = ctx;
	struct variant_test t;
	char print[17];
	variants_print(step, print);
	if (!variant_test_load(w->d->db, script->id, step->name, print, &t) ||
		!*t.winner || begun < t.decided)
		return NULL;
	int at = variants_find(step, t.winner);
	return at < 0 ? NULL : step->variants[at].name;
}
