#include "gateway/core/gates.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {
	[VERDICT_SEND] = "send",
	[VERDICT_DEFER] = "defer",
	[VERDICT_SUPPRESS] = "suppress",
	[VERDICT_EXPIRE] = "expire",
	[VERDICT_CANCEL] = "cancel",
};

const char *
verdict_name(enum verdict_what what)
{
	return names[what];
}

static void
say(struct gate_verdict *g, enum verdict_what what, int64_t until, const char *rule)
{
	g->what = what;
	g->until = until;
	snprintf(g->rule, sizeof(g->rule), "%s", rule);
}

/* Class as judged: a reply is proven by the inbound text it answers, not declared. */
static enum message_class
judged(const struct gate_facts *f)
{
	return f->cls == CLASS_REPLY && !f->proven_reply ? CLASS_SERVICE : f->cls;
}

static void
gate_number(const struct gate_facts *f, int64_t now, struct gate_verdict *g)
{
	(void)now;
	if (f->channels)
		say(g, VERDICT_SEND, 0, "a channel is configured that can carry it");
	else
		say(g, VERDICT_DEFER, 0, "no channel is configured that could carry it");
}

/* STOP holds for marketing everywhere; with scope `all` for everything but the answer to
 * a text sent after it and the one confirmation (a notice, made by core/consent alone).
 */
static void
gate_consent(const struct gate_facts *f, int64_t now, struct gate_verdict *g)
{
	(void)now;
	enum message_class cls = judged(f);
	if (!*f->stopped)
		say(g, VERDICT_SEND, 0, "the contact has not opted out");
	else if (cls == CLASS_NOTICE)
		say(g, VERDICT_SEND, 0, "the one confirmation of an opt-out may go");
	else if (cls == CLASS_MARKETING)
		say(g, VERDICT_SUPPRESS, 0, "the contact opted out of marketing");
	else if (strcmp(f->stopped, "all") != 0)
		say(g, VERDICT_SEND, 0, "the opt-out covers marketing only");
	else if (cls == CLASS_REPLY && f->replied_at > f->stopped_at)
		say(g, VERDICT_SEND, 0, "it answers a text sent after the opt-out");
	else
		say(g, VERDICT_SUPPRESS, 0, "the contact opted out of everything");
}

static void
gate_expiry(const struct gate_facts *f, int64_t now, struct gate_verdict *g)
{
	if (f->expires && now >= f->expires)
		say(g, VERDICT_EXPIRE, 0, "its time to be useful is over");
	else
		say(g, VERDICT_SEND, 0,
			f->expires ? "it has not expired" : "it never expires");
}

static void
gate_schedule(const struct gate_facts *f, int64_t now, struct gate_verdict *g)
{
	if (f->at > now)
		say(g, VERDICT_DEFER, f->at, "it was asked to leave later");
	else if (f->retry_at > now)
		say(g, VERDICT_DEFER, f->retry_at,
			"the network refused for now; it is tried again");
	else
		say(g, VERDICT_SEND, 0, "nothing asks it to wait");
}

static void
gate_order(const struct gate_facts *f, int64_t now, struct gate_verdict *g)
{
	(void)now;
	if (f->predecessor)
		say(g, VERDICT_DEFER, 0, "an earlier text to this contact goes first");
	else
		say(g, VERDICT_SEND, 0, "no earlier text to this contact is on its way");
}

static void
gate_channel(const struct gate_facts *f, int64_t now, struct gate_verdict *g)
{
	(void)now;
	if (f->ready_channel)
		say(g, VERDICT_SEND, 0, "a healthy channel is there");
	else
		say(g, VERDICT_DEFER, f->channel_until,
			f->channel_why && *f->channel_why ? f->channel_why
							  : "no channel is ready");
}

static const struct {
	const char *name;
	void (*judge)(const struct gate_facts *f, int64_t now, struct gate_verdict *g);
} gates[GATE_COUNT] = {
	{"number", gate_number},
	{"consent", gate_consent},
	{"expiry", gate_expiry},
	{"schedule", gate_schedule},
	{"order", gate_order},
	{"channel", gate_channel},
};

/* How much a verdict weighs when several gates object: what ends a message beats what
 * delays. */
static int
weight(enum verdict_what what)
{
	switch (what) {
	case VERDICT_SEND: return 0;
	case VERDICT_DEFER: return 1;
	case VERDICT_EXPIRE: return 2;
	case VERDICT_SUPPRESS: return 3;
	case VERDICT_CANCEL: return 4;
	}
	return 0;
}

void
admit(const struct gate_facts *f, int64_t now, struct verdict *ret)
{
	*ret = (struct verdict){
		.what = VERDICT_SEND, .gate = "", .gate_count = GATE_COUNT};
	for (size_t i = 0; i < GATE_COUNT; i++) {
		struct gate_verdict *g = &ret->gates[i];
		g->gate = gates[i].name;
		gates[i].judge(f, now, g);
		if (weight(g->what) > weight(ret->what)) {
			ret->what = g->what;
			ret->gate = g->gate;
		}
		if (g->what == VERDICT_DEFER)
			ret->until = MAX(ret->until, g->until);
	}
	if (ret->what != VERDICT_DEFER)
		ret->until = 0;
	else if (f->expires && ret->until >= f->expires) {
		ret->what = VERDICT_EXPIRE;
		ret->until = 0;
	}
	if (f->ready_channel)
		snprintf(ret->channel, sizeof(ret->channel), "%s", f->ready_channel);
}
