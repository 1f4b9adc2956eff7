/* What somebody agreed to and the ledger that proves it; and what people, files and
 * programs add to it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "gateway/api/fields.h"
#include "gateway/api/page.h"
#include "gateway/api/resources.h"
#include "gateway/core/consent.h"

static bool
write_row(void *arg, const struct consent_item *c)
{
	struct page *page = arg;
	struct jsonw *w = &page->w;
	jsonw_open(w, NULL, '{');
	jsonw_id(w, "id", c->id);
	jsonw_time(w, "at", c->at);
	jsonw_text(w, "action", c->action);
	jsonw_text(w, "scope", c->scope);
	jsonw_some(w, "list", c->list);
	jsonw_text(w, "method", c->method);
	jsonw_text(w, "address", c->address);
	jsonw_some(w, "words", c->words);
	jsonw_some(w, "wording", c->wording);
	jsonw_id(w, "message", c->message);
	jsonw_some(w, "operator", c->operator_name);
	jsonw_some(w, "basis", c->basis);
	jsonw_close(w, '}');
	page_count(page, c->id);
	return true;
}

static void
read_consent(struct db *db, void *arg)
{
	struct page *page = arg;
	struct consent_standing standing;
	jsonw_open(&page->w, NULL, '{');
	jsonw_text(&page->w, "phone", page->phone);
	jsonw_open(&page->w, "ledger", '[');
	consent_list(db, page->phone, page->limit, &standing, write_row, page);
	jsonw_close(&page->w, ']');
	jsonw_some(&page->w, "stopped", standing.stopped);
	jsonw_time(&page->w, "stopped_at", standing.stopped_at);
	jsonw_close(&page->w, '}');
	page->missing = !standing.contact;
}

void
consent_get(struct request *rq)
{
	static const struct request_read how = {read_consent, page_answer, page_free};
	struct page *page = page_new(rq);
	if (!page)
		return;
	if (request_phone(rq, rq->param, page->phone))
		request_read(rq, &how, page);
	else
		page_free(page);
}

/* ---- POST /v1/consent ---- */

static const char *const actions[] = {
	"grant", "revoke", "deny", "kept", "reconfirm", NULL};
static const char *const scopes[] = {"marketing", "all", "night", NULL};
static const char *const methods[] = {"staff", "import", "api", "provider", "form", NULL};
static const char *const bases[] = {"express", "sale", "soft", "request", NULL};

#define AT(member) offsetof(struct consent_change, member)
static const struct field change_fields[] = {
	{"phone", FIELD_TEXT, AT(phone), .required = true, .max = 64},
	{"action", FIELD_NAME, AT(action), .required = true, .names = actions},
	{"scope", FIELD_NAME, AT(scope), .names = scopes},
	{"list", FIELD_TEXT, AT(list), .max = 47},
	{"words", FIELD_TEXT, AT(words), .max = 4096},
	{"wording", FIELD_TEXT, AT(wording), .max = 4096},
	{"method", FIELD_NAME, AT(method), .names = methods},
	{"operator", FIELD_TEXT, AT(operator_name), .max = 128},
	{"basis", FIELD_NAME, AT(basis), .names = bases},
	{"source", FIELD_TEXT, AT(source), .max = 512},
	{"age", FIELD_TEXT, AT(age), .max = 64},
	{"message", FIELD_ID, AT(message)},
	{"at", FIELD_TIME, AT(at)},
	{"expires", FIELD_WAIT, AT(expires)},
	{"night", FIELD_BOOL, AT(night)},
	{0},
};
#undef AT

static void
answer_row(struct request *rq)
{
	const uint64_t *row = rq->state;
	struct strbuf body = STRBUF_INIT(4096);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '{');
	jsonw_id(&w, "id", *row);
	jsonw_close(&w, '}');
	request_reply(rq, 201, &body);
}

static void
change(struct request *rq, const struct consent_change *wish)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	uint64_t *row = xmalloc(sizeof(*row));
	int r = consent_change(rq->core, wish, row, &err);
	if (r) {
		free(row);
		request_problem(rq,
			r == -EAGAIN  ? 503
			: r == -EPERM ? 409
				      : 422,
			"%s", err.s);
		return;
	}
	rq->state = row;
	rq->state_free = free;
	request_after_commit(rq, answer_row);
}

void
consent_post(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct consent_change wish = {.method = "api"};
	const char *field = NULL;
	json_t *object = json_read(rq->body.s, rq->body.len, &err);
	if (!object || fields_read(object, change_fields, core_now(rq->core), &wish,
			       &field, &err))
		request_problem_field(rq, field ? 422 : 400, field, "%s", err.s);
	else
		change(rq, &wish);
	json_decref(object);
}
