/* Rows of `said`: which step of which script a text is, in which variant, on what basis.
 * For reports, and for whoever asks why a text was sent. */
#ifndef MALGIL_STORE_SAID_H
#define MALGIL_STORE_SAID_H

#include "gateway/store/db.h"

struct said_row {
	uint64_t message, contact, run;
	const char *script, *hash, *step; /* hash: the version */
	const char *variant, *basis;      /* NULL: none */
	unsigned visit;
	int64_t at;
};
void said_insert(struct db *db, const struct said_row *row);
/* False when no script said it. Texts are appended to `ret_texts` and borrowed from it.
 */
bool said_load(
	struct db *db, uint64_t message, struct said_row *ret, struct strbuf *ret_texts);

#endif
