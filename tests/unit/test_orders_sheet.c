/* Spreadsheets of orders as shops export them, and what stands in their cells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <unicode/ucnv.h>

#include "gateway/base/iso.h"
#include "gateway/text/charset.h"
#include "gateway/text/orderstate.h"
#include "gateway/text/sheet.h"
#include "gateway/core/orders_sheet.h"

/* ---- states ---- */

static const struct {
	const char *word, *state;
} states[] = {
	{"", ""},
	{" - ", ""},
	{"paid", "paid"},
	{"PAID", "paid"},
	{"결제완료", "paid"},
	{"결제 완료", "paid"},
	{"신규주문", "paid"},
	{"입금확인", "paid"},
	{"입금대기", "placed"},
	{"결제대기", "placed"},
	{"주문접수", "placed"},
	{"awaiting payment", "placed"},
	{"상품준비중", "preparing"},
	{"배송준비중", "preparing"},
	{"배송 준비 중", "preparing"},
	{"발송대기", "preparing"},
	{"Processing", "preparing"},
	{"unfulfilled", "preparing"},
	{"배송중", "shipped"},
	{"발송완료", "shipped"},
	{"출고완료", "shipped"},
	{"In Transit", "shipped"},
	{"Fulfilled", "shipped"},
	{"배송출발", "arriving"},
	{"out_for_delivery", "arriving"},
	{"배송완료", "delivered"},
	{"구매확정", "delivered"},
	{"Delivered", "delivered"},
	{"취소요청", "cancel_asked"},
	{"취소완료", "canceled"},
	{"취소", "canceled"},
	{"Cancelled", "canceled"},
	{"주문취소", "canceled"},
	{"취소철회", "preparing"},
	{"반품요청", "return_asked"},
	{"반품수거중", "return_asked"},
	{"반품완료", "returned"},
	{"반품배송중", "return_asked"},
	{"교환요청", "exchange_asked"},
	{"교환완료", "exchanged"},
	{"환불완료", "refunded"},
	{"refunded", "refunded"},
	{"배송지연", "held"},
	{"품절", "held"},
	{"이상한 말", "other"},
	{"🎁", "other"},
};

static void
test_states(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		const char *got = order_state_name(order_state_read(states[i].word));
		if (strcmp(got, states[i].state) != 0)
			fail_msg("%s: %s, not %s", states[i].word, got, states[i].state);
	}
	for (int s = ORDER_PLACED; s < ORDER_STATES; s++) {
		const char *name = order_state_name((enum order_state)s);
		assert_int_equal(order_state_read(name), s);
		if (s == ORDER_HELD || s == ORDER_OTHER)
			continue; /* both are "being looked into" to a customer */
		assert_int_equal(order_state_read(order_state_label(
					 (enum order_state)s, "ko")) == ORDER_OTHER,
			0);
	}
}

/* ---- cells ---- */

static const struct {
	const char *text;
	int digits;
	const char *expect; /* NULL: refused */
} amounts[] = {
	{"32000", 0, "32000"},
	{"32,000", 0, "32000"},
	{"₩32,000", 0, "32000"},
	{"32,000원", 0, "32000"},
	{" 1,234,567 ", 0, "1234567"},
	{"32000.00", 0, "32000"},
	{"32.000", 0, "32000"},
	{"-500", 0, "-500"},
	{"(500)", 0, "-500"},
	{"0", 0, "0"},
	{"12.5", 0, NULL},
	{"12.50", 2, "12.50"},
	{"12.5", 2, "12.50"},
	{"12", 2, "12.00"},
	{"$1,234.56", 2, "1234.56"},
	{"1.234,56 €", 2, "1234.56"},
	{"1,234", 2, "1234.00"},
	{"12,50", 2, "12.50"},
	{"0.005", 2, NULL},
	{"", 0, NULL},
	{"원", 0, NULL},
	{"3만원", 0, NULL},
	{"1e5", 0, NULL},
	{"99999999999999999999999", 0, NULL},
	{"9999999999999999999", 2, NULL},
	{"--5", 0, "-5"},
};

static void
test_amounts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(amounts); i++) {
		int64_t n;
		char text[32] = "refused";
		if (!sheet_amount(amounts[i].text, amounts[i].digits, &n))
			sheet_amount_format(n, amounts[i].digits, text);
		if (strcmp(text, amounts[i].expect ? amounts[i].expect : "refused") != 0)
			fail_msg("'%s' with %d: %s", amounts[i].text, amounts[i].digits,
				text);
	}
	assert_int_equal(sheet_currency_digits("KRW"), 0);
	assert_int_equal(sheet_currency_digits("USD"), 2);
	assert_int_equal(sheet_currency_digits("KWD"), 3);
}

