/* Reading a JSON object against a const table, as conf.h does for files: unknown names
 * get "did you mean", wrong types a sentence that names the field. Pure. */
#ifndef MALGIL_API_FIELDS_H
#define MALGIL_API_FIELDS_H

#include "gateway/net/json.h"

enum field_type {
	FIELD_TEXT, /* const char *, not empty, borrowed from the object */
	FIELD_BOOL, /* bool */
	FIELD_ID,   /* uint64_t, from a string of digits */
	FIELD_TIME, /* int64_t wall: ISO 8601 with an offset */
	FIELD_WAIT, /* int64_t wall: the same, or a duration from now ("4h") */
	FIELD_NAME, /* const char *: one of `names` */
	FIELD_JSON, /* const json_t *: whatever it is, borrowed; null is not given */
};

struct field {
	const char *name; /* NULL ends a table */
	enum field_type type;
	size_t offset;
	bool required;
	const char *const *names; /* NAME: NULL-terminated */
	size_t max;               /* TEXT: bytes, 0 none */
};

/* 0, with the members of `dest` set that were given (null counts as not given). -EINVAL
 * with the name of the field in *ret_field (static or borrowed from `object`) and a
 * sentence. */
int fields_read(const json_t *object, const struct field *table, int64_t now, void *dest,
	const char **ret_field, struct strbuf *err) MUST_USE;

/* Is `text` one of `names` (NULL-terminated)? 0 and the name, or -EINVAL with a sentence
 * that suggests the nearest or lists them all. */
int field_name(const char *field, const char *const *names, const char *text,
	const char **ret, struct strbuf *err) MUST_USE;

#endif
