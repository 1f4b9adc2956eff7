/* What journeys cost: events through the triggers of fifty of them, beside the same rows
 * written by SQL alone; ten thousand clocks that ring at once; a journey edited while a
 * hundred thousand are inside. Prints one line of JSON for each figure.
 *
 *	journeys [EVENTS [SLEEPERS [INSIDE]]]        default 20000, 10000 and 100000 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/core/shop_events.h"
#include "gateway/store/contacts.h"
#include "tests/lib/rig.h"
#include "dialogs/shell.h"

#define PEOPLE 2000 /* who have the events between them */

static struct rig r;
static char folder[64];

static double
seconds(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static long
resident_kib(void)
{
	long pages = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	if (f && fscanf(f, "%ld %ld", &pages, &resident) != 2)
		resident = 0;
	if (f)
		fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void
figure(const char *name, double value, const char *unit)
{
	printf("{\"figure\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}\n", name, value, unit);
	fflush(stdout);
}

static void
commit(void)
{
	if (db_commit(r.core.db) != 0)
		fail_msg("%s", db_error(r.core.db));
}

static int64_t
count(const char *sql)
{
	return rig_count(&r, sql);
}

static void
put(const char *name, const char *head, const char *steps)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s.cfg", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f,
		"format = 1; journey = { title = \"t\"; class = \"service\"; %s steps = "
		"{ %s "
		"}; };\n",
		head, steps);
	fclose(f);
}

static void
clear(void)
{
	char command[128];
	snprintf(command, sizeof(command), "rm -f '%s'/*", folder);
	assert_int_equal(system(command), 0);
}

static void
open_shop(void)
{
	char extra[128];
	snprintf(extra, sizeof(extra), "scripts = \"%s\";", folder);
	rig_open_with(&r, false, extra, NULL);
}

/* Until nothing is left to do at this very moment. */
static void
settle(const char *left)
{
	while (count(left))
		rig_run(&r, 0);
}

/* ---- events through triggers ---- */

/* Fifty journeys: five begin on the event, the others hear another, leave on this one, or
 * look for a condition that does not hold. */
static void
write_fifty(void)
{
	char name[16], head[400];
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "j%02d", i);
		snprintf(head, sizeof(head),
			"trigger = { event = \"%s\"; settle = \"2h\"; if = \"event.total "
			">= "
			"%d\"; }; key = \"cart.id\"; exit = { b = { event = "
			"\"order.paid\"; if "
			"= \"order.cart = cart.id\"; }; };",
			i % 2 ? "cart.updated" : "cart.other", i < 10 ? 1 : 1000000);
		put(name, head, "say = { say = \"x\"; end = \"said\"; };");
	}
}

static double
tell(int events)
{
	char phone[20], id[16];
	double began = seconds();
	for (int i = 0; i < events; i++) {
		struct shop_event_answer a;
		snprintf(phone, sizeof(phone), "+8210%08d", 40000000 + i % PEOPLE);
		snprintf(id, sizeof(id), "c%d", i % PEOPLE);
		json_t *data = json_pack("{s:s,s:i}", "id", id, "total", 39000);
		shop_event_take(&r.core,
			&(struct shop_event){
				.name = "cart.updated", .phone = phone, .data = data},
			&a);
		if (a.status != 202)
			fail_msg("%d: %s", a.status, a.why.s);
		shop_event_answer_done(&a);
		json_decref(data);
		if (i % 64 == 63)
			loop_turn(r.loop);
	}
	settle("SELECT count(*) FROM (SELECT 1 FROM shop_events WHERE state = 0 LIMIT "
	       "1)");
	return seconds() - began;
}

/* The same rows, as SQL alone would write them. */
static double
bare(int events)
{
	double began = seconds();
	for (int i = 0; i < events; i++) {
		db_run(r.core.db,
			"INSERT INTO events(id, at, name, contact) VALUES($1, $2, "
			"'cart.updated', $3)",
			"uiu", core_id(&r.core), core_now(&r.core), (uint64_t)1);
		db_run(r.core.db,
			"INSERT INTO shop_events(id, contact, name, at, source, data, "
			"state) "
			"SELECT $1, min(id), 'cart.updated', $2, 'bare', "
			"'{\"id\":\"c1\",\"total\":\"39000\"}', 1 FROM contacts",
			"ui", core_id(&r.core), core_now(&r.core));
		if (i % 64 == 63)
			commit();
	}
	commit();
	return seconds() - began;
}

