/* The shipped packs at work: a shop in each country, a customer, a promotion at a moment
 * that is not allowed, and when it may leave instead; borders in between; and packs that
 * are broken, each refused with one sentence that names its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/base/iso.h"
#include "gateway/core/packs.h"
#include "gateway/core/plan.h"
#include "gateway/core/wording.h"
#include "gateway/store/contacts.h"
#include "tests/lib/rig.h"

#define POLICY "optout_080 = \"080-123-4567\"; spread = \"0s\"; sunday = true;"

static struct rig r;

static int64_t
at(const char *text)
{
	int64_t wall;
	assert_int_equal(iso_parse(text, &wall, NULL), 0);
	return wall;
}

static void
open_in(const char *country, const char *zone)
{
	rig_begins = at("2026-03-02T00:00:00Z");
	rig_country = country;
	rig_zone = zone;
	rig_open_with(&r, false, "", POLICY);
}

/* A consent must be younger than its packs let it grow: the world begins anew for each
 * row. */
static void
plan(const char *phone, const char *when, struct plan *ret)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_request request = {.to = phone,
		.text = "Sale today",
		.text_len = strlen("Sale today"),
		.cls = CLASS_MARKETING,
		.origin = "api",
		.at = at(when),
		.msg_class = -1};
	if (plan_make(&r.core, &request, ret, &err) < 0)
		fail_msg("%s", err.s);
	strbuf_done(&err);
}

static const struct gate_verdict *
gate(const struct plan *p, const char *name)
{
	for (size_t i = 0; i < p->verdict.gate_count; i++)
		if (!strcmp(p->verdict.gates[i].gate, name))
			return &p->verdict.gates[i];
	fail_msg("no gate %s", name);
	return &p->verdict.gates[0];
}

/* ---- a shop in each country ---- */

struct moment {
	const char *country, *zone, *phone;
	const char *when, *until; /* NULL: it may leave at once */
	const char *rule;         /* a part of the sentence */
};

