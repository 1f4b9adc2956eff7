/* Spreadsheets in a watched folder: complete ones only, each once, also after a crash. */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/api/folder_files.h"
#include "gateway/api/folders.h"
#include "gateway/base/iso.h"
#include "gateway/core/source_sheet.h"
#include "tests/lib/rig.h"

/* clang-format off */
static const char header[] =
	"상품주문번호,주문번호,택배사,송장번호,발송일,판매채널,구매자명,주문상태,결제일,"
	"상품명,옵션정보,수량,상품별 총 주문금액,수취인연락처1,구매자연락처\r\n";
/* clang-format on */

static struct rig r;
static char folder[128], days[2][ISO_MAX];

static int
up(void **state)
{
	(void)state;
	char extra[300];
	snprintf(folder, sizeof(folder), "/tmp/malgil-folder-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(extra, sizeof(extra),
		"sources = { naver = { profile = \"etc/sources/smartstore.cfg\"; "
		"folder = \"%s\"; }; };",
		folder);
	rig_open_with(&r, false, extra, NULL);
	for (int i = 0; i < 2; i++) { /* yesterday, and long ago, as people write it */
		iso_format(core_now(&r.core) - (i ? 90 : 1) * DAY, 9 * HOUR, days[i]);
		days[i][10] = ' ';
		days[i][16] = '\0';
	}
	folders_start(&r.core);
	return 0;
}

static int
down(void **state)
{
	(void)state;
	char command[200];
	folders_stop(&r.core);
	rig_close(&r);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static void
put_as(const char *name, const void *data, size_t len)
{
	char path[300];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	fclose(f);
}

static void
put(const char *name, const char *rows)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1 << 20);
	strbuf_printf(&text, "%s%s", header, rows);
	put_as(name, text.s, text.len);
}

static bool
there(const char *name)
{
	char path[300];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

/* Until that file is there: the folder is read in a thread of its own. */
static void
until(const char *name)
{
	for (int i = 0; i < 5000 && !there(name); i++) {
		rig_run(&r, 200);
		poll(NULL, 0, 1);
	}
	if (!there(name))
		fail_msg("%s never came", name);
}

static void
row(struct strbuf *text, const char *line, const char *number, const char *state,
	const char *paid, const char *phone)
{
	strbuf_printf(text,
		"%s,%s,CJ대한통운,123456,%s,스마트스토어,김지우,%s,%s,초록 비누,\"향, "
		"오이\","
		"2,\"12,000\",0507-1234-5678,%s\r\n",
		line, number, strcmp(state, "배송중") ? "" : paid, state, paid, phone);
}

static void
errors_of(const char *name, char ret[4096])
{
	char path[300];
	snprintf(path, sizeof(path), "%s/failed/%s.errors.csv", folder, name);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	ret[fread(ret, 1, 4095, f)] = '\0';
	fclose(f);
}

/* ---- */

static void
a_list_becomes_orders_and_news_once(void **state)
{
	(void)state;
	struct strbuf rows AUTO(strbuf_done) = STRBUF_INIT(1 << 16);
	row(&rows, "11", "1", "배송중", days[0], "010-2345-6789");
	row(&rows, "12", "1", "배송중", days[0], "010-2345-6789");
	row(&rows, "21", "2", "결제완료", days[0], "0507-1111-2222");
	row(&rows, "31", "3", "구매확정", days[1], "010-****-6789");
	put("a.csv", rows.s);
	put("~$a.csv", rows.s);
	put("b.csv.part", rows.s);
	until("done/a.csv");
	assert_true(there("~$a.csv") && there("b.csv.part"));
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM orders"), 3);
	assert_int_equal(
		rig_count(&r, "SELECT total FROM orders WHERE number = '1' AND source = "
			      "'naver' AND state = 'shipped' AND phone = "
			      "'+821023456789'"),
		24000);
	/* paid and shipped of the first, paid of the second, nothing of what is long over
	 */
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM shop_events"), 3);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM contacts WHERE phone = "
				       "'+8250711112222'"),
		1);
	/* the same bytes under another name */
	put("again.csv", rows.s);
	until("done/again.csv");
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM source_files"), 1);
	/* the same rows in another file: nothing is new */
	strbuf_puts(&rows, "\r\n");
	put("a.csv", rows.s);
	until("done/a-2.csv");
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM shop_events"), 3);
	assert_int_equal(rig_count(&r, "SELECT created + changed + events FROM "
				       "source_files ORDER BY id DESC LIMIT 1"),
		0);
}

