/* Packs, policy and caps: what is shipped is good, what is wrong is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/base/iso.h"
#include "gateway/core/packs.h"
#include "gateway/core/policy.h"
#include "tests/lib/rig.h"

#define ALL "KR, US, CA, GB, FR, DE, ES, IT, AU, IN, JP, SG"

static int64_t
at(const char *text)
{
	int64_t wall;
	assert_int_equal(iso_parse(text, &wall, NULL), 0);
	return wall;
}

/* ---- what is shipped ---- */

static void
every_shipped_pack_is_good(void **state)
{
	(void)state;
	struct packs *packs;
	struct strbuf err = STRBUF_SENTENCE;
	if (packs_load("etc/packs", ALL, "KR", &packs, &err) < 0)
		fail_msg("%s", err.s);
	assert_int_equal(packs->count, 13);
	for (size_t i = 0; i < packs->count; i++) {
		const struct pack *p = &packs->list[i];
		assert_true(p->rules[0].has[CLASS_MARKETING]);
		assert_true(p->stop.len && p->start.len && p->help.len);
		/* The shop's phone may be unknown: no sentence leans on it. */
		assert_null(strstr(p->say_help, "{policy.phone}."));
		assert_non_null(p->rules[0].classes[CLASS_MARKETING].source);
		if (!strcmp(p->country, "ZZ"))
			continue;
		assert_true(p->holidays.count >= 9);
		assert_true(p->holidays.days[0] >= at("2026-01-01T00:00:00Z") / DAY);
		assert_true(p->holidays.days[p->holidays.count - 1] <=
			    at("2028-12-31T00:00:00Z") / DAY);
	}
	assert_string_equal(packs_country(packs, "US")->stop_scope, "all");
	assert_string_equal(packs_country(packs, "KR")->stop_scope, "marketing");
	assert_non_null(pack_region(packs_country(packs, "US"), "RI"));
	assert_null(pack_region(packs_country(packs, "US"), "CA"));
	assert_null(packs_country(packs, "NZ"));
	struct packs *unasked; /* a law binds whether or not the owner thought of it */
	assert_int_equal(packs_load("etc/packs", "", "KR", &unasked, &err), 0);
	assert_int_equal(unasked->count, 13);
	assert_int_equal(unasked->meant, 2);
	packs_free(unasked);
	packs_free(packs);
	strbuf_done(&err);
}

