/* Rows of `meta`: single facts about the store itself. */
#ifndef MALGIL_STORE_META_H
#define MALGIL_STORE_META_H

#include "gateway/store/db.h"

int64_t meta_number(struct db *db, const char *key); /* 0 when there is none */
void meta_set_number(struct db *db, const char *key, int64_t value);
/* The text appended to `ret`; false: there is none. */
bool meta_text(struct db *db, const char *key, struct strbuf *ret);
void meta_set_text(struct db *db, const char *key, const char *value);
void meta_drop(struct db *db, const char *key);

#endif
