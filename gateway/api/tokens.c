/* /v1/tokens: who may ask from the network. A token's text is told once, in the answer to
 * its creation or rotation; nobody can ask for it again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/access.h"
#include "gateway/api/fields.h"
#include "gateway/api/page.h"
#include "gateway/api/resources.h"

#define GRACE_MAX (90 * DAY)

static void
write_token(struct jsonw *w, const struct token *t, int64_t now)
{
	bool over = t->revoked || t->owner_gone;
	jsonw_id(w, "id", t->id);
	jsonw_text(w, "name", t->name);
	jsonw_text(w, "role", t->role);
	jsonw_some(w, "staff", t->owner);
	jsonw_text(w, "handle", t->handle);
	jsonw_text(w, "state",
		over                              ? "revoked"
		: t->expires && t->expires <= now ? "expired"
						  : "good");
	jsonw_time(w, "created", t->created);
	jsonw_time(w, "rotated", t->rotated);
	jsonw_time(w, "old_until", t->old_until);
	jsonw_time(w, "expires", t->expires);
	jsonw_time(w, "revoked", t->revoked);
	jsonw_time(w, "last_used", t->used);
}

/* ---- the list ---- */

static bool
write_row(void *arg, const struct token *t)
{
	struct page *page = arg;
	jsonw_open(&page->w, NULL, '{');
	write_token(&page->w, t, page->last_place);
	jsonw_close(&page->w, '}');
	page_count(page, t->id);
	return true;
}

static void
read_rows(struct db *db, void *arg)
{
	struct page *page = arg;
	page_begin(page, db, "tokens");
	tokens_list(db, page->flag, page->cursor, page->limit, write_row, page);
	page_end(page);
}

void
tokens_get(struct request *rq)
{
	static const struct request_read how = {read_rows, page_answer, page_free};
	int64_t all;
	struct page *page = page_new(rq);
	if (!page)
		return;
	page->last_place = core_now(rq->core);
	if (request_query_int(rq, "all", 0, 1, 0, &all) &&
		request_query_id(rq, "before", &page->cursor)) {
		page->flag = all;
		request_read(rq, &how, page);
	} else {
		page_free(page);
	}
}

/* ---- changes ---- */

struct change {
	struct token t;
	char text[TOKEN_TEXT]; /* told once; "" nothing to tell */
	int status;
};

static void
answer(struct request *rq)
{
	const struct change *c = rq->state;
	struct strbuf body = STRBUF_INIT(8192);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	write_token(&w, &c->t, core_now(rq->core));
	if (*c->text)
		jsonw_text(&w, "token", c->text);
	jsonw_close(&w, '}');
	request_reply(rq, c->status, &body);
}

static void
finish(struct request *rq, struct change *c, int status)
{
	c->status = status;
	token_load(rq->core->db, c->t.id, &c->t);
	request_after_commit(rq, answer);
}

static struct change *
change_new(struct request *rq)
{
	struct change *c = xcalloc(1, sizeof(*c));
	rq->state = c;
	rq->state_free = free;
	return c;
}

struct wish {
	const char *name, *role, *staff;
	int64_t expires;
	const char *grace;
};
#define AT(member) offsetof(struct wish, member)
static const char *const roles[] = {"owner", "agent", "app", "read", NULL};
static const struct field create_fields[] = {
	{"name", FIELD_TEXT, AT(name), .required = true, .max = TOKEN_NAME - 1},
	{"role", FIELD_NAME, AT(role), .required = true, .names = roles},
	{"staff", FIELD_TEXT, AT(staff), .max = STAFF_NAME - 1},
	{"expires", FIELD_WAIT, AT(expires)},
	{0},
};
static const struct field rotate_fields[] = {
	{"grace", FIELD_WAIT, AT(expires)},
	{0},
};

/* False after it has answered. No body at all is an empty one. */
static bool
read_wish(struct request *rq, const struct field *fields, json_t **ret_body,
	struct wish *ret)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *field = NULL;
	*ret_body =
		rq->body.len ? json_read(rq->body.s, rq->body.len, &err) : json_object();
	if (*ret_body &&
		!fields_read(*ret_body, fields, core_now(rq->core), ret, &field, &err))
		return true;
	request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
	return false;
}