static const struct moment moments[] = {
	{"KR", "Asia/Seoul", "+821011112222", "2026-03-04T21:30:00+09:00",
		"2026-03-05T08:00:00+09:00", "the pack of KR"},
	{"KR", "Asia/Seoul", "+821011112222", "2026-07-17T12:00:00+09:00", NULL, ""},
	{"FR", "Europe/Paris", "+33612345678", "2026-03-08T12:00:00+01:00",
		"2026-03-09T08:00:00+01:00", "the pack of FR"},
	{"FR", "Europe/Paris", "+33612345678", "2026-07-14T10:00:00+02:00",
		"2026-07-15T08:00:00+02:00", "the pack of FR"},
	{"FR", "Europe/Paris", "+33612345678", "2026-03-13T20:30:00+01:00",
		"2026-03-14T08:00:00+01:00", "the pack of FR"},
	{"FR", "Europe/Paris", "+33612345678", "2026-03-13T13:30:00+01:00", NULL, ""},
	{"DE", "Europe/Berlin", "+4915112345678", "2026-10-03T10:00:00+02:00",
		"2026-10-05T08:00:00+02:00", "the pack of DE"},
	{"DE", "Europe/Berlin", "+4915112345678", "2026-05-14T12:00:00+02:00",
		"2026-05-15T08:00:00+02:00", "the pack of DE"},
	{"GB", "Europe/London", "+447400123456", "2026-03-04T20:30:00Z",
		"2026-03-05T08:00:00Z", "the pack of GB"},
	{"GB", "Europe/London", "+447400123456", "2026-03-08T12:00:00Z", NULL, ""},
	/* nobody knows whether it is in Madrid or on the Canaries */
	{"ES", "Europe/Madrid", "+34612345678", "2026-10-12T12:00:00+02:00",
		"2026-10-13T09:00:00+01:00", "the pack of ES"},
	{"IT", "Europe/Rome", "+393331234567", "2027-10-04T12:00:00+02:00",
		"2027-10-05T09:00:00+02:00", "the pack of IT"},
	{"IN", "Asia/Kolkata", "+919876543210", "2026-03-08T09:30:00+05:30",
		"2026-03-08T10:00:00+05:30", "the pack of IN"},
	{"IN", "Asia/Kolkata", "+919876543210", "2026-03-08T21:10:00+05:30",
		"2026-03-09T10:00:00+05:30", "the pack of IN"},
	{"JP", "Asia/Tokyo", "+819012345678", "2026-03-08T08:30:00+09:00",
		"2026-03-08T09:00:00+09:00", "the pack of JP"},
	{"SG", "Asia/Singapore", "+6581234567", "2026-03-08T20:30:00+08:00",
		"2026-03-09T09:00:00+08:00", "the pack of SG"},
	/* a mobile number may be anywhere from Perth to Sydney: open in all of it */
	{"AU", "Australia/Sydney", "+61412345678", "2026-03-07T18:00:00+11:00",
		"2026-03-09T09:00:00+08:00", "the pack of AU"},
	{"CA", "America/Toronto", "+14165550123", "2026-03-07T18:30:00-05:00",
		"2026-03-08T10:00:00-04:00", "the pack of CA"},
	{"US", "America/New_York", "+12125550123", "2026-03-04T21:30:00-05:00",
		"2026-03-05T08:00:00-05:00", "the pack of US"},
	{"US", "America/New_York", "+13055550123", "2026-03-04T20:30:00-05:00",
		"2026-03-05T08:00:00-05:00", "the pack of US-FL"},
	{"US", "America/Chicago", "+12145550123", "2026-03-08T10:00:00-05:00",
		"2026-03-08T12:00:00-05:00", "the pack of US-TX"},
	{"US", "America/Chicago", "+12145550123", "2026-03-10T20:30:00-05:00", NULL, ""},
	{"US", "America/Los_Angeles", "+12065550123", "2026-03-10T20:30:00-07:00",
		"2026-03-11T08:00:00-07:00", "the pack of US-WA"},
	{"US", "America/New_York", "+14105550123", "2026-03-10T20:30:00-04:00",
		"2026-03-11T08:00:00-04:00", "the pack of US-MD"},
	{"US", "America/Chicago", "+14055550123", "2026-03-10T20:30:00-05:00",
		"2026-03-11T08:00:00-05:00", "the pack of US-OK"},
	/* Sunday; a holiday of the nation; one of the state */
	{"US", "America/New_York", "+14015550123", "2026-03-08T12:00:00-04:00",
		"2026-03-09T09:00:00-04:00", "the pack of US-RI"},
	{"US", "America/New_York", "+14015550123", "2026-09-07T12:00:00-04:00",
		"2026-09-08T09:00:00-04:00", "the pack of US-RI"},
	{"US", "America/New_York", "+14015550123", "2026-08-10T12:00:00-04:00",
		"2026-08-11T09:00:00-04:00", "the pack of US-RI"},
	{"US", "America/Denver", "+18015550123", "2026-07-24T12:00:00-06:00",
		"2026-07-25T08:00:00-06:00", "the pack of US-UT"},
	{"US", "America/Chicago", "+15045550123", "2026-12-25T12:00:00-06:00",
		"2026-12-26T08:00:00-06:00", "the pack of US-LA"},
	/* nobody looked Norway up: careful, and said */
	{"NO", "Europe/Oslo", "+4741234567", "2026-03-08T12:00:00+01:00",
		"2026-03-09T10:00:00+01:00", "has none of its own"},
};

static void
a_shop_in_each_country_waits_as_it_should(void **state)
{
	(void)state;
	char have[ISO_MAX], want[ISO_MAX];
	for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
		const struct moment *m = &moments[i];
		struct plan p;
		if (!i || strcmp(m->country, moments[i - 1].country) != 0) {
			if (i)
				rig_close(&r);
			open_in(m->country, m->zone);
		}
		rig_grant(&r, m->phone);
		plan(m->phone, m->when, &p);
		const struct gate_verdict *g = gate(&p, "window");
		int64_t until = m->until ? at(m->until) : 0;
		iso_format(g->what == VERDICT_DEFER ? g->until : 0, 0, have);
		iso_format(until, 0, want);
		if (strcmp(have, want) != 0 || !strstr(g->rule, m->rule))
			fail_msg("%s %s: until %s, not %s (%s)", m->phone, m->when, have,
				want, g->rule);
		/* what the wording adds is there, and nothing lacks */
		if (gate(&p, "wording")->what != VERDICT_SEND &&
			!strstr(gate(&p, "wording")->rule, "from a SIM"))
			fail_msg("%s: %s", m->country, gate(&p, "wording")->rule);
		plan_done(&p);
	}
	rig_close(&r);
}

