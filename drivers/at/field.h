/* The comma-separated fields of an AT answer: `1,"a,b",,(0-3)` and what modems do to it.
 */
#ifndef MALGIL_AT_FIELD_H
#define MALGIL_AT_FIELD_H

#include "gateway/base/def.h"

struct field {
	const char *s; /* within the line, quotes and outer blanks taken off */
	size_t len;
	bool quoted;
};

/* Takes the next field and the comma behind it; a parenthesised list is one field. False
 * at the end of the line; an empty field between commas is a field. */
bool field_next(const char **p, struct field *ret_field);
/* Takes `count` fields and gives the last of them; false when there are fewer. */
bool field_skip(const char **p, unsigned count, struct field *ret_field);
/* Decimal, -1 for "-1", an empty field or anything else. */
int field_int(const struct field *f);
/* The text as it stands. Cut to `size`. */
void field_copy(const struct field *f, char *ret_text, size_t size);
/* The text as UTF-8; UCS-2 in hex, as CSCS="UCS2" makes it, is decoded. Cut to `size`. */
void field_text(const struct field *f, char *ret_text, size_t size);
/* Pairs of hex digits: 0, or -EINVAL. */
int field_hex(
	const struct field *f, uint8_t *ret_octets, size_t max, size_t *ret_len) MUST_USE;

#endif
