/* Rows of what providers in the cloud tell: `provider_calls`, `provider_texts`,
 * `provider_parts`, `provider_reports`, and the few columns of `attempts` that are
 * theirs. */
#ifndef MALGIL_STORE_PROVIDERS_H
#define MALGIL_STORE_PROVIDERS_H

#include "gateway/store/db.h"

/* ---- webhooks as they came ---- */

#define PROVIDER_CALL_MOST (1024u * 1024)
struct provider_call {
	uint64_t id, channel;
	int64_t at;
	int starts;
	struct strbuf bytes; /* owned: provider_call_done() */
};
void provider_call_done(struct provider_call *h);
/* False when the same bytes came to the channel since `since`. */
bool provider_call_insert(struct db *db, uint64_t id, uint64_t channel, int64_t at,
	int64_t since, const char *digest, const void *bytes, size_t len);
/* The oldest new one after `after`. */
bool provider_call_next(struct db *db, uint64_t after, struct provider_call *ret);
void provider_call_start(struct db *db, uint64_t id);
/* The bytes stay only where nobody understood them. */
void
provider_call_finish(struct db *db, uint64_t id, const char *state, const char *error);

/* ---- texts ---- */

/* False when the text is known. */
bool provider_text_insert(
	struct db *db, uint64_t channel, const char *provider_id, int64_t at);
struct provider_part {
	uint64_t channel;
	const char *sender, *ref, *text;
	int total, part;
	int64_t at;
};
/* True, and the whole text in `out`, when that was the last part: its rows are gone. */
bool provider_part_add(struct db *db, const struct provider_part *p, struct strbuf *out);
/* The oldest set that began before `before`, as far as it goes; its rows are gone. */
bool provider_parts_give_up(struct db *db, int64_t before, uint64_t *ret_channel,
	char ret_sender[48], int *ret_have, int *ret_total, struct strbuf *out);

/* ---- what became of messages ---- */

struct provider_report {
	uint64_t id, channel, message, attempt;
	char provider_id[128], state[16], why[256], price[32];
	int64_t at;
};
void provider_report_insert(struct db *db, const struct provider_report *r);
/* Those without attempt that fit a message, oldest first; they are given it. */
size_t provider_reports_claim(struct db *db, uint64_t channel, const char *provider_id,
	uint64_t message, uint64_t attempt, struct provider_report *ret, size_t max);

/* The attempt a provider's id names, 0 none; and the newest of a message by a channel. */
uint64_t attempt_by_provider(struct db *db, uint64_t channel, const char *provider_id);
uint64_t attempt_of_message(struct db *db, uint64_t channel, uint64_t message);
void attempt_set_price(struct db *db, uint64_t id, const char *price);
/* Sent by the channel since `since`, nothing final reported, after `after` in order. */
struct unreported {
	uint64_t attempt, message;
	char provider_id[128];
};
size_t attempts_unreported(struct db *db, uint64_t channel, uint64_t after, int64_t since,
	struct unreported *ret, size_t max);

/* ---- the router's choices ---- */

/* Takes back the router's choice of a channel for texts that wait for it; their contacts
 * in `ret`. Returns how many, at most `max`. */
size_t
messages_unroute(struct db *db, uint64_t route, uint64_t *ret_contacts, size_t max);
/* How many are ready for a channel, counted up to `most`. */
size_t messages_ready_count(struct db *db, uint64_t route, size_t most);
bool message_is_routed(struct db *db, uint64_t id);
void message_set_routed(struct db *db, uint64_t id);

#endif
