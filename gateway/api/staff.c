/* /v1/staff: the people who work here. When somebody leaves, the tokens die at once and
 * the open tickets go to somebody else, or back to where anybody can claim them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/access.h"
#include "gateway/api/fields.h"
#include "gateway/api/page.h"
#include "gateway/api/resources.h"
#include "gateway/core/tickets.h"
#include "gateway/sms/address.h"

#define SLICE 8 /* tickets a posted unit */

static void
write_staff(struct jsonw *w, const struct staff *s)
{
	jsonw_id(w, "id", s->id);
	jsonw_text(w, "name", s->name);
	jsonw_text(w, "role", s->role);
	jsonw_some(w, "login", s->login);
	jsonw_some(w, "phone", s->phone);
	jsonw_time(w, "created", s->created);
	jsonw_time(w, "gone", s->gone);
}

/* ---- the list ---- */

static bool
write_row(void *arg, const struct staff *s)
{
	struct page *page = arg;
	jsonw_open(&page->w, NULL, '{');
	write_staff(&page->w, s);
	jsonw_close(&page->w, '}');
	return true;
}

static void
read_rows(struct db *db, void *arg)
{
	struct page *page = arg;
	jsonw_open(&page->w, NULL, '{');
	jsonw_open(&page->w, "staff", '[');
	staff_list(db, page->flag, write_row, page);
	jsonw_close(&page->w, ']');
	jsonw_close(&page->w, '}');
}

void
staff_get(struct request *rq)
{
	static const struct request_read how = {read_rows, page_answer, page_free};
	int64_t all;
	struct page *page = page_new(rq);
	if (page && request_query_int(rq, "all", 0, 1, 0, &all)) {
		page->flag = all;
		request_read(rq, &how, page);
	} else if (page) {
		page_free(page);
	}
}

/* ---- somebody comes, or changes ---- */

struct wish {
	const char *name, *login, *phone, *role, *to;
};
#define AT(member) offsetof(struct wish, member)
static const char *const roles[] = {"owner", "agent", "read", NULL};
#define MAY_CHANGE                                                                       \
	{"login", FIELD_TEXT, AT(login), .max = STAFF_NAME - 1},                         \
		{"phone", FIELD_TEXT, AT(phone), .max = 64},                             \
	{                                                                                \
		"role", FIELD_NAME, AT(role), .names = roles                             \
	}
/* clang-format off */
static const struct field add_fields[] = {
	{"name", FIELD_TEXT, AT(name), .required = true, .max = STAFF_NAME - 1},
	MAY_CHANGE,
	{0},
};
static const struct field change_fields[] = {MAY_CHANGE, {0}};
static const struct field leave_fields[] = {
	{"to", FIELD_TEXT, AT(to), .max = STAFF_NAME - 1}, {0}};
/* clang-format on */

static void
answer(struct request *rq)
{
	const struct staff *s = rq->state;
	struct strbuf body = STRBUF_INIT(8192);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	write_staff(&w, s);
	jsonw_close(&w, '}');
	request_reply(rq, *rq->param ? 200 : 201, &body);
}

static bool
read_wish(struct request *rq, const struct field *fields, json_t **ret_body,
	struct wish *ret)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *field = NULL;
	*ret_body =
		rq->body.len ? json_read(rq->body.s, rq->body.len, &err) : json_object();
	if (*ret_body && !fields_read(*ret_body, fields, 0, ret, &field, &err))
		return true;
	request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
	return false;
}

/* What was told, into the row. False after answering why not. */
static bool
apply(struct request *rq, const struct wish *wish, struct staff *s)
{
	struct staff other;
	if (wish->phone && !request_phone(rq, wish->phone, s->phone))
		return false;
	if (wish->login && !name_is_plain(wish->login)) {
		request_problem_field(rq, 422, "login", "that is no login of a machine");
		return false;
	}
	if (wish->login && staff_by_login(rq->core->db, wish->login, &other) &&
		other.id != s->id) {
		request_problem_field(rq, 409, "login", "the login '%s' belongs to %s",
			wish->login, other.name);
		return false;
	}
	if (wish->login)
		snprintf(s->login, sizeof(s->login), "%s", wish->login);
	if (wish->role)
		snprintf(s->role, sizeof(s->role), "%s", wish->role);
	return true;
}

