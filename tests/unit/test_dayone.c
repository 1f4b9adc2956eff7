/* The first day: spreadsheets of customers read, taken in and taken back; vacations and
 * holidays; alarms that never count on what failed; the month in a text. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zip.h>

#include "gateway/base/iso.h"
#include "gateway/core/away.h"
#include "gateway/core/digest.h"
#include "gateway/core/owner.h"
#include "gateway/core/relay.h"
#include "gateway/core/rolls.h"
#include "gateway/text/xlsx.h"
#include "gateway/verbs/contacts_sheet.h"
#include "tests/lib/rig.h"

static struct rig r;

/* ---- spreadsheets ---- */

static struct people_sheet *
sheet(const char *text, size_t len, const char *map)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct people_sheet *s = NULL;
	struct people_wish wish = {
		.region = "KR", .zone = "Asia/Seoul", .source = "web shop", .map = map};
	assert_int_equal(iso_parse("2026-11-21T00:00:00Z", &wish.now, NULL), 0);
	if (people_read(text, len, &wish, &s, &err))
		fail_msg("%s", err.s);
	return s;
}

static const char *
why(const struct people_sheet *s, unsigned line)
{
	for (size_t i = 0; i < s->note_count; i++)
		if (s->notes[i].line == line)
			return s->notes[i].why;
	return "";
}

static const struct people_row *
at_line(const struct people_sheet *s, unsigned line)
{
	for (size_t i = 0; i < s->row_count; i++)
		if (s->rows[i].line == line)
			return &s->rows[i];
	return NULL;
}

static void
test_columns(void **state)
{
	static const struct {
		const char *title, *means;
	} table[] = {
		{"연락처", "phone"},
		{"휴대폰", "phone"},
		{"휴대폰번호", "phone"},
		{"전화번호", "phone"},
		{"휴대폰 번호", "phone"},
		{"Phone", "phone"},
		{"mobile", "phone"},
		{"Mobile Number", "phone"},
	};
	static const struct {
		const char *title, *means;
	} others[] = {
		{"이름", "name"},
		{"고객명", "name"},
		{"생일", "birthday"},
		{"SMS수신동의", "consent"},
		{"SMS 수신동의", "consent"},
		{"수신동의", "consent"},
		{"동의일", "date"},
		{"등급", "grade"},
		{"메모", "memo"},
		{"consent", "consent"},
		{"Consent Date", "date"},
		{"E-mail", "email"},
		{"tags", "tags"},
		{"Birthday", "birthday"},
		{"몸무게", NULL},
	};
	static const char map[] = "연락처,몸무게\n01012345678,70\n";
	char text[256];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		int n = snprintf(text, sizeof(text), "%s\n01012345678\n", table[i].title);
		struct people_sheet *s = sheet(text, (size_t)n, NULL);
		assert_string_equal(people_meaning(s, 0), table[i].means);
		people_free(s);
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		int n = snprintf(text, sizeof(text), "연락처,%s\n01012345678,x\n",
			others[i].title);
		struct people_sheet *s = sheet(text, (size_t)n, NULL);
		const char *means = people_meaning(s, 1);
		if (others[i].means ? !means || strcmp(means, others[i].means) != 0
				    : means != NULL)
			fail_msg("%s means %s", others[i].title, means ? means : "-");
		people_free(s);
	}
	struct people_sheet *s = sheet(map, sizeof(map) - 1, "몸무게=weight");
	assert_string_equal(people_meaning(s, 1), "weight");
	people_free(s);
}

static const char rows_csv[] =
	"휴대폰;이름;SMS수신동의;동의일;생일\n"
	"1012345678;가;Y;2026-01-02;1975-03-05\n" /* 2: a zero lost by Excel */
	"1.01235E+09;나;Y;2026-01-02;\n"          /* 3: digits lost for good */
	"010-2222-3333;다;동의;;\n"               /* 4: no date */
	"010-2222-4444;라;Y;2027-01-01;\n"        /* 5: to come */
	"0507-1234-5678;마;Y;2026-01-02;\n"       /* 6: a relay number */
	"010-3333-0001;바;수신거부;;\n"           /* 7: said no */
	"010-3333-0001;바;Y;2026-01-02;\n"        /* 8: the same, yes */
	"010-****-1234;사;;;\n"                   /* 9: masked */
	";아;;;\n"                                /* 10: no number */
	"+82 10 4444 5555;자;N;;생일없음\n"       /* 11 */
	"02-123-4567;차;○;2026. 1. 2.;\n"         /* 12: a circle is a yes */
	"\n";

