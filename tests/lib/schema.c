#include "tests/lib/schema.h"

#include <string.h>

#include "gateway/base/iso.h"

static bool
fail(struct strbuf *err, const char *at, const char *why)
{
	strbuf_set(err, "%s: %s", at, why);
	return false;
}

static bool
is_type(const json_t *value, const char *type)
{
	if (!strcmp(type, "null"))
		return json_is_null(value);
	if (!strcmp(type, "string"))
		return json_is_string(value);
	if (!strcmp(type, "integer"))
		return json_is_integer(value);
	if (!strcmp(type, "number"))
		return json_is_number(value);
	if (!strcmp(type, "boolean"))
		return json_is_boolean(value);
	if (!strcmp(type, "array"))
		return json_is_array(value);
	return !strcmp(type, "object") && json_is_object(value);
}

static bool
type_fits(const json_t *type, const json_t *value)
{
	if (!type)
		return true;
	if (json_is_string(type))
		return is_type(value, json_string_value(type));
	for (size_t i = 0; i < json_array_size(type); i++)
		if (is_type(value, json_string_value(json_array_get(type, i))))
			return true;
	return false;
}

static bool
enum_fits(const json_t *values, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(values); i++)
		if (json_equal(json_array_get(values, i), value))
			return true;
	return !values;
}

static bool
text_fits(const json_t *schema, const char *text)
{
	const char *pattern = json_string_value(json_object_get(schema, "pattern"));
	const char *format = json_string_value(json_object_get(schema, "format"));
	int64_t wall;
	if (pattern && (strcmp(pattern, "^[0-9]+$") != 0 || !*text ||
			       text[strspn(text, "0123456789")]))
		return false;
	return !format || iso_parse(text, &wall, NULL) == 0;
}

static bool fits(const json_t *root, const json_t *schema, const json_t *value,
	const char *at, struct strbuf *err);

static bool
members_fit(const json_t *root, const json_t *schema, const json_t *value, const char *at,
	struct strbuf *err)
{
	const json_t *known = json_object_get(schema, "properties");
	const json_t *required = json_object_get(schema, "required");
	const char *name;
	json_t *member;
	for (size_t i = 0; i < json_array_size(required); i++)
		if (!json_object_get(
			    value, json_string_value(json_array_get(required, i))))
			return fail(err, json_string_value(json_array_get(required, i)),
				"is missing");
	if (!known)
		return true;
	json_object_foreach((json_t *)(uintptr_t)value, name, member)
	{
		const json_t *inner = json_object_get(known, name);
		if (!inner)
			return fail(err, name, "is not documented");
		if (!fits(root, inner, member, name, err))
			return false;
	}
	(void)at;
	return true;
}

/* The sentence is that of the alternative that came last. */
static bool
any_fits(const json_t *root, const json_t *any, const json_t *value, const char *at,
	struct strbuf *err)
{
	for (size_t i = 0; i < json_array_size(any); i++)
		if (fits(root, json_array_get(any, i), value, at, err))
			return true;
	return false;
}

static bool
fits(const json_t *root, const json_t *schema, const json_t *value, const char *at,
	struct strbuf *err)
{
	const char *ref = json_string_value(json_object_get(schema, "$ref"));
	if (ref) {
		schema = json_pointer(root, ref + 1);
		if (!schema)
			return fail(err, ref, "leads nowhere");
	}
	const json_t *any = json_object_get(schema, "anyOf");
	if (any && !any_fits(root, any, value, at, err))
		return false;
	if (!type_fits(json_object_get(schema, "type"), value))
		return fail(err, at, "is of another type than documented");
	if (!enum_fits(json_object_get(schema, "enum"), value))
		return fail(err, at, "has a value that is not documented");
	if (json_is_string(value) && !text_fits(schema, json_string_value(value)))
		return fail(err, at, "has another form than documented");
	const json_t *items = json_object_get(schema, "items");
	for (size_t i = 0; items && i < json_array_size(value); i++)
		if (!fits(root, items, json_array_get(value, i), at, err))
			return false;
	return !json_is_object(value) || members_fit(root, schema, value, at, err);
}

bool
schema_fits(
	const json_t *root, const json_t *schema, const json_t *value, struct strbuf *err)
{
	return fits(root, schema, value, "the answer", err);
}
