/* Numbers for property tests: the same seed gives the same run everywhere. */
#ifndef MALGIL_TESTS_RANDOM_H
#define MALGIL_TESTS_RANDOM_H

#include "gateway/base/strbuf.h"

struct test_random {
	uint64_t state; /* any seed but 0 */
};

uint64_t random_next(struct test_random *r);
/* 0 to n - 1. */
unsigned random_below(struct test_random *r, unsigned n);
bool random_bool(struct test_random *r);
void random_octets(struct test_random *r, uint8_t *p, size_t len);

/* Appends about `count` characters of the given kinds of writing. */
enum {
	RANDOM_ASCII = 1,
	RANDOM_GSM = 2,     /* the rest of the default alphabet, extension included */
	RANDOM_TURKISH = 4, /* in the Turkish tables */
	RANDOM_HANGUL = 8,
	RANDOM_CLUSTERS = 16, /* emoji sequences, combining marks, CR LF, flags */
};
void random_text(struct test_random *r, unsigned kinds, size_t count, struct strbuf *out);

#endif