static void
known_holidays_are_there(void **state)
{
	(void)state;
	static const struct {
		const char *country, *date;
		bool holiday;
	} rows[] = {
		{"KR", "2026-02-17", true},
		{"KR", "2026-09-25", true},
		{"KR", "2027-02-09", true},
		{"KR", "2028-10-05", true},
		{"KR", "2026-07-01", false},
		{"FR", "2026-07-14", true},
		{"FR", "2026-04-06", true},
		{"FR", "2027-05-06", true},
		{"DE", "2026-04-03", true},
		{"DE", "2028-10-03", true},
		{"GB", "2026-12-28", true},
		{"GB", "2027-12-27", true},
		{"GB", "2027-12-28", true},
		{"US", "2026-11-26", true},
		{"US", "2026-07-03", true},
		{"CA", "2026-05-18", true},
		{"JP", "2026-09-22", true},
		{"SG", "2026-02-18", true},
		{"IN", "2027-08-15", true},
		{"AU", "2026-04-25", true},
		{"IT", "2026-10-04", true},
		{"ES", "2026-12-08", true},
		{"ES", "2026-12-09", false},
	};
	struct packs *packs;
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(packs_load("etc/packs", ALL, "KR", &packs, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[ISO_MAX];
		snprintf(text, sizeof(text), "%sT00:00:00Z", rows[i].date);
		const struct pack *p = packs_country(packs, rows[i].country);
		if (dates_has(&p->holidays, at(text) / DAY) != rows[i].holiday)
			fail_msg("%s %s", rows[i].country, rows[i].date);
	}
	packs_free(packs);
	strbuf_done(&err);
}

static void
without_a_folder_the_built_in_packs_hold(void **state)
{
	(void)state;
	struct packs *files, *built_in;
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(packs_load("etc/packs", ALL, "KR", &files, &err), 0);
	assert_int_equal(packs_load(PACKS_BUILT_IN, ALL, "KR", &built_in, &err), 0);
	assert_int_equal(built_in->count, files->count);
	for (size_t i = 0; i < files->count; i++) {
		assert_string_equal(built_in->list[i].country, files->list[i].country);
		assert_string_equal(built_in->list[i].stop.s, files->list[i].stop.s);
	}
	assert_int_equal(
		places_code_count(built_in->places), places_code_count(files->places));
	packs_free(files);
	packs_free(built_in);
	/* a country nobody wrote a pack for has the rules of everywhere else */
	assert_int_equal(packs_load(PACKS_BUILT_IN, "", "BR", &built_in, &err), 0);
	assert_null(packs_country(built_in, "BR"));
	assert_non_null(packs_default(built_in));
	packs_free(built_in);
	assert_true(packs_load(PACKS_BUILT_IN, "QQ", "KR", &built_in, &err) < 0);
	strbuf_done(&err);
}

/* ---- what is wrong ---- */

static char *
scratch(const char *text)
{
	char *path = xstrdup("/tmp/malgil-pack-XXXXXX");
	int fd = mkstemp(path);
	assert_true(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	return path;
}

#define GOOD_REST                                                                        \
	"name = \"X\"; as_of = \"2026-01\"; source = \"s\"; confidence = \"low\";"       \
	"start = { say = \"s\"; words = { en = \"start\"; }; };"                         \
	"help = { say = \"h\"; words = { en = \"help\"; }; };"                           \
	"consent = { bases = \"express\"; source = \"s\"; };"
#define GOOD_STOP                                                                        \
	"stop = { scope = \"marketing\"; match = \"exact\"; say = \"s\";"                \
	" words = { en = \"stop\"; }; };"
#define PACK(more) "pack = { country = \"XX\"; " GOOD_REST GOOD_STOP more " };"

static void
bad_packs_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"x = 1;", "pack = {"},
		{"pack = { country = \"KR\"; };", "lacks the setting"},
		{PACK("colour = 1;"), "no setting 'colour'"},
		{PACK("hollidays = { };"), "did you mean 'holidays'"},
		{PACK("holidays = { y2026 = \"2026-02-30\"; };"), "2026-02-30"},
		{PACK("holidays = { xmas = \"2026-12-25\"; };"), "a year is expected"},
		{PACK("classes = { marketing = { hours = \"25:00-26:00\"; }; };"),
			"25:00"},
		{PACK("classes = { marketing = { hours = \"never\"; }; };"),
			"never open"},
		{PACK("classes = { marketing = { caps = \"0/1d\"; }; };"), "cap of 0"},
		{PACK("classes = { marketing = { caps = \"3\"; }; };"), "no cap"},
		{PACK("classes = { promo = { }; };"), "marketing, service or reply"},
		{PACK("classes = { notice = { }; };"), "marketing, service or reply"},
		{PACK("classes = { marketing = { suffix = \"STOP\"; }; };"),
			"suffix_marks"},
		{PACK("classes = { marketing = { night = \"maybe\"; }; };"), "maybe"},
		{PACK("classes = { marketing = { confidence = \"sure\"; }; };"), "sure"},
		{PACK("regions = { FL = { marketing = { hours = \"x\"; }; }; };"),
			"a day is"},
		{PACK("sim = { marketing = \"many/day\"; };"), "no cap"},
		{"pack = { country = \"XX\"; " GOOD_REST
		 "stop = { scope = \"some\"; match = \"exact\"; say = \"s\"; words = { "
		 "}; }; };",
			"scope"},
		{"pack = { country = \"XX\"; " GOOD_REST
		 "stop = { scope = \"all\"; match = \"fuzzy\"; say = \"s\"; words = { }; "
		 "}; };",
			"match"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pack pack;
		struct strbuf err = STRBUF_SENTENCE;
		char *path = scratch(rows[i].text);
		assert_true(pack_load(path, &pack, &err) < 0);
		if (!strstr(err.s, rows[i].says))
			fail_msg("row %zu: %s", i, err.s);
		unlink(path);
		free(path);
		strbuf_done(&err);
	}
}

static void
bad_policies_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"policy = { };", "format"},
		{"format = 1; policy = 3;", "group"},
		{"format = 1; policy = { quiet = { marketing = \"always\"; }; };",
			"always quiet"},
		{"format = 1; policy = { quiet = { marketing = \"20-8\"; }; };", "20-8"},
		{"format = 1; policy = { caps = { promo = \"0/1d\"; }; };", "cap of 0"},
		{"format = 1; policy = { caps = { promo = \"{month_max}/month\"; }; };",
			"month_max is not set"},
		{"format = 1; policy = { month_max = 0; };", "month_max"},
		{"format = 1; policy = { budget = \"lots\"; };", "30000/month"},
		{"format = 1; policy = { sim = { pace = \"fast\"; }; };", "20/minute"},
		{"format = 1; policy = { optout_80 = \"x\"; };",
			"did you mean 'optout_080'"},
		{"format = 1; policy = { holidays = \"soon\"; };", "no date"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct policy *policy;
		struct strbuf err = STRBUF_SENTENCE;
		char *path = scratch(rows[i].text);
		assert_true(policy_load(path, &policy, &err) < 0);
		if (!strstr(err.s, rows[i].says))
			fail_msg("row %zu: %s", i, err.s);
		unlink(path);
		free(path);
		strbuf_done(&err);
	}
}

