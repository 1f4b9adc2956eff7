/* Variants with a winner: when it is called, who then gets it, and what outlives an edit;
 * and that looking again and again does not make winners out of nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/core/shop_events.h"
#include "gateway/store/contacts.h"
#include "gateway/store/variants.h"
#include "tests/lib/rig.h"
#include "dialogs/shell.h"
#include "dialogs/variants.h"

static char folder[64];
static struct rig bench;

static void
put(const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/malgil-variants-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	char command[128];
	rig_close(&bench);
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static void
open_shop(void)
{
	char extra[128];
	snprintf(extra, sizeof(extra), "scripts = \"%s\";", folder);
	rig_open_with(&bench, false, extra, "optout_080 = \"080-123-4567\";");
	bench.obliging = true;
}

static void
reload(void)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	assert_int_equal(dialogs_reload(&bench.core, &err), 0);
	rig_run(&bench, 0);
}

static const char *
phone_of(int i)
{
	static char phone[20];
	snprintf(phone, sizeof(phone), "+8210%08d", 20000000 + i);
	return phone;
}

static void
says(int who, const char *text)
{
	rig_run(&bench, SECOND);
	rig_receive(&bench, "north", phone_of(who), text);
	rig_run(&bench, 0);
}

/* What the script's newest text to somebody was. */
static char
got(int who)
{
	return (char)db_number(bench.core.db, 0,
		"SELECT unicode(s.variant) FROM said s JOIN contacts c ON c.id = "
		"s.contact WHERE c.phone = $1 AND s.variant <> '' ORDER BY s.message "
		"DESC LIMIT 1",
		"t", phone_of(who));
}

/* Statements are known by the place of their text, so these are literals. */
#define tests(where) rig_count(&bench, "SELECT count(*) FROM variant_tests WHERE " where)

static void
dialog(const char *title, const char *a, const char *more)
{
	char text[2000];
	snprintf(text, sizeof(text),
		"format = 1; dialog = { title = \"%s\"; class = \"reply\";\n"
		"start = { keywords = \"hello\"; }; expire = { after = \"2d\"; };\n"
		"steps = {\n"
		"name = { ask = \"Name?\"; accept = \"any\"; save = \"name\"; };\n"
		"which = { variants = { a = { share = 50; say = \"%s\"; };\n"
		"  b = { share = 50; say = \"Do write back.\"; }; };\n"
		"  winner = { by = \"reply\"; min_each = 15; sure = 90; }; };\n"
		"end = { %s }; }; };\n",
		title, a, more);
	put("talk.cfg", text);
}

static void
a_winner_is_called_and_kept(void **state)
{
	(void)state;
	int lots[2] = {0, 0};
	dialog("t", "Write back?", "end = \"done\";");
	open_shop();
	assert_int_equal(tests("state = 'open'"), 1);
	/* Some have begun before and answer after. */
	for (int i = 0; i < 16; i++)
		says(900 + i, "hello");
	for (int i = 0; i < 44; i++) {
		says(i, "hello");
		says(i, "Kim");
		if (i == 10)
			assert_int_equal(tests("state = 'open' AND winner = ''"), 1);
		if (got(i) == 'a')
			says(i, "thank you so much");
	}
	rig_run(&bench, 2 * MINUTE);
	assert_int_equal(
		tests("state = 'decided' AND winner = 'a' AND p <= bar AND looks "
		      "> 0 AND decided > 0 AND low > 0"),
		1);
	assert_int_equal(
		rig_count(&bench,
			"SELECT count(*) FROM events WHERE name = 'variant.decided' AND "
			"detail LIKE 'talk, step which: ''a'' wins by reply, %'"),
		1);
	for (int i = 100; i < 112; i++) {
		says(i, "hello");
		says(i, "Kim");
		assert_int_equal(got(i), 'a');
	}
	for (int i = 0; i < 16; i++) {
		says(900 + i, "Kim");
		lots[got(900 + i) == 'b']++;
	}
	assert_true(lots[0] && lots[1]); /* they keep the lot they had */
	/* Another edit leaves it; other words are another test. */
	dialog("another title", "Write back?", "say = \"Bye\"; end = \"done\";");
	reload();
	assert_int_equal(tests("state = 'decided'"), 1);
	says(130, "hello");
	says(130, "Kim");
	assert_int_equal(got(130), 'a');
	dialog("t", "Would you write back?", "end = \"done\";");
	reload();
	assert_int_equal(tests("state = 'open'"), 1);
	rig_crash(&bench); /* and back: nothing was only in memory */
	bench.obliging = true;
	dialog("t", "Write back?", "end = \"done\";");
	reload();
	assert_int_equal(tests("state = 'decided'"), 1);
	assert_int_equal(tests("state = 'left'"), 1);
	says(131, "hello");
	says(131, "Kim");
	assert_int_equal(got(131), 'a');
}

/* ---- a journey, with people who are left alone ---- */

static const char promo[] =
	"format = 1; journey = { title = \"t\"; class = \"service\"; trigger = { event = "
	"\"order.paid\"; }; again = { after = \"1d\"; }; holdout = 40; goal = { event = "
	"\"order.delivered\"; within = \"5d\"; };\nsteps = { one = { variants = { x = { "
	"share = 50; say "
	"= \"Paid, thanks.\"; }; y = { share = 50; say = \"Thank you.\"; }; }; winner = "
	"{ by "
	"= \"goal\"; min_each = 500; stop = \"10d\"; }; };\nend = { end = \"done\"; }; "
	"}; };\n";

