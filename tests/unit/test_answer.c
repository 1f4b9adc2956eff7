/* text/match, numeral, date, answer: replies as customers write them, Korean and English.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/text/answer.h"
#include "gateway/text/date.h"
#include "gateway/text/match.h"
#include "gateway/text/numeral.h"

#define ZONE "Asia/Seoul"
#define NOW  INT64_C(1795240800000) /* Saturday 2026-11-21, 15:00 in Seoul */

/* ---- words ---- */

static const struct {
	const char *said, *word;
	enum match_mode mode;
	bool expect;
} words[] = {
	{"주문", "주문", MATCH_EXACT, true},
	{"주문이", "주문", MATCH_EXACT, false},
	{"주문이요", "주문", MATCH_WORD, true},
	{"네 주문이요", "주문", MATCH_WORD, true},
	{"주문 취소", "주문", MATCH_WORD, false},
	{"주문이 안 와요", "주문", MATCH_FIRST_WORD, true},
	{"배송은 언제 와요", "배송", MATCH_ANY_WORD, true},
	{"제 배송은요?", "배송", MATCH_ANY_WORD, true},
	{"배송지 변경", "배송", MATCH_ANY_WORD, false},
	{"배송지를 바꿀게요", "배송", MATCH_ANY_WORD, false},
	{"배송비가 얼마예요?", "배송비", MATCH_ANY_WORD, true},
	{"배송비가 얼마예요?", "배송", MATCH_ANY_WORD, false},
	{"취소해 주세요", "취소", MATCH_ANY_WORD, true},
	{"취소해주세요", "취소", MATCH_ANY_WORD, true},
	{"주문 안 왔어요", "주문", MATCH_ANY_WORD, true},
	{"동의하지 않아요", "동의", MATCH_ANY_WORD, false},
	{"가입해지", "가입", MATCH_FIRST_WORD, false},
	{"가입할게요!", "가입", MATCH_FIRST_WORD, true},
	{"저 가입할게요", "가입", MATCH_FIRST_WORD, false},
	{"무료배송", "배송", MATCH_ANY_WORD, false},
	{"where is my order?", "order", MATCH_ANY_WORD, true},
	{"my orders", "order", MATCH_ANY_WORD, false},
	{"ORDER!!", "order", MATCH_EXACT, true},
	{"order를 찾아요", "order", MATCH_ANY_WORD, true},
	{"is it back in stock yet", "back in stock", MATCH_PHRASE, true},
	{"back, in stock", "back in stock", MATCH_PHRASE, true},
	{"back stock in", "back in stock", MATCH_PHRASE, false},
	{"주문 취소요", "주문취소", MATCH_ANY_WORD, false},
	{"주문 취소", "주문취소", MATCH_ANY_WORD, true},
	{"주문취소", "주문 취소", MATCH_ANY_WORD, true},
	{"join please", "join", MATCH_WORD, true},
	{"네", "네", MATCH_ANY_WORD, true},
	{"네요", "네", MATCH_ANY_WORD, true},
	{"네가 그랬잖아", "네", MATCH_ANY_WORD, false},
	{"", "네", MATCH_ANY_WORD, false},
};

static void
words_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		struct strbuf said = STRBUF_INIT(512), word = STRBUF_INIT(512);
		words_normalise(words[i].said, &said);
		words_normalise(words[i].word, &word);
		print_message("%s / %s\n", words[i].said, words[i].word);
		assert_int_equal(
			match_word(said.s, word.s, words[i].mode), words[i].expect);
		strbuf_done(&said);
		strbuf_done(&word);
	}
}

/* ---- choosing ---- */

struct question {
	const char *words[4];
	enum match_mode modes[4];
	bool strict[4];
	unsigned fuzzy;
};

static const struct question age = {
	.words = {"1, 네, 예, 응, ㅇㅇ, yes, y", "2, 아니, 아뇨, ㄴㄴ, no, n"}};
static const struct question agree = {
	.words = {"동의, 동의합니다, yes", "아니, 안해요, no"},
	.modes = {MATCH_EXACT},
	.strict = {true},
	.fuzzy = 1};
static const struct question skin = {
	.words = {"1, 당김, 건성", "2, 번들, 번들거림, 지성", "3, 복합, 다름, 트러블"},
	.fuzzy = 1};