static void
test_rows(void **state)
{
	(void)state;
	struct people_sheet *s = sheet(rows_csv, sizeof(rows_csv) - 1, NULL);
	const struct people_row *row = at_line(s, 2);
	assert_non_null(row);
	assert_string_equal(row->phone, "+821012345678");
	assert_int_equal(row->says, SAYS_YES);
	assert_non_null(strstr(why(s, 3), "last digits are lost"));
	assert_non_null(strstr(why(s, 4), "without a date"));
	assert_int_equal(at_line(s, 4)->says, SAYS_NOTHING);
	assert_non_null(strstr(why(s, 5), "to come"));
	assert_true(at_line(s, 6)->relay);
	assert_int_equal(at_line(s, 6)->says, SAYS_NOTHING);
	assert_non_null(strstr(why(s, 7), "line 8"));
	assert_int_equal(at_line(s, 8)->says, SAYS_REFUSED);
	assert_non_null(strstr(why(s, 9), "masked"));
	assert_non_null(strstr(why(s, 10), "no telephone number"));
	assert_int_equal(at_line(s, 11)->says, SAYS_NO);
	assert_int_equal(at_line(s, 12)->says, SAYS_YES);
	assert_int_equal(s->lines, 11);
	assert_int_equal(s->bad, 3);
	assert_int_equal(s->twice, 1);
	assert_int_equal(s->unproven, 3);
	assert_int_equal(s->refused, 1);
	struct strbuf json AUTO(strbuf_done) = STRBUF_INIT(4096);
	people_json(s, row, &json);
	assert_string_equal(json.s,
		"[\"+821012345678\",\"yes\",\"2026-01-01T15:00:00.000Z\","
		"\"\",\"web shop\",\"\",\"가\",\"1975-03-05\"]\n");
	struct strbuf file AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	people_errors(s, &file);
	assert_non_null(strstr(file.s, "\r\n3,left out,"));
	assert_non_null(strstr(file.s, ",1.01235E+09,나,Y"));
	people_free(s);
}

/* One that nothing would ever come of is said. */
static void
a_birthday_that_is_none_is_told(void **state)
{
	static const char text[] = "휴대폰,생일\n010-1234-5678,03/01/80\n"
				   "010-1234-5679,03-05\n010-1234-5680,봄\n"
				   "010-1234-5681,\n010-1234-5682,13-05\n";
	struct strbuf file AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	struct people_sheet *s = sheet(text, sizeof(text) - 1, NULL);
	(void)state;
	assert_int_equal(s->row_count, 5);
	people_errors(s, &file);
	assert_non_null(strstr(file.s, "\r\n2,taken,\"its birthday is no day"));
	assert_non_null(strstr(file.s, "\r\n4,taken,\"its birthday is no day"));
	assert_non_null(strstr(file.s, "\r\n6,taken,\"its birthday is no day"));
	assert_null(strstr(file.s, "\r\n3,"));
	assert_null(strstr(file.s, "\r\n5,"));
	people_free(s);
}

/* Two digits of a year are of the past, four are what they are. */
static void
birthdays_are_of_the_past(void **state)
{
	static const struct {
		const char *text, *is;
	} table[] = {{"88.12.31", "1988-12-31"}, {"01-02-03", "2001-02-03"},
		{"1931.5.1", "1931-05-01"}, {"2001/07/08", "2001-07-08"}};
	char text[128];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct strbuf json AUTO(strbuf_done) = STRBUF_INIT(4096);
		int n = snprintf(text, sizeof(text), "휴대폰,생일\n010-1234-5678,%s\n",
			table[i].text);
		struct people_sheet *s = sheet(text, (size_t)n, NULL);
		people_json(s, at_line(s, 2), &json);
		if (!strstr(json.s, table[i].is))
			fail_msg("%s: %s", table[i].text, json.s);
		people_free(s);
	}
}

static const char *
refused(const void *data, size_t len)
{
	static struct strbuf err = STRBUF_SENTENCE;
	struct people_sheet *s = NULL;
	struct people_wish wish = {.region = "KR", .zone = "Asia/Seoul"};
	strbuf_reset(&err);
	assert_int_not_equal(people_read(data, len, &wish, &s, &err), 0);
	return err.s;
}

/* ---- workbooks, as Excel writes them ---- */