static void
hours_that_exclude_each_other_are_refused(void **state)
{
	(void)state;
	char *policy = scratch(
		"format = 1; policy = { quiet = { marketing = \"07:00-22:00\"; }; };");
	struct strbuf text = STRBUF_INIT(4096), err = STRBUF_SENTENCE;
	strbuf_printf(&text,
		"format = 1; shop = { name = \"x\"; country = \"KR\"; tz = "
		"\"Asia/Seoul\"; };"
		"store = \"sqlite:/tmp/x.db\"; run_dir = \"/tmp/x\"; policy = \"%s\";"
		"channels = { n = { driver = \"fake\"; }; };",
		policy);
	char *path = scratch(text.s);
	struct config *config;
	assert_null(rig); /* the rig lends its driver, nothing else */
	assert_true(config_load(path, &config, &err) < 0);
	assert_non_null(strstr(err.s, "no promotion could ever leave"));
	unlink(path);
	unlink(policy);
	free(path);
	free(policy);
	strbuf_done(&text);
	strbuf_done(&err);
}

/* ---- caps ---- */

static void
caps_know_their_periods(void **state)
{
	(void)state;
	static const struct {
		const char *cap, *zone, *now, *since, *until;
	} rows[] = {
		{"1/1d", "Asia/Seoul", "2026-03-02T00:00:00Z", "2026-03-01T00:00:00.001Z",
			"2026-03-02T12:00:00Z"},
		{"4/month", "Asia/Seoul", "2026-02-28T14:59:59Z", "2026-01-31T15:00:00Z",
			"2026-02-28T15:00:00Z"},
		{"4/month", "Asia/Seoul", "2026-02-28T15:00:00Z", "2026-02-28T15:00:00Z",
			"2026-03-31T15:00:00Z"},
		{"4/month", "Asia/Seoul", "2028-02-29T14:59:00Z", "2028-01-31T15:00:00Z",
			"2028-02-29T15:00:00Z"},
		{"9/day", "America/New_York", "2026-03-08T12:00:00Z",
			"2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"},
		{"9/hour", "Asia/Kolkata", "2026-03-08T12:10:00Z", "2026-03-08T11:30:00Z",
			"2026-03-08T12:30:00Z"},
	};
	int64_t oldest = at("2026-03-01T12:00:00Z");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct caps caps = {0};
		struct strbuf err = STRBUF_SENTENCE, out = STRBUF_SENTENCE;
		assert_int_equal(caps_parse(rows[i].cap, &caps, &err), 0);
		cap_print(&caps.list[0], &out);
		assert_string_equal(out.s, rows[i].cap);
		int64_t now = at(rows[i].now);
		if (cap_since(&caps.list[0], rows[i].zone, now) != at(rows[i].since) ||
			cap_until(&caps.list[0], rows[i].zone, now, oldest) !=
				at(rows[i].until))
			fail_msg("row %zu: %lld %lld", i,
				(long long)cap_since(&caps.list[0], rows[i].zone, now),
				(long long)cap_until(
					&caps.list[0], rows[i].zone, now, oldest));
		strbuf_done(&err);
		strbuf_done(&out);
	}
}

static void
words_are_filled_in(void **state)
{
	(void)state;
	struct policy *policy = policy_default();
	policy->phone = xstrdup("02-123-4567");
	struct policy_words words = {
		policy, "달빛", "Asia/Seoul", at("2026-03-01T15:00:00Z")};
	struct strbuf out = STRBUF_SENTENCE;
	assert_null(policy_expand(
		&words, "[{shop}] {now:date} {policy.phone} {name} {", &out));
	assert_string_equal(out.s, "[달빛] 2026-03-02 02-123-4567 {name} {");
	strbuf_reset(&out);
	assert_null(policy_expand(&words, "{now:date} 처리되었습니다", &out));
	assert_string_equal(out.s, "2026년 3월 2일 처리되었습니다"); /* as in scripts */
	strbuf_reset(&out);
	assert_string_equal(policy_expand(&words, "무료거부 {policy.optout_080}", &out),
		"policy.optout_080");
	assert_string_equal(out.s, "무료거부");
	free(policy->phone);
	policy->phone = NULL;
	strbuf_reset(&out);
	policy_expand(
		&words, "{policy.phone} Ask. {policy.phone} Stop. {policy.phone}", &out);
	assert_string_equal(out.s, "Ask. Stop.");
	strbuf_done(&out);
	policy_free(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shipped_pack_is_good),
		cmocka_unit_test(known_holidays_are_there),
		cmocka_unit_test(without_a_folder_the_built_in_packs_hold),
		cmocka_unit_test(bad_packs_are_named),
		cmocka_unit_test(bad_policies_are_named),
		cmocka_unit_test(hours_that_exclude_each_other_are_refused),
		cmocka_unit_test(caps_know_their_periods),
		cmocka_unit_test(words_are_filled_in),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
