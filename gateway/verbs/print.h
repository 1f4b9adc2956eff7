/* Output for people: tables whose columns line up whatever the script, local times,
 * nothing that could command a terminal. And JSON as it is for programs. */
#ifndef MALGIL_VERBS_PRINT_H
#define MALGIL_VERBS_PRINT_H

#include <jansson.h>

#include "gateway/base/strbuf.h"

#define PRINT_COLUMNS 12

struct print_table {
	size_t columns, count, cap;
	char **cells; /* count of them, row by row */
};

/* `titles` are the column heads. */
void print_table_init(struct print_table *t, const char *const *titles, size_t columns);
/* The next cell, left to right; NULL prints as "-". Control characters are made visible.
 */
void print_cell(struct print_table *t, const char *text);
/* At most `width` cells of a text, with an ellipsis, line ends shown as spaces. */
void print_cell_short(struct print_table *t, const char *text, int width);
/* A time as print_time() writes it. */
void print_cell_time(struct print_table *t, const char *iso, const char *zone);
/* Prints and frees. The last column is not padded. */
void print_table_end(struct print_table *t);

/* Cells a text takes on a terminal. */
int print_width(const char *text);
/* Text safe for a terminal: control characters other than line end and tab become '?'.
 * When standard output is not a terminal it is printed as it is. */
void print_text(const char *text);

/* "2026-11-21T19:48:16.123Z" to "Sat 21 Nov 19:48:16" in the zone, with the year when it
 * is not the present one. NULL gives "-". */
void print_time(const char *iso, const char *zone, int64_t now, char ret[40]);
/* How long until then, for people: "in 3 h", "2 min ago". "" for NULL. */
void print_distance(const char *iso, int64_t now, char ret[40]);

/* The value as indented JSON and a line end. */
void print_json(const json_t *value);

/* Members of an object, for printing: NULL when absent or null; numbers as text in `ret`.
 */
const char *print_member(const json_t *object, const char *name);
const char *print_number(const json_t *object, const char *name, char ret[32]);
/* The noun that goes with a number: print_noun(1, "person", "people"). */
const char *print_noun(int64_t number, const char *one, const char *many);
/* Prints a member of an object with its noun: "1 person", "0 people". */
void
print_figure(const json_t *object, const char *name, const char *one, const char *many);

#endif
