/* Rows of `said`: which step of which script a text is, in which variant, on what basis.
 * For reports, and for whoever asks why a text was sent. */
#ifndef MALGIL_STORE_SAID_H
#define MALGIL_STORE_SAID_H

#include "gateway/store/db.h"

struct said_row {
	uint64_t message, contact, run;
	const char *script, *hash, *step; /* hash: the version */
	const char *variant, *basis;      /* NULL: none; "request"; "asked" for consent */
	unsigned visit;
	int64_t at;
};
void said_insert(struct db *db, const struct said_row *row);
/* False when no script said it. Texts are appended to `ret_texts` and borrowed from it.
 */
bool said_load(
	struct db *db, uint64_t message, struct said_row *ret, struct strbuf *ret_texts);

/* Was this contact told before, by this script, what they had asked to be told (basis
 * "request"), and has nobody asked again since? One request is one text: another by the
 * same run, or one with neither a text of theirs nor a change of what is kept of them in
 * between, has nothing left to stand on. Texts that never left do not count. */
bool said_on_request(struct db *db, uint64_t contact, const char *script, uint64_t run,
	uint64_t before);

#endif
