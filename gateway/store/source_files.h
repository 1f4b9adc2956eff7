/* Rows of `source_files`, `source_refused` and `source_lines`: spreadsheets of a watched
 * folder, how far each was read, and the rows orders are put together from. */
#ifndef MALGIL_STORE_SOURCE_FILES_H
#define MALGIL_STORE_SOURCE_FILES_H

#include "gateway/store/db.h"

struct source_file {
	uint64_t id;
	char source[64], hash[72], name[256], state[12];
	char why[400];
	int64_t bytes, at, done_at, starts, cursor;
	int64_t rows, orders, created, changed, events, bad;
};

/* By its bytes; false: never seen. */
bool source_file_find(
	struct db *db, const char *source, const char *hash, struct source_file *ret);
void source_file_insert(struct db *db, const struct source_file *file);
/* Everything but what it is. */
void source_file_save(struct db *db, const struct source_file *file);
/* The newest first, at most `max`. */
size_t source_files_list(struct db *db, struct source_file *ret, size_t max);

void source_refused_put(struct db *db, uint64_t file, size_t place, const char *why);
void source_refused_each(struct db *db, uint64_t file,
	void (*each)(void *arg, size_t place, const char *why), void *arg);
void source_refused_clear(struct db *db, uint64_t file);

/* What the platform said last of one row of an order: its word for the state; false:
 * nothing. `ret_word` needs 128 bytes. */
bool
source_line_word(struct db *db, const char *source, const char *line, char ret_word[128]);
void source_line_put(struct db *db, const char *source, const char *line,
	const char *number, const char *word, const char *item);
void source_lines_each(struct db *db, const char *source, const char *number,
	void (*each)(void *arg, const char *word, const char *item), void *arg);

#endif
