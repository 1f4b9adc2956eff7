/* A text to many while the daemon dies: in a chunk of people, in a pause and its end, in
 * a cancellation and what is cleared up behind it, in the judgement of two texts. The
 * owner says each thing until it is answered. On the network everybody's phone must have
 * shown the text once; of a campaign that was canceled at most once, with nothing left to
 * leave.
 *
 * The texts have '[' in them, which the verdict takes for nobody's message. */
#include "tests/crash/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PEOPLE = 48, BEFORE = 4 /* shown when the owner changes his mind */ };

enum kind { RUNS, PAUSED, CANCELED, JUDGED };

static const char *const kinds[] = {"runs", "is paused", "is canceled", "is judged"};

static void
phone_of(int person, char ret[32])
{
	snprintf(ret, 32, "+8210%08d", 60000000 + person);
}

static void
prepare(struct play *p, struct rig *rig)
{
	char settings[200];
	p->outgoing = p->incoming = 0;
	snprintf(settings, sizeof(settings), "policy = \"%s/policy.cfg\";\n", rig->dir);
	/* Whatever the hour is here, the texts may leave. */
	rig_put(rig, "policy.cfg", "we",
		"format = 1; policy = { quiet = { service = \"never\"; }; };\n");
	rig_put(rig, "malgil.cfg", "ae", settings);
}

/* ---- what the owner says ---- */

/* True when it was answered, or had been done before the answer was lost. */
static bool
say(const struct rig *rig, const char *path, const char *body, struct strbuf *why)
{
	struct strbuf answer = STRBUF_INIT(1 << 18);
	int status = rig_http(rig, "POST", path, body, &answer);
	bool done = status == 200 || status == 201 || status == 409 || status == 422;
	if (status && !done && status != 503)
		strbuf_set(why, "%s was refused: %d %.200s", path, status, answer.s);
	strbuf_done(&answer);
	return done;
}

static bool
invite(const struct rig *rig, struct strbuf *why)
{
	struct strbuf body = STRBUF_INIT(1 << 16);
	char phone[32];
	strbuf_puts(&body, "{\"add\":[");
	for (int i = 0; i < PEOPLE; i++) {
		phone_of(i, phone);
		strbuf_printf(&body, "%s\"%s\"", i ? "," : "", phone);
	}
	strbuf_puts(&body, "]}");
	bool done = say(rig, "/v1/audiences/guests/members", body.s, why);
	strbuf_done(&body);
	return done;
}

static bool
draft(const struct rig *rig, enum kind kind, struct strbuf *why)
{
	static const char one[] =
		"{\"name\":\"note\",\"class\":\"service\",\"audience\":\"guests\","
		"\"slot\":\"now\",\"text\":\"[K] we are closed tomorrow\"}";
	static const char two[] =
		"{\"name\":\"note\",\"class\":\"service\",\"audience\":\"guests\","
		"\"slot\":\"now\",\"variants\":{\"a\":{\"share\":50,\"text\":\"[K] we "
		"are closed\"},\"b\":{\"share\":50,\"text\":\"[K] tomorrow we "
		"rest\"}},\"winner\":{\"by\":\"reply\",\"test\":50,\"after\":\"1s\"}}";
	return say(rig, "/v1/campaigns", kind == JUDGED ? two : one, why);
}

/* ---- what became of it ---- */

/* Phones that have shown it; somebody who has seen it twice is a fault. */
static int
shown(const struct rig *rig, struct strbuf *why)
{
	int phones = 0;
	for (int i = 0; i < PEOPLE; i++) {
		char phone[32];
		phone_of(i, phone);
		int times = rig_shown(rig, phone, "[K]");
		if (times > 1)
			strbuf_set(why, "%s was told %d times", phone, times);
		phones += times > 0;
	}
	return phones;
}

#define CAMPAIGNS "SELECT count(*) FROM messages WHERE origin = 'campaign' AND state IN "

/* True while it is not over. What is in doubt may have been shown; nobody sends it again
 * blindly. */
