#include "tests/lib/counter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "gateway/base/iso.h"

struct rig counter;

int
counter_set_up(void **state)
{
	(void)state;
	rig_open(&counter, false); /* Monday 2 March 2026, 09:00 in Seoul */
	struct config *c = (struct config *)counter.core.config;
	struct strbuf err = STRBUF_SENTENCE;
	if (hours_read(&c->hours, "mon-fri 10:00-18:00", "12:30-13:30", &err) < 0)
		fail_msg("%s", err.s);
	c->reply = 30 * MINUTE;
	strbuf_done(&err);
	return 0;
}

int
counter_tear_down(void **state)
{
	(void)state;
	rig_close(&counter);
	return 0;
}

int64_t
counter_at(const char *iso)
{
	int64_t wall = 0;
	assert_int_equal(iso_parse(iso, &wall, NULL), 0);
	return wall;
}

void
counter_jump(int64_t ms)
{
	counter.clock.wall += ms;
	counter.clock.mono += ms;
	rig_run(&counter, 0);
}

void
counter_go_to(const char *iso)
{
	assert_true(counter_at(iso) >= counter.clock.wall);
	counter_jump(counter_at(iso) - counter.clock.wall);
}

struct ticket
counter_ticket(void)
{
	struct ticket t;
	uint64_t id = (uint64_t)rig_count(&counter, "SELECT max(id) FROM tickets");
	assert_true(ticket_load(counter.core.db, id, &t));
	return t;
}

int64_t
counter_events(const char *name)
{
	return db_number(counter.core.db, -1,
		"SELECT count(*) FROM events WHERE name = $1", "t", name);
}

int64_t
counter_logged(const char *what)
{
	return db_number(counter.core.db, -1,
		"SELECT count(*) FROM ticket_log WHERE what = $1", "t", what);
}

struct ticket
counter_hand_over(const char *from)
{
	rig_receive(&counter, "north", from, "사람이랑 얘기할래요");
	struct ticket t = counter_ticket();
	tickets_open(&counter.core, &(struct ticket_wish){.contact = t.contact,
					    .message = t.message,
					    .run = 77,
					    .queue = "support",
					    .topic = "order",
					    .note = "주문 1234",
					    .priority = TICKET_NORMAL,
					    .mute = true});
	rig_run(&counter, 0);
	return counter_ticket();
}

int
counter_close(uint64_t id, const char *outcome, bool quiet)
{
	int result = tickets_close(&counter.core, id, "minji", outcome, quiet, NULL);
	rig_run(&counter, 0);
	return result;
}

int
counter_reply(
	uint64_t id, const char *agent, const char *text, struct outbox_receipt *ret)
{
	struct strbuf err = STRBUF_SENTENCE;
	struct ticket_reply how = {.agent = agent, .text = text, .len = strlen(text)};
	struct outbox_receipt receipt;
	int result = tickets_reply(&counter.core, id, &how, ret ? ret : &receipt, &err);
	if (result)
		print_message("%s\n", err.s);
	strbuf_done(&err);
	rig_run(&counter, 0);
	return result;
}
