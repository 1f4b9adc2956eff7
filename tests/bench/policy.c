/* What deciding costs: admit() on one core; a campaign decided and queued, beside the
 *same rows copied by SQL alone; a hundred thousand held texts woken at once while a
 *customer writes. Prints one line of JSON for each figure.
 *
 *	policy [CONTACTS [HELD]]        default 50000 and 100000 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/core/audience.h"
#include "gateway/core/facts.h"
#include "gateway/core/wal.h"
#include "tests/lib/rig.h"

static struct rig r;

static double
seconds(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* What this thread itself worked: others on the machine are not in it. */
static double
worked(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Turns of the loop, by the clock on the wall and by the thread's own. */
struct turns {
	double since, last, worst, worst_worked;
	int slow, slow_worked;
};

static void
turn_loop(struct turns *t)
{
	double begun = seconds(), begun_worked = worked();
	loop_turn(r.loop);
	double now = seconds(), took = now - begun, took_worked = worked() - begun_worked;
	t->worst = MAX(t->worst, took);
	t->worst_worked = MAX(t->worst_worked, took_worked);
	t->slow += took > 0.010;
	t->slow_worked += took_worked > 0.010;
	/* the rig's clock goes as fast as the one on the wall, and is never waited for */
	if (!t->since)
		t->since = t->last = begun;
	int64_t ms = (int64_t)((now - t->since) * 1000) -
		     (int64_t)((t->last - t->since) * 1000);
	t->last = now;
	clock_sim_advance(&r.clock, MAX(ms, 1));
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

static void
tell_turns(const struct turns *t)
{
	figure("longest turn of the loop meanwhile, with its commit", t->worst * 1000,
		"ms");
	figure("turns longer than 10 ms", t->slow, "");
	figure("longest turn by its own work", t->worst_worked * 1000, "ms");
	figure("turns with more than 10 ms of work", t->slow_worked, "");
}

/* ---- people who agreed ---- */

static void
phone_of(int i, char ret[32])
{
	snprintf(ret, 32, "+8210%08d", 10000000 + i);
}

static void
add_people(int count)
{
	static const char *const rows[] = {
		"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i "
		"< $1 - 1) INSERT INTO contacts(id, phone, created) SELECT i + 1, "
		"'+8210' "
		"|| (10000000 + i), $2 FROM n",
		"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i "
		"< $1 - 1) INSERT INTO consent(id, contact, address, at, action, scope, "
		"method, words, basis) SELECT i + 1, i + 1, '+8210' || (10000000 + i), "
		"$2, 'grant', 'marketing', 'import', 'yes', 'express' FROM n"};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		db_run(r.core.db, rows[i], "ii", (int64_t)count, core_now(&r.core));
		commit();
	}
}

/* ---- deciding ---- */

static uint64_t
accept(int i, const char *text, enum message_class cls)
{
	char phone[32];
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	phone_of(i, phone);
	struct outbox_request request = {.to = phone,
		.text = text,
		.text_len = strlen(text),
		.cls = cls,
		.origin = "campaign",
		.msg_class = -1};
	if (outbox_accept(&r.core, &request, &receipt, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	return receipt.id;
}

static void
bench_admit(void)
{
	static struct gate_facts facts;
	struct message m;
	struct verdict v;
	uint64_t id = accept(0, "봄 세일", CLASS_MARKETING);
	assert_true(message_load(r.core.db, id, &m));
	facts_gather(&r.core, &m, NULL, &facts);
	double start = seconds(), took;
	int64_t n = 0;
	do {
		for (int i = 0; i < 1000; i++, n++)
			admit(&facts, core_now(&r.core) + n % 1000, &v);
		took = seconds() - start;
	} while (took < 1);
	figure("admit() on one core", (double)n / took, "1/s");
	start = seconds();
	n = 0;
	do {
		for (int i = 0; i < 100; i++, n++) {
			facts_gather(&r.core, &m, NULL, &facts);
			admit(&facts, core_now(&r.core), &v);
		}
		took = seconds() - start;
	} while (took < 1);
	figure("facts from the store and admit()", (double)n / took, "1/s");
	message_done(&m);
}

/* ---- a campaign ---- */

/* The same text with another table's name in it; kept, for statements live as long as the
 * connection. */
static char *
renamed(const char *sql)
{
	struct strbuf out = STRBUF_INIT(64 * 1024);
	for (const char *at; (at = strstr(sql, "messages")); sql = at + 8) {
		strbuf_add(&out, sql, (size_t)(at - sql));
		strbuf_puts(&out, "bare");
	}
	strbuf_puts(&out, sql);
	return out.s;
}

/* The same rows into the same table under another name: its columns, checks, references
 * and indexes. Returns rows a second, of one statement, or made durable `commits` times
 * as the campaign was. */
static double
copy_rows(int count, int commits)
{
	char *make[32];
	size_t n = 0;
	struct db_rows *q = db_select(r.core.db,
		"SELECT sql FROM sqlite_master WHERE tbl_name = 'messages' AND sql IS "
		"NOT "
		"NULL ORDER BY type DESC",
		"");
	while (n < ARRAY_LEN(make) && db_next(q))
		make[n++] = renamed(db_text(q, 0));
	db_end(q);
	bool there =
		rig_count(&r, "SELECT count(*) FROM sqlite_master WHERE name = 'bare'");
	for (size_t i = 0; i < n && !there; i++)
		db_run(r.core.db, make[i], "");
	commit();
	db_run(r.core.db, "DELETE FROM bare", "");
	commit();
	db_checkpoint(r.core.db);
	double start = seconds();
	int64_t step = count / commits + 1, last = 0;
	for (int i = 0; i < commits; i++) {
		db_run(r.core.db,
			"INSERT INTO bare SELECT * FROM messages WHERE id > $1 ORDER BY "
			"id LIMIT $2",
			"ii", last, step);
		commit();
		last = db_number(r.core.db, 0, "SELECT max(id) FROM bare", "");
	}
	double rate = count / (seconds() - start);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM bare"), count);
	return rate;
}

/* The walk as a campaign takes it: some people in each tick, as many as fit. */
struct campaign {
	struct loop_timer timer;
	struct audience_wish wish;
	struct audience_sums sums;
	struct audience_pace pace;
	uint64_t cursor;
	int chunks;
	bool over;
};

static void
on_campaign(void *arg)
{
	struct campaign *c = arg;
	struct strbuf err = STRBUF_SENTENCE;
	int max = audience_pace_begin(&c->pace);
	int n = audience_admit(&r.core, &c->wish, &c->cursor, max, &c->sums, &err);
	if (n < 0)
		fail_msg("%s", err.s);
	audience_pace_end(&c->pace, n);
	c->over = !n;
	c->chunks++;
	if (n)
		loop_timer_in(&c->timer, 1);
	strbuf_done(&err);
}

static double
run_campaign(struct campaign *c, struct turns *turns)
{
	double start = seconds();
	loop_timer_init(&c->timer, r.loop, on_campaign, c);
	loop_timer_in(&c->timer, 0);
	while (!c->over)
		turn_loop(turns);
	return seconds() - start;
}

static void
accept_some(int few)
{
	double start = seconds();
	for (int i = 0; i < few; i++) {
		accept(i, "봄 세일", CLASS_MARKETING);
		if (i % 256 == 255)
			commit();
	}
	commit();
	figure("texts accepted one by one", few / (seconds() - start), "rows/s");
	db_run(r.core.db, "DELETE FROM events", "");
	db_run(r.core.db, "DELETE FROM messages", "");
	commit();
}

static void
bench_campaign(int count)
{
	static struct campaign c = {.wish = {.audience = 1,
					    .text = "봄 세일",
					    .cls = CLASS_MARKETING,
					    .origin = "campaign",
					    .key = "spring"}};
	accept_some(MIN(count, 10000));
	db_run(r.core.db,
		"INSERT INTO audience(audience, contact) SELECT 1, id FROM contacts "
		"ORDER BY id LIMIT $1",
		"i", (int64_t)count);
	commit();
	db_checkpoint(r.core.db);
	struct wal *wal = wal_new(&r.core);
	long before = resident_kib();
	struct turns turns = {0};
	double rate = count / run_campaign(&c, &turns);
	if (c.sums.contacts != count || c.sums.verdicts[VERDICT_SEND] != count)
		fail_msg("not all were decided, or not all may go");
	figure("a campaign decided and queued", rate, "rows/s");
	tell_turns(&turns);
	figure("memory it took", (double)(resident_kib() - before), "KiB");
	double bare = copy_rows(count, 1), often = copy_rows(count, c.chunks);
	figure("the same rows by INSERT ... SELECT", bare, "rows/s");
	figure("times the bare INSERT ... SELECT", bare / rate, "x");
	figure("the same, made durable as often", often, "rows/s");
	figure("times the bare, made durable as often", often / rate, "x");
	wal_free(wal);
}

/* ---- eight o'clock ---- */

/* The modem answers at once whatever it is given. */
static void
answer_all(void)
{
	static int mr;
	for (size_t i = r.send_count; i-- > 0;) {
		struct rig_send *s = &r.sends[i];
		if (s->answered || !s->released)
			continue;
		s->answered = true;
		channel_outcome(s->ch, s->attempt,
			&(struct outcome){
				.what = SEND_SENT, .reference = mr++ % 256, .code = -1});
	}
}

/* The device hands a text over, and nothing else happens in this call. */
static void
ask(const char *from)
{
	static const char text[] = "help";
	static struct segment_plan plan;
	struct strbuf tpdu = STRBUF_INIT(256), err = STRBUF_SENTENCE;
	struct segment_options options = {.alphabet = SEGMENT_AUTO};
	struct pdu pdu = {.type = PDU_DELIVER, .mms = true, .msg_class = -1};
	if (segment_plan(text, strlen(text), &options, &plan, &err) < 0 ||
		sms_address_parse(from, &pdu.address, &err) < 0 ||
		segment_user_data(text, &plan, 0, 0, -1, &pdu, &err) < 0)
		fail_msg("%s", err.s);
	pdu.scts = (struct sms_time){.valid = true,
		.wall = core_now(&r.core) / 1000 * 1000,
		.offset_minutes = 540};
	if (pdu_encode(&pdu, &tpdu, &err) < 0)
		fail_msg("%s", err.s);
	struct incoming in = {.kind = INCOMING_TPDU,
		.token = 1,
		.bytes = (const uint8_t *)tpdu.s,
		.len = tpdu.len,
		.smsc = "",
		.occurrence = 1};
	channel_received(channel_find(&r.core, "north"), &in);
	strbuf_done(&tpdu);
	strbuf_done(&err);
}

static bool
was_texted(const char *to)
{
	for (size_t i = r.send_count; i-- > 0;)
		if (!strcmp(r.sends[i].to, to))
			return true;
	return false;
}

/* Room for more; what is still with the modem is kept. */
static void
forget_answered(void)
{
	size_t n = 0;
	if (r.send_count < RIG_SENDS / 2)
		return;
	for (size_t i = 0; i < r.send_count; i++)
		if (!r.sends[i].answered)
			r.sends[n++] = r.sends[i];
	r.send_count = n;
}

/* Customers ask one after the other, all the while; the worst wait is what counts. */
struct asking {
	char number[32];
	int asked, answered, pause, late;
	double since, worst, sum;
};

static void
go_on_asking(struct asking *a)
{
	if (a->asked > a->answered) {
		if (!was_texted(a->number))
			return;
		double waited = seconds() - a->since;
		a->answered++;
		a->sum += waited;
		a->worst = MAX(a->worst, waited);
		a->late += waited > 0.050;
		a->pause = 3;
	} else if (a->pause-- <= 0) {
		snprintf(a->number, sizeof(a->number), "+8210999%05d", a->asked++);
		a->since = seconds();
		ask(a->number);
	}
}

/* Promotions of the night, as they lie there before the opening. */
static void
hold(int count)
{
	for (int i = 0; i < count; i++) {
		accept(i, "봄 세일", CLASS_MARKETING);
		if (i % 256 == 255)
			commit();
	}
	commit();
	int64_t held =
		rig_count(&r, "SELECT count(*) FROM messages WHERE state = 'held'");
	if (held != count)
		fail_msg("%" PRId64 " of %d are held", held, count);
}

/* What the disk does by itself: a page made durable, again and again, and nothing else.
 * No gateway is faster than that. */
static void
bare_disk(void)
{
	char path[128], page[4096] = "";
	double worst = 0, sum = 0;
	int n = 0;
	snprintf(path, sizeof(path), "%s/bare", r.dir);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	for (double end = seconds() + 2; seconds() < end; n++) {
		double begun = seconds();
		if (pwrite(fileno(f), page, sizeof(page), n % 2048 * 4096L) < 0 ||
			fdatasync(fileno(f)) < 0)
			fail_msg("%s", path);
		double took = seconds() - begun;
		worst = MAX(worst, took);
		sum += took;
	}
	fclose(f);
	figure("a page made durable by itself, on average", sum * 1000 / n, "ms");
	figure("the longest of them", worst * 1000, "ms");
}

static void
bench_wake(int count)
{
	struct asking asking = {.pause = 20};
	struct turns turns = {0};
	hold(count);
	bare_disk();
	db_checkpoint(r.core.db);
	struct wal *wal = wal_new(&r.core);
	clock_sim_advance(&r.clock, 10 * HOUR); /* past the opening */
	long before = resident_kib();
	double start = seconds();
	while (rig_count(&r, "SELECT 1 FROM messages WHERE state = 'held' LIMIT 1") ==
		1) {
		answer_all();
		go_on_asking(&asking);
		turn_loop(&turns);
		forget_answered();
	}
	figure("held texts woken", count / (seconds() - start), "1/s");
	tell_turns(&turns);
	figure("memory it took", (double)(resident_kib() - before), "KiB");
	figure("customers' questions answered meanwhile", asking.answered, "");
	figure("the longest of them waited", asking.worst * 1000, "ms");
	figure("of them more than 50 ms", asking.late, "");
	figure("they waited on average", asking.sum * 1000 / MAX(asking.answered, 1),
		"ms");
	wal_free(wal);
}

int
main(int argc, char **argv)
{
	int contacts = argc > 1 ? atoi(argv[1]) : 50000;
	int held = argc > 2 ? atoi(argv[2]) : 100000;
	rig_open_with(&r, false, "",
		"optout_080 = \"080-123-4567\"; same_text = \"0s\"; spread = \"0s\";"
		"sim = { marketing = \"1000000/day\"; all = \"1000000/day\"; "
		"recipients = \"1000000/month\"; };");
	channel_find(&r.core, "north")->state =
		CHANNEL_DOWN; /* nothing leaves while we count */
	add_people(contacts);
	bench_admit();
	bench_campaign(contacts);
	rig_close(&r);

	rig_open_with(&r, false, "",
		"optout_080 = \"080-123-4567\"; same_text = \"0s\"; "
		"spread = \"0s\"; sim = { marketing = \"1000000/day\"; all = "
		"\"1000000/day\"; "
		"recipients = \"1000000/month\"; };");
	add_people(held);
	clock_sim_advance(&r.clock, 13 * HOUR); /* 22:00: promotions wait for eight */
	bench_wake(held);
	rig_close(&r);
	return 0;
}