static bool
goes_on(const struct rig *rig, enum kind kind, struct strbuf *why)
{
	int phones = shown(rig, why);
	if (why->len || !rig->daemon || !rig->kills)
		return !why->len;
	if (rig_number(rig, CAMPAIGNS "('queued', 'held', 'sending', 'accepted')") != 0)
		return true;
	int doubts = rig_number(rig, CAMPAIGNS "('in_doubt')");
	int sent = rig_number(rig, CAMPAIGNS "('sent', 'delivered')");
	int members = rig_number(rig, "SELECT count(*) FROM campaign_members");
	if (kind == CANCELED)
		return phones < sent ||
		       rig_number(rig, "SELECT count(*) FROM campaigns WHERE state = "
				       "'canceled' AND sweep IS NULL") != 1;
	if (members == PEOPLE && sent + doubts == PEOPLE && phones < sent)
		return true; /* its row is a moment ahead of the phone */
	if (members < PEOPLE || sent + doubts < PEOPLE)
		return true; /* a round is still to come */
	return false;
}

enum { LIST, INVITE, DRAFT, START, MIND, RESUME, WATCH };

static bool
own(struct play *p, struct rig *rig, struct traffic *t, struct strbuf *why)
{
	enum kind kind = (enum kind)p->kind;
	char start[32];
	bool done = false;
	t->outgoing = t->incoming = 0;
	snprintf(start, sizeof(start), "{\"yes\":%d}", PEOPLE);
	if (!rig->ready && p->stage != WATCH)
		return true;
	switch (p->stage) {
	case LIST: done = say(rig, "/v1/audiences", "{\"name\":\"guests\"}", why); break;
	case INVITE: done = invite(rig, why); break;
	case DRAFT: done = draft(rig, kind, why); break;
	case START: done = say(rig, "/v1/campaigns/note/start", start, why); break;
	case MIND:
		done = kind == RUNS || kind == JUDGED ||
		       (shown(rig, why) >= BEFORE &&
			       say(rig,
				       kind == PAUSED ? "/v1/campaigns/note/pause"
						      : "/v1/campaigns/note/cancel",
				       NULL, why));
		break;
	case RESUME:
		done = kind != PAUSED || say(rig, "/v1/campaigns/note/resume", NULL, why);
		break;
	default: return goes_on(rig, kind, why);
	}
	p->stage += done;
	return !why->len;
}

void
cases_campaigning(bool quick, void (*add)(void *arg, const struct play *p), void *arg)
{
	/* The state is changed first by the start. */
	static const struct {
		enum kind kind;
		const char *first, *second;
		bool powercut;
	} rows[] = {{RUNS, "campaign.chunk:1", "campaign.chunk:1", true},
		{PAUSED, "campaign.moved:2", "campaign.moved:1", true},
		{CANCELED, "campaign.swept:1", "", true},
		{JUDGED, "campaign.judged:1", "", true},
		{RUNS, "campaign.chunk:2", "campaign.chunk:1", false},
		{RUNS, "campaign.moved:1", "campaign.chunk:2", true},
		{PAUSED, "campaign.swept:1", "campaign.swept:1", false},
		{CANCELED, "campaign.moved:2", "campaign.swept:1", false},
		{JUDGED, "campaign.chunk:2", "campaign.judged:1", false}};
	for (size_t i = 0; i < (quick ? 2 : ARRAY_LEN(rows)); i++) {
		struct play p = {.trouble = own,
			.prepare = prepare,
			.powercut = rows[i].powercut,
			.leak = rows[i].powercut ? 30 : 0,
			.kind = (int)rows[i].kind,
			.fault_count = *rows[i].second ? 2 : 1};
		snprintf(p.faults[0], 64, "%s", rows[i].first);
		snprintf(p.faults[1], 64, "%s", rows[i].second);
		snprintf(p.name, sizeof(p.name), "a campaign %s: %s %s%s%s",
			kinds[rows[i].kind], p.powercut ? "powercut" : "kill",
			rows[i].first, *rows[i].second ? ", " : "", rows[i].second);
		add(arg, &p);
	}
}
