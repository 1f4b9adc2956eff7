#include "gateway/store/access.h"

#include <stdio.h>

/* ---- staff ---- */

#define STAFF "SELECT id, name, login, phone, role, created, gone FROM staff "

static void
staff_of(struct db_rows *q, struct staff *ret)
{
	*ret = (struct staff){
		.id = db_id(q, 0), .created = db_int(q, 5), .gone = db_int(q, 6)};
	snprintf(ret->name, sizeof(ret->name), "%s", db_text(q, 1));
	snprintf(ret->login, sizeof(ret->login), "%s", db_text(q, 2));
	snprintf(ret->phone, sizeof(ret->phone), "%s", db_text(q, 3));
	snprintf(ret->role, sizeof(ret->role), "%s", db_text(q, 4));
}

static bool
one_staff(struct db_rows *q, struct staff *ret)
{
	bool found = db_next(q);
	if (found)
		staff_of(q, ret);
	db_end(q);
	return found;
}

void
staff_insert(struct db *db, const struct staff *s)
{
	db_run(db,
		"INSERT INTO staff(id, name, login, phone, role, created) "
		"VALUES($1, $2, $3, $4, $5, $6)",
		"utttti", s->id, s->name, s->login, s->phone, s->role, s->created);
}

bool
staff_by_name(struct db *db, const char *name, struct staff *ret)
{
	return one_staff(
		db_select(db, STAFF "WHERE name = $1 AND gone = 0", "t", name), ret);
}

bool
staff_by_login(struct db *db, const char *login, struct staff *ret)
{
	return one_staff(
		db_select(db, STAFF "WHERE login = $1 AND login <> '' AND gone = 0", "t",
			login),
		ret);
}

bool
staff_load(struct db *db, uint64_t id, struct staff *ret)
{
	return one_staff(db_select(db, STAFF "WHERE id = $1", "u", id), ret);
}

void
staff_save(struct db *db, const struct staff *s)
{
	db_run(db, "UPDATE staff SET login = $2, phone = $3, role = $4 WHERE id = $1",
		"uttt", s->id, s->login, s->phone, s->role);
}

void
staff_leave(struct db *db, uint64_t id, int64_t at)
{
	db_run(db, "UPDATE staff SET gone = $2 WHERE id = $1", "ui", id, at);
}

void
staff_list(struct db *db, bool gone, bool (*each)(void *arg, const struct staff *s),
	void *arg)
{
	struct db_rows *q =
		gone ? db_select(db, STAFF "ORDER BY id", "")
		     : db_select(db, STAFF "WHERE gone = 0 ORDER BY name", "");
	bool more = true;
	while (more && db_next(q)) {
		struct staff s;
		staff_of(q, &s);
		more = each(arg, &s);
	}
	db_end(q);
}

size_t
staff_tickets(struct db *db, const char *name, uint64_t *ret_ids, size_t max)
{
	struct db_rows *q = db_select(db,
		"SELECT id FROM tickets WHERE state = 'open' AND agent <> '' AND agent = "
		"$1 ORDER BY id LIMIT $2",
		"ti", name, (int64_t)max);
	return db_ids(q, ret_ids, max);
}

/* ---- tokens ---- */

#define TOKENS                                                                           \
	"SELECT t.id, t.staff, t.name, t.handle, t.role, t.hash, t.old_hash, "           \
	"t.created, t.rotated, t.old_until, t.expires, t.revoked, t.used, s.name, "      \
	"s.gone, s.role FROM tokens t LEFT JOIN staff s ON s.id = t.staff "

static void
token_of(struct db_rows *q, struct token *ret)
{
	*ret = (struct token){.id = db_id(q, 0),
		.staff = db_id(q, 1),
		.created = db_int(q, 7),
		.rotated = db_int(q, 8),
		.old_until = db_int(q, 9),
		.expires = db_int(q, 10),
		.revoked = db_int(q, 11),
		.used = db_int(q, 12),
		.owner_gone = db_int(q, 14) != 0};
	snprintf(ret->name, sizeof(ret->name), "%s", db_text(q, 2));
	snprintf(ret->handle, sizeof(ret->handle), "%s", db_text(q, 3));
	snprintf(ret->role, sizeof(ret->role), "%s", db_text(q, 4));
	snprintf(ret->hash, sizeof(ret->hash), "%s", db_text(q, 5));
	snprintf(ret->old_hash, sizeof(ret->old_hash), "%s", db_text(q, 6));
	snprintf(ret->owner, sizeof(ret->owner), "%s", db_text(q, 13));
	snprintf(ret->owner_role, sizeof(ret->owner_role), "%s", db_text(q, 15));
}

static bool
one_token(struct db_rows *q, struct token *ret)
{
	bool found = db_next(q);
	if (found)
		token_of(q, ret);
	db_end(q);
	return found;
}

void
token_insert(struct db *db, const struct token *t)
{
	db_run(db,
		"INSERT INTO tokens(id, staff, name, handle, hash, role, created, "
		"expires) VALUES($1, nullif($2, 0), $3, $4, $5, $6, $7, $8)",
		"uuttttii", t->id, t->staff, t->name, t->handle, t->hash, t->role,
		t->created, t->expires);
}

bool
token_by_handle(struct db *db, const char *handle, struct token *ret)
{
	return one_token(db_select(db, TOKENS "WHERE t.handle = $1", "t", handle), ret);
}

bool
token_by_name(struct db *db, const char *name, struct token *ret)
{
	return one_token(
		db_select(db, TOKENS "WHERE t.name = $1 AND t.revoked = 0", "t", name),
		ret);
}

bool
token_load(struct db *db, uint64_t id, struct token *ret)
{
	return one_token(db_select(db, TOKENS "WHERE t.id = $1", "u", id), ret);
}

void
token_rotate(struct db *db, const struct token *t)
{
	db_run(db,
		"UPDATE tokens SET hash = $2, old_hash = $3, old_until = $4, rotated = "
		"$5 WHERE id = $1",
		"uttii", t->id, t->hash, t->old_hash, t->old_until, t->rotated);
}

void
token_revoke(struct db *db, uint64_t id, int64_t at)
{
	db_run(db, "UPDATE tokens SET revoked = $2 WHERE id = $1 AND revoked = 0", "ui",
		id, at);
}

void
token_used(struct db *db, uint64_t id, int64_t at)
{
	db_run(db, "UPDATE tokens SET used = $2 WHERE id = $1", "ui", id, at);
}

int
tokens_revoke_of(struct db *db, uint64_t staff, int64_t at)
{
	return db_run(db,
		"UPDATE tokens SET revoked = $2 WHERE staff = $1 AND revoked = 0", "ui",
		staff, at);
}

void
tokens_list(struct db *db, bool revoked, uint64_t before, int limit,
	bool (*each)(void *arg, const struct token *t), void *arg)
{
	struct db_rows *q = db_select(db,
		TOKENS "WHERE t.id < $1 AND (t.revoked = 0 OR $2 = 1) ORDER BY t.id DESC "
		       "LIMIT $3",
		"uii", before ? before : (uint64_t)INT64_MAX, (int64_t)revoked,
		(int64_t)limit);
	bool more = true;
	while (more && db_next(q)) {
		struct token t;
		token_of(q, &t);
		more = each(arg, &t);
	}
	db_end(q);
}
