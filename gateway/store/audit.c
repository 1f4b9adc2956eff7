#include "gateway/store/audit.h"

void
audit_append(struct db *db, const struct audit_row *r)
{
	db_run(db,
		"INSERT INTO audit(id, token, at, who, via, action, target, detail, "
		"status) VALUES($1, nullif($2, 0), $3, $4, $5, $6, $7, $8, $9)",
		"uuittttti", r->id, r->token, r->at, r->who, r->via, r->action, r->target,
		r->detail, (int64_t)r->status);
}

#define AUDIT "SELECT id, token, at, who, via, action, target, detail, status FROM audit "

void
audit_list(struct db *db, const char *who, uint64_t before, int limit,
	bool (*each)(void *arg, const struct audit_row *row), void *arg)
{
	uint64_t end = before ? before : (uint64_t)INT64_MAX;
	struct db_rows *q =
		who ? db_select(db,
			      AUDIT "WHERE who = $1 AND id < $2 ORDER BY id DESC LIMIT "
				    "$3",
			      "tui", who, end, (int64_t)limit)
		    : db_select(db, AUDIT "WHERE id < $1 ORDER BY id DESC LIMIT $2", "ui",
			      end, (int64_t)limit);
	bool more = true;
	while (more && db_next(q)) {
		struct audit_row r = {.id = db_id(q, 0),
			.token = db_id(q, 1),
			.at = db_int(q, 2),
			.who = db_text(q, 3),
			.via = db_text(q, 4),
			.action = db_text(q, 5),
			.target = db_text(q, 6),
			.detail = db_text(q, 7),
			.status = (int)db_int(q, 8)};
		more = each(arg, &r);
	}
	db_end(q);
}