/* A holiday of a region shuts where the region is known, and nowhere else. */
static void
regions_rest_where_they_are_known(void **state)
{
	(void)state;
	static const struct {
		const char *phone, *region, *when, *until;
	} rows[] = {
		/* Corpus Christi; the Day of Penance; All Saints' */
		{"+4915112345678", "BW", "2026-06-04T12:00:00+02:00",
			"2026-06-05T08:00:00+02:00"},
		{"+4915112345678", "BE", "2026-06-04T12:00:00+02:00", NULL},
		{"+4915112345678", "", "2026-06-04T12:00:00+02:00", NULL},
		{"+4915112345678", "SN", "2027-11-17T12:00:00+01:00",
			"2027-11-18T08:00:00+01:00"},
		/* Good Friday in Alsace */
		{"+33612345678", "ALS", "2026-04-03T12:00:00+02:00",
			"2026-04-04T08:00:00+02:00"},
		{"+33612345678", "", "2026-04-03T12:00:00+02:00", NULL},
		/* a phone from New York whose owner moved to Rhode Island */
		{"+12125550123", "RI", "2026-03-08T12:00:00-04:00",
			"2026-03-09T09:00:00-04:00"},
		/* toll-free: every state, every zone, at once */
		{"+18005550123", "", "2026-03-10T19:00:00-04:00",
			"2026-03-11T10:00:00-10:00"},
		{"+18005550123", "", "2026-03-08T16:30:00-04:00",
			"2026-03-09T10:00:00-10:00"},
		{"+18005550123", "", "2026-09-07T16:30:00-04:00",
			"2026-09-08T10:00:00-10:00"},
		{"+18005550123", "", "2026-03-10T16:30:00-04:00", NULL},
	};
	open_in("KR", "Asia/Seoul");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct plan p;
		struct contact c;
		rig_grant(&r, rows[i].phone);
		assert_true(contact_find(r.core.db, rows[i].phone, &c));
		contact_set_place(r.core.db, c.id, "", rows[i].region);
		plan(rows[i].phone, rows[i].when, &p);
		const struct gate_verdict *g = gate(&p, "window");
		int64_t until = g->what == VERDICT_DEFER ? g->until : 0;
		if (until != (rows[i].until ? at(rows[i].until) : 0))
			fail_msg("row %zu: %s until %lld", i, g->rule, (long long)until);
		plan_done(&p);
	}
	rig_close(&r);
}

/* ---- borders ---- */

static void
both_laws_bind_across_a_border(void **state)
{
	(void)state;
	static const struct {
		const char *phone, *when, *until, *rule, *text;
	} rows[] = {
		/* nine in the evening in Paris is open nowhere; both packs want their
		   word */
		{"+33612345678", "2026-03-13T20:30:00+01:00", "2026-03-14T08:00:00+01:00",
			"FR",
			"(광고) Rig: Sale today\nSTOP pour ne plus recevoir\n무료거부 "
			"080-123-4567"},
		/* Germany rests on Sundays, whatever Korea says */
		{"+4915112345678", "2026-03-08T12:00:00+01:00",
			"2026-03-09T08:00:00+01:00", "DE",
			"(광고) Rig: Sale today\nAbmelden: STOP\n무료거부 080-123-4567"},
		/* Japan opens at nine, Korea at eight */
		{"+819012345678", "2026-03-09T08:10:00+09:00",
			"2026-03-09T09:00:00+09:00", "JP",
			"(광고) Rig: Sale today\n配信停止は「停止」と返信\n무료거부 "
			"080-123-4567"},
		/* two marks stand side by side, theirs first */
		{"+6581234567", "2026-03-09T12:00:00+08:00", NULL, "",
			"<ADV> (광고) Rig\nSale today\nText STOP to "
			"unsubscribe\n무료거부 "
			"080-123-4567"},
		/* Spain opens at nine, on the Canaries as well */
		{"+34612345678", "2026-03-09T08:30:00+01:00", "2026-03-09T10:00:00+01:00",
			"ES",
			"(광고) Rig: Sale today\nBAJA para no recibir\n무료거부 "
			"080-123-4567"},
	};
	open_in("KR", "Asia/Seoul");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct plan p;
		rig_grant(&r, rows[i].phone);
		plan(rows[i].phone, rows[i].when, &p);
		const struct gate_verdict *g = gate(&p, "window");
		bool waits = g->what == VERDICT_DEFER;
		if (waits != !!rows[i].until ||
			(waits && (g->until != at(rows[i].until) ||
					  !strstr(g->rule, rows[i].rule))))
			fail_msg("row %zu: %s", i, g->rule);
		if (gate(&p, "wording")->what != VERDICT_SEND)
			fail_msg("row %zu: %s", i, gate(&p, "wording")->rule);
		/* plain letters became UCS-2 by what the law wants said */
		assert_true(p.turned);
		assert_string_equal(p.text, rows[i].text);
		plan_done(&p);
	}
	rig_close(&r);
}

