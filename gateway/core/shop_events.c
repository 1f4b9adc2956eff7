#include "gateway/core/shop_events.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/fault.h"
#include "gateway/base/iso.h"
#include "gateway/core/erase.h"
#include "gateway/core/keep.h"
#include "gateway/sms/address.h"
#include "gateway/store/attributes.h"
#include "gateway/store/contacts.h"
#include "gateway/store/shop_events.h"
#include "gateway/store/stats.h"
#include "gateway/text/sheet.h"
#include "gateway/text/value.h"

#define TOLD_MAX 128 /* bytes of the shop's id of an event or a customer */

static void refuse(struct shop_event_answer *a, int status, const char *field,
	const char *fmt, ...) PRINTF_LIKE(4, 5);
static void
refuse(struct shop_event_answer *a, int status, const char *field, const char *fmt, ...)
{
	va_list ap;
	a->status = status;
	snprintf(a->field, sizeof(a->field), "%s", field);
	strbuf_reset(&a->why);
	va_start(ap, fmt);
	strbuf_vprintf(&a->why, fmt, ap);
	va_end(ap);
}

/* ---- whose it is ---- */

static uint64_t
by_phone(struct core *core, const struct shop_event *e, struct shop_event_answer *a)
{
	char phone[32];
	struct contact c;
	bool fresh;
	if (sms_number_e164(e->phone, core->config->country, phone, &a->why) < 0) {
		a->status = 422;
		snprintf(a->field, sizeof(a->field), "phone");
		return 0;
	}
	if (!contact_meet(core, phone, core_now(core), &c, &fresh))
		return 0;
	if (e->customer)
		contact_set_external(core->db, e->customer, c.id, core_now(core));
	return c.id;
}

static uint64_t
whose(struct core *core, const struct shop_event *e, struct shop_event_answer *a)
{
	struct contact c;
	if (e->customer && (!*e->customer || strlen(e->customer) > TOLD_MAX))
		return refuse(a, 422, "customer", "customer should have 1 to %d bytes",
			       TOLD_MAX),
		       0;
	if (e->phone)
		return by_phone(core, e, a);
	uint64_t id = e->contact;
	if (id && !contact_load(core->db, id, &c))
		return refuse(a, 422, "contact", "there is no contact with this id"), 0;
	if (!id && e->customer) {
		id = contact_by_external(core->db, e->customer);
		if (!id)
			refuse(a, 422, "customer",
				"nobody is known as customer '%.60s' yet; tell the phone "
				"with it once",
				e->customer);
		return id;
	}
	if (!id)
		refuse(a, 422, "phone",
			"whose event is it? give phone, customer or contact");
	else if (e->customer)
		contact_set_external(core->db, e->customer, id, core_now(core));
	return id;
}

/* ---- what follows ---- */

