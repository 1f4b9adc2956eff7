/* Campaigns on the bench: everybody once, nobody skipped, and a stop that stops. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/core/consent.h"
#include "gateway/core/people.h"
#include "gateway/outreach/campaign.h"
#include "gateway/store/coupons.h"
#include "gateway/store/audience.h"
#include "gateway/store/reader.h"
#include "gateway/store/shop_events.h"
#include "tests/lib/random.h"
#include "tests/lib/rig.h"

#define POLICY                                                                           \
	"optout_080 = \"080-123-4567\"; spread = \"0s\"; sim_ad_parts = 3; caps = { "    \
	"promo "                                                                         \
	"= \"100/1d\"; };"

static struct rig r;

/* ---- the bench ---- */

static void
begin(void)
{
	r.core.reader = reader_new(r.loop, r.core.config->store);
	campaigns_start(&r.core);
}

static void
end(void)
{
	campaigns_stop(&r.core);
	reader_free(r.core.reader);
	r.core.reader = NULL;
}

static void
open_with(unsigned people)
{
	rig_open_with(&r, false, "", POLICY);
	clock_sim_advance(&r.clock, DAY + HOUR); /* a working day, ten in the morning */
	for (unsigned i = 0; i < people; i++) {
		char phone[32];
		struct contact c;
		struct strbuf err = STRBUF_SENTENCE;
		snprintf(phone, sizeof(phone), "+8210%08u", 20000000 + i);
		uint64_t row;
		struct consent_change grant = {
			.phone = phone, .action = "grant", .words = "yes"};
		assert_int_equal(consent_change(&r.core, &grant, &row, &err), 0);
		assert_true(contact_find(r.core.db, phone, &c));
		if (i % 10 == 0)
			assert_int_equal(people_tag(&r.core, &c, "vip", true, &err), 0);
		if (i % 2 == 0)
			assert_int_equal(
				people_set(&r.core, &c, "language", "en", &err), 0);
		if (i % 3 == 0)
			assert_int_equal(
				people_set(&r.core, &c, "name", "지우", &err), 0);
		strbuf_done(&err);
	}
	assert_int_equal(db_commit(r.core.db), 0);
	begin();
}

static void
close_all(void)
{
	end();
	rig_close(&r);
}

/* Turns, with real waiting for the reader thread, until a condition holds. */
static void
until(const char *sql, int64_t wanted)
{
	for (int i = 0; i < 4000 && rig_count(&r, sql) != wanted; i++) {
		rig_run(&r, 20);
		poll(NULL, 0, 1); /* the reader thread's turn */
	}
	if (rig_count(&r, sql) != wanted)
		fail_msg("%s: %lld, not %lld", sql, (long long)rig_count(&r, sql),
			(long long)wanted);
}

static int
draft(const char *json, char field[128])
{
	struct strbuf err = STRBUF_SENTENCE;
	json_t *object = json_loads(json, 0, NULL);
	assert_non_null(object);
	int e = campaign_draft(&r.core, object, "owner", field, &err);
	if (!e)
		assert_int_equal(db_commit(r.core.db), 0);
	json_decref(object);
	strbuf_done(&err);
	return e;
}

static void
start(const char *json)
{
	struct strbuf err = STRBUF_SENTENCE;
	char field[128];
	assert_int_equal(draft(json, field), 0);
	int e = campaign_begin(&r.core, "spring", 0, "owner", &err);
	if (e)
		fail_msg("%s", err.s);
	rig_run(&r, 0);
	strbuf_done(&err);
}

static int64_t
count(const char *what)
{
	char sql[300];
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", what);
	struct db_rows *q = db_ask(r.core.db, sql, NULL, 0);
	int64_t n = db_next(q) ? db_int(q, 0) : -1;
	db_end(q);
	return n;
}

#define MEMBERS "SELECT count(*) FROM campaign_members"

