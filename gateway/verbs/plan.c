/* malgil plan: what would become of a message, before anything is sent. */
#include <stdio.h>
#include <string.h>

#include "gateway/net/jsonw.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"
#include "gateway/verbs/when.h"
#include "gateway/verbs/why.h"

static const struct verb_option options[] = {
	{"--to", "NUMBER", "who would get it, in any spelling"},
	{"--tag", "NAME", "all contacts with this tag, instead of one number"},
	{"--text", "TEXT", "what it would say"},
	{"--class", "CLASS", "service (the default), reply or marketing"},
	{"--channel", "NAME", "only this way out"},
	{"--at", "TIME",
		"judge it for then, the past allowed: 2030-01-31 22:00, 09:00, 4h"},
	{"--expires", "TIME", "give up after; written as --at is"},
	{"--reply-to", "ID", "the inbound message this answers"},
	{"--key", "KEY", "the key send would be given"},
	{"--on-doubt", "WHAT", "as for send: hold, close or resend"},
	{"--report", NULL, "as for send"},
	{"--no-report", NULL, "as for send"},
	{"--flash", NULL, "as for send"},
	{"--json", NULL, "print data for programs"},
	{0},
};

static void
say_verdict(const json_t *p, const char *zone)
{
	char when[40];
	struct strbuf scratch = STRBUF_INIT(4096);
	const char *verdict = print_member(p, "verdict"),
		   *until = print_member(p, "until");
	print_time(until, zone, clock_wall(clock_real()), when);
	if (!strcmp(verdict, "send"))
		printf(why_say("It would leave now, by %s.\n",
			       "%s 채널로 바로 나갑니다.\n"),
			print_member(p, "channel"));
	else if (!strcmp(verdict, "defer") && until)
		printf(why_say("It would leave %s (their time).\n",
			       "%s에 나갑니다 (받는 사람의 시각).\n"),
			when);
	else if (!strcmp(verdict, "defer"))
		puts(why_say("It would wait.", "기다립니다."));
	else if (!strcmp(verdict, "expire"))
		puts(why_say("It would expire before it may leave.",
			"나갈 수 있기 전에 유효 시간이 지납니다."));
	else
		puts(why_say("It would not leave at all.", "보내지 않습니다."));
	if (print_member(p, "rule"))
		printf("%s: %s\n", print_member(p, "gate"),
			why_rule(print_member(p, "rule"), &scratch));
	strbuf_done(&scratch);
}

static void
say_text(const json_t *p)
{
	char segments[32], bytes[32];
	const char *cost = print_member(p, "cost"), *euckr = print_member(p, "euc_kr");
	print_number(p, "segments", segments);
	printf("\n%s segment%s (%s)", segments, strcmp(segments, "1") != 0 ? "s" : "",
		print_member(p, "encoding"));
	if (cost)
		printf(", %s", cost);
	if (euckr && json_object_get(p, "euc_kr_bytes"))
		printf("; on a Korean cloud %s bytes, %s",
			print_number(p, "euc_kr_bytes", bytes), euckr);
	printf(":\n");
	print_text(print_member(p, "text"));
	putchar('\n');
	if (json_is_true(json_object_get(p, "wording_turns_ucs2")))
		puts("\nWhat the packs want said makes it UCS-2, where a segment holds "
		     "70 "
		     "letters and not 160.");
	if (print_member(p, "gsm_text")) {
		printf("\nIn plain letters it would be %s segment%s:\n",
			print_number(p, "gsm_segments", segments),
			strcmp(segments, "1") != 0 ? "s" : "");
		print_text(print_member(p, "gsm_text"));
		putchar('\n');
	}
}

