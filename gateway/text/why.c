#include "gateway/text/why.h"

#include <string.h>

#define HOLES 3

/* '%' takes what stands there; in the Korean 1, 2, 3 in braces put it back. The first
 * that fits counts. */
static const struct {
	const char *rule, *korean;
} whys[] = {
	/* number */
	{"a channel is configured that can carry it", "보낼 수 있는 채널이 있습니다"},
	{"no channel is configured that could carry it",
		"보낼 수 있는 채널이 설정에 없습니다"},
	{"the network says that nobody has this number",
		"통신사가 없는 번호라고 답했습니다"},
	{"a relay number (050), and its order is over",
		"안심번호(050)이고, 그 주문이 끝났습니다"},
	{"a relay number (050) of an order nobody knows any more",
		"안심번호(050)인데 어느 주문의 것인지 알 수 없습니다"},
	/* consent */
	{"it needs no consent of its own, and nobody opted out",
		"따로 동의가 필요 없고, 수신거부도 없습니다"},
	{"judged as service: no recent text of theirs proves a reply",
		"답장이라는 근거(최근에 받은 문자)가 없어 안내 문자로 봅니다"},
	{"the one confirmation of an opt-out may go",
		"수신거부 처리 안내 한 통은 보낼 수 있습니다"},
	{"the contact opted out of marketing", "광고 수신을 거부했습니다"},
	{"the contact opted out of everything", "모든 문자의 수신을 거부했습니다"},
	{"the contact opted out", "수신을 거부했습니다"},
	{"the opt-out covers marketing only", "수신거부는 광고에만 해당합니다"},
	{"a person answers a text sent after the opt-out",
		"수신거부 뒤에 온 문자에 직원이 답합니다"},
	{"a text of theirs looks like an opt-out: somebody has to decide",
		"수신거부로 보이는 문자가 있어 직원의 판단을 기다립니다"},
	{"the contact never agreed to promotions", "광고 수신에 동의한 적이 없습니다"},
	{"their consent was for a time that is over", "동의한 기간이 끝났습니다"},
	{"the number was dead for long since they agreed: it may be somebody else's now",
		"동의한 뒤 오래 쓰이지 않던 번호입니다. 주인이 바뀌었을 수 있습니다"},
	{"a consent by '%' is not enough for %",
		"'{1}' 방식의 동의로는 부족합니다 ({2})"},
	{"renew due: their consent is too old for %",
		"동의한 지 오래되어 다시 받아야 합니다 ({1})"},
	{"they agreed (%)", "수신에 동의했습니다 ({1})"},
	{"the person was forgotten", "정보 삭제를 요청한 사람입니다"},
	/* script */
	{"no script takes it back", "대화나 여정이 취소하지 않았습니다"},
	{"they left the journey: %", "여정에서 나갔습니다: {1}"},
	{"the journey is over: %", "여정이 끝났습니다: {1}"},
	{"what began the journey no longer holds",
		"여정을 시작한 조건이 더는 맞지 않습니다"},
	{"they asked once, and have been told", "요청한 안내를 이미 보냈습니다"},
	{"% was canceled", "캠페인 {1} 취소됨"},
	{"%: the goal is reached", "{1}: 목표를 이미 이루었습니다"},
	{"%: no longer in its audience", "{1}: 더는 대상에 들지 않습니다"},
	/* talking, duplicate, expiry */
	{"no ticket is open", "열린 문의가 없습니다"},
	{"an open ticket silences promotions only", "열린 문의는 광고만 멈춥니다"},
	{"a person is talking with them: promotions are silent",
		"직원이 상담 중이라 광고를 멈췄습니다"},
	{"it repeats nothing", "같은 내용을 보낸 적이 없습니다"},
	{"the same promotion went to them not long ago",
		"같은 광고를 얼마 전에 보냈습니다"},
	{"the key was used before: message % has it", "이미 쓴 키입니다: 문자 {1}"},
	{"it has not expired", "유효 시간이 남았습니다"},
	{"it never expires", "유효 시간 제한이 없습니다"},
	{"its time to be useful is over", "유효 시간이 지났습니다"},
	{"refused until its time was over: %",
		"유효 시간이 지날 때까지 통신사가 거절했습니다: {1}"},
	/* schedule, order */
	{"nothing asks it to wait", "기다릴 이유가 없습니다"},
	{"the clock of this computer cannot be right%",
		"이 컴퓨터의 시계가 맞지 않습니다{1}"},
	{"% is paused by a person", "사람이 멈춰 두었습니다: {1}"},
	{"it was asked to leave later", "나중에 보내도록 예약했습니다"},
	{"the network refused for now; it is tried again",
		"통신사가 잠시 거절해 다시 시도합니다"},
	{"tried again later: %", "나중에 다시 시도합니다: {1}"},
	{"no earlier text to this contact is on its way", "먼저 보낼 문자가 없습니다"},
	{"an earlier text to this contact goes first",
		"이 사람에게 먼저 보낼 문자가 있습니다"},
	/* window, cap */
	{"no hours bind it", "시간 제한이 없습니다"},
	{"they agreed to promotions at night", "야간 광고 수신에 동의했습니다"},
	{"within the hours that apply%", "보낼 수 있는 시간입니다"},
	{"the hours that apply leave no moment for it",
		"보낼 수 있는 시간이 전혀 없습니다"},
	{"outside the hours of campaigns, which rest on Sundays (%)",
		"캠페인은 일요일에 쉽니다 ({1})"},
	{"outside the hours of the pack of % (%)",
		"{1} 규정의 발송 시간이 아닙니다 ({2})"},
	{"outside the hours of % (%)", "{1} 시간이 아닙니다 ({2})"},
	{"every cap has room", "발송 횟수 한도에 여유가 있습니다"},
	{"no cap applies", "발송 횟수 한도가 없습니다"},
	{"the cap % of % is full: skipped",
		"발송 횟수 한도 {1}({2})에 이르러 건너뜁니다"},
	{"the cap % of % is full", "발송 횟수 한도 {1}({2})에 이르렀습니다"},
	/* wording, budget, breaker */
	{"nothing is asked of its wording", "문구에 요구되는 것이 없습니다"},
	{"it says what the law wants said", "법이 정한 문구가 들어 있습니다"},
	{"the pack of % forbids the wording '%'",
		"{1} 규정이 금지하는 문구입니다: '{2}'"},
	{"the pack of % wants a free number to refuse: set policy.optout_080",
		"{1} 규정은 무료 수신거부 번호를 요구합니다: policy.optout_080을 적어 "
		"주세요"},
	{"the pack of % wants it to begin with %",
		"{1} 규정은 {2}(으)로 시작하기를 요구합니다"},
	{"the pack of % wants the sender's name in it",
		"{1} 규정은 보내는 이의 이름을 요구합니다"},
	{"the pack of % wants a way out at its end: %",
		"{1} 규정은 끝에 수신거부 방법을 요구합니다: {2}"},
	{"the pack of % lets no promotion leave from a SIM",
		"{1} 규정상 SIM으로는 광고를 보낼 수 없습니다"},
	{"a promotion from a SIM has at most % segment%, this one has % "
	 "(policy.sim_ad_parts)",
		"SIM으로 보내는 광고는 {1}건까지인데 이 문자는 {3}건입니다 "
		"(policy.sim_ad_parts)"},
	{"the channel's budgets have room", "채널의 발송 한도에 여유가 있습니다"},
	{"the SIM of % has had its % (%)", "{1} SIM의 한도를 다 썼습니다: {2} ({3})"},
	{"the pace of promotions by %", "{1} 채널의 광고 발송 속도를 지킵니다"},
	{"policy.budget of % is used up", "policy.budget {1} 예산을 다 썼습니다"},
	{"a healthy channel is there", "쓸 수 있는 채널이 있습니다"},
	{"no channel is ready", "준비된 채널이 없습니다"},
	{"a person paused this channel", "사람이 이 채널을 멈춰 두었습니다"},
	/* how it ended */
	{"it had no part in how it ended", "결과에 영향을 주지 않았습니다"},
	{"the gateway ended while the modem had it",
		"모뎀이 보내는 동안 프로그램이 끝났습니다"},
	{"the modem gave no answer; the message may have gone out",
		"모뎀이 답하지 않았습니다. 나갔을 수도 있습니다"},
	{"a person took it back", "사람이 취소했습니다"},
	{"proven not sent, and closed by then",
		"나가지 않은 것이 확인되었고, 이미 닫혔습니다"},
	{"closed: a person left it so", "사람이 그대로 두기로 했습니다"},
};

