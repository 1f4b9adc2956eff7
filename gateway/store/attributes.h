/* Rows of `attributes` and `tags`: what is known of a person beyond the number. An
 * attribute has the three readings of text/value.h beside each other, each NULL where it
 * has none, so that an expression answers alike in memory and in SQL. */
#ifndef MALGIL_STORE_ATTRIBUTES_H
#define MALGIL_STORE_ATTRIBUTES_H

#include "gateway/store/db.h"

struct attribute {
	const char *text; /* NULL: no such reading */
	bool has_number, has_moment;
	double number;
	int64_t moment;
};
void attribute_save(struct db *db, uint64_t contact, const char *name,
	const struct attribute *value, int64_t now);
void attribute_delete(struct db *db, uint64_t contact, const char *name);
/* False when there is none; its text is appended to `ret_text`. */
bool attribute_load(struct db *db, uint64_t contact, const char *name,
	struct attribute *ret, struct strbuf *ret_text);

void attribute_remove(struct db *db, uint64_t contact, const char *name);

void tag_add(struct db *db, uint64_t contact, const char *name, int64_t at);
bool tag_there(struct db *db, uint64_t contact, const char *name);
void tag_remove(struct db *db, uint64_t contact, const char *name);
/* Appends the contact's tags, '\n' between them. */
void tags_list(struct db *db, uint64_t contact, struct strbuf *ret);

#endif
