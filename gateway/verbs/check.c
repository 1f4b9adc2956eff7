/* malgil check: a configuration, read as serve reads it. */
#include "gateway/verbs/check_script.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialogs/fields.h"
#include "dialogs/script.h"
#include "gateway/core/config.h"
#include "gateway/text/answer.h"
#include "gateway/verbs/check_connectors.h"
#include "gateway/verbs/check_pack.h"

static const struct verb_option options[] = {
	{"--accepts", NULL, "list the forms of answers that are understood"},
	{"--fields", NULL, "list the names that texts and conditions may use"},
	{NULL, NULL, NULL},
};

static int
is_cfg(const struct dirent *e)
{
	size_t n = strlen(e->d_name);
	return *e->d_name != '.' && n > 4 && !strcmp(e->d_name + n - 4, ".cfg");
}

/* The scripts the configuration serves, each with its talk. */
static int
check_folder(const struct verb *verb, const char *config_path, const char *folder)
{
	struct dirent **files;
	int code = EXIT_DONE, n = folder ? scandir(folder, &files, is_cfg, alphasort) : 0;
	if (n < 0)
		return verb_refuse(verb, "scripts = \"%s\": %s", folder, strerror(errno));
	for (int i = 0; i < n; i++) {
		char path[1024];
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]->d_name);
		if (script_recognise(path) &&
			check_script(verb, config_path, path) != EXIT_DONE)
			code = EXIT_REFUSED;
		free(files[i]);
	}
	if (folder)
		free(files);
	return code;
}

/* What is no mistake, and worth knowing before it surprises. */
static void
note_channels(const struct config *config)
{
	if (!config->channel_count)
		puts("  note: there is no channel: texts are accepted and wait, none "
		     "leaves");
	for (size_t i = 0; i < config->channel_count; i++) {
		const struct conf_node *node =
			conf_get(config->channels[i].node, "device");
		const char *device = node ? conf_text(node) : NULL;
		const char *tty = device ? strstr(device, "/dev/tty") : NULL;
		if (tty && (!strncmp(tty + 8, "USB", 3) || !strncmp(tty + 8, "ACM", 3)))
			printf("  note: channels.%s: %s may be another modem after it is "
			       "plugged in again or the computer starts; imei:... and "
			       "usb:... do not change (malgil doctor shows them)\n",
				config->channels[i].name, tty);
	}
}

static bool
is_loopback(const char *address)
{
	return !strncmp(address, "127.", 4) || !strncmp(address, "[::1]", 5) ||
	       !strncmp(address, "localhost:", 10);
}

static void
note_network(const struct config *config)
{
	if (config->api_listen && !config->api_certificate &&
		!is_loopback(config->api_listen))
		printf("  note: api.listen = \"%s\" without certificate and key: whoever "
		       "shares that network can read tokens and texts\n",
			config->api_listen);
}

static int
check_config(const struct verb *verb, const char *path)
{
	struct config *config;
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	if (config_load(path, &config, &err) < 0)
		return verb_refuse(verb, "%s", err.s);
	if (check_connectors(verb, config->connectors)) {
		config_free(config);
		return EXIT_REFUSED;
	}
	printf("%s: good. %s (%s, %s), %zu channel%s", path, config->shop_name,
		config->country, config->zone, config->channel_count,
		config->channel_count == 1 ? "" : "s");
	for (size_t i = 0; i < config->channel_count; i++)
		printf("%s %s (%s)", i ? "," : ":", config->channels[i].name,
			config->channels[i].ops->name);
	printf("; packs");
	for (size_t i = 0; i < config->packs->meant; i++)
		printf(" %s", config->packs->list[i].country);
	puts("");
	if (!strcmp(config->country, "KR") && !config->policy->optout_080)
		puts("  note: policy.optout_080 is not set: no promotion will leave");
	note_channels(config);
	note_network(config);
	int code = check_folder(verb, path, config->scripts);
	config_free(config);
	return code;
}

static int
check_policy(const struct verb *verb, const char *path)
{
	struct policy *policy;
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	if (policy_load(path, &policy, &err) < 0)
		return verb_refuse(verb, "%s", err.s);
	printf("%s: good. A policy with %zu cap%s\n", path, policy->promo.count,
		policy->promo.count == 1 ? "" : "s");
	policy_free(policy);
	return EXIT_DONE;
}

