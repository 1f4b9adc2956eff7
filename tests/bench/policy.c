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
#include "gateway/store/contacts.h"
#include "gateway/store/ledger.h"
#include "tests/lib/rig.h"

static struct rig r;

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

/* ---- people who agreed ---- */

static void
phone_of(int i, char ret[32])
{
	snprintf(ret, 32, "+8210%08d", 10000000 + i);
}

static void
add_people(int from, int count)
{
	char phone[32];
	for (int i = from; i < from + count; i++) {
		uint64_t id = core_id(&r.core);
		struct contact c;
		bool fresh;
		phone_of(i, phone);
		contact_take(r.core.db, phone, id, core_now(&r.core), &c, &fresh);
		consent_append(r.core.db, &(struct consent_row){.id = core_id(&r.core),
						  .contact = c.id,
						  .address = phone,
						  .action = "grant",
						  .scope = "marketing",
						  .method = "import",
						  .words = "yes",
						  .basis = "express",
						  .at = core_now(&r.core)});
		if (i % 1000 == 999)
			commit();
	}
	commit();
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
 * and indexes. Returns rows a second. */
static double
copy_rows(int count)
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
	for (size_t i = 0; i < n; i++)
		db_run(r.core.db, make[i], "");
	commit();
	double start = seconds();
	db_run(r.core.db, "INSERT INTO bare SELECT * FROM messages", "");
	commit();
	double rate = count / (seconds() - start);
	figure("the same rows by INSERT ... SELECT", rate, "rows/s");
	return rate;
}

static void
bench_campaign(int count)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct audience_sums sums = {0};
	uint64_t cursor = 0;
	struct audience_wish wish = {.audience = 1,
		.text = "봄 세일",
		.cls = CLASS_MARKETING,
		.origin = "campaign",
		.key = "spring"};
	int n, few = MIN(count, 20000);
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
	db_run(r.core.db,
		"INSERT INTO audience(audience, contact) SELECT 1, id FROM contacts "
		"ORDER BY id LIMIT $1",
		"i", (int64_t)count);
	commit();
	long before = resident_kib();
	double worst = 0;
	start = seconds();
	do {
		double turn = seconds();
		n = audience_admit(&r.core, &wish, &cursor, AUDIENCE_CHUNK, &sums, &err);
		commit();
		worst = MAX(worst, seconds() - turn);
	} while (n > 0);
	double rate = count / (seconds() - start);
	if (n < 0 || sums.contacts != count)
		fail_msg("%s", err.s);
	figure("a campaign decided and queued", rate, "rows/s");
	figure("longest chunk of it, with its commit", worst * 1000, "ms");
	figure("memory it took", (double)(resident_kib() - before), "KiB");
	figure("times the bare INSERT ... SELECT", copy_rows(count) / rate, "x");
	strbuf_done(&err);
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
	int asked, answered, pause;
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
		a->pause = 50;
	} else if (a->pause-- <= 0) {
		snprintf(a->number, sizeof(a->number), "+8210999%05d", a->asked++);
		a->since = seconds();
		ask(a->number);
	}
}

static void
bench_wake(int count)
{
	struct asking asking = {.pause = 20};
	double worst = 0, start;
	for (int i = 0; i < count; i++) {
		accept(i, "봄 세일", CLASS_MARKETING);
		if (i % 256 == 255)
			commit();
	}
	commit();
	assert_true(rig_count(&r, "SELECT count(*) FROM messages WHERE state = 'held'") >=
		    count);
	clock_sim_advance(&r.clock, 10 * HOUR); /* past the opening */
	start = seconds();
	while (rig_count(&r, "SELECT 1 FROM messages WHERE state = 'held' LIMIT 1") ==
		1) {
		double before = seconds();
		answer_all();
		go_on_asking(&asking);
		clock_sim_advance(&r.clock, 1);
		loop_turn(r.loop);
		worst = MAX(worst, seconds() - before);
		forget_answered();
	}
	figure("held texts woken", count / (seconds() - start), "1/s");
	figure("longest turn of the loop meanwhile", worst * 1000, "ms");
	figure("customers' questions answered meanwhile", asking.answered, "");
	figure("the longest of them waited", asking.worst * 1000, "ms");
	figure("they waited on average", asking.sum * 1000 / MAX(asking.answered, 1),
		"ms");
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
	add_people(0, MAX(contacts, held));
	bench_admit();
	bench_campaign(contacts);
	rig_close(&r);

	rig_open_with(&r, false, "",
		"optout_080 = \"080-123-4567\"; same_text = \"0s\"; "
		"spread = \"0s\"; sim = { marketing = \"1000000/day\"; all = "
		"\"1000000/day\"; "
		"recipients = \"1000000/month\"; };");
	add_people(0, held);
	clock_sim_advance(&r.clock, 13 * HOUR); /* 22:00: promotions wait for eight */
	bench_wake(held);
	rig_close(&r);
	return 0;
}
