/* Customers in the middle of a conversation when the daemon dies: between an answer and
 * the next question, and while a timer rings. Each of them walks through a script of
 * four questions; the network's ledger must show every question once on their phone, and
 * the store every conversation at its end.
 *
 * The script's texts have '[' in them, which the verdict takes for nobody's message. */
#include "tests/crash/scripted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WALKERS = 2,
	QUESTIONS = 4, /* the third comes by a timer, the last is the end */
};

static const char script[] =
	"format = 1;\ndialog = { class = \"reply\"; start = { keywords = \"walk\"; };\n"
	"expire = { after = \"1d\"; };\nsteps = {\n"
	"one = { ask = \"[Q1] first?\"; accept = \"number 1-9\"; save = \"a\"; retry = "
	"{ max = 1; then = \"over\"; }; };\n"
	"two = { ask = \"[Q2] second, after {a}?\"; accept = \"number 1-9\"; save = "
	"\"b\"; retry = { max = 1; then = \"over\"; }; };\n"
	"rest = { wait = { for = \"1s\"; }; };\n"
	"three = { ask = \"[Q3] third, after {a} and {b}?\"; accept = \"number 1-9\"; "
	"save = \"c\"; retry = { max = 1; then = \"over\"; }; };\n"
	"bye = { say = \"[Q4] {a}{b}{c}\"; end = \"done\"; };\n"
	"over = { end = \"lost\"; };\n}; };\n";

static void
prepare(struct play *p, struct rig *rig)
{
	scripted_prepare(p, rig, "walk.cfg", script);
}

static void
phone_of(int walker, char ret[32])
{
	snprintf(ret, 32, "+8210%08d", 60000000 + walker);
}

/* How often the n-th question has come to that phone. */
static int
shown(const struct rig *rig, int walker, int question)
{
	char phone[32], mark[16];
	phone_of(walker, phone);
	snprintf(mark, sizeof(mark), "[Q%d]", question);
	return rig_shown(rig, phone, mark);
}

static bool
writes(const struct rig *rig, int walker, const char *text)
{
	struct strbuf answer = STRBUF_INIT(4096);
	char phone[32];
	phone_of(walker, phone);
	bool done = rig_sim(
		rig, &answer, "text %s modem%d %s", phone, walker % RIG_MODEMS, text);
	strbuf_done(&answer);
	return done;
}

/* A SIM is adopted a moment after its modem is ready. */
static bool
adopted(struct traffic *t)
{
	struct strbuf answer = STRBUF_INIT(1 << 16);
	char want[32];
	snprintf(want, sizeof(want), "\"channels_ready\":%d", RIG_MODEMS);
	int status =
		t->rig->ready ? rig_http(t->rig, "GET", "/healthz", NULL, &answer) : 0;
	t->ready_seen = status == 200 && strstr(answer.s, want) ? t->ready_seen + 1 : 0;
	strbuf_done(&answer);
	return t->ready_seen >= 2;
}

/* What this walker has been asked so far: each question at most once, and in order. */
static int
asked(const struct rig *rig, int walker, struct strbuf *why)
{
	int last = 0;
	for (int q = 1; q <= QUESTIONS; q++) {
		int n = shown(rig, walker, q);
		if (n > 1)
			strbuf_set(why, "question %d came %d times", q, n);
		if (n && last != q - 1)
			strbuf_set(why, "question %d came before question %d", q, q - 1);
		last = n ? q : last;
	}
	return last;
}

/* A text in doubt is not sent again: whoever did not get it waits for ever, and the owner
 * is told. The verdict knows how many doubts a kill may leave, and why. */
static bool
stands_still(const struct rig *rig, int walker)
{
	char phone[32], sql[300];
	phone_of(walker, phone);
	snprintf(sql, sizeof(sql),
		"SELECT count(*) FROM messages m JOIN contacts c ON c.id = m.contact "
		"WHERE c.phone = '%s' AND m.state = 'in_doubt' AND m.id = (SELECT "
		"max(id) "
		"FROM messages WHERE contact = c.id AND outbound = 1)",
		phone);
	return rig->ready && rig->kills && rig_number(rig, sql) == 1;
}

/* Those whose question never came. Asked now and then: it reads the store. */
static int
standing(struct play *p, const struct rig *rig, const int last[WALKERS])
{
	int n = 0;
	if (rig_mono() < p->since + 100)
		return 0;
	p->since = rig_mono();
	for (int w = 0; w < WALKERS; w++)
		n += last[w] < (p->stage >> (w * 4) & 15) && stands_still(rig, w);
	return n;
}

/* stage: four bits a walker, the questions answered. Each answers a question once. */
static bool
walk(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why)
{
	static const char *const says[] = {"walk", "1", "2", "3"};
	int last[WALKERS] = {0}, done = 0;
	t->outgoing = t->incoming = 0;
	if (!p->stage && !adopted(t))
		return true;
	for (int w = 0; w < WALKERS && !why->len; w++) {
		int shift = w * 4, said = p->stage >> shift & 15;
		last[w] = asked(rig, w, why);
		if (last[w] == said && said < QUESTIONS && writes(rig, w, says[said])) {
			p->stage += 1 << shift;
			t->spoken++;
		}
		done += last[w] == QUESTIONS;
	}
	if (why->len)
		return false;
	if (done < WALKERS && done + standing(p, rig, last) < WALKERS)
		return true;
	if (!rig->kills)
		strbuf_set(why, "nobody was killed");
	else if (rig->daemon &&
		 rig_number(rig, "SELECT count(*) FROM runs WHERE outcome = 'done'") !=
			 done)
		return true; /* its row is a moment behind its last text */
	return false;
}

void
cases_talking(bool quick, void (*add)(void *arg, const struct play *p), void *arg)
{
	static const struct scripted_row rows[] = {{"dialogs.stepped:3", "", false},
		{"dialogs.timer:1", "", true},
		{"dialogs.stored:4", "dialogs.timer:1", false},
		{"dialogs.handled:2", "dialogs.timer:1", true},
		{"dialogs.stored:2", "", true}, {"dialogs.stepped:5", "", true}};
	struct play like = {.trouble = walk, .prepare = prepare};
	scripted_add("talking", rows, quick ? 2 : ARRAY_LEN(rows), &like, add, arg);
}
