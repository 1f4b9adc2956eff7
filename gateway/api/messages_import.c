/* POST /v1/messages/import: texts that another gateway sent or received, as rows that are
 * over. Nothing is sent, nobody is answered, no dialog hears of them, but a STOP is one;
 * the same key twice is once. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/items.h"
#include "gateway/api/resources.h"
#include "gateway/net/jsonw.h"
#include "gateway/sms/address.h"
#include "gateway/text/words.h"
#include "gateway/core/consent.h"
#include "gateway/core/erase.h"

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

/* One of the list, as api/items.h wants it. */
static void
take_item(struct core *core, const char *json, size_t len, struct jsonw *members,
	struct item_answer *ret)
{
	struct taken t;
	take_row(core, json, len, &t);
	ret->status = t.status;
	if (t.status < 300) {
		jsonw_id(members, "id", t.id);
		jsonw_text(members, "result", t.status == 201 ? "created" : "unchanged");
	} else {
		strbuf_set(&ret->why, "%s",
			t.why.len ? t.why.s
				  : "the store could not write this down; try again");
	}
	strbuf_done(&t.why);
}

void
messages_import(struct request *rq)
{
	items_post_list(rq, "texts", take_item);
}