static const struct question more = {
	.words = {"1, 상담, 상담원, 사람", "2, 취소, 반품, 환불",
		"3, 아니, 아뇨, 괜찮아요, 감사"}};
static const struct question english = {
	.words = {"1, delivery", "2, delivered", "3, returns, refund"}, .fuzzy = 2};

static const struct {
	const struct question *question;
	const char *reply;
	int expect; /* -1: none */
} choices[] = {
	{&age, "1", 0},
	{&age, "１", 0},
	{&age, "①", 0},
	{&age, "1️⃣", 0},
	{&age, "1번", 0},
	{&age, "1번이요", 0},
	{&age, "1번이요~ ^^", 0},
	{&age, "일번이요", 0},
	{&age, "첫번째", 0},
	{&age, "ㅇㅇ", 0},
	{&age, "네!", 0},
	{&age, "네 맞아요", 0},
	{&age, "Yes.", 0},
	{&age, "YES", 0},
	{&age, "Y!", 0},
	{&age, "yes please", 0},
	{&age, "예 그렇습니다", 0},
	{&age, "아니요", 1},
	{&age, "아뇨 ㅠㅠ", 1},
	{&age, "ㄴㄴ", 1},
	{&age, "2번", 1},
	{&age, "no", 1},
	{&age, "No, thanks", 1},
	{&age, "\"2\"", 1},
	{&age, "2 감사합니다", 1},
	{&age, "3", -1},
	{&age, "12", -1},
	{&age, "1 아니면 2", -1},
	{&age, "네 아니 음", -1},
	{&age, "글쎄요", -1},
	{&age, "", -1},
	{&age, "👍", -1},
	{&age, "네가 뭔데", -1},
	{&agree, "동의", 0},
	{&agree, "동의합니다.", 0},
	{&agree, "‘동의’", 0},
	{&agree, "YES!", 0},
	{&agree, "동으", -1},
	{&agree, "동의 안해요", 1},
	{&agree, "동의해요", -1},
	{&agree, "동의 하기 전에 질문", -1},
	{&agree, "동의합니디", -1},
	{&agree, "1", -1},
	{&skin, "건성ㅋㅋ", 0},
	{&agree, "동의ㅎㅎ", -1},
	{&skin, "건성이에요", 0},
	{&skin, "건성인데요", 0},
	{&skin, "번들거람", 1},
	{&skin, "번들거림이요", 1},
	{&skin, "트러불", 2},
	{&skin, "간성", -1},
	{&skin, "지선", -1},
	{&skin, "3", 2},
	{&skin, "세번째요", 2},
	{&more, "상담원이요", 0},
	{&more, "사람 연결해 주세요", 0},
	{&more, "환불해 주세요", 1},
	{&more, "반품하고싶어요", 1},
	{&more, "괜찮아요 감사합니다", 2},
	{&more, "상담 말고 반품", -1},
	{&more, "배송지 바꿔 주세요", -1},
	{&more, "취소 안 할게요", -1},
	{&english, "delivery", 0},
	{&english, "delivred", 1},
	{&english, "delivere", -1},
	{&english, "refnud", 2},
	{&english, "refund please", 2},
	{&english, "number 3", 2},
	{&english, "the 2nd", 1},
	{&english, "three", 2},
};

static void
choices_are_made(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
		const struct question *q = choices[i].question;
		struct wordset lists[4];
		struct match_choice c[4];
		size_t n = 0;
		for (; n < 4 && q->words[n]; n++) {
			wordset_init(&lists[n], q->words[n]);
			c[n] = (struct match_choice){
				&lists[n], q->modes[n], q->strict[n]};
		}
		size_t found = match_choose(choices[i].reply, c, n, q->fuzzy);
		print_message("%s\n", choices[i].reply);
		assert_int_equal(
			found == MATCH_NONE ? -1 : (int)found, choices[i].expect);
		while (n--)
			wordset_done(&lists[n]);
	}
}

/* ---- numbers ---- */

