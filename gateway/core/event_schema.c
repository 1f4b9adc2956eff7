#include "gateway/core/event_schema.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/base/suggest.h"
#include "gateway/sms/address.h"
#include "gateway/text/value.h"

#define SCHEMA_EVENTS 400

enum field_kind {
	KIND_TEXT,
	KIND_NUMBER,
	KIND_WHOLE,
	KIND_TIME,
	KIND_DAY,
	KIND_PHONE,
	KIND_FLAG,
	KIND_LINK,
	KIND_LIST,
	KINDS
};

static const struct {
	const char *name, *expects;
} kinds[KINDS] = {
	{"text", "a text"},
	{"number", "a number such as 39000 or 12.5"},
	{"whole", "a whole number"},
	{"time", "a time such as 2026-11-21T14:05:00+09:00"},
	{"day", "a day such as 2026-11-24"},
	{"phone", "a telephone number"},
	{"flag", "true or false"},
	{"link", "a link that begins with https:// or http://"},
	{"list", "a list of texts"},
};

struct schema_field {
	char name[EVENT_NAME];
	enum field_kind kind;
	bool required, value;
};

struct schema_event {
	char name[EVENT_NAME];
	struct schema_field fields[EVENT_FIELDS];
	size_t count;
};

struct event_schema {
	struct event_limits limits;
	struct schema_event *events;
	size_t count;
	bool any; /* no file: everything is taken */
	int64_t format;
};

/* ---- reading the file ---- */

bool
event_name_good(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	bool dot = false;
	if (strlen(name) >= EVENT_NAME)
		return false;
	for (const char *p = name;; p++) {
		size_t n = strspn(p, letters);
		p += n;
		if (!n || (*p && *p != '.'))
			return false;
		if (!*p)
			return dot;
		dot = true;
	}
}

/* "number, required, value" */
static int
read_type(struct schema_field *f, const struct conf_node *node, struct strbuf *err)
{
	const char *p = conf_text(node);
	bool typed = false;
	if (!p)
		return conf_fail(node, err,
			"%s should be a type such as \"text\", not %s", f->name,
			conf_kind(node));
	for (size_t n; *p; p += n) {
		char word[24];
		p += strspn(p, " ,");
		n = strcspn(p, " ,");
		if (!n)
			break;
		snprintf(word, sizeof(word), "%.*s", (int)MIN(n, sizeof(word) - 1), p);
		struct suggest near;
		suggest_init(&near, word);
		size_t k = 0;
		while (k < KINDS && strcmp(kinds[k].name, word) != 0)
			suggest_offer(&near, kinds[k++].name);
		if (k < KINDS) {
			f->kind = (enum field_kind)k;
			typed = true;
		} else if (!strcmp(word, "required"))
			f->required = true;
		else if (!strcmp(word, "value"))
			f->value = true;
		else
			return conf_fail(node, err,
				"%s: there is no type '%s'%s%s%s; there are text, "
				"number, "
				"whole, time, day, phone, flag, link and list",
				f->name, word, near.best ? "; did you mean '" : "",
				near.best ? near.best : "", near.best ? "'?" : "");
	}
	if (!typed)
		return conf_fail(node, err, "%s has no type", f->name);
	if (f->value && f->kind != KIND_NUMBER && f->kind != KIND_WHOLE)
		return conf_fail(
			node, err, "%s is the event's value, so it is a number", f->name);
	return 0;
}

static int
read_event(struct event_schema *s, const char *root, const struct conf_node *node,
	struct strbuf *err)
{
	if (!conf_is_group(node))
		return conf_fail(node, err, "%s should be a group of fields, not %s",
			conf_name(node), conf_kind(node));
	if (s->count == SCHEMA_EVENTS)
		return conf_fail(node, err, "more than %d events", SCHEMA_EVENTS);
	if (s->count % 16 == 0)
		s->events = xrealloc(s->events, (s->count + 16) * sizeof(*s->events));
	struct schema_event *e = &s->events[s->count++];
	*e = (struct schema_event){0};
	int n = snprintf(e->name, sizeof(e->name), "%s.%s", root, conf_name(node));
	if (n >= (int)sizeof(e->name) || !event_name_good(e->name))
		return conf_fail(node, err,
			"'%s.%s' should be small letters, digits and _, at most %d bytes",
			root, conf_name(node), EVENT_NAME - 1);
	int r = 0;
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *one = conf_at(node, i);
		if (e->count == EVENT_FIELDS)
			return conf_fail(one, err, "%s has more than %d fields", e->name,
				EVENT_FIELDS);
		struct schema_field *f = &e->fields[e->count++];
		snprintf(f->name, sizeof(f->name), "%s", conf_name(one));
		r |= read_type(f, one, err);
	}
	return r;
}

