/* What is kept and what is not: which copies stay, and that a person who was forgotten is
 * nowhere in the file any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/core/consent.h"
#include "gateway/core/erase.h"
#include "gateway/core/people.h"
#include "gateway/core/shop_events.h"
#include "gateway/core/tickets.h"
#include "gateway/store/audit.h"
#include "gateway/store/meta.h"
#include "gateway/store/orders.h"
#include "gateway/store/providers.h"
#include "gateway/store/repeats.h"
#include "gateway/store/sweep.h"
#include "gateway/store/vault.h"
#include "tests/lib/rig.h"

static struct rig r;
static char folder[64];

/* ---- which copies stay ---- */

static void
daily_weekly_and_monthly_copies_stay(void **state)
{
	(void)state;
	enum { DAYS = 800 };
	static struct vault_item items[DAYS];
	static bool keep[DAYS];
	int64_t now = INT64_C(1795305600000);
	for (int i = 0; i < DAYS; i++)
		items[i].at = now - i * DAY;
	vault_choose(items, DAYS, keep);
	size_t kept = 0, week = 0;
	int64_t oldest = now;
	for (int i = 0; i < DAYS; i++) {
		kept += keep[i];
		week += i < 7 && keep[i];
		oldest = keep[i] ? items[i].at : oldest;
	}
	assert_int_equal(week, 7);
	assert_true(kept >= 7 + 2 + 9 && kept <= 7 + 4 + 12);
	assert_true(now - oldest > 300 * DAY && now - oldest < 370 * DAY);
}

static void
the_newest_stays_however_many_one_day_has(void **state)
{
	(void)state;
	struct vault_item items[3] = {
		{.at = 3 * DAY + 3}, {.at = 3 * DAY + 2}, {.at = DAY}};
	bool keep[3];
	vault_choose(items, 3, keep);
	assert_true(keep[0] && keep[1] && keep[2]);
	static struct vault_item many[60];
	static bool some[60];
	for (size_t i = 0; i < 60; i++)
		many[i].at = 5 * DAY - (int64_t)i * MINUTE;
	vault_choose(many, 60, some);
	assert_true(some[0] && some[9] && !some[20]);
	vault_choose(items, 0, keep);
}

static void
names_tell_whose_and_when(void **state)
{
	(void)state;
	char whose[VAULT_INSTANCE + 1];
	struct strbuf path = STRBUF_INIT(256);
	vault_path("/a", "0123456789abcdef", INT64_C(1795305600000), VAULT_COPY, &path);
	assert_string_equal(path.s, "/a/malgil-01234567-20261122-000000.db");
	assert_true(vault_owner(path.s, whose));
	assert_string_equal(whose, "01234567");
	assert_false(vault_owner("/a/malgil-x.db", whose));
	assert_false(vault_owner("/a/other.db", whose));
	strbuf_done(&path);
}

/* ---- a number, however it is written ---- */

static void
a_number_is_known_however_it_is_written(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool names;
	} rows[] = {{"+821087654321", true}, {"010-8765-4321", true},
		{"to=%2B821087654321&x", true}, {"(010) 8765 4321", true},
		{"{\"from\":\"1087654321\"}", true}, {"010-8765-4320", false},
		{"8765", false}, {"", false}, {"87654 3 2 1", true}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (sweep_names(rows[i].text, strlen(rows[i].text), "+821087654321") !=
			rows[i].names)
			fail_msg("'%s'", rows[i].text);
	assert_false(
		sweep_names("1234", 4, "1234")); /* a short code is nobody's number */
	assert_false(sweep_names("SHOP SHOP", 9, "SHOP"));
}

/* ---- forgotten everywhere ---- */

#define THEIRS "+821087654321"
static const char *const words[] = {
	"Gildong", "Moonstreet", "87654321", "8765-4321", "cust-778899"};

static int
up(void **state)
{
	(void)state;
	char path[128], extra[128];
	snprintf(folder, sizeof(folder), "/tmp/malgil-keep-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/j.cfg", folder);
	FILE *f = fopen(path, "w");
	if (!f)
		return -1;
	fputs("format = 1; journey = { title = \"t\"; trigger = { event = "
	      "\"cart.updated\"; "
	      "}; class = \"service\"; steps = { a = { say = \"{event.name} buys\"; }; "
	      "}; "
	      "};\n",
		f);
	fclose(f);
	snprintf(extra, sizeof(extra), "scripts = \"%s\";", folder);
	rig_open_with(&r, false, extra, "optout_080 = \"080-123-4567\";");
	return 0;
}