static const struct {
	const char *text;
	double expect; /* -999: none */
} numbers[] = {
	{"3", 3},
	{"３", 3},
	{"  3 ", 3},
	{"3.", 3},
	{"3!", 3},
	{"-2", -2},
	{"3번", 3},
	{"3번이요", 3},
	{"3점이요~", 3},
	{"4점 정도요", 4},
	{"3만원", 30000},
	{"3만 원이요", 30000},
	{"3만5천원", 35000},
	{"3만 5천원", 35000},
	{"삼만원", 30000},
	{"삼만오천원", 35000},
	{"이십오", 25},
	{"만원", 10000},
	{"십", 10},
	{"백이십", 120},
	{"1.5만", 15000},
	{"1억 2천만원", 120000000},
	{"1,200원", 1200},
	{"1,200,000", 1200000},
	{"12,00", -999},
	{"2.5", 2.5},
	{"세 개", 3},
	{"네 명이요", 4},
	{"네", -999},
	{"한 번", 1},
	{"한", -999},
	{"둘", 2},
	{"하나요", 1},
	{"열두 명", 12},
	{"스물다섯", 25},
	{"스물네 살", 24},
	{"첫번째", 1},
	{"두 번째요", 2},
	{"일", 1},
	{"오", 5},
	{"구점", 9},
	{"three", 3},
	{"Three!", 3},
	{"twenty five", 25},
	{"twenty-five", 25},
	{"fourteen", 14},
	{"two hundred", 200},
	{"2nd", 2},
	{"number 3", 3},
	{"no. 3", 3},
	{"#3", 3},
	{"약 3만원", 30000},
	{"₩30,000", 30000},
	{"$5", 5},
	{"5 stars", 5},
	{"3 감사합니다", 3},
	{"(3)", 3},
	{"", -999},
	{"no", -999},
	{"1 2", -999},
	{"1~3", -999},
	{"3번 4번", -999},
	{"someone", -999},
	{"oneself", -999},
	{"010-1234-5678", -999},
	{"9999999999999999999", -999},
	{"이요", 2},
};

static void
numbers_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		struct numeral n = {.value = -999};
		bool found = numeral_read(numbers[i].text, &n);
		print_message("%s\n", numbers[i].text);
		assert_int_equal(found, numbers[i].expect != -999);
		assert_true(n.value == numbers[i].expect);
	}
}

static const struct {
	const char *text;
	double expect;
} inside[] = {
	{"음 4점 드릴게요", 4},
	{"저는 3번이요", 3},
	{"예산은 5만원 정도", 50000},
	{"I'd say 4", 4},
	{"maybe three", 3},
	{"3이나 4", -999},
	{"이 상품 좋아요", -999},
	{"일 때문에요", -999},
	{"I have 12 cats and one dog", -999},
	{"아주 길게 쓰면 그 안의 3은 답이 아니에요", -999},
	{"배송이 3일째 안 와요", -999},
};

static void
numbers_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(inside); i++) {
		struct numeral n = {.value = -999};
		bool found = numeral_find(inside[i].text, &n);
		print_message("%s\n", inside[i].text);
		assert_int_equal(found, inside[i].expect != -999);
		assert_true(n.value == inside[i].expect);
	}
}

/* ---- what a step accepts ---- */