static void
put(zip_t *z, const char *name, const char *text)
{
	zip_source_t *source = zip_source_buffer(z, text, strlen(text), 0);
	assert_true(zip_file_add(z, name, source, ZIP_FL_OVERWRITE) >= 0);
}

static size_t
workbook(char *ret, size_t size)
{
	static const char dates[] =
		"<styleSheet><numFmts><numFmt numFmtId=\"164\" "
		"formatCode=\"yyyy\\-mm\\-dd\"/>"
		"</numFmts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs>"
		"</styleSheet>";
	zip_error_t error;
	zip_stat_t st;
	zip_error_init(&error);
	zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &error);
	zip_source_keep(source);
	zip_t *z = zip_open_from_source(source, ZIP_TRUNCATE, &error);
	put(z, "xl/workbook.xml",
		"<workbook xmlns:r=\"r\"><sheets><sheet name=\"고객\" sheetId=\"1\" "
		"r:id=\"rId7\"/></sheets></workbook>");
	put(z, "xl/_rels/workbook.xml.rels",
		"<Relationships><Relationship Id=\"rId7\" "
		"Target=\"worksheets/other.xml\"/>"
		"</Relationships>");
	put(z, "xl/sharedStrings.xml",
		"<sst><si><t>휴대폰</t></si><si><r><t>이</t></r><r><t>름</t></r>"
		"<rPh><t>x</t></rPh></si><si><t>생일</t></si><si><t>a \"b\", "
		"c</t></si></sst>");
	put(z, "xl/styles.xml", dates);
	put(z, "xl/worksheets/other.xml",
		"<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c>"
		"<c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"D1\" t=\"s\"><v>2</v></c></row>"
		"<row r=\"4\"><c r=\"A4\"><v>1.012345678E9</v></c><c r=\"B4\" "
		"t=\"s\"><v>3</v>"
		"</c><c r=\"D4\" s=\"1\"><v>27458</v></c></row>"
		"<row r=\"5\"><c r=\"A5\" "
		"t=\"inlineStr\"><is><t>010-9999-8888</t></is></c>"
		"</row></sheetData></worksheet>");
	assert_int_equal(zip_close(z), 0);
	assert_int_equal(zip_source_stat(source, &st), 0);
	assert_true(st.size < size);
	assert_int_equal(zip_source_open(source), 0);
	zip_int64_t n = zip_source_read(source, ret, st.size);
	zip_source_close(source);
	zip_source_free(source);
	return (size_t)n;
}

static void
test_workbook(void **state)
{
	static char data[65536];
	(void)state;
	size_t len = workbook(data, sizeof(data));
	struct strbuf csv AUTO(strbuf_done) = STRBUF_INIT(4096);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	assert_int_equal(xlsx_to_csv(data, len, &csv, &err), 0);
	assert_string_equal(csv.s,
		"\"휴대폰\",\"이름\",,\"생일\"\n\n\n\"1012345678\",\"a \"\"b\"\", "
		"c\",,\"1975-03-05\"\n\"010-9999-8888\"\n");
	struct people_sheet *s = sheet(data, len, NULL);
	assert_string_equal(s->file.charset, "Excel");
	assert_string_equal(at_line(s, 4)->phone, "+821012345678");
	assert_string_equal(at_line(s, 5)->phone, "+821099998888");
	people_free(s);
	/* half a file, and every other length of it: a sentence, never a crash */
	assert_non_null(strstr(refused(data, len / 2), "cut off"));
	for (size_t n = 4; n < len; n += 37)
		assert_true(*refused(data, n));
}

static void
test_strangers(void **state)
{
	static const char goods[] = "상품,가격\n책,1000\n";
	(void)state;
	assert_non_null(strstr(refused("%PDF-1.4 ...", 12), "PDF"));
	assert_non_null(strstr(refused("\xD0\xCF\x11\xE0xxxx", 8), ".xls"));
	assert_non_null(strstr(refused("<html><table>", 13), "web page"));
	assert_non_null(strstr(refused("", 0), "empty"));
	assert_non_null(strstr(refused("a,b\n1,2\n", 8), "--map"));
	assert_non_null(strstr(refused(goods, sizeof(goods) - 1), "상품"));
	assert_true(*refused("\x7f"
			     "ELF\x01\x02\x03\x04\x05\x06\x07\x08\x00\x00\x00\x01",
		16));
}

/* ---- taken in ---- */

static const char *const columns[] = {
	"phone", "consent", "date", "source", "tags", "name"};

