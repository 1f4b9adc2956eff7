/* malgil send: one message, or a file of them (send_file.c). */
#include "gateway/verbs/send.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/conf.h"
#include "gateway/net/jsonw.h"
#include "gateway/verbs/when.h"
#include "gateway/verbs/why.h"

#define TEXT_MAX (1u << 20)

static const struct verb_option options[] = {
	{"--to", "NUMBER", "who gets it, in any spelling"},
	{"--text", "TEXT", "what it says; - reads it from standard input"},
	{"--file", "FILE",
		"a spreadsheet instead (CSV in any charset, or .xlsx): header "
		"to,text[,class,key]; - is standard input"},
	{"--charset", "NAME", "with --file: its charset, when it is not told rightly"},
	{"--class", "CLASS", "service (the default), reply or marketing"},
	{"--channel", "NAME", "only this way out"},
	{"--at", "TIME", "not before: 2030-01-31 09:00, 09:00, or 4h from now"},
	{"--expires", "TIME", "give up after; written as --at is"},
	{"--key", "KEY", "the same key sends only once, however often you ask"},
	{"--reply-to", "ID", "the inbound message this answers"},
	{"--on-doubt", "WHAT", "when nobody knows if it left: hold, close or resend"},
	{"--report", NULL, "ask for a delivery report (that is the default)"},
	{"--no-report", NULL, "do not"},
	{"--flash", NULL, "show it at once and store it nowhere"},
	{"--strict", NULL, "with --file: send nothing at all when one row is bad"},
	{"--json", NULL, "print the whole answer instead of the id"},
	{0},
};

/* ---- what all messages of one call have in common ---- */

static int
write_time(const struct verb_args *args, const struct remote *r, struct jsonw *w,
	const char *option)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	const char *text = verb_value(args, option);
	int64_t wall;
	if (!text)
		return 0;
	if (when_parse(text, r->config->zone ? r->config->zone : "UTC",
		    clock_wall(clock_real()), &wall, &err))
		return verb_misuse(args->verb, "%s: %s", option, err.s);
	jsonw_time(w, option + 2, wall);
	return 0;
}

static void
write_word(const struct verb_args *args, struct jsonw *w, const char *option,
	const char *name)
{
	if (verb_value(args, option))
		jsonw_text(w, name, verb_value(args, option));
}

int
send_write_common(const struct verb_args *args, const struct remote *r, struct jsonw *w)
{
	write_word(args, w, "--channel", "channel");
	write_word(args, w, "--on-doubt", "on_doubt");
	if (verb_flag(args, "--no-report"))
		jsonw_bool(w, "report", false);
	if (verb_flag(args, "--flash"))
		jsonw_bool(w, "flash", true);
	int code = write_time(args, r, w, "--at");
	return code ? code : write_time(args, r, w, "--expires");
}

/* ---- one message ---- */

/* The line end an editor or echo leaves is not part of the text. */
static int
read_text(const struct verb *verb, struct strbuf *ret)
{
	char chunk[4096];
	ssize_t n;
	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0)
		strbuf_add(ret, chunk, (size_t)n);
	if (n < 0)
		return verb_refuse(verb, "standard input: %s", strerror(errno));
	if (ret->full)
		return verb_refuse(verb, "the text is longer than any message can be");
	if (strlen(ret->s) != ret->len)
		return verb_refuse(verb, "the text contains a zero byte");
	while (ret->len && (ret->s[ret->len - 1] == '\n' || ret->s[ret->len - 1] == '\r'))
		ret->s[--ret->len] = '\0';
	return 0;
}

static bool
is_stuck(const struct verb_args *args, const char *state)
{
	return state &&
	       ((!strcmp(state, "held") && !verb_value(args, "--at")) ||
		       !strcmp(state, "suppressed") || !strcmp(state, "expired"));
}

