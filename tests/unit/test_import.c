/* Files of any length, row by row: what is good goes in, what is not is named, and
 * nothing is said to be in that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/lib/asker.h"
#include "tests/lib/rig.h"

static struct rig r;
static struct api *api;
static struct asker who;

static int
set_up(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	rig_open(&r, false);
	r.core.reader = reader_new(r.loop, r.core.config->store);
	who = (struct asker){.loop = r.loop};
	snprintf(who.path, sizeof(who.path), "%s/api.sock", r.dir);
	int fd = api_listen_unix(who.path, &err);
	assert_int_equal(api_start(&r.core, fd, &api, &err), 0);
	strbuf_done(&err);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	api_stop(api);
	reader_free(r.core.reader);
	r.core.reader = NULL;
	rig_close(&r);
	return 0;
}

#define CSV    "Content-Type: text/csv; charset=utf-8\r\n"
#define NDJSON "Content-Type: application/x-ndjson\r\n"

static json_t *
import(const char *what, const char *head, const char *file)
{
	char target[64];
	struct answer a;
	snprintf(target, sizeof(target), "/v1/import/%s", what);
	asker_ask(&who, "POST", target, head, file, &a);
	if (a.status != 200)
		fail_msg("%s", a.raw.s);
	json_t *report = answer_json(&a);
	answer_done(&a);
	return report;
}

static int64_t
number(const json_t *report, const char *name)
{
	return json_integer_value(json_object_get(report, name));
}

static const json_t *
error_at(const json_t *report, size_t i)
{
	return json_array_get(json_object_get(report, "errors"), i);
}

static void
check(json_t *report, int created, int changed, int same, int refused)
{
	assert_int_equal(number(report, "created"), created);
	assert_int_equal(number(report, "changed"), changed);
	assert_int_equal(number(report, "same"), same);
	assert_int_equal(number(report, "refused"), refused);
	assert_int_equal(number(report, "rows"), created + changed + same + refused);
}

static void
each_row_is_taken_or_named(void **state)
{
	(void)state;
	json_t *report = import("contacts", CSV,
		"\xEF\xBB\xBFphone;name;tags\r\n010-1111-0001;Kim;vip,new\r\n"
		"\r\n12x;Lee;\r\n010-1111-0002;\"two\nlines\";\r\n010-1111-0003;a;b;c\r\n"
		"010-1111-0001;Kim;vip\r\n010-1111-0001;Kim 2;vip");
	check(report, 2, 1, 1, 2);
	assert_int_equal(number(error_at(report, 0), "line"), 4);
	assert_string_equal(
		json_string_value(json_object_get(error_at(report, 0), "field")),
		"phone");
	assert_int_equal(number(error_at(report, 1), "line"), 7);
	json_decref(report);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM contacts"), 2);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM tags"), 2);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM attributes WHERE text = 'Kim 2'"), 1);
}

static void
yes_needs_its_proof(void **state)
{
	(void)state;
	const char *file =
		"{\"phone\":\"010-1111-0001\",\"consent\":true,\"date\":\"2026-02-01\","
		"\"source\":\"form 7\"}\n"
		"{\"phone\":\"010-1111-0002\",\"consent\":\"yes\",\"source\":\"form\"}\n"
		"{\"phone\":\"010-1111-0003\",\"consent\":\"yes\",\"date\":\"2026-02-"
		"01\"}\n"
		"{\"phone\":\"010-1111-0004\",\"consent\":\"no\"}\n"
		"{\"phone\":\"010-1111-0005\",\"consent\":\"yes\",\"date\":\"soon\","
		"\"source\":\"x\"}\n";
	rig_receive(&r, "north", "+821011110009", "STOP");
	for (int twice = 0; twice < 2; twice++) {
		json_t *report = import("contacts", NDJSON, file);
		check(report, twice ? 0 : 5, 0, twice ? 5 : 0, 0);
		assert_int_equal(number(report, "warned"), 3);
		json_decref(report);
		assert_int_equal(rig_count(&r, "SELECT count(*) FROM consent WHERE "
					       "action = 'grant' AND method = 'import'"),
			1);
	}
	/* a file does not undo what somebody said themselves */
	json_t *report = import("contacts", NDJSON,
		"{\"phone\":\"010-1111-0009\",\"consent\":true,\"date\":\"2026-02-01\","
		"\"source\":\"form\"}\n");
	assert_int_equal(number(report, "warned"), 1);
	json_decref(report);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM consent WHERE action = 'grant'"), 1);
}