static int
down(void **state)
{
	(void)state;
	char command[128];
	rig_close(&r);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static void
tell(const char *name, const char *id, const char *json)
{
	struct strbuf err = STRBUF_SENTENCE;
	json_t *data = json_read(json, strlen(json), &err);
	struct shop_event_answer a;
	shop_event_take(&r.core,
		&(struct shop_event){.name = name,
			.told = id,
			.phone = THEIRS,
			.customer = "cust-778899",
			.data = data},
		&a);
	if (a.status >= 300)
		fail_msg("%s: %s", name, a.why.s);
	shop_event_answer_done(&a);
	json_decref(data);
	strbuf_done(&err);
	rig_run(&r, SECOND);
}

static void
plant(void)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct contact c;
	uint64_t id;
	rig_receive(&r, "north", THEIRS, "Gildong, Moonstreet 5");
	rig_receive_part(&r, "north", THEIRS,
		"Moonstreet in parts, of which the second is lost and never comes: this "
		"one "
		"is long enough to need two of them, or so it should be; a hundred and "
		"sixty "
		"characters are many",
		7, 0);
	rig_send(&r, THEIRS, "to Gildong");
	rig_sent(&r, 1);
	rig_report(&r, "north", 1, THEIRS, 0);
	assert_true(contact_find(r.core.db, THEIRS, &c));
	assert_int_equal(people_set(&r.core, &c, "name", "Gildong", &err), 0);
	assert_int_equal(people_tag(&r.core, &c, "Moonstreet", true, &err), 0);
	tell("cart.updated", "cart-Gildong", "{\"id\":\"1\",\"name\":\"Gildong\"}");
	tell("order.paid", "o-Gildong",
		"{\"id\":\"1\",\"total\":\"5\",\"name\":\"Gildong\",\"category\":"
		"\"Moonstreet\"}");
	tell("contact.updated", "u-Gildong", "{\"name\":\"Gildong\"}");
	order_put(r.core.db,
		&(struct order_facts){
			.number = "1", .source = "", .phone = THEIRS, .name = "Gildong"},
		core_id(&r.core), core_now(&r.core), &id);
	uint64_t ticket = tickets_open(&r.core, &(struct ticket_wish){.contact = c.id,
							.topic = "x",
							.note = "Gildong",
							.priority = TICKET_NORMAL});
	assert_int_equal(tickets_note(&r.core, ticket, "mina", "Moonstreet", &err), 0);
	assert_int_equal(consent_change(&r.core,
				 &(struct consent_change){.phone = THEIRS,
					 .action = "grant",
					 .method = "staff",
					 .words = "Gildong says yes"},
				 &id, &err),
		0);
	audit_append(r.core.db, &(struct audit_row){.id = core_id(&r.core),
					.at = core_now(&r.core),
					.who = "mina",
					.via = "",
					.action = "POST /x",
					.target = "010-8765-4321",
					.detail = "Gildong"});
	struct repeat again = {.status = 200, .answer = STRBUF_INIT(128)};
	strbuf_puts(&again.answer, "{\"phone\":\"+821087654321\",\"name\":\"Gildong\"}");
	repeat_save(r.core.db, "shop", "k", &again, core_now(&r.core), 0);
	strbuf_done(&again.answer);
	const char call[] = "From=%2B821087654321&Body=Moonstreet";
	provider_call_insert(r.core.db, core_id(&r.core), r.core.channels[0]->row.id,
		core_now(&r.core), 0, "d", call, sizeof(call) - 1);
	if (db_poisoned(r.core.db))
		fail_msg("%s", db_error(r.core.db));
	rig_run(&r, MINUTE);
	for (size_t i = 0; i < r.send_count; i++)
		if (r.sends[i].released && !r.sends[i].answered)
			rig_sent(&r, 2);
	rig_run(&r, MINUTE);
	strbuf_done(&err);
}

/* Every column of every table, so that whoever adds one hears of it here. */
static size_t
look_everywhere(const char *word, bool say)
{
	struct strbuf found = STRBUF_INIT(64 * 1024);
	struct db_rows *tables = db_select(r.core.db,
		"SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c "
		"WHERE m.type = 'table'",
		"");
	size_t n = 0;
	while (db_next(tables)) {
		char sql[512];
		snprintf(sql, sizeof(sql),
			"SELECT count(*) FROM \"%s\" WHERE instr(CAST(\"%s\" AS BLOB), "
			"CAST('%s' AS BLOB)) > 0",
			db_text(tables, 0), db_text(tables, 1), word);
		struct db_rows *q = db_ask(r.core.db, sql, NULL, 0);
		int64_t rows = db_next(q) ? db_int(q, 0) : 0;
		db_end(q);
		if (rows)
			strbuf_printf(
				&found, " %s.%s", db_text(tables, 0), db_text(tables, 1));
		n += rows > 0;
	}
	db_end(tables);
	if (n && say)
		fail_msg("'%s' is still in%s", word, found.s);
	strbuf_done(&found);
	return n;
}