static struct roll_hand *
begin(uint64_t *ret)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct roll_wish wish = {"list.csv", "owner", columns, ARRAY_LEN(columns)};
	assert_int_equal(roll_begin(&r.core, &wish, ret, &err), 0);
	return roll_take(&r.core, *ret, &err);
}

static enum roll_result
take(struct roll_hand *h, const char *phone, const char *consent, const char *tags,
	const char *name)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *cells[] = {
		phone, consent, "2026-01-02T00:00:00Z", "form", tags, name};
	assert_int_equal(roll_slice(h, &err), 0);
	enum roll_result result = roll_row(h, cells, ARRAY_LEN(cells), &err);
	roll_sliced(h);
	return result;
}

static void
undo(uint64_t id)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	assert_int_equal(roll_finish(&r.core, id, &err), 0);
	assert_int_equal(roll_undo(&r.core, id, &err), 0);
	while (rolls_undo_some(&r.core))
		;
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM imports WHERE state = "
				       "'undone'"),
		1);
}

#define NAME_OF(phone)                                                                   \
	"SELECT count(*) FROM attributes a JOIN contacts c ON c.id = a.contact WHERE "   \
	"c.phone = '" phone "' AND a.name = 'name' AND a.text = "

static void
test_take_and_undo(void **state)
{
	uint64_t first, id;
	(void)state;
	rig_open(&r, false);
	struct roll_hand *h = begin(&first);
	assert_int_equal(take(h, "+821011112222", "", "old", "Before"), ROLL_NEW);
	roll_release(h);
	rig_run(&r, 5);
	h = begin(&id);
	assert_int_equal(
		take(h, "+821011112222", "yes", "old,vip", "After"), ROLL_CHANGED);
	assert_int_equal(take(h, "+821033334444", "yes", "", "New"), ROLL_NEW);
	assert_int_equal(take(h, "+821055556666", "", "vip", "Nobody"), ROLL_NEW);
	assert_int_equal(take(h, "+821055556666", "", "vip", "Nobody"), ROLL_SAME);
	assert_int_equal(take(h, "12", "", "", ""), ROLL_REFUSED);
	assert_int_equal(take(h, "+821077778888", "", "", "Buyer"), ROLL_NEW);
	roll_release(h);
	/* Who has done something since stays, whatever table it stands in. */
	assert_int_equal(
		db_run(r.core.db,
			"INSERT INTO points(id, contact, at, change, why) SELECT "
			"1, id, 1, 5, 'order' FROM contacts WHERE phone = "
			"'+821077778888'",
			""),
		1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM consent WHERE action = "
				       "'grant'"),
		2);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages"), 0);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM runs"), 0);
	rig_run(&r, 5);
	undo(id);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM contacts WHERE phone = "
				       "'+821077778888'"),
		1);
	assert_int_equal(rig_count(&r, NAME_OF("+821011112222") "'Before'"), 1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM tags"), 1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM contacts WHERE phone = "
				       "'+821055556666'"),
		0);
	/* who agreed stays in the ledger, taken back */
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM consent WHERE method = "
				       "'undo' AND action = 'revoke'"),
		2);
	/* and may be imported again: that was no word of theirs */
	h = begin(&id);
	take(h, "+821033334444", "yes", "", "New");
	roll_release(h);
	assert_int_equal(rig_count(&r, "SELECT granted FROM imports ORDER BY id DESC "
				       "LIMIT 1"),
		1);
	rig_close(&r);
}

static void
test_no_is_no(void **state)
{
	uint64_t id;
	(void)state;
	rig_open(&r, false);
	rig_receive(&r, "north", "+821011112222", "STOP");
	rig_run(&r, 1000);
	struct roll_hand *h = begin(&id);
	take(h, "+821011112222", "yes", "", "");     /* said stop here */
	take(h, "+8250712345678", "yes", "", "");    /* a relay number */
	take(h, "+821077778888", "refused", "", ""); /* the file says no */
	roll_release(h);
	assert_int_equal(rig_count(&r, "SELECT kept_out * 100 + granted * 10 + stopped "
				       "FROM imports"),
		201);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM consent WHERE action = "
				       "'grant'"),
		0);
	/* they say yes themselves before it is undone: that stays */
	rig_receive(&r, "north", "+821077778888", "START");
	rig_grant(&r, "+821077778888");
	rig_run(&r, 1000);
	undo(id);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM contacts WHERE phone = "
				       "'+821011112222' AND stopped <> ''"),
		1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM consent WHERE method = "
				       "'undo'"),
		0);
	rig_close(&r);
}

