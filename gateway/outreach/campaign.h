/* Campaigns: a text that the shop sends to many, from a draft to its end.
 *
 * A campaign runs in rounds ("passes"): one for each early stage and one for everybody
 * else, or a test and the rest, and perhaps a reminder. A round walks its audience in the
 * order of the contacts' ids. The reader thread finds them a page ahead; each tick takes
 * as many as fit (core/audience.h decides them), and writes in that same tick their
 * messages, who of them got what, and how far it has come: a crash repeats nobody and
 * skips nobody.
 *
 * What is not sent yet asks again before it leaves, through the gates (campaigns_wish()):
 * is the campaign still running, does the person still belong to its audience, have they
 * reached its goal meanwhile. So a pause or a cancellation holds from that very tick, and
 * the rows that wait are cleared up afterwards, some in each tick.
 *
 * All changes are the caller's tick's. Loop thread only. */
#ifndef MALGIL_OUTREACH_CAMPAIGN_H
#define MALGIL_OUTREACH_CAMPAIGN_H

#include "gateway/core/audience.h"
#include "gateway/core/handler.h"
#include "gateway/outreach/crowd.h"
#include "gateway/outreach/spec.h"
#include "gateway/outreach/split.h"

#define CAMPAIGN_POOLS   8   /* coupon pools whose codes a plan counts */
#define CAMPAIGN_CONFIRM 500 /* more people than that: their number is to be said */

/* Needs core->reader. With the store's own rows it goes on where it was. */
void campaigns_start(struct core *core);
void campaigns_stop(struct core *core);
/* The row of `handlers`: see handler.h. */
void campaigns_wish(struct core *core, const struct message *m, struct handler_wish *ret);

/* An audience was named anew: whoever read the old one reads again. */
void campaigns_audience_changed(struct core *core);

/* A draft, new or instead of the draft by that name. 0; -EINVAL with the field; -EEXIST
 * when it was started already. `text` is `object` as written. */
int campaign_draft(struct core *core, const json_t *object, const char *agent,
	char field[128], struct strbuf *err) MUST_USE;

/* What a person does. -ENOENT, -EINVAL (not in this state), with a sentence. Starting is
 * for whoever has counted: `planned` is how many it means. */
int campaign_begin(struct core *core, const char *name, int64_t planned,
	const char *agent, struct strbuf *err) MUST_USE;
int campaign_pause(struct core *core, const char *name, const char *why,
	struct strbuf *err) MUST_USE;
int campaign_resume(struct core *core, const char *name, const char *agent,
	struct strbuf *err) MUST_USE;
int campaign_cancel(struct core *core, const char *name, const char *why,
	struct strbuf *err) MUST_USE;

/* The campaign by name with its spec (for spec_free()) and audience. */
int campaign_open(struct core *core, const char *name, struct campaign_row *row,
	struct spec **ret_spec, struct crowd *ret_crowd, struct strbuf *err) MUST_USE;

/* What it would do, with nothing written; one at a time. `done` hears the sums, or NULL
 * and a sentence. -EBUSY when another is being planned. */
struct campaign_plan {
	struct audience_sums sums;
	int64_t holdout, looked_at, finish;
	struct audience_wish wish;
	struct {
		char name[SPEC_NAME];
		int64_t count;
	} variants[SPEC_VARIANTS];
	struct {
		char name[40];
		int64_t wanted, has; /* codes; has -1: there is no such pool */
	} pools[CAMPAIGN_POOLS];     /* those its texts draw from; "" ends */
	char sample[SPEC_TEXT * 2];  /* the first text, before wording */
};
int campaign_plan(struct core *core, const char *name,
	void (*done)(void *arg, const struct campaign_plan *plan, const char *trouble),
	void *arg, struct strbuf *err) MUST_USE;
/* Has every pool a text cannot do without a code to begin with? -EINVAL with a sentence.
 */
int campaign_codes_ready(
	struct core *core, const struct spec *spec, struct strbuf *err) MUST_USE;
/* Nobody waits for it any more. */
void campaign_plan_forget(struct core *core, void *arg);

/* What came of it so far; for the reader thread. One for each variant, the last is the
 * holdout. */
struct campaign_figures {
	char name[SPEC_NAME]; /* "" the only text */
	int64_t people, skipped, waiting, sent, delivered, failed, suppressed, canceled;
	int64_t replies, clicks, goals, stops;
	double value; /* of the goals */
};
struct campaign_report {
	struct campaign_figures of[SPEC_VARIANTS + 1];
	size_t count; /* without the holdout, which is of[count] */
	int64_t reminded;
	int64_t looked_at, planned; /* people; planned: who got it or was left out */
	bool partial;               /* it took too long: not all were looked at */
};
void campaign_measure(struct db *db, const struct campaign_row *row,
	const struct spec *spec, struct campaign_report *ret);
/* The same for somebody who waits: stops after `patience` ms (of the machine's clock),
 * and says of how many people it is. */
void campaign_measure_within(struct db *db, const struct campaign_row *row,
	const struct spec *spec, int64_t patience, struct campaign_report *ret);
/* The judgement: the better of the two best variants by `winner.by`, its name into
 * `ret_name` ("" none). */
struct split_result campaign_judge(const struct spec *spec,
	const struct campaign_report *report, char ret_name[SPEC_NAME]);

#endif
