/* Rows of `imports` and `import_values`: lists of people that were taken in at once, and
 * what has to be known to take them back. What an import itself wrote bears its id
 * (contacts, consent) or its moment (fields, tags). */
#ifndef MALGIL_STORE_ROLLS_H
#define MALGIL_STORE_ROLLS_H

#include "gateway/store/attributes.h"

#define ROLL_COLUMNS 2048 /* bytes of their names */

struct roll {
	uint64_t id, last_id;
	int64_t at, done_at;
	char name[160], agent[64], state[12], columns[ROLL_COLUMNS];
	int64_t created, changed, unchanged, refused, granted, stopped, kept_out;
	int phase;
	uint64_t cursor;
	int64_t removed, restored, left_as;
};
void roll_insert(struct db *db, const struct roll *im);
void roll_save(struct db *db, const struct roll *im);
bool roll_load(struct db *db, uint64_t id, struct roll *ret);
/* One that is being undone. */
bool roll_undoing(struct db *db, struct roll *ret);
/* Newest first, older than `before` (0: all), until `each` says no. */
void rolls_list(struct db *db, uint64_t before, int limit,
	bool (*each)(void *arg, const struct roll *im), void *arg);

/* ---- taking in ---- */

/* A new contact of this import: false when the number has one already. */
bool
roll_contact(struct db *db, uint64_t id, const char *phone, int64_t at, uint64_t import);
void roll_marks(struct db *db, uint64_t contact, uint64_t import);
/* What stood there before this import changed it; only the first time. */
void roll_keep(struct db *db, uint64_t import, uint64_t contact, const char *name);
void roll_keep_tag(struct db *db, uint64_t import, uint64_t contact, const char *tag);
bool roll_touched(struct db *db, uint64_t import, uint64_t contact);

struct roll_consent {
	uint64_t id, contact, import;
	const char *phone, *action, *source, *operator_name, *words;
	int64_t at;
	bool night;
};
void roll_consent(struct db *db, const struct roll_consent *c);
/* Did they, or anybody for them, say no in the ledger? What an undoing wrote does not
 * count. */
bool roll_said_no(struct db *db, uint64_t contact);

/* ---- taking back ---- */

/* People this import made, after the cursor. */
size_t roll_made(struct db *db, const struct roll *im, uint64_t *ret, size_t max);
/* People it found, after the cursor. */
size_t roll_found(struct db *db, const struct roll *im, uint64_t *ret, size_t max);
/* The newest row of their ledger, if it is this import's: its id and whether it was a
 * grant; 0 otherwise. */
uint64_t
roll_last_word(struct db *db, uint64_t import, uint64_t contact, bool *ret_grant);
/* Removes what of fields and tags still is as this import wrote it. */
void roll_strip(struct db *db, const struct roll *im, uint64_t contact);
/* Puts back what stood there, where it still is as this import wrote it. How many. */
int roll_put_back(struct db *db, const struct roll *im, uint64_t contact);
/* Removes a contact that nothing else names. */
bool roll_remove(struct db *db, uint64_t contact);
/* Audiences are being decided: a contact is not removed while they are. */
bool roll_must_wait(struct db *db);

#endif
