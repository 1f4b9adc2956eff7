/* The log of events as a stream: nothing twice, nothing missing, whatever the reader
 * does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <inttypes.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/socket.h>

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

static int
open_stream(const char *target, const char *more)
{
	char text[512];
	int fd = asker_dial(&who);
	int n = snprintf(text, sizeof(text),
		"GET %s HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n%s\r\n",
		target, more);
	asker_write(&who, fd, text, (size_t)n);
	return fd;
}

static void
happen(int count)
{
	static int n;
	for (int i = 0; i < count; i++) {
		char detail[32];
		snprintf(detail, sizeof(detail), "number %d.", n++);
		core_event(
			&r.core, &(struct event){.name = "test.event", .detail = detail});
	}
}

static void
turn_until_quiet(void)
{
	for (int i = 0; i < 50; i++)
		while (loop_turn(r.loop))
			i = 0;
}

/* Reads until the text was seen; returns how many events came, in rising order. */
static int
events_until(int fd, const char *word, uint64_t *last)
{
	struct strbuf text = STRBUF_INIT(64 << 20);
	int count = 0;
	asker_until(&who, fd, word, &text);
	for (const char *p = text.s; (p = strstr(p, "\nid: ")); p++, count++) {
		uint64_t id = strtoull(p + 5, NULL, 10);
		assert_true(id > *last);
		*last = id;
	}
	strbuf_done(&text);
	return count;
}

static uint64_t
newest(void)
{
	return (uint64_t)rig_count(&r, "SELECT max(id) FROM events");
}

/* ---- */

static void
what_happens_is_told_as_it_happens(void **state)
{
	(void)state;
	struct strbuf text = STRBUF_INIT(1 << 20);
	int fd = open_stream("/v1/events", "");
	asker_until(&who, fd, "retry: 3000", &text);
	assert_non_null(strcasestr(text.s, "Content-Type: text/event-stream"));
	assert_null(strstr(text.s, "id: "));
	happen(1);
	strbuf_reset(&text);
	asker_until(&who, fd, "}\n\n", &text);
	assert_non_null(strstr(text.s, "\nevent: test.event\ndata: {\"id\":\""));
	strbuf_reset(&text);
	rig_run(&r, 16 * SECOND); /* a heartbeat */
	asker_until(&who, fd, ":\n\n", &text);
	strbuf_done(&text);
	close(fd);
}

static void
nothing_is_told_that_was_lost(void **state)
{
	(void)state;
	uint64_t last = 0;
	int fd = open_stream("/v1/events?after=0", "");
	turn_until_quiet();
	happen(3);
	db_run(r.core.db, "INSERT INTO a_table_that_is_not_there VALUES(1)", "");
	turn_until_quiet();
	rig_run(&r, 3 * SECOND);
	core_event(&r.core, &(struct event){.name = "test.after"});
	events_until(fd, "test.after", &last);
	assert_int_equal(last, newest());
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM events WHERE name = 'test.event'"),
		0);
	close(fd);
}

static void
whoever_comes_back_has_missed_nothing(void **state)
{
	(void)state;
	uint64_t last = 0;
	char line[64];
	happen(5);
	turn_until_quiet();
	int fd = open_stream("/v1/events?after=0", "");
	int first = events_until(fd, "number 4.", &last);
	(void)first;
	close(fd);
	happen(1000);
	turn_until_quiet();
	uint64_t from = last;
	snprintf(line, sizeof(line), "Last-Event-ID: %" PRIu64 "\r\n", last);
	fd = open_stream("/v1/events?after=0", line);
	happen(700);
	turn_until_quiet();
	core_event(&r.core, &(struct event){.name = "test.end"});
	int count = events_until(fd, "test.end", &last);
	char sql[128];
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM events WHERE id > %" PRIu64,
		from);
	assert_int_equal(count, rig_count(&r, sql));
	close(fd);
}

/* More than any buffer holds, read by one that is slow: it reads the store behind the
 * others. */
static void
a_slow_reader_gets_all_of_it(void **state)
{
	(void)state;
	uint64_t slow_last = 0, quick_last = 0;
	int slow = open_stream("/v1/events?after=0", "");
	int quick = open_stream("/v1/events?after=0", "");
	int small = 4096;
	setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (int i = 0; i < 20; i++) {
		happen(500);
		turn_until_quiet();
	}
	core_event(&r.core, &(struct event){.name = "test.done"});
	int all = (int)rig_count(&r, "SELECT count(*) FROM events");
	assert_int_equal(events_until(quick, "test.done", &quick_last), all);
	assert_int_equal(events_until(slow, "test.done", &slow_last), all);
	assert_true(slow_last == quick_last);
	close(slow);
	close(quick);
}