static int
check_places(const struct verb *verb, const char *path)
{
	struct places *places;
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	if (places_load(path, &places, &err) < 0)
		return verb_refuse(verb, "%s", err.s);
	printf("%s: good. %zu area codes\n", path, places_code_count(places));
	places_free(places);
	return EXIT_DONE;
}

static int
check_source(const struct verb *verb, const char *path)
{
	struct source_profile *profile;
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	struct strbuf about AUTO(strbuf_done) = STRBUF_SENTENCE;
	if (source_profile_load(path, &profile, &err) < 0)
		return verb_refuse(verb, "%s", err.s);
	source_profile_about(profile, &about);
	printf("%s: good. %s\n", path, about.s);
	source_profile_free(profile);
	return EXIT_DONE;
}

static int
check_provider(const struct verb *verb, const char *path)
{
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	struct strbuf about AUTO(strbuf_done) = STRBUF_SENTENCE;
	const struct driver_ops *const *d = drivers;
	while (*d && !(*d)->about)
		d++;
	if (!*d)
		return verb_refuse(verb, "%s: no driver here reads profiles", path);
	if ((*d)->about(path, &about, &err) < 0)
		return verb_refuse(verb, "%s", err.s);
	printf("%s: good. %s\n", path, about.s);
	return EXIT_DONE;
}

/* What a file is, its first setting that is a kind tells. */
static int
check_one(const struct verb_args *args, const char *path)
{
	const struct verb *verb = args->verb;
	static const struct {
		const char *setting;
		int (*check)(const struct verb *verb, const char *path);
	} kinds[] = {{"pack", check_pack_file}, {"area_codes", check_places},
		{"channels", check_config}, {"policy", check_policy},
		{"connectors", check_connectors_file}, {"provider", check_provider},
		{"source", check_source}};
	struct conf *conf;
	struct strbuf err AUTO(strbuf_done) = STRBUF_INIT(64 * 1024);
	if (conf_open(path, &conf, &err) < 0)
		return verb_refuse(verb, "%s", err.s);
	size_t i = 0;
	if (!conf_count(conf_root(conf))) {
		conf_close(conf);
		return verb_refuse(verb, "%s: the file holds no setting", path);
	}
	bool script = conf_get(conf_root(conf), "dialog") ||
		      conf_get(conf_root(conf), "journey");
	while (i < ARRAY_LEN(kinds) && !conf_get(conf_root(conf), kinds[i].setting))
		i++;
	conf_close(conf);
	if (script)
		return check_script(verb, args->config_path, path);
	return i < ARRAY_LEN(kinds) ? kinds[i].check(verb, path)
				    : check_config(verb, path);
}

static int
run(struct verb_args *args)
{
	int code = EXIT_DONE;
	setvbuf(stdout, NULL, _IOLBF, 0); /* with the refusals, line by line */
	if (verb_flag(args, "--accepts"))
		fputs(answer_forms, stdout);
	if (verb_flag(args, "--fields"))
		fputs(fields_help, stdout);
	if (verb_flag(args, "--accepts") || verb_flag(args, "--fields"))
		return code;
	if (!args->word_count)
		return check_one(args, args->config_path);
	for (size_t i = 0; i < args->word_count; i++)
		if (check_one(args, args->words[i]) != EXIT_DONE)
			code = EXIT_REFUSED;
	return code;
}

const struct verb verb_check = {
	.name = "check",
	.summary =
		"read configurations, packs, policies and scripts, and say what is wrong",
	.usage = "check [FILE...] | check --accepts | check --fields",
	.example = "  malgil check\n"
		   "  malgil check etc/malgil.cfg policy.cfg etc/packs/KR.cfg\n"
		   "  malgil check etc/scripts/*.cfg\n"
		   "  A script's texts are listed with their segments, as they stand and "
		   "at worst;\n"
		   "  it is played by the NAME.talk beside it. Without a FILE the "
		   "configuration is\n"
		   "  read, and every script it serves.\n"
		   "  A pack says what its wording takes of a segment, and in which "
		   "alphabet.\n"
		   "  malgil check etc/connectors.cfg etc/providers/*.cfg\n"
		   "  Every mistake is named with its file and line; nothing is started "
		   "or written.",
	.options = options,
	.run = run,
};