static void
tells(int who, const char *name)
{
	struct shop_event_answer a;
	json_t *fields = json_object();
	char id[40];
	snprintf(id, sizeof(id), "%s-%d", name, who);
	shop_event_take(&bench.core,
		&(struct shop_event){.name = name,
			.told = id,
			.phone = phone_of(who),
			.at = core_now(&bench.core),
			.data = fields},
		&a);
	assert_true(a.status < 300);
	shop_event_answer_done(&a);
	json_decref(fields);
	rig_run(&bench, SECOND);
}

static void
too_few_is_an_answer(void **state)
{
	(void)state;
	put("paid.cfg", promo);
	open_shop();
	for (int i = 0; i < 40; i++) {
		says(i, "hi");
		tells(i, "order.paid");
		rig_run(&bench, MINUTE);
		if (i % 2)
			tells(i, "order.delivered");
	}
	int64_t shown =
		rig_count(&bench, "SELECT count(*) FROM said WHERE script = 'paid'");
	assert_int_equal(
		shown + rig_count(&bench, "SELECT count(*) FROM entries WHERE state = "
					  "'holdout'"),
		40);
	assert_in_range(shown, 5, 35);
	rig_run(&bench, 2 * MINUTE);
	struct variant_test t;
	char print[17] = "";
	struct db_rows *q =
		db_select(bench.core.db, "SELECT print FROM variant_tests", "");
	assert_true(db_next(q));
	snprintf(print, sizeof(print), "%s", db_text(q, 0));
	db_end(q);
	assert_true(variant_test_load(bench.core.db, "paid", "one", print, &t));
	assert_string_equal(t.verdict, "not enough data");
	assert_string_equal(t.state, "open");
	assert_false(t.judged);
	/* Who was left alone is in nobody's figures. */
	int64_t people = 0, did = 0, n, k;
	for (const char *p = t.figures; *p; p += strcspn(p, "\n") + 1) {
		assert_int_equal(sscanf(p + 1, " %ld %ld", &n, &k), 2);
		people += n;
		did += k;
	}
	assert_int_equal(people, shown);
	assert_int_equal(
		did, rig_count(&bench,
			     "SELECT count(*) FROM entries WHERE goal > 0 AND run > 0"));
	assert_true(did > 0);
	rig_run(&bench, 11 * DAY);
	assert_int_equal(tests("state = 'over' AND winner = '' AND verdict = 'not enough "
			       "data' AND p IS NULL"),
		1);
	assert_int_equal(
		rig_count(&bench,
			"SELECT count(*) FROM events WHERE name = 'variant.over'"),
		1);
}

/* ---- the rule by itself ---- */

static struct script *
parse(const char *text)
{
	struct script *s;
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(4096);
	if (script_parse("x.cfg", text, strlen(text), &s, &err) < 0)
		fail_msg("%s", err.s);
	return s;
}

static double
dice(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (double)(*state >> 33) / 2147483648.0;
}

/* How many of `trials` tests find a winner, looked at after every twenty people. */
static int
winners(const struct step *step, double a, double b, int trials)
{
	uint64_t seed = 7;
	int won = 0;
	for (int i = 0; i < trials; i++) {
		struct variant_test t = {.state = "open"};
		struct share of[2] = {{0, 0}, {0, 0}};
		bool over = false;
		for (int k = 0; k < 300 && !over; k++) {
			for (int m = 0; m < 10; m++) {
				of[0].of += dice(&seed) < a;
				of[1].of += dice(&seed) < b;
			}
			of[0].n += 10;
			of[1].n += 10;
			over = variants_judge(&t, step, of, 1000);
		}
		won += *t.winner != '\0';
		if (*t.winner)
			assert_true(t.p <= t.bar && t.looks > 0);
	}
	return won;
}

static void
looking_often_finds_nothing_where_nothing_is(void **state)
{
	(void)state;
	struct script *s = parse(promo);
	struct step step = s->steps[0];
	step.winner.min_each = 100;
	step.winner.sure = 90;
	int none = winners(&step, 0.1, 0.1, 600), much = winners(&step, 0.05, 0.12, 100);
	assert_in_range(none, 1, 60); /* at most the 10 of 100 that `sure` allows */
	assert_in_range(much, 95, 100);
	script_free(s);
}

static void
prints_are_of_words_alone(void **state)
{
	(void)state;
	char a[17], b[17], c[17];
	struct script *s = parse(promo);
	variants_print(&s->steps[0], a);
	struct script_variant *v =
		(struct script_variant *)(uintptr_t)s->steps[0].variants;
	v[0].share = 90;
	v[1].share = 10;
	s->steps[0].winner.min_each = 7;
	variants_print(&s->steps[0], b);
	assert_string_equal(a, b);
	v[0].name = "z";
	variants_print(&s->steps[0], c);
	assert_string_not_equal(a, c);
	script_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests_[] = {
		cmocka_unit_test_setup_teardown(
			a_winner_is_called_and_kept, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_few_is_an_answer, set_up, tear_down),
		cmocka_unit_test(looking_often_finds_nothing_where_nothing_is),
		cmocka_unit_test(prints_are_of_words_alone),
	};
	return cmocka_run_group_tests(tests_, NULL, NULL);
}
