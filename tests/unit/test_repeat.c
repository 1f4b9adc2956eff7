/* Idempotency-Key: done once, answered as often as it is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "gateway/store/repeats.h"
#include "tests/lib/asker.h"
#include "tests/lib/rig.h"

static struct rig r;
static struct api *api;
static struct asker who;

static void
start_api(void)
{
	struct strbuf err = STRBUF_SENTENCE;
	r.core.reader = reader_new(r.loop, r.core.config->store);
	who = (struct asker){.loop = r.loop};
	snprintf(who.path, sizeof(who.path), "%s/api.sock", r.dir);
	int fd = api_listen_unix(who.path, &err);
	assert_int_equal(api_start(&r.core, fd, &api, &err), 0);
	strbuf_done(&err);
}

static void
stop_api(void)
{
	api_stop(api);
	reader_free(r.core.reader);
	r.core.reader = NULL;
}

static int
set_up(void **state)
{
	(void)state;
	rig_open(&r, false);
	start_api();
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	stop_api();
	rig_close(&r);
	return 0;
}

#define KEY "Idempotency-Key: order-17\r\n"
static const char *const text = "{\"to\":\"010-1111-0001\",\"text\":\"hi\"}";
static const char *const other = "{\"to\":\"010-1111-0001\",\"text\":\"ho\"}";

/* The body of the answer, copied. */
static char *
post(const char *target, const char *head, const char *body, int status)
{
	struct answer a;
	asker_ask(&who, "POST", target, head, body, &a);
	if (a.status != status)
		fail_msg("%d expected: %s", status, a.raw.s);
	char *copy = xstrdup(a.body);
	answer_done(&a);
	return copy;
}

static int64_t
messages(void)
{
	return rig_count(&r, "SELECT count(*) FROM messages");
}

static void
the_first_answer_is_the_answer(void **state)
{
	(void)state;
	char *first = post("/v1/messages", KEY, text, 202);
	char *second = post("/v1/messages", KEY, text, 202);
	assert_string_equal(first, second);
	assert_int_equal(messages(), 1);
	free(post("/v1/messages", KEY, other, 409));
	free(post("/v1/messages?x", KEY, text, 400));
	free(post("/v1/orders", KEY, text, 409)); /* the same key for something else */
	assert_int_equal(messages(), 1);
	free(post("/v1/messages", NULL, text, 202));
	assert_int_equal(messages(), 2);
	free(first);
	free(second);
}

static void
it_survives_a_crash(void **state)
{
	(void)state;
	char *first = post("/v1/messages", KEY, text, 202);
	stop_api();
	rig_crash(&r);
	start_api();
	char *second = post("/v1/messages", KEY, text, 202);
	assert_string_equal(first, second);
	assert_int_equal(messages(), 1);
	free(first);
	free(second);
}

/* The key in the body: the first answer, whatever became of the text since. */
static void
a_key_in_the_body_is_answered_the_same(void **state)
{
	(void)state;
	static const char keyed[] =
		"{\"to\":\"010-1234-5678\",\"text\":\"hello\",\"key\":\"order-7\"}";
	char *first = post("/v1/messages", "", keyed, 202);
	rig_sent(&r, 17);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM messages WHERE state = 'sent'"), 1);
	char *second = post("/v1/messages", "", keyed, 202);
	assert_string_equal(first, second);
	assert_int_equal(messages(), 1);
	free(post("/v1/messages", "",
		"{\"to\":\"010-1234-5678\",\"text\":\"other\",\"key\":\"order-7\"}",
		409));
	free(first);
	free(second);
}

static void
a_refusal_keeps_no_key(void **state)
{
	(void)state;
	free(post("/v1/messages", KEY, "{}", 422));
	free(post("/v1/messages", KEY, text, 202));
	assert_int_equal(messages(), 1);
}

static void
what_was_lost_may_be_asked_again(void **state)
{
	(void)state;
	db_run(r.core.db, "INSERT INTO a_table_that_is_not_there VALUES(1)", "");
	free(post("/v1/messages", KEY, text, 503));
	rig_run(&r, 3 * SECOND);
	assert_int_equal(messages(), 0);
	free(post("/v1/messages", KEY, text, 202));
	assert_int_equal(messages(), 1);
}

