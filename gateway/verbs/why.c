#include "gateway/verbs/why.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/text/why.h"
#include "gateway/verbs/print.h"

bool
why_in_korean(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);
		if (value && *value)
			return !strncmp(value, "ko", 2);
	}
	return false;
}

const char *
why_say(const char *en, const char *ko)
{
	return why_in_korean() ? ko : en;
}

const char *
why_rule(const char *rule, struct strbuf *scratch)
{
	strbuf_reset(scratch);
	if (rule && why_in_korean())
		why_korean(rule, scratch);
	else
		strbuf_puts(scratch, rule ? rule : "");
	return scratch->s;
}

const char *
why_verdict(const char *verdict)
{
	static const char *const says[][3] = {{"send", "lets it pass", "통과"},
		{"defer", "holds it", "보류"}, {"suppress", "forbids it", "금지"},
		{"expire", "lets it expire", "기한 지남"},
		{"cancel", "cancels it", "취소"}};
	for (size_t i = 0; verdict && i < ARRAY_LEN(says); i++)
		if (!strcmp(says[i][0], verdict))
			return why_say(says[i][1], says[i][2]);
	return verdict;
}

const char *
why_state(const char *state)
{
	static const char *const says[][2] = {{"accepted", "접수됨"}, {"held", "보류 중"},
		{"queued", "차례를 기다림"}, {"sending", "보내는 중"}, {"sent", "발송됨"},
		{"delivered", "도착함"}, {"undelivered", "도착하지 못함"},
		{"failed", "실패"}, {"expired", "유효 시간이 지남"},
		{"canceled", "취소됨"}, {"suppressed", "보내지 않음"},
		{"in_doubt", "나갔는지 확실하지 않음"}, {"received", "받음"}};
	for (size_t i = 0; why_in_korean() && state && i < ARRAY_LEN(says); i++)
		if (!strcmp(says[i][0], state))
			return says[i][1];
	return state;
}

static const char *
gate_name(const char *gate)
{
	static const char *const says[][2] = {{"number", "번호"}, {"consent", "동의"},
		{"script", "대화·여정"}, {"talking", "상담"}, {"duplicate", "중복"},
		{"expiry", "유효 시간"}, {"schedule", "예약·정지"}, {"order", "순서"},
		{"window", "발송 시간"}, {"cap", "횟수"}, {"wording", "문구"},
		{"budget", "한도"}, {"breaker", "채널"}};
	for (size_t i = 0; why_in_korean() && gate && i < ARRAY_LEN(says); i++)
		if (!strcmp(says[i][0], gate))
			return says[i][1];
	return gate;
}

void
why_gates(const json_t *list, const char *zone, bool terse)
{
	static const char *const english[] = {"GATE", "VERDICT", "UNTIL", "RULE"},
				 *const korean[] = {"항목", "판정", "언제까지", "이유"};
	struct strbuf scratch = STRBUF_INIT(4096);
	struct print_table table;
	const json_t *g;
	size_t i;
	print_table_init(&table, why_in_korean() ? korean : english, ARRAY_LEN(english));
	json_array_foreach(list, i, g)
	{
		const char *verdict = print_member(g, "verdict");
		print_cell(&table, gate_name(print_member(g, "gate")));
		print_cell(&table,
			terse && !why_in_korean() ? verdict : why_verdict(verdict));
		print_cell_time(&table, print_member(g, "until"), zone);
		print_cell(&table, why_rule(print_member(g, "rule"), &scratch));
	}
	print_table_end(&table);
	strbuf_done(&scratch);
}