static void
test_undo_after_crash(void **state)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	uint64_t id;
	char phone[32];
	(void)state;
	rig_open(&r, false);
	struct roll_hand *h = begin(&id);
	for (int i = 0; i < 500; i++) {
		snprintf(phone, sizeof(phone), "+82102%07d", i);
		take(h, phone, "", "", "x");
	}
	roll_release(h);
	assert_int_equal(roll_undo(&r.core, id, &err), 0);
	assert_true(rolls_undo_some(&r.core));
	rig_run(&r, 10);
	rig_crash(&r);
	rig_run(&r, 10 * MINUTE); /* the night's timer goes on */
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM contacts"), 0);
	assert_int_equal(rig_count(&r, "SELECT removed FROM imports"), 500);
	rig_close(&r);
}

static void
test_relay(void **state)
{
	(void)state;
	assert_true(relay_number("+8250712345678"));
	assert_false(relay_number("+821012345678"));
	assert_false(relay_number("+82501234567"));
	rig_open(&r, false);
	uint64_t id = rig_send(&r, "0507-1234-5678", "your parcel");
	assert_string_not_equal(rig_state(&r, id), "suppressed");
	rig_sent(&r, 1);
	rig_skip(&r, 31 * DAY); /* no order, a month later */
	id = rig_send(&r, "0507-1234-5678", "another thing");
	assert_string_equal(rig_state(&r, id), "suppressed");
	rig_close(&r);
}

/* ---- days off ---- */

static void
date_in(int days, char ret[16])
{
	char iso[ISO_MAX];
	int64_t wall = core_now(&r.core) + days * DAY;
	iso_format(wall, 9 * HOUR, iso);
	snprintf(ret, 16, "%.10s", iso);
}

static void
test_away(void **state)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct absence a;
	char first[16], last[16];
	(void)state;
	rig_open_with(
		&r, false, "hours = { week = \"00:00-24:00\"; reply = \"1h\"; };", NULL);
	rig_receive(&r, "north", "+821011112222", "Where is my parcel?");
	rig_run(&r, 1000);
	int64_t due = rig_count(&r, "SELECT due FROM tickets");
	date_in(0, first);
	date_in(3, last);
	assert_int_equal(away_set(&r.core, last, first, NULL, "", &a, &err), -EINVAL);
	assert_int_equal(away_set(&r.core, first, last, NULL, "", &a, &err), 0);
	assert_int_equal(away_set(&r.core, first, last, NULL, "", &a, &err), -EINVAL);
	rig_run(&r, 1000);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM pauses WHERE what = "
				       "'class:marketing'"),
		1);
	assert_true(rig_count(&r, "SELECT due FROM tickets") > due + 2 * DAY);
	rig_receive(&r, "north", "+821011112222", "Hello?");
	rig_receive(&r, "north", "+821011112222", "Anybody?");
	rig_receive(&r, "north", "+821055556666", "Hi");
	rig_run(&r, 1000);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages WHERE origin = "
				       "'away'"),
		2); /* once to each */
	rig_run(&r, 5 * DAY);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM pauses"), 0);
	rig_receive(&r, "north", "+821077778888", "Are you back?");
	rig_run(&r, 1000);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages WHERE origin = "
				       "'away'"),
		2);
	assert_int_equal(away_end(&r.core, "", &err), -ENOENT);
	rig_close(&r);
}

static void
test_holidays(void **state)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char day[16], days[40];
	int n;
	(void)state;
	rig_open_with(
		&r, false, "hours = { week = \"00:00-24:00\"; reply = \"1h\"; };", NULL);
	assert_true(hours_open(&r.core.config->hours, core_now(&r.core)));
	date_in(0, day);
	assert_int_equal(holiday_add(&r.core, day, "stock", "me", &n, &err), 0);
	assert_false(hours_open(&r.core.config->hours, core_now(&r.core)));
	assert_int_equal(holiday_remove(&r.core, day, &n, &err), 0);
	assert_true(hours_open(&r.core.config->hours, core_now(&r.core)));
	assert_int_equal(holiday_remove(&r.core, day, &n, &err), -ENOENT);
	assert_int_equal(holiday_add(&r.core, "24.12.", "", "", &n, &err), -EINVAL);
	assert_int_equal(holiday_add(&r.core, "2020-01-01", "", "", &n, &err), -EINVAL);
	date_in(2, day);
	snprintf(days, sizeof(days), "%s..%s", day, day);
	assert_int_equal(holiday_add(&r.core, days, "", "", &n, &err), 0);
	assert_int_equal(n, 1);
	rig_run(&r, 1000);
	rig_crash(&r); /* it is still shut after a restart */
	assert_false(hours_open(&r.core.config->hours, core_now(&r.core) + 2 * DAY));
	rig_close(&r);
}