static const char *
said(const json_t *data, const char *name)
{
	return json_string_value(json_object_get(data, name));
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "skin, sun" as sorted lines, each once. */
static void
sort_categories(const char *list, struct strbuf *ret)
{
	char *copy = xstrdup(list), *items[40] = {NULL}, *rest = NULL;
	size_t n = 0;
	for (char *p = strtok_r(copy, ",", &rest); p && n < ARRAY_LEN(items);
		p = strtok_r(NULL, ",", &rest)) {
		p += strspn(p, " ");
		for (size_t len = strlen(p); len && p[len - 1] == ' ';)
			p[--len] = '\0';
		if (*p)
			items[n++] = p;
	}
	qsort(items, n, sizeof(*items), by_text);
	for (size_t i = 0; i < n; i++)
		if (!i || strcmp(items[i], items[i - 1]) != 0)
			strbuf_printf(ret, "%s%s", ret->len ? "\n" : "", items[i]);
	free(copy);
}

/* An order that counts, or no longer does. */
static void
buy(struct core *core, const struct shop_event_row *row, const json_t *data)
{
	static const struct {
		const char *name;
		bool counts;
	} orders[] = {{"order.paid", true}, {"order.canceled", false},
		{"order.cancelled", false}, {"order.refunded", false},
		{"order.returned", false}};
	size_t i = 0;
	while (i < ARRAY_LEN(orders) && strcmp(orders[i].name, row->name) != 0)
		i++;
	if (i == ARRAY_LEN(orders))
		return;
	struct strbuf categories AUTO(strbuf_done) = STRBUF_INIT(8192);
	struct contact c;
	char own[32], currency[4];
	const char *number =
		said(data, "number") ? said(data, "number") : said(data, "id");
	const char *list = said(data, "categories") ? said(data, "categories")
						    : said(data, "category");
	const char *in = said(data, "currency");
	snprintf(own, sizeof(own), "event:%llu", (unsigned long long)row->id);
	sheet_currency(core->config->country, currency);
	sort_categories(list ? list : "", &categories);
	if (contact_load(core->db, row->contact, &c))
		purchase_put(core->db,
			&(struct purchase){.number = number ? number : own,
				.source =
					said(data, "source") ? said(data, "source") : "",
				.phone = c.phone,
				.said = row->at,
				.counts = orders[i].counts,
				.goods = orders[i].counts,
				.at = row->at,
				.amount = row->has_value && (!in || !strcmp(in, currency))
						  ? (int64_t)(row->value * 1000)
						  : 0,
				.categories = categories.s});
}

/* contact.updated and other events about the person: what is said is known of them. */
static void
learn(struct core *core, const struct shop_event_row *row, const json_t *data)
{
	const char *key;
	json_t *value;
	if (strncmp(row->name, "contact.", 8) != 0)
		return;
	json_object_foreach((json_t *)(uintptr_t)data, key, value)
	{
		struct value v = value_text(json_string_value(value));
		struct attribute a = {.text = value_as_text(&v)};
		a.has_number = value_as_number(&v, &a.number);
		a.has_moment = value_as_time(&v, core->config->zone, &a.moment);
		attribute_save(core->db, row->contact, key, &a, core_now(core));
	}
}

static void
write_down(struct core *core, struct shop_event_row *row, const json_t *data,
	const char *detail, uint64_t ticket)
{
	char *text = json_object_size(data) ? json_dumps(data, JSON_COMPACT) : NULL;
	row->data = text;
	row->heard = !core->dialogs;
	shop_event_insert(core->db, row);
	FAULT("shop_events.written");
	if (!strcmp(row->source, "shop")) {
		stats_happened(core->db, row->contact, row->at);
		buy(core, row, data);
		learn(core, row, data);
	}
	core_event(core, &(struct event){.name = row->name,
				 .contact = row->contact,
				 .detail = detail,
				 .ticket = ticket,
				 .shop = row->id});
	free(text);
}

/* ---- taking one ---- */

static uint64_t
hash(uint64_t h, const char *text)
{
	for (const char *p = text ? text : ""; *p; p++)
		h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
	return h * 31;
}

static int64_t
fingerprint(uint64_t contact, int64_t at, const json_t *data)
{
	char *text = json_dumps(data, JSON_COMPACT | JSON_SORT_KEYS);
	uint64_t h = hash(UINT64_C(14695981039346656037) ^ contact, text);
	free(text);
	return (int64_t)((h ^ (uint64_t)at) & INT64_MAX);
}

/* True when there is nothing more to do: told before, or refused. */
static bool
known(struct core *core, const struct shop_event *e, int64_t print,
	struct shop_event_answer *a)
{
	int64_t before = 0;
	uint64_t id = e->told ? shop_event_told(core->db, e->told, e->name, &before) : 0;
	if (!id)
		return false;
	if (before != print) {
		refuse(a, 409, "id",
			"%s with the id '%.60s' was told before and said something else; "
			"nothing was changed",
			e->name, e->told);
		return true;
	}
	a->status = 200;
	a->id = id;
	a->repeated = true;
	return true;
}

static bool
in_time(struct core *core, int64_t at, struct shop_event_answer *a)
{
	const struct event_limits *limits = event_schema_limits(core->config->events);
	char when[ISO_MAX];
	if (at > 0 && at <= core_now(core) + limits->ahead)
		return true;
	iso_format(at, 0, when);
	if (at <= 0)
		refuse(a, 422, "at", "it cannot have happened at %s",
			*when ? when : "such a time");
	else
		refuse(a, 422, "at",
			"it would have happened at %s, which is %lld s ahead of our "
			"clock; is the clock of the sender right?",
			when, (long long)((at - core_now(core)) / SECOND));
	return false;
}

static bool
has_room(struct core *core, uint64_t contact, const char *name, int64_t at,
	struct shop_event_answer *a)
{
	const struct event_limits *limits = event_schema_limits(core->config->events);
	int64_t n = shop_events_within(
		core->db, contact, name, at - HOUR, at + HOUR, limits->contact);
	if (n < limits->contact)
		return true;
	refuse(a, 429, "",
		"one person had %lld %s within an hour already; no more are taken "
		"(limits.contact in events.cfg)",
		(long long)limits->contact, name);
	return false;
}

/* Journeys have so much to hear that more would only lie there. */
static bool
lags(struct core *core, struct shop_event_answer *a)
{
	const struct event_limits *limits = event_schema_limits(core->config->events);
	uint64_t oldest = core->dialogs ? shop_events_oldest(core->db) : 0;
	int64_t behind = oldest ? core_now(core) - (int64_t)(oldest >> 20) : 0;
	if (behind <= limits->behind || keep_waits(core))
		return false;
	refuse(a, 503, "", "journeys are %lld s behind what happened; try again later",
		(long long)(behind / SECOND));
	return true;
}

static void
take(struct core *core, const struct shop_event *e, const struct event_facts *facts,
	struct shop_event_answer *a)
{
	int64_t now = core_now(core), at = e->at ? e->at : now;
	if (!in_time(core, at, a))
		return;
	a->contact = whose(core, e, a);
	if (!a->contact)
		return;
	int64_t print = fingerprint(a->contact, e->at, facts->data);
	if (known(core, e, print, a) || !has_room(core, a->contact, e->name, at, a))
		return;
	struct shop_event_row row = {.id = a->id = core_id(core),
		.contact = a->contact,
		.name = e->name,
		.told = e->told,
		.source = "shop",
		.at = MIN(at, now),
		.fingerprint = print,
		.has_value = facts->has_value,
		.value = facts->value};
	write_down(core, &row, facts->data, e->told, 0);
	a->status = 202;
}

/* What the log says of itself is true because nobody else can say it. */
static bool
is_ours(const char *name)
{
	static const char *const roots[] = {"arrival", "audience", "campaign", "channel",
		"consent", "dialog", "gateway", "journey", "message", "script", "ticket"};
	for (size_t i = 0; name && i < ARRAY_LEN(roots); i++) {
		size_t n = strlen(roots[i]);
		if (!strncmp(name, roots[i], n) && name[n] == '.')
			return true;
	}
	return false;
}

void
shop_event_take(
	struct core *core, const struct shop_event *e, struct shop_event_answer *ret)
{
	struct event_facts facts = {0};
	*ret = (struct shop_event_answer){.status = 503, .why = STRBUF_SENTENCE};
	if (core->store_sick || core->low_disk) {
		refuse(ret, 503, "",
			"the store cannot take anything right now; try again");
		return;
	}
	if (is_ours(e->name)) {
		refuse(ret, 422, "name",
			"%.40s is what this program says of its own doings; the shop's "
			"events need another name",
			e->name);
		return;
	}
	if (lags(core, ret))
		return;
	int r = event_schema_read(core->config->events, e->name, e->data,
		core->config->country, core->config->zone, &facts, ret->field, &ret->why);
	if (r < 0)
		ret->status = 422;
	else if (e->told && (!*e->told || strlen(e->told) > TOLD_MAX))
		refuse(ret, 422, "id", "id should have 1 to %d bytes", TOLD_MAX);
	else {
		take(core, e, &facts, ret);
		if (ret->status < 300)
			strbuf_puts(&ret->why, facts.warning.s);
	}
	event_facts_done(&facts);
}

void
shop_event_answer_done(struct shop_event_answer *a)
{
	strbuf_done(&a->why);
}

void
shop_event_note(struct core *core, uint64_t contact, const char *name, const char *detail,
	const double *value, uint64_t ticket)
{
	struct shop_event_row row = {.id = core_id(core),
		.contact = contact,
		.name = name,
		.source = "script",
		.at = core_now(core),
		.has_value = value != NULL,
		.value = value ? *value : 0};
	struct strbuf text = STRBUF_INIT(64);
	json_t *data = value ? json_object() : NULL;
	if (value) {
		value_print_number(*value, &text);
		json_object_set_new(data, "value", json_string(text.s));
	}
	if (contact)
		write_down(core, &row, data, detail, ticket);
	json_decref(data);
	strbuf_done(&text);
}

void
shop_event_told_of(struct core *core, uint64_t contact, const char *name,
	const char *field, const char *text)
{
	struct shop_event_row row = {.id = core_id(core),
		.contact = contact,
		.name = name,
		.source = "script",
		.at = core_now(core)};
	json_t *data = json_object();
	if (*text)
		json_object_set_new(data, field, json_string(text));
	write_down(core, &row, data, text, 0);
	json_decref(data);
}

void
shop_event_overheard(
	struct core *core, uint64_t contact, const char *name, const char *detail)
{
	json_t *data = json_object();
	if (detail && *detail)
		json_object_set_new(data, "detail", json_string(detail));
	char *text = json_dumps(data, JSON_COMPACT);
	shop_event_insert(core->db, &(struct shop_event_row){.id = core_id(core),
					    .contact = contact,
					    .name = name,
					    .source = "log",
					    .data = text,
					    .at = core_now(core)});
	free(text);
	json_decref(data);
}
