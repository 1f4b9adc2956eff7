/* What a campaign says of itself: read strictly from a JSON object, which is how it is
 * stored and how the API takes it; a campaign's file is the same, written in libconfig.
 *
 *	name, title
 *	audience, if    an audience by name, an expression, or both; "everybody"
 *	class           marketing (as long as nothing else is said) or service
 *	text            the text, or one for each language { ko, en }
 *	variants        { a { share, text }, b { share, text } } instead of text
 *	winner          { by, min_each, sure, test, after }: see below
 *	slot            "thu 12:00" where the recipient is (the default of marketing),
 *"now" at, expires     not before; given up so long after it was started stages { vip {
 *if, wait }, ... }: first these, so long before the others throttle        "600/1h": it
 *comes to no more people in that time holdout         percent who get nothing, to measure
 *by goal            { event, within }: what it is for remind          { after, text }:
 *once more to whom it reached and who did not tag             who was written to gets it
 *	cap             "defer" or "skip" when somebody's cap is full
 *	channel         only this way out
 *
 * With `winner.test` that percentage gets the variants by their shares; `after` that the
 * better one goes to the rest, if the figures say that there is one, and otherwise the
 * rest is split by the shares as well. Pure. */
#ifndef MALGIL_OUTREACH_SPEC_H
#define MALGIL_OUTREACH_SPEC_H

#include "gateway/net/json.h"
#include "gateway/store/messages.h"
#include "gateway/text/template.h"

#define SPEC_LANGUAGES 8
#define SPEC_VARIANTS  8
#define SPEC_STAGES    8
#define SPEC_NAME      64
#define SPEC_RULE      2000
#define SPEC_TEXT      1600

struct spec_text {
	struct {
		char lang[8]; /* "" whatever the person's is */
		struct template *text;
	} of[SPEC_LANGUAGES];
	size_t count;
};

struct spec {
	char name[SPEC_NAME], title[200], audience[SPEC_NAME], channel[64], tag[64];
	char rule[SPEC_RULE + 1]; /* "" none */
	char slot[24];            /* "" none */
	enum message_class cls;
	int64_t at, expires; /* wall, 0 none; ms */
	bool skip_capped;
	struct spec_variant {
		char name[SPEC_NAME];
		int64_t share; /* percent */
		struct spec_text text;
	} variants[SPEC_VARIANTS]; /* one without a name when there is only a text */
	size_t variant_count;
	struct {
		char by[12]; /* goal, reply, click; "" nothing is judged */
		int64_t min_each, sure, test, after;
	} winner;
	struct spec_stage {
		char name[SPEC_NAME], rule[SPEC_RULE + 1];
		int64_t wait;
	} stages[SPEC_STAGES];
	size_t stage_count;
	int64_t throttle, throttle_per; /* people in so many ms; 0 as fast as it goes */
	int64_t holdout;
	char goal[64];
	int64_t within;
	int64_t remind_after; /* 0 never */
	struct spec_text remind;
};

/* 0 and a spec for spec_free(); -EINVAL with the field ("variants.a.share") and a
 * sentence. */
int spec_read(const json_t *object, struct spec **ret, char field[128],
	struct strbuf *err) MUST_USE;
void spec_free(struct spec *spec);
/* The text in a language, else the first. */
const struct template *spec_text_for(const struct spec_text *text, const char *lang);
/* May it be the name of a campaign, a variant, an audience: a-z, 0-9 and -? */
bool spec_name_good(const char *name);
/* Does any text draw something (a coupon, a tracked link)? */
bool spec_draws(const struct spec_text *text);

#endif
