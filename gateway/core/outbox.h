/* The way in for everything that wants to be sent: API, command line, dialogs, consent.
 */
#ifndef MALGIL_CORE_OUTBOX_H
#define MALGIL_CORE_OUTBOX_H

#include "gateway/core/core.h"
#include "gateway/core/gates.h"
#include "gateway/store/messages.h"

struct outbox_request {
	const char *to;   /* any spelling of a number */
	const char *text; /* UTF-8 */
	size_t text_len;
	enum message_class cls;
	const char *channel;  /* NULL: the router's choice */
	const char *key;      /* idempotency key, NULL none; at most 128 bytes */
	const char *origin;   /* "api", "consent", ... */
	const char *on_doubt; /* "hold", "close", "resend"; NULL: by class */
	int64_t at;           /* not before this wall time, 0 at once */
	int64_t expires;      /* wall time, 0: the configured default */
	int msg_class;        /* -1, or 0 flash .. 3 */
	bool no_report;
	bool skip_capped;  /* a full cap ends it instead of delaying it */
	uint64_t reply_to; /* inbound message this answers, 0 none */
	bool inside; /* part of work that is being committed anyway: taken also while the
			gateway is stopping or the disk is low, and kept for later */
};

struct outbox_receipt {
	uint64_t id;
	enum message_state state;
	bool repeated; /* the key was known with the same request: this is the first
			  answer */
	int parts;
	char encoding[8];
};

/* Accepts a message in this tick's transaction: durable once the tick commits, so answer
 * the caller from loop_after_commit(). 0; -EINVAL with a sentence (bad number, not UTF-8,
 * too long, unknown channel); -EEXIST with a sentence (key used for another request);
 * -EAGAIN with a sentence (the store cannot commit, or is full, or the gateway is
 * stopping: say 503). */
int outbox_accept(struct core *core, const struct outbox_request *request,
	struct outbox_receipt *ret_receipt, struct strbuf *err) MUST_USE;

/* What would become of a request: nothing is written. `text` is released by the caller.
 */
struct outbox_trial {
	struct verdict verdict;
	char phone[32], encoding[8];
	char *text;
	int parts;
	int64_t units;
	uint64_t contact; /* 0: nobody knows them yet */
};
int outbox_try(struct core *core, const struct outbox_request *request,
	struct outbox_trial *ret, struct strbuf *err) MUST_USE;

/* Takes back what has not left. 0; -ENOENT; -EPERM with a sentence (already sending or
 * gone). */
int outbox_cancel(struct core *core, uint64_t id, struct strbuf *err) MUST_USE;

#endif
