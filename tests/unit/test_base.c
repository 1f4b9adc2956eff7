/* base/: the buffer, ids, suggestions, durations, configuration and the loop's promises.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>

#include "gateway/base/conf.h"
#include "gateway/base/ids.h"
#include "gateway/base/loop.h"
#include "gateway/base/mailbox.h"
#include "gateway/base/suggest.h"

static void
strbuf_stops_at_its_ceiling(void **state)
{
	(void)state;
	struct strbuf b = STRBUF_INIT(5);
	strbuf_puts(&b, "abc");
	strbuf_puts(&b, "def");
	assert_true(b.full);
	assert_string_equal(b.s, "abc");
	strbuf_puts(&b, "d"); /* stays full: no holes in the middle of a text */
	assert_string_equal(b.s, "abc");
	strbuf_reset(&b);
	strbuf_printf(&b, "%d", 12345);
	assert_string_equal(b.s, "12345");
	assert_false(b.full);
	strbuf_consume(&b, 2);
	assert_string_equal(b.s, "345");
	strbuf_done(&b);
}

static void
ids_grow_whatever_the_clock_does(void **state)
{
	(void)state;
	struct ids ids = {0};
	uint64_t last = 0;
	const int64_t walls[] = {1000, 1000, 5, 0, -3, 2000};
	for (size_t i = 0; i < ARRAY_LEN(walls); i++) {
		uint64_t id = ids_next(&ids, walls[i]);
		assert_true(id > last);
		last = id;
	}
	assert_int_equal(ids_wall(last), 2000);
	ids_seen(&ids, UINT64_C(9) << 40);
	assert_true(ids_next(&ids, 1) > UINT64_C(9) << 40);
	uint64_t id;
	assert_int_equal(ids_parse("12", &id), 0);
	assert_int_equal(id, 12);
	const char *const bad[] = {
		"", "0", "-1", "1x", " 1", "9223372036854775808", "99999999999999999999"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(ids_parse(bad[i], &id), -EINVAL);
}

static void
suggest_finds_the_slip(void **state)
{
	(void)state;
	struct suggest s;
	suggest_init(&s, "chanels");
	suggest_offer(&s, "check");
	suggest_offer(&s, "channels");
	assert_string_equal(s.best, "channels");
	char gone[] = "chanels";
	suggest_offer(&s, gone); /* a row that is over when the answer is used */
	memset(gone, 'x', sizeof(gone) - 1);
	assert_string_equal(s.best, "chanels");
	suggest_init(&s, "xyzzy");
	suggest_offer(&s, "channels");
	assert_null(s.best);
}

static void
durations(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {{"90s", 90000}, {"30m", 1800000}, {"4h", 4 * HOUR}, {"2d", 2 * DAY},
		{"3mo", 90 * DAY}, {"250ms", 250}, {"0s", 0}};
	int64_t ms;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(conf_duration(good[i].text, &ms), 0);
		assert_int_equal(ms, good[i].ms);
	}
	const char *const bad[] = {"", "5", "m", "-5m", "5 m", "5M", "999999999999y"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(conf_duration(bad[i], &ms), -EINVAL);
}

struct sample {
	char *name;
	int64_t count, wait;
	bool loud;
};
static const struct conf_key sample_inner[] = {
	{"wait", CONF_DURATION, offsetof(struct sample, wait), .min = 1000, .max = DAY},
	{"loud", CONF_BOOL, offsetof(struct sample, loud)},
	{0},
};
static const struct conf_key sample_keys[] = {
	{"name", CONF_TEXT, offsetof(struct sample, name), .required = true},
	{"count", CONF_INT, offsetof(struct sample, count), .min = 1, .max = 9},
	{"inner", CONF_GROUP, .sub = sample_inner},
	{0},
};

static int
read_sample(const char *text, struct sample *ret, struct strbuf *err)
{
	struct conf *conf;
	*ret = (struct sample){0};
	int r = conf_parse("x.cfg", text, strlen(text), &conf, err);
	if (r < 0)
		return r;
	r = conf_read(conf_root(conf), sample_keys, ret, err);
	conf_close(conf);
	return r;
}

static void
conf_reads_what_is_right(void **state)
{
	(void)state;
	struct sample s;
	struct strbuf err = STRBUF_SENTENCE;
	assert_int_equal(read_sample("name = \"가게\"; # \"odd\n count = 9;\n"
				     "inner = { wait = \"90s\"; loud = true; };",
				 &s, &err),
		0);
	assert_string_equal(s.name, "가게");
	assert_int_equal(s.count, 9);
	assert_int_equal(s.wait, 90000);
	assert_true(s.loud);
	conf_free(sample_keys, &s);
	strbuf_done(&err);
}

static void
conf_says_what_is_wrong(void **state)
{
	(void)state;
	static const struct {
		const char *text, *sentence;
	} rows[] = {
		{"nmae = \"x\";",
			"x.cfg:1: there is no setting 'nmae' here; did you mean 'name'?"},
		{"count = 3;", "x.cfg: the setting 'name' is missing"},
		{"nmae = \"x\";\ncount = 10;\ninner = { loud = 1; };",
			"x.cfg:1: there is no setting 'nmae' here; did you mean 'name'?\n"
			"x.cfg:2: 'count' is 10; it must be from 1 to 9\n"
			"x.cfg:3: 'loud' should be true or false (without quotes), "
			"not a whole number"},
		{"name = \"x\";\ncount = 10;",
			"x.cfg:2: 'count' is 10; it must be from 1 to 9"},
		{"name = 5;",
			"x.cfg:1: 'name' should be a text in quotes, not a whole number"},
		{"name = \"x\";\ncount = 99999999999;",
			"x.cfg:2: this number is too large (at most 2147483647)"},
		{"name = \"x\n\";",
			"x.cfg:1: the quote opened in this line is not closed in it"},
		{"/* a\n\nname = \"x\";",
			"x.cfg:1: the comment opened in this line is never closed"},
		{"\xEF\xBB\xBFname = \"x\";",
			"x.cfg:1: the file starts with a byte order mark; "
			"save it as \"UTF-8 without BOM\""},
		{"name = \"\xB0\xA1\";",
			"x.cfg:1: this line is not UTF-8; save the file as UTF-8 "
			"(it may be in CP949)"},
		{"name = \"x\"; inner = { wait = \"5\"; };",
			"x.cfg:1: 'wait = \"5\"' is not a length of time; write \"90s\", "
			"\"30m\", "
			"\"4h\", \"2d\" or \"3mo\""},
		{"name = \"x\"; inner = { wait = \"1ms\"; };",
			"x.cfg:1: 'wait = \"1ms\"' is out of range"},
		{"name = \"\";", "x.cfg:1: 'name' must not be empty"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sample s;
		struct strbuf err = STRBUF_SENTENCE;
		assert_int_equal(read_sample(rows[i].text, &s, &err), -EINVAL);
		assert_string_equal(err.s, rows[i].sentence);
		conf_free(sample_keys, &s);
		strbuf_done(&err);
	}
}

/* ---- the loop ---- */

struct tick_log {
	char text[256];
	int result;
	bool dirty;
	struct loop *loop;
	struct loop_timer timer;
	int fired;
};

static void
note(struct tick_log *t, const char *what)
{
	strncat(t->text, what, sizeof(t->text) - strlen(t->text) - 1);
}

static int
commit(void *arg)
{
	struct tick_log *t = arg;
	if (!t->dirty)
		return 0;
	t->dirty = false;
	note(t, t->result ? "rollback " : "commit ");
	return t->result;
}

static void
failed(void *arg)
{
	note(arg, "failed ");
}

static void
effect(void *arg, bool committed)
{
	note(arg, committed ? "effect " : "dropped ");
}

static void
work(void *arg)
{
	struct tick_log *t = arg;
	note(t, "work ");
	t->dirty = true;
	loop_after_commit(t->loop, effect, t);
}

static void
effects_wait_for_the_commit(void **state)
{
	(void)state;
	struct clock_sim sim;
	clock_sim_init(&sim, 0);
	struct tick_log t = {.loop = loop_new(&sim.clock)};
	loop_on_tick(t.loop, &(struct loop_tick){commit, failed, &t});
	loop_post(t.loop, work, &t);
	while (loop_turn(t.loop))
		;
	assert_string_equal(t.text, "work commit effect ");
	t.text[0] = '\0';
	t.result = -1;
	loop_post(t.loop, work, &t);
	while (loop_turn(t.loop))
		;
	assert_string_equal(t.text, "work rollback dropped failed ");
	t.text[0] = '\0';
	loop_post(t.loop, work, &t);
	loop_forget(t.loop, &t);
	while (loop_turn(t.loop))
		;
	assert_string_equal(t.text, "");
	loop_free(t.loop);
}

static void
tick_timer(void *arg)
{
	struct tick_log *t = arg;
	if (++t->fired < 1000)
		loop_timer_in(&t->timer, DAY);
}

static void
simulated_years_take_no_time(void **state)
{
	(void)state;
	struct clock_sim sim;
	clock_sim_init(&sim, 0);
	struct tick_log t = {.loop = loop_new(&sim.clock)};
	loop_timer_init(&t.timer, t.loop, tick_timer, &t);
	loop_timer_in(&t.timer, DAY);
	loop_run_until(t.loop, &sim, 500 * DAY + 10);
	assert_int_equal(t.fired, 500);
	loop_run_until(t.loop, &sim, 5000 * DAY);
	assert_int_equal(t.fired, 1000);
	assert_false(loop_timer_active(&t.timer));
	loop_free(t.loop);
}

static void
again_now(void *arg)
{
	struct tick_log *t = arg;
	if (++t->fired < 100000)
		loop_timer_in(&t->timer, 0);
}

static void
stop_loop(void *arg, bool committed)
{
	struct tick_log *t = arg;
	(void)committed;
	loop_timer_stop(&t->timer);
	loop_stop(t->loop);
}

/* On a real clock, where libuv would call it without an end. */
static void
a_timer_set_again_for_now_keeps_nothing_from_its_commit(void **state)
{
	(void)state;
	struct tick_log t = {.loop = loop_new(clock_real())};
	loop_timer_init(&t.timer, t.loop, again_now, &t);
	loop_timer_in(&t.timer, 0);
	loop_after_commit(t.loop, stop_loop, &t);
	loop_run(t.loop);
	assert_in_range(t.fired, 1, 1000);
	loop_free(t.loop);
}

static void
timers_fire_in_order(void **state)
{
	(void)state;
	struct clock_sim sim;
	clock_sim_init(&sim, 0);
	struct loop *loop = loop_new(&sim.clock);
	struct tick_log t[40] = {{.fired = 0}};
	uint32_t seed = 7;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		t[i].fired = 999; /* one shot */
		loop_timer_init(&t[i].timer, loop, tick_timer, &t[i]);
		seed = seed * 1664525u + 1013904223u;
		loop_timer_at(&t[i].timer, 2 + seed % 1000);
	}
	for (size_t i = 0; i < ARRAY_LEN(t); i += 3)
		loop_timer_stop(&t[i].timer);
	loop_run_until(loop, &sim, 500);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		bool due = i % 3 && t[i].timer.deadline < 500;
		assert_int_equal(t[i].fired, due ? 1000 : 999);
	}
	loop_free(loop);
}

