/* Rows of `audit`: who changed what through the API, in order. Append-only. */
#ifndef MALGIL_STORE_AUDIT_H
#define MALGIL_STORE_AUDIT_H

#include "gateway/store/db.h"

struct audit_row {
	uint64_t id, token; /* token 0: none was shown */
	int64_t at;
	const char *who, *via, *action, *target, *detail; /* never NULL once read */
	int status;
};
void audit_append(struct db *db, const struct audit_row *row);
/* The newest first, before `before` (0: from the newest), of one person or (NULL) all.
 * For the reader thread. */
void audit_list(struct db *db, const char *who, uint64_t before, int limit,
	bool (*each)(void *arg, const struct audit_row *row), void *arg);

#endif
