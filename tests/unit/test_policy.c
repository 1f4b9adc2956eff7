/* The gates at work: a real core, a clock that jumps, a SIM that does as it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/core/consent.h"
#include "gateway/core/explain.h"
#include "gateway/sms/pdu.h"
#include "gateway/core/tickets.h"
#include "tests/lib/rig.h"

#define A      "+821011112222"
#define B      "+821033334444"
#define C      "+821055556666"
#define OPTOUT "optout_080 = \"080-123-4567\"; spread = \"0s\"; "

static struct rig r;

static void
open_with(const char *policy)
{
	char text[512];
	snprintf(text, sizeof(text), OPTOUT "%s", policy);
	rig_open_with(&r, false, "", text);
}

static int
plain(void **state)
{
	(void)state;
	open_with("");
	return 0;
}

static int
down(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

static uint64_t
promo(const char *to, const char *text)
{
	return rig_send_class(&r, to, text, CLASS_MARKETING);
}

static void
state_is(uint64_t id, const char *state, const char *reason)
{
	struct message m;
	assert_true(message_load(r.core.db, id, &m));
	if (strcmp(message_state_name(m.state), state) != 0 || !strstr(m.reason, reason))
		fail_msg("%s (%s), expected %s (%s)", message_state_name(m.state),
			m.reason, state, reason);
	message_done(&m);
}

static int64_t
due(uint64_t id)
{
	struct message m;
	assert_true(message_load(r.core.db, id, &m));
	int64_t at = m.due;
	message_done(&m);
	return at;
}

/* Lets time pass until the clock in Seoul shows the hour, today or tomorrow. */
static void
until_hour(int hour, int minute)
{
	int64_t local = core_now(&r.core) + 9 * HOUR;
	int64_t wanted = local / DAY * DAY + hour * HOUR + minute * MINUTE;
	rig_run(&r, wanted > local ? wanted - local : wanted + DAY - local);
}

static void
a_promotion_needs_a_grant_and_gets_its_wording(void **state)
{
	(void)state;
	state_is(promo(A, "봄 세일"), "suppressed", "never agreed");
	rig_grant(&r, A);
	uint64_t id = promo(A, "봄 세일");
	struct message m;
	assert_true(message_load(r.core.db, id, &m));
	assert_string_equal(m.text, "(광고)Rig\n봄 세일\n무료거부 080-123-4567");
	message_done(&m);
	rig_sent(&r, 1);
	state_is(id, "sent", "");
	/* what says it all already is left as it is */
	id = promo(A, "(광고) Rig 여름 세일 무료수신거부 0801234567");
	assert_true(message_load(r.core.db, id, &m));
	assert_string_equal(m.text, "(광고) Rig 여름 세일 무료수신거부 0801234567");
	message_done(&m);
}

static void
a_promotion_from_a_sim_is_one_segment(void **state)
{
	(void)state;
	rig_grant(&r, A);
	state_is(promo(A, "아주 긴 세일 안내 아주 긴 세일 안내 아주 긴 세일 안내 아주 긴 "
			  "세일 안내 "
			  "아주 긴 세일 안내"),
		"suppressed", "at most 1 segment");
}

/* The number of the opt-in text binds, though no cap is written down. */
static void
the_month_is(const char *policy)
{
	open_with(policy);
	rig_grant(&r, A);
	until_hour(11, 0);
	promo(A, "봄 세일");
	promo(A, "여름 세일");
	rig_sent(&r, 2);
	uint64_t third = promo(A, "가을 세일");
	rig_run(&r, MINUTE);
	/* not this month any more, and next month is too late for it */
	state_is(third, "expired", "2/month");
	down(NULL);
}

/* Whatever other caps are written down beside it. */
static void
what_was_told_is_the_cap(void **state)
{
	(void)state;
	the_month_is("month_max = 2;");
	the_month_is("month_max = 2; caps = { promo = \"5/1d\"; };");
}

