/* Rows of `attempts`: the journal. */
#ifndef MALGIL_STORE_ATTEMPTS_H
#define MALGIL_STORE_ATTEMPTS_H

#include "gateway/store/db.h"

struct attempt {
	uint64_t id, message, channel;
	int part, planned_ref, ref, code; /* -1: none */
	int64_t at, done_at, report_at;
	char state[12]; /* open sent later rejected unknown never_left */
	char sim[24], report[16], evidence[24], channel_name[64], provider_id[128];
	char why[256];
	char price[32]; /* as the provider told it, "0.0075 USD"; "" it did not */
};

/* Of one message, oldest first. */
void attempts_list(struct db *db, uint64_t message,
	bool (*each)(void *arg, const struct attempt *a), void *arg);

/* ---- writing: for core/journal alone ---- */

void attempt_insert(struct db *db, const struct attempt *a, const char *tail);
/* `from` is the state it must be in; false when it was in another. */
bool attempt_move(struct db *db, uint64_t id, const char *from, const char *to, int ref,
	int code, const char *why, int64_t now);
void attempt_set_evidence(struct db *db, uint64_t id, const char *evidence);
void attempt_set_report(struct db *db, uint64_t id, const char *report, int64_t at);
void attempt_set_ref(struct db *db, uint64_t id, int ref);
void attempt_set_provider(struct db *db, uint64_t id, const char *provider_id);
bool attempt_load(struct db *db, uint64_t id, struct attempt *ret);

/* Ids of attempts in a state ("open", "unknown") on a channel (0: any), oldest first. */
size_t attempts_unsettled(struct db *db, uint64_t channel, const char *state,
	uint64_t *ret_ids, size_t max);
/* Those in doubt on a channel that were submitted after `since`, newest first. */
size_t attempts_doubted_since(
	struct db *db, uint64_t channel, int64_t since, uint64_t *ret_ids, size_t max);
/* The unsettled or doubtful attempt of one message, 0 when none. */
uint64_t attempt_doubtful(struct db *db, uint64_t message);

/* The newest attempt in doubt on a channel, older than attempt `before` (0: any), that no
 * result has followed; 0 when there is none, or when another doubt stands right before
 * it. */
uint64_t attempts_last_doubt(struct db *db, uint64_t channel, uint64_t before);

/* Candidates for a status report: same SIM and TP-MR, submitted after `since`, newest
 * first: those whose reference is known, then those in doubt for which it was planned,
 * then those known that have their final report already. */
struct attempt_match {
	uint64_t id, message, contact;
	int64_t at;
	bool planned, reported;
	char tail[16], phone[48];
};
size_t attempts_matching(struct db *db, const char *sim, int mr, int64_t since,
	struct attempt_match *ret, size_t max);

/* Attempts of a SIM since `since` whose fate is not known, newest first. */
size_t attempts_unknown_on(struct db *db, const char *sim, int64_t since,
	struct attempt_match *ret, size_t max);
/* Attempt `id` is in that state ("unknown": in doubt) and may have reference `mr`, and no
 * text that went to the same contact from the same SIM since `since` had it, or had none.
 */
bool attempt_may_be(struct db *db, uint64_t id, const char *state, int mr, int64_t since);
/* Attempts of a channel since `since` and before attempt `before` that may still be
 * answered: in doubt, or known from elsewhere to have left. */
size_t attempts_owed(struct db *db, uint64_t channel, int64_t since, uint64_t before,
	struct attempt *ret, size_t max);
void attempt_set_planned(struct db *db, uint64_t id, int ref);

/* How the parts of a message stand with the network's reports. */
struct attempt_reports {
	int sent, delivered, failed, expired; /* parts, counted by their sent attempt */
};
void attempts_reports(struct db *db, uint64_t message, struct attempt_reports *ret);

#endif
