/* What an earlier life, or a lost tick, left between an intent and its outcome. */
#include "gateway/core/journal_inside.h"

#include "gateway/base/fault.h"
#include "gateway/core/queue.h"
#include "gateway/store/attempts.h"

#define BATCH 256

static void
doubt_open_attempts(struct core *core)
{
	uint64_t ids[BATCH];
	size_t n;
	/* `open` attempts become `unknown`, so each round finds the next ones. */
	while ((n = attempts_unsettled(core->db, 0, "open", ids, BATCH))) {
		for (size_t i = 0; i < n; i++) {
			struct attempt a;
			struct message m;
			if (!attempt_load(core->db, ids[i], &a) ||
				!message_load(core->db, a.message, &m))
				return;
			const char *why = "the gateway ended while the modem had it";
			attempt_move(core->db, a.id, "open", "unknown", -1, -1, why,
				core_now(core));
			message_pin(core->db, &m, a.channel, a.sim);
			if (m.state == MESSAGE_SENDING)
				journal_enter_doubt(core, &m, a.id, true, why);
			queue_settle(core->queue, m.contact); /* who waited behind it */
			struct channel *ch = channel_by_id(core, a.channel);
			if (ch) {
				ch->row.doubts++;
				ch->row_dirty = true;
			}
			message_done(&m);
			FAULT("journal.doubted");
		}
	}
}

static void
requeue_interrupted(struct core *core)
{
	uint64_t ids[BATCH];
	size_t n;
	while ((n = messages_in_state(core->db, MESSAGE_SENDING, 0, ids, BATCH))) {
		for (size_t i = 0; i < n; i++) {
			struct message m;
			if (!message_load(core->db, ids[i], &m))
				return;
			message_move(core->db, &m, MESSAGE_QUEUED, "", core_now(core));
			queue_settle(core->queue, m.contact);
			message_done(&m);
			FAULT("journal.requeued");
		}
	}
}

void
journal_recover(struct core *core)
{
	doubt_open_attempts(core);
	requeue_interrupted(core);
}

void
journal_set_aside(struct channel *ch)
{
	struct core *core = ch->core;
	for (size_t i = 0; i < ch->work_count && !core->store_sick; i++) {
		struct work *w = &ch->works[i];
		if (!w->used || w->attempt)
			continue;
		message_move(core->db, &w->message, MESSAGE_QUEUED, "", core_now(core));
		journal_done_with(ch, w);
	}
}