static void
without_a_free_number_nothing_leaves(void **state)
{
	(void)state;
	rig_open_with(&r, false, "", NULL);
	rig_grant(&r, A);
	state_is(promo(A, "세일"), "suppressed", "policy.optout_080");
	down(NULL);
}

static void
nights_are_silent(void **state)
{
	(void)state;
	rig_grant(&r, A);
	until_hour(21, 30);
	uint64_t id = promo(A, "세일"), parcel = rig_send(&r, B, "택배가 출발했어요");
	state_is(id, "held", "window");
	rig_sent(&r, 1);
	state_is(parcel, "sent", ""); /* what they asked for may come at night */
	int64_t opens = due(id);
	assert_int_equal((opens + 9 * HOUR) % DAY, 8 * HOUR);
	rig_run(&r, opens - core_now(&r.core) - 1);
	assert_int_equal(r.send_count, 1);
	rig_run(&r, 1);
	assert_int_equal(r.send_count, 2);
}

static void
a_grant_for_the_night_lifts_it(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	uint64_t row;
	struct consent_change night = {
		.phone = A, .action = "grant", .words = "밤에도 좋아요", .night = true};
	assert_int_equal(consent_change(&r.core, &night, &row, &err), 0);
	until_hour(23, 0);
	promo(A, "심야 세일");
	assert_int_equal(r.send_count, 1);
	strbuf_done(&err);
}

/* The network must not deliver at three what left at nine. */
static void
the_validity_ends_with_the_window(void **state)
{
	(void)state;
	static struct pdu pdu;
	struct strbuf err = STRBUF_SENTENCE;
	rig_grant(&r, A);
	rig_grant(&r, B);
	until_hour(20, 42);
	promo(A, "세일");
	const struct rig_send *s = rig_last(&r, 0);
	assert_int_equal(pdu_decode(s->tpdu, s->len, PDU_FROM_PHONE, &pdu, &err), 0);
	assert_int_equal(pdu.vp.format, VP_RELATIVE);
	assert_int_equal(pdu.vp.seconds, 15 * 60); /* 18 minutes are left */
	rig_sent(&r, 1);
	until_hour(20, 54);
	state_is(promo(B, "세일"), "held", "window"); /* six minutes are too few */
	strbuf_done(&err);
}

static void
quiet_hours_of_the_shop(void **state)
{
	(void)state;
	open_with("quiet = { service = \"22:00-07:00\"; marketing = \"19:00-10:00\"; };");
	rig_grant(&r, A);
	state_is(promo(A, "세일"), "held", "policy.quiet"); /* nine in the morning */
	until_hour(10, 1);
	rig_sent(&r, 1);
	until_hour(23, 0);
	uint64_t id = rig_send(&r, B, "배송 안내");
	state_is(id, "held", "policy.quiet");
	rig_receive(&r, "north", C, "주문 어디까지 왔나요?");
	struct outbox_request answer = {.to = C,
		.text = "오는 중입니다",
		.text_len = 19,
		.cls = CLASS_REPLY,
		.origin = "staff",
		.msg_class = -1,
		.reply_to = (uint64_t)rig_count(
			&r, "SELECT id FROM messages WHERE outbound = 0")};
	struct outbox_receipt receipt;
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(outbox_accept(&r.core, &answer, &receipt, &err), 0);
	rig_run(&r, 0);
	assert_string_equal(rig_last(&r, 0)->to, C); /* an answer passes hours */
	strbuf_done(&err);
	down(NULL);
}

static void
one_a_day_is_one_a_day(void **state)
{
	(void)state;
	open_with("caps = { promo = \"1/1d\"; };");
	rig_grant(&r, A);
	uint64_t first = promo(A, "하나"), second = promo(A, "둘");
	rig_sent(&r, 1);
	state_is(first, "sent", "");
	state_is(second, "held", "cap 1/1d");
	assert_true(due(second) == core_now(&r.core) + DAY);
	rig_run(&r, 23 * HOUR);
	assert_int_equal(r.send_count, 1);
	rig_run(&r, 2 * HOUR);
	assert_int_equal(r.send_count, 2);
	down(NULL);
}

