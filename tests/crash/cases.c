#include "tests/crash/cases.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PLACES = 128,
	KILLS = 10, /* a round at random */
};

/* How much of everything. */
struct measure {
	int outgoing, incoming; /* messages and texts of a case */
	int rounds;             /* of KILLS random kills */
	int later;              /* later passages of the store's own places */
	int cuts;               /* at random events of the disk, so many there are: */
	unsigned events;
};
static const struct measure whole = {200, 100, 20, 8, 24, 3000};
static const struct measure quick = {60, 30, 2, 3, 4, 900};

struct place {
	char name[48];
	int passed; /* at least so often by a daemon that is left alone, 0: never */
	bool again; /* also by one that comes back after a crash */
};

struct list {
	const struct cases_wanted *wanted;
	const struct measure *measure;
	struct play *plays;
	size_t count, cap;
	struct place places[PLACES];
	size_t place_count;
	unsigned seed;
};

static void
add(void *arg, const struct play *p)
{
	struct list *l = arg;
	if (fnmatch(l->wanted->glob, p->name, 0) != 0)
		return;
	if (l->count == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 64;
		l->plays = xrealloc(l->plays, l->cap * sizeof(*l->plays));
	}
	struct play *at = &l->plays[l->count++];
	*at = *p;
	at->seed = (unsigned)rand_r(&l->seed);
	at->outgoing = l->measure->outgoing;
	at->incoming = l->measure->incoming;
}

/* ---- the places ---- */

static struct place *
place_named(struct list *l, const char *name)
{
	for (size_t i = 0; i < l->place_count; i++)
		if (!strcmp(l->places[i].name, name))
			return &l->places[i];
	if (l->place_count == PLACES)
		abort();
	struct place *p = &l->places[l->place_count++];
	snprintf(p->name, sizeof(p->name), "%s", name);
	return p;
}

/* "NAME COUNT" lines, and "life N" before those of each life of the daemon. */
static void
read_trace(struct list *l, const char *path, bool calm)
{
	char name[48];
	int n, life = 0;
	FILE *f = fopen(path, "re");
	while (f && fscanf(f, "%47s %d", name, &n) == 2) {
		if (!strcmp(name, "life")) {
			life = n;
			continue;
		}
		struct place *p = place_named(l, name);
		p->again |= life > 0;
		if (calm)
			p->passed = MAX(p->passed, n);
	}
	if (f)
		fclose(f);
}

static bool
trace_run(struct list *l, struct play *p, bool calm)
{
	char path[96];
	snprintf(path, sizeof(path), "%.60s/crash-trace-XXXXXX", rig_scratch());
	int fd = mkstemp(path);
	struct play_result r;
	p->outgoing = l->measure->outgoing;
	p->incoming = l->measure->incoming;
	p->trace = path;
	play(p, &r);
	if (!r.passed)
		fprintf(stderr, "crash: %s failed: %s (kept in %s)\n", p->name, r.why,
			r.dir);
	else
		read_trace(l, path, calm);
	close(fd);
	unlink(path);
	if (r.passed)
		play_remove(&r);
	return r.passed;
}

/* Once undisturbed, once with two kills that leave doubts behind. */
static bool
trace_places(struct list *l)
{
	struct play calm = {.name = "the undisturbed run"};
	struct play killed = {.name = "the run with two kills",
		.faults = {"at.after_ctrl_z:30", "at.after_ctrl_z:20"},
		.fault_count = 2};
	return trace_run(l, &calm, true) && trace_run(l, &killed, false);
}

/* ---- enumeration ---- */

static void
name_fault(char to[64], const char *place, int n)
{
	snprintf(to, 64, "%.48s:%d", place, n);
}

static void
at_passage(struct list *l, struct play p, const char *kind, const char *place, int n)
{
	name_fault(p.faults[0], place, n);
	snprintf(p.name, sizeof(p.name), "%s %s", kind, p.faults[0]);
	p.fault_count = 1;
	add(l, &p);
}

/* What was never submitted is proven so by the next reference, so that evidence too is
 * met. */
static void
after_a_doubt(struct list *l, struct play p, const char *kind, const struct place *place)
{
	snprintf(p.faults[0], 64, "at.%s_ctrl_z:%d", place->passed ? "after" : "before",
		30 + rand_r(&l->seed) % 10);
	name_fault(p.faults[1], place->name, 1);
	snprintf(p.name, sizeof(p.name), "%s again %s", kind, p.faults[1]);
	p.fault_count = 2;
	add(l, &p);
}

