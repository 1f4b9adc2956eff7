/* POST /v1/events: what the shop's own systems say happened. One as a JSON object, up to
 * 1000 as a list or NDJSON; the same id told twice is one event. */
#include <stdio.h>

#include "gateway/api/event_json.h"
#include "gateway/api/fields.h"
#include "gateway/api/items.h"
#include "gateway/api/resources.h"
#include "gateway/core/shop_events.h"

struct told {
	const char *name, *id, *phone, *customer;
	uint64_t contact;
	int64_t at;
	const json_t *data;
};

#define AT(member) offsetof(struct told, member)
static const struct field event_fields[] = {
	{"name", FIELD_TEXT, AT(name), .required = true, .max = EVENT_NAME},
	{"id", FIELD_TEXT, AT(id), .max = 128},
	{"at", FIELD_TIME, AT(at)},
	{"phone", FIELD_TEXT, AT(phone), .max = 64},
	{"customer", FIELD_TEXT, AT(customer), .max = 128},
	{"contact", FIELD_ID, AT(contact)},
	{"data", FIELD_JSON, AT(data)},
	{0},
};

void
event_take(struct core *core, const json_t *object, struct shop_event_answer *ret)
{
	struct told told = {0};
	const char *field;
	*ret = (struct shop_event_answer){.why = STRBUF_SENTENCE};
	if (fields_read(object, event_fields, core_now(core), &told, &field, &ret->why)) {
		ret->status = field ? 422 : 400;
		snprintf(ret->field, sizeof(ret->field), "%s", field ? field : "");
		return;
	}
	shop_event_answer_done(ret);
	shop_event_take(core,
		&(struct shop_event){.name = told.name,
			.told = told.id,
			.phone = told.phone,
			.customer = told.customer,
			.contact = told.contact,
			.at = told.at,
			.data = told.data},
		ret);
}

static void
take_event(
	struct core *core, const json_t *object, struct jsonw *w, struct item_answer *ret)
{
	struct shop_event_answer a;
	event_take(core, object, &a);
	ret->status = a.status;
	snprintf(ret->field, sizeof(ret->field), "%s", a.field);
	strbuf_set(&ret->why, "%s", a.why.s);
	if (a.status < 300) {
		jsonw_id(w, "id", a.id);
		jsonw_id(w, "contact", a.contact);
		jsonw_text(w, "result", a.repeated ? "repeated" : "taken");
		if (a.why.len)
			jsonw_text(w, "warning", a.why.s);
	}
	shop_event_answer_done(&a);
}

static void
take(struct core *core, const char *json, size_t len, struct jsonw *w,
	struct item_answer *ret)
{
	json_t *object = json_read(json, len, &ret->why);
	if (object)
		take_event(core, object, w, ret);
	json_decref(object);
}

void
events_post(struct request *rq)
{
	items_post(rq, "events", take);
}
