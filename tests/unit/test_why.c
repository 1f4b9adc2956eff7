/* What the gates say, in Korean: every sentence they make is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/core/plan.h"
#include "gateway/text/why.h"
#include "tests/lib/rig.h"

static struct rig r;

static void
sentences_are_translated(void **state)
{
	static const struct {
		const char *rule, *korean;
	} rows[] = {
		{"the contact never agreed to promotions",
			"광고 수신에 동의한 적이 없습니다"},
		{"outside the hours of the pack of KR (Asia/Seoul)",
			"KR 규정의 발송 시간이 아닙니다 (Asia/Seoul)"},
		{"outside the hours of policy.quiet (Asia/Seoul)",
			"policy.quiet 시간이 아닙니다 (Asia/Seoul)"},
		{"the cap 2/7d of policy.caps.promo is full: skipped",
			"발송 횟수 한도 2/7d(policy.caps.promo)에 이르러 건너뜁니다"},
		{"outside the hours of campaigns, which rest on Sundays (Asia/Seoul)",
			"캠페인은 일요일에 쉽니다 (Asia/Seoul)"},
		{"spring is paused by a person", "사람이 멈춰 두었습니다: spring"},
		{"they left the journey: bought", "여정에서 나갔습니다: bought"},
		{"a promotion from a SIM has at most 1 segment, this one has 3 "
		 "(policy.sim_ad_parts)",
			"SIM으로 보내는 광고는 1건까지인데 이 문자는 3건입니다 "
			"(policy.sim_ad_parts)"},
		{"spring {2} (x): the goal is reached",
			"spring {2} (x): 목표를 이미 이루었습니다"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct strbuf out = STRBUF_INIT(4096);
		assert_true(why_korean(rows[i].rule, &out));
		assert_string_equal(out.s, rows[i].korean);
		strbuf_done(&out);
	}
}

static void
what_nobody_translated_stays_as_it_is(void **state)
{
	static const char *const rows[] = {"", "+CMS ERROR: 38", "the contact never",
		"the cap of", "100 %", "no ticket is open!"};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct strbuf out = STRBUF_INIT(4096);
		assert_false(why_korean(rows[i], &out));
		assert_string_equal(out.s, rows[i]);
		strbuf_done(&out);
	}
}

/* A pattern may not hide behind one before it. */
static void
every_pattern_is_reached(void **state)
{
	(void)state;
	for (size_t i = 0; why_pattern(i); i++)
		for (size_t k = 0; k < i; k++) {
			struct strbuf a = STRBUF_INIT(4096), b = STRBUF_INIT(4096);
			why_korean(why_pattern(i), &a);
			why_korean(why_pattern(k), &b);
			assert_string_not_equal(a.s, b.s);
			strbuf_done(&a);
			strbuf_done(&b);
		}
}

static void
all_gates_are_known(const char *to, enum message_class cls, int64_t at)
{
	struct strbuf err = STRBUF_SENTENCE, out = STRBUF_INIT(4096);
	struct plan plan;
	struct outbox_request request = {.to = to,
		.text = "오늘만 할인",
		.text_len = strlen("오늘만 할인"),
		.cls = cls,
		.origin = "test",
		.at = at,
		.msg_class = -1};
	assert_int_equal(plan_make(&r.core, &request, &plan, &err), 0);
	for (size_t i = 0; i < plan.verdict.gate_count; i++)
		if (!why_korean(plan.verdict.gates[i].rule, &out))
			fail_msg("not in Korean: %s", plan.verdict.gates[i].rule);
	plan_done(&plan);
	strbuf_done(&out);
	strbuf_done(&err);
}

static void
what_the_gates_say_is_known(void **state)
{
	static const char *const people[] = {
		"+821011110001", "+12125550100", "+442071234567", "+819012345678"};
	(void)state;
	rig_open_with(&r, false, "packs = \"KR, US\";",
		"quiet = { service = \"22:00-07:00\"; }; caps = { promo = \"1/1d\"; };");
	rig_grant(&r, people[1]);
	rig_grant(&r, people[2]);
	for (size_t i = 0; i < ARRAY_LEN(people); i++)
		for (int64_t hour = 0; hour < 24; hour += 3)
			for (enum message_class cls = CLASS_NOTICE;
				cls <= CLASS_MARKETING; cls++)
				all_gates_are_known(
					people[i], cls, r.clock.wall + hour * HOUR);
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sentences_are_translated),
		cmocka_unit_test(what_nobody_translated_stays_as_it_is),
		cmocka_unit_test(every_pattern_is_reached),
		cmocka_unit_test(what_the_gates_say_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
