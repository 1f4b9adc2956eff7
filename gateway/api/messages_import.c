/* POST /v1/messages/import: texts that another gateway sent or received, as rows that are
 * over. Nothing is sent, nobody is answered, no dialog hears of them, but a STOP is one;
 * the same key twice is once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/resources.h"
#include "gateway/net/jsonw.h"
#include "gateway/sms/address.h"
#include "gateway/text/words.h"
#include "gateway/core/consent.h"
#include "gateway/core/erase.h"

#define ROWS_MAX  1000
#define SLICE     16 /* rows a posted unit */
#define TEXT_MAX_ 65536

struct told {
	const char *key, *direction, *phone, *text, *state;
	int64_t at;
};

static const char *const directions[] = {"in", "out", NULL};
/* What is over. */
static const char *const states[] = {
	"received", "sent", "delivered", "undelivered", "failed", NULL};

#define AT(member) offsetof(struct told, member)
static const struct field fields[] = {
	{"key", FIELD_TEXT, AT(key), .required = true, .max = 128},
	{"direction", FIELD_NAME, AT(direction), .required = true, .names = directions},
	{"phone", FIELD_TEXT, AT(phone), .required = true, .max = 47},
	{"text", FIELD_TEXT, AT(text), .required = true, .max = TEXT_MAX_},
	{"at", FIELD_TIME, AT(at), .required = true},
	{"state", FIELD_NAME, AT(state), .required = true, .names = states},
	{0},
};

struct taken {
	int status; /* 201 new, 200 known already, else why not */
	uint64_t id;
	struct strbuf why;
};

struct batch {
	struct request *rq;
	struct json_items items;
	struct taken *taken;
	size_t count, next;
	size_t settled; /* whose tick has been committed, or dropped */
	bool effect;    /* registered for this tick */
};

/* Who told the other gateway to stop has told the shop, unless they said something newer
 * here. Nobody is answered. */
static void
heed(struct core *core, const struct message *m, const struct contact *contact)
{
	struct strbuf plain AUTO(strbuf_done) = STRBUF_INIT(TEXT_MAX_);
	words_normalise(m->text, &plain);
	consent_handle(core, &(struct inbound){.message = m->id,
				     .contact = contact->id,
				     .phone = contact->phone,
				     .text = m->text,
				     .normalised = plain.s,
				     .at = m->updated,
				     .sent_at = m->sent_at,
				     .stale = true});
}

static void
insert(struct core *core, const struct told *told, const char *phone, struct taken *t)
{
	struct contact contact;
	enum message_state state;
	bool fresh, out = !strcmp(told->direction, "out");
	int64_t fingerprint, now = core_now(core);
	t->id = message_by_key(core->db, told->key, &fingerprint);
	if (t->id) {
		t->status = 200;
		return;
	}
	if (message_state_parse(told->state, &state))
		abort(); /* one of the table */
	if (!contact_meet(core, phone, now, &contact, &fresh))
		return;
	if (contact.suppressed) {
		strbuf_set(&t->why,
			"this person asked to be forgotten: their texts are not "
			"taken back");
		return;
	}
	const struct message m = {.id = core_id(core),
		.contact = contact.id,
		.outbound = out,
		.state = state,
		.cls = out ? CLASS_SERVICE : CLASS_NOTICE,
		.text = (char *)(uintptr_t)told->text,
		.origin = (char *)"import",
		.reason = (char *)(out ? "" : "stale"),
		.key = (char *)(uintptr_t)told->key,
		.sent_at = told->at,
		.updated = now,
		.parts = 1,
		.msg_class = -1};
	t->id = m.id;
	t->status = message_insert(core->db, &m, 0) ? 201 : 503;
	if (t->status == 201 && !out)
		heed(core, &m, &contact);
}