static bool
file_has(const char *tail, const char *word)
{
	char path[256];
	bool found = false;
	snprintf(path, sizeof(path), "%s%s", db_path(r.core.db), tail);
	FILE *f = fopen(path, "r");
	if (!f)
		return false;
	struct strbuf all = STRBUF_INIT(64 << 20);
	char block[65536];
	size_t n;
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		strbuf_add(&all, block, n);
	fclose(f);
	found = memmem(all.s, all.len, word, strlen(word)) != NULL;
	strbuf_done(&all);
	return found;
}

/* As the daemon does it, when it hears that somebody was forgotten. */
static void
wash(void)
{
	rig_run(&r, SECOND);
	assert_int_equal(db_commit(r.core.db), 0);
	assert_int_equal(db_log_wash(r.core.db), 0);
}

static void
nothing_of_the_forgotten_is_in_the_file(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE;
	struct erase_report report;
	plant();
	size_t places = 0;
	for (size_t i = 0; i < 5; i++)
		places += look_everywhere(words[i], getenv("SHOW") != NULL);
	if (places < 25)
		fail_msg("only %zu", places); /* they are everywhere */
	if (erase_contact(&r.core, &(struct erase_wish){.phone = THEIRS}, &report, &err) <
		0)
		fail_msg("%s", err.s);
	rig_run(&r, 2 * MINUTE);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM erasures WHERE state <> 'done'"), 0);
	assert_true(r.core.wash_log);
	/* the proof of consent stays as long as the pack says, and then goes */
	assert_true(report.kept > 0);
	assert_int_equal(erasures_release(r.core.db, report.kept + DAY, 10), 1);
	wash();
	for (size_t i = 0; i < 5; i++)
		look_everywhere(words[i], true);
	for (size_t i = 0; i < 5; i++) {
		if (file_has("", words[i]) || file_has("-wal", words[i]))
			fail_msg("'%s' is still in the bytes of the file", words[i]);
	}
	assert_false(file_has("", "\x01\x78\x56\x34\x12")); /* 0187654321 in a PDU */
	strbuf_done(&err);
}

/* ---- people nothing is heard of ---- */

static int
up_short(void **state)
{
	(void)state;
	rig_open_with(&r, false, "",
		"optout_080 = \"080-123-4567\"; retention = { contacts = \"48h\"; };");
	return 0;
}

static int
down_short(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

static void
who_is_silent_for_long_is_forgotten(void **state)
{
	(void)state;
	struct contact c;
	rig_receive(&r, "north", "+821011110000", "hello");
	rig_receive(&r, "north", THEIRS, "hello");
	rig_run(&r, 2 * MINUTE);
	rig_count(&r, "SELECT 1");
	struct strbuf err = STRBUF_SENTENCE;
	while (rig_count(&r, "SELECT count(*) FROM tickets WHERE state = 'open'"))
		assert_int_equal(
			tickets_close(&r.core,
				(uint64_t)rig_count(&r, "SELECT id FROM tickets WHERE "
							"state = 'open' LIMIT 1"),
				"mina", "done", true, &err),
			0);
	rig_run(&r, DAY);
	rig_receive(&r, "north", "+821011110000", "still here");
	rig_run(&r, 47 * HOUR);
	assert_false(contact_find(r.core.db, THEIRS, &c));
	assert_true(contact_find(r.core.db, "+821011110000", &c));
	assert_true(contacts_inactive_count(r.core.db, core_now(&r.core)) <= 1);
	strbuf_done(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(daily_weekly_and_monthly_copies_stay),
		cmocka_unit_test(the_newest_stays_however_many_one_day_has),
		cmocka_unit_test(names_tell_whose_and_when),
		cmocka_unit_test(a_number_is_known_however_it_is_written),
		cmocka_unit_test_setup_teardown(
			nothing_of_the_forgotten_is_in_the_file, up, down),
		cmocka_unit_test_setup_teardown(
			who_is_silent_for_long_is_forgotten, up_short, down_short),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