static void
a_doubt_stays_charged_over_a_crash(void **state)
{
	(void)state;
	open_with("caps = { promo = \"1/1d\"; };");
	rig_grant(&r, A);
	promo(A, "하나"); /* the modem has it */
	rig_crash(&r);
	rig_ready(&r, "north");
	state_is(promo(A, "둘"), "held", "cap 1/1d");
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM charges"), 1);
	down(NULL);
}

static void
what_was_refused_is_not_counted(void **state)
{
	(void)state;
	open_with("caps = { promo = \"1/1d\"; };");
	rig_grant(&r, A);
	promo(A, "하나");
	assert_int_equal(rig_count(&r, "SELECT sum(marketing) FROM used"), 1);
	rig_answer(&r,
		&(struct outcome){
			.what = SEND_REJECTED, .why = "no", .code = 1, .reference = -1});
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM charges"), 0);
	assert_int_equal(
		rig_count(&r, "SELECT sum(marketing) + sum(messages) + sum(parts) + "
			      "sum(recipients) FROM used"),
		0);
	promo(A, "둘");
	assert_int_equal(r.send_count, 2);
	rig_answer(&r,
		&(struct outcome){
			.what = SEND_LATER, .why = "busy", .code = 2, .reference = -1});
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM charges"), 0);
	rig_run(&r, MINUTE); /* tried again, and charged once */
	assert_int_equal(r.send_count, 3);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM charges"), 1);
	down(NULL);
}

static void
the_same_promotion_is_not_repeated(void **state)
{
	(void)state;
	rig_grant(&r, A);
	promo(A, "봄 세일");
	rig_sent(&r, 1);
	state_is(promo(A, "봄 세일"), "suppressed", "duplicate");
	rig_run(&r, DAY);
	promo(A, "봄 세일");
	assert_int_equal(r.send_count, 2);
}

static void
promotions_are_silent_while_a_person_talks(void **state)
{
	(void)state;
	rig_grant(&r, A);
	rig_receive(&r, "north", A, "교환하고 싶어요");
	uint64_t ticket = (uint64_t)rig_count(&r, "SELECT id FROM tickets");
	assert_int_equal(tickets_claim(&r.core, ticket, "minji", NULL), 0);
	uint64_t id = promo(A, "세일");
	state_is(id, "held", "talking");
	rig_run(&r, 20 * MINUTE);
	state_is(id, "held", "talking");
	assert_int_equal(tickets_close(&r.core, ticket, "minji", NULL, false, NULL), 0);
	rig_run(&r, SECOND); /* the close wakes it: nobody has to look again */
	assert_int_equal(r.send_count, 1);
}

static void
the_catch_all_holds_nothing_back(void **state)
{
	(void)state;
	rig_grant(&r, A);
	rig_receive(&r, "north", A, "음");
	promo(A, "세일");
	rig_run(&r, 0);
	assert_int_equal(r.send_count, 1);
}

static void
what_looks_like_an_optout_holds_them(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	uint64_t row;
	rig_grant(&r, A);
	rig_receive(&r, "north", A, "Stop. Thank you");
	uint64_t id = promo(A, "세일");
	state_is(id, "held", "looks like an opt-out");
	rig_run(&r, 25 * HOUR); /* nobody decided: it is one */
	state_is(id, "canceled", "opted out");
	strbuf_done(&err);
	(void)row;
}

static void
a_sim_has_its_budget(void **state)
{
	(void)state;
	open_with("sim = { marketing = \"2/day\"; };");
	const char *const people[] = {A, B, C};
	uint64_t ids[3];
	for (size_t i = 0; i < 3; i++) {
		rig_grant(&r, people[i]);
		ids[i] = promo(people[i], "세일");
		if (i < 2)
			rig_sent(&r, (int)i);
	}
	state_is(ids[2], "held", "its promotions (2/day)");
	assert_int_equal((due(ids[2]) + 9 * HOUR) % DAY, 8 * HOUR); /* not at midnight */
	rig_crash(&r); /* a restart forgets nothing */
	rig_ready(&r, "north");
	state_is(promo(C, "또 세일"), "held", "its promotions");
	assert_int_equal(r.send_count, 2);
	down(NULL);
}