static void
measure_events(int events)
{
	clear();
	write_fifty();
	open_shop();
	tell(PEOPLE); /* the first of each person opens their rows */
	long before = resident_kib();
	double took = tell(events), alone = bare(events);
	figure("events through 50 journeys", events / took, "1/s");
	figure("of what SQL alone would write", 100 * alone / took, "%");
	figure("memory grown meanwhile", (double)(resident_kib() - before), "KiB");
	rig_close(&r);
}

/* ---- clocks ---- */

static void
fill(int people)
{
	db_run(r.core.db,
		"INSERT INTO contacts(id, phone, created) WITH RECURSIVE n(i) AS (SELECT "
		"1 "
		"UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i, '+8210' || "
		"(40000000 + i), 1 FROM n",
		"i", (int64_t)people);
	db_run(r.core.db,
		"INSERT INTO shop_events(id, contact, name, at, source, data) SELECT id, "
		"id, "
		"'a.b', $1, 'shop', '{\"x\":\"1\"}' FROM contacts",
		"i", core_now(&r.core));
	commit();
	rig_run(&r, 1);
	rig_run(&r, MINUTE);
	settle("SELECT count(*) FROM (SELECT 1 FROM shop_events WHERE state = 0 LIMIT "
	       "1)");
}

static void
measure_clocks(int people)
{
	clear();
	put("sleep", "trigger = { event = \"a.b\"; };",
		"w = { wait = { for = \"3d\"; }; }; z = { end = \"woken\"; };");
	open_shop();
	fill(people);
	if (count("SELECT count(*) FROM runs WHERE state = 'pause'") != people)
		fail_msg("not all are asleep");
	long before = resident_kib();
	clock_sim_advance(&r.clock, 3 * DAY); /* all are due at once */
	double began = seconds();
	rig_run(&r, 0);
	settle("SELECT count(*) FROM (SELECT 1 FROM runs WHERE state = 'pause' LIMIT 1)");
	figure("clocks of journeys rung, all due at once", people / (seconds() - began),
		"1/s");
	if (count("SELECT count(*) FROM entries WHERE outcome = 'woken'") != people)
		fail_msg("somebody sleeps on");
	figure("memory grown while waking", (double)(resident_kib() - before), "KiB");
	rig_close(&r);
}

static void
measure_edit(int people)
{
	struct strbuf err = STRBUF_SENTENCE;
	const char *head = "trigger = { event = \"a.b\"; };";
	clear();
	put("slow", head,
		"one = { wait = { for = \"3d\"; }; }; two = { end = \"old\"; };");
	open_shop();
	double began = seconds();
	fill(people);
	figure("journeys begun", people / (seconds() - began), "1/s");
	put("slow", head,
		"uno = { was = \"one\"; wait = { for = \"3d\"; }; }; two = { end = "
		"\"new\"; };");
	long before = resident_kib();
	began = seconds();
	if (dialogs_reload(&r.core, &err) != 0)
		fail_msg("%s", err.s);
	figure("an edit with all inside, taken in", (seconds() - began) * 1000, "ms");
	rig_run(&r, 1);
	settle("SELECT count(*) FROM (SELECT 1 FROM runs WHERE state = 'pause' AND step "
	       "= "
	       "'one' LIMIT 1)");
	figure("people moved to the edited version", people / (seconds() - began), "1/s");
	figure("memory grown while moving", (double)(resident_kib() - before), "KiB");
	if (count("SELECT count(*) FROM runs WHERE step = 'uno'") != people)
		fail_msg("somebody was lost");
	rig_close(&r);
	strbuf_done(&err);
}

int
main(int argc, char **argv)
{
	snprintf(folder, sizeof(folder), "/tmp/malgil-journeys-XXXXXX");
	if (!mkdtemp(folder))
		return 1;
	measure_events(argc > 1 ? atoi(argv[1]) : 20000);
	measure_clocks(argc > 2 ? atoi(argv[2]) : 10000);
	measure_edit(argc > 3 ? atoi(argv[3]) : 100000);
	clear();
	return rmdir(folder);
}
