/* The grammar of a provider's profile is a table, and one reader serves it: what it does
 * not name is a mistake. What it means is in profile.h. */
#ifndef MALGIL_CLOUD_PROFILE_FIELDS_H
#define MALGIL_CLOUD_PROFILE_FIELDS_H

#include "drivers/cloud/profile.h"

enum field_kind {
	F_END,
	F_TEXT,
	F_TEXTS, /* one or a list; numbers become text */
	F_INT,
	F_SPAN, /* seconds, or "30s" */
	F_BOOL,
	F_PAIRS, /* ( { k; v; } ... ) or { name = value; ... } */
	F_GROUP,
	F_GROUPS, /* one or a list */
};

struct field {
	const char *name;
	enum field_kind kind;
	size_t at;
	const struct field *sub; /* F_GROUP, F_GROUPS */
	size_t size;
	size_t count_at; /* F_GROUPS */
};

/* Of `provider`; NULL ends each list. */
extern const struct field cloud_profile_fields[];

#endif
