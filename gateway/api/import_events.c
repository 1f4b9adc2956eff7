/* A row of a file to an event: what a shop's system exports of the past, or of today. */
#include <stdio.h>
#include <string.h>

#include "gateway/api/events_post.h"
#include "gateway/api/import.h"
#include "gateway/base/iso.h"
#include "gateway/text/sheet.h"
#include "gateway/text/zone.h"

/* Columns that are about the event itself, by their names in the API. An order has an id
 * too: the event's own is `event_id`. */
static const char *
own_name(const char *column)
{
	static const char *const own[][2] = {{"name", "name"}, {"event_id", "id"},
		{"at", "at"}, {"phone", "phone"}, {"customer", "customer"},
		{"contact", "contact"}};
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (!strcmp(own[i][0], column))
			return own[i][1];
	return NULL;
}

/* As sheets write it, on the shop's wall when no offset is said. */
static bool
put_time(struct core *core, json_t *object, const char *text)
{
	char at[ISO_MAX];
	int64_t time;
	bool fixed;
	if (sheet_date(text, core->config->country, &time, &fixed) < 0)
		return false;
	if (!fixed)
		time = zone_from_local(core->config->zone, time);
	iso_format(time, 0, at);
	json_object_set_new(object, "at", json_string(at));
	return *at != '\0';
}

static void
put_phone(struct core *core, json_t *object, const char *text)
{
	struct strbuf phone AUTO(strbuf_done) = STRBUF_INIT(200);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	bool good = !sheet_phone(text, core->config->country, &phone, &err);
	json_object_set_new(object, "phone", json_string(good ? phone.s : text));
}

/* NULL with what is wrong in `ret`. */
static json_t *
from_csv(struct core *core, const json_t *row, struct import_row *ret)
{
	json_t *object = json_object(), *data = json_object();
	const char *column;
	json_t *cell;
	json_object_set_new(object, "data", data);
	json_object_foreach((json_t *)(uintptr_t)row, column, cell)
	{
		const char *own = own_name(column), *text = json_string_value(cell);
		if (own && !strcmp(own, "at") && !put_time(core, object, text)) {
			snprintf(ret->field, sizeof(ret->field), "at");
			strbuf_set(&ret->why, "'%.40s' is not a time", text);
			json_decref(object);
			return NULL;
		}
		if (own && !strcmp(own, "phone"))
			put_phone(core, object, text);
		else if (!own || strcmp(own, "at") != 0)
			json_object_set(own ? object : data, own ? own : column, cell);
	}
	return object;
}

void
import_event(struct core *core, const json_t *row, struct import_row *ret)
{
	struct shop_event_answer a;
	json_t *object = ret->csv ? from_csv(core, row, ret)
				  : json_incref((json_t *)(uintptr_t)row);
	ret->result = IMPORT_REFUSED;
	if (!object)
		return;
	event_take_json(core, object, &a);
	if (a.status < 300)
		ret->result = a.repeated ? IMPORT_SAME : IMPORT_CREATED;
	snprintf(ret->field, sizeof(ret->field), "%s", a.field);
	strbuf_set(&ret->why, "%s", a.why.s);
	shop_event_answer_done(&a);
	json_decref(object);
}