/* What the owner wrote already is not written again, in whatever order and spacing. */
static void
marks_by_hand_are_left_alone(void **state)
{
	(void)state;
	static const struct {
		const char *phone, *text, *wrapped;
	} rows[] = {
		{"+6581234567", "Sale", "<ADV> Rig\nSale\nText STOP to unsubscribe"},
		{"+6581234567", "<ADV>Rig sale. Text STOP", "<ADV>Rig sale. Text STOP"},
		{"+6581234567", "<ADV> Sale. Unsub: text STOP",
			"<ADV> Rig\nSale. Unsub: text STOP"},
		{"+821011112222", "(광고)<ADV> Rig 세일 STOP 무료거부 080-123-4567",
			"(광고)<ADV> Rig 세일 STOP 무료거부 080-123-4567"},
		{"+33612345678", "Rig: soldes. STOP au 36123",
			"Rig: soldes. STOP au 36123"},
	};
	open_in("SG", "Asia/Singapore");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf out = STRBUF_SENTENCE, err = STRBUF_SENTENCE;
		const struct pack *packs[WORDING_PACKS];
		size_t n = wording_packs(&r.core, rows[i].phone, packs);
		bool abroad = !strcmp(rows[i].phone, "+33612345678");
		/* of France alone: the mark of Singapore is tried above */
		wording_wrap(&r.core, packs, abroad ? 1 : n, rows[i].text, &out);
		assert_string_equal(out.s, rows[i].wrapped);
		if (wording_lacks(&r.core, packs, abroad ? 1 : n, out.s, &err))
			fail_msg("row %zu: %s", i, err.s);
		strbuf_done(&out);
		strbuf_done(&err);
	}
	rig_close(&r);
}

/* The network may not try for longer than the earliest of both countries' windows is
 * open. */
static void
no_network_tries_past_the_window(void **state)
{
	(void)state;
	static const struct {
		const char *phone, *when, *closes;
	} rows[] = {
		{"+821011112222", "2026-03-09T20:30:00+09:00",
			"2026-03-09T21:00:00+09:00"},
		{"+4915112345678", "2026-03-09T19:30:00+01:00",
			"2026-03-09T20:00:00+01:00"},
		{"+33612345678", "2026-07-13T19:45:00+02:00",
			"2026-07-13T20:00:00+02:00"},
		/* open until 21:00 in Madrid, but shut at 21:00 on the Canaries: Korea's
		 * night begins with Madrid's */
		{"+34612345678", "2026-03-09T20:30:00+01:00",
			"2026-03-09T21:00:00+01:00"},
	};
	open_in("KR", "Asia/Seoul");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct plan p;
		rig_grant(&r, rows[i].phone);
		plan(rows[i].phone, rows[i].when, &p);
		assert_int_equal(p.verdict.what, VERDICT_SEND);
		if (p.verdict.closes > at(rows[i].closes) ||
			p.verdict.closes <= at(rows[i].when))
			fail_msg("row %zu: %lld", i, (long long)p.verdict.closes);
		plan_done(&p);
	}
	/* minutes before the end it is too late to begin */
	struct plan p;
	plan(rows[0].phone, "2026-03-09T20:55:00+09:00", &p);
	assert_true(gate(&p, "window")->what == VERDICT_DEFER);
	assert_true(gate(&p, "window")->until == at("2026-03-10T08:00:00+09:00"));
	plan_done(&p);
	rig_close(&r);
}

/* The SIM is the shop's: what its own country forbids, no customer's country allows. */
static void
a_sim_obeys_its_own_country(void **state)
{
	(void)state;
	struct plan p;
	open_in("US", "America/New_York");
	rig_grant(&r, "+447400123456");
	plan("+447400123456", "2026-03-10T15:00:00Z", &p);
	assert_string_equal(verdict_rule(&p.verdict),
		"the pack of US lets no promotion leave from a SIM");
	assert_false(p.turned);
	plan_done(&p);
	rig_close(&r);
	open_in("KR", "Asia/Seoul");
	rig_grant(&r, "+447400123456");
	plan("+447400123456", "2026-03-10T15:00:00Z", &p);
	assert_int_equal(p.segments, 1);
	plan_done(&p);
	rig_close(&r);
}

