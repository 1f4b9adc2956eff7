/* admit(): each gate by a table, and what holds for all facts whatever they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/base/iso.h"
#include "gateway/core/gates.h"
#include "tests/lib/random.h"
#include "tests/lib/rig.h"

#define NOW INT64_C(1772409600000) /* Monday 2026-03-02 09:00 in Seoul */

static struct window day, nights, always;
static struct gate_facts facts; /* large: one for all */

static int
windows(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	assert_null(rig); /* the rig lends its driver table */
	assert_int_equal(window_parse("08:00-21:00", &day, &err), 0);
	assert_int_equal(window_parse("20:00-02:00", &nights, &err), 0);
	assert_int_equal(window_parse("always", &always, &err), 0);
	return 0;
}

/* A promotion that everything lets pass. */
static struct gate_facts *
good(void)
{
	memset(&facts, 0, sizeof(facts));
	facts.cls = CLASS_MARKETING;
	facts.stopped = "";
	facts.consent = (struct consent_state){.granted = true, .at = NOW - DAY};
	snprintf(facts.consent.basis, sizeof(facts.consent.basis), "express");
	facts.basis_fits = facts.people_after_stop = true;
	facts.consent_pack = "the pack of KR";
	facts.expires = NOW + 3 * DAY;
	facts.channel_count = 1;
	facts.channels[0] = (struct gate_channel){
		.id = 1, .name = "north", .ready = true, .why = "", .margin = 6 * MINUTE};
	facts.window_count = 1;
	facts.windows[0] =
		(struct window_rule){&day, NULL, "Asia/Seoul", "the pack of KR"};
	return &facts;
}

/* ---- each gate ---- */

struct row {
	const char *name;
	void (*change)(struct gate_facts *f);
	enum verdict_what what;
	const char *gate;
	int64_t until; /* from NOW; 0 none */
	bool queues;
};

#define CHANGE(name) static void name(struct gate_facts *f)
CHANGE(nothing)
{
	(void)f;
}
CHANGE(no_channel)
{
	f->channel_count = 0;
}
CHANGE(dead)
{
	f->dead = true;
}
CHANGE(no_grant)
{
	f->consent.granted = false;
}
CHANGE(stopped)
{
	f->stopped = "marketing";
}
CHANGE(grant_over)
{
	f->consent.expires = NOW;
}
CHANGE(renew_due)
{
	f->grant_ends = NOW;
}
CHANGE(wrong_basis)
{
	f->basis_fits = false;
}
CHANGE(looks_like_optout)
{
	f->optout_due = NOW + DAY;
}
CHANGE(script_over)
{
	f->run_over = "the run has ended";
}
CHANGE(talking)
{
	f->ticket_open = true;
}
CHANGE(same_text)
{
	f->same_text_at = NOW - HOUR;
	f->same_text_guard = DAY;
}
CHANGE(same_text_long_ago)
{
	f->same_text_at = NOW - DAY;
	f->same_text_guard = DAY;
}
CHANGE(expired)
{
	f->expires = NOW;
}
CHANGE(asked_later)
{
	f->at = NOW + HOUR;
}
CHANGE(asked_at_night)
{
	f->at = NOW + 13 * HOUR;
} /* 22:00 */
CHANGE(asked_too_late)
{
	f->at = NOW + 4 * DAY;
}
CHANGE(retrying)
{
	f->retry_at = NOW + MINUTE;
}
CHANGE(not_its_turn)
{
	f->predecessor = true;
}
CHANGE(no_healthy_channel)
{
	f->channels[0].ready = false;
}
CHANGE(resting)
{
	f->channels[0].ready = false;
	f->channels[0].until = NOW + MINUTE;
}
CHANGE(bad_wording)
{
	f->wording = "it lacks a way out";
}
CHANGE(unfit)
{
	f->channels[0].unfit = "two segments";
}
CHANGE(no_budget) /* until midnight */
{
	f->channels[0].budget_until = NOW + 15 * HOUR;
	snprintf(f->channels[0].budget_rule, sizeof(f->channels[0].budget_rule),
		"used up");
}
CHANGE(at_its_pace)
{
	f->channels[0].pace_until = NOW + 3 * SECOND;
}
CHANGE(other_zone)
{
	f->windows[0].zone = "Europe/London";
} /* midnight there */
CHANGE(two_zones)
{
	f->windows[f->window_count++] =
		(struct window_rule){&day, NULL, "Europe/Paris", "the pack of FR"};
}
CHANGE(never_both)
{
	f->windows[0].window = &day;
	f->windows[f->window_count++] =
		(struct window_rule){&nights, NULL, "America/New_York", NULL};
	f->windows[f->window_count++] =
		(struct window_rule){&nights, NULL, "Asia/Seoul", NULL};
}
CHANGE(spread)
{
	f->windows[0].zone = "Europe/Paris";
	f->spread = 7 * MINUTE;
}
CHANGE(cap_full)
{
	f->caps[f->cap_count++] = (struct gate_cap){
		{1, CAP_ROLLING, DAY}, "Asia/Seoul", "policy.caps.promo", NOW - HOUR};
}
CHANGE(cap_at_night) /* room again at 03:00: the window's opening decides */
{
	f->caps[f->cap_count++] = (struct gate_cap){
		{1, CAP_ROLLING, DAY}, "Asia/Seoul", "policy.caps.promo", NOW - 6 * HOUR};
}
CHANGE(cap_room_again)
{
	f->caps[f->cap_count++] = (struct gate_cap){
		{1, CAP_ROLLING, DAY}, "Asia/Seoul", "policy.caps.promo", NOW - DAY};
}
CHANGE(month_full)
{
	f->caps[f->cap_count++] = (struct gate_cap){
		{4, CAP_MONTH, 0}, "Asia/Seoul", "policy.caps.promo", NOW - HOUR};
}
CHANGE(second_channel_has_room)
{
	no_budget(f);
	f->channels[f->channel_count++] =
		(struct gate_channel){.id = 2, .name = "south", .ready = true, .why = ""};
}
CHANGE(second_channel_fits)
{
	unfit(f);
	f->channels[f->channel_count++] =
		(struct gate_channel){.id = 2, .name = "south", .ready = true, .why = ""};
}
CHANGE(second_channel_sooner)
{
	no_budget(f);
	f->channels[f->channel_count++] = (struct gate_channel){.id = 2,
		.name = "south",
		.ready = true,
		.why = "",
		.budget_until = NOW + HOUR,
		.budget_rule = "used up"};
}

