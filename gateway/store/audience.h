/* Rows of `audience`, and what the gates need to know of many contacts at once. */
#ifndef MALGIL_STORE_AUDIENCE_H
#define MALGIL_STORE_AUDIENCE_H

#include "gateway/store/contacts.h"
#include "gateway/store/ledger.h"
#include "gateway/store/messages.h"

/* Adding one that is there changes nothing. `text` NULL: the one all share. */
void audience_add(struct db *db, uint64_t audience, uint64_t contact, const char *text);
/* Takes at most `max` away; how many it took. */
int audience_clear(struct db *db, uint64_t audience, int max);
int64_t audience_count(struct db *db, uint64_t audience);

/* What is known of one contact of a chunk: what is of the person alone. */
#define AUDIENCE_CHARGES 32
struct audience_row {
	struct contact contact;
	struct consent_state consent;
	uint64_t last_channel; /* the one that texted them last, 0 none */
	bool ticket_mutes;
	bool orders;  /* they bought something */
	bool waiting; /* a text to them is queued or being sent, or will be retried */
	/* When promotions were charged to them since what was asked for, newest first,
	 * and what each was. */
	int64_t charged[AUDIENCE_CHARGES], charged_text[AUDIENCE_CHARGES];
	size_t charge_count;
	bool more_charges; /* there are older ones than fit */
	char *text;        /* their own, NULL: the shared one; released by the chunk */
};
struct audience_chunk {
	struct audience_row *rows; /* by contact */
	size_t count, max;
};
/* Reads up to `max` contacts after `after`; what an earlier call left is released. */
void audience_read(struct db *db, uint64_t audience, uint64_t after,
	int64_t charges_since, size_t max, struct audience_chunk *ret);
/* The same of all with a tag; also for the reader thread. */
void audience_read_tagged(struct db *db, const char *tag, uint64_t after,
	int64_t charges_since, size_t max, struct audience_chunk *ret);
void audience_chunk_done(struct audience_chunk *chunk);

/* message_insert() for many, whose class, origin, doubt and moment are the same; ids go
 * up. `ready`: it may be so at once, for nothing else waits for the contact. What is full
 * (AUDIENCE_ROWS) is one statement. */
#define AUDIENCE_ROWS 32
struct audience_new {
	struct message message; /* borrows its texts */
	int64_t fingerprint;
	bool ready;
	bool routed;  /* its route is a preference, as message_set_routed() */
	bool written; /* filled: false when the key is taken */
};
void audience_insert(struct db *db, struct audience_new *rows, size_t count);
/* event_append() for the same many: what was decided of each that was written, at `at`.
 * Names and ids are the caller's, one for each row. */
void audience_events(struct db *db, const struct audience_new *rows, size_t count,
	const char *const *names, const uint64_t *ids, int64_t at);

#endif