static struct staff *
state_new(struct request *rq)
{
	struct staff *s = xcalloc(1, sizeof(*s));
	rq->state = s;
	rq->state_free = free;
	return s;
}

void
staff_post(struct request *rq)
{
	struct wish wish = {.role = "agent"};
	json_t *body;
	struct staff *s = state_new(rq);
	if (read_wish(rq, add_fields, &body, &wish)) {
		struct staff other;
		snprintf(rq->detail, sizeof(rq->detail), "%s (%s)", wish.name, wish.role);
		s->id = core_id(rq->core);
		s->created = core_now(rq->core);
		snprintf(s->name, sizeof(s->name), "%s", wish.name);
		if (!name_is_plain(wish.name)) {
			request_problem_field(rq, 422, "name",
				"a name has no slash and no control character, and not "
				"digits alone");
		} else if (staff_by_name(rq->core->db, wish.name, &other)) {
			request_problem_field(rq, 409, "name",
				"somebody here is called '%s' already", wish.name);
		} else if (apply(rq, &wish, s)) {
			staff_insert(rq->core->db, s);
			request_after_commit(rq, answer);
		}
	}
	json_decref(body);
}

static bool
wanted(struct request *rq, struct staff *ret)
{
	if (staff_by_name(rq->core->db, rq->param, ret))
		return true;
	request_problem(rq, 404, "nobody here is called '%.60s'", rq->param);
	return false;
}

void
staff_change(struct request *rq)
{
	struct wish wish = {0};
	json_t *body = NULL;
	struct staff *s = state_new(rq);
	if (wanted(rq, s) && read_wish(rq, change_fields, &body, &wish) &&
		apply(rq, &wish, s)) {
		staff_save(rq->core->db, s);
		request_after_commit(rq, answer);
	}
	json_decref(body);
}

/* ---- somebody leaves ---- */

/* The row goes last: if the program ends in between, asking again goes on. */
struct leaving {
	struct request *rq;
	struct staff who;
	char to[STAFF_NAME];
	int tokens, tickets;
};

static void
answer_left(struct request *rq)
{
	const struct leaving *l = rq->state;
	struct strbuf body = STRBUF_INIT(8192);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	write_staff(&w, &l->who);
	jsonw_int(&w, "tokens_revoked", l->tokens);
	jsonw_int(&w, "tickets_moved", l->tickets);
	jsonw_some(&w, "to", l->to);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

static void
give_away(void *arg)
{
	struct leaving *l = arg;
	struct core *core = l->rq->core;
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	uint64_t ids[SLICE];
	size_t n = staff_tickets(core->db, l->who.name, ids, SLICE);
	for (size_t i = 0; i < n; i++, l->tickets++)
		if (tickets_assign(core, ids[i], l->rq->agent, l->to, &err))
			n = 0; /* the store is poisoned: the tick says so */
	if (n == SLICE) {
		loop_post(core->loop, give_away, l);
		return;
	}
	l->who.gone = core_now(core);
	staff_leave(core->db, l->who.id, l->who.gone);
	request_after_commit(l->rq, answer_left);
}

static bool
read_heir(struct request *rq, struct leaving *l)
{
	struct wish wish = {0};
	struct staff heir;
	json_t *body;
	bool good = read_wish(rq, leave_fields, &body, &wish);
	if (good && wish.to &&
		(!staff_by_name(rq->core->db, wish.to, &heir) || heir.id == l->who.id)) {
		request_problem_field(
			rq, 422, "to", "nobody else here is called '%s'", wish.to);
		good = false;
	}
	if (good && wish.to)
		snprintf(l->to, sizeof(l->to), "%s", wish.to);
	json_decref(body);
	return good;
}

void
staff_remove(struct request *rq)
{
	struct leaving *l = xcalloc(1, sizeof(*l));
	rq->state = l;
	rq->state_free = free;
	l->rq = rq;
	if (!wanted(rq, &l->who) || !read_heir(rq, l))
		return;
	l->tokens = tokens_revoke_of(rq->core->db, l->who.id, core_now(rq->core));
	request_wait(rq, MINUTE, NULL);
	give_away(l);
}
