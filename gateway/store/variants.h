/* Rows of `variant_tests`: which of the texts of a step does better, and whether that is
 * decided; and counting who was shown which, and did what it is judged by. Rows in, rows
 * out: when there is enough to decide is not known here. */
#ifndef MALGIL_STORE_VARIANTS_H
#define MALGIL_STORE_VARIANTS_H

#include "gateway/store/db.h"

#define VARIANT_NAME 64

struct variant_test {
	char script[VARIANT_NAME], step[VARIANT_NAME], print[17];
	char judge[12],
		state[12]; /* goal | click | reply; open | decided | over | left */
	char winner[VARIANT_NAME], best[VARIANT_NAME], second[VARIANT_NAME];
	char verdict[80];
	char figures[2048]; /* "name people did\n" for each text */
	int64_t since, decided, looks, next, counted;
	bool judged; /* there was enough to tell, and p .. high say what was found */
	double p, bar, low, high;
};

/* False when there is none. */
bool variant_test_load(struct db *db, const char *script, const char *step,
	const char *print, struct variant_test *ret);
/* All of a row; a new one when there is none. */
void variant_test_save(struct db *db, const struct variant_test *row);
/* Open ones behind (script, step, print), in that order: "" three times for the first. */
size_t variant_tests_open(struct db *db, const char *script, const char *step,
	const char *print, struct variant_test *ret, size_t max);
/* All of a script, or of every one when NULL, the newest first. */
void variant_tests_list(struct db *db, const char *script, size_t max,
	void (*each)(void *arg, const struct variant_test *row), void *arg);

/* Counting one text of a test, a page at a time, for the reader thread. Each person
 * counts once, by the first text that left, of a conversation begun since `since`; who
 * was left alone had none. `did` it: reached the journey's goal after it, followed a
 * link, or wrote within a day without opting out. */
struct variant_count {
	char script[VARIANT_NAME], step[VARIANT_NAME], variant[VARIANT_NAME], judge[12];
	int64_t since;
	uint64_t cursor; /* the last message looked at; 0 again when that was all */
	int64_t people, did;
};
void variant_count_page(struct db *db, struct variant_count *count, int page);

#endif
