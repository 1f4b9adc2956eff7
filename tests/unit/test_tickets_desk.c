/* What the desk adds to tickets: an answer taken back before it leaves, numbers nobody
 * wants to hear from, a customer who has another number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "gateway/core/tickets.h"
#include "gateway/store/attributes.h"
#include "gateway/store/contacts.h"
#include "gateway/store/desk.h"
#include "tests/lib/rig.h"

static struct rig r;
static const char *const A = "+821011110001", *const B = "+821011110002";

static int
set_up(void **state)
{
	(void)state;
	rig_open(&r, false);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

static struct ticket
last_ticket(void)
{
	struct ticket t;
	uint64_t id = (uint64_t)rig_count(&r, "SELECT max(id) FROM tickets");
	assert_true(ticket_load(r.core.db, id, &t));
	return t;
}

static struct ticket
ticket_from(const char *phone, const char *text)
{
	rig_receive(&r, "north", phone, text);
	return last_ticket();
}

/* An answer that waits 15 seconds; its message. */
static uint64_t
answer(uint64_t ticket, const char *text)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct outbox_receipt receipt;
	struct ticket_reply how = {.agent = "minji",
		.text = text,
		.len = strlen(text),
		.at = core_now(&r.core) + 15 * SECOND};
	if (tickets_reply(&r.core, ticket, &how, &receipt, &err) < 0)
		fail_msg("%s", err.s);
	rig_run(&r, 0);
	strbuf_done(&err);
	return receipt.id;
}

static int
take_back(uint64_t ticket, uint64_t message)
{
	int result = tickets_unreply(&r.core, ticket, "minji", message, NULL);
	rig_run(&r, 0);
	return result;
}

static void
an_answer_is_taken_back_in_time(void **state)
{
	(void)state;
	struct ticket t = ticket_from(A, "어디예요?");
	int64_t waiting = t.waiting;
	uint64_t id = answer(t.id, "곧 가요");
	assert_int_equal(last_ticket().waiting, 0);
	rig_run(&r, 10 * SECOND);
	assert_int_equal(r.send_count, 0);
	assert_int_equal(take_back(t.id, id), 0);
	t = last_ticket();
	assert_true(t.waiting && t.waiting - waiting < SECOND &&
		    waiting - t.waiting < SECOND);
	assert_int_equal(t.staff_texts, 0);
	assert_int_equal(t.answered, 0);
	rig_run(&r, MINUTE);
	assert_int_equal(r.send_count, 0); /* it never left */
	assert_true(take_back(t.id, id) < 0);
}

static void
what_has_left_is_not_taken_back(void **state)
{
	(void)state;
	struct ticket t = ticket_from(A, "어디예요?");
	uint64_t id = answer(t.id, "곧 가요");
	rig_run(&r, 16 * SECOND);
	assert_int_equal(r.send_count, 1);
	assert_true(take_back(t.id, id) < 0);
	assert_int_equal(last_ticket().waiting, 0);
}

static void
only_answers_of_this_ticket(void **state)
{
	(void)state;
	struct ticket a = ticket_from(A, "하나"), b = ticket_from(B, "둘");
	uint64_t id = answer(a.id, "네");
	assert_int_equal(take_back(b.id, id), -EINVAL);
	assert_int_equal(take_back(a.id, a.message), -EINVAL);
	assert_int_equal(take_back(a.id, 12345), -EINVAL);
	uint64_t other = rig_send(&r, A, "a notice");
	assert_int_equal(take_back(a.id, other), -EINVAL);
	assert_int_equal(take_back(a.id, id), 0);
}

/* With two answers, taking back the second leaves the first as the answer it is. */
static void
the_answer_before_it_still_answers(void **state)
{
	(void)state;
	struct ticket t = ticket_from(A, "어디예요?");
	answer(t.id, "하나");
	uint64_t second = answer(t.id, "둘");
	assert_int_equal(take_back(t.id, second), 0);
	t = last_ticket();
	assert_int_equal(t.waiting, 0);
	assert_int_equal(t.staff_texts, 1);
	assert_true(t.answered > 0);
}

/* Whoever did not hear the answer asks again, later, in another world. */
static void
said_twice_it_goes_out_once(void **state)
{
	struct outbox_receipt first, again;
	struct strbuf err = STRBUF_SENTENCE;
	(void)state;
	struct ticket t = ticket_from(A, "어디예요?");
	struct ticket_reply how = {.agent = "minji",
		.text = "곧 가요",
		.len = strlen("곧 가요"),
		.key = "k",
		.seen = t.message,
		.at = core_now(&r.core) + 15 * SECOND};
	assert_int_equal(tickets_reply(&r.core, t.id, &how, &first, &err), 0);
	rig_run(&r, MINUTE);
	rig_receive(&r, "north", A, "여보세요");
	how.at = core_now(&r.core) + 15 * SECOND;
	assert_int_equal(tickets_reply(&r.core, t.id, &how, &again, &err), 0);
	assert_true(again.repeated);
	assert_int_equal(again.id, first.id);
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM messages WHERE outbound = 1"), 1);
	how.text = "곧 갈게요";
	how.len = strlen(how.text);
	how.seen = 0;
	assert_int_equal(tickets_reply(&r.core, t.id, &how, &again, &err), -EEXIST);
	strbuf_done(&err);
}

