/* Rows of `idempotency`: the first answer to a request that came with a key, so that the
 * same request again is answered and not done again. Status 0: it is being done, or its
 * answer was lost with the program. */
#ifndef MALGIL_STORE_REPEATS_H
#define MALGIL_STORE_REPEATS_H

#include "gateway/store/db.h"

#define REPEAT_KEY 128 /* bytes of a key */

struct repeat {
	char fingerprint[65], type[64];
	int status;
	struct strbuf answer;
};
/* False when the key is new. The caller frees `answer`. */
bool repeat_load(struct db *db, const char *asker, const char *key, struct repeat *ret);
/* Inserts or completes; forgets a few of those from before `forget`. */
void repeat_save(struct db *db, const char *asker, const char *key,
	const struct repeat *r, int64_t at, int64_t forget);

#endif