static void
bad_lines_do_not_hurt_others(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT(1 << 20);
	strbuf_puts(&file, "{\"phone\":\"010-1111-0001\"}\n{\"phone\":\n[]\n\n"
			   "{\"phone\":\"010-1111-0002\",\"phone\":\"1\"}\n"
			   "{\"phone\":\"010-1111-0003\",\"Bad-Name\":\"1\"}\n"
			   "{\"phone\":\"010-1111-0003\",\"attributes\":{\"a\":[]}}\n"
			   "{\"phone\":\"010-1111-0003\",\"name\":\"\xff\"}\n");
	for (int i = 0; i < 70000; i++)
		strbuf_putc(&file, '[');
	strbuf_puts(&file, "\n{\"phone\":\"010-1111-0004\"}");
	json_t *report = import("contacts", NDJSON, file.s);
	check(report, 2, 0, 0, 7);
	assert_int_equal(number(error_at(report, 6), "line"), 9);
	json_decref(report);
	strbuf_done(&file);
}

static void
orders_come_in_too(void **state)
{
	(void)state;
	json_t *report = import("orders", CSV,
		"number,phone,state,total\nA-1,010-1111-0001,shipped,\"32,000\"\n"
		"A-2,,paid,\nA-1,010-1111-0001,shipped,32000\n,1,2,3\n");
	check(report, 2, 0, 1, 1);
	json_decref(report);
	assert_int_equal(
		rig_count(&r, "SELECT total FROM orders WHERE number = 'A-1'"), 32000);
}

static void
events_come_in_too(void **state)
{
	(void)state;
	const char *csv = "name,event_id,at,phone,id,total\n"
			  "order.paid,e-1,2026-02-01 09:30,1011110001,A-1,32000\n"
			  "order.paid,e-2,,010-1111-0001,A-2,500\n"
			  "order.paid,,,010-1111-0001,A-3,500\n"
			  "order.paid,e-4,soon,010-1111-0001,A-4,500\n"
			  "order.paid,e-5,2030-01-01,010-1111-0001,A-5,500\n"
			  "order.paid,e-6,,1.01E+09,A-6,500\n"
			  "order.paid,e-1,2026-02-01 09:30,1011110001,A-1,32000\n";
	json_t *report = import("events", CSV, csv);
	check(report, 2, 0, 1, 4);
	assert_string_equal(
		json_string_value(json_object_get(error_at(report, 0), "field")),
		"event_id");
	json_decref(report);
	report = import("events", CSV, csv);
	check(report, 0, 0, 3, 4);
	json_decref(report);
	report = import("events", NDJSON,
		"{\"name\":\"cart.updated\",\"id\":\"c-1\",\"phone\":\"010-1111-0002\","
		"\"data\":{\"total\":7}}\n"
		"{\"name\":\"cart.updated\",\"phone\":\"010-1111-0002\"}\n[]\n");
	check(report, 1, 0, 0, 2);
	json_decref(report);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM shop_events"), 3);
	assert_int_equal(rig_count(&r, "SELECT at FROM shop_events WHERE told = 'e-1'"),
		1769905800000);
}

/* Journeys that are too far behind take no more: the file is to be sent again. */
static void
events_wait_for_journeys(void **state)
{
	(void)state;
	struct answer a;
	json_t *report = import(
		"events", CSV, "name,event_id,phone\ncart.updated,e-1,010-1111-0001\n");
	check(report, 1, 0, 0, 0);
	json_decref(report);
	db_run(r.core.db, "UPDATE shop_events SET state = 0", "");
	rig_run(&r, HOUR);
	r.core.dialogs = (struct dialogs *)&r; /* there, and never listening */
	asker_ask(&who, "POST", "/v1/import/events", CSV,
		"name,event_id,phone\ncart.updated,e-2,010-1111-0001\n", &a);
	r.core.dialogs = NULL;
	assert_int_equal(a.status, 503);
	assert_non_null(strstr(a.body, "line 2: journeys are"));
	answer_done(&a);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM shop_events"), 1);
}