static void
whoever_does_not_read_is_dropped(void **state)
{
	(void)state;
	int fd = open_stream("/v1/events?after=0", "");
	struct strbuf text = STRBUF_INIT(64 << 20);
	happen(5000);
	turn_until_quiet();
	happen(5000);
	turn_until_quiet();
	int64_t stop = clock_mono(clock_real()) + 10 * SECOND;
	struct pollfd gone = {.fd = fd, .events = POLLRDHUP};
	while (!poll(&gone, 1, 1)) { /* it reads nothing, and sees the end */
		rig_run(&r, 16 * SECOND);
		assert_true(clock_mono(clock_real()) < stop);
	}
	asker_until(&who, fd, "a word that never comes", &text); /* until it is cut */
	assert_null(strstr(text.s, "number 9999."));
	strbuf_done(&text);
	close(fd);
	assert_int_equal(asker_status(&who, "GET", "/v1/events", NULL, NULL), 200);
}

static void
a_stream_ends_with_its_token(void **state)
{
	(void)state;
	struct answer a;
	char head[160];
	struct strbuf text = STRBUF_INIT(1 << 20);
	asker_ask(&who, "POST", "/v1/tokens", NULL,
		"{\"name\":\"screen\",\"role\":\"read\"}", &a);
	json_t *token = answer_json(&a);
	snprintf(head, sizeof(head), "Authorization: Bearer %s\r\n",
		json_string_value(json_object_get(token, "token")));
	json_decref(token);
	answer_done(&a);
	int fd = open_stream("/v1/events", head);
	asker_until(&who, fd, "retry: ", &text);
	assert_int_equal(
		asker_status(&who, "POST", "/v1/tokens/screen/revoke", NULL, ""), 200);
	rig_run(&r, 16 * SECOND);
	asker_until(&who, fd, "a word that never comes", &text);
	strbuf_done(&text);
	close(fd);
}

static void
a_bad_cursor_is_refused(void **state)
{
	(void)state;
	const char *accept = "Accept: text/event-stream\r\n";
	assert_int_equal(
		asker_status(&who, "GET", "/v1/events?after=x", accept, NULL), 400);
	assert_int_equal(
		asker_status(&who, "GET", "/v1/events",
			"Accept: text/event-stream\r\nLast-Event-ID: -1\r\n", NULL),
		400);
}

/* Streams that are open when the program ends do not keep it. */
static sem_t full;

static void
stand_still(struct db *db, void *arg)
{
	(void)db;
	(void)arg;
	sem_wait(&full);
}

static void
nothing(void *arg)
{
	(void)arg;
}

/* Neither what just happened nor the past waits for the next event, or a heartbeat. */
static void
an_overrun_reader_only_delays(void **state)
{
	(void)state;
	struct strbuf text = STRBUF_INIT(1 << 20);
	uint64_t last = 0;
	int jobs = 0;
	happen(3);
	turn_until_quiet();
	int live = open_stream("/v1/events", "");
	asker_until(&who, live, "retry: 3000", &text);
	turn_until_quiet();
	sem_init(&full, 0, 0);
	while (!reader_submit(r.core.reader, stand_still, nothing, nothing, NULL))
		jobs++;
	int past = open_stream("/v1/events?after=0", "");
	core_event(&r.core, &(struct event){.name = "test.late"});
	turn_until_quiet();
	rig_run(&r, SECOND); /* still no room: asked again and refused again */
	for (int i = 0; i < jobs; i++)
		sem_post(&full);
	who.clock = &r.clock;
	int64_t begin = clock_mono(r.core.clock);
	assert_int_equal(events_until(live, "test.late", &last), 1);
	last = 0;
	assert_true(events_until(past, "test.late", &last) >= 4);
	assert_int_equal(last, newest());
	assert_true(clock_mono(r.core.clock) - begin < 10 * SECOND);
	who.clock = NULL;
	sem_destroy(&full);
	strbuf_done(&text);
	close(live);
	close(past);
}

static void
the_end_ends_streams(void **state)
{
	(void)state;
	struct strbuf err = STRBUF_SENTENCE, text = STRBUF_INIT(1 << 20);
	int fds[20];
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = open_stream("/v1/events?after=0", "");
	turn_until_quiet();
	api_stop(api);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		asker_until(&who, fds[i], "a word that never comes", &text);
		close(fds[i]);
	}
	int listener = api_listen_unix(who.path, &err);
	assert_int_equal(api_start(&r.core, listener, &api, &err), 0);
	strbuf_done(&text);
	strbuf_done(&err);
}

#define ON_A_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_BENCH(what_happens_is_told_as_it_happens),
		ON_A_BENCH(nothing_is_told_that_was_lost),
		ON_A_BENCH(whoever_comes_back_has_missed_nothing),
		ON_A_BENCH(a_slow_reader_gets_all_of_it),
		ON_A_BENCH(whoever_does_not_read_is_dropped),
		ON_A_BENCH(a_stream_ends_with_its_token),
		ON_A_BENCH(a_bad_cursor_is_refused),
		ON_A_BENCH(an_overrun_reader_only_delays),
		ON_A_BENCH(the_end_ends_streams),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
