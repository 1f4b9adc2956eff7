/* One step of a campaign's walk: people in, rows out; inside of outreach/. */
#ifndef MALGIL_OUTREACH_WALK_H
#define MALGIL_OUTREACH_WALK_H

#include "gateway/outreach/campaign.h"

#define WALK_PAGE 2000

enum walk_kind { WALK_ALL, WALK_STAGE, WALK_TEST, WALK_REST, WALK_REMIND };
/* Which round is it? False behind the last. */
bool walk_pass(const struct spec *spec, int64_t pass, enum walk_kind *ret);

struct walk_step {
	struct core *core;
	const struct campaign_row *row;
	const struct spec *spec;
	enum walk_kind kind;
	uint64_t audience; /* the number of its rows in `audience` */
	bool dry;
	struct audience_sums *sums;
	struct campaign_plan *plan; /* dry: what it counts beside the sums */
};
/* Takes `count` people. 0; -ENODATA with a sentence when something ran dry (nothing of
 * that person was written; *ret_last is the one before); -EINVAL; -EAGAIN. */
int walk_take(struct walk_step *step, const uint64_t *ids, size_t count,
	uint64_t *ret_last, struct strbuf *err) MUST_USE;

/* A page of a round's people; for the reader thread. */
struct walk_page {
	const struct crowd *crowd;
	struct spec *spec; /* for the reminder */
	uint64_t campaign, after;
	enum walk_kind kind;
	int64_t now;
	uint64_t ids[WALK_PAGE];
	size_t count;
};
void walk_read(struct db *db, struct walk_page *page);
struct audience_wish walk_wish(const struct walk_step *step);

#endif