/* The network takes whatever is handed to it, until nothing is any more. */
static void
send_all(void)
{
	static int reference;
	for (int idle = 0; idle < 3; idle++) {
		for (size_t i = 0; i < r.send_count; i++) {
			if (r.sends[i].answered || !r.sends[i].released)
				continue;
			rig_sent(&r, reference++ % 256);
			idle = 0;
		}
		rig_run(&r, 5 * MINUTE);
	}
}

/* ---- everybody, once ---- */

static void
everybody_gets_their_own_text_once(void **state)
{
	(void)state;
	open_with(300);
	start("{\"name\":\"spring\",\"audience\":\"everybody\",\"slot\":\"now\",\"tag\":"
	      "\"got-spring\",\"text\":{\"ko\":\"{name|고객}님, 봄이 "
	      "왔어요\",\"en\":\"Spring "
	      "is here, {name|friend}\"}}");
	until(MEMBERS, 300);
	rig_run(&r, 100);
	assert_int_equal(count("messages WHERE origin = 'campaign'"), 300);
	assert_int_equal(count("messages WHERE text LIKE '%지우님, 봄이 왔어요%'"), 50);
	assert_int_equal(count("messages WHERE text LIKE '%고객님, 봄이 왔어요%'"), 100);
	assert_int_equal(count("messages WHERE text LIKE '%Spring is here, 지우%'"), 50);
	assert_int_equal(
		count("messages WHERE text LIKE '%Spring is here, friend%'"), 100);
	assert_int_equal(count("messages WHERE text NOT LIKE '(광고)%'"), 0);
	assert_int_equal(count("tags WHERE name = 'got-spring'"), 300);
	assert_int_equal(count("audience"), 0);
	close_all();
}

static void
a_crash_repeats_and_skips_nobody(void **state)
{
	(void)state;
	struct test_random rnd = {.state = 7};
	open_with(400);
	start("{\"name\":\"spring\",\"audience\":\"everybody\",\"holdout\":10,\"slot\":"
	      "\"now\",\"variants\":{\"a\":{\"share\":50,\"text\":\"하나\"},\"b\":{"
	      "\"share\":"
	      "50,\"text\":\"둘 {name|고객}\"}}}");
	for (int crashes = 0; crashes < 12 && count("campaign_members") < 400;
		crashes++) {
		int64_t before = count("campaign_members");
		for (int i = 0; i < 2000 && count("campaign_members") == before; i++) {
			rig_run(&r, (int64_t)random_below(&rnd, 3));
			poll(NULL, 0, 1); /* the reader thread's turn */
		}
		end();
		rig_crash(&r);
		begin();
	}
	until(MEMBERS, 400);
	rig_run(&r, 10);
	int64_t held_out = count("campaign_members WHERE what = 'holdout'");
	assert_true(held_out > 15 && held_out < 70);
	assert_int_equal(count("messages WHERE origin = 'campaign'"), 400 - held_out);
	assert_int_equal(count("(SELECT DISTINCT contact FROM messages WHERE origin = "
			       "'campaign')"),
		400 - held_out);
	int64_t a = count("campaign_members WHERE variant = 'a'");
	assert_true(a > 130 && a < 230);
	assert_int_equal(
		a + count("campaign_members WHERE variant = 'b'") + held_out, 400);
	/* who got which text is written as it was sent */
	assert_int_equal(
		count("campaign_members k JOIN messages m ON m.contact = k.contact AND "
		      "m.origin = 'campaign' WHERE (k.variant = 'a') <> (m.text LIKE "
		      "'%하나%')"),
		0);
	close_all();
}

/* ---- a stop stops ---- */

static void
a_cancellation_holds_from_its_own_tick(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	open_with(200);
	start("{\"name\":\"spring\",\"audience\":\"everybody\",\"slot\":\"now\",\"text\":"
	      "\"봄\"}");
	until("SELECT count(*) > 40 FROM campaign_members", 1);
	rig_sent(&r, 1);
	rig_run(&r, 0);
	size_t sent = r.send_count;
	assert_true(sent > 0);
	assert_int_equal(campaign_cancel(&r.core, "spring", "by owner", &err), 0);
	rig_sent(&r, 2);
	rig_run(&r, 2 * HOUR);
	assert_int_equal(r.send_count, sent);
	until("SELECT count(*) FROM messages WHERE origin = 'campaign' AND state IN "
	      "('queued', 'held')",
		0);
	assert_true(
		count("messages WHERE state = 'canceled' AND reason LIKE '%canceled%'") >
		30);
	assert_int_equal(
		count("campaigns WHERE state = 'canceled' AND sweep IS NULL"), 1);
	assert_int_equal(campaign_resume(&r.core, "spring", "owner", &err), -EINVAL);
	strbuf_done(&err);
	close_all();
}

