/* Rows of `campaigns`, `campaign_members` and `audiences`.
 *
 * The key of a campaign's text is "cCAMPAIGN:CONTACT", of its reminder
 * "cCAMPAIGNr:CONTACT": what has not left is found by it, without a column of its own. */
#ifndef MALGIL_STORE_CAMPAIGNS_H
#define MALGIL_STORE_CAMPAIGNS_H

#include "gateway/store/db.h"

#define CAMPAIGN_NAME 64

struct campaign_row {
	uint64_t id;
	char name[CAMPAIGN_NAME], state[12], why[200], agent[64], winner[CAMPAIGN_NAME];
	int64_t created, updated, started, ended, pass, pass_at, planned, budget_at;
	uint64_t cursor;
	double budget;
	bool sweeping;
};
/* `spec` (may be NULL) is appended to. */
bool
campaign_load(struct db *db, uint64_t id, struct campaign_row *ret, struct strbuf *spec);
uint64_t campaign_find(struct db *db, const char *name);
/* 0 when the name is taken. */
bool campaign_insert(
	struct db *db, const struct campaign_row *c, const char *spec, int64_t now);
void campaign_set_spec(struct db *db, uint64_t id, const char *spec, int64_t now);
/* State, why, agent, started, ended, planned, winner and the place where it is. */
void campaign_save(struct db *db, const struct campaign_row *c, int64_t now);
/* Running, or with something to clear up, by id after `after`; 0 none. */
uint64_t campaign_next_live(struct db *db, uint64_t after);
void campaigns_list(struct db *db, int limit,
	void (*each)(void *arg, const struct campaign_row *c), void *arg);

void campaign_member_add(struct db *db, uint64_t campaign, uint64_t contact,
	const char *variant, const char *what, const char *why, int64_t now);
bool campaign_member_known(struct db *db, uint64_t campaign, uint64_t contact);

/* Clearing up, a chunk after *key, which moves on (`size` bytes); how many rows it looked
 * at. What is queued is held until its end; what was held by a pause may be looked at
 * again; what has not left is canceled. Only what has not left in part. The contacts
 * whose turn it is to be settled are in `ret_contacts` (max of them). */
enum campaign_sweep { CAMPAIGN_HOLD, CAMPAIGN_WAKE, CAMPAIGN_CANCEL };
int campaign_sweep(struct db *db, uint64_t campaign, enum campaign_sweep what, char *key,
	size_t size, const char *reason, int64_t now, uint64_t *ret_contacts, int max);
void campaign_set_sweep(struct db *db, uint64_t id, const char *key);
void campaign_get_sweep(struct db *db, uint64_t id, char *key, size_t size);
/* Has everything it wrote left, or come to an end? */
bool campaign_empty(struct db *db, uint64_t id);

#define AUDIENCE_RULE 2000
struct audience_named {
	uint64_t id;
	char name[CAMPAIGN_NAME], note[200], rule[AUDIENCE_RULE + 1];
	int64_t updated;
};
bool audience_find(struct db *db, const char *name, struct audience_named *ret);
/* Makes or changes it. */
void audience_put(struct db *db, const struct audience_named *a, int64_t now);
/* The row; its members are cleared by audience_clear(). */
void audience_remove(struct db *db, uint64_t id);
bool audience_has(struct db *db, uint64_t id, uint64_t contact);
void audience_drop(struct db *db, uint64_t id, uint64_t contact);
void audiences_list(struct db *db,
	void (*each)(void *arg, const struct audience_named *a), void *arg);

#endif
