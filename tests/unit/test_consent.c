/* STOP, START, HELP and what only looks like it, in the words of each country. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/core/consent.h"
#include "gateway/store/contacts.h"
#include "gateway/store/ledger.h"
#include "tests/lib/rig.h"

static struct rig r;

static int
up(void **state)
{
	(void)state;
	rig_open_with(&r, false, "packs = \"US, GB, FR, JP\";",
		"stop = { extra = \"그만받기\"; };");
	return 0;
}

static int
down(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

#define KR "+821011112222"
#define US "+12125550100"
#define GB "+447400123456"
#define FR "+33612345678"
#define JP "+819012345678"
#define NZ "+64211234567" /* no pack: the shop's words */

static const struct {
	const char *phone, *text, *stopped; /* "" nothing, "?" looks like it */
} rows[] = {
	{KR, "수신거부", "marketing"},
	{KR, " 그만!! 🙏", "marketing"},
	{KR, "STOP", "marketing"},
	{KR, "그만받기", "marketing"},
	{KR, "unsubscribe", "marketing"},
	{KR, "cancel", ""},
	{KR, "end", ""},
	{KR, "quit", ""},
	{KR, "취소", ""},
	{KR, "stop 12345", ""},
	{KR, "Stop. Thank you", "?"},
	{KR, "그만 보내세요", "?"},
	{KR, "문자 그만 제발", "?"},
	{KR, "baja", ""},
	{KR, "停止", ""},
	{KR, "배송 중지해 주세요", ""},
	{KR, "Please stop by tomorrow", ""},
	{KR, "stop by at 5", ""},
	{US, "STOP", "all"},
	{US, "Cancel", "all"},
	{US, "END", "all"},
	{US, "stop please", "all"},
	{US, "cancel my order", ""},
	{US, "stop 12345", ""},
	{US, "please leave me alone", "?"},
	{US, "end of story", "all"},
	/* what the shop's own country calls it counts from any number */
	{US, "수신거부", "all"},
	{US, "arret", "all"},
	{GB, "stop", "marketing"},
	{GB, "cancel", "marketing"},
	{GB, "stop it please", "?"},
	{GB, "revoke", ""},
	{GB, "stop delivery 12", ""},
	{FR, "Arrêt", "marketing"},
	{FR, "ARRET", "marketing"},
	{FR, "cancel", ""},
	{JP, "配信停止", "marketing"},
	{JP, "停止", "marketing"},
	{JP, "수신거부", "marketing"},
	{JP, "baja", ""},
	{NZ, "stop", "marketing"},
	{NZ, "수신거부", "marketing"},
	{NZ, "cancel", ""},
	{NZ, "Baja!", "marketing"},
	{NZ, "stopp", "marketing"},
};

static void
words_by_country(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		up(NULL);
		rig_receive(&r, "north", rows[i].phone, rows[i].text);
		bool looks =
			rig_count(&r,
				"SELECT count(*) FROM contacts WHERE optout_due > 0") ==
			1;
		struct contact c;
		bool fresh;
		assert_true(contact_take(r.core.db, rows[i].phone, 1, 0, &c, &fresh));
		assert_false(fresh);
		const char *got = looks ? "?" : c.stopped;
		if (strcmp(got, rows[i].stopped) != 0)
			fail_msg("%s \"%s\": %s", rows[i].phone, rows[i].text, got);
		assert_int_equal(
			rig_count(&r,
				"SELECT count(*) FROM messages WHERE class = 'notice'"),
			*got && *got != '?');
		down(NULL);
	}
}

static void
what_looks_like_it_counts_after_a_business_day(void **state)
{
	(void)state; /* the rig's clock: Monday 2 March 2026, 09:00 in Seoul, a holiday
			there */
	rig_receive(&r, "north", KR, "Stop. Thank you");
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM tickets WHERE topic = 'opt-out'"), 1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM consent"), 0);
	rig_run(&r, 23 * HOUR);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM consent"), 0);
	rig_run(&r, 2 * HOUR);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM consent WHERE action = 'revoke' AND "
			      "method = 'implied' AND words = 'Stop. Thank you'"),
		1);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM contacts WHERE stopped = 'marketing' "
			      "AND optout_due = 0"),
		1);
	/* the ticket is not closed by it */
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM tickets WHERE state = 'open'"), 1);
}

