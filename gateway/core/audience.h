/* An audience decided together: what outbox_accept() would have done for each contact by
 * itself, at a fraction of its cost.
 *
 * Whoever sends fills rows (audience, contact, text) of the table `audience` by
 * audience_add() or an INSERT ... SELECT of their own, and calls audience_admit() tick
 * after tick with the same cursor until it says that nothing is left. Each call takes a
 * chunk of contacts in the order of their ids: what the gates need to know of all of them
 * is read by a few statements, each contact's facts go through the same admit() as
 * everybody else's, and one row of `messages` each is written: queued, held until a time,
 * suppressed or expired, with the reason. A crash between two chunks loses nothing: keep
 * the cursor in a row of your own, written in the same tick.
 *
 * Promises:
 *  1. The verdicts are those of admit() on what facts_gather() says (a property test
 * asks). Budgets and caps are charged when a text leaves, not here; the gates look again
 * then.
 *  2. With `key`, a contact that has a message with that key already is passed over: the
 *     same audience twice is once. The key of a message is KEY:CONTACT.
 *  3. With `dry` nothing is written: the same walk, for `plan`.
 *  4. Memory does not grow with the audience. How long a chunk takes is the machine's
 *     affair: audience_pace_begin() says how many fit into a tick.
 *  5. Each message has its event (message.accepted, .held, .suppressed ...), as
 * outbox_accept() writes it, and each chunk one with the counts (`audience.admitted`).
 * They go to the log, and so to streams and webhooks; the hooks of `handlers` are not
 * called for them.
 *
 * What it refuses to know: whom an audience means, and who is a control. Loop thread
 * only.
 */
#ifndef MALGIL_CORE_AUDIENCE_H
#define MALGIL_CORE_AUDIENCE_H

#include "gateway/core/gates.h"
#include "gateway/store/audience.h"

#define AUDIENCE_CHUNK   512
#define AUDIENCE_REASONS 24
#define AUDIENCE_SLOT                                                                    \
	"thu 12:00" /* the best hour there is, until there are own figures */

struct audience_wish {
	uint64_t audience;
	const char
		*text; /* what all get whose row has no text of its own; before wording */
	enum message_class cls; /* CLASS_MARKETING or CLASS_SERVICE */
	const char *origin;     /* "campaign" */
	const char *channel;    /* NULL: the router's choice */
	const char *key;        /* at most 100 bytes, NULL none */
	const char *on_doubt;   /* NULL: by class */
	const char *slot; /* "thu 12:00" where the recipient is, the next after `at`; NULL
			     none. AUDIENCE_SLOT is the hour people read promotions */
	int64_t at, expires; /* not before; wall time, 0: the configured default */
	bool skip_capped;    /* a full cap suppresses ("skip") instead of deferring */
	bool dry;
};

/* What came of it so far; zeroed by the caller before the first chunk. */
struct audience_sums {
	int64_t contacts; /* looked at */
	int64_t repeated; /* passed over: they have that key */
	int64_t refused;  /* their own text cannot be sent at all */
	int64_t verdicts[VERDICT_CANCEL +
			 1];    /* SEND: would leave as soon as a channel is free */
	int64_t segments, cost; /* of what may leave; cost in thousandths */
	int64_t first,
		last; /* wall: the earliest and latest moment any of them may leave */
	int64_t first_local,
		last_local; /* the same two as readings of the recipients' clocks */
	struct {
		const char *gate; /* static */
		enum verdict_what what;
		int64_t count;
		char rule[160];      /* of the first of them */
	} reasons[AUDIENCE_REASONS]; /* one for each gate and verdict; those that fit */
	size_t reason_count;
};

/* The next chunk: at most `max` contacts after *cursor (0: from the first), which moves
 * on. Returns how many it took, 0 when nothing is left; -EINVAL with a sentence when the
 * wish itself is wrong (nothing was done), -EAGAIN when the store cannot be written. */
int audience_admit(struct core *core, const struct audience_wish *wish, uint64_t *cursor,
	int max, struct audience_sums *sums, struct strbuf *err) MUST_USE;

/* `dry` for people who were read already, in another thread: `wish->audience` is not
 * looked at, nor the key. The same results. */
int audience_judge(struct core *core, const struct audience_wish *wish,
	const struct audience_chunk *chunk, struct audience_sums *sums,
	struct strbuf *err) MUST_USE;
/* Since when audience_read() wants to know of charges: as far back as any cap looks. */
int64_t audience_charges_since(const struct core *core);

/* How many fit into a tick of this machine: asked before a chunk, told behind it. Zeroed
 * before the first. */
struct audience_pace {
	int size;
	int64_t begun; /* ns */
};
int audience_pace_begin(struct audience_pace *pace);
void audience_pace_end(struct audience_pace *pace, int took_contacts);

/* When the last of what may leave will have left, at the pace and budgets of the channels
 * that are ready and in the hours left by the shop's own zone; 0: never, or unknown. */
int64_t audience_finish(struct core *core, const struct audience_wish *wish,
	const struct audience_sums *sums);

#endif
