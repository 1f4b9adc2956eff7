/* What people and programs change about contacts. Answered after the commit. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/folders.h"
#include "gateway/api/resources.h"
#include "gateway/core/erase.h"
#include "gateway/core/people.h"
#include "gateway/net/jsonw.h"

struct change {
	struct contact contact;
	struct erase_report report;
	bool dry;
};

/* The body as an object, for json_decref(); NULL after answering. An empty one is {}. */
static json_t *
read_body(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	json_t *object =
		rq->body.len ? json_read(rq->body.s, rq->body.len, &err) : json_object();
	if (json_is_object(object))
		return object;
	request_problem(rq, 400, "%s", object ? "an object is expected" : err.s);
	json_decref(object);
	return NULL;
}

static struct change *
change_new(struct request *rq)
{
	struct change *c = xcalloc(1, sizeof(*c));
	rq->state = c;
	rq->state_free = free;
	return c;
}

/* The contact of the path, made where there is none. False after answering. */
static bool
meet(struct request *rq, struct change *c)
{
	char phone[32];
	bool fresh;
	if (!request_phone(rq, rq->param, phone))
		return false;
	if (contact_meet(rq->core, phone, core_now(rq->core), &c->contact, &fresh))
		return true;
	request_problem(rq, 503, "the store cannot be written");
	return false;
}