/* ---- broken packs ---- */

/* A whole pack of eleven lines; a row puts its own in place of one. */
static const char *const good[] = {"format = 1;", "pack = {",
	"country = \"XX\"; name = \"X\"; as_of = \"2026-01\";",
	"source = \"s\"; confidence = \"low\";",
	"classes = { marketing = { hours = \"09:00-20:00\"; source = \"s\"; confidence = "
	"\"low\"; }; };",
	"stop = { scope = \"all\"; match = \"exact\"; say = \"s\"; words = { en = "
	"\"stop\"; }; "
	"};",
	"start = { say = \"s\"; words = { en = \"start\"; }; };",
	"help = { say = \"h\"; words = { en = \"help\"; }; };",
	"consent = { bases = \"express\"; source = \"s\"; };",
	"holidays = { source = \"s\"; y2026 = \"2026-12-25\"; };", "};"};

static const struct {
	unsigned line; /* which one, counted from 1 */
	const char *text, *says;
} broken[] = {
	{3, "country = \"xx\"; name = \"X\"; as_of = \"2026-01\";",
		"two capital letters"},
	{3, "country = \"XX\"; name = \"X\"; as_of = \"2026\";", "as_of = \"2026\""},
	{3, "country = \"XX\"; name = \"X\"; as_of = \"2026-13\";",
		"as_of = \"2026-13\""},
	{5, "classes = { };", "no window for promotions"},
	{5, "classes = { marketing = { source = \"s\"; confidence = \"low\"; }; };",
		"lacks its hours"},
	{5,
		"classes = { marketing = { hours = \"09:00-20:00\"; confidence = "
		"\"low\"; }; };",
		"lacks its source"},
	{5, "classes = { marketing = { hours = \"09:00-20:00\"; source = \"s\"; }; };",
		"lacks its confidence"},
	{5,
		"classes = { marketing = { hours = \"09:00-09:05\"; source = \"s\"; "
		"confidence = "
		"\"low\"; }; };",
		"never open for longer than the 6 minutes"},
	{5,
		"classes = { marketing = { hours = \"never\"; source = \"s\"; confidence "
		"= "
		"\"low\"; }; };",
		"never open"},
	{5,
		"classes = { marketing = { hours = \"09:00-20:00\"; source = \"s\"; "
		"confidence = "
		"\"low\"; suffix = \"Text STOP\"; suffix_marks = \"halt\"; }; };",
		"would never count as said"},
	{5,
		"classes = { marketing = { hours = \"09:00-20:00\"; source = \"s\"; "
		"confidence = "
		"\"low\"; suffix = \"STOP {policy.fone}\"; suffix_marks = \"stop\"; }; "
		"};",
		"{policy.fone} is no name a pack knows; did you mean {policy.phone}?"},
	{5,
		"classes = { marketing = { hours = \"09:00-20:00\"; source = \"s\"; "
		"confidence = "
		"\"low\"; }; }; regions = { AA = { marketing = { hours = "
		"\"21:00-23:00\"; source = "
		"\"s\"; confidence = \"low\"; }; }; };",
		"and those of the country are never open"},
	{5,
		"classes = { service = { hours = \"09:00-20:00\"; closed_on_holidays = "
		"true; source "
		"= \"s\"; confidence = \"low\"; }; };",
		"no window for promotions"},
	{6,
		"stop = { scope = \"all\"; match = \"exact\"; say = \"s\"; words = { en "
		"= \"!!\"; }; "
		"};",
		"no word with letters"},
	{6,
		"stop = { scope = \"all\"; match = \"exact\"; say = \"{shp}\"; words = { "
		"en = "
		"\"stop\"; }; };",
		"did you mean {shop}?"},
	{7, "start = { say = \"s\"; words = { en = \"start\"; de = \"an, STOP!\"; }; };",
		"'stop' is a word of start and of stop"},
	{8, "help = { say = \"h\"; words = { en = \"start\"; }; };",
		"'start' is a word of help and of start"},
	{8, "help = { say = \"h\"; words = { en = \"stop\"; }; };",
		"'stop' is a word of help and of stop"},
	{9, "consent = { bases = \"express\"; };", "lacks its source"},
	{9, "consent = { bases = \"expres\"; source = \"s\"; };",
		"\"expres\" is no basis"},
	{9, "consent = { bases = \"sale\"; source = \"s\"; };", "sale_for"},
	{9,
		"consent = { bases = \"express\"; source = \"s\"; }; lengths = { charset "
		"= "
		"\"latin1\"; sms = 90; lms = 2000; };",
		"\"euc-kr\" is expected"},
	{10, "holidays = { y2026 = \"2026-12-25\"; };", "lack their source"},
	{10, "holidays = { source = \"s\"; y2026 = \"2027-12-25\"; };",
		"2027-12-25 stands among the holidays of 2026"},
	{10, "holidays = { source = \"s\"; y2026 = \"2026-12-25, 2026-12-25\"; };",
		"stands here twice"},
	{10, "holidays = { source = \"s\"; y2026 = \"2026-02-29\"; };", "2026-02-29"},
	{10, "holidays = { source = \"s\"; year = \"2026-12-25\"; };",
		"a year is expected"},
	{10, "hollidays = { };", "did you mean 'holidays'?"},
	{10, "country = \"YY\";", "stands in its group already"},
};

