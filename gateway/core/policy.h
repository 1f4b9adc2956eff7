/* The shop's own rules on top of the packs (policy.cfg): nothing a script says overrides
 * them, and they can only be stricter than the law. Without a file all is as in
 * policy_default(). */
#ifndef MALGIL_CORE_POLICY_H
#define MALGIL_CORE_POLICY_H

#include "gateway/base/conf.h"
#include "gateway/core/caps.h"
#include "gateway/store/messages.h"
#include "gateway/text/window.h"

#define POLICY_TARIFFS 64

struct policy {
	char *optout_080, *phone; /* NULL: not set */
	int64_t month_max;        /* told at the opt-in, enforced as a cap; 0 not set */
	char *stop_extra, *start_extra,
		*help_extra;                   /* words beside the pack's, NULL none */
	char *stop_say, *start_say, *help_say; /* NULL: the pack's */
	char *quiet_text[CLASS_COUNT], *quiet_timer_text;
	struct window open[CLASS_COUNT]; /* what the quiet hours leave */
	bool quiet[CLASS_COUNT];
	char *promo_text;
	struct caps promo; /* marketing to one person, over everything */
	bool rhythm;       /* campaigns keep to how often a customer buys */
	/* dialogs keep to these */
	int64_t loop_same_out, loop_same_per, loop_bot_max, loop_bot_per;
	char *loop_then;     /* "mute 1h, ticket" */
	int64_t loop_mute;   /* ms the bot is silent to who loops, 0: while the ticket is
				open */
	bool loop_ticket;    /* somebody is asked to look */
	struct window timer; /* what policy.quiet.timer leaves to nudges */
	struct window scripts; /* to a script's service texts, where no
				  policy.quiet.service is set */
	char *budget_text;     /* "30000/month": money, marketing stops first */
	struct cap budget;     /* count: in the shop's currency */
	int64_t sim_ad_parts;  /* segments of a promotion from a SIM, 0: the pack's */
	char *exempt;          /* "US-TX": registered exemptions from a state's hours */
	int64_t same_text; /* ms within which a promotion is not repeated word by word */
	int64_t spread;    /* ms over which what waited for an opening is spread */
	bool sunday;       /* campaigns may leave on Sundays too */
	int64_t silence; /* ms without a promotion before the owner is warned, 0 never */
	/* kept no longer than that, where it is less than the packs say; 0: as they say
	 */
	int64_t keep_texts, keep_raw, keep_events;
	int64_t keep_contacts; /* people nothing was heard of since; 0: for ever */
	bool notices;          /* send what a pack wants told (on by default) */
	char *holidays_text;
	struct dates holidays; /* the shop's closures: no marketing */
	/* budgets of a SIM, over the pack's; NULL: the pack's */
	char *sim_marketing, *sim_all, *sim_recipients, *sim_pace;
	struct caps sim_marketing_caps, sim_all_caps, sim_recipients_caps;
	int64_t sim_reserve;     /* -1: the pack's */
	int64_t pace_per_minute; /* of marketing, by one channel; 0: as fast as it goes */
	int64_t warm_up; /* ms over which a new SIM's budgets grow to their full size */
	bool sticky;     /* a contact keeps the channel that texted it last */
	/* what a segment costs, thousandths of the shop's currency; "" is everywhere else
	 */
	struct tariff {
		char channel[64]; /* "" any */
		char country[4];
		int64_t milli;
	} tariffs[POLICY_TARIFFS];
	size_t tariff_count;
	char *sim_parts; /* segments by a SIM: "1000/day" */
	struct caps sim_parts_caps;
	struct conf *document; /* NULL: no file */
};

/* A policy for policy_free(). */
struct policy *policy_default(void);
/* Reads the file. 0, or -EINVAL/-errno with a sentence. */
int
policy_load(const char *path, struct policy **ret_policy, struct strbuf *err) MUST_USE;
void policy_free(struct policy *policy);
/* The numbers a shop's texts speak of, invented where they are not set: for rehearsals.
 */
void policy_make_up(struct policy *policy);

/* Thousandths of the shop's currency for one segment to a country by a channel (NULL:
 * any), 0 when no tariff says. A channel's own prices come before those of all. */
int64_t
policy_tariff(const struct policy *policy, const char *channel, const char *country);

/* Fills {shop}, {policy.phone}, {policy.optout_080}, {policy.month_max} and {now:date}
 * in. NULL, or the name of the first value that is not set (it is left out of the text,
 * with the space beside it).
 */
struct policy_words {
	const struct policy *policy;
	const char *shop, *zone;
	int64_t now;
};
const char *
policy_expand(const struct policy_words *words, const char *text, struct strbuf *out);

#endif
