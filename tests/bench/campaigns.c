/* What many cost: counting an audience of five conditions, and starting a campaign for
 *all of them while a customer writes. Prints one line of JSON for each figure.
 *
 *	campaigns [CONTACTS [STARTED]]        default 1000000 and 50000 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/core/wal.h"
#include "gateway/outreach/campaign.h"
#include "gateway/store/reader.h"
#include "tests/lib/rig.h"

#define FIVE                                                                             \
	"contact.orders >= 2 and contact.last_order < 30d ago and contact.tags has vip " \
	"and contact.city = Seoul and count(order.paid within 180d) >= 1"

static struct rig r;

static double
seconds(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double
worked(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* What this thread itself worked: the disk, and others on the machine, are not in it. */
static double
worked_here(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
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

/* n contacts: every second bought, every third is in Seoul, every fifth a VIP. */
static void
fill(int64_t n)
{
	static const char numbers[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
				      "i + 1 FROM n WHERE i < $1) ";
	static const char *const rows[] = {
		"INSERT INTO contacts(id, phone, created, last_in) %s SELECT i, '+8210' "
		"|| "
		"(20000000 + i), $2, CASE WHEN i %% 7 = 0 THEN $2 ELSE 0 END FROM n",
		"INSERT INTO contact_stats(contact, orders, spent, first_order, "
		"last_order) %s "
		"SELECT i, (i / 30) %% 6, i * 1000, $2, $2 - (i %% 400) * 86400000 FROM "
		"n WHERE i %% "
		"2 = 0",
		"INSERT INTO tags(contact, name, at) %s SELECT i, 'vip', $2 FROM n WHERE "
		"i %% 5 "
		"= 0",
		"INSERT INTO attributes(contact, name, text, updated) %s SELECT i, "
		"'city', CASE "
		"WHEN i %% 3 = 0 THEN 'Seoul' ELSE 'Busan' END, $2 FROM n",
		"INSERT INTO shop_events(id, contact, name, at, value, state) %s SELECT "
		"i, i, "
		"'order.paid', $2 - (i %% 400) * 86400000, 1, 1 FROM n WHERE i %% 2 = 0",
		"INSERT INTO consent(id, contact, address, at, action, scope, method, "
		"basis) "
		"%s SELECT i, i, '+', $2 - 86400000, 'grant', 'marketing', 'staff', "
		"'express' "
		"FROM n",
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *sql = malloc(1000); /* statements are kept by their address */
		snprintf(sql, 1000, rows[i], numbers);
		if (db_run(r.core.db, sql, "ii", n, core_now(&r.core)) < 0 ||
			db_commit(r.core.db) != 0)
			fail_msg("%s", db_error(r.core.db));
	}
}

static void
count_them(void)
{
	static struct crowd crowd;
	struct strbuf err = STRBUF_SENTENCE;
	struct crowd_count n;
	struct db *db;
	double counted = 0;
	if (crowd_resolve(&r.core, "", FIVE, "", &crowd, &err) < 0 ||
		db_open(r.core.config->store, DB_READER, &db, &err) < 0)
		fail_msg("%s", err.s);
	for (int round = 0; round < 2; round++) {
		double begun = seconds(), work = worked();
		crowd_count(db, &crowd, core_now(&r.core), MINUTE, 5, &n);
		figure(round ? "an audience of five conditions counted again"
			     : "an audience of five conditions counted",
			(seconds() - begun) * 1000, "ms");
		counted = worked() - work;
	}
	figure("of it the processor's", counted * 1000, "ms");
	double plain = worked();
	db_number(db, 0, "SELECT count(*) FROM contacts WHERE id > 0", "");
	plain = worked() - plain;
	figure("times a plain count of all contacts", counted / plain, "");
	figure("people it looked at", (double)n.looked_at, "");
	figure("people it means", (double)n.matched, "");
	db_close(db);
	strbuf_done(&err);
}

static void
start(int64_t count)
{
	struct strbuf err = STRBUF_SENTENCE;
	char field[128];
	json_t *spec = json_pack("{s:s,s:s,s:s,s:i}", "name", "many", "text",
		"봄 신상 입고", "audience", "everybody", "holdout", 5);
	if (campaign_draft(&r.core, spec, "bench", field, &err) < 0 ||
		campaign_begin(&r.core, "many", count, "bench", &err) < 0)
		fail_msg("%s", err.s);
	json_decref(spec);
	strbuf_done(&err);
}

static void
run_campaign(int64_t count)
{
	double begun, worst = 0, turns = 0, passed = 0, worst_work = 0;
	long before = resident_kib();
	int64_t done = 0;
	struct wal *wal = wal_new(&r.core); /* as the daemon has it */
	r.core.reader = reader_new(r.loop, r.core.config->store);
	campaigns_start(&r.core);
	start(count);
	begun = seconds();
	for (int64_t i = 0; done < count && seconds() - begun < 600; i++) {
		double turn = seconds(), work = worked_here();
		loop_turn(r.loop);
		turn = seconds() - turn;
		worst_work = MAX(worst_work, worked_here() - work);
		worst = MAX(worst, turn);
		turns += turn > 0.010;
		/* The clock goes with the machine's: its timers ring as they would. */
		passed += turn * 1000;
		clock_sim_advance(&r.clock, (int64_t)passed);
		passed -= (double)(int64_t)passed;
		if (i % 256)
			continue;
		done = db_number(r.core.db, 0,
			       "SELECT count(*) FROM (SELECT 1 FROM campaigns WHERE pass "
			       "> 0)",
			       "")
			       ? count
			       : 0;
	}
	figure("a campaign started: people it came to",
		(double)count / (seconds() - begun), "1/s");
	figure("longest turn of the loop meanwhile, with its commit", worst * 1000, "ms");
	figure("turns longer than 10 ms", turns, "");
	figure("longest turn by its own work", worst_work * 1000, "ms");
	figure("memory it took", (double)(resident_kib() - before), "KiB");
	begun = seconds();
	struct strbuf err = STRBUF_SENTENCE;
	if (campaign_cancel(&r.core, "many", "", &err) < 0)
		fail_msg("%s", err.s);
	for (int64_t left = 1; left && seconds() - begun < 600;) {
		for (int i = 0; i < 256; i++)
			if (!loop_turn(r.loop))
				clock_sim_advance(&r.clock, 1);
		left = db_number(r.core.db, 0,
			"SELECT count(*) FROM campaigns WHERE sweep IS NOT NULL", "");
	}
	figure("canceled: rows cleared up", (double)count / (seconds() - begun), "1/s");
	campaigns_stop(&r.core);
	wal_free(wal);
	reader_free(r.core.reader);
	r.core.reader = NULL;
	strbuf_done(&err);
}

int
main(int argc, char **argv)
{
	int64_t contacts = argc > 1 ? atoll(argv[1]) : 1000000;
	int64_t started = argc > 2 ? atoll(argv[2]) : 50000;
	rig_open(&r, false);
	fill(contacts);
	count_them();
	rig_close(&r);
	rig_open(&r, false);
	clock_sim_advance(&r.clock, DAY + HOUR);
	fill(started);
	db_checkpoint(r.core.db);
	run_campaign(started);
	rig_close(&r);
	return 0;
}
