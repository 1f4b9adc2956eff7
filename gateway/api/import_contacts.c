/* Rows of an import of contacts: a number, what is known of the person, and what they
 * agreed to, which needs its proof. Somebody who said yes without a date and a source is
 * taken as a contact and gets no promotion for it; the report says so. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/api/fields.h"
#include "gateway/api/import.h"
#include "gateway/base/iso.h"
#include "gateway/core/erase.h"
#include "gateway/core/consent.h"
#include "gateway/sms/address.h"
#include "gateway/store/attributes.h"
#include "gateway/store/contacts.h"
#include "gateway/store/ledger.h"
#include "gateway/text/sheet.h"
#include "gateway/text/value.h"
#include "gateway/text/zone.h"

#define ATTRIBUTE_NAME  63
#define ATTRIBUTE_BYTES 1000
#define TAG_BYTES       63

struct told {
	const char *phone, *zone, *region, *date, *source, *list, *words, *wording,
		*basis;
	const json_t *consent, *tags, *attributes;
};

static const char *const bases[] = {"express", "sale", "soft", "request", NULL};
#define AT(member) offsetof(struct told, member)
static const struct field fields[] = {
	{"phone", FIELD_TEXT, AT(phone), .required = true, .max = 64},
	{"zone", FIELD_TEXT, AT(zone), .max = 47},
	{"region", FIELD_TEXT, AT(region), .max = 3},
	{"tags", FIELD_JSON, AT(tags)},
	{"attributes", FIELD_JSON, AT(attributes)},
	{"consent", FIELD_JSON, AT(consent)},
	{"date", FIELD_TEXT, AT(date), .max = 40},
	{"source", FIELD_TEXT, AT(source), .max = 512},
	{"list", FIELD_TEXT, AT(list), .max = 47},
	{"words", FIELD_TEXT, AT(words), .max = 4096},
	{"wording", FIELD_TEXT, AT(wording), .max = 4096},
	{"basis", FIELD_NAME, AT(basis), .names = bases},
	{0},
};

static bool
is_field(const char *name)
{
	for (const struct field *f = fields; f->name; f++)
		if (!strcmp(f->name, name))
			return true;
	return false;
}

static bool
attribute_name_is_good(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
	return n && n <= ATTRIBUTE_NAME && !name[n] && (*name < '0' || *name > '9');
}

bool
import_contact_column(const char *name, struct strbuf *err)
{
	if ((is_field(name) && strcmp(name, "attributes") != 0) ||
		attribute_name_is_good(name))
		return true;
	strbuf_set(err,
		"the column '%.60s' cannot become an attribute: small letters, digits "
		"and _ make its name",
		name);
	return false;
}

static bool
refuse(struct import_row *ret, const char *field, const char *why)
{
	ret->result = IMPORT_REFUSED;
	snprintf(ret->field, sizeof(ret->field), "%s", field);
	strbuf_set(&ret->why, "%s", why);
	return false;
}

/* ---- attributes and tags ---- */