/* ---- the owner ---- */

static void
test_alert_by_another(void **state)
{
	(void)state;
	rig_open_with(&r, true, "owner = { phone = \"+821099990000\"; };", NULL);
	struct channel *north = channel_find(&r.core, "north");
	channel_down(north, true, "the SIM wants its PUK");
	rig_run(&r, 2000);
	assert_true(r.send_count > 0);
	assert_string_equal(channel_name(rig_last(&r, 0)->ch), "south");
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM owner_alerts"), 0);
	rig_close(&r);
}

static void
test_alert_waits(void **state)
{
	(void)state;
	rig_open_with(&r, false, "owner = { phone = \"+821099990000\"; };", NULL);
	channel_down(channel_find(&r.core, "north"), true, "the SIM wants its PUK");
	rig_run(&r, 2000);
	assert_int_equal(r.send_count, 0);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM owner_alerts WHERE state = "
				       "'waiting'"),
		1);
	rig_ready(&r, "north"); /* mended: now it may say so */
	rig_run(&r, 2 * MINUTE);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM owner_alerts WHERE state = "
				       "'told'"),
		1);
	assert_int_equal(r.send_count, 1);
	rig_close(&r);
}

/* Counted in a thread of its own: until it has told, or for ten seconds. */
static void
look_and_wait(void)
{
	digest_look(&r.core);
	for (int i = 0; i < 10000 && r.core.digesting; i++) {
		poll(NULL, 0, 1);
		rig_run(&r, 0);
	}
	assert_false(r.core.digesting);
	rig_run(&r, 0);
}

static void
test_digest(void **state)
{
	(void)state;
	rig_open_with(&r, false, "owner = { phone = \"+821099990000\"; };", NULL);
	r.core.reader = reader_new(r.loop, r.core.config->store);
	look_and_wait(); /* the first month is not over */
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM events WHERE name = "
				       "'owner.digest'"),
		0);
	rig_receive(&r, "north", "+821011112222", "hello");
	rig_grant(&r, "+821011112222");
	rig_send(&r, "+821011112222", "your parcel");
	rig_sent(&r, 1);
	rig_skip(&r, 31 * DAY);
	look_and_wait();
	look_and_wait(); /* once */
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM events WHERE name = "
				       "'owner.digest'"),
		1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages WHERE origin = "
				       "'digest' AND text LIKE '%받은 문자 1,%' AND text "
				       "LIKE '%수신동의 1,%'"),
		1);
	reader_free(r.core.reader);
	r.core.reader = NULL;
	rig_close(&r);
}

static void
test_new_sim_warms_up(void **state)
{
	struct channel_identity who = {
		.imei = "490154203237518", .iccid = "1", .own_number = "+821000000001"};
	char before[32];
	(void)state;
	rig_open(&r, false);
	struct channel *ch = channel_find(&r.core, "north");
	channel_identify(ch, &who);
	rig_skip(&r, 30 * DAY);
	int64_t seen = ch->row.first_seen;
	channel_identify(ch, &who);
	assert_int_equal(ch->row.first_seen, seen);
	strcpy(who.iccid, "2");
	strcpy(who.own_number, "+821000000002");
	channel_identify(ch, &who);
	assert_true(ch->row.first_seen > seen);
	channel_note_get(r.core.db, ch->row.id, "number.before", before, sizeof(before));
	assert_string_equal(before, "+821000000001");
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(a_birthday_that_is_none_is_told),
		cmocka_unit_test(birthdays_are_of_the_past),
		cmocka_unit_test(test_workbook),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_take_and_undo),
		cmocka_unit_test(test_no_is_no),
		cmocka_unit_test(test_undo_after_crash),
		cmocka_unit_test(test_relay),
		cmocka_unit_test(test_away),
		cmocka_unit_test(test_holidays),
		cmocka_unit_test(test_alert_by_another),
		cmocka_unit_test(test_alert_waits),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_new_sim_warms_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
