/* Looking at contacts: GET /v1/contacts, one of them, and everything that is known of
 * one. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/page.h"
#include "gateway/api/resources.h"
#include "gateway/store/attributes.h"
#include "gateway/store/contacts_list.h"
#include "gateway/store/ledger.h"
#include "gateway/store/messages.h"
#include "gateway/store/orders.h"
#include "gateway/store/runs.h"
#include "gateway/store/tickets.h"

struct job {
	struct page page;
	struct contact_filter filter;
	char tag[80];
	struct place place; /* as far as the number tells */
	bool whole;
};

static void
write_base(struct job *job, const struct contact *c)
{
	struct jsonw *w = &job->page.w;
	jsonw_id(w, "id", c->id);
	jsonw_text(w, "phone", c->phone);
	jsonw_time(w, "created", (int64_t)(c->id >> 20));
	jsonw_time(w, "last_in", c->last_in);
	jsonw_time(w, "last_out", c->last_out);
	jsonw_some(w, "zone", c->zone);
	jsonw_some(w, "region", c->region);
	jsonw_some(w, "stopped", c->stopped);
	jsonw_time(w, "stopped_at", c->stopped_at);
	jsonw_time(w, "dead_since", c->dead_since);
	jsonw_time(w, "forgotten_before", c->suppressed);
}

static void
write_tags(struct job *job, struct db *db, uint64_t contact)
{
	struct strbuf tags AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	tags_list(db, contact, &tags);
	jsonw_open(&job->page.w, "tags", '[');
	for (char *p = tags.len ? tags.s : NULL, *next; p; p = next) {
		next = strchr(p, '\n');
		if (next)
			*next++ = '\0';
		jsonw_text(&job->page.w, NULL, p);
	}
	jsonw_close(&job->page.w, ']');
}

/* Conversations and journeys they are in, oldest first, and at which step. */
static void
write_runs(struct job *job, struct db *db, uint64_t contact)
{
	uint64_t ids[16];
	size_t n = runs_of(db, contact, ids, ARRAY_LEN(ids));
	jsonw_open(&job->page.w, "running", '[');
	for (size_t i = 0; i < n; i++) {
		struct run_row run;
		if (!run_load(db, ids[i], &run))
			continue;
		jsonw_open(&job->page.w, NULL, '{');
		jsonw_id(&job->page.w, "id", run.id);
		jsonw_text(&job->page.w, "script", run.script);
		jsonw_text(&job->page.w, "step", run.step);
		jsonw_text(&job->page.w, "state", run.state);
		jsonw_time(&job->page.w, "started", run.started);
		jsonw_time(&job->page.w, "updated", run.updated);
		jsonw_close(&job->page.w, '}');
		run_row_done(&run);
	}
	jsonw_close(&job->page.w, ']');
}

/* ---- the list ---- */

static bool
list_one(void *arg, const struct contact *c)
{
	struct job *job = arg;
	jsonw_open(&job->page.w, NULL, '{');
	write_base(job, c);
	jsonw_close(&job->page.w, '}');
	page_count(&job->page, c->id);
	return true;
}

static void
read_list(struct db *db, void *arg)
{
	struct job *job = arg;
	page_begin(&job->page, db, "contacts");
	contacts_list(db, &job->filter, list_one, job);
	page_end(&job->page);
}

void
contacts_get(struct request *rq)
{
	static const struct request_read how = {read_list, page_answer, page_free};
	struct job *job = page_of(rq, sizeof(*job), 100);
	const char *tag = request_query(rq, "tag");
	if (!job)
		return;
	if (!request_query_id(rq, "before", &job->filter.before)) {
		page_free(job);
		return;
	}
	snprintf(job->tag, sizeof(job->tag), "%s", tag ? tag : "");
	job->filter.tag = tag ? job->tag : NULL;
	job->filter.limit = job->page.limit;
	request_read(rq, &how, job);
}

/* ---- one, and everything of one ---- */

static void
write_field(void *arg, const char *name, const char *text)
{
	struct job *job = arg;
	jsonw_text(&job->page.w, name, text);
}

static void
write_consent(struct job *job, struct db *db, uint64_t contact)
{
	struct consent_state s;
	consent_derive(db, contact, &s);
	jsonw_open(&job->page.w, "consent", '{');
	jsonw_bool(&job->page.w, "marketing", s.granted);
	jsonw_time(&job->page.w, "since", s.at);
	jsonw_time(&job->page.w, "expires", s.expires);
	jsonw_some(&job->page.w, "basis", s.basis);
	jsonw_some(&job->page.w, "list", s.list);
	jsonw_bool(&job->page.w, "night", s.night);
	jsonw_close(&job->page.w, '}');
}