static const struct row rows[] = {
	{"nothing against it", nothing, VERDICT_SEND, ""},
	{"no channel configured", no_channel, VERDICT_DEFER, "number", 0, true},
	{"a dead number", dead, VERDICT_SUPPRESS, "number"},
	{"never agreed", no_grant, VERDICT_SUPPRESS, "consent"},
	{"opted out", stopped, VERDICT_SUPPRESS, "consent"},
	{"agreed for a time", grant_over, VERDICT_SUPPRESS, "consent"},
	{"renew due", renew_due, VERDICT_SUPPRESS, "consent"},
	{"a basis the pack does not take", wrong_basis, VERDICT_SUPPRESS, "consent"},
	{"looks like an opt-out", looks_like_optout, VERDICT_DEFER, "consent"},
	{"its script ended", script_over, VERDICT_CANCEL, "script"},
	{"a person is talking", talking, VERDICT_DEFER, "talking"},
	{"the same promotion again", same_text, VERDICT_SUPPRESS, "duplicate"},
	{"the same a day ago", same_text_long_ago, VERDICT_SEND, ""},
	{"expired", expired, VERDICT_EXPIRE, "expiry"},
	{"asked for later", asked_later, VERDICT_DEFER, "schedule", HOUR},
	{"asked for at night", asked_at_night, VERDICT_DEFER, "schedule", 23 * HOUR},
	{"asked for after it expires", asked_too_late, VERDICT_EXPIRE, "schedule"},
	{"retrying", retrying, VERDICT_DEFER, "schedule", MINUTE},
	{"not its turn", not_its_turn, VERDICT_DEFER, "order", 0, true},
	{"no healthy channel", no_healthy_channel, VERDICT_DEFER, "breaker", 0, true},
	{"a resting channel", resting, VERDICT_DEFER, "breaker", MINUTE, true},
	{"wording", bad_wording, VERDICT_SUPPRESS, "wording"},
	{"does not fit the SIM", unfit, VERDICT_SUPPRESS, "wording"},
	{"no budget until midnight, and then it is night", no_budget, VERDICT_DEFER,
		"budget", 23 * HOUR},
	{"its pace", at_its_pace, VERDICT_DEFER, "budget", 3 * SECOND, true},
	{"night in London", other_zone, VERDICT_DEFER, "window", 8 * HOUR},
	{"both zones", two_zones, VERDICT_DEFER, "window", 7 * HOUR},
	{"hours that never meet", never_both, VERDICT_EXPIRE, "window"},
	{"its place in the spread", spread, VERDICT_DEFER, "window",
		7 * HOUR + 7 * MINUTE},
	{"a cap", cap_full, VERDICT_DEFER, "cap", 23 * HOUR},
	{"a cap that ends at night", cap_at_night, VERDICT_DEFER, "cap", 23 * HOUR},
	{"a cap with room again", cap_room_again, VERDICT_SEND, ""},
	{"a month's cap past its use", month_full, VERDICT_EXPIRE, "cap"},
	{"another channel has room", second_channel_has_room, VERDICT_SEND, ""},
	{"another channel fits", second_channel_fits, VERDICT_SEND, ""},
	{"another channel sooner", second_channel_sooner, VERDICT_DEFER, "budget", HOUR},
};