static uint64_t
change(const struct consent_change *c, const char *refused)
{
	struct strbuf err = STRBUF_SENTENCE;
	uint64_t row = 0;
	int got = consent_change(&r.core, c, &row, &err);
	rig_run(&r, 0);
	if (refused && (got == 0 || !strstr(err.s, refused)))
		fail_msg("expected \"%s\": %s", refused, err.s);
	if (!refused && got)
		fail_msg("%s", err.s);
	strbuf_done(&err);
	return row;
}

static struct consent_state
standing(const char *phone)
{
	struct contact c;
	bool fresh;
	struct consent_state s;
	assert_true(contact_take(r.core.db, phone, 1, 0, &c, &fresh));
	consent_derive(r.core.db, c.id, &s);
	return s;
}

static void
a_person_may_decide_before(void **state)
{
	(void)state;
	rig_receive(&r, "north", KR, "Stop. Thank you");
	change(
		&(struct consent_change){
			.phone = KR, .action = "kept", .operator_name = "mina"},
		NULL);
	rig_run(&r, 3 * DAY);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM contacts WHERE stopped <> ''"), 0);
}

static void
a_grant_needs_its_proof(void **state)
{
	(void)state;
	change(&(struct consent_change){.phone = KR, .action = "grant"},
		"needs its proof");
	change(&(struct consent_change){.phone = "12", .action = "grant", .words = "네"},
		"");
	change(&(struct consent_change){.phone = KR,
		       .action = "grant",
		       .words = "네",
		       .list = "news",
		       .at = core_now(&r.core) + DAY},
		"future");
	assert_false(standing(KR).granted);
	change(&(struct consent_change){.phone = KR,
		       .action = "grant",
		       .words = "네",
		       .list = "news",
		       .night = true},
		NULL);
	assert_true(standing(KR).granted && standing(KR).night);
	assert_string_equal(standing(KR).basis, "express");
	change(
		&(struct consent_change){
			.phone = KR, .action = "revoke", .scope = "night"},
		NULL);
	assert_true(standing(KR).granted && !standing(KR).night);
}

static void
a_stop_voids_what_came_before_it(void **state)
{
	(void)state;
	int64_t before = core_now(&r.core) - DAY;
	change(
		&(struct consent_change){
			.phone = KR, .action = "grant", .words = "네", .at = before},
		NULL);
	rig_run(&r, MINUTE);
	rig_receive(&r, "north", KR, "그만");
	assert_false(standing(KR).granted);
	change(
		&(struct consent_change){
			.phone = KR, .action = "grant", .words = "네", .at = before},
		"void");
	rig_receive(&r, "north", KR, "시작"); /* grants nothing */
	assert_false(standing(KR).granted);
	rig_run(&r, MINUTE);
	change(
		&(struct consent_change){
			.phone = KR, .action = "grant", .words = "다시 받을게요"},
		NULL);
	assert_true(standing(KR).granted);
}

static void
only_start_lifts_a_stop_to_everything(void **state)
{
	(void)state;
	rig_receive(&r, "north", US, "quit");
	rig_run(&r, MINUTE);
	change(&(struct consent_change){.phone = US, .action = "grant", .words = "sure"},
		"START");
	rig_receive(&r, "north", US, "start");
	change(&(struct consent_change){.phone = US, .action = "grant", .words = "sure"},
		NULL);
	assert_true(standing(US).granted);
}

static void
help_answers_in_america_even_with_a_ticket(void **state)
{
	(void)state;
	rig_receive(&r, "north", US, "where is my order?");
	rig_receive(&r, "north", US, "HELP");
	assert_int_equal(r.send_count, 1);
	rig_sent(&r, 1);
	rig_receive(&r, "north", KR, "주문이 안 와요");
	rig_receive(&r, "north", KR, "도움말");
	assert_int_equal(r.send_count, 1);
}

int
main(void)
{
#define ONE(test) cmocka_unit_test_setup_teardown(test, up, down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_by_country),
		ONE(what_looks_like_it_counts_after_a_business_day),
		ONE(a_person_may_decide_before),
		ONE(a_grant_needs_its_proof),
		ONE(a_stop_voids_what_came_before_it),
		ONE(only_start_lifts_a_stop_to_everything),
		ONE(help_answers_in_america_even_with_a_ticket),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