const char *
why_pattern(size_t i)
{
	return i < ARRAY_LEN(whys) ? whys[i].rule : NULL;
}

struct hole {
	const char *at;
	size_t len;
};

/* A hole takes as little as it can, the last one the rest. */
static bool
fits(const char *pattern, const char *text, struct hole holes[HOLES])
{
	for (size_t hole = 0; *pattern;) {
		if (*pattern != '%') {
			if (*pattern++ != *text++)
				return false;
			continue;
		}
		size_t n = strcspn(++pattern, "%");
		const char *end = text + strlen(text), *stop = end;
		for (const char *p = text; n && p + n <= end; p++)
			if (!strncmp(p, pattern, n) && (pattern[n] || p + n == end)) {
				stop = p;
				break;
			}
		if ((n && stop == end) || hole == HOLES)
			return false;
		holes[hole++] = (struct hole){text, (size_t)(stop - text)};
		text = stop;
	}
	return !*text;
}

static void
fill(const char *korean, const struct hole holes[HOLES], struct strbuf *out)
{
	for (const char *p = korean; *p; p++)
		if (*p == '{' && p[1] >= '1' && p[1] <= '0' + HOLES && p[2] == '}') {
			const struct hole *h = &holes[p[1] - '1'];
			strbuf_add(out, h->at ? h->at : "", h->len);
			p += 2;
		} else {
			strbuf_putc(out, *p);
		}
}

bool
why_korean(const char *rule, struct strbuf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(whys); i++) {
		struct hole holes[HOLES] = {{NULL, 0}};
		if (!fits(whys[i].rule, rule, holes))
			continue;
		fill(whys[i].korean, holes, out);
		return true;
	}
	strbuf_puts(out, rule);
	return false;
}