static const struct {
	const char *accept, *reply, *expect; /* NULL: refused */
} accepted[] = {
	{"number 1-5", "5", "5"},
	{"number 1-5", "5점", "5"},
	{"number 1-5", "4/5", "4"},
	{"number 1-5", "오점 만점에 5점", NULL},
	{"number 1-5", "6", NULL},
	{"number 1-5", "0", NULL},
	{"number 1-5", "4.5", NULL},
	{"number 0.5-5", "4.5", "4.5"},
	{"number 1-5", "별로", NULL},
	{"number 1-50", "3만원", "3"},
	{"number 1-50", "삼만원이요", "3"},
	{"number 1-50", "30,000원", "3"},
	{"number 1-50", "3", "3"},
	{"number 1-50", "30000", NULL},
	{"number 1-50", "35000원", NULL},
	{"number 1-100000", "3만원", "30000"},
	{"number 0-10", "열", "10"},
	{"number 0-10", "0점", "0"},
	{"number -5-5", "-3", "-3"},
	{"yesno", "네", "yes"},
	{"yesno", "넵!", "yes"},
	{"yesno", "ㅇㅋ", "yes"},
	{"yesno", "1", "yes"},
	{"yesno", "네 부탁드려요", "yes"},
	{"yesno", "Yes, please.", "yes"},
	{"yesno", "yep", "yes"},
	{"yesno", "네 그때 갈게요", "yes"},
	{"yesno", "아니요", "no"},
	{"yesno", "괜찮아요", "no"},
	{"yesno", "no thank you", "no"},
	{"yesno", "2번", "no"},
	{"yesno", "안 할래요", "no"},
	{"yesno", "언제요?", NULL},
	{"yesno", "네 아니요", NULL},
	{"yesno", "", NULL},
	{"pattern [0-9]{6}", "123456", "123456"},
	{"pattern [0-9]{6}", "123456이요", "123456"},
	{"pattern [0-9]{6}", "주문번호는 123456 입니다", "123456"},
	{"pattern [0-9]{6}", "１２３４５６", "123456"},
	{"pattern [0-9]{6}", "1234567", NULL},
	{"pattern [0-9]{6}", "12345", NULL},
	{"pattern [A-Z]{2}[0-9]+", "Ab12", "Ab12"},
	{"pattern (a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", NULL},
	{"phone", "010-1234-5678", "01012345678"},
	{"phone", "제 번호는 010 1234 5678이에요", "01012345678"},
	{"phone", "+82 10-1234-5678", "+821012345678"},
	{"phone", "1234", NULL},
	{"any", "아무 말", "아무 말"},
	{"any", "  ", NULL},
	{"date", "2026-12-25", "2026-12-25"},
	{"date", "2026.12.25", "2026-12-25"},
	{"date", "2026년 12월 25일이요", "2026-12-25"},
	{"date", "26.12.25", "2026-12-25"},
	{"date", "12월 25일", "2026-12-25"},
	{"date", "12/25", "2026-12-25"},
	{"date", "1225", "2026-12-25"},
	{"date", "20261225", "2026-12-25"},
	{"date", "3월 5일", "2027-03-05"},
	{"date", "11/21", "2026-11-21"},
	{"date", "11/20", "2027-11-20"},
	{"date", "십이월 이십오일", "2026-12-25"},
	{"date", "시월 삼일", "2027-10-03"},
	{"date", "2026-02-30", NULL},
	{"date", "13월 1일", NULL},
	{"date", "2월 29일", "2028-02-29"},
	{"date", "오늘", "2026-11-21"},
	{"date", "내일이요", "2026-11-22"},
	{"date", "모레", "2026-11-23"},
	{"date", "내일모레", "2026-11-23"},
	{"date", "3일 뒤", "2026-11-24"},
	{"date", "일주일 후", "2026-11-28"},
	{"date", "2주 뒤에 갈게요", "2026-12-05"},
	{"date", "한달 뒤", "2026-12-21"},
	{"date", "금요일", "2026-11-27"},
	{"date", "토요일", "2026-11-28"},
	{"date", "이번주 일요일", "2026-11-22"},
	{"date", "다음 주 화요일에요", "2026-11-24"},
	{"date", "다다음주 월", "2026-11-30"},
	{"date", "25일", "2026-11-25"},
	{"date", "5일이요", "2026-12-05"},
	{"date", "다음달 5일", "2026-12-05"},
	{"date", "나중에", NULL},
	{"date", "tomorrow", "2026-11-22"},
	{"date", "Next Tuesday", "2026-11-24"},
	{"date", "friday please", "2026-11-27"},
	{"date", "Dec 25th", "2026-12-25"},
	{"date", "25 December 2026", "2026-12-25"},
	{"date", "in 3 days", "2026-11-24"},
	{"date", "a week from now", "2026-11-28"},
	{"date", "the day after tomorrow", "2026-11-23"},
	{"date", "may", NULL},
	{"date", "sunny", NULL},
	{"date past", "3월 5일", "2026-03-05"},
	{"date past", "12/25", "2025-12-25"},
	{"date past", "90.3.5", "1990-03-05"},
	{"date past", "901231", "1990-12-31"},
	{"date past", "1999년 1월 2일", "1999-01-02"},
	{"date past", "3일 전", "2026-11-18"},
	{"number 1-100", "스물 다섯 개", "25"},
	{"number 1-100", "서른 두 살", "32"},
	{"number 1-100", "열 하나", "11"},
	{"number 1-100", "스물 네", "24"},
	{"number 1-100", "3️⃣", "3"},
	{"number 1-100", "3️⃣이요", "3"},
	{"number 1-100", "3👍", "3"},
	{"number 1-100", "３EA", "3"},
	{"number 1-100000", "20k", "20000"},
	{"number 1-100", "20k", NULL},
	{"number 1-100", "20kg", "20"},
	{"number 1-100", "3ㅋㅋ", "3"},
	{"number 1-100", "세 개요ㅠㅠ", "3"},
	{"yesno", "네ㅋㅋ", "yes"},
	{"yesno", "okㅋㅋㅋ", "yes"},
	{"yesno", "아니요ㅠㅠ", "no"},
	{"yesno", "ㅇㅋㅋㅋ", NULL},
	{"date", "내일이요ㅎㅎ", "2026-11-22"},
	{"yesno", "옙", "yes"},
	{"yesno", "👍", "yes"},
	{"yesno", "⭕", "yes"},
	{"yesno", "🙆‍♀️", "yes"},
	{"yesno", "ㅇㅇㅇ", "yes"},
	{"yesno", "o", "yes"},
	{"yesno", "X", "no"},
	{"yesno", "❌", "no"},
	{"yesno", "🙅🏻", "no"},
	{"yesno", "👍👎", NULL},
	{"yesno", "🎉", NULL},
	{"yesno", "아뇨아뇨", "no"},
	{"yesno", "노노", "no"},
	{"yesno", "ㄴㄴㄴ", "no"},
	{"yesno", "안돼요", "no"},
	{"yesno", "원하지 않아요", "no"},
	{"yesno", "응 아니야", NULL},
	{"yesno", "네 근데 ㄴㄴ", NULL},
	{"phone", "공일공 1234 5678", "01012345678"},
	{"phone", "공일공-일이삼사-오육칠팔", "01012345678"},
	{"phone", "010–1234–5678", "01012345678"},
	{"phone", "010-1111-2222나 010-3333-4444", NULL},
	{"phone", "이 번호요 010-1234-5678", "01012345678"},
	{"date", "금욜", "2026-11-27"},
	{"date", "담주 월욜이요", "2026-11-23"},
	{"date", "금요일 말고 토요일", NULL},
	{"date", "오늘 말고 내일", NULL},
	{"date", "12월 5일이나 6일", NULL},
	{"date", "12월 5일 토요일", "2026-12-05"},
	{"date", "12월 5일 일요일", NULL},
	{"date", "금요일 27일", "2026-11-27"},
	{"date", "금요일 12월 4일", "2026-12-04"},
	{"date", "내일 오후 3시 30분", "2026-11-22"},
	{"date", "내일 11.30", NULL},
	{"date", "다음달 둘째주 금요일", NULL},
	{"date", "배송 3일째", NULL},
	{"date", "12/31/2026", "2026-12-31"},
	{"date past", "음력 3월 5일", NULL},
	{"date past", "1990년생 3월 5일", "1990-03-05"},
	{"date past", "90년생 3월 5일", "1990-03-05"},
	{"date past", "2030-01-01", NULL},
	{"time", "half past seven", "07:30"},
	{"time", "quarter to four", "15:45"},
	{"time", "seven pm", "19:00"},
	{"time", "three o'clock", "15:00"},
	{"time", "밤 24시", "00:00"},
	{"time", "24시 30분", NULL},
	{"time", "오후 3시", "15:00"},
	{"time", "오후 3시 반이요", "15:30"},
	{"time", "세시 반", "15:30"},
	{"time", "3시", "15:00"},
	{"time", "10시", "10:00"},
	{"time", "15:30", "15:30"},
	{"time", "3:30pm", "15:30"},
	{"time", "3pm", "15:00"},
	{"time", "3 p.m.", "15:00"},
	{"time", "오전 9시 10분", "09:10"},
	{"time", "noon", "12:00"},
	{"time", "정오", "12:00"},
	{"time", "자정", "00:00"},
	{"time", "half past 4", "16:30"},
	{"time", "quarter to 5", "16:45"},
	{"time", "1530", "15:30"},
	{"time", "저녁 7시", "19:00"},
	{"time", "25시", NULL},
	{"time", "3시간 뒤", NULL},
	{"time", "나중에", NULL},
	{"time 10:00-18:00", "9시", NULL},
	{"time 10:00-18:00", "5시", "17:00"},
	{"time 06:00-09:00", "7시", "07:00"},
	{"time 18:00-22:00", "8시", "20:00"},
	{"time 10:00-18:00", "11", "11:00"},
};

