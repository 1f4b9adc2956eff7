/* malgil check: a configuration, read as serve reads it. */
#include "gateway/verbs/verbs.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dialogs/lint.h"
#include "dialogs/talk.h"
#include "gateway/base/conf.h"
#include "gateway/core/config.h"
#include "gateway/text/answer.h"
#include "gateway/verbs/rehearse.h"

static const struct verb_option options[] = {
	{"--accepts", NULL, "list the forms of answers that are understood"},
	{NULL, NULL, NULL},
};

static int
check_config(const struct verb *verb, const char *path)
{
	struct config *config;
	struct strbuf err = STRBUF_INIT(64 * 1024);
	int code = EXIT_DONE;
	if (config_load(path, &config, &err) < 0) {
		code = verb_refuse(verb, "%s", err.s);
	} else {
		printf("%s: good. %s (%s, %s), %zu channel%s", path, config->shop_name,
			config->country, config->zone, config->channel_count,
			config->channel_count == 1 ? "" : "s");
		for (size_t i = 0; i < config->channel_count; i++)
			printf("%s %s (%s)", i ? "," : ":", config->channels[i].name,
				config->channels[i].ops->name);
		puts("");
		config_free(config);
	}
	strbuf_done(&err);
	return code;
}

/* ---- scripts ---- */

struct siblings {
	const struct script *scripts[256];
	struct script_set set;
};

static bool
is_cfg(const char *name)
{
	size_t n = strlen(name);
	return n > 4 && !strcmp(name + n - 4, ".cfg");
}

/* The scripts beside PATH, which itself comes first. One that does not load speaks when
 * it is checked itself. */
static void
load_siblings(struct siblings *b, const char *path, struct script *mine)
{
	char dir[400], full[700];
	const char *slash = strrchr(path, '/');
	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) : 1,
		slash ? path : ".");
	b->scripts[0] = mine;
	b->set = (struct script_set){b->scripts, 1};
	DIR *d = opendir(dir);
	for (struct dirent *e;
		d && (e = readdir(d)) && b->set.count < ARRAY_LEN(b->scripts);) {
		struct script *s;
		snprintf(full, sizeof(full), "%s/%s", dir, e->d_name);
		if (is_cfg(e->d_name) &&
			strcmp(e->d_name, slash ? slash + 1 : path) != 0 &&
			script_recognise(full) && script_load(full, &s, NULL) == 0)
			b->scripts[b->set.count++] = s;
	}
	if (d)
		closedir(d);
}

static void
free_siblings(struct siblings *b)
{
	for (size_t i = 0; i < b->set.count; i++)
		script_free((struct script *)b->scripts[i]);
}

/* Prints what was found of this file; true when nothing forbids it. */
static bool
print_findings(const struct lint *l, const char *path)
{
	size_t n = strlen(path), errors = 0;
	for (size_t i = 0; i < l->count; i++) {
		const char *s = l->found[i].sentence;
		if (strncmp(s, path, n) != 0 || s[n] != ':')
			continue; /* a sibling's own */
		fprintf(stderr, "%s\n", s);
		errors += l->found[i].error;
	}
	return !errors;
}

static bool
lint_file(const char *path, struct script *script, const struct rules *rules)
{
	struct siblings beside;
	struct lint l = {0};
	load_siblings(&beside, path, script);
	lint_script(&l, script, &beside.set, rules);
	/* Keywords are reported at the later of two files: here that is this one. */
	beside.scripts[0] = beside.scripts[beside.set.count - 1];
	beside.scripts[beside.set.count - 1] = script;
	lint_set(&l, &beside.set);
	bool good = print_findings(&l, path);
	lint_done(&l);
	free_siblings(&beside);
	return good;
}

static bool
run_talk(const struct verb *verb, const char *path, const struct rules *rules,
	bool *ret_there)
{
	char talk[700];
	struct strbuf err = STRBUF_INIT(8192);
	struct talk_options o = {.rules = rules};
	snprintf(talk, sizeof(talk), "%.*s.talk", (int)(strlen(path) - strlen(".cfg")),
		path);
	*ret_there = is_cfg(path) && access(talk, R_OK) == 0;
	bool good = !*ret_there || talk_run(talk, path, &o, &err) == 0;
	if (!good)
		verb_refuse(verb, "%s", err.s);
	strbuf_done(&err);
	return good;
}

static int
check_script(const struct verb *verb, const char *config, const char *path)
{
	struct script *script;
	struct rules rules;
	struct strbuf err = STRBUF_INIT(4096);
	bool talks = false, good = false;
	if (rehearse_rules(config, path, &rules, &err) < 0 ||
		script_load(path, &script, &err) < 0) {
		verb_refuse(verb, "%s", err.s);
		strbuf_done(&err);
		return EXIT_REFUSED;
	}
	size_t steps = script->step_count;
	bool journey = script->is_journey;
	good = lint_file(path, script, &rules) && run_talk(verb, path, &rules, &talks);
	if (good)
		printf("%s: good. %s, %zu steps%s\n", path,
			journey ? "journey" : "dialog", steps,
			talks ? ", its .talk went as written" : "");
	rules_done(&rules);
	strbuf_done(&err);
	return good ? EXIT_DONE : EXIT_REFUSED;
}

static int
check_policy(const struct verb *verb, const char *path)
{
	struct rules rules;
	struct strbuf err = STRBUF_SENTENCE;
	rules_init(&rules, "KR", "Asia/Seoul", "Shop");
	int r = rules_read_policy(&rules, path, &err);
	if (r < 0)
		verb_refuse(verb, "%s", err.s);
	else
		printf("%s: good. %zu policy values\n", path, rules.value_count);
	rules_done(&rules);
	strbuf_done(&err);
	return r < 0 ? EXIT_REFUSED : EXIT_DONE;
}

/* policy.cfg has one group, `policy`; a configuration has it too, beside its shop. */
static bool
only_policy(const char *path)
{
	struct conf *conf;
	if (conf_open(path, &conf, NULL) < 0)
		return false;
	const struct conf_node *root = conf_root(conf),
			       *policy = conf_get(root, "policy");
	bool yes = policy && conf_is_group(policy) && !conf_get(root, "shop");
	conf_close(conf);
	return yes;
}

static int
check_one(const struct verb_args *args, const char *path)
{
	if (script_recognise(path))
		return check_script(args->verb, args->config_path, path);
	if (only_policy(path))
		return check_policy(args->verb, path);
	return check_config(args->verb, path);
}

static int
run(struct verb_args *args)
{
	int code = EXIT_DONE;
	if (verb_flag(args, "--accepts")) {
		fputs(answer_forms, stdout);
		return EXIT_DONE;
	}
	if (!args->word_count)
		return check_config(args->verb, args->config_path);
	for (size_t i = 0; i < args->word_count; i++)
		if (check_one(args, args->words[i]) != EXIT_DONE)
			code = EXIT_REFUSED;
	return code;
}

const struct verb verb_check = {
	.name = "check",
	.summary = "read a configuration or scripts and say what is wrong with them",
	.usage = "check [FILE...] [--accepts]",
	.example = "  malgil check\n"
		   "  malgil check etc/malgil.cfg\n"
		   "  malgil check etc/scripts/*.cfg\n"
		   "  Every mistake is named with its file and line; nothing is started "
		   "or written.\n"
		   "  A file with a dialog or a journey is a script; NAME.talk beside it "
		   "is played.",
	.options = options,
	.run = run,
};
