/* A CSV file told to the gateway row by row, as NDJSON, in batches: `malgil events
 * import`, `malgil products import`. A row that is refused gets a sentence with its line;
 * the others are taken. Telling the same file again is safe where the rows say whose they
 * are (ids, skus). */
#ifndef MALGIL_VERBS_UPLOAD_H
#define MALGIL_VERBS_UPLOAD_H

#include "gateway/text/csv.h"
#include "gateway/verbs/remote.h"

struct upload {
	const char *path; /* of the API */
	const char *file;
	/* The header's columns; 0, or an exit code after saying why. */
	int (*header)(struct upload *u, const struct csv_row *row);
	/* A row as a JSON object, or NULL with a sentence. */
	json_t *(*row)(struct upload *u, const struct csv_row *row, struct strbuf *err);
	struct remote *remote;
	const struct verb *verb;
	char columns[CSV_FIELDS][64]; /* filled here: small letters, trimmed */
	size_t count;
};
/* Runs it; the exit code. Prints how many were taken, repeated and refused. */
int upload_file(struct upload *u);

#endif