static void
room_is_kept_for_replies(void **state)
{
	(void)state;
	open_with("sim = { all = \"2/day\"; reserve = 1; };");
	rig_send(&r, A, "하나");
	rig_sent(&r, 1);
	state_is(rig_send(&r, B, "둘"), "held", "kept for replies");
	rig_receive(&r, "north", C, "도움말");
	assert_string_equal(rig_last(&r, 0)->to, C);
	rig_sent(&r, 2);
	down(NULL);
}

static void
distinct_people_a_month(void **state)
{
	(void)state;
	open_with("sim = { recipients = \"1/month\"; }; same_text = \"0s\";");
	rig_send(&r, A, "하나");
	rig_sent(&r, 1);
	rig_send(&r, A, "둘"); /* the same person is not counted twice */
	rig_sent(&r, 2);
	state_is(rig_send(&r, B, "셋"), "expired",
		"distinct recipients"); /* next month is too late */
	down(NULL);
}

static void
promotions_keep_their_pace(void **state)
{
	(void)state;
	open_with("sim = { pace = \"6/minute\"; };");
	const char *const people[] = {A, B, C};
	for (size_t i = 0; i < 3; i++) {
		rig_grant(&r, people[i]);
		promo(people[i], "세일");
	}
	rig_sent(&r, 1);
	assert_int_equal(r.send_count, 1);
	rig_send(&r, "+821077778888", "배송"); /* what is not a promotion does not wait */
	assert_int_equal(r.send_count, 2);
	rig_sent(&r, 2);
	rig_run(&r, 9 * SECOND);
	assert_int_equal(r.send_count, 2);
	rig_run(&r, 2 * SECOND);
	assert_int_equal(r.send_count, 3);
	rig_sent(&r, 3);
	rig_run(&r, 11 * SECOND);
	assert_int_equal(r.send_count, 4);
	down(NULL);
}

static void
the_next_channel_helps_out(void **state)
{
	(void)state;
	rig_open_with(&r, true, "", OPTOUT "sim = { marketing = \"1/day\"; };");
	rig_grant(&r, A);
	rig_grant(&r, B);
	promo(A, "세일");
	rig_sent(&r, 1);
	promo(B, "세일");
	assert_int_equal(r.send_count, 2);
	assert_ptr_not_equal(rig_last(&r, 0)->ch, rig_last(&r, 1)->ch);
	rig_sent(&r, 1);
	/* but whoever knows a number gets promotions from it alone */
	state_is(promo(A, "또 세일"), "held", "its promotions");
	down(NULL);
}

static void
america_has_its_own_rules(void **state)
{
	(void)state;
	rig_open_with(&r, false, "packs = \"US\";", OPTOUT);
	rig_grant(&r, "+13055550100");
	state_is(promo("+13055550100", "Sale"), "suppressed",
		"the pack of US lets no promotion leave from a SIM");
	down(NULL);
}

/* explain() says of every gate what it thinks, and why a finished message ended so. */
static void
it_explains_itself(void **state)
{
	(void)state;
	struct explanation e;
	rig_grant(&r, A);
	until_hour(22, 0);
	uint64_t id = promo(A, "세일");
	assert_true(explain_message(&r.core, id, &e));
	assert_int_equal(e.verdict.what, VERDICT_DEFER);
	assert_string_equal(e.verdict.gate, "window");
	assert_non_null(strstr(verdict_rule(&e.verdict), "the pack of KR"));
	assert_true(e.verdict.until == due(id));
	explanation_done(&e);
}

