/* POST /v1/import/WHAT: a file of any length, as CSV with a header or as NDJSON, taken
 * row by row while it comes in.
 *
 * Nothing is kept of the file but the row at hand and the report. Each piece that arrives
 * is one tick's transaction, so the wire and the modems go on; a row is taken or refused
 * by itself, and the report names each refused one with its line. When the store fails
 * the import ends with 503 and the line up to which everything is durable. The same file
 * again changes nothing that is there already, so it may simply be sent again. */
#ifndef MALGIL_API_IMPORT_H
#define MALGIL_API_IMPORT_H

#include "gateway/core/core.h"
#include "gateway/net/json.h"

enum import_result {
	IMPORT_CREATED,
	IMPORT_CHANGED,
	IMPORT_SAME,
	IMPORT_REFUSED,
	IMPORT_LATER, /* nothing can be taken now: the import ends with 503 */
};

struct import_row {
	bool csv; /* said to `take`: all values are texts */
	enum import_result result;
	char field[64];    /* of a refusal or a warning, "" the whole row */
	struct strbuf why; /* the sentence; of a taken row it is a warning, or empty */
};

struct import_kind {
	const char *what; /* as the path has it; NULL ends the table */
	/* A row as an object; of CSV all values are texts, empty cells are left out. */
	void (*take)(struct core *core, const json_t *row, struct import_row *ret);
	/* May a CSV have this column? NULL: whatever `take` understands. False with the
	 * sentence in `err`. */
	bool (*column)(const char *name, struct strbuf *err);
};
extern const struct import_kind import_kinds[];

void import_contact(struct core *core, const json_t *row, struct import_row *ret);
bool import_contact_column(const char *name, struct strbuf *err);
void import_event(struct core *core, const json_t *row, struct import_row *ret);
void import_order(struct core *core, const json_t *row, struct import_row *ret);

#endif
