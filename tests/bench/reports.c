/* What a look at it all costs: the report of a month with a million texts, a campaign's
 * figures, and short links that are followed. Prints one line of JSON for each figure.
 *
 *	reports [TEXTS [FOLLOWED]]		default 1000000 and 20000 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/core/offers.h"
#include "gateway/outreach/report.h"
#include "gateway/store/links.h"
#include "tests/lib/rig.h"

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

/* A month of n texts: every tenth came in, half of the others a script said, a third are
 * promotions with a link, of which every eleventh was followed; a tenth as many orders.
 */
static void
fill(int64_t n)
{
	static const char numbers[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
				      "i + 1 FROM n WHERE i < $1) ";
	static const char *const rows[] = {
		"INSERT INTO contacts(id, phone, created) @SELECT i, '+8210' || "
		"(20000000 + i), $2 FROM n WHERE i <= $1 / 4",
		"INSERT INTO channels(id, name) @SELECT i + 10, 'modem' || i FROM n "
		"WHERE i <= 4 AND $2 > 0",
		"INSERT INTO messages(id, contact, outbound, state, class, text, origin, "
		"channel, updated) @SELECT ($2 + i * (2592000000 / $1)) * 1048576 + 1, "
		"(i * 7919) % ($1 / 4) + 1, CASE WHEN i % 10 = 0 THEN 0 ELSE 1 END, CASE "
		"WHEN i % 10 = 0 THEN 'received' WHEN i % 10 < 8 THEN 'delivered' WHEN i "
		"% 10 = 8 THEN 'sent' ELSE 'suppressed' END, CASE WHEN i % 10 = 0 THEN "
		"'' WHEN i % 3 = 0 THEN 'marketing' ELSE 'service' END, '(광고) 말길상점 "
		"봄 "
		"신상 입고 안내입니다. https://s.example/l/abcdefg 무료수신거부 080', "
		"CASE WHEN i "
		"% 2 = 0 THEN 'dialog' ELSE 'api' END, i % 4 + 11, 1 FROM n",
		"INSERT INTO said(message, contact, run, script, hash, step, visit, "
		"variant, at) SELECT id, contact, id, 'script' || (id / 1048576 / 64 % "
		"40), 'h', 'step' || (id / 1048576 / 4096 % 9), 1, CASE WHEN contact % 3 "
		"= 0 THEN 'a' ELSE 'b' END, id / 1048576 FROM messages WHERE outbound = "
		"1 AND origin = 'dialog' AND $1 > 0 AND $2 > 0",
		"INSERT INTO charges(message, contact, priority, channel, sim, at, "
		"parts, cost) SELECT id, contact, 3, channel, 'sim', id / 1048576, 1, "
		"9000 FROM messages WHERE state IN ('sent', 'delivered') AND $1 > 0 AND "
		"$2 > 0",
		"INSERT INTO links(id, code, url, contact, message, made, clicked) "
		"SELECT id, substr('000000' || ((id / 1048576 - $2) / (2592000000 / "
		"$1)), -7), 'https://shop.example/p', contact, id, id / "
		"1048576, CASE WHEN contact % 11 = 0 THEN id / 1048576 + 60000 ELSE 0 "
		"END FROM messages WHERE class = 'marketing'",
		"INSERT INTO clicks(id, link, contact, message, at, kind) SELECT id + 1, "
		"id, contact, message, clicked, 'person' FROM links WHERE clicked > 0 "
		"AND $1 > 0 AND $2 > 0",
		"INSERT INTO purchases(number, source, phone, contact, at, amount) "
		"@SELECT 'o' || i, 'shop', '+8210' || (20000000 + i), i, $2 + i * "
		"(25920000000 / $1), 30000000 FROM n WHERE i <= $1 / 10",
		"INSERT INTO consent(id, contact, address, at, action, scope, method) "
		"@SELECT ($2 + i * (25920000000 / $1)) * 1048576, i, '+', $2 + i * "
		"(25920000000 / $1), CASE WHEN i % 20 = 0 THEN 'revoke' ELSE 'grant' "
		"END, 'marketing', 'keyword' FROM n WHERE i <= $1 / 10",
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *sql = malloc(1500); /* statements are kept by their address */
		const char *at = strchr(rows[i], '@');
		snprintf(sql, 1500, "%.*s%s%s", (int)(at ? at - rows[i] : 0), rows[i],
			at ? numbers : "", at ? at + 1 : rows[i]);
		if (db_run(r.core.db, sql, "ii", n, core_now(&r.core)) < 0 ||
			db_commit(r.core.db) != 0)
			fail_msg("%s", db_error(r.core.db));
	}
}

static void
look(int64_t n)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct report report;
	struct db *db;
	int64_t now = core_now(&r.core);
	if (db_open(r.core.config->store, DB_READER, &db, &err) < 0)
		fail_msg("%s", err.s);
	double plain = seconds();
	db_number(db, 0, "SELECT count(text) FROM messages WHERE id > 0", "");
	plain = seconds() - plain;
	long before = resident_kib();
	double begun = seconds(), work = worked();
	report_count(db,
		&(struct report_ask){
			now, now + 31 * DAY, now + 31 * DAY, "Asia/Seoul", 600 * SECOND},
		&report);
	double took = seconds() - begun;
	figure("a month of texts reported", took * 1000, "ms");
	figure("of it the processor's", (worked() - work) * 1000, "ms");
	figure("texts reported each second", (double)n / took, "1/s");
	figure("times the time of reading those texts once", took / plain, "");
	figure("texts of ours it found sent", (double)report.texts.sent, "");
	figure("memory the report took", (double)(resident_kib() - before), "KiB");
	report_done(&report);
	db_close(db);
	strbuf_done(&err);
}