static bool
scalar_text(const json_t *value, char *room, size_t size, const char **ret)
{
	*ret = room;
	if (json_is_string(value))
		*ret = json_string_value(value);
	else if (json_is_integer(value))
		snprintf(room, size, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		snprintf(room, size, "%.15g", json_real_value(value));
	else if (json_is_boolean(value))
		snprintf(room, size, "%s", json_is_true(value) ? "true" : "false");
	else
		return false;
	return strlen(*ret) <= ATTRIBUTE_BYTES;
}

/* True when something changed. */
static bool
save_attribute(struct core *core, uint64_t contact, const char *name, const char *text)
{
	struct strbuf old AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	struct value value = value_text(text);
	struct attribute a, now = {.text = text};
	if (attribute_load(core->db, contact, name, &a, &old) && a.text &&
		!strcmp(old.s, text))
		return false;
	now.has_number = value_as_number(&value, &now.number);
	now.has_moment = value_as_time(&value, core->config->zone, &now.moment);
	attribute_save(core->db, contact, name, &now, core_now(core));
	return true;
}

static bool
check_attributes(const json_t *attributes, struct import_row *ret)
{
	const char *name, *text;
	json_t *value;
	char room[40];
	if (attributes && !json_is_object(attributes))
		return refuse(ret, "attributes", "attributes must be an object");
	json_object_foreach((json_t *)(uintptr_t)attributes, name, value)
	{
		if (!attribute_name_is_good(name))
			return refuse(ret, "attributes",
				"small letters, digits and _ make the name of an "
				"attribute");
		if (!scalar_text(value, room, sizeof(room), &text))
			return refuse(ret, name,
				"an attribute is a text, a number or a truth, of at most "
				"1000 bytes");
	}
	return true;
}

static bool
save_attributes(struct core *core, uint64_t contact, const json_t *attributes)
{
	const char *name, *text;
	json_t *value;
	char room[40];
	bool changed = false;
	json_object_foreach((json_t *)(uintptr_t)attributes, name, value)
	{
		if (scalar_text(value, room, sizeof(room), &text))
			changed |= save_attribute(core, contact, name, text);
	}
	return changed;
}

/* "vip;summer" or ["vip","summer"]: a line each. */
static bool
read_tags(const json_t *tags, struct strbuf *out, struct import_row *ret)
{
	if (json_is_string(tags)) {
		strbuf_puts(out, json_string_value(tags));
		for (char *p = out->s; *p; p++)
			if (*p == ';' || *p == ',')
				*p = '\n';
		return true;
	}
	if (tags && !json_is_array(tags))
		return refuse(
			ret, "tags", "tags must be a list, or a text such as vip;new");
	for (size_t i = 0; i < json_array_size(tags); i++) {
		const char *tag = json_string_value(json_array_get(tags, i));
		if (!tag || strchr(tag, '\n'))
			return refuse(ret, "tags", "a tag must be a text");
		strbuf_printf(out, "%s\n", tag);
	}
	return true;
}

static bool
check_tags(const struct strbuf *tags, struct import_row *ret)
{
	for (const char *p = tags->s; *p;) {
		size_t n = strcspn(p, "\n");
		if (n > TAG_BYTES)
			return refuse(ret, "tags", "a tag has at most 63 bytes");
		p += n + (p[n] == '\n');
	}
	return !tags->full || refuse(ret, "tags", "these are too many tags");
}

static void
save_tags(struct core *core, uint64_t contact, const struct strbuf *tags)
{
	char tag[TAG_BYTES + 1];
	for (const char *p = tags->s; *p;) {
		p += strspn(p, " \n");
		size_t n = strcspn(p, "\n"), len = n;
		while (len && p[len - 1] == ' ')
			len--;
		snprintf(tag, sizeof(tag), "%.*s", (int)MIN(len, (size_t)TAG_BYTES), p);
		if (*tag)
			tag_add(core->db, contact, tag, core_now(core));
		p += n;
	}
}

/* ---- consent ---- */

static bool
said_yes(const json_t *consent)
{
	static const char *const yes[] = {"yes", "y", "true", "1", "예", "네", "동의"};
	const char *text = json_string_value(consent);
	bool agreed = json_is_true(consent);
	for (size_t i = 0; text && i < ARRAY_LEN(yes); i++)
		agreed |= !strcasecmp(text, yes[i]);
	return agreed;
}

static bool
warn(struct import_row *ret, const char *field, const char *why)
{
	snprintf(ret->field, sizeof(ret->field), "%s", field);
	strbuf_set(&ret->why, "%s", why);
	return false;
}

/* True when the ledger has a new row. */
static bool
record_consent(struct core *core, uint64_t contact, const char *phone,
	const struct told *told, struct import_row *ret)
{
	struct consent_state now;
	uint64_t row;
	int64_t at;
	if (!said_yes(told->consent))
		return false;
	if (!told->date || !told->source)
		return warn(ret, told->date ? "source" : "date",
			"says yes without a date and a source: texts they ask for only");
	if (iso_parse(told->date, &at, NULL) &&
		!value_parse_time(told->date, core->config->zone, &at, NULL))
		return warn(ret, "date",
			"this is not a date such as 2026-11-21: the consent was not "
			"recorded");
	consent_derive(core->db, contact, &now);
	if (now.granted && now.at >= at)
		return false;
	int r = consent_change(core,
		&(struct consent_change){.phone = phone,
			.action = "grant",
			.method = "import",
			.list = told->list,
			.words = told->words,
			.wording = told->wording,
			.basis = told->basis,
			.source = told->source,
			.at = at},
		&row, &ret->why);
	if (r)
		snprintf(ret->field, sizeof(ret->field), "consent");
	return !r;
}

/* ---- a row ---- */

/* What a spreadsheet calls its other columns is an attribute. */
static json_t *
gather(const json_t *row, struct import_row *ret)
{
	json_t *known = json_object(), *others = json_object(), *value;
	const char *name;
	json_object_foreach((json_t *)(uintptr_t)row, name, value)
	{
		json_object_set(is_field(name) ? known : others, name, value);
	}
	if (json_object_size(others) && json_object_get(known, "attributes"))
		refuse(ret, "attributes",
			"either attributes, or columns of their own, not both");
	else if (json_object_size(others))
		json_object_set(known, "attributes", others);
	json_decref(others);
	return known;
}

static bool
check_place(const struct told *told, struct import_row *ret)
{
	if (told->zone && !zone_known(told->zone))
		return refuse(
			ret, "zone", "no such time zone; write it like \"Asia/Seoul\"");
	return true;
}

static void
take(struct core *core, const struct told *told, struct import_row *ret)
{
	struct strbuf tags AUTO(strbuf_done) = STRBUF_INIT(8192);
	struct contact contact;
	char phone[32];
	bool fresh, changed = false;
	struct strbuf number AUTO(strbuf_done) = STRBUF_INIT(128);
	const char *country = core->config->country;
	if (sheet_phone(told->phone, country, &number, &ret->why) ||
		sms_number_e164(number.s, country, phone, &ret->why)) {
		ret->result = IMPORT_REFUSED;
		snprintf(ret->field, sizeof(ret->field), "phone");
		return;
	}
	if (!check_place(told, ret) || !check_attributes(told->attributes, ret) ||
		!read_tags(told->tags, &tags, ret) || !check_tags(&tags, ret) ||
		!contact_meet(core, phone, core_now(core), &contact, &fresh))
		return;
	if ((told->zone && strcmp(told->zone, contact.zone) != 0) ||
		(told->region && strcmp(told->region, contact.region) != 0)) {
		contact_set_place(core->db, contact.id,
			told->zone ? told->zone : contact.zone,
			told->region ? told->region : contact.region);
		changed = true;
	}
	changed |= save_attributes(core, contact.id, told->attributes);
	save_tags(core, contact.id, &tags);
	changed |= record_consent(core, contact.id, phone, told, ret);
	ret->result = fresh ? IMPORT_CREATED : changed ? IMPORT_CHANGED : IMPORT_SAME;
}

void
import_contact(struct core *core, const json_t *row, struct import_row *ret)
{
	struct told told = {0};
	const char *field = NULL;
	if (!json_is_object(row)) {
		refuse(ret, "", "an object in curly brackets was expected");
		return;
	}
	ret->result = IMPORT_SAME;
	json_t *known = gather(row, ret);
	if (ret->result != IMPORT_REFUSED) {
		if (fields_read(
			    known, fields, core_now(core), &told, &field, &ret->why)) {
			ret->result = IMPORT_REFUSED;
			snprintf(
				ret->field, sizeof(ret->field), "%s", field ? field : "");
		} else {
			take(core, &told, ret);
		}
	}
	json_decref(known);
}