/* Whoever sees an id alone believes that it leaves. */
static void
warn(struct remote *r, const struct verb_args *args, const json_t *answer)
{
	const char *id = print_member(answer, "id");
	if (!is_stuck(args, print_member(answer, "state")))
		return;
	struct strbuf path AUTO(strbuf_done) = STRBUF_INIT(4096);
	struct strbuf scratch AUTO(strbuf_done) = STRBUF_INIT(4096);
	remote_path(&path, "/v1/messages/", id, "/explain");
	json_t *why = remote_get(r, path.s);
	/* A repeated key is told what the first one was: it may be over by now. */
	const char *state = why ? print_member(why, "state") : NULL;
	const char *rule = why ? print_member(why, "rule") : NULL;
	if (is_stuck(args, state))
		fprintf(stderr,
			why_say("malgil send: %s is %s%s%s (malgil explain %s)\n",
				"malgil send: 문자 %s: %s%s%s (malgil explain %s)\n"),
			id, why_state(state), rule ? ": " : "", why_rule(rule, &scratch),
			id);
	json_decref(why);
}

static int
post(struct remote *r, const struct verb_args *args, const struct strbuf *body)
{
	json_t *answer;
	int status = remote_ask(r,
		&(struct client_request){.method = "POST",
			.path = "/v1/messages",
			.body = body->s,
			.len = body->len},
		&answer);
	int code = status < 0 ? -status : EXIT_DONE;
	if (status >= 400)
		code = verb_refuse(args->verb, "%s", remote_sentence(answer));
	else if (status > 0 && verb_flag(args, "--json"))
		print_json(answer);
	else if (status > 0)
		printf("%s\n", print_member(answer, "id"));
	if (status > 0 && status < 400 && !verb_flag(args, "--json"))
		warn(r, args, answer);
	json_decref(answer);
	return code;
}

static int
send_one(struct remote *r, const struct verb_args *args, const char *text)
{
	struct strbuf body AUTO(strbuf_done) = STRBUF_INIT(8 * TEXT_MAX);
	struct jsonw w = {&body};
	if (!json_utf8(text) || !json_utf8(verb_value(args, "--to")))
		return verb_refuse(args->verb, "the text is not UTF-8");
	jsonw_open(&w, NULL, '{');
	jsonw_text(&w, "to", verb_value(args, "--to"));
	jsonw_text(&w, "text", text);
	write_word(args, &w, "--class", "class");
	write_word(args, &w, "--key", "key");
	write_word(args, &w, "--reply-to", "reply_to");
	int code = send_write_common(args, r, &w);
	jsonw_close(&w, '}');
	return code ? code : post(r, args, &body);
}

static int
check_usage(const struct verb_args *args)
{
	bool file = verb_value(args, "--file") != NULL;
	if (args->word_count)
		return verb_misuse(
			args->verb, "'%s' is not expected here", args->words[0]);
	if (file && (verb_value(args, "--to") || verb_value(args, "--text") ||
			    verb_value(args, "--key")))
		return verb_misuse(args->verb,
			"with --file the number, the text and the key stand in the file");
	if (file)
		return 0;
	if (!verb_value(args, "--to"))
		return verb_misuse(args->verb, "--to is missing: who gets it?");
	if (!verb_value(args, "--text"))
		return verb_misuse(args->verb, "--text is missing: what does it say?");
	if (verb_flag(args, "--strict"))
		return verb_misuse(args->verb, "--strict goes with --file");
	const char *at = verb_value(args, "--at");
	int64_t wait;
	if (at && verb_value(args, "--key") && !conf_duration(at, &wait))
		return verb_misuse(args->verb, "with --key, --at must name a moment: "
					       "asking again has to ask the same");
	return 0;
}

static int
run(struct verb_args *args)
{
	struct strbuf input AUTO(strbuf_done) = STRBUF_INIT(TEXT_MAX);
	struct remote r = {0};
	int code = check_usage(args);
	const char *text = verb_value(args, "--text");
	if (!code && text && !strcmp(text, "-")) {
		code = read_text(args->verb, &input);
		text = input.s;
	}
	if (code)
		return code;
	code = remote_open(&r, args);
	if (!code)
		code = text ? send_one(&r, args, text) : send_file(&r, args);
	remote_close(&r);
	return code;
}

const struct verb verb_send = {
	.name = "send",
	.summary = "send a message, or a CSV file of them",
	.usage = "send --to NUMBER --text TEXT [options] | send --file FILE [options]",
	.example = "  malgil send --to 010-1234-5678 --text \"Your shoes are ready\"\n"
		   "  malgil send --file customers.csv --class marketing --at 10:00\n\n"
		   "It prints the message's id as soon as the message is safe on disk;\n"
		   "malgil messages show ID tells what became of it.",
	.options = options,
	.run = run,
};