static void
a_pause_waits_and_resuming_goes_on(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	open_with(30);
	start("{\"name\":\"spring\",\"audience\":\"everybody\",\"slot\":\"now\",\"text\":"
	      "\"봄\"}");
	until(MEMBERS, 30);
	rig_sent(&r, 1);
	rig_run(&r, 0);
	size_t sent = r.send_count;
	assert_int_equal(campaign_pause(&r.core, "spring", "by owner", &err), 0);
	rig_sent(&r, 2);
	rig_run(&r, HOUR);
	assert_int_equal(r.send_count, sent);
	assert_int_equal(count("messages WHERE state = 'queued'"), 0);
	assert_int_equal(count("messages WHERE state = 'held' AND reason LIKE '%is "
			       "paused by a person' AND due = expires"),
		30 - (int64_t)sent);
	assert_int_equal(campaign_resume(&r.core, "spring", "owner", &err), 0);
	rig_run(&r, SECOND);
	send_all();
	assert_int_equal(r.send_count, 30);
	until("SELECT count(*) FROM campaigns WHERE state = 'done'", 1);
	strbuf_done(&err);
	close_all();
}

/* Whoever left the audience between the writing and the sending gets nothing. */
static void
the_audience_is_asked_again_before_it_leaves(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	open_with(30);
	start("{\"name\":\"spring\",\"if\":\"contact.tags has "
	      "vip\",\"slot\":\"now\",\"text\":"
	      "\"봄\"}");
	until(MEMBERS, 3);
	rig_sent(&r, 1);
	db_run(r.core.db, "DELETE FROM tags", "");
	send_all();
	assert_true(count("messages WHERE state = 'canceled' AND reason LIKE '%no longer "
			  "in its audience%'") >= 1);
	assert_int_equal(count("messages WHERE state IN ('queued', 'held')"), 0);
	strbuf_done(&err);
	close_all();
}

/* ---- rounds ---- */

static void
vips_come_first(void **state)
{
	(void)state;
	open_with(40);
	start("{\"name\":\"spring\",\"audience\":\"everybody\",\"slot\":\"now\","
	      "\"stages\":{"
	      "\"vip\":{\"if\":\"contact.tags has "
	      "vip\",\"wait\":\"1d\"}},\"text\":\"봄\"}");
	until(MEMBERS, 4);
	rig_run(&r, 23 * HOUR);
	assert_int_equal(count("campaign_members"), 4);
	assert_int_equal(
		count("campaign_members k JOIN tags t ON t.contact = k.contact"), 4);
	rig_run(&r, 2 * HOUR);
	until(MEMBERS, 40);
	assert_int_equal(count("messages WHERE origin = 'campaign'"), 40);
	close_all();

	/* a stop does not wait for the next stage */
	struct strbuf err = STRBUF_SENTENCE;
	open_with(20);
	start("{\"name\":\"spring\",\"audience\":\"everybody\",\"stages\":{\"vip\":{"
	      "\"if\":\"contact.tags has vip\",\"wait\":\"1d\"}},\"text\":\"봄\"}");
	until(MEMBERS, 2);
	rig_run(&r, SECOND);
	assert_int_equal(campaign_pause(&r.core, "spring", "", &err), 0);
	rig_run(&r, SECOND);
	assert_int_equal(count("campaigns WHERE sweep IS NULL"), 1);
	assert_int_equal(campaign_cancel(&r.core, "spring", "", &err), 0);
	rig_run(&r, SECOND);
	assert_int_equal(count("messages WHERE state = 'canceled'"), 2);
	rig_run(&r, 3 * DAY);
	assert_int_equal(count("campaign_members"), 2);
	strbuf_done(&err);
	close_all();
}