static void
write_pack(const char *path, unsigned line, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	for (unsigned i = 0; i < ARRAY_LEN(good); i++)
		fprintf(f, "%s\n", i + 1 == line ? text : good[i]);
	fclose(f);
}

static void
a_broken_pack_is_refused_with_its_line(void **state)
{
	(void)state;
	char dir[] = "/tmp/malgil-law-XXXXXX", path[64], where[80];
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.cfg", dir);
	for (size_t i = 0; i <= ARRAY_LEN(broken); i++) {
		struct strbuf err = STRBUF_SENTENCE;
		struct pack pack;
		bool fine = i == ARRAY_LEN(broken);
		write_pack(path, fine ? 0 : broken[i].line, fine ? "" : broken[i].text);
		int result = pack_load(path, &pack, &err);
		if (fine) { /* what all the rows began with */
			assert_int_equal(result, 0);
			pack_free(&pack);
		} else {
			snprintf(where, sizeof(where), "%s:%u: ", path, broken[i].line);
			if (!result || strncmp(err.s, where, strlen(where)) != 0 ||
				!strstr(err.s, broken[i].says) || strchr(err.s, '\n'))
				fail_msg("row %zu: %s", i, result ? err.s : "taken");
		}
		strbuf_done(&err);
	}
	unlink(path);
	rmdir(dir);
}

/* A file says whose pack it is by its name as well; and one that lies beside the good
 * ones and is broken is named before anything is judged by the rest. */
static void
a_folder_is_read_whole(void **state)
{
	(void)state;
	char dir[] = "/tmp/malgil-law-XXXXXX", path[64], command[160];
	struct strbuf err = STRBUF_SENTENCE;
	struct packs *packs;
	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command), "cp etc/packs/*.cfg %s/", dir);
	assert_int_equal(system(command), 0);
	snprintf(path, sizeof(path), "%s/NZ.cfg", dir);
	write_pack(path, 0, "");
	assert_true(packs_load(dir, "", "KR", &packs, &err) < 0);
	assert_non_null(
		strstr(err.s, "NZ.cfg:3: country = \"XX\", but the file is the pack "
			      "of NZ"));
	write_pack(path, 3, "country = \"NZ\"; name = \"X\"; as_of = \"2026-01\";");
	strbuf_reset(&err);
	assert_int_equal(packs_load(dir, "", "KR", &packs, &err), 0);
	assert_non_null(packs_country(packs, "NZ"));
	assert_non_null(packs_country(packs, "FR"));
	packs_free(packs);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	strbuf_done(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shop_in_each_country_waits_as_it_should),
		cmocka_unit_test(regions_rest_where_they_are_known),
		cmocka_unit_test(both_laws_bind_across_a_border),
		cmocka_unit_test(marks_by_hand_are_left_alone),
		cmocka_unit_test(no_network_tries_past_the_window),
		cmocka_unit_test(a_sim_obeys_its_own_country),
		cmocka_unit_test(a_broken_pack_is_refused_with_its_line),
		cmocka_unit_test(a_folder_is_read_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