static int
read_root(void *dest, const char *name, const struct conf_node *node, struct strbuf *err)
{
	int r = 0;
	if (!conf_is_group(node))
		return conf_fail(node, err,
			"%s should be a group of events, each a group of fields", name);
	for (size_t i = 0; i < conf_count(node); i++)
		r |= read_event(dest, name, conf_at(node, i), err);
	return r;
}

#define AT(member) offsetof(struct event_schema, member)
static const struct conf_key limit_keys[] = {
	{"ahead", CONF_DURATION, AT(limits.ahead), .min = 0, .max = DAY},
	{"contact", CONF_INT, AT(limits.contact), .min = 1, .max = 100000},
	{"behind", CONF_DURATION, AT(limits.behind), .min = SECOND, .max = DAY},
	{0},
};
static const struct conf_key file_keys[] = {
	{"format", CONF_INT, AT(format), .required = true, .min = 1, .max = 1},
	{"events", CONF_EACH, .each = read_root, .required = true},
	{"limits", CONF_GROUP, .sub = limit_keys},
	{0},
};

int
event_schema_load(const char *path, struct event_schema **ret, struct strbuf *err)
{
	struct conf *conf = NULL;
	struct event_schema *s = xcalloc(1, sizeof(*s));
	*s = (struct event_schema){.limits = {5 * MINUTE, 200, MINUTE}, .any = !path};
	int r = path ? conf_open(path, &conf, err) : 0;
	if (path && !r)
		r = conf_read(conf_root(conf), file_keys, s, err);
	conf_close(conf);
	if (r) {
		event_schema_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

void
event_schema_free(struct event_schema *s)
{
	if (!s)
		return;
	free(s->events);
	free(s);
}

const struct event_limits *
event_schema_limits(const struct event_schema *s)
{
	return &s->limits;
}

/* ---- reading an event ---- */

static const struct schema_event *
find(const struct event_schema *s, const char *name, struct suggest *near)
{
	suggest_init(near, name);
	for (size_t i = 0; i < s->count; i++) {
		if (!strcmp(s->events[i].name, name))
			return &s->events[i];
		suggest_offer(near, s->events[i].name);
	}
	return NULL;
}

void
event_schema_names(const struct event_schema *s, const char *event,
	void (*each)(void *ctx, const char *name), void *ctx)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct schema_event *e = &s->events[i];
		if (!event)
			each(ctx, e->name);
		for (size_t k = 0; event && !strcmp(e->name, event) && k < e->count; k++)
			each(ctx, e->fields[k].name);
	}
}

/* A scalar as text; a list of texts with ", " between them. */
static bool
as_text(const json_t *value, bool list, struct strbuf *out)
{
	if (json_is_string(value))
		strbuf_puts(out, json_string_value(value));
	else if (json_is_integer(value))
		strbuf_printf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		value_print_number(json_real_value(value), out);
	else if (json_is_boolean(value))
		strbuf_puts(out, json_is_true(value) ? "true" : "false");
	else if (list && json_is_array(value)) {
		for (size_t i = 0; i < json_array_size(value); i++) {
			const char *one = json_string_value(json_array_get(value, i));
			if (!one)
				return false;
			strbuf_printf(out, "%s%s", i ? ", " : "", one);
		}
	} else
		return false;
	return !out->full;
}

static bool
normal_time(const char *zone, struct strbuf *text)
{
	int64_t wall;
	char iso[ISO_MAX];
	if (strlen(text->s) > 10 && text->s[10] == ' ')
		text->s[10] = 'T';
	if (!value_parse_time(text->s, zone, &wall, NULL))
		return false;
	iso_format(wall, 0, iso);
	strbuf_reset(text);
	strbuf_puts(text, iso);
	return *iso != '\0';
}

static bool
normal_flag(struct strbuf *text)
{
	static const char *const words[][2] = {{"true", "true"}, {"yes", "true"},
		{"1", "true"}, {"false", "false"}, {"no", "false"}, {"0", "false"}};
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(text->s, words[i][0]) != 0)
			continue;
		const char *normal = words[i][1];
		strbuf_reset(text);
		strbuf_puts(text, normal);
		return true;
	}
	return false;
}

static bool
normal_phone(const char *country, struct strbuf *text)
{
	char e164[32];
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (sms_number_e164(text->s, country, e164, &err) < 0)
		return false;
	strbuf_reset(text);
	strbuf_puts(text, e164);
	return true;
}

static bool
normalise(
	enum field_kind kind, const char *country, const char *zone, struct strbuf *text)
{
	double n;
	bool day = false;
	int64_t wall;
	switch (kind) {
	case KIND_NUMBER: return value_parse_number(text->s, &n);
	case KIND_WHOLE: return value_parse_number(text->s, &n) && n == floor(n);
	case KIND_TIME: return normal_time(zone, text);
	case KIND_DAY: return value_parse_time(text->s, zone, &wall, &day) && day;
	case KIND_PHONE: return normal_phone(country, text);
	case KIND_FLAG: return normal_flag(text);
	case KIND_LINK:
		return !strncmp(text->s, "https://", 8) ||
		       !strncmp(text->s, "http://", 7);
	case KIND_TEXT:
	case KIND_LIST:
	case KINDS: break;
	}
	return true;
}