struct post {
	struct mailbox *box;
	struct loop *loop;
	int sum, count;
};

static void
deliver(void *arg, void *letter)
{
	struct post *p = arg;
	p->sum += *(int *)letter;
	free(letter);
	if (++p->count == 100)
		loop_stop(p->loop);
}

static void *
writer(void *arg)
{
	struct post *p = arg;
	for (int i = 1; i <= 100; i++) {
		int *n = xmalloc(sizeof(*n));
		*n = i;
		mailbox_post(p->box, n);
	}
	return NULL;
}

static void
mailbox_delivers_everything(void **state)
{
	(void)state;
	struct post p = {.loop = loop_new(clock_real())};
	p.box = mailbox_new(p.loop, deliver, &p);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, writer, &p), 0);
	loop_run(p.loop);
	pthread_join(thread, NULL);
	assert_int_equal(p.sum, 5050);
	mailbox_free(p.box, free);
	loop_free(p.loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strbuf_stops_at_its_ceiling),
		cmocka_unit_test(ids_grow_whatever_the_clock_does),
		cmocka_unit_test(suggest_finds_the_slip),
		cmocka_unit_test(durations),
		cmocka_unit_test(conf_reads_what_is_right),
		cmocka_unit_test(conf_says_what_is_wrong),
		cmocka_unit_test(effects_wait_for_the_commit),
		cmocka_unit_test(simulated_years_take_no_time),
		cmocka_unit_test(a_timer_set_again_for_now_keeps_nothing_from_its_commit),
		cmocka_unit_test(timers_fire_in_order),
		cmocka_unit_test(mailbox_delivers_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
