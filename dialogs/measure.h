/* How long the texts of a script are: segments, encoding and cost, as they stand and at
 * worst, with every value as long as it is likely to get. Promotions are measured with
 * the words around them that the shop's pack wants. Pure but for what the rules hold. */
#ifndef MALGIL_DIALOGS_MEASURE_H
#define MALGIL_DIALOGS_MEASURE_H

#include "dialogs/rules.h"
#include "dialogs/script.h"

struct measured {
	unsigned line;
	const char *step, *what, *lang; /* "age", "ask", "ko"; lang "" for all */
	enum message_class cls;         /* as declared */
	const char *encoding;           /* "gsm7", "ucs2" */
	size_t segments, worst;         /* with short values; at worst */
	size_t units, room; /* of the short one: used, and what its segments hold */
	int64_t cost_milli; /* of the worst, 0 unknown */
	const char
		*values; /* what was assumed at worst: "name 10, item 20"; "" nothing */
	bool too_long; /* more segments than the pack lets a promotion from a SIM have */
	bool may_answer; /* nothing in it advertises: to a customer's own text it is a
			    reply */
};
/* Every text of the script, in its order. Borrowed for the call. */
void measure_script(const struct script *s, const struct rules *rules,
	void (*each)(void *ctx, const struct measured *m), void *ctx);

#endif