/* As Excel in Korea saves it: CP949, and the leading zero gone. */
static void
what_excel_did_is_undone(void **state)
{
	(void)state;
	json_t *report = import("contacts", CSV,
		"phone,name\n1011110001,\xB1\xE8\n\"=\"\"01011110002\"\"\",Lee\n");
	check(report, 2, 0, 0, 0);
	json_decref(report);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM contacts WHERE phone IN "
				       "('+821011110001', '+821011110002')"),
		2);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM attributes WHERE text = '김'"), 1);
	assert_int_equal(
		asker_status(&who, "POST", "/v1/import/contacts", CSV, "\xFF\xFEp"), 422);
}

static void
what_cannot_be_a_file_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *what, *head, *file;
		int status;
	} rows[] = {
		{"contacts", NULL, "{}", 415},
		{"contacts", CSV, "", 400},
		{"contacts", CSV, "phone,Bad Name\n", 422},
		{"contacts", CSV, "phone,phone\n1,2\n", 422},
		{"contcts", CSV, "phone\n", 404},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char target[64];
		snprintf(target, sizeof(target), "/v1/import/%s", rows[i].what);
		assert_int_equal(
			asker_status(&who, "POST", target, rows[i].head, rows[i].file),
			rows[i].status);
	}
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM contacts"), 0);
}

static void
write_file(struct strbuf *file, int rows)
{
	strbuf_puts(file, "phone\n");
	for (int i = 0; i < rows; i++)
		strbuf_printf(file, "010-%04d-%04d\n", 2000 + i / 10000, i % 10000);
}

/* Halfway the store fails: the answer names the line up to which all is in. */
static void
a_lost_commit_names_the_line(void **state)
{
	(void)state;
	struct strbuf file = STRBUF_INIT(1 << 22), text = STRBUF_INIT(1 << 22);
	struct answer a;
	int line = 0;
	write_file(&file, 20000);
	strbuf_printf(&text,
		"POST /v1/import/contacts HTTP/1.1\r\nHost: x\r\n" CSV
		"Content-Length: %zu\r\n\r\n%s",
		file.len, file.s);
	int fd = asker_dial(&who);
	asker_write(&who, fd, text.s, text.len / 2);
	while (rig_count(&r, "SELECT count(*) FROM contacts") < 100)
		loop_turn(r.loop);
	db_run(r.core.db, "INSERT INTO a_table_that_is_not_there VALUES(1)", "");
	asker_write(&who, fd, text.s + text.len / 2, text.len - text.len / 2);
	asker_await(&who, fd, &a);
	assert_int_equal(a.status, 503);
	const char *at = strstr(a.body, "after line ");
	if (at)
		line = atoi(at + 11);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM contacts"), line ? line - 1 : 0);
	answer_done(&a);
	close(fd);
	rig_run(&r, 3 * SECOND);
	json_t *report = import("contacts", CSV, file.s);
	assert_int_equal(number(report, "rows"), 20000);
	assert_int_equal(number(report, "same"), line ? line - 1 : 0);
	json_decref(report);
	strbuf_done(&file);
	strbuf_done(&text);
}

/* A client that leaves in the middle leaves what was taken, and nothing else. */
static void
whoever_leaves_is_forgotten(void **state)
{
	(void)state;
	struct strbuf text = STRBUF_INIT(1 << 20);
	int fd = asker_dial(&who);
	strbuf_puts(&text, "POST /v1/import/contacts HTTP/1.1\r\nHost: x\r\n" CSV
			   "Content-Length: 100000\r\n\r\n");
	write_file(&text, 50);
	asker_write(&who, fd, text.s, text.len);
	while (rig_count(&r, "SELECT count(*) FROM contacts") < 50)
		loop_turn(r.loop);
	close(fd);
	rig_run(&r, MINUTE);
	assert_int_equal(asker_status(&who, "GET", "/healthz", NULL, NULL), 200);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM contacts"), 50);
	strbuf_done(&text);
}

#define ON_A_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_BENCH(each_row_is_taken_or_named),
		ON_A_BENCH(yes_needs_its_proof),
		ON_A_BENCH(bad_lines_do_not_hurt_others),
		ON_A_BENCH(orders_come_in_too),
		ON_A_BENCH(events_come_in_too),
		ON_A_BENCH(events_wait_for_journeys),
		ON_A_BENCH(what_excel_did_is_undone),
		ON_A_BENCH(what_cannot_be_a_file_is_refused),
		ON_A_BENCH(a_lost_commit_names_the_line),
		ON_A_BENCH(whoever_leaves_is_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