static void
a_throttle_is_kept(void **state)
{
	(void)state;
	open_with(100);
	start("{\"name\":\"spring\",\"audience\":\"everybody\",\"slot\":\"now\","
	      "\"throttle\":"
	      "\"60/1h\",\"text\":\"봄\"}");
	until("SELECT count(*) > 0 FROM campaign_members", 1);
	rig_run(&r, 30 * MINUTE);
	int64_t half = count("campaign_members");
	assert_true(half >= 25 && half <= 32);
	rig_run(&r, 2 * HOUR);
	assert_int_equal(count("campaign_members"), 100);
	close_all();
}

static void
happened(const char *phone, const char *name, double value)
{
	struct contact c;
	assert_true(contact_find(r.core.db, phone, &c));
	db_run(r.core.db,
		"INSERT INTO shop_events(id, contact, name, at, value, source) "
		"VALUES($1, "
		"$2, $3, $4, $5, 'shop')",
		"uutid", core_id(&r.core), c.id, name, core_now(&r.core), value);
}

/* Those who bought are left in peace; the others hear once more, once. */
static void
a_reminder_goes_to_those_who_did_not_buy(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	open_with(6);
	start("{\"name\":\"spring\",\"audience\":\"everybody\",\"slot\":\"now\",\"text\":"
	      "\"봄\","
	      "\"goal\":{\"event\":\"order.paid\",\"within\":\"9d\"},\"remind\":{"
	      "\"after\":"
	      "\"2d\",\"text\":\"아직이에요\"}}");
	until(MEMBERS, 6);
	send_all();
	assert_int_equal(r.send_count, 6);
	happened("+821020000001", "order.paid", 32000);
	happened("+821020000002", "order.paid", 10000);
	rig_run(&r, 3 * DAY);
	until("SELECT count(*) FROM messages WHERE text LIKE '%아직이에요%'", 4);
	send_all();
	until("SELECT count(*) FROM campaigns WHERE state = 'done'", 1);
	struct campaign_row row;
	struct campaign_report *report = calloc(1, sizeof(*report));
	struct spec *spec;
	struct crowd *crowd = calloc(1, sizeof(*crowd));
	assert_int_equal(campaign_open(&r.core, "spring", &row, &spec, crowd, &err), 0);
	campaign_measure(r.core.db, &row, spec, report);
	assert_int_equal(report->of[0].sent, 6);
	assert_int_equal(report->of[0].goals, 2);
	assert_int_equal((int64_t)report->of[0].value, 42000);
	assert_int_equal(report->reminded, 4);
	spec_free(spec);
	free(report);
	free(crowd);
	strbuf_done(&err);
	close_all();
}

/* A tenth is tried, and the rest waits for the verdict; then for the channel that is
 * gone. */
static void
a_test_comes_before_the_rest(void **state)
{
	(void)state;
	open_with(60);
	start("{\"name\":\"spring\",\"audience\":\"everybody\",\"slot\":\"now\","
	      "\"winner\":"
	      "{\"by\":\"reply\",\"min_each\":1,\"test\":20,\"after\":\"1d\"},"
	      "\"variants\":"
	      "{\"a\":{\"share\":50,\"text\":\"하나\"},\"b\":{\"share\":50,\"text\":"
	      "\"둘\"}}}");
	until("SELECT pass FROM campaigns", 1);
	int64_t tested = count("campaign_members");
	assert_true(tested > 2 && tested < 25);
	send_all();
	rig_run(&r, 20 * HOUR);
	assert_int_equal(count("campaign_members"), tested);
	rig_run(&r, 8 * HOUR);
	until(MEMBERS, 60);
	/* so few say nothing: the rest is split as well */
	assert_int_equal(count("campaigns WHERE winner = ''"), 1);
	assert_int_equal(count("events WHERE name = 'campaign.judged' AND detail LIKE "
			       "'%not enough data'"),
		1);
	assert_true(count("campaign_members WHERE variant = 'b'") > 15);
	close_all();
}