static void
rows_of_one_order_may_come_apart(void **state)
{
	(void)state;
	struct strbuf rows AUTO(strbuf_done) = STRBUF_INIT(1 << 16);
	row(&rows, "11", "1", "배송중", days[0], "010-2345-6789");
	put("a.csv", rows.s);
	until("done/a.csv");
	strbuf_reset(&rows);
	row(&rows, "12", "1", "배송준비", days[0], "010-2345-6789");
	put("b.csv", rows.s);
	until("done/b.csv");
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM order_items"), 2);
	assert_int_equal(rig_count(&r, "SELECT total FROM orders"), 24000);
	/* a list that was saved earlier takes nothing back */
	strbuf_reset(&rows);
	row(&rows, "11", "1", "결제완료", days[0], "010-2345-6789");
	row(&rows, "12", "1", "배송완료", days[0], "010-2345-6789");
	put("c.csv", rows.s);
	until("done/c.csv");
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM orders WHERE state = 'shipped'"), 1);
	strbuf_reset(&rows);
	row(&rows, "11", "1", "취소완료", days[0], "010-2345-6789");
	row(&rows, "12", "1", "취소완료", days[0], "010-2345-6789");
	put("d.csv", rows.s);
	until("done/d.csv");
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM shop_events WHERE name = "
				       "'order.canceled'"),
		1);
}

static void
any_charset_and_a_line_above_the_header(void **state)
{
	(void)state;
	static const char *const charsets[] = {"windows-949", "UTF-16LE", "UTF-8"};
	char name[32], count[80];
	for (size_t i = 0; i < ARRAY_LEN(charsets); i++) {
		struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(1 << 16);
		char line[8], number[8], command[1200];
		snprintf(line, sizeof(line), "9%zu", i);
		snprintf(number, sizeof(number), "5%zu", i);
		strbuf_printf(
			&text, "\xEF\xBB\xBF이 파일의 열을 바꾸지 마세요\r\n%s", header);
		row(&text, line, number, "결제완료", days[0], "010-2345-6789");
		snprintf(name, sizeof(name), "c%zu.csv", i);
		put_as("plain.tmp", text.s, text.len);
		snprintf(command, sizeof(command),
			"iconv -f UTF-8 -t %s%s '%s/plain.tmp' >'%s/%s.tmp' && mv "
			"'%s/%s.tmp' '%s/%s'",
			i ? charsets[i] : "CP949", i ? "" : " -c", folder, folder, name,
			folder, name, folder, name);
		assert_int_equal(system(command), 0);
		char done[64];
		snprintf(done, sizeof(done), "done/%s", name);
		until(done);
		snprintf(count, sizeof(count),
			"SELECT count(*) FROM orders WHERE number = '%s' AND name = "
			"'김지우'",
			number);
		assert_int_equal(rig_count(&r, count), 1);
	}
}

static void
what_is_wrong_is_said_row_by_row(void **state)
{
	(void)state;
	char said[4096];
	struct strbuf rows AUTO(strbuf_done) = STRBUF_INIT(1 << 16);
	row(&rows, "11", "1", "배송중", days[0], "010-2345-6789");
	row(&rows, "21", "2", "배송중", days[0], "114");
	row(&rows, "31", "3", "배송중", "어제", "010-2345-6789");
	put("a.csv", rows.s);
	until("failed/a.csv");
	errors_of("a.csv", said);
	assert_non_null(strstr(said, "\r\n3,\"'114' is no person's number\",\"21\""));
	assert_non_null(strstr(said, "'어제' is not a day"));
	assert_null(strstr(said, "2345-6789\"\r\n2,"));
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM orders"), 1);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM source_files WHERE state = 'partly' "
			      "AND bad = 2 AND created = 1"),
		1);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM events WHERE name = "
				       "'owner.alert'"),
		1);
	/* the errors' file, put right by hand, is a file like any other */
	strbuf_reset(&rows);
	strbuf_printf(&rows, "line,why,%s3,\"no number\",", header);
	row(&rows, "21", "2", "배송중", days[0], "010-1234-5678");
	put_as("a.errors.csv", rows.s, rows.len);
	until("done/a.errors.csv");
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM orders"), 2);
}

static void
what_is_no_such_list_is_left_whole(void **state)
{
	(void)state;
	static const struct {
		const char *name, *bytes, *why;
		size_t len;
	} rows[] = {
		{"other.csv", "주문번호,상태,휴대폰\n1,배송중,010-2222-3333\n",
			"'상품주문번호'", 0},
		{"half.xlsx", "PK\3\4\24\0\0\0\10\0half of a workbook", "", 28},
		{"empty.csv", "", "it is empty", 0},
		{"header.csv", header, "no rows", 0},
		{"picture.csv", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "", 16},
		{"old.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "old Excel file", 8},
		{"locked.xlsx",
			"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0E\0n\0c\0r\0y\0p\0t\0"
			"e\0d\0P\0a\0c\0k\0a\0g\0e\0",
			"통합 문서 보호", 42},
	};
	char said[4096], failed[64];
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		put_as(rows[i].name, rows[i].bytes,
			rows[i].len ? rows[i].len : strlen(rows[i].bytes));
		snprintf(failed, sizeof(failed), "failed/%s", rows[i].name);
		until(failed);
		errors_of(rows[i].name, said);
		if (!strstr(said, rows[i].why) || strlen(said) < 20)
			fail_msg("%s: %s", rows[i].name, said);
	}
	char link[300];
	snprintf(link, sizeof(link), "%s/link.csv", folder);
	assert_int_equal(symlink("/etc/passwd", link), 0);
	rig_run(&r, MINUTE);
	assert_true(there("link.csv"));
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM orders"), 0);
}

