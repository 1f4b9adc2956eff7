/* What came of a campaign: asked of the rows, not kept beside them. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/core/proportion.h"
#include "gateway/outreach/campaign.h"

#define CHUNK 5000      /* people one statement looks at */
#define HEARD (3 * DAY) /* a reply or a STOP counts that long after the text */

/* One row for each person of the chunk. For a control the clock begins when they were
 * kept out. */
static const char people[] =
	"SELECT k.contact, k.variant, k.what, coalesce(m.state, ''), "
	"EXISTS (SELECT 1 FROM messages i WHERE i.contact = k.contact AND i.outbound = 0 "
	"AND i.id > g.message AND i.updated <= g.at + $5), "
	"EXISTS (SELECT 1 FROM shop_events e WHERE e.contact = k.contact AND e.name = "
	"'link.clicked' AND e.at >= g.at AND e.at < g.at + $6), "
	"EXISTS (SELECT 1 FROM consent s WHERE s.contact = k.contact AND s.action = "
	"'revoke' AND s.at >= g.at AND s.at <= g.at + $5), "
	"(SELECT coalesce(min(e.value), 0) FROM shop_events e WHERE e.contact = "
	"k.contact "
	"AND e.name = $4 AND e.at >= coalesce(g.at, k.at) AND e.at < coalesce(g.at, "
	"k.at) "
	"+ $6 HAVING count(*) > 0) "
	"FROM campaign_members k LEFT JOIN messages m ON m.key = 'c' || CAST(k.campaign "
	"AS "
	"TEXT) || ':' || CAST(k.contact AS TEXT) LEFT JOIN charges g ON g.message = m.id "
	"WHERE k.campaign = $1 AND k.contact > $2 ORDER BY k.contact LIMIT $3";

static struct campaign_figures *
find(const struct spec *spec, struct campaign_report *r, const char *what,
	const char *variant)
{
	if (!strcmp(what, "holdout"))
		return &r->of[r->count];
	for (size_t i = 0; i < spec->variant_count; i++)
		if (!strcmp(spec->variants[i].name, variant))
			return &r->of[i];
	return &r->of[0];
}

static void
count_state(struct campaign_figures *f, const char *state)
{
	bool gone = !strcmp(state, "sent") || !strcmp(state, "delivered") ||
		    !strcmp(state, "in_doubt") || !strcmp(state, "undelivered");
	f->sent += gone;
	f->delivered += !strcmp(state, "delivered");
	f->waiting += !strcmp(state, "queued") || !strcmp(state, "held") ||
		      !strcmp(state, "sending") || !strcmp(state, "accepted");
	f->failed += !strcmp(state, "failed") || !strcmp(state, "undelivered");
	f->suppressed += !strcmp(state, "suppressed") || !strcmp(state, "expired");
	f->canceled += !strcmp(state, "canceled");
	f->skipped += !*state;
}

static uint64_t
read_chunk(struct db *db, const struct campaign_row *row, const struct spec *spec,
	uint64_t after, struct campaign_report *ret)
{
	uint64_t last = 0;
	int n = 0;
	struct db_rows *q = db_select(db, people, "uuitii", row->id, after,
		(int64_t)CHUNK, spec->goal, (int64_t)HEARD, spec->within);
	while (db_next(q)) {
		struct campaign_figures *f =
			find(spec, ret, db_text(q, 2), db_text(q, 1));
		bool goal = *spec->goal && !db_null(q, 7);
		last = db_id(q, 0);
		n++;
		ret->looked_at++;
		f->people++;
		if (f != &ret->of[ret->count])
			count_state(f, db_text(q, 3));
		f->replies += db_int(q, 4) != 0;
		f->clicks += db_int(q, 5) != 0;
		f->stops += db_int(q, 6) != 0;
		f->goals += goal;
		f->value += goal ? db_real(q, 7) : 0;
	}
	db_end(q);
	return n < CHUNK ? 0 : last;
}

static int64_t
mono(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
campaign_measure(struct db *db, const struct campaign_row *row, const struct spec *spec,
	struct campaign_report *ret)
{
	campaign_measure_within(db, row, spec, INT64_MAX / 2, ret);
}

void
campaign_measure_within(struct db *db, const struct campaign_row *row,
	const struct spec *spec, int64_t patience, struct campaign_report *ret)
{
	int64_t deadline = mono() + patience;
	char low[32], high[32];
	uint64_t after = 0;
	*ret = (struct campaign_report){.count = spec->variant_count};
	for (size_t i = 0; i < ret->count; i++)
		snprintf(ret->of[i].name, SPEC_NAME, "%s", spec->variants[i].name);
	snprintf(ret->of[ret->count].name, SPEC_NAME, "holdout");
	do
		after = read_chunk(db, row, spec, after, ret);
	while (after && mono() < deadline);
	ret->partial = after != 0;
	ret->planned = after ? db_number(db, 0,
				       "SELECT count(*) FROM campaign_members WHERE "
				       "campaign = $1",
				       "u", row->id)
			     : ret->looked_at;
	snprintf(low, sizeof(low), "c%llur:", (unsigned long long)row->id);
	snprintf(high, sizeof(high), "c%llur;", (unsigned long long)row->id);
	ret->reminded = db_number(db, 0,
		"SELECT count(*) FROM messages WHERE key >= $1 AND key < $2", "tt", low,
		high);
}

static int64_t
hits(const struct spec *spec, const struct campaign_figures *f)
{
	return !strcmp(spec->winner.by, "reply")   ? f->replies
	       : !strcmp(spec->winner.by, "click") ? f->clicks
						   : f->goals;
}

/* The best against the second best: core/proportion.h. */
struct split_result
campaign_judge(const struct spec *spec, const struct campaign_report *r,
	char ret_name[SPEC_NAME])
{
	struct share of[CONTEST_MAX] = {{0}};
	struct contest contest;
	size_t n = MIN(r->count, (size_t)CONTEST_MAX);
	*ret_name = '\0';
	if (!*spec->winner.by || n < 2)
		return (struct split_result){SPLIT_NOT_ENOUGH, 0, 0};
	for (size_t i = 0; i < n; i++)
		of[i] = (struct share){hits(spec, &r->of[i]), r->of[i].sent};
	proportion_contest(of, n, spec->winner.min_each,
		(100 - (double)spec->winner.sure) / 100, &contest);
	struct split_result result = {SPLIT_NO_DIFFERENCE, contest.z,
		contest.verdict == PROPORTION_NOT_ENOUGH ? 0 : 100 * (1 - contest.p)};
	switch (contest.verdict) {
	case PROPORTION_NOT_ENOUGH: result.says = SPLIT_NOT_ENOUGH; break;
	case PROPORTION_SAME: break;
	case PROPORTION_DIFFERENT:
		result.says = SPLIT_FIRST;
		snprintf(ret_name, SPEC_NAME, "%s", r->of[contest.best].name);
		break;
	}
	return result;
}
