/* malgil pause and malgil resume. */
#include <stdio.h>
#include <string.h>

#include "gateway/base/iso.h"
#include "gateway/verbs/print.h"
#include "gateway/verbs/remote.h"
#include "gateway/verbs/when.h"

static const struct verb_option pause_options[] = {
	{"--until", "TIME", "resume by itself: 3h, 09:00, \"2030-01-31 09:00\""},
	{"--why", "TEXT", "for whoever asks later"},
	{"--json", NULL, "print data for programs"},
	{0},
};
static const struct verb_option resume_options[] = {
	{"--json", NULL, "print data for programs"},
	{0},
};

static void
for_people(const json_t *answer, const char *zone)
{
	static const char *const titles[] = {"PAUSED", "SINCE", "UNTIL", "BY", "WHY"};
	const json_t *p, *pauses = json_object_get(answer, "pauses");
	struct print_table table;
	size_t i;
	if (!json_array_size(pauses)) {
		puts("Nothing is paused.");
		return;
	}
	print_table_init(&table, titles, ARRAY_LEN(titles));
	json_array_foreach(pauses, i, p)
	{
		const char *what = print_member(p, "what"), *sign = strchr(what, ':');
		print_cell(&table, sign ? sign + 1 : "everything");
		print_cell_time(&table, print_member(p, "at"), zone);
		print_cell_time(&table, print_member(p, "until"), zone);
		print_cell(&table, print_member(p, "agent"));
		print_cell(&table, print_member(p, "why"));
	}
	print_table_end(&table);
}

static int
post(struct remote *r, const struct verb_args *args, const char *path, json_t *body)
{
	json_t *answer = remote_post(r, path, body);
	if (!answer)
		return EXIT_REFUSED;
	if (verb_flag(args, "--json"))
		print_json(json_object_get(answer, "pauses"));
	else
		for_people(answer, r->config->zone);
	json_decref(answer);
	return EXIT_DONE;
}

static int
pause_one(struct remote *r, const struct verb_args *args)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *until = verb_value(args, "--until"), *why = verb_value(args, "--why");
	char iso[ISO_MAX];
	int64_t wall;
	if (!args->word_count)
		return remote_show(r, args, "/v1/pauses", "pauses", for_people);
	if (until && when_parse(until, r->config->zone, clock_wall(clock_real()), &wall,
			     &err) < 0)
		return verb_misuse(args->verb, "--until: %s", err.s);
	json_t *body = json_pack("{s:s}", "what", args->words[0]);
	if (until) {
		iso_format(wall, 0, iso);
		json_object_set_new(body, "until", json_string(iso));
	}
	if (why)
		json_object_set_new(body, "why", json_string(why));
	return post(r, args, "/v1/pauses", body);
}

static int
run(struct verb_args *args)
{
	struct remote r;
	bool resume = !strcmp(args->verb->name, "resume");
	if (args->word_count > 1 || (resume && !args->word_count))
		return verb_misuse(args->verb,
			"one of all, reply, service, marketing or a channel is expected");
	int code = remote_open(&r, args);
	if (!code)
		code = resume ? post(&r, args, "/v1/pauses/lift",
					json_pack("{s:s}", "what", args->words[0]))
			      : pause_one(&r, args);
	remote_close(&r);
	return code;
}

const struct verb verb_pause = {
	.name = "pause",
	.summary = "hold everything, a class of texts or a channel; nothing is lost",
	.usage =
		"pause [all|reply|service|marketing|CHANNEL] [--until TIME] [--why TEXT]",
	.example = "  malgil pause                      # what is paused\n"
		   "  malgil pause marketing --until 2d --why \"stock taking\"\n"
		   "  malgil pause north\n"
		   "  The confirmation of a STOP leaves all the same.",
	.options = pause_options,
	.run = run,
};
const struct verb verb_resume = {
	.name = "resume",
	.summary = "let go what was paused",
	.usage = "resume all|reply|service|marketing|CHANNEL",
	.example = "  malgil resume marketing",
	.options = resume_options,
	.run = run,
};