/* People who follow a link: looked up, told from machines, counted. One commit for each,
 * and one for all that come within a tick. */
static void
follow(int64_t n, int64_t in_a_tick)
{
	static char name[96];
	struct strbuf url AUTO(strbuf_done) = STRBUF_INIT(2000);
	struct visit visit = {.agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac "
				       "OS X)"};
	char(*codes)[16] = calloc((size_t)n, sizeof(*codes));
	size_t count = 0;
	struct db_rows *q = db_select(r.core.db,
		"SELECT code FROM links WHERE clicked = 0 ORDER BY id LIMIT $1", "i", n);
	for (; db_next(q); count++)
		snprintf(codes[count], sizeof(*codes), "%s", db_text(q, 0));
	db_end(q);
	double begun = seconds();
	for (size_t i = 0; i < count; i++) {
		if (offer_visit(&r.core, codes[i], &visit, &url) != VISIT_GOES)
			fail_msg("%s leads nowhere", codes[i]);
		strbuf_reset(&url);
		if (((int64_t)i + 1) % in_a_tick == 0 && db_commit(r.core.db) != 0)
			fail_msg("%s", db_error(r.core.db));
	}
	if (db_commit(r.core.db) != 0)
		fail_msg("%s", db_error(r.core.db));
	snprintf(name, sizeof(name), "short links followed, %lld in a tick",
		(long long)in_a_tick);
	figure(name, (double)count / (seconds() - begun), "1/s");
	if (db_number(r.core.db, 0, "SELECT count(*) FROM clicks WHERE kind = 'person'",
		    "") < (int64_t)count)
		fail_msg("not every visit was counted");
	free(codes);
}

int
main(int argc, char **argv)
{
	int64_t texts = argc > 1 ? atoll(argv[1]) : 1000000;
	int64_t followed = argc > 2 ? atoll(argv[2]) : 20000;
	rig_open(&r, false);
	fill(texts);
	look(texts);
	clock_sim_advance(&r.clock, 32 * DAY);
	follow(followed, 1);
	follow(followed, 64);
	rig_close(&r);
	return 0;
}