/* Anything may wait for a commit: those places get more. */
static int
later_passages(const struct list *l, const struct place *place)
{
	/* The log is looked at by the clock, not by the traffic: how often is chance. */
	if (strstr(place->name, "checkpoint"))
		return 0;
	if (place->passed < 4)
		return 0;
	if (strstr(place->name, "_commit"))
		return l->measure->later;
	return l->wanted->quick ? 0 : 2;
}

/* How often a place is passed depends on the machine's mood: a rare one may come less
 * often. */
static int
some_passage(struct list *l, const struct place *place)
{
	int most = place->passed < 16 ? place->passed / 2 : place->passed;
	return 2 + (int)((unsigned)rand_r(&l->seed) % (unsigned)(most - 1));
}

/* At the first passage; at later ones; and at the first after a crash that left a doubt.
 */
static void
enumerate_place(struct list *l, const struct place *place, bool powercut)
{
	const char *kind = powercut ? "powercut" : "kill";
	struct play p = {.powercut = powercut};
	if (place->passed)
		at_passage(l, p, kind, place->name, 1);
	p.leak = powercut ? 30 : 0;
	for (int i = later_passages(l, place); i > 0; i--)
		at_passage(l, p, kind, place->name, some_passage(l, place));
	if (place->again && (!l->wanted->quick || !place->passed))
		after_a_doubt(l, p, kind, place);
}

static void
enumerate(struct list *l)
{
	for (size_t i = 0; i < l->place_count; i++) {
		if (!l->wanted->quick || i % 2 == 0)
			enumerate_place(l, &l->places[i], false);
		if (!l->wanted->quick || i % 2 == 1)
			enumerate_place(l, &l->places[i], true);
	}
}

/* Before any write or sync of the disk, not only where the program has a named place. */
static void
cut_at_random(struct list *l)
{
	for (int i = 0; i < l->measure->cuts; i++) {
		struct play p = {.powercut = true,
			.leak = 50,
			.cut_at = 1 +
				  (int)((unsigned)rand_r(&l->seed) % l->measure->events)};
		snprintf(p.name, sizeof(p.name), "powercut at disk event %d", p.cut_at);
		add(l, &p);
	}
}

static void
kill_at_random(struct list *l)
{
	for (int i = 0; i < l->measure->rounds; i++) {
		struct play p = {.kills = KILLS,
			.powercut = i % 2 == 1,
			.leak = i % 4 == 3 ? 30 : 0,
			.patience = 60000};
		snprintf(p.name, sizeof(p.name), "random %s %d",
			p.powercut ? "powercut" : "kill", i);
		add(l, &p);
	}
}

/* The suite's own test: without syncs a power cut loses what was promised, and it says
 * so. */
static void
forget_everything(struct list *l)
{
	static const char *const faults[] = {"journal.settled:30", "outbox.accepted:40",
		"at.after_delete:10", "inbox.handled:15", "api.after_answer:35"};
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		struct play p = {.fault_count = 1,
			.powercut = true,
			.unsynced = true,
			.wants_loss = true,
			.patience = 6000};
		snprintf(p.faults[0], 64, "%s", faults[i]);
		snprintf(p.name, sizeof(p.name), "negative: unsynced, %s", faults[i]);
		add(l, &p);
		if (l->wanted->quick)
			return;
	}
}

struct play *
cases_list(const struct cases_wanted *wanted, size_t *ret_count)
{
	struct list l = {.wanted = wanted,
		.seed = wanted->seed,
		.measure = wanted->quick ? &quick : &whole};
	if (!trace_places(&l))
		return NULL;
	forget_everything(&l);
	kill_at_random(&l);
	cases_trouble(add, &l);
	cases_talking(wanted->quick, add, &l);
	cases_telling(wanted->quick, add, &l);
	cases_campaigning(wanted->quick, add, &l);
	cases_calling(wanted->quick, add, &l);
	cases_sheets(wanted->quick, add, &l);
	cases_reporting(wanted->quick, add, &l);
	cases_scanning(wanted->quick, add, &l);
	enumerate(&l);
	cut_at_random(&l);
	*ret_count = l.count;
	return l.plays;
}
