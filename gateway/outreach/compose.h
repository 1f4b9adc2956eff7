/* A campaign's text for one person: in their language, with their name, a code drawn for
 * them. */
#ifndef MALGIL_OUTREACH_COMPOSE_H
#define MALGIL_OUTREACH_COMPOSE_H

#include "gateway/core/core.h"
#include "gateway/outreach/spec.h"

struct compose {
	struct core *core;
	uint64_t campaign, contact;
	const char *name, *variant; /* of the campaign, of the text */
	bool draw; /* codes are drawn and links made; otherwise something as long stands
		      there */
	void (*wants)(
		void *arg, const char *pool); /* hears of codes not drawn; or NULL */
	void *arg;
};
/* Appends to `out`. -ENOENT with what was missing in `missing`. */
int compose_text(const struct compose *c, const struct spec_text *text,
	struct strbuf *out, struct strbuf *missing) MUST_USE;
/* The same for all: no language to choose, nothing to fill in. NULL when it is not. */
const char *compose_shared(const struct spec_text *text);

#endif
