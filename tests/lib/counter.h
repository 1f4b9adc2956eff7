/* The counter of a shop on the bench, where people answer: mon-fri 10-18, lunch
 * 12:30-13:30, an answer in 30 minutes; it is Monday 2 March 2026, 09:00 in Seoul. */
#ifndef MALGIL_TESTS_COUNTER_H
#define MALGIL_TESTS_COUNTER_H

#include "gateway/core/tickets.h"
#include "tests/lib/rig.h"

#define COUNTER_A "+821011110001"
#define COUNTER_B "+821011110002"

extern struct rig counter;

int counter_set_up(void **state);
int counter_tear_down(void **state);

/* A moment of that world, with its offset: "2026-03-02T10:30:00+09:00". */
int64_t counter_at(const char *iso);
/* As after a sleep of the machine: every timer that was due rings once, at the end. */
void counter_jump(int64_t ms);
void counter_go_to(const char *iso);

/* The newest there is. */
struct ticket counter_ticket(void);
/* How many of that name, and how many lines of the tickets' history. */
int64_t counter_events(const char *name);
int64_t counter_logged(const char *what);

/* They write, and a dialog hands them over: the ticket, which mutes. */
struct ticket counter_hand_over(const char *from);
/* 0 or -errno; what went wrong is printed. `ret` may be NULL. */
int counter_close(uint64_t id, const char *outcome, bool quiet);
int counter_reply(
	uint64_t id, const char *agent, const char *text, struct outbox_receipt *ret);

#define COUNTER_CASE(f)                                                                  \
	cmocka_unit_test_setup_teardown(f, counter_set_up, counter_tear_down)

#endif