static void
what_was_read_goes_after_its_time(void **state)
{
	(void)state;
	struct strbuf rows AUTO(strbuf_done) = STRBUF_INIT(1 << 16);
	row(&rows, "11", "1", "배송중", days[0], "010-2345-6789");
	put("a.csv", rows.s);
	row(&rows, "21", "2", "배송중", days[0], "114");
	put("b.csv", rows.s);
	until("done/a.csv");
	until("failed/b.csv");
	/* what they lie there since is the disk's own time, not the rig's */
	int64_t there_since = MAX(clock_wall(clock_real()), core_now(&r.core));
	clock_sim_advance(&r.clock, there_since - core_now(&r.core) + 28 * DAY);
	put("young.csv", rows.s); /* the same bytes: known, and put away */
	until("failed/young.csv");
	assert_true(there("done/a.csv") && there("failed/b.csv"));
	clock_sim_advance(&r.clock, 4 * DAY);
	for (int i = 0; i < 5000 && there("failed/b.csv"); i++) {
		rig_run(&r, 200);
		poll(NULL, 0, 1);
	}
	assert_false(there("done/a.csv") || there("failed/b.csv") ||
		     there("failed/b.csv.errors.csv"));
	assert_true(rig_count(&r, "SELECT count(*) FROM events WHERE name = "
				  "'retention.purged' AND detail LIKE 'naver: %'") > 0);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM orders"), 1);
}

static void
a_broken_file_does_not_keep_the_others_waiting(void **state)
{
	(void)state;
	struct strbuf rows AUTO(strbuf_done) = STRBUF_INIT(1 << 16);
	char old[400];
	struct timespec times[2];
	put_as("half.xlsx", "PK\3\4\24\0\0\0\10\0half of a workbook", 28);
	snprintf(old, sizeof(old), "%s/half.xlsx", folder);
	int64_t now = core_now(&r.core);
	for (int i = 0; i < 2; i++) /* as if its writer were at it this moment */
		times[i] = (struct timespec){.tv_sec = now / 1000};
	assert_int_equal(utimensat(AT_FDCWD, old, times, 0), 0);
	row(&rows, "11", "1", "배송중", days[0], "010-2345-6789");
	put("whole.csv", rows.s);
	snprintf(old, sizeof(old), "%s/whole.csv", folder);
	for (int i = 0; i < 2; i++)
		times[i].tv_sec++;
	assert_int_equal(utimensat(AT_FDCWD, old, times, 0), 0);
	until("done/whole.csv");
	assert_true(there("half.xlsx"));
	assert_true(core_now(&r.core) - now < MINUTE);
	until("failed/half.xlsx");
}

static void
only_what_lies_there_is_thrown_away(void **state)
{
	(void)state;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char path[300], link[300];
	int64_t later = clock_wall(clock_real()) + DAY;
	static const char *const made[] = {"other", "failed", "failed/folder"};
	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, made[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	put_as("other/key", "x", 1);
	put_as("failed/folder/file", "x", 1);
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "failed/%d.csv", i);
		put_as(path, "x", 1);
	}
	snprintf(path, sizeof(path), "%s/other", folder);
	snprintf(link, sizeof(link), "%s/done", folder);
	assert_int_equal(symlink(path, link), 0);
	assert_true(folder_throw_away(folder, "done", later, 100, &err) < 0);
	assert_non_null(strstr(err.s, "done"));
	assert_true(there("other/key"));
	assert_int_equal(folder_throw_away(folder, "nowhere", later, 100, &err), 0);
	assert_int_equal(
		folder_throw_away(folder, "failed", later - 2 * DAY, 9, &err), 0);
	assert_int_equal(folder_throw_away(folder, "failed", later, 2, &err), 2);
	assert_int_equal(folder_throw_away(folder, "failed", later, 2, &err), 1);
	assert_true(there("failed/folder/file"));
}