static void
each_gate(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct verdict v;
		struct gate_facts *f = good();
		rows[i].change(f);
		admit(f, NOW, &v);
		int64_t until = v.until ? v.until - NOW : 0;
		if (v.what != rows[i].what || strcmp(v.gate, rows[i].gate) != 0 ||
			until != rows[i].until || v.queues != rows[i].queues)
			fail_msg("%s: %s by %s until %lld queues %d", rows[i].name,
				verdict_name(v.what), v.gate, (long long)until, v.queues);
		assert_int_equal(v.gate_count, GATE_COUNT);
		for (size_t g = 0; g < GATE_COUNT; g++)
			if (!*v.gates[g].rule) /* every gate says why */
				fail_msg("%s: %s says nothing", rows[i].name,
					v.gates[g].gate);
	}
}

static void
the_channel_is_named(void **state)
{
	(void)state;
	struct verdict v;
	second_channel_has_room(good());
	admit(&facts, NOW, &v);
	assert_string_equal(v.channel, "south");
	assert_int_equal(v.channel_id, 2);
	assert_true(v.closes == NOW + 12 * HOUR); /* 21:00 */
}

/* ---- classes ---- */

static void
classes_differ(void **state)
{
	(void)state;
	struct verdict v;
	no_grant(good());
	facts.cls = CLASS_SERVICE;
	admit(&facts, NOW, &v);
	assert_int_equal(v.what, VERDICT_SEND); /* what they asked for needs no consent */
	stopped(good());
	facts.cls = CLASS_SERVICE;
	admit(&facts, NOW, &v);
	assert_int_equal(v.what, VERDICT_SEND);
	facts.stopped = "all";
	admit(&facts, NOW, &v);
	assert_int_equal(v.what, VERDICT_SUPPRESS);
	facts.cls = CLASS_NOTICE;
	admit(&facts, NOW, &v);
	assert_int_equal(v.what, VERDICT_SEND);
	/* after a STOP to everything: a person's answer to a later text */
	facts.cls = CLASS_REPLY;
	facts.proven_reply = facts.by_person = true;
	facts.stopped_at = NOW - HOUR;
	facts.replied_at = NOW - MINUTE;
	admit(&facts, NOW, &v);
	assert_int_equal(v.what, VERDICT_SEND);
	facts.people_after_stop = false;
	admit(&facts, NOW, &v);
	assert_int_equal(v.what, VERDICT_SUPPRESS);
	facts.people_after_stop = true;
	facts.by_person = false;
	admit(&facts, NOW, &v);
	assert_int_equal(v.what, VERDICT_SUPPRESS);
	facts.by_person = true;
	facts.replied_at = NOW - 2 * HOUR;
	admit(&facts, NOW, &v);
	assert_int_equal(v.what, VERDICT_SUPPRESS);
	/* an unproven reply is judged as service, and says so */
	good();
	facts.cls = CLASS_REPLY;
	admit(&facts, NOW, &v);
	assert_int_equal(v.cls, CLASS_SERVICE);
	assert_non_null(strstr(v.gates[1].rule, "judged as service"));
}

/* ---- for all facts ---- */