static void
say_audience(const json_t *p, const char *zone)
{
	static const char *const titles[] = {
		"VERDICT", "GATE", "HOW MANY", "FOR EXAMPLE"};
	const json_t *reason;
	struct print_table table;
	char n[32], when[40];
	size_t i;
	int64_t now = clock_wall(clock_real());
	print_figure(p, "contacts", "contact", "contacts");
	printf(", %s may leave at once, ", print_number(p, "send", n));
	printf("%s later; ", print_number(p, "defer", n));
	print_figure(p, "segments", "segment", "segments");
	printf("%s%s\n", print_member(p, "cost") ? ", " : "",
		print_member(p, "cost") ? print_member(p, "cost") : "");
	if (print_member(p, "first_local"))
		printf("first %.16s, last %.16s where they live\n",
			print_member(p, "first_local"), print_member(p, "last_local"));
	print_time(print_member(p, "finish"), zone, now, when);
	printf("done: %s\n\n", print_member(p, "finish") ? when : "nobody can say");
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(json_object_get(p, "reasons"), i, reason)
	{
		print_cell(&table, print_member(reason, "verdict"));
		print_cell(&table, print_member(reason, "gate"));
		print_cell(&table, print_number(reason, "count", n));
		print_cell(&table, print_member(reason, "rule"));
	}
	print_table_end(&table);
}

static int
add_time(struct remote *r, const struct verb_args *args, struct jsonw *w,
	const char *option)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	int64_t wall;
	if (!verb_value(args, option))
		return 0;
	if (when_parse(verb_value(args, option), r->config->zone,
		    clock_wall(clock_real()), &wall, &err) < 0)
		return verb_misuse(args->verb, "%s: %s", option, err.s);
	jsonw_time(w, option + 2, wall);
	return 0;
}

static void
add_word(const struct verb_args *args, struct jsonw *w, const char *option,
	const char *name)
{
	if (verb_value(args, option))
		jsonw_text(w, name, verb_value(args, option));
}

static int
ask(struct remote *r, const struct verb_args *args)
{
	struct strbuf body AUTO(strbuf_done) = STRBUF_INIT(4u << 20);
	struct jsonw w = {&body};
	if (!json_utf8(verb_value(args, "--text")) ||
		(verb_value(args, "--to") && !json_utf8(verb_value(args, "--to"))))
		return verb_refuse(args->verb, "the text is not UTF-8");
	jsonw_open(&w, NULL, '{');
	add_word(args, &w, "--to", "to");
	add_word(args, &w, "--tag", "tag");
	add_word(args, &w, "--text", "text");
	add_word(args, &w, "--class", "class");
	add_word(args, &w, "--channel", "channel");
	add_word(args, &w, "--reply-to", "reply_to");
	add_word(args, &w, "--key", "key");
	add_word(args, &w, "--on-doubt", "on_doubt");
	if (verb_flag(args, "--no-report"))
		jsonw_bool(&w, "report", false);
	if (verb_flag(args, "--flash"))
		jsonw_bool(&w, "flash", true);
	int code = add_time(r, args, &w, "--at");
	if (!code)
		code = add_time(r, args, &w, "--expires");
	jsonw_close(&w, '}');
	if (code)
		return code;
	json_t *answer = remote_post(r, "/v1/plan", json_loads(body.s, 0, NULL));
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json")) {
		print_json(answer);
	} else if (json_object_get(answer, "contacts")) {
		say_audience(answer, r->config->zone);
	} else {
		const char *zone = print_member(answer, "zone");
		say_verdict(answer, zone);
		say_text(answer);
		putchar('\n');
		why_gates(json_object_get(answer, "gates"), zone, true);
	}
	json_decref(answer);
	return EXIT_DONE;
}

static int
run(struct verb_args *args)
{
	struct remote r;
	if (!verb_value(args, "--to") == !verb_value(args, "--tag") ||
		!verb_value(args, "--text"))
		return verb_misuse(args->verb, "--to or --tag, and --text, are needed");
	int code = remote_open(&r, args);
	if (!code)
		code = ask(&r, args);
	remote_close(&r);
	return code;
}

const struct verb verb_plan = {
	.name = "plan",
	.summary = "what would become of a message: verdict, time, text, cost, and every "
		   "rule",
	.usage = "plan --to NUMBER --text TEXT [--class CLASS] [--at TIME] [--json] | "
		 "--tag NAME --text TEXT [--class CLASS] [--json]",
	.example =
		"  malgil plan --to 010-1234-5678 --class marketing --text \"봄 세일\"\n"
		"  malgil plan --to +13055550100 --text Hello --at \"2030-01-31 22:00\" "
		"--json",
	.options = options,
	.run = run,
};