/* Names are shown in terminals and in the audit log, and stand in paths. */
bool
name_is_plain(const char *name)
{
	for (const unsigned char *p = (const unsigned char *)name; *p; p++)
		if (*p < 0x20 || *p == 0x7F || *p == '/')
			return false;
	return *name && name[strspn(name, "0123456789")];
}

static bool
fill(struct request *rq, const struct wish *wish, struct token *t)
{
	struct staff staff;
	int64_t now = core_now(rq->core);
	if (!name_is_plain(wish->name)) {
		request_problem_field(rq, 422, "name",
			"a name has no slash and no control character, and not digits "
			"alone");
		return false;
	}
	if (token_by_name(rq->core->db, wish->name, t)) {
		request_problem_field(rq, 409, "name",
			"there is a token '%s'; revoke it, rotate it, or choose another "
			"name",
			wish->name);
		return false;
	}
	if (wish->staff && !staff_by_name(rq->core->db, wish->staff, &staff)) {
		request_problem_field(
			rq, 422, "staff", "nobody here is called '%s'", wish->staff);
		return false;
	}
	if (wish->expires && wish->expires <= now) {
		request_problem_field(rq, 422, "expires", "that time has passed");
		return false;
	}
	*t = (struct token){.id = core_id(rq->core),
		.staff = wish->staff ? staff.id : 0,
		.created = now,
		.expires = wish->expires};
	snprintf(t->name, sizeof(t->name), "%s", wish->name);
	snprintf(t->role, sizeof(t->role), "%s", wish->role);
	return true;
}

void
tokens_post(struct request *rq)
{
	struct wish wish = {0};
	json_t *body;
	struct change *c = change_new(rq);
	if (read_wish(rq, create_fields, &body, &wish) && fill(rq, &wish, &c->t)) {
		snprintf(rq->detail, sizeof(rq->detail), "%s (%s)", wish.name, wish.role);
		token_make(&c->t, c->text);
		token_insert(rq->core->db, &c->t);
		finish(rq, c, 201);
	}
	json_decref(body);
}

/* The token of the path, by id or by name. NULL after answering 404. */
static struct change *
change_of(struct request *rq)
{
	uint64_t id;
	struct change *c = change_new(rq);
	bool found = !ids_parse(rq->param, &id)
			     ? token_load(rq->core->db, id, &c->t)
			     : token_by_name(rq->core->db, rq->param, &c->t);
	if (found) {
		snprintf(rq->detail, sizeof(rq->detail), "%s", c->t.name);
		return c;
	}
	request_problem(rq, 404, "there is no token '%.60s'", rq->param);
	return NULL;
}

void
token_post_revoke(struct request *rq)
{
	struct change *c = change_of(rq);
	if (!c)
		return;
	token_revoke(rq->core->db, c->t.id, core_now(rq->core));
	finish(rq, c, 200);
}

/* The old secret stays good for the time given, so that it can be exchanged at leisure.
 */
void
token_post_rotate(struct request *rq)
{
	struct wish wish = {0};
	json_t *body = NULL;
	int64_t now = core_now(rq->core);
	struct change *c = change_of(rq);
	if (!c)
		return;
	if (c->t.revoked || c->t.owner_gone) {
		request_problem(rq, 409, "this token is revoked; create another one");
	} else if (read_wish(rq, rotate_fields, &body, &wish)) {
		if (wish.expires > now + GRACE_MAX) {
			request_problem_field(rq, 422, "grace",
				"the old secret can stay good for 90d at most");
		} else {
			snprintf(c->t.old_hash, sizeof(c->t.old_hash), "%s", c->t.hash);
			c->t.old_until = MAX(wish.expires, now);
			c->t.rotated = now;
			token_make(&c->t, c->text);
			token_rotate(rq->core->db, &c->t);
			finish(rq, c, 200);
		}
	}
	json_decref(body);
}