static int refuse(const char *field, char ret_field[EVENT_NAME], struct strbuf *err,
	const char *fmt, ...) PRINTF_LIKE(4, 5);
static int
refuse(const char *field, char ret_field[EVENT_NAME], struct strbuf *err, const char *fmt,
	...)
{
	va_list ap;
	snprintf(ret_field, EVENT_NAME, "%s", field);
	strbuf_reset(err);
	strbuf_printf(err, "%s ", field);
	va_start(ap, fmt);
	strbuf_vprintf(err, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

struct reading {
	const struct schema_event *event;
	const char *country, *zone;
	struct event_facts *out;
	char *ret_field;
	struct strbuf *err;
};

static const struct schema_field *
field_of(const struct schema_event *e, const char *name)
{
	for (size_t i = 0; e && i < e->count; i++)
		if (!strcmp(e->fields[i].name, name))
			return &e->fields[i];
	return NULL;
}

static void
warn(struct reading *r, const char *name)
{
	struct suggest near;
	suggest_init(&near, name);
	for (size_t i = 0; i < r->event->count; i++)
		suggest_offer(&near, r->event->fields[i].name);
	if (!r->out->warning.len)
		strbuf_printf(&r->out->warning,
			"the field '%s' is not declared for %s%s%s%s; it was kept", name,
			r->event->name, near.best ? " (did you mean '" : "",
			near.best ? near.best : "", near.best ? "'?)" : "");
}

static bool
is_value(const struct schema_event *e, const struct schema_field *f, const char *name)
{
	if (f && f->value)
		return true;
	for (size_t i = 0; e && i < e->count; i++)
		if (e->fields[i].value)
			return false;
	return !strcmp(name, "total") || !strcmp(name, "value");
}

static int
read_field(struct reading *r, const char *name, const json_t *value)
{
	const struct schema_field *f = field_of(r->event, name);
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(EVENT_FIELD_BYTES);
	double n;
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	if (!*name || strlen(name) >= EVENT_NAME || strspn(name, letters) != strlen(name))
		return refuse("data", r->ret_field, r->err,
			"has a field '%.40s'; a name is letters, digits and _", name);
	if (json_is_null(value))
		return 0;
	if (!as_text(value, !f || f->kind == KIND_LIST, &text))
		return refuse(name, r->ret_field, r->err,
			text.full ? "is longer than %s%d bytes" : "should be %s",
			text.full ? "" : kinds[f ? f->kind : KIND_TEXT].expects,
			EVENT_FIELD_BYTES);
	if (f && !normalise(f->kind, r->country, r->zone, &text))
		return refuse(name, r->ret_field, r->err, "should be %s, not \"%.60s\"",
			kinds[f->kind].expects, text.s);
	if (r->event && !f)
		warn(r, name);
	if (is_value(r->event, f, name) && value_parse_number(text.s, &n)) {
		r->out->has_value = true;
		r->out->value = n;
	}
	json_object_set_new(r->out->data, name, json_string(text.s));
	return 0;
}

int
event_schema_read(const struct event_schema *s, const char *name, const json_t *data,
	const char *country, const char *zone, struct event_facts *ret,
	char ret_field[EVENT_NAME], struct strbuf *err)
{
	struct suggest near;
	const char *key;
	json_t *value;
	*ret = (struct event_facts){.data = json_object(), .warning = STRBUF_SENTENCE};
	const struct schema_event *e = find(s, name, &near);
	struct reading r = {e, country, zone, ret, ret_field, err};
	if (!event_name_good(name))
		return refuse("name", ret_field, err,
			"should be an event such as order.paid, not \"%.60s\"", name);
	if (!e && !s->any) {
		snprintf(ret_field, EVENT_NAME, "name");
		strbuf_set(err, "there is no event '%s'%s%s%s; events.cfg names them",
			name, near.best ? "; did you mean '" : "",
			near.best ? near.best : "", near.best ? "'?" : "");
		return -ENOENT;
	}
	if (data && !json_is_object(data))
		return refuse("data", ret_field, err, "should be an object of fields");
	if (json_object_size(data) > EVENT_FIELDS)
		return refuse(
			"data", ret_field, err, "has more than %d fields", EVENT_FIELDS);
	json_object_foreach((json_t *)(uintptr_t)data, key,
		value) if (read_field(&r, key, value) < 0) return -EINVAL;
	for (size_t i = 0; e && i < e->count; i++)
		if (e->fields[i].required &&
			!json_object_get(ret->data, e->fields[i].name))
			return refuse(e->fields[i].name, ret_field, err,
				"is missing; %s needs it", name);
	return 0;
}

void
event_facts_done(struct event_facts *f)
{
	json_decref(f->data);
	strbuf_done(&f->warning);
	f->data = NULL;
}