/* Nobody is passed over because a chunk could not be written. */
static void
what_cannot_go_on_pauses_and_skips_nobody(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	open_with(10);
	start("{\"name\":\"spring\",\"audience\":\"everybody\",\"slot\":\"now\",\"text\":"
	      "\"봄\",\"channel\":\"south\"}");
	until("SELECT count(*) FROM campaigns WHERE state = 'paused' AND why LIKE '%no "
	      "channel ''south''%'",
		1);
	assert_int_equal(count("campaign_members"), 0);
	assert_int_equal(count("audience"), 0);
	db_run(r.core.db, "UPDATE campaigns SET spec = replace(spec, 'south', 'north')",
		"");
	assert_int_equal(campaign_resume(&r.core, "spring", "owner", &err), 0);
	until(MEMBERS, 10);
	assert_int_equal(count("messages WHERE origin = 'campaign'"), 10);
	close_all();

	open_with(5);
	start("{\"name\":\"spring\",\"audience\":\"everybody\",\"slot\":\"now\",\"text\":"
	      "\"코드 {coupon:SPRING}\"}");
	until("SELECT count(*) FROM campaigns WHERE state = 'paused' AND why LIKE "
	      "'%coupon%'",
		1);
	assert_int_equal(count("campaign_members"), 0);
	assert_int_equal(count("messages WHERE origin = 'campaign'"), 0);
	strbuf_done(&err);
	close_all();
}

/* Each code belongs to the text it stands in, so that it can be credited and given back.
 */
static void
codes_belong_to_their_texts(void **state)
{
	struct coupon_pool pool = {.name = "SPRING"};
	char code[16];
	(void)state;
	open_with(5);
	pool_save(r.core.db, &pool);
	for (int i = 0; i < 5; i++) {
		snprintf(code, sizeof(code), "SPR-%04d", i);
		assert_true(coupon_insert(r.core.db, code, "SPRING", core_id(&r.core)));
	}
	start("{\"name\":\"spring\",\"audience\":\"everybody\",\"slot\":\"now\",\"text\":"
	      "\"코드 {coupon:SPRING}\"}");
	until(MEMBERS, 5);
	assert_int_equal(count("messages WHERE origin = 'campaign'"), 5);
	assert_int_equal(
		count("coupons c JOIN messages m ON m.id = c.message AND m.contact "
		      "= c.contact AND m.text LIKE '%' || c.code || '%'"),
		5);
	close_all();
}

static void
bring(int from, int upto)
{
	char code[16];
	for (int i = from; i < upto; i++) {
		snprintf(code, sizeof(code), "SPR-%04d", i);
		assert_true(coupon_insert(r.core.db, code, "SPRING", core_id(&r.core)));
	}
}

/* Half way there are no more codes: it waits there, and goes on with whoever is next. */
static void
a_pool_that_runs_dry_half_way(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct coupon_pool pool = {.name = "SPRING"};
	open_with(40);
	pool_save(r.core.db, &pool);
	bring(0, 17);
	start("{\"name\":\"spring\",\"audience\":\"everybody\",\"slot\":\"now\",\"text\":"
	      "\"코드 {coupon:SPRING}\"}");
	for (int upto = 17; upto < 40; upto += 12) {
		until("SELECT count(*) FROM campaigns WHERE state = 'paused' AND why = "
		      "'there is nothing left for {coupon:SPRING}'",
			1);
		assert_int_equal(count("messages WHERE origin = 'campaign'"), upto);
		assert_int_equal(count("campaign_members"), upto);
		bring(upto, upto + 12);
		assert_int_equal(campaign_resume(&r.core, "spring", "owner", &err), 0);
	}
	until(MEMBERS, 40);
	assert_int_equal(count("messages WHERE origin = 'campaign'"), 40);
	assert_int_equal(count("coupons c JOIN messages m ON m.id = c.message AND "
			       "m.contact = c.contact AND m.text LIKE '%' || c.code || "
			       "'%'"),
		40);
	strbuf_done(&err);
	close_all();
}

