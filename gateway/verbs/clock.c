/* malgil clock: is the computer's clock believed, and the owner's word that it is right.
 */
#include <stdio.h>
#include <string.h>

#include "gateway/base/clock.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"

static const struct verb_option options[] = {
	{"--json", NULL, "print data for programs"},
	{0},
};

static void
for_people(const json_t *answer, const char *zone)
{
	const char *state = print_member(answer, "state");
	char now[40], newest[40];
	int64_t today = clock_wall(clock_real());
	print_time(print_member(answer, "now"), zone, today, now);
	print_time(print_member(answer, "newest"), zone, today, newest);
	if (state && !strcmp(state, "wrong")) {
		printf("The clock says %s, which is not believed:\n%s (%s).\n"
		       "Only answers leave. Set the clock; or, when it is right and was "
		       "wrong before:\n  malgil clock accept\n",
			now, print_member(answer, "why"), newest);
		return;
	}
	printf("The clock says %s, and is believed", now);
	puts(state && !strcmp(state, "accepted")
			? ": somebody said so (malgil audit tells who)."
			: ".");
}

static int
show(struct remote *r, const struct verb_args *args)
{
	return remote_show(r, args, "/v1/clock", NULL, for_people);
}

static int
accept(struct remote *r, const struct verb_args *args)
{
	json_t *answer = remote_post(r, "/v1/clock/accept", NULL);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(answer);
	else
		for_people(answer, r->config->zone);
	json_decref(answer);
	return EXIT_DONE;
}

static const struct remote_action actions[] = {
	{"show", 1, 1, "nothing more", show},
	{"accept", 1, 1, "nothing more", accept},
	{0},
};

static int
run(struct verb_args *args)
{
	return remote_run(args, actions);
}

const struct verb verb_clock = {
	.name = "clock",
	.summary = "is the computer's clock believed; accept it when it is right",
	.usage = "clock [show] | clock accept",
	.example = "  malgil clock\n"
		   "  malgil clock accept\n"
		   "  A clock that once ran far ahead leaves a store that knows of days "
		   "to come, and\n"
		   "  until then only answers would leave. accept says that the hour is "
		   "right now.",
	.options = options,
	.run = run,
};