static void
how_long_files_stay_is_read_strictly(void **state)
{
	(void)state;
	static const struct {
		const char *source, *why;
	} rows[] = {
		{"{ profile = \"etc/sources/smartstore.cfg\"; folder = \"/x\"; keep = "
		 "\"1h\"; }",
			"\"1d\" to \"10y\""},
		{"{ profile = \"etc/sources/smartstore.cfg\"; folder = \"/x\"; keep = "
		 "30; }",
			"\"30d\""},
		{"{ profile = \"etc/sources/shopify.cfg\"; secret = \"12345678\"; keep = "
		 "\"30d\"; }",
			"has none"},
		{"{ profile = \"etc/sources/smartstore.cfg\"; folder = \"/x\"; keeps = "
		 "\"30d\"; }",
			"keeps"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char path[] = "/tmp/malgil-sources-XXXXXX";
		struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(4096);
		struct config *c = NULL;
		int fd = mkstemp(path);
		assert_true(fd >= 0);
		dprintf(fd,
			"format = 1; shop = { name = \"T\"; country = \"KR\"; tz = "
			"\"Asia/Seoul\"; }; store = \"sqlite:/tmp/none.db\"; run_dir = "
			"\"/tmp/none\"; channels = {}; sources = { a = %s; };",
			rows[i].source);
		close(fd);
		assert_true(config_load(path, &c, &err) < 0);
		unlink(path);
		if (!strstr(err.s, rows[i].why))
			fail_msg("%s: %s", rows[i].source, err.s);
	}
}

/* Ends the program's life after so many turns, again and again. */
static void
a_crash_doubles_nothing_and_loses_nothing(void **state)
{
	(void)state;
	struct strbuf rows AUTO(strbuf_done) = STRBUF_INIT(1 << 18);
	char line[16], number[16], phone[32];
	for (int i = 0; i < 60; i++) {
		snprintf(line, sizeof(line), "9%03d", i);
		snprintf(number, sizeof(number), "7%03d", i);
		snprintf(phone, sizeof(phone), "010-2000-%04d", i);
		row(&rows, line, number, "배송중", days[0],
			i % 20 == 7 ? "010-1" : phone);
	}
	put("a.csv", rows.s);
	int64_t written = -1;
	for (int lives = 0; lives < 2; lives++) {
		int64_t before = rig_count(&r, "SELECT count(*) FROM orders");
		int64_t end = clock_mono(clock_real()) + 10 * SECOND;
		for (int i = 0;
			clock_mono(clock_real()) < end && !there("failed/a.csv") &&
			rig_count(&r, "SELECT count(*) FROM orders") <= before;
			i++) {
			loop_turn(r.loop);
			if (!r.core.folders)
				break;
			rig_run(&r, i % 8 ? 1 : 1000);
		}
		written = rig_count(&r, "SELECT count(*) FROM orders");
		folders_stop(&r.core);
		rig_crash(&r);
		rig_ready(&r, "north");
		folders_start(&r.core);
	}
	assert_true(written > 0);
	until("failed/a.csv");
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM orders"), 57);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM shop_events"), 114);
	assert_int_equal(rig_count(&r, "SELECT created FROM source_files"), 57);
	assert_int_equal(rig_count(&r, "SELECT bad FROM source_files"), 3);
}

/* ---- pure ---- */

static void
a_newer_word_counts(void **state)
{
	(void)state;
	static const struct {
		const char *before, *word;
		bool newer;
	} rows[] = {
		{"결제완료", "배송중", true},
		{"배송중", "결제완료", false},
		{"배송중", "배송중", true},
		{"배송중", "취소요청", true},
		{"취소요청", "배송준비", true},
		{"취소완료", "배송중", false},
		{"반품완료", "교환요청", true},
		{"배송중", "", false},
		{"", "배송중", true},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (source_sheet_newer(rows[i].before, rows[i].word) != rows[i].newer)
			fail_msg("%s, then %s", rows[i].before, rows[i].word);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_list_becomes_orders_and_news_once, up, down),
		cmocka_unit_test_setup_teardown(
			rows_of_one_order_may_come_apart, up, down),
		cmocka_unit_test_setup_teardown(
			any_charset_and_a_line_above_the_header, up, down),
		cmocka_unit_test_setup_teardown(
			what_is_wrong_is_said_row_by_row, up, down),
		cmocka_unit_test_setup_teardown(
			what_is_no_such_list_is_left_whole, up, down),
		cmocka_unit_test_setup_teardown(
			what_was_read_goes_after_its_time, up, down),
		cmocka_unit_test_setup_teardown(
			a_broken_file_does_not_keep_the_others_waiting, up, down),
		cmocka_unit_test_setup_teardown(
			only_what_lies_there_is_thrown_away, up, down),
		cmocka_unit_test(how_long_files_stay_is_read_strictly),
		cmocka_unit_test_setup_teardown(
			a_crash_doubles_nothing_and_loses_nothing, up, down),
		cmocka_unit_test(a_newer_word_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
