/* Rows of `entries`, `scans` and `scan_members`: who is in which journey, since when and
 * how far, or was kept out and why; and how far the look through all people has come. */
#ifndef MALGIL_STORE_ENTRIES_H
#define MALGIL_STORE_ENTRIES_H

#include "gateway/store/db.h"

#define ENTRY_KEY 160

struct entry_row {
	uint64_t id, contact, event, run;
	char script[64], hash[17], key[ENTRY_KEY], state[12], outcome[64], paused[64];
	bool live;
	char *data; /* owned: entry_row_done() */
	int64_t origin, due, repeats, started, ended;
};
void entry_row_done(struct entry_row *row);

void entry_insert(struct db *db, const struct entry_row *row);
/* All but the script, the contact and the key. */
void entry_save(struct db *db, const struct entry_row *row);
bool entry_load(struct db *db, uint64_t id, struct entry_row *ret);
/* The live one of this key; false when there is none. */
bool entry_load_live(struct db *db, uint64_t contact, const char *script, const char *key,
	struct entry_row *ret);
/* The contact's live entries, oldest first. */
size_t entries_of(struct db *db, uint64_t contact, uint64_t *ret_ids, size_t max);
/* Live ones whose clock has rung, the longest due first; when the next one does, 0 never.
 */
size_t entries_due(struct db *db, int64_t now, uint64_t *ret_ids, size_t max);
int64_t entries_next(struct db *db);
/* When they last began it, and how often since `since`; entries that were only watched
 * count, those kept out do not. */
void entry_past(struct db *db, uint64_t contact, const char *script, int64_t since,
	int64_t *ret_last, int64_t *ret_starts);
/* A text was asked for. */
void entry_said(struct db *db, uint64_t id, const char *variant, int64_t now);
/* The newest one of the script, begun at or after `since`, whose goal is not reached: 0
 * none. */
uint64_t
entry_without_goal(struct db *db, uint64_t contact, const char *script, int64_t since);
struct entry_goal {
	int64_t at;
	uint64_t event;
	bool has_value;
	double value;
	const char
		*credit; /* what of its own brought it: "click", "send"; NULL nothing */
};
/* Writes it down, with what it is credited to. */
void entry_reach(struct db *db, uint64_t id, const struct entry_goal *goal);

/* ---- looks through all people ---- */

#define SCAN_KEY 96
struct scan_row {
	char script[SCAN_KEY];
	int64_t since, until;
	uint64_t cursor;
};
bool scan_load(struct db *db, const char *script, struct scan_row *ret);
void scan_save(struct db *db, const struct scan_row *row);
/* Up to `max` contacts behind `after`: the last of them, 0 none. */
uint64_t scan_upto(struct db *db, uint64_t after, int max);
struct scan_date {
	uint64_t contact;
	int64_t base;
};
/* Contacts behind `after` that have a date: an attribute, or the column `first_order`,
 * `last_order` of what follows from their orders. */
size_t scan_dates(struct db *db, const char *name, uint64_t after, struct scan_date *ret,
	size_t max);
bool scan_member(struct db *db, const char *script, uint64_t contact);
void scan_member_set(struct db *db, const char *script, uint64_t contact, bool in);
/* Members among (after, upto]. */
size_t scan_members(struct db *db, const char *script, uint64_t after, uint64_t upto,
	uint64_t *ret_ids, size_t max);

#endif
