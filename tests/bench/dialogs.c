/* What conversations cost: the engine alone; texts through inbox, engine and commit while
 * ten thousand conversations are open; what an open one weighs; two hundred scripts read
 * from a folder; five hundred keywords to choose from. Prints a line of JSON for each
 * figure.
 *
 *	dialogs [RUNS]        default 10000 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "dialogs/route.h"
#include "dialogs/shell.h"
#include "gateway/text/words.h"
#include "tests/lib/rig.h"

static struct rig r;
static char folder[] = "/tmp/malgil-bench-dialogs-XXXXXX";

static const char quiz[] =
	"format = 1; dialog = { class = \"reply\"; start = { keywords = \"quiz\"; }; "
	"expire "
	"= { after = \"2d\"; }; steps = {\n"
	"a = { ask = \"Which is it? 1) dry 2) oily 3) both\"; answers = { dry = { is = "
	"\"1, dry\"; }; oily = { is = \"2, oily\"; }; both = { is = \"3, both\"; }; }; "
	"save "
	"= \"skin\"; retry = { max = 2; then = \"z\"; }; };\n"
	"b = { ask = \"How old, {skin}?\"; accept = \"number 1-120\"; save = \"age\"; "
	"retry "
	"= { max = 2; then = \"z\"; }; };\n"
	"c = { split = { old = { if = \"age >= 40\"; goto = \"d\"; }; young = { goto = "
	"\"e\"; }; }; };\n"
	"d = { say = \"Rich cream\"; goto = \"a\"; }; e = { say = \"Light gel\"; goto = "
	"\"a\"; }; z = { end = \"left\"; }; }; };\n";

static double
seconds(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
figure(const char *name, double value, const char *unit)
{
	printf("{\"figure\":\"%s\",\"value\":%.3f,\"unit\":\"%s\"}\n", name, value, unit);
	fflush(stdout);
}

static double
resident(void)
{
	long pages = 0, kept = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	if (f && fscanf(f, "%ld %ld", &pages, &kept) != 2)
		kept = 0;
	if (f)
		fclose(f);
	return (double)kept * (double)sysconf(_SC_PAGESIZE);
}

static void
write_script(const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	if (!f)
		fail_msg("%s cannot be written", path);
	fputs(text, f);
	fclose(f);
}

/* ---- the engine alone ---- */

static void
nothing(void *ctx, const char *name, struct value *ret)
{
	(void)ctx, (void)name, (void)ret;
}

static double
bench_engine(void)
{
	static const char *const answers[] = {
		"1", "34", "oily", "52", "3번이요", "스무살 아니고 41"};
	struct script *s;
	struct run run;
	struct step_env env = {
		.get = nothing, .now = 1, .zone = "UTC", .pack_lang = "en"};
	struct step_result result;
	struct strbuf err = STRBUF_INIT(1024);
	if (script_parse("quiz.cfg", quiz, strlen(quiz), &s, &err) < 0)
		fail_msg("%s", err.s);
	const struct script *one = s;
	struct script_set set = {&one, 1};
	int done = 0;
	double from = seconds();
	while (seconds() - from < 2) {
		run_init(&run, 1);
		step(&set, &run,
			&(struct step_event){
				.kind = EVENT_START, .script = s, .text = "quiz"},
			&env, &result);
		arena_done(&result.arena);
		for (int i = 0; i < 100; i++, done++) {
			step(&set, &run,
				&(struct step_event){
					.kind = EVENT_TEXT, .text = answers[i % 6]},
				&env, &result);
			arena_done(&result.arena);
		}
		run_done(&run);
	}
	double rate = done / (seconds() - from);
	script_free(s);
	return rate;
}

/* ---- the whole way ---- */

static void
hand_over(int who, const char *text)
{
	static struct segment_plan plan;
	struct strbuf tpdu = STRBUF_INIT(256), err = STRBUF_SENTENCE;
	struct segment_options options = {.alphabet = SEGMENT_AUTO};
	struct pdu pdu = {.type = PDU_DELIVER, .mms = true, .msg_class = -1};
	char from[32];
	snprintf(from, sizeof(from), "+8210%08d", 10000000 + who);
	if (segment_plan(text, strlen(text), &options, &plan, &err) < 0 ||
		sms_address_parse(from, &pdu.address, &err) < 0 ||
		segment_user_data(text, &plan, 0, 0, -1, &pdu, &err) < 0)
		fail_msg("%s", err.s);
	pdu.scts = (struct sms_time){.valid = true,
		.wall = core_now(&r.core) / 1000 * 1000,
		.offset_minutes = 540};
	if (pdu_encode(&pdu, &tpdu, &err) < 0)
		fail_msg("%s", err.s);
	channel_received(
		channel_find(&r.core, "north"), &(struct incoming){.kind = INCOMING_TPDU,
							.token = 1,
							.bytes = (const uint8_t *)tpdu.s,
							.len = tpdu.len,
							.smsc = "",
							.occurrence = 1});
	strbuf_done(&tpdu);
	strbuf_done(&err);
}