static void
a_batch_is_done_once_too(void **state)
{
	(void)state;
	struct strbuf body = STRBUF_INIT(1 << 20);
	for (int i = 0; i < 500; i++)
		strbuf_printf(&body, "%c{\"to\":\"010-3333-%04d\",\"text\":\"%d\"}",
			i ? ',' : '[', i, i);
	strbuf_putc(&body, ']');
	char *first = post("/v1/messages/batch", KEY, body.s, 200);
	assert_int_equal(messages(), 500);
	char *second = post("/v1/messages/batch", KEY, body.s, 200);
	assert_string_equal(first, second);
	assert_int_equal(messages(), 500);
	free(first);
	free(second);
	strbuf_done(&body);
}

/* The same at once: one does it, the other hears that it is being done. */
static void
two_at_once_are_one(void **state)
{
	(void)state;
	char head[] = "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: "
		      "application/json\r\n" KEY "Content-Length: ";
	char both[512];
	int fds[2];
	snprintf(both, sizeof(both), "%s%zu\r\n\r\n%s", head, strlen(text), text);
	for (int i = 0; i < 2; i++) {
		fds[i] = asker_dial(&who);
		asker_write(&who, fds[i], both, strlen(both));
	}
	for (int i = 0; i < 2; i++) {
		struct answer a;
		asker_await(&who, fds[i], &a);
		assert_int_equal(a.status, 202);
		answer_done(&a);
		close(fds[i]);
	}
	assert_int_equal(messages(), 1);
}

static void
an_answer_that_was_lost_is_not_invented(void **state)
{
	(void)state;
	struct repeat mark = {.answer = STRBUF_INIT(16)};
	char *first = post("/v1/messages", KEY, text, 202);
	struct db_rows *q =
		db_select(r.core.db, "SELECT fingerprint FROM idempotency", "");
	assert_true(db_next(q));
	snprintf(mark.fingerprint, sizeof(mark.fingerprint), "%s", db_text(q, 0));
	db_end(q);
	q = db_select(r.core.db, "SELECT asker FROM idempotency", "");
	assert_true(db_next(q));
	char asker[80];
	snprintf(asker, sizeof(asker), "%s", db_text(q, 0));
	db_end(q);
	repeat_save(r.core.db, asker, "order-17", &mark, core_now(&r.core), 0);
	rig_run(&r, 0);
	free(post("/v1/messages", KEY, text, 409));
	assert_int_equal(messages(), 1);
	free(first);
}

static void
keys_are_forgotten_in_time(void **state)
{
	(void)state;
	char head[64];
	for (int i = 0; i < 5; i++) {
		snprintf(head, sizeof(head), "Idempotency-Key: k%d\r\n", i);
		free(post("/v1/messages", head, text, 202));
	}
	rig_run(&r, 8 * DAY);
	for (int i = 0; i < 4; i++) {
		snprintf(head, sizeof(head), "Idempotency-Key: new%d\r\n", i);
		free(post("/v1/messages", head, text, 202));
	}
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM idempotency"), 4);
}

static void
a_key_has_a_form(void **state)
{
	(void)state;
	char head[300];
	snprintf(head, sizeof(head), "Idempotency-Key: %0200d\r\n", 7);
	free(post("/v1/messages", head, text, 400));
	free(post("/v1/messages", "Idempotency-Key: a b\r\n", text, 400));
	free(post("/v1/messages", "Idempotency-Key: \xea\xb0\x80\r\n", text, 400));
}

#define ON_A_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_BENCH(the_first_answer_is_the_answer),
		ON_A_BENCH(it_survives_a_crash),
		ON_A_BENCH(a_key_in_the_body_is_answered_the_same),
		ON_A_BENCH(a_refusal_keeps_no_key),
		ON_A_BENCH(what_was_lost_may_be_asked_again),
		ON_A_BENCH(a_batch_is_done_once_too),
		ON_A_BENCH(two_at_once_are_one),
		ON_A_BENCH(an_answer_that_was_lost_is_not_invented),
		ON_A_BENCH(keys_are_forgotten_in_time),
		ON_A_BENCH(a_key_has_a_form),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
