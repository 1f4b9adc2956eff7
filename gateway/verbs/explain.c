/* malgil explain: every gate's verdict on one message. */
#include <stdio.h>
#include <string.h>

#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"
#include "gateway/verbs/why.h"

static const struct verb_option options[] = {
	{"--json", NULL, "print data for programs"},
	{0},
};

/* Where it went, or would go; what will never leave needs no way. */
static void
say_channel(const char *channel, const char *state)
{
	static const char *const ahead[] = {"accepted", "held", "queued"},
				 *const gone[] = {"sending", "sent", "delivered",
					 "undelivered", "failed", "in_doubt"};
	for (size_t i = 0; channel && i < ARRAY_LEN(ahead); i++)
		if (!strcmp(ahead[i], state))
			printf(why_say("It would take the channel %s.\n",
				       "%s 채널로 나갑니다.\n"),
				channel);
	for (size_t i = 0; channel && i < ARRAY_LEN(gone); i++)
		if (!strcmp(gone[i], state))
			printf(why_say("It took the channel %s.\n",
				       "%s 채널로 보냈습니다.\n"),
				channel);
}

static void
headline(const json_t *e, const char *zone)
{
	char when[40], far[40];
	struct strbuf scratch = STRBUF_INIT(4096);
	int64_t now = clock_wall(clock_real());
	const char *until = print_member(e, "until"), *reason = print_member(e, "reason");
	const char *rule = print_member(e, "rule"), *state = print_member(e, "state");
	printf(why_say("Message %s to %s is %s", "문자 %s (받는 번호 %s): %s"),
		print_member(e, "id"), print_member(e, "phone"), why_state(state));
	if (until) {
		print_time(until, zone, now, when);
		print_distance(until, now, far);
		printf(why_say(" until %s (%s)", ", %s까지 (%s)"), when, far);
	}
	printf(".\n");
	if (rule || reason) {
		print_text(why_rule(rule ? rule : reason, &scratch));
		putchar('\n');
	}
	say_channel(print_member(e, "channel"), state);
	if (print_member(e, "cost"))
		printf(why_say("It costs %s.\n", "비용 %s.\n"), print_member(e, "cost"));
	strbuf_done(&scratch);
}

static void
for_people(const json_t *answer, const char *zone)
{
	headline(answer, zone);
	putchar('\n');
	why_gates(json_object_get(answer, "gates"), zone, false);
}

static int
explain(struct remote *r, const struct verb_args *args)
{
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/messages/", args->words[0], "/explain");
	return remote_show(r, args, path.s, NULL, for_people);
}

static int
run(struct verb_args *args)
{
	struct remote r;
	if (args->word_count != 1)
		return verb_misuse(args->verb, "which message? give one id");
	int code = remote_open(&r, args);
	if (!code)
		code = explain(&r, args);
	remote_close(&r);
	return code;
}

const struct verb verb_explain = {
	.name = "explain",
	.summary = "why a message is where it is: every rule that was asked",
	.usage = "explain ID [--json]",
	.example = "  malgil explain 1882499634941657089\n"
		   "  LANG=ko_KR.UTF-8 malgil explain 1882499634941657089    # in Korean",
	.options = options,
	.run = run,
};