static void
take_object(struct core *core, const json_t *object, struct taken *t)
{
	struct told told = {0};
	const char *field;
	char phone[48];
	if (fields_read(object, fields, core_now(core), &told, &field, &t->why))
		return;
	bool in = !strcmp(told.direction, "in");
	if (in != !strcmp(told.state, "received")) {
		strbuf_set(&t->why, "what came in is \"received\", what went out is not");
		return;
	}
	if (told.at > core_now(core) + DAY) {
		strbuf_set(&t->why, "at lies in the future");
		return;
	}
	/* A sender may be a name; nobody can be texted at one. */
	if (sms_number_e164(told.phone, core->config->country, phone, &t->why)) {
		if (!in || strlen(told.phone) > 11)
			return;
		snprintf(phone, sizeof(phone), "%s", told.phone);
	}
	insert(core, &told, phone, t);
}

static void
take_row(struct core *core, const char *json, size_t len, struct taken *t)
{
	*t = (struct taken){.status = 422, .why = STRBUF_SENTENCE};
	if (core->store_sick || core->low_disk) {
		t->status = 503;
		strbuf_set(
			&t->why, "the store cannot take anything right now; try again");
		return;
	}
	json_t *object = json_read(json, len, &t->why);
	if (object)
		take_object(core, object, t);
	json_decref(object);
}

/* ---- in slices of a tick, as batch.c does ---- */

static void
free_batch(void *arg)
{
	struct batch *b = arg;
	for (size_t i = 0; i < b->next; i++)
		strbuf_done(&b->taken[i].why);
	free(b->taken);
	free(b);
}

static void
answer(struct batch *b)
{
	struct strbuf body = STRBUF_INIT(4 << 20);
	struct jsonw w = {&body};
	jsonw_open(&w, NULL, '[');
	for (size_t i = 0; i < b->count; i++) {
		const struct taken *t = &b->taken[i];
		jsonw_open(&w, NULL, '{');
		jsonw_int(&w, "status", t->status);
		if (t->status < 300) {
			jsonw_id(&w, "id", t->id);
			jsonw_text(
				&w, "result", t->status == 201 ? "created" : "unchanged");
		} else {
			jsonw_text(&w, "detail", t->why.s);
		}
		jsonw_close(&w, '}');
	}
	jsonw_close(&w, ']');
	request_reply(b->rq, 200, &body);
}

static void
settle(void *arg, bool committed)
{
	struct batch *b = arg;
	b->effect = false;
	for (; b->settled < b->next; b->settled++) {
		struct taken *t = &b->taken[b->settled];
		if ((committed && t->status != 503) || t->status == 422)
			continue;
		t->status = 503;
		strbuf_set(&t->why, "the store could not write this down; try again");
	}
	if (b->settled == b->count)
		answer(b);
}

static void
take_slice(void *arg)
{
	struct batch *b = arg;
	struct core *core = b->rq->core;
	const char *text;
	size_t len;
	for (int i = 0; i < SLICE && json_items_next(&b->items, &text, &len); i++)
		take_row(core, text, len, &b->taken[b->next++]);
	if (!b->effect)
		loop_after_commit(core->loop, settle, b);
	b->effect = true;
	if (b->next < b->count)
		loop_post(core->loop, take_slice, b);
}

void
messages_import(struct request *rq)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct json_items items;
	if (json_items_open(rq->body.s, rq->body.len, rq->ndjson, &items, &err)) {
		request_problem(rq, 400, "%s", err.s);
		return;
	}
	size_t count = json_items_count(&items);
	if (!count || count > ROWS_MAX) {
		request_problem(rq, count ? 413 : 400,
			"a list has 1 to %d texts, not %zu", ROWS_MAX, count);
		return;
	}
	struct batch *b = xcalloc(1, sizeof(*b));
	*b = (struct batch){.rq = rq, .items = items, .count = count};
	b->taken = xcalloc(count, sizeof(*b->taken));
	rq->state = b;
	rq->state_free = free_batch;
	request_wait(rq, MINUTE, NULL);
	take_slice(b);
}
