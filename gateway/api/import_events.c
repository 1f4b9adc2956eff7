/* Rows of an import of events. NDJSON has them as POST /v1/events takes them; a CSV has
 * the columns name, event_id, at, phone, customer and contact, and every other column is
 * a field of the event. Each needs an id of the shop's, or a file that is sent again
 * would make everything happen twice. */
#include <stdio.h>
#include <string.h>

#include "gateway/api/event_json.h"
#include "gateway/api/import.h"
#include "gateway/base/iso.h"
#include "gateway/text/sheet.h"
#include "gateway/text/zone.h"

static void
refuse(struct import_row *ret, const char *field, const char *why)
{
	ret->result = IMPORT_REFUSED;
	snprintf(ret->field, sizeof(ret->field), "%s", field);
	strbuf_set(&ret->why, "%s", why);
}

/* Columns that are about the event itself, by their names in the API. */
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

/* "2026-11-21 14:05" on the shop's wall, as ISO 8601. */
static bool
read_time(const struct core *core, const char *text, char ret[ISO_MAX])
{
	int64_t at;
	bool fixed;
	if (sheet_date(text, core->config->country, &at, &fixed) < 0)
		return false;
	if (!fixed)
		at = zone_from_local(core->config->zone, at);
	iso_format(at, 0, ret);
	return true;
}

static bool
take_own(const struct core *core, json_t *object, const char *name, const char *cell,
	struct import_row *ret)
{
	struct strbuf phone AUTO(strbuf_done) = STRBUF_INIT(200);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	char at[ISO_MAX];
	if (!strcmp(name, "at") && !read_time(core, cell, at)) {
		strbuf_set(&err, "'%.40s' is no time such as 2026-11-21 14:05", cell);
		refuse(ret, "at", err.s);
		return false;
	}
	if (!strcmp(name, "at"))
		cell = at;
	if (!strcmp(name, "phone")) {
		if (sheet_phone(cell, core->config->country, &phone, &err)) {
			refuse(ret, "phone", err.s);
			return false;
		}
		cell = phone.s;
	}
	json_object_set_new(object, name, json_string(cell));
	return true;
}

/* A CSV's cells as POST /v1/events would have them; NULL after refusing. */
static json_t *
of_cells(const struct core *core, const json_t *row, struct import_row *ret)
{
	json_t *object = json_object(), *data = json_object(), *cell;
	const char *column;
	bool good = true;
	json_object_set_new(object, "data", data);
	json_object_foreach((json_t *)(uintptr_t)row, column, cell)
	{
		const char *own = own_name(column);
		if (!own)
			json_object_set(data, column, cell);
		else if (good)
			good = take_own(core, object, own, json_string_value(cell), ret);
	}
	if (good)
		return object;
	json_decref(object);
	return NULL;
}

static void
take(struct core *core, const json_t *event, struct import_row *ret)
{
	struct shop_event_answer a;
	event_take(core, event, &a);
	ret->result = a.status == 202   ? IMPORT_CREATED
		      : a.status == 200 ? IMPORT_SAME
		      : a.status == 503 ? IMPORT_LATER
					: IMPORT_REFUSED;
	snprintf(ret->field, sizeof(ret->field), "%s", a.field);
	strbuf_set(&ret->why, "%s", a.why.s);
	shop_event_answer_done(&a);
}

void
import_event(struct core *core, const json_t *row, struct import_row *ret)
{
	const char *id = ret->csv ? "event_id" : "id";
	if (!json_is_object(row)) {
		refuse(ret, "", "an object in curly brackets was expected");
		return;
	}
	if (!json_object_get(row, id)) {
		refuse(ret, id, "an id is needed, so that the file may be sent again");
		return;
	}
	json_t *event = ret->csv ? of_cells(core, row, ret)
				 : json_incref((json_t *)(uintptr_t)row);
	if (event)
		take(core, event, ret);
	json_decref(event);
}