/* Everybody writes once, `burst` of them in a tick; texts a second. */
static double
everybody(int people, int burst, const char *text)
{
	double from = seconds();
	for (int i = 0; i < people; i += burst) {
		for (int k = 0; k < burst && i + k < people; k++)
			hand_over(i + k, text);
		rig_run(&r, 5);
	}
	rig_run(&r, SECOND);
	return people / (seconds() - from);
}

static double
disk(void)
{
	return (double)rig_count(&r, "PRAGMA page_count") *
	       (double)rig_count(&r, "PRAGMA page_size");
}

static void
open_shop(bool dialogs)
{
	char extra[256] = "";
	if (dialogs)
		snprintf(extra, sizeof(extra), "scripts = \"%s\";", folder);
	rig_open_with(&r, false, extra, "optout_080 = \"080-123-4567\";");
	channel_find(&r.core, "north")->state = CHANNEL_DOWN; /* nothing leaves */
}

static void
bench_texts(int people)
{
	open_shop(false);
	double tickets = everybody(people, 16, "quiz");
	rig_close(&r);
	write_script("quiz.cfg", quiz);
	open_shop(true);
	everybody(50, 16, "hello"); /* warm */
	double before = disk(), memory = resident();
	everybody(people, 16, "quiz");
	int64_t live = rig_count(&r, "SELECT count(*) FROM runs WHERE state = 'reply'");
	double texts = rig_count(&r, "SELECT count(*) FROM messages");
	figure("live conversations", (double)live, "");
	figure("memory of a live conversation in the process",
		(resident() - memory) / (double)live, "bytes");
	figure("store of one, its two texts included", (disk() - before) / (double)live,
		"bytes");
	figure("of that the run and its timers",
		(double)rig_count(&r, "SELECT sum(length(data) + 150) FROM runs") /
			(double)live,
		"bytes");
	(void)texts;
	double single = everybody(people / 4, 1, "1");
	double burst = everybody(people, 16, "34");
	figure("texts answered by a conversation, one a commit", single, "1/s");
	figure("texts answered by a conversation, 16 a commit", burst, "1/s");
	figure("texts that become a ticket, 16 a commit", tickets, "1/s");
	figure("a conversation against a ticket", burst / tickets, "");
	rig_close(&r);
}

/* ---- scripts and keywords ---- */

static void
bench_scripts(int count)
{
	char name[32], text[2048];
	struct strbuf err = STRBUF_INIT(4096);
	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "s%03d.cfg", i);
		snprintf(text, sizeof(text),
			"format = 1; dialog = { class = \"reply\"; start = { keywords = "
			"\"word%da, 낱말%d, word%dc\"; match = \"any-word\"; }; expire = "
			"{ "
			"after = \"1d\"; }; %s",
			i, i, i, strstr(quiz, "steps"));
		write_script(name, text);
	}
	open_shop(true);
	double from = seconds();
	if (dialogs_reload(&r.core, &err) < 0)
		fail_msg("%s", err.s);
	rig_run(&r, 0);
	figure("reading, judging and keeping 200 scripts", (seconds() - from) * 1000,
		"ms");
	rig_close(&r);
	strbuf_done(&err);
}

static void
bench_keywords(void)
{
	static const char *const said[] = {"hello there how are you",
		"주문한 거 언제 와요?", "word499x please", "낱말77이요",
		"감사합니다 좋은 하루 되세요"};
	struct script *scripts[100];
	char text[2048];
	for (int i = 0; i < 100; i++) {
		snprintf(text, sizeof(text),
			"format = 1; dialog = { class = \"reply\"; start = { keywords = "
			"\"word%da, 낱말%d, word%dc, 말%d, key%d\"; match = "
			"\"any-word\"; "
			"}; steps = { a = { say = \"x\"; end = \"y\"; }; }; };",
			i, i, i, i, i);
		if (script_parse("k.cfg", text, strlen(text), &scripts[i], NULL) < 0)
			fail_msg("a script did not load");
		snprintf(text, sizeof(text), "k%d", i);
		scripts[i]->id = arena_strdup(&scripts[i]->arena, text);
	}
	struct script_set set = {(const struct script **)scripts, 100};
	struct strbuf plain = STRBUF_INIT(1024);
	int done = 0, norm = 0;
	double from = seconds(), alone;
	for (; seconds() - from < 1; done++) {
		words_normalise(said[done % 5], &plain);
		route_keyword(&set, plain.s, NULL);
	}
	double rate = done / (seconds() - from);
	from = seconds();
	for (; seconds() - from < 0.5; norm++)
		words_normalise(said[norm % 5], &plain);
	alone = norm / (seconds() - from);
	figure("texts matched against 500 keywords", rate, "1/s");
	figure("of normalising them alone", rate / alone, "");
	for (int i = 0; i < 100; i++)
		script_free(scripts[i]);
	strbuf_done(&plain);
}

int
main(int argc, char **argv)
{
	int people = argc > 1 ? atoi(argv[1]) : 10000;
	char command[96];
	if (!mkdtemp(folder))
		return 1;
	figure("steps of the engine alone", bench_engine(), "1/s");
	bench_texts(people);
	bench_scripts(200);
	bench_keywords();
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command) != 0;
}
