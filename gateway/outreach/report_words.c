#include "gateway/outreach/report_words.h"

#include <string.h>

#include "gateway/base/def.h"

static const struct {
	const char *en, *ko;
} words[] = {
	/* measures, and how each is made */
	{"Texts sent", "보낸 문자"},
	{"sent + delivered + undelivered", "전송 + 도착 + 미도착"},
	{"Texts received", "받은 문자"},
	{"texts from customers", "고객이 보낸 문자"},
	{"Delivered", "도착률"},
	{"delivered / sent x 100", "도착 / 보낸 문자 x 100"},
	{"Failed", "실패율"},
	{"failed / (failed + sent) x 100", "실패 / (실패 + 보낸 문자) x 100"},
	{"Clicked", "클릭률"},
	{"texts with a clicked link / texts sent with a link x 100, machines not counted",
		"링크를 누른 문자 / 링크가 든 문자 x 100, 기계 방문 제외"},
	{"Replied", "답장률"},
	{"texts answered within a day / sent x 100",
		"하루 안에 답이 온 문자 / 보낸 문자 x 100"},
	{"Time to their reply", "답장까지 걸린 시간"},
	{"median from our text to the first reply", "문자부터 첫 답장까지의 중앙값"},
	{"People who agreed", "동의한 사람"},
	{"by keyword, at the desk, by import, all together",
		"키워드, 상담, 가져오기 등 모두 합쳐"},
	{"Opt-in", "수신 동의율"},
	{"people who agreed / people who were asked x 100",
		"동의한 사람 / 물어본 사람 x 100"},
	{"Opt-out", "수신 거부율"},
	{"people who left / people who had a promotion x 100",
		"거부한 사람 / 광고를 받은 사람 x 100"},
	{"Cost of texts", "문자 비용"},
	{"price of a segment x segments", "건당 단가 x 건수"},
	{"Revenue", "매출"},
	{"sum of orders that count", "유효 주문 금액의 합"},
	{"Average order (AOV)", "평균 주문액 (AOV)"},
	{"revenue / orders", "매출 / 주문 수"},
	{"Spent so far per customer (LTV)", "고객당 누적 구매액 (LTV)"},
	{"all revenue ever / customers ever", "전체 기간 매출 / 전체 기간 고객 수"},
	{"Orders of returning customers", "재구매 주문 비율"},
	{"orders after somebody's first / orders x 100",
		"첫 주문 이후의 주문 / 주문 x 100"},
	{"Average first order", "첫 주문 평균"},
	{"revenue of first orders / first orders", "첫 주문 매출 / 첫 주문 수"},
	{"Average later order", "재주문 평균"},
	{"revenue of later orders / later orders", "재주문 매출 / 재주문 수"},
	{"Retention", "고객 유지율"},
	{"customers of the span before who bought again in this one / customers of the "
	 "span before x 100",
		"직전 기간 고객 중 이번에 다시 산 사람 / 직전 기간 고객 x 100"},
	{"Conversion", "구매 전환율"},
	{"orders credited to a text / texts sent x 100",
		"문자로 이어진 주문 / 보낸 문자 x 100"},
	{"Revenue credited to texts", "문자로 이어진 매출"},
	{"orders after a click, or else after a promotion, within the windows of credit "
	 "= { click, send }; each order once, to the last touch",
		"credit = { click, send } 기간 안에 클릭 뒤, 없으면 광고 뒤에 들어온 "
		"주문; 주문마다 한 "
		"번, 마지막 접점에"},
	{"Return on cost (ROI)", "비용 대비 수익 (ROI)"},
	{"(credited revenue - cost) / cost x 100",
		"(문자로 이어진 매출 - 비용) / 비용 x 100"},
	{"Coupons redeemed", "쿠폰 사용률"},
	{"redeemed of those given / given x 100", "사용된 쿠폰 / 준 쿠폰 x 100"},
	{"Friends whose order stands", "추천 성공률"},
	{"stood / friends who came x 100", "주문이 확정된 친구 / 찾아온 친구 x 100"},
	{"CSAT", "고객 만족도 (CSAT)"},
	{"marks of 9 and 10 / marks x 100", "9, 10점 / 전체 점수 x 100"},
	{"marks of 4 and 5 / marks x 100", "4, 5점 / 전체 점수 x 100"},
	{"NPS", "순추천지수 (NPS)"},
	{"% of 9 and 10 - % of 0 to 6", "9~10점 비율 - 0~6점 비율"},
	{"Tickets answered", "상담 응답률"},
	{"answered / opened x 100", "답한 상담 / 들어온 상담 x 100"},
	{"Feedback acted on", "반영한 의견"},
	{"tickets closed as acted / closed as feedback or acted x 100",
		"'반영'으로 닫은 상담 / '의견'이나 '반영'으로 닫은 상담 x 100"},
	{"Time to our first answer", "첫 답변까지 걸린 시간"},
	{"median from the ticket to the first answer of a person",
		"상담 접수부터 사람의 첫 답변까지의 중앙값"},
	/* notes */
	{"Nothing happened in this period.", "이 기간에는 아무 일도 없었습니다."},
	{"SMS has no open event: nobody can say who read a text. Clicks, replies and "
	 "orders are what is known.",
		"문자에는 열람 신호가 없어 누가 읽었는지는 아무도 알 수 없습니다. 알 수 "
		"있는 것은 클릭, 답장, "
		"주문입니다."},
	{"No tariffs are set (policy.tariffs): texts count as free, and there is no ROI.",
		"요금이 설정되지 않아(policy.tariffs) 문자 비용이 0이며 ROI를 계산하지 "
		"않습니다."},
	{"Not enough data for a best hour yet. Until then Thursday noon is a good guess.",
		"가장 좋은 시간을 말하기에는 자료가 아직 부족합니다. 그때까지는 목요일 "
		"정오가 무난합니다."},
	/* parts that were not counted */
	{"consent", "수신 동의"},
	{"cost", "비용"},
	{"orders", "주문"},
	{"credits", "주문 연결"},
	{"retention", "고객 유지"},
	{"marks", "만족도"},
	{"tickets", "상담"},
	{"sources", "유입 경로"},
	{"journeys", "여정"},
	{"replies", "답장"},
	{"texts", "문자"},
	/* verdicts */
	{"not enough data", "자료 부족"},
	{"no difference beyond chance", "우연을 넘는 차이 없음"},
	{"different", "차이 있음"},
	{"conversion", "구매 전환"},
	{"click", "클릭"},
	{"reply", "답장"},
	/* the page */
	{"Measures", "지표"},
	{"none in this period", "이 기간에 없음"},
	{"not counted", "집계하지 못함"},
	{"few, take care", "적은 수, 해석 주의"},
	{"the same as a table", "표로 보기"},
	{"when", "때"},
	{"None in this period.", "이 기간에는 없습니다."},
	{"below average", "평균 이하"},
	{"Revenue by day", "일별 매출"},
	{"Texts sent by day", "일별 보낸 문자"},
	{"People who left, by day", "일별 수신 거부"},
	{"Answers to promotions by hour", "시간대별 광고 반응"},
	{"Answers to promotions by weekday", "요일별 광고 반응"},
	{"revenue", "매출"},
	{"people", "명"},
	{"replies and clicks of 100 sent", "100건당 답장·클릭"},
	{"of received", "받은 문자"},
	{"of orders", "주문"},
	{"of sent", "보낸 문자"},
	{"Texts, by what said them", "문자별 성과"},
	{"Script", "스크립트"},
	{"Step", "단계"},
	{"Variant", "시안"},
	{"Sent", "보냄"},
	{"Kept back", "보내지 않음"},
	{"Delivered %", "도착 %"},
	{"Click %", "클릭 %"},
	{"Reply %", "답장 %"},
	{"Left", "거부"},
	{"Orders", "주문"},
	{"Cost", "비용"},
	{"Variants, by a two-proportion test", "시안 비교 (두 비율 검정)"},
	{"By", "기준"},
	{"did", "반응"},
	{"B − A, points", "B − A, 포인트"},
	{"95 % from", "95 % 구간, 부터"},
	{"to", "까지"},
	{"Verdict", "판정"},
	{"Journeys", "여정"},
	{"Journey", "여정"},
	{"People", "사람"},
	{"Reached the goal", "목표 달성"},
	{"Goal %", "목표 %"},
	{"Credited", "문자 기여"},
	{"Value", "금액"},
	{"Left alone", "대조군"},
	{"Their goals", "대조군 목표"},
	{"Channels", "채널"},
	{"Channel", "채널"},
	{"Received", "받음"},
	{"People who answer (– nobody took it)", "상담 담당자 (–는 맡은 사람 없음)"},
	{"Agent", "담당자"},
	{"Tickets", "상담"},
	{"Answered", "답변"},
	{"First answer, median s", "첫 답변 중앙값(초)"},
	{"CSAT %", "만족 %"},
	{"Marks", "평가 수"},
	{"Where customers come from (ever)", "고객 유입 경로 (전체 기간)"},
	{"Source", "경로"},
	{"Agreed %", "동의 %"},
	{"Spent", "구매액"},
	{"Mon", "월"},
	{"Tue", "화"},
	{"Wed", "수"},
	{"Thu", "목"},
	{"Fri", "금"},
	{"Sat", "토"},
	{"Sun", "일"},
};

const char *
report_word(const char *language, const char *english)
{
	if (!language || strcmp(language, "ko") != 0)
		return english;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(words[i].en, english))
			return words[i].ko;
	return english;
}

const char *
report_language(const char *country)
{
	return country && !strcmp(country, "KR") ? "ko" : "en";
}