static void
a_blocked_number_opens_nothing(void **state)
{
	(void)state;
	struct ticket t = ticket_from(A, "CASINO");
	assert_int_equal(tickets_block(&r.core, t.id, "minji", true, NULL), 0);
	rig_run(&r, 0);
	t = last_ticket();
	assert_false(t.open);
	assert_true(t.quiet);
	rig_receive(&r, "north", A, "CASINO again");
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM tickets WHERE state = 'open'"), 0);
	assert_int_equal(rig_count(&r, "SELECT count(*) FROM messages"), 2); /* kept */
	assert_int_equal(
		rig_count(
			&r, "SELECT count(*) FROM events WHERE name = 'message.blocked'"),
		1);
	rig_receive(&r, "north", A, "STOP"); /* heard all the same */
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM contacts WHERE stopped <> ''"), 1);
	assert_int_equal(tickets_block(&r.core, t.id, "minji", false, NULL), 0);
	rig_run(&r, 0);
	rig_receive(&r, "north", A, "sorry, a real question");
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM tickets WHERE state = 'open'"), 1);
}

static void
a_customer_goes_on_under_another_number(void **state)
{
	struct strbuf tags = STRBUF_INIT(256), text = STRBUF_INIT(256);
	struct attribute name = {.text = "김하나"}, found;
	struct contact to;
	uint64_t there;
	(void)state;
	rig_grant(&r, A);
	struct ticket t = ticket_from(A, "번호 바꿔요");
	attribute_save(r.core.db, t.contact, "name", &name, 1);
	tag_add(r.core.db, t.contact, "vip", 1);
	assert_int_equal(tickets_claim(&r.core, t.id, "minji", NULL), 0);
	assert_int_equal(
		tickets_hand_over(&r.core, t.id, "minji", A, &there, NULL), -EINVAL);
	assert_int_equal(tickets_hand_over(&r.core, t.id, "minji", B, &there, NULL), 0);
	rig_run(&r, 0);
	struct ticket fresh = last_ticket();
	assert_int_equal(fresh.id, there);
	assert_string_equal(fresh.phone, B);
	assert_string_equal(fresh.agent, "minji");
	assert_true(contact_find(r.core.db, B, &to));
	tags_list(r.core.db, to.id, &tags);
	assert_string_equal(tags.s, "vip");
	assert_true(attribute_load(r.core.db, to.id, "name", &found, &text));
	assert_string_equal(text.s, "김하나");
	assert_int_equal(
		db_number(r.core.db, -1,
			"SELECT count(*) FROM consent WHERE contact = $1", "u", to.id),
		0); /* consent was given for a number */
	assert_true(ticket_load(r.core.db, t.id, &t));
	assert_false(t.open);
	assert_int_equal(
		tickets_hand_over(&r.core, t.id, "minji", B, &there, NULL), -EPERM);
	strbuf_done(&tags);
	strbuf_done(&text);
}

/* One with a ticket of its own takes the other's on; its own name stays. */
static void
two_customers_turn_out_to_be_one(void **state)
{
	struct attribute name = {.text = "하나"}, other = {.text = "둘"}, found;
	struct strbuf text = STRBUF_INIT(256);
	uint64_t there;
	(void)state;
	struct ticket b = ticket_from(B, "저예요"), a = ticket_from(A, "저도요");
	attribute_save(r.core.db, a.contact, "name", &name, 1);
	attribute_save(r.core.db, b.contact, "name", &other, 1);
	assert_int_equal(tickets_hand_over(&r.core, a.id, "minji", B, &there, NULL), 0);
	rig_run(&r, 0);
	assert_int_equal(there, b.id);
	assert_true(attribute_load(r.core.db, b.contact, "name", &found, &text));
	assert_string_equal(text.s, "둘");
	assert_int_equal(
		rig_count(&r, "SELECT count(*) FROM tickets WHERE state = 'open'"), 1);
	strbuf_done(&text);
}

static bool
collect(void *arg, const struct ticket_item *item)
{
	struct strbuf *out = arg;
	strbuf_printf(out, "%s;", item->t.phone);
	return true;
}

static const char *
search(const char *what)
{
	static struct strbuf out = STRBUF_INIT(4096);
	bool cut;
	strbuf_reset(&out);
	desk_search(r.core.db, what, 10, &cut, collect, &out);
	assert_false(cut);
	return out.s;
}

static void
tickets_are_found(void **state)
{
	struct attribute name = {.text = "100% 김하나"};
	(void)state;
	struct ticket a = ticket_from(A, "shoes, please");
	ticket_from(B, "hats_and gloves");
	attribute_save(r.core.db, a.contact, "name", &name, 1);
	assert_string_equal(search("하나"), "+821011110001;");
	assert_string_equal(search("0002"), "+821011110002;");
	assert_string_equal(search("1111-0001"), "+821011110001;");
	assert_string_equal(search("SHOES"), "+821011110001;");
	assert_string_equal(search("s_a"), "+821011110002;"); /* not a pattern */
	assert_string_equal(search("100%"), "+821011110001;");
	assert_string_equal(search("%"), "+821011110001;");
	assert_string_equal(search("nobody"), "");
}

#define ON_A_BENCH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_BENCH(an_answer_is_taken_back_in_time),
		ON_A_BENCH(what_has_left_is_not_taken_back),
		ON_A_BENCH(only_answers_of_this_ticket),
		ON_A_BENCH(the_answer_before_it_still_answers),
		ON_A_BENCH(said_twice_it_goes_out_once),
		ON_A_BENCH(a_blocked_number_opens_nothing),
		ON_A_BENCH(a_customer_goes_on_under_another_number),
		ON_A_BENCH(two_customers_turn_out_to_be_one),
		ON_A_BENCH(tickets_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
