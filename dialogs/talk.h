/* A conversation rehearsed: a customer, a script and its siblings, and a clock that
 * jumps.
 *
 * Lines of a NAME.talk file, which is the test of NAME.cfg:
 *
 *	> text          the customer writes
 *	< glob          the whole next text to the customer (* stands for anything)
 *	! silence       nothing more was said
 *	= outcome       the run ended so
 *	+3h             the clock goes on, timers fire in their order
 *	@ 21:30         the clock goes on to that time; "thu 12:00" and
 *	                "2026-03-01 09:00" too
 *	?               tells where it stands: for people, passed over in a file
 *	# comment
 *	% shop country=US, tz=America/New_York, name=Corner
 *	                a made-up shop, not the configured one: the first line
 *	% contact F=V           an attribute; tags=a+b
 *	% consent grant X       as the ledger would have it (deny too)
 *	% emit EVENT F=V, F=V   something happens
 *	% coupons POOL N        codes that are left
 *	% lookup U.Q = none|error|F=V, F=V; F=V, F=V
 *	                what that look-up answers from now on
 *	% staff closes|replies|claims
 *	% winner STEP = NAME    that variant has won, for conversations begun from now on
 *	% reload FILE           the script is now that file
 *	% owner GLOB            a notice went to the owner
 *	% hours open|closed
 *
 * A text nobody listed fails, and so does a listed one that does not come; the same holds
 * for the ends of conversations and for notices to the owner. The world begins on Monday
 * 2026-01-05 at 10:00. */
#ifndef MALGIL_DIALOGS_TALK_H
#define MALGIL_DIALOGS_TALK_H

#include "dialogs/rules.h"
#include "dialogs/script.h"

struct talk;

struct talk_options {
	const struct rules *rules; /* borrowed for the talk's life */
	const char *phone;         /* of the customer, NULL for a made-up one */
	int64_t at;                /* 0: the usual beginning */
	/* A text left or a run ended, as it happens ("< ...", "= ..."), or somebody asked
	 * ("?"); NULL: only kept. */
	void (*show)(void *ctx, char sign, const char *text);
	void *ctx;
};

/* Loads FILE and the scripts beside it. */
int talk_open(const char *path, const struct talk_options *o, struct talk **ret,
	struct strbuf *err) MUST_USE;
void talk_close(struct talk *t);

/* One line. -EINVAL with a sentence when it is not understood or an expectation fails.
 * With `free` (a person types) a line without a sign is what the customer writes, and < =
 * ! are passed over. */
int talk_line(struct talk *t, const char *line, bool free, struct strbuf *err) MUST_USE;
/* Nothing may be left that was not listed. */
int talk_finish(struct talk *t, struct strbuf *err) MUST_USE;

/* Runs a .talk file against its script. "FILE:LINE: sentence" on failure. */
int talk_run(const char *talk_path, const char *script_path, const struct talk_options *o,
	struct strbuf *err) MUST_USE;

#endif