static void
answers_are_accepted(void **state)
{
	static const struct answer_env env = {.now = NOW, .zone = ZONE, .lang = "ko"};
	unsigned wrong = 0;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(accepted); i++) {
		struct answer_accept a;
		struct strbuf out = STRBUF_INIT(1024), err = STRBUF_SENTENCE;
		print_message("%s: %s\n", accepted[i].accept, accepted[i].reply);
		if (answer_parse(accepted[i].accept, &a, &err) < 0)
			fail_msg("%s", err.s);
		const char *expect = accepted[i].expect;
		expect = expect ? expect : "(refused)";
		bool found = answer_read(&a, accepted[i].reply, &env, &out);
		if (strcmp(found ? out.s : "(refused)", expect) != 0) {
			print_error("%s: %s gave %s, not %s\n", accepted[i].accept,
				accepted[i].reply, found ? out.s : "(refused)", expect);
			wrong++;
		}
		strbuf_done(&out);
		strbuf_done(&err);
	}
	assert_int_equal(wrong, 0);
}

static void
english_dates_have_an_order(void **state)
{
	static const struct {
		const char *text, *lang;
		bool day_first;
		const char *expect;
	} rows[] = {{"3/4", "en", false, "2027-03-04"}, {"3/4", "en", true, "2027-04-03"},
		{"25/12", "en", false, "2026-12-25"},
		{"12/25/26", "en", false, "2026-12-25"},
		{"25/12/2026", "en", true, "2026-12-25"},
		{"3/4/2027", "en", false, "2027-03-04"}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct answer_env env = {.now = NOW,
			.zone = ZONE,
			.lang = rows[i].lang,
			.day_first = rows[i].day_first};
		struct answer_accept a;
		struct strbuf out = STRBUF_INIT(64);
		print_message("%s\n", rows[i].text);
		assert_int_equal(answer_parse("date", &a, NULL), 0);
		assert_true(answer_read(&a, rows[i].text, &env, &out));
		assert_string_equal(out.s, rows[i].expect);
		strbuf_done(&out);
	}
}