static bool
write_row(void *arg, const struct consent_item *c)
{
	struct jsonw *w = &((struct job *)arg)->page.w;
	jsonw_open(w, NULL, '{');
	jsonw_id(w, "id", c->id);
	jsonw_time(w, "at", c->at);
	jsonw_text(w, "action", c->action);
	jsonw_text(w, "scope", c->scope);
	jsonw_some(w, "list", c->list);
	jsonw_text(w, "method", c->method);
	jsonw_some(w, "words", c->words);
	jsonw_some(w, "wording", c->wording);
	jsonw_some(w, "basis", c->basis);
	jsonw_close(w, '}');
	return true;
}

static bool
write_message(void *arg, const struct message *m)
{
	struct job *job = arg;
	struct jsonw *w = &job->page.w;
	jsonw_open(w, NULL, '{');
	jsonw_id(w, "id", m->id);
	jsonw_text(w, "direction", m->outbound ? "out" : "in");
	jsonw_time(w, "created", m->created);
	jsonw_text(w, "state", message_state_name(m->state));
	if (m->outbound)
		jsonw_text(w, "class", message_class_name(m->cls));
	jsonw_some(w, "channel", channel_names_find(&job->page.names, m->channel));
	jsonw_text(w, "text", m->text);
	jsonw_close(w, '}');
	page_count(&job->page, m->id);
	return true;
}

static void
write_messages(struct job *job, struct db *db)
{
	struct message_filter page = {.phone = job->page.phone, .limit = 1000};
	jsonw_open(&job->page.w, "messages", '[');
	do {
		job->page.count = 0;
		messages_list(db, &page, write_message, job);
		page.before = job->page.last;
	} while (job->page.count == page.limit && !job->page.body.full);
	jsonw_close(&job->page.w, ']');
}

static bool
write_order(void *arg, const struct order *o)
{
	struct jsonw *w = &((struct job *)arg)->page.w;
	jsonw_open(w, NULL, '{');
	jsonw_text(w, "number", o->number);
	jsonw_some(w, "source", o->source);
	jsonw_some(w, "name", o->name);
	jsonw_some(w, "state", o->state);
	jsonw_time(w, "placed", o->placed);
	jsonw_some(w, "track", o->track);
	jsonw_open(w, "items", '[');
	for (size_t i = 0; i < o->item_count; i++)
		jsonw_text(w, NULL, o->items[i].item);
	jsonw_close(w, ']');
	jsonw_close(w, '}');
	return true;
}

static void
write_ledgers(struct job *job, struct db *db)
{
	struct consent_standing standing;
	jsonw_open(&job->page.w, "ledger", '[');
	consent_list(db, job->page.phone, 100000, &standing, write_row, job);
	jsonw_close(&job->page.w, ']');
	channel_names_load(db, &job->page.names);
	write_messages(job, db);
	jsonw_open(&job->page.w, "orders", '[');
	orders_list(db, &(struct order_filter){.phone = job->page.phone, .limit = 1000},
		write_order, job);
	jsonw_close(&job->page.w, ']');
}

static void
read_one(struct db *db, void *arg)
{
	struct job *job = arg;
	struct contact c;
	job->page.missing = !contact_find(db, job->page.phone, &c);
	if (job->page.missing)
		return;
	jsonw_open(&job->page.w, NULL, '{');
	write_base(job, &c);
	jsonw_some(&job->page.w, "country", job->place.country);
	jsonw_some(&job->page.w, "number_region", job->place.region);
	write_consent(job, db, c.id);
	write_tags(job, db, c.id);
	write_runs(job, db, c.id);
	jsonw_open(&job->page.w, "fields", '{');
	attributes_list(db, c.id, write_field, job);
	jsonw_close(&job->page.w, '}');
	jsonw_id(&job->page.w, "ticket", ticket_open_for(db, c.id));
	if (job->whole)
		write_ledgers(job, db);
	jsonw_close(&job->page.w, '}');
}

static void
show(struct request *rq, bool whole)
{
	static const struct request_read how = {read_one, page_answer, page_free};
	struct job *job = page_of(rq, sizeof(*job), 1);
	if (!job)
		return;
	job->whole = whole;
	if (!request_phone(rq, rq->param, job->page.phone)) {
		page_free(job);
		return;
	}
	places_find(rq->core->config->packs->places, job->page.phone, &job->place);
	request_read(rq, &how, job);
}

void
contact_get(struct request *rq)
{
	show(rq, false);
}

void
contact_export(struct request *rq)
{
	show(rq, true);
}