static const struct {
	const char *text, *region, *expect; /* "" refused */
} dates[] = {
	{"2026-11-21", "KR", "2026-11-21T00:00:00.000Z"},
	{"2026-11-21 14:05", "KR", "2026-11-21T14:05:00.000Z"},
	{"2026-11-21 14:05:09", "KR", "2026-11-21T14:05:09.000Z"},
	{"2026.11.21", "KR", "2026-11-21T00:00:00.000Z"},
	{"2026. 11. 21. 오후 2:05:09", "KR", "2026-11-21T14:05:09.000Z"},
	{"2026. 11. 21. 오전 12:05", "KR", "2026-11-21T00:05:00.000Z"},
	{"2026년 1월 2일", "KR", "2026-01-02T00:00:00.000Z"},
	{"20261121", "KR", "2026-11-21T00:00:00.000Z"},
	{"20261121 1405", "KR", ""},
	{"20261121140509", "KR", "2026-11-21T14:05:09.000Z"},
	{"202611211405", "KR", "2026-11-21T14:05:00.000Z"},
	{"26-11-21", "KR", "2026-11-21T00:00:00.000Z"},
	{"11/21/2026 2:05 PM", "US", "2026-11-21T14:05:00.000Z"},
	{"21/11/2026", "GB", "2026-11-21T00:00:00.000Z"},
	{"21.11.2026", "DE", "2026-11-21T00:00:00.000Z"},
	{"46347", "KR", "2026-11-21T00:00:00.000Z"},
	{"46347.5", "KR", "2026-11-21T12:00:00.000Z"},
	{"2026-11-21T14:05:00+09:00", "KR", "!2026-11-21T05:05:00.000Z"},
	{"2026-02-30", "KR", ""},
	{"2026-13-01", "KR", ""},
	{"어제", "KR", ""},
	{"", "KR", ""},
	{"-", "KR", ""},
	{"14:05", "KR", ""},
	{"99999999999999", "KR", ""},
	{"1 2 3 4 5 6 7", "KR", ""},
};

static void
test_dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
		int64_t wall;
		bool fixed = false;
		char iso[ISO_MAX + 1] = "";
		if (!sheet_date(dates[i].text, dates[i].region, &wall, &fixed))
			iso_format(wall, 0, iso + fixed);
		if (fixed)
			iso[0] = '!';
		if (strcmp(iso, dates[i].expect) != 0)
			fail_msg("'%s': %s, not %s", dates[i].text, iso, dates[i].expect);
	}
}

static const struct {
	const char *text, *region, *expect; /* NULL: refused */
} phones[] = {
	{"010-1234-5678", "KR", "010-1234-5678"},
	{"1012345678", "KR", "01012345678"},
	{"1012345678.0", "KR", "01012345678"},
	{"'01012345678", "KR", "01012345678"},
	{"=\"01012345678\"", "KR", "01012345678"},
	{"212345678", "KR", "0212345678"},
	{"7012345678", "KR", "07012345678"},
	{"15881234", "KR", "15881234"},
	{"821012345678", "KR", "821012345678"},
	{"1012345678", "US", "1012345678"},
	{"1.01235E+09", "KR", NULL},
	{"+82 10-1234-5678", "KR", "+82 10-1234-5678"},
	{"114", "KR", "114"},
	{"", "KR", ""},
};

static void
test_phones(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(phones); i++) {
		struct strbuf out = STRBUF_INIT(256), err = STRBUF_SENTENCE;
		int r = sheet_phone(phones[i].text, phones[i].region, &out, &err);
		if (phones[i].expect ? r || strcmp(out.s, phones[i].expect) != 0 : !r)
			fail_msg("'%s': %d '%s'", phones[i].text, r, out.s);
		strbuf_done(&out);
		strbuf_done(&err);
	}
}

/* ---- files ---- */

#define HEAD "주문번호,주문일시,구매자연락처,상품명,수량,금액,주문상태,송장번호\n"

