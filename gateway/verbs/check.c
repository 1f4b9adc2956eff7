/* malgil check: a configuration, read as serve reads it. */
#include "gateway/verbs/verbs.h"

#include <stdio.h>

#include "gateway/core/config.h"
#include "gateway/verbs/check_connectors.h"

static int
check_one(const struct verb *verb, const char *path)
{
	if (check_is_connectors(path))
		return check_connectors_file(verb, path);
	struct config *config;
	struct strbuf err = STRBUF_INIT(64 * 1024);
	int code = EXIT_DONE;
	if (config_load(path, &config, &err) < 0) {
		code = verb_refuse(verb, "%s", err.s);
	} else if (check_connectors(verb, config->connectors)) {
		code = EXIT_REFUSED;
		config_free(config);
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

static int
run(struct verb_args *args)
{
	int code = EXIT_DONE;
	if (!args->word_count)
		return check_one(args->verb, args->config_path);
	for (size_t i = 0; i < args->word_count; i++)
		if (check_one(args->verb, args->words[i]) != EXIT_DONE)
			code = EXIT_REFUSED;
	return code;
}

const struct verb verb_check = {
	.name = "check",
	.summary = "read a configuration and say what is wrong with it",
	.usage = "check [FILE...]",
	.example = "  malgil check\n"
		   "  malgil check etc/malgil.cfg\n"
		   "  malgil check etc/connectors.cfg\n"
		   "  Every mistake is named with its file and line; nothing is started "
		   "or written.",
	.run = run,
};