/* ---- planning ---- */

static struct campaign_plan *planned;

static void
on_planned(void *arg, const struct campaign_plan *plan, const char *trouble)
{
	(void)arg;
	assert_null(trouble);
	planned = malloc(sizeof(*planned));
	*planned = *plan;
}

static void
a_plan_writes_nothing_and_says_what_would_be(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	char field[128];
	open_with(120);
	struct contact c;
	assert_true(contact_find(r.core.db, "+821020000007", &c));
	contact_set_stopped(r.core.db, c.id, "marketing", core_now(&r.core));
	assert_int_equal(
		draft("{\"name\":\"spring\",\"audience\":\"everybody\",\"holdout\":20,"
		      "\"variants\":{\"a\":{\"share\":50,\"text\":\"{name|고객}님\"},"
		      "\"b\":{"
		      "\"share\":50,\"text\":\"둘\"}}}",
			field),
		0);
	planned = NULL;
	assert_int_equal(campaign_plan(&r.core, "spring", on_planned, NULL, &err), 0);
	for (int i = 0; i < 3000 && !planned; i++) {
		rig_run(&r, 2);
		poll(NULL, 0, 1); /* the reader thread's turn */
	}
	assert_non_null(planned);
	assert_int_equal(planned->looked_at, 120);
	assert_true(planned->holdout > 8 && planned->holdout < 40);
	assert_int_equal(planned->sums.contacts + planned->holdout, 120);
	assert_true(planned->sums.verdicts[VERDICT_SUPPRESS] <= 1);
	assert_int_equal(planned->sums.verdicts[VERDICT_DEFER] +
				 planned->sums.verdicts[VERDICT_SUPPRESS],
		planned->sums.contacts);
	/* the default slot: Thursday noon of theirs */
	assert_int_equal(planned->sums.first_local % DAY, 12 * HOUR);
	assert_int_equal((planned->sums.first_local / DAY + 3) % 7, 3);
	assert_true(planned->finish >= planned->sums.first);
	assert_int_equal(planned->variants[0].count + planned->variants[1].count,
		planned->sums.contacts);
	assert_int_equal(count("messages"), 0);
	assert_int_equal(count("audience"), 0);
	assert_int_equal(count("campaign_members"), 0);
	free(planned);
	strbuf_done(&err);
	close_all();
}

static const struct campaign_plan *
plan_of(const char *name)
{
	struct strbuf err = STRBUF_SENTENCE;
	planned = NULL;
	assert_int_equal(campaign_plan(&r.core, name, on_planned, NULL, &err), 0);
	for (int i = 0; i < 3000 && !planned; i++) {
		rig_run(&r, 2);
		poll(NULL, 0, 1); /* the reader thread's turn */
	}
	assert_non_null(planned);
	strbuf_done(&err);
	return planned;
}

static int
ready(const char *json, struct strbuf *err)
{
	struct campaign_row row;
	struct spec *spec;
	struct crowd crowd;
	char field[128];
	strbuf_reset(err);
	assert_int_equal(draft(json, field), 0);
	assert_int_equal(campaign_open(&r.core, "spring", &row, &spec, &crowd, err), 0);
	int code = campaign_codes_ready(&r.core, spec, err);
	spec_free(spec);
	return code;
}

