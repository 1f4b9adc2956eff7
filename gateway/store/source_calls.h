/* Rows of `source_calls`: webhooks of the shop's platforms, as they came and what became
 * of them. */
#ifndef MALGIL_STORE_SOURCE_CALLS_H
#define MALGIL_STORE_SOURCE_CALLS_H

#include "gateway/store/db.h"

struct source_call_row {
	uint64_t id;
	int64_t at;
	int starts;
	char source[64], topic[80];
	struct strbuf bytes;
};
/* False when the platform said that before. */
bool source_call_insert(struct db *db, uint64_t id, int64_t at, const char *source,
	const char *key, const char *topic, const void *bytes, size_t len);
/* The oldest one that is new; to be released with source_call_done(). */
bool source_call_next(struct db *db, struct source_call_row *ret);
void source_call_done(struct source_call_row *row);
/* The bytes stay only where nobody understood them. */
void source_call_finish(struct db *db, uint64_t id, const char *state, const char *error);
/* It is about that order, as it was then. False when something newer is known of it. */
bool source_call_newest(struct db *db, uint64_t id, const char *source,
	const char *subject, int64_t said);
/* Those an earlier life left have been begun once more; the ones that ended the program
 * `most` times are set aside. */
void source_calls_begun(struct db *db, int most);

#endif