static void
answer_contact(struct request *rq)
{
	const struct change *c = rq->state;
	struct strbuf body = STRBUF_INIT(4096);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	jsonw_id(&w, "id", c->contact.id);
	jsonw_text(&w, "phone", c->contact.phone);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

/* Nothing is half-applied: a body with one mistake in it changes nothing. */
static void
conclude(struct request *rq, const char *field, int r, const struct strbuf *err)
{
	if (r) {
		db_savepoint_undo(rq->core->db);
		request_problem_field(rq, r == -EAGAIN ? 503 : 422, field, "%s", err->s);
	} else {
		db_savepoint_keep(rq->core->db);
		request_after_commit(rq, answer_contact);
	}
}

/* ---- zone, region, language, fields ---- */

/* A text, or a number or truth as it would be written; null empties. */
static int
set_one(struct request *rq, struct change *c, const char *name, json_t *value,
	struct strbuf *err)
{
	if (json_is_null(value))
		return people_set(rq->core, &c->contact, name, NULL, err);
	if (json_is_string(value))
		return people_set(
			rq->core, &c->contact, name, json_string_value(value), err);
	if (!json_is_number(value) && !json_is_boolean(value)) {
		strbuf_set(err, "%s: a text, a number, true, false or null is expected",
			name);
		return -EINVAL;
	}
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	int r = people_set(rq->core, &c->contact, name, text, err);
	free(text);
	return r;
}

static int
set_fields(struct request *rq, struct change *c, json_t *fields, const char **ret_field,
	struct strbuf *err)
{
	static const char *const own[] = {"zone", "region", "language"};
	const char *name;
	json_t *value;
	*ret_field = "fields";
	if (!json_is_object(fields)) {
		strbuf_set(err, "fields: an object is expected");
		return -EINVAL;
	}
	json_object_foreach(fields, name, value)
	{
		int r = 0;
		*ret_field = name;
		for (size_t i = 0; i < ARRAY_LEN(own); i++)
			if (!strcmp(name, own[i]))
				r = -EINVAL;
		if (r)
			strbuf_set(err, "%s stands beside fields, not in it", name);
		else
			r = set_one(rq, c, name, value, err);
		if (r)
			return r;
	}
	return 0;
}

static int
set_all(struct request *rq, struct change *c, json_t *body, const char **ret_field,
	struct strbuf *err)
{
	static const char *const known[] = {"zone", "region", "language", "fields", NULL};
	const char *name, *found;
	json_t *value;
	json_object_foreach(body, name, value)
	{
		*ret_field = name;
		int r = field_name("the body", known, name, &found, err);
		if (!r && !strcmp(name, "fields"))
			r = set_fields(rq, c, value, ret_field, err);
		else if (!r)
			r = set_one(rq, c, name, value, err);
		if (r)
			return r;
	}
	return 0;
}

void
contact_post(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *field = NULL;
	json_t *body = read_body(rq);
	struct change *c = body ? change_new(rq) : NULL;
	if (c && !json_object_size(body)) {
		request_problem(rq, 422, "there is nothing in the body to set");
	} else if (c) {
		db_savepoint(rq->core->db);
		if (meet(rq, c))
			conclude(rq, field, set_all(rq, c, body, &field, &err), &err);
		else
			db_savepoint_undo(rq->core->db);
	}
	json_decref(body);
}

/* ---- tags ---- */

static int
change_tags(struct request *rq, const struct change *c, const json_t *list, bool add,
	struct strbuf *err)
{
	size_t i;
	json_t *tag;
	if (list && !json_is_array(list)) {
		strbuf_set(err, "a list of tags is expected");
		return -EINVAL;
	}
	json_array_foreach(list, i, tag)
	{
		const char *text = json_string_value(tag);
		int r = text ? people_tag(rq->core, &c->contact, text, add, err)
			     : -EINVAL;
		if (!text)
			strbuf_set(err, "a tag is a text");
		if (r)
			return r;
	}
	return 0;
}

struct tag_wish {
	const json_t *add, *remove;
};
static const struct field tag_fields[] = {
	{"add", FIELD_JSON, offsetof(struct tag_wish, add)},
	{"remove", FIELD_JSON, offsetof(struct tag_wish, remove)},
	{0},
};

void
contact_tags(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct tag_wish wish = {NULL, NULL};
	const char *field = NULL;
	json_t *body = read_body(rq);
	struct change *c = body ? change_new(rq) : NULL;
	if (c && fields_read(body, tag_fields, core_now(rq->core), &wish, &field, &err)) {
		request_problem_field(rq, 422, field, "%s", err.s);
	} else if (c && !wish.add && !wish.remove) {
		request_problem(
			rq, 422, "add or remove is expected, each a list of tags");
	} else if (c) {
		db_savepoint(rq->core->db);
		bool there = meet(rq, c);
		int r = there ? change_tags(rq, c, wish.add, true, &err) : 0;
		if (there && !r)
			r = change_tags(rq, c, wish.remove, false, &err);
		if (there)
			conclude(rq, wish.add ? "add" : "remove", r, &err);
		else
			db_savepoint_undo(rq->core->db);
	}
	json_decref(body);
}

/* ---- forgetting ---- */

struct forget_wish {
	const char *operator_name, *why;
	bool dry;
};
static const struct field forget_fields[] = {
	{"operator", FIELD_TEXT, offsetof(struct forget_wish, operator_name), .max = 128},
	{"why", FIELD_TEXT, offsetof(struct forget_wish, why), .max = 512},
	{"dry", FIELD_BOOL, offsetof(struct forget_wish, dry)},
	{0},
};

/* Spreadsheets that were read name people too, and nobody opens them again. */
static void
write_folders(const struct core *core, struct jsonw *w)
{
	struct folder_state state;
	jsonw_open(w, "files", '[');
	for (size_t i = 0; folders_state(core, i, &state); i++) {
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "folder", state.folder);
		jsonw_int(w, "days", (state.keep + DAY - 1) / DAY);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void
answer_report(struct request *rq)
{
	const struct change *c = rq->state;
	const struct erasure_counts *n = &c->report.counts;
	struct strbuf body = STRBUF_INIT(4096);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	jsonw_id(&w, "contact", c->report.contact);
	jsonw_bool(&w, "done", !c->dry);
	jsonw_int(&w, "messages", n->messages);
	jsonw_int(&w, "consents", n->consents);
	jsonw_int(&w, "tickets", n->tickets);
	jsonw_int(&w, "fields", n->attributes);
	jsonw_int(&w, "tags", n->tags);
	jsonw_int(&w, "orders", n->orders);
	jsonw_int(&w, "conversations", n->runs);
	jsonw_text(&w, "stopped", c->report.scope);
	jsonw_time(&w, "consents_kept_until", c->report.kept);
	jsonw_some(&w, "kept_by", c->report.kept ? c->report.pack : "");
	write_folders(rq->core, &w);
	jsonw_close(&w, '}');
	request_reply(rq, 200, &body);
}

static void
forget(struct request *rq, struct change *c, const struct forget_wish *wish)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char phone[32];
	if (!request_phone(rq, rq->param, phone))
		return;
	struct erase_wish erase = {.phone = phone,
		.operator_name = wish->operator_name ? wish->operator_name : rq->agent,
		.why = wish->why,
		.dry = wish->dry};
	int r = erase_contact(rq->core, &erase, &c->report, &err);
	c->dry = wish->dry;
	if (r)
		request_problem(rq, r == -ENOENT ? 404 : 503, "%s", err.s);
	else if (wish->dry)
		answer_report(rq);
	else
		request_after_commit(rq, answer_report);
}

void
contact_forget(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct forget_wish wish = {NULL, NULL, false};
	const char *field = NULL;
	json_t *body = read_body(rq);
	struct change *c = body ? change_new(rq) : NULL;
	if (c &&
		fields_read(body, forget_fields, core_now(rq->core), &wish, &field, &err))
		request_problem_field(rq, 422, field, "%s", err.s);
	else if (c)
		forget(rq, c, &wish);
	json_decref(body);
}