static void
a_plan_says_how_many_codes_there_are(void **state)
{
	(void)state;
	static const char own[] = "{\"name\":\"spring\",\"audience\":\"everybody\","
				  "\"text\":\"코드 {coupon:SPRING}\"}";
	static const char other[] = "{\"name\":\"spring\",\"audience\":\"everybody\","
				    "\"text\":\"코드 {coupon:SPRING|없음}\"}";
	static const char late[] = "{\"name\":\"spring\",\"audience\":\"everybody\","
				   "\"text\":\"하나\",\"goal\":{\"event\":\"order.paid\","
				   "\"within\":\"5d\"},\"remind\":{\"after\":\"2d\","
				   "\"text\":\"코드 {coupon:SPRING}\"}}";
	struct coupon_pool pool = {.name = "SPRING"};
	struct strbuf err = STRBUF_SENTENCE;
	struct contact c;
	open_with(20);
	assert_true(contact_find(r.core.db, "+821020000007", &c));
	contact_set_stopped(r.core.db, c.id, "marketing", core_now(&r.core));

	assert_int_equal(ready(own, &err), -EINVAL);
	assert_non_null(strstr(err.s, "no coupon pool SPRING"));
	assert_int_equal(ready(late, &err), -EINVAL);
	assert_int_equal(ready(other, &err), 0);

	pool_save(r.core.db, &pool);
	assert_int_equal(ready(own, &err), -EINVAL);
	assert_non_null(strstr(err.s, "has no code left"));
	assert_true(coupon_insert(r.core.db, "SPR-0001", "SPRING", core_id(&r.core)));
	assert_int_equal(ready(own, &err), 0);

	/* Whoever will not get it needs no code. */
	const struct campaign_plan *p = plan_of("spring");
	assert_string_equal(p->pools[0].name, "SPRING");
	assert_int_equal(p->pools[0].wanted, 19);
	assert_int_equal(p->pools[0].has, 1);
	assert_string_equal(p->pools[1].name, "");
	free(planned);
	planned = NULL;

	pool.until = core_now(&r.core) - 1;
	pool_save(r.core.db, &pool);
	assert_int_equal(ready(own, &err), -EINVAL);
	pool.until = 0;
	pool.most = 500;
	pool_save(r.core.db, &pool);
	p = plan_of("spring");
	assert_int_equal(p->pools[0].has, 501);
	free(planned);
	strbuf_done(&err);
	close_all();
}

/* ---- what a campaign may say ---- */

static void
a_wrong_definition_gets_its_field(void **state)
{
	(void)state;
	static const struct {
		const char *json, *field;
	} rows[] = {
		{"{\"text\":\"x\",\"audience\":\"everybody\"}", "name"},
		{"{\"name\":\"Spring\",\"text\":\"x\"}", "name"},
		{"{\"name\":\"a\",\"text\":\"x\"}", "audience"},
		{"{\"name\":\"a\",\"text\":\"x\",\"audience\":\"silnt\"}", "audience"},
		{"{\"name\":\"a\",\"text\":\"x\",\"if\":\"contact.orders >\"}", "if"},
		{"{\"name\":\"a\",\"text\":\"x\",\"if\":\"orders > 1\"}", "if"},
		{"{\"name\":\"a\",\"text\":\"{name} hi\",\"audience\":\"silent\"}",
			"text"},
		{"{\"name\":\"a\",\"text\":{\"ko\":\"{cart.total|x}\"},\"audience\":"
		 "\"silent\"}",
			"text.ko"},
		{"{\"name\":\"a\",\"txt\":\"x\",\"audience\":\"silent\"}", "txt"},
		{"{\"name\":\"a\",\"text\":\"x\",\"audience\":\"silent\",\"slot\":"
		 "\"noon\"}",
			"slot"},
		{"{\"name\":\"a\",\"text\":\"x\",\"audience\":\"silent\",\"holdout\":"
		 "101}",
			"holdout"},
		{"{\"name\":\"a\",\"audience\":\"silent\",\"variants\":{\"a\":{\"share\":"
		 "50,"
		 "\"text\":\"x\"},\"b\":{\"share\":40,\"text\":\"y\"}}}",
			"variants"},
		{"{\"name\":\"a\",\"text\":\"x\",\"audience\":\"silent\",\"throttle\":"
		 "\"5\"}",
			"throttle"},
		{"{\"name\":\"a\",\"text\":\"x\",\"audience\":\"silent\",\"remind\":{"
		 "\"after\":\"2d\",\"text\":\"y\"}}",
			"remind"},
		{"{\"name\":\"a\",\"text\":\"x\",\"audience\":\"silent\",\"winner\":{"
		 "\"by\":"
		 "\"goal\"}}",
			"winner"},
		{"{\"name\":\"a\",\"text\":\"x\",\"audience\":\"silent\",\"stages\":{"
		 "\"v\":{"
		 "\"if\":\"contact.tags has vip\"}}}",
			"stages"},
		{"{\"name\":\"a\",\"text\":\"x\",\"audience\":\"silent\",\"class\":"
		 "\"reply\"}",
			"class"},
	};
	char field[128];
	open_with(2);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(draft(rows[i].json, field), -EINVAL);
		assert_string_equal(field, rows[i].field);
	}
	assert_int_equal(count("campaigns"), 0);
	for (const struct crowd_default *d = crowd_defaults; d->name; d++) {
		char json[200];
		snprintf(json, sizeof(json),
			"{\"name\":\"x-%s\",\"text\":\"x\",\"audience\":\"%s\"}", d->name,
			d->name);
		assert_int_equal(draft(json, field), 0);
	}
	close_all();
}