static int64_t
below(struct test_random *r, int64_t n)
{
	return (int64_t)(random_next(r) % (uint64_t)n);
}

static struct window_rule
any_window(struct test_random *r)
{
	static const char *const zones[] = {"Asia/Seoul", "America/New_York",
		"Europe/Paris", "Pacific/Honolulu", "Australia/Lord_Howe",
		"Africa/Casablanca"};
	static struct window *const sets[] = {&day, &nights, &always};
	return (struct window_rule){
		sets[below(r, 3)], NULL, zones[below(r, ARRAY_LEN(zones))], NULL};
}

static void
any_cap(struct test_random *r, int64_t now, struct gate_cap *c)
{
	c->cap.per = (enum cap_per)below(r, 4);
	c->cap.span = (1 + below(r, 72)) * HOUR;
	c->cap.count = 1;
	c->zone = "Asia/Seoul";
	c->of = "it";
	c->oldest = below(r, 2) ? now - below(r, 80 * HOUR) : 0;
}

static struct gate_facts *
any_facts(struct test_random *r, int64_t now)
{
	struct gate_facts *f = good();
	f->cls = below(r, 3) ? CLASS_MARKETING : CLASS_SERVICE;
	f->expires = below(r, 2) ? now + below(r, 20 * DAY) : 0;
	f->at = below(r, 3) ? 0 : now + below(r, 3 * DAY);
	f->retry_at = below(r, 4) ? 0 : now + below(r, HOUR);
	f->grant_ends = below(r, 6) ? 0 : now + below(r, 4 * DAY);
	f->optout_due = below(r, 8) ? 0 : now + below(r, DAY);
	f->ticket_open = !below(r, 8);
	f->predecessor = !below(r, 8);
	f->spread = below(r, 2) ? 0 : below(r, HOUR);
	f->window_count = (size_t)below(r, 4);
	for (size_t i = 0; i < f->window_count; i++)
		f->windows[i] = any_window(r);
	f->cap_count = (size_t)below(r, 3);
	for (size_t i = 0; i < f->cap_count; i++)
		any_cap(r, now, &f->caps[i]);
	f->channel_count = (size_t)below(r, 4);
	for (size_t i = 0; i < f->channel_count; i++)
		f->channels[i] = (struct gate_channel){.id = i + 1,
			.name = "c",
			.why = "",
			.ready = below(r, 3) != 0,
			.until = below(r, 2) ? 0 : now + below(r, HOUR),
			.budget_until = below(r, 3) ? 0 : now + below(r, 2 * DAY),
			.unfit = below(r, 5) ? NULL : "unfit",
			.margin = below(r, 2) ? 6 * MINUTE : HOUR};
	return f;
}

/* With unchanged facts it may leave at the time the verdict names, that time lies ahead
 * and before it expires, and a verdict without one waits for an event. */
static void
a_verdict_keeps_its_word(void **state)
{
	(void)state;
	struct test_random r = {20260302};
	int counts[5] = {0};
	for (int i = 0; i < 20000; i++) {
		struct verdict v, then;
		int64_t now = NOW + below(&r, 1000 * DAY);
		const struct gate_facts *f = any_facts(&r, now);
		admit(f, now, &v);
		counts[v.what]++;
		if (v.what != VERDICT_DEFER) {
			assert_true(v.until == 0 && !v.waits && !v.queues);
			continue;
		}
		if (!v.until) {
			assert_true(v.waits);
			continue;
		}
		assert_true(v.until > now);
		assert_true(!f->expires || v.until < f->expires);
		admit(f, v.until, &then);
		if (v.waits) {
			assert_true(
				then.what == VERDICT_DEFER || then.what == VERDICT_SEND);
			continue;
		}
		if (then.what != VERDICT_SEND)
			fail_msg("at %lld until %lld: %s by %s", (long long)now,
				(long long)v.until, verdict_name(then.what), then.gate);
	}
	for (int i = VERDICT_SEND; i <= VERDICT_EXPIRE; i++)
		assert_true(
			counts[i] > 500); /* the facts reached every kind of verdict */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_gate),
		cmocka_unit_test(the_channel_is_named),
		cmocka_unit_test(classes_differ),
		cmocka_unit_test(a_verdict_keeps_its_word),
	};
	return cmocka_run_group_tests(tests, windows, NULL);
}