static void
money_stops_promotions_first(void **state)
{
	(void)state;
	open_with("tariffs = { default = \"9.9\"; }; budget = \"15/month\";");
	rig_grant(&r, A);
	rig_grant(&r, B);
	promo(A, "세일");
	rig_sent(&r, 1);
	assert_int_equal(rig_count(&r, "SELECT sum(cost) FROM used"), 9900);
	state_is(promo(B, "세일"), "expired", "policy.budget");
	rig_send(&r, C, "배송 안내");
	assert_int_equal(r.send_count, 2);
	down(NULL);
}

/* A satellite phone belongs to no country, and nobody knows where it is: the shop's own
 * clock counts, and the careful hours of the pack for everywhere (ZZ). */
static void
a_number_of_no_country_has_the_nights_of_the_shop(void **state)
{
	(void)state;
	rig_grant(&r, "+870773111632");
	until_hour(22, 0);
	uint64_t id = promo("+870773111632", "세일");
	state_is(id, "held", "window");
	assert_int_equal((due(id) + 9 * HOUR) % DAY, 10 * HOUR);
	until_hour(12, 0);
	rig_sent(&r, 1);
	state_is(id, "sent", "");
}

/* What waits for eight is judged by the clock it wakes to, and counted once however that
 * jumps. */
static void
the_clock_on_the_wall_may_jump(void **state)
{
	(void)state;
	open_with("caps = { promo = \"1/1d\"; };");
	rig_grant(&r, A);
	until_hour(22, 0);
	uint64_t first = promo(A, "세일"), second;
	state_is(first, "held", "window");
	r.clock.wall -= 4 * HOUR; /* 18:00 was right: it might have left at once */
	rig_run(&r, 14 * HOUR);   /* and leaves at eight at the latest */
	rig_sent(&r, 1);
	state_is(first, "sent", "");
	second = promo(A, "또 세일");
	state_is(second, "held", "cap");
	r.clock.wall -= 2 * HOUR;
	rig_run(&r, HOUR);
	state_is(second, "held", "");
	r.clock.wall += 12 * HOUR; /* in the night, half a day on: neither hour nor cap */
	rig_run(&r, HOUR);
	state_is(second, "held", "");
	r.clock.wall += 24 * HOUR;
	until_hour(12, 0);
	rig_sent(&r, 2);
	state_is(second, "sent", "");
	down(NULL);
}

int
main(void)
{
#define PLAIN(test) cmocka_unit_test_setup_teardown(test, plain, down)
	const struct CMUnitTest tests[] = {
		PLAIN(a_promotion_needs_a_grant_and_gets_its_wording),
		PLAIN(a_promotion_from_a_sim_is_one_segment),
		cmocka_unit_test(what_was_told_is_the_cap),
		cmocka_unit_test(without_a_free_number_nothing_leaves),
		PLAIN(nights_are_silent),
		PLAIN(a_grant_for_the_night_lifts_it),
		PLAIN(the_validity_ends_with_the_window),
		cmocka_unit_test(quiet_hours_of_the_shop),
		cmocka_unit_test(one_a_day_is_one_a_day),
		cmocka_unit_test(a_doubt_stays_charged_over_a_crash),
		cmocka_unit_test(what_was_refused_is_not_counted),
		PLAIN(the_same_promotion_is_not_repeated),
		PLAIN(promotions_are_silent_while_a_person_talks),
		PLAIN(the_catch_all_holds_nothing_back),
		PLAIN(what_looks_like_an_optout_holds_them),
		cmocka_unit_test(a_sim_has_its_budget),
		cmocka_unit_test(room_is_kept_for_replies),
		cmocka_unit_test(distinct_people_a_month),
		cmocka_unit_test(promotions_keep_their_pace),
		cmocka_unit_test(the_next_channel_helps_out),
		cmocka_unit_test(america_has_its_own_rules),
		PLAIN(a_number_of_no_country_has_the_nights_of_the_shop),
		cmocka_unit_test(the_clock_on_the_wall_may_jump),
		PLAIN(it_explains_itself),
		cmocka_unit_test(money_stops_promotions_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
