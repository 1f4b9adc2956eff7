/* malgil setup: from nothing to a first text. */
#include "gateway/verbs/setup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/verbs/why.h"

static const struct verb_option options[] = {
	{"--answers", "FILE", "ask nothing: NAME = ANSWER, a line each"},
	{"--no-text", NULL, "do not send the first text"},
	{"--no-modem", NULL, "do not ask the modem anything"},
	{0},
};

const char *
setup_say(const struct setup *s, const char *en, const char *ko)
{
	return s->korean ? ko : en;
}

/* An absolute path, of a file that need not be there; "" when the folder's is unknown. */
static char *
absolute(const char *path)
{
	char here[PATH_MAX];
	struct strbuf full = STRBUF_INIT(2 * PATH_MAX);
	if (*path != '/' && getcwd(here, sizeof(here)))
		strbuf_printf(&full, "%s/", here);
	strbuf_puts(&full, !strncmp(path, "./", 2) ? path + 2 : path);
	char *text = xstrdup(full.s);
	strbuf_done(&full);
	return text;
}

/* ---- what is there ---- */

static int
read_old(struct setup *s)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(65536);
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(4u << 20);
	char chunk[16384];
	size_t n;
	FILE *f = fopen(s->path, "re");
	if (!f && errno == ENOENT)
		return 0;
	if (!f)
		return verb_refuse(s->args->verb, "%s: %s", s->path, strerror(errno));
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		strbuf_add(&text, chunk, n);
	fclose(f);
	if (config_load(s->path, &s->old, &err) < 0)
		return verb_refuse(s->args->verb, "%s\n%s", err.s,
			setup_say(s,
				"It is there already, with mistakes; setup would lose "
				"what "
				"it cannot read. Put them right, or move it away.",
				"이미 있는 설정 파일에 잘못이 있습니다. 고치거나 다른 "
				"곳으로 "
				"옮긴 뒤 다시 실행하세요."));
	s->old_text = xstrndup(text.s, text.len);
	return 0;
}

/* ---- the modem ---- */

static void
say_finding(void *arg, const struct exam_finding *f)
{
	const struct setup *s = arg;
	printf("  %s%s\n", f->level == EXAM_TROUBLE ? "!! " : "",
		s->korean && *f->ko ? f->ko : f->en);
}

/* Asks the modem that was chosen; what is wrong is said, and does not stop anybody. */
static void
look_at_modem(struct setup *s)
{
	struct strbuf text AUTO(strbuf_done) = STRBUF_INIT(8192);
	struct strbuf err AUTO(strbuf_done) = STRBUF_SENTENCE;
	struct conf *conf = NULL;
	static const char *const places[] = {
		"../firmware-notes", "../share/malgil/firmware-notes", NULL};
	struct strbuf notes AUTO(strbuf_done) = STRBUF_INIT(4096);
	conf_find_folder(places, MALGIL_NOTES_DEFAULT, "generic/profile.cfg", &notes);
	struct exam exam = {.lock_dir = s->old ? s->old->run_dir : "/tmp",
		.notes_dir = notes.s,
		.say = say_finding,
		.arg = s};
	strbuf_printf(
		&text, "driver = \"at\"; device = \"%s\";", s->answers[SETUP_MODEM]);
	if (conf_parse("the modem", text.s, text.len, &conf, &err) < 0)
		return;
	puts(setup_say(s, "Asking the modem (some seconds) ...",
		"모뎀에 물어보는 중입니다 (몇 초) ..."));
	for (size_t i = 0; drivers[i]; i++)
		if (!strcmp(drivers[i]->name, "at") && drivers[i]->examine &&
			drivers[i]->check(conf_root(conf), &err) == 0)
			drivers[i]->examine(s->channel, conf_root(conf), &exam);
	if (err.len)
		printf("  !! %s\n", err.s);
	conf_close(conf);
}

static void
find_dir(struct setup *s)
{
	const char *slash = strrchr(s->path, '/');
	size_t n = slash ? (size_t)(slash - s->path) : 0;
	snprintf(
		s->dir, sizeof(s->dir), "%.*s", (int)MIN(n, sizeof(s->dir) - 1), s->path);
	if (!*s->dir)
		snprintf(s->dir, sizeof(s->dir), "/");
}

static void
done(struct setup *s)
{
	for (int q = 0; q < SETUP_QUESTIONS; q++) {
		free(s->answers[q]);
		free(s->before[q]);
	}
	if (s->old)
		config_free(s->old);
	free(s->old_text);
}

static int
run(struct verb_args *args)
{
	struct setup s = {.args = args, .korean = why_in_korean()};
	const char *answers = verb_value(args, "--answers");
	if (!args->config_path || args->word_count)
		return verb_misuse(args->verb, "no words are expected");
	char *path = absolute(args->config_path);
	s.path = path;
	find_dir(&s);
	int code = read_old(&s);
	if (!code)
		code = setup_defaults(&s);
	if (!code)
		code = answers ? setup_read_answers(&s, answers) : setup_ask_all(&s);
	if (!code && !verb_flag(args, "--no-modem") &&
		!(s.old && setup_is_running(s.old)))
		look_at_modem(&s);
	if (!code)
		code = setup_write(&s);
	if (!code)
		code = setup_try(&s);
	done(&s);
	free(path);
	return code;
}

const struct verb verb_setup = {
	.name = "setup",
	.summary =
		"the first run: shop, hours, modem, staff, and a first text to yourself",
	.usage = "setup [--answers FILE] [--no-text] [--no-modem]",
	.example =
		"  malgil -c ~/shop/malgil.cfg setup\n"
		"  malgil setup --answers answers.txt\n"
		"  May be run again: what is there is the default, and the old file is "
		"kept. Answers\n"
		"  are: shop, country, zone, hours, lunch, reply, modem, pin, owner, "
		"optout_080,\n"
		"  staff; in a file \"shop = Maru Books\", a line each. It speaks Korean "
		"where LANG does.",
	.options = options,
	.run = run,
};