static const struct {
	const char *name, *text, *map;
	const char *expect; /* a line an order, then "!line why" a line a bad row */
} files[] = {
	{"two rows, one order",
		HEAD "7,2026-11-20 10:00,1012345678,신발,1,\"32,000\",배송중,123\n"
		     "7,2026-11-20 10:00,1012345678,양말,2,4000,배송중,\n",
		NULL,
		"{\"number\":\"7\",\"phone\":\"+821012345678\",\"state\":\"배송중\","
		"\"track\":\"123\","
		"\"placed\":\"2026-11-20T01:00:00.000Z\",\"total\":\"36000\",\"items\":[{"
		"\"item\":"
		"\"신발\",\"quantity\":\"1\",\"amount\":\"32,000\"},{\"item\":\"양말\","
		"\"quantity\":"
		"\"2\",\"amount\":\"4000\"}]}\n"},
	{"rows apart", "order number,item\n1,a\n2,b\n1,c\n", NULL,
		"{\"number\":\"1\",\"items\":[{\"item\":\"a\"},{\"item\":\"c\"}]}\n"
		"{\"number\":\"2\",\"items\":[{\"item\":\"b\"}]}\n"},
	{"semicolons", "Order No;Total;Status\n1;12,000;Shipped\n", NULL,
		"{\"number\":\"1\",\"state\":\"Shipped\",\"total\":\"12,000\"}\n"},
	{"tabs", "주문번호\t상태\n1\t결제완료\n", NULL,
		"{\"number\":\"1\",\"state\":\"결제완료\"}\n"},
	{"the buyer's phone, not the receiver's",
		"수취인연락처,주문번호,구매자연락처\n010-1111-1111,1,010-2222-2222\n",
		NULL, "{\"number\":\"1\",\"phone\":\"+821022222222\"}\n"},
	{"columns by hand", "Ref,Handy\n1,010-2222-2222\n", "Ref=number, Handy=phone",
		"{\"number\":\"1\",\"phone\":\"+821022222222\"}\n"},
	{"a source of its own", "주문번호,판매처\n1,쿠팡\n1,11번가\n", NULL,
		"{\"number\":\"1\",\"source\":\"쿠팡\"}\n{\"number\":\"1\",\"source\":"
		"\"11번가\"}\n"},
	{"what is still to come counts", "주문번호,상태\n1,구매확정\n1,배송중\n", NULL,
		"{\"number\":\"1\",\"state\":\"배송중\"}\n"},
	{"a bad row takes its order along", "주문번호,수량,상품명\n1,1,a\n1,x,b\n2,1,c\n",
		NULL,
		"{\"number\":\"2\",\"items\":[{\"item\":\"c\",\"quantity\":\"1\"}]}\n"
		"!2 another row of this order is bad\n!3 'x' is not a quantity\n"},
	{"masked", "주문번호,연락처\n1,010-****-1234\n", NULL,
		"!2 '010-****-1234' is masked: nobody can be reached there\n"},
	{"no number", "주문번호,상품명\n,a\n", NULL, "!2 the order's number is empty\n"},
	{"blank rows", "주문번호,상품명\n,\n1,a\n , \n", NULL,
		"{\"number\":\"1\",\"items\":[{\"item\":\"a\"}]}\n"},
	{"a row too long", "주문번호,상품명\n1,a,b\n2,a,,\n3\n", NULL,
		"{\"number\":\"2\",\"items\":[{\"item\":\"a\"}]}\n{\"number\":\"3\","
		"\"items\":[]}\n"
		"!2 it has 3 fields where the header has 2\n"},
	{"a broken quote", "주문번호,상품명\n1,a\"b\n2,c\n", NULL,
		"{\"number\":\"2\",\"items\":[{\"item\":\"c\"}]}\n"
		"!2 line 2: this row has a quote inside an unquoted field\n"},
};

static void
show_sheet(const struct orders_sheet *s, struct strbuf *out)
{
	for (size_t i = 0; i < s->order_count; i++) {
		if (s->orders[i].bad)
			continue;
		orders_sheet_json(s, i, out);
		strbuf_putc(out, '\n');
	}
	for (size_t i = 0; i < s->row_count; i++)
		if (s->rows[i].why)
			strbuf_printf(out, "!%u %s\n", s->rows[i].line, s->rows[i].why);
}

static int
read_sheet(const void *data, size_t len, const char *map, struct strbuf *out)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct orders_sheet *s;
	struct sheet_wish wish = {.region = "KR", .zone = "Asia/Seoul", .map = map};
	int r = orders_sheet_read(data, len, &wish, &s, &err);
	strbuf_reset(out);
	if (r)
		strbuf_puts(out, err.s);
	else
		show_sheet(s, out);
	if (!r)
		orders_sheet_free(s);
	strbuf_done(&err);
	return r;
}

static void
test_files(void **state)
{
	struct strbuf out = STRBUF_INIT(1 << 16);
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		assert_int_equal(read_sheet(files[i].text, strlen(files[i].text),
					 files[i].map, &out),
			0);
		if (strcmp(out.s, files[i].expect) != 0)
			fail_msg("%s:\n%s", files[i].name, out.s);
	}
	strbuf_done(&out);
}

