/* Whom an audience means: its expression or its list, found in the store.
 *
 * A crowd is resolved once (names become rules), and then is a value: the reader thread
 * compiles it to SQL, and the gates ask of one person whether they still belong to it.
 * Numbers that were forgotten are nobody. */
#ifndef MALGIL_OUTREACH_CROWD_H
#define MALGIL_OUTREACH_CROWD_H

#include "gateway/core/core.h"
#include "gateway/store/campaigns.h"

#define CROWD_EVERYBODY "everybody"
#define CROWD_RULES     3

struct crowd {
	char rules[CROWD_RULES][AUDIENCE_RULE + 1]; /* all of them must hold */
	size_t rule_count;
	uint64_t list; /* and they stand in it; 0 none */
	char zone[48]; /* whose days are meant */
};

/* Audiences every shop has, until it has one of its own by that name. */
struct crowd_default {
	const char *name, *rule, *note; /* name NULL ends the table */
};
extern const struct crowd_default crowd_defaults[];

/* `audience` is a name, `rule` and `extra` are expressions; each may be "". 0; -ENOENT
 * with a sentence (the nearest name in it); -EINVAL when an expression is none people can
 * be chosen by. */
int crowd_resolve(struct core *core, const char *audience, const char *rule,
	const char *extra, struct crowd *ret, struct strbuf *err) MUST_USE;

/* Does the contact belong to it, as of `now`? */
bool crowd_has(struct db *db, const struct crowd *s, uint64_t contact, int64_t now);

/* At most `max` ids after `after`, in their order; for the reader thread. */
size_t crowd_page(struct db *db, const struct crowd *s, int64_t now, uint64_t after,
	uint64_t *ret, size_t max);

/* How many, with the newest `sample_max` of them; for the reader thread. Stops after
 * `patience` ms (of the machine's clock) and then says how far it came. */
struct crowd_count {
	int64_t matched, looked_at, everybody;
	uint64_t sample[20];
	size_t samples;
	bool whole;   /* it came to the end */
	int64_t took; /* ms */
};
void crowd_count(struct db *db, const struct crowd *s, int64_t now, int64_t patience,
	size_t sample_max, struct crowd_count *ret);

#endif
