#include "gateway/api/fields.h"

#include <errno.h>
#include <string.h>

#include "gateway/base/conf.h"
#include "gateway/base/ids.h"
#include "gateway/base/iso.h"
#include "gateway/base/suggest.h"

static const char *
type_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT: return "an object";
	case JSON_ARRAY: return "a list";
	case JSON_STRING: return "a text";
	case JSON_INTEGER:
	case JSON_REAL: return "a number";
	case JSON_TRUE:
	case JSON_FALSE: return "true or false";
	case JSON_NULL: return "null";
	}
	return "something else";
}

static int
wrong(const struct field *f, const json_t *value, const char *wanted, struct strbuf *err)
{
	strbuf_set(err, "%s must be %s, not %s", f->name, wanted, type_of(value));
	return -EINVAL;
}

static int
read_time(const struct field *f, const char *text, int64_t now, int64_t *ret,
	struct strbuf *err)
{
	int64_t wait;
	if (!iso_parse(text, ret, NULL))
		return 0;
	if (f->type == FIELD_WAIT && !conf_duration(text, &wait)) {
		*ret = now + wait;
		return 0;
	}
	strbuf_set(err, "%s is not a time with its offset such as 2030-01-31T09:00:00Z%s",
		f->name, f->type == FIELD_WAIT ? ", nor a duration such as 4h" : "");
	return -EINVAL;
}

int
field_name(const char *field, const char *const *names, const char *text,
	const char **ret, struct strbuf *err)
{
	struct suggest near;
	suggest_init(&near, text);
	for (const char *const *n = names; *n; n++) {
		if (!strcmp(*n, text)) {
			*ret = *n;
			return 0;
		}
		suggest_offer(&near, *n);
	}
	strbuf_set(err, "%s cannot be '%.40s'; ", field, text);
	if (near.best) {
		strbuf_printf(err, "did you mean '%s'?", near.best);
		return -EINVAL;
	}
	strbuf_puts(err, "it is one of");
	for (const char *const *n = names; *n; n++)
		strbuf_printf(err, "%s %s", n == names ? "" : ",", *n);
	return -EINVAL;
}

static int
read_text(
	const struct field *f, const json_t *value, const char **ret, struct strbuf *err)
{
	size_t len = json_string_length(value);
	if (!len) {
		strbuf_set(err, "%s is empty", f->name);
		return -EINVAL;
	}
	if (f->max && len > f->max) {
		strbuf_set(err, "%s is %zu bytes long; %zu are allowed", f->name, len,
			f->max);
		return -EINVAL;
	}
	*ret = json_string_value(value);
	return 0;
}

static int
read_string(const struct field *f, const json_t *value, int64_t now, void *at,
	struct strbuf *err)
{
	if (!json_is_string(value))
		return wrong(f, value, "a text", err);
	if (f->type == FIELD_TEXT)
		return read_text(f, value, at, err);
	if (f->type == FIELD_NAME)
		return field_name(f->name, f->names, json_string_value(value), at, err);
	if (f->type != FIELD_ID)
		return read_time(f, json_string_value(value), now, at, err);
	if (!ids_parse(json_string_value(value), at))
		return 0;
	strbuf_set(err, "%s is not an id (digits, as a text)", f->name);
	return -EINVAL;
}

static int
unknown(const struct field *table, const char *name, struct strbuf *err)
{
	struct suggest near;
	suggest_init(&near, name);
	for (const struct field *f = table; f->name; f++)
		suggest_offer(&near, f->name);
	if (near.best)
		strbuf_set(err, "there is no field '%.40s'; did you mean '%s'?", name,
			near.best);
	else
		strbuf_set(err, "there is no field '%.40s'", name);
	return -EINVAL;
}

static const struct field *
find(const struct field *table, const char *name)
{
	for (const struct field *f = table; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

static int
check_required(const json_t *object, const struct field *table, const char **ret_field,
	struct strbuf *err)
{
	for (const struct field *f = table; f->name; f++) {
		const json_t *value = json_object_get(object, f->name);
		if (!f->required || (value && !json_is_null(value)))
			continue;
		*ret_field = f->name;
		strbuf_set(err, "%s is missing", f->name);
		return -EINVAL;
	}
	return 0;
}

int
fields_read(const json_t *object, const struct field *table, int64_t now, void *dest,
	const char **ret_field, struct strbuf *err)
{
	*ret_field = NULL;
	if (!json_is_object(object)) {
		strbuf_set(err, "an object in curly brackets was expected, not %s",
			type_of(object));
		return -EINVAL;
	}
	const char *name;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		const struct field *f = find(table, name);
		*ret_field = name;
		if (!f)
			return unknown(table, name, err);
		void *at = (char *)dest + f->offset;
		if (json_is_null(value))
			continue;
		if (f->type == FIELD_BOOL && !json_is_boolean(value))
			return wrong(f, value, "true or false", err);
		if (f->type == FIELD_BOOL)
			*(bool *)at = json_is_true(value);
		else if (f->type == FIELD_JSON)
			*(const json_t **)at = value;
		else if (read_string(f, value, now, at, err))
			return -EINVAL;
	}
	return check_required(object, table, ret_field, err);
}