static const struct {
	const char *name, *text, *map, *expect;
} refused[] = {
	{"empty", "", NULL, "it is empty"},
	{"no header", "1,2,3\n4,5,6\n", NULL, "not a header with the order's number"},
	{"a field nobody knows", "a,b\n1,2\n", "a=numbr", "did you mean 'number'?"},
	{"a title nobody wrote", "a,b\n1,2\n", "c=number",
		"the header has no column 'c'"},
	{"no pair", "a,b\n1,2\n", "number", "is not TITLE=FIELD"},
	{"not any charset's", "\x81\x20\xFF\xFF\xC0,\n\x80\x80\n", NULL, ""},
};

static void
test_refused(void **state)
{
	struct strbuf out = STRBUF_INIT(1 << 16);
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		assert_int_not_equal(read_sheet(refused[i].text, strlen(refused[i].text),
					     refused[i].map, &out),
			0);
		if (!strstr(out.s, refused[i].expect) || !out.len)
			fail_msg("%s: %s", refused[i].name, out.s);
	}
	strbuf_done(&out);
}

/* The same file in every charset it may be saved in says the same. */
static void
test_charsets(void **state)
{
	static const struct {
		const char *icu, *guess;
	} charsets[] = {{"UTF-8", "UTF-8"}, {"windows-949", "windows-949"},
		{"UTF-16", "UTF-16LE"}, {"UTF-16LE", "UTF-16LE"},
		{"UTF-16BE", "UTF-16BE"}, {"UTF-16LE,version=1", "UTF-16LE"}};
	static const char text[] =
		HEAD "7,2026-11-20 10:00,1012345678,신발,1,32000,배송중,123\n"
		     "8,2026-11-20 10:00,1012345678,뷁똠방각하,1,32000,배송중,123\n";
	struct strbuf plain = STRBUF_INIT(1 << 16), out = STRBUF_INIT(1 << 16);
	char bytes[4096];
	(void)state;
	assert_int_equal(read_sheet(text, strlen(text), NULL, &plain), 0);
	for (size_t i = 0; i < ARRAY_LEN(charsets); i++) {
		UErrorCode status = U_ZERO_ERROR;
		int32_t n = ucnv_convert(charsets[i].icu, "UTF-8", bytes, sizeof(bytes),
			text, (int32_t)strlen(text), &status);
		assert_true(U_SUCCESS(status));
		assert_string_equal(
			charset_guess(bytes, (size_t)n, "KR"), charsets[i].guess);
		assert_int_equal(read_sheet(bytes, (size_t)n, NULL, &out), 0);
		assert_string_equal(out.s, plain.s);
	}
	strbuf_done(&plain);
	strbuf_done(&out);
}

/* The file of bad rows can be read again, and no cell of it is a formula. */
static void
test_errors(void **state)
{
	static const char text[] =
		"주문번호,상품명,수량\n1,=HYPERLINK(1),x\n2,\"a\"\"b\",y\n";
	struct strbuf err = STRBUF_SENTENCE, out = STRBUF_INIT(1 << 16);
	struct orders_sheet *s;
	struct sheet_wish wish = {.region = "KR", .zone = "Asia/Seoul"};
	(void)state;
	assert_int_equal(orders_sheet_read(text, strlen(text), &wish, &s, &err), 0);
	orders_sheet_errors(s, &out);
	assert_string_equal(out.s,
		"\xEF\xBB\xBFline,why,\"주문번호\",\"상품명\",\"수량\"\r\n"
		"2,\"'x' is not a quantity\",\"1\",\"'=HYPERLINK(1)\",\"x\"\r\n"
		"3,\"'y' is not a quantity\",\"2\",\"a\"\"b\",\"y\"\r\n");
	orders_sheet_free(s);
	strbuf_done(&out);
	strbuf_done(&err);
}

/* A hundred thousand orders are found again without comparing each with each. */
static void
test_many(void **state)
{
	struct strbuf text = STRBUF_INIT(16 << 20), err = STRBUF_SENTENCE;
	struct orders_sheet *s;
	struct sheet_wish wish = {.region = "KR", .zone = "Asia/Seoul"};
	(void)state;
	strbuf_puts(&text, "주문번호,상품명\n");
	for (int i = 0; i < 40000; i++)
		strbuf_printf(&text, "%d,a\n", i % 20000);
	assert_int_equal(orders_sheet_read(text.s, text.len, &wish, &s, &err), 0);
	assert_int_equal(s->order_count, 20000);
	assert_int_equal(s->row_count, 40000);
	assert_int_equal(s->bad_rows, 0);
	orders_sheet_free(s);
	strbuf_done(&text);
	strbuf_done(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_amounts),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_phones),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_charsets),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
