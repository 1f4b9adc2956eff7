#include "gateway/core/explain.h"

#include <stdio.h>
#include <string.h>

#include "gateway/core/budget.h"
#include "gateway/core/facts.h"

/* How a finished message ended stands in its state and reason: the verdict says the same.
 */
static void
verdict_of_end(const struct message *m, struct verdict *v)
{
	switch (m->state) {
	case MESSAGE_SUPPRESSED: v->what = VERDICT_SUPPRESS; break;
	case MESSAGE_EXPIRED: v->what = VERDICT_EXPIRE; break;
	case MESSAGE_CANCELED: v->what = VERDICT_CANCEL; break;
	case MESSAGE_ACCEPTED:
	case MESSAGE_HELD:
	case MESSAGE_QUEUED: return; /* not at an end: judged as of now */
	case MESSAGE_SENDING:
	case MESSAGE_SENT:
	case MESSAGE_DELIVERED:
	case MESSAGE_UNDELIVERED:
	case MESSAGE_FAILED:
	case MESSAGE_IN_DOUBT:
	case MESSAGE_RECEIVED:
	case MESSAGE_STATES: v->what = VERDICT_SEND; break;
	}
	v->gate = "";
	v->until = 0;
	size_t n = strcspn(m->reason, ":");
	for (size_t i = 0; i < v->gate_count; i++) {
		struct gate_verdict *g = &v->gates[i];
		bool decided = v->what != VERDICT_SEND && strlen(g->gate) == n &&
			       !strncmp(g->gate, m->reason, n);
		if (!decided && g->what != VERDICT_SEND) {
			g->until = 0;
			snprintf(g->rule, sizeof(g->rule),
				"it had no part in how it ended");
		}
		g->what = decided ? v->what : VERDICT_SEND;
		if (!decided)
			continue;
		v->gate = g->gate;
		snprintf(g->rule, sizeof(g->rule), "%s",
			m->reason + n + (m->reason[n] ? 2 : 0));
	}
}

bool
explain_message(struct core *core, uint64_t id, struct explanation *ret)
{
	struct gate_facts facts;
	if (!message_load(core->db, id, &ret->message))
		return false;
	if (!ret->message.outbound) {
		message_done(&ret->message);
		return false;
	}
	facts_gather(core, &ret->message, NULL, &facts);
	admit(&facts, core_now(core), &ret->verdict);
	verdict_of_end(&ret->message, &ret->verdict);
	struct channel *ch = channel_by_id(core, ret->message.channel);
	if (ch)
		snprintf(ret->verdict.channel, sizeof(ret->verdict.channel), "%s",
			channel_name(ch));
	ret->cost = budget_cost(core, *ret->verdict.channel ? ret->verdict.channel : NULL,
		ret->message.phone, ret->message.parts);
	return true;
}

void
explanation_done(struct explanation *e)
{
	message_done(&e->message);
}
