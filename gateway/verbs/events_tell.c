/* malgil events emit and import: what the shop's own systems say happened. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/base/suggest.h"
#include "gateway/text/sheet.h"
#include "gateway/text/zone.h"
#include "gateway/verbs/events.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/upload.h"

/* "2026-11-21 14:05" on the shop's wall, or ISO 8601 with an offset, as the API wants it.
 */
static bool
read_time(const struct remote *r, const char *text, char ret[ISO_MAX])
{
	int64_t at;
	bool fixed;
	if (sheet_date(text, r->config->country, &at, &fixed) < 0)
		return false;
	if (!fixed)
		at = zone_from_local(r->config->zone, at);
	iso_format(at, 0, ret);
	return *ret != '\0';
}

/* ---- one ---- */

static int
add_pair(const struct verb_args *args, json_t *data, const char *pair)
{
	const char *equals = strchr(pair, '=');
	if (!equals || equals == pair)
		return verb_misuse(args->verb,
			"'%s' should be field=value, as in total=39000", pair);
	char *name = xstrndup(pair, (size_t)(equals - pair));
	bool good = json_utf8(equals + 1) && json_utf8(name) &&
		    json_object_set_new(data, name, json_string(equals + 1)) == 0;
	free(name);
	return good ? 0 : verb_misuse(args->verb, "'%s' is not UTF-8", pair);
}

int
events_emit(struct remote *r, const struct verb_args *args)
{
	static const char *const plain[] = {"phone", "customer", "contact", "id"};
	char option[16], at[ISO_MAX];
	json_t *body = json_object(), *data = json_object(), *answer = NULL;
	const char *when = verb_value(args, "--at");
	int code = 0;
	json_object_set_new(body, "name", json_string(args->words[1]));
	for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
		snprintf(option, sizeof(option), "--%s", plain[i]);
		const char *value = verb_value(args, option);
		if (value)
			json_object_set_new(body, plain[i], json_string(value));
	}
	if (when && !read_time(r, when, at))
		code = verb_refuse(args->verb,
			"--at %s is not a time such as \"2026-11-21 14:05\"", when);
	else if (when)
		json_object_set_new(body, "at", json_string(at));
	for (size_t i = 2; i < args->word_count && !code; i++)
		code = add_pair(args, data, args->words[i]);
	json_object_set_new(body, "data", data);
	if (!code)
		answer = remote_post(r, "/v1/events", json_incref(body));
	json_decref(body);
	if (!answer)
		return code ? code : EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		json_dumpf(answer, stdout, JSON_INDENT(2)), putchar('\n');
	else
		puts(print_member(answer, "id"));
	const char *warning = json_string_value(json_object_get(answer, "warning"));
	if (warning)
		fprintf(stderr, "malgil events: note: %s\n", warning);
	json_decref(answer);
	return EXIT_DONE;
}

/* ---- a file ---- */

/* Columns that are about the event itself, by their names in the API. An order has an id
 * too: the event's own is `event_id`; every other column is a field. */
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

static int
header(struct upload *u, const struct csv_row *row)
{
	bool named = false, whose = false;
	(void)row;
	for (size_t i = 0; i < u->count; i++) {
		for (size_t k = 0; k < i; k++)
			if (!strcmp(u->columns[i], u->columns[k]))
				return verb_refuse(u->verb,
					"%s: there are two columns '%s'", u->file,
					u->columns[i]);
		if (!*u->columns[i])
			return verb_refuse(
				u->verb, "%s: column %zu has no name", u->file, i + 1);
		named |= !strcmp(u->columns[i], "name");
		whose |= !strcmp(u->columns[i], "phone") ||
			 !strcmp(u->columns[i], "customer") ||
			 !strcmp(u->columns[i], "contact");
	}
	if (!named || !whose)
		return verb_refuse(u->verb,
			"%s: the header needs name and one of phone, customer, contact; "
			"it may add event_id, at, and the fields of the events",
			u->file);
	return 0;
}

static json_t *
read_row(struct upload *u, const struct csv_row *row, struct strbuf *err)
{
	json_t *object = json_object(), *data = json_object();
	struct strbuf phone AUTO(strbuf_done) = STRBUF_INIT(200);
	char at[ISO_MAX];
	for (size_t i = 0; i < row->count && !err->len; i++) {
		const char *value = row->fields[i], *column = u->columns[i];
		if (!*value)
			continue;
		if (!strcmp(column, "at") && !read_time(u->remote, value, at))
			strbuf_set(err, "at: '%.40s' is not a time", value);
		else if (!strcmp(column, "at"))
			value = at;
		if (!strcmp(column, "phone") &&
			sheet_phone(value, u->remote->config->country, &phone, err) == 0)
			value = phone.s;
		const char *own = own_name(column);
		json_object_set_new(
			own ? object : data, own ? own : column, json_string(value));
	}
	json_object_set_new(object, "data", data);
	if (!err->len)
		return object;
	json_decref(object);
	return NULL;
}

int
events_import(struct remote *r, const struct verb_args *args)
{
	struct upload *u = xcalloc(1, sizeof(*u));
	*u = (struct upload){.path = "/v1/events",
		.file = args->words[1],
		.header = header,
		.row = read_row,
		.remote = r,
		.verb = args->verb};
	int code = upload_file(u);
	free(u);
	return code;
}
