/* Rows of `staff` and `tokens`: who may ask the API. Rows in, rows out; what a role may
 * do is the route table's business, what a token looks like is api/access.h's. */
#ifndef MALGIL_STORE_ACCESS_H
#define MALGIL_STORE_ACCESS_H

#include "gateway/store/db.h"

#define STAFF_NAME   64 /* bytes, NUL included: a name in tickets is no longer */
#define TOKEN_NAME   64
#define TOKEN_HANDLE 16
#define TOKEN_HASH   65

struct staff {
	uint64_t id;
	char name[STAFF_NAME], login[STAFF_NAME], phone[32], role[8];
	int64_t created, gone;
};
void staff_insert(struct db *db, const struct staff *s);
/* Of those who work here now. */
bool staff_by_name(struct db *db, const char *name, struct staff *ret);
bool staff_by_login(struct db *db, const char *login, struct staff *ret);
bool staff_load(struct db *db, uint64_t id, struct staff *ret);
void staff_save(struct db *db, const struct staff *s); /* login, phone and role */
void staff_leave(struct db *db, uint64_t id, int64_t at);
/* By name; `gone` shows those who left too. For the reader thread. */
void staff_list(struct db *db, bool gone, bool (*each)(void *arg, const struct staff *s),
	void *arg);
/* Ids of the open tickets `name` has. */
size_t staff_tickets(struct db *db, const char *name, uint64_t *ret_ids, size_t max);

struct token {
	uint64_t id, staff; /* staff 0: a program's */
	char name[TOKEN_NAME], handle[TOKEN_HANDLE], role[8];
	char hash[TOKEN_HASH], old_hash[TOKEN_HASH];
	char owner[STAFF_NAME]; /* the staff's name, "" none */
	char owner_role[8];
	bool owner_gone;
	int64_t created, rotated, old_until, expires, revoked, used;
};
void token_insert(struct db *db, const struct token *t);
bool token_by_handle(struct db *db, const char *handle, struct token *ret);
/* Of those not revoked. */
bool token_by_name(struct db *db, const char *name, struct token *ret);
bool token_load(struct db *db, uint64_t id, struct token *ret);
void token_rotate(struct db *db, const struct token *t); /* hashes, old_until, rotated */
void token_revoke(struct db *db, uint64_t id, int64_t at);
void token_used(struct db *db, uint64_t id, int64_t at);
/* All of a person's; how many. */
int tokens_revoke_of(struct db *db, uint64_t staff, int64_t at);
/* The newest first, before `before` (0: from the newest). For the reader thread. */
void tokens_list(struct db *db, bool revoked, uint64_t before, int limit,
	bool (*each)(void *arg, const struct token *t), void *arg);

#endif
