/* The rules a rehearsal plays by: the words and hours of a country, and the shop's own
 * policy on top. What the daemon enforces comes from the packs and the gates; this is the
 * small part of it that a script's author can see in a terminal. */
#ifndef MALGIL_DIALOGS_RULES_H
#define MALGIL_DIALOGS_RULES_H

#include "gateway/text/value.h"
#include "gateway/text/words.h"

struct rules_value {
	char *name, *text; /* "policy.month_max", "4" */
};

/* Minutes after midnight; from == to: never quiet. */
struct rules_quiet {
	int from, to;
};

struct rules {
	char country[3], lang[8], zone[48], shop[80];
	struct wordset stop, start, help;
	bool stop_first_word; /* "stop please" counts, unless a number follows */
	bool stop_all;        /* STOP ends everything, not marketing alone */
	bool day_first;
	struct rules_quiet marketing, service, timer;
	struct rules_value *values; /* of policy.cfg, flattened */
	size_t value_count;
	bool policy_read;
};

/* `country` "KR", `zone` and `shop` as the configuration says. */
void rules_init(struct rules *r, const char *country, const char *zone, const char *shop);
/* Stand-ins for the numbers of a policy that is not there, so that a script can be tried.
 */
void rules_sample(struct rules *r);
/* policy.cfg: 0, or -EINVAL/-errno with the sentence. */
int rules_read_policy(struct rules *r, const char *path, struct strbuf *err) MUST_USE;
void rules_done(struct rules *r);

/* "policy.quiet.marketing" to its text, NULL unknown. */
const char *rules_value(const struct rules *r, const char *name);
bool rules_is_stop(const struct rules *r, const char *normalised);
/* The first moment from `wall` on that is outside the quiet hours. */
int64_t
rules_after_quiet(const struct rules *r, const struct rules_quiet *q, int64_t wall);

#endif
