/* The shop tells what happened while the daemon dies: between the event and its commit,
 * while a journey lets somebody in, and while a journey's clock rings. The shop tells
 * each event until it is answered, as its systems do; the network's ledger must show
 * every text of the journey once on each phone, and the store one event and one entry of
 * each.
 *
 * The script's texts have '[' in them, which the verdict takes for nobody's message. */
#include "tests/crash/scripted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	CUSTOMERS = 6,
	TEXTS = 2, /* the second comes by a timer */
};

static const char script[] =
	"format = 1;\njourney = { title = \"t\"; class = \"service\";\n"
	"trigger = { event = \"parcel.left\"; settle = \"1s\"; };\nsteps = {\n"
	"one = { say = \"[J1] it is on its way\"; };\n"
	"rest = { wait = { for = \"1s\"; }; };\n"
	"two = { say = \"[J2] it is there\"; end = \"done\"; };\n}; };\n";

static void
prepare(struct play *p, struct rig *rig)
{
	scripted_prepare(p, rig, "parcel-left.cfg", script);
}

static void
phone_of(int customer, char ret[32])
{
	snprintf(ret, 32, "+8210%08d", 80000000 + customer);
}

/* How often the n-th text has come to that phone. */
static int
shown(const struct rig *rig, int customer, int n)
{
	char phone[32], mark[16];
	phone_of(customer, phone);
	snprintf(mark, sizeof(mark), "[J%d]", n);
	return rig_shown(rig, phone, mark);
}

/* True when it was answered: no answer, or 503, and it is told again. */
static bool
tell(const struct rig *rig, int customer, struct strbuf *why)
{
	struct strbuf answer = STRBUF_INIT(1 << 16);
	char phone[32], body[200];
	phone_of(customer, phone);
	snprintf(body, sizeof(body),
		"{\"name\":\"parcel.left\",\"id\":\"p-%d\",\"phone\":\"%s\","
		"\"data\":{\"id\":\"A-%d\"}}",
		customer, phone, customer);
	int status = rig_http(rig, "POST", "/v1/events", body, &answer);
	if (status && status != 202 && status != 200 && status != 503)
		strbuf_set(why, "an event was refused: %d %.200s", status, answer.s);
	strbuf_done(&answer);
	return status == 202 || status == 200;
}

static bool
all_were_told(const struct rig *rig, struct strbuf *why)
{
	int done = 0;
	for (int c = 0; c < CUSTOMERS; c++)
		for (int n = 1; n <= TEXTS; n++) {
			int times = shown(rig, c, n);
			if (times > 1)
				strbuf_set(why, "text %d came %d times", n, times);
			done += times > 0;
		}
	return done == CUSTOMERS * TEXTS;
}

/* stage: customers whose event was answered. */
static bool
ship(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why)
{
	t->outgoing = t->incoming = 0;
	if (rig->ready && p->stage < CUSTOMERS && tell(rig, p->stage, why))
		p->stage++;
	if (why->len)
		return false;
	if (p->stage < CUSTOMERS || !all_were_told(rig, why))
		return !why->len;
	if (!rig->kills) {
		strbuf_set(why, "nobody was killed");
		return false;
	}
	if (!rig->daemon ||
		rig_number(rig, "SELECT count(*) FROM entries WHERE live = 1") != 0)
		return true; /* its row is a moment behind its last text */
	int events = rig_number(
		rig, "SELECT count(*) FROM shop_events WHERE name = 'parcel.left'");
	int entries = rig_number(rig, "SELECT count(*) FROM entries");
	if (events != CUSTOMERS || entries != CUSTOMERS)
		strbuf_set(why, "%d events and %d entries of %d customers", events,
			entries, CUSTOMERS);
	return false;
}

void
cases_telling(bool quick, void (*add)(void *arg, const struct play *p), void *arg)
{
	static const struct scripted_row rows[] = {{"journeys.ring:2", "", true},
		{"shop_events.written:3", "", true}, {"journeys.heard:2", "", false},
		{"journeys.entered:3", "", true},
		{"journeys.entered:1", "journeys.ring:1", false},
		{"shop_events.written:2", "journeys.heard:1", false}};
	struct play like = {.trouble = ship, .prepare = prepare};
	scripted_add("telling", rows, quick ? 1 : ARRAY_LEN(rows), &like, add, arg);
}