/* ---- the winner rule ---- */

static void
a_winner_needs_figures(void **state)
{
	(void)state;
	static const struct {
		struct split_side a, b;
		enum split_says says;
	} rows[] = {
		{{100, 9}, {100, 1}, SPLIT_NOT_ENOUGH}, /* too few people */
		{{400, 4}, {400, 0}, SPLIT_NOT_ENOUGH}, /* too few hits for the curve */
		{{1000, 50}, {1000, 52}, SPLIT_NO_DIFFERENCE},
		{{1000, 80}, {1000, 50}, SPLIT_FIRST},
		{{1000, 50}, {1000, 80}, SPLIT_SECOND},
		{{200, 200}, {200, 200}, SPLIT_NOT_ENOUGH},
		{{0, 0}, {0, 0}, SPLIT_NOT_ENOUGH},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
			split_compare(rows[i].a, rows[i].b, 200, 95).says, rows[i].says);
	/* 80 and 50 of 1000: z = 2.7214, p = 0.0065 */
	struct split_result s = split_compare(rows[3].a, rows[3].b, 200, 95);
	assert_true(s.z > 2.72 && s.z < 2.73 && s.sure > 99.3 && s.sure < 99.4);
}

/* Each of the three lots falls evenly, and they know nothing of each other. */
static void
lots_are_fair_and_independent(void **state)
{
	(void)state;
	int buckets[3][100] = {{0}}, both = 0;
	for (uint64_t c = 1; c <= 100000; c++) {
		for (int s = 0; s < 3; s++)
			buckets[s]
			       [split_percent(77, c << 20, (enum split_salt)(s + 1))]++;
		both += split_percent(77, c << 20, SPLIT_HOLDOUT) < 10 &&
			split_percent(77, c << 20, SPLIT_VARIANT) < 50;
	}
	for (int s = 0; s < 3; s++)
		for (int i = 0; i < 100; i++)
			assert_true(buckets[s][i] > 850 && buckets[s][i] < 1150);
	assert_true(both > 4700 && both < 5300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_gets_their_own_text_once),
		cmocka_unit_test(a_crash_repeats_and_skips_nobody),
		cmocka_unit_test(a_cancellation_holds_from_its_own_tick),
		cmocka_unit_test(a_pause_waits_and_resuming_goes_on),
		cmocka_unit_test(the_audience_is_asked_again_before_it_leaves),
		cmocka_unit_test(vips_come_first),
		cmocka_unit_test(a_throttle_is_kept),
		cmocka_unit_test(a_reminder_goes_to_those_who_did_not_buy),
		cmocka_unit_test(a_test_comes_before_the_rest),
		cmocka_unit_test(what_cannot_go_on_pauses_and_skips_nobody),
		cmocka_unit_test(codes_belong_to_their_texts),
		cmocka_unit_test(a_pool_that_runs_dry_half_way),
		cmocka_unit_test(a_plan_writes_nothing_and_says_what_would_be),
		cmocka_unit_test(a_plan_says_how_many_codes_there_are),
		cmocka_unit_test(a_wrong_definition_gets_its_field),
		cmocka_unit_test(a_winner_needs_figures),
		cmocka_unit_test(lots_are_fair_and_independent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