static const char *const mistakes[][2] = {
	{"numbr 1-5", "nothing is called 'numbr' here; did you mean 'number'?"},
	{"number", "'number' lacks its range; write number 1-5"},
	{"number five", "'number five' lacks its range; write number 1-5"},
	{"number 5-1", "'number 5-1' runs backwards"},
	{"yesno please", "'yesno' takes nothing after it, not 'please'"},
	{"date soon", "'date' takes nothing after it, not 'soon'"},
	{"time 10-18", "'time 10-18' is not a range of hours; write time 10:00-18:00"},
	{"pattern",
		"'pattern' wants an expression of at most 255 bytes: pattern [0-9]{6}"},
	{"pattern [0-9",
		"'[0-9' is not a pattern: U_REGEX_MISSING_CLOSE_BRACKET at character 5"},
};

static void
mistakes_get_a_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		struct answer_accept a;
		struct strbuf err = STRBUF_SENTENCE;
		assert_true(answer_parse(mistakes[i][0], &a, &err) < 0);
		assert_string_equal(err.s, mistakes[i][1]);
		strbuf_done(&err);
	}
}

static void
courtesy_is_known(void **state)
{
	static const struct {
		const char *text;
		bool expect;
	} rows[] = {{"감사합니다", true}, {"네 감사합니다~", true}, {"넵!!", true},
		{"ok thanks", true}, {"Thank you so much", true}, {"👍", true},
		{"👍👍", true}, {"ㅎㅎ", true}, {"넵 ㅋㅋ", true}, {"네", true},
		{"감사합니다 그런데 언제 와요", false}, {"네?", false}, {"", false},
		{"...", false}, {"😡", false}, {"thanks but where is it", false},
		{"a lot", false}, {"감사합니다 1", false}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].text);
		assert_int_equal(words_courtesy(rows[i].text), rows[i].expect);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_match),
		cmocka_unit_test(choices_are_made),
		cmocka_unit_test(numbers_are_read),
		cmocka_unit_test(numbers_are_found),
		cmocka_unit_test(answers_are_accepted),
		cmocka_unit_test(english_dates_have_an_order),
		cmocka_unit_test(mistakes_get_a_sentence),
		cmocka_unit_test(courtesy_is_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
