/* admit(): may this message leave now, and if not, which rule held it, until when, and
 * why. Pure: facts in, verdict out. It runs at acceptance, on waking, and at dispatch. */
#ifndef MALGIL_CORE_GATES_H
#define MALGIL_CORE_GATES_H

#include "gateway/core/core.h"
#include "gateway/store/messages.h"

enum verdict_what {
	VERDICT_SEND,
	VERDICT_DEFER,
	VERDICT_SUPPRESS,
	VERDICT_EXPIRE,
	VERDICT_CANCEL
};
const char *verdict_name(enum verdict_what what);

#define GATE_COUNT 6
struct gate_verdict {
	const char *gate; /* "number", "consent", ... static */
	enum verdict_what what;
	char rule[128]; /* a sentence */
	int64_t until;  /* DEFER: wall time it may pass, 0 when that is not known */
};

struct verdict {
	enum verdict_what what;
	int64_t until;
	const char *gate; /* the one that decided, "" when all passed */
	char channel[64]; /* the one it would take, "" none */
	struct gate_verdict gates[GATE_COUNT];
	size_t gate_count;
};

/* What the gates look at. Everything is a value: no store, no clock. */
struct gate_facts {
	enum message_class cls;
	int64_t at; /* not before, 0 none */
	int64_t expires;
	const char *stopped; /* the contact's: "", "marketing", "all" */
	int64_t stopped_at;
	int64_t replied_at; /* the inbound text this answers, 0 none */
	bool proven_reply;  /* reply_to names a text of the same contact, at most 10 min
			       old */
	int64_t retry_at;   /* after a temporary failure, 0 none */
	bool predecessor; /* an earlier text to this contact is in flight or retrying soon
			   */
	size_t channels;  /* candidates that could carry it at all */
	const char *ready_channel; /* the first healthy one, NULL none */
	int64_t channel_until;     /* when a resting one may be back, 0 unknown */
	const char *channel_why;   /* what is wrong with the first candidate, "" */
};

void admit(const struct gate_facts *facts, int64_t now, struct verdict *ret);

#endif
