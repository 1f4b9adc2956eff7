/* admit(): may this message leave now, and if not, which rule held it, until when, and
 * why.
 *
 * Pure: facts in, verdict out; it reads no clock and no store. It runs at acceptance, on
 * waking and at dispatch, and charges nothing. A verdict that names a time promises that,
 * with unchanged facts, the message may leave then; where that is not before it expires,
 * the verdict is to expire now. What waits for an event (a channel, a person, an earlier
 * text) says so and names no time of its own. */
#ifndef MALGIL_CORE_GATES_H
#define MALGIL_CORE_GATES_H

#include "gateway/core/core.h"
#include "gateway/store/ledger.h"
#include "gateway/store/messages.h"

enum verdict_what {
	VERDICT_SEND,
	VERDICT_DEFER,
	VERDICT_SUPPRESS,
	VERDICT_EXPIRE,
	VERDICT_CANCEL
};
const char *verdict_name(enum verdict_what what);

#define GATE_COUNT 13
struct gate_verdict {
	const char *gate; /* "number", "consent", ... static */
	enum verdict_what what;
	char rule[160]; /* a sentence */
	int64_t until;  /* DEFER: wall time it may pass, 0 when it waits for an event */
};

struct verdict {
	enum verdict_what what;
	int64_t until; /* DEFER: it may leave then; 0: when what it waits for happens */
	bool waits;    /* some gate waits for an event */
	bool queues;   /* only its turn and a channel are missing: it belongs in the queue
			*/
	const char *gate; /* the one that decided, "" when all passed */
	char channel[64]; /* the one it would take, "" none */
	uint64_t channel_id;
	int64_t closes; /* SEND: no later than this may the network still try, 0 no limit
			 */
	enum message_class cls; /* as judged */
	struct gate_verdict gates[GATE_COUNT];
	size_t gate_count;
};

#define GATE_WINDOWS  160
#define GATE_CAPS     16
#define GATE_CHANNELS 64

/* A cap and how full it is. */
struct gate_cap {
	struct cap cap;
	const char *zone; /* its calendar's */
	const char *of;   /* whose it is: "the pack of US-FL", "policy.caps.promo" */
	int64_t oldest; /* when the oldest text was sent of as many as the cap allows; 0:
			   fewer */
};

/* One channel that could carry it, in the router's order. */
struct gate_channel {
	uint64_t id;
	const char *name;
	bool ready;
	int64_t until;        /* when a resting one may be back, 0 unknown */
	const char *why;      /* what is wrong with it, "" */
	int64_t margin;       /* ms before a window's end at which it is too late */
	const char *unfit;    /* a sentence why the text cannot go by it, NULL it can */
	int64_t budget_until; /* no room before, 0: there is room */
	int64_t pace_until;   /* its pace has no place for it before, 0: it has */
	char budget_rule[112];
};

/* What windows came to at a moment, for whoever judges many under the same ones. The
 * rules are told apart by where their windows, dates and zones stand: it is good for as
 * long as all of those stay. */
#define GATE_HOURS 4
struct gate_hours {
	struct gate_known_hours {
		struct window_rule rules[GATE_WINDOWS];
		size_t rule_count, rule;
		int64_t now, margin, next, closes; /* closes: INT64_MIN not asked yet */
	} known[GATE_HOURS];
	size_t count, next;
};

/* What the gates look at. Everything is a value: no store, no clock. */
struct gate_facts {
	enum message_class cls;
	uint64_t id;
	const char *zone;     /* the recipient's, the likeliest */
	int64_t at;           /* not before, 0 none */
	const char *paused;   /* what a person paused that holds it, NULL nothing */
	int64_t paused_until; /* 0: until somebody resumes */
	bool clock_odd;       /* core/almanac.h: the moment itself cannot be right */
	int64_t expires;
	int64_t retry_at; /* after a temporary failure, 0 none */
	bool predecessor; /* an earlier text to this contact is in flight or retrying soon
			   */
	const char *relay; /* why nothing may go to this relay number, NULL: it may */
	bool dead;         /* the network says that nobody is there */

	const char *stopped; /* the contact's: "", "marketing", "all" */
	int64_t stopped_at;
	int64_t replied_at;     /* the inbound text this answers, 0 none */
	bool proven_reply;      /* reply_to names a recent text of the same contact */
	bool by_person;         /* no script or campaign wrote it */
	bool people_after_stop; /* the pack lets a person answer after a STOP to
				   everything */
	struct consent_state consent;
	bool basis_fits;          /* every pack that applies takes this kind of grant */
	int64_t grant_ends;       /* by the packs' age of a grant, 0 never */
	const char *consent_pack; /* "the pack of KR" */
	int64_t revived; /* the number was dead for long until then: older grants are void
			  */
	int64_t optout_due; /* a text of theirs looks like an opt-out: decided by then, 0
			       none */

	const char *run_over; /* why the script it belongs to no longer wants it, NULL it
				 does */
	bool ticket_open;
	int64_t same_text_at; /* when this very promotion was last sent to them, 0 never
			       */
	int64_t same_text_guard;

	struct window_rule windows[GATE_WINDOWS];
	size_t window_count;
	bool night_lifted; /* a grant for the night lifted hours that would apply */
	int64_t spread;    /* ms: its own place in the minutes after an opening */
	struct gate_hours *hours; /* NULL: each is looked at by itself */

	struct gate_cap caps[GATE_CAPS];
	size_t cap_count;
	bool skip_capped; /* a full cap ends it instead of delaying it */

	const char *wording; /* what the text lacks, NULL nothing */
	bool wording_asked;  /* a pack asks something of the wording at all */
	struct gate_channel channels[GATE_CHANNELS];
	size_t channel_count;
};

void admit(const struct gate_facts *facts, int64_t now, struct verdict *ret);
/* The rule of the gate that decided, "" when all let it pass. */
const char *verdict_rule(const struct verdict *v);

#endif
