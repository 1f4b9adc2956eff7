/* What a webhook, or the answer to a poll, brings: texts, what became of messages, and
 * people who want no more. Pure: the document in, things out, in its order. */
#ifndef MALGIL_CLOUD_HOOK_H
#define MALGIL_CLOUD_HOOK_H

#include "drivers/cloud/doc.h"

enum cloud_kind { CLOUD_INBOUND, CLOUD_STATUS, CLOUD_OPTED_OUT };
enum cloud_state {
	CLOUD_STATE_UNKNOWN, /* nothing new is known */
	CLOUD_STATE_ACCEPTED,
	CLOUD_STATE_SENT,
	CLOUD_STATE_DELIVERED,
	CLOUD_STATE_UNDELIVERED,
	CLOUD_STATE_FAILED,
	CLOUD_STATE_EXPIRED,
};
extern const char *const cloud_state_names[]; /* NULL ends it */
/* -EINVAL. */
int cloud_state_parse(const char *name, enum cloud_state *ret) MUST_USE;

/* Texts never NULL, "" when not told; borrowed for the call. */
struct cloud_item {
	enum cloud_kind kind;
	const char *id, *from, *to, *text;
	int64_t at; /* 0 not told */
	const char *ref;
	int total, part; /* 0: whole */
	enum cloud_state state;
	const char *word; /* the provider's own for the state */
	const char *key, *code, *why, *price, *currency;
	enum cloud_error error;
	bool opted_out;
};

/* Calls `each` for everything found; returns how many. `ret_reply` (may be NULL): what
 * this kind is answered with, NULL the usual. */
size_t cloud_hook_read(const struct cloud_profile *profile, const struct cloud_doc *doc,
	void (*each)(void *arg, const struct cloud_item *item), void *arg,
	const struct cloud_reply **ret_reply);

/* The state a word means by the maps of a reading. */
enum cloud_state cloud_state_of(const struct cloud_reading *reading, const char *word);

#endif
